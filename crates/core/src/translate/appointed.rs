//! Meetings of appointments that people make in LeadSquared. A task of the tenant's type is read, never believed from a notice;
//! what it says becomes a wish as if it had been asked for here, named by the task, so that however often it is heard of there
//! is one meeting. The task then gets the join link, or a sentence that says why there is no meeting.

use super::meeting::agree::{self, AppointmentSeen, Heard, TaskTold};
use super::people::About;
use super::schedule::{create, schedule, scheduling};
use super::{Command, Context, Planned, Start, Translated};
use crate::code;
use crate::fact::agreed::Standing;
use crate::fact::scheduling::{ScheduleMeeting, SchedulingState};
use crate::fact::{Alias, Book, Person, State, TenantKeys};
use crate::leadsquared::appointment::{Progress, TASK_TEXT_CHARS_MAX, TaskAbout, TaskChange, TaskRead};
use crate::leadsquared::command::Command as Crm;
use crate::redact::clip;
use crate::settings::appointments::Becomes;
use crate::settings::scheduling::HostChoice;
use crate::zoom::options::MeetingOptions;
use serde::{Deserialize, Serialize};

/// Before the link, in the text of a task that a person made.
const MADE: &str = "Zoom meeting: ";
/// Before the reason, where there is no meeting.
const NOT_MADE: &str = "No Zoom meeting yet: ";
/// The title of a meeting whose appointment has none.
const NO_TOPIC: &str = "Meeting";
/// Minutes of a meeting whose appointment does not say when it ends.
const MINUTES: i64 = 30;
const MINUTE_MS: i64 = 60_000;

/// A meeting that was wanted by an appointment and is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMade {
    /// The fact of the wish.
    pub fact: Alias,
    /// Why, as a code.
    pub code: String,
    /// Who was to host it.
    pub host: String,
}

/// The name of the wish that a task stands for.
#[must_use]
pub fn operation(task: &str) -> String {
    format!("task-{}", task.to_lowercase())
}

/// The fact of the wish that a task stands for.
#[must_use]
pub fn wish_of(keys: &TenantKeys, task: &str) -> Alias {
    scheduling(keys, &operation(task))
}

/// A task that is none of our appointments: it is read, where appointments become meetings.
pub fn noticed(context: &Context<'_>, told: &TaskTold) -> Translated {
    match context.settings.settings.tasks.become_meetings {
        Becomes::Nothing => Translated::ignored("ignored.not_needed"),
        Becomes::Meeting => {
            let fact = wish_of(context.keys, &told.task);
            let key = context.keys.alias("delivery", &["read_task", &told.task, &told.notice]).0;
            let read = Crm::ReadTask(TaskRead { task: told.task.clone(), heard: told.heard });
            let planned = about_task(&fact, (key, "Read an appointment".to_owned()), read);
            Translated::merged(Some((fact, true)), vec![planned])
        }
    }
}

/// A delivery about a task whose lead is not known, or is of no consequence.
fn about_task(fact: &Alias, (key, what): (String, String), command: Crm) -> Planned {
    Planned {
        key,
        fact: fact.clone(),
        command: Command::LeadSquared { command },
        person: None,
        lead: None,
        who: "an appointment".to_owned(),
        what,
        start: Start::Ready,
        detail: None,
    }
}

/// A task was read that is none of our appointments yet.
pub fn seen(context: &Context<'_>, book: &mut Book, told: &AppointmentSeen) -> Translated {
    let not_needed = || Translated::ignored("ignored.not_needed");
    let settings = &context.settings.settings;
    let fact = wish_of(context.keys, &told.task);
    if let Some(State::Scheduling(state)) = book.find(std::slice::from_ref(&fact)).map(|fact| fact.state.clone()) {
        return seen_again(context, book, (&fact, state), told);
    }
    let (Some(about), Becomes::Meeting) = (&told.seen.about, settings.tasks.become_meetings) else {
        return not_needed();
    };
    // Our own appointment, of which we have not heard yet that it was made, names its marker.
    if about.task_type != settings.meeting_task_type() || names_marker(&about.text) || !is_to_come(told, about) {
        return not_needed();
    }
    let wanted = match wanted(context, told, about) {
        Ok(wanted) => wanted,
        Err(why) => {
            let planned = not_possible(context, &fact, (&told.task, about), why);
            return Translated::merged(Some((fact, true)), vec![planned]);
        }
    };
    schedule(context, book, &wanted, told.seen.changed_ms.unwrap_or(told.at_ms))
}

/// Whether the appointment stands and is not over.
fn is_to_come(told: &AppointmentSeen, about: &TaskAbout) -> bool {
    let part = &told.seen.part;
    let minutes = part.minutes.unwrap_or(MINUTES);
    let ends_ms = part.start_ms.map(|start_ms| start_ms + minutes * MINUTE_MS);
    about.progress == Progress::Open
        && part.standing != Some(Standing::Cancelled)
        && ends_ms.is_some_and(|ends_ms| ends_ms > told.at_ms)
}

/// Whether a text has the line by which we find a task of ours again.
fn names_marker(text: &str) -> bool {
    let marker = |line: &str| line.trim().strip_prefix("Ref: z").is_some_and(|rest| rest.len() == MARKER_CHARS);
    text.lines().any(marker)
}

/// Characters of a marker behind its first.
const MARKER_CHARS: usize = 26;

/// The wish that an appointment stands for, or what it lacks.
fn wanted(context: &Context<'_>, told: &AppointmentSeen, about: &TaskAbout) -> Result<ScheduleMeeting, &'static str> {
    let settings = &context.settings.settings;
    let part = &told.seen.part;
    let lead = about.lead.clone().ok_or("the appointment is about no lead. Relate it to one.")?;
    let host = match &settings.scheduling.host {
        HostChoice::SignedIn => "me".to_owned(),
        HostChoice::Named(email) => email.as_str().to_owned(),
        HostChoice::SalesUser => {
            let owner = about.owner.as_ref().ok_or("LeadSquared names no owner with an address, who would host it.")?;
            owner.as_str().to_owned()
        }
    };
    Ok(ScheduleMeeting {
        operation: operation(&told.task),
        person: Person::Lead(lead),
        others: Vec::new(),
        guests: Vec::new(),
        host,
        topic: part.topic.clone().unwrap_or_else(|| NO_TOPIC.to_owned()),
        start_ms: part.start_ms.unwrap_or(told.at_ms),
        duration_min: part.minutes.unwrap_or(MINUTES),
        timezone: settings.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        agenda: without_ours(&about.text),
        owner_email: about.owner.clone(),
        options: MeetingOptions::default(),
        appointment: Some(told.task.clone()),
    })
}

/// A person's text without the lines that we wrote.
fn without_ours(text: &str) -> String {
    let ours = |line: &&str| line.starts_with(MADE) || line.starts_with(NOT_MADE);
    text.lines().filter(|line| !ours(line)).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A person's text with a line of ours before it.
fn with_line(line: &str, text: &str) -> String {
    clip(format!("{line}\n{text}").trim(), TASK_TEXT_CHARS_MAX)
}

/// A person's text with the link of the meeting.
pub fn with_link(link: &str, text: &str) -> String {
    with_line(&format!("{MADE}{link}"), text)
}

/// The text of a task says why there is no meeting.
fn not_possible(context: &Context<'_>, fact: &Alias, (task, about): (&str, &TaskAbout), why: &str) -> Planned {
    let key = context.keys.alias("delivery", &["appointment_says", &fact.0, why]).0;
    let text = with_line(&format!("{NOT_MADE}{why}"), &without_ours(&about.text));
    let change = of_task(&key, task, text, None);
    about_task(fact, (key, "Say in the appointment why it has no meeting".to_owned()), Crm::ChangeTask(change))
}

fn of_task(key: &str, task: &str, text: String, location: Option<String>) -> TaskChange {
    TaskChange {
        of: key.to_owned(),
        task: Some(task.to_owned()),
        name: None,
        span_ms: None,
        text: Some(text),
        location,
    }
}

/// An appointment whose meeting is under way was changed: it is read once more when the meeting is there. One that could
/// not be made may be possible now.
fn seen_again(
    context: &Context<'_>,
    book: &mut Book,
    (fact, state): (&Alias, SchedulingState),
    told: &AppointmentSeen,
) -> Translated {
    let not_needed = || Translated::ignored("ignored.not_needed");
    let mends = state.created.is_none() && state.refused.as_deref().is_some_and(is_certain);
    if let (None, false, Some(about)) = (&state.created, mends, &told.seen.about)
        && let Ok(now) = wanted(context, told, about)
    {
        // Not made yet: whom it is about, and the person's own text, are as they are now.
        let (person, agenda, owner_email) = (now.person, now.agenda, now.owner_email);
        let wanted = ScheduleMeeting { person, agenda, owner_email, ..state.wanted.clone() };
        let state = SchedulingState { wanted, ..state };
        return Translated::merged(book.put(std::slice::from_ref(fact), State::Scheduling(state)), Vec::new());
    }
    let Some(about) = told.seen.about.as_ref().filter(|about| mends && is_to_come(told, about)) else {
        return not_needed();
    };
    let wanted = match wanted(context, told, about) {
        Ok(wanted) if wanted == state.wanted => return not_needed(),
        Ok(wanted) => wanted,
        Err(why) => {
            let planned = not_possible(context, fact, (&told.task, about), why);
            return Translated::merged(Some((fact.clone(), true)), vec![planned]);
        }
    };
    let again = Planned { start: Start::Mended, ..create(context, fact, &wanted) };
    let state = SchedulingState { wanted, refused: None, ..state };
    Translated::merged(book.put(std::slice::from_ref(fact), State::Scheduling(state)), vec![again])
}

/// Whether Zoom said no for certain: the meeting may be asked for again in another way.
fn is_certain(code: &str) -> bool {
    matches!(
        code,
        "zoom.host_unknown" | "zoom.not_host" | "zoom.plan" | "zoom.scope" | "zoom.not_found" | "zoom.refused"
    )
}

/// The task gets the link of its meeting, and is read once more: whoever changed it meanwhile was not heard.
pub fn link(
    context: &Context<'_>,
    about: &About<'_>,
    (wanted, task): (&ScheduleMeeting, &str),
    link: &str,
) -> [Planned; 2] {
    let key = context.keys.alias("delivery", &["appointment", &about.fact.0]).0;
    let text = with_link(link, &wanted.agenda);
    let change = Crm::ChangeTask(of_task(&key, task, text, Some(link.to_owned())));
    let read_key = context.keys.alias("delivery", &["read_task", task, "made"]).0;
    let read = Crm::ReadTask(TaskRead { task: task.to_owned(), heard: Heard::Nowhere });
    [about.plan(context, key, change), about.plan(context, read_key, read)]
}

/// Zoom did not make the meeting of an appointment: the task says why.
pub fn not_made(context: &Context<'_>, book: &mut Book, told: &NotMade) -> Translated {
    let known = book.find(std::slice::from_ref(&told.fact)).map(|fact| fact.state.clone());
    let Some(State::Scheduling(mut state)) = known else { return Translated::ignored("ignored.not_needed") };
    let (None, Some(task)) = (&state.created, state.wanted.appointment.clone()) else {
        return Translated::ignored("ignored.not_needed");
    };
    state.refused = Some(told.code.clone());
    let wanted = state.wanted.clone();
    let fact = book.put(std::slice::from_ref(&told.fact), State::Scheduling(state));
    let key = context.keys.alias("delivery", &["appointment_says", &told.fact.0, &told.code, &told.host]).0;
    let text = with_line(&format!("{NOT_MADE}{}", sentence(&told.code, &told.host)), &wanted.agenda);
    let what = format!("Say why there is no meeting · {}", clip(&wanted.topic, 200));
    let about = About { fact: &told.fact, person: Some(&wanted.person), name: None, what };
    let change = Crm::ChangeTask(of_task(&key, &task, text, None));
    Translated::merged(fact, vec![about.plan(context, key, change)])
}

/// Why there is no meeting, for the owner of an appointment.
fn sentence(why: &str, host: &str) -> String {
    match why {
        "zoom.host_unknown" => format!(
            "{host} is no user of the Zoom account. Give the appointment to somebody who is; or add the user in Zoom, then change the appointment."
        ),
        "zoom.plan" => format!("{host} lacks the Zoom licence that this needs."),
        _ => code::sentence(why).to_owned(),
    }
}

/// What else is to be looked up once the fact of a wish is loaded: the task that its meeting is made of.
pub fn task_of(keys: &TenantKeys, book: &Book, wish: &Alias) -> Option<Alias> {
    match book.find(std::slice::from_ref(wish)).map(|fact| &fact.state) {
        Some(State::Scheduling(state)) => state.wanted.appointment.as_ref().map(|task| agree::of_task(keys, task)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_wrote_into_a_text_is_not_read_as_the_persons_own() {
        let text = with_line("Zoom meeting: https://z.test/j/1", "Talk\nabout prices");
        assert_eq!(text, "Zoom meeting: https://z.test/j/1\nTalk\nabout prices");
        assert_eq!(without_ours(&text), "Talk\nabout prices");
        assert_eq!(without_ours("No Zoom meeting yet: x\r\nTalk"), "Talk");
        assert!(names_marker("Talk\nRef: zabcdefghijklmnopqrstuvwxyz"));
        assert!(!names_marker("Ref: zebra"));
    }
}
