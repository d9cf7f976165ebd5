//! Tasks by rule. The first version knows one rule: follow up who attended long enough.

use super::fields::topic;
use super::people::About;
use super::{Context, Planned};
use crate::fact::{Alias, AttendanceState, Gathering, Person};
use crate::ids::Email;
use crate::leadsquared::command::{Command, Task};
use crate::redact::clip;

/// The longest subject of a task, in characters.
pub const TASK_NAME_CHARS_MAX: usize = 200;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What happened to a person that a rule may make a task of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// Was in the webinar, for as long as the attendance says.
    Attended,
    /// Registered and did not come.
    NoShow,
    /// Asked a question in the webinar.
    AskedQuestion,
}

/// Something that happened to one person in one webinar.
pub struct Occasion<'a> {
    /// The fact it follows from: the same for the same person and run.
    pub fact: &'a Alias,
    /// What happened.
    pub happened: Happened,
    /// In what.
    pub gathering: &'a Gathering,
    /// To whom.
    pub email: &'a Email,
    /// The person's attendance, where there is one.
    pub attendance: Option<&'a AttendanceState>,
    /// When, epoch milliseconds.
    pub at_ms: i64,
}

/// The tasks of an occasion. One for each rule, person and run, however often the occasion comes.
pub fn on(context: &Context<'_>, occasion: &Occasion<'_>) -> Vec<Planned> {
    match (occasion.happened, occasion.attendance) {
        (Happened::Attended, Some(attendance)) => follow_up(context, occasion, attendance).into_iter().collect(),
        (Happened::Attended, None) | (Happened::NoShow | Happened::AskedQuestion, _) => Vec::new(),
    }
}

/// The follow-up task of an attendance, once its stays add up to what the rule asks for.
fn follow_up(context: &Context<'_>, occasion: &Occasion<'_>, attendance: &AttendanceState) -> Option<Planned> {
    let rule = &context.settings.settings.follow_up;
    let minutes = attendance.attended_ms() / MINUTE_MS;
    if !rule.on || minutes < rule.attended_minutes {
        return None;
    }
    let fact = occasion.fact;
    let key = context.keys.alias("delivery", &["follow_up", &fact.0]).0;
    let marker = context.keys.marker(&key);
    let due_ms = occasion.at_ms + rule.due_in_hours * HOUR_MS;
    let topic = topic(occasion.gathering);
    let task = Task {
        name: clip(&format!("Follow up: attended {topic}"), TASK_NAME_CHARS_MAX),
        description: format!("{} attended “{topic}” for {minutes} minutes.\nRef: {marker}", occasion.email.as_str()),
        due_ms,
        end_ms: due_ms,
        task_type: rule.task_type.clone(),
        owner_email: rule.owner_email.clone(),
        location: None,
        reminder_min: None,
        marker,
    };
    let person = Person::Email(occasion.email.clone());
    let about = About { fact, person: Some(&person), name: None, what: format!("Task: {}", task.name) };
    Some(about.plan(context, key, Command::CreateTask(task)))
}
