//! Changes wanted in LeadSquared, as they are stored in the queue.

use crate::ids::Email;
use crate::settings::CaptureBehaviour;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change (or look-up) wanted in LeadSquared about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
// With its content apart: a tag beside the content has no place where the content is a bare text.
#[serde(tag = "do", content = "with", rename_all = "snake_case")]
pub enum Command {
    /// Create or update the person's lead; its id frees what waits for it.
    UpsertLead(LeadWrite),
    /// Look the person's lead up, never create it; without one, what waits for it is suppressed.
    FindLead(Email),
    /// Post an activity on the person's lead.
    PostActivity(Activity),
    /// Create a task related to the person's lead.
    CreateTask(Task),
}

/// A lead's fields to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadWrite {
    /// The unique field the lead is found by.
    pub email: Email,
    /// Further fields by schema name (`FirstName`, `mx_City`), none empty, without `EmailAddress`.
    pub fields: BTreeMap<String, String>,
    /// What to do with fields that have a value already.
    pub behaviour: CaptureBehaviour,
}

/// An activity to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The tenant's numeric code of the activity type (`ActivityEvent`).
    pub code: i64,
    /// `ActivityNote`.
    pub note: String,
    /// `ActivityDateTime`, epoch milliseconds.
    pub at_ms: i64,
    /// Custom fields by schema name, the marker among them, none empty.
    pub fields: BTreeMap<String, String>,
    /// `z` and 26 letters of base32; also the value of one of `fields`.
    pub marker: String,
}

/// A task to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The subject.
    pub name: String,
    /// The text; ends with the marker's line.
    pub description: String,
    /// Start of an appointment, end of a to-do; epoch milliseconds.
    pub due_ms: i64,
    /// End; epoch milliseconds.
    pub end_ms: i64,
    /// Name of the tenant's task type.
    pub task_type: String,
    /// Owner's e-mail; without one the lead's owner or the key's user gets it.
    pub owner_email: Option<Email>,
    /// `Location`: the join link of an appointment.
    pub location: Option<String>,
    /// Minutes before, for appointments.
    pub reminder_min: Option<i64>,
    /// `z` and 26 letters of base32.
    pub marker: String,
}
