//! What is made of meetings.

use serde::{Deserialize, Serialize};

/// Which leads a meeting's start and end are shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Concerned {
    /// Those it was scheduled for from LeadSquared.
    Scheduled,
    /// Those; of a meeting that nobody scheduled there, people who came, are leads already and are no staff.
    #[default]
    ScheduledOrGuests,
}

/// What is made of meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct MeetingRules {
    /// On which leads they are shown.
    pub concerned: Concerned,
}
