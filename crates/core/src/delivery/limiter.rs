//! How fast calls to one LeadSquared account may follow each other: never more than the plan's number in any window,
//! single and bulk calls counted apart. The state travels in the tenant's lane row, so all replicas share it.

use crate::leadsquared::reply::RateLimit;
use crate::settings::Plan;
use serde::{Deserialize, Serialize};

/// Added to each window, because calls arrive a little later than they are sent and not all equally late.
pub const WINDOW_MARGIN_MS: i64 = 60;
/// The most calls one window may be set to.
pub const CALLS_PER_WINDOW_MAX: u32 = 1_000;
/// After a refusal, so long no call is made.
pub const REFUSED_WAIT_MS: i64 = 5_000;

/// When the calls of the current window were made, and what the other side taught us.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RateState {
    /// Calls of any kind in the last window, epoch milliseconds, ascending.
    pub calls: Vec<i64>,
    /// Bulk calls in the last window.
    pub bulk_calls: Vec<i64>,
    /// Nothing goes out before this moment.
    pub shut_until_ms: i64,
    /// A limit that the other side named, lower than the plan.
    pub learned_calls: Option<u32>,
}

/// What a plan allows, after what was learned.
fn allowed(state: &RateState, plan: &Plan, bulk: bool) -> Option<usize> {
    let calls = match (plan.calls, state.learned_calls) {
        (Some(plan), Some(learned)) => Some(plan.min(learned)),
        (one, other) => one.or(other),
    };
    let calls = if bulk { plan.bulk_calls.map(|bulk| calls.map_or(bulk, |calls| calls.min(bulk))) } else { calls };
    calls.map(|calls| calls.clamp(1, CALLS_PER_WINDOW_MAX) as usize)
}

fn window_ms(plan: &Plan) -> i64 {
    i64::from(plan.window_s) * 1000 + WINDOW_MARGIN_MS
}

/// When the next call may be made: `now_ms` or later.
#[must_use]
pub fn next_at_ms(state: &RateState, plan: &Plan, bulk: bool, now_ms: i64) -> i64 {
    let free = |calls: &[i64], allowed: Option<usize>| {
        let Some(oldest) = allowed.and_then(|allowed| calls.len().checked_sub(allowed)) else { return now_ms };
        calls.get(oldest).map_or(now_ms, |at| (at + window_ms(plan)).max(now_ms))
    };
    let any = free(&state.calls, allowed(state, plan, false));
    let bulk_free = if bulk { free(&state.bulk_calls, allowed(state, plan, true)) } else { now_ms };
    any.max(bulk_free).max(state.shut_until_ms)
}

/// Notes a call made at `now_ms`, and forgets those of windows that are over.
pub fn note_call(state: &mut RateState, plan: &Plan, bulk: bool, now_ms: i64) {
    let over = now_ms - window_ms(plan);
    state.calls.retain(|at| *at > over);
    state.bulk_calls.retain(|at| *at > over);
    if allowed(state, plan, false).is_some() {
        state.calls.push(now_ms);
    }
    if bulk && allowed(state, plan, true).is_some() {
        state.bulk_calls.push(now_ms);
    }
}

/// Takes a refusal in: nothing goes out for a window, and a lower limit than ours is remembered.
pub fn note_refused(state: &mut RateState, plan: &Plan, named: Option<RateLimit>, now_ms: i64) {
    state.shut_until_ms = state.shut_until_ms.max(now_ms + REFUSED_WAIT_MS);
    let Some(named) = named.filter(|named| named.seconds > 0 && named.calls > 0) else { return };
    let per_window = u64::from(named.calls) * u64::from(plan.window_s) / u64::from(named.seconds);
    let per_window = u32::try_from(per_window).unwrap_or(CALLS_PER_WINDOW_MAX).max(1);
    let ours = state.learned_calls.or(plan.calls);
    if ours.is_none_or(|ours| per_window < ours) {
        state.learned_calls = Some(per_window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn without_a_limit_nothing_waits() {
        let plan = plan(None, None);
        let mut state = RateState::default();
        for _ in 0..100 {
            assert_eq!(next_at_ms(&state, &plan, true, 7), 7);
            note_call(&mut state, &plan, true, 7);
        }
        assert!(state.calls.is_empty());
    }

    #[test]
    fn a_refusal_shuts_the_lane_and_teaches_the_limit_it_names() {
        let plan = plan(Some(25), Some(25));
        let mut state = RateState::default();
        note_refused(&mut state, &plan, Some(RateLimit { calls: 20, seconds: 5 }), 100);
        assert_eq!(state.learned_calls, Some(20));
        assert_eq!(next_at_ms(&state, &plan, false, 100), 100 + REFUSED_WAIT_MS);
        note_refused(&mut state, &plan, Some(RateLimit { calls: 50, seconds: 5 }), 200);
        assert_eq!(state.learned_calls, Some(20));
        note_refused(&mut state, &plan, Some(RateLimit { calls: 0, seconds: 0 }), 200);
        assert_eq!(state.learned_calls, Some(20));
    }
}
