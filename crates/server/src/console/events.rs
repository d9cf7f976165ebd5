//! Meetings and webinars: as a list, as a month, and one with its people.

use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use super::plot::Bar;
use super::schedule::Choose;
use askama::Template;

/// How a light looks, what it is about, and where it is mended.
#[derive(Debug, Clone)]
pub struct LightLine {
    /// Icon and word of what it is about.
    pub pill: Pill,
    /// How it stands, for those who cannot see the colour.
    pub stands: String,
    /// What it means, as a sentence.
    pub sentence: String,
    /// Where it is mended: a path of this console; none where there is nothing to mend here.
    pub repair: Option<String>,
}

/// A meeting or webinar in a list.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// Its page: a path of this console.
    pub link: String,
    /// The topic, or the number.
    pub topic: String,
    /// Meeting or webinar, with its number.
    pub kind: String,
    /// When it is, or was.
    pub starts: Moment,
    /// Where it stands.
    pub state: Pill,
    /// Who registered; an en dash where it is not known, here and below.
    pub registered: String,
    /// Who came.
    pub came: String,
    /// Who did not.
    pub no_show: String,
    /// Who came and is not named.
    pub unnamed: String,
    /// Zoom, we and LeadSquared compared, as a sentence; empty where there is nothing to compare.
    pub truth: String,
}

/// A meeting or webinar that is to come, with its lights.
#[derive(Debug, Clone)]
pub struct ComingEvent {
    /// The same as in a list.
    pub line: EventLine,
    /// All lights.
    pub lights: Vec<LightLine>,
    /// Those that want attention.
    pub wanting: Vec<LightLine>,
}

/// Which list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What is to come.
    Coming,
    /// What was.
    Past,
    /// A month.
    Month,
}

/// A day of a month.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// The day's number; empty outside of the month.
    pub number: String,
    /// In words, with its weekday.
    pub name: String,
    /// It is today.
    pub today: bool,
    /// What is on that day: time of day, and the line.
    pub events: Vec<(String, EventLine)>,
    /// How many more there are, and where they are listed.
    pub more: Option<(i64, String)>,
}

/// A month.
#[derive(Debug, Clone, Default)]
pub struct Month {
    /// Its name and year.
    pub name: String,
    /// Weeks of seven days.
    pub weeks: Vec<Vec<Day>>,
    /// The month before: a path.
    pub before: String,
    /// The month after: a path.
    pub after: String,
}

/// The page `/t/{tenant}/events`.
#[derive(Debug, Clone, Template)]
#[template(path = "events.html")]
pub struct Events {
    /// Around it.
    pub frame: Frame,
    /// Which list.
    pub tab: Tab,
    /// Addresses of the three lists.
    pub tabs: [String; 3],
    /// Kinds to choose from.
    pub kinds: Vec<Choose>,
    /// What is searched for.
    pub search: String,
    /// It is filtered.
    pub filtered: bool,
    /// Under way now.
    pub now: Vec<EventLine>,
    /// In their order.
    pub lines: Vec<EventLine>,
    /// The month, where that is shown.
    pub month: Option<Month>,
    /// The address of the first page.
    pub newest: Option<String>,
    /// The address of the next page.
    pub older: Option<String>,
}

impl Events {
    /// The tabs with their words, addresses, and whether they are shown.
    #[must_use]
    pub fn tab_links(&self) -> Vec<(&'static str, &str, bool)> {
        let names = [("Coming", Tab::Coming), ("Past", Tab::Past), ("Month", Tab::Month)];
        names.into_iter().zip(&self.tabs).map(|((name, tab), link)| (name, link.as_str(), tab == self.tab)).collect()
    }

    /// The tab as the filter's form sends it.
    #[must_use]
    pub fn view(&self) -> &'static str {
        match self.tab {
            Tab::Coming => "coming",
            Tab::Past => "past",
            Tab::Month => "month",
        }
    }
}

/// Somebody in a list of people.
#[derive(Debug, Clone)]
pub struct GuestLine {
    /// The name, or the address.
    pub name: String,
    /// The address; empty where Zoom does not tell it.
    pub email: String,
    /// How somebody stands.
    pub role: Pill,
    /// How long, in words; empty for who was not there.
    pub stayed: String,
    /// The stays in words.
    pub stays: Vec<String>,
    /// The stays as bars in a box of [`LINE_WIDTH`].
    pub bars: Vec<Bar>,
    /// How far LeadSquared has it.
    pub arrival: Option<Pill>,
    /// Deliveries about the person: a path.
    pub deliveries: String,
    /// Everything about the person, from Zoom to LeadSquared: a path.
    pub follow: String,
}

/// The width of a person's line of time.
pub const LINE_WIDTH: i64 = 1_000;

/// How many were there at each time, as a picture.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The outline of the area, in a box of [`LINE_WIDTH`] by 100.
    pub path: String,
    /// The most at one time.
    pub most: i64,
    /// What it shows, as a sentence.
    pub sentence: String,
    /// Times along it.
    pub named: Vec<String>,
    /// The same in numbers: from when, how many at the most.
    pub lines: Vec<(String, i64)>,
}

/// The page `/t/{tenant}/events/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "event.html")]
pub struct Event {
    /// Around it.
    pub frame: Frame,
    /// The same as in a list.
    pub line: EventLine,
    /// Names and values: when, how long, who hosts.
    pub pairs: Vec<(&'static str, String)>,
    /// It is under way: the page refreshes itself.
    pub live: bool,
    /// When its numbers were counted last.
    pub counted: Option<Moment>,
    /// Zoom, we and LeadSquared agree.
    pub agree: bool,
    /// The lights of what is to come.
    pub lights: Vec<LightLine>,
    /// How many were there.
    pub presence: Option<Presence>,
    /// Times along the lines of people.
    pub axis: Vec<String>,
    /// People on this page.
    pub people: Vec<GuestLine>,
    /// How many there are, or were found, in words; empty while nobody counted.
    pub listed: String,
    /// More are not named by Zoom than the page shows.
    pub unnamed: bool,
    /// What is searched for.
    pub search: String,
    /// The address of the first page of people.
    pub newest: Option<String>,
    /// The address of the next page of people.
    pub older: Option<String>,
    /// Other dates of the same series, the latest first.
    pub others: Vec<EventLine>,
}
