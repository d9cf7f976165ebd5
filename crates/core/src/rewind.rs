//! Whether a database went back in time: restored from a backup, or failed over to a copy that lagged behind. What was
//! sent after the moment it went back to is not known to it, so it must look before it sends (design § 4.12).

use crate::delivery::schedule;
use serde::{Deserialize, Serialize};

/// A service that beat for the last time so long ago may wake up over a restored copy of itself, in milliseconds.
pub const LONG_AWAY_MS: i64 = 10 * 60 * 1000;
/// For so long everything is looked for before it is sent, in milliseconds: Zoom repeats what it told for 85 minutes, and
/// people replay what they miss within a day or two.
pub const VERIFY_FIRST_MS: i64 = 48 * 60 * 60 * 1000;

/// So long after the database went back, a call that it forgot may still take effect, in milliseconds: a call and the time after
/// which a read decides.
pub const FORGOTTEN_MS: i64 = schedule::CALL_DEADLINE_MS + schedule::VERIFY_AFTER_MS[2];

/// From when what is planned at `now_ms` may be looked for and then sent, where everything is verified first until
/// `verify_first_until_ms` (both epoch milliseconds); `None` where it need not be looked for.
#[must_use]
pub fn look_first_ms(verify_first_until_ms: i64, now_ms: i64) -> Option<i64> {
    let began_ms = verify_first_until_ms.saturating_sub(VERIFY_FIRST_MS);
    (verify_first_until_ms > now_ms).then_some(began_ms.saturating_add(FORGOTTEN_MS))
}

/// So long after something happened Zoom may tell of it for the first time, in milliseconds: it repeats what it told in vain for 85
/// minutes.
pub const TOLD_LATE_MS: i64 = 2 * 60 * 60 * 1000;

/// How far a database is, as it says itself or as a process remembers beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Names the database; made when the database was made.
    pub database: String,
    /// Counts up while a service runs.
    pub count: i64,
    /// When it was last counted, epoch milliseconds.
    pub at_ms: i64,
}

/// Why a database is taken to have gone back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewound {
    /// It is a backup that was restored.
    Restored {
        /// Milliseconds since the backup was made.
        ms: i64,
    },
    /// It counted less far than this process remembers.
    Behind {
        /// By so many beats.
        beats: i64,
    },
    /// Nobody served it for a long time: it may be a copy that others went on from.
    LongAway {
        /// Milliseconds since the last beat.
        ms: i64,
    },
}

/// Judges a database at a start, at `now_ms`, which says itself if it is a backup, and of when. `remembered` is what this process
/// noted beside it; another database than the remembered one is simply another one.
#[must_use]
pub fn judge((found, copied_ms): (&Beat, Option<i64>), remembered: Option<&Beat>, now_ms: i64) -> Option<Rewound> {
    if let Some(copied_ms) = copied_ms {
        return Some(Rewound::Restored { ms: now_ms.saturating_sub(copied_ms) });
    }
    if let Some(remembered) = remembered.filter(|remembered| remembered.database == found.database) {
        let beats = remembered.count - found.count;
        if beats > 0 {
            return Some(Rewound::Behind { beats });
        }
    }
    let ms = now_ms.saturating_sub(found.at_ms);
    (found.count > 0 && ms > LONG_AWAY_MS).then_some(Rewound::LongAway { ms })
}

impl Rewound {
    /// From when on Zoom may have told what the database does not know any more, if its last beat was at `beat_ms`, epoch
    /// milliseconds; none when it is only not known whether it forgot anything.
    #[must_use]
    pub fn forgot_since_ms(self, beat_ms: i64, now_ms: i64) -> Option<i64> {
        match self {
            Self::Restored { ms } => Some(now_ms.saturating_sub(ms)),
            Self::Behind { .. } => Some(beat_ms),
            Self::LongAway { .. } => None,
        }
    }
}

impl std::fmt::Display for Rewound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Restored { ms } => write!(f, "the database is a backup that was made {} minutes ago", ms / 60_000),
            Self::Behind { beats } => write!(f, "the database is {beats} beats behind what was served before"),
            Self::LongAway { ms } => write!(f, "nobody served the database for {} minutes", ms / 60_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100_000_000;

    fn beat(database: &str, count: i64, at_ms: i64) -> Beat {
        Beat { database: database.to_owned(), count, at_ms }
    }

    #[track_caller]
    fn check(found: &Beat, remembered: Option<&Beat>, expected: Option<Rewound>) {
        assert_eq!(judge((found, None), remembered, NOW), expected);
    }

    #[test]
    fn a_backup_says_so_itself_wherever_it_is_served() {
        let (copied_ms, expected) = (NOW - 60_000, Some(Rewound::Restored { ms: 60_000 }));
        for remembered in [None, Some(&beat("a", 9, NOW)), Some(&beat("b", 1, NOW))] {
            assert_eq!(judge((&beat("a", 7, NOW - 65_000), Some(copied_ms)), remembered, NOW), expected);
        }
    }

    #[test]
    fn what_was_forgotten_begins_with_the_backup_or_the_last_beat() {
        assert_eq!(Rewound::Restored { ms: 60_000 }.forgot_since_ms(NOW - 65_000, NOW), Some(NOW - 60_000));
        assert_eq!(Rewound::Behind { beats: 2 }.forgot_since_ms(NOW - 65_000, NOW), Some(NOW - 65_000));
        assert_eq!(Rewound::LongAway { ms: 700_000 }.forgot_since_ms(NOW - 700_000, NOW), None);
    }

    #[test]
    fn nothing_is_decided_while_a_forgotten_call_may_still_take_effect() {
        assert_eq!(look_first_ms(NOW, NOW), None);
        assert_eq!(look_first_ms(NOW + VERIFY_FIRST_MS, NOW), Some(NOW + 165_000));
        assert_eq!(look_first_ms(NOW + 1, NOW), Some(NOW + 1 - VERIFY_FIRST_MS + 165_000));
    }

    #[test]
    fn a_database_that_is_behind_or_was_long_away_is_noticed() {
        let (ago, long_ago) = (NOW - 60_000, NOW - LONG_AWAY_MS - 1);
        check(&beat("a", 7, ago), None, None);
        check(&beat("a", 7, ago), Some(&beat("a", 7, ago)), None);
        check(&beat("a", 9, ago), Some(&beat("a", 7, ago)), None);
        check(&beat("a", 7, ago), Some(&beat("a", 9, ago)), Some(Rewound::Behind { beats: 2 }));
        check(&beat("b", 7, ago), Some(&beat("a", 9, ago)), None);
        check(&beat("a", 7, long_ago), Some(&beat("a", 7, long_ago)), Some(Rewound::LongAway { ms: LONG_AWAY_MS + 1 }));
        check(&beat("a", 0, 0), None, None);
    }
}
