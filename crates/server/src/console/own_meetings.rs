//! The meetings that somebody scheduled: what Zoom did not make so far, what is to come, what was.

use super::filters;
use super::frame::Frame;
use super::part::{Pill, WebLink};
use askama::Template;

/// One of them.
#[derive(Debug, Clone)]
pub struct OwnLine {
    /// The title.
    pub topic: String,
    /// Its page, where it is followed and changed.
    pub link: String,
    /// With whom.
    pub lead: String,
    /// When, in words.
    pub when: String,
    /// Where it stands.
    pub state: Pill,
    /// Why, as a sentence; may be empty.
    pub detail: String,
    /// How many registered, where that is known.
    pub registered: String,
    /// How many came, where that is known.
    pub came: String,
    /// The link to join by, while it can be joined.
    pub join: Option<WebLink>,
    /// Whether it can still be changed or cancelled on its page.
    pub change: bool,
}

/// The page `/t/{tenant}/own-meetings`.
#[derive(Debug, Clone, Template)]
#[template(path = "own_meetings.html")]
pub struct OwnMeetings {
    /// Around it.
    pub frame: Frame,
    /// What Zoom did not make so far.
    pub unmade: Vec<OwnLine>,
    /// What is to come or under way, the next ones first.
    pub coming: Vec<OwnLine>,
    /// What was, the latest ones first.
    pub past: Vec<OwnLine>,
    /// The first page, where this is another: a path.
    pub first: Option<String>,
    /// Those that are held later: a path.
    pub later: Option<String>,
    /// Those that were held earlier: a path.
    pub older: Option<String>,
}

/// One of the lists on the page.
struct OwnList<'a> {
    name: &'static str,
    heading: &'static str,
    lines: &'a [OwnLine],
    /// What leads on, and its words.
    more: Option<(&'static str, &'a String)>,
}

impl OwnMeetings {
    /// The lists that hold something.
    fn lists(&self) -> Vec<OwnList<'_>> {
        let later = self.later.as_ref().map(|path| ("Later ones", path));
        let older = self.older.as_ref().map(|path| ("Older ones", path));
        let all = [
            OwnList { name: "unmade", heading: "Not made in Zoom yet", lines: &self.unmade, more: None },
            OwnList { name: "coming", heading: "Coming", lines: &self.coming, more: later },
            OwnList { name: "past", heading: "Past", lines: &self.past, more: older },
        ];
        all.into_iter().filter(|list| !list.lines.is_empty()).collect()
    }
}
