//! When to try again. Full jitter, so that a recovery is not a stampede; time and chance are arguments.

/// The first retry comes within this.
pub const RETRY_FIRST_MS: i64 = 5_000;
/// No retry waits longer than this.
pub const RETRY_MAX_MS: i64 = 15 * 60 * 1000;
/// Undelivered work is kept this long, then parked, never dropped.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How long a call may take; also the attempt's deadline.
pub const CALL_DEADLINE_MS: i64 = 15_000;
/// Reads after an attempt's deadline: the first two may only prove presence, the last decides (design § 7).
pub const VERIFY_AFTER_MS: [i64; 3] = [10_000, 60_000, 150_000];
/// A tenant whose keys were refused, or whose set-up is wrong, is probed this often.
pub const PROBE_MS: i64 = 5 * 60 * 1000;
/// A dice: a number from 0 to `u32::MAX`, all alike.
pub type Dice = u32;

/// The delay before try number `tries + 1`: anything from 1 ms to the doubled ceiling.
#[must_use]
pub fn retry_delay_ms(tries: u32, dice: Dice) -> i64 {
    let ceiling = RETRY_FIRST_MS.saturating_mul(1_i64 << tries.min(20)).min(RETRY_MAX_MS);
    (ceiling * i64::from(dice) / i64::from(u32::MAX)).max(1)
}

/// When read number `reads` (from 0) of an unknown attempt is due; `None` after the deciding one.
#[must_use]
pub fn verify_at_ms(deadline_ms: i64, reads: usize) -> Option<i64> {
    VERIFY_AFTER_MS.get(reads).map(|after| deadline_ms + after)
}

/// Whether a read of that number may decide that nothing was applied.
#[must_use]
pub fn decides(reads: usize) -> bool {
    reads + 1 >= VERIFY_AFTER_MS.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_spread_over_a_growing_span_up_to_a_quarter_of_an_hour() {
        assert_eq!(retry_delay_ms(0, u32::MAX), 5_000);
        assert_eq!(retry_delay_ms(1, u32::MAX), 10_000);
        assert_eq!(retry_delay_ms(0, u32::MAX / 2), 2_499);
        assert_eq!(retry_delay_ms(9, u32::MAX), RETRY_MAX_MS);
        assert_eq!(retry_delay_ms(u32::MAX, u32::MAX), RETRY_MAX_MS);
        assert_eq!(retry_delay_ms(3, 0), 1);
    }

    #[test]
    fn only_the_last_read_decides() {
        assert_eq!(verify_at_ms(1_000, 0), Some(11_000));
        assert_eq!(verify_at_ms(1_000, 2), Some(151_000));
        assert_eq!(verify_at_ms(1_000, 3), None);
        assert_eq!([decides(0), decides(1), decides(2), decides(3)], [false, false, true, true]);
    }
}
