//! A connector's settings: what a tenant may choose, with defaults that work. Stored as one JSON text per version;
//! fields that an older version did not know get their default.

pub mod appointments;
pub mod attendance;
pub mod difference;
pub mod mapping;
pub mod meetings;
pub mod registration;
pub mod scheduling;

pub use attendance::{AttendanceRule, AttendanceTold, GRACE_MIN_MAX, Threshold};

use crate::ids::Email;
use crate::rules::custom::{ComputedField, Filter};
use crate::rules::due::{Due, Weekday};
use crate::rules::refusal::{self, WrongRule};
use crate::rules::task::{Owner, TaskRule};
use mapping::Target;
use meetings::Show;
use registration::{ChangeTold, Learned, RegistrationRules};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What to do with a lead that exists already (leadsquared.md § 3.7; the words of LeadSquared's own connectors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum CaptureBehaviour {
    /// Leave the lead as it is.
    DoNotUpdate,
    /// Fill only fields that are empty.
    UpdateOnlyEmptyFields,
    /// Write all but the unique fields.
    DoNotUpdateUniqueFields,
    /// Write every mapped field. The only behaviour that LeadSquared offers in bulk.
    #[default]
    Overwrite,
}

/// The activity types the connector posts. Each tenant has its own numeric code for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A meeting was scheduled for the lead.
    MeetingScheduled,
    /// A meeting concerning the lead began.
    MeetingStarted,
    /// A meeting concerning the lead ended.
    MeetingEnded,
    /// The lead registered for a webinar.
    WebinarRegistered,
    /// The lead joined a webinar.
    WebinarJoined,
    /// The lead left a webinar.
    WebinarLeft,
    /// The lead's registration was approved, refused or taken back; posted only where the settings want it.
    WebinarRegistrationChanged,
    /// The lead attended a webinar: one activity, corrected in place.
    WebinarAttended,
    /// The lead registered for a webinar and did not come.
    WebinarNoShow,
    /// The lead joined a meeting; posted only where the settings want each stay.
    MeetingJoined,
    /// The lead left a meeting; posted only where the settings want each stay.
    MeetingLeft,
    /// The lead was in a meeting: one activity for each run, corrected in place.
    MeetingAttended,
    /// A meeting was scheduled for the lead and took place without it.
    MeetingNoShow,
}

impl ActivityKind {
    /// All of them, in the order a lead lives through them; who was in a meeting stands last.
    pub const ALL: [Self; 13] = [
        Self::MeetingScheduled,
        Self::MeetingStarted,
        Self::MeetingEnded,
        Self::WebinarRegistered,
        Self::WebinarJoined,
        Self::WebinarLeft,
        Self::WebinarRegistrationChanged,
        Self::WebinarAttended,
        Self::WebinarNoShow,
        Self::MeetingJoined,
        Self::MeetingLeft,
        Self::MeetingAttended,
        Self::MeetingNoShow,
    ];

    /// The name of the activity type in LeadSquared.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::MeetingScheduled => "Zoom Meeting Scheduled",
            Self::MeetingStarted => "Zoom Meeting Started",
            Self::MeetingEnded => "Zoom Meeting Ended",
            Self::WebinarRegistered => "Zoom Webinar Registered",
            Self::WebinarJoined => "Zoom Webinar Joined",
            Self::WebinarLeft => "Zoom Webinar Left",
            Self::WebinarRegistrationChanged => "Zoom Webinar Registration Changed",
            Self::WebinarAttended => "Zoom Webinar Attended",
            Self::WebinarNoShow => "Zoom Webinar No-Show",
            Self::MeetingJoined => "Zoom Meeting Joined",
            Self::MeetingLeft => "Zoom Meeting Left",
            Self::MeetingAttended => "Zoom Meeting Attended",
            Self::MeetingNoShow => "Zoom Meeting No-Show",
        }
    }

    /// The custom fields of its activity type: schema name, display name.
    #[must_use]
    pub fn fields(self) -> Vec<(&'static str, &'static str)> {
        let mut fields = ACTIVITY_FIELDS.to_vec();
        match self {
            Self::WebinarAttended | Self::WebinarNoShow | Self::MeetingAttended | Self::MeetingNoShow => {
                fields.extend(ATTENDANCE_FIELDS);
            }
            Self::MeetingScheduled
            | Self::MeetingStarted
            | Self::MeetingEnded
            | Self::MeetingJoined
            | Self::MeetingLeft
            | Self::WebinarRegistered
            | Self::WebinarJoined
            | Self::WebinarLeft
            | Self::WebinarRegistrationChanged => {}
        }
        fields
    }
}

/// The custom fields of every activity type of ours, by their place: schema name, display name.
/// Text fields hold 200 characters by default (leadsquared.md § 0), so no link stands in them.
pub const ACTIVITY_FIELDS: [(&str, &str); 6] = [
    (FIELD_MARKER, "Connector Reference"),
    (FIELD_TOPIC, "Topic"),
    (FIELD_NUMBER, "Zoom ID"),
    (FIELD_MINUTES, "Minutes"),
    (FIELD_ZOOM_TIME, "Zoom Time (UTC)"),
    (FIELD_SOURCE, "Tracking Source"),
];
/// The marker by which an activity is found again.
pub const FIELD_MARKER: &str = "mx_Custom_1";
/// The topic, cut to the field's length.
pub const FIELD_TOPIC: &str = "mx_Custom_2";
/// The meeting's or webinar's number.
pub const FIELD_NUMBER: &str = "mx_Custom_3";
/// Minutes of the stay or of the run.
pub const FIELD_MINUTES: &str = "mx_Custom_4";
/// When it happened, as Zoom said.
pub const FIELD_ZOOM_TIME: &str = "mx_Custom_5";
/// Where the registrant came from.
pub const FIELD_SOURCE: &str = "mx_Custom_6";
/// What activities about a whole attendance hold besides: schema name, display name.
pub const ATTENDANCE_FIELDS: [(&str, &str); 6] = [
    (FIELD_STANDING, "Attendance"),
    (FIELD_PERCENT, "Per Cent Attended"),
    (FIELD_FIRST_JOINED, "First Joined (UTC)"),
    (FIELD_LAST_LEFT, "Last Left (UTC)"),
    (FIELD_DEVICES, "Devices"),
    (FIELD_QUESTIONS, "Questions Asked"),
];
/// Attended, left early, no-show.
pub const FIELD_STANDING: &str = "mx_Custom_7";
/// Per cent of the run's real length.
pub const FIELD_PERCENT: &str = "mx_Custom_8";
/// When the person came first.
pub const FIELD_FIRST_JOINED: &str = "mx_Custom_9";
/// When the person left last.
pub const FIELD_LAST_LEFT: &str = "mx_Custom_10";
/// The most devices at one time.
pub const FIELD_DEVICES: &str = "mx_Custom_11";
/// How many questions were asked.
pub const FIELD_QUESTIONS: &str = "mx_Custom_12";
/// The length of a text field of an activity, in characters.
pub const ACTIVITY_TEXT_CHARS_MAX: usize = 200;

/// The lead field for the personal join link of a webinar, as set-up makes it: schema name, name for people.
pub const JOIN_LINK_FIELD: &str = "mx_Zoom_Join_Link";
/// How people see it.
pub const JOIN_LINK_FIELD_SHOWN: &str = "Zoom Join Link";
/// How long a link may be, in characters.
pub const JOIN_LINK_CHARS_MAX: usize = 2_000;

/// Calls that a LeadSquared plan allows (leadsquared.md § 2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Calls of any kind in each window; `None` means no limit of ours (a pretend LeadSquared).
    pub calls: Option<u32>,
    /// Bulk calls in each window.
    pub bulk_calls: Option<u32>,
    /// The window's length in seconds.
    pub window_s: u32,
    /// Leads in one bulk call.
    pub leads_per_call: usize,
    /// Activities in one bulk call.
    pub activities_per_call: usize,
    /// Calls under way at once.
    pub calls_at_once: usize,
    /// Calls of any kind in a day; `None` means no limit of ours. A part of it is left for people
    /// ([`crate::delivery::limiter::DAY_RESERVE_PERCENT`]).
    pub calls_per_day: Option<u32>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            calls: Some(10),
            bulk_calls: Some(5),
            window_s: 5,
            leads_per_call: 25,
            activities_per_call: 25,
            calls_at_once: 10,
            calls_per_day: None,
        }
    }
}

/// The one task rule of the first versions, as their stored settings hold it: it is read as the first of [`Settings::rules`].
#[derive(Debug, Deserialize)]
#[serde(default)]
struct FollowUp {
    on: bool,
    attended_minutes: i64,
    due_in_hours: i64,
    task_type: String,
    owner_email: Option<Email>,
}

impl Default for FollowUp {
    fn default() -> Self {
        Self { on: true, attended_minutes: 30, due_in_hours: 24, task_type: "Follow Up".to_owned(), owner_email: None }
    }
}

impl From<FollowUp> for TaskRule {
    fn from(old: FollowUp) -> Self {
        Self {
            on: old.on,
            task_type: old.task_type,
            due: Due::HoursAfter { hours: old.due_in_hours },
            owner: old.owner_email.map_or(Owner::TaskOwner, |email| Owner::Fixed { email }),
            ..Self::follow_up(old.attended_minutes)
        }
    }
}

/// Everything a connector may be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What registrations do to leads that exist.
    pub capture: CaptureBehaviour,
    /// `Source` of leads that registrations create.
    pub lead_source: String,
    /// Zoom's registration field → where the answer goes.
    pub registration_fields: BTreeMap<String, Target>,
    /// Title of a custom question → where the answer goes.
    pub custom_questions: BTreeMap<String, Target>,
    /// Where registrations count, whence leads come, whose they are, how they are found.
    pub registration: RegistrationRules,
    /// Whether a webinar participant with an address, but without a registration, becomes a lead.
    pub attendees_become_leads: bool,
    /// Domains, with what is below them, whose people never become leads and get no activities.
    pub excluded_domains: Vec<String>,
    /// Addresses and domains of staff: they host, help and test, and never become leads.
    pub staff: Vec<String>,
    /// The tenant's codes of our activity types; filled by set-up.
    pub activity_codes: BTreeMap<ActivityKind, i64>,
    /// Rules that make tasks, in their order.
    pub rules: Vec<TaskRule>,
    /// Who makes nothing in LeadSquared.
    pub filters: Vec<Filter>,
    /// Fields whose values are computed.
    pub computed_fields: Vec<ComputedField>,
    /// IANA zone in which days and hours are counted; UTC without one. Set-up fills in the LeadSquared account's.
    pub time_zone: Option<String>,
    /// The days on which tasks may be due.
    pub working_days: Vec<Weekday>,
    /// Names of the tenant's to-do task types; filled by set-up. Empty means that nobody knows them.
    pub task_types: Vec<String>,
    /// Name of the appointment task type for scheduled meetings.
    pub appointment_type: String,
    /// Who gets tasks that name nobody: LeadSquared wants an owner (leadsquared.md § 3.15). Set-up fills in the keys' user.
    pub task_owner: Option<Email>,
    /// What LeadSquared allows.
    pub plan: Plan,
    /// Lead field (schema name) that gets a registrant's own join link; set-up finds or makes one. None: no field is written.
    pub join_link_field: Option<String>,
    /// The version of the secret in the addresses that LeadSquared calls; one more makes the old addresses worthless.
    pub actions_version: u32,
    /// What set-up learned of LeadSquared for these settings.
    pub learned: Learned,
    /// What is made of attendance.
    pub attendance: AttendanceRule,
    /// What is made of meetings.
    pub meetings: meetings::MeetingRules,
    /// What is made of appointments that people make in LeadSquared.
    pub tasks: appointments::AppointmentRules,
    /// What holds for meetings that are scheduled from LeadSquared.
    pub scheduling: scheduling::SchedulingRules,
}

impl Default for Settings {
    fn default() -> Self {
        let fields = [
            ("first_name", "FirstName"),
            ("last_name", "LastName"),
            ("phone", "Phone"),
            ("org", "Company"),
            ("job_title", "JobTitle"),
            ("city", "mx_City"),
            ("state", "mx_State"),
            ("country", "mx_Country"),
            ("zip", "mx_Zip"),
        ];
        Self {
            capture: CaptureBehaviour::default(),
            lead_source: "Zoom Webinar".to_owned(),
            registration_fields: fields.iter().map(|(zoom, lead)| ((*zoom).to_owned(), Target::lead(lead))).collect(),
            custom_questions: BTreeMap::new(),
            registration: RegistrationRules::default(),
            attendees_become_leads: true,
            excluded_domains: Vec::new(),
            staff: Vec::new(),
            activity_codes: BTreeMap::new(),
            rules: vec![TaskRule::follow_up(30)],
            filters: Vec::new(),
            computed_fields: Vec::new(),
            time_zone: None,
            working_days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
            ],
            task_types: Vec::new(),
            appointment_type: "Meeting".to_owned(),
            task_owner: None,
            plan: Plan::default(),
            join_link_field: None,
            actions_version: 1,
            learned: Learned::default(),
            attendance: AttendanceRule::default(),
            meetings: meetings::MeetingRules::default(),
            tasks: appointments::AppointmentRules::default(),
            scheduling: scheduling::SchedulingRules::default(),
        }
    }
}

/// Whether an address belongs to a domain, or to one below it; the domain may be written with an `@` before it.
fn is_of_domain(email: &Email, written: &str) -> bool {
    let domain = written.trim().trim_start_matches(['@', '.']).to_lowercase();
    let below = email.domain().strip_suffix(&domain);
    !domain.is_empty() && below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

impl Settings {
    /// Whether the address is of a domain that is excluded.
    #[must_use]
    pub fn is_excluded(&self, email: &Email) -> bool {
        self.excluded_domains.iter().any(|domain| is_of_domain(email, domain))
    }

    /// Whether the address is of somebody of the staff.
    #[must_use]
    pub fn is_staff(&self, email: &Email) -> bool {
        self.staff.iter().any(|one| match Email::parse(one) {
            Some(address) => address == *email,
            None => is_of_domain(email, one),
        })
    }

    /// The settings as people choose them, without what set-up learned.
    #[must_use]
    pub fn as_chosen(&self) -> Self {
        Self { learned: Learned::default(), ..self.clone() }
    }

    /// The activity types that these settings post: all but those that somebody has to ask for.
    pub fn activity_kinds(&self) -> impl Iterator<Item = ActivityKind> {
        let changes = self.registration.changes;
        let told = [changes.approved, changes.denied, changes.cancelled].contains(&ChangeTold::Activity);
        let meetings = self.meetings;
        ActivityKind::ALL.into_iter().filter(move |kind| match kind {
            ActivityKind::WebinarRegistrationChanged => told,
            ActivityKind::MeetingJoined | ActivityKind::MeetingLeft => meetings.show == Show::JoinedLeft,
            ActivityKind::MeetingAttended => meetings.show == Show::Attended,
            ActivityKind::MeetingNoShow => meetings.no_shows,
            ActivityKind::MeetingScheduled
            | ActivityKind::MeetingStarted
            | ActivityKind::MeetingEnded
            | ActivityKind::WebinarRegistered
            | ActivityKind::WebinarJoined
            | ActivityKind::WebinarLeft
            | ActivityKind::WebinarAttended
            | ActivityKind::WebinarNoShow => true,
        })
    }

    /// Every place an answer of a registration goes to.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let answers = self.registration_fields.values().chain(self.custom_questions.values());
        answers.chain(std::iter::once(&self.registration.source.field))
    }
}

/// Why written settings are refused, as a sentence's end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongSettings {
    /// A name that is no setting, with the names around it.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// A value of the wrong kind.
    #[error("a setting has a value it cannot have: {0}")]
    Value(String),
    /// A rule that cannot be.
    #[error("{0}")]
    Rule(Box<WrongRule>),
}

impl Settings {
    /// The name of the appointment type that becomes a meeting.
    #[must_use]
    pub fn meeting_task_type(&self) -> &str {
        let own = self.tasks.task_type.trim();
        if own.is_empty() { self.appointment_type.trim() } else { own }
    }

    /// Reads settings as they are stored, those of an older version included.
    ///
    /// # Errors
    /// The library's words.
    pub fn stored(text: &str) -> Result<Self, serde_json::Error> {
        Self::deserialize(renewed(serde_json::from_str(text)?))
    }

    /// Reads settings that somebody wrote. Unlike in stored ones, which may come from another version, a name that is no
    /// setting is refused at any depth.
    ///
    /// # Errors
    /// [`WrongSettings`] naming the first that is wrong.
    pub fn written(given: &Value) -> Result<Self, WrongSettings> {
        let wrong = |error: serde_json::Error| WrongSettings::Value(error.to_string());
        let given = renewed(given.clone());
        let settings = Self::deserialize(&given).map_err(wrong)?;
        let known = serde_json::to_value(&settings).map_err(wrong)?;
        if let Some(name) = unknown(&given, &known) {
            return Err(WrongSettings::Unknown(name));
        }
        refusal::check(&settings).map_err(|wrong| WrongSettings::Rule(Box::new(wrong)))?;
        Ok(settings)
    }
}

/// Settings of the first versions in today's form: their one rule becomes the first of the rules.
fn renewed(mut given: Value) -> Value {
    if let Value::Object(fields) = &mut given
        && !fields.contains_key("rules")
        && let Some(old) = fields.get("follow_up")
        && let Ok(old) = FollowUp::deserialize(old)
        && let Ok(rule) = serde_json::to_value(TaskRule::from(old))
    {
        fields.remove("follow_up");
        fields.insert("rules".to_owned(), Value::Array(vec![rule]));
    }
    given
}

/// The first name in `given` that was not kept, with the names around it.
fn unknown(given: &Value, known: &Value) -> Option<String> {
    if let (Value::Array(given), Value::Array(known)) = (given, known) {
        let within = given.iter().zip(known).enumerate();
        return within.filter_map(|(place, (given, known))| Some(format!("{place}.{}", unknown(given, known)?))).next();
    }
    let (Value::Object(given), Value::Object(known)) = (given, known) else { return None };
    given.iter().find_map(|(name, value)| match known.get(name) {
        None => Some(name.clone()),
        Some(known) => unknown(value, known).map(|inner| format!("{name}.{inner}")),
    })
}

/// Settings with the version they were read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Counts from 1; 0 means the defaults, never saved.
    pub version: i64,
    /// The settings.
    pub settings: Settings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_older_version_get_the_new_defaults() {
        let settings: Settings = serde_json::from_str(r#"{"lead_source":"Web"}"#).unwrap();
        assert_eq!(settings.lead_source, "Web");
        assert_eq!(settings.plan, Plan::default());
    }

    #[test]
    fn the_one_rule_of_an_older_version_becomes_the_first_of_the_rules() {
        let old = r#"{"lead_source":"Web","follow_up":{"on":false,"attended_minutes":45,"due_in_hours":48,
            "task_type":"Call","owner_email":"rep@sunrise.example"}}"#;
        let [rule] = Settings::stored(old).unwrap().rules.try_into().unwrap();
        assert_eq!((rule.key(), rule.on, rule.task_type.as_str()), ("follow_up", false, "Call"));
        assert_eq!((rule.condition.text(), rule.due), ("attended_minutes >= 45", Due::HoursAfter { hours: 48 }));
        assert_eq!(rule.owner, Owner::Fixed { email: Email::parse("rep@sunrise.example").unwrap() });
        let again = serde_json::to_string(&Settings::stored(old).unwrap()).unwrap();
        assert_eq!(Settings::stored(&again).unwrap(), Settings::stored(old).unwrap());
        assert_eq!(Settings::stored("{}").unwrap(), Settings::default());
        assert_eq!(Settings::stored(r#"{"rules":[]}"#).unwrap().rules, []);
    }

    #[track_caller]
    fn check_people(email: &str, excluded: bool, staff: bool) {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let settings = Settings {
            excluded_domains: texts(&["Rival.example", "@other.example"]),
            staff: texts(&["us.example", "Contractor@mail.example", ""]),
            ..Settings::default()
        };
        let email = Email::parse(email).unwrap();
        assert_eq!((settings.is_excluded(&email), settings.is_staff(&email)), (excluded, staff), "{email:?}");
    }

    #[test]
    fn people_are_left_out_by_their_domain_with_what_is_below_it_or_by_their_address() {
        check_people("a@rival.example", true, false);
        check_people("a@eu.Rival.example", true, false);
        check_people("a@notrival.example", false, false);
        check_people("a@other.example", true, false);
        check_people("a@us.example", false, true);
        check_people("contractor@mail.example", false, true);
        check_people("somebody@mail.example", false, false);
    }

    #[test]
    fn no_domain_of_free_mail_is_excluded_unless_somebody_says_so() {
        let settings = Settings::default();
        for free in ["a@gmail.com", "a@outlook.com", "a@yahoo.co.in"] {
            let email = Email::parse(free).unwrap();
            assert!(!settings.is_excluded(&email) && !settings.is_staff(&email));
        }
    }

    #[test]
    fn a_mapping_of_an_older_version_stays_readable() {
        let old = r#"{"registration_fields":{"city":"mx_City"},"custom_questions":{"Budget?":"mx_Budget"}}"#;
        let settings: Settings = serde_json::from_str(old).unwrap();
        assert_eq!(settings.registration_fields["city"], Target::lead("mx_City"));
        assert_eq!(settings.custom_questions["Budget?"], Target::lead("mx_Budget"));
        assert_eq!(settings.registration, RegistrationRules::default());
    }

    #[track_caller]
    fn check_written(text: &str, expected: &Result<(), WrongSettings>) {
        assert_eq!(&Settings::written(&serde_json::from_str(text).unwrap()).map(|_| ()), expected);
    }

    #[test]
    fn a_name_that_is_no_setting_is_refused_at_any_depth_where_somebody_wrote_it() {
        let unknown = |name: &str| Err(WrongSettings::Unknown(name.to_owned()));
        check_written("{}", &Ok(()));
        check_written(r#"{"plan":{"calls":null},"custom_questions":{"Budget?":"mx_Budget"}}"#, &Ok(()));
        check_written(r#"{"activity_codes":{"webinar_left":200},"follow_up":{"owner_email":null}}"#, &Ok(()));
        check_written(r#"{"rules":[],"follow_up":{}}"#, &unknown("follow_up"));
        check_written(r#"{"rules":[{"name":"A"},{"name":"B","conditoin":""}]}"#, &unknown("rules.1.conditoin"));
        check_written(r#"{"lead_sauce":"Web"}"#, &unknown("lead_sauce"));
        check_written(r#"{"plan":{"cals":5}}"#, &unknown("plan.cals"));
        let target = r#"{"custom_questions":{"Budget?":{"lead":"mx_Budget","polcy":"never"}}}"#;
        check_written(target, &unknown("custom_questions.Budget?.polcy"));
        check_written(r#"{"registration":{"owner":{"rule":{"user":"a@b.test"}},"pending":"waits"}}"#, &Ok(()));
        assert!(matches!(Settings::written(&Value::from(5)), Err(WrongSettings::Value(_))));
    }
}
