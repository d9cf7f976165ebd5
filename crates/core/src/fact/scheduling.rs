//! A meeting that a sales user wants: the wish, and what Zoom made of it.

use super::Person;
use crate::ids::{Email, MeetingNumber};
use crate::zoom::options::MeetingOptions;
use serde::{Deserialize, Serialize};

/// A meeting wanted by a sales user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchedulingState {
    /// What was asked for.
    pub wanted: ScheduleMeeting,
    /// When it was asked for.
    pub asked_ms: i64,
    /// What Zoom made of it.
    pub created: Option<CreatedMeeting>,
    /// Why Zoom did not make it so far, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A sales user's wish, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleMeeting {
    /// Names the wish: pressing twice is one meeting.
    pub operation: String,
    /// For whom.
    pub person: Person,
    /// Further leads, each with an activity of its own.
    #[serde(default)]
    pub others: Vec<Person>,
    /// Addresses that are only invited and need not be leads.
    #[serde(default)]
    pub guests: Vec<Email>,
    /// Zoom user (id or e-mail) who hosts, or `me` for the signed-in admin.
    pub host: String,
    /// The title.
    pub topic: String,
    /// Start, epoch milliseconds.
    pub start_ms: i64,
    /// Minutes.
    pub duration_min: i64,
    /// IANA zone.
    pub timezone: String,
    /// May be empty.
    pub agenda: String,
    /// Owner of the appointment; without one LeadSquared's default.
    pub owner_email: Option<Email>,
    /// What was chosen beside.
    #[serde(default)]
    pub options: MeetingOptions,
    /// The task in LeadSquared that it is made of; without one, a task is made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
}

impl ScheduleMeeting {
    /// All leads it is scheduled for, the first one first.
    pub fn leads(&self) -> impl Iterator<Item = &Person> {
        std::iter::once(&self.person).chain(&self.others)
    }
}

/// What Zoom answered to a scheduled meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedMeeting {
    /// Zoom account the meeting lives in.
    pub account: String,
    /// Its number.
    pub number: MeetingNumber,
    /// The link for everybody.
    pub join_url: Option<String>,
}
