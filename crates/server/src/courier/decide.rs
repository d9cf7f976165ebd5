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
use connector_core::delivery::lane::Refused;
use connector_core::delivery::limiter;
use connector_core::delivery::schedule;
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
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => None,
    }
}

/// A lead that could not be read: later again, or never where LeadSquared says that it will not be.
fn not_read(
    visit: &mut Visit,
    results: &mut Results,
    row: &DeliveryRow,
    (refusal, now_ms): (Option<Refusal>, i64),
) -> Settled {
    let code = refusal.as_ref().map(|refusal| refusal.code().to_owned());
    let detail = refusal.as_ref().map(ToString::to_string);
    let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
    let next_at_ms = now_ms + schedule::retry_delay_ms(tries, crate::dice::number());
    let later = Settled { code, detail, next_at_ms, ..unchanged(row, "ready") };
    match refusal {
        Some(Refusal::Rejected { .. } | Refusal::Malformed { .. } | Refusal::DuplicateLead { .. }) => {
            Settled { state: "parked", ..later }
        }
        Some(Refusal::Unauthorized { detail }) => {
            results.pause(visit, ("lsq.unauthorized", detail), (Refused::Keys, now_ms));
            later
        }
        Some(Refusal::RateLimited { .. }) => later,
        Some(Refusal::NotSent { .. } | Refusal::LeadMissing { .. }) | None => {
            if now_ms - row.planned_ms >= schedule::KEPT_MS {
                return Settled { state: "parked", code: Some("delivery.too_old".to_owned()), ..later };
            }
            Settled { tries: row.tries + 1, ..later }
        }
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
        // In turns with what may be sent, so that thousands of reads hold up no activity.
        let nothing_else = ready.iter().all(|one| undecided(one).is_some());
        let turn = !std::mem::take(&mut visit.state.decided) || nothing_else;
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
            if turn && first && in_time && reads < READS_MAX && self.may_read(visit) {
                reads += 1;
                let asking = Asking { row: &row, task, lead };
                let decided = self.decided((visit, crm), &asking, deciding.rules, &mut results).await;
                results.settled.push(decided);
            }
        }
        if results.settled.is_empty() {
            return Ok(Some((kept_rows, kept)));
        }
        visit.state.decided = true;
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
        results: &mut Results,
    ) -> Settled {
        let reply = self.read(visit, crm, &request::lead_by_id(lead)).await;
        let read = reply::read_lead(&reply);
        let refusal = read.as_ref().err().cloned();
        let now_ms = self.shared.clock.now_ms();
        let base = unchanged(row, "ready");
        let code = |code: &str| Some(code.to_owned());
        let missing = matches!(read, Ok(None) | Err(Refusal::LeadMissing { .. }));
        let Some(fields) = self.taken(visit, read).flatten() else {
            return match (&row.person, missing) {
                (_, false) => not_read(visit, results, row, (refusal, now_ms)),
                (Some(person), true) if !row.lead_renewed => {
                    results.renew.push(person.clone());
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
