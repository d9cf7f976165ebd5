//! Something that happened to a person, as the rules see it: the facts turned into variables (docs/rules.md).

use crate::fact::{Alias, AttendanceState, Gathering, RegistrationState};
use crate::ids::Email;
use crate::redact::clip;
use crate::rules::due::{Weekday, zone};
use crate::rules::task::Happened;
use crate::rules::variables::{LIST_MAX, REGISTRATION_FIELDS, VALUE_CHARS_MAX, Variables};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// What happened, to whom, in which webinar.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// What.
    pub happened: Happened,
    /// The fact it follows from, one for each person and run: a rule makes one task for each.
    pub fact: &'a Alias,
    /// The webinar.
    pub gathering: &'a Gathering,
    /// The person.
    pub email: &'a Email,
    /// When, epoch milliseconds: due times count from here.
    pub at_ms: i64,
    /// Everything the person attended of the run.
    pub attendance: Option<&'a AttendanceState>,
    /// The person's registration.
    pub registration: Option<&'a RegistrationState>,
    /// The questions the person asked.
    pub questions: &'a [String],
    /// The person's answers to polls: question and answer.
    pub polls: &'a [(String, String)],
}

impl<'a> Occasion<'a> {
    /// An occasion of which nothing else is known; set the other fields where something is.
    #[must_use]
    pub fn new(happened: Happened, fact: &'a Alias, gathering: &'a Gathering, email: &'a Email, at_ms: i64) -> Self {
        let (attendance, registration) = (None, None);
        Self { happened, fact, gathering, email, at_ms, attendance, registration, questions: &[], polls: &[] }
    }

    /// Whole minutes attended.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.attendance.map_or(0, AttendanceState::attended_ms) / MINUTE_MS
    }

    /// The webinar's scheduled end, epoch milliseconds.
    #[must_use]
    pub fn end_ms(&self) -> Option<i64> {
        Some(self.gathering.start_ms?.saturating_add(self.gathering.minutes?.saturating_mul(MINUTE_MS)))
    }

    /// The person's name as registered; the address without one.
    #[must_use]
    pub fn name(&self) -> String {
        let answer = |field: &str| self.registration.and_then(|known| known.answers.get(field)).map(String::as_str);
        let words: Vec<&str> = ["first_name", "last_name"].into_iter().filter_map(answer).collect();
        let name = words.join(" ");
        if name.trim().is_empty() { self.email.as_str().to_owned() } else { name }
    }

    /// What the rules may ask. Local times are of the zone of that name. What nobody told is left out, and a condition that asks
    /// for it does not hold.
    #[must_use]
    pub fn variables(&self, zone_name: Option<&str>) -> Variables {
        let mut values = BTreeMap::new();
        let mut put = |name: &str, value: Value| values.insert(name.to_owned(), value);
        put("happened", json!(self.happened.as_str()));
        put("attended_minutes", json!(self.minutes()));
        if let Some(percent) = self.percent() {
            put("attended_percent", json!(percent));
        }
        if let (Some(known), Some(start_ms)) = (self.registration, self.gathering.start_ms) {
            put(
                "registered_minutes_before_start",
                json!(start_ms.saturating_sub(known.registered_ms).div_euclid(MINUTE_MS)),
            );
        }
        put("asked_question", json!(!self.questions.is_empty()));
        put("questions", self.questions.iter().take(LIST_MAX).map(|question| text(question)).collect());
        put("polls", answers(self.polls));
        put("webinar", self.webinar(zone_name));
        put("registered", json!(self.registration.is_some_and(|known| !known.only_gone)));
        let answer = |field: &str| self.registration.and_then(|known| known.answers.get(field)).map_or("", |it| it);
        let fields: Map<String, Value> =
            REGISTRATION_FIELDS.iter().map(|field| ((*field).to_owned(), text(answer(field)))).collect();
        put("registration", Value::Object(fields));
        put("question", answers(self.registration.map_or(&[], |known| &known.custom_questions)));
        put("email", json!(self.email.as_str()));
        put("domain", json!(self.email.domain()));
        let source = self.registration.and_then(|known| known.tracking_source.as_deref());
        put("tracking_source", text(source.unwrap_or_default()));
        Variables(values)
    }

    /// Of the run's real length once it is known, before that of the planned one.
    fn percent(&self) -> Option<i64> {
        if let Some(percent) = self.attendance.and_then(AttendanceState::percent) {
            return Some(percent);
        }
        let whole_ms = self.gathering.minutes.filter(|minutes| *minutes > 0)?.saturating_mul(MINUTE_MS);
        let attended_ms = self.attendance.map_or(0, AttendanceState::attended_ms);
        Some((attended_ms.saturating_mul(100) / whole_ms).min(100))
    }

    fn webinar(&self, zone_name: Option<&str>) -> Value {
        let mut fields = Map::new();
        fields.insert("topic".to_owned(), text(self.gathering.topic.as_deref().unwrap_or_default()));
        fields.insert("number".to_owned(), json!(self.gathering.number.to_string()));
        let start = self.gathering.start_ms.and_then(|start_ms| Timestamp::from_millisecond(start_ms).ok());
        if let Some(start) = start {
            let local = start.to_zoned_datetime(zone(zone_name));
            fields.insert("start".to_owned(), json!(local.strftime("%Y-%m-%dT%H:%M").to_string()));
            fields.insert("weekday".to_owned(), json!(Weekday::of(local.date()).as_str()));
            fields.insert("hour".to_owned(), json!(i64::from(local.hour())));
        }
        if let Some(minutes) = self.gathering.minutes {
            fields.insert("minutes".to_owned(), json!(minutes));
        }
        Value::Object(fields)
    }
}

fn text(value: &str) -> Value {
    Value::String(clip(value, VALUE_CHARS_MAX))
}

fn answers(pairs: &[(String, String)]) -> Value {
    let fields: Map<String, Value> =
        pairs.iter().take(LIST_MAX).map(|(title, answer)| (title.clone(), text(answer))).collect();
    Value::Object(fields)
}
