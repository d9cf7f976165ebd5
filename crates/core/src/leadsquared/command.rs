//! Changes wanted in LeadSquared, as they are stored in the queue.

use super::appointment::{TaskChange, TaskRead};
use crate::addition::Who;
use crate::ids::Email;
use crate::rules::undecided::Undecided;
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
    /// Change what a task says that was made before.
    ChangeTask(TaskChange),
    /// Read a task: changes nothing.
    ReadTask(TaskRead),
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
    /// By what the lead is found.
    #[serde(default, skip_serializing_if = "FoundBy::is_default")]
    pub found_by: FoundBy,
    /// Whether it goes before what else is wanted of the person's lead.
    #[serde(default, skip_serializing_if = "Turn::is_default")]
    pub turn: Turn,
    /// Fields that LeadSquared refused, with the values that were left out: the rest of the lead goes without them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, String>,
}

/// By what a lead is found that is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// By its address.
    #[default]
    Email,
    /// By its address; should its phone number prove to be another lead's, as [`Self::EmailThenPhone`].
    EmailUnlessPhoneTaken,
    /// By its address, and where no lead has that by its phone number. A lead that is found so keeps both.
    EmailThenPhone,
}

impl FoundBy {
    fn is_default(&self) -> bool {
        *self == Self::Email
    }
}

/// Whether a write goes before others about the same lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// In any order.
    #[default]
    Any,
    /// First: what a new lead is made of must not come after a write that makes it.
    First,
}

impl Turn {
    fn is_default(&self) -> bool {
        *self == Self::Any
    }
}

/// Bytes of a hash that names a lead's content.
const CONTENT_BYTES: usize = 20;

impl LeadWrite {
    /// A write by the address alone, in any order.
    #[must_use]
    pub fn by_email(email: Email, fields: BTreeMap<String, String>, behaviour: CaptureBehaviour) -> Self {
        Self { email, fields, behaviour, found_by: FoundBy::Email, turn: Turn::Any, refused: BTreeMap::new() }
    }

    /// The field that LeadSquared's words of a refusal name, if they name one of these.
    #[must_use]
    pub fn field_named_in(&self, words: &str) -> Option<&str> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let named: Vec<&str> = words.split(|c| !is_word(c)).collect();
        self.fields.keys().map(String::as_str).find(|field| named.contains(field))
    }

    /// The same write without a field that LeadSquared refused.
    #[must_use]
    pub fn without_refused(mut self, field: &str) -> Self {
        if let Some(value) = self.fields.remove(field) {
            self.refused.insert(field.to_owned(), value);
        }
        self
    }

    /// The same write, with the lead found by its phone number where no lead has the address. Neither of the two is
    /// changed then: they are what people are told apart by.
    #[must_use]
    pub fn by_phone_too(self) -> Self {
        let behaviour = match self.behaviour {
            CaptureBehaviour::Overwrite => CaptureBehaviour::DoNotUpdateUniqueFields,
            CaptureBehaviour::DoNotUpdate
            | CaptureBehaviour::UpdateOnlyEmptyFields
            | CaptureBehaviour::DoNotUpdateUniqueFields => self.behaviour,
        };
        Self { behaviour, found_by: FoundBy::EmailThenPhone, ..self }
    }

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
    /// What only the lead can decide, before it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Undecided>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(email: &str, fields: &[(&str, &str)], behaviour: CaptureBehaviour) -> LeadWrite {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        LeadWrite::by_email(Email::parse(email).unwrap(), fields, behaviour)
    }

    #[test]
    fn a_write_of_an_older_version_is_read_and_has_the_same_content() {
        let stored = r#"{"email":"a@b.test","fields":{"City":"Pune"},"behaviour":"overwrite"}"#;
        let read: LeadWrite = serde_json::from_str(stored).unwrap();
        assert_eq!(read, write("a@b.test", &[("City", "Pune")], CaptureBehaviour::Overwrite));
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let by_phone = read.clone().by_phone_too();
        assert_eq!(by_phone.behaviour, CaptureBehaviour::DoNotUpdateUniqueFields);
        assert_ne!(by_phone.content(), read.content());
    }

    #[test]
    fn a_refusal_that_names_a_field_leaves_that_field_out_and_keeps_its_value_to_be_seen() {
        let lead = write("a@b.test", &[("City", "Pune"), ("CityCode", "x")], CaptureBehaviour::Overwrite);
        assert_eq!(lead.field_named_in("'x' is not an option of 'CityCode'"), Some("CityCode"));
        assert_eq!(lead.field_named_in("Capacity is exceeded"), None);
        let without = lead.clone().without_refused("CityCode");
        assert_eq!((without.fields.len(), without.refused["CityCode"].as_str()), (1, "x"));
        assert_ne!(without.content(), lead.content());
        assert_eq!(lead.clone().without_refused("Other"), lead);
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
