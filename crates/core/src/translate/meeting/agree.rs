//! A meeting with an appointment after it was scheduled: moved, renamed, cancelled or brought back in Zoom, in LeadSquared or from
//! the console. What was told is weighed in [`Agreed`], and whatever a side does not say yet is written to it
//! (docs/decisions/0007-agreed-plan.md).

use super::super::fields::{Told, activity, minute, topic};
use super::super::people::{self, About};
use super::super::{Context, Planned, Start, Translated};
use crate::fact::agreed::dates::{DateTold, Differs, Usual};
use crate::fact::agreed::{Agreed, End, Part, Plan, Side, Standing, Status};
use crate::fact::scheduling::ScheduleMeeting;
use crate::fact::{Alias, Book, DefinitionState, Person, State, TenantKeys};
use crate::ids::{Kind, MeetingNumber};
use crate::leadsquared::appointment::{self, MadeBy, Progress, TaskChange, TaskRead, TaskSeen};
use crate::leadsquared::command::{Command as Crm, Correction};
use crate::redact::clip;
use crate::settings::ActivityKind;
use crate::zoom;
use crate::zoom::change::{ChangeMeeting, Fate};
use crate::zoom::command::LookAtMeeting;
use crate::zoom::event::{Change, Definition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// The one date of a series that it is about, by Zoom's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<String>,
}

/// A cancelled meeting that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// The fact of the meeting.
    pub fact: Alias,
    /// What became of it.
    pub fate: Fate,
    /// When it was cancelled, epoch milliseconds.
    pub cancelled_ms: i64,
    /// When it was looked at, epoch milliseconds.
    pub at_ms: i64,
}

/// Zoom keeps a deleted meeting so long, in milliseconds; until then it can be brought back.
const KEPT_IN_ZOOM_MS: i64 = 30 * 24 * 60 * MINUTE_MS;

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
    /// How it was heard of.
    #[serde(default)]
    pub heard: Heard,
}

/// How a change of a task was heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// LeadSquared told of it.
    #[default]
    Notice,
    /// It was looked for.
    Look,
    /// Not at all: it may have changed while nobody listened.
    Nowhere,
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
    agreed.host = Some(wanted.host.clone());
    agreed.task.clone_from(&wanted.appointment);
    agreed.text = Some(super::super::schedule::text_of(wanted));
    for (part, at_ms) in &state.early.parts {
        agreed.tell(Side::Zoom, part, *at_ms);
    }
    agreed.dates.clone_from(&state.early.dates);
    if let Some((end, at_ms)) = state.early.end {
        agreed.ended(end, at_ms);
    }
    agreed
}

/// Takes in what Zoom told of a meeting.
pub fn hear(state: &mut DefinitionState, told: &Definition, at_ms: i64) {
    let DefinitionState { agreed, early, occurrences, duration_min, .. } = state;
    let (dates, minutes) = match agreed.as_mut() {
        Some(agreed) => {
            agreed.tell(Side::Zoom, &told_by_zoom(told), at_ms);
            if let Some(end) = told.end {
                agreed.ended(end, at_ms);
            }
            (&mut agreed.dates, agreed.plan.minutes)
        }
        None => {
            if told.run.kind == Kind::Meeting {
                early.tell(told_by_zoom(told), at_ms);
            }
            let end = told.end.map(|end| (end, at_ms));
            early.end = early.end.into_iter().chain(end).max_by_key(|(end, at_ms)| (*at_ms, *end));
            (&mut early.dates, duration_min.unwrap_or(0))
        }
    };
    if told.change == Change::Updated && !told.series.is_empty() {
        dates.laid_out(at_ms);
    }
    for date in &told.dates {
        dates.tell(Side::Zoom, date, Usual { starts: occurrences, minutes }, at_ms);
    }
}

/// What Zoom told of a meeting. Where only occurrences went, the meeting stands.
pub fn told_by_zoom(told: &Definition) -> Part {
    let standing = match told.change {
        Change::Deleted => told.occurrences.is_empty().then_some(Standing::Cancelled),
        Change::Recovered => Some(Standing::Planned),
        Change::Created | Change::Updated => None,
    };
    // What is said of one date of a series is not said of the meeting; and that it was made as it was asked for is no change.
    let whole = matches!(told.change, Change::Updated | Change::Recovered) && told.occurrences.is_empty();
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
    let Some(id) = &wanted.occurrence else {
        return change(context, book, &alias, |agreed, _| agreed.tell(Side::Asked, &wanted.part, at_ms));
    };
    let date = DateTold { before: id.clone(), id: id.clone(), part: wanted.part.clone() };
    change(context, book, &alias, |agreed, starts| {
        if starts.contains_key(id) || agreed.dates.knows(id) {
            let usual = Usual { starts, minutes: agreed.plan.minutes };
            agreed.dates.tell(Side::Asked, &date, usual, at_ms);
        }
    })
}

/// A meeting that was cancelled was looked at when Zoom had to forget it.
pub fn looked_at(context: &Context<'_>, book: &mut Book, told: &LookedAt) -> Translated {
    change(context, book, &told.fact, |agreed, _| match told.fate {
        Fate::Back => {
            let back = Part { standing: Some(Standing::Planned), ..Part::default() };
            agreed.tell(Side::Zoom, &back, told.at_ms);
        }
        // Brought back since, and cancelled once more, it is looked at again.
        Fate::Gone if agreed.cancelled_ms() == Some(told.cancelled_ms) => {
            agreed.ended(End::Gone, told.cancelled_ms + KEPT_IN_ZOOM_MS);
        }
        Fate::Gone => {}
    })
}

/// A task was read.
pub fn seen(context: &Context<'_>, book: &mut Book, told: &AppointmentSeen) -> Translated {
    let at_ms = told.seen.changed_ms.unwrap_or(told.at_ms);
    let alias = of_task(context.keys, &told.task);
    if !book.knows_alias(&alias) {
        return super::super::appointed::seen(context, book, told);
    }
    change(context, book, &alias, |agreed, _| {
        let mut part = told.seen.part.clone();
        // A long topic is cut where we write it: reading it back is no renaming.
        part.topic = part.topic.filter(|topic| *topic != appointment::said_by(&subject(agreed)).1);
        if let Some(about) = &told.seen.about {
            part.standing = standing_by_status(part.standing, (agreed.status, status_of(about.progress)));
            agreed.status = status_of(about.progress);
        }
        agreed.tell(Side::LeadSquared, &part, at_ms);
    })
}

fn status_of(progress: Progress) -> Status {
    match progress {
        Progress::Cancelled => Status::Cancelled,
        Progress::Open | Progress::Completed => Status::Open,
    }
}

/// What a task says of being held. Its status cancels the meeting when it becomes so. No call takes that status back, so once
/// it is known, it says nothing any more: it would cancel again whatever was brought back elsewhere. And a subject without
/// the word is no sign then that somebody wants the meeting.
fn standing_by_status(by_subject: Option<Standing>, (before, now): (Status, Status)) -> Option<Standing> {
    match (before, now) {
        (Status::Open, Status::Cancelled) => Some(Standing::Cancelled),
        (Status::Cancelled, Status::Cancelled) => by_subject.filter(|standing| *standing == Standing::Cancelled),
        (Status::Open | Status::Cancelled, Status::Open) => by_subject,
    }
}

/// The subject of the appointment as it is written.
fn subject(agreed: &Agreed) -> String {
    let by = if agreed.task.is_some() { MadeBy::Person } else { MadeBy::Us };
    let subject = appointment::subject(&agreed.plan.topic, (agreed.plan.standing, agreed.end()), by);
    clip(&subject, super::super::tasks::TASK_NAME_CHARS_MAX)
}

/// A write of ours arrived.
pub fn arrived(context: &Context<'_>, book: &mut Book, told: &Arrived) -> Translated {
    change(context, book, &told.fact, |agreed, _| agreed.arrived(&told.delivery, told.at_ms))
}

fn change(
    context: &Context<'_>,
    book: &mut Book,
    alias: &Alias,
    with: impl FnOnce(&mut Agreed, &BTreeMap<String, i64>),
) -> Translated {
    let known = book.find(std::slice::from_ref(alias)).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, State::Definition(mut state))) = known else { return Translated::ignored("ignored.not_needed") };
    let Some(agreed) = state.agreed.as_mut() else { return Translated::ignored("ignored.not_needed") };
    with(agreed, &state.occurrences);
    let planned = follow(context, &id, &mut state);
    Translated::merged(book.put(&[id], State::Definition(state)), planned)
}

/// LeadSquared made the appointment: it is known by its id from now on.
pub fn made(context: &Context<'_>, book: &mut Book, told: &AppointmentMade) -> Translated {
    let known = book.find(&[of_wish(context.keys, &told.fact)]).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, state)) = known else { return Translated::ignored("ignored.not_needed") };
    // Whoever moved it before we knew its id was not heard.
    let planned = read_task(context, &id, &state, &unheard(&told.task));
    // Only the alias is new.
    let fact = book.put(&[id, of_task(context.keys, &told.task)], state).map(|(id, _)| (id, true));
    Translated::merged(fact, planned.into_iter().collect())
}

/// A task that may have changed before we knew its id.
fn unheard(task: &str) -> TaskTold {
    TaskTold { task: task.to_owned(), notice: "made".to_owned(), heard: Heard::Nowhere }
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
    Some(about.plan(context, key, Crm::ReadTask(TaskRead { task: told.task.clone(), heard: told.heard })))
}

/// LeadSquared says that a task changed: it is read, where it is one of ours.
pub fn noticed(context: &Context<'_>, book: &mut Book, told: &TaskTold) -> Translated {
    let known = book.find(&[of_task(context.keys, &told.task)]).map(|fact| (fact.id.clone(), fact.state.clone()));
    let Some((id, state)) = known else { return super::super::appointed::noticed(context, told) };
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
    let number = gathering.number;
    let mut planned = in_zoom(agreed, (id, number), key("change_meeting"));
    let due = agreed.due_in_leadsquared(key("change_task"));
    let lines = lines(agreed);
    let text = (lines != agreed.said).then(|| text(context, agreed, (link.as_deref(), &lines))).flatten();
    let said_anew = lines != agreed.said;
    agreed.said = lines;
    let (key, part) = match (due, &text) {
        (Some(due), _) => due,
        (None, Some(_)) => (agreed.further_write(key("change_task")), Part::default()),
        (None, None) => (String::new(), Part::default()),
    };
    let about = |what: String| About { fact: id, person: Some(&agreed.person), name: None, what };
    let plan = &agreed.plan;
    if !key.is_empty() {
        let of = context.keys.alias("delivery", &["appointment", &agreed.wish.0]).0;
        let named = part.topic.is_some() || part.standing.is_some();
        let moved = part.start_ms.is_some() || part.minutes.is_some();
        let name = named.then(|| subject(agreed));
        let span_ms = moved.then(|| (plan.start_ms, plan.start_ms + plan.minutes * MINUTE_MS));
        let what = format!("{} appointment · {}", verb(&part), plan.topic);
        let change = TaskChange { of, task: agreed.task.clone(), name, span_ms, text, location: None };
        planned.push(about(what).plan(context, key, Crm::ChangeTask(change)));
    }
    if !planned.is_empty() || said_anew {
        let mut told = gathering;
        told.topic = Some(plan.topic.clone());
        let change = planned.last().map_or_else(|| agreed.said.clone(), |last| last.key.clone());
        let told = Correct { id, agreed, gathering: &told, link: link.as_deref(), number: &change };
        let leads = std::iter::once(&agreed.person).chain(&agreed.others);
        planned.extend(leads.enumerate().map(|lead| correct(context, &told, lead)));
    }
    planned.extend(look(context, id, (agreed, number)));
    planned
}

/// What is to be written to Zoom: the meeting, then single dates of a series.
fn in_zoom(agreed: &mut Agreed, (id, meeting): (&Alias, MeetingNumber), key: impl Fn(u32) -> String) -> Vec<Planned> {
    let mut planned = Vec::new();
    loop {
        let after = agreed.on_its_way_to_zoom().map(str::to_owned);
        let whole = agreed.due_in_zoom(&key).map(|(key, part)| (None, key, part));
        let due = whole.or_else(|| agreed.due_of_dates(&key).map(|(date, key, part)| (Some(date), key, part)));
        let Some((occurrence, key, part)) = due else { return planned };
        let one = if occurrence.is_some() { "one date of " } else { "" };
        let what = format!("{} {one}Zoom meeting · {}", verb(&part), agreed.plan.topic);
        let host = agreed.host.clone();
        let change = ChangeMeeting { meeting, part, after, host, occurrence };
        let command = zoom::command::Command::ChangeMeeting(change);
        planned.push(Planned::in_zoom((key, id), command, (people::words(&agreed.person), what)));
    }
}

/// A cancelled meeting is looked at when Zoom will have forgotten it.
fn look(context: &Context<'_>, id: &Alias, (agreed, meeting): (&Agreed, MeetingNumber)) -> Option<Planned> {
    let cancelled_ms = agreed.cancelled_ms()?;
    let key = context.keys.alias("delivery", &["gone_for_good", &id.0, &cancelled_ms.to_string()]).0;
    let command = zoom::command::Command::LookAtMeeting(LookAtMeeting { meeting, cancelled_ms });
    let what = format!("See whether it is gone for good · {}", agreed.plan.topic);
    let look = Planned::in_zoom((key, id), command, (people::words(&agreed.person), what));
    Some(Planned { start: Start::NotBefore(cancelled_ms + KEPT_IN_ZOOM_MS), ..look })
}

/// What appointment and activity say of single dates and of the end, a line each.
fn lines(agreed: &Agreed) -> String {
    let date = |one: Differs| match one.standing {
        Standing::Cancelled => format!("{} is cancelled", minute(one.planned_ms)),
        Standing::Planned => {
            let (planned, start) = (minute(one.planned_ms), minute(one.start_ms));
            format!("{planned} was moved to {start} ({} minutes)", one.minutes)
        }
    };
    let end = match agreed.end() {
        None => None,
        Some(End::Gone) => Some("It is gone for good: Zoom keeps a deleted meeting for 30 days.".to_owned()),
        Some(End::Webinar) => Some("It was turned into a webinar in Zoom, and is no meeting any more.".to_owned()),
    };
    agreed.dates.differing(agreed.plan.minutes).into_iter().map(date).chain(end).collect::<Vec<_>>().join("\n")
}

/// The text of the appointment with those lines; none where an older version made it, and did not keep what it says.
fn text(context: &Context<'_>, agreed: &Agreed, (link, lines): (Option<&str>, &str)) -> Option<String> {
    let text = agreed.text.as_deref()?;
    let link = link.unwrap_or(super::super::schedule::NO_LINK);
    let lines = if lines.is_empty() { String::new() } else { format!("{lines}\n") };
    Some(match &agreed.task {
        Some(_) => super::super::appointed::with_link(link, &format!("{lines}{text}")),
        None => {
            let marker = context.keys.marker(&context.keys.alias("delivery", &["appointment", &agreed.wish.0]).0);
            super::super::schedule::with_marker(link, &format!("{lines}{text}"), &marker)
        }
    })
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
        (None, None, Some(_)) => "Move",
        (None, None, None) => "Bring up to date",
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
        Standing::Cancelled => match agreed.end() {
            None | Some(End::Gone) => format!("Zoom meeting “{}” of {at} was cancelled.", plan.topic),
            Some(End::Webinar) => format!("Zoom meeting “{}” of {at} will not be held.", plan.topic),
        },
    };
    let note = if agreed.said.is_empty() { note } else { format!("{note}\n{}", agreed.said) };
    let told = Told { gathering, note, at_ms: agreed.asked_ms, minutes: Some(plan.minutes), source: None };
    let activity = activity(code, context.keys.marker(&of), &told);
    (Correction { of, activity }, parked)
}
