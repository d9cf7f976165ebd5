//! Meetings: what is planned in Zoom. `agree` keeps a meeting and its appointment alike; `run` is when it is held, `concern` whom
//! that concerns, `present` who was there.

pub mod agree;
pub mod concern;
pub mod present;
pub mod run;

use super::people;
use super::{Context, Planned, Translated, gathering};
use crate::fact::agreed::dates::Early;
use crate::fact::attendance::Show;
use crate::fact::scheduling::{CreatedMeeting, SchedulingState};
use crate::fact::{Alias, Book, DefinitionState, Gathering, Person, RunState, State, TenantKeys};
use crate::ids::{Email, Kind};
use crate::zoom::event::{Change, Definition, Run};
use std::collections::{BTreeMap, BTreeSet};

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

/// Aliases of the runs that a meeting had before we heard that it was made by `wish`, and of who was there.
pub fn earlier_runs(keys: &TenantKeys, book: &Book, (wish, created): (&Alias, &CreatedMeeting)) -> Vec<Alias> {
    let emails: Vec<Email> = match book.find(std::slice::from_ref(wish)).map(|fact| &fact.state) {
        Some(State::Scheduling(state)) => state
            .wanted
            .leads()
            .filter_map(|person| match person {
                Person::Email(email) => Some(email.clone()),
                Person::Lead(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let alias = definition(keys, &created.account, created.number.0);
    match book.find(&[alias]).map(|fact| &fact.state) {
        Some(State::Definition(known)) => {
            let of = |uuid: &String| {
                let attended = emails.iter().map(|email| people::attendance(keys, &created.account, uuid, email));
                std::iter::once(run_of(keys, &created.account, Kind::Meeting, uuid)).chain(attended).collect::<Vec<_>>()
            };
            known.runs.iter().flat_map(of).collect()
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
    if !told.invited.is_empty() {
        state.invited = told.invited.iter().cloned().collect();
    }
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
        invited: BTreeSet::new(),
        emails: BTreeMap::new(),
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
