//! Before many deliveries are replayed, or many notifications read once more: how many they are, which, and what it does.

use super::filters;
use super::frame::Frame;
use super::notification::Pair;
use askama::Template;

/// What goes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Deliveries that wait for a person.
    Deliveries,
    /// Notifications that could not be read.
    Notifications,
}

/// The pages `/t/{tenant}/deliveries/replay` and `/t/{tenant}/issues/read`.
#[derive(Debug, Clone, Template)]
#[template(path = "replay.html")]
pub struct Replay {
    /// Around it.
    pub frame: Frame,
    /// What goes again.
    pub what: What,
    /// How many match.
    pub count: i64,
    /// What it does, in sentences, the sum first.
    pub effects: Vec<String>,
    /// The filters in words.
    pub filters: Vec<Pair>,
    /// The filters as the form hands them on: names and values.
    pub fields: Vec<Pair>,
    /// The form's address.
    pub action: String,
    /// The list they came from.
    pub back: String,
}
