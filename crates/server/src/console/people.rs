//! People whom Zoom does not name: who waits for a decision and who it may be, and the decisions made.

use super::filters;
use super::frame::Frame;
use super::list::List;
use super::part::{Moment, Pill};
use askama::Template;

/// Somebody it may be.
#[derive(Debug, Clone)]
pub struct MayBe {
    /// The key that chooses it, from 1.
    pub key: usize,
    /// Address.
    pub email: String,
    /// How much speaks for it, as a status.
    pub sure: Pill,
    /// Why, as a sentence.
    pub why: String,
}

/// Somebody whom Zoom does not name.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Names the person in addresses.
    pub id: String,
    /// As shown in Zoom.
    pub name: String,
    /// In which webinar.
    pub topic: String,
    /// When the first stay began.
    pub came: Option<Moment>,
    /// The stays in words, each with its length.
    pub stays: Vec<String>,
    /// What a decision holds for, as a sentence.
    pub holds: String,
    /// Who it may be, the surest first.
    pub may_be: Vec<MayBe>,
    /// Who it is, where that is known, as a sentence.
    pub is: Option<String>,
    /// A decision can be taken back.
    pub can_undo: bool,
    /// Where everything about the name stands; empty where there is no name.
    pub follow: String,
    /// The page begins with this one.
    pub is_next: bool,
}

/// The decision that was made just now.
#[derive(Debug, Clone)]
pub struct JustDecided {
    /// Names the person in addresses.
    pub id: String,
    /// As shown in Zoom.
    pub name: String,
}

/// The page `/t/{tenant}/people`.
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct People {
    /// Around it.
    pub frame: Frame,
    /// What is wrong with the decision that was sent, as a sentence.
    pub refusal: Option<String>,
    /// Around the list of those who wait.
    pub list: List,
    /// What can be taken back with one key.
    pub last: Option<JustDecided>,
    /// The place in the list from which the next decision is made.
    pub at: usize,
    /// Who waits for a decision.
    pub waiting: Vec<Stranger>,
    /// Who is known.
    pub known: Vec<Stranger>,
}
