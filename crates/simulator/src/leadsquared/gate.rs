//! The account's call limit over a sliding window, bulk calls apart, and what was counted.

use super::operation::{Route, Weight};
use super::refusal::Refusal;
use super::{Counters, Limit, Throttle};
use std::collections::VecDeque;

/// Whom a planned throttle quotes when the account has no limit: calls and seconds.
const QUOTED: (u32, u32) = (25, 5);

/// Lets calls through or refuses them.
#[derive(Debug)]
pub(super) struct Gate {
    limit: Option<Limit>,
    style: Throttle,
    /// When calls were let through, epoch milliseconds, oldest first.
    single: VecDeque<i64>,
    bulk: VecDeque<i64>,
    counters: Counters,
}

impl Gate {
    pub fn new(limit: Option<Limit>, style: Throttle) -> Self {
        Self { limit, style, single: VecDeque::new(), bulk: VecDeque::new(), counters: Counters::default() }
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn set_limit(&mut self, limit: Option<Limit>) {
        self.limit = limit;
        self.single.clear();
        self.bulk.clear();
    }

    /// Counts a call, and lets it through if the window has room. A refused call does not fill the window.
    pub fn pass(&mut self, route: &Route, now_ms: i64) -> Result<(), Refusal> {
        self.counters.calls += 1;
        match self.counters.by_operation.get_mut(route.name) {
            Some(count) => *count += 1,
            None => {
                self.counters.by_operation.insert(route.name.to_owned(), 1);
            }
        }
        let Some(limit) = self.limit else { return Ok(()) };
        let (calls, taken) = match (route.weight, limit.bulk_calls) {
            (Weight::Bulk, Some(calls)) => (calls, &mut self.bulk),
            (Weight::Bulk, None) | (Weight::Single, _) => (limit.calls, &mut self.single),
        };
        let begin_ms = now_ms - i64::from(limit.window_s) * 1000;
        while taken.front().is_some_and(|at_ms| *at_ms <= begin_ms) {
            taken.pop_front();
        }
        if taken.len() < usize::try_from(calls).unwrap_or(usize::MAX) {
            taken.push_back(now_ms);
            return Ok(());
        }
        self.counters.throttled += 1;
        Err(Refusal::throttled(self.style, (calls, limit.window_s)))
    }

    /// The refusal that a planned throttle gives; counted like a real one.
    pub fn refuse(&mut self, weight: Weight) -> Refusal {
        self.counters.throttled += 1;
        let quoted = self.limit.map_or(QUOTED, |limit| match (weight, limit.bulk_calls) {
            (Weight::Bulk, Some(calls)) => (calls, limit.window_s),
            (Weight::Bulk, None) | (Weight::Single, _) => (limit.calls, limit.window_s),
        });
        Refusal::throttled(self.style, quoted)
    }
}
