//! A tenant's rules: task rules, filters and computed fields in their order, one of them in a form, and the days and the zone that due
//! times are reckoned in.

use super::filters;
use super::frame::Frame;
use super::schedule::Field;
use askama::Template;

/// One of the three lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Rules that make tasks.
    Tasks,
    /// Who is left out.
    Filters,
    /// Fields that are computed.
    Fields,
}

impl Part {
    /// All of them, in the order in which they stand on the page.
    pub const ALL: [Self; 3] = [Self::Tasks, Self::Filters, Self::Fields];

    /// The list in addresses.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Filters => "filters",
            Self::Fields => "fields",
        }
    }

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Tasks => "Tasks",
            Self::Filters => "Filters",
            Self::Fields => "Computed fields",
        }
    }

    /// What it is for, as a sentence.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Tasks => "Each rule that holds makes one task for the person and the webinar.",
            Self::Filters => {
                "Whoever a filter names makes nothing in LeadSquared; the delivery says which filter it was."
            }
            Self::Fields => {
                "Fields of the lead, or of the registration's activity, that are computed when somebody registers."
            }
        }
    }

    /// One of it, in words.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Tasks => "task rule",
            Self::Filters => "filter",
            Self::Fields => "computed field",
        }
    }
}

/// One rule in a list.
#[derive(Debug, Clone)]
pub struct RuleLine {
    /// Counts from 0.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub on: bool,
    /// Whether it is the last of the list.
    pub last: bool,
    /// What it says: a word, and the text to it.
    pub says: Vec<(&'static str, String)>,
}

/// A list.
#[derive(Debug, Clone)]
pub struct Group {
    /// Which.
    pub part: Part,
    /// Its rules.
    pub lines: Vec<RuleLine>,
}

/// A day of the week to choose.
#[derive(Debug, Clone)]
pub struct DayChoice {
    /// As the form says it.
    pub name: &'static str,
    /// Shown to people.
    pub title: &'static str,
    /// Whether it is a working day.
    pub on: bool,
}

/// The page `/t/{tenant}/rules`.
#[derive(Debug, Clone, Template)]
#[template(path = "rules.html")]
pub struct Rules {
    /// Around it.
    pub frame: Frame,
    /// The settings' version that it shows.
    pub version: i64,
    /// The lists.
    pub groups: Vec<Group>,
    /// IANA zone.
    pub zone: Field,
    /// Working days.
    pub days: Vec<DayChoice>,
    /// What to mend, as a sentence.
    pub refusal: Option<String>,
}

/// How something is entered.
#[derive(Debug, Clone)]
pub enum Shape {
    /// In one line.
    Line,
    /// As a number.
    Number,
    /// In several lines.
    Area,
    /// By choosing: value, and what is shown.
    Choice(Vec<(String, String)>),
}

/// Where an expression is wrong.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The line up to there.
    pub before: String,
    /// The line from there on.
    pub from: String,
    /// `line 1, column 5`.
    pub place: String,
}

/// Something to enter.
#[derive(Debug, Clone)]
pub struct Input {
    /// As the form says it.
    pub name: &'static str,
    /// Shown above it.
    pub label: &'static str,
    /// Shown below it; may be empty.
    pub hint: &'static str,
    /// What was typed, and what to mend.
    pub field: Field,
    /// How.
    pub shape: Shape,
    /// Where an expression is wrong.
    pub mark: Option<Mark>,
}

/// The page `/t/{tenant}/rules/{part}/{place}`.
#[derive(Debug, Clone, Template)]
#[template(path = "rule.html")]
pub struct EditRule {
    /// Around it.
    pub frame: Frame,
    /// Which list.
    pub part: Part,
    /// Its place there, or `new`.
    pub place: String,
    /// The settings' version that it was read at.
    pub version: i64,
    /// What to enter.
    pub inputs: Vec<Input>,
    /// What to mend in general.
    pub refusal: Option<String>,
}
