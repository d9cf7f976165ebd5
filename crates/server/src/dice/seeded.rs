//! Chance that a rig can repeat: a thread that was given a seed rolls the same numbers and counts the same ids every time.
//! Only with the feature `failpoints`.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    static COUNT: Cell<u16> = const { Cell::new(0) };
}

/// From now on this thread's chance follows from `seed`; `None` gives it back to the operating system.
pub fn set(seed: Option<u64>) {
    STATE.set(seed);
    COUNT.set(0);
}

/// Fills the bytes if this thread has a seed.
pub(super) fn fill(bytes: &mut [u8]) -> bool {
    if STATE.get().is_none() {
        return false;
    }
    for piece in bytes.chunks_mut(8) {
        for (slot, byte) in piece.iter_mut().zip(number().to_be_bytes()) {
            *slot = byte;
        }
    }
    true
}

/// How many ids this thread made since it was given its seed; none without one.
pub(super) fn count() -> Option<u16> {
    STATE.get()?;
    let count = COUNT.get();
    COUNT.set(count.wrapping_add(1));
    Some(count)
}

/// SplitMix64.
fn number() -> u64 {
    let state = STATE.get().unwrap_or(0).wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(Some(state));
    let mut mixed = state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
