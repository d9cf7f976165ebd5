//! The shapes of webhook bodies: order of keys, numbers or text for ids. What goes in is decided in `told`.

use serde::Serialize;
use std::collections::BTreeMap;

/// The envelope of changes, with the event first.
#[derive(Serialize)]
pub(crate) struct EventFirst<'a, P> {
    pub(crate) event: &'a str,
    pub(crate) event_ts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) download_token: Option<&'a str>,
    pub(crate) payload: P,
}

/// The envelope of runs, with the time last.
#[derive(Serialize)]
pub(crate) struct TimeLast<'a, P> {
    pub(crate) event: &'a str,
    pub(crate) payload: P,
    pub(crate) event_ts: i64,
}

/// The envelope of participants, with the event last.
#[derive(Serialize)]
pub(crate) struct EventLast<'a, P> {
    pub(crate) payload: P,
    pub(crate) event_ts: i64,
    pub(crate) event: &'a str,
}

#[derive(Serialize)]
pub(crate) struct About<'a, O> {
    pub(crate) account_id: &'a str,
    pub(crate) object: O,
}

#[derive(Serialize, Default)]
pub(crate) struct Changed<'a, O> {
    pub(crate) account_id: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) operator_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time_stamp: Option<i64>,
    pub(crate) object: O,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) old_object: Option<O>,
}

#[derive(Serialize)]
pub(crate) struct Core<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) id: u64,
    pub(crate) host_id: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) r#type: i64,
    pub(crate) start_time: String,
    pub(crate) duration: i64,
    pub(crate) timezone: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Occurrence {
    pub(crate) occurrence_id: String,
    pub(crate) start_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<i64>,
}

/// A series of which one occurrence was changed.
#[derive(Serialize)]
pub(crate) struct Moved {
    pub(crate) id: u64,
    pub(crate) occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
pub(crate) struct Invitee<'a> {
    pub(crate) email: &'a str,
}

#[derive(Serialize)]
pub(crate) struct PlanSettings<'a> {
    pub(crate) use_pmi: bool,
    pub(crate) alternative_hosts: &'a str,
    pub(crate) meeting_invitees: Vec<Invitee<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Created<'a> {
    #[serde(flatten)]
    pub(crate) core: Core<'a>,
    pub(crate) join_url: String,
    pub(crate) password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creation_source: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) settings: PlanSettings<'a>,
}

#[derive(Serialize)]
pub(crate) struct Deleted<'a> {
    #[serde(flatten)]
    pub(crate) core: Core<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) occurrences: Vec<Occurrence>,
}

#[derive(Serialize, Default)]
pub(crate) struct Updated<'a> {
    pub(crate) id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timezone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agenda: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<&'a str>,
}

/// Live bodies of `started` and `ended` have the id as text and this order.
#[derive(Serialize)]
pub(crate) struct RunObject<'a> {
    pub(crate) duration: i64,
    pub(crate) start_time: String,
    pub(crate) timezone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_time: Option<String>,
    pub(crate) topic: &'a str,
    pub(crate) id: String,
    pub(crate) r#type: i64,
    pub(crate) uuid: &'a str,
    pub(crate) host_id: &'a str,
    pub(crate) host_email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) practice_session: Option<bool>,
}

#[derive(Serialize)]
pub(crate) struct ParticipantObject<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) participant: Participant<'a>,
    pub(crate) id: String,
    pub(crate) r#type: i64,
    pub(crate) topic: &'a str,
    pub(crate) host_id: &'a str,
    pub(crate) duration: i64,
    pub(crate) start_time: String,
    pub(crate) timezone: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Participant<'a> {
    pub(crate) customer_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_ip: Option<&'a str>,
    pub(crate) public_ip: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) user_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registrant_id: Option<&'a str>,
    pub(crate) participant_user_id: &'a str,
    pub(crate) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) join_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) leave_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) leave_reason: Option<&'a str>,
    pub(crate) email: &'a str,
    pub(crate) participant_uuid: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Registration<'a, R> {
    #[serde(flatten)]
    pub(crate) core: Core<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) registrant: R,
}

#[derive(Serialize)]
pub(crate) struct Answer<'a> {
    pub(crate) title: &'a str,
    pub(crate) value: &'a str,
}

#[derive(Serialize)]
pub(crate) struct TrackingSource<'a> {
    pub(crate) id: &'a str,
    pub(crate) source_name: &'a str,
    pub(crate) tracking_url: String,
}

#[derive(Serialize)]
pub(crate) struct RegistrantCreated<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    #[serde(flatten)]
    pub(crate) answers: BTreeMap<&'a str, &'a str>,
    pub(crate) custom_questions: Vec<Answer<'a>>,
    pub(crate) status: &'a str,
    pub(crate) join_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_source: Option<TrackingSource<'a>>,
}

#[derive(Serialize)]
pub(crate) struct RegistrantChanged<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) join_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_source: Option<TrackingSource<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Recording<'a> {
    #[serde(flatten)]
    pub(crate) core: Core<'a>,
    pub(crate) account_id: &'a str,
    pub(crate) host_email: &'a str,
    pub(crate) share_url: String,
    pub(crate) total_size: u64,
    pub(crate) recording_count: u64,
    pub(crate) recording_play_passcode: &'a str,
    pub(crate) recording_files: [RecordingFile<'a>; 1],
}

#[derive(Serialize)]
pub(crate) struct RecordingFile<'a> {
    pub(crate) id: &'a str,
    pub(crate) meeting_id: &'a str,
    pub(crate) recording_start: String,
    pub(crate) recording_end: String,
    pub(crate) file_type: &'a str,
    pub(crate) file_extension: &'a str,
    pub(crate) file_size: u64,
    pub(crate) play_url: String,
    pub(crate) download_url: String,
    pub(crate) status: &'a str,
    pub(crate) recording_type: &'a str,
}

#[derive(Serialize)]
pub(crate) struct UserObject<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) r#type: i64,
}

#[derive(Serialize)]
pub(crate) struct Deauthorized<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) deauthorization_time: String,
    pub(crate) signature: &'a str,
    pub(crate) user_data_retention: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlainToken<'a> {
    pub(crate) plain_token: &'a str,
}
