//! What is made of meetings.

use serde::{Deserialize, Serialize};

/// Which leads a meeting's start and end are shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Concerned {
    /// Those it was scheduled for from LeadSquared.
    Scheduled,
    /// Those; of a meeting that nobody scheduled there, people who were invited in Zoom or came, are leads already and are no staff.
    #[default]
    ScheduledOrGuests,
}

/// What is shown of a run besides its start and end, on the leads concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Nothing.
    StartedEnded,
    /// One activity for each lead and run: for how long the lead was there, over all devices and stays.
    #[default]
    Attended,
    /// Each stay: joined, and left after so many minutes.
    JoinedLeft,
}

/// What is made of meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MeetingRules {
    /// On which leads they are shown.
    pub concerned: Concerned,
    /// What is shown of who was there.
    pub show: Show,
    /// Whether a lead that a meeting was scheduled for gets an activity when the meeting took place without it.
    pub no_shows: bool,
}

impl Default for MeetingRules {
    fn default() -> Self {
        Self { concerned: Concerned::default(), show: Show::default(), no_shows: true }
    }
}
