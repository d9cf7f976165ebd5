//! Adding leads to a webinar, and the page that follows it: how many are added, and what became of each.

use super::filters;
use super::frame::Frame;
use super::list::List;
use super::part::{Pill, WebLink};
use super::schedule::Field;
use askama::Template;

/// A webinar to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebinarChoice {
    /// Its number.
    pub number: String,
    /// Title and time.
    pub words: String,
}

/// A list, or a lead field, to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedChoice {
    /// Its id or schema name.
    pub id: String,
    /// For people.
    pub words: String,
}

/// A question of the webinar's form, and what answers it.
#[derive(Debug, Clone)]
pub struct QuestionRow {
    /// Its place, for the names of the fields.
    pub place: usize,
    /// As Zoom shows it.
    pub name: String,
    /// Zoom refuses who does not answer.
    pub required: bool,
    /// The lead field that answers it; may be empty.
    pub field: String,
    /// The same answer for everybody; may be empty.
    pub constant: String,
    /// Nothing answers it, and it has to be answered.
    pub open: bool,
}

/// The webinar that was chosen.
#[derive(Debug, Clone)]
pub struct ChosenWebinar {
    /// Its number.
    pub number: String,
    /// Title and time.
    pub words: String,
    /// What its form asks.
    pub questions: Vec<QuestionRow>,
}

/// A wish of before.
#[derive(Debug, Clone)]
pub struct EarlierWish {
    /// When, in words.
    pub when: String,
    /// Where to follow it.
    pub link: String,
}

/// The page `/t/{tenant}/add-leads`: first which webinar, then who.
#[derive(Debug, Clone, Template)]
#[template(path = "add_leads.html")]
pub struct AddLeads {
    /// Around it.
    pub frame: Frame,
    /// Why nobody can be added, as a sentence, if so.
    pub blocked: Option<String>,
    /// What to mend in general.
    pub refusal: Option<String>,
    /// What could not be listed, as sentences.
    pub troubles: Vec<String>,
    /// The coming webinars.
    pub webinars: Vec<WebinarChoice>,
    /// The number as typed.
    pub webinar: Field,
    /// The webinar, once chosen.
    pub chosen: Option<ChosenWebinar>,
    /// E-mail addresses and ids as typed.
    pub leads: Field,
    /// The tenant's lists.
    pub lists: Vec<NamedChoice>,
    /// The list that is chosen; may be empty.
    pub list: String,
    /// The lead fields that may answer a question.
    pub fields: Vec<NamedChoice>,
    /// Wishes of before.
    pub earlier: Vec<EarlierWish>,
    /// Makes the same form one wish, however often it is sent.
    pub wish: String,
}

/// How many leads stand somewhere.
#[derive(Debug, Clone)]
pub struct StandingLine {
    /// In addresses.
    pub value: String,
    /// As it is called.
    pub title: String,
    /// Leads.
    pub count: i64,
    /// Shown now.
    pub current: bool,
}

/// What became of one lead.
#[derive(Debug, Clone)]
pub struct LeadLine {
    /// Address or id.
    pub who: String,
    /// Where it stands.
    pub state: Pill,
    /// Why, as a sentence.
    pub why: String,
    /// Its own link.
    pub join: Option<WebLink>,
    /// Where to read more.
    pub link: String,
    /// Where everything about the lead stands.
    pub follow: String,
}

/// The page `/t/{tenant}/add-leads/{wish}`.
#[derive(Debug, Clone, Template)]
#[template(path = "added.html")]
pub struct Added {
    /// Around it.
    pub frame: Frame,
    /// The webinar's title.
    pub topic: String,
    /// Number and start, in words.
    pub when: String,
    /// Who was to be added, in words.
    pub of: String,
    /// Where the whole stands.
    pub stage: Pill,
    /// What that means, and what to do, as a sentence.
    pub sentence: String,
    /// Nothing more happens by itself.
    pub done: bool,
    /// Leads in all.
    pub total: i64,
    /// Leads that are settled.
    pub settled: i64,
    /// How many stand where.
    pub standings: Vec<StandingLine>,
    /// What is searched for.
    pub who: String,
    /// The standing that is shown; empty for all.
    pub standing: String,
    /// Leads.
    pub lines: Vec<LeadLine>,
    /// Around the list.
    pub list: List,
    /// This page's own address without filters.
    pub path: String,
}
