//! How Zoom's answers about a webinar's registrants read: the webinar and its form, what became of a registration, who is
//! registered (zoom.md § 5.2 to 5.5). Every refusal that a sales user can act on has a code of its own.

use super::{DETAIL_CHARS_MAX, Wait, ZoomFault, fault, json_of, read, wait};
use crate::addition::{Approval, Company, Needed, Question, QuestionKind, WebinarView};
use crate::exchange::{Answer, Reply};
use crate::ids::{Email, MeetingNumber};
use crate::redact::clip;
use crate::zoom::wire::{number, text};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Why somebody was certainly not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddFault {
    /// Something that any call may meet.
    #[error(transparent)]
    Call(ZoomFault),
    /// The webinar takes no registrations, or no more.
    #[error("registration is not switched on: {detail}")]
    RegistrationOff {
        /// Zoom's words.
        detail: String,
    },
    /// As many registrants as it takes.
    #[error("the webinar is full: {detail}")]
    Full {
        /// Zoom's words.
        detail: String,
    },
    /// It is over, or its registration is closed.
    #[error("the webinar is over or closed: {detail}")]
    Closed {
        /// Zoom's words.
        detail: String,
    },
    /// The address is the host's own.
    #[error("the host cannot register: {detail}")]
    Host {
        /// Zoom's words.
        detail: String,
    },
    /// The address was cancelled or denied before.
    #[error("cancelled or denied before: {detail}")]
    DeniedBefore {
        /// Zoom's words.
        detail: String,
    },
    /// The address was registered as often as Zoom allows on one day.
    #[error("registered too often today: {detail}")]
    TooOftenToday {
        /// Zoom's words.
        detail: String,
    },
    /// A required answer is missing, or one cannot be used.
    #[error("Zoom does not take the answers: {detail}")]
    Answers {
        /// Zoom's words.
        detail: String,
    },
}

impl AddFault {
    /// Stable code, as `docs/errors.md` lists it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Call(fault) => fault.code(),
            Self::RegistrationOff { .. } => "zoom.registration_off",
            Self::Full { .. } => "zoom.full",
            Self::Closed { .. } => "zoom.closed",
            Self::Host { .. } => "zoom.host_registers",
            Self::DeniedBefore { .. } => "zoom.denied_before",
            Self::TooOftenToday { .. } => "zoom.too_often_today",
            Self::Answers { .. } => "zoom.answers",
        }
    }
}

/// What a registration came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// Zoom named the registrant; without a link it waits for approval, or was denied before.
    Registered(Registered),
    /// Certainly not registered.
    NotApplied(AddFault),
    /// Nobody can say.
    Unknown {
        /// What was seen.
        why: String,
    },
}

/// A registrant as Zoom answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Zoom's id.
    pub id: String,
    /// The registrant's own link; only who is approved has one.
    pub join_url: Option<String>,
}

/// The refusal of a call about registrants; `None` when the answer is none.
fn refusal(answer: &Answer, json: Option<&Value>) -> Option<AddFault> {
    let general = fault(answer, json)?;
    let code = json.and_then(|json| json.get("code")).and_then(number).unwrap_or(0);
    let detail = detail(json);
    let said = detail.to_lowercase();
    let registrations = said.contains("registration") && !said.contains("registration was");
    let off = registrations
        && ["not been enabled", "not enabled", "not required", "no registration"]
            .iter()
            .any(|words| said.contains(words));
    Some(match (answer.status, code) {
        (429, _) | (_, 429) if said.contains("registrant") && matches!(wait(answer, &detail), Wait::NextDay) => {
            AddFault::TooOftenToday { detail }
        }
        (404, 404) => AddFault::RegistrationOff { detail },
        (_, 300 | 3000) if off => AddFault::RegistrationOff { detail },
        (_, 3035 | 3043) => AddFault::Full { detail },
        (_, 3038) => AddFault::Closed { detail },
        (_, 3027) => AddFault::Host { detail },
        (_, 3000) if said.contains("denied") || said.contains("cancel") => AddFault::DeniedBefore { detail },
        (_, 3000) if said.contains("limit") || said.contains("capacity") || said.contains("maximum") => {
            AddFault::Full { detail }
        }
        (400, 300) => AddFault::Answers { detail },
        (_, _) => AddFault::Call(general),
    })
}

/// What Zoom says is wrong: its words, and the fields it names.
fn detail(json: Option<&Value>) -> String {
    let words = json.and_then(|json| text(json, "message")).unwrap_or_default();
    let fields = json.and_then(|json| json.get("errors")).and_then(Value::as_array);
    let fields = fields.into_iter().flatten().filter_map(|error| {
        let field = text(error, "field")?;
        Some(text(error, "message").map_or_else(|| field.clone(), |words| format!("{field}: {words}")))
    });
    let all: Vec<String> = std::iter::once(words).filter(|words| !words.is_empty()).chain(fields).collect();
    clip(&all.join(" "), DETAIL_CHARS_MAX)
}

fn unknown_or(fault: AddFault) -> Added {
    if let AddFault::Call(ZoomFault::Later { why }) = &fault {
        return Added::Unknown { why: why.clone() };
    }
    Added::NotApplied(fault)
}

fn registered(json: &Value) -> Option<Registered> {
    let id = text(json, "registrant_id")?;
    Some(Registered { id, join_url: text(json, "join_url").filter(|url| !url.is_empty()) })
}

/// The answer of a call, or what it came to without one.
fn answered(reply: &Reply) -> Result<&Answer, Added> {
    match reply {
        Reply::NotSent { why } => Err(Added::NotApplied(AddFault::Call(ZoomFault::NotSent { why: why.clone() }))),
        Reply::Lost { why } => Err(Added::Unknown { why: why.clone() }),
        Reply::Answer(answer) => Ok(answer),
    }
}

/// Reads the answer to one registration.
#[must_use]
pub fn read_added(reply: &Reply) -> Added {
    let answer = match answered(reply) {
        Ok(answer) => answer,
        Err(came) => return came,
    };
    let json = json_of(answer);
    if let Some(registered) = json.as_ref().and_then(registered).filter(|_| (200..300).contains(&answer.status)) {
        return Added::Registered(registered);
    }
    match refusal(answer, json.as_ref()) {
        Some(fault) => unknown_or(fault),
        None => Added::Unknown { why: format!("status {} without a registrant", answer.status) },
    }
}

/// Reads the answer to a batch, one outcome for each address in the order of `emails`. An address that the answer does not name
/// is unknown.
#[must_use]
pub fn read_batch(reply: &Reply, emails: &[&Email]) -> Vec<Added> {
    let whole = |came: &Added| vec![came.clone(); emails.len()];
    let answer = match answered(reply) {
        Ok(answer) => answer,
        Err(came) => return whole(&came),
    };
    let json = json_of(answer);
    let rows = json.as_ref().and_then(|json| json.get("registrants")).and_then(Value::as_array);
    let Some(rows) = rows.filter(|_| (200..300).contains(&answer.status)) else {
        let came = refusal(answer, json.as_ref()).map(unknown_or);
        return whole(
            &came.unwrap_or_else(|| Added::Unknown { why: format!("status {} without rows", answer.status) }),
        );
    };
    let by_email: BTreeMap<Email, Registered> =
        rows.iter().filter_map(|row| Some((Email::parse(&text(row, "email")?)?, registered(row)?))).collect();
    let missing = || Added::Unknown { why: "the answer does not name this address".to_owned() };
    emails.iter().map(|email| by_email.get(email).cloned().map_or_else(missing, Added::Registered)).collect()
}

/// What an approval came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approved {
    /// Carried out; the link is in the list of registrants.
    Done,
    /// Certainly not.
    NotApplied(AddFault),
    /// Nobody can say.
    Unknown {
        /// What was seen.
        why: String,
    },
}

/// Reads the answer to an approval: a bare 204.
#[must_use]
pub fn read_approved(reply: &Reply) -> Approved {
    let came = match answered(reply) {
        Ok(answer) => {
            let json = json_of(answer);
            match refusal(answer, json.as_ref()) {
                None if (200..300).contains(&answer.status) => return Approved::Done,
                Some(fault) => unknown_or(fault),
                None => Added::Unknown { why: format!("status {}", answer.status) },
            }
        }
        Err(came) => came,
    };
    match came {
        Added::Registered(_) => Approved::Done,
        Added::NotApplied(fault) => Approved::NotApplied(fault),
        Added::Unknown { why } => Approved::Unknown { why },
    }
}

/// A page of a list of registrants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrantsPage {
    /// Each with its address.
    pub registrants: Vec<(Email, Registered)>,
    /// The token of the next page.
    pub next: Option<String>,
}

/// Reads a page of a list of registrants.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_registrants(reply: &Reply) -> Result<RegistrantsPage, ZoomFault> {
    let json = read(reply)?;
    let rows = json.get("registrants").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| ZoomFault::Later { why: "a list without registrants".to_owned() })?;
    let one = |row: &Value| {
        let id = text(row, "id").or_else(|| text(row, "registrant_id"))?;
        Some((Email::parse(&text(row, "email")?)?, Registered { id, join_url: text(row, "join_url") }))
    };
    let next = text(&json, "next_page_token").filter(|token| !token.is_empty());
    Ok(RegistrantsPage { registrants: rows.iter().filter_map(one).collect(), next })
}

/// A webinar as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWebinar {
    /// Its number.
    pub number: MeetingNumber,
    /// Its title.
    pub topic: String,
    /// Start, epoch milliseconds.
    pub start_ms: Option<i64>,
}

/// Reads a page of webinars, and the token of the next one.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_webinars(reply: &Reply) -> Result<(Vec<ListedWebinar>, Option<String>), ZoomFault> {
    let json = read(reply)?;
    let rows = json.get("webinars").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| ZoomFault::Later { why: "a list without webinars".to_owned() })?;
    let one = |row: &Value| {
        Some(ListedWebinar {
            number: MeetingNumber(u64::try_from(row.get("id").and_then(number)?).ok()?),
            topic: text(row, "topic").unwrap_or_else(|| "(no topic)".to_owned()),
            start_ms: start_of(row),
        })
    };
    Ok((rows.iter().filter_map(one).collect(), text(&json, "next_page_token").filter(|token| !token.is_empty())))
}

fn start_of(json: &Value) -> Option<i64> {
    text(json, "start_time")?.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// Reads a webinar and its registration form. Registration that is not on is a fault of its own.
///
/// # Errors
/// [`AddFault`].
pub fn read_webinar(webinar: &Reply, form: &Reply, account: &str) -> Result<WebinarView, AddFault> {
    let json = read_of(webinar)?;
    let settings = json.get("settings").unwrap_or(&Value::Null);
    let approval = match settings.get("approval_type").and_then(number) {
        Some(0) => Approval::Automatic,
        Some(1) => Approval::Manual,
        _ => {
            let detail = "approval_type says that no registration is required".to_owned();
            return Err(AddFault::RegistrationOff { detail });
        }
    };
    let questions = questions_of(&read_of(form)?);
    // Zoom takes batches only for webinars with a fixed time, and only names and addresses in them (zoom.md § 5.3).
    let plain = questions.iter().all(|question| question.name == "last_name" || question.needed == Needed::Optional);
    let company = match (json.get("type").and_then(number), approval, plain) {
        (Some(5), Approval::Automatic, true) => Company::Batch,
        _ => Company::Single,
    };
    Ok(WebinarView {
        account: account.to_owned(),
        topic: text(&json, "topic").unwrap_or_else(|| "(no topic)".to_owned()),
        start_ms: start_of(&json),
        approval,
        company,
        questions,
    })
}

fn read_of(reply: &Reply) -> Result<Value, AddFault> {
    match reply {
        Reply::Answer(answer) => {
            let json = json_of(answer);
            match refusal(answer, json.as_ref()) {
                Some(fault) => Err(fault),
                None => json
                    .ok_or_else(|| AddFault::Call(ZoomFault::Later { why: "an answer that is not JSON".to_owned() })),
            }
        }
        Reply::NotSent { .. } | Reply::Lost { .. } => read(reply).map_err(AddFault::Call),
    }
}

fn questions_of(json: &Value) -> Vec<Question> {
    let list = |name: &str| json.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let needed = |row: &Value| {
        if row.get("required") == Some(&Value::Bool(true)) { Needed::Required } else { Needed::Optional }
    };
    let standard = list("questions").into_iter().filter_map(|row| {
        let name = text(&row, "field_name")?;
        let kind = QuestionKind::Standard;
        Some(Question { name, kind, needed: needed(&row), choices: Vec::new() })
    });
    let custom = list("custom_questions").into_iter().filter_map(|row| {
        let choices = row.get("answers").and_then(Value::as_array);
        let choices = choices.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Question { name: text(&row, "title")?, kind: QuestionKind::Custom, needed: needed(&row), choices })
    });
    standard.chain(custom).filter(|question| !["email", "first_name"].contains(&question.name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let came = match read_added(&answer(status, body)) {
            Added::Registered(registered) => format!("registered {}", registered.id),
            Added::NotApplied(fault) => fault.code().to_owned(),
            Added::Unknown { .. } => "unknown".to_owned(),
        };
        assert_eq!(came, expected, "{status} {body}");
    }

    #[test]
    fn every_refusal_of_a_registration_has_its_code() {
        check(201, r#"{"id":86,"registrant_id":"R1","join_url":"https://z/w/1"}"#, "registered R1");
        check(
            404,
            r#"{"code":404,"message":"Registration has not been enabled for this meeting: 86."}"#,
            "zoom.registration_off",
        );
        check(400, r#"{"code":300,"message":"Registration not required for this webinar."}"#, "zoom.registration_off");
        check(400, r#"{"code":3043,"message":"Webinar has reached maximum attendee capacity."}"#, "zoom.full");
        check(404, r#"{"code":3035,"message":"Webinar has reached maximum attendee capacity."}"#, "zoom.full");
        check(400, r#"{"code":3038,"message":"Webinar is over, you can not register now."}"#, "zoom.closed");
        check(400, r#"{"code":3027,"message":"Host can not register."}"#, "zoom.host_registers");
        check(
            400,
            r#"{"code":3000,"message":"The registration was denied or cancelled by the host."}"#,
            "zoom.denied_before",
        );
        check(
            429,
            r#"{"code":429,"message":"You have exceeded the daily rate limit of (3) for Add a webinar registrant API requests for the registrant (a@b.test)."}"#,
            "zoom.too_often_today",
        );
        check(
            429,
            r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API."}"#,
            "zoom.rate_limited",
        );
        check(
            400,
            r#"{"code":300,"message":"Validation Failed.","errors":[{"field":"custom_questions","message":"Required."}]}"#,
            "zoom.answers",
        );
        check(400, r#"{"code":200,"message":"Webinar plan is missing."}"#, "zoom.plan");
        check(404, r#"{"code":3001,"message":"Webinar does not exist: 86."}"#, "zoom.not_found");
        check(400, r#"{"code":4711,"message":"does not contain scopes:[webinar:write:registrant]."}"#, "zoom.scope");
        check(502, "<html>", "unknown");
        check(201, "{", "unknown");
        assert!(matches!(read_added(&Reply::Lost { why: "x".into() }), Added::Unknown { .. }));
    }

    #[test]
    fn a_batch_is_read_by_address_and_a_row_that_is_missing_is_unknown() {
        let emails = ["a@b.test", "c@b.test"].map(|text| Email::parse(text).unwrap());
        let emails: Vec<&Email> = emails.iter().collect();
        let body = r#"{"registrants":[{"email":"C@b.test","registrant_id":"R2","join_url":"https://z/w/2"}]}"#;
        let came = read_batch(&answer(200, body), &emails);
        assert!(matches!(&came[0], Added::Unknown { .. }));
        assert!(matches!(&came[1], Added::Registered(one) if one.id == "R2"));
        let refused = read_batch(&answer(400, r#"{"code":300,"message":"type 5 only"}"#), &emails);
        assert!(refused.iter().all(|one| matches!(one, Added::NotApplied(_))) && refused.len() == 2);
    }

    #[track_caller]
    fn check_webinar(webinar: &str, form: &str, expected: Result<(Approval, Company), &str>) {
        let read = read_webinar(&answer(200, webinar), &answer(200, form), "A");
        let read = read.map(|view| (view.approval, view.company)).map_err(|fault| fault.code());
        assert_eq!(read, expected, "{webinar} {form}");
    }

    #[test]
    fn batches_are_for_webinars_with_a_time_and_a_plain_form() {
        let form = r#"{"questions":[{"field_name":"last_name","required":true}],"custom_questions":[]}"#;
        let asks =
            r#"{"questions":[],"custom_questions":[{"title":"Budget?","type":"short","required":true,"answers":[]}]}"#;
        let single = Ok((Approval::Automatic, Company::Single));
        check_webinar(r#"{"type":5,"settings":{"approval_type":0}}"#, form, Ok((Approval::Automatic, Company::Batch)));
        check_webinar(r#"{"type":5,"settings":{"approval_type":0}}"#, asks, single);
        check_webinar(r#"{"type":9,"settings":{"approval_type":0}}"#, form, single);
        check_webinar(r#"{"type":5,"settings":{"approval_type":1}}"#, form, Ok((Approval::Manual, Company::Single)));
        check_webinar(r#"{"type":5,"settings":{"approval_type":2}}"#, form, Err("zoom.registration_off"));
        check_webinar(r#"{"type":5}"#, form, Err("zoom.registration_off"));
    }
}
