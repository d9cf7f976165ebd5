//! The test webinar of a migration: making it, and deleting it when the test is over. A lost answer is settled by looking for the
//! marker among the webinars, or for the webinar itself. Where the host has no licence there is nothing to test, and nothing to mend.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, Visit};
use super::{Aim, Turn, deadline_of};
use crate::app::StepError;
use crate::connections::tokens::Access;
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::fact::Alias;
use connector_core::fact::agreed::{Part, Standing};
use connector_core::fact::scheduling::CreatedMeeting;
use connector_core::translate::OwnOutcome;
use connector_core::zoom::change::{self, Changed, Stands};
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::{self, Created, ZoomFault, ZoomOutcome};
use connector_core::zoom::request::registrants::get_webinar;
use connector_core::zoom::trial::{self, DeleteWebinar, Listed, NewWebinar};

/// Pages of webinars looked through for a marker.
const PAGES_MAX: u32 = 40;

impl Courier {
    /// Makes the webinar, or looks for one that may stand already.
    pub(super) async fn trial_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &NewWebinar,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_pace.free(Class::Medium, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Medium, 1, now_ms);
        match turn.aim {
            Aim::Send => self.make_trial(visit, results, turn, wanted).await?,
            Aim::Look => {
                let (seen, created) = self.look_for_trial(wanted, turn.access).await;
                results.settled.push(self.after_read(turn.row, &seen, Neighbours::Fail, ZOOM));
                results.journal.extend(created.map(|created| self.trial_made(visit, turn, &created)));
            }
        }
        Ok(Round::Again)
    }

    async fn make_trial(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &NewWebinar,
    ) -> Result<(), StepError> {
        let request = trial::create(wanted);
        let attempts = self.intend_zoom(visit, vec![(request.operation, vec![turn.row.key.clone()])]).await?;
        let outcome = reply::read_created(&self.write_zoom(turn, &request).await);
        let row = DeliveryRow { deadline_ms: deadline_of(&attempts), ..turn.row.clone() };
        let (word, detail) = match &outcome {
            ZoomOutcome::Applied(_) => ("applied", None),
            ZoomOutcome::NotApplied(fault) => ("not applied", Some(fault.to_string())),
            ZoomOutcome::Unknown { why } => ("unknown", Some(why.clone())),
        };
        results.attempts.extend(attempts.into_iter().map(|attempt| (attempt.id, word, detail.clone())));
        if let ZoomOutcome::NotApplied(fault) = &outcome {
            self.heed(visit, turn, fault).await;
        }
        results.settled.push(match outcome {
            ZoomOutcome::Applied(created) => {
                results.journal.push(self.trial_made(visit, turn, &created));
                let result = Some(created.number.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(&row, "delivered") }
            }
            ZoomOutcome::NotApplied(ZoomFault::PlanMissing { .. }) => {
                Settled { code: Some("suppressed.no_licence".to_owned()), detail, ..unchanged(&row, "suppressed") }
            }
            ZoomOutcome::NotApplied(fault) => self.not_applied(visit, &row, &fault),
            ZoomOutcome::Unknown { why } => self.lost(&row, why),
        });
        Ok(())
    }

    /// Looks through the webinars of whoever signed in for the marker.
    async fn look_for_trial(&self, wanted: &NewWebinar, access: &Access) -> (Seen, Option<Created>) {
        let mut token: Option<String> = None;
        for page in 1..=PAGES_MAX {
            let request = trial::list((page, token.as_deref()));
            let reply = self.shared.zoom.api_call(access.api_url.as_deref(), &access.token, &request).await;
            match trial::find(&reply, &wanted.marker) {
                Ok(Listed::Here(created)) => return (Seen::Found(vec![created.number.to_string()]), Some(created)),
                Ok(Listed::NotHere { rows: 0, .. }) => return (Seen::Absent, None),
                Ok(Listed::NotHere { next, .. }) => token = next,
                Err(_) => return (Seen::Unclear, None),
            }
        }
        (Seen::Unclear, None)
    }

    /// What tells the translator of the webinar.
    fn trial_made(&self, visit: &Visit, turn: &Turn<'_>, created: &Created) -> NewNotification {
        let outcome = OwnOutcome::WebinarCreated {
            fact: Alias(turn.row.fact.clone()),
            created: CreatedMeeting {
                account: turn.access.account.clone(),
                number: created.number,
                join_url: created.join_url.clone(),
            },
        };
        self.outcome(&visit.claimed.tenant, turn.row, "webinar created", &outcome)
    }

    /// Deletes the webinar, or looks whether it is gone.
    pub(super) async fn trial_over_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &DeleteWebinar,
    ) -> Result<Round, StepError> {
        let gone = Part { standing: Some(Standing::Cancelled), ..Part::default() };
        if turn.aim == Aim::Look {
            let reply = self.ask_zoom(turn, &get_webinar(wanted.webinar)).await;
            let seen = match change::read_part(&reply, &gone, None) {
                Ok(Stands::AsWanted) => Seen::Found(vec![wanted.webinar.to_string()]),
                Ok(Stands::Otherwise) => Seen::Absent,
                Err(_) => Seen::Unclear,
            };
            results.settled.push(self.after_read(turn.row, &seen, Neighbours::Fail, ZOOM));
            return Ok(Round::Again);
        }
        let (row, changed) = self.make_change(visit, results, turn, (trial::delete(wanted), &gone)).await?;
        results.settled.push(match changed {
            Changed::Applied => {
                let result = Some(wanted.webinar.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(&row, "delivered") }
            }
            Changed::NotApplied(fault) => self.not_applied(visit, &row, &fault),
            Changed::Unknown { why } => self.lost(&row, why),
        });
        Ok(Round::Again)
    }
}
