//! Chance that can be repeated: the same seed makes the same ids, tokens and choices.

/// A generator (SplitMix64). Good enough for pretend ids; nothing here is a secret.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A generator for that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.number() % bound }
    }

    /// True in `per_100` of a hundred cases.
    pub fn chance(&mut self, per_100: u64) -> bool {
        self.below(100) < per_100
    }

    /// So many lower-case hex digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.number()));
        }
        text.truncate(digits);
        text
    }

    /// A lower-case GUID.
    pub fn guid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|digits| self.hex(digits)).join("-")
    }

    /// So many letters and digits.
    pub fn letters(&mut self, count: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letter = |dice: &mut Self| {
            let place = usize::try_from(dice.below(ALPHABET.len() as u64)).unwrap_or(0);
            char::from(ALPHABET.get(place).copied().unwrap_or(b'A'))
        };
        (0..count).map(|_| letter(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_things() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        assert_eq!(one.guid(), other.guid());
        assert_eq!(one.letters(22).len(), 22);
        assert_ne!(one.letters(8), one.letters(8));
        assert!((0..1000).all(|_| one.below(10) < 10));
    }
}
