//! One person in one run of a webinar: how long, how much of it, on how many devices. Pure sums over what the facts hold; what
//! is made of them is decided in `translate::attendance`.

use super::{Alias, AttendanceState};
use crate::ids::{Email, LeadId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Questions and poll answers that are kept of one person in one run, each.
pub const SAID_MAX: usize = 30;

/// What a webinar's run is besides its start and end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Show {
    /// The end of a rehearsal under this uuid, epoch milliseconds.
    pub practice_ended_ms: Option<i64>,
    /// Panelists and hosts by address: no attendees.
    pub staff: BTreeSet<Email>,
    /// What Zoom knows after the end was read, as far as it can be.
    pub closed: bool,
    /// The recording, once it is ready.
    pub recording: Option<String>,
    /// The occurrence of the series that this run is, by Zoom's id.
    pub occurrence: Option<String>,
    /// Meetings only: stays of people whom Zoom does not name, at most [`UNNAMED_MAX`].
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unnamed: BTreeSet<Alias>,
    /// Meetings only: the end up to which everything was read, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_to_ms: Option<i64>,
}

/// Stays of nameless people that a meeting's run remembers.
pub const UNNAMED_MAX: usize = 100;

/// A run as the attendances of it see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSeen {
    /// Its fact.
    pub id: Option<Alias>,
    /// Actual start, epoch milliseconds.
    pub started_ms: Option<i64>,
    /// Actual end, epoch milliseconds.
    pub ended_ms: Option<i64>,
    /// What Zoom knows after the end was read.
    pub closed: bool,
    /// A rehearsal, not the show.
    pub practice: bool,
    /// The recording, once it is ready.
    pub recording: Option<String>,
    /// The occurrence of the series that it is, by Zoom's id.
    pub occurrence: Option<String>,
}

/// What is known of a person in a run besides the stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// A name, as typed or registered.
    pub name: Option<String>,
    /// Belongs to the webinar's own people.
    pub staff: bool,
    /// Registered, and told not to have come.
    pub absent: bool,
    /// Zoom's report of the run names the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reported: bool,
    /// Was told in LeadSquared as a no-show, which is corrected when it proves wrong.
    pub no_show_told: bool,
    /// Questions asked, at most [`SAID_MAX`].
    pub questions: BTreeSet<String>,
    /// Poll questions and the answers, at most [`SAID_MAX`].
    pub polls: BTreeMap<String, String>,
    /// How often what was told of it was withdrawn, by what was told: it is said anew where it proves right after all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withdrawn: BTreeMap<String, u32>,
    /// Meetings only: how the person belongs to the meeting.
    #[serde(default, skip_serializing_if = "InMeeting::is_empty")]
    pub meeting: InMeeting,
}

/// How somebody belongs to a meeting's run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InMeeting {
    /// The run is shown on the person's lead.
    pub concerned: bool,
    /// The lead, where the meeting was scheduled for it by its id.
    pub lead: Option<LeadId>,
    /// Somebody was there whom Zoom does not name: it may have been this person.
    pub unsure: bool,
    /// Came to the same meeting when it was held another time on the same date: when, epoch milliseconds.
    pub other_run_ms: Option<i64>,
}

impl InMeeting {
    /// Whether nothing is known, as in webinars.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl About {
    /// Notes a name. Of several the same one is kept, in whatever order they were told.
    pub fn called(&mut self, name: Option<&String>) {
        if self.name.as_ref() < name {
            self.name = name.cloned();
        }
    }

    /// Adds a question, while there is room.
    pub fn ask(&mut self, question: String) {
        if self.questions.len() < SAID_MAX {
            self.questions.insert(question);
        }
    }

    /// Adds the answer to a poll, while there is room.
    pub fn answer(&mut self, question: String, answer: String) {
        if self.polls.len() < SAID_MAX || self.polls.contains_key(&question) {
            self.polls.insert(question, answer);
        }
    }
}

impl AttendanceState {
    /// The stays within the run, from and to in epoch milliseconds, sorted. A stay before the start counts from the start, one after
    /// the end up to it; one whose end nobody told lasts until the end of a run that is closed.
    #[must_use]
    pub fn within_run(&self) -> Vec<(i64, i64)> {
        let started_ms = self.run.started_ms.unwrap_or(i64::MIN);
        let ended_ms = self.run.ended_ms.unwrap_or(i64::MAX);
        let end_of_open = self.run.ended_ms.filter(|_| self.run.closed);
        let ends = |(from, to): &(Option<i64>, Option<i64>)| Some(((*from)?, to.or(end_of_open)?));
        let clipped = |(from, to): (i64, i64)| (from.max(started_ms), to.min(ended_ms));
        let mut stays: Vec<(i64, i64)> = self.stays.values().filter_map(ends).map(clipped).collect();
        stays.retain(|(from, to)| from < to);
        stays.sort_unstable();
        stays
    }

    /// When the first stay within the run began, epoch milliseconds; one that lasts counts.
    #[must_use]
    pub fn came_ms(&self) -> Option<i64> {
        let open = self.stays.values().filter_map(|(from, to)| from.filter(|_| to.is_none() && !self.run.closed)).min();
        let first = self.within_run().first().map(|(from, _)| *from);
        first.into_iter().chain(open).min()
    }

    /// The union of the stays within the run, in milliseconds.
    #[must_use]
    pub fn attended_ms(&self) -> i64 {
        let mut total = 0;
        let mut covered_to = i64::MIN;
        for (from, to) in self.within_run() {
            let from = from.max(covered_to);
            if to > from {
                total += to - from;
                covered_to = to;
            }
        }
        total
    }

    /// How much of the run's real length was attended, in per cent; `None` while the length is not known.
    #[must_use]
    pub fn percent(&self) -> Option<i64> {
        let length_ms = self.run.ended_ms? - self.run.started_ms?;
        (length_ms > 0).then(|| (self.attended_ms() * 100 / length_ms).min(100))
    }

    /// The most devices at one time.
    #[must_use]
    pub fn devices(&self) -> usize {
        let stays = self.within_run();
        let there = |at: i64| stays.iter().filter(|(from, to)| *from <= at && at < *to).count();
        stays.iter().map(|(from, _)| there(*from)).max().unwrap_or(0)
    }

    /// When the person came first, not before the start; epoch milliseconds.
    #[must_use]
    pub fn first_joined_ms(&self) -> Option<i64> {
        self.within_run().first().map(|(from, _)| *from)
    }

    /// The latest end of a stay, not after the end of the run; epoch milliseconds.
    #[must_use]
    pub fn last_left_ms(&self) -> Option<i64> {
        let within = self.within_run().into_iter().map(|(_, to)| to).max();
        within.or_else(|| self.stays.values().filter_map(|(_, to)| *to).max())
    }

    /// Whether somebody is still there as far as we were told: a stay without an end in a run that is not closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.run.closed && self.stays.values().any(|(from, to)| from.is_some() && to.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Gathering;
    use crate::ids::{Kind, MeetingNumber};

    type Stays<'a> = &'a [(Option<i64>, Option<i64>)];

    fn attendance(run: RunSeen, stays: Stays<'_>) -> AttendanceState {
        AttendanceState {
            gathering: Gathering {
                kind: Kind::Webinar,
                account: "A".to_owned(),
                number: MeetingNumber(1),
                topic: None,
                start_ms: None,
                minutes: None,
                host: None,
            },
            uuid: "u".to_owned(),
            email: Email::parse("a@example.test").unwrap(),
            stays: stays.iter().enumerate().map(|(n, stay)| (Alias(n.to_string()), *stay)).collect(),
            run,
            about: About::default(),
        }
    }

    #[track_caller]
    fn check_attended(stays: Stays<'_>, expected_ms: i64) {
        assert_eq!(attendance(RunSeen::default(), stays).attended_ms(), expected_ms);
    }

    #[test]
    fn attendance_is_the_union_of_stays() {
        check_attended(&[], 0);
        check_attended(&[(Some(0), Some(10))], 10);
        check_attended(&[(Some(0), Some(10)), (Some(5), Some(20))], 20);
        check_attended(&[(Some(5), Some(20)), (Some(0), Some(30))], 30);
        check_attended(&[(Some(0), Some(10)), (Some(20), Some(25))], 15);
        check_attended(&[(Some(0), None), (None, Some(9)), (Some(9), Some(3))], 0);
    }

    #[track_caller]
    fn check_in_run(closed: bool, stays: Stays<'_>, expected: (i64, Option<i64>, usize)) {
        let run = RunSeen { started_ms: Some(100), ended_ms: Some(200), closed, ..RunSeen::default() };
        let attendance = attendance(run, stays);
        assert_eq!((attendance.attended_ms(), attendance.percent(), attendance.devices()), expected);
    }

    #[test]
    fn only_what_lies_within_the_run_counts() {
        check_in_run(true, &[(Some(50), Some(150))], (50, Some(50), 1));
        check_in_run(true, &[(Some(150), Some(250))], (50, Some(50), 1));
        check_in_run(true, &[(Some(10), Some(90))], (0, Some(0), 0));
        check_in_run(true, &[(Some(210), Some(290))], (0, Some(0), 0));
        check_in_run(true, &[(Some(0), Some(300))], (100, Some(100), 1));
    }

    #[test]
    fn a_stay_without_an_end_lasts_until_the_end_once_the_run_is_closed() {
        check_in_run(false, &[(Some(120), None)], (0, Some(0), 0));
        check_in_run(true, &[(Some(120), None)], (80, Some(80), 1));
    }

    #[test]
    fn two_devices_at_once_are_two_and_one_after_the_other_are_one() {
        check_in_run(true, &[(Some(100), Some(150)), (Some(120), Some(200))], (100, Some(100), 2));
        check_in_run(true, &[(Some(100), Some(150)), (Some(150), Some(200))], (100, Some(100), 1));
    }
}
