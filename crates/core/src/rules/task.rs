//! A rule that makes tasks, as a tenant writes it.

use super::due::Due;
use super::formula::Formula;
use crate::ids::Email;
use serde::{Deserialize, Serialize};

/// Something that happened to a person in a webinar or a meeting, after which the rules are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Registered, approved or not.
    Registered,
    /// Registered and may join.
    Approved,
    /// Attended: whenever a stay ends, with everything attended until then.
    #[default]
    Attended,
    /// Registered, and never came.
    NoShow,
    /// Asked a question.
    AskedQuestion,
    /// Left the webinar, each time.
    Left,
    /// Was in a meeting: whenever a stay ends, with everything attended until then.
    AttendedMeeting,
    /// A meeting was scheduled for the lead, and was held without it.
    MissedMeeting,
}

impl Happened {
    /// All of them, in the order in which a person lives through them.
    pub const ALL: [Self; 8] = [
        Self::Registered,
        Self::Approved,
        Self::Attended,
        Self::Left,
        Self::AskedQuestion,
        Self::NoShow,
        Self::AttendedMeeting,
        Self::MissedMeeting,
    ];

    /// As stored, and as the variable `happened` says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Approved => "approved",
            Self::Attended => "attended",
            Self::NoShow => "no_show",
            Self::AskedQuestion => "asked_question",
            Self::Left => "left",
            Self::AttendedMeeting => "attended_meeting",
            Self::MissedMeeting => "missed_meeting",
        }
    }

    /// In a sentence: `Asha registered for …`.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Registered => "registered for",
            Self::Approved => "was approved for",
            Self::Attended => "attended",
            Self::NoShow => "registered for and did not come to",
            Self::AskedQuestion => "asked a question in",
            Self::Left => "left",
            Self::AttendedMeeting => "was in the meeting",
            Self::MissedMeeting => "did not come to the meeting",
        }
    }
}

/// Who gets a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Owner {
    /// The connector's task owner.
    #[default]
    TaskOwner,
    /// Whoever owns the lead in LeadSquared when the task is sent; the connector's task owner where that is nobody.
    LeadOwner,
    /// Always the same user.
    Fixed {
        /// The user's e-mail in LeadSquared.
        email: Email,
    },
    /// The host of the webinar or meeting, where Zoom tells the address and LeadSquared has a user of it; else the connector's
    /// task owner.
    Host,
}

/// The id of the rule that takes over the follow-up of the first versions; the keys of its deliveries stay as they were.
pub const FOLLOW_UP: &str = "follow_up";
/// Rules at the most.
pub const RULES_MAX: usize = 50;
/// The longest name of a rule, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest reminder, in minutes: a week.
pub const REMINDER_MINUTES_MAX: i64 = 7 * 24 * 60;
/// What may stand in a subject in curly brackets.
pub const PLACEHOLDERS: [&str; 4] = ["topic", "name", "email", "minutes"];

/// A rule that makes tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskRule {
    /// What its tasks are told apart by; without one, its name. Another id makes another task for the same person.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether it makes tasks.
    pub on: bool,
    /// After what it is looked at.
    pub when: Happened,
    /// What must hold; nothing means always.
    pub condition: Formula,
    /// The task's subject, with `{topic}`, `{name}`, `{email}` and `{minutes}` filled in.
    pub subject: String,
    /// Name of a to-do task type of the tenant.
    pub task_type: String,
    /// When the task is due.
    pub due: Due,
    /// Who gets it.
    pub owner: Owner,
    /// Minutes before the due time at which LeadSquared reminds.
    pub reminder_min: Option<i64>,
}

impl Default for TaskRule {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            on: true,
            when: Happened::Attended,
            condition: Formula::default(),
            subject: "Follow up: {topic}".to_owned(),
            task_type: "Follow Up".to_owned(),
            due: Due::HoursAfter { hours: 24 },
            owner: Owner::TaskOwner,
            reminder_min: None,
        }
    }
}

impl TaskRule {
    /// The rule that every connector begins with: follow up who attended so many minutes.
    #[must_use]
    pub fn follow_up(attended_minutes: i64) -> Self {
        Self {
            id: FOLLOW_UP.to_owned(),
            name: "Follow up who attended".to_owned(),
            condition: Formula::from(format!("attended_minutes >= {attended_minutes}")),
            subject: "Follow up: attended {topic}".to_owned(),
            ..Self::default()
        }
    }

    /// What its tasks are told apart by.
    #[must_use]
    pub fn key(&self) -> &str {
        if self.id.is_empty() { &self.name } else { &self.id }
    }
}
