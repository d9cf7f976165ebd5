//! A meeting with an appointment after it was scheduled: moved, renamed, cancelled or brought back in Zoom, in LeadSquared or from
//! the console. What was told is weighed in [`Agreed`], and whatever a side does not say yet is written to it
//! (docs/decisions/0007-agreed-plan.md).

use super::super::fields::{Told, activity, minute, topic};
use super::super::people::{self, About};
use super::super::{Context, Planned, Start, Translated};
use crate::fact::agreed::{Agreed, Part, Plan, Side, Standing};
use crate::fact::scheduling::ScheduleMeeting;
use crate::fact::{Alias, Book, DefinitionState, Person, State, TenantKeys};
use crate::leadsquared::appointment::{self, TaskChange, TaskRead, TaskSeen};
use crate::leadsquared::command::{Command as Crm, Correction};
use crate::redact::clip;
use crate::settings::ActivityKind;
use crate::zoom;
use crate::zoom::change::ChangeMeeting;
use crate::zoom::event::{Change, Definition};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;

/// A wish to change a meeting that was scheduled from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    /// Names this wish.
    pub operation: String,
    /// The wish it was scheduled by.
    pub of: String,
    /// What is to be otherwise.
    pub part: Part,
}

/// A write of ours that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The fact of the meeting.
    pub fact: Alias,
    /// The key of the delivery.
    pub delivery: String,
    /// When it was known to have arrived, epoch milliseconds.
    pub at_ms: i64,
}

/// An appointment that LeadSquared made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentMade {
    /// The fact of the wish.
    pub fact: Alias,
    /// The id of the task.
    pub task: String,
}

/// What was read of an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentSeen {
    /// The id of the task.
    pub task: String,
    /// What it says.
    pub seen: TaskSeen,
    /// When it was read, epoch milliseconds.
    pub at_ms: i64,
}

/// A notice that a task changed in LeadSquared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskTold {
    /// The id of the task.
    pub task: String,
    /// Names this notice.
    pub notice: String,
}

/// The alias by which a wish's meeting is found.
pub fn of_wish(keys: &TenantKeys, wish: &Alias) -> Alias {
    keys.alias("agreed", &[&wish.0])
}

/// The alias by which the meeting of the wish named `operation` is found.
#[must_use]
pub fn of_operation(keys: &TenantKeys, operation: &str) -> Alias {
    of_wish(keys, &super::super::schedule::scheduling(keys, operation))
}

/// The alias by which an appointment's meeting is found.
pub fn of_task(keys: &TenantKeys, task: &str) -> Alias {
    keys.alias("appointment_task", &[&task.to_lowercase()])
}

/// What was asked for, beside what Zoom told of the meeting before.
pub fn begin(state: &DefinitionState, wish: &Alias, wanted: &ScheduleMeeting, asked_ms: i64) -> Agreed {
    let plan = Plan {
        topic: clip(&wanted.topic, 200),
        start_ms: wanted.start_ms,
        minutes: wanted.duration_min,
        standing: Standing::Planned,
    };
    let mut agreed = Agreed::new(wish.clone(), wanted.person.clone(), asked_ms, plan);
    agreed.others.clone_from(&wanted.others);
    if state.changed_ms > 0 {
        let part = Part {
            topic: state.gathering.topic.clone(),
            start_ms: state.gathering.start_ms,
            minutes: state.duration_min,
            standing: state.deleted.then_some(Standing::Cancelled),
        };
        agreed.tell(Side::Zoom, &part, state.changed_ms);
    }
    agreed
}

/// What Zoom told of a meeting. Where only occurrences went, the meeting stands.
pub fn told_by_zoom(told: &Definition) -> Part {
    let standing = match told.change {
        Change::Deleted => told.occurrences.is_empty().then_some(Standing::Cancelled),
        Change::Recovered => Some(Standing::Planned),
        Change::Created | Change::Updated => None,
    };
    // What is said of one date of a series is not said of the meeting.
    let whole = told.change != Change::Deleted && told.occurrences.is_empty();
    Part {
        topic: told.run.topic.clone().filter(|_| whole),
        start_ms: told.run.start_ms.filter(|_| whole),
        minutes: told.run.duration_min.filter(|_| whole),
        standing,
    }
}

/// A person wants the meeting otherwise.
pub fn asked(context: &Context<'_>, book: &mut Book, wanted: &ChangePlan, at_ms: i64) -> Translated {
    let alias = of_operation(context.keys, &wanted.of);
    change(context, book, &alias, |agreed| agreed.tell(Side::Asked, &wanted.part, at_ms))
}

/// A task was read.
pub fn seen(context: &Context<'_>, book: &mut Book, told: &AppointmentSeen) -> Translated {
    let at_ms = told.seen.changed_ms.unwrap_or(told.at_ms);
    change(context, book, &of_task(context.keys, &told.task), |agreed| {
        let mut part = told.seen.part.clone();
        // A long topic is cut where we write it: reading it back is no renaming.
        part.topic = part.topic.filter(|topic| *topic != appointment::said_by(&subject(&agreed.plan)).1);
        agreed.tell(Side::LeadSquared, &part, at_ms);
    })
}

/// The subject of the appointment as it is written.
fn subject(plan: &Plan) -> String {
    clip(&appointment::subject(&plan.topic, plan.standing), super::super::tasks::TASK_NAME_CHARS_MAX)
}

/// A write of ours arrived.
pub fn arrived(context: &Context<'_>, book: &mut Book, told: &Arrived) -> Translated {
    change(context, book, &told.fact, |agreed| agreed.arrived(&told.delivery, told.at_ms))
}

fn change(context: &Context<'_>, book: &mut Book, alias: &Alias, with: impl FnOnce(&mut Agreed)) -> Translated {
    let known = book.find(std::slice::from_ref(alias)).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, State::Definition(mut state))) = known else { return Translated::ignored("ignored.not_needed") };
    let Some(agreed) = state.agreed.as_mut() else { return Translated::ignored("ignored.not_needed") };
    with(agreed);
    let planned = follow(context, &id, &mut state);
    Translated::merged(book.put(&[id], State::Definition(state)), planned)
}

/// LeadSquared made the appointment: it is known by its id from now on.
pub fn made(context: &Context<'_>, book: &mut Book, told: &AppointmentMade) -> Translated {
    let known = book.find(&[of_wish(context.keys, &told.fact)]).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, state)) = known else { return Translated::ignored("ignored.not_needed") };
    // Whoever moved it before we knew its id was not heard.
    let planned = read_task(context, &id, &state, &TaskTold { task: told.task.clone(), notice: "made".to_owned() });
    // Only the alias is new.
    let fact = book.put(&[id, of_task(context.keys, &told.task)], state).map(|(id, _)| (id, true));
    Translated::merged(fact, planned.into_iter().collect())
}

/// The appointment is read, where it is one of ours.
fn read_task(context: &Context<'_>, id: &Alias, state: &State, told: &TaskTold) -> Option<Planned> {
    let State::Definition(state) = state else { return None };
    let agreed = state.agreed.as_ref()?;
    let about = About {
        fact: id,
        person: Some(&agreed.person),
        name: None,
        what: format!("Read the appointment · {}", topic(&state.gathering)),
    };
    let key = context.keys.alias("delivery", &["read_task", &told.task, &told.notice]).0;
    Some(about.plan(context, key, Crm::ReadTask(TaskRead { task: told.task.clone() })))
}

/// LeadSquared says that a task changed: it is read, where it is one of ours.
pub fn noticed(context: &Context<'_>, book: &mut Book, told: &TaskTold) -> Translated {
    let known = book.find(&[of_task(context.keys, &told.task)]).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, state)) = known else { return Translated::ignored("ignored.not_needed") };
    let Some(planned) = read_task(context, &id, &state, told) else { return Translated::ignored("ignored.not_needed") };
    Translated::merged(Some((id, true)), vec![planned])
}

/// Writes what a side does not say yet, and corrects the activity.
pub fn follow(context: &Context<'_>, id: &Alias, state: &mut DefinitionState) -> Vec<Planned> {
    let gathering = state.gathering.clone();
    let link = state.join_url.clone();
    let Some(agreed) = state.agreed.as_mut() else { return Vec::new() };
    let key =
        |kind: &'static str| move |number: u32| context.keys.alias("delivery", &[kind, &id.0, &number.to_string()]).0;
    let mut planned = Vec::new();
    loop {
        let after = agreed.on_its_way_to_zoom().map(str::to_owned);
        let Some((key, part)) = agreed.due_in_zoom(key("change_meeting")) else { break };
        let what = format!("{} Zoom meeting · {}", verb(&part), agreed.plan.topic);
        let command = zoom::command::Command::ChangeMeeting(ChangeMeeting { meeting: gathering.number, part, after });
        planned.push(Planned::in_zoom((key, id), command, (people::words(&agreed.person), what)));
    }
    let due = agreed.due_in_leadsquared(key("change_task"));
    let about = |what: String| About { fact: id, person: Some(&agreed.person), name: None, what };
    let plan = &agreed.plan;
    if let Some((key, part)) = due {
        let of = context.keys.alias("delivery", &["appointment", &agreed.wish.0]).0;
        let named = part.topic.is_some() || part.standing.is_some();
        let moved = part.start_ms.is_some() || part.minutes.is_some();
        let name = named.then(|| subject(plan));
        let span_ms = moved.then(|| (plan.start_ms, plan.start_ms + plan.minutes * MINUTE_MS));
        let what = format!("{} appointment · {}", verb(&part), plan.topic);
        planned.push(about(what).plan(context, key, Crm::ChangeTask(TaskChange { of, name, span_ms })));
    }
    if !planned.is_empty() {
        let mut told = gathering;
        told.topic = Some(plan.topic.clone());
        let number = planned.last().map(|last| last.key.clone()).unwrap_or_default();
        let told = Correct { id, agreed, gathering: &told, link: link.as_deref(), number: &number };
        let leads = std::iter::once(&agreed.person).chain(&agreed.others);
        planned.extend(leads.enumerate().map(|lead| correct(context, &told, lead)));
    }
    planned
}

/// What the activities that told of a meeting are to say.
struct Correct<'a> {
    id: &'a Alias,
    agreed: &'a Agreed,
    gathering: &'a crate::fact::Gathering,
    link: Option<&'a str>,
    /// The key of the change they follow.
    number: &'a str,
}

/// The correction of the activity on one of the leads; keys as in [`told_key`](super::super::schedule::told_key).
fn correct(context: &Context<'_>, told: &Correct<'_>, (place, person): (usize, &Person)) -> Planned {
    let of = super::super::schedule::told_key(context.keys, &told.agreed.wish, (place, person));
    let first = ["meeting_scheduled_now", &told.id.0, told.number];
    let further = ["meeting_scheduled_now", &told.id.0, told.number, &of];
    let parts: &[&str] = if place == 0 { &first } else { &further };
    let key = context.keys.alias("delivery", parts).0;
    let what = format!("Correct: {} · {}", ActivityKind::MeetingScheduled.type_name(), told.agreed.plan.topic);
    let about = About { fact: told.id, person: Some(person), name: None, what };
    let (correction, parked) = correction(context, told, of);
    let mut corrected = about.plan(context, key, Crm::CorrectActivity(correction));
    people::park(&mut corrected, parked);
    corrected
}

fn verb(part: &Part) -> &'static str {
    match (part.standing, &part.topic, part.start_ms.or(part.minutes)) {
        (Some(Standing::Cancelled), _, _) => "Cancel",
        (Some(Standing::Planned), _, _) => "Bring back",
        (None, Some(_), Some(_)) => "Move and rename",
        (None, Some(_), None) => "Rename",
        (None, None, _) => "Move",
    }
}

/// The activity that told of the meeting, as it should read now.
fn correction(context: &Context<'_>, told: &Correct<'_>, of: String) -> (Correction, Option<Start>) {
    let Correct { id: _, agreed, gathering, link, number: _ } = *told;
    let plan = &agreed.plan;
    let (code, parked) = people::activity_code(context, ActivityKind::MeetingScheduled);
    let at = minute(plan.start_ms);
    let note = match plan.standing {
        Standing::Planned => format!(
            "Zoom meeting “{}” is now scheduled for {at} ({} minutes). Join link: {}",
            plan.topic,
            plan.minutes,
            link.unwrap_or("(Zoom gave no link)")
        ),
        Standing::Cancelled => format!("Zoom meeting “{}” of {at} was cancelled.", plan.topic),
    };
    let told = Told { gathering, note, at_ms: agreed.asked_ms, minutes: Some(plan.minutes), source: None };
    let activity = activity(code, context.keys.marker(&of), &told);
    (Correction { of, activity }, parked)
}
