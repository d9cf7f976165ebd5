//! Calls about the registrants of a webinar, and the lists that people choose webinars from.

use super::{PAGE_SIZE, get};
use crate::exchange::{Body, Effect, Method, Request};
use crate::ids::{Email, MeetingNumber};
use crate::zoom::command::NewRegistrant;
use serde_json::{Value, json};

/// Registrants in one call that takes several (zoom.md § 5.3).
pub const BATCH_MAX: usize = 30;

/// In which of Zoom's three lists a registrant stands. Who cancelled stands among the denied (zoom.md § 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// May join.
    Approved,
    /// Waits for the host.
    Pending,
    /// Refused, or cancelled.
    Denied,
}

impl Listed {
    /// All of them, the likeliest first.
    pub const ALL: [Self; 3] = [Self::Approved, Self::Pending, Self::Denied];

    fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Denied => "denied",
        }
    }
}

/// A webinar as planned.
#[must_use]
pub fn get_webinar(webinar: MeetingNumber) -> Request {
    get("webinars.get", format!("/webinars/{webinar}"))
}

/// What its registration form asks.
#[must_use]
pub fn questions(webinar: MeetingNumber) -> Request {
    get("webinars.registrants.questions", format!("/webinars/{webinar}/registrants/questions"))
}

/// A page of the webinars of whoever signed in. Zoom may know only page numbers here (zoom.md § 5.1), so both are sent.
#[must_use]
pub fn list_webinars(page: (u32, Option<&str>)) -> Request {
    let mut request = get("webinars.list", "/users/me/webinars".to_owned());
    request.query.push(("type".to_owned(), "upcoming".to_owned()));
    request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
    match page {
        (_, Some(token)) => request.query.push(("next_page_token".to_owned(), token.to_owned())),
        (number, None) if number > 1 => request.query.push(("page_number".to_owned(), number.to_string())),
        (_, None) => {}
    }
    request
}

/// A page of a webinar's registrants.
#[must_use]
pub fn list(webinar: MeetingNumber, listed: Listed, occurrence: Option<&str>, token: Option<&str>) -> Request {
    let mut request = get("webinars.registrants.list", format!("/webinars/{webinar}/registrants"));
    request.query.push(("status".to_owned(), listed.as_str().to_owned()));
    request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
    request.query.extend(occurrence.map(|id| ("occurrence_id".to_owned(), id.to_owned())));
    request.query.extend(token.map(|token| ("next_page_token".to_owned(), token.to_owned())));
    request
}

fn write(operation: &'static str, (method, path): (Method, String), body: &Value) -> Request {
    Request {
        operation,
        method,
        path,
        query: Vec::new(),
        body: Body::Json(body.to_string()),
        effect: Effect::Write,
        bulk: false,
    }
}

/// Registers one person (zoom.md § 5.5).
#[must_use]
pub fn add(registrant: &NewRegistrant) -> Request {
    let mut body = serde_json::Map::new();
    for (field, answer) in &registrant.answers {
        body.insert(field.clone(), json!(answer));
    }
    body.insert("email".to_owned(), json!(registrant.email.as_str()));
    body.insert("first_name".to_owned(), json!(registrant.first_name));
    let custom: Vec<Value> =
        registrant.custom.iter().map(|(title, value)| json!({ "title": title, "value": value })).collect();
    if !custom.is_empty() {
        body.insert("custom_questions".to_owned(), json!(custom));
    }
    let path = format!("/webinars/{}/registrants", registrant.webinar);
    let mut request = write("webinars.registrants.add", (Method::Post, path), &Value::Object(body));
    request.query.extend(registrant.occurrence.iter().map(|id| ("occurrence_ids".to_owned(), id.clone())));
    request
}

/// Registers several people with nothing but name and address (zoom.md § 5.3).
#[must_use]
pub fn add_batch(webinar: MeetingNumber, registrants: &[&NewRegistrant]) -> Request {
    let rows: Vec<Value> = registrants
        .iter()
        .map(|one| {
            let mut row = json!({ "email": one.email.as_str(), "first_name": one.first_name });
            if let (Some(row), Some(last_name)) = (row.as_object_mut(), one.answers.get("last_name")) {
                row.insert("last_name".to_owned(), json!(last_name));
            }
            row
        })
        .collect();
    let path = format!("/webinars/{webinar}/batch_registrants");
    write("webinars.registrants.batch", (Method::Post, path), &json!({ "registrants": rows }))
}

/// Approves registrants that Zoom knows as cancelled or denied, at most [`BATCH_MAX`].
#[must_use]
pub fn approve(webinar: MeetingNumber, occurrence: Option<&str>, registrants: &[(&str, &Email)]) -> Request {
    let rows: Vec<Value> = registrants.iter().map(|(id, email)| json!({ "id": id, "email": email.as_str() })).collect();
    let path = format!("/webinars/{webinar}/registrants/status");
    let body = json!({ "action": "approve", "registrants": rows });
    let mut request = write("webinars.registrants.status", (Method::Put, path), &body);
    request.query.extend(occurrence.map(|id| ("occurrence_id".to_owned(), id.to_owned())));
    request
}
