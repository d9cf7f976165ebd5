//! Appointment tasks after they were made: reading what one says, and changing what it says. LeadSquared publishes no call
//! that cancels a task (leadsquared.md § 3.16), so a cancelled meeting's task says so in its subject.

use super::reply::{Outcome, Refusal, read, text};
use super::wire::date;
use crate::exchange::{Body, Effect, Method, Reply, Request};
use crate::fact::agreed::{End, Part, Standing};
use crate::ids::{Email, LeadId};
use crate::redact::clip;
use crate::translate::meeting::agree::Heard;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Before the subject of a task that stands for a meeting.
pub const SUBJECT: &str = "Zoom: ";
/// Before that, when the meeting was cancelled.
pub const CANCELLED: &str = "Cancelled: ";
/// Before that, when it was turned into a webinar, which is no meeting any more.
pub const WEBINAR: &str = "Now a webinar: ";
const MINUTE_MS: i64 = 60_000;

/// What is to be changed in a task; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChange {
    /// The key of the delivery that made the task; its result is the task's id.
    pub of: String,
    /// The task's id, where a person made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The subject.
    pub name: Option<String>,
    /// Start and end, epoch milliseconds.
    pub span_ms: Option<(i64, i64)>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The place: the join link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A task to be read, which changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRead {
    /// `UserTaskId`.
    pub task: String,
    /// How it was heard of.
    #[serde(default)]
    pub heard: Heard,
}

/// What a task says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSeen {
    /// The plan as far as it is told.
    pub part: Part,
    /// `ModifiedOn`, epoch milliseconds; absent where the task is gone.
    pub changed_ms: Option<i64>,
    /// What it says besides; absent where the task is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<TaskAbout>,
}

/// What a task says beside the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAbout {
    /// The name of its type.
    pub task_type: String,
    /// Whose it is.
    pub owner: Option<Email>,
    /// The lead it is about; absent where it is about none.
    pub lead: Option<LeadId>,
    /// Its text, at most [`TASK_TEXT_CHARS_MAX`] characters.
    pub text: String,
    /// How far it is.
    pub progress: Progress,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// To be done, or overdue.
    Open,
    /// Done.
    Completed,
    /// Cancelled by its status, which no call takes back.
    Cancelled,
}

/// Characters of a task's text that are kept.
pub const TASK_TEXT_CHARS_MAX: usize = 1_900;

/// Who made a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeBy {
    /// We did, for a meeting.
    Us,
    /// A person, and the subject is theirs.
    Person,
}

/// The subject of a task for a meeting.
#[must_use]
pub fn subject(topic: &str, (standing, end): (Standing, Option<End>), by: MadeBy) -> String {
    let ours = match by {
        MadeBy::Us => SUBJECT,
        MadeBy::Person => "",
    };
    match (standing, end) {
        (Standing::Planned, _) => format!("{ours}{topic}"),
        (Standing::Cancelled, None | Some(End::Gone)) => format!("{CANCELLED}{ours}{topic}"),
        (Standing::Cancelled, Some(End::Webinar)) => format!("{WEBINAR}{ours}{topic}"),
    }
}

/// The call that changes a task.
#[must_use]
pub fn change(id: &str, wanted: &TaskChange) -> Request {
    let mut fields = Map::new();
    fields.insert("UserTaskId".to_owned(), json!(id));
    if let Some(name) = &wanted.name {
        fields.insert("Name".to_owned(), json!(name));
    }
    if let Some((start_ms, end_ms)) = wanted.span_ms {
        fields.insert("DueDate".to_owned(), json!(date(start_ms)));
        fields.insert("EndDate".to_owned(), json!(date(end_ms)));
    }
    if let Some(text) = &wanted.text {
        fields.insert("Description".to_owned(), json!(text));
    }
    if let Some(location) = &wanted.location {
        fields.insert("Location".to_owned(), json!(location));
    }
    Request {
        operation: "Task.Update",
        method: Method::Post,
        path: "/v2/Task.svc/Update".to_owned(),
        query: Vec::new(),
        body: Body::Json(Value::Object(fields).to_string()),
        effect: Effect::Write,
        bulk: false,
    }
}

/// The call that reads a task.
#[must_use]
pub fn get(wanted: &TaskRead) -> Request {
    Request {
        operation: "Retrieve.GetById",
        method: Method::Get,
        path: "/v2/Task.svc/Retrieve.GetById".to_owned(),
        query: vec![("id".to_owned(), wanted.task.clone())],
        body: Body::Empty,
        effect: Effect::Read,
        bulk: false,
    }
}

/// Reads the answer to [`change`], which names no id.
#[must_use]
pub fn read_changed(reply: &Reply) -> Outcome {
    match super::reply::read_plain(reply) {
        Ok(_) => Outcome::Applied { id: None },
        Err(outcome) => outcome,
    }
}

/// Reads a task: an array of one, or an empty one when it is gone.
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent.
pub fn read_task(reply: &Reply) -> Result<TaskSeen, Refusal> {
    let json = read(reply)?;
    let unusable = |why: &str| Refusal::NotSent { why: why.to_owned() };
    let tasks = json.as_array().ok_or_else(|| unusable("an answer that is not a list of tasks"))?;
    let Some(task) = tasks.first() else {
        let part = Part { standing: Some(Standing::Cancelled), ..Part::default() };
        return Ok(TaskSeen { part, changed_ms: None, about: None });
    };
    let changed_ms = text(task, "ModifiedOn").as_deref().and_then(instant);
    let changed_ms = Some(changed_ms.ok_or_else(|| unusable("a task without the time of its last change"))?);
    let (standing, topic) = said_by(&text(task, "Name").unwrap_or_default());
    let start_ms = text(task, "DueDate").as_deref().and_then(instant);
    let end_ms = text(task, "EndDate").as_deref().and_then(instant);
    let part = Part {
        topic: (!topic.is_empty()).then_some(topic),
        start_ms,
        minutes: start_ms.zip(end_ms).map(|(start, end)| (end - start) / MINUTE_MS).filter(|minutes| *minutes > 0),
        standing: Some(standing),
    };
    Ok(TaskSeen { part, changed_ms, about: Some(about(task)) })
}

/// What the task says besides.
fn about(task: &Value) -> TaskAbout {
    let words = ["Status", "StatusCode"].iter().filter_map(|field| text(task, field));
    let progress = words.map(|word| progress(&word)).find(|progress| *progress != Progress::Open);
    // 1 says that it is about a lead; where nothing is said, an id can only be a lead's.
    let of_lead = text(task, "RelatedEntity").is_none_or(|related| related == "1");
    TaskAbout {
        task_type: task.get("TaskType").and_then(|kind| text(kind, "Name")).unwrap_or_default(),
        owner: text(task, "OwnerEmailAddress").as_deref().and_then(Email::parse),
        lead: text(task, "RelatedEntityId").filter(|_| of_lead).map(LeadId),
        text: clip(&text(task, "Description").unwrap_or_default(), TASK_TEXT_CHARS_MAX),
        progress: progress.unwrap_or(Progress::Open),
    }
}

fn progress(word: &str) -> Progress {
    let word = word.to_lowercase();
    if word.starts_with("cancel") {
        Progress::Cancelled
    } else if word == "1" || word.starts_with("complete") {
        Progress::Completed
    } else {
        Progress::Open
    }
}

/// What a task's subject says: whether the meeting is held, and its topic.
#[must_use]
pub fn said_by(subject: &str) -> (Standing, String) {
    let (standing, name) = match subject.strip_prefix(CANCELLED).or_else(|| subject.strip_prefix(WEBINAR)) {
        Some(rest) => (Standing::Cancelled, rest),
        None => (Standing::Planned, subject),
    };
    (standing, name.strip_prefix(SUBJECT).unwrap_or(name).trim().to_owned())
}

/// `YYYY-MM-DD HH:MM:SS`, with or without a fraction, in UTC.
pub(super) fn instant(text: &str) -> Option<i64> {
    let civil: DateTime = text.trim().parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok().map(|at| at.as_millisecond())
}

/// The places where a notice may name a task (leadsquared.md § 4: no sample of one is published).
const TASK_NAMES: [&str; 4] = ["UserTaskId", "TaskId", "TaskID", "Id"];
/// What may stand around a record.
const WRAPPERS: [&str; 4] = ["After", "Current", "Data", "Task"];

/// The task that a notice of LeadSquared names.
#[must_use]
pub fn named_in(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let first = json.as_array().and_then(|list| list.first()).unwrap_or(&json);
    let inside = WRAPPERS.iter().filter_map(|name| first.get(name));
    let records = std::iter::once(first).chain(inside);
    let id = records.flat_map(|record| TASK_NAMES.iter().filter_map(|name| text(record, name)));
    id.into_iter().find(|id| id.len() <= TASK_ID_CHARS_MAX && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// The longest id of a task that is believed, in characters.
const TASK_ID_CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    #[track_caller]
    fn check(body: &str, expected: Option<&(Part, Option<i64>)>) {
        let reply = Reply::Answer(Answer::of(200, body));
        let seen = read_task(&reply).ok().map(|seen| (seen.part, seen.changed_ms));
        assert_eq!(seen.as_ref(), expected);
    }

    #[test]
    fn a_task_tells_topic_time_and_whether_it_is_held() {
        let told = |name: &str, standing| {
            let body = format!(
                r#"[{{"Name":"{name}","DueDate":"1970-01-01 00:10:00.000","EndDate":"1970-01-01 00:40:00","ModifiedOn":"1970-01-01 00:00:01.000"}}]"#
            );
            let part = Part {
                topic: Some("Intro".to_owned()),
                start_ms: Some(600_000),
                minutes: Some(30),
                standing: Some(standing),
            };
            check(&body, Some(&(part, Some(1_000))));
        };
        told("Zoom: Intro", Standing::Planned);
        told("Intro", Standing::Planned);
        told("Cancelled: Zoom: Intro", Standing::Cancelled);
        let gone = Part { standing: Some(Standing::Cancelled), ..Part::default() };
        check("[]", Some(&(gone, None)));
        check(r#"[{"Name":"x"}]"#, None);
        check(r#"{"x":1}"#, None);
    }

    #[track_caller]
    fn check_about(fields: &str, expected: (Progress, Option<&str>, Option<&str>)) {
        let body =
            format!(r#"[{{"Name":"x","ModifiedOn":"1970-01-01 00:00:01","TaskType":{{"Name":"Meeting"}}{fields}}}]"#);
        let about = read_task(&Reply::Answer(Answer::of(200, body.as_str()))).unwrap().about.unwrap();
        assert_eq!(about.task_type, "Meeting");
        let owner = about.owner.as_ref().map(Email::as_str);
        assert_eq!((about.progress, about.lead.as_ref().map(|lead| lead.0.as_str()), owner), expected);
    }

    #[test]
    fn a_task_tells_whose_it_is_about_whom_and_how_far_it_is() {
        check_about("", (Progress::Open, None, None));
        check_about(r#","StatusCode":"1""#, (Progress::Completed, None, None));
        check_about(r#","StatusCode":"0","Status":"Cancelled""#, (Progress::Cancelled, None, None));
        check_about(r#","Status":"Overdue""#, (Progress::Open, None, None));
        let lead = r#","RelatedEntity":"1","RelatedEntityId":"l-1","OwnerEmailAddress":"Rep@a.test""#;
        check_about(lead, (Progress::Open, Some("l-1"), Some("rep@a.test")));
        check_about(r#","RelatedEntity":"5","RelatedEntityId":"o-1""#, (Progress::Open, None, None));
        check_about(r#","RelatedEntityId":"l-1""#, (Progress::Open, Some("l-1"), None));
    }

    #[test]
    fn a_notice_names_its_task_wherever_it_stands() {
        for body in [
            r#"{"UserTaskId":"t-1"}"#,
            r#"[{"TaskID":"t-1"}]"#,
            r#"{"Before":{},"After":{"UserTaskId":"t-1"}}"#,
            r#"{"Data":{"TaskId":"t-1"}}"#,
        ] {
            assert_eq!(named_in(body.as_bytes()).as_deref(), Some("t-1"), "{body}");
        }
        assert_eq!(named_in(b"{}"), None);
        assert_eq!(named_in(br#"{"UserTaskId":"../x"}"#), None);
        assert_eq!(named_in(b"nonsense"), None);
    }
}
