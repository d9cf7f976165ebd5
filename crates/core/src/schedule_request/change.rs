//! A request to change a meeting that was scheduled, checked field by field; what was left out stays.

use super::local_time::{self, NoTime};
use super::{Field, MINUTES_MAX, Notes, TOPIC_CHARS_MAX, Wrong, text};
use crate::fact::agreed::Part;
use serde::{Deserialize, Serialize};

/// What was typed; what is absent or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeRequest {
    /// The title.
    pub topic: String,
    /// Local date and time, `YYYY-MM-DDTHH:MM`.
    pub start: String,
    /// IANA zone of `start`; needed with it.
    pub zone: String,
    /// Offset from UTC, `+HH:MM`, where the clocks show `start` twice; else empty.
    pub offset: String,
    /// Length in minutes.
    pub minutes: Option<i64>,
}

/// Checks a request made at `now_ms` (epoch milliseconds).
///
/// # Errors
/// Everything that has to be mended, in the order of the fields; never empty.
pub fn check(request: &ChangeRequest, now_ms: i64) -> Result<Part, Vec<Wrong>> {
    let mut notes = Notes::default();
    let topic = notes.take(Field::Topic, text(&request.topic, TOPIC_CHARS_MAX));
    let start_ms = start_ms(request, now_ms, &mut notes);
    if request.minutes.is_some_and(|minutes| !(1..=MINUTES_MAX).contains(&minutes)) {
        notes.push(Field::Minutes, "A meeting has 1 to 1,440 minutes.".to_owned());
    }
    let topic = topic.filter(|topic| !topic.is_empty());
    if notes.0.is_empty() && topic.is_none() && start_ms.is_none() && request.minutes.is_none() {
        notes.push(Field::Topic, "Say what is to be changed.".to_owned());
    }
    if !notes.0.is_empty() {
        notes.0.sort_by_key(|wrong| wrong.field);
        return Err(notes.0);
    }
    Ok(Part { topic, start_ms, minutes: request.minutes, standing: None })
}

/// The new start in UTC, epoch milliseconds, where one is wanted and nothing is wrong with it.
fn start_ms(request: &ChangeRequest, now_ms: i64, notes: &mut Notes) -> Option<i64> {
    if request.start.trim().is_empty() {
        return None;
    }
    let zone = notes.take(Field::Zone, local_time::zone(&request.zone));
    let local = notes.take(Field::Start, local_time::local(&request.start));
    let ((name, zone), local) = zone.zip(local)?;
    match local_time::start_ms(local, (&name, &zone), &request.offset, now_ms) {
        Ok(start_ms) => Some(start_ms),
        Err(NoTime { sentence, choices }) => {
            notes.0.push(Wrong { field: Field::Start, sentence, choices });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_514_400_000;

    #[track_caller]
    fn check_fields(topic: &str, start: (&str, &str), minutes: Option<i64>, expected: &[Field]) {
        let (start, zone) = (start.0.to_owned(), start.1.to_owned());
        let request = ChangeRequest { topic: topic.to_owned(), start, zone, minutes, ..ChangeRequest::default() };
        let fields = check(&request, NOW_MS).err().unwrap_or_default();
        assert_eq!(fields.iter().map(|wrong| wrong.field).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_field_that_is_wrong_is_named_and_something_has_to_change() {
        check_fields("New", ("", ""), None, &[]);
        check_fields("", ("2026-11-24T15:30", "Asia/Kolkata"), None, &[]);
        check_fields("", ("", ""), Some(45), &[]);
        check_fields("", ("", ""), None, &[Field::Topic]);
        check_fields("New", ("2026-11-24T15:30", "IST"), Some(0), &[Field::Zone, Field::Minutes]);
        check_fields("", ("2020-01-01T10:00", "UTC"), None, &[Field::Start]);
    }

    #[test]
    fn what_is_left_out_stays() {
        let request = ChangeRequest { minutes: Some(45), ..ChangeRequest::default() };
        let part = check(&request, NOW_MS).unwrap();
        assert_eq!(part, Part { minutes: Some(45), ..Part::default() });
    }
}
