//! One delivery: what it wants, every attempt, how we know that it arrived, and where it came from.

use super::filters;
use super::frame::Frame;
use super::issues::Mend;
use super::journal::NotificationLine;
use super::notification::Pair;
use super::part::{Moment, Pill, WebLink};
use askama::Template;

/// One remote call that carried the delivery.
#[derive(Debug, Clone)]
pub struct AttemptLine {
    /// What the call does, in words.
    pub call: String,
    /// The call's name in the remote system; empty where there are no other words for it.
    pub operation: String,
    /// When it began.
    pub started: Moment,
    /// How long it took, in words; empty while the answer is not in.
    pub took: String,
    /// Deliveries in the call.
    pub rows: i64,
    /// How it ended.
    pub outcome: Pill,
    /// In words.
    pub detail: String,
}

/// The page `/t/{tenant}/deliveries/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "delivery.html")]
pub struct Delivery {
    /// Around it.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// What it is, in words.
    pub what: String,
    /// What it is about, as a rule a topic; empty where there is nothing more to say.
    pub topic: String,
    /// The meeting or webinar it is about: a path of this console.
    pub event: Option<String>,
    /// The person, in words.
    pub who: String,
    /// `LeadSquared` or `Zoom`.
    pub destination: String,
    /// Whose words `answer` are.
    pub said_by: String,
    /// Where it stands.
    pub state: Pill,
    /// The last cause, as a sentence; empty where there is nothing to say.
    pub cause: String,
    /// The remote system's own words; empty where it said none.
    pub answer: String,
    /// What to do about it, as a sentence; empty where nothing has to be done.
    pub repair: String,
    /// Where that is done.
    pub mend: Option<Mend>,
    /// The others that failed for the same cause; none where this did not fail.
    pub alike: Option<String>,
    /// When it was planned.
    pub planned: Moment,
    /// When it last changed.
    pub updated: Moment,
    /// When it is tried next.
    pub next: Option<Moment>,
    /// The command, field by field in words.
    pub command: Vec<Pair>,
    /// The mark by which it is found again in the remote system.
    pub marker: String,
    /// What the remote system calls it.
    pub result: String,
    /// A link to it in LeadSquared.
    pub result_link: Option<WebLink>,
    /// How we know that it arrived, as a sentence.
    pub proof: String,
    /// Oldest first.
    pub attempts: Vec<AttemptLine>,
    /// The notifications that led to it.
    pub notifications: Vec<NotificationLine>,
    /// The settings it was planned with.
    pub settings_version: i64,
    /// Whether it waits for a person.
    pub replayable: bool,
}
