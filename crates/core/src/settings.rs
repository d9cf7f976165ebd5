//! A connector's settings: what a tenant may choose, with defaults that work. Stored as one JSON text per version;
//! fields that an older version did not know get their default.

pub mod difference;
pub mod mapping;
pub mod registration;

use crate::ids::Email;
use mapping::Target;
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
}

impl ActivityKind {
    /// All of them, in the order a lead lives through them.
    pub const ALL: [Self; 7] = [
        Self::MeetingScheduled,
        Self::MeetingStarted,
        Self::MeetingEnded,
        Self::WebinarRegistered,
        Self::WebinarJoined,
        Self::WebinarLeft,
        Self::WebinarRegistrationChanged,
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
        }
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
/// The length of a text field of an activity, in characters.
pub const ACTIVITY_TEXT_CHARS_MAX: usize = 200;

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

/// The one task rule of the first version: follow up who stayed long enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FollowUp {
    /// Whether tasks are created at all.
    pub on: bool,
    /// The union of the person's stays must reach this.
    pub attended_minutes: i64,
    /// Hours from the moment the condition held to the due time.
    pub due_in_hours: i64,
    /// Name of a to-do task type of the tenant.
    pub task_type: String,
    /// Who gets it; without one, the connector's task owner.
    pub owner_email: Option<Email>,
}

impl Default for FollowUp {
    fn default() -> Self {
        Self { on: true, attended_minutes: 30, due_in_hours: 24, task_type: "Follow Up".to_owned(), owner_email: None }
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
    /// The follow-up rule.
    pub follow_up: FollowUp,
    /// Name of the appointment task type for scheduled meetings.
    pub appointment_type: String,
    /// Who gets tasks that name nobody: LeadSquared wants an owner (leadsquared.md § 3.15). Set-up fills in the user the keys
    /// belong to.
    pub task_owner: Option<Email>,
    /// What LeadSquared allows.
    pub plan: Plan,
    /// What set-up learned of LeadSquared for these settings.
    pub learned: Learned,
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
            follow_up: FollowUp::default(),
            appointment_type: "Meeting".to_owned(),
            task_owner: None,
            plan: Plan::default(),
            learned: Learned::default(),
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
        ActivityKind::ALL.into_iter().filter(move |kind| *kind != ActivityKind::WebinarRegistrationChanged || told)
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
}

impl Settings {
    /// Reads settings that somebody wrote. Unlike in stored ones, which may come from another version, a name that is no
    /// setting is refused at any depth.
    ///
    /// # Errors
    /// [`WrongSettings`] naming the first that is wrong.
    pub fn written(given: &Value) -> Result<Self, WrongSettings> {
        let wrong = |error: serde_json::Error| WrongSettings::Value(error.to_string());
        let settings = Self::deserialize(given).map_err(wrong)?;
        let known = serde_json::to_value(&settings).map_err(wrong)?;
        unknown(given, &known).map_or(Ok(settings), |name| Err(WrongSettings::Unknown(name)))
    }
}

/// The first name in `given` that was not kept, with the names around it.
fn unknown(given: &Value, known: &Value) -> Option<String> {
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
        check_written(r#"{"lead_sauce":"Web"}"#, &unknown("lead_sauce"));
        check_written(r#"{"plan":{"cals":5}}"#, &unknown("plan.cals"));
        let target = r#"{"custom_questions":{"Budget?":{"lead":"mx_Budget","polcy":"never"}}}"#;
        check_written(target, &unknown("custom_questions.Budget?.polcy"));
        check_written(r#"{"registration":{"owner":{"rule":{"user":"a@b.test"}},"pending":"waits"}}"#, &Ok(()));
        assert!(matches!(Settings::written(&Value::from(5)), Err(WrongSettings::Value(_))));
    }
}
