//! How fast calls to one LeadSquared account may follow each other: never more than the plan's number in any window, single
//! and bulk calls counted apart, and never more than the day's quota. The state travels in the tenant's lane row, so all
//! replicas share it.
//!
//! What a refusal teaches lowers the limit at once; it goes up again slowly.

use crate::leadsquared::reply::RateLimit;
use crate::settings::Plan;
use serde::{Deserialize, Serialize};

/// Added to each window, because clocks are read in whole milliseconds and not at the very moment of a call, in milliseconds.
pub const WINDOW_MARGIN_MS: i64 = 20;
/// The most calls one window may be set to.
pub const CALLS_PER_WINDOW_MAX: u32 = 1_000;
/// After a refusal, so long no call is made, in milliseconds; doubled for each further refusal in a row.
pub const REFUSED_WAIT_MS: i64 = 5_000;
/// The longest wait after a refusal, in milliseconds.
pub const REFUSED_WAIT_MAX_MS: i64 = 5 * 60 * 1000;
/// After a refusal that names a day's limit, in milliseconds: when LeadSquared's day begins is not known for sure.
pub const DAY_REFUSED_WAIT_MS: i64 = 60 * 60 * 1000;
/// A learned limit is tried one call higher after so long without a refusal, in milliseconds.
pub const LEARNED_STEP_MS: i64 = 60 * 60 * 1000;
/// Of the day's quota, so many in a hundred are left for people and their other integrations.
pub const DAY_RESERVE_PERCENT: u32 = 5;
/// Milliseconds of a UTC day. That LeadSquared counts by UTC days is an assumption (leadsquared.md § 2.5 names no zone).
pub const DAY_MS: i64 = 86_400_000;
/// After LeadSquared was away, so long only half of the plan is used, in milliseconds.
pub const GENTLE_MS: i64 = 60_000;

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
    /// A limit that the other side taught us, lower than the plan.
    pub learned_calls: Option<u32>,
    /// When it was learned, epoch milliseconds.
    pub learned_ms: i64,
    /// Refusals since the last call that was accepted.
    pub refusals: u32,
    /// The UTC day that `day_calls` belong to, in days since 1970.
    pub day: i64,
    /// Calls made on that day.
    pub day_calls: u32,
    /// Until then only half of the plan is used, epoch milliseconds.
    pub gentle_until_ms: i64,
}

/// What a plan allows in a window, after what was learned.
fn allowed(state: &RateState, plan: &Plan, bulk: bool, now_ms: i64) -> Option<usize> {
    let calls = match (plan.calls, learned(state, now_ms)) {
        (Some(plan), Some(learned)) => Some(plan.min(learned)),
        (one, other) => one.or(other),
    };
    let calls = if bulk { plan.bulk_calls.map(|bulk| calls.map_or(bulk, |calls| calls.min(bulk))) } else { calls };
    let gentle = (now_ms..now_ms.saturating_add(GENTLE_MS)).contains(&state.gentle_until_ms.saturating_sub(1));
    let calls = calls.map(|calls| if gentle { calls / 2 } else { calls });
    calls.map(|calls| calls.clamp(1, CALLS_PER_WINDOW_MAX) as usize)
}

/// The learned limit, one higher for each step since then.
fn learned(state: &RateState, now_ms: i64) -> Option<u32> {
    let steps = now_ms.saturating_sub(state.learned_ms).max(0) / LEARNED_STEP_MS;
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    state.learned_calls.map(|calls| calls.saturating_add(steps))
}

fn window_ms(plan: &Plan) -> i64 {
    i64::from(plan.window_s) * 1000 + WINDOW_MARGIN_MS
}

/// When the next UTC day begins, epoch milliseconds.
#[must_use]
pub fn next_day_ms(now_ms: i64) -> i64 {
    (now_ms.div_euclid(DAY_MS) + 1) * DAY_MS
}

/// Calls that may be made on the day of `now_ms` in all: the quota without what is left for people.
#[must_use]
pub fn day_allowed(plan: &Plan) -> Option<u32> {
    plan.calls_per_day.map(|quota| {
        let reserve = u64::from(quota) * u64::from(DAY_RESERVE_PERCENT) / 100;
        quota.saturating_sub(u32::try_from(reserve).unwrap_or(quota)).max(1)
    })
}

/// Calls that may still be made on the day of `now_ms`; `None` without a quota.
#[must_use]
pub fn day_left(state: &RateState, plan: &Plan, now_ms: i64) -> Option<u32> {
    let made = if state.day == now_ms.div_euclid(DAY_MS) { state.day_calls } else { 0 };
    day_allowed(plan).map(|allowed| allowed.saturating_sub(made))
}

/// When the next call may be made: `now_ms` or later.
#[must_use]
pub fn next_at_ms(state: &RateState, plan: &Plan, bulk: bool, now_ms: i64) -> i64 {
    let window_ms = window_ms(plan);
    let free = |calls: &[i64], allowed: Option<usize>| {
        let Some(oldest) = allowed.and_then(|allowed| calls.len().checked_sub(allowed)) else { return now_ms };
        // A call that a set-back clock puts into the future holds nothing up for longer than a window.
        calls.get(oldest).map_or(now_ms, |at| (at + window_ms).clamp(now_ms, now_ms + window_ms))
    };
    let any = free(&state.calls, allowed(state, plan, false, now_ms));
    let bulk_free = if bulk { free(&state.bulk_calls, allowed(state, plan, true, now_ms)) } else { now_ms };
    let shut_until_ms = state.shut_until_ms.min(now_ms + DAY_REFUSED_WAIT_MS);
    let day = if day_left(state, plan, now_ms) == Some(0) { next_day_ms(now_ms) } else { now_ms };
    any.max(bulk_free).max(shut_until_ms).max(day)
}

/// How much of a window's allowance is free at `now_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// Calls that may be made now.
    pub calls: usize,
    /// Calls that a whole window allows.
    pub of: usize,
}

/// What is free for calls of that kind; `None` where nothing is limited.
#[must_use]
pub fn free(state: &RateState, plan: &Plan, bulk: bool, now_ms: i64) -> Option<Free> {
    let window_ms = window_ms(plan);
    let left = |calls: &[i64], allowed: Option<usize>| {
        let made = calls.iter().filter(|at| **at + window_ms > now_ms).count();
        allowed.map(|of| Free { calls: of.saturating_sub(made), of })
    };
    let any = left(&state.calls, allowed(state, plan, false, now_ms));
    let bulk = bulk.then(|| left(&state.bulk_calls, allowed(state, plan, true, now_ms))).flatten();
    // The scarcer of the two counts.
    any.into_iter().chain(bulk).min_by_key(|free| free.calls)
}

/// Notes a call made at `now_ms`, and forgets those of windows that are over.
pub fn note_call(state: &mut RateState, plan: &Plan, bulk: bool, now_ms: i64) {
    let of_window = now_ms - window_ms(plan) + 1..=now_ms + window_ms(plan);
    state.calls.retain(|at| of_window.contains(at));
    state.bulk_calls.retain(|at| of_window.contains(at));
    if allowed(state, plan, false, now_ms).is_some() {
        state.calls.push(now_ms);
    }
    if bulk && allowed(state, plan, true, now_ms).is_some() {
        state.bulk_calls.push(now_ms);
    }
    let day = now_ms.div_euclid(DAY_MS);
    if state.day != day {
        (state.day, state.day_calls) = (day, 0);
    }
    state.day_calls = state.day_calls.saturating_add(1);
}

/// Notes that a call noted at `noted_ms` ended at `ended_ms`: it arrived at some time between. It counts as if it had arrived
/// at its end, so that no window of the other side ever holds more than the plan, however unevenly calls travel.
pub fn note_end(state: &mut RateState, bulk: bool, noted_ms: i64, ended_ms: i64) {
    let shift = |calls: &mut Vec<i64>| {
        if let Some(place) = calls.iter().position(|at| *at == noted_ms) {
            calls.remove(place);
            let place = calls.partition_point(|at| *at <= ended_ms);
            calls.insert(place, ended_ms);
        }
    };
    if ended_ms <= noted_ms {
        return;
    }
    shift(&mut state.calls);
    if bulk {
        shift(&mut state.bulk_calls);
    }
}

/// Notes that a call was not refused for its limit.
pub fn note_accepted(state: &mut RateState) {
    state.refusals = 0;
}

/// After LeadSquared was away: for a while only half of the plan is used.
pub fn note_back(state: &mut RateState, now_ms: i64) {
    state.gentle_until_ms = now_ms + GENTLE_MS;
}

/// Takes a refusal in: nothing goes out for a while, longer with each refusal in a row, and a lower limit is remembered: the one
/// that was named, or, where that is no news, three quarters of what we used. Further refusals of calls that were under way
/// together teach nothing more.
pub fn note_refused(state: &mut RateState, plan: &Plan, named: Option<RateLimit>, now_ms: i64) {
    let together = now_ms < state.shut_until_ms;
    let named = named.filter(|named| named.seconds > 0 && named.calls > 0);
    if named.is_some_and(|named| i64::from(named.seconds) * 1000 >= DAY_MS) {
        let until_ms = next_day_ms(now_ms).min(now_ms + DAY_REFUSED_WAIT_MS);
        state.shut_until_ms = state.shut_until_ms.max(until_ms);
        return;
    }
    let ours = allowed(state, plan, false, now_ms).and_then(|calls| u32::try_from(calls).ok());
    let per_window = named.map(|named| {
        let calls = u64::from(named.calls) * u64::from(plan.window_s) / u64::from(named.seconds);
        u32::try_from(calls).unwrap_or(CALLS_PER_WINDOW_MAX).max(1)
    });
    let next = match (ours, per_window) {
        (Some(ours), Some(named)) if named < ours => Some(named),
        (None, Some(named)) => Some(named),
        (Some(ours), _) if !together => Some((ours - ours.div_ceil(4).min(ours - 1)).max(1)),
        (Some(_) | None, _) => None,
    };
    if let Some(next) = next {
        (state.learned_calls, state.learned_ms) = (Some(next), now_ms);
    }
    if !together {
        let wait_ms = REFUSED_WAIT_MS.saturating_mul(1_i64 << state.refusals.min(10)).min(REFUSED_WAIT_MAX_MS);
        state.shut_until_ms = now_ms + wait_ms;
        state.refusals = state.refusals.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
