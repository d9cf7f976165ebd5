//! Scheduling from LeadSquared: the wish, the Zoom meeting made of it, the activity and the appointment that tell of it.

use super::fields::{Told, activity, minute, topic};
use super::meeting::run::plan_late;
use super::meeting::{concern, definition, present, remember_concerned, run_of};
use super::people::{self, About};
use super::{Context, Planned, Translated};
use crate::fact::scheduling::{CreatedMeeting, ScheduleMeeting, SchedulingState};
use crate::fact::{Alias, Book, Gathering, Person, State, TenantKeys};
use crate::ids::Kind;
use crate::leadsquared::command::{Command as Crm, Task};
use crate::redact::clip;
use crate::settings::ActivityKind;
use crate::zoom;

const MINUTE_MS: i64 = 60_000;
/// Minutes before an appointment at which LeadSquared reminds its owner.
const APPOINTMENT_REMINDER_MIN: i64 = 15;

/// In place of a link.
pub const NO_LINK: &str = "(Zoom gave no link)";

/// Alias of a wish.
pub fn scheduling(keys: &TenantKeys, operation: &str) -> Alias {
    keys.alias("scheduling", &[operation])
}

/// A sales user wants a meeting: it goes to Zoom first.
pub fn schedule(context: &Context<'_>, book: &mut Book, wanted: &ScheduleMeeting, asked_ms: i64) -> Translated {
    let alias = scheduling(context.keys, &wanted.operation);
    let state = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Scheduling(known)) => known.clone(),
        _ => SchedulingState { wanted: wanted.clone(), asked_ms, created: None, refused: None },
    };
    let wanted = state.wanted.clone();
    let Some((fact, changed)) = book.put(&[alias], State::Scheduling(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    Translated::merged(Some((fact.clone(), changed)), vec![create(context, &fact, &wanted)])
}

/// The delivery that creates the meeting of a wish.
pub fn create(context: &Context<'_>, fact: &Alias, wanted: &ScheduleMeeting) -> Planned {
    let key = create_key(context.keys, &wanted.operation);
    let meeting = zoom::command::NewMeeting {
        host: wanted.host.clone(),
        topic: clip(&wanted.topic, 200),
        start_ms: wanted.start_ms,
        duration_min: wanted.duration_min,
        timezone: wanted.timezone.clone(),
        agenda: clip(&wanted.agenda, 1_900),
        marker: context.keys.marker(&key),
        invitees: invitees(wanted),
        options: wanted.options.clone(),
        appointment: wanted.appointment.clone(),
    };
    let what = format!("Create Zoom meeting · {}", meeting.topic);
    let who = wanted.leads().map(people::words).collect::<Vec<_>>().join(", ");
    let command = zoom::command::Command::CreateMeeting(meeting);
    Planned::in_zoom((key, fact), command, (who, what))
}

/// The addresses that Zoom notes as invited: leads that are known by theirs, and guests.
fn invitees(wanted: &ScheduleMeeting) -> Vec<String> {
    let of_lead = |person: &Person| match person {
        Person::Email(email) => Some(email.as_str().to_owned()),
        Person::Lead(_) => None,
    };
    let mut invitees: Vec<String> = wanted.leads().filter_map(of_lead).collect();
    invitees.extend(wanted.guests.iter().map(|email| email.as_str().to_owned()));
    invitees
}

/// The delivery that creates the meeting of a wish; the courier names the wish by it.
#[must_use]
pub fn create_key(keys: &TenantKeys, operation: &str) -> String {
    keys.alias("delivery", &["create_meeting", operation]).0
}

/// Zoom made the meeting: the lead gets an activity with the link, the sales user an appointment (row S9).
pub fn created(context: &Context<'_>, book: &mut Book, wish: &Alias, created: &CreatedMeeting) -> Translated {
    let alias = wish.clone();
    let Some(State::Scheduling(mut state)) = book.find(std::slice::from_ref(&alias)).map(|fact| fact.state.clone())
    else {
        return Translated::ignored("ignored.not_needed");
    };
    state.created = Some(created.clone());
    let wanted = state.wanted.clone();
    let fact = book.put(&[alias], State::Scheduling(state.clone()));
    let gathering = Gathering {
        kind: Kind::Meeting,
        account: created.account.clone(),
        number: created.number,
        topic: Some(wanted.topic.clone()),
        start_ms: Some(wanted.start_ms),
        minutes: Some(wanted.duration_min),
        host: None,
    };
    let (runs, changed) = remember_concerned(context, book, &gathering, (wish, &state), created);
    let mut planned = match &fact {
        Some((id, _)) => plan_created(context, id, &gathering, &state),
        None => Vec::new(),
    };
    planned.extend(changed);
    let meeting = definition(context.keys, &created.account, created.number.0);
    planned.extend(wanted.leads().filter_map(|person| match person {
        Person::Email(_) => None,
        Person::Lead(lead) => Some(concern::plan_address(context, &meeting, lead)),
    }));
    // It may have been held before we heard that it was made.
    for uuid in runs {
        let known = book.find(&[run_of(context.keys, &created.account, Kind::Meeting, &uuid)]);
        let Some((id, State::Run(run))) = known.map(|fact| (fact.id.clone(), fact.state.clone())) else { continue };
        planned.extend(plan_late(context, book, &id, &run));
        planned.extend(present::show_on(context, book, &gathering, &uuid));
    }
    Translated::merged(fact, planned)
}

fn plan_created(context: &Context<'_>, fact: &Alias, gathering: &Gathering, state: &SchedulingState) -> Vec<Planned> {
    let wanted = &state.wanted;
    let link = state.created.as_ref().and_then(|created| created.join_url.as_deref()).unwrap_or(NO_LINK);
    let mut planned: Vec<Planned> = wanted
        .leads()
        .enumerate()
        .flat_map(|(place, person)| plan_lead(context, (fact, gathering, state), (place, person), link))
        .collect();
    let what = format!("Appointment · {}", topic(gathering));
    let about = About { fact, person: Some(&wanted.person), name: None, what };
    match &wanted.appointment {
        None => planned.push(appointment(context, &about, wanted, link)),
        Some(task) => planned.extend(super::appointed::link(context, &about, (wanted, task), link)),
    }
    planned
}

/// The delivery that tells a lead of a meeting, by the fact of the wish and the lead's place among those it is for. The first lead's
/// is as it was when a meeting had one.
pub fn told_key(keys: &TenantKeys, wish: &Alias, (place, person): (usize, &Person)) -> String {
    let person_key = people::person_key(keys, person);
    let first = ["meeting_scheduled", wish.0.as_str()];
    let further = ["meeting_scheduled", wish.0.as_str(), person_key.0.as_str()];
    let parts: &[&str] = if place == 0 { &first } else { &further };
    keys.alias("delivery", parts).0
}

/// A lead that the meeting is for, and the activity on it.
fn plan_lead(
    context: &Context<'_>,
    (fact, gathering, state): (&Alias, &Gathering, &SchedulingState),
    (place, person): (usize, &Person),
    link: &str,
) -> Vec<Planned> {
    let wanted = &state.wanted;
    let about = |what: String| About { fact, person: Some(person), name: None, what };
    let mut planned = Vec::new();
    // Whoever a meeting is scheduled for is wanted in the CRM: the lead is made if it is not there.
    planned.extend(people::lead_of(context, &about("Lead of a scheduled meeting".to_owned()), true, &[&fact.0]));
    let (code, parked) = people::activity_code(context, ActivityKind::MeetingScheduled);
    let key = told_key(context.keys, fact, (place, person));
    let series = wanted.options.repeat.map(|repeat| format!(", {}", repeat.words())).unwrap_or_default();
    let note = format!(
        "Zoom meeting “{}” scheduled for {} ({} minutes{series}). Join link: {link}",
        topic(gathering),
        minute(wanted.start_ms),
        wanted.duration_min
    );
    let told = Told { gathering, note, at_ms: state.asked_ms, minutes: Some(wanted.duration_min), source: None };
    let post = activity(code, context.keys.marker(&key), &told);
    let what = format!("{} · {}", ActivityKind::MeetingScheduled.type_name(), topic(gathering));
    let mut scheduled = about(what).plan(context, key, Crm::PostActivity(post));
    people::park(&mut scheduled, parked);
    planned.push(scheduled);
    planned
}

/// What an appointment says beside link and marker.
pub fn text_of(wanted: &ScheduleMeeting) -> String {
    let series = wanted.options.repeat.map(|repeat| format!("A series: {}.\n", repeat.words())).unwrap_or_default();
    format!("{series}{}", wanted.agenda)
}

/// The text of an appointment of ours.
pub fn with_marker(link: &str, text: &str, marker: &str) -> String {
    format!("Join: {link}\n{text}\nRef: {marker}")
}

/// One appointment, also of a series: it stands at the first meeting and names the others. Fifty appointments would bury the
/// sales user's day, and a series that is moved in Zoom would leave most of them wrong.
fn appointment(context: &Context<'_>, about: &About<'_>, wanted: &ScheduleMeeting, link: &str) -> Planned {
    let key = context.keys.alias("delivery", &["appointment", &about.fact.0]).0;
    let marker = context.keys.marker(&key);
    let task = Task {
        name: clip(&format!("Zoom: {}", wanted.topic), super::tasks::TASK_NAME_CHARS_MAX),
        description: with_marker(link, &text_of(wanted), &marker),
        due_ms: wanted.start_ms,
        end_ms: wanted.start_ms + wanted.duration_min * MINUTE_MS,
        task_type: context.settings.settings.appointment_type.clone(),
        owner_email: wanted.owner_email.clone(),
        location: Some(link.to_owned()),
        reminder_min: Some(APPOINTMENT_REMINDER_MIN),
        marker,
        undecided: None,
    };
    about.plan(context, key, Crm::CreateTask(task))
}
