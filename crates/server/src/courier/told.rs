//! What the translator is told of deliveries, and of appointments: that LeadSquared made one, that a change of one arrived, what one
//! says.

use super::settle::unchanged;
use super::{Courier, Visit};
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use connector_core::fact::Alias;
use connector_core::ids::TenantId;
use connector_core::leadsquared::command::Command;
use connector_core::translate::meeting::agree::{AppointmentMade, AppointmentSeen, Arrived};
use connector_core::translate::{self, OwnOutcome, Source};

impl Courier {
    /// The notification that follows from a delivery about an appointment; none from any other, and none before it is delivered.
    pub(super) fn appointment_told(
        &self,
        visit: &Visit,
        row: &DeliveryRow,
        settled: &Settled,
    ) -> Option<NewNotification> {
        if settled.state != "delivered" {
            return None;
        }
        let now_ms = self.shared.clock.now_ms();
        let (fact, result) = (Alias(row.fact.clone()), settled.result.clone());
        let (event, outcome) = match serde_json::from_str::<translate::Command>(&row.command).ok()? {
            translate::Command::LeadSquared { command } => match command {
                // Only an appointment has a place.
                Command::CreateTask(task) if task.location.is_some() => {
                    let task = result?;
                    ("appointment made", OwnOutcome::AppointmentMade(AppointmentMade { fact, task }))
                }
                Command::ChangeTask(_) => {
                    let arrived = Arrived { fact, delivery: row.key.clone(), at_ms: now_ms };
                    ("appointment changed", OwnOutcome::ChangeArrived(arrived))
                }
                Command::ReadTask(read) => {
                    let seen = serde_json::from_str(&result?).ok()?;
                    let told = AppointmentSeen { task: read.task, seen, at_ms: now_ms };
                    ("appointment read", OwnOutcome::AppointmentSeen(told))
                }
                Command::CreateTask(_)
                | Command::UpsertLead(_)
                | Command::FindLead(_)
                | Command::PostActivity(_)
                | Command::CorrectActivity(_)
                | Command::Gather(_) => return None,
            },
            translate::Command::Zoom { .. } => return None,
        };
        Some(self.outcome(&visit.claimed.tenant, row, event, &outcome))
    }

    /// The notification that tells the translator what became of a delivery.
    pub(super) fn outcome(
        &self,
        tenant: &TenantId,
        row: &DeliveryRow,
        event: &str,
        outcome: &OwnOutcome,
    ) -> NewNotification {
        let now_ms = self.shared.clock.now_ms();
        NewNotification {
            tenant: tenant.clone(),
            key: format!("outcome-{}", row.key),
            id: crate::dice::id(now_ms),
            source: Source::Outcome.as_str(),
            event: event.to_owned(),
            event_ts_ms: now_ms,
            received_ms: now_ms,
            late: false,
            body: serde_json::to_vec(outcome).unwrap_or_default(),
        }
    }
}

/// The row of a task that was read: what it says stands in the journal, and only there.
pub(super) fn without_what_was_read(row: &DeliveryRow, settled: Settled) -> Settled {
    if row.kind == "read_task" && settled.state == "delivered" {
        return Settled { result: None, proof: Some("answer"), ..unchanged(row, "delivered") };
    }
    settled
}
