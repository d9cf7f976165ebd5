//! The bodies of REST, in and out, as Zoom writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A page of a list; its things stand under a name of their own.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) page_count: usize,
    pub(crate) page_number: usize,
    pub(crate) page_size: usize,
    pub(crate) total_records: usize,
    pub(crate) next_page_token: String,
    #[serde(flatten)]
    pub(crate) things: BTreeMap<&'static str, Vec<T>>,
}

/// Things that are counted but not cut into pages.
#[derive(Debug, Serialize)]
pub(crate) struct Unpaged<T> {
    pub(crate) total_records: usize,
    #[serde(flatten)]
    pub(crate) things: BTreeMap<&'static str, Vec<T>>,
}

/// Things under a name, without pages.
pub(crate) type Named<T> = BTreeMap<&'static str, T>;

#[derive(Debug, Serialize)]
pub(crate) struct UserShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) display_name: String,
    pub(crate) email: &'a str,
    pub(crate) r#type: i64,
    pub(crate) role_name: &'a str,
    pub(crate) role_id: &'a str,
    pub(crate) account_id: &'a str,
    pub(crate) account_number: u64,
    pub(crate) status: &'a str,
    pub(crate) timezone: &'a str,
    pub(crate) cluster: &'a str,
    pub(crate) verified: i64,
    pub(crate) created_at: String,
    pub(crate) group_ids: Vec<&'a str>,
}

/// A group of users.
#[derive(Debug, Serialize)]
pub(crate) struct GroupShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) total_members: usize,
}

/// A tracking field and its value.
#[derive(Debug, Serialize)]
pub(crate) struct TrackingField<'a> {
    pub(crate) field: &'a str,
    pub(crate) value: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct FeatureShown {
    pub(crate) meeting_capacity: i64,
    pub(crate) webinar: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webinar_capacity: Option<i64>,
    pub(crate) large_meeting: bool,
    pub(crate) zoom_events: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventBody {
    pub(crate) topic: Option<String>,
    pub(crate) r#type: Option<i64>,
    pub(crate) start_time: Option<String>,
    pub(crate) duration: Option<i64>,
    pub(crate) timezone: Option<String>,
    pub(crate) agenda: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) recurrence: Option<RecurrenceBody>,
    pub(crate) settings: SettingsBody,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RecurrenceBody {
    pub(crate) r#type: i64,
    pub(crate) repeat_interval: Option<i64>,
    pub(crate) end_times: Option<i64>,
    pub(crate) weekly_days: Option<String>,
    pub(crate) monthly_day: Option<i8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsBody {
    pub(crate) approval_type: Option<i64>,
    pub(crate) registration_type: Option<i64>,
    pub(crate) registrants_restrict_number: Option<usize>,
    pub(crate) meeting_invitees: Option<Vec<InviteeBody>>,
    pub(crate) alternative_hosts: Option<String>,
    pub(crate) waiting_room: Option<bool>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct InviteeBody {
    pub(crate) email: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ActionBody {
    pub(crate) action: String,
    #[serde(default)]
    pub(crate) registrants: Vec<RegistrantRef>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RegistrantRef {
    pub(crate) id: Option<String>,
    pub(crate) email: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct OccurrenceShown {
    pub(crate) occurrence_id: String,
    pub(crate) start_time: String,
    pub(crate) duration: i64,
    pub(crate) status: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct SettingsShown<'a> {
    pub(crate) approval_type: i64,
    pub(crate) registration_type: i64,
    pub(crate) registrants_confirmation_email: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registrants_restrict_number: Option<usize>,
    pub(crate) alternative_hosts: &'a str,
    pub(crate) waiting_room: bool,
    pub(crate) meeting_invitees: Vec<InviteeBody>,
}

#[derive(Debug, Serialize)]
pub(crate) struct EventShown<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) id: u64,
    pub(crate) host_id: &'a str,
    pub(crate) host_email: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) r#type: i64,
    pub(crate) status: &'a str,
    pub(crate) start_time: String,
    pub(crate) duration: i64,
    pub(crate) timezone: &'a str,
    pub(crate) agenda: &'a str,
    pub(crate) created_at: String,
    pub(crate) start_url: String,
    pub(crate) join_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registration_url: Option<String>,
    pub(crate) password: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) occurrences: Vec<OccurrenceShown>,
    pub(crate) settings: SettingsShown<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tracking_fields: Vec<TrackingField<'a>>,
    pub(crate) creation_source: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct EventItem<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) id: u64,
    pub(crate) host_id: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) r#type: i64,
    pub(crate) start_time: String,
    pub(crate) duration: i64,
    pub(crate) timezone: &'a str,
    pub(crate) created_at: String,
    pub(crate) join_url: String,
    pub(crate) agenda: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct CustomAnswer {
    pub(crate) title: String,
    pub(crate) value: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RegistrantBody {
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    #[serde(default)]
    pub(crate) last_name: String,
    #[serde(default)]
    pub(crate) custom_questions: Vec<CustomAnswer>,
    #[serde(default)]
    pub(crate) auto_approve: bool,
    pub(crate) source_id: Option<String>,
    #[serde(flatten)]
    pub(crate) others: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BatchBody {
    #[serde(default)]
    pub(crate) auto_approve: bool,
    pub(crate) registrants: Vec<RegistrantBody>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RegistrantAdded<'a> {
    pub(crate) id: u64,
    pub(crate) registrant_id: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) start_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) join_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct BatchAdded {
    pub(crate) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) join_url: Option<String>,
    pub(crate) registrant_id: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct RegistrantShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    #[serde(flatten)]
    pub(crate) answers: BTreeMap<&'a str, &'a str>,
    pub(crate) custom_questions: Vec<CustomAnswer>,
    pub(crate) status: &'a str,
    pub(crate) create_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) join_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_source_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct QuestionsShown<'a> {
    pub(crate) questions: Vec<QuestionShown>,
    pub(crate) custom_questions: Vec<CustomQuestionShown<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct QuestionShown {
    pub(crate) field_name: &'static str,
    pub(crate) required: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct CustomQuestionShown<'a> {
    pub(crate) title: &'a str,
    pub(crate) r#type: &'static str,
    pub(crate) required: bool,
    pub(crate) answers: [&'static str; 0],
}

#[derive(Debug, Deserialize)]
pub(crate) struct PanelistsBody {
    pub(crate) panelists: Vec<PanelistBody>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PanelistBody {
    pub(crate) name: String,
    pub(crate) email: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct PanelistShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) join_url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct PanelistsAdded<'a> {
    pub(crate) id: &'a str,
    pub(crate) updated_at: String,
}

/// A run in the history of an account.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryShown<'a> {
    pub(crate) meeting_uuid: &'a str,
    pub(crate) meeting_id: u64,
    pub(crate) r#type: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) host_display_name: String,
    pub(crate) host_email: &'a str,
    pub(crate) start_time: String,
    pub(crate) end_time: String,
    pub(crate) duration: i64,
    pub(crate) participants: usize,
    pub(crate) source: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct InstanceShown<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) start_time: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct PastShown<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) id: u64,
    pub(crate) host_id: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) r#type: i64,
    pub(crate) user_name: String,
    pub(crate) user_email: &'a str,
    pub(crate) start_time: String,
    pub(crate) end_time: String,
    pub(crate) duration: i64,
    pub(crate) total_minutes: i64,
    pub(crate) participants_count: usize,
    pub(crate) dept: &'a str,
    pub(crate) source: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct ParticipantShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) user_email: &'a str,
    pub(crate) join_time: String,
    pub(crate) leave_time: String,
    pub(crate) duration: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registrant_id: Option<&'a str>,
    pub(crate) failover: bool,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internal_user: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) customer_key: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) participant_user_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AbsenteeShown<'a> {
    pub(crate) id: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) status: &'static str,
    pub(crate) create_time: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct SaidList<'a> {
    pub(crate) id: u64,
    pub(crate) uuid: &'a str,
    pub(crate) start_time: String,
    pub(crate) questions: Vec<SaidShown<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SaidShown<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) question_details: Vec<SaidDetail<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SaidDetail<'a> {
    pub(crate) question: &'a str,
    pub(crate) answer: &'a str,
}
