//! Compares what happened in the pretend Zoom with what stands in the pretend LeadSquared, by rules of its own: nothing
//! lost, nothing twice, nothing that nobody asked for. Knows the words of neither system's wire.

use crate::leadsquared::Snapshot;
use crate::zoom::{History, Kind, Registered, RunTold, Status, StayTold};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a connector with default settings is expected to do.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// The Zoom account whose events belong to the LeadSquared account.
    pub zoom_account: String,
    /// Who stayed so many minutes in all gets a follow-up task.
    pub follow_up_minutes: i64,
    /// The task is due so many hours after the last leave.
    pub follow_up_hours: i64,
    /// Meetings that were scheduled from LeadSquared: number, the lead's address, when it was asked for, when it starts
    /// (epoch milliseconds).
    pub scheduled: Vec<Scheduled>,
    /// How attendance is told.
    pub attendance: AttendanceTold,
    /// Of webinars that ended until then, epoch milliseconds, who registered and did not come has an activity; none without.
    pub no_shows_until_ms: Option<i64>,
}

/// How attendance is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttendanceTold {
    /// Joined and left for each stay.
    AsItHappens,
    /// One activity for each person and run, at the first join within it.
    OneActivity,
    /// Both.
    Both,
}

/// A meeting that was scheduled from LeadSquared.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// The meeting's number.
    pub number: u64,
    /// The lead's address.
    pub email: String,
    /// Planned start, epoch milliseconds.
    pub start_ms: i64,
}

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Leads there.
    pub leads: usize,
    /// Activities there.
    pub activities: usize,
    /// Tasks there.
    pub tasks: usize,
    /// Records that are there more often than they should be.
    pub duplicates: usize,
    /// Records that are missing.
    pub lost: usize,
    /// What is different, in words, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<String>,
}

/// A run belongs to the occurrence that is planned within this, milliseconds.
const HALF_DAY_MS: i64 = 12 * 3_600_000;
/// Differences that are told in words.
pub const DIFFERENCES_MAX: usize = 40;

/// Records by what names them, and how often they stand there.
type Counted = BTreeMap<String, usize>;

/// Compares one LeadSquared account with what happened.
#[must_use]
pub fn compare(history: &History, crm: &Snapshot, expect: &Expectations) -> Comparison {
    let emails: BTreeMap<&str, String> =
        crm.leads.iter().map(|lead| (lead.id.as_str(), field(&lead.fields, "EmailAddress"))).collect();
    let email_of = |lead: &str| emails.get(lead).cloned().unwrap_or_else(|| format!("unknown lead {lead}"));
    let mut have = Counted::new();
    for email in emails.values() {
        count(&mut have, format!("lead {email}"));
    }
    for activity in &crm.activities {
        // When somebody asked for a meeting is known to the connector alone.
        let at = if activity.type_name == "Zoom Meeting Scheduled" { "" } else { activity.at.as_str() };
        count(&mut have, format!("activity {} {} {at}", email_of(&activity.lead), activity.type_name));
    }
    for task in &crm.tasks {
        let email = task.lead.as_deref().map_or_else(|| "nobody".to_owned(), email_of);
        count(&mut have, format!("task {email} due {}", task.due));
    }
    let want = wanted(history, expect);
    let mut comparison = Comparison {
        leads: crm.leads.len(),
        activities: crm.activities.len(),
        tasks: crm.tasks.len(),
        ..Comparison::default()
    };
    for key in have.keys().chain(want.keys().filter(|key| !have.contains_key(*key))) {
        let (have, want) = (have.get(key).copied().unwrap_or(0), want.get(key).copied().unwrap_or(0));
        comparison.duplicates += have.saturating_sub(want);
        comparison.lost += want.saturating_sub(have);
        if have != want && comparison.differences.len() < DIFFERENCES_MAX {
            comparison.differences.push(format!("{key}: {have} there, {want} expected"));
        }
    }
    comparison
}

fn wanted(history: &History, expect: &Expectations) -> Counted {
    let mut want = Counted::new();
    let mut leads: Vec<String> = Vec::new();
    let ours = |account: &str| account == expect.zoom_account;
    for registered in history.registrations.iter().filter(|one| ours(&one.account) && one.kind == Kind::Webinar) {
        if matches!(registered.status, Status::Approved | Status::Pending) {
            let email = registered.email.to_lowercase();
            count(&mut want, format!("activity {email} Zoom Webinar Registered {}", date(registered.at_ms)));
            leads.push(email);
        }
    }
    attended(history, expect, &mut want, &mut leads);
    not_come(history, expect, &mut want);
    for scheduled in &expect.scheduled {
        let email = scheduled.email.to_lowercase();
        count(&mut want, format!("activity {email} Zoom Meeting Scheduled "));
        count(&mut want, format!("task {email} due {}", date(scheduled.start_ms)));
        for run in history.runs.iter().filter(|run| run.number == scheduled.number) {
            count(&mut want, format!("activity {email} Zoom Meeting Started {}", date(run.started_ms)));
            if let Some(ended_ms) = run.ended_ms {
                count(&mut want, format!("activity {email} Zoom Meeting Ended {}", date(ended_ms)));
                was_in_meeting(history, (run, ended_ms), &email, expect, &mut want);
            }
        }
        leads.push(email);
    }
    leads.sort_unstable();
    leads.dedup();
    for email in leads {
        count(&mut want, format!("lead {email}"));
    }
    want
}

/// Stays, and what they add up to within their run. Rehearsals and the webinar's own people do not count.
fn attended(history: &History, expect: &Expectations, want: &mut Counted, leads: &mut Vec<String>) {
    let by_registrant: BTreeMap<&str, &str> =
        history.registrations.iter().map(|one| (one.registrant_id.as_str(), one.email.as_str())).collect();
    let runs: BTreeMap<&str, &RunTold> = history.runs.iter().map(|run| (run.uuid.as_str(), run)).collect();
    let mut attended: BTreeMap<(String, String), Vec<(i64, i64)>> = BTreeMap::new();
    let is_attendee = |stay: &&StayTold| {
        let practice = runs.get(stay.uuid.as_str()).is_some_and(|run| run.practice);
        stay.account == expect.zoom_account && stay.kind == Kind::Webinar && !stay.host && !stay.panelist && !practice
    };
    for stay in history.stays.iter().filter(is_attendee) {
        let registered = stay.registrant_id.as_ref().and_then(|id| by_registrant.get(id.as_str()).copied());
        // Whom Zoom does not name, nobody can find.
        let Some(email) = registered.or(stay.email.as_deref()).map(str::to_lowercase) else { continue };
        if expect.attendance != AttendanceTold::OneActivity {
            count(want, format!("activity {email} Zoom Webinar Joined {}", date(stay.join_ms)));
        }
        if let Some(leave_ms) = stay.leave_ms {
            if expect.attendance != AttendanceTold::OneActivity {
                count(want, format!("activity {email} Zoom Webinar Left {}", date(leave_ms)));
            }
            attended.entry((email.clone(), stay.uuid.clone())).or_default().push((stay.join_ms, leave_ms));
        }
        leads.push(email);
    }
    for ((email, uuid), stays) in attended {
        let run = runs.get(uuid.as_str());
        let (from, to) = run.map_or((i64::MIN, i64::MAX), |run| (run.started_ms, run.ended_ms.unwrap_or(i64::MAX)));
        let left_ms = stays.iter().map(|(_, leave_ms)| *leave_ms).max().unwrap_or(0);
        let mut stays: Vec<(i64, i64)> = stays
            .into_iter()
            .map(|(join_ms, leave_ms)| (join_ms.max(from), leave_ms.min(to)))
            .filter(|(join_ms, leave_ms)| join_ms < leave_ms)
            .collect();
        if union_ms(&mut stays) >= expect.follow_up_minutes * 60_000 {
            count(want, format!("task {email} due {}", date(left_ms + expect.follow_up_hours * 3_600_000)));
        }
        let is_over = run.is_some_and(|run| run.ended_ms.is_some());
        if let Some((first_ms, _)) =
            stays.first().filter(|_| is_over && expect.attendance != AttendanceTold::AsItHappens)
        {
            count(want, format!("activity {email} Zoom Webinar Attended {}", date(*first_ms)));
        }
    }
}

/// The lead that a meeting was scheduled for was there, or is known not to have been: nobody was there without a name.
fn was_in_meeting(
    history: &History,
    (run, ended_ms): (&RunTold, i64),
    email: &str,
    expect: &Expectations,
    want: &mut Counted,
) {
    let stays: Vec<&StayTold> = history.stays.iter().filter(|stay| stay.uuid == run.uuid && !stay.host).collect();
    let theirs = |stay: &&&StayTold| stay.email.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(email));
    let first_ms = stays.iter().filter(theirs).map(|stay| stay.join_ms).min();
    let known = stays.iter().all(|stay| stay.registrant_id.is_some() || stay.email.is_some());
    match first_ms {
        Some(first_ms) => count(want, format!("activity {email} Zoom Meeting Attended {}", date(first_ms))),
        None if known && expect.no_shows_until_ms.is_some_and(|until_ms| ended_ms <= until_ms) => {
            count(want, format!("activity {email} Zoom Meeting No-Show {}", date(run.started_ms)));
        }
        None => {}
    }
}

/// Who was registered for a run that is long enough over, and had no part in it.
fn not_come(history: &History, expect: &Expectations, want: &mut Counted) {
    let Some(until_ms) = expect.no_shows_until_ms else { return };
    let ours = |run: &&RunTold| run.account == expect.zoom_account && run.kind == Kind::Webinar && !run.practice;
    for run in history.runs.iter().filter(ours) {
        let Some(ended_ms) = run.ended_ms.filter(|ended_ms| *ended_ms <= until_ms) else { continue };
        let expected = |one: &&Registered| {
            let for_this = one.person.occurrence.is_none_or(|at_ms| (at_ms - run.started_ms).abs() < HALF_DAY_MS);
            one.number == run.number && one.status == Status::Approved && one.at_ms <= ended_ms && for_this
        };
        for registered in history.registrations.iter().filter(expected) {
            let came = history.stays.iter().any(|stay| {
                let same = stay.registrant_id.as_deref() == Some(registered.registrant_id.as_str());
                stay.uuid == run.uuid && same
            });
            if !came {
                let email = registered.email.to_lowercase();
                count(want, format!("activity {email} Zoom Webinar No-Show {}", date(run.started_ms)));
            }
        }
    }
}

/// Milliseconds covered by any of the stays.
fn union_ms(stays: &mut [(i64, i64)]) -> i64 {
    stays.sort_unstable();
    let (mut total, mut covered_to) = (0, i64::MIN);
    for (join_ms, leave_ms) in stays.iter() {
        let from = (*join_ms).max(covered_to);
        total += (leave_ms - from).max(0);
        covered_to = covered_to.max(*leave_ms);
    }
    total
}

fn count(counted: &mut Counted, key: String) {
    *counted.entry(key).or_default() += 1;
}

fn field(fields: &BTreeMap<String, String>, name: &str) -> String {
    fields.get(name).map(|value| value.to_lowercase()).unwrap_or_default()
}

/// `YYYY-MM-DD HH:MM:SS` in UTC, as LeadSquared takes it.
fn date(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_union(stays: &[(i64, i64)], expected: i64) {
        assert_eq!(union_ms(&mut stays.to_vec()), expected);
    }

    #[test]
    fn stays_that_overlap_count_once() {
        check_union(&[], 0);
        check_union(&[(0, 10), (5, 20)], 20);
        check_union(&[(30, 40), (0, 10)], 20);
        check_union(&[(0, 30), (5, 10), (8, 12)], 30);
    }
}
