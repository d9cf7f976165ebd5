//! Meetings: what is planned in Zoom, and a run's start and end on the leads concerned. `agree` keeps a meeting and its
//! appointment alike.

pub mod agree;

use super::fields::{Told, activity, minute, topic};
use super::people::{self, About};
use super::{Context, Planned, Translated, gathering};
use crate::fact::agreed::dates::Early;
use crate::fact::attendance::Show;
use crate::fact::scheduling::{CreatedMeeting, SchedulingState};
use crate::fact::{
    Alias, Book, DefinitionState, Gathering, Person, PresenceState, RUN_PEOPLE_MAX, RUNS_KNOWN_MAX, RunState, State,
    TenantKeys,
};
use crate::ids::{Email, Kind};
use crate::leadsquared::command::Command as Crm;
use crate::settings::ActivityKind;
use crate::settings::meetings::Concerned;
use crate::zoom::event::{Change, Definition, Run};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;

/// Alias of a planned meeting or webinar.
pub fn definition(keys: &TenantKeys, account: &str, number: u64) -> Alias {
    keys.alias("definition", &[account, &number.to_string()])
}

/// Alias of a run.
pub fn run_alias(keys: &TenantKeys, account: &str, run: &Run) -> Alias {
    run_of(keys, account, run.kind, &run.uuid)
}

/// Alias of the run of that uuid.
pub fn run_of(keys: &TenantKeys, account: &str, kind: Kind, uuid: &str) -> Alias {
    keys.alias("run", &[account, kind.as_str(), uuid])
}

/// Aliases of the runs that a meeting had before we heard that it was made.
pub fn earlier_runs(keys: &TenantKeys, book: &Book, created: &CreatedMeeting) -> Vec<Alias> {
    let alias = definition(keys, &created.account, created.number.0);
    match book.find(&[alias]).map(|fact| &fact.state) {
        Some(State::Definition(known)) => {
            known.runs.iter().map(|uuid| run_of(keys, &created.account, Kind::Meeting, uuid)).collect()
        }
        _ => Vec::new(),
    }
}

/// Notes whom a meeting was scheduled for, and what both sides are to say of it; answers the runs it had already, and what
/// follows where Zoom told of a change before.
pub fn remember_concerned(
    context: &Context<'_>,
    book: &mut Book,
    gathering: &Gathering,
    (wish, state): (&Alias, &SchedulingState),
    created: &CreatedMeeting,
) -> (Vec<String>, Vec<Planned>) {
    let wanted = &state.wanted;
    let alias = definition(context.keys, &created.account, created.number.0);
    let mut definition = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Definition(known)) => known.clone(),
        _ => DefinitionState {
            changed_ms: 0,
            duration_min: Some(wanted.duration_min),
            timezone: Some(wanted.timezone.clone()),
            ..unknown_definition(gathering)
        },
    };
    for person in wanted.leads() {
        if !definition.concerned.contains(person) {
            definition.concerned.push(person.clone());
        }
    }
    definition.join_url = definition.join_url.or_else(|| created.join_url.clone());
    if definition.agreed.is_none() {
        definition.agreed = Some(Box::new(agree::begin(&definition, wish, wanted, state.asked_ms)));
    }
    let id = book.find(std::slice::from_ref(&alias)).map_or_else(|| alias.clone(), |fact| fact.id.clone());
    let planned = agree::follow(context, &id, &mut definition);
    let runs = definition.runs.clone();
    let task = wanted.appointment.as_ref().map(|task| agree::of_task(context.keys, task));
    let aliases: Vec<Alias> = [alias, agree::of_wish(context.keys, wish)].into_iter().chain(task).collect();
    book.put(&aliases, State::Definition(definition));
    (runs, planned)
}

/// A meeting or webinar was created, changed, deleted or recovered in Zoom; the last writer by `event_ts` wins.
pub fn defined(
    context: &Context<'_>,
    book: &mut Book,
    account: &str,
    told: &Definition,
    event_ts_ms: i64,
) -> Translated {
    let alias = definition(context.keys, account, told.run.number.0);
    let known = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Definition(known)) => Some(known.clone()),
        _ => None,
    };
    let mut state = known.unwrap_or_else(|| unknown_definition(&gathering(account, &told.run, None)));
    agree::hear(&mut state, told, event_ts_ms);
    let id = book.find(std::slice::from_ref(&alias)).map_or_else(|| alias.clone(), |fact| fact.id.clone());
    if event_ts_ms < state.changed_ms {
        let planned = agree::follow(context, &id, &mut state);
        return Translated::merged(book.put(&[alias], State::Definition(state)), planned);
    }
    state.changed_ms = event_ts_ms;
    state.gathering.topic = told.run.topic.clone().or(state.gathering.topic);
    state.gathering.start_ms = told.run.start_ms.or(state.gathering.start_ms);
    state.duration_min = told.run.duration_min.or(state.duration_min);
    state.timezone = told.run.timezone.clone().or(state.timezone);
    state.join_url = told.join_url.clone().or(state.join_url);
    for date in &told.dates {
        if let Some(start_ms) = date.part.start_ms {
            state.occurrences.remove(&date.before);
            state.occurrences.insert(date.id.clone(), start_ms);
        }
    }
    if !told.series.is_empty() {
        state.occurrences = told.series.iter().cloned().collect();
    }
    match told.change {
        Change::Created | Change::Recovered => state.deleted = false,
        Change::Deleted => {
            state.deleted = state.deleted || told.occurrences.is_empty();
            state.occurrences.retain(|id, _| !told.occurrences.contains(id));
        }
        Change::Updated => {}
    }
    let planned = agree::follow(context, &id, &mut state);
    Translated::merged(book.put(&[alias], State::Definition(state)), planned)
}

/// A meeting's run began.
pub fn run_started(context: &Context<'_>, book: &mut Book, account: &str, run: &Run) -> Translated {
    let mut state = run_state(context, book, account, run);
    state.started_ms = state.started_ms.or(run.start_ms);
    store_run(context, book, account, run, &state)
}

/// A meeting's run ended.
pub fn run_ended(context: &Context<'_>, book: &mut Book, account: &str, run: &Run) -> Translated {
    let mut state = run_state(context, book, account, run);
    state.started_ms = state.started_ms.or(run.start_ms);
    state.ended_ms = state.ended_ms.or(run.end_ms);
    store_run(context, book, account, run, &state)
}

/// The panelists and hosts of a webinar, as far as they are known.
pub fn staff(keys: &TenantKeys, book: &Book, gathering: &Gathering) -> BTreeSet<Email> {
    let alias = definition(keys, &gathering.account, gathering.number.0);
    match book.find(&[alias]).map(|fact| &fact.state) {
        Some(State::Definition(definition)) => definition.staff.clone(),
        _ => BTreeSet::new(),
    }
}

/// Remembers a run's panelists with its webinar: the next run has the same.
pub fn remember_staff(keys: &TenantKeys, book: &mut Book, run: &RunState) {
    if run.show.staff.is_empty() {
        return;
    }
    let alias = definition(keys, &run.gathering.account, run.gathering.number.0);
    let mut definition = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Definition(known)) => known.clone(),
        _ => unknown_definition(&run.gathering),
    };
    definition.staff.extend(run.show.staff.iter().cloned());
    book.put(&[alias], State::Definition(definition));
}

/// A definition of which nothing was told yet.
fn unknown_definition(gathering: &Gathering) -> DefinitionState {
    DefinitionState {
        gathering: gathering.clone(),
        changed_ms: i64::MIN,
        duration_min: None,
        timezone: None,
        join_url: None,
        deleted: false,
        concerned: Vec::new(),
        runs: Vec::new(),
        occurrences: BTreeMap::new(),
        staff: BTreeSet::new(),
        agreed: None,
        early: Early::default(),
    }
}

/// A run as far as it is known.
pub fn run_state(context: &Context<'_>, book: &Book, account: &str, run: &Run) -> RunState {
    match book.find(&[run_alias(context.keys, account, run)]).map(|fact| &fact.state) {
        Some(State::Run(known)) => {
            let mut known = known.clone();
            known.gathering.topic = known.gathering.topic.or_else(|| run.topic.clone());
            known
        }
        _ => RunState {
            gathering: gathering(account, run, book.find(&[definition(context.keys, account, run.number.0)])),
            uuid: run.uuid.clone(),
            started_ms: None,
            ended_ms: None,
            people: BTreeSet::new(),
            show: Show::default(),
        },
    }
}

fn store_run(context: &Context<'_>, book: &mut Book, account: &str, run: &Run, state: &RunState) -> Translated {
    let alias = run_alias(context.keys, account, run);
    let Some((id, changed)) = book.put(&[alias], State::Run(state.clone())) else {
        return Translated::ignored("ignored.not_needed");
    };
    remember_run(context, book, account, state);
    let planned = plan_run(context, book, &id, state);
    Translated::merged(Some((id, changed)), planned)
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

/// Somebody with an address came to a meeting: concerned by its run.
pub fn came(context: &Context<'_>, book: &mut Book, presence: &PresenceState, email: &Email) -> Vec<Planned> {
    let account = presence.gathering.account.as_str();
    let alias = context.keys.alias("run", &[account, presence.gathering.kind.as_str(), &presence.uuid]);
    let mut state = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Run(known)) => known.clone(),
        _ => RunState {
            gathering: presence.gathering.clone(),
            uuid: presence.uuid.clone(),
            started_ms: None,
            ended_ms: None,
            people: BTreeSet::new(),
            show: Show::default(),
        },
    };
    if state.people.len() < RUN_PEOPLE_MAX {
        state.people.insert(email.clone());
    }
    let Some((id, _)) = book.put(&[alias], State::Run(state.clone())) else { return Vec::new() };
    let person = Person::Email(email.clone());
    let concerned = are_guests_concerned(context)
        && scheduled_for(context, book, &state).is_empty()
        && state.people.contains(email);
    if concerned { plan_person(context, &id, &state, &person) } else { Vec::new() }
}

/// Start and end of a meeting's run: on the leads it was scheduled for from LeadSquared; where nobody scheduled it there,
/// on leads that came. Who only came is looked up and never made a lead. Webinars show who came by activities of their own.
pub fn plan_run(context: &Context<'_>, book: &Book, fact: &Alias, state: &RunState) -> Vec<Planned> {
    let mut people = scheduled_for(context, book, state);
    if people.is_empty() && are_guests_concerned(context) {
        people = state.people.iter().cloned().map(Person::Email).collect();
    }
    people.iter().flat_map(|person| plan_person(context, fact, state, person)).collect()
}

/// Whether people who came are concerned by a meeting that nobody scheduled in LeadSquared.
fn are_guests_concerned(context: &Context<'_>) -> bool {
    match context.settings.settings.meetings.concerned {
        Concerned::Scheduled => false,
        Concerned::ScheduledOrGuests => true,
    }
}

fn scheduled_for(context: &Context<'_>, book: &Book, state: &RunState) -> Vec<Person> {
    let alias = definition(context.keys, &state.gathering.account, state.gathering.number.0);
    match book.find(&[alias]).map(|fact| &fact.state) {
        Some(State::Definition(definition)) => definition.concerned.clone(),
        _ => Vec::new(),
    }
}

fn plan_person(context: &Context<'_>, fact: &Alias, state: &RunState, person: &Person) -> Vec<Planned> {
    let find = About { fact, person: Some(person), name: None, what: "Look the lead up".to_owned() };
    let mut planned: Vec<Planned> = people::lead_of(context, &find, false, &[&state.uuid]).into_iter().collect();
    planned.extend(plan_moments(context, fact, state, person));
    planned
}

fn plan_moments(context: &Context<'_>, fact: &Alias, state: &RunState, person: &Person) -> Vec<Planned> {
    let minutes = state.started_ms.zip(state.ended_ms).map(|(start, end)| ((end - start) / MINUTE_MS).max(0));
    let moments = [
        (ActivityKind::MeetingStarted, "started", state.started_ms, None),
        (ActivityKind::MeetingEnded, "ended", state.ended_ms, minutes),
    ];
    let person_key = people::person_key(context.keys, person);
    let mut planned = Vec::new();
    for (kind, verb, at_ms, minutes) in moments {
        let Some(at_ms) = at_ms else { continue };
        let (code, parked) = people::activity_code(context, kind);
        let key = context.keys.alias("delivery", &["meeting", verb, &fact.0, &person_key.0]).0;
        let length = minutes.map(|minutes| format!(" after {minutes} minutes")).unwrap_or_default();
        let note = format!("The Zoom meeting “{}” {verb} at {}{length}.", topic(&state.gathering), minute(at_ms));
        let told = Told { gathering: &state.gathering, note, at_ms, minutes, source: None };
        let post = activity(code, context.keys.marker(&key), &told);
        let what = format!("{} · {}", kind.type_name(), topic(&state.gathering));
        let about = About { fact, person: Some(person), name: None, what };
        let mut delivery = about.plan(context, key, Crm::PostActivity(post));
        people::park(&mut delivery, parked);
        planned.push(delivery);
    }
    planned
}
