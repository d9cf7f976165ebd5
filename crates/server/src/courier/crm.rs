//! Calls to LeadSquared: forming them from what is ready, committing the intent, making them side by side, reading what
//! came back.

use super::settle::{Results, settled, unchanged};
use super::{Courier, Destination, READY_MAX, Round, Visit};
use crate::app::StepError;
use crate::failpoint::{self, Point};
use crate::leadsquared::LeadSquared;
use crate::planted::{self, Bug};
use crate::store::attempt::{self, NewAttempt};
use crate::store::delivery::{self, DeliveryRow, Settled};
use crate::store::tenant::TenantRow;
use crate::store::{lane, settings};
use connector_core::delivery::batch::{self, Call, Ready};
use connector_core::delivery::limiter;
use connector_core::delivery::schedule::CALL_DEADLINE_MS;
use connector_core::delivery::verdict::{Situation, Verdict, judge};
use connector_core::exchange::{Body, Effect, Method, Reply, Request};
use connector_core::fact::Alias;
use connector_core::ids::{Email, LeadId};
use connector_core::leadsquared::command::{Activity, Command, LeadWrite};
use connector_core::leadsquared::reply::{self, Outcome};
use connector_core::leadsquared::{request, setup};
use connector_core::settings::{CaptureBehaviour, Plan};
use connector_core::translate;
use futures_util::future::join_all;
use std::collections::HashSet;

/// How soon it is looked again when everything ready is about somebody who is occupied, in milliseconds.
const HELD_WAIT_MS: i64 = 1_000;

/// A call that may be made now.
struct Due {
    call: Call,
    request: Request,
    attempt: String,
    /// Of a lead that is written alone.
    email: Option<Email>,
}

impl Courier {
    /// One round in a LeadSquared lane: what is unknown and due is read, then what is ready is sent.
    pub(super) async fn crm_round(&self, visit: &mut Visit) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let tenant = visit.claimed.tenant.clone();
        let (rows, occupied, versioned, unknown) = self
            .shared
            .store
            .read(move |unit| {
                Box::pin(async move {
                    let lane_name = Destination::LeadSquared.as_str();
                    let rows = delivery::ready(unit, &tenant, lane_name, now_ms, READY_MAX).await?;
                    let occupied = delivery::occupied(unit, &tenant, lane_name).await?;
                    let settings = settings::current(unit, &tenant).await?;
                    let unknown = delivery::unknown(unit, &tenant, lane_name, now_ms, READY_MAX).await?;
                    Ok((rows, occupied, settings, unknown))
                })
            })
            .await?;
        failpoint::reached(Point::CrmRead);
        let plan = versioned.settings.plan;
        visit.plan = plan.clone();
        let crm = self.shared.crm(&visit.claimed.tenant).await?;
        if !unknown.is_empty() {
            return self.verify_crm(visit, &crm, &plan, unknown).await;
        }
        let mut results = Results::default();
        let (rows, ready) = readable(rows, &mut results);
        if !results.settled.is_empty() {
            self.record(visit, results).await?;
            return Ok(Round::Again);
        }
        let occupied: HashSet<Alias> = occupied.into_iter().map(Alias).collect();
        let calls = batch::form(&ready, &occupied, &plan, plan.calls_at_once.max(1));
        failpoint::reached(Point::CrmFormed);
        if calls.is_empty() {
            return self.nothing_to_call(visit, now_ms).await;
        }
        if let Some(at_ms) = batch::linger_until_ms(&calls, &plan, visit.state.sent_ms, now_ms) {
            return Ok(Round::NotBefore(at_ms));
        }
        let bulk: Vec<bool> = calls.iter().map(Call::is_bulk).collect();
        let due = self.allowed(visit, &plan, calls, &ready);
        if due.is_empty() {
            let free = bulk.iter().map(|bulk| limiter::next_at_ms(&visit.state.rate, &plan, *bulk, now_ms)).min();
            return Ok(Round::NotBefore(free.unwrap_or(now_ms).max(now_ms + 1)));
        }
        visit.state.sent_ms = now_ms;
        self.send(visit, &crm, due, (rows, ready)).await?;
        Ok(Round::Again)
    }

    /// When the lane has something to do again: nothing can go out now.
    async fn nothing_to_call(&self, visit: &Visit, now_ms: i64) -> Result<Round, StepError> {
        let tenant = visit.claimed.tenant.clone();
        let next_at_ms = self
            .shared
            .store
            .read(move |unit| {
                Box::pin(async move { delivery::next_at_ms(unit, &tenant, Destination::LeadSquared.as_str()).await })
            })
            .await?;
        // What is ready and did not go out is about somebody who is occupied.
        let held = next_at_ms.is_some_and(|at| at <= now_ms);
        Ok(Round::NotBefore(if held { now_ms + HELD_WAIT_MS } else { next_at_ms.unwrap_or(lane::NEVER_MS) }))
    }

    /// The calls that the rate allows now, each noted as made.
    fn allowed(&self, visit: &mut Visit, plan: &Plan, calls: Vec<Call>, ready: &[Ready]) -> Vec<Due> {
        let now_ms = self.shared.clock.now_ms();
        let mut due = Vec::new();
        for call in calls {
            if limiter::next_at_ms(&visit.state.rate, plan, call.is_bulk(), now_ms) > now_ms {
                continue;
            }
            limiter::note_call(&mut visit.state.rate, plan, call.is_bulk(), now_ms);
            let request = write_request(&call, ready);
            let email = match (&call, call.rows().first().and_then(|row| ready.get(*row)).map(|ready| &ready.command)) {
                (Call::UpsertLead(_), Some(Command::UpsertLead(write))) => Some(write.email.clone()),
                _ => None,
            };
            due.push(Due { call, request, attempt: crate::dice::id(now_ms), email });
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
        failpoint::reached(Point::CrmBeforeIntent);
        self.intend(visit, &due, &rows, (started_ms, deadline_ms)).await?;
        failpoint::reached(Point::CrmIntended);
        let replies = join_all(due.iter().map(|due| self.make(crm, due))).await;
        failpoint::reached(Point::CrmAnswered);
        let mut results = Results::default();
        for (due, mut outcomes) in due.into_iter().zip(replies) {
            if planted::awake(Bug::RowWithoutVerdict)
                && let [first, .., last] = outcomes.as_mut_slice()
            {
                last.clone_from(first);
            }
            let whole = summary(&outcomes);
            results.attempts.push((due.attempt, whole.0, whole.1));
            for (row, outcome) in due.call.rows().iter().zip(outcomes) {
                let (Some(delivery), Some(ready)) = (rows.get(*row), ready.get(*row)) else { continue };
                let situation = Situation {
                    command: &ready.command,
                    tries: u32::try_from(delivery.tries).unwrap_or(u32::MAX),
                    planned_ms: delivery.planned_ms,
                    deadline_ms,
                    lead_renewed: delivery.lead_renewed,
                    in_bulk: due.call.is_bulk(),
                };
                self.take_in(visit, &mut results, (delivery, situation), &outcome);
            }
        }
        failpoint::reached(Point::CrmJudged);
        self.record(visit, results).await
    }

    /// Makes one call. A capture does not always say which lead it wrote; then the lead is looked up.
    async fn make(&self, crm: &LeadSquared, due: &Due) -> Vec<Outcome> {
        let outcomes = read_outcomes(&due.call, &crm.call(&due.request).await);
        failpoint::reached(Point::CrmCalled);
        match (&due.call, outcomes.first(), &due.email) {
            (Call::UpsertLead(_), Some(Outcome::Applied { id: None }), Some(email)) => {
                let found = reply::read_found_lead(&crm.call(&request::find_lead(email)).await);
                vec![match found {
                    Ok(Some(lead)) => Outcome::Applied { id: Some(lead.0) },
                    Ok(None) => Outcome::Unknown { why: "the lead was written, but is not found".to_owned() },
                    Err(refusal) => Outcome::Unknown { why: refusal.to_string() },
                }]
            }
            _ => outcomes,
        }
    }

    /// Judges one outcome and notes what follows.
    fn take_in(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        (delivery, situation): (&DeliveryRow, Situation<'_>),
        outcome: &Outcome,
    ) {
        let now_ms = self.shared.clock.now_ms();
        let (verdict, tenant_verdict) = judge(situation, outcome, now_ms, crate::dice::number());
        let is_throttled = matches!(verdict, Verdict::Retry { code: "lsq.rate_limited", .. });
        let verdict = if planted::awake(Bug::BlindResend) && matches!(verdict, Verdict::Verify { .. }) {
            Verdict::Retry { at_ms: now_ms, code: "lsq.unknown", alone: false }
        } else if planted::awake(Bug::ThrottledIsDone) && is_throttled {
            Verdict::Delivered { id: None }
        } else {
            verdict
        };
        let detail = words(outcome);
        self.for_tenant(visit, results, &tenant_verdict, detail.as_deref().unwrap_or(""));
        let person = delivery.person.clone();
        match (&verdict, situation.command, person) {
            (Verdict::Delivered { id: Some(lead) }, Command::UpsertLead(_) | Command::FindLead(_), Some(person)) => {
                results.leads.push((person, Some(lead.clone())));
            }
            (Verdict::Delivered { id: None }, Command::FindLead(_), Some(person)) => results.leads.push((person, None)),
            (Verdict::RenewLead, _, Some(person)) => results.renew.push(person),
            _ => {}
        }
        let mut row = settled(delivery, situation.command, verdict, detail, now_ms);
        row.next_at_ms = row.next_at_ms.max(0);
        results.settled.push(row);
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
                    for attempt in &attempts {
                        attempt::begin(unit, &claimed.tenant, attempt).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }

    /// Whether LeadSquared takes the tenant's keys again.
    pub(super) async fn crm_probe(&self, row: &TenantRow) -> Result<bool, StepError> {
        let crm = self.shared.crm(&row.tenant).await?;
        Ok(setup::read_who(&crm.call(&request::who_am_i()).await).is_ok())
    }
}

/// Takes commands out of rows. Those about somebody who is no lead are suppressed, those that cannot be read are parked.
fn readable(rows: Vec<DeliveryRow>, results: &mut Results) -> (Vec<DeliveryRow>, Vec<Ready>) {
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
        let settles_lead = matches!(command, Command::UpsertLead(_) | Command::FindLead(_));
        if !settles_lead && row.lead == Some(None) {
            let code = Some("suppressed.not_a_lead".to_owned());
            results.settled.push(Settled { code, ..unchanged(&row, "suppressed") });
            continue;
        }
        if let (true, Some(Some(lead))) = (is_settled_by_a_known_lead(&command), &row.lead) {
            // The lead is known already: no call is needed.
            let found = unchanged(&row, "delivered");
            results.settled.push(Settled { result: Some(lead.clone()), proof: Some("cache"), ..found });
            continue;
        }
        ready.push(Ready {
            key: row.key.clone(),
            person: row.person.clone().map(Alias),
            lead: row.lead.clone().flatten().map(LeadId),
            command,
            alone: row.alone,
        });
        kept.push(row);
    }
    (kept, ready)
}

/// The bug of [`Bug::MarkerNotStable`] for activities.
fn unmarked(mut command: Command) -> Command {
    if let Command::PostActivity(activity) = &mut command {
        activity.fields.retain(|_, value| *value != activity.marker);
    }
    command
}

/// Whether all that is wanted is that there is a lead.
fn is_settled_by_a_known_lead(command: &Command) -> bool {
    match command {
        Command::FindLead(_) => true,
        Command::UpsertLead(write) => write.behaviour == CaptureBehaviour::DoNotUpdate,
        Command::PostActivity(_) | Command::CreateTask(_) => false,
    }
}

/// The request of a call. The kinds of command in it were chosen by `batch::form`.
fn write_request(call: &Call, ready: &[Ready]) -> Request {
    let rows: Vec<&Ready> = call.rows().iter().filter_map(|row| ready.get(*row)).collect();
    let leads: Vec<&LeadWrite> = rows
        .iter()
        .filter_map(|row| match &row.command {
            Command::UpsertLead(write) => Some(write),
            Command::FindLead(_) | Command::PostActivity(_) | Command::CreateTask(_) => None,
        })
        .collect();
    let activities: Vec<(&LeadId, &Activity)> = rows
        .iter()
        .filter_map(|row| match (&row.lead, &row.command) {
            (Some(lead), Command::PostActivity(activity)) => Some((lead, activity)),
            _ => None,
        })
        .collect();
    let single = rows.first().map(|row| (&row.lead, &row.command));
    match (call, single) {
        (Call::UpsertLeads(_), _) => request::upsert_leads(&leads),
        (Call::PostActivities(_), _) => request::post_activities(&activities),
        (_, Some((_, Command::UpsertLead(write)))) if write.behaviour == CaptureBehaviour::Overwrite => {
            request::upsert_lead(write)
        }
        (_, Some((_, Command::UpsertLead(write)))) => request::capture_lead(write),
        (_, Some((_, Command::FindLead(email)))) => request::find_lead(email),
        (_, Some((Some(lead), Command::PostActivity(activity)))) => request::post_activity(lead, activity),
        (_, Some((Some(lead), Command::CreateTask(task)))) => request::create_task(lead, task),
        // Never formed: without a lead a row is not ready. A request that every server refuses keeps the pipe moving.
        (_, Some((None, _)) | None) => Request {
            operation: "none",
            method: Method::Get,
            path: "/v2/".to_owned(),
            query: Vec::new(),
            body: Body::Empty,
            effect: Effect::Read,
            bulk: false,
        },
    }
}

/// What the call came to for each of its rows.
fn read_outcomes(call: &Call, reply: &Reply) -> Vec<Outcome> {
    match call {
        Call::UpsertLeads(rows) => reply::read_lead_rows(reply, rows.len()),
        Call::PostActivities(rows) => reply::read_activity_rows(reply, rows.len()),
        Call::UpsertLead(_) => vec![reply::read_capture(reply)],
        Call::PostActivity(_) | Call::CreateTask(_) => vec![reply::read_write(reply)],
        Call::FindLead(_) => vec![match reply::read_found_lead(reply) {
            Ok(lead) => Outcome::Applied { id: lead.map(|lead| lead.0) },
            Err(refusal) => Outcome::NotApplied(refusal),
        }],
    }
}

/// How the call as a whole ended, for the attempt's row.
fn summary(outcomes: &[Outcome]) -> (&'static str, Option<String>) {
    let bad = outcomes.iter().find(|outcome| !matches!(outcome, Outcome::Applied { .. }));
    match bad {
        None => ("applied", None),
        Some(Outcome::Unknown { .. }) => ("unknown", bad.and_then(words)),
        Some(_) if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Applied { .. })) => {
            ("partly applied", bad.and_then(words))
        }
        Some(_) => ("not applied", bad.and_then(words)),
    }
}

/// What was said, for people.
fn words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Applied { .. } => None,
        Outcome::NotApplied(refusal) => Some(connector_core::redact::clip(&refusal.to_string(), 500)),
        Outcome::Unknown { why } => Some(connector_core::redact::clip(why, 500)),
    }
}
