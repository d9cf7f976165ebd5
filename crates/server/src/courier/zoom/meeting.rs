//! Scheduling a meeting. A lost answer is settled by looking for the marker in the host's list of meetings. What Zoom allows a host
//! in a day is counted ahead, by `host`.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, Visit};
use super::{Aim, Turn, deadline_of};
use crate::app::StepError;
use crate::connections::tokens::Access;
use crate::planted::{self, Bug};
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::host_day::Taken;
use crate::store::journal::NewNotification;
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::fact::Alias;
use connector_core::fact::scheduling::CreatedMeeting;
use connector_core::translate::appointed::NotMade;
use connector_core::translate::{self, OwnOutcome};
use connector_core::zoom::command::{Command, NewMeeting};
use connector_core::zoom::pace::{Class, HOST_DAY, Pace};
use connector_core::zoom::reply::{self, Created, Found, ZoomFault, ZoomOutcome};
use connector_core::zoom::request;

/// Pages of a host's meetings looked through for a marker.
const PAGES_MAX: usize = 40;

impl Courier {
    /// Creates a meeting, or looks for one that may stand already.
    pub(super) async fn meeting_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        meeting: &NewMeeting,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_pace.free(Class::Medium, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Medium, 1, now_ms);
        let before = results.settled.len();
        match turn.aim {
            Aim::Send => match self.take_host_day(&visit.claimed.tenant, &meeting.host).await? {
                Taken::One => self.create(visit, results, turn, meeting).await?,
                Taken::UsedUp => results.settled.push(self.host_day_used_up(turn.row)),
            },
            Aim::Look => {
                let (seen, created) = self.look_for_meeting(meeting, turn.access).await;
                results.settled.push(self.after_read(turn.row, &seen, Neighbours::Fail, ZOOM));
                results.journal.extend(created.map(|created| self.meeting_created(visit, turn, &created)));
            }
        }
        let settled = results.settled.iter().skip(before);
        let told: Vec<NewNotification> =
            settled.filter_map(|settled| self.not_made(visit, turn.row, settled)).collect();
        results.journal.extend(told);
        Ok(Round::Again)
    }

    async fn create(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        meeting: &NewMeeting,
    ) -> Result<(), StepError> {
        let row = turn.row;
        let request = request::create_meeting(meeting);
        let attempts = self.intend_zoom(visit, vec![(request.operation, vec![row.key.clone()])]).await?;
        let outcome = reply::read_created(&self.write_zoom(turn, &request).await);
        let row = DeliveryRow { deadline_ms: deadline_of(&attempts), ..row.clone() };
        let (word, detail) = match &outcome {
            ZoomOutcome::Applied(created) => {
                let told = self.meeting_created(visit, turn, created);
                results.journal.extend(Some(told).filter(|_| !planted::awake(Bug::OutcomeNotTold)));
                ("applied", None)
            }
            ZoomOutcome::NotApplied(fault) => ("not applied", Some(fault.to_string())),
            ZoomOutcome::Unknown { why } => ("unknown", Some(why.clone())),
        };
        if let ZoomOutcome::NotApplied(fault) = &outcome {
            self.heed(visit, turn, fault).await;
        }
        results.attempts.extend(attempts.into_iter().map(|attempt| (attempt.id, word, detail.clone())));
        results.settled.push(match outcome {
            ZoomOutcome::Applied(created) => {
                let result = Some(created.number.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(&row, "delivered") }
            }
            ZoomOutcome::Unknown { why } => self.lost(&row, why),
            ZoomOutcome::NotApplied(fault) => self.not_created(visit, &row, (meeting, &fault)).await?,
        });
        Ok(())
    }

    /// What follows for a meeting that Zoom refused.
    async fn not_created(
        &self,
        visit: &mut Visit,
        row: &DeliveryRow,
        (meeting, fault): (&NewMeeting, &ZoomFault),
    ) -> Result<Settled, StepError> {
        let mut settled = self.not_applied_for_host(visit, row, (&meeting.host, fault)).await?;
        // Whatever else is decided (it may have become too old) keeps its own code.
        if settled.code.as_deref() == Some(fault.code()) {
            settled.code = Some(reply::create_code(fault).to_owned());
        }
        Ok(settled)
    }

    /// Looks through the host's meetings for the marker.
    async fn look_for_meeting(&self, meeting: &NewMeeting, access: &Access) -> (Seen, Option<Created>) {
        let mut next: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let request = request::list_meetings(&meeting.host, next.as_deref());
            let reply = self.shared.zoom.api_call(access.api_url.as_deref(), &access.token, &request).await;
            match reply::find_by_marker(&reply, &meeting.marker) {
                Ok(Found::Here(created)) => return (Seen::Found(vec![created.number.to_string()]), Some(created)),
                Ok(Found::NotHere { next: Some(token) }) => next = Some(token),
                Ok(Found::NotHere { next: None }) => return (Seen::Absent, None),
                Err(_) => return (Seen::Unclear, None),
            }
        }
        (Seen::Unclear, None)
    }

    /// What tells the translator that the meeting of an appointment is not there, and why; nothing while it is only a matter
    /// of moments, nor of a meeting that has no appointment yet.
    pub(super) fn not_made(&self, visit: &Visit, row: &DeliveryRow, settled: &Settled) -> Option<NewNotification> {
        let Ok(translate::Command::Zoom { command: Command::CreateMeeting(meeting) }) =
            serde_json::from_str(&row.command)
        else {
            return None;
        };
        meeting.appointment.as_ref()?;
        let code = settled.code.clone()?;
        let waits = matches!(code.as_str(), HOST_DAY | "zoom.not_connected" | "zoom.token");
        if settled.state != "parked" && !waits {
            return None;
        }
        let fact = Alias(row.fact.clone());
        let outcome = OwnOutcome::MeetingNotMade(NotMade { fact, code, host: meeting.host });
        let mut told = super::page_of(self.outcome(&visit.claimed.tenant, row, "meeting not made", &outcome));
        // The same refusal of another try is another refusal.
        told.key = format!("{}-{}", told.key, settled.tries);
        Some(told)
    }

    /// What tells the translator of the meeting.
    fn meeting_created(&self, visit: &Visit, turn: &Turn<'_>, created: &Created) -> NewNotification {
        let outcome = OwnOutcome::MeetingCreated {
            fact: Alias(turn.row.fact.clone()),
            created: CreatedMeeting {
                account: turn.access.account.clone(),
                number: created.number,
                join_url: created.join_url.clone(),
            },
        };
        self.outcome(&visit.claimed.tenant, turn.row, "meeting created", &outcome)
    }
}
