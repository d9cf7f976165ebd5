//! The first page of all: whoever holds the one-time link makes the first account of the console.

use super::filters;
use super::frame::Frame;
use askama::Template;

/// The page `/first-run/{token}`.
#[derive(Debug, Clone, Template)]
#[template(path = "first_run.html")]
pub struct FirstRun {
    /// Around it.
    pub frame: Frame,
    /// The link's token, for the form's address.
    pub token: String,
    /// Whether the link still works; without it the page says how to get a new one.
    pub link_works: bool,
    /// Name as typed.
    pub name: String,
    /// E-mail address as typed.
    pub email: String,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}

/// The shortest pass word, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The longest pass word, in characters.
pub const PASSWORD_CHARS_MAX: usize = 200;
