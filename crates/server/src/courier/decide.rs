//! Tasks that only the lead can decide: the lead is read (one read, by its id) when the task is about to be sent, and the core says
//! whether it is sent, left out or parked. What was decided is recorded, and the task goes out in a later round.

use super::settle::{Results, unchanged};
use super::verify::READS_MAX;
use super::{Courier, VISIT_MS_MAX, Visit};
use crate::app::StepError;
use crate::leadsquared::LeadSquared;
use crate::store::delivery::{DeliveryRow, Settled};
use connector_core::delivery::batch::Ready;
use connector_core::delivery::breaker::{self, Gate};
use connector_core::delivery::limiter;
use connector_core::delivery::schedule::RETRY_FIRST_MS;
use connector_core::fact::Alias;
use connector_core::ids::LeadId;
use connector_core::leadsquared::command::{Command, Task};
use connector_core::leadsquared::reply::{self, Refusal};
use connector_core::leadsquared::request;
use connector_core::rules::task::TaskRule;
use connector_core::rules::undecided::{Decided, decide};
use connector_core::translate;
use std::collections::HashSet;

/// What the rules of a round are decided with.
pub(super) struct Deciding<'a> {
    /// The tenant's rules as they stand now.
    pub rules: &'a [TaskRule],
    /// Persons for whom something is under way.
    pub occupied: &'a HashSet<Alias>,
}

/// A task whose turn it is.
struct Asking<'a> {
    row: &'a DeliveryRow,
    task: &'a Task,
    lead: &'a LeadId,
}

/// Rows and what they hold, side by side.
pub(super) type Side = (Vec<DeliveryRow>, Vec<Ready>);

fn undecided(ready: &Ready) -> Option<&Task> {
    match &ready.command {
        Command::CreateTask(task) if task.undecided.is_some() => Some(task),
        Command::CreateTask(_)
        | Command::UpsertLead(_)
        | Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_) => None,
    }
}

impl Courier {
    /// Decides about tasks whose turn it is. Answers what else may go out; `None` where something was decided, and has to be read anew.
    pub(super) async fn decide(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        (rows, ready): Side,
        deciding: &Deciding<'_>,
    ) -> Result<Option<Side>, StepError> {
        let mut results = Results::default();
        let (mut kept_rows, mut kept) = (Vec::with_capacity(rows.len()), Vec::with_capacity(ready.len()));
        let mut before: HashSet<Alias> = HashSet::new();
        let (mut reads, began_ms) = (0, self.shared.clock.now_ms());
        for (row, one) in rows.into_iter().zip(ready) {
            // What was planned earlier about the same person goes first: it may change the lead.
            let first =
                one.person.clone().is_none_or(|person| !deciding.occupied.contains(&person) && before.insert(person));
            let (Some(task), Some(lead)) = (undecided(&one), &one.lead) else {
                kept_rows.push(row);
                kept.push(one);
                continue;
            };
            let in_time = self.shared.clock.now_ms() - began_ms < VISIT_MS_MAX;
            if first && in_time && reads < READS_MAX && self.may_read(visit) {
                reads += 1;
                let asking = Asking { row: &row, task, lead };
                let decided = self.decided((visit, crm), &asking, deciding.rules, &mut results.renew).await;
                results.settled.push(decided);
            }
        }
        if results.settled.is_empty() {
            return Ok(Some((kept_rows, kept)));
        }
        self.record(visit, results).await?;
        Ok(None)
    }

    fn may_read(&self, visit: &Visit) -> bool {
        let now_ms = self.shared.clock.now_ms();
        matches!(breaker::gate(&visit.state.breaker, now_ms), Gate::Open { .. })
            && limiter::next_at_ms(&visit.state.rate, &visit.plan, false, now_ms) <= now_ms
    }

    async fn decided(
        &self,
        (visit, crm): (&mut Visit, &LeadSquared),
        Asking { row, task, lead }: &Asking<'_>,
        rules: &[TaskRule],
        renew: &mut Vec<String>,
    ) -> Settled {
        let reply = self.read(visit, crm, &request::lead_by_id(lead)).await;
        let read = reply::read_lead(&reply);
        let refused = read.as_ref().err().map(Refusal::code);
        let now_ms = self.shared.clock.now_ms();
        let base = unchanged(row, "ready");
        let code = |code: &str| Some(code.to_owned());
        let missing = matches!(read, Ok(None) | Err(Refusal::LeadMissing { .. }));
        let Some(fields) = self.taken(visit, read).flatten() else {
            return match (&row.person, missing) {
                (_, false) => Settled { code: refused.map(str::to_owned), next_at_ms: now_ms + RETRY_FIRST_MS, ..base },
                (Some(person), true) if !row.lead_renewed => {
                    renew.push(person.clone());
                    Settled { code: code("lsq.lead_missing"), next_at_ms: now_ms, lead_renewed: true, ..base }
                }
                (_, true) => Settled { code: code("lsq.lead_missing"), ..unchanged(row, "parked") },
            };
        };
        match decide(task, &fields, rules) {
            Decided::Send(task) => {
                let command = translate::Command::LeadSquared { command: Command::CreateTask(*task) };
                Settled { command: serde_json::to_string(&command).ok(), next_at_ms: now_ms, ..base }
            }
            Decided::LeaveOut(why) => {
                Settled { code: code("suppressed.rule"), detail: Some(why), ..unchanged(row, "suppressed") }
            }
            Decided::Park(why) => Settled { code: code("rule.failed"), detail: Some(why), ..unchanged(row, "parked") },
        }
    }
}
