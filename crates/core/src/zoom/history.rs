//! What happened in a Zoom account while nobody listened: runs that ended, as Zoom's history lists them, and meetings that were made
//! from LeadSquared, as they stand now. One delivery reads window after window, page after page; each page comes back as a
//! notification, so that a process that dies goes on where it was.

use super::event::{Change, Definition, Run};
use crate::fact::Alias;
use crate::ids::{Email, Kind, MeetingNumber};
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Zoom lists so much in one call, in milliseconds: a month, of which February is the shortest.
pub const WINDOW_MS: i64 = 28 * DAY_MS;
/// So far back Zoom's history reaches, in milliseconds: six months (zoom.md § 5.3).
pub const REACH_MS: i64 = 180 * DAY_MS;
/// So long before a gap runs are taken in once more, in milliseconds: a sign-in may have been dead for a while before that was noticed.
pub const MARGIN_MS: i64 = 6 * HOUR_MS;
/// So long after a gap its end is read once more, in milliseconds: Zoom lists a run up to half an hour after its end.
pub const LATE_MS: i64 = 40 * 60 * 1000;
/// So long after a gap webinars are looked for that were under way when it ended, in milliseconds: nobody told of who registered for
/// them before. Most are over soon; none is longer than a day.
pub const UNDER_WAY_MS: [i64; 2] = [3 * HOUR_MS + LATE_MS, 25 * HOUR_MS];
/// Pages of one window: of 300 runs each.
pub const PAGES_MAX: u32 = 100;
/// How often a window is begun anew because Zoom no longer knows the token of its next page.
pub const RESTARTS_MAX: u32 = 3;
/// Meetings made from LeadSquared that are read again, the latest first.
pub const MEETINGS_MAX: usize = 1_000;
/// A meeting that is over for longer is not read again, in milliseconds: Zoom forgets it after thirty days, which is no cancelling.
pub const OVER_MS: i64 = 25 * DAY_MS;

/// A time in which nobody listened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What was not heard of.
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// Since when, epoch milliseconds.
    pub from_ms: i64,
    /// Until when, epoch milliseconds.
    pub to_ms: i64,
    /// Meetings that were made from LeadSquared, at most [`MEETINGS_MAX`].
    #[serde(default)]
    pub meetings: Vec<MeetingNumber>,
}

impl Gap {
    /// The gap as far as Zoom's history reaches back, and a little before it.
    #[must_use]
    pub fn within_reach(self) -> Self {
        let from_ms = (self.from_ms - MARGIN_MS).max(self.to_ms - REACH_MS);
        Self { from_ms, ..self }
    }
}

/// How far the reading of the history is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadHistory {
    /// What was not heard of.
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// Runs that ended since then, epoch milliseconds.
    pub from_ms: i64,
    /// Until then, epoch milliseconds.
    pub to_ms: i64,
    /// And began before, epoch milliseconds.
    pub began_by_ms: i64,
    /// Where the window under way begins, epoch milliseconds.
    pub at_ms: i64,
    /// The token of its next page.
    #[serde(default)]
    pub page: Option<String>,
    /// Pages of it that were read.
    #[serde(default)]
    pub pages: u32,
    /// How often a window was begun anew.
    #[serde(default)]
    pub restarts: u32,
    /// Runs found so far.
    #[serde(default)]
    pub found: u64,
}

impl ReadHistory {
    /// A reading that has not begun, of what began before the gap ended, and ended between these times, epoch milliseconds.
    #[must_use]
    pub fn of(gap: &Gap, (from_ms, to_ms): (i64, i64)) -> Self {
        Self {
            kind: gap.kind,
            account: gap.account.clone(),
            from_ms,
            to_ms,
            began_by_ms: gap.to_ms,
            at_ms: from_ms,
            page: None,
            pages: 0,
            restarts: 0,
            found: 0,
        }
    }

    /// The window under way, epoch milliseconds; none when everything was read.
    #[must_use]
    pub fn window(&self) -> Option<(i64, i64)> {
        (self.at_ms < self.to_ms).then(|| (self.at_ms, self.to_ms.min(self.at_ms + WINDOW_MS)))
    }

    /// Whether a run is one of those: Zoom lists whole days.
    #[must_use]
    pub fn asks_for(&self, run: &HeldRun) -> bool {
        (self.from_ms..=self.to_ms).contains(&run.end_ms) && run.start_ms <= self.began_by_ms
    }

    /// After a page of `rows` runs was read, with the token of the next.
    #[must_use]
    pub fn turned(&self, rows: usize, next: Option<String>) -> Self {
        let pages = self.pages + 1;
        let found = self.found + u64::try_from(rows).unwrap_or(0);
        match next {
            Some(token) if pages < PAGES_MAX => Self { page: Some(token), pages, found, ..self.clone() },
            Some(_) | None => {
                let at_ms = self.window().map_or(self.to_ms, |(_, to_ms)| to_ms);
                Self { at_ms, page: None, pages: 0, found, ..self.clone() }
            }
        }
    }

    /// The window begun anew, if it was not too often: the token of a next page lives a quarter of an hour.
    #[must_use]
    pub fn anew(&self) -> Option<Self> {
        let may = self.page.is_some() && self.restarts < RESTARTS_MAX;
        may.then(|| Self { page: None, pages: 0, restarts: self.restarts + 1, ..self.clone() })
    }
}

/// A run that is over, as Zoom's history lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRun {
    /// The meeting's or webinar's number.
    pub number: MeetingNumber,
    /// The run.
    pub uuid: String,
    /// The title.
    pub topic: Option<String>,
    /// Who hosted it.
    pub host_email: Option<Email>,
    /// Start, epoch milliseconds.
    pub start_ms: i64,
    /// End, epoch milliseconds.
    pub end_ms: i64,
}

/// A page of the history, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRead {
    /// The fact of the wish.
    pub fact: Alias,
    /// Meetings or webinars.
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// The runs.
    pub runs: Vec<HeldRun>,
}

impl HistoryRead {
    /// One of the runs, in the words of a webhook that tells of its end.
    #[must_use]
    pub fn as_run(&self, one: &HeldRun) -> Run {
        Run {
            kind: self.kind,
            number: one.number,
            uuid: one.uuid.clone(),
            host_id: None,
            host_email: one.host_email.clone(),
            topic: one.topic.clone(),
            start_ms: Some(one.start_ms),
            end_ms: Some(one.end_ms),
            duration_min: None,
            timezone: None,
        }
    }
}

/// A meeting that was made from LeadSquared, to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMeeting {
    /// Zoom account id.
    pub account: String,
    /// Its number.
    pub meeting: MeetingNumber,
}

/// What Zoom says of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Found {
    /// It is planned.
    There {
        /// The title.
        topic: Option<String>,
        /// Start, epoch milliseconds; none of a series.
        start_ms: Option<i64>,
        /// Scheduled minutes; none of a series.
        minutes: Option<i64>,
        /// IANA zone.
        timezone: Option<String>,
        /// The link for everybody.
        join_url: Option<String>,
    },
    /// It was deleted.
    Gone,
}

/// A meeting that was read again, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingFound {
    /// Zoom account id.
    pub account: String,
    /// Its number.
    pub meeting: MeetingNumber,
    /// What Zoom says of it.
    pub found: Found,
    /// When it was asked for, epoch milliseconds.
    pub read_ms: i64,
}

impl MeetingFound {
    /// The same in the words of a webhook that tells of that change.
    #[must_use]
    pub fn as_told(&self, change: Change) -> Definition {
        let (topic, start_ms, duration_min, timezone, join_url) = match &self.found {
            Found::There { topic, start_ms, minutes, timezone, join_url } => {
                (topic.clone(), *start_ms, *minutes, timezone.clone(), join_url.clone())
            }
            Found::Gone => (None, None, None, None, None),
        };
        Definition {
            change,
            run: Run {
                kind: Kind::Meeting,
                number: self.meeting,
                uuid: String::new(),
                host_id: None,
                host_email: None,
                topic,
                start_ms,
                end_ms: None,
                duration_min,
                timezone,
            },
            join_url,
            agenda: None,
            occurrences: Vec::new(),
            dates: Vec::new(),
            end: None,
            series: Vec::new(),
            invited: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(from_ms: i64, to_ms: i64) -> Gap {
        Gap { kind: Kind::Webinar, account: "A".to_owned(), from_ms, to_ms, meetings: Vec::new() }
    }

    #[track_caller]
    fn check_windows(days: i64, expected: &[(i64, i64)]) {
        let mut at = ReadHistory::of(&gap(0, days * DAY_MS), (0, days * DAY_MS));
        for (from, to) in expected {
            assert_eq!(at.window(), Some((from * DAY_MS, to * DAY_MS)));
            at = at.turned(300, Some("more".to_owned()));
            assert_eq!(at.window(), Some((from * DAY_MS, to * DAY_MS)), "its second page");
            at = at.turned(1, None);
        }
        assert_eq!((at.window(), at.found), (None, 301 * u64::try_from(expected.len()).unwrap()));
    }

    #[test]
    fn a_long_gap_is_read_month_by_month() {
        check_windows(0, &[]);
        check_windows(3, &[(0, 3)]);
        check_windows(28, &[(0, 28)]);
        check_windows(60, &[(0, 28), (28, 56), (56, 60)]);
    }

    #[test]
    fn a_gap_begins_a_little_earlier_and_not_before_zooms_history_does() {
        assert_eq!(gap(500 * DAY_MS, 501 * DAY_MS).within_reach().from_ms, 500 * DAY_MS - MARGIN_MS);
        assert_eq!(gap(0, 501 * DAY_MS).within_reach().from_ms, 501 * DAY_MS - REACH_MS);
    }

    #[test]
    fn a_window_whose_token_ran_out_is_begun_anew_but_not_for_ever() {
        let mut at = ReadHistory::of(&gap(0, DAY_MS), (0, DAY_MS));
        assert_eq!(at.anew(), None, "a first page has no token that could have run out");
        for _ in 0..RESTARTS_MAX {
            at = at.turned(1, Some("token".to_owned())).anew().unwrap();
            assert_eq!((at.pages, &at.page), (0, &None));
        }
        assert_eq!(at.turned(1, Some("token".to_owned())).anew(), None);
    }

    #[track_caller]
    fn check_asked(start_ms: i64, end_ms: i64, expected: bool) {
        let (number, uuid) = (MeetingNumber(1), "u".to_owned());
        let run = HeldRun { number, uuid, topic: None, host_email: None, start_ms, end_ms };
        let late = ReadHistory::of(&gap(0, 100), (50, 200));
        assert_eq!(late.asks_for(&run), expected, "{start_ms} to {end_ms}");
    }

    #[test]
    fn a_run_is_asked_for_that_began_in_the_gap_and_ended_in_time() {
        check_asked(10, 60, true);
        check_asked(100, 200, true);
        check_asked(10, 49, false);
        check_asked(101, 150, false);
        check_asked(10, 201, false);
    }

    #[test]
    fn pages_without_end_end() {
        let mut at = ReadHistory::of(&gap(0, DAY_MS), (0, DAY_MS));
        for _ in 0..PAGES_MAX {
            at = at.turned(300, Some("t".to_owned()));
        }
        assert_eq!(at.window(), None);
    }
}
