//! The test webinar of a migration: what was wanted, what Zoom made of it, and whether it is to go again. The test meeting needs
//! nothing of its own: it is scheduled as a sales user schedules one.

use super::scheduling::CreatedMeeting;
use crate::ids::Email;
use serde::{Deserialize, Serialize};

/// A test webinar that is wanted, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryWebinar {
    /// Names the wish: told twice it is one webinar.
    pub operation: String,
    /// The title; holds the letters of the test.
    pub topic: String,
    /// Start, epoch milliseconds.
    pub start_ms: i64,
    /// Minutes.
    pub duration_min: i64,
    /// The test lead that is registered.
    pub guest: Email,
    /// First and last name of the test lead, so that nobody takes it for a person.
    pub guest_name: (String, String),
}

/// A test webinar that is to go again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveWebinar {
    /// The wish it was made by.
    pub of: String,
}

/// A test webinar so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialState {
    /// What was asked for.
    pub wanted: TryWebinar,
    /// When, epoch milliseconds.
    pub asked_ms: i64,
    /// What Zoom made of it.
    pub created: Option<CreatedMeeting>,
    /// Whether it stays in Zoom.
    #[serde(default)]
    pub stay: TrialStay,
}

/// Whether a test webinar stays in Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialStay {
    /// The test goes on.
    #[default]
    Stays,
    /// The test is over: it is deleted, as soon as Zoom has made it.
    Goes,
}
