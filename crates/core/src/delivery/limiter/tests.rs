//! The limiter's rules as tables.

use super::*;

const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;

fn plan(calls: Option<u32>, bulk_calls: Option<u32>) -> Plan {
    Plan { calls, bulk_calls, ..Plan::default() }
}

#[test]
fn no_window_ever_holds_more_calls_than_the_plan() {
    for (calls, bulk_calls, bulk) in [(10, 5, false), (10, 5, true), (25, 25, true), (1, 1, true)] {
        let plan = plan(Some(calls), Some(bulk_calls));
        let mut state = RateState::default();
        let mut made: Vec<i64> = Vec::new();
        let mut now = 1_000_000;
        for _ in 0..200 {
            now = next_at_ms(&state, &plan, bulk, now);
            note_call(&mut state, &plan, bulk, now);
            made.push(now);
        }
        let most = if bulk { calls.min(bulk_calls) } else { calls } as usize;
        for (n, start) in made.iter().enumerate() {
            let within = made.iter().skip(n).take_while(|at| **at < start + 5_000).count();
            assert!(within <= most, "{within} calls in a window of {most}");
        }
        let spent = made.last().unwrap() - made.first().unwrap();
        let bound = (200 / i64::try_from(most).unwrap() - 1) * 5_000;
        assert!(spent * 100 <= bound * 105 + 500_000, "{spent} ms against {bound} ms");
    }
}

/// Calls that travel between 0 and 900 ms, as chance has it: the other side counts when they arrive.
#[test]
fn no_window_of_the_other_side_holds_more_however_unevenly_calls_travel() {
    let plan = plan(Some(10), None);
    let (mut state, mut now, mut seed) = (RateState::default(), 1_000_000, 7_u64);
    let mut arrived: Vec<i64> = Vec::new();
    for _ in 0..500 {
        now = next_at_ms(&state, &plan, false, now);
        note_call(&mut state, &plan, false, now);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let travelled = i64::try_from(seed >> 33).unwrap() % 900;
        arrived.push(now + travelled);
        note_end(&mut state, false, now, now + travelled + 50);
    }
    arrived.sort_unstable();
    for (n, start) in arrived.iter().enumerate() {
        let within = arrived.iter().skip(n).take_while(|at| **at < start + 5_000).count();
        assert!(within <= 10, "{within} calls arrived in one window");
    }
}

#[test]
fn without_a_limit_nothing_waits() {
    let plan = plan(None, None);
    let mut state = RateState::default();
    for _ in 0..100 {
        assert_eq!(next_at_ms(&state, &plan, true, 7), 7);
        assert_eq!(free(&state, &plan, true, 7), None);
        note_call(&mut state, &plan, true, 7);
    }
    assert!(state.calls.is_empty());
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up_for_longer_than_a_window() {
    let plan = plan(Some(1), None);
    let mut state = RateState::default();
    note_call(&mut state, &plan, false, NOON + 3_600_000);
    assert_eq!(next_at_ms(&state, &plan, false, NOON), NOON + 5_000 + WINDOW_MARGIN_MS);
}

#[test]
fn what_is_free_is_the_scarcer_of_all_calls_and_bulk_calls() {
    let plan = plan(Some(10), Some(5));
    let mut state = RateState::default();
    assert_eq!(free(&state, &plan, true, NOON), Some(Free { calls: 5, of: 5 }));
    for _ in 0..3 {
        note_call(&mut state, &plan, true, NOON);
    }
    assert_eq!(free(&state, &plan, true, NOON), Some(Free { calls: 2, of: 5 }));
    assert_eq!(free(&state, &plan, false, NOON), Some(Free { calls: 7, of: 10 }));
    assert_eq!(free(&state, &plan, false, NOON + 6_000), Some(Free { calls: 10, of: 10 }));
}

#[track_caller]
fn check_learned(calls: u32, named: Option<(u32, u32)>, expected: u32) {
    let plan = plan(Some(calls), None);
    let mut state = RateState::default();
    let named = named.map(|(calls, seconds)| RateLimit { calls, seconds });
    note_refused(&mut state, &plan, named, NOON);
    assert_eq!(state.learned_calls, Some(expected));
    assert_eq!(next_at_ms(&state, &plan, false, NOON), NOON + REFUSED_WAIT_MS);
}

#[test]
fn a_refusal_teaches_the_limit_it_names_or_else_to_go_slower() {
    check_learned(25, Some((20, 5)), 20);
    check_learned(25, Some((10, 1)), 18);
    check_learned(25, Some((60, 60)), 5);
    check_learned(25, Some((25, 5)), 18);
    check_learned(25, None, 18);
    check_learned(10, None, 7);
    check_learned(2, None, 1);
    check_learned(1, None, 1);
    check_learned(10, Some((0, 0)), 7);
}

#[test]
fn calls_refused_together_teach_once_and_wait_once() {
    let plan = plan(Some(25), None);
    let mut state = RateState::default();
    for _ in 0..10 {
        note_refused(&mut state, &plan, None, NOON);
    }
    assert_eq!((state.learned_calls, state.shut_until_ms), (Some(18), NOON + REFUSED_WAIT_MS));
}

#[test]
fn refusals_in_a_row_wait_longer_and_longer_until_a_call_is_accepted() {
    let plan = plan(None, None);
    let (mut state, mut now, mut waits) = (RateState::default(), NOON, Vec::new());
    for _ in 0..8 {
        note_refused(&mut state, &plan, None, now);
        waits.push((state.shut_until_ms - now) / 1000);
        now = state.shut_until_ms;
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
    note_accepted(&mut state);
    note_refused(&mut state, &plan, None, now);
    assert_eq!(state.shut_until_ms - now, REFUSED_WAIT_MS);
}

#[test]
fn what_was_learned_is_unlearned_slowly() {
    let plan = plan(Some(25), None);
    let mut state = RateState::default();
    note_refused(&mut state, &plan, Some(RateLimit { calls: 20, seconds: 5 }), NOON);
    let of = |state: &RateState, at| free(state, &plan, false, at).unwrap().of;
    assert_eq!(of(&state, NOON), 20);
    assert_eq!(of(&state, NOON + LEARNED_STEP_MS - 1), 20);
    assert_eq!(of(&state, NOON + LEARNED_STEP_MS), 21);
    assert_eq!(of(&state, NOON + 3 * LEARNED_STEP_MS), 23);
    assert_eq!(of(&state, NOON + 50 * LEARNED_STEP_MS), 25, "never above the plan");
    note_refused(&mut state, &plan, Some(RateLimit { calls: 20, seconds: 5 }), NOON + 3 * LEARNED_STEP_MS);
    assert_eq!(of(&state, NOON + 3 * LEARNED_STEP_MS), 20);
}

#[track_caller]
fn check_day(quota: u32, allowed: u32) {
    let plan = Plan { calls_per_day: Some(quota), ..plan(None, None) };
    let mut state = RateState::default();
    for _ in 0..allowed {
        assert_eq!(next_at_ms(&state, &plan, false, NOON), NOON);
        note_call(&mut state, &plan, false, NOON);
    }
    let midnight = next_day_ms(NOON);
    assert_eq!(next_at_ms(&state, &plan, false, NOON), midnight);
    assert_eq!(next_at_ms(&state, &plan, false, midnight - 1), midnight);
    assert_eq!(next_at_ms(&state, &plan, false, midnight), midnight);
    assert_eq!(day_left(&state, &plan, midnight), Some(allowed));
}

#[test]
fn the_days_quota_leaves_some_for_people_and_begins_anew_at_midnight() {
    check_day(100, 95);
    check_day(10, 10);
    check_day(1, 1);
    assert_eq!(day_allowed(&plan(None, None)), None);
}

#[test]
fn a_days_limit_that_is_named_is_waited_for_hour_by_hour() {
    let plan = plan(Some(10), None);
    let day = Some(RateLimit { calls: 10_000, seconds: 86_400 });
    let mut state = RateState::default();
    note_refused(&mut state, &plan, day, NOON);
    assert_eq!(next_at_ms(&state, &plan, false, NOON), NOON + DAY_REFUSED_WAIT_MS);
    assert_eq!(state.learned_calls, None, "it says nothing about a window");
    let late = next_day_ms(NOON) - 60_000;
    note_refused(&mut state, &plan, day, late);
    assert_eq!(next_at_ms(&state, &plan, false, late), next_day_ms(NOON));
}

#[test]
fn after_an_outage_half_of_the_plan_is_used_for_a_minute() {
    let plan = plan(Some(10), Some(5));
    let mut state = RateState::default();
    note_back(&mut state, NOON);
    assert_eq!(free(&state, &plan, false, NOON).unwrap().of, 5);
    assert_eq!(free(&state, &plan, true, NOON).unwrap().of, 2);
    assert_eq!(free(&state, &plan, false, NOON + GENTLE_MS).unwrap().of, 10);
}
