//! A webinar's run, and what comes after it: when it began and ended, what Zoom knows of it once it is over, its recording. All of
//! it is written into the attendances of the run, which decide what is told. Meetings share the reading.

use super::stay::{self, Telling};
use super::{Context, Planned, Start, Translated, attendance, meeting, people};
use crate::fact::attendance::{About, RunSeen};
use crate::fact::{Alias, AttendanceState, Book, DefinitionState, RegistrationState, RunState, State, TenantKeys};
use crate::ids::{Email, Kind};
use crate::zoom;
use crate::zoom::after::{List, ReadRun, RunRead, Said, Told};
use crate::zoom::event::{Event, RegistrationStatus, Run, Stay, What};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// A run belongs to the occurrence that is planned nearest to its start, if that is within this, in milliseconds.
const OCCURRENCE_NEAR_MS: i64 = 12 * 60 * MINUTE_MS;
/// When nobody told the end, a run is read so long after its start and its planned length, in milliseconds: no webinar is longer.
const LOST_END_MS: i64 = 30 * 60 * MINUTE_MS;

/// What was told of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It began.
    Started,
    /// It ended; told at that time, epoch milliseconds.
    Ended(i64),
    /// A rehearsal ended; told at that time, epoch milliseconds.
    PracticeEnded(i64),
}

/// Facts of which all parts are needed: runs whose attendances may all change, webinars whose registrations stand for a list that
/// cannot be read.
pub fn wholes(keys: &TenantKeys, event: &Event) -> Vec<Alias> {
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else { return Vec::new() };
    match &event.what {
        What::Started(run) | What::Ended(run) => vec![meeting::run_alias(keys, account, run)],
        What::PracticeEnded(run) if run.kind == Kind::Webinar => {
            vec![meeting::run_alias(keys, account, run)]
        }
        What::Recording(recording) if recording.run.kind == Kind::Webinar => {
            vec![meeting::run_alias(keys, account, &recording.run)]
        }
        What::PracticeEnded(_)
        | What::Recording(_)
        | What::Joined(..)
        | What::Left(..)
        | What::Registration(_)
        | What::Definition(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => Vec::new(),
    }
}

/// The same for what was read of a run.
pub fn wholes_of_read(keys: &TenantKeys, read: &RunRead) -> Vec<Alias> {
    let run = meeting::run_alias(keys, &read.account, &read.as_run());
    match &read.what {
        Told::Panelists { .. } => vec![run],
        Told::Over { .. } if lacks_absentees(read) => {
            vec![run, meeting::definition(keys, &read.account, read.number.0)]
        }
        Told::Over { .. } => vec![run],
        Told::Participants { .. } | Told::Absentees { .. } | Told::Questions { .. } | Told::Polls { .. } => Vec::new(),
    }
}

/// Whether a run is over, and Zoom does not say who did not come.
pub fn lacks_absentees(read: &RunRead) -> bool {
    match &read.what {
        Told::Over { missing } => missing.iter().any(|missing| missing.list == List::Absentees),
        Told::Panelists { .. }
        | Told::Participants { .. }
        | Told::Absentees { .. }
        | Told::Questions { .. }
        | Told::Polls { .. } => false,
    }
}

/// The aliases that what was read of a run touches, its stays aside.
pub fn needs(keys: &TenantKeys, read: &RunRead) -> Vec<Alias> {
    let run = read.as_run();
    let mut needs =
        vec![meeting::run_alias(keys, &read.account, &run), meeting::definition(keys, &read.account, read.number.0)];
    let gathering = super::gathering(&read.account, &run, None);
    let of = |email: &Email| {
        let registrations = people::registration_aliases(keys, (&gathering, None), email);
        std::iter::once(people::attendance(keys, &read.account, &read.uuid, email)).chain(registrations)
    };
    match &read.what {
        Told::Absentees { people } => needs.extend(people.iter().flat_map(|one| of(&one.email))),
        Told::Questions { said } | Told::Polls { said } => needs.extend(said.iter().flat_map(|one| of(&one.email))),
        Told::Panelists { .. } | Told::Participants { .. } | Told::Over { .. } => {}
    }
    needs
}

/// The attendances of all who registered for the webinar, where they stand for a list that cannot be read.
pub fn attendances_of_registered(keys: &TenantKeys, read: &RunRead, book: &Book) -> Vec<Alias> {
    let registered = registered(keys, read, book);
    registered.iter().map(|one| people::attendance(keys, &read.account, &read.uuid, &one.email)).collect()
}

fn registered<'a>(keys: &TenantKeys, read: &RunRead, book: &'a Book) -> Vec<&'a RegistrationState> {
    if !lacks_absentees(read) {
        return Vec::new();
    }
    let parts = book.parts(&meeting::definition(keys, &read.account, read.number.0));
    let registrations = parts.iter().filter_map(|id| match book.get(id).map(|fact| &fact.state) {
        Some(State::Registration(registration)) => Some(registration),
        _ => None,
    });
    registrations.collect()
}

/// A webinar's run began or ended.
pub fn run_told(context: &Context<'_>, book: &mut Book, account: &str, run: &Run, moment: Moment) -> Translated {
    let mut state = meeting::run_state(context, book, account, run);
    let told = super::gathering(account, run, book.find(&[meeting::definition(context.keys, account, run.number.0)]));
    state.gathering.fill(&told);
    // Told twice with different times it is the same in any order.
    state.started_ms = state.started_ms.max(run.start_ms);
    match moment {
        Moment::Started => {}
        Moment::Ended(at_ms) => state.ended_ms = state.ended_ms.max(run.end_ms.or(Some(at_ms))),
        Moment::PracticeEnded(at_ms) => {
            state.show.practice_ended_ms = state.show.practice_ended_ms.max(run.end_ms.or(Some(at_ms)));
        }
    }
    state.show.staff.extend(run.host_email.clone());
    let definition = definition_of(context.keys, book, account, run);
    if let Some(definition) = &definition {
        state.show.staff.extend(definition.staff.iter().cloned());
        state.show.occurrence = state.started_ms.and_then(|start_ms| occurrence_at(definition, start_ms));
    }
    let duration_min = run.duration_min.or_else(|| definition.and_then(|definition| definition.duration_min));
    let Some((fact, mut planned)) = write(context, book, account, (run, &state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    planned.extend(plan_reads(context, &fact.0, &state, duration_min));
    Translated::merged(Some(fact), planned)
}

fn definition_of(keys: &TenantKeys, book: &Book, account: &str, run: &Run) -> Option<DefinitionState> {
    match book.find(&[meeting::definition(keys, account, run.number.0)]).map(|fact| &fact.state) {
        Some(State::Definition(definition)) => Some(definition.clone()),
        _ => None,
    }
}

/// The occurrence of a series that a run which began then is.
fn occurrence_at(definition: &DefinitionState, start_ms: i64) -> Option<String> {
    let apart = |at_ms: i64| (at_ms - start_ms).abs();
    let nearest = definition.occurrences.iter().min_by_key(|(_, at_ms)| apart(**at_ms));
    nearest.filter(|(_, at_ms)| apart(**at_ms) <= OCCURRENCE_NEAR_MS).map(|(id, _)| id.clone())
}

/// Stores a run, and writes what it is now into all its attendances. Answers the fact and what that brings.
fn write(
    context: &Context<'_>,
    book: &mut Book,
    account: &str,
    (run, state): (&Run, &RunState),
) -> Option<((Alias, bool), Vec<Planned>)> {
    let alias = meeting::run_alias(context.keys, account, run);
    let fact = book.put(std::slice::from_ref(&alias), State::Run(state.clone()))?;
    let seen = attendance::seen(&alias, Some(state));
    let mut planned = Vec::new();
    for id in book.parts(&alias) {
        let Some(State::Attendance(known)) = book.get(&id).map(|fact| fact.state.clone()) else { continue };
        let staff = state.show.staff.contains(&known.email);
        planned.extend(attendance::change(context, book, (id, known), |attendance| {
            attendance.run = seen.clone();
            attendance.gathering.fill(&state.gathering);
            attendance.about.staff = attendance.about.staff || staff;
        }));
    }
    Some((fact, planned))
}

/// What is read of a run: who its panelists are as soon as it begins, and everything some time after its end.
fn plan_reads(context: &Context<'_>, fact: &Alias, state: &RunState, duration_min: Option<i64>) -> Vec<Planned> {
    let rule = &context.settings.settings.attendance;
    if !rule.read_after_end || attendance::is_practice(state) {
        return Vec::new();
    }
    let mut planned = Vec::new();
    if state.started_ms.is_some() && state.ended_ms.is_none() {
        let reading = Reading { what: "panelists", lists: &[List::Panelists], closes: false, again: None };
        planned.push(read_of(context, fact, state, (reading, Start::Ready)));
    }
    let wait_ms = rule.grace_min * MINUTE_MS;
    if let Some(at_ms) = state.ended_ms.or_else(|| lost_end_ms(state, duration_min)) {
        let reading = Reading { what: "attendance", lists: &List::AFTER_END, closes: true, again: None };
        planned.push(read_of(context, fact, state, (reading, Start::NotBefore(at_ms + wait_ms))));
    }
    planned
}

/// When a run is over of which nobody told the end, epoch milliseconds; `duration_min` is its planned length.
pub fn lost_end_ms(state: &RunState, duration_min: Option<i64>) -> Option<i64> {
    state.started_ms.map(|start_ms| start_ms + duration_min.unwrap_or(0) * MINUTE_MS + LOST_END_MS)
}

/// What is to be read of a run.
pub struct Reading {
    /// In words; its deliveries are named by it.
    pub what: &'static str,
    /// The lists, in their order.
    pub lists: &'static [List],
    /// Whether the run is closed with it.
    pub closes: bool,
    /// Why it is read once more, where it is.
    pub again: Option<String>,
}

/// The delivery that reads a run.
pub fn read_of(context: &Context<'_>, fact: &Alias, state: &RunState, (reading, start): (Reading, Start)) -> Planned {
    let mut name = vec!["read_run", reading.what, fact.0.as_str()];
    name.extend(reading.again.as_deref());
    let command = zoom::command::Command::ReadRun(ReadRun {
        kind: state.gathering.kind,
        account: state.gathering.account.clone(),
        number: state.gathering.number,
        uuid: state.uuid.clone(),
        occurrence: state.show.occurrence.clone(),
        lists: reading.lists.to_vec(),
        closes: reading.closes,
        page: None,
        pages: 0,
        waits: 0,
        missing: Vec::new(),
    });
    let what = format!("Read from Zoom: {} · {}", reading.what, super::fields::topic(&state.gathering));
    let key = context.keys.alias("delivery", &name).0;
    Planned { start, ..Planned::in_zoom((key, fact), command, ("Zoom".to_owned(), what)) }
}

/// Something was read of a run.
pub fn read(context: &Context<'_>, book: &mut Book, read: &RunRead) -> Translated {
    match &read.what {
        Told::Panelists { people } => panelists(context, book, read, people.iter().map(|one| &one.email)),
        Told::Participants { .. } => {
            let (run, stays) = (read.as_run(), read.stays());
            together(stays.iter().map(|one| stay::presence(context, book, (&read.account, Telling::Report), &run, one)))
        }
        Told::Absentees { people } => {
            let told = people.iter().map(|one| {
                let (_, planned) = absent(context, book, read, (&one.email, one.name.as_ref()));
                planned
            });
            Translated::merged(Some((run_of(context.keys, read), true)), told.flatten().collect())
        }
        Told::Questions { said } => said_all(context, book, read, said, |about, one| about.ask(one.question.clone())),
        Told::Polls { said } => said_all(context, book, read, said, |about, one| {
            about.answer(one.question.clone(), one.answer.clone().unwrap_or_default());
        }),
        Told::Over { .. } => match read.kind {
            Kind::Webinar => over(context, book, read),
            Kind::Meeting => meeting::present::over(context, book, read),
        },
    }
}

fn run_of(keys: &TenantKeys, read: &RunRead) -> Alias {
    meeting::run_alias(keys, &read.account, &read.as_run())
}

/// What several tellings of one notification came to.
pub(super) fn together(told: impl Iterator<Item = Translated>) -> Translated {
    let mut all = Translated::ignored("ignored.repeat");
    for one in told {
        if all.fact.is_none() || one.outcome == super::Outcome::Merged {
            all.outcome = one.outcome;
            all.fact = one.fact;
        }
        all.planned.extend(one.planned);
    }
    all
}

fn panelists<'a>(
    context: &Context<'_>,
    book: &mut Book,
    read: &RunRead,
    emails: impl Iterator<Item = &'a Email>,
) -> Translated {
    let run = read.as_run();
    let mut state = meeting::run_state(context, book, &read.account, &run);
    let before = state.show.staff.len();
    state.show.staff.extend(emails.cloned());
    meeting::remember_staff(context.keys, book, &state);
    if state.show.staff.len() == before {
        return Translated::ignored("ignored.repeat");
    }
    match write(context, book, &read.account, (&run, &state)) {
        Some((fact, planned)) => Translated::merged(Some(fact), planned),
        None => Translated::ignored("ignored.not_needed"),
    }
}

/// The attendance of somebody of whom no stay was told.
fn without_stays(context: &Context<'_>, book: &Book, read: &RunRead, email: &Email) -> AttendanceState {
    let id = run_of(context.keys, read);
    let run = match book.find(std::slice::from_ref(&id)).map(|fact| &fact.state) {
        Some(State::Run(run)) => Some(run),
        _ => None,
    };
    let definition = book.find(&[meeting::definition(context.keys, &read.account, read.number.0)]);
    AttendanceState {
        gathering: run
            .map_or_else(|| super::gathering(&read.account, &read.as_run(), definition), |run| run.gathering.clone()),
        uuid: read.uuid.clone(),
        email: email.clone(),
        stays: BTreeMap::new(),
        run: run.map_or_else(
            || RunSeen { id: Some(id.clone()), ..RunSeen::default() },
            |run| attendance::seen(&id, Some(run)),
        ),
        about: About { staff: run.is_some_and(|run| run.show.staff.contains(email)), ..About::default() },
    }
}

fn absent(
    context: &Context<'_>,
    book: &mut Book,
    read: &RunRead,
    (email, name): (&Email, Option<&String>),
) -> (Alias, Vec<Planned>) {
    let alias = people::attendance(context.keys, &read.account, &read.uuid, email);
    let new = without_stays(context, book, read, email);
    let planned = attendance::change(context, book, (alias.clone(), new), |attendance| {
        attendance.about.absent = true;
        attendance.about.called(name);
    });
    (alias, planned)
}

fn said_all(
    context: &Context<'_>,
    book: &mut Book,
    read: &RunRead,
    said: &[Said],
    take: fn(&mut About, &Said),
) -> Translated {
    // Person by person: what somebody said is corrected once, and not question by question.
    let mut by_person: BTreeMap<&Email, Vec<&Said>> = BTreeMap::new();
    for one in said {
        by_person.entry(&one.email).or_default().push(one);
    }
    let mut planned = Vec::new();
    for (email, said) in by_person {
        let alias = people::attendance(context.keys, &read.account, &read.uuid, email);
        let new = without_stays(context, book, read, email);
        planned.extend(attendance::change(context, book, (alias, new), |attendance| {
            said.iter().for_each(|one| take(&mut attendance.about, one));
            said.iter().for_each(|one| attendance.about.called(one.name.as_ref()));
        }));
    }
    Translated::merged(Some((run_of(context.keys, read), true)), planned)
}

/// Everything was read: the run is closed, and who did not come is decided. Where Zoom does not say who did not come, our own
/// registrations do.
fn over(context: &Context<'_>, book: &mut Book, read: &RunRead) -> Translated {
    let run = read.as_run();
    let mut state = meeting::run_state(context, book, &read.account, &run);
    state.show.closed = true;
    // Nobody told the end: it ended when the last one left.
    state.ended_ms = state.ended_ms.or_else(|| attendance::last_left_ms(book, &run_of(context.keys, read)));
    let mut planned = Vec::new();
    if lacks_absentees(read) {
        let registered: Vec<(Email, Option<String>)> = registered(context.keys, read, book)
            .into_iter()
            .filter(|one| was_expected(one, &state))
            .map(|one| (one.email.clone(), name_of(one)))
            .collect();
        for (email, name) in registered {
            planned.extend(absent(context, book, read, (&email, name.as_ref())).1);
        }
    }
    match write(context, book, &read.account, (&run, &state)) {
        Some((fact, more)) => {
            planned.extend(more);
            Translated::merged(Some(fact), planned)
        }
        None => Translated::ignored("ignored.not_needed"),
    }
}

/// Whether somebody's registration was for this run, and stood.
fn was_expected(registration: &RegistrationState, run: &RunState) -> bool {
    let stands = match registration.status {
        RegistrationStatus::Approved => !registration.only_gone,
        RegistrationStatus::Pending | RegistrationStatus::Denied | RegistrationStatus::Cancelled => false,
    };
    let for_this = match (&registration.occurrence, &run.show.occurrence) {
        (Some(wanted), Some(is)) => wanted == is,
        // Which date the run is nobody told: whoever registered for one date is not said to have missed it.
        (Some(_), None) => false,
        (None, _) => true,
    };
    stands && for_this && run.ended_ms.is_none_or(|ended_ms| registration.registered_ms <= ended_ms)
}

fn name_of(registration: &RegistrationState) -> Option<String> {
    let words: Vec<&str> = ["first_name", "last_name"]
        .iter()
        .filter_map(|field| registration.answers.get(*field).map(String::as_str))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A run's recording is ready.
pub fn recorded(context: &Context<'_>, book: &mut Book, account: &str, run: &Run, link: &str) -> Vec<Planned> {
    let mut state = meeting::run_state(context, book, account, run);
    state.show.recording = Some(link.to_owned());
    write(context, book, account, (run, &state)).map(|(_, planned)| planned).unwrap_or_default()
}

/// Whether a stay of the report is one that webhooks told under other handles: facts that have to be loaded for it.
pub fn same_beginnings(keys: &TenantKeys, read: &RunRead, book: &Book) -> Vec<Alias> {
    let run = read.as_run();
    let of = |one: &Stay| {
        let email = people::email_of(keys, &read.account, &run, one, book)?;
        Some(stay::same_beginning(keys, book, (&read.account, &run), (&email, one)))
    };
    read.stays().iter().filter_map(of).flatten().collect()
}
