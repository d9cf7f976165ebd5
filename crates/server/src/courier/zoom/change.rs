//! Changing a meeting that is planned in Zoom. A lost answer is settled by reading the meeting. Each change counts in the host's day.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, Visit};
use super::{Turn, deadline_of};
use crate::app::StepError;
use crate::store::delivery::{self, DeliveryRow, Posted, Settled};
use crate::store::host_day::Taken;
use crate::store::journal::NewNotification;
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::exchange::Request;
use connector_core::fact::Alias;
use connector_core::fact::agreed::Part;
use connector_core::translate::OwnOutcome;
use connector_core::translate::meeting::agree::{Arrived, LookedAt};
use connector_core::zoom::change::{self, ChangeMeeting, Changed, Stands};
use connector_core::zoom::command::LookAtMeeting;
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::request;

/// How soon a change looks again whether the one before it is through, in milliseconds.
const BEHIND_WAIT_MS: i64 = 1_000;
/// How soon it is looked again whether a meeting is gone for good, in milliseconds.
const FATE_WAIT_MS: i64 = 60 * 60 * 1_000;
/// Looks that may fail, before a person has to see why.
const FATE_TRIES_MAX: i64 = 48;

impl Courier {
    /// Makes a change, or looks whether it was made.
    pub(super) async fn change_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ChangeMeeting,
    ) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if turn.aim == super::Aim::Send
            && let Some(next_at_ms) = self.behind_until_ms(visit, wanted).await?
        {
            results.settled.push(Settled { next_at_ms, ..unchanged(turn.row, "ready") });
            return Ok(Round::Again);
        }
        if visit.state.zoom_pace.free(Class::Light, now_ms) == 0 {
            return Ok(Round::NotBefore(Pace::next_ms(now_ms)));
        }
        visit.state.zoom_pace.note(Class::Light, 1, now_ms);
        match turn.aim {
            super::Aim::Send if self.may_go(visit, wanted).await? => {
                self.send_change(visit, results, turn, wanted).await?;
            }
            super::Aim::Send => results.settled.push(self.host_day_used_up(turn.row)),
            super::Aim::Look => self.look_for_change(visit, results, turn, wanted).await,
        }
        Ok(Round::Again)
    }

    /// Counts the change in the host's day. Whether a meeting is held may be said when the day is used up: Zoom counts what is
    /// made and changed, and if it counts this, too, it says so.
    async fn may_go(&self, visit: &Visit, wanted: &ChangeMeeting) -> Result<bool, StepError> {
        let Some(host) = &wanted.host else { return Ok(true) };
        let taken = self.take_host_day(&visit.claimed.tenant, host).await?;
        Ok(match taken {
            Taken::One => true,
            Taken::UsedUp => wanted.part.standing.is_some(),
        })
    }

    async fn send_change(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ChangeMeeting,
    ) -> Result<(), StepError> {
        let call = (change::change(wanted), &wanted.part);
        let (row, changed) = self.make_change(visit, results, turn, call).await?;
        results.settled.push(match changed {
            Changed::Applied => {
                results.journal.push(self.change_arrived(visit, &row));
                let result = Some(wanted.meeting.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(&row, "delivered") }
            }
            Changed::NotApplied(fault) => match &wanted.host {
                Some(host) => self.not_applied_for_host(visit, &row, (host, &fault)).await?,
                None => self.not_applied(visit, &row, &fault),
            },
            Changed::Unknown { why } => self.lost(&row, why),
        });
        Ok(())
    }

    /// Makes the call that changes something in Zoom so that `part` of it is as wanted, and records the attempt. Answers what it
    /// came to, and the row with the time until which the call may still take effect.
    pub(super) async fn make_change(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        (request, part): (Request, &Part),
    ) -> Result<(DeliveryRow, Changed), StepError> {
        let attempts = self.intend_zoom(visit, vec![(request.operation, vec![turn.row.key.clone()])]).await?;
        let changed = change::read_changed(&self.write_zoom(turn, &request).await, part);
        let row = DeliveryRow { deadline_ms: deadline_of(&attempts), ..turn.row.clone() };
        let (word, detail) = match &changed {
            Changed::Applied => ("applied", None),
            Changed::NotApplied(fault) => ("not applied", Some(fault.to_string())),
            Changed::Unknown { why } => ("unknown", Some(why.clone())),
        };
        results.attempts.extend(attempts.into_iter().map(|attempt| (attempt.id, word, detail.clone())));
        if let Changed::NotApplied(fault) = &changed {
            self.heed(visit, turn, fault).await;
        }
        Ok((row, changed))
    }

    async fn look_for_change(&self, visit: &mut Visit, results: &mut Results, turn: &Turn<'_>, wanted: &ChangeMeeting) {
        let reply = self.ask_zoom(turn, &request::get_meeting(wanted.meeting)).await;
        let seen = match change::read_stands(&reply, wanted) {
            Ok(Stands::AsWanted) => Seen::Found(vec![wanted.meeting.to_string()]),
            Ok(Stands::Otherwise) => Seen::Absent,
            Err(_) => Seen::Unclear,
        };
        let settled = self.after_read(turn.row, &seen, Neighbours::Fail, ZOOM);
        if settled.state == "delivered" {
            results.journal.push(self.change_arrived(visit, turn.row));
        }
        results.settled.push(settled);
    }

    /// While the change before this one is still under way: when to look again, epoch milliseconds. Sent later, it would undo
    /// this one.
    async fn behind_until_ms(&self, visit: &Visit, wanted: &ChangeMeeting) -> Result<Option<i64>, StepError> {
        let Some(before) = wanted.after.clone() else { return Ok(None) };
        let tenant = visit.claimed.tenant.clone();
        let found = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { delivery::posted(unit, &tenant, &[before]).await }))
            .await?;
        let soon_ms = self.shared.clock.now_ms() + BEHIND_WAIT_MS;
        let until_ms = |before: &Posted| match before.state.as_str() {
            // It may wait for tomorrow, and then so does this one.
            "ready" | "unknown" => Some(before.next_at_ms.saturating_add(BEHIND_WAIT_MS).max(soon_ms)),
            "sending" => Some(soon_ms),
            _ => None,
        };
        Ok(found.values().filter_map(until_ms).max())
    }

    /// Looks whether a cancelled meeting is gone for good. When that cannot be told, it is looked again later: nobody waits for it.
    pub(super) async fn fate_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &LookAtMeeting,
    ) -> Round {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_pace.free(Class::Light, now_ms) == 0 {
            return Round::NotBefore(Pace::next_ms(now_ms));
        }
        visit.state.zoom_pace.note(Class::Light, 1, now_ms);
        match change::read_fate(&self.ask_zoom(turn, &request::get_meeting(wanted.meeting)).await) {
            Ok(fate) => {
                let fact = Alias(turn.row.fact.clone());
                let told = LookedAt { fact, fate, cancelled_ms: wanted.cancelled_ms, at_ms: now_ms };
                let outcome = OwnOutcome::MeetingLookedAt(told);
                results.journal.push(self.outcome(&visit.claimed.tenant, turn.row, "meeting looked at", &outcome));
                results.settled.push(Settled { proof: Some("answer"), ..unchanged(turn.row, "delivered") });
            }
            Err(fault) => {
                self.heed(visit, turn, &fault).await;
                let state = if turn.row.tries >= FATE_TRIES_MAX { "parked" } else { "ready" };
                let (code, detail) = (Some(fault.code().to_owned()), Some(fault.to_string()));
                let (tries, next_at_ms) = (turn.row.tries + 1, now_ms + FATE_WAIT_MS);
                results.settled.push(Settled { code, detail, tries, next_at_ms, ..unchanged(turn.row, state) });
            }
        }
        Round::Again
    }

    fn change_arrived(&self, visit: &Visit, row: &DeliveryRow) -> NewNotification {
        let at_ms = self.shared.clock.now_ms();
        let arrived = Arrived { fact: Alias(row.fact.clone()), delivery: row.key.clone(), at_ms };
        self.outcome(&visit.claimed.tenant, row, "meeting changed", &OwnOutcome::ChangeArrived(arrived))
    }
}
