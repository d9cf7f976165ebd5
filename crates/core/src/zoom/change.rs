//! Changing a meeting that is planned in Zoom: moved, renamed, cancelled, brought back. The calls as values, and how their
//! answers read. Values are set, so that a call may be repeated; a lost answer is settled by reading the meeting all the same,
//! because somebody may have changed it since.

use super::reply::{ZoomFault, fault_of};
use super::wire::{number, text, time};
use crate::exchange::{Body, Effect, Method, Reply, Request};
use crate::fact::agreed::{Part, Standing};
use crate::ids::MeetingNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A change of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeMeeting {
    /// Its number.
    pub meeting: MeetingNumber,
    /// What is to be as here. Where it says whether the meeting is held, it says nothing else.
    pub part: Part,
    /// The change before this one, by the key of its delivery: this one waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Who hosts it, by a name of which Zoom allows so many changes a day; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The one date of a series that it is about; absent where it is about the meeting, or the whole series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<String>,
}

/// Whether a cancelled meeting came back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Zoom does not know it any more.
    Gone,
    /// It stands.
    Back,
}

/// What Zoom says of a cancelled meeting when it cannot be brought back any more.
///
/// # Errors
/// [`ZoomFault`] when it could not be read.
pub fn read_fate(reply: &Reply) -> Result<Fate, ZoomFault> {
    match super::reply::read(reply) {
        Ok(_) => Ok(Fate::Back),
        Err(ZoomFault::NotFound { .. }) => Ok(Fate::Gone),
        Err(fault) => Err(fault),
    }
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The meeting is as wanted.
    Applied,
    /// Certainly not done.
    NotApplied(ZoomFault),
    /// Nobody can say.
    Unknown {
        /// What was seen.
        why: String,
    },
}

/// What a read of the meeting says of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The meeting is as wanted.
    AsWanted,
    /// It says something else.
    Otherwise,
}

/// The call that makes the change.
#[must_use]
pub fn change(wanted: &ChangeMeeting) -> Request {
    let path = format!("/meetings/{}", wanted.meeting);
    let (operation, method, path, body) = match wanted.part.standing {
        Some(Standing::Cancelled) => ("meetings.delete", Method::Delete, path, Body::Empty),
        Some(Standing::Planned) => {
            let body = json!({ "action": "recover" }).to_string();
            ("meetings.status", Method::Put, format!("{path}/status"), Body::Json(body))
        }
        None => ("meetings.update", Method::Patch, path, Body::Json(fields(&wanted.part))),
    };
    let query = wanted.occurrence.iter().map(|id| ("occurrence_id".to_owned(), id.clone())).collect();
    Request { operation, method, path, query, body, effect: Effect::Write, bulk: false }
}

fn fields(part: &Part) -> String {
    let mut fields = Map::new();
    if let Some(topic) = &part.topic {
        fields.insert("topic".to_owned(), json!(topic));
    }
    if let Some(start_ms) = part.start_ms {
        let start = Timestamp::from_millisecond(start_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        fields.insert("start_time".to_owned(), json!(start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
    }
    if let Some(minutes) = part.minutes {
        fields.insert("duration".to_owned(), json!(minutes));
    }
    Value::Object(fields).to_string()
}

/// Reads the answer to [`change`]. A meeting that is not there (code 3001) needs no cancelling.
#[must_use]
pub fn read_changed(reply: &Reply, part: &Part) -> Changed {
    let answer = match reply {
        Reply::NotSent { why } => return Changed::NotApplied(ZoomFault::NotSent { why: why.clone() }),
        Reply::Lost { why } => return Changed::Unknown { why: why.clone() },
        Reply::Answer(answer) => answer,
    };
    match fault_of(answer) {
        None => Changed::Applied,
        Some(ZoomFault::NotFound { .. }) if part.standing == Some(Standing::Cancelled) => Changed::Applied,
        Some(ZoomFault::Later { why }) => Changed::Unknown { why },
        Some(fault) => Changed::NotApplied(fault),
    }
}

/// Whether a meeting that was read is as a change wants it.
///
/// # Errors
/// [`ZoomFault`] when it could not be read.
pub fn read_stands(reply: &Reply, wanted: &ChangeMeeting) -> Result<Stands, ZoomFault> {
    read_part(reply, &wanted.part, wanted.occurrence.as_deref())
}

/// Whether what was read is as wanted, or one `occurrence` of it.
///
/// # Errors
/// [`ZoomFault`] when it could not be read.
pub fn read_part(reply: &Reply, part: &Part, occurrence: Option<&str>) -> Result<Stands, ZoomFault> {
    let json = match super::reply::read(reply) {
        Ok(json) => json,
        Err(ZoomFault::NotFound { .. }) if part.standing == Some(Standing::Cancelled) => return Ok(Stands::AsWanted),
        // Gone meanwhile: the change goes out again, and Zoom's refusal says so.
        Err(ZoomFault::NotFound { .. }) => return Ok(Stands::Otherwise),
        Err(fault) => return Err(fault),
    };
    if let Some(id) = occurrence {
        return Ok(date_stands(&json, id, part));
    }
    let topic = part.topic.as_ref().is_none_or(|topic| text(&json, "topic").as_ref() == Some(topic));
    let start = part.start_ms.is_none_or(|start_ms| time(&json, "start_time") == Some(start_ms));
    let minutes = part.minutes.is_none_or(|minutes| json.get("duration").and_then(number) == Some(minutes));
    let standing = part.standing != Some(Standing::Cancelled);
    Ok(if topic && start && minutes && standing { Stands::AsWanted } else { Stands::Otherwise })
}

/// Whether one date of a series is as wanted. It is looked for in the list, by its id or by the start that it should have: its id may
/// have changed with it.
fn date_stands(json: &Value, id: &str, part: &Part) -> Stands {
    let listed = json.get("occurrences").and_then(Value::as_array).into_iter().flatten();
    let mut standing = listed.filter(|one| text(one, "status").as_deref() != Some("deleted"));
    let named = |one: &&Value| text(one, "occurrence_id").as_deref() == Some(id);
    let as_wanted = match (part.standing, part.start_ms) {
        (Some(Standing::Cancelled), _) => !standing.any(|one| named(&one)),
        (Some(Standing::Planned) | None, start_ms) => standing.any(|one| {
            let start = start_ms.map_or_else(|| named(&one), |start_ms| time(one, "start_time") == Some(start_ms));
            start && part.minutes.is_none_or(|minutes| one.get("duration").and_then(number) == Some(minutes))
        }),
    };
    if as_wanted { Stands::AsWanted } else { Stands::Otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn part(standing: Option<Standing>, minutes: Option<i64>) -> Part {
        Part { standing, minutes, ..Part::default() }
    }

    fn whole(part: Part) -> ChangeMeeting {
        ChangeMeeting { meeting: MeetingNumber(7), part, after: None, host: None, occurrence: None }
    }

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[track_caller]
    fn check_change(part: Part, expected: (Method, &str, &str)) {
        let request = change(&whole(part));
        let body = match &request.body {
            Body::Json(body) => body.as_str(),
            Body::Empty | Body::Form(_) => "",
        };
        assert_eq!((request.method, request.path.as_str(), body), expected);
    }

    #[test]
    fn only_what_changes_is_sent() {
        check_change(part(None, Some(45)), (Method::Patch, "/meetings/7", r#"{"duration":45}"#));
        check_change(part(Some(Standing::Cancelled), None), (Method::Delete, "/meetings/7", ""));
        let recover = r#"{"action":"recover"}"#;
        check_change(part(Some(Standing::Planned), None), (Method::Put, "/meetings/7/status", recover));
        let moved = Part { start_ms: Some(0), ..Part::default() };
        check_change(moved, (Method::Patch, "/meetings/7", r#"{"start_time":"1970-01-01T00:00:00Z"}"#));
    }

    #[test]
    fn a_meeting_that_is_gone_needs_no_cancelling_and_cannot_be_moved() {
        let gone = answer(404, r#"{"code":3001,"message":"Meeting does not exist."}"#);
        assert_eq!(read_changed(&gone, &part(Some(Standing::Cancelled), None)), Changed::Applied);
        assert!(matches!(read_changed(&gone, &part(None, Some(45))), Changed::NotApplied(ZoomFault::NotFound { .. })));
        assert_eq!(read_changed(&answer(204, ""), &part(None, Some(45))), Changed::Applied);
        assert!(matches!(read_changed(&answer(502, "<html>"), &part(None, Some(45))), Changed::Unknown { .. }));
        assert_eq!(read_stands(&gone, &whole(part(Some(Standing::Cancelled), None))), Ok(Stands::AsWanted));
        let there = answer(200, r#"{"id":7,"duration":45,"topic":"x"}"#);
        assert_eq!(read_stands(&there, &whole(part(None, Some(45)))), Ok(Stands::AsWanted));
        assert_eq!(read_stands(&there, &whole(part(None, Some(30)))), Ok(Stands::Otherwise));
        assert_eq!(read_stands(&there, &whole(part(Some(Standing::Cancelled), None))), Ok(Stands::Otherwise));
    }

    #[test]
    fn a_date_of_a_series_is_named_in_the_call_and_looked_for_in_the_list() {
        let of = |part: Part| ChangeMeeting { occurrence: Some("0".to_owned()), ..whole(part) };
        let cancel = of(part(Some(Standing::Cancelled), None));
        assert_eq!(change(&cancel).query, [("occurrence_id".to_owned(), "0".to_owned())]);
        let moved = of(Part { start_ms: Some(60_000), ..Part::default() });
        let longer = of(part(None, Some(45)));
        let listed = |ones: &str| answer(200, &format!(r#"{{"id":7,"occurrences":[{ones}]}}"#));
        let before = listed(r#"{"occurrence_id":"0","start_time":"1970-01-01T00:00:00Z","duration":30}"#);
        let after = listed(r#"{"occurrence_id":"60000","start_time":"1970-01-01T00:01:00Z","duration":30}"#);
        let long = listed(r#"{"occurrence_id":"0","start_time":"1970-01-01T00:00:00Z","duration":45}"#);
        let marked = listed(r#"{"occurrence_id":"0","start_time":"1970-01-01T00:00:00Z","status":"deleted"}"#);
        for wanted in [&cancel, &moved, &longer] {
            assert_eq!(read_stands(&before, wanted), Ok(Stands::Otherwise));
        }
        for (reply, wanted) in [(&after, &moved), (&long, &longer), (&after, &cancel), (&marked, &cancel)] {
            assert_eq!(read_stands(reply, wanted), Ok(Stands::AsWanted));
        }
    }
}
