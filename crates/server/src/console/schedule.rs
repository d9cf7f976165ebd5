//! Scheduling a Zoom meeting for a lead, and the page that follows it until Zoom and LeadSquared have it.

use super::filters;
use super::frame::Frame;
use super::part::{Pill, WebLink};
use askama::Template;
use connector_core::recurrence::OCCURRENCES_MAX;
use connector_core::schedule_request::{AGENDA_CHARS_MAX, MINUTES_MAX, PASSCODE_CHARS_MAX, TOPIC_CHARS_MAX};

/// A field of the form: what was typed and what to mend.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// As typed.
    pub value: String,
    /// What to mend, as a sentence; empty where it is fine.
    pub refusal: String,
}

/// One thing to choose.
#[derive(Debug, Clone)]
pub struct Choose {
    /// As the form sends it.
    pub value: String,
    /// In words.
    pub text: String,
    /// Chosen already.
    pub chosen: bool,
}

/// What is rarely needed.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// Shown at once, because something in it was filled in or is to be mended.
    pub open: bool,
    /// Zoom users who may host as well.
    pub alternative_hosts: Field,
    /// Addresses that are only invited.
    pub guests: Field,
    /// LeadSquared user who gets the appointment.
    pub owner_email: Field,
    /// Passcode.
    pub passcode: Field,
    /// Waiting room.
    pub waiting_room: Vec<Choose>,
    /// Registration.
    pub sign_up: Vec<Choose>,
    /// Rhythm.
    pub repeat: Vec<Choose>,
    /// What to mend about the series.
    pub repeat_refusal: Field,
    /// Interval.
    pub every: String,
    /// Number of meetings.
    pub times: String,
    /// Last day.
    pub until: String,
}

/// The page `/t/{tenant}/schedule`.
#[derive(Debug, Clone, Template)]
#[template(path = "schedule.html")]
pub struct Schedule {
    /// Around it.
    pub frame: Frame,
    /// Why no meeting can be scheduled, as a sentence, if so.
    pub blocked: Option<String>,
    /// What to mend in general.
    pub refusal: Option<String>,
    /// The lead: e-mail address or id.
    pub lead: Field,
    /// Topic.
    pub topic: Field,
    /// Local date and time, `YYYY-MM-DDTHH:MM`.
    pub start: Field,
    /// Starts to choose from, where the one that was typed is none.
    pub choices: Vec<Choose>,
    /// IANA zone.
    pub zone: Field,
    /// Zones to offer.
    pub zones: Vec<String>,
    /// Minutes.
    pub minutes: Field,
    /// Zoom user: e-mail address; empty means who signed in.
    pub host: Field,
    /// How many of a host's day are used, as a sentence.
    pub host_day: String,
    /// Text.
    pub agenda: Field,
    /// What is rarely needed.
    pub more: More,
    /// When it would be held, as lines; empty unless that was asked.
    pub preview: Vec<String>,
    /// Makes the same form one wish, however often it is sent.
    pub wish: String,
}

/// One step of what was asked for.
#[derive(Debug, Clone)]
pub struct StepLine {
    /// What.
    pub what: String,
    /// How far.
    pub state: Pill,
    /// Why, or what it is called there, as a sentence.
    pub detail: String,
    /// Where to read more: a path of this console.
    pub link: Option<String>,
}

/// The page `/t/{tenant}/schedule/{wish}`, which follows the meeting.
#[derive(Debug, Clone, Template)]
#[template(path = "scheduled.html")]
pub struct Scheduled {
    /// Around it.
    pub frame: Frame,
    /// The topic.
    pub topic: String,
    /// The lead.
    pub lead: String,
    /// Where everything about a lead stands: the lead in words, and the address.
    pub follow: Vec<(String, String)>,
    /// When, in words.
    pub when: String,
    /// All steps are over.
    pub done: bool,
    /// In their order.
    pub steps: Vec<StepLine>,
    /// The meeting with its people, once Zoom made it: a path of this console; none for a sales user.
    pub event: Option<String>,
    /// The path of the calendar file, once Zoom made it.
    pub calendar: Option<String>,
    /// The form filled in with the same, when this meeting was refused: a path.
    pub again: Option<String>,
    /// What to do when Zoom has the meeting and LeadSquared refuses what tells of it, as a sentence.
    pub half: Option<String>,
    /// The link to join by, once Zoom made it.
    pub join_url: Option<WebLink>,
    /// What may be done with the meeting, once nothing is under way.
    pub offers: Option<Offers>,
}

/// Whether a meeting may be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// It is not cancelled.
    NotCancelled,
    /// It is, and may be.
    Offered,
    /// It is, and the sign-in with Zoom lacks the permission.
    NoPermission,
}

/// What may be done with a meeting.
#[derive(Debug, Clone)]
pub struct Offers {
    /// The meeting's path; each act's address begins with it.
    pub path: String,
    /// Makes the same form one change, however often it is sent.
    pub change: String,
    /// Moving it; none for a series.
    pub moving: Option<MoveForm>,
    /// Renaming it: the topic.
    pub renaming: Option<Field>,
    /// Bringing it back, where it is cancelled.
    pub back: Back,
    /// It is a series.
    pub series: bool,
    /// The way back from the change that was just made.
    pub undo: Option<Undo>,
    /// What to mend in general, as a sentence.
    pub refusal: Option<String>,
}

/// The form by which a meeting is moved.
#[derive(Debug, Clone)]
pub struct MoveForm {
    /// The start that the page showed first, as [`Self::start`].
    pub seen_start: String,
    /// The length that the page showed first.
    pub seen_minutes: String,
    /// Local date and time, `YYYY-MM-DDTHH:MM`.
    pub start: Field,
    /// Starts to choose from, where the one that was typed is none.
    pub choices: Vec<Choose>,
    /// Length in minutes.
    pub minutes: Field,
    /// IANA zone.
    pub zone: Field,
}

/// The way back from a change.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Which act it is, as the address has it.
    pub act: String,
    /// What the button says.
    pub words: String,
    /// What the form sends: name and value.
    pub fields: Vec<(String, String)>,
}

/// The page `/t/{tenant}/schedule/{wish}/cancel`, which asks first.
#[derive(Debug, Clone, Template)]
#[template(path = "cancel_meeting.html")]
pub struct CancelMeeting {
    /// Around it.
    pub frame: Frame,
    /// The topic.
    pub topic: String,
    /// When, in words.
    pub when: String,
    /// It is a series, all of which goes.
    pub series: bool,
    /// The meeting's path.
    pub path: String,
    /// Makes the same form one change, however often it is sent.
    pub change: String,
}
