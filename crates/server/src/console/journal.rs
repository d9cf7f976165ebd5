//! The journal: every notification taken in, newest first, each with what became of it.

use super::filters;
use super::frame::Frame;
use super::list::{Choice, List};
use super::part::{Moment, Pill};
use askama::Template;

/// One notification in a list.
#[derive(Debug, Clone)]
pub struct NotificationLine {
    /// Its id.
    pub id: String,
    /// When it came in.
    pub received: Moment,
    /// The event in words.
    pub what: String,
    /// The event's name in Zoom.
    pub event: String,
    /// Through which door.
    pub source: String,
    /// What became of it.
    pub outcome: Pill,
    /// Why, as a sentence; empty where there is nothing to say.
    pub reason: String,
    /// How often it came.
    pub copies: i64,
}

/// The page `/t/{tenant}/journal`.
#[derive(Debug, Clone, Template)]
#[template(path = "journal.html")]
pub struct Journal {
    /// Around it.
    pub frame: Frame,
    /// Around the list.
    pub list: List,
    /// Newest first, unless the oldest are asked for.
    pub lines: Vec<NotificationLine>,
    /// Outcomes to choose from.
    pub outcomes: Vec<Choice>,
    /// The one that is chosen.
    pub outcome: String,
    /// The event's name that is chosen.
    pub event: String,
    /// Names of events to offer.
    pub events: Vec<String>,
    /// The text that is searched for.
    pub search: String,
}
