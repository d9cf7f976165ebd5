//! What a lane remembers between two visits of the courier. It is stored as JSON in the lane's row, under its fence; fields that an
//! older version did not know get their default.

use super::breaker::{self, Breaker, Gate};
use super::forecast::{self, Waiting};
use super::limiter::{self, RateState};
use crate::settings::{Plan, Settings};
use serde::{Deserialize, Serialize};

/// What a lane remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LaneState {
    /// Rate of calls.
    pub rate: RateState,
    /// Whether the other side answers.
    pub breaker: Breaker,
    /// When calls were last made, epoch milliseconds.
    pub sent_ms: i64,
    /// When something was last applied, epoch milliseconds.
    pub applied_ms: i64,
    /// Equal refusals in a row: what makes them alike, how many.
    pub refused_alike: Option<(String, u32)>,
    /// No Zoom call before this moment (Zoom's own lane).
    pub zoom_not_before_ms: i64,
    /// Zoom calls of this second (Zoom's own lane).
    pub zoom_pace: crate::zoom::pace::Pace,
    /// The last round asked leads whether a rule holds; the next one sends.
    pub decided: bool,
    /// How far looking for changed appointments is.
    pub look: crate::leadsquared::task_look::TaskLook,
    /// What was refused when the tenant was told that nothing is taken any more, until such a thing is taken again.
    pub refused: Option<Refused>,
    /// Since when it is refused, epoch milliseconds; 0 where nobody noted it.
    pub refused_since_ms: i64,
    /// The tenant was told that LeadSquared does not answer.
    pub silence_told: bool,
}

/// After so long without an answer the tenant is told, in milliseconds: what passes sooner is nobody's work.
pub const SILENCE_MS: i64 = 15 * 60 * 1000;

/// What the tenant is told of LeadSquared's silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilenceNews {
    /// It has lasted.
    Lasts,
    /// It is over.
    Over,
}

/// What there is to tell of LeadSquared's silence at `now_ms`; each outage is told once, and so is its end.
#[must_use]
pub fn silence_news(state: &mut LaneState, now_ms: i64) -> Option<SilenceNews> {
    let since_ms = state.breaker.since_ms;
    match (since_ms != 0, state.silence_told) {
        (true, false) if now_ms - since_ms >= SILENCE_MS => {
            state.silence_told = true;
            Some(SilenceNews::Lasts)
        }
        (false, true) => {
            state.silence_told = false;
            Some(SilenceNews::Over)
        }
        _ => None,
    }
}

/// What LeadSquared refuses. A probe that it answers ends no outage: only what was refused shows that it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The keys: everything.
    Keys,
    /// Deliveries of a kind, one after the other.
    Kind(String),
}

/// Whether a pause is the first for what is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It is.
    Begins,
    /// What is refused was tried again, and refused again.
    GoesOn,
}

impl LaneState {
    /// Takes in that this is refused and the tenant paused for it.
    pub fn note_refused(&mut self, refused: Refused, now_ms: i64) -> Pause {
        match (&self.refused, &refused) {
            (Some(Refused::Keys), _) | (Some(Refused::Kind(_)), Refused::Kind(_)) => return Pause::GoesOn,
            (Some(Refused::Kind(_)), Refused::Keys) => {}
            (None, _) => self.refused_since_ms = now_ms,
        }
        self.refused = Some(refused);
        Pause::Begins
    }

    /// Takes in that what was refused is taken again; since when it was refused, 0 where nobody noted it.
    pub fn note_taken(&mut self) -> i64 {
        self.refused = None;
        std::mem::take(&mut self.refused_since_ms)
    }
}

/// How long something lasted, in milliseconds, for people: `5 min`, `2 h 5 min`.
#[must_use]
pub fn lasted(ms: i64) -> String {
    let minutes = (ms.max(0) / 60_000).max(1);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

impl Refused {
    /// Whether a delivery of that kind, which was taken, shows that the refusing is over. What only reads shows nothing.
    #[must_use]
    pub fn is_over_with(&self, kind: &str) -> bool {
        match self {
            Self::Keys => !matches!(kind, "find" | "gather" | "read_task"),
            Self::Kind(refused) => refused == kind,
        }
    }
}

/// Why nothing goes out for longer than a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The code of the reason.
    pub code: &'static str,
    /// Until then, or until it is looked again, epoch milliseconds.
    pub until_ms: i64,
}

/// Why the lane to LeadSquared rests at `now_ms`, if it does.
#[must_use]
pub fn held(state: &LaneState, plan: &Plan, now_ms: i64) -> Option<Held> {
    if limiter::day_left(&state.rate, plan, now_ms) == Some(0) {
        return Some(Held { code: "lsq.quota", until_ms: limiter::next_day_ms(now_ms) });
    }
    match breaker::gate(&state.breaker, now_ms) {
        Gate::Rest { until_ms } => Some(Held { code: "lsq.silent", until_ms }),
        Gate::Probe => Some(Held { code: "lsq.silent", until_ms: now_ms }),
        Gate::Open { .. } if state.rate.shut_until_ms > now_ms => {
            Some(Held { code: "lsq.rate_limited", until_ms: state.rate.shut_until_ms })
        }
        Gate::Open { .. } => None,
    }
}

/// What people want to know of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Why it rests, if it does.
    pub held: Option<Held>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// When they will be delivered, epoch milliseconds; `None` when nothing waits.
    pub complete_at_ms: Option<i64>,
}

/// The outlook of a lane to LeadSquared at `now_ms`: `state` as it is stored, and how many deliveries of each kind wait.
#[must_use]
pub fn outlook(state: &str, settings: &Settings, waiting: &[(String, i64)], now_ms: i64) -> Outlook {
    let state: LaneState = serde_json::from_str(state).unwrap_or_default();
    let mut counts = Waiting::default();
    for (kind, count) in waiting {
        let count = u64::try_from(*count).unwrap_or(0);
        match kind.as_str() {
            "lead" | "find" | "gather" => counts.leads += count,
            "activity" => counts.activities += count,
            _ => counts.tasks += count,
        }
    }
    let held = held(&state, &settings.plan, now_ms);
    let from_ms = held.map_or(now_ms, |held| held.until_ms.max(now_ms));
    let complete_at_ms = forecast::complete_at_ms(counts, &settings.plan, settings.capture, &state.rate, from_ms);
    Outlook { held, waiting: counts.all(), complete_at_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 20_000 * limiter::DAY_MS + limiter::DAY_MS / 2;

    #[track_caller]
    fn check(state: &LaneState, quota: Option<u32>, expected: Option<(&'static str, i64)>) {
        let plan = Plan { calls_per_day: quota, ..Plan::default() };
        assert_eq!(held(state, &plan, NOON).map(|held| (held.code, held.until_ms - NOON)), expected);
    }

    #[test]
    fn a_lane_that_rests_says_why_and_how_long() {
        let free = LaneState::default();
        check(&free, None, None);
        check(&free, Some(100), None);
        let rate = RateState { day: NOON / limiter::DAY_MS, day_calls: 95, ..RateState::default() };
        let spent = LaneState { rate, ..LaneState::default() };
        check(&spent, Some(100), Some(("lsq.quota", limiter::DAY_MS / 2)));
        check(&spent, Some(101), None);
        check(&spent, None, None);
        let silent =
            |until_ms| LaneState { breaker: Breaker { until_ms, ..Breaker::default() }, ..LaneState::default() };
        check(&silent(NOON + 9), None, Some(("lsq.silent", 9)));
        check(&silent(NOON - 9), None, Some(("lsq.silent", 0)));
        let rate = RateState { shut_until_ms: NOON + 5, ..RateState::default() };
        check(&LaneState { rate, ..LaneState::default() }, None, Some(("lsq.rate_limited", 5)));
    }

    #[test]
    fn only_what_was_refused_shows_that_refusing_is_over() {
        let check = |refused: &Refused, kinds: &[&str], over: bool| {
            assert!(kinds.iter().all(|kind| refused.is_over_with(kind) == over), "{refused:?} {kinds:?}");
        };
        check(&Refused::Keys, &["lead", "activity", "task", "correction", "change_task"], true);
        check(&Refused::Keys, &["find", "gather", "read_task"], false);
        check(&Refused::Kind("activity".to_owned()), &["activity"], true);
        check(&Refused::Kind("activity".to_owned()), &["lead", "task", "find"], false);
    }

    #[test]
    fn a_pause_begins_once_however_often_it_is_tried_again() {
        let kind = |kind: &str| Refused::Kind(kind.to_owned());
        let mut state = LaneState::default();
        assert_eq!(state.note_refused(kind("activity"), 7), Pause::Begins);
        assert_eq!(state.note_refused(kind("activity"), 8), Pause::GoesOn);
        assert_eq!(state.note_refused(kind("task"), 9), Pause::GoesOn);
        assert_eq!(state.refused, Some(kind("activity")));
        assert_eq!(state.note_refused(Refused::Keys, 10), Pause::Begins, "for another reason");
        assert_eq!(state.note_refused(kind("activity"), 11), Pause::GoesOn);
        assert_eq!((state.note_taken(), &state), (7, &LaneState::default()));
        assert_eq!(state.note_refused(Refused::Keys, 12), Pause::Begins);
        assert_eq!([0, 59_999, 300_000, 7_500_000].map(lasted), ["1 min", "1 min", "5 min", "2 h 5 min"]);
    }

    #[test]
    fn the_outlook_counts_from_the_end_of_a_rest() {
        let silent =
            LaneState { breaker: Breaker { until_ms: NOON + 9_000, ..Breaker::default() }, ..LaneState::default() };
        let text = serde_json::to_string(&silent).unwrap();
        let waiting =
            [("activity".to_owned(), 3), ("find".to_owned(), 1), ("lead".to_owned(), 1), ("task".to_owned(), 1)];
        let seen = outlook(&text, &Settings::default(), &waiting, NOON);
        assert_eq!((seen.held.map(|held| held.code), seen.waiting), (Some("lsq.silent"), 6));
        assert_eq!(seen.complete_at_ms, Some(NOON + 9_000 + forecast::ROUND_MS));
        let nothing = outlook("", &Settings::default(), &[], NOON);
        assert_eq!(nothing, Outlook { held: None, waiting: 0, complete_at_ms: None });
    }

    #[test]
    fn a_silence_that_lasts_is_told_once_and_so_is_its_end() {
        let mut state = LaneState::default();
        let mut check = |since_ms: i64, after_ms: i64, expected: Option<SilenceNews>| {
            state.breaker.since_ms = since_ms;
            assert_eq!(silence_news(&mut state, NOON + after_ms), expected, "{since_ms} {after_ms}");
        };
        check(0, 0, None);
        check(NOON, SILENCE_MS - 1, None);
        check(0, SILENCE_MS, None);
        check(NOON, SILENCE_MS, Some(SilenceNews::Lasts));
        check(NOON, 2 * SILENCE_MS, None);
        check(0, 2 * SILENCE_MS, Some(SilenceNews::Over));
        check(0, 3 * SILENCE_MS, None);
        check(NOON + 3 * SILENCE_MS, 4 * SILENCE_MS, Some(SilenceNews::Lasts));
    }

    #[test]
    fn the_state_of_an_older_version_is_read() {
        let old =
            r#"{"rate":{"calls":[1],"bulk_calls":[],"shut_until_ms":2,"learned_calls":3},"sent_ms":4,"alike":[400,2]}"#;
        let state: LaneState = serde_json::from_str(old).unwrap();
        assert_eq!((state.sent_ms, state.rate.learned_calls, state.breaker), (4, Some(3), Breaker::default()));
    }
}
