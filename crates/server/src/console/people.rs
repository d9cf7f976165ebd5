//! People whom Zoom does not name: who waits for a decision and who it may be, and the decisions made.

use super::filters;
use super::frame::Frame;
use super::part::Moment;
use askama::Template;

/// Somebody it may be.
#[derive(Debug, Clone)]
pub struct MayBe {
    /// Address.
    pub email: String,
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
}

/// The page `/t/{tenant}/people`.
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct People {
    /// Around it.
    pub frame: Frame,
    /// What is wrong with the decision that was sent, as a sentence.
    pub refusal: Option<String>,
    /// Who waits for a decision.
    pub waiting: Vec<Stranger>,
    /// Who is known.
    pub known: Vec<Stranger>,
}
