//! The audit log: who did what and when.

use super::filters;
use super::frame::Frame;
use super::part::Moment;
use askama::Template;

/// A line.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// Its place in the chain.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// In words.
    pub detail: String,
}

/// The pages `/t/{tenant}/audit` and `/audit`.
#[derive(Debug, Clone, Template)]
#[template(path = "audit.html")]
pub struct Audit {
    /// Around it.
    pub frame: Frame,
    /// Newest first.
    pub lines: Vec<AuditLine>,
    /// The page's own address.
    pub path: String,
    /// The address of the same as a table.
    pub table: String,
    /// Whose lines are wanted.
    pub who: String,
    /// Which deeds are wanted.
    pub what: String,
    /// The address of the newest lines, when others are shown.
    pub newest: Option<String>,
    /// The address of older lines.
    pub older: Option<String>,
    /// The chain's head as it is noted.
    pub head: Option<String>,
}
