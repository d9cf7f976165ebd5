//! A delivery's life: its states, which deliveries share a call (`batch`), how fast calls may follow each other (`limiter`),
//! when a lane rests because nobody answers (`breaker`), what follows from an outcome (`verdict`), when to try again
//! (`schedule`), what a lane remembers of all that (`lane`), and when everything will be delivered (`forecast`).

pub mod batch;
pub mod breaker;
pub mod forecast;
pub mod lane;
pub mod limiter;
pub mod schedule;
pub mod verdict;

/// Where a delivery stands (design § 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nobody knows yet who it is about.
    Waiting,
    /// May go out when its time has come.
    Ready,
    /// Part of a call whose attempt is committed; the answer is not in.
    Sending,
    /// The answer was lost: settled by reading, not by resending.
    Unknown,
    /// Done, with an id or a proof.
    Delivered,
    /// Left out on purpose.
    Suppressed,
    /// Waits for a person.
    Parked,
}

impl State {
    /// All states, in the order of life.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Ready, Self::Sending, Self::Unknown, Self::Delivered, Self::Suppressed, Self::Parked];

    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Suppressed => "suppressed",
            Self::Parked => "parked",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it is over, unless a person replays it.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::Suppressed | Self::Parked => true,
            Self::Waiting | Self::Ready | Self::Sending | Self::Unknown => false,
        }
    }
}
