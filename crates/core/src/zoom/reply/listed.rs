//! How Zoom's lists of a webinar's registrants read where everything of each is taken (zoom.md § 5.3, 5.5).

use super::{ZoomFault, read};
use crate::exchange::Reply;
use crate::ids::Email;
use crate::zoom::listed::{ListedRegistrant, Planned};
use crate::zoom::wire::{answers, duration_min, number, text, time};
use serde_json::Value;

/// Zoom's type of a webinar that recurs at fixed times.
const RECURRING_FIXED: i64 = 9;
/// Zoom's way of registering where each occurrence is registered for on its own.
const EACH_OCCURRENCE: [i64; 2] = [2, 3];

/// Reads what a webinar is, before its registrants are read.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_planned(reply: &Reply) -> Result<Planned, ZoomFault> {
    let json = read(reply)?;
    let way = json.get("settings").and_then(|settings| settings.get("registration_type")).and_then(number);
    let apart = json.get("type").and_then(number) == Some(RECURRING_FIXED)
        && way.is_some_and(|way| EACH_OCCURRENCE.contains(&way));
    let occurrences = json.get("occurrences").and_then(Value::as_array).into_iter().flatten();
    Ok(Planned {
        topic: text(&json, "topic"),
        start_ms: time(&json, "start_time"),
        duration_min: duration_min(&json),
        host: text(&json, "host_id"),
        occurrences: occurrences.filter(|_| apart).filter_map(|one| text(one, "occurrence_id")).collect(),
    })
}

/// Reads a page of registrants, and the token of the next. Who has no address is left out: no lead could follow.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_listed(reply: &Reply) -> Result<(Vec<ListedRegistrant>, Option<String>), ZoomFault> {
    let json = read(reply)?;
    let rows = json.get("registrants").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| ZoomFault::Later { why: "a list without registrants".to_owned() })?;
    let one = |row: &Value| {
        let (answers, custom) = answers(row);
        Some(ListedRegistrant {
            id: text(row, "id").or_else(|| text(row, "registrant_id")),
            email: Email::parse(&text(row, "email")?)?,
            created_ms: time(row, "create_time"),
            answers,
            custom,
            join_url: text(row, "join_url"),
        })
    };
    Ok((rows.iter().filter_map(one).collect(), text(&json, "next_page_token")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn answer(body: &str) -> Reply {
        Reply::Answer(Answer::of(200, body))
    }

    #[test]
    fn a_registrant_of_a_list_has_the_same_answers_as_one_of_a_webhook() {
        let (rows, next) = read_listed(&answer(
            r#"{"next_page_token":"t","registrants":[{"id":"R1","email":"Asha@example.test","first_name":"Asha","last_name":"Rao",
            "org":"","phone":"+91-1","custom_questions":[{"title":"Budget?","value":"10k"},{"title":"No","value":""}],"status":"approved",
            "create_time":"2026-08-01T10:00:00Z","join_url":"https://zoom.example/w/1"},{"id":"R2","email":""}]}"#,
        ))
        .unwrap();
        assert_eq!(next.as_deref(), Some("t"));
        let [one] = rows.as_slice() else { panic!("who has no address is no lead: {rows:?}") };
        assert_eq!((one.id.as_deref(), one.email.as_str()), (Some("R1"), "asha@example.test"));
        assert_eq!(one.answers.keys().collect::<Vec<_>>(), ["first_name", "last_name", "phone"]);
        assert_eq!(one.custom, [("Budget?".to_owned(), "10k".to_owned())]);
        assert_eq!(one.created_ms, Some(1_785_578_400_000));
    }

    #[track_caller]
    fn check(kind: i64, way: i64, expected: &[&str]) {
        let body = format!(
            r#"{{"topic":"T","type":{kind},"settings":{{"registration_type":{way}}},"occurrences":[{{"occurrence_id":"1"}},{{"occurrence_id":"2"}}]}}"#
        );
        assert_eq!(read_planned(&answer(&body)).unwrap().occurrences, expected);
    }

    #[test]
    fn occurrences_have_lists_of_their_own_where_each_is_registered_for() {
        check(9, 1, &[]);
        check(9, 2, &["1", "2"]);
        check(9, 3, &["1", "2"]);
        check(5, 2, &[]);
    }
}
