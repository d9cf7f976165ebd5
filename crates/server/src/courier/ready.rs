//! Rows of the queue that are due, as deliveries that may go out: their commands are read, and what needs no call is settled.

use super::settle::{Results, unchanged};
use crate::planted::{self, Bug};
use crate::store::delivery::{DeliveryRow, Posted, Settled};
use connector_core::delivery::batch::Ready;
use connector_core::fact::Alias;
use connector_core::ids::LeadId;
use connector_core::leadsquared::command::{Command, Correction};
use connector_core::settings::CaptureBehaviour;
use connector_core::translate;
use std::collections::HashMap;

/// The keys of the deliveries whose activities are to be corrected, and whose tasks are to be changed.
pub(super) fn corrected(rows: &[DeliveryRow]) -> Vec<String> {
    let of = |row: &DeliveryRow| match serde_json::from_str(&row.command) {
        Ok(translate::Command::LeadSquared { command: Command::CorrectActivity(correction) }) => Some(correction.of),
        Ok(translate::Command::LeadSquared { command: Command::ChangeTask(change) }) => Some(change.of),
        Ok(translate::Command::LeadSquared { .. } | translate::Command::Zoom { .. }) | Err(_) => None,
    };
    rows.iter().filter(|row| matches!(row.kind.as_str(), "correction" | "change_task")).filter_map(of).collect()
}

/// What becomes of a row before a call is formed.
enum Before {
    /// It may go out; with the id of the activity it corrects.
    Ready(Option<String>),
    /// It is settled without a call.
    Settled(Settled),
    /// It has to wait for the delivery it corrects.
    Waits,
}

/// The bug of [`Bug::MarkerNotStable`] for activities.
fn unmarked(mut command: Command) -> Command {
    if let Command::PostActivity(activity) = &mut command {
        activity.fields.retain(|_, value| *value != activity.marker);
    }
    command
}

/// Takes commands out of rows. Those about somebody who is no lead are suppressed, those that need no call are delivered, those
/// that cannot be read are parked.
pub(super) fn readable(
    rows: Vec<DeliveryRow>,
    posted: &HashMap<String, Posted>,
    results: &mut Results,
) -> (Vec<DeliveryRow>, Vec<Ready>) {
    let mut kept = Vec::with_capacity(rows.len());
    let mut ready = Vec::with_capacity(rows.len());
    for row in rows {
        let command = match serde_json::from_str::<translate::Command>(&row.command) {
            Ok(translate::Command::LeadSquared { command }) if planted::awake(Bug::MarkerNotStable) => {
                unmarked(command)
            }
            Ok(translate::Command::LeadSquared { command }) => command,
            Ok(translate::Command::Zoom { .. }) | Err(_) => {
                let code = Some("delivery.unreadable".to_owned());
                results.settled.push(Settled { code, ..unchanged(&row, "parked") });
                continue;
            }
        };
        let activity = match before(&row, &command, posted) {
            Before::Ready(activity) => activity,
            Before::Settled(settled) => {
                results.settled.push(settled);
                continue;
            }
            Before::Waits => continue,
        };
        ready.push(Ready {
            key: row.key.clone(),
            person: row.person.clone().map(Alias),
            lead: row.lead.clone().flatten().map(LeadId),
            command,
            activity,
            opaque: u32::try_from(row.opaque).unwrap_or(u32::MAX),
            since_ms: row.planned_ms,
        });
        kept.push(row);
    }
    (kept, ready)
}

fn before(row: &DeliveryRow, command: &Command, posted: &HashMap<String, Posted>) -> Before {
    let from_cache = |result: &str| {
        let found = unchanged(row, "delivered");
        Before::Settled(Settled { result: Some(result.to_owned()), proof: Some("cache"), ..found })
    };
    let no_lead = row.lead == Some(None);
    let suppressed = || {
        let code = Some("suppressed.not_a_lead".to_owned());
        Before::Settled(Settled { code, ..unchanged(row, "suppressed") })
    };
    match (command, &row.lead) {
        // A known lead is all that is wanted.
        (Command::FindLead(_), Some(Some(lead))) => from_cache(lead),
        (Command::UpsertLead(write), Some(Some(lead)))
            if write.behaviour == CaptureBehaviour::DoNotUpdate
                || row.written.as_deref() == Some(write.content().as_str()) =>
        {
            from_cache(lead)
        }
        (Command::FindLead(_) | Command::UpsertLead(_) | Command::Gather(_) | Command::ReadTask(_), _) => {
            Before::Ready(None)
        }
        (
            Command::PostActivity(_) | Command::CreateTask(_) | Command::CorrectActivity(_) | Command::ChangeTask(_),
            _,
        ) if no_lead => suppressed(),
        // It may stand there already: looked for first, sent only when it does not.
        (Command::PostActivity(_) | Command::CreateTask(_), _) if row.reads > 0 => {
            let code = Some("delivery.verify_first".to_owned());
            Before::Settled(Settled { code, next_at_ms: 0, ..unchanged(row, "unknown") })
        }
        (Command::PostActivity(_) | Command::CreateTask(_), _) => Before::Ready(None),
        (Command::CorrectActivity(correction), _) => match posted.get(&correction.of) {
            // What was corrected since may go back to what was posted first.
            Some(Posted { state, result: Some(id), command, corrections: 0, next_at_ms: _ })
                if state == "delivered" && is_said(correction, command) =>
            {
                from_cache(id)
            }
            made => before_change(row, made),
        },
        (Command::ChangeTask(change), _) => match &change.task {
            Some(task) => Before::Ready(Some(task.clone())),
            None => before_change(row, posted.get(&change.of)),
        },
    }
}

/// What becomes of a change of something that another delivery made.
fn before_change(row: &DeliveryRow, made: Option<&Posted>) -> Before {
    match made {
        Some(Posted { state, result: Some(id), .. }) if state == "delivered" => Before::Ready(Some(id.clone())),
        Some(Posted { state, .. }) if matches!(state.as_str(), "ready" | "sending" | "unknown" | "waiting") => {
            Before::Waits
        }
        Some(Posted { state, .. }) if state == "suppressed" => {
            let code = Some("suppressed.not_posted".to_owned());
            Before::Settled(Settled { code, ..unchanged(row, "suppressed") })
        }
        Some(_) | None => {
            let code = Some("delivery.not_posted".to_owned());
            Before::Settled(Settled { code, ..unchanged(row, "parked") })
        }
    }
}

/// Whether the activity as it was posted says all of the correction already.
fn is_said(correction: &Correction, posted: &str) -> bool {
    match serde_json::from_str(posted) {
        Ok(translate::Command::LeadSquared { command: Command::PostActivity(activity) }) => {
            correction.is_said_by(&activity)
        }
        Ok(translate::Command::LeadSquared { .. } | translate::Command::Zoom { .. }) | Err(_) => false,
    }
}
