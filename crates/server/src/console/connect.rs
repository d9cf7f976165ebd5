//! The pages of a sign-in with Zoom: the one a forwarded link opens, the one that asks before it connects, and the one
//! that says why it did not work.

use super::configure::{Tab, ZoomIdentity};
use super::filters;
use super::frame::Frame;
use super::part::Moment;
use askama::Template;

/// The page `/connect/{token}`: what a Zoom admin without an account here sees.
#[derive(Debug, Clone, Template)]
#[template(path = "connect_invite.html")]
pub struct Invite {
    /// Around it.
    pub frame: Frame,
    /// For which tab; without it the link does not work (any more).
    pub tab: Option<Tab>,
    /// The LeadSquared account that asks.
    pub tenant: String,
    /// The form's address.
    pub action: String,
    /// Until when the link works.
    pub expires: Option<Moment>,
}

/// The page that names everything once more and asks before it connects.
#[derive(Debug, Clone, Template)]
#[template(path = "connect_confirm.html")]
pub struct Confirm {
    /// Around it.
    pub frame: Frame,
    /// For which tab.
    pub tab: Tab,
    /// The LeadSquared account it will serve.
    pub tenant: String,
    /// Who signed in to Zoom.
    pub identity: ZoomIdentity,
    /// The client id of the tenant's own app, where it is by one; it acts for that user.
    pub own_app: Option<String>,
    /// Another LeadSquared account uses this Zoom sign-in and will lose it.
    pub takes_over: bool,
    /// The sign-in is kept for the day on which the present one does not work any more.
    pub stands_by: bool,
    /// The Zoom user whose sign-in it replaces here.
    pub replaces: Option<String>,
    /// Permissions that are missing, by their scopes.
    pub missing_scopes: Vec<String>,
    /// The address of the form that connects.
    pub action: String,
    /// The address to leave by; empty for whoever came by a link.
    pub cancel: String,
    /// Until when it can be confirmed.
    pub expires: Moment,
}

/// The page for whoever connected by a forwarded link and has no account here.
#[derive(Debug, Clone, Template)]
#[template(path = "connect_done.html")]
pub struct Done {
    /// Around it.
    pub frame: Frame,
    /// For which tab.
    pub tab: Tab,
    /// The LeadSquared account it serves.
    pub tenant: String,
}

/// The page of a sign-in that did not work.
#[derive(Debug, Clone, Template)]
#[template(path = "connect_failure.html")]
pub struct Failure {
    /// Around it.
    pub frame: Frame,
    /// For which tab.
    pub tab: Tab,
    /// What happened, as a sentence.
    pub sentence: String,
    /// Likely causes, as sentences, the likeliest first.
    pub causes: Vec<String>,
    /// What to ask the Zoom account's owner for, as a text to forward.
    pub ask: String,
    /// Zoom's own words, if it said any.
    pub answer: Option<String>,
    /// Where to try again; empty for whoever came by a link.
    pub retry: String,
}
