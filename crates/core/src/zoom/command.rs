//! Changes wanted in Zoom, as they are stored in the queue. Step by step more kinds will join; stored ones stay readable.

use serde::{Deserialize, Serialize};

/// One change wanted in Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Schedule a meeting.
    CreateMeeting(NewMeeting),
    /// Read what Zoom knows of a webinar's run: a read, which changes nothing.
    ReadRun(super::after::ReadRun),
}

/// A meeting to schedule. Zoom has no idempotency key, so `marker` stands in the agenda, where a later list finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMeeting {
    /// Zoom user id or e-mail of the host, or `me`.
    pub host: String,
    /// The title, at most 200 characters.
    pub topic: String,
    /// Epoch milliseconds, UTC.
    pub start_ms: i64,
    /// Minutes.
    pub duration_min: i64,
    /// IANA zone in which Zoom shows the time.
    pub timezone: String,
    /// Text for the agenda; may be empty.
    pub agenda: String,
    /// `z` and 26 letters of base32; written as the agenda's first line (`Ref: <marker>`).
    pub marker: String,
    /// E-mails of those invited (`settings.meeting_invitees`).
    pub invitees: Vec<String>,
}
