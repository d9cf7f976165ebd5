//! The only place that asks the machine for chance: keys, tokens, ids, jitter.

use data_encoding::{BASE32HEX_NOPAD, BASE64URL_NOPAD};
use std::sync::atomic::{AtomicU16, Ordering};

/// Chance that a rig can repeat.
#[cfg(feature = "failpoints")]
pub mod seeded;

static IDS_MADE: AtomicU16 = AtomicU16::new(0);

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness; nothing safe can be done then.
#[must_use]
#[expect(clippy::expect_used, reason = "without randomness no key, token or nonce may be made")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(feature = "failpoints")]
    if seeded::fill(&mut bytes) {
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A number for jitter.
#[must_use]
pub fn number() -> u32 {
    u32::from_be_bytes(bytes())
}

/// A token of 256 random bits: 43 characters of `A-Z a-z 0-9 - _`.
#[must_use]
pub fn token() -> String {
    BASE64URL_NOPAD.encode(&bytes::<32>())
}

/// An id that sorts by the time it was made at, and within a process by the order of making: 26 lower-case letters and
/// digits (48 bits of milliseconds, 16 of a counter, 64 of chance).
#[must_use]
pub fn id(now_ms: i64) -> String {
    #[cfg(not(feature = "failpoints"))]
    let count = IDS_MADE.fetch_add(1, Ordering::Relaxed);
    #[cfg(feature = "failpoints")]
    let count = seeded::count().unwrap_or_else(|| IDS_MADE.fetch_add(1, Ordering::Relaxed));
    let mut raw = [0_u8; 16];
    let ms = now_ms.to_be_bytes();
    let parts = ms.into_iter().skip(2).chain(count.to_be_bytes()).chain(bytes::<8>());
    for (slot, byte) in raw.iter_mut().zip(parts) {
        *slot = byte;
    }
    BASE32HEX_NOPAD.encode(&raw).to_lowercase()
}

/// The smallest id that can be made at `now_ms`: the bound of "since then".
#[must_use]
pub fn id_floor(now_ms: i64) -> String {
    let mut raw = [0_u8; 16];
    for (slot, byte) in raw.iter_mut().zip(now_ms.to_be_bytes().into_iter().skip(2)) {
        *slot = byte;
    }
    BASE32HEX_NOPAD.encode(&raw).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made_at() {
        assert!(id(1_000) < id(1_001));
        assert!(id_floor(1_000) <= id(1_000));
        assert!(id(999) < id_floor(1_000));
        assert_eq!(id(1_000).len(), 26);
    }
}
