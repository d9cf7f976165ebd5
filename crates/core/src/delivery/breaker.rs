//! When a lane rests because LeadSquared does not answer. After some calls in a row that came to nothing it is asked by a read
//! only, seldom; when that is answered, calls begin again one by one, then two, four and so on at once.

use super::schedule::Dice;
use serde::{Deserialize, Serialize};

/// So many whole calls in a row without an answer open the breaker.
pub const SILENT_MAX: u32 = 5;
/// The first rest is at most so long, in milliseconds; each further one twice as long.
pub const REST_FIRST_MS: i64 = 2_000;
/// No rest is longer, in milliseconds: so soon after its return LeadSquared is used again.
pub const REST_MAX_MS: i64 = 30_000;
/// From so many calls at once on there is no bound of the breaker any more.
pub const AT_ONCE_MAX: u32 = 64;

/// What a call as a whole came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// LeadSquared answered, whatever it said.
    Answer,
    /// It could not be reached, or nobody can say what it did.
    Nothing,
}

/// What may be done in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Calls, at most so many at once.
    Open {
        /// Calls side by side.
        at_once: usize,
    },
    /// Nothing before that time.
    Rest {
        /// Epoch milliseconds.
        until_ms: i64,
    },
    /// One read, to see whether LeadSquared answers.
    Probe,
}

/// The breaker's memory; it travels in the lane's row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Breaker {
    /// Whole calls in a row without an answer.
    pub silent: u32,
    /// Rests since a call that changes something was last answered.
    pub rests: u32,
    /// Rests until then, epoch milliseconds; 0 while it does not rest.
    pub until_ms: i64,
    /// Calls at once after a rest; 0 without a bound.
    pub at_once: u32,
    /// Since when it rests again and again, epoch milliseconds; 0 while a call that changes something was answered since.
    pub since_ms: i64,
}

/// What may be done at `now_ms`.
#[must_use]
pub fn gate(breaker: &Breaker, now_ms: i64) -> Gate {
    // A rest that ends further away than any rest lasts was noted before the clock was set back.
    if breaker.until_ms > now_ms && breaker.until_ms <= now_ms + REST_MAX_MS {
        return Gate::Rest { until_ms: breaker.until_ms };
    }
    if breaker.until_ms != 0 {
        return Gate::Probe;
    }
    let at_once = if breaker.at_once == 0 { usize::MAX } else { breaker.at_once as usize };
    Gate::Open { at_once }
}

/// Takes in what the whole calls of one round, made side by side, came to.
pub fn note_round(breaker: &mut Breaker, heard: &[Heard], now_ms: i64, dice: Dice) {
    for one in heard {
        match one {
            Heard::Answer => (breaker.silent, breaker.rests, breaker.since_ms) = (0, 0, 0),
            Heard::Nothing => breaker.silent = breaker.silent.saturating_add(1),
        }
    }
    let growing = breaker.at_once != 0;
    if breaker.silent >= SILENT_MAX || (growing && breaker.silent > 0) {
        rest(breaker, now_ms, dice);
    } else if growing && !heard.is_empty() {
        let next = breaker.at_once.saturating_mul(2);
        breaker.at_once = if next >= AT_ONCE_MAX { 0 } else { next };
    }
}

/// Takes in what a read came to. That reads are answered does not say that changes are.
pub fn note_read(breaker: &mut Breaker, heard: Heard, now_ms: i64, dice: Dice) {
    match heard {
        Heard::Answer => breaker.silent = 0,
        Heard::Nothing => note_round(breaker, &[Heard::Nothing], now_ms, dice),
    }
}

/// Takes in what the probe came to.
pub fn note_probe(breaker: &mut Breaker, heard: Heard, now_ms: i64, dice: Dice) {
    match heard {
        Heard::Answer => (breaker.silent, breaker.until_ms, breaker.at_once) = (0, 0, 1),
        Heard::Nothing => rest(breaker, now_ms, dice),
    }
}

/// Growing rests spread over their whole span, so that the lanes of one outage do not come back together; a full-grown one has
/// its full length, so that a probe is rare.
fn rest(breaker: &mut Breaker, now_ms: i64, dice: Dice) {
    let ceiling = REST_FIRST_MS.saturating_mul(1_i64 << breaker.rests.min(20)).min(REST_MAX_MS);
    let length_ms = if ceiling < REST_MAX_MS { ceiling * i64::from(dice) / i64::from(u32::MAX) } else { ceiling };
    if breaker.since_ms == 0 {
        breaker.since_ms = now_ms;
    }
    breaker.rests = breaker.rests.saturating_add(1);
    breaker.silent = 0;
    breaker.at_once = 1;
    breaker.until_ms = now_ms + length_ms.max(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;
    use Heard::{Answer, Nothing};

    #[track_caller]
    fn check_after(rounds: &[&[Heard]], expected: Gate) {
        let mut breaker = Breaker::default();
        for round in rounds {
            note_round(&mut breaker, round, NOW, u32::MAX);
        }
        assert_eq!(gate(&breaker, NOW), expected);
    }

    #[test]
    fn only_silence_in_a_row_makes_a_lane_rest() {
        let open = Gate::Open { at_once: usize::MAX };
        check_after(&[], open);
        check_after(&[&[Nothing; 4]], open);
        check_after(&[&[Nothing; 4], &[Answer], &[Nothing; 4]], open);
        check_after(&[&[Nothing; 4], &[Nothing]], Gate::Rest { until_ms: NOW + REST_FIRST_MS });
        check_after(&[&[Nothing; 10]], Gate::Rest { until_ms: NOW + REST_FIRST_MS });
    }

    #[test]
    fn rests_grow_to_half_a_minute_and_no_further() {
        let (mut breaker, mut now, mut rests) = (Breaker::default(), NOW, Vec::new());
        note_round(&mut breaker, &[Nothing; 5], now, u32::MAX);
        for _ in 0..7 {
            rests.push(breaker.until_ms - now);
            now = breaker.until_ms;
            assert_eq!(gate(&breaker, now), Gate::Probe);
            note_probe(&mut breaker, Nothing, now, u32::MAX);
        }
        assert_eq!(rests, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn chance_spreads_growing_rests_and_leaves_full_grown_ones_alone() {
        let at = |rests: u32, dice: Dice| {
            let mut breaker = Breaker { rests, ..Breaker::default() };
            note_probe(&mut breaker, Nothing, NOW, dice);
            breaker.until_ms - NOW
        };
        assert_eq!((at(0, 0), at(0, u32::MAX / 2)), (1, 999));
        assert_eq!((at(9, 0), at(u32::MAX, u32::MAX)), (REST_MAX_MS, REST_MAX_MS));
    }

    #[test]
    fn after_a_rest_calls_begin_one_by_one_and_double() {
        let mut breaker = Breaker::default();
        note_round(&mut breaker, &[Nothing; 5], NOW, 0);
        note_probe(&mut breaker, Answer, NOW + 1, 0);
        let mut seen = Vec::new();
        for _ in 0..8 {
            let Gate::Open { at_once } = gate(&breaker, NOW + 1) else { panic!("{breaker:?}") };
            seen.push(at_once);
            note_round(&mut breaker, &vec![Answer; at_once.min(3)], NOW + 1, 0);
        }
        assert_eq!(seen, [1, 2, 4, 8, 16, 32, usize::MAX, usize::MAX]);
    }

    #[test]
    fn who_answers_reads_only_is_left_in_peace_longer_and_longer() {
        let (mut breaker, mut now, mut rests) = (Breaker::default(), NOW, Vec::new());
        note_round(&mut breaker, &[Nothing; 5], now, u32::MAX);
        for _ in 0..6 {
            rests.push(breaker.until_ms - now);
            now = breaker.until_ms;
            note_probe(&mut breaker, Answer, now, u32::MAX);
            note_round(&mut breaker, &[Nothing], now, u32::MAX);
        }
        assert_eq!(rests, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn reads_that_are_answered_do_not_hide_that_changes_are_not() {
        let mut breaker = Breaker { rests: 3, at_once: 2, ..Breaker::default() };
        note_read(&mut breaker, Answer, NOW, 0);
        assert_eq!(breaker, Breaker { rests: 3, at_once: 2, ..Breaker::default() });
        note_read(&mut breaker, Nothing, NOW, u32::MAX);
        assert_eq!(gate(&breaker, NOW), Gate::Rest { until_ms: NOW + 16_000 });
        let mut breaker = Breaker::default();
        for heard in [Nothing, Nothing, Nothing, Nothing, Answer, Nothing] {
            note_read(&mut breaker, heard, NOW, 0);
        }
        assert_eq!(breaker.silent, 1);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_lane_rest_for_hours() {
        let breaker = Breaker { until_ms: NOW + 3_600_000, rests: 1, ..Breaker::default() };
        assert_eq!(gate(&breaker, NOW), Gate::Probe);
    }
}
