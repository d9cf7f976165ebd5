//! The only place that asks the machine for the time. Everything else is given a [`Clock`] or a number.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time, as the machine has it or as a test sets it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine { start: Instant },
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn machine() -> Self {
        Self(Source::Machine { start: Instant::now() })
    }

    /// A clock that stands at `now_ms` until it is moved.
    #[must_use]
    pub fn set_at(now_ms: i64) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(now_ms))))
    }

    /// Milliseconds since the epoch, UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::Machine { .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds on a clock that never goes back, for measuring how long something took.
    #[must_use]
    pub fn monotonic_ms(&self) -> i64 {
        match &self.0 {
            Source::Machine { start } => i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX),
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a set clock forward; the machine's clock cannot be moved.
    pub fn advance(&self, by_ms: i64) {
        if let Source::Set(now) = &self.0 {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

/// Waits for real.
pub async fn sleep_ms(ms: i64) {
    tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))).await;
}
