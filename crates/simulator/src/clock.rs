//! The pretend world's time: the machine's, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// When a fast clock and the machine's show the same time: the beginning of 2026, epoch milliseconds. Whoever talks to the
/// pretend world at such a speed counts from the same moment.
pub const FAST_FROM_MS: i64 = 1_767_225_600_000;

/// A clock. Cheap to clone; clones of a set clock move together.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    Machine,
    /// Met the machine's at [`FAST_FROM_MS`] and runs so many times as fast.
    Fast(u32),
    /// Stands still until it is moved; epoch milliseconds.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now_ms` until it is moved.
    #[must_use]
    pub fn set_at(now_ms: i64) -> Self {
        Self::Set(Arc::new(AtomicI64::new(now_ms)))
    }

    /// Epoch milliseconds, UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::Machine => machine_us() / 1000,
            Self::Fast(speed) => {
                FAST_FROM_MS + (machine_us() - FAST_FROM_MS * 1000).saturating_mul(i64::from(*speed)) / 1000
            }
            Self::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a set clock; the machine's cannot be moved.
    pub fn advance(&self, by_ms: i64) {
        if let Self::Set(now) = self {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the pretend world's one place that asks the machine for the time")]
fn machine_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
