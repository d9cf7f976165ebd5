//! Zoom's limits: 100 creates and updates a day for each host, 3 additions and 10 changes a day for each registrant,
//! and calls a second for each account where a test asks for it.

use std::collections::HashMap;

/// Creates and updates of meetings and webinars for one host and UTC day.
const HOST_WRITES_PER_DAY: u32 = 100;
/// Additions of one e-mail address and UTC day, over all events.
const ADDITIONS_PER_DAY: u32 = 3;
/// Status changes of one registrant and UTC day.
const STATUS_CHANGES_PER_DAY: u32 = 10;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Zoom's label of how heavy a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Light,
    Medium,
    Heavy,
}

impl Class {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Medium => "Medium",
            Self::Heavy => "Heavy",
        }
    }
}

/// Calls a second for one account.
#[derive(Debug, Clone, Copy)]
pub struct CallsPerSecond {
    /// Of light calls.
    pub light: u32,
    /// Of medium calls.
    pub medium: u32,
    /// Of heavy calls.
    pub heavy: u32,
}

impl CallsPerSecond {
    pub(super) fn of(self, class: Class) -> u32 {
        match class {
            Class::Light => self.light,
            Class::Medium => self.medium,
            Class::Heavy => self.heavy,
        }
    }
}

/// Which limit of calls is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsedUp {
    /// So many calls a second.
    Second(u32),
    /// So many calls a day; the next begins then, epoch milliseconds.
    Day(u32, i64),
}

/// What has been used up.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) per_second: Option<CallsPerSecond>,
    /// Of each class and account.
    pub(super) per_day: Option<u32>,
    day: i64,
    host_writes: HashMap<String, u32>,
    additions: HashMap<String, u32>,
    status_changes: HashMap<String, u32>,
    calls_today: HashMap<(String, Class), u32>,
    second: i64,
    calls: HashMap<(String, Class), u32>,
}

impl Limits {
    /// A new UTC day starts from nothing.
    fn turn(&mut self, now_ms: i64) {
        let day = now_ms.div_euclid(DAY_MS);
        if day != self.day {
            self.day = day;
            self.host_writes.clear();
            self.additions.clear();
            self.status_changes.clear();
            self.calls_today.clear();
        }
    }

    /// Counts a create or update; false when the host has had all of the day's.
    pub(super) fn host_writes(&mut self, host: &str, now_ms: i64) -> bool {
        self.turn(now_ms);
        counted(&mut self.host_writes, host.to_owned(), HOST_WRITES_PER_DAY)
    }

    /// Counts an addition; false when the address has had all of the day's.
    pub(super) fn adds(&mut self, email: &str, now_ms: i64) -> bool {
        self.turn(now_ms);
        counted(&mut self.additions, email.to_lowercase(), ADDITIONS_PER_DAY)
    }

    /// Counts a status change; false when the registrant has had all of the day's.
    pub(super) fn changes(&mut self, registrant: &str, now_ms: i64) -> bool {
        self.turn(now_ms);
        counted(&mut self.status_changes, registrant.to_owned(), STATUS_CHANGES_PER_DAY)
    }

    /// Counts a call; the limit when the account has had all of this second's or this day's.
    pub(super) fn calls(&mut self, account: &str, class: Class, now_ms: i64) -> Result<(), UsedUp> {
        self.turn(now_ms);
        if let Some(limit) = self.per_day
            && !counted(&mut self.calls_today, (account.to_owned(), class), limit)
        {
            return Err(UsedUp::Day(limit, (self.day + 1) * DAY_MS));
        }
        let Some(limit) = self.per_second.map(|limits| limits.of(class)) else { return Ok(()) };
        let second = now_ms.div_euclid(1000);
        if second != self.second {
            self.second = second;
            self.calls.clear();
        }
        if counted(&mut self.calls, (account.to_owned(), class), limit) { Ok(()) } else { Err(UsedUp::Second(limit)) }
    }
}

fn counted<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: K, limit: u32) -> bool {
    let count = counts.entry(key).or_default();
    if *count >= limit {
        return false;
    }
    *count += 1;
    true
}
