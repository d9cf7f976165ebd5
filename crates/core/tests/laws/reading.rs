//! Nothing that comes from outside makes the core panic: neither bytes, nor JSON of the right shape with the wrong values.

use super::bench::{Bench, set_up};
use super::config;
use connector_core::exchange::{Answer, Reply};
use connector_core::ids::ZoomApp;
use connector_core::redact::redact_json;
use connector_core::translate::{self, Source};
use connector_core::{leadsquared, zoom};
use proptest::prelude::*;
use serde_json::{Map, Value};

const NAMES: &[&str] = &[
    "meeting.started",
    "meeting.ended",
    "meeting.participant_joined",
    "meeting.participant_left",
    "meeting.registration_created",
    "meeting.created",
    "webinar.started",
    "webinar.ended",
    "webinar.participant_joined",
    "webinar.participant_left",
    "webinar.registration_created",
    "webinar.registration_cancelled",
    "webinar.updated",
    "webinar.deleted",
    "recording.completed",
    "app_deauthorized",
    "endpoint.url_validation",
    "user.deleted",
    "nonsense",
];

/// Keys that some reader of ours looks for.
const KEYS: &[&str] = &[
    "id",
    "uuid",
    "host_id",
    "topic",
    "start_time",
    "end_time",
    "duration",
    "type",
    "participant",
    "registrant",
    "user_id",
    "participant_uuid",
    "registrant_id",
    "email",
    "user_name",
    "join_time",
    "leave_time",
    "first_name",
    "status",
    "custom_questions",
    "title",
    "value",
    "occurrences",
    "occurrence_id",
    "recording_files",
    "tracking_source",
    "code",
    "message",
    "errors",
    "error",
    "access_token",
    "refresh_token",
    "expires_in",
    "scope",
    "api_url",
    "account_id",
    "meetings",
    "agenda",
    "next_page_token",
    "Status",
    "Message",
    "Id",
    "RelatedId",
    "ExceptionType",
    "ExceptionMessage",
    "RowNumber",
    "LeadId",
    "ProspectActivityId",
    "Response",
    "ProspectActivities",
    "RecordCount",
    "List",
    "ProspectID",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_i64..3).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{1,25}".prop_map(Value::from),
        "[-+]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?Z?".prop_map(Value::from),
        Just(Value::from("2026-08-01T10:00:00Z")),
        Just(Value::from("-009999-01-02T01:59:59Z")),
        Just(Value::from("9999-12-30T22:00:00Z")),
        "[a-z]{1,5}@[a-z]{1,3}\\.test".prop_map(Value::from),
        Just(Value::from("Success")),
        Just(Value::from("MXAPIRateLimitExceededException")),
        "limit of [0-9]{1,20} in [0-9]{1,20} second".prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 60, 8, |inner| {
        let entry = (prop::sample::select(KEYS), inner.clone());
        prop_oneof![
            3 => proptest::collection::vec(entry, 0..10)
                .prop_map(|entries| Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
            1 => proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

/// An object that has what most events need, overlaid with anything.
fn object() -> impl Strategy<Value = Value> {
    let person = || {
        (json(), any::<bool>()).prop_map(|(over, plain)| {
            let mut person = Map::new();
            for (key, value) in [("email", "a@b.test"), ("id", "R"), ("registrant_id", "R"), ("user_id", "1")] {
                person.insert(key.to_owned(), Value::from(value));
            }
            for key in ["join_time", "leave_time"] {
                person.insert(key.to_owned(), Value::from("2026-08-01T10:00:00Z"));
            }
            if let (Value::Object(over), false) = (over, plain) {
                person.extend(over);
            }
            Value::Object(person)
        })
    };
    (json(), person(), person()).prop_map(|(over, participant, registrant)| {
        let mut object = Map::new();
        object.insert("id".to_owned(), Value::from(86_000_000_001_i64));
        object.insert("uuid".to_owned(), Value::from("u=="));
        object.extend(over.as_object().cloned().unwrap_or_default());
        object.insert("participant".to_owned(), participant);
        object.insert("registrant".to_owned(), registrant);
        Value::Object(object)
    })
}

/// Every reader of answers; what they say is judged elsewhere.
fn read_replies(status: u16, body: &[u8]) {
    let answer = Answer { retry_after: Some("soon".to_owned()), ..Answer::of(status, body) };
    let reply = Reply::Answer(answer);
    let _ = zoom::reply::read_tokens(&reply);
    let _ = zoom::reply::read_me(&reply);
    let _ = zoom::reply::read_settings(&reply);
    let _ = zoom::reply::read_created(&reply);
    let _ = zoom::reply::find_by_marker(&reply, "zmarker");
    let _ = leadsquared::reply::read_write(&reply);
    let _ = leadsquared::reply::read_capture(&reply);
    let _ = leadsquared::reply::read_found_lead(&reply);
    let _ = leadsquared::reply::read_marked_activity(&reply, "zmarker");
    let _ = leadsquared::reply::read_marked_task(&reply, "zmarker");
    let _ = leadsquared::setup::read_activity_types(&reply);
    let _ = leadsquared::setup::read_task_types(&reply);
    for outcome in [leadsquared::reply::read_lead_rows(&reply, 3), leadsquared::reply::read_activity_rows(&reply, 3)] {
        match outcome {
            leadsquared::reply::BulkOutcome::Whole(_) => {}
            leadsquared::reply::BulkOutcome::Rows(rows) => assert_eq!(rows.len(), 3),
        }
    }
}

fn read_all(bytes: &[u8]) {
    let _ = zoom::event::read(bytes);
    let _ = zoom::event::account_of(bytes);
    let _ = redact_json(&String::from_utf8_lossy(bytes));
    for source in [Source::Zoom(ZoomApp::Meetings), Source::Zoom(ZoomApp::Webinars), Source::Wish, Source::Outcome] {
        let _ = translate::read(source, bytes, 0);
    }
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), status in any::<u16>()) {
        read_all(&bytes);
        read_replies(status, &bytes);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[\\[\\]{}:,\"\\\\a-z0-9 ]{0,80}", status in any::<u16>()) {
        read_all(text.as_bytes());
        read_replies(status, text.as_bytes());
    }

    #[test]
    fn no_json_makes_a_reader_of_answers_panic(json in json(), status in prop_oneof![Just(200_u16), 100_u16..600]) {
        let body = json.to_string();
        read_all(body.as_bytes());
        read_replies(status, body.as_bytes());
    }

    #[test]
    fn no_event_that_can_be_read_makes_the_rules_panic(
        events in proptest::collection::vec((prop::sample::select(NAMES), object(), any::<i64>()), 1..6),
    ) {
        let mut read = Vec::new();
        for (name, object, event_ts_ms) in events {
            let payload = serde_json::json!({ "account_id": "A", "user_id": "U", "plainToken": "t", "object": object });
            let body = serde_json::json!({ "event": name, "event_ts": event_ts_ms, "payload": payload }).to_string();
            let app = if name.starts_with("webinar") { ZoomApp::Webinars } else { ZoomApp::Meetings };
            read.extend(translate::read(Source::Zoom(app), body.as_bytes(), 1_795_600_000_000));
        }
        let mut bench = Bench::new(set_up());
        let outcomes = bench.take(&read);
        prop_assert_eq!(outcomes.len(), read.len());
        bench.take(&read);
    }
}
