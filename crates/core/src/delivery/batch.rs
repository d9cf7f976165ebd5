//! Which deliveries share a call: leads before everything that waits for them, bulk where more than a few are due, never
//! two deliveries about one person in one call, never one about a person that an earlier delivery still occupies. And whether
//! calls that are not full yet wait for company: they do while calls are scarce.

use super::limiter::Free;
use super::verdict::OPAQUE_ALONE;
use crate::fact::Alias;
use crate::ids::LeadId;
use crate::leadsquared::command::{Command, Turn};
use crate::settings::{CaptureBehaviour, Plan};
use std::collections::{HashMap, HashSet};

/// Up to so many go singly: single answers are unambiguous, and bulk calls are scarcer (leadsquared.md § 2.5).
pub const SINGLES_MAX: usize = 2;
/// Deliveries in one call after a call that failed without saying which row was at fault.
pub const SPLIT_ROWS: usize = 5;

/// In a lane that sends, calls that are not full wait so long for company, in milliseconds.
pub const LINGER_MS: i64 = 25;
/// While calls are scarce, a delivery waits at most so long for company, in milliseconds.
pub const HOLD_MS: i64 = 5_000;
/// While calls are held it is looked again after so long, in milliseconds.
pub const HOLD_LOOK_MS: i64 = 500;

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
    /// The activity to be corrected or the task to be changed, where one is.
    pub activity: Option<String>,
    /// How often it was in a call that failed without saying which row was at fault: its company gets smaller.
    pub opaque: u32,
    /// Since when it waits, epoch milliseconds.
    pub since_ms: i64,
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
    /// `CustomActivity/Update`.
    CorrectActivity(usize),
    /// `Leads.GetById`, `Leads.GetByEmailaddress` or `Leads/Retrieve/BySearchParameter`.
    Gather(usize),
    /// `Task.svc/Update`.
    ChangeTask(usize),
    /// `Task.svc/Retrieve.GetById`.
    ReadTask(usize),
}

impl Call {
    /// The deliveries in it, by their place in the list.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        match self {
            Self::UpsertLeads(rows) | Self::PostActivities(rows) => rows,
            Self::UpsertLead(row)
            | Self::FindLead(row)
            | Self::PostActivity(row)
            | Self::CreateTask(row)
            | Self::CorrectActivity(row)
            | Self::Gather(row)
            | Self::ChangeTask(row)
            | Self::ReadTask(row) => std::slice::from_ref(row),
        }
    }

    /// Whether it counts as a bulk call.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        match self {
            Self::UpsertLeads(_) | Self::PostActivities(_) => true,
            Self::UpsertLead(_)
            | Self::FindLead(_)
            | Self::PostActivity(_)
            | Self::CreateTask(_)
            | Self::CorrectActivity(_)
            | Self::Gather(_)
            | Self::ChangeTask(_)
            | Self::ReadTask(_) => false,
        }
    }
}

/// At most `calls_max` calls for the deliveries of `ready`, which stand in the order in which they were planned.
/// `occupied` are persons with a delivery under way, unknown or waiting to be tried again. A person is in one call at a time.
#[must_use]
pub fn form(ready: &[Ready], occupied: &HashSet<Alias>, plan: &Plan, calls_max: usize) -> Vec<Call> {
    let (mut leads, mut activities, mut singles) = (Rows::default(), Rows::default(), Vec::new());
    for row in first_of_each(ready, occupied) {
        let Some(delivery) = ready.get(row) else { continue };
        match &delivery.command {
            Command::UpsertLead(_) if is_written(delivery) => leads.add(row, delivery.opaque),
            Command::UpsertLead(_) => singles.push(Call::UpsertLead(row)),
            Command::FindLead(_) => singles.push(Call::FindLead(row)),
            Command::PostActivity(_) => activities.add(row, delivery.opaque),
            Command::CreateTask(_) => singles.push(Call::CreateTask(row)),
            Command::CorrectActivity(_) => singles.push(Call::CorrectActivity(row)),
            Command::Gather(_) => singles.push(Call::Gather(row)),
            Command::ChangeTask(_) => singles.push(Call::ChangeTask(row)),
            Command::ReadTask(_) => singles.push(Call::ReadTask(row)),
        }
    }
    let leads = leads.in_calls(plan.leads_per_call, Call::UpsertLeads, Call::UpsertLead);
    let posts = activities.in_calls(plan.activities_per_call, Call::PostActivities, Call::PostActivity);
    let mut calls: Vec<Call> = leads.into_iter().chain(posts).chain(singles).collect();
    calls.truncate(calls_max);
    calls
}

/// The delivery of each person that comes first, by its place. A lead that is written for sure comes before what only makes
/// sure that there is one: that may need no call then.
fn first_of_each(ready: &[Ready], occupied: &HashSet<Alias>) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut place_of: HashMap<&Alias, usize> = HashMap::new();
    for (row, delivery) in ready.iter().enumerate() {
        let Some(person) = delivery.person.as_ref() else {
            chosen.push(row);
            continue;
        };
        if occupied.contains(person) {
            continue;
        }
        match place_of.get(person) {
            None => {
                place_of.insert(person, chosen.len());
                chosen.push(row);
            }
            Some(place) => {
                if let Some(first) = chosen.get_mut(*place)
                    && (is_written(delivery) || goes_first(delivery))
                    && ready.get(*first).is_some_and(makes_sure)
                {
                    *first = row;
                }
            }
        }
    }
    chosen
}

/// Whether every field of a lead is written, whatever is there.
fn is_written(delivery: &Ready) -> bool {
    match &delivery.command {
        Command::UpsertLead(write) => write.behaviour == CaptureBehaviour::Overwrite,
        Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => false,
    }
}

/// Whether it says itself that it goes before others about the person.
fn goes_first(delivery: &Ready) -> bool {
    match &delivery.command {
        Command::UpsertLead(write) => write.turn == Turn::First,
        Command::FindLead(_)
        | Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => false,
    }
}

/// Whether it only makes sure that there is a lead, or finds that there is none.
fn makes_sure(delivery: &Ready) -> bool {
    match &delivery.command {
        Command::FindLead(_) => true,
        Command::UpsertLead(write) => !is_written(delivery) && write.turn == Turn::Any,
        Command::PostActivity(_)
        | Command::CreateTask(_)
        | Command::CorrectActivity(_)
        | Command::Gather(_)
        | Command::ChangeTask(_)
        | Command::ReadTask(_) => false,
    }
}

/// Rows of one kind by the size of the company they may go in.
#[derive(Default)]
struct Rows {
    full: Vec<usize>,
    split: Vec<usize>,
    alone: Vec<usize>,
}

impl Rows {
    fn add(&mut self, row: usize, opaque: u32) {
        match opaque {
            0 => self.full.push(row),
            1..OPAQUE_ALONE => self.split.push(row),
            OPAQUE_ALONE.. => self.alone.push(row),
        }
    }

    fn in_calls(self, most: usize, bulk: fn(Vec<usize>) -> Call, single: fn(usize) -> Call) -> Vec<Call> {
        let in_calls = |rows: &[usize], most: usize| -> Vec<Call> {
            if rows.len() <= SINGLES_MAX {
                return rows.iter().copied().map(single).collect();
            }
            rows.chunks(most.max(1)).map(|rows| bulk(rows.to_vec())).collect()
        };
        let mut calls = in_calls(&self.full, most);
        calls.extend(in_calls(&self.split, most.min(SPLIT_ROWS)));
        calls.extend(self.alone.into_iter().map(single));
        calls
    }
}

/// What a lane knows when it chooses among calls.
#[derive(Debug, Clone, Copy)]
pub struct Supply {
    /// What is free for bulk calls; `None` where nothing is limited.
    pub free: Option<Free>,
    /// Whether more waits behind the rows that the calls were formed of.
    pub behind: Behind,
    /// When calls were last made, epoch milliseconds.
    pub sent_ms: i64,
}

/// Whether more waits behind what was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// That was all.
    Nothing,
    /// More will fill the next calls.
    More,
}

/// Which calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// These, as far as the limiter allows.
    Send(Vec<Call>),
    /// None yet; to be looked at again then, epoch milliseconds.
    Hold(i64),
}

/// Chooses among `calls` at `now_ms`. Full calls always go. Calls that could take more rows go at once while calls are
/// plentiful; while they are scarce, or more is behind that will fill them, they wait for company, but not for long.
#[must_use]
pub fn choose(calls: Vec<Call>, ready: &[Ready], supply: Supply, plan: &Plan, now_ms: i64) -> Choice {
    let (partial, full): (Vec<Call>, Vec<Call>) = calls.into_iter().partition(|call| is_partial(call, ready, plan));
    if partial.is_empty() {
        return Choice::Send(full);
    }
    let everything = |mut full: Vec<Call>, partial: Vec<Call>| {
        full.extend(partial);
        Choice::Send(full)
    };
    let plentiful = supply.free.is_none_or(|free| free.calls.saturating_sub(full.len()) * 2 >= free.of);
    if supply.behind == Behind::More {
        let wait = supply.free.is_some() && !full.is_empty();
        return if wait { Choice::Send(full) } else { everything(full, partial) };
    }
    let since_ms = partial.iter().flat_map(Call::rows).filter_map(|row| Some(ready.get(*row)?.since_ms)).min();
    let held_until_ms = since_ms.unwrap_or(now_ms).saturating_add(HOLD_MS);
    if !plentiful && now_ms < held_until_ms {
        let look_ms = held_until_ms.min(now_ms + HOLD_LOOK_MS);
        return if full.is_empty() { Choice::Hold(look_ms) } else { Choice::Send(full) };
    }
    let linger_ms = supply.sent_ms.saturating_add(LINGER_MS);
    let stream = (supply.sent_ms..linger_ms).contains(&now_ms);
    if stream && full.is_empty() && partial.len() < plan.calls_at_once {
        return Choice::Hold(linger_ms);
    }
    everything(full, partial)
}

/// Whether more rows could go in the call than there are.
fn is_partial(call: &Call, ready: &[Ready], plan: &Plan) -> bool {
    let in_full_company = |row: &usize| ready.get(*row).is_some_and(|delivery| delivery.opaque == 0);
    match call {
        Call::UpsertLeads(rows) => rows.len() < plan.leads_per_call && rows.iter().all(in_full_company),
        Call::PostActivities(rows) => rows.len() < plan.activities_per_call && rows.iter().all(in_full_company),
        Call::UpsertLead(row) => in_full_company(row) && ready.get(*row).is_some_and(is_written),
        Call::PostActivity(row) => in_full_company(row),
        Call::FindLead(_)
        | Call::CreateTask(_)
        | Call::CorrectActivity(_)
        | Call::Gather(_)
        | Call::ChangeTask(_)
        | Call::ReadTask(_) => false,
    }
}

#[cfg(test)]
mod tests;
