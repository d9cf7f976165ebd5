//! The only place that asks the machine for the time. Everything else is given a [`Clock`] or a number.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// When a fast clock and the machine's show the same time: the beginning of 2026, epoch milliseconds.
pub const FAST_FROM_MS: i64 = 1_767_225_600_000;

/// The time, as the machine has it or as a test sets it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine { start: Instant, speed: u32 },
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn machine() -> Self {
        Self(Source::Machine { start: Instant::now(), speed: 1 })
    }

    /// A clock that met the machine's at [`FAST_FROM_MS`] and runs `speed` times as fast: for trying out in minutes what
    /// takes hours. Every process with the same speed has the same time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn machine_at_speed(speed: u32) -> Self {
        Self(Source::Machine { start: Instant::now(), speed: speed.max(1) })
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
            Source::Machine { speed, .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let now_us = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
                if *speed == 1 {
                    return now_us / 1000;
                }
                FAST_FROM_MS + (now_us - FAST_FROM_MS * 1000).saturating_mul(i64::from(*speed)) / 1000
            }
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds on a clock that never goes back, for measuring how long something took.
    #[must_use]
    pub fn monotonic_ms(&self) -> i64 {
        match &self.0 {
            Source::Machine { start, speed } => {
                let elapsed_us = i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX);
                elapsed_us.saturating_mul(i64::from(*speed)) / 1000
            }
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// How long so many milliseconds of this clock take in life.
    #[must_use]
    pub fn real_time(&self, ms: i64) -> Duration {
        let real = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        match &self.0 {
            Source::Machine { speed, .. } => real / *speed,
            Source::Set(_) => real,
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
