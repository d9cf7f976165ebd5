//! What an expression may ask, and samples of it for every occasion. docs/rules.md lists the same.

use super::task::Happened;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Values by the name of their variable. What nobody told is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables(pub BTreeMap<String, Value>);

/// The longest text that a variable holds, in characters.
pub const VALUE_CHARS_MAX: usize = 500;
/// Entries of a list at the most.
pub const LIST_MAX: usize = 100;
/// Fields of a lead at the most.
pub const LEAD_FIELDS_MAX: usize = 500;

/// The shape of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text, a number, or true or false.
    Single,
    /// A list of texts, at most [`LIST_MAX`].
    Texts,
    /// Fields with fixed names.
    Fields(&'static [&'static str]),
    /// Texts by names that only the tenant knows, at most [`LEAD_FIELDS_MAX`].
    Answers,
}

/// Zoom's standard fields of a registration.
pub const REGISTRATION_FIELDS: &[&str] = &[
    "first_name",
    "last_name",
    "phone",
    "org",
    "job_title",
    "industry",
    "address",
    "city",
    "state",
    "country",
    "zip",
    "comments",
    "no_of_employees",
    "purchasing_time_frame",
    "role_in_purchase_process",
];

/// Every variable.
pub const ALL: &[(&str, Shape)] = &[
    ("happened", Shape::Single),
    ("attended_minutes", Shape::Single),
    ("attended_percent", Shape::Single),
    ("registered_minutes_before_start", Shape::Single),
    ("asked_question", Shape::Single),
    ("questions", Shape::Texts),
    ("polls", Shape::Answers),
    ("webinar", Shape::Fields(&["topic", "number", "start", "weekday", "hour", "minutes"])),
    ("registered", Shape::Single),
    ("registration", Shape::Fields(REGISTRATION_FIELDS)),
    ("question", Shape::Answers),
    ("email", Shape::Single),
    ("domain", Shape::Single),
    ("tracking_source", Shape::Single),
    ("lead", Shape::Answers),
];

/// The shape of the variable of that name.
#[must_use]
pub fn shape(name: &str) -> Option<Shape> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
}

/// Values as they might be, for one occasion: what an expression is tried with when it is saved. `asked` are the names it
/// takes from `question`, `polls` and `lead`, which are the tenant's own.
#[must_use]
pub fn sample(happened: Happened, asked: &BTreeSet<String>) -> Variables {
    let open = || {
        let fields: Map<String, Value> = asked.iter().map(|name| (name.clone(), json!("1"))).collect();
        Value::Object(fields)
    };
    let came =
        !matches!(happened, Happened::NoShow | Happened::Registered | Happened::Approved | Happened::MissedMeeting);
    let registration: Map<String, Value> =
        REGISTRATION_FIELDS.iter().map(|name| ((*name).to_owned(), json!("1"))).collect();
    let values = [
        ("happened", json!(happened.as_str())),
        ("attended_minutes", json!(if came { 42 } else { 0 })),
        ("attended_percent", json!(if came { 70 } else { 0 })),
        ("registered_minutes_before_start", json!(1_440)),
        ("asked_question", json!(happened == Happened::AskedQuestion)),
        ("questions", json!(["What does it cost?"])),
        ("polls", open()),
        (
            "webinar",
            json!({ "topic": "Quarterly results", "number": "86000000002", "start": "2026-08-02T10:00",
                "weekday": "sunday", "hour": 10, "minutes": 60 }),
        ),
        ("registered", json!(true)),
        ("registration", Value::Object(registration)),
        ("question", open()),
        ("email", json!("asha@example.test")),
        ("domain", json!("example.test")),
        ("tracking_source", json!("newsletter")),
        ("lead", open()),
    ];
    Variables(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
