//! What may be chosen about a meeting beside its title and time.

use crate::ids::Email;
use crate::recurrence::Repeat;
use serde::{Deserialize, Serialize};

/// Everything that may be left as the Zoom account has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MeetingOptions {
    /// Zoom users who may host as well.
    pub alternative_hosts: Vec<Email>,
    /// Waiting room.
    pub waiting_room: WaitingRoom,
    /// Whether people register.
    pub sign_up: SignUp,
    /// At most 10 of letters, digits, `@ - _ *`; none lets Zoom make one by the account's policy.
    pub passcode: Option<String>,
    /// The series, where it is one.
    pub repeat: Option<Repeat>,
}

/// Whether people wait until the host lets them in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingRoom {
    /// As the Zoom account has it.
    #[default]
    #[serde(alias = "")]
    Account,
    /// They wait.
    On,
    /// They come straight in.
    Off,
}

/// Whether people register before they join.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// No registration.
    #[default]
    #[serde(alias = "")]
    Off,
    /// Everybody who registers is let in.
    Automatic,
    /// The host approves each.
    Manual,
}

impl SignUp {
    /// Zoom's `approval_type`.
    #[must_use]
    pub fn approval_type(self) -> i64 {
        match self {
            Self::Automatic => 0,
            Self::Manual => 1,
            Self::Off => 2,
        }
    }
}
