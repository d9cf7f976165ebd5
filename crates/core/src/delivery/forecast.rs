//! When everything that waits in a tenant's lane to LeadSquared will be delivered, by the plan and what was learned of it. An
//! estimate for people: it knows nothing of what is still to come, of other users of the account, or of calls that fail.

use super::limiter::{self, DAY_MS, RateState};
use crate::settings::{CaptureBehaviour, Plan};

/// Without a limit, a round of calls side by side takes about so long, in milliseconds.
pub const ROUND_MS: i64 = 300;
/// Looked so many days ahead; what takes longer is said to be complete then.
pub const DAYS_MAX: i64 = 3_660;

/// Deliveries that wait, by their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Leads to write or to find.
    pub leads: u64,
    /// Activities to post.
    pub activities: u64,
    /// Tasks to create and stored activities to correct.
    pub tasks: u64,
}

impl Waiting {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.leads + self.activities + self.tasks
    }
}

/// When the lane will be empty, epoch milliseconds; `None` when nothing waits.
#[must_use]
pub fn complete_at_ms(
    waiting: Waiting,
    plan: &Plan,
    capture: CaptureBehaviour,
    state: &RateState,
    now_ms: i64,
) -> Option<i64> {
    if waiting.all() == 0 {
        return None;
    }
    let in_calls = |rows: u64, most: usize| rows.div_ceil(u64::try_from(most.max(1)).unwrap_or(1));
    let leads_per_call = if capture == CaptureBehaviour::Overwrite { plan.leads_per_call } else { 1 };
    let leads = in_calls(waiting.leads, leads_per_call);
    let bulk = in_calls(waiting.activities, plan.activities_per_call) + if leads_per_call > 1 { leads } else { 0 };
    let all = in_calls(waiting.activities, plan.activities_per_call) + leads + waiting.tasks;
    let mut left = (all, bulk);
    let mut at_ms = limiter::next_at_ms(state, plan, false, now_ms);
    for _ in 0..DAYS_MAX {
        let until_midnight_ms = limiter::next_day_ms(at_ms) - at_ms;
        let today = limiter::day_left(state, plan, at_ms).map_or(u64::MAX, u64::from);
        let needed_ms = duration_ms(left, plan, state, at_ms);
        if left.0 <= today && (needed_ms <= until_midnight_ms || plan.calls_per_day.is_none()) {
            return Some(at_ms + needed_ms);
        }
        let done = today
            .min(left.0 * u64::try_from(until_midnight_ms).unwrap_or(0) / u64::try_from(needed_ms.max(1)).unwrap_or(1));
        left = (left.0 - done.min(left.0), left.1.saturating_sub(done * left.1 / left.0.max(1)));
        if left.0 == 0 {
            return Some(at_ms + until_midnight_ms);
        }
        at_ms = limiter::next_day_ms(at_ms);
    }
    Some(now_ms + DAYS_MAX * DAY_MS)
}

/// How long so many calls take, bulk calls among them, when they begin with an unused window.
fn duration_ms((all, bulk): (u64, u64), plan: &Plan, state: &RateState, now_ms: i64) -> i64 {
    let windows = |calls: u64, in_bulk: bool| {
        let of = limiter::free(state, plan, in_bulk, now_ms).map(|free| u64::try_from(free.of.max(1)).unwrap_or(1));
        of.map_or(0, |of| calls.div_ceil(of).saturating_sub(1))
    };
    let windows = windows(all, false).max(windows(bulk, true));
    let rounds = all.div_ceil(u64::try_from(plan.calls_at_once.max(1)).unwrap_or(1));
    let by_limit = i64::try_from(windows).unwrap_or(i64::MAX).saturating_mul(i64::from(plan.window_s) * 1000);
    let by_rounds = i64::try_from(rounds).unwrap_or(i64::MAX).saturating_mul(ROUND_MS);
    by_limit.max(by_rounds).min(DAYS_MAX * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-10-04 12:00 UTC.
    const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;
    const SECOND_MS: i64 = 1_000;

    fn waiting(leads: u64, activities: u64, tasks: u64) -> Waiting {
        Waiting { leads, activities, tasks }
    }

    #[track_caller]
    fn check(waiting: Waiting, plan: &Plan, expected_ms: Option<i64>) {
        let at_ms = complete_at_ms(waiting, plan, CaptureBehaviour::Overwrite, &RateState::default(), NOON);
        assert_eq!(at_ms.map(|at| at - NOON), expected_ms);
    }

    fn plan(calls: u32, bulk: u32) -> Plan {
        Plan { calls: Some(calls), bulk_calls: Some(bulk), calls_at_once: 25, ..Plan::default() }
    }

    #[test]
    fn full_bulk_calls_and_single_tasks_are_counted_in_windows() {
        check(waiting(0, 0, 0), &plan(10, 5), None);
        check(waiting(1, 0, 0), &plan(10, 5), Some(ROUND_MS));
        // 10,000 leads and 30,000 activities: 1,600 calls, 25 in 5 seconds.
        check(waiting(10_000, 30_000, 0), &plan(25, 25), Some(63 * 5 * SECOND_MS));
        // The same with 5 bulk calls in 5 seconds.
        check(waiting(10_000, 30_000, 0), &plan(10, 5), Some(319 * 5 * SECOND_MS));
        // Tasks go singly.
        check(waiting(0, 0, 100), &plan(10, 5), Some(9 * 5 * SECOND_MS));
    }

    #[test]
    fn without_a_limit_rounds_of_calls_take_their_time() {
        let plan = Plan { calls: None, bulk_calls: None, ..Plan::default() };
        check(waiting(0, 25 * 100, 0), &plan, Some(10 * ROUND_MS));
    }

    #[test]
    fn a_days_quota_goes_on_the_next_day() {
        let per_day = |calls| Plan { calls_per_day: Some(calls), ..plan(10, 5) };
        check(waiting(0, 0, 95), &per_day(100), Some(9 * 5 * SECOND_MS));
        // 95 today, 5 tomorrow.
        check(waiting(0, 0, 100), &per_day(100), Some(DAY_MS / 2 + ROUND_MS));
        // 95 today, 95 on each of nine days, 50 on the last.
        check(waiting(0, 0, 1_000), &per_day(100), Some(DAY_MS / 2 + 9 * DAY_MS + 4 * 5 * SECOND_MS));
    }

    #[test]
    fn what_was_used_and_learned_counts() {
        let plan = Plan { calls_per_day: Some(100), ..plan(10, 5) };
        let state = RateState { day: NOON.div_euclid(DAY_MS), day_calls: 95, ..RateState::default() };
        let at = |state: &RateState, plan: &Plan, waiting| {
            complete_at_ms(waiting, plan, CaptureBehaviour::Overwrite, state, NOON).unwrap() - NOON
        };
        assert_eq!(at(&state, &plan, waiting(0, 0, 1)), DAY_MS / 2 + ROUND_MS);
        let learned = RateState { learned_calls: Some(5), learned_ms: NOON, ..RateState::default() };
        assert_eq!(at(&learned, &plan, waiting(0, 0, 50)), 9 * 5 * SECOND_MS);
        let shut = RateState { shut_until_ms: NOON + 4_000, ..RateState::default() };
        assert_eq!(at(&shut, &plan, waiting(0, 0, 1)), 4_000 + ROUND_MS);
    }

    #[test]
    fn leads_that_must_go_singly_take_longer() {
        let state = RateState::default();
        let at_ms =
            complete_at_ms(waiting(100, 0, 0), &plan(10, 5), CaptureBehaviour::UpdateOnlyEmptyFields, &state, NOON);
        assert_eq!(at_ms, Some(NOON + 9 * 5 * SECOND_MS));
    }
}
