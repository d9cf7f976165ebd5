//! A tenant's home: one sentence about its health, what came in and went out, and the one thing to do now.

use super::deliveries::DeliveryLine;
use super::events::ComingEvent;
use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill, Tone};
use super::plot::Hours;
use askama::Template;

/// Counts of the last 24 hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Notifications taken in.
    pub received: i64,
    /// Deliveries written to LeadSquared or Zoom.
    pub written: i64,
    /// Deliveries that wait or are under way.
    pub waiting: i64,
    /// Deliveries that wait for a person, and notifications that could not be read.
    pub failed: i64,
}

/// The one thing to do now.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// What and why, as a sentence.
    pub sentence: String,
    /// The button's word.
    pub action: String,
    /// A path of this console.
    pub link: String,
}

/// One of the two sign-ins, in short.
#[derive(Debug, Clone)]
pub struct ConnectionCard {
    /// `Meetings` or `Webinars`.
    pub name: String,
    /// The tab's address.
    pub link: String,
    /// Whether it is connected.
    pub state: Pill,
    /// With which Zoom account, or what is missing, as a sentence.
    pub sentence: String,
    /// The last notification that came in through it.
    pub last_event: Option<Moment>,
}

/// The page `/t/{tenant}`.
#[derive(Debug, Clone, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    /// Around it.
    pub frame: Frame,
    /// Good, waiting or bad.
    pub tone: Tone,
    /// How the connector fares, as a sentence.
    pub health: String,
    /// Of the last 24 hours.
    pub counts: Counts,
    /// The same by the hour.
    pub hours: Hours,
    /// Nothing, if nothing has to be done.
    pub next_step: Option<NextStep>,
    /// The next meetings and webinars.
    pub coming: Vec<ComingEvent>,
    /// People whom Zoom does not name, and nobody decided about.
    pub strangers: i64,
    /// Meetings, then webinars.
    pub connections: Vec<ConnectionCard>,
    /// LeadSquared: connected or paused.
    pub crm_state: Pill,
    /// As which user and in which account, or why it is paused, as a sentence.
    pub crm_sentence: String,
    /// The latest deliveries.
    pub latest: Vec<DeliveryLine>,
}
