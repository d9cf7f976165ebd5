//! How many were in a run at one time.

use super::people::{Guest, Role, union};
use super::{Entry, Stage};
use serde::{Deserialize, Serialize};

/// Steps of equal length into which a run is divided.
pub const STEPS: usize = 120;

/// How many were there at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The beginning, epoch milliseconds.
    pub from_ms: i64,
    /// The end, or up to when it was counted; epoch milliseconds.
    pub to_ms: i64,
    /// Of each of [`STEPS`] steps the most who were there.
    pub steps: Vec<i64>,
}

/// The stays of everybody in a run, taken person by person.
#[derive(Debug, Default)]
pub struct Stays {
    /// From and to, epoch milliseconds; `i64::MAX` while somebody is there.
    stretches: Vec<(i64, i64)>,
    left_ms: Option<i64>,
}

impl Stays {
    /// Adds somebody; the webinar's own people are not counted.
    pub fn add(&mut self, guest: &Guest) {
        self.left_ms = self.left_ms.max(guest.stays.iter().filter_map(|(_, to)| *to).max());
        if guest.role != Role::Staff {
            self.stretches.extend(union(&guest.stays, i64::MAX));
        }
    }

    /// What that comes to for an entry at `now_ms`; none for what was not held. A run of which nobody told the end lasts until now while
    /// it is under way, and until the last one left afterwards.
    #[must_use]
    pub fn presence(self, entry: &Entry, now_ms: i64) -> Option<Presence> {
        match entry.stage {
            Stage::Planned | Stage::Cancelled => return None,
            Stage::Run | Stage::Rehearsal => {}
        }
        let left_ms = self.left_ms.filter(|_| !entry.is_under_way(now_ms));
        let (from_ms, to_ms) = (entry.starts_ms, entry.ended_ms.or(left_ms).unwrap_or(now_ms));
        (to_ms > from_ms).then(|| Presence { from_ms, to_ms, steps: steps(&self.stretches, (from_ms, to_ms)) })
    }
}

fn steps(stretches: &[(i64, i64)], (from_ms, to_ms): (i64, i64)) -> Vec<i64> {
    let length = (to_ms - from_ms).max(1);
    let whole = i64::try_from(STEPS).unwrap_or(1);
    let within =
        stretches.iter().map(|(from, to)| (*from.max(&from_ms), *to.min(&to_ms))).filter(|(from, to)| from < to);
    let mut changes: Vec<(i64, i64)> = within.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    // Who leaves and who comes in the same moment were not there together.
    changes.sort_unstable();
    let mut most = vec![0; STEPS];
    let (mut there, mut next) = (0, changes.iter().peekable());
    for (place, slot) in (0_i64..).zip(most.iter_mut()) {
        let (begin, end) = (from_ms + length * place / whole, from_ms + length * (place + 1) / whole);
        while let Some((_, change)) = next.next_if(|(at, _)| *at <= begin) {
            there += change;
        }
        *slot = there;
        while let Some((_, change)) = next.next_if(|(at, _)| *at < end) {
            there += change;
            *slot = (*slot).max(there);
        }
    }
    most
}
