//! The page of a request that cannot be answered: what, why, what to do, and an id to find it by in the log.

use super::filters;
use super::frame::Frame;
use askama::Template;

/// A page for 400, 403, 404, 429, 500, 503.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// Around it.
    pub frame: Frame,
    /// The status.
    pub status: u16,
    /// What happened, as a sentence.
    pub sentence: String,
    /// What to do, as a sentence.
    pub repair: String,
    /// The stable code.
    pub code: String,
    /// The request's id in the log.
    pub id: String,
    /// Where to go.
    pub back: String,
}
