//! How Zoom's history of meetings and webinars reads, and a meeting that is read again.

use super::super::history::{Found, HeldRun};
use super::super::wire::{duration_min, number, text, time};
use super::{ZoomFault, read};
use crate::exchange::Reply;
use crate::ids::{Email, MeetingNumber};
use serde_json::Value;

/// Reads a page of the history, and the token of the next. A run without a uuid or an end is left out: nothing could be read of it.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_history(reply: &Reply) -> Result<(Vec<HeldRun>, Option<String>), ZoomFault> {
    let json = read(reply)?;
    let rows = json.get("history_meetings").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| ZoomFault::Later { why: "a history without history_meetings".to_owned() })?;
    Ok((rows.iter().filter_map(held).collect(), text(&json, "next_page_token")))
}

fn held(row: &Value) -> Option<HeldRun> {
    Some(HeldRun {
        number: MeetingNumber(u64::try_from(number(row.get("meeting_id")?)?).ok()?),
        uuid: text(row, "meeting_uuid")?,
        topic: text(row, "topic"),
        host_email: text(row, "host_email").as_deref().and_then(Email::parse),
        start_ms: time(row, "start_time")?,
        end_ms: time(row, "end_time")?,
    })
}

/// Reads a meeting that was made from LeadSquared. One that Zoom does not know any more was deleted. Of a series only the title and the
/// link are taken: each of its dates has a start of its own.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_meeting(reply: &Reply) -> Result<Found, ZoomFault> {
    let json = match read(reply) {
        Ok(json) => json,
        Err(ZoomFault::NotFound { .. }) => return Ok(Found::Gone),
        Err(fault) => return Err(fault),
    };
    let single = json.get("occurrences").and_then(Value::as_array).is_none_or(Vec::is_empty);
    Ok(Found::There {
        topic: text(&json, "topic"),
        start_ms: time(&json, "start_time").filter(|_| single),
        minutes: duration_min(&json).filter(|_| single),
        timezone: text(&json, "timezone"),
        join_url: text(&json, "join_url"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[test]
    fn a_run_reads_with_its_number_as_number_or_text_and_one_without_an_end_is_left_out() {
        let body = r#"{"next_page_token":"t","history_meetings":[
            {"meeting_uuid":"u==","meeting_id":86000000001,"type":"Webinar","topic":"T","host_email":"Host@a.test",
             "start_time":"2026-08-01T10:00:00Z","end_time":"2026-08-01T11:00:00Z"},
            {"meeting_uuid":"v==","meeting_id":"86000000002","start_time":"2026-08-01T10:00:00Z","end_time":"2026-08-01T10:30:00Z"},
            {"meeting_uuid":"w==","meeting_id":"86000000003","start_time":"2026-08-01T10:00:00Z","end_time":""},
            {"meeting_uuid":"","meeting_id":"1","start_time":"2026-08-01T10:00:00Z","end_time":"2026-08-01T10:30:00Z"}]}"#;
        let (runs, next) = read_history(&answer(200, body)).unwrap();
        assert_eq!((runs.len(), next.as_deref()), (2, Some("t")));
        assert_eq!((runs[0].number.0, runs[1].number.0), (86_000_000_001, 86_000_000_002));
        assert_eq!(runs[0].end_ms - runs[0].start_ms, 3_600_000);
        assert_eq!(runs[0].host_email.as_ref().map(Email::as_str), Some("host@a.test"));
    }

    #[test]
    fn a_refusal_is_one_and_so_is_a_list_of_something_else() {
        let missing = r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[a:b:c]."}"#;
        assert!(matches!(read_history(&answer(400, missing)), Err(ZoomFault::ScopeMissing { .. })));
        assert!(matches!(read_history(&answer(200, "{}")), Err(ZoomFault::Later { .. })));
        assert!(matches!(read_meeting(&answer(502, "<html>")), Err(ZoomFault::Later { .. })));
    }

    #[test]
    fn a_meeting_that_zoom_does_not_know_was_deleted_and_a_series_tells_no_start() {
        let gone = answer(404, r#"{"code":3001,"message":"Meeting does not exist."}"#);
        assert_eq!(read_meeting(&gone), Ok(Found::Gone));
        let there = r#"{"id":7,"topic":"T","start_time":"1970-01-01T00:00:01Z","duration":45,"timezone":"UTC"}"#;
        let Ok(Found::There { start_ms, minutes, .. }) = read_meeting(&answer(200, there)) else { panic!() };
        assert_eq!((start_ms, minutes), (Some(1_000), Some(45)));
        let series = r#"{"id":7,"topic":"T","start_time":"1970-01-01T00:00:01Z","duration":45,"occurrences":[{"occurrence_id":"1"}]}"#;
        let Ok(Found::There { topic, start_ms, minutes, .. }) = read_meeting(&answer(200, series)) else { panic!() };
        assert_eq!((topic.as_deref(), start_ms, minutes), (Some("T"), None, None));
    }
}
