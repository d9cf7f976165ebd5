//! The journal: every notification taken in, newest first, each with what became of it.

use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use askama::Template;

/// A choice of a filter.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value in the address; empty means all.
    pub value: String,
    /// Shown to people.
    pub word: String,
}

/// Why a list has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// There are rows.
    No,
    /// Nothing was ever there.
    NothingYet,
    /// Nothing matches the filters.
    NothingMatches,
    /// It could not be loaded.
    NotLoaded,
}

impl Empty {
    /// As the templates name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::NothingYet => "yet",
            Self::NothingMatches => "matches",
            Self::NotLoaded => "loaded",
        }
    }
}

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
    /// Newest first.
    pub lines: Vec<NotificationLine>,
    /// Why there are none.
    pub empty: Empty,
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
    /// The address of the newest page.
    pub newest: Option<String>,
    /// The address of the next older page.
    pub older: Option<String>,
}
