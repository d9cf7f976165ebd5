//! One call to LeadSquared: the request it makes, the call itself, how its answer reads for each of its deliveries.

use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::leadsquared::LeadSquared;
use crate::planted::{self, Bug};
use connector_core::delivery::batch::{Call, Ready};
use connector_core::delivery::breaker::Heard;
use connector_core::delivery::verdict::Company;
use connector_core::exchange::{Body, Effect, Method, Reply, Request};
use connector_core::ids::{Email, LeadId};
use connector_core::leadsquared::appointment;
use connector_core::leadsquared::command::{Activity, Command, FoundBy, Gather, LeadWrite};
use connector_core::leadsquared::members;
use connector_core::leadsquared::reply::{self, BulkOutcome, Outcome, Refusal};
use connector_core::leadsquared::request;
use connector_core::settings::CaptureBehaviour;
use connector_core::translate::addition::GatheredLeads;

/// A call that may be made now.
pub(super) struct Due {
    pub call: Call,
    pub request: Request,
    pub attempt: String,
    /// When it was noted as made, epoch milliseconds.
    pub noted_ms: i64,
    /// Of a lead whose id its answer may not tell.
    pub look_up: Option<LookUp>,
    /// Which leads it reads.
    pub gather: Option<Gather>,
}

/// By what a lead is looked up whose id an answer did not tell: the address, then the phone number.
pub(super) struct LookUp {
    email: Email,
    phone: Option<String>,
}

impl LookUp {
    /// The calls it may take.
    pub fn calls(&self) -> usize {
        1 + usize::from(self.phone.is_some())
    }
}

/// What a call came to.
pub(super) struct Came {
    /// One outcome for each of its deliveries.
    pub outcomes: Vec<Outcome>,
    pub company: Company,
    /// When its answer was in, or given up, epoch milliseconds.
    pub ended_ms: i64,
    /// Leads that were read for a wish.
    pub gathered: Option<GatheredLeads>,
}

impl Came {
    /// Whether LeadSquared answered at all.
    pub fn heard(&self) -> Heard {
        let silent = |outcome: &Outcome| {
            matches!(outcome, Outcome::Unknown { .. } | Outcome::NotApplied(Refusal::NotSent { .. }))
        };
        match self.company {
            Company::Row => Heard::Answer,
            Company::Alone | Company::Whole if self.outcomes.iter().all(silent) => Heard::Nothing,
            Company::Alone | Company::Whole => Heard::Answer,
        }
    }
}

/// How to look the lead up, if the answer to the call may leave open which one it wrote.
pub(super) fn look_up(call: &Call, ready: &[Ready]) -> Option<LookUp> {
    let Call::UpsertLead(row) = call else { return None };
    match &ready.get(*row)?.command {
        Command::UpsertLead(write) if write.behaviour != CaptureBehaviour::Overwrite => {
            let phone = match write.found_by {
                FoundBy::EmailThenPhone => write.fields.get("Phone").cloned(),
                FoundBy::Email | FoundBy::EmailUnlessPhoneTaken => None,
            };
            Some(LookUp { email: write.email.clone(), phone })
        }
        Command::UpsertLead(_)
        | Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => None,
    }
}

/// Makes one call. A capture does not always say which lead it wrote; then the lead is looked up.
pub(super) async fn make(shared: &Shared, crm: &LeadSquared, due: &Due) -> Came {
    let reply = crm.call(&due.request).await;
    failpoint::reached(Point::CrmCalled);
    if let Some(gather) = &due.gather {
        return gathered(gather, &reply, shared.clock.now_ms());
    }
    let (mut outcomes, company) = read_outcomes(&due.call, &reply);
    if planted::awake(Bug::RowWithoutVerdict)
        && let [first, .., last] = outcomes.as_mut_slice()
    {
        last.clone_from(first);
    }
    if let (Some(Outcome::Applied { id: None }), Some(look_up)) = (outcomes.first(), &due.look_up) {
        outcomes = vec![match find(crm, look_up).await {
            Ok(Some(lead)) => Outcome::Applied { id: Some(lead.0) },
            Ok(None) => Outcome::Unknown { why: "the lead was written, but is not found".to_owned() },
            Err(refusal) => Outcome::Unknown { why: refusal.to_string() },
        }];
    }
    Came { outcomes, company, ended_ms: shared.clock.now_ms(), gathered: None }
}

/// Leads that were read for a wish.
fn gathered(gather: &Gather, reply: &Reply, ended_ms: i64) -> Came {
    let read = members::read_leads(reply, &gather.columns);
    let (outcome, gathered) = match read {
        Ok(read) => {
            let (members, more, total) = (gather.members.clone(), read.more, read.total);
            let told = GatheredLeads { members, leads: read.leads, more, total };
            (Outcome::Applied { id: Some(told.leads.len().to_string()) }, Some(told))
        }
        Err(refusal) => (Outcome::NotApplied(refusal), None),
    };
    Came { outcomes: vec![outcome], company: Company::Alone, ended_ms, gathered }
}

/// What a call gathers, if it does.
pub(super) fn gather(call: &Call, ready: &[Ready]) -> Option<Gather> {
    let Call::Gather(row) = call else { return None };
    match &ready.get(*row)?.command {
        Command::Gather(gather) => Some(gather.clone()),
        Command::UpsertLead(_)
        | Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => None,
    }
}

async fn find(crm: &LeadSquared, look_up: &LookUp) -> Result<Option<LeadId>, Refusal> {
    let by_email = reply::read_found_lead(&crm.call(&request::find_lead(&look_up.email)).await)?;
    match (by_email, &look_up.phone) {
        (None, Some(phone)) => reply::read_found_lead(&crm.call(&request::find_lead_by_phone(phone)).await),
        (found, _) => Ok(found),
    }
}

/// What the call came to for each of its rows.
fn read_outcomes(call: &Call, reply: &Reply) -> (Vec<Outcome>, Company) {
    let of_rows = |outcome: BulkOutcome, rows: usize| match outcome {
        BulkOutcome::Whole(outcome) => (vec![outcome; rows], Company::Whole),
        BulkOutcome::Rows(outcomes) => (outcomes, Company::Row),
    };
    match call {
        Call::UpsertLeads(rows) => of_rows(reply::read_lead_rows(reply, rows.len()), rows.len()),
        Call::PostActivities(rows) => of_rows(reply::read_activity_rows(reply, rows.len()), rows.len()),
        Call::UpsertLead(_) => (vec![reply::read_capture(reply)], Company::Alone),
        Call::PostActivity(_) | Call::CreateTask(_) | Call::CorrectActivity(_) | Call::Gather(_) => {
            (vec![reply::read_write(reply)], Company::Alone)
        }
        Call::ChangeTask(_) => (vec![appointment::read_changed(reply)], Company::Alone),
        Call::ReadTask(_) => {
            let outcome = match appointment::read_task(reply) {
                // What was read goes on in the journal.
                Ok(seen) => Outcome::Applied { id: serde_json::to_string(&seen).ok() },
                Err(refusal) => Outcome::NotApplied(refusal),
            };
            (vec![outcome], Company::Alone)
        }
        Call::FindLead(_) => {
            let outcome = match reply::read_found_lead(reply) {
                Ok(lead) => Outcome::Applied { id: lead.map(|lead| lead.0) },
                Err(refusal) => Outcome::NotApplied(refusal),
            };
            (vec![outcome], Company::Alone)
        }
    }
}

/// The request of a call; `owner` gets tasks that name nobody. The kinds of command in it were chosen by `batch::form`.
pub(super) fn write_request(call: &Call, ready: &[Ready], owner: Option<&Email>) -> Request {
    let rows: Vec<&Ready> = call.rows().iter().filter_map(|row| ready.get(*row)).collect();
    let leads: Vec<&LeadWrite> = rows
        .iter()
        .filter_map(|row| match &row.command {
            Command::UpsertLead(write) => Some(write),
            Command::FindLead(_)
            | Command::PostActivity(_)
            | Command::CreateTask(_)
            | Command::CorrectActivity(_)
            | Command::Gather(_)
            | Command::ChangeTask(_)
            | Command::ReadTask(_) => None,
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
    if let (Some((_, Command::CorrectActivity(correction))), Some(id)) =
        (single, rows.first().and_then(|row| row.activity.as_deref()))
    {
        return request::correct_activity(id, &correction.activity);
    }
    if let (Some((_, Command::ChangeTask(change))), Some(id)) =
        (single, rows.first().and_then(|row| row.activity.as_deref()))
    {
        return appointment::change(id, change);
    }
    match (call, single) {
        (Call::UpsertLeads(_), _) => request::upsert_leads(&leads),
        (Call::PostActivities(_), _) => request::post_activities(&activities),
        (_, Some((_, Command::UpsertLead(write)))) if write.behaviour == CaptureBehaviour::Overwrite => {
            request::upsert_lead(write)
        }
        (_, Some((_, Command::UpsertLead(write)))) => request::capture_lead(write),
        (_, Some((_, Command::FindLead(email)))) => request::find_lead(email),
        (_, Some((_, Command::Gather(gather)))) => request::gather(gather),
        (_, Some((_, Command::ReadTask(read)))) => appointment::get(read),
        (_, Some((Some(lead), Command::PostActivity(activity)))) => request::post_activity(lead, activity),
        (_, Some((Some(lead), Command::CreateTask(task)))) => request::create_task(lead, task, owner),
        // Never formed: without a lead, or an activity to correct, a row is not ready. A request that every server refuses keeps the pipe moving.
        (_, Some((None, _) | (_, Command::CorrectActivity(_) | Command::ChangeTask(_))) | None) => Request {
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

/// How the call as a whole ended, for the attempt's row.
pub(super) fn summary(outcomes: &[Outcome]) -> (&'static str, Option<String>) {
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
pub(super) fn words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Applied { .. } => None,
        Outcome::NotApplied(refusal) => Some(connector_core::redact::clip(&refusal.to_string(), 500)),
        Outcome::Unknown { why } => Some(connector_core::redact::clip(why, 500)),
    }
}
