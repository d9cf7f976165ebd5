//! The test webinar of a migration: the calls that make it, look for it and delete it, as values. Zoom has no idempotency key, so
//! its marker stands in the agenda, where a list of webinars finds it.

use super::reply::{Created, ZoomFault, read};
use super::wire::{number, text};
use crate::exchange::{Body, Effect, Method, Reply, Request};
use crate::ids::MeetingNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A webinar to make, of whoever signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebinar {
    /// The title.
    pub topic: String,
    /// Epoch milliseconds, UTC.
    pub start_ms: i64,
    /// Minutes.
    pub duration_min: i64,
    /// `z` and 26 letters of base32; written as the agenda's first line (`Ref: <marker>`).
    pub marker: String,
}

/// A webinar to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteWebinar {
    /// Its number.
    pub webinar: MeetingNumber,
}

/// Makes a webinar with a registration form that approves at once and sends no mail.
#[must_use]
pub fn create(webinar: &NewWebinar) -> Request {
    let start = Timestamp::from_millisecond(webinar.start_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let body = json!({
        "topic": webinar.topic,
        "type": 5,
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "duration": webinar.duration_min,
        "timezone": "UTC",
        "agenda": format!("Ref: {}", webinar.marker),
        "settings": {
            "approval_type": 0,
            "registrants_confirmation_email": false,
            "registrants_email_notification": false,
        },
    });
    let body = Body::Json(body.to_string());
    write("webinars.create", Method::Post, ("/users/me/webinars".to_owned(), body))
}

/// A page of the webinars of whoever signed in, those that began included. Zoom may know only page numbers here
/// (zoom.md § 5.1), so both are sent.
#[must_use]
pub fn list((number, token): (u32, Option<&str>)) -> Request {
    let mut request = super::request::registrants::list_webinars((number, token));
    for (name, value) in &mut request.query {
        if name == "type" {
            "scheduled".clone_into(value);
        }
    }
    request
}

/// Deletes a webinar.
#[must_use]
pub fn delete(webinar: &DeleteWebinar) -> Request {
    write("webinars.delete", Method::Delete, (format!("/webinars/{}", webinar.webinar), Body::Empty))
}

fn write(operation: &'static str, method: Method, (path, body): (String, Body)) -> Request {
    Request { operation, method, path, query: Vec::new(), body, effect: Effect::Write, bulk: false }
}

/// What a page of the list of webinars shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// Here it is.
    Here(Created),
    /// Not on this page; the token of the next, if Zoom gives one, and whether there may be more.
    NotHere {
        /// `next_page_token`.
        next: Option<String>,
        /// Webinars on this page: behind an empty one there are no more.
        rows: usize,
    },
}

/// Looks for the webinar whose agenda carries the marker.
///
/// # Errors
/// [`ZoomFault`].
pub fn find(reply: &Reply, marker: &str) -> Result<Listed, ZoomFault> {
    let json = read(reply)?;
    let unusable = || ZoomFault::Later { why: "a list without webinars".to_owned() };
    let webinars = json.get("webinars").and_then(Value::as_array).ok_or_else(unusable)?;
    let marked = |webinar: &&Value| text(webinar, "agenda").is_some_and(|agenda| agenda.contains(marker));
    Ok(match webinars.iter().find(marked).and_then(created) {
        Some(found) => Listed::Here(found),
        None => Listed::NotHere { next: text(&json, "next_page_token"), rows: webinars.len() },
    })
}

fn created(json: &Value) -> Option<Created> {
    let number = u64::try_from(json.get("id").and_then(number)?).ok()?;
    Some(Created { number: MeetingNumber(number), join_url: text(json, "join_url") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn new() -> NewWebinar {
        NewWebinar { topic: "Test MOVE-AB".to_owned(), start_ms: 0, duration_min: 30, marker: "zabc".to_owned() }
    }

    #[test]
    fn the_marker_stands_in_the_agenda_and_no_mail_is_sent() {
        let request = create(&new());
        let Body::Json(body) = &request.body else { panic!("no body") };
        assert_eq!((request.method, request.path.as_str()), (Method::Post, "/users/me/webinars"));
        assert!(body.contains(r#""agenda":"Ref: zabc""#) && body.contains(r#""registrants_confirmation_email":false"#));
        let request = delete(&DeleteWebinar { webinar: MeetingNumber(7) });
        assert_eq!((request.method, request.path.as_str()), (Method::Delete, "/webinars/7"));
        assert!(list((1, None)).query.contains(&("type".to_owned(), "scheduled".to_owned())));
    }

    #[track_caller]
    fn check(body: &str, expected: Option<&Listed>) {
        let found = find(&Reply::Answer(Answer::of(200, body)), "zabc").ok();
        assert_eq!(found.as_ref(), expected);
    }

    #[test]
    fn a_webinar_is_found_by_its_marker_alone() {
        let here = Listed::Here(Created { number: MeetingNumber(8), join_url: None });
        check(r#"{"webinars":[{"id":7,"agenda":"x"},{"id":8,"agenda":"Ref: zabc\n"}]}"#, Some(&here));
        check(r#"{"webinars":[{"id":7}]}"#, Some(&Listed::NotHere { next: None, rows: 1 }));
        check(r#"{"meetings":[]}"#, None);
    }
}
