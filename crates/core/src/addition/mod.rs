//! Adding leads to a webinar: what a sales user asks for, what Zoom says of the webinar, which lead answers its questions
//! with what. `request` checks what was typed, `registrant` makes a registrant of a lead.

pub mod csv;
pub mod progress;
pub mod registrant;
pub mod request;

use crate::ids::{Email, LeadId, MeetingNumber};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Leads named one by one in one wish.
pub const LEADS_NAMED_MAX: usize = 1_000;
/// Rows of a page of a list that is read at once.
pub const LIST_PAGE_ROWS: u32 = 200;
/// Pages of a list that are read for one wish: as many leads as Zoom takes registrants for a webinar.
pub const LIST_PAGES_MAX: u32 = 100;
/// Questions that a wish answers.
pub const ANSWERS_MAX: usize = 60;

/// A sales user wants leads in a webinar, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddToWebinar {
    /// Names the wish: pressing twice adds once.
    pub operation: String,
    /// Which webinar.
    pub webinar: MeetingNumber,
    /// Which occurrence of a series; all of them without one.
    pub occurrence: Option<String>,
    /// Who.
    pub leads: Chosen,
    /// Answers by question: Zoom's field name (`org`) or the title of a custom question. They come before the connector's
    /// own mapping of questions to lead fields.
    #[serde(default)]
    pub answers: BTreeMap<String, AnswerFrom>,
}

/// Which leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// These, at most [`LEADS_NAMED_MAX`].
    Named(Vec<Who>),
    /// Everybody who is on a list of LeadSquared when it is read.
    List {
        /// `ListId`.
        id: String,
        /// Its name as it was chosen; may be empty.
        name: String,
    },
}

/// One lead, as it was named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// By e-mail.
    Email(Email),
    /// By its id.
    Lead(LeadId),
}

impl Who {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Email(email) => email.as_str().to_owned(),
            Self::Lead(lead) => format!("lead {}", lead.0),
        }
    }
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFrom {
    /// The same for everybody.
    Constant(String),
    /// What stands in this field of the lead (schema name).
    LeadField(String),
}

/// Whether the host approves each registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Zoom approves at once.
    Automatic,
    /// The host approves each.
    Manual,
}

/// Whether Zoom takes several registrants of this webinar in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Company {
    /// Up to thirty in one call.
    Batch,
    /// One call each.
    Single,
}

/// What Zoom says of a webinar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebinarView {
    /// Zoom account it lives in.
    pub account: String,
    /// Its title.
    pub topic: String,
    /// Start, epoch milliseconds; none for a series without fixed time.
    pub start_ms: Option<i64>,
    /// Who approves.
    pub approval: Approval,
    /// Whether registrants go in batches.
    pub company: Company,
    /// What its registration form asks besides first name and e-mail.
    pub questions: Vec<Question>,
}

/// A question of the registration form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Zoom's field name (`last_name`, `org`) or the title of a custom question.
    pub name: String,
    /// Which of the two.
    pub kind: QuestionKind,
    /// Whether Zoom wants an answer.
    pub needed: Needed,
    /// The only answers that Zoom takes; empty means any.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// Whether a question stands in every form or was made up for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One of Zoom's own fields.
    Standard,
    /// Made up by the host.
    Custom,
}

/// Whether Zoom wants an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// It refuses who does not answer.
    Required,
    /// It takes who does not answer.
    Optional,
}

/// A wish for leads in a webinar, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddingState {
    /// What was asked for.
    pub wanted: AddToWebinar,
    /// When it was asked for, epoch milliseconds.
    pub asked_ms: i64,
    /// What Zoom said of the webinar.
    pub webinar: Option<WebinarView>,
    /// Required questions that nothing answers: nobody is added then.
    #[serde(default)]
    pub unanswered: Vec<String>,
    /// Pages of the list that were read.
    #[serde(default)]
    pub pages: u32,
    /// Leads that were read.
    #[serde(default)]
    pub gathered: u64,
    /// Whether the whole list was read, or its first [`LIST_PAGES_MAX`] pages.
    #[serde(default)]
    pub list: ListRead,
}

/// How far the list of a wish was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ListRead {
    /// There is more, or there is no list.
    #[default]
    Open,
    /// To its end.
    Complete,
    /// Up to the limit; whoever stands behind it is not added.
    CutOff,
}

/// That a lead was to be added to a webinar: whoever registers under its address is this lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdditionState {
    /// The wish that asked for it first.
    pub operation: String,
    /// The lead.
    pub lead: LeadId,
    /// Its address.
    pub email: Email,
}

/// A lead as LeadSquared shows it: the fields that were asked for, none empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatheredLead {
    /// `ProspectID`.
    pub id: LeadId,
    /// By schema name.
    pub fields: BTreeMap<String, String>,
}
