//! What registrations become: which answer goes where, what it may do there, whence leads come, whose they are, who is left
//! out. Settings can be looked at on a real registrant, and tried on the last webinar, before they are saved.

use super::filters;
use super::frame::Frame;
use super::list::List;
use super::part::Moment;
use askama::Template;

/// One choice of a list.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// As the form sends it.
    pub value: &'static str,
    /// In words.
    pub text: &'static str,
    /// Whether it is the one.
    pub chosen: bool,
}

/// An answer and where it goes.
#[derive(Debug, Clone)]
pub struct AnswerRow {
    /// The answer in words: a field of Zoom's form, or the title of a question. A row for a new question has none.
    pub title: String,
    /// The lead field by schema name; empty for none.
    pub lead: String,
    /// What that field holds, in words; empty where that is not known.
    pub holds: String,
    /// What the answer may do there.
    pub policy: Vec<Choice>,
    /// The field of the registration activity; empty for none.
    pub activity: String,
}

/// One thing that would stand in LeadSquared.
#[derive(Debug, Clone)]
pub struct PictureShown {
    /// What it is in words.
    pub what: String,
    /// Why it would be left out or held, as a sentence; empty where it would go out.
    pub held: String,
    /// Its note; empty where it has none.
    pub note: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// What a registrant would become.
#[derive(Debug, Clone)]
pub struct PreviewShown {
    /// Of which webinar.
    pub topic: String,
    /// Whose registration it is.
    pub registrant: String,
    /// Everything that would stand in LeadSquared about them.
    pub pictures: Vec<PictureShown>,
}

/// Counts of one kind: same, changed, new, gone.
#[derive(Debug, Clone)]
pub struct TallyShown {
    /// Leads, activities, …
    pub kind: &'static str,
    /// The four counts.
    pub counts: [usize; 4],
}

/// One thing that differs.
#[derive(Debug, Clone)]
pub struct DifferenceShown {
    /// `changed`, `new` or `gone`.
    pub how: &'static str,
    /// What it is in words.
    pub what: String,
    /// About whom.
    pub who: String,
    /// Field, before, after.
    pub fields: Vec<(String, String, String)>,
}

/// What the last webinar would become.
#[derive(Debug, Clone)]
pub struct TrialShown {
    /// Which webinar.
    pub topic: String,
    /// Notifications that were run, in words.
    pub notifications: String,
    /// By kind.
    pub tallies: Vec<TallyShown>,
    /// The first differences.
    pub differences: Vec<DifferenceShown>,
}

/// How each change of a registration is told, and what waits.
#[derive(Debug, Clone)]
pub struct StatusChoices {
    /// What waits for approval.
    pub pending: Vec<Choice>,
    /// It was approved.
    pub approved: Vec<Choice>,
    /// It was refused.
    pub denied: Vec<Choice>,
    /// It was taken back.
    pub cancelled: Vec<Choice>,
}

/// Whence leads come and whose they are.
#[derive(Debug, Clone)]
pub struct OriginFields {
    /// `Source` of leads.
    pub lead_source: String,
    /// What tracking sources become that no rule names.
    pub unlisted: Vec<Choice>,
    /// What a source may do to one that is there.
    pub policy: Vec<Choice>,
    /// `tracking source = Source`, one a line.
    pub by_tracking: Vec<String>,
    /// The lead field that gets the tracking source as it was told.
    pub field: String,
    /// The owner rule.
    pub owner: Vec<Choice>,
    /// The fixed owner.
    pub owner_user: String,
    /// `host = user`, one a line.
    pub hosts: Vec<String>,
}

/// The page `/t/{tenant}/registrations`.
#[derive(Debug, Clone, Template)]
#[template(path = "registrations.html")]
pub struct Registrations {
    /// Around it.
    pub frame: Frame,
    /// The version the settings were read at.
    pub version: i64,
    /// Names the wish to fetch registrations that the page may send.
    pub wish: String,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
    /// Why the lead fields could not be read, as a sentence.
    pub unread: Option<String>,
    /// Zoom's own fields.
    pub standard: Vec<AnswerRow>,
    /// Custom questions, and rows for new ones.
    pub questions: Vec<AnswerRow>,
    /// Lead fields to choose from: schema name, words.
    pub lead_fields: Vec<(String, String)>,
    /// Fields of the registration activity to choose from.
    pub activity_fields: Vec<String>,
    /// What happens to leads that are there.
    pub capture: Vec<Choice>,
    /// How a lead is found.
    pub matching: Vec<Choice>,
    /// Whence leads come and whose they are.
    pub origin: OriginFields,
    /// What changes bring.
    pub status: StatusChoices,
    /// Excluded domains, one a line.
    pub excluded: Vec<String>,
    /// Addresses and domains of staff, one a line.
    pub staff: Vec<String>,
    /// Registrants that a preview may be of.
    pub registrants: Vec<String>,
    /// A preview, if it was asked for.
    pub preview: Option<PreviewShown>,
    /// A dry run, if it was asked for.
    pub trial: Option<TrialShown>,
}

/// One version in a list.
#[derive(Debug, Clone)]
pub struct VersionLine {
    /// Counts from 1.
    pub version: i64,
    /// Who saved it.
    pub author: String,
    /// When.
    pub at: Moment,
}

/// The page `/t/{tenant}/versions`.
#[derive(Debug, Clone, Template)]
#[template(path = "versions.html")]
pub struct Versions {
    /// Around it.
    pub frame: Frame,
    /// The versions, newest first.
    pub lines: Vec<VersionLine>,
    /// The version in force.
    pub current: i64,
    /// Around the list.
    pub list: List,
}

/// The page `/t/{tenant}/versions/{version}`.
#[derive(Debug, Clone, Template)]
#[template(path = "version.html")]
pub struct Version {
    /// Around it.
    pub frame: Frame,
    /// The version.
    pub version: i64,
    /// The version in force.
    pub current: i64,
    /// What it changed, sentence by sentence.
    pub changed: Vec<String>,
    /// What going back to it would change, sentence by sentence.
    pub back: Vec<String>,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}
