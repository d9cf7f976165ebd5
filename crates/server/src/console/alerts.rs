//! The page Alerts: where a tenant is told what it has to know, what was told lately, and whether it arrived.

use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use askama::Template;

/// An address where the tenant is told.
#[derive(Debug, Clone)]
pub struct AddressLine {
    /// Names it in addresses.
    pub id: String,
    /// What kind it is, in words.
    pub kind: &'static str,
    /// The address.
    pub address: String,
    /// Since when.
    pub added: Moment,
    /// Its secret can be replaced: it is a web address, and the secret before is not used any more.
    pub replaceable: bool,
    /// Until when posts are signed with the secret before, too.
    pub old_until: Option<Moment>,
}

/// Something that was told, or is being told.
#[derive(Debug, Clone)]
pub struct Sending {
    /// What, in words.
    pub what: String,
    /// Where.
    pub to: String,
    /// How it stands.
    pub state: Pill,
    /// When it was last tried, or is tried next.
    pub at: Option<Moment>,
    /// What the last try came to; empty when it arrived.
    pub detail: String,
}

/// An alert.
#[derive(Debug, Clone)]
pub struct AlertLine {
    /// Whether it lasts.
    pub state: Pill,
    /// What happened.
    pub sentence: String,
    /// In more words.
    pub detail: String,
    /// When it began.
    pub raised: Moment,
    /// When it was over.
    pub resolved: Option<Moment>,
}

/// A web address that was added, or got another secret, just now.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// The address.
    pub address: String,
    /// What posts to it are signed with, shown this once.
    pub secret: String,
    /// Until when they are signed with the secret before, too; none for an address that is new.
    pub old_until: Option<Moment>,
}

/// The app was removed in Zoom.
#[derive(Debug, Clone)]
pub struct RemovalLine {
    /// Which app.
    pub app: &'static str,
    /// When Zoom said so.
    pub told: Moment,
    /// What came of it, one sentence each.
    pub facts: Vec<String>,
}

/// The page `/t/{tenant}/alerts`.
#[derive(Debug, Clone, Template)]
#[template(path = "alerts.html")]
pub struct Alerts {
    /// Around it.
    pub frame: Frame,
    /// What is wrong with what was sent, as a sentence.
    pub refusal: Option<String>,
    /// The address that was refused, to be mended.
    pub entered: String,
    /// Shown after a web address was added, or its secret replaced.
    pub secret: Option<NewSecret>,
    /// This service cannot send mail.
    pub mail_missing: bool,
    /// Where the tenant is told.
    pub addresses: Vec<AddressLine>,
    /// What happened, the latest first.
    pub alerts: Vec<AlertLine>,
    /// What still waits when the app is removed in Zoom is dropped.
    pub drops: bool,
    /// Removals, the latest first.
    pub removals: Vec<RemovalLine>,
    /// What was told, the latest first.
    pub sendings: Vec<Sending>,
}
