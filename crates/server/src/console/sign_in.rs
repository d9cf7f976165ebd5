//! Signing in to the console, with e-mail address and pass word.

use super::filters;
use super::frame::Frame;
use askama::Template;

/// The page `/sign-in`.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// Around it.
    pub frame: Frame,
    /// E-mail address as typed.
    pub email: String,
    /// A path of this console to go to afterwards.
    pub next: String,
    /// Why it did not work; never whether the address is known.
    pub refusal: Option<String>,
}
