//! Changes wanted in Zoom, as they are stored in the queue. Step by step more kinds will join; stored ones stay readable.

use crate::addition::{Approval, Company};
use crate::ids::{Email, MeetingNumber};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change wanted in Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Schedule a meeting.
    CreateMeeting(NewMeeting),
    /// Move, rename, cancel or bring back a meeting.
    ChangeMeeting(super::change::ChangeMeeting),
    /// Look whether a meeting that was cancelled is gone for good: a read, which changes nothing.
    LookAtMeeting(LookAtMeeting),
    /// Read what Zoom says of a webinar, before leads are added to it.
    ReadWebinar(ReadWebinar),
    /// Register somebody for a webinar.
    AddRegistrant(NewRegistrant),
    /// Read what Zoom knows of a webinar's run: a read, which changes nothing.
    ReadRun(super::after::ReadRun),
    /// Read which webinars are planned.
    ListWebinars,
    /// Read who is registered for a webinar.
    ReadRegistrants(super::listed::ReadRegistrants),
    /// Read what was held while nobody listened.
    ReadHistory(super::history::ReadHistory),
    /// Read a meeting that was made from LeadSquared once more.
    ReadMeeting(super::history::ReadMeeting),
    /// Make the test webinar of a migration.
    CreateWebinar(super::trial::NewWebinar),
    /// Delete the test webinar of a migration.
    DeleteWebinar(super::trial::DeleteWebinar),
}

/// A meeting that was cancelled, to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtMeeting {
    /// Its number.
    pub meeting: MeetingNumber,
    /// When it was cancelled, epoch milliseconds.
    pub cancelled_ms: i64,
}

/// A webinar to be read: itself and its registration form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadWebinar {
    /// Its number.
    pub webinar: MeetingNumber,
}

/// Somebody to register. Zoom answers an address that is registered already with the same registrant, so that a list of
/// registrants tells whether a lost call was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRegistrant {
    /// The webinar's number.
    pub webinar: MeetingNumber,
    /// Its title, for what follows.
    pub topic: String,
    /// Its start, epoch milliseconds.
    pub start_ms: Option<i64>,
    /// The occurrence of a series.
    pub occurrence: Option<String>,
    /// Whether the host approves each.
    pub approval: Approval,
    /// Whether it may go with others.
    pub company: Company,
    /// Address.
    pub email: Email,
    /// First name, never empty.
    pub first_name: String,
    /// Zoom's own fields by name, `last_name` among them, none empty.
    pub answers: BTreeMap<String, String>,
    /// Custom questions, title and value.
    pub custom: Vec<(String, String)>,
    /// What is to be done for it.
    pub deed: Deed,
    /// What is known of an earlier registration that came to its end.
    #[serde(default)]
    pub before: Before,
}

/// What is known of an earlier registration of the same address that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Nothing: where Zoom lists the address among the denied, it may be the host who said no.
    #[default]
    Unknown,
    /// The person took it back: registering them again is no decision against the host.
    Cancelled,
    /// The host said no. The delivery is parked until a person lets it go all the same.
    Denied,
}

/// What is to be done for a registrant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Register.
    Register,
    /// Approve again: Zoom knows it as cancelled or denied, and does not register the address anew.
    Approve {
        /// Zoom's id of it.
        registrant: String,
    },
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
    /// What was chosen beside.
    #[serde(default)]
    pub options: super::options::MeetingOptions,
    /// The task in LeadSquared that it is made of: should it not be made, the task says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
}
