//! How LeadSquared's answers read. This is the only place that may say "not applied" (design § 7, leadsquared.md § 2.4).

use super::command::LeadWrite;
use crate::delivery::verdict::UNIQUE_FIELDS;
use crate::exchange::{Answer, Reply};
use crate::ids::LeadId;
use crate::redact::clip;
use crate::settings::CaptureBehaviour;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// What a bulk call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkOutcome {
    /// The call as a whole: nothing is said about any one row.
    Whole(Outcome),
    /// Each row stands for itself, in the order in which they were sent.
    Rows(Vec<Outcome>),
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
    } else if exception == "MXDuplicateEntryException" {
        Refusal::DuplicateLead { detail }
    } else if exception == "MXInvalidEntityException" {
        Refusal::LeadMissing { detail }
    } else {
        Refusal::Rejected { exception, detail }
    })
}

/// `… the limit of 20 in 5 second(s)`; other units are an assumption.
fn limit_in(said: &str) -> Option<RateLimit> {
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (calls, length): (u32, u32) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    let said = said.to_lowercase();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    let unit_s = units.iter().find(|(unit, _)| said.contains(unit)).map_or(1, |(_, seconds)| *seconds);
    Some(RateLimit { calls, seconds: length.saturating_mul(unit_s) })
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A write whose answer names no id: its JSON, or what it came to instead.
pub(super) fn read_plain(reply: &Reply) -> Result<Value, Outcome> {
    match envelope(reply) {
        Envelope::Refused(refusal) => Err(Outcome::NotApplied(refusal)),
        Envelope::Unknown(why) => Err(Outcome::Unknown { why }),
        Envelope::Json(json) => Ok(json),
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

/// What a lead looks like after a write whose answers were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// There is a lead, and it says all that was to be written.
    Stands(LeadId),
    /// There is none, or it says something else: the write goes out again.
    NotYet,
}

/// Whether a lead that was looked up says all of `write`: then nothing is left to be written, whoever wrote it.
///
/// # Errors
/// As [`read_found_lead`].
pub fn read_written_lead(reply: &Reply, write: &LeadWrite) -> Result<Written, Refusal> {
    let json = read(reply)?;
    let Some(id) = read_found_lead(reply)? else { return Ok(Written::NotYet) };
    let lead = json.as_array().and_then(|leads| leads.first()).unwrap_or(&Value::Null);
    let stored = |name: &str| text(lead, name).unwrap_or_default();
    let says = |(name, value): (&String, &String)| match write.behaviour {
        CaptureBehaviour::DoNotUpdate => true,
        CaptureBehaviour::UpdateOnlyEmptyFields => !stored(name).trim().is_empty(),
        CaptureBehaviour::DoNotUpdateUniqueFields => {
            UNIQUE_FIELDS.contains(&name.as_str()) || stored(name).trim() == value.trim()
        }
        CaptureBehaviour::Overwrite => stored(name).trim() == value.trim(),
    };
    Ok(if write.fields.iter().all(says) { Written::Stands(id) } else { Written::NotYet })
}

/// A lead that was read with all its fields: `[]` or an array of one.
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent.
pub fn read_lead(reply: &Reply) -> Result<Option<Map<String, Value>>, Refusal> {
    let json = read(reply)?;
    let unusable = || Refusal::NotSent { why: "an answer that is not a list of leads".to_owned() };
    let leads = json.as_array().ok_or_else(unusable)?;
    Ok(leads.first().and_then(Value::as_object).filter(|lead| lead.contains_key("ProspectID")).cloned())
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
pub fn read_lead_rows(reply: &Reply, rows: usize) -> BulkOutcome {
    read_rows(reply, rows, |json| json.as_array().cloned(), &["LeadId"])
}

/// Rows of a bulk activity write (leadsquared.md § 3.11).
#[must_use]
pub fn read_activity_rows(reply: &Reply, rows: usize) -> BulkOutcome {
    let list = |json: &Value| json.get("Response").or(Some(json)).and_then(Value::as_array).cloned();
    read_rows(reply, rows, list, &["ProspectActivityId", "ActivityId"])
}

fn read_rows(reply: &Reply, rows: usize, list: fn(&Value) -> Option<Vec<Value>>, ids: &[&str]) -> BulkOutcome {
    let json = match envelope(reply) {
        Envelope::Json(json) => json,
        Envelope::Refused(refusal) => return BulkOutcome::Whole(Outcome::NotApplied(refusal)),
        Envelope::Unknown(why) => return BulkOutcome::Whole(Outcome::Unknown { why }),
    };
    let Some(list) = list(&json) else {
        return BulkOutcome::Whole(Outcome::Unknown { why: "an answer without rows".to_owned() });
    };
    let mut outcomes = vec![Outcome::Unknown { why: "the answer has no such row".to_owned() }; rows];
    for row in list {
        let number: Option<usize> = text(&row, "RowNumber").and_then(|number| number.parse().ok());
        let Some(slot) = number.and_then(|number| outcomes.get_mut(number.checked_sub(1)?)) else { continue };
        let id = ids.iter().find_map(|key| text(&row, key));
        *slot = match (named(&row), id) {
            (Some(refusal), _) => Outcome::NotApplied(refusal),
            (None, Some(id)) => Outcome::Applied { id: Some(id) },
            (None, None) => Outcome::Unknown { why: "a row without id and without name".to_owned() },
        };
    }
    BulkOutcome::Rows(outcomes)
}

/// A page of a lead's activities, looked through for a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerRead {
    /// Ids of activities that carry the marker.
    pub found: Vec<String>,
    /// Ids of all activities on this page.
    pub rows: Vec<String>,
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
    let id = |row: &Value| text(row, "Id").or_else(|| text(row, "ProspectActivityId"));
    // A row that carries the marker is there, even if its id has another name: taken for absent, it would be sent again.
    let found = list.iter().filter(carries).map(|row| id(row).unwrap_or_default()).collect();
    let total = text(&json, "RecordCount").and_then(|count| count.parse().ok());
    Ok(MarkerRead { found, rows: list.iter().filter_map(id).collect(), total })
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
mod tests;
