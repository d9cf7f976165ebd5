//! What is made of appointments that people make in LeadSquared: whether each becomes a Zoom meeting, and how often
//! changed appointments are looked for where LeadSquared does not tell of them.

use serde::{Deserialize, Serialize};

/// Whether an appointment made in LeadSquared becomes a Zoom meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It stays an appointment.
    #[default]
    Nothing,
    /// It becomes a Zoom meeting, if it is of [`AppointmentRules::task_type`].
    Meeting,
}

/// What is made of appointments that people make in LeadSquared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppointmentRules {
    /// Whether they become meetings.
    pub become_meetings: Becomes,
    /// Name of the appointment type that becomes a meeting; empty means the one of scheduled meetings.
    pub task_type: String,
    /// Minutes between two looks for changed appointments; 0 looks never.
    pub poll_minutes: u32,
}

/// Minutes between two looks, unless somebody says otherwise.
const POLL_MINUTES: u32 = 15;
/// The longest time between two looks, in minutes.
pub const POLL_MINUTES_MAX: u32 = 24 * 60;

impl Default for AppointmentRules {
    fn default() -> Self {
        Self { become_meetings: Becomes::Nothing, task_type: String::new(), poll_minutes: POLL_MINUTES }
    }
}
