//! Zoom's JSON of webhooks: where each field stands, under which spellings, as number or text. How answers read is in `reply`.

use super::event::{
    BODY_DEPTH_MAX, Change, Deauthorized, Definition, Event, INVITED_MAX, Recording, Registration, RegistrationStatus,
    Retention, Run, Stay, Unreadable, What,
};
use crate::fact::agreed::dates::DateTold;
use crate::fact::agreed::{End, Part, Standing};
use crate::ids::{Email, Kind, MeetingNumber, ZoomAccountId, ZoomUserId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Standard answers of a registration form (zoom.md § 5.5).
const ANSWERS: &[&str] = &[
    "first_name",
    "last_name",
    "address",
    "city",
    "country",
    "zip",
    "state",
    "phone",
    "industry",
    "org",
    "job_title",
    "purchasing_time_frame",
    "role_in_purchase_process",
    "no_of_employees",
    "comments",
];

#[derive(Deserialize)]
struct Head {
    event: Option<String>,
    #[serde(default)]
    event_ts: Value,
    payload: Option<HeadBody>,
}

#[derive(Deserialize)]
struct HeadBody {
    account_id: Option<String>,
}

pub(super) fn read_account(body: &[u8]) -> Option<(String, String, i64)> {
    if depth_of(body) > BODY_DEPTH_MAX {
        return None;
    }
    let head: Head = serde_json::from_slice(body).ok()?;
    let account = head.payload?.account_id.filter(|account| !account.is_empty())?;
    Some((storable(account), storable(head.event.unwrap_or_default()), number(&head.event_ts).unwrap_or(0)))
}

pub(super) fn read_about(body: &[u8]) -> crate::route::About {
    let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let payload = json.get("payload").unwrap_or(&Value::Null);
    let object = payload.get("object").unwrap_or(&Value::Null);
    crate::route::About {
        host: text(object, "host_id"),
        host_email: text(object, "host_email"),
        topic: text(object, "topic"),
        meeting: object.get("id").and_then(number).and_then(|number| u64::try_from(number).ok()).map(MeetingNumber),
        groups: None,
        tracking: object.get("tracking_fields").and_then(tracking),
        signed_in: if text(&json, "event").as_deref() == Some("app_deauthorized") {
            text(payload, "user_id")
        } else {
            None
        },
    }
}

/// The most tracking fields of a meeting that are looked at; an account has ten or so.
const TRACKING_MAX: usize = 100;

/// Tracking fields with their values (zoom.md § 4.3, `meeting.created`).
pub(super) fn tracking(fields: &Value) -> Option<Vec<(String, String)>> {
    let read = |field: &Value| Some((text(field, "field")?, text(field, "value")?));
    Some(fields.as_array()?.iter().take(TRACKING_MAX).filter_map(read).collect())
}

/// The deepest nesting of brackets outside of strings.
fn depth_of(body: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in body {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

pub(super) fn read_event(body: &[u8]) -> Result<Event, Unreadable> {
    if depth_of(body) > BODY_DEPTH_MAX {
        return Err(Unreadable::NotJson(format!("nested deeper than {BODY_DEPTH_MAX}")));
    }
    let json: Value = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let Some(name) = text(&json, "event") else {
        return Err(Unreadable::Field { event: "?".to_owned(), field: "event" });
    };
    let payload = json.get("payload").unwrap_or(&Value::Null);
    let account = text(payload, "account_id").map(ZoomAccountId);
    let event_ts_ms = json.get("event_ts").and_then(number).or_else(|| payload.get("event_ts").and_then(number));
    let what = what(&name, payload)?;
    Ok(Event { name, account, event_ts_ms: event_ts_ms.unwrap_or(0), what })
}

fn what(name: &str, payload: &Value) -> Result<What, Unreadable> {
    let missing = |field| Unreadable::Field { event: name.to_owned(), field };
    let object = payload.get("object").unwrap_or(&Value::Null);
    let Some((family, rest)) = name.split_once('.') else {
        return whole_word(name, payload).ok_or_else(|| missing("payload.user_id"));
    };
    let kind = match family {
        "meeting" => Kind::Meeting,
        "webinar" => Kind::Webinar,
        "recording" if rest == "completed" => return recording(object).ok_or_else(|| missing("payload.object.uuid")),
        "endpoint" if rest == "url_validation" => {
            let plain_token = text(payload, "plainToken").ok_or_else(|| missing("payload.plainToken"))?;
            return Ok(What::UrlValidation { plain_token });
        }
        "user" => return Ok(user(rest, object)),
        "recording" | "account" | "app" => return Ok(What::Ignored("of no consequence for leads")),
        _ => return Ok(What::UnknownName),
    };
    gathering_event(name, (kind, rest), payload, object)
}

fn gathering_event(
    name: &str,
    (kind, rest): (Kind, &str),
    payload: &Value,
    object: &Value,
) -> Result<What, Unreadable> {
    let missing = |field| Unreadable::Field { event: name.to_owned(), field };
    let numbered = || run(kind, object).ok_or_else(|| missing("payload.object.id"));
    let one_run =
        || numbered().and_then(|run| if run.uuid.is_empty() { Err(missing("payload.object.uuid")) } else { Ok(run) });
    Ok(match rest {
        "started" => What::Started(one_run()?),
        "ended" if object.get("practice_session") == Some(&Value::Bool(true)) => What::PracticeEnded(one_run()?),
        "ended" => What::Ended(one_run()?),
        "participant_joined" | "participant_left" => {
            let (run, stay) = (one_run()?, stay(object.get("participant").unwrap_or(&Value::Null)));
            if rest == "participant_joined" {
                stay.join_ms.ok_or_else(|| missing("payload.object.participant.join_time"))?;
                What::Joined(run, stay)
            } else {
                stay.leave_ms.ok_or_else(|| missing("payload.object.participant.leave_time"))?;
                What::Left(run, stay)
            }
        }
        "registration_created" | "registration_approved" | "registration_cancelled" | "registration_denied" => {
            let registration = registration(rest, numbered()?, object);
            What::Registration(registration.ok_or_else(|| missing("payload.object.registrant.email"))?)
        }
        "created" => What::Definition(definition(Change::Created, numbered()?, payload, object)),
        "updated" => What::Definition(definition(Change::Updated, numbered()?, payload, object)),
        // A meeting that became a webinar is no meeting any more; the webinar tells of itself.
        "deleted" | "permanently_deleted" | "converted_to_webinar" => {
            let told = definition(Change::Deleted, numbered()?, payload, object);
            let end = match rest {
                "permanently_deleted" if told.occurrences.is_empty() => Some(End::Gone),
                "converted_to_webinar" => Some(End::Webinar),
                _ => None,
            };
            What::Definition(Definition { end, ..told })
        }
        // A webinar that became a meeting again is what it was before.
        "recovered" | "converted_to_meeting" => {
            What::Definition(definition(Change::Recovered, numbered()?, payload, object))
        }
        other => ignored(other),
    })
}

/// Known events of meetings and webinars that change nothing for leads (zoom.md § 4.2).
fn ignored(rest: &str) -> What {
    let room = ["waiting_room", "breakout_room", "participant_jbh", "participant_admitted"];
    if room.iter().any(|part| rest.contains(part)) {
        return What::Ignored("waiting and breakout rooms are not the meeting itself");
    }
    let known = [
        "participant_",
        "converted_to_",
        "invitation_",
        "sharing_",
        "summary_",
        "aic_",
        "chat_",
        "rtms_",
        "alert",
        "risk_alert",
        "live_streaming",
        "presence",
    ];
    if known.iter().any(|part| rest.starts_with(part)) || rest.contains("qos") || rest.contains("callout") {
        return What::Ignored("of no consequence for leads");
    }
    What::UnknownName
}

/// Events whose name has no dot.
fn whole_word(name: &str, payload: &Value) -> Option<What> {
    if name != "app_deauthorized" {
        return Some(What::UnknownName);
    }
    Some(What::Deauthorized(Deauthorized {
        user: ZoomUserId(text(payload, "user_id")?),
        client_id: text(payload, "client_id"),
        deauthorization_time: text(payload, "deauthorization_time"),
        retention: match payload.get("user_data_retention") {
            Some(Value::Bool(true)) => Retention::Granted,
            Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Retention::Granted,
            Some(_) | None => Retention::NotGranted,
        },
    }))
}

fn user(rest: &str, object: &Value) -> What {
    match (rest, text(object, "id")) {
        ("deactivated" | "deleted" | "disassociated", Some(id)) => What::UserGone(ZoomUserId(id)),
        _ => What::Ignored("of no consequence for leads"),
    }
}

/// Longer than any meeting or webinar (30 days), in minutes: what says more says nothing.
const DURATION_MAX_MIN: i64 = 30 * 24 * 60;

/// How long a meeting or webinar is planned to be, in minutes.
pub(super) fn duration_min(object: &Value) -> Option<i64> {
    object.get("duration").and_then(number).filter(|minutes| (1..=DURATION_MAX_MIN).contains(minutes))
}

fn run(kind: Kind, object: &Value) -> Option<Run> {
    let number = number(object.get("id")?)?;
    Some(Run {
        kind,
        number: MeetingNumber(u64::try_from(number).ok()?),
        uuid: text(object, "uuid").unwrap_or_default(),
        host_id: text(object, "host_id").map(ZoomUserId),
        host_email: text(object, "host_email").as_deref().and_then(Email::parse),
        topic: text(object, "topic"),
        start_ms: time(object, "start_time"),
        end_ms: time(object, "end_time"),
        duration_min: duration_min(object),
        timezone: text(object, "timezone"),
    })
}

fn stay(participant: &Value) -> Stay {
    let of = |key| text(participant, key);
    Stay {
        user_id: of("user_id"),
        participant_uuid: of("participant_uuid"),
        zoom_user: of("id").or_else(|| of("participant_user_id")).map(ZoomUserId),
        registrant_id: of("registrant_id"),
        name: of("user_name"),
        email: of("email").as_deref().and_then(Email::parse),
        customer_key: of("customer_key"),
        join_ms: time(participant, "join_time"),
        leave_ms: time(participant, "leave_time"),
        leave_reason: of("leave_reason"),
    }
}

fn registration(rest: &str, run: Run, object: &Value) -> Option<Registration> {
    let registrant = object.get("registrant")?;
    let status = match rest {
        "registration_approved" => RegistrationStatus::Approved,
        "registration_cancelled" => RegistrationStatus::Cancelled,
        "registration_denied" => RegistrationStatus::Denied,
        _ if text(registrant, "status").as_deref() == Some("pending") => RegistrationStatus::Pending,
        _ => RegistrationStatus::Approved,
    };
    let occurrences: Vec<String> = list(object, "occurrences").filter_map(|one| text(one, "occurrence_id")).collect();
    let (answers, custom_questions) = answers(registrant);
    Some(Registration {
        occurrence: match occurrences.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        },
        registrant_id: text(registrant, "id"),
        email: Email::parse(&text(registrant, "email")?)?,
        status,
        answers,
        custom_questions,
        join_url: text(registrant, "join_url"),
        tracking_source: registrant.get("tracking_source").and_then(|source| text(source, "source_name")),
        run,
    })
}

/// What a registrant answered: standard answers by Zoom's field name, custom questions as title and value, none empty.
pub(super) fn answers(registrant: &Value) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let answers = ANSWERS.iter().filter_map(|key| Some(((*key).to_owned(), text(registrant, key)?)));
    let questions =
        list(registrant, "custom_questions").filter_map(|one| Some((text(one, "title")?, text(one, "value")?)));
    (answers.collect(), questions.collect())
}

fn definition(change: Change, mut run: Run, payload: &Value, object: &Value) -> Definition {
    let is_single = |key| text(payload, key).as_deref() == Some("single");
    let single = is_single("operation");
    let occurrences = list(object, "occurrences").filter(|_| single).filter_map(|one| text(one, "occurrence_id"));
    // What is changed of one date is said of that date alone.
    let of_date = change == Change::Updated && (single || is_single("scope"));
    let dates = match change {
        Change::Deleted if single => list(object, "occurrences").filter_map(cancelled_date).collect(),
        Change::Updated if of_date => moved_dates(payload, object),
        Change::Created | Change::Updated | Change::Deleted | Change::Recovered => Vec::new(),
    };
    if of_date {
        (run.topic, run.start_ms, run.duration_min) = (None, None, None);
    }
    Definition {
        change,
        join_url: text(object, "join_url"),
        agenda: text(object, "agenda"),
        occurrences: occurrences.collect(),
        dates,
        end: None,
        series: match change {
            Change::Deleted => Vec::new(),
            Change::Updated if of_date => Vec::new(),
            Change::Created | Change::Updated | Change::Recovered => list(object, "occurrences")
                .filter_map(|one| Some((text(one, "occurrence_id")?, time(one, "start_time")?)))
                .collect(),
        },
        invited: object.get("settings").map(invited).unwrap_or_default(),
        run,
    }
}

fn invited(settings: &Value) -> Vec<Email> {
    let emails = list(settings, "meeting_invitees").filter_map(|one| Email::parse(&text(one, "email")?));
    emails.take(INVITED_MAX).collect()
}

fn cancelled_date(one: &Value) -> Option<DateTold> {
    let id = text(one, "occurrence_id")?;
    let part = Part { standing: Some(Standing::Cancelled), ..Part::default() };
    Some(DateTold { before: id.clone(), id, part })
}

/// The dates of a series that an update is about. Whether the id of a date changes with its start is not settled (zoom.md § 4.4),
/// nor whether the list names that date alone: what is named as it was before is left out, and of two lists that differ in one date
/// that is the one.
fn moved_dates(payload: &Value, object: &Value) -> Vec<DateTold> {
    let old = payload.get("old_object").unwrap_or(&Value::Null);
    let of = |one: &Value| text(one, "occurrence_id");
    let knows = |all: &Value, id: &str| list(all, "occurrences").any(|one| of(one).as_deref() == Some(id));
    let gone: Vec<String> = list(old, "occurrences").filter_map(of).filter(|id| !knows(object, id)).collect();
    let now: Vec<&Value> = list(object, "occurrences").collect();
    let new = now.iter().filter(|one| of(one).is_some_and(|id| !knows(old, &id))).count();
    let alone = now.len() == 1;
    let told = now.into_iter().filter_map(|one| {
        let id = of(one)?;
        let same = list(old, "occurrences").find(|other| of(other).as_deref() == Some(id.as_str()));
        if text(one, "status").as_deref() == Some("deleted") {
            return cancelled_date(one);
        }
        let before = match (same, gone.as_slice()) {
            (None, [before]) if new == 1 => before.clone(),
            (Some(_) | None, _) => id.clone(),
        };
        let start_ms = time(one, "start_time").or_else(|| time(object, "start_time").filter(|_| alone));
        let minutes = duration_min(one).or_else(|| duration_min(object).filter(|_| alone));
        let was = same.map(|same| (time(same, "start_time"), duration_min(same)));
        let part = Part {
            start_ms: start_ms.filter(|_| was.is_none_or(|was| was.0 != start_ms)),
            minutes: minutes.filter(|_| was.is_none_or(|was| was.1 != minutes)),
            ..Part::default()
        };
        (part != Part::default()).then_some(DateTold { before, id, part })
    });
    told.collect()
}

fn recording(object: &Value) -> Option<What> {
    // A recording has no event family of its own for webinars: its type tells (zoom.md § 4.3).
    let webinar = matches!(object.get("type").and_then(number), Some(5 | 6 | 9));
    let run = run(if webinar { Kind::Webinar } else { Kind::Meeting }, object)?;
    let mut file_ids: Vec<String> = list(object, "recording_files").filter_map(|file| text(file, "id")).collect();
    file_ids.sort_unstable();
    let known = !run.uuid.is_empty();
    known.then(|| What::Recording(Recording { run, share_url: text(object, "share_url"), file_ids }))
}

/// A text that is not empty; a number counts as its digits.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(storable(text.clone())),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text that every database holds: PostgreSQL takes no NUL, and a name with one would stop everything behind it.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// A whole number, written as number or text.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Epoch milliseconds of a time as Zoom writes it (`2026-08-01T10:00:00Z`, sometimes with a fraction).
pub(super) fn time(value: &Value, key: &str) -> Option<i64> {
    let at: Timestamp = text(value, key)?.trim().parse().ok()?;
    Some(at.as_millisecond())
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: &str = r#"{"payload":{"account_id":"AcctDemo00000000000001","object":{"uuid":"Demo+Uuid0000000000000==","participant":{"customer_key":"",
"public_ip":"203.0.113.7","user_id":"16780288","user_name":"Asha","registrant_id":"","participant_user_id":"","id":"",
"join_time":"2026-08-01T10:02:11Z","email":"","participant_uuid":"0F0E0D0C-0001-0002-0003-0A0B0C0D0E0F"},"id":"86000000001","type":2,
"topic":"Demo","host_id":"UserDemo00000000000001","duration":30,"start_time":"2026-08-01T10:00:00Z","timezone":"Asia/Kolkata"}},
"event_ts":1785578531456,"event":"meeting.participant_joined"}"#;

    fn read(text: &str) -> Event {
        read_event(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_guest_has_no_identity_and_empty_means_none() {
        let event = read(GUEST);
        assert_eq!(event.event_ts_ms, 1_785_578_531_456);
        let What::Joined(run, stay) = event.what else { panic!("{:?}", event.what) };
        assert_eq!((run.kind, run.number.0), (Kind::Meeting, 86_000_000_001));
        assert_eq!((stay.email, stay.registrant_id, stay.zoom_user), (None, None, None));
        assert_eq!(stay.user_id.as_deref(), Some("16780288"));
        assert_eq!(stay.join_ms, Some(1_785_578_531_000));
    }

    #[test]
    fn a_registration_waits_for_approval_and_its_id_is_a_number() {
        let event = read(
            r#"{"event":"webinar.registration_created","event_ts":1785492000000,"payload":{"account_id":"A","object":{
            "uuid":"Demo+Web00000000000000==","id":86000000002,"host_id":"U","topic":"Demo webinar","type":5,
            "start_time":"2026-08-02T10:00:00Z","duration":60,"timezone":"Asia/Kolkata","registrant":{"id":"Reg1","first_name":"Asha",
            "last_name":"Rao","email":"Asha@example.test","phone":"","org":"","custom_questions":[{"title":"Budget?","value":"10k"},{"title":"No","value":""}],
            "status":"pending","join_url":"","tracking_source":{"id":"1","source_name":"newsletter","tracking_url":"https://example.test/r/1"}}}}}"#,
        );
        let What::Registration(registration) = event.what else { panic!("{:?}", event.what) };
        assert_eq!(registration.status, RegistrationStatus::Pending);
        assert_eq!(registration.email.as_str(), "asha@example.test");
        assert_eq!(registration.answers.len(), 2);
        assert_eq!(registration.custom_questions, [("Budget?".to_owned(), "10k".to_owned())]);
        assert_eq!(registration.join_url, None);
        assert_eq!(registration.tracking_source.as_deref(), Some("newsletter"));
    }

    #[track_caller]
    fn check(name: &str, object: &str, expected: fn(&What) -> bool) {
        let body = format!(r#"{{"event":"{name}","event_ts":1,"payload":{{"account_id":"A","object":{object}}}}}"#);
        let what = read(&body).what;
        assert!(expected(&what), "{name}: {what:?}");
    }

    #[test]
    fn every_family_is_read_or_left_out_with_a_reason() {
        let run = r#"{"id":"86000000001","uuid":"u=="}"#;
        check("meeting.started", run, |what| matches!(what, What::Started(_)));
        check("webinar.ended", run, |what| matches!(what, What::Ended(_)));
        let practice = r#"{"id":1,"uuid":"u","practice_session":true}"#;
        check("webinar.ended", practice, |what| matches!(what, What::PracticeEnded(_)));
        let updated = r#"{"id":86000000003,"topic":"Weekly call"}"#;
        check("meeting.updated", updated, |what| {
            matches!(
                what,
                What::Definition(Definition { change: Change::Updated, run: Run { start_ms: None, .. }, .. })
            )
        });
        check("meeting.participant_joined_waiting_room", run, |what| matches!(what, What::Ignored(_)));
        check("meeting.participant_role_changed", run, |what| matches!(what, What::Ignored(_)));
        check("meeting.sharing_started", run, |what| matches!(what, What::Ignored(_)));
        check("meeting.hologram_started", run, |what| matches!(what, What::UnknownName));
        check("phone.call", run, |what| matches!(what, What::UnknownName));
        check("user.deactivated", r#"{"id":"U"}"#, |what| matches!(what, What::UserGone(_)));
        let recorded = r#"{"id":1,"uuid":"u","type":5,"recording_files":[{"id":"b"},{"id":"a"}]}"#;
        check(
            "recording.completed",
            recorded,
            |what| matches!(what, What::Recording(r) if r.run.kind == Kind::Webinar && r.file_ids == ["a", "b"]),
        );
    }

    #[track_caller]
    fn check_dates(object: &str, old: &str, expected: &[(&str, &str, Part)]) {
        let body = format!(
            r#"{{"event":"meeting.updated","event_ts":1,"payload":{{"account_id":"A","scope":"single",
            "object":{{"id":86000000003,{object}}},"old_object":{{"id":86000000003,{old}}}}}}}"#
        );
        let What::Definition(told) = read(&body).what else { panic!("{body}") };
        assert_eq!((told.run.start_ms, told.run.duration_min, told.series.len()), (None, None, 0));
        let dates: Vec<(&str, &str, Part)> =
            told.dates.iter().map(|one| (one.before.as_str(), one.id.as_str(), one.part.clone())).collect();
        assert_eq!(dates, expected);
    }

    #[test]
    fn one_date_that_was_moved_is_read_in_every_form_it_may_be_told() {
        let at = |start_ms: i64| Part { start_ms: Some(start_ms), ..Part::default() };
        let one = |id: &str, time: &str| format!(r#"{{"occurrence_id":"{id}","start_time":"1970-01-01T{time}Z"}}"#);
        let list = |ones: &[String]| format!(r#""occurrences":[{}]"#, ones.join(","));
        let (first, second) = (one("0", "00:00:00"), one("60000", "00:01:00"));
        // The date alone, its id stays or goes with it.
        check_dates(&list(&[one("0", "00:05:00")]), &list(std::slice::from_ref(&first)), &[("0", "0", at(300_000))]);
        let moved = one("300000", "00:05:00");
        check_dates(
            &list(std::slice::from_ref(&moved)),
            &list(std::slice::from_ref(&first)),
            &[("0", "300000", at(300_000))],
        );
        // The whole list.
        let lists = (list(&[moved, second.clone()]), list(&[first, second.clone()]));
        check_dates(&lists.0, &lists.1, &[("0", "300000", at(300_000))]);
        let stays = list(&[one("0", "00:05:00"), second]);
        check_dates(&stays, &lists.1, &[("0", "0", at(300_000))]);
        // Start and length beside the date's id.
        let beside = r#""start_time":"1970-01-01T00:05:00Z","duration":45,"occurrences":[{"occurrence_id":"0"}]"#;
        check_dates(beside, r#""topic":"x""#, &[("0", "0", Part { minutes: Some(45), ..at(300_000) })]);
        let gone = r#""occurrences":[{"occurrence_id":"0","status":"deleted"}]"#;
        let cancelled = Part { standing: Some(Standing::Cancelled), ..Part::default() };
        check_dates(gone, r#""topic":"x""#, &[("0", "0", cancelled)]);
    }

    #[test]
    fn one_occurrence_deleted_is_not_the_series() {
        let event = read(
            r#"{"event":"meeting.deleted","event_ts":1,"payload":{"account_id":"A","operation":"single",
            "object":{"id":86000000003,"uuid":"","occurrences":[{"occurrence_id":"1786183200000"}]}}}"#,
        );
        let What::Definition(definition) = event.what else { panic!() };
        assert_eq!(definition.occurrences, ["1786183200000"]);
    }

    #[test]
    fn a_deauthorization_is_read_in_all_its_forms() {
        for retention in ["", r#","user_data_retention":null"#, r#","user_data_retention":"false""#] {
            let body = format!(
                r#"{{"event":"app_deauthorized","event_ts":5,"payload":{{"account_id":"A","user_id":"U","client_id":"C","deauthorization_time":"T"{retention}}}}}"#
            );
            assert!(matches!(read(&body).what, What::Deauthorized(_)));
        }
    }

    #[track_caller]
    fn check_unreadable(body: &str, expected: &str) {
        assert_eq!(read_event(body.as_bytes()).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_a_genuine_event_lacks_is_named() {
        check_unreadable(r#"{"payload":{}}"#, "?: event is missing or unusable");
        check_unreadable(
            r#"{"event":"meeting.started","payload":{"account_id":"A","object":{"id":1}}}"#,
            "meeting.started: payload.object.uuid is missing or unusable",
        );
        check_unreadable(
            r#"{"event":"webinar.registration_created","payload":{"object":{"id":1,"registrant":{"email":"a***@b.c"}}}}"#,
            "webinar.registration_created: payload.object.registrant.email is missing or unusable",
        );
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        check_unreadable(&deep, "not JSON: nested deeper than 32");
    }

    #[test]
    fn routing_reads_only_the_head_and_refuses_two_accounts() {
        assert_eq!(read_account(GUEST.as_bytes()).unwrap().0, "AcctDemo00000000000001");
        assert_eq!(read_account(br#"{"event":"x","event_ts":"7","payload":{"account_id":"A"}}"#).unwrap().2, 7);
        assert_eq!(read_account(br#"{"payload":{"account_id":"A","account_id":"B"}}"#), None);
        assert_eq!(read_account(br#"{"payload":{"account_id":""}}"#), None);
        assert_eq!(read_account(b"nonsense"), None);
    }
}
