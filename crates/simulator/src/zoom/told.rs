//! What webhooks tell, in Zoom's own shapes: order of keys, numbers or text for ids, empty text for missing people.
//! Each function gives the event's name and its body.

use super::state::{Attendance, Event, Plan, Registrant, Run, User, utc};
use super::wire::webhook::{
    About, Answer, Changed, Core, Created, Deauthorized, Deleted, EventFirst, EventLast, Invitee, Moved, Occurrence,
    Participant, ParticipantObject, PlainToken, PlanSettings, Recording, RecordingFile, RegistrantChanged,
    RegistrantCreated, Registration, RunObject, TimeLast, TrackingSource, Updated, UserObject,
};
use super::words::{Kind, Status};
use serde::Serialize;

/// A name and a body.
pub(super) type Told = (String, String);

/// Zoom's own fields of a registration form.
pub(super) const STANDARD_FIELDS: [&str; 12] = [
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
];

fn text(body: &impl Serialize) -> String {
    // The shapes above hold nothing that JSON cannot say.
    serde_json::to_string(body).unwrap_or_default()
}

fn core(event: &Event) -> Core<'_> {
    Core {
        uuid: &event.uuid,
        id: event.number,
        host_id: &event.host,
        topic: &event.plan.topic,
        r#type: event.type_number(),
        start_time: utc(event.plan.start_ms),
        duration: event.plan.duration_min,
        timezone: &event.plan.timezone,
    }
}

fn occurrence(start_ms: i64) -> Occurrence {
    Occurrence { occurrence_id: start_ms.to_string(), start_time: utc(start_ms), duration: None }
}

fn changed<'a, O>(event: &'a Event, operator: &'a User, object: O) -> Changed<'a, O> {
    Changed {
        account_id: &event.account,
        operator: &operator.is.email,
        operator_id: &operator.id,
        operation: None,
        scope: None,
        time_stamp: None,
        object,
        old_object: None,
    }
}

fn first<P: Serialize>(event: String, payload: P, event_ts: i64) -> Told {
    let body = text(&EventFirst { event: &event, event_ts, download_token: None, payload });
    (event, body)
}

/// An event was planned.
pub(super) fn created(event: &Event, operator: &User, at_ms: i64) -> Told {
    let source = if event.created_by_api { "open_api" } else { "web_portal" };
    let object = Created {
        core: core(event),
        join_url: event.join_url(),
        password: &event.plan.password,
        creation_source: (event.kind == Kind::Webinar).then_some(source),
        occurrences: event.plan.occurrences.iter().map(|start_ms| occurrence(*start_ms)).collect(),
        settings: PlanSettings {
            use_pmi: false,
            alternative_hosts: "",
            meeting_invitees: event.plan.invitees.iter().map(|email| Invitee { email }).collect(),
        },
    };
    first(format!("{}.created", event.kind.as_str()), changed(event, operator, object), at_ms)
}

/// A plan changed; only what differs is told.
pub(super) fn updated(event: &Event, operator: &User, old: &Plan, at_ms: i64) -> Told {
    let part = |plan: &'_ Plan, other: &Plan| -> (Option<String>, Option<i64>) {
        let start_time = (plan.start_ms != other.start_ms).then(|| utc(plan.start_ms));
        (start_time, (plan.duration_min != other.duration_min).then_some(plan.duration_min))
    };
    fn differing<'a>(plan: &'a Plan, other: &Plan, rest: (Option<String>, Option<i64>), id: u64) -> Updated<'a> {
        let differs = |one: &'a String, two: &String| (one != two).then_some(one.as_str());
        Updated {
            id,
            topic: differs(&plan.topic, &other.topic),
            start_time: rest.0,
            duration: rest.1,
            timezone: differs(&plan.timezone, &other.timezone),
            agenda: differs(&plan.agenda, &other.agenda),
            password: differs(&plan.password, &other.password),
        }
    }
    let new = &event.plan;
    let object = differing(new, old, part(new, old), event.number);
    let old_object = differing(old, new, part(old, new), event.number);
    let payload = Changed {
        scope: Some("all"),
        time_stamp: Some(at_ms),
        old_object: Some(old_object),
        ..changed(event, operator, object)
    };
    first(format!("{}.updated", event.kind.as_str()), payload, at_ms)
}

/// An event, or one occurrence of it (epoch milliseconds), was deleted.
pub(super) fn deleted(event: &Event, operator: &User, one: Option<i64>, at_ms: i64) -> Told {
    let object = Deleted { core: core(event), occurrences: one.into_iter().map(occurrence).collect() };
    let operation = Some(if one.is_some() { "single" } else { "all" });
    let payload = Changed { operation, ..changed(event, operator, object) };
    first(format!("{}.deleted", event.kind.as_str()), payload, at_ms)
}

/// One occurrence was moved, or has another length: start before and now, epoch milliseconds.
pub(super) fn occurrence_moved(event: &Event, operator: &User, (before_ms, now_ms): (i64, i64), at_ms: i64) -> Told {
    let duration = event.plan.lengths.get(&now_ms).copied();
    let one = |start_ms, duration| Moved {
        id: event.number,
        occurrences: vec![Occurrence { duration, ..occurrence(start_ms) }],
    };
    let payload = Changed {
        scope: Some("single"),
        time_stamp: Some(at_ms),
        old_object: Some(one(before_ms, None)),
        ..changed(event, operator, one(now_ms, duration))
    };
    first(format!("{}.updated", event.kind.as_str()), payload, at_ms)
}

/// A meeting became a webinar.
pub(super) fn converted(event: &Event, operator: &User, at_ms: i64) -> Told {
    let object = Deleted { core: core(event), occurrences: Vec::new() };
    first("meeting.converted_to_webinar".to_owned(), changed(event, operator, object), at_ms)
}

/// An event was brought back.
pub(super) fn recovered(event: &Event, operator: &User, at_ms: i64) -> Told {
    let object = Deleted { core: core(event), occurrences: Vec::new() };
    let payload = Changed { operation: Some("all"), ..changed(event, operator, object) };
    first(format!("{}.recovered", event.kind.as_str()), payload, at_ms)
}

/// A run began, or ended.
pub(super) fn run(event: &Event, run: &Run, host: &User, at_ms: i64) -> Told {
    let name = format!("{}.{}", event.kind.as_str(), if run.ended_ms.is_some() { "ended" } else { "started" });
    let object = RunObject {
        duration: event.plan.duration_min,
        start_time: utc(run.started_ms),
        timezone: &event.plan.timezone,
        end_time: run.ended_ms.map(utc),
        topic: &event.plan.topic,
        id: event.number.to_string(),
        r#type: event.type_number(),
        uuid: &run.uuid,
        host_id: &event.host,
        host_email: &host.is.email,
        practice_session: run.ended_ms.filter(|_| event.kind == Kind::Webinar).map(|_| run.practice),
    };
    let payload = About { account_id: &event.account, object };
    let body = text(&TimeLast { event: &name, payload, event_ts: at_ms });
    (name, body)
}

/// Somebody came, or left.
pub(super) fn participant(event: &Event, run: &Run, who: &Attendance, at_ms: i64) -> Told {
    let left = who.leave_ms.is_some();
    let name = format!("{}.participant_{}", event.kind.as_str(), if left { "left" } else { "joined" });
    let participant = Participant {
        customer_key: "",
        private_ip: left.then_some("10.0.0.7"),
        public_ip: "203.0.113.7",
        user_id: &who.user_id,
        user_name: &who.name,
        registrant_id: who.registrant_id.as_deref(),
        participant_user_id: &who.zoom_user,
        id: &who.zoom_user,
        join_time: (!left).then(|| utc(who.join_ms)),
        leave_time: who.leave_ms.map(utc),
        leave_reason: left.then_some("left the meeting."),
        email: &who.email,
        participant_uuid: &who.participant_uuid,
    };
    let object = ParticipantObject {
        uuid: &run.uuid,
        participant,
        id: event.number.to_string(),
        r#type: event.type_number(),
        topic: &event.plan.topic,
        host_id: &event.host,
        duration: event.plan.duration_min,
        start_time: utc(run.started_ms),
        timezone: &event.plan.timezone,
    };
    let payload = About { account_id: &event.account, object };
    let body = text(&EventLast { payload, event_ts: at_ms, event: &name });
    (name, body)
}

fn tracking_source<'a>(event: &Event, registrant: &'a Registrant) -> Option<TrackingSource<'a>> {
    let name = registrant.person.tracking_source.as_deref().filter(|_| event.kind == Kind::Webinar)?;
    Some(TrackingSource { id: name, source_name: name, tracking_url: format!("https://example.test/r/{name}") })
}

/// Somebody registered.
pub(super) fn registration_created(event: &Event, registrant: &Registrant) -> Told {
    let person = &registrant.person;
    let answer = |field: &&'static str| (*field, person.answers.get(*field).map_or("", String::as_str));
    let comments = person.answers.get("comments").map_or("", String::as_str);
    let registrant_told = RegistrantCreated {
        id: &registrant.id,
        first_name: &person.first_name,
        last_name: &person.last_name,
        email: &person.email,
        answers: STANDARD_FIELDS.iter().map(answer).chain([("comments", comments)]).collect(),
        custom_questions: person.custom_questions.iter().map(|(title, value)| Answer { title, value }).collect(),
        status: registrant.status.listed(),
        join_url: event.personal_url(registrant).unwrap_or_default(),
        tracking_source: tracking_source(event, registrant),
    };
    let occurrences = registrant.person.occurrence.into_iter().map(occurrence).collect();
    let object = Registration { core: core(event), occurrences, registrant: registrant_told };
    let name = format!("{}.registration_created", event.kind.as_str());
    first(name, About { account_id: &event.account, object }, registrant.at_ms)
}

/// A registration was approved, denied or cancelled.
pub(super) fn registration_changed(event: &Event, registrant: &Registrant, operator: &User, at_ms: i64) -> Told {
    let change = match registrant.status {
        Status::Pending => "created",
        Status::Approved => "approved",
        Status::Denied => "denied",
        Status::Cancelled => "cancelled",
    };
    let person = &registrant.person;
    let registrant_told = RegistrantChanged {
        id: &registrant.id,
        first_name: &person.first_name,
        last_name: &person.last_name,
        email: &person.email,
        join_url: event.personal_url(registrant),
        tracking_source: tracking_source(event, registrant),
    };
    let occurrences = registrant.person.occurrence.into_iter().map(occurrence).collect();
    let object = Registration { core: core(event), occurrences, registrant: registrant_told };
    let name = format!("{}.registration_{change}", event.kind.as_str());
    first(name, changed(event, operator, object), at_ms)
}

/// A run's recording is ready; `(file id, download token)`.
pub(super) fn recording(event: &Event, run: &Run, host: &User, (file, token): (&str, &str), at_ms: i64) -> Told {
    /// Size of the pretend file, bytes.
    const FILE_BYTES: u64 = 1_000_000;
    let ended_ms = run.ended_ms.unwrap_or(at_ms);
    let object = Recording {
        core: Core {
            uuid: &run.uuid,
            start_time: utc(run.started_ms),
            duration: (ended_ms - run.started_ms) / 60_000,
            ..core(event)
        },
        account_id: &event.account,
        host_email: &host.is.email,
        share_url: format!("https://us02web.zoom.us/rec/share/{file}"),
        total_size: FILE_BYTES,
        recording_count: 1,
        recording_play_passcode: "demo-passcode",
        recording_files: [RecordingFile {
            id: file,
            meeting_id: &run.uuid,
            recording_start: utc(run.started_ms),
            recording_end: utc(ended_ms),
            file_type: "MP4",
            file_extension: "MP4",
            file_size: FILE_BYTES,
            play_url: format!("https://us02web.zoom.us/rec/play/{file}"),
            download_url: format!("https://us02web.zoom.us/rec/download/{file}"),
            status: "completed",
            recording_type: "shared_screen_with_speaker_view",
        }],
    };
    let payload = About { account_id: &event.account, object };
    let name = "recording.completed".to_owned();
    let body = text(&EventFirst { event: &name, event_ts: at_ms, download_token: Some(token), payload });
    (name, body)
}

/// Something happened to a user: `deactivated`, `activated`, `deleted`, ….
pub(super) fn user(user: &User, change: &str, operator: &User, at_ms: i64) -> Told {
    let object = UserObject {
        id: &user.id,
        first_name: &user.is.first_name,
        last_name: &user.is.last_name,
        email: &user.is.email,
        r#type: user.type_number(),
    };
    let payload = Changed {
        account_id: &user.account,
        operator: &operator.is.email,
        operator_id: &operator.id,
        operation: None,
        scope: None,
        time_stamp: None,
        object,
        old_object: None,
    };
    first(format!("user.{change}"), payload, at_ms)
}

/// An app was removed by `(account, user)`.
pub(super) fn deauthorized((account, user): (&str, &str), client: &str, signature: &str, at_ms: i64) -> Told {
    let payload = Deauthorized {
        account_id: account,
        user_id: user,
        client_id: client,
        deauthorization_time: utc(at_ms).replace('Z', ".000Z"),
        signature,
        user_data_retention: None,
    };
    first("app_deauthorized".to_owned(), payload, at_ms)
}

/// Zoom asks for proof that the address knows the secret token.
pub(super) fn url_validation(plain_token: &str, at_ms: i64) -> Told {
    let name = "endpoint.url_validation".to_owned();
    let body = text(&TimeLast { event: &name, payload: PlainToken { plain_token }, event_ts: at_ms });
    (name, body)
}

/// Characters beyond the basic plane as `\u` escapes, all others raw: what Zoom was seen to send for emoji.
pub(super) fn with_escaped_emoji(body: &str) -> String {
    let mut escaped = String::with_capacity(body.len());
    for letter in body.chars() {
        if u32::from(letter) > 0xFFFF {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|half| escaped.push_str(&format!("\\u{half:04X}")));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}
