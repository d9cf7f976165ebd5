//! Which deliveries share a call: leads before everything that waits for them, bulk where more than a few are due, never
//! two deliveries about one lead in one call, never one about a lead that an earlier delivery still occupies.

use crate::fact::Alias;
use crate::ids::LeadId;
use crate::leadsquared::command::Command;
use crate::settings::{CaptureBehaviour, Plan};
use std::collections::HashSet;

/// Up to so many go singly: single answers are unambiguous, and bulk calls are scarcer (leadsquared.md § 2.5).
pub const SINGLES_MAX: usize = 2;

/// In a lane that sends, calls that are not full wait so long for company, in milliseconds.
pub const LINGER_MS: i64 = 25;

/// A delivery that may go out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// Its key.
    pub key: String,
    /// The person it is about.
    pub person: Option<Alias>,
    /// The person's lead, where known.
    pub lead: Option<LeadId>,
    /// What is wanted.
    pub command: Command,
    /// It was part of a bulk call that failed as a whole: goes alone.
    pub alone: bool,
}

/// One call to make, naming the deliveries by their place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `Lead/Bulk/CreateOrUpdate`.
    UpsertLeads(Vec<usize>),
    /// `Lead.CreateOrUpdate` or `Lead.Capture`.
    UpsertLead(usize),
    /// `Leads.GetByEmailaddress`.
    FindLead(usize),
    /// `Bulk/CustomActivity/Add/ByLeadId`.
    PostActivities(Vec<usize>),
    /// `ProspectActivity.svc/Create`.
    PostActivity(usize),
    /// `Task.svc/Create`.
    CreateTask(usize),
}

impl Call {
    /// The deliveries in it, by their place in the list.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        match self {
            Self::UpsertLeads(rows) | Self::PostActivities(rows) => rows,
            Self::UpsertLead(row) | Self::FindLead(row) | Self::PostActivity(row) | Self::CreateTask(row) => {
                std::slice::from_ref(row)
            }
        }
    }

    /// Whether it counts as a bulk call.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        match self {
            Self::UpsertLeads(_) | Self::PostActivities(_) => true,
            Self::UpsertLead(_) | Self::FindLead(_) | Self::PostActivity(_) | Self::CreateTask(_) => false,
        }
    }
}

/// At most `calls_max` calls for the deliveries of `ready`, which stand in the order in which they were planned.
/// `occupied` are persons with a delivery under way or unknown. A person is in one call at a time.
#[must_use]
pub fn form(ready: &[Ready], occupied: &HashSet<Alias>, plan: &Plan, calls_max: usize) -> Vec<Call> {
    let mut taken: HashSet<&Alias> = occupied.iter().collect();
    let mut bulk_leads = Vec::new();
    let mut activities = Vec::new();
    let mut singles = Vec::new();
    // Leads that are written for sure come first: what only makes sure of a lead may need no call after them.
    let (written, others): (Vec<_>, Vec<_>) = ready.iter().enumerate().partition(|(_, delivery)| is_written(delivery));
    for (row, delivery) in written.into_iter().chain(others) {
        if delivery.person.as_ref().is_some_and(|person| !taken.insert(person)) {
            continue;
        }
        match &delivery.command {
            Command::UpsertLead(_) if is_written(delivery) && !delivery.alone => bulk_leads.push(row),
            Command::UpsertLead(_) => singles.push(Call::UpsertLead(row)),
            Command::FindLead(_) => singles.push(Call::FindLead(row)),
            Command::PostActivity(_) if delivery.alone => singles.push(Call::PostActivity(row)),
            Command::PostActivity(_) => activities.push(row),
            Command::CreateTask(_) => singles.push(Call::CreateTask(row)),
        }
    }
    let leads = in_calls(&bulk_leads, plan.leads_per_call, Call::UpsertLeads, Call::UpsertLead);
    let posts = in_calls(&activities, plan.activities_per_call, Call::PostActivities, Call::PostActivity);
    let mut calls: Vec<Call> = leads.into_iter().chain(posts).chain(singles).collect();
    calls.truncate(calls_max);
    calls
}

/// Whether every field of a lead is written, whatever is there.
fn is_written(delivery: &Ready) -> bool {
    match &delivery.command {
        Command::UpsertLead(write) => write.behaviour == CaptureBehaviour::Overwrite,
        Command::FindLead(_) | Command::PostActivity(_) | Command::CreateTask(_) => false,
    }
}

/// Until when to wait for company, if that pays: calls that are not full yet, in a lane that was sending just now. Alone
/// means at once; in a stream the calls fill up, and a scarce allowance is not spent on single rows.
#[must_use]
pub fn linger_until_ms(calls: &[Call], plan: &Plan, sent_ms: i64, now_ms: i64) -> Option<i64> {
    let rows: usize = calls.iter().map(|call| call.rows().len()).sum();
    let full = rows >= plan.leads_per_call.min(plan.activities_per_call) || calls.len() >= plan.calls_at_once;
    let until_ms = sent_ms.saturating_add(LINGER_MS);
    (!full && (sent_ms..until_ms).contains(&now_ms)).then_some(until_ms)
}

fn in_calls(rows: &[usize], most: usize, bulk: fn(Vec<usize>) -> Call, single: fn(usize) -> Call) -> Vec<Call> {
    if rows.len() <= SINGLES_MAX {
        return rows.iter().copied().map(single).collect();
    }
    rows.chunks(most.max(1)).map(|rows| bulk(rows.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Email;
    use crate::leadsquared::command::{Activity, LeadWrite};
    use std::collections::BTreeMap;

    fn lead(person: &str, behaviour: CaptureBehaviour) -> Ready {
        let email = Email::parse(&format!("{person}@example.test")).unwrap();
        let command = Command::UpsertLead(LeadWrite { email, fields: BTreeMap::new(), behaviour });
        Ready { key: person.to_owned(), person: Some(Alias(person.to_owned())), lead: None, command, alone: false }
    }

    fn activity(person: &str) -> Ready {
        let activity =
            Activity { code: 201, note: String::new(), at_ms: 0, fields: BTreeMap::new(), marker: "z".to_owned() };
        let command = Command::PostActivity(activity);
        let lead = Some(LeadId(person.to_owned()));
        Ready { key: person.to_owned(), person: Some(Alias(person.to_owned())), lead, command, alone: false }
    }

    #[track_caller]
    fn check(ready: &[Ready], occupied: &[&str], expected: &[Call]) {
        let occupied = occupied.iter().map(|person| Alias((*person).to_owned())).collect();
        assert_eq!(form(ready, &occupied, &Plan::default(), 10), expected);
    }

    #[test]
    fn leads_go_first_and_many_share_a_call() {
        let overwrite = CaptureBehaviour::Overwrite;
        check(&[activity("x"), lead("a", overwrite)], &[], &[Call::UpsertLead(1), Call::PostActivity(0)]);
        let many: Vec<Ready> = (0..30).map(|n| lead(&format!("p{n}"), overwrite)).collect();
        check(&many, &[], &[Call::UpsertLeads((0..25).collect()), Call::UpsertLeads((25..30).collect())]);
    }

    #[test]
    fn who_is_alone_goes_at_once_and_a_stream_waits_to_fill_its_calls() {
        let (plan, alone) = (Plan::default(), [Call::PostActivity(0)]);
        let full = [Call::PostActivities((0..25).collect())];
        let many: Vec<Call> = (0..plan.calls_at_once).map(Call::CreateTask).collect();
        assert_eq!(linger_until_ms(&alone, &plan, 0, 1_000), None);
        assert_eq!(linger_until_ms(&alone, &plan, 990, 1_000), Some(990 + LINGER_MS));
        assert_eq!(linger_until_ms(&alone, &plan, 1_000 - LINGER_MS, 1_000), None);
        assert_eq!(linger_until_ms(&alone, &plan, 2_000, 1_000), None, "a clock that was set back holds nothing up");
        assert_eq!(linger_until_ms(&full, &plan, 990, 1_000), None);
        assert_eq!(linger_until_ms(&many, &plan, 990, 1_000), None);
    }

    #[test]
    fn one_person_is_in_one_call_at_a_time_and_waits_for_what_is_unknown() {
        check(&[activity("a"), activity("a")], &[], &[Call::PostActivity(0)]);
        check(&[activity("a"), activity("b")], &["a"], &[Call::PostActivity(1)]);
    }

    #[test]
    fn behaviours_that_bulk_does_not_offer_and_rows_of_a_failed_bulk_go_singly() {
        let careful = CaptureBehaviour::UpdateOnlyEmptyFields;
        let many: Vec<Ready> = (0..4).map(|n| lead(&format!("p{n}"), careful)).collect();
        check(&many, &[], &[0, 1, 2, 3].map(Call::UpsertLead));
        let many: Vec<Ready> = (0..3).map(|n| Ready { alone: true, ..activity(&format!("p{n}")) }).collect();
        check(&many, &[], &[0, 1, 2].map(Call::PostActivity));
    }
}
