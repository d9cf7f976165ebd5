//! Following one person: from Zoom's notification over what it was merged into to LeadSquared's answer, oldest first, on one page.

use super::deliveries::DeliveryLine;
use super::delivery::AttemptLine;
use super::filters;
use super::frame::Frame;
use super::journal::NotificationLine;
use super::notification::Pair;
use super::part::{Moment, WebLink};
use askama::Template;

/// Somebody or something that a search found.
#[derive(Debug, Clone)]
pub struct FoundLine {
    /// Whom or what, in words.
    pub words: String,
    /// The latest about it, in words.
    pub latest: String,
    /// The page's address with only this.
    pub link: String,
}

/// A notification, and how it was proven.
#[derive(Debug, Clone)]
pub struct ToldLine {
    /// The notification.
    pub line: NotificationLine,
    /// How we know that it is genuine, as a sentence.
    pub proven: String,
}

/// A delivery with everything about it.
#[derive(Debug, Clone)]
pub struct SentLine {
    /// The delivery.
    pub line: DeliveryLine,
    /// When it was planned.
    pub planned: Moment,
    /// Why it was planned, as a sentence.
    pub decided: String,
    /// The settings it was planned with.
    pub settings_version: i64,
    /// Where it goes.
    pub destination: String,
    /// What is wanted, field by field.
    pub command: Vec<Pair>,
    /// Its mark; empty where it has none.
    pub marker: String,
    /// What the remote system calls it; empty while it does not.
    pub result: String,
    /// The calls that were made for it.
    pub attempts: Vec<AttemptLine>,
    /// How we know that it arrived, as a sentence.
    pub proof: String,
    /// What happens next, as a sentence.
    pub next: String,
}

/// A fact with what told of it and what followed.
#[derive(Debug, Clone)]
pub struct StepCard {
    /// What happened, in words.
    pub what: String,
    /// What is known of it.
    pub pairs: Vec<Pair>,
    /// What told of it, oldest first.
    pub told: Vec<ToldLine>,
    /// What followed, oldest first.
    pub sent: Vec<SentLine>,
}

/// The page `/t/{tenant}/follow`.
#[derive(Debug, Clone, Template)]
#[template(path = "follow.html")]
pub struct Follow {
    /// Around it.
    pub frame: Frame,
    /// What is searched for.
    pub q: String,
    /// Whether somebody searched, and nothing was found.
    pub nothing: bool,
    /// Several that it may be.
    pub found: Vec<FoundLine>,
    /// Who is followed; empty where it is one fact.
    pub who: String,
    /// The person's page in LeadSquared.
    pub lead_link: Option<WebLink>,
    /// Oldest first.
    pub steps: Vec<StepCard>,
    /// The address of what was before.
    pub earlier: Option<String>,
    /// The address of the latest.
    pub latest: Option<String>,
}
