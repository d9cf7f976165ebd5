//! What keeps failing: failures that are alike together, whom they concern, why, and the one thing that mends them.

use super::filters;
use super::frame::Frame;
use super::list::{Choice, List};
use super::part::Moment;
use askama::Template;

/// A link that mends a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    /// The link's words.
    pub word: String,
    /// A path of this console.
    pub link: String,
}

/// Failures that are alike.
#[derive(Debug, Clone)]
pub struct IssueLine {
    /// The code.
    pub code: String,
    /// What they have in common, in the remote system's words; empty where it said nothing.
    pub cause: String,
    /// What it means, as a sentence.
    pub sentence: String,
    /// Why it comes to that, as a sentence.
    pub why: String,
    /// What to do about it, as a sentence.
    pub repair: String,
    /// Where that is done.
    pub mend: Option<Mend>,
    /// How many, and of what: `38 deliveries`.
    pub count: String,
    /// How many people; empty where nobody is named.
    pub people: String,
    /// Some of them.
    pub few: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When last.
    pub last: Moment,
    /// The address of the list of all of them.
    pub all: String,
    /// The address of the page that asks before they go again.
    pub again: String,
    /// What that link says.
    pub again_word: String,
    /// Who muted it, and when; none where nobody did, or it has grown since.
    pub muted: Option<(String, Moment)>,
}

/// The page `/t/{tenant}/issues`.
#[derive(Debug, Clone, Template)]
#[template(path = "issues.html")]
pub struct Issues {
    /// Around it.
    pub frame: Frame,
    /// Around the list.
    pub list: List,
    /// Those with most failures first.
    pub lines: Vec<IssueLine>,
    /// Systems to choose from.
    pub systems: Vec<Choice>,
    /// The one that is chosen.
    pub system: String,
    /// Whether muted ones are shown: choices.
    pub shows: Vec<Choice>,
    /// The one that is chosen.
    pub shown: String,
    /// Groups that are left out because they are muted.
    pub hidden: i64,
}
