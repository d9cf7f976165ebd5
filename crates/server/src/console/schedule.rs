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
    /// When, in words.
    pub when: String,
    /// All steps are over.
    pub done: bool,
    /// In their order.
    pub steps: Vec<StepLine>,
    /// The path of the calendar file, once Zoom made it.
    pub calendar: Option<String>,
    /// The form filled in with the same, when this meeting was refused: a path.
    pub again: Option<String>,
    /// What to do when Zoom has the meeting and LeadSquared refuses what tells of it, as a sentence.
    pub half: Option<String>,
    /// The link to join by, once Zoom made it.
    pub join_url: Option<WebLink>,
}
