//! The texts and field values of leads, activities and tasks. Text is cut visibly at the field's limit, never refused.

use crate::fact::Gathering;
use crate::leadsquared::command::Activity;
use crate::redact::clip;
use crate::settings::{self, ACTIVITY_TEXT_CHARS_MAX};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The longest note of an activity, in characters. LeadSquared publishes no limit (leadsquared.md § 9.1).
pub const NOTE_CHARS_MAX: usize = 2_000;

/// `YYYY-MM-DD HH:MM` in UTC.
pub fn minute(ms: i64) -> String {
    let text = Timestamp::from_millisecond(ms).map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    text.unwrap_or_else(|_| "at an unknown time".to_owned())
}

/// The topic, or what to say without one.
pub fn topic(gathering: &Gathering) -> &str {
    gathering.topic.as_deref().unwrap_or("(no topic)")
}

/// First and last name out of what was typed as one.
pub fn split_name(name: &str) -> BTreeMap<String, String> {
    let mut words = name.split_whitespace();
    let mut fields = BTreeMap::new();
    if let Some(first) = words.next() {
        fields.insert("FirstName".to_owned(), clip(first, 64));
    }
    let last: Vec<&str> = words.collect();
    if !last.is_empty() {
        fields.insert("LastName".to_owned(), clip(&last.join(" "), 64));
    }
    fields
}

/// The parts of an activity that differ from one to the next.
pub struct Told<'a> {
    /// What it is about.
    pub gathering: &'a Gathering,
    /// The note.
    pub note: String,
    /// When it happened, epoch milliseconds.
    pub at_ms: i64,
    /// Whole minutes, where there is a length.
    pub minutes: Option<i64>,
    /// Tracking source.
    pub source: Option<&'a str>,
}

/// An activity with its custom fields.
pub fn activity(code: i64, marker: String, told: &Told<'_>) -> Activity {
    let mut fields = BTreeMap::new();
    fields.insert(settings::FIELD_MARKER.to_owned(), marker.clone());
    fields.insert(settings::FIELD_TOPIC.to_owned(), clip(topic(told.gathering), ACTIVITY_TEXT_CHARS_MAX));
    fields.insert(settings::FIELD_NUMBER.to_owned(), told.gathering.number.to_string());
    if let Some(minutes) = told.minutes {
        fields.insert(settings::FIELD_MINUTES.to_owned(), minutes.to_string());
    }
    fields.insert(settings::FIELD_ZOOM_TIME.to_owned(), minute(told.at_ms));
    if let Some(source) = told.source {
        fields.insert(settings::FIELD_SOURCE.to_owned(), clip(source, ACTIVITY_TEXT_CHARS_MAX));
    }
    Activity { code, note: clip(&told.note, NOTE_CHARS_MAX), at_ms: told.at_ms, fields, marker }
}
