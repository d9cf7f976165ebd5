//! A meeting's run: its start and end on the leads concerned, who was there, and what Zoom is asked for once it is over. Each run has
//! its own uuid, so that one meeting held twice, or a personal room, keeps its runs apart.

use super::super::after::{self, Moment, Reading};
use super::super::fields::{Told, activity, minute, topic};
use super::super::people::{self, About};
use super::super::{Context, Planned, Start, Translated, attendance, gathering};
use super::{concern, definition, present, run_of, run_state, unknown_definition};
use crate::fact::attendance::{Show, UNNAMED_MAX};
use crate::fact::{
    Alias, Book, Person, PresenceState, RUN_PEOPLE_MAX, RUNS_KNOWN_MAX, RegistrationState, RunState, State,
};
use crate::ids::Kind;
use crate::leadsquared::command::{Command as Crm, Correction};
use crate::settings::ActivityKind;
use crate::zoom::after::List;
use crate::zoom::event::Run;
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;

/// A meeting's run began or ended.
pub fn told(context: &Context<'_>, book: &mut Book, account: &str, run: &Run, moment: Moment) -> Translated {
    let before = known(context, book, account, &run.uuid);
    let mut state = run_state(context, book, account, run);
    let planned = book.find(&[definition(context.keys, account, run.number.0)]);
    state.gathering.fill(&gathering(account, run, planned));
    let signed_in = |id: &String| context.settings.settings.learned.zoom_users.get(id).cloned();
    let host = || run.host_id.as_ref().and_then(|id| signed_in(&id.0));
    state.gathering.host = state.gathering.host.take().or_else(host);
    // Told twice with different times, as where people came before the host, it is the same in any order.
    state.started_ms = earlier(state.started_ms, run.start_ms);
    match moment {
        Moment::Started | Moment::PracticeEnded(_) => {}
        Moment::Ended(at_ms) => state.ended_ms = state.ended_ms.max(run.end_ms.or(Some(at_ms))),
    }
    match store(context, book, (before.as_ref(), &state)) {
        Some((fact, planned)) => Translated::merged(Some(fact), planned),
        None => Translated::ignored("ignored.not_needed"),
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

fn known(context: &Context<'_>, book: &Book, account: &str, uuid: &str) -> Option<RunState> {
    match book.find(&[run_of(context.keys, account, Kind::Meeting, uuid)]).map(|fact| &fact.state) {
        Some(State::Run(known)) => Some(known.clone()),
        _ => None,
    }
}

/// Stores a run that was `before`, writes what it is now into all its attendances, and plans what follows.
pub fn store(
    context: &Context<'_>,
    book: &mut Book,
    (before, state): (Option<&RunState>, &RunState),
) -> Option<((Alias, bool), Vec<Planned>)> {
    let account = state.gathering.account.as_str();
    let alias = run_of(context.keys, account, Kind::Meeting, &state.uuid);
    let fact = book.put(std::slice::from_ref(&alias), State::Run(state.clone()))?;
    remember_run(context, book, account, state);
    let mut planned = plan_run(context, book, &fact.0, (before, state));
    let seen = attendance::seen(&alias, Some(state));
    for id in book.parts(&alias) {
        let Some(State::Attendance(known)) = book.get(&id).map(|fact| fact.state.clone()) else { continue };
        planned.extend(attendance::change(context, book, (id, known), |attendance| {
            attendance.run = seen.clone();
            attendance.gathering.fill(&state.gathering);
        }));
    }
    planned.extend(plan_read(context, book, &fact.0, state));
    Some((fact, planned))
}

/// Notes a run with its meeting, which may turn out later to be one that was scheduled from LeadSquared.
fn remember_run(context: &Context<'_>, book: &mut Book, account: &str, state: &RunState) {
    let alias = definition(context.keys, account, state.gathering.number.0);
    let mut definition = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Definition(known)) => known.clone(),
        _ => unknown_definition(&state.gathering),
    };
    if definition.runs.contains(&state.uuid) {
        return;
    }
    if definition.runs.len() >= RUNS_KNOWN_MAX {
        definition.runs.remove(0);
    }
    definition.runs.push(state.uuid.clone());
    book.put(&[alias], State::Definition(definition));
}

/// Somebody came to a meeting.
pub fn came(
    context: &Context<'_>,
    book: &mut Book,
    (id, presence): (&Alias, &PresenceState),
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    let account = presence.gathering.account.as_str();
    let alias = run_of(context.keys, account, Kind::Meeting, &presence.uuid);
    let mut state = known(context, book, account, &presence.uuid).unwrap_or_else(|| RunState {
        gathering: presence.gathering.clone(),
        uuid: presence.uuid.clone(),
        started_ms: None,
        ended_ms: None,
        people: BTreeSet::new(),
        show: Show::default(),
    });
    for (_, twin) in book.absorbed().iter().filter(|(survivor, _)| survivor == id) {
        state.show.unnamed.remove(twin);
    }
    match &presence.email {
        Some(email) => {
            state.show.unnamed.remove(id);
            if state.people.len() < RUN_PEOPLE_MAX {
                state.people.insert(email.clone());
            }
        }
        None if presence.review.nobody => drop(state.show.unnamed.remove(id)),
        None if state.show.unnamed.len() < UNNAMED_MAX => drop(state.show.unnamed.insert(id.clone())),
        None => {}
    }
    let Some((run, _)) = book.put(&[alias], State::Run(state.clone())) else { return Vec::new() };
    remember_run(context, book, account, &state);
    let mut planned: Vec<Planned> = plan_read(context, book, &run, &state).into_iter().collect();
    let Some(email) = &presence.email else { return planned };
    let person = Person::Email(email.clone());
    let scheduled = concern::scheduled_for(context.keys, book, &state.gathering);
    // Whoever it was scheduled for was told of start and end with these.
    if scheduled.is_empty() && concern::belongs(context, book, &state.gathering, email).concerned {
        planned.extend(plan_person(context, &run, (None, &state), &person));
    }
    let is_colleague = scheduled.is_empty() && concern::is_colleague(context, &state.gathering, email);
    if !is_colleague {
        planned.extend(attendance::attend(context, book, (id, presence), registration));
    }
    if let Some(join_ms) = presence.join_ms {
        let this = (&state.gathering, presence.uuid.as_str());
        planned.extend(present::mend_others(context, book, this, (email, join_ms)));
    }
    planned
}

/// What follows from a run of a meeting that proves to have been scheduled from LeadSquared.
pub fn plan_late(context: &Context<'_>, book: &Book, fact: &Alias, state: &RunState) -> Vec<Planned> {
    let mut planned = plan_run(context, book, fact, (None, state));
    planned.extend(plan_read(context, book, fact, state));
    planned
}

/// Start and end of a meeting's run: on the leads it was scheduled for from LeadSquared; where nobody scheduled it there,
/// on leads that were invited in Zoom or came. Who only came is looked up and never made a lead. Webinars show who came by activities of their own.
fn plan_run(
    context: &Context<'_>,
    book: &Book,
    fact: &Alias,
    (before, state): (Option<&RunState>, &RunState),
) -> Vec<Planned> {
    let people = concern::on_leads_of(context, book, state);
    people.iter().flat_map(|person| plan_person(context, fact, (before, state), person)).collect()
}

fn plan_person(
    context: &Context<'_>,
    fact: &Alias,
    runs: (Option<&RunState>, &RunState),
    person: &Person,
) -> Vec<Planned> {
    let find = About { fact, person: Some(person), name: None, what: "Look the lead up".to_owned() };
    let mut planned: Vec<Planned> = people::lead_of(context, &find, false, &[&runs.1.uuid]).into_iter().collect();
    planned.extend(plan_moments(context, fact, runs, person));
    planned
}

/// What is told of a run's start or end: the type, the verb, when (epoch milliseconds), minutes.
type MomentTold = (ActivityKind, &'static str, Option<i64>, Option<i64>);

fn moments(state: &RunState) -> [MomentTold; 2] {
    let minutes = state.started_ms.zip(state.ended_ms).map(|(start, end)| ((end - start) / MINUTE_MS).max(0));
    [
        (ActivityKind::MeetingStarted, "started", state.started_ms, None),
        (ActivityKind::MeetingEnded, "ended", state.ended_ms, minutes),
    ]
}

/// Start and end, and what they are corrected to where they prove to have been told otherwise.
fn plan_moments(
    context: &Context<'_>,
    fact: &Alias,
    (before, state): (Option<&RunState>, &RunState),
    person: &Person,
) -> Vec<Planned> {
    let person_key = people::person_key(context.keys, person);
    let told_before = before.map(moments);
    let mut planned = Vec::new();
    for (place, (kind, verb, at_ms, minutes)) in moments(state).into_iter().enumerate() {
        let Some(at_ms) = at_ms else { continue };
        let (code, parked) = people::activity_code(context, kind);
        let key = context.keys.alias("delivery", &["meeting", verb, &fact.0, &person_key.0]).0;
        let length = minutes.map(|minutes| format!(" after {minutes} minutes")).unwrap_or_default();
        let note = format!("The Zoom meeting “{}” {verb} at {}{length}.", topic(&state.gathering), minute(at_ms));
        let told = Told { gathering: &state.gathering, note, at_ms, minutes, source: None };
        let post = activity(code, context.keys.marker(&key), &told);
        let what = format!("{} · {}", kind.type_name(), topic(&state.gathering));
        let about = |what: String| About { fact, person: Some(person), name: None, what };
        let mut delivery = about(what.clone()).plan(context, key.clone(), Crm::PostActivity(post.clone()));
        people::park(&mut delivery, parked);
        planned.push(delivery);
        let then = told_before.as_ref().and_then(|told| told.get(place)).filter(|(_, _, then, _)| then.is_some());
        if then.is_some_and(|(_, _, then_ms, then_min)| (*then_ms, *then_min) != (Some(at_ms), minutes)) {
            let words = [at_ms.to_string(), minutes.map(|minutes| minutes.to_string()).unwrap_or_default()];
            let of_this = ["meeting_corrected", verb, &fact.0, &person_key.0, &words[0], &words[1]];
            let correction = Crm::CorrectActivity(Correction { of: key, activity: post });
            let key = context.keys.alias("delivery", &of_this).0;
            let mut delivery = about(format!("Correct: {what}")).plan(context, key, correction);
            people::park(&mut delivery, parked);
            planned.push(delivery);
        }
    }
    planned
}

/// Who was there is read some time after the end, as of webinars. A run that went on after it was read is read once more.
fn plan_read(context: &Context<'_>, book: &Book, fact: &Alias, state: &RunState) -> Option<Planned> {
    let rule = &context.settings.settings.attendance;
    if !rule.read_after_end || !concern::may_be(context, book, state) {
        return None;
    }
    let duration_min = concern::planned(context.keys, book, &state.gathering).and_then(|known| known.duration_min);
    let at_ms = state.ended_ms.or_else(|| after::lost_end_ms(state, duration_min))?;
    let read_to_ms = state.show.read_to_ms.filter(|_| state.show.closed);
    if read_to_ms.is_some_and(|read_to_ms| at_ms <= read_to_ms) {
        return None;
    }
    let again = read_to_ms.map(|_| at_ms.to_string());
    let reading = Reading { what: "who was there", lists: &List::AFTER_MEETING, closes: true, again };
    Some(after::read_of(context, fact, state, (reading, Start::NotBefore(at_ms + rule.grace_min * MINUTE_MS))))
}
