//! The deliveries: every change wanted in LeadSquared or Zoom, each with its state, its last cause and its next try.

use super::filters;
use super::frame::Frame;
use super::list::{Choice, List};
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
    pub count: String,
    /// The address of the list that shows only these.
    pub link: String,
}

/// The page `/t/{tenant}/deliveries`.
#[derive(Debug, Clone, Template)]
#[template(path = "deliveries.html")]
pub struct Deliveries {
    /// Around it.
    pub frame: Frame,
    /// Around the list.
    pub list: List,
    /// Newest first, unless the oldest are asked for.
    pub lines: Vec<DeliveryLine>,
    /// Parked ones by cause, the most frequent first.
    pub causes: Vec<CauseLine>,
    /// What the failures that are shown have in common, where a group of them was followed; else empty.
    pub cause: String,
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
    /// How many parked ones match the filters, as a sentence; empty where none does.
    pub parked: String,
    /// The address of the page that asks before it replays them.
    pub replay_link: String,
}
