//! The page Sharing: what a tenant lets others have of its Zoom account, what is shared with it, and where an event would go.

use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use askama::Template;

/// Something the tenant offered or shares.
#[derive(Debug, Clone)]
pub struct ShareLine {
    /// Names it in addresses.
    pub id: String,
    /// Whether somebody accepted it.
    pub state: Pill,
    /// The rules, one each, as people write them.
    pub rules: Vec<String>,
    /// Since when it is shared, or until when it can be accepted.
    pub moment: Moment,
    /// Somebody accepted it.
    pub accepted: bool,
}

/// A made-up event, as it was entered.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The host's address or Zoom user id.
    pub host: String,
    /// The topic.
    pub topic: String,
    /// A group that the host is in.
    pub group: String,
    /// A tracking field, as in `Department = North`.
    pub tracking: String,
    /// Where it would go, as a sentence; empty before somebody asked.
    pub answer: String,
}

/// One of the two Zoom apps.
#[derive(Debug, Clone)]
pub struct AppPart {
    /// As in addresses: `meetings`, `webinars`.
    pub app: &'static str,
    /// As a title.
    pub title: &'static str,
    /// The tenant signed in itself.
    pub signed_in: bool,
    /// The rules by which another tenant's sign-in is shared with this one, if it is.
    pub guest_of: Option<Vec<String>>,
    /// What was offered or is shared.
    pub shares: Vec<ShareLine>,
    /// Rules that were refused, to be mended.
    pub entered: String,
    /// What is wrong with them; empty when nothing is.
    pub refusal: String,
    /// The code of the offer that was made just now.
    pub code: Option<String>,
    /// The tester.
    pub asked: Asked,
}

/// The page `/t/{tenant}/sharing`.
#[derive(Debug, Clone, Template)]
#[template(path = "sharing.html")]
pub struct Sharing {
    /// Around it.
    pub frame: Frame,
    /// Meetings, then webinars.
    pub parts: Vec<AppPart>,
    /// What a rule can begin with, and what it compares.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// A code that was refused, to be mended.
    pub entered: String,
    /// What is wrong with it, as a sentence; empty when nothing is.
    pub refusal: String,
}
