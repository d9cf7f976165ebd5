//! Tasks by rule. The first version knows one rule: follow up who attended long enough.

use super::fields::topic;
use super::people::About;
use super::{Context, Planned};
use crate::fact::{Alias, AttendanceState, Person};
use crate::leadsquared::command::{Command, Task};
use crate::redact::clip;

/// The longest subject of a task, in characters.
pub const TASK_NAME_CHARS_MAX: usize = 200;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The follow-up task of an attendance, once its stays add up to what the rule asks for. One for each person and run,
/// however the attendance is corrected later.
pub fn follow_up(context: &Context<'_>, fact: &Alias, attendance: &AttendanceState) -> Option<Planned> {
    let rule = &context.settings.settings.follow_up;
    let minutes = attendance.attended_ms() / MINUTE_MS;
    if !rule.on || minutes < rule.attended_minutes {
        return None;
    }
    let key = context.keys.alias("delivery", &["follow_up", &fact.0]).0;
    let marker = context.keys.marker(&key);
    let due_ms = attendance.last_left_ms()? + rule.due_in_hours * HOUR_MS;
    let topic = topic(&attendance.gathering);
    let task = Task {
        name: clip(&format!("Follow up: attended {topic}"), TASK_NAME_CHARS_MAX),
        description: format!("{} attended “{topic}” for {minutes} minutes.\nRef: {marker}", attendance.email.as_str()),
        due_ms,
        end_ms: due_ms,
        task_type: rule.task_type.clone(),
        owner_email: rule.owner_email.clone(),
        location: None,
        reminder_min: None,
        marker,
    };
    let person = Person::Email(attendance.email.clone());
    let about = About { fact, person: Some(&person), name: None, what: format!("Task: {}", task.name) };
    Some(about.plan(context, key, Command::CreateTask(task)))
}
