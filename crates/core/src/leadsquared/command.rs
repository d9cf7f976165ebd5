//! Changes wanted in LeadSquared, as they are stored in the queue.

use crate::addition::Who;
use crate::ids::Email;
use crate::settings::CaptureBehaviour;
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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
    /// Correct note and fields of an activity that was posted before.
    CorrectActivity(Correction),
    /// Read leads that are to be added to a webinar: changes nothing.
    Gather(Gather),
}

/// Leads to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// Which.
    pub members: Members,
    /// Their fields by schema name.
    pub columns: Vec<String>,
}

/// Which leads to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    /// One lead.
    One(Who),
    /// A page of a list.
    List {
        /// `ListId`.
        list: String,
        /// From 1.
        page: u32,
    },
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

/// Bytes of a hash that names a lead's content.
const CONTENT_BYTES: usize = 20;

impl LeadWrite {
    /// A hash of everything that would be written: equal contents have equal hashes.
    #[must_use]
    pub fn content(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        let hash = Sha256::digest(text.as_bytes());
        BASE32_NOPAD.encode(hash.get(..CONTENT_BYTES).unwrap_or_default()).to_lowercase()
    }
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

/// What an activity that was posted before should say now. Its time cannot be changed (leadsquared.md § 3.12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The key of the delivery that posted it, whose result is the activity's id.
    pub of: String,
    /// Its content, with the marker it was posted with.
    pub activity: Activity,
}

impl Correction {
    /// Whether an activity as it was posted says all of this already.
    #[must_use]
    pub fn is_said_by(&self, posted: &Activity) -> bool {
        let Activity { code: _, note, at_ms: _, fields, marker: _ } = &self.activity;
        posted.note == *note && fields.iter().all(|(name, value)| posted.fields.get(name) == Some(value))
    }
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
    /// Owner's e-mail; without one the connector's task owner gets it.
    pub owner_email: Option<Email>,
    /// `Location`: the join link of an appointment.
    pub location: Option<String>,
    /// Minutes before, for appointments.
    pub reminder_min: Option<i64>,
    /// `z` and 26 letters of base32.
    pub marker: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(email: &str, fields: &[(&str, &str)], behaviour: CaptureBehaviour) -> LeadWrite {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        LeadWrite { email: Email::parse(email).unwrap(), fields, behaviour }
    }

    #[test]
    fn only_what_would_be_written_makes_contents_differ() {
        let overwrite = CaptureBehaviour::Overwrite;
        let one = write("a@example.test", &[("City", "Pune"), ("FirstName", "Asha")], overwrite).content();
        let same = write("A@Example.test", &[("FirstName", "Asha"), ("City", "Pune")], overwrite).content();
        assert_eq!(one, same);
        assert_eq!(one.len(), 32);
        for other in [
            write("b@example.test", &[("City", "Pune"), ("FirstName", "Asha")], overwrite),
            write("a@example.test", &[("City", "Delhi"), ("FirstName", "Asha")], overwrite),
            write("a@example.test", &[("City", "Pune")], overwrite),
            write(
                "a@example.test",
                &[("City", "Pune"), ("FirstName", "Asha")],
                CaptureBehaviour::UpdateOnlyEmptyFields,
            ),
        ] {
            assert_ne!(one, other.content());
        }
    }
}
