//! When a grant's tokens are refreshed (zoom.md § 1.4).

/// A refresh is due so long before the access token ends, in milliseconds.
pub const BEFORE_EXPIRY_MS: i64 = 10 * 60 * 1000;
/// A refresh is due at least so often, in milliseconds: a refresh token that nobody uses lapses.
pub const AT_LEAST_EVERY_MS: i64 = 20 * 60 * 60 * 1000;

/// When the pair that was given at `refreshed_ms` and ends at `expires_ms` is to be refreshed, epoch milliseconds.
#[must_use]
pub fn refresh_at_ms(expires_ms: i64, refreshed_ms: i64) -> i64 {
    (expires_ms - BEFORE_EXPIRY_MS).min(refreshed_ms + AT_LEAST_EVERY_MS)
}

/// Whether an access token can still be used for a call that begins now.
#[must_use]
pub fn is_usable(expires_ms: i64, now_ms: i64) -> bool {
    now_ms + 60_000 < expires_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_refreshed_before_it_ends_and_at_least_daily() {
        assert_eq!(refresh_at_ms(3_600_000, 0), 3_000_000);
        assert_eq!(refresh_at_ms(i64::MAX, 0), AT_LEAST_EVERY_MS);
        assert!(is_usable(100_000, 39_999));
        assert!(!is_usable(100_000, 40_000));
    }
}
