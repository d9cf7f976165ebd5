//! One notification: what came in, as it came (secrets and addresses shortened), what it told of and what followed.

use super::deliveries::DeliveryLine;
use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use askama::Template;

/// A name and its value.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// The fact a notification told of.
#[derive(Debug, Clone)]
pub struct FactCard {
    /// Its id.
    pub id: String,
    /// What happened, in words.
    pub what: String,
    /// What is known of it, from all its notifications.
    pub pairs: Vec<Pair>,
    /// How many notifications told of it.
    pub told_by: i64,
    /// The meeting or webinar it is about: a path of this console.
    pub event: Option<String>,
}

/// The page `/t/{tenant}/journal/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "notification.html")]
pub struct Notification {
    /// Around it.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// The event in words.
    pub what: String,
    /// The event's name in Zoom.
    pub event: String,
    /// Through which door.
    pub source: String,
    /// When Zoom made it.
    pub made: Moment,
    /// When it came in.
    pub received: Moment,
    /// How often it came.
    pub copies: i64,
    /// Whether it came so late that only Zoom's retries explain it.
    pub late: bool,
    /// What became of it.
    pub outcome: Pill,
    /// Why, as a sentence; empty where there is nothing to say.
    pub reason: String,
    /// What to do about it, as a sentence; empty where there is nothing to do.
    pub repair: String,
    /// The headers we keep.
    pub headers: Vec<Pair>,
    /// The raw body, indented, with secrets and persons shortened.
    pub body: String,
    /// What it told of.
    pub facts: Vec<FactCard>,
    /// What followed.
    pub deliveries: Vec<DeliveryLine>,
    /// Whether it may be read once more.
    pub replayable: bool,
}
