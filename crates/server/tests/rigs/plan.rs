//! What a seed stands for: how big its world is and what may go wrong in it.

use crate::network::{Fate, Weather};
use connector_simulator::dice::Dice;
use connector_simulator::zoom::Mischief;

/// How a process that died is followed by the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heir {
    /// It knows itself to be alone, as with an embedded database.
    Alone,
    /// It waits until the leases of the dead have run out, as with several processes.
    OneOfMany,
}

/// What may go wrong with clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// Nothing.
    Right,
    /// The connector's jumps back and forth.
    Jumping,
}

/// A world's plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Tenants, 1 or 2.
    pub tenants: usize,
    /// The limit of each LeadSquared account in five seconds, which the connector knows.
    pub calls: Option<u32>,
    /// What Zoom does to its webhooks.
    pub mischief: Mischief,
    /// What happens to calls.
    pub weather: Weather,
    /// Of a thousand actions, so many are a crash.
    pub crashes_per_1000: u64,
    /// Of a hundred steps of a courier, so many meet a call that hangs.
    pub hangs_per_100: u64,
    /// The next process.
    pub heir: Heir,
    /// The connector's clock.
    pub clocks: Clocks,
    /// How long Zoom's access tokens last, in seconds.
    pub access_life_s: i64,
}

impl Plan {
    /// The plan of a seed.
    pub fn new(dice: &mut Dice) -> Self {
        let clocks = if dice.chance(20) { Clocks::Jumping } else { Clocks::Right };
        let often = |dice: &mut Dice, choices: [u64; 4]| choices[usize::try_from(dice.below(4)).unwrap_or(0)];
        let mischief = Mischief {
            doubled_per_100: often(dice, [0, 10, 30, 60]),
            late_per_100: often(dice, [0, 0, 5, 15]),
            unheard_per_100: often(dice, [0, 5, 10, 20]),
            shuffled: dice.chance(60),
            double_subscription: dice.chance(20),
            escaped_emoji: dice.chance(50),
            ..Mischief::default()
        };
        let fates = Fate::BAD.into_iter().filter(|_| dice.chance(50));
        // What takes effect late is found by a read that waits long enough; a clock that jumps does not wait.
        let fates: Vec<Fate> = fates.filter(|fate| *fate != Fate::Late || clocks == Clocks::Right).collect();
        let bad_per_100 = if fates.is_empty() { 0 } else { often(dice, [0, 10, 30, 60]) };
        Self {
            tenants: if dice.chance(30) { 2 } else { 1 },
            calls: if dice.chance(30) { Some(2 + u32::try_from(dice.below(6)).unwrap_or(0)) } else { None },
            mischief,
            weather: Weather { bad_per_100, fates, clock_is_right: clocks == Clocks::Right },
            crashes_per_1000: often(dice, [0, 10, 30, 60]),
            hangs_per_100: often(dice, [0, 0, 10, 25]),
            heir: if dice.chance(30) { Heir::OneOfMany } else { Heir::Alone },
            clocks,
            access_life_s: if dice.chance(30) { 700 } else { 3_600 },
        }
    }

    /// Whether none of our calls may be over the limit: after a crash it is not known which reads were made, a clock that
    /// jumps measures no window, and whether a paused tenant's keys work is asked outside of the limit.
    pub fn keeps_limit(&self) -> bool {
        self.calls.is_some()
            && self.crashes_per_1000 == 0
            && self.hangs_per_100 == 0
            && self.clocks == Clocks::Right
            && !self.weather.fates.iter().any(|fate| matches!(fate, Fate::Late | Fate::Unauthorized))
    }
}
