//! How LeadSquared's answers read. This is the only place that may say "not applied" (design § 7, leadsquared.md § 2.4).

use crate::exchange::{Answer, Reply};
use crate::ids::LeadId;
use crate::redact::clip;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; with the id LeadSquared gave, where it gave one.
    Applied {
        /// Lead, activity or task id.
        id: Option<String>,
    },
    /// Certainly not done.
    NotApplied(Refusal),
    /// Nobody can say: timeout, reset, 5xx without a name, HTML, truncated, a row missing from a bulk answer.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
    },
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The request never left us.
    NotSent {
        /// Why.
        why: String,
    },
    /// 401: the tenant's keys are wrong, inactive or of another region.
    Unauthorized {
        /// LeadSquared's words, which may name the right host.
        detail: String,
    },
    /// 429, or a rate-limit name under any status.
    RateLimited {
        /// The limit the text names, if it does.
        limit: Option<RateLimit>,
    },
    /// A unique field belongs to another lead (`MXDuplicateEntryException`).
    DuplicateLead {
        /// LeadSquared's words.
        detail: String,
    },
    /// The lead id is not (or no more) known (`MXInvalidEntityException`).
    LeadMissing {
        /// LeadSquared's words.
        detail: String,
    },
    /// Refused with another `MX…` name: this one will never pass.
    Rejected {
        /// The `MX…` name.
        exception: String,
        /// LeadSquared's words.
        detail: String,
    },
    /// 400, 404, 405, 413 or 415 without a name: five alike in a row are a configuration fault.
    Malformed {
        /// The status.
        status: u16,
        /// The first of the body.
        detail: String,
    },
}

/// A limit as an error text names it ("exceeded the limit of 20 in 5 second(s)").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls allowed.
    pub calls: u32,
    /// In so many seconds.
    pub seconds: u32,
}

/// The longest piece of an answer that is kept in a sentence, in characters.
const DETAIL_CHARS_MAX: usize = 300;
/// Statuses that say, without a name, that a call was not accepted (design § 7).
const MALFORMED: &[u16] = &[400, 404, 405, 413, 415];

impl Refusal {
    /// Stable code, as `docs/errors.md` lists it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent { .. } => "lsq.not_sent",
            Self::Unauthorized { .. } => "lsq.unauthorized",
            Self::RateLimited { .. } => "lsq.rate_limited",
            Self::DuplicateLead { .. } => "lsq.duplicate_lead",
            Self::LeadMissing { .. } => "lsq.lead_missing",
            Self::Rejected { .. } => "lsq.rejected",
            Self::Malformed { .. } => "lsq.malformed",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSent { why } => write!(f, "LeadSquared could not be reached: {why}"),
            Self::Unauthorized { detail } => write!(f, "LeadSquared refuses the keys: {detail}"),
            Self::RateLimited { limit: Some(limit) } => {
                write!(f, "LeadSquared's limit of {} calls in {} seconds is reached", limit.calls, limit.seconds)
            }
            Self::RateLimited { limit: None } => f.write_str("LeadSquared's call limit is reached"),
            Self::DuplicateLead { detail } => write!(f, "a unique field belongs to another lead: {detail}"),
            Self::LeadMissing { detail } => write!(f, "LeadSquared does not know the lead: {detail}"),
            Self::Rejected { exception, detail } => write!(f, "{exception}: {detail}"),
            Self::Malformed { status, detail } => write!(f, "status {status}: {detail}"),
        }
    }
}

/// What an answer says once its envelope is read.
enum Envelope {
    Json(Value),
    Refused(Refusal),
    Unknown(String),
}

/// Reads status and envelope: an `MX…` name decides before the status does (leadsquared.md § 2.4).
fn envelope(reply: &Reply) -> Envelope {
    let answer = match reply {
        Reply::NotSent { why } => return Envelope::Refused(Refusal::NotSent { why: why.clone() }),
        Reply::Lost { why } => return Envelope::Unknown(why.clone()),
        Reply::Answer(answer) => answer,
    };
    let json = serde_json::from_slice::<Value>(&answer.body).ok();
    if answer.status == 401 {
        return Envelope::Refused(Refusal::Unauthorized { detail: detail(answer, json.as_ref()) });
    }
    if let Some(refusal) = json.as_ref().and_then(named) {
        return Envelope::Refused(refusal);
    }
    if answer.status == 429 {
        return Envelope::Refused(Refusal::RateLimited { limit: None });
    }
    match json {
        _ if MALFORMED.contains(&answer.status) => {
            let detail = detail(answer, json.as_ref());
            Envelope::Refused(Refusal::Malformed { status: answer.status, detail })
        }
        Some(json) if (200..300).contains(&answer.status) && text(&json, "Status").as_deref() != Some("Error") => {
            Envelope::Json(json)
        }
        Some(_) => Envelope::Unknown(format!("status {} with an error that has no name", answer.status)),
        None => Envelope::Unknown(format!("status {} without JSON", answer.status)),
    }
}

fn detail(answer: &Answer, json: Option<&Value>) -> String {
    let said = json.and_then(|json| text(json, "ExceptionMessage").or_else(|| text(json, "Message")));
    clip(&said.unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned()), DETAIL_CHARS_MAX)
}

/// The refusal that an `MX…` name states.
fn named(json: &Value) -> Option<Refusal> {
    let exception = text(json, "ExceptionType").filter(|name| name.starts_with("MX"))?;
    let said = text(json, "ExceptionMessage").or_else(|| text(json, "ErrorMessage")).unwrap_or_default();
    let detail = clip(&said, DETAIL_CHARS_MAX);
    Some(if exception.contains("RateLimit") {
        Refusal::RateLimited { limit: limit_in(&said) }
    } else if exception.contains("Unauthori") || exception.contains("UnAuthori") {
        Refusal::Unauthorized { detail }
    } else if exception == "MXDuplicateEntryException" {
        Refusal::DuplicateLead { detail }
    } else if exception == "MXInvalidEntityException" {
        Refusal::LeadMissing { detail }
    } else {
        Refusal::Rejected { exception, detail }
    })
}

/// `… the limit of 20 in 5 second(s)`.
fn limit_in(said: &str) -> Option<RateLimit> {
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    Some(RateLimit { calls: numbers.next()?.parse().ok()?, seconds: numbers.next()?.parse().ok()? })
}

fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A single write: `{"Status":"Success","Message":{"Id":…}}`.
#[must_use]
pub fn read_write(reply: &Reply) -> Outcome {
    match envelope(reply) {
        Envelope::Refused(refusal) => Outcome::NotApplied(refusal),
        Envelope::Unknown(why) => Outcome::Unknown { why },
        Envelope::Json(json) => match json.get("Message").and_then(|message| text(message, "Id")) {
            Some(id) => Outcome::Applied { id: Some(id) },
            None => Outcome::Unknown { why: "a success without an id".to_owned() },
        },
    }
}

/// A lead that was written singly. After a capture it is not settled which of two ids is the lead's (leadsquared.md
/// § 3.7): with two different ones none is believed, and the lead is looked up.
#[must_use]
pub fn read_capture(reply: &Reply) -> Outcome {
    match envelope(reply) {
        Envelope::Refused(refusal) => Outcome::NotApplied(refusal),
        Envelope::Unknown(why) => Outcome::Unknown { why },
        Envelope::Json(json) => {
            let message = json.get("Message").unwrap_or(&Value::Null);
            if text(&json, "Status").as_deref() != Some("Success") {
                return Outcome::Unknown { why: "an answer without a status".to_owned() };
            }
            match (text(message, "Id"), text(message, "RelatedId")) {
                (Some(id), None) => Outcome::Applied { id: Some(id) },
                (Some(id), Some(related)) if id == related => Outcome::Applied { id: Some(id) },
                _ => Outcome::Applied { id: None },
            }
        }
    }
}

/// A lead that was looked up: `[]` or an array of one.
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent, since a read may simply be repeated.
pub fn read_found_lead(reply: &Reply) -> Result<Option<LeadId>, Refusal> {
    let json = read(reply)?;
    let unusable = || Refusal::NotSent { why: "an answer that is not a list of leads".to_owned() };
    let leads = json.as_array().ok_or_else(unusable)?;
    Ok(leads.first().and_then(|lead| text(lead, "ProspectID")).map(LeadId))
}

/// The JSON of a read.
pub(super) fn read(reply: &Reply) -> Result<Value, Refusal> {
    match envelope(reply) {
        Envelope::Json(json) => Ok(json),
        Envelope::Refused(refusal) => Err(refusal),
        Envelope::Unknown(why) => Err(Refusal::NotSent { why }),
    }
}

/// Rows of a bulk lead write, one outcome for each row that was sent (leadsquared.md § 3.8).
#[must_use]
pub fn read_lead_rows(reply: &Reply, rows: usize) -> Vec<Outcome> {
    read_rows(reply, rows, |json| json.as_array().cloned(), &["LeadId"])
}

/// Rows of a bulk activity write (leadsquared.md § 3.11).
#[must_use]
pub fn read_activity_rows(reply: &Reply, rows: usize) -> Vec<Outcome> {
    let list = |json: &Value| json.get("Response").or(Some(json)).and_then(Value::as_array).cloned();
    read_rows(reply, rows, list, &["ProspectActivityId", "ActivityId"])
}

fn read_rows(reply: &Reply, rows: usize, list: fn(&Value) -> Option<Vec<Value>>, ids: &[&str]) -> Vec<Outcome> {
    let json = match envelope(reply) {
        Envelope::Json(json) => json,
        Envelope::Refused(refusal) => return vec![Outcome::NotApplied(refusal); rows],
        Envelope::Unknown(why) => return vec![Outcome::Unknown { why }; rows],
    };
    let mut outcomes = vec![Outcome::Unknown { why: "the answer has no such row".to_owned() }; rows];
    for row in list(&json).unwrap_or_default() {
        let number: Option<usize> = text(&row, "RowNumber").and_then(|number| number.parse().ok());
        let Some(slot) = number.and_then(|number| outcomes.get_mut(number.checked_sub(1)?)) else { continue };
        let id = ids.iter().find_map(|key| text(&row, key));
        *slot = match (named(&row), id) {
            (Some(refusal), _) => Outcome::NotApplied(refusal),
            (None, Some(id)) => Outcome::Applied { id: Some(id) },
            (None, None) => Outcome::Unknown { why: "a row without id and without name".to_owned() },
        };
    }
    outcomes
}

/// A page of a lead's activities, looked through for a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerRead {
    /// Ids of activities that carry the marker.
    pub found: Vec<String>,
    /// Activities on this page.
    pub rows: usize,
    /// Activities in all, if the answer says so.
    pub total: Option<usize>,
}

/// Looks through a page of activities (leadsquared.md § 3.13): in the custom fields, and in the note.
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent.
pub fn read_marked_activity(reply: &Reply, marker: &str) -> Result<MarkerRead, Refusal> {
    let json = read(reply)?;
    let list = json.get("ProspectActivities").or_else(|| json.get("List")).and_then(Value::as_array);
    let Some(list) = list else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of activities".to_owned() });
    };
    let carries = |row: &&Value| row.to_string().contains(marker);
    // A row that carries the marker is there, even if its id has another name: taken for absent, it would be sent again.
    let id = |row: &Value| text(row, "Id").or_else(|| text(row, "ProspectActivityId")).unwrap_or_default();
    let ids = list.iter().filter(carries).map(id);
    let total = text(&json, "RecordCount").and_then(|count| count.parse().ok());
    Ok(MarkerRead { found: ids.collect(), rows: list.len(), total })
}

/// Ids of a lead's tasks whose description carries the marker (leadsquared.md § 3.16).
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent.
pub fn read_marked_task(reply: &Reply, marker: &str) -> Result<Vec<String>, Refusal> {
    let json = read(reply)?;
    let Some(list) = json.get("TaskList").or_else(|| json.get("List")).and_then(Value::as_array) else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of tasks".to_owned() });
    };
    let carries = |row: &&Value| text(row, "Description").is_some_and(|text| text.contains(marker));
    let id = |row: &Value| text(row, "TaskID").or_else(|| text(row, "UserTaskId")).unwrap_or_default();
    let found: Vec<String> = list.iter().filter(carries).map(id).collect();
    let total: Option<usize> = text(&json, "RecordCount").and_then(|count| count.parse().ok());
    if found.is_empty() && total.is_some_and(|total| total > list.len()) {
        // Only a complete read may say that it is not there.
        return Err(Refusal::NotSent { why: "a list of tasks that is cut off".to_owned() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let got = match read_write(&answer(status, body)) {
            Outcome::Applied { id } => format!("applied {}", id.unwrap_or_default()),
            Outcome::NotApplied(refusal) => refusal.code().to_owned(),
            Outcome::Unknown { .. } => "unknown".to_owned(),
        };
        assert_eq!(got, expected, "{status} {body}");
    }

    #[test]
    fn every_answer_to_a_write_has_one_meaning() {
        let error =
            |name: &str| format!(r#"{{"Status":"Error","ExceptionType":"{name}","ExceptionMessage":"because"}}"#);
        let limited = r#"{"Status":"Error","ExceptionType":"MXAPIRateLimitExceededException","ExceptionMessage":"API calls exceeded the limit of 20 in 5 second(s)"}"#;
        check(200, r#"{"Status":"Success","Message":{"Id":"a1"}}"#, "applied a1");
        check(200, r#"{"Status":"Success","Message":{"Id":206}}"#, "applied 206");
        check(200, r#"{"Status":"Success"}"#, "unknown");
        check(401, "", "lsq.unauthorized");
        check(401, &error("MXAnything"), "lsq.unauthorized");
        check(429, "", "lsq.rate_limited");
        check(429, limited, "lsq.rate_limited");
        check(200, limited, "lsq.rate_limited");
        check(500, limited, "lsq.rate_limited");
        check(200, &error("MXMandatoryAttributeMissingException"), "lsq.rejected");
        check(400, &error("MXInvalidInputException"), "lsq.rejected");
        check(500, &error("MXDuplicateEntryException"), "lsq.duplicate_lead");
        check(500, &error("MXInvalidEntityException"), "lsq.lead_missing");
        check(500, &error("MXInvalidActivityFieldsException"), "lsq.rejected");
        check(500, &error("SomethingElse"), "unknown");
        for status in [400, 404, 405, 413, 415] {
            check(status, "<html>", "lsq.malformed");
            check(status, "{}", "lsq.malformed");
        }
        check(500, "{}", "unknown");
        check(502, "<html>", "unknown");
        check(200, "<html>", "unknown");
        check(200, r#"{"Status":"Succ"#, "unknown");
        check(200, r#"{"Status":"Error"}"#, "unknown");
        check(302, "", "unknown");
        assert!(matches!(read_write(&Reply::Lost { why: "reset".into() }), Outcome::Unknown { .. }));
        let refused = read_write(&Reply::NotSent { why: "refused".into() });
        assert!(matches!(refused, Outcome::NotApplied(Refusal::NotSent { .. })));
    }

    #[test]
    fn a_named_limit_is_learned() {
        let said = "API calls exceeded the limit of 20 in 5 second(s)";
        assert_eq!(limit_in(said), Some(RateLimit { calls: 20, seconds: 5 }));
        assert_eq!(limit_in("slow down"), None);
    }

    #[test]
    fn each_row_of_a_bulk_answer_stands_for_itself_and_a_missing_one_is_unknown() {
        let body = r#"[{"RowNumber":1,"LeadId":"a","LeadCreated":true},
            {"RowNumber":"3","ExceptionType":"MXDuplicateEntryException","ErrorMessage":"phone"},{"RowNumber":9,"LeadId":"x"},{"RowNumber":0,"LeadId":"x"}]"#;
        let outcomes = read_lead_rows(&answer(200, body), 3);
        assert_eq!(outcomes[0], Outcome::Applied { id: Some("a".into()) });
        assert!(matches!(outcomes[1], Outcome::Unknown { .. }));
        assert!(matches!(&outcomes[2], Outcome::NotApplied(Refusal::DuplicateLead { .. })));
        let body = r#"{"Response":[{"RowNumber":1,"ProspectActivityId":"p","ActivityCreated":true},{"RowNumber":2,"ActivityCreated":false,"ExceptionType":"MXInvalidEntityException"}]}"#;
        let outcomes = read_activity_rows(&answer(200, body), 2);
        assert_eq!(outcomes[0], Outcome::Applied { id: Some("p".into()) });
        assert!(matches!(&outcomes[1], Outcome::NotApplied(Refusal::LeadMissing { .. })));
        assert!(read_activity_rows(&answer(502, "<html>"), 2).iter().all(|one| matches!(one, Outcome::Unknown { .. })));
        assert_eq!(
            read_activity_rows(&answer(429, ""), 2),
            vec![Outcome::NotApplied(Refusal::RateLimited { limit: None }); 2]
        );
    }

    #[test]
    fn a_capture_with_two_different_ids_is_looked_up() {
        let body = |ids: &str| format!(r#"{{"Status":"Success","Message":{{{ids}}}}}"#);
        let read = |ids: &str| read_capture(&answer(200, &body(ids)));
        assert_eq!(read(r#""Id":"a","RelatedId":"b""#), Outcome::Applied { id: None });
        assert_eq!(read(r#""Id":"a","RelatedId":"a""#), Outcome::Applied { id: Some("a".into()) });
        assert_eq!(read(r#""Id":"a""#), Outcome::Applied { id: Some("a".into()) });
        assert_eq!(read(r#""AffectedRows":1"#), Outcome::Applied { id: None });
    }

    #[test]
    fn a_marker_is_found_in_fields_and_notes() {
        let body = r#"{"RecordCount":"3","ProspectActivities":[{"Id":"1","Data":[{"Key":"mx_Custom_1","Value":"zabc"}]},{"Id":"2","Data":[]}]}"#;
        let read = read_marked_activity(&answer(200, body), "zabc").unwrap();
        assert_eq!(read, MarkerRead { found: vec!["1".into()], rows: 2, total: Some(3) });
        assert!(read_marked_activity(&answer(200, "[]"), "zabc").is_err());
        let body = r#"{"RecordCount":1,"TaskList":[{"TaskID":"t","Description":"x\nRef: zabc"}]}"#;
        assert_eq!(read_marked_task(&answer(200, body), "zabc").unwrap(), ["t"]);
        let cut_off = r#"{"RecordCount":3,"TaskList":[{"TaskID":"t","Description":"x"}]}"#;
        assert!(read_marked_task(&answer(200, cut_off), "zabc").is_err());
        let nameless = r#"{"RecordCount":1,"TaskList":[{"Key":"t","Description":"zabc"}]}"#;
        assert_eq!(read_marked_task(&answer(200, nameless), "zabc").unwrap(), [""]);
    }

    #[test]
    fn an_unknown_address_has_no_lead() {
        assert_eq!(read_found_lead(&answer(200, "[]")).unwrap(), None);
        let found = read_found_lead(&answer(200, r#"[{"ProspectID":"g"}]"#)).unwrap();
        assert_eq!(found, Some(LeadId("g".into())));
        assert!(read_found_lead(&answer(200, "{}")).is_err());
    }
}
