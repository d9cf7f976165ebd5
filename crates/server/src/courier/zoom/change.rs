//! Changing a meeting that is planned in Zoom. A lost answer is settled by reading the meeting.

use super::super::settle::{Results, unchanged};
use super::super::verify::ZOOM;
use super::super::{Courier, Round, Visit};
use super::{Turn, deadline_of};
use crate::app::StepError;
use crate::store::delivery::{self, DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::fact::Alias;
use connector_core::translate::OwnOutcome;
use connector_core::translate::meeting::agree::Arrived;
use connector_core::zoom::change::{self, ChangeMeeting, Changed, Stands};
use connector_core::zoom::request;

/// How soon a change looks again whether the one before it is through, in milliseconds.
const BEHIND_WAIT_MS: i64 = 1_000;

impl Courier {
    /// Makes a change, or looks whether it was made.
    pub(super) async fn change_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ChangeMeeting,
    ) -> Result<Round, StepError> {
        match turn.aim {
            super::Aim::Send => self.send_change(visit, results, turn, wanted).await?,
            super::Aim::Look => self.look_for_change(visit, results, turn, wanted).await,
        }
        Ok(Round::Again)
    }

    async fn send_change(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        wanted: &ChangeMeeting,
    ) -> Result<(), StepError> {
        if self.is_behind(visit, wanted).await? {
            let next_at_ms = self.shared.clock.now_ms() + BEHIND_WAIT_MS;
            results.settled.push(Settled { next_at_ms, ..unchanged(turn.row, "ready") });
            return Ok(());
        }
        let request = change::change(wanted);
        let attempts = self.intend_zoom(visit, vec![(request.operation, vec![turn.row.key.clone()])]).await?;
        let changed = change::read_changed(&self.write_zoom(turn, &request).await, &wanted.part);
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
        results.settled.push(match changed {
            Changed::Applied => {
                results.journal.push(self.change_arrived(visit, &row));
                let result = Some(wanted.meeting.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(&row, "delivered") }
            }
            Changed::NotApplied(fault) => self.not_applied(visit, &row, &fault),
            Changed::Unknown { why } => self.lost(&row, why),
        });
        Ok(())
    }

    async fn look_for_change(&self, visit: &mut Visit, results: &mut Results, turn: &Turn<'_>, wanted: &ChangeMeeting) {
        let reply = self.ask_zoom(turn, &request::get_meeting(wanted.meeting)).await;
        let seen = match change::read_stands(&reply, &wanted.part) {
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

    /// Whether the change before this one is still under way: sent later, it would undo this one.
    async fn is_behind(&self, visit: &Visit, wanted: &ChangeMeeting) -> Result<bool, StepError> {
        let Some(before) = wanted.after.clone() else { return Ok(false) };
        let tenant = visit.claimed.tenant.clone();
        let found = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { delivery::posted(unit, &tenant, &[before]).await }))
            .await?;
        Ok(found.values().any(|before| matches!(before.state.as_str(), "ready" | "sending" | "unknown")))
    }

    fn change_arrived(&self, visit: &Visit, row: &DeliveryRow) -> NewNotification {
        let at_ms = self.shared.clock.now_ms();
        let arrived = Arrived { fact: Alias(row.fact.clone()), delivery: row.key.clone(), at_ms };
        self.outcome(&visit.claimed.tenant, row, "meeting changed", &OwnOutcome::ChangeArrived(arrived))
    }
}
