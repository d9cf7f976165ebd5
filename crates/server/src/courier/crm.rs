//! A lane to LeadSquared: what is unknown is read, calls are formed from what is ready, the intent is committed, they are made
//! side by side, and what came back is taken in. Whether LeadSquared answers at all is asked by a read.

use super::appointments::Looking;
use super::call::{self, Came, Due, LookUp};
use super::decide::Deciding;
use super::ready::{corrected, readable};
use super::settle::{Results, settled, taken_again};
use super::told::without_what_was_read;
use super::{Backlog, Courier, Destination, READY_MAX, READY_MIN, READY_PER_SENT, READY_WIDE_MAX, Round, Visit};
use crate::app::StepError;
use crate::connections::keyring::NoKey;
use crate::failpoint::{self, Point};
use crate::leadsquared::LeadSquared;
use crate::planted::{self, Bug};
use crate::store::attempt::{self, NewAttempt};
use crate::store::delivery::{self, DeliveryRow, Posted};
use crate::store::journal::NewNotification;
use crate::store::tenant::TenantRow;
use crate::store::{lane, settings, tenant};
use connector_core::delivery::batch::{self, Behind, Call, Choice, Ready, Supply};
use connector_core::delivery::breaker::{self, Gate, Heard};
use connector_core::delivery::limiter;
use connector_core::delivery::schedule::CALL_DEADLINE_MS;
use connector_core::delivery::verdict::{Company, Neighbours, Situation, Split, TenantVerdict, Verdict, judge};
use connector_core::fact::Alias;
use connector_core::ids::Email;
use connector_core::leadsquared::command::Command;
use connector_core::leadsquared::reply::{Outcome, Refusal};
use connector_core::leadsquared::{request, setup};
use connector_core::rules::task::TaskRule;
use connector_core::translate::OwnOutcome;
use connector_core::translate::addition::GatheredLeads;
use futures_util::future::join_all;
use std::collections::{HashMap, HashSet};

/// How soon it is looked again when everything ready is about somebody who is occupied, in milliseconds.
const HELD_WAIT_MS: i64 = 1_000;
/// How soon it is looked again when a call is free, but not the look-up that may have to follow, in milliseconds.
const ROOM_LOOK_MS: i64 = 250;

/// What a round begins with.
struct Found {
    ready: Vec<DeliveryRow>,
    /// What became of activities that are to be corrected, by the key of the delivery that posts them.
    posted: HashMap<String, Posted>,
    occupied: HashSet<Alias>,
    unknown: Vec<DeliveryRow>,
    /// Who gets tasks that name nobody.
    owner: Option<Email>,
    rules: Vec<TaskRule>,
    /// The tenant, with the keys as they are now.
    tenant: TenantRow,
    /// Whether changed appointments are looked for.
    looking: Looking,
}

impl Courier {
    /// One round in a LeadSquared lane: what is unknown and due is read, then what is ready is sent.
    pub(super) async fn crm_round(&self, visit: &mut Visit) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let at_once = match breaker::gate(&visit.state.breaker, now_ms) {
            Gate::Rest { until_ms } => return Ok(Round::NotBefore(until_ms)),
            Gate::Probe => None,
            Gate::Open { at_once } => Some(at_once),
        };
        let look = visit.look;
        let found = self.find(visit, look).await?;
        let crm = self.shared.crm_of(&found.tenant).await?;
        let Some(at_once) = at_once else { return self.probe(visit, &crm).await };
        if !found.unknown.is_empty() {
            return self.verify_crm(visit, &crm, found.unknown).await;
        }
        if found.ready.is_empty() {
            return self.idle(visit, &crm, &found.looking).await;
        }
        let at_once = at_once.min(visit.plan.calls_at_once.max(1));
        let wide = found.ready.len() >= limit(look);
        match self.try_to_send(visit, &crm, found, (look, at_once)).await? {
            // Many deliveries about few people stand before others: a wider look finds those.
            None if wide => {
                let found = self.find(visit, READY_WIDE_MAX).await?;
                let sent = self.try_to_send(visit, &crm, found, (READY_WIDE_MAX, at_once)).await?;
                sent.map_or_else(|| Ok(Round::NotBefore(now_ms + HELD_WAIT_MS)), Ok)
            }
            None => self.nothing_to_call(visit, now_ms).await,
            Some(round) => Ok(round),
        }
    }

    /// Reads what the lane holds, and the settings.
    async fn find(&self, visit: &mut Visit, ready_max: i64) -> Result<Found, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let tenant = visit.claimed.tenant.clone();
        let (ready, posted, occupied, unknown, settings, row) = self
            .shared
            .store
            .read_warm(move |unit| {
                Box::pin(async move {
                    let lane_name = Destination::LeadSquared.as_str();
                    let ready = delivery::ready(unit, &tenant, lane_name, now_ms, ready_max).await?;
                    let posted = delivery::posted(unit, &tenant, &corrected(&ready)).await?;
                    let occupied = delivery::occupied(unit, &tenant, lane_name, now_ms).await?;
                    let unknown = delivery::unknown(unit, &tenant, lane_name, now_ms, super::verify::READS_MAX).await?;
                    let settings = settings::current(unit, &tenant).await?.settings;
                    Ok((ready, posted, occupied, unknown, settings, tenant::get(unit, &tenant).await?))
                })
            })
            .await?;
        failpoint::reached(Point::CrmRead);
        let looking = Looking::of(&settings);
        visit.plan = settings.plan;
        let tenant = row.ok_or(NoKey::NoTenant)?;
        let of_keys = || tenant.crm_user.as_deref().and_then(Email::parse);
        let owner = settings.task_owner.or_else(of_keys);
        Ok(Found {
            ready,
            posted,
            occupied: occupied.into_iter().map(Alias).collect(),
            unknown,
            owner,
            tenant,
            rules: settings.rules,
            looking,
        })
    }

    /// Forms calls and makes those that may go; `None` when nothing can be formed.
    async fn try_to_send(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        found: Found,
        (ready_max, at_once): (i64, usize),
    ) -> Result<Option<Round>, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let more = found.ready.len() >= limit(ready_max);
        visit.backlog = if more { Backlog::Much } else { Backlog::Little };
        let mut results = Results::default();
        let (rows, ready) = readable(found.ready, &found.posted, &mut results);
        if !results.settled.is_empty() {
            self.record(visit, results).await?;
            return Ok(Some(Round::Again));
        }
        let deciding = Deciding { rules: &found.rules, occupied: &found.occupied };
        let Some((rows, ready)) = self.decide(visit, crm, (rows, ready), &deciding).await? else {
            return Ok(Some(Round::Again));
        };
        let calls = batch::form(&ready, &found.occupied, &visit.plan, at_once);
        failpoint::reached(Point::CrmFormed);
        if calls.is_empty() {
            return Ok(None);
        }
        let in_calls: usize = calls.iter().map(|call| call.rows().len()).sum();
        let supply = Supply {
            free: limiter::free(&visit.state.rate, &visit.plan, true, now_ms),
            behind: if more || in_calls < ready.len() { Behind::More } else { Behind::Nothing },
            sent_ms: visit.state.sent_ms,
        };
        let calls = match batch::choose(calls, &ready, supply, &visit.plan, now_ms) {
            Choice::Send(calls) => calls,
            Choice::Hold(until_ms) => return Ok(Some(Round::NotBefore(until_ms))),
        };
        let bulk: Vec<bool> = calls.iter().map(Call::is_bulk).collect();
        let due = self.allowed(visit, calls, &ready, found.owner.as_ref());
        if due.is_empty() {
            let free = bulk.iter().map(|bulk| limiter::next_at_ms(&visit.state.rate, &visit.plan, *bulk, now_ms)).min();
            return Ok(Some(Round::NotBefore(look_again_ms(free, now_ms))));
        }
        visit.state.sent_ms = now_ms;
        visit.look = next_look(&due, at_once);
        self.send(visit, crm, due, (rows, ready)).await?;
        Ok(Some(Round::Again))
    }

    /// Nothing is to be sent: there is time to look for changed appointments.
    async fn idle(&self, visit: &mut Visit, crm: &LeadSquared, looking: &Looking) -> Result<Round, StepError> {
        visit.backlog = Backlog::Little;
        match self.look_for_appointments(visit, crm, looking).await? {
            Ok(round) => Ok(round),
            Err(look_ms) => Ok(match self.nothing_to_call(visit, self.shared.clock.now_ms()).await? {
                Round::NotBefore(at_ms) => Round::NotBefore(at_ms.min(look_ms.unwrap_or(lane::NEVER_MS))),
                Round::Again => Round::Again,
            }),
        }
    }

    /// When the lane has something to do again: nothing can go out now.
    async fn nothing_to_call(&self, visit: &Visit, now_ms: i64) -> Result<Round, StepError> {
        let tenant = visit.claimed.tenant.clone();
        let next_at_ms = self
            .shared
            .store
            .read_warm(move |unit| {
                Box::pin(async move { delivery::next_at_ms(unit, &tenant, Destination::LeadSquared.as_str()).await })
            })
            .await?;
        // What is ready and did not go out is about somebody who is occupied.
        let held = next_at_ms.is_some_and(|at| at <= now_ms);
        Ok(Round::NotBefore(if held { now_ms + HELD_WAIT_MS } else { next_at_ms.unwrap_or(lane::NEVER_MS) }))
    }

    /// The calls that the rate allows now, each noted as made.
    fn allowed(&self, visit: &mut Visit, calls: Vec<Call>, ready: &[Ready], owner: Option<&Email>) -> Vec<Due> {
        let now_ms = self.shared.clock.now_ms();
        let mut due = Vec::new();
        for call in calls {
            let (rate, plan) = (&mut visit.state.rate, &visit.plan);
            if limiter::next_at_ms(rate, plan, call.is_bulk(), now_ms) > now_ms {
                continue;
            }
            let look_up = call::look_up(&call, ready);
            // A look-up may follow: room for all of it, where a window has that at all.
            let reads = look_up.as_ref().map_or(0, LookUp::calls);
            let room = limiter::free(rate, plan, false, now_ms).is_none_or(|free| free.calls >= free.of.min(1 + reads));
            if reads > 0 && !room {
                continue;
            }
            limiter::note_call(rate, plan, call.is_bulk(), now_ms);
            for _ in 0..reads {
                limiter::note_call(rate, plan, false, now_ms);
            }
            let request = call::write_request(&call, ready, owner);
            let gather = call::gather(&call, ready);
            due.push(Due { gather, call, request, attempt: crate::dice::id(now_ms), noted_ms: now_ms, look_up });
        }
        due
    }

    /// Commits the intent, makes the calls side by side, records what came of them.
    async fn send(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        due: Vec<Due>,
        (rows, ready): (Vec<DeliveryRow>, Vec<Ready>),
    ) -> Result<(), StepError> {
        let started_ms = self.shared.clock.now_ms();
        let deadline_ms = started_ms + CALL_DEADLINE_MS;
        let commands = due.iter().flat_map(|due| due.call.rows()).filter_map(|row| Some(&ready.get(*row)?.command));
        commands.for_each(|command| visit.state.look.note(command, started_ms));
        failpoint::reached(Point::CrmBeforeIntent);
        self.intend(visit, &due, &rows, (started_ms, deadline_ms)).await?;
        failpoint::reached(Point::CrmIntended);
        let came = join_all(due.iter().map(|due| call::make(&self.shared, crm, due))).await;
        failpoint::reached(Point::CrmAnswered);
        self.note(visit, &due, &came);
        let mut results = Results::default();
        for (due, came) in due.into_iter().zip(came) {
            let whole = call::summary(&came.outcomes);
            results.attempts.push((due.attempt, whole.0, whole.1));
            let gathered = rows.get(due.call.rows().first().copied().unwrap_or(usize::MAX)).zip(came.gathered.as_ref());
            results.journal.extend(gathered.map(|(row, told)| self.leads_gathered(visit, row, told)));
            for (place, (row, outcome)) in due.call.rows().iter().zip(&came.outcomes).enumerate() {
                let (Some(delivery), Some(ready)) = (rows.get(*row), ready.get(*row)) else { continue };
                let situation = Situation {
                    command: &ready.command,
                    tries: u32::try_from(delivery.tries).unwrap_or(u32::MAX),
                    planned_ms: delivery.planned_ms,
                    deadline_ms,
                    lead_renewed: delivery.lead_renewed,
                    company: came.company,
                    opaque: ready.opaque,
                    neighbours: neighbours(visit, delivery),
                };
                let tenant_verdict = self.take_in(visit, &mut results, (delivery, situation), outcome);
                // What is said of a whole call is said once.
                if came.company == Company::Row || place == 0 {
                    let detail = call::words(outcome).unwrap_or_default();
                    self.for_tenant(visit, &mut results, &tenant_verdict, (&delivery.kind, &detail));
                }
            }
        }
        failpoint::reached(Point::CrmJudged);
        // Recorded with the state that forgets it: the end of a pause is told once.
        let taken_again = taken_again(visit, &rows, &results).then(|| visit.state.note_taken());
        self.record(visit, Results { taken_again, ..results }).await
    }

    /// The notification that tells the translator of leads that were read for a wish.
    fn leads_gathered(&self, visit: &Visit, row: &DeliveryRow, told: &GatheredLeads) -> NewNotification {
        let outcome = OwnOutcome::LeadsGathered { fact: Alias(row.fact.clone()), gathered: told.clone() };
        self.outcome(&visit.claimed.tenant, row, "leads read", &outcome)
    }

    /// Notes for rate and breaker what the calls of a round came to.
    fn note(&self, visit: &mut Visit, due: &[Due], came: &[Came]) {
        let state = &mut visit.state;
        for (due, came) in due.iter().zip(came) {
            limiter::note_end(&mut state.rate, due.call.is_bulk(), due.noted_ms, came.ended_ms);
            for _ in 0..due.look_up.as_ref().map_or(0, LookUp::calls) {
                limiter::note_end(&mut state.rate, false, due.noted_ms, came.ended_ms);
            }
        }
        let outcomes = || came.iter().flat_map(|came| &came.outcomes);
        let now_ms = self.shared.clock.now_ms();
        if outcomes().any(|outcome| matches!(outcome, Outcome::Applied { .. })) {
            state.applied_ms = now_ms;
        }
        if !outcomes().any(|outcome| matches!(outcome, Outcome::NotApplied(Refusal::RateLimited { .. }))) {
            limiter::note_accepted(&mut state.rate);
        }
        let heard: Vec<Heard> = came.iter().map(Came::heard).collect();
        breaker::note_round(&mut state.breaker, &heard, now_ms, crate::dice::number());
    }

    /// Judges one outcome and notes what follows for the delivery. Answers what follows for the tenant.
    fn take_in(
        &self,
        visit: &Visit,
        results: &mut Results,
        (delivery, situation): (&DeliveryRow, Situation<'_>),
        outcome: &Outcome,
    ) -> TenantVerdict {
        let now_ms = self.shared.clock.now_ms();
        let (verdict, tenant_verdict) = judge(situation, outcome, now_ms, crate::dice::number());
        let is_throttled = matches!(verdict, Verdict::Retry { code: "lsq.rate_limited", .. });
        let verdict = if planted::awake(Bug::BlindResend) && matches!(verdict, Verdict::Verify { .. }) {
            Verdict::Retry { at_ms: now_ms, code: "lsq.unknown", split: Split::Keep }
        } else if planted::awake(Bug::ThrottledIsDone) && is_throttled {
            Verdict::Delivered { id: None }
        } else {
            verdict
        };
        let person = delivery.person.clone();
        match (&verdict, situation.command, person) {
            (Verdict::Delivered { id: Some(lead) }, Command::UpsertLead(write), Some(person)) => {
                results.written.push((person.clone(), write.content()));
                results.leads.push((person, Some(lead.clone())));
            }
            (Verdict::Delivered { id }, Command::FindLead(_), Some(person)) => results.leads.push((person, id.clone())),
            (Verdict::RenewLead, _, Some(person)) => results.renew.push(person),
            _ => {}
        }
        let mut row = settled(delivery, situation, verdict, call::words(outcome), now_ms);
        row.next_at_ms = row.next_at_ms.max(0);
        results.journal.extend(self.appointment_told(visit, delivery, &row));
        results.settled.push(without_what_was_read(delivery, row));
        tenant_verdict
    }

    async fn intend(
        &self,
        visit: &Visit,
        due: &[Due],
        rows: &[DeliveryRow],
        (started_ms, deadline_ms): (i64, i64),
    ) -> Result<(), StepError> {
        let attempts: Vec<NewAttempt> = due
            .iter()
            .map(|due| NewAttempt {
                id: due.attempt.clone(),
                operation: due.request.operation,
                fence: visit.claimed.fence,
                started_ms,
                deadline_ms,
                deliveries: due.call.rows().iter().filter_map(|row| Some(rows.get(*row)?.key.clone())).collect(),
            })
            .collect();
        let claimed = visit.claimed.clone();
        let state = serde_json::to_string(&visit.state).unwrap_or_else(|_| "{}".to_owned());
        let lane_name = visit.destination.as_str();
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    lane::hold(unit, &claimed, lane_name, &state, started_ms + super::LEASE_MS).await?;
                    attempt::begin(unit, &claimed.tenant, &attempts).await
                })
            })
            .await?;
        Ok(())
    }

    /// Asks LeadSquared by a read whether it answers again. If it does, what could not be sent is due at once, and calls begin
    /// again slowly.
    async fn probe(&self, visit: &mut Visit, crm: &LeadSquared) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let free_ms = limiter::next_at_ms(&visit.state.rate, &visit.plan, false, now_ms);
        if free_ms > now_ms {
            return Ok(Round::NotBefore(free_ms));
        }
        limiter::note_call(&mut visit.state.rate, &visit.plan, false, now_ms);
        let heard = match setup::read_who(&crm.call(&request::who_am_i()).await) {
            Err(Refusal::NotSent { .. }) => Heard::Nothing,
            Ok(_) | Err(_) => Heard::Answer,
        };
        let ended_ms = self.shared.clock.now_ms();
        limiter::note_end(&mut visit.state.rate, false, now_ms, ended_ms);
        breaker::note_probe(&mut visit.state.breaker, heard, ended_ms, crate::dice::number());
        if heard == Heard::Nothing {
            return Ok(Round::NotBefore(visit.state.breaker.until_ms));
        }
        limiter::note_back(&mut visit.state.rate, ended_ms);
        let tenant = visit.claimed.tenant.clone();
        let hurried = self.shared.store.write(move |unit| {
            Box::pin(async move { delivery::hurry(unit, &tenant, Destination::LeadSquared.as_str(), ended_ms).await })
        });
        let hurried = hurried.await?;
        tracing::info!(tenant = %visit.claimed.tenant, hurried, "LeadSquared answers again");
        Ok(Round::Again)
    }

    /// Whether LeadSquared takes the tenant's keys again.
    pub(super) async fn crm_probe(&self, visit: &mut Visit, row: &TenantRow) -> Result<bool, StepError> {
        let crm = self.shared.crm(&row.tenant).await?;
        Ok(setup::read_who(&self.read(visit, &crm, &request::who_am_i()).await).is_ok())
    }
}

/// When to look again when no call may go: as soon as one is free, or, where one is free and a look-up may have to follow
/// it, a little later.
fn look_again_ms(free_ms: Option<i64>, now_ms: i64) -> i64 {
    free_ms.filter(|free_ms| *free_ms > now_ms).unwrap_or(now_ms + ROOM_LOOK_MS)
}

/// How many deliveries to look at after a round with those calls: where calls were the bound and held little, reading as much
/// as bulk calls could carry would cost more than the calls.
fn next_look(due: &[Due], at_once: usize) -> i64 {
    let sent: usize = due.iter().map(|due| due.call.rows().len()).sum();
    if due.len() < at_once {
        return READY_MAX;
    }
    i64::try_from(sent * READY_PER_SENT).unwrap_or(READY_MAX).clamp(READY_MIN, READY_MAX)
}

fn limit(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// Whether another delivery of the lane was applied since this one failed opaquely first.
pub(super) fn neighbours(visit: &Visit, row: &DeliveryRow) -> Neighbours {
    if row.opaque_ms.is_some_and(|first_ms| visit.state.applied_ms > first_ms) {
        Neighbours::Pass
    } else {
        Neighbours::Fail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_lacks_room_for_its_look_up_does_not_keep_the_lane_spinning() {
        assert_eq!(look_again_ms(Some(1_000), 1_000), 1_000 + ROOM_LOOK_MS);
        assert_eq!(look_again_ms(None, 1_000), 1_000 + ROOM_LOOK_MS);
        assert_eq!(look_again_ms(Some(1_003), 1_000), 1_003);
    }
}
