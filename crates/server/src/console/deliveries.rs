//! The deliveries: every change wanted in LeadSquared or Zoom, each with its state, its last cause and its next try.

use super::filters;
use super::frame::Frame;
use super::journal::{Choice, Empty};
use super::part::{Moment, Pill};
use askama::Template;

/// One delivery in a list.
#[derive(Debug, Clone)]
pub struct DeliveryLine {
    /// Its id.
    pub id: String,
    /// What it is, in words.
    pub what: String,
    /// What it is about, as a rule a topic; empty where there is nothing more to say.
    pub topic: String,
    /// The person, in words.
    pub who: String,
    /// Where it stands.
    pub state: Pill,
    /// The last cause, as a sentence; empty where there is nothing to say.
    pub cause: String,
    /// Tries that ended without being applied.
    pub tries: i64,
    /// When it is tried next.
    pub next: Option<Moment>,
    /// When it last changed.
    pub updated: Moment,
    /// Whether it waits for a person.
    pub replayable: bool,
}

/// Parked deliveries with one cause.
#[derive(Debug, Clone)]
pub struct CauseLine {
    /// The cause as a sentence.
    pub sentence: String,
    /// How many.
    pub count: i64,
    /// The address of the list that shows only these.
    pub link: String,
}

/// The page `/t/{tenant}/deliveries`.
#[derive(Debug, Clone, Template)]
#[template(path = "deliveries.html")]
pub struct Deliveries {
    /// Around it.
    pub frame: Frame,
    /// Newest first.
    pub lines: Vec<DeliveryLine>,
    /// Why there are none.
    pub empty: Empty,
    /// Parked ones by cause, the most frequent first.
    pub causes: Vec<CauseLine>,
    /// States to choose from.
    pub states: Vec<Choice>,
    /// The one that is chosen.
    pub state: String,
    /// Causes to choose from.
    pub codes: Vec<Choice>,
    /// The one that is chosen.
    pub code: String,
    /// The person that is searched for.
    pub who: String,
    /// How many parked ones match the filters.
    pub parked: i64,
    /// The address of the page that asks before it replays them.
    pub replay_link: String,
    /// The address of the newest page.
    pub newest: Option<String>,
    /// The address of the next older page.
    pub older: Option<String>,
}
