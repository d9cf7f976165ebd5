//! How many calls a lane to Zoom makes in a second. Zoom counts per account and class over all apps together (zoom.md § 6), so
//! the pace stays below what the smallest plan with webinars allows, and leaves room for others.

use super::reply::{Wait, ZoomFault};
use serde::{Deserialize, Serialize};

/// How Zoom counts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 30 a second on the smallest plan with webinars.
    Light,
    /// 20.
    Medium,
    /// 10.
    Heavy,
}

impl Class {
    /// Calls of ours in a second: two thirds of the least that Zoom allows.
    #[must_use]
    pub fn per_second(self) -> u32 {
        match self {
            Self::Light => 20,
            Self::Medium => 13,
            Self::Heavy => 6,
        }
    }
}

const SECOND_MS: i64 = 1_000;

/// The calls of one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    second: i64,
    light: u32,
    medium: u32,
    heavy: u32,
}

impl Pace {
    fn count(&mut self, class: Class) -> &mut u32 {
        match class {
            Class::Light => &mut self.light,
            Class::Medium => &mut self.medium,
            Class::Heavy => &mut self.heavy,
        }
    }

    fn turn(&mut self, now_ms: i64) {
        let second = now_ms.div_euclid(SECOND_MS);
        if second != self.second {
            *self = Self { second, ..Self::default() };
        }
    }

    /// Calls of that class that may still be made in this second.
    #[must_use]
    pub fn free(mut self, class: Class, now_ms: i64) -> u32 {
        self.turn(now_ms);
        class.per_second().saturating_sub(*self.count(class))
    }

    /// Notes calls that are about to be made.
    pub fn note(&mut self, class: Class, calls: u32, now_ms: i64) {
        self.turn(now_ms);
        let count = self.count(class);
        *count = count.saturating_add(calls);
    }

    /// When the next second begins, epoch milliseconds.
    #[must_use]
    pub fn next_ms(now_ms: i64) -> i64 {
        (now_ms.div_euclid(SECOND_MS) + 1) * SECOND_MS
    }
}

/// Meetings and webinars that Zoom lets be made or changed for one host in a UTC day (zoom.md § 6).
pub const HOST_WRITES_PER_DAY: i64 = 100;

/// The code of a host's used-up day.
pub const HOST_DAY: &str = "zoom.host_day";

/// Whether Zoom says that the host's meetings of the day are used up.
#[must_use]
pub fn is_host_day(fault: &ZoomFault) -> bool {
    matches!(fault, ZoomFault::RateLimited { wait: Wait::NextDay, detail } if detail.contains("particular user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_calls_than_the_class_allows() {
        let mut pace = Pace::default();
        assert_eq!(pace.free(Class::Light, 5_100), 20);
        pace.note(Class::Light, 15, 5_100);
        pace.note(Class::Heavy, 1, 5_200);
        assert_eq!((pace.free(Class::Light, 5_999), pace.free(Class::Heavy, 5_999)), (5, 5));
        pace.note(Class::Light, 9, 5_999);
        assert_eq!((pace.free(Class::Light, 5_999), pace.free(Class::Light, 6_000)), (0, 20));
        assert_eq!(Pace::next_ms(5_999), 6_000);
    }
}
