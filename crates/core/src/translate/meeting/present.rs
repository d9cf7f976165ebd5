//! Who was in a meeting: what is said of it on the leads concerned, and who was expected and did not come. Stays add up in
//! [`super::super::attendance`], as in webinars.

use super::super::attendance::{self, Said, Standing, about_attendance, date_of, note};
use super::super::fields::{Told as ToldFields, activity, minute, topic};
use super::super::{Context, Planned, Translated, people};
use super::{concern, run, run_alias};
use crate::fact::attendance::{About, InMeeting};
use crate::fact::{Alias, AttendanceState, Book, DefinitionState, Gathering, RunState, State, TenantKeys};
use crate::ids::{Email, LeadId};
use crate::rules::task::Happened;
use crate::settings::ActivityKind;
use crate::settings::meetings::Show;
use crate::zoom::after::{List, RunRead, Told};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// A run is the one that was planned if it began within this of the planned start, in milliseconds; runs that began within it of each
/// other are of the same date.
const SAME_DATE_MS: i64 = 12 * 60 * MINUTE_MS;

/// Puts an attendance right that was changed: who came before the host was there from then on, and who is told as a no-show stays
/// known as one.
pub fn settle(context: &Context<'_>, attendance: &mut AttendanceState) {
    let first_ms = attendance.stays.values().filter_map(|(from, _)| *from).min();
    attendance.run.started_ms = attendance.run.started_ms.map(|start_ms| start_ms.min(first_ms.unwrap_or(start_ms)));
    if context.settings.settings.meetings.no_shows && is_no_show(attendance) {
        attendance.about.no_show_told = true;
    }
}

/// Whether somebody was expected in a run that is over, and is known not to have come.
fn is_no_show(attendance: &AttendanceState) -> bool {
    let (run, about) = (&attendance.run, &attendance.about);
    let expected = about.absent && about.meeting.concerned && !about.staff;
    let known = run.closed && run.ended_ms.is_some() && !about.meeting.unsure;
    expected && known && about.meeting.other_run_ms.is_none() && attendance.attended_ms() == 0
}

/// Whether it is decided that somebody was there, and for how long.
fn came(attendance: &AttendanceState) -> bool {
    attendance.run.ended_ms.is_some() && !attendance.is_open() && attendance.attended_ms() > 0
}

/// What is said of somebody in a meeting's run, each by the name that its deliveries have for good.
pub fn said(context: &Context<'_>, attendance: &AttendanceState) -> BTreeMap<String, Said> {
    let mut said = BTreeMap::new();
    if !attendance.about.meeting.concerned || attendance.about.staff {
        return said;
    }
    match context.settings.settings.meetings.show {
        Show::StartedEnded => {}
        Show::Attended => {
            let note = note(context, attendance, Standing::Attended);
            if let Some(at_ms) = attendance.first_joined_ms().filter(|_| came(attendance)) {
                let activity = about_attendance(attendance, Standing::Attended, (note, at_ms));
                let kind = ActivityKind::MeetingAttended;
                said.insert("meeting_attended".to_owned(), Said { kind, first: true, activity });
            }
        }
        Show::JoinedLeft => said.extend(stays(attendance)),
    }
    said.extend(no_show(attendance).map(|said| ("meeting_no_show".to_owned(), said)));
    said
}

/// Joined and left of each stay.
fn stays(attendance: &AttendanceState) -> Vec<(String, Said)> {
    let gathering = &attendance.gathering;
    let one = |kind, verb: &str, at_ms, minutes: Option<i64>| {
        let length = minutes.map(|minutes| format!(" after {minutes} minutes")).unwrap_or_default();
        let note = format!("{verb} the meeting “{}” at {}{length}.", topic(gathering), minute(at_ms));
        let activity = activity(0, String::new(), &ToldFields { gathering, note, at_ms, minutes, source: None });
        Said { kind, first: true, activity }
    };
    let mut said = Vec::new();
    for (id, (from, to)) in &attendance.stays {
        let minutes = from.zip(*to).map(|(from, to)| ((to - from) / MINUTE_MS).max(0));
        let joined = from.map(|at_ms| one(ActivityKind::MeetingJoined, "Joined", at_ms, None));
        let left = to.map(|at_ms| one(ActivityKind::MeetingLeft, "Left", at_ms, minutes));
        said.extend(joined.map(|said| (format!("meeting_joined {}", id.0), said)));
        said.extend(left.map(|said| (format!("meeting_left {}", id.0), said)));
    }
    said
}

/// The activity of a no-show; of somebody who came after all it is what a no-show is corrected to.
fn no_show(attendance: &AttendanceState) -> Option<Said> {
    if !attendance.about.no_show_told {
        return None;
    }
    let (topic, of) = (topic(&attendance.gathering), date_of(attendance));
    let minutes = attendance.attended_ms() / MINUTE_MS;
    let (first, standing, note) = if is_no_show(attendance) {
        let note = format!("The meeting “{topic}”{of} was held, and this lead did not come.");
        (true, Standing::NoShow, note)
    } else if attendance.attended_ms() > 0 {
        let note = format!("Attended after all: the meeting “{topic}”{of}, for {minutes} minutes.");
        (false, Standing::Attended, note)
    } else {
        let at_ms = attendance.about.meeting.other_run_ms?;
        let note =
            format!("Came after all: the meeting “{topic}” was held again, and this lead joined at {}.", minute(at_ms));
        (false, Standing::Attended, note)
    };
    let at_ms = attendance.run.started_ms.or(attendance.run.ended_ms)?;
    let activity = about_attendance(attendance, standing, (note, at_ms));
    Some(Said { kind: ActivityKind::MeetingNoShow, first, activity })
}

/// What happened to the person for the tenant's rules, and when (epoch milliseconds).
pub fn happened(attendance: &AttendanceState) -> Vec<(Happened, i64)> {
    if !attendance.about.meeting.concerned || attendance.about.staff {
        return Vec::new();
    }
    let came = attendance.last_left_ms().filter(|_| attendance.attended_ms() > 0);
    let missed = attendance.run.ended_ms.filter(|_| is_no_show(attendance));
    let came = came.map(|at_ms| (Happened::AttendedMeeting, at_ms));
    came.into_iter().chain(missed.map(|at_ms| (Happened::MissedMeeting, at_ms))).collect()
}

/// Everything was read of a run: it is closed, and who was expected and did not come is decided.
pub fn over(context: &Context<'_>, book: &mut Book, read: &RunRead) -> Translated {
    let told = read.as_run();
    let before = super::run_state(context, book, &read.account, &told);
    let mut state = before.clone();
    state.show.closed = true;
    // Nobody told the end: it ended when the last one left.
    state.ended_ms =
        state.ended_ms.or_else(|| attendance::last_left_ms(book, &run_alias(context.keys, &read.account, &told)));
    state.show.read_to_ms = state.ended_ms;
    let mut planned = Vec::new();
    for (email, lead) in expected(context, book, read, &state) {
        let alias = people::attendance(context.keys, &read.account, &read.uuid, &email);
        let other_run_ms = came_to_another(context.keys, book, &state, &email);
        let new = nobodys(context, &state, &email);
        planned.extend(attendance::change(context, book, (alias, new), |attendance| {
            attendance.about.absent = true;
            let lead = attendance.about.meeting.lead.take().or(lead);
            attendance.about.meeting =
                InMeeting { concerned: true, lead, unsure: !state.show.unnamed.is_empty(), other_run_ms };
        }));
    }
    match run::store(context, book, (Some(&before), &state)) {
        Some((fact, more)) => {
            planned.extend(more);
            Translated::merged(Some(fact), planned)
        }
        None => Translated::ignored("ignored.not_needed"),
    }
}

/// The attendance of somebody of whom no stay was told.
fn nobodys(context: &Context<'_>, state: &RunState, email: &Email) -> AttendanceState {
    let id = super::run_of(context.keys, &state.gathering.account, state.gathering.kind, &state.uuid);
    AttendanceState {
        gathering: state.gathering.clone(),
        uuid: state.uuid.clone(),
        email: email.clone(),
        stays: BTreeMap::new(),
        run: attendance::seen(&id, Some(state)),
        about: About::default(),
    }
}

/// Who was expected in a run: whom the meeting was scheduled for, or who was invited, if the run is the meeting as it was planned, and
/// Zoom said who was there. Of a meeting that never began nobody is expected.
fn expected(context: &Context<'_>, book: &Book, read: &RunRead, state: &RunState) -> Vec<(Email, Option<LeadId>)> {
    let planned = concern::planned(context.keys, book, &state.gathering);
    let is_planned = planned.is_some_and(|definition| is_as_planned(definition, state));
    if is_planned && knows_people(read) { concern::expected(context, book, &state.gathering) } else { Vec::new() }
}

/// Whether Zoom's list was read. Of a run with one person Zoom may keep none.
fn knows_people(read: &RunRead) -> bool {
    match &read.what {
        Told::Over { missing } => {
            missing.iter().all(|missing| missing.list != List::Participants || missing.code == "zoom.not_found")
        }
        Told::Panelists { .. }
        | Told::Participants { .. }
        | Told::Absentees { .. }
        | Told::Questions { .. }
        | Told::Polls { .. } => false,
    }
}

/// Whether a run is the meeting as it was planned, and not a try of the link before it or days after.
fn is_as_planned(definition: &DefinitionState, state: &RunState) -> bool {
    let (Some(started_ms), Some(ended_ms)) = (state.started_ms, state.ended_ms) else { return false };
    let starts = definition.occurrences.values().copied().chain(definition.gathering.start_ms);
    let nearest = starts.min_by_key(|start_ms| (start_ms - started_ms).abs());
    let near = |start_ms: i64| start_ms < ended_ms && (start_ms - started_ms).abs() <= SAME_DATE_MS;
    !definition.deleted && nearest.is_none_or(near)
}

/// The attendances that somebody may have of the meeting's other runs.
pub fn of_other_runs(
    keys: &TenantKeys,
    book: &Book,
    (gathering, uuid): (&Gathering, &str),
    email: &Email,
) -> Vec<Alias> {
    let Some(definition) = concern::planned(keys, book, gathering) else { return Vec::new() };
    if definition.concerned.is_empty() && definition.invited.is_empty() {
        return Vec::new();
    }
    let others = definition.runs.iter().filter(|other| other.as_str() != uuid);
    others.map(|other| people::attendance(keys, &gathering.account, other, email)).collect()
}

/// The attendances that the end of a reading touches: those of the people who were expected, in this run and in others.
pub fn of_expected(keys: &TenantKeys, book: &Book, read: &RunRead) -> Vec<Alias> {
    let Told::Over { .. } = &read.what else { return Vec::new() };
    let gathering = super::super::gathering(&read.account, &read.as_run(), None);
    let of = |email: Email| {
        let this = people::attendance(keys, &read.account, &read.uuid, &email);
        std::iter::once(this).chain(of_other_runs(keys, book, (&gathering, &read.uuid), &email))
    };
    concern::may_be_expected(keys, book, &gathering).into_iter().flat_map(of).collect()
}

/// An attendance, where it is loaded. The runs of a meeting are known as soon as anybody comes, so that what is stored of them was
/// looked up.
fn loaded<'a>(book: &'a Book, alias: &Alias) -> Option<&'a AttendanceState> {
    if !book.knows_alias(alias) {
        return None;
    }
    match book.find(std::slice::from_ref(alias)).map(|fact| &fact.state) {
        Some(State::Attendance(attendance)) => Some(attendance),
        _ => None,
    }
}

/// When somebody came to another run of the same date, epoch milliseconds: as where a meeting broke off and was begun anew.
fn came_to_another(keys: &TenantKeys, book: &Book, state: &RunState, email: &Email) -> Option<i64> {
    let others = of_other_runs(keys, book, (&state.gathering, &state.uuid), email);
    let joined = others.iter().filter_map(|alias| {
        let other = loaded(book, alias)?;
        other.stays.values().filter_map(|(from, _)| *from).min()
    });
    let near = |at_ms: &i64| state.started_ms.is_some_and(|start_ms| (start_ms - at_ms).abs() <= SAME_DATE_MS);
    joined.filter(near).min()
}

/// Somebody came to a run: whoever was told as a no-show of another run of the same date is none.
pub fn mend_others(
    context: &Context<'_>,
    book: &mut Book,
    (gathering, uuid): (&Gathering, &str),
    (email, join_ms): (&Email, i64),
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for alias in of_other_runs(context.keys, book, (gathering, uuid), email) {
        let Some(other) = loaded(book, &alias).cloned() else { continue };
        let near = other.run.started_ms.is_some_and(|start_ms| (start_ms - join_ms).abs() <= SAME_DATE_MS);
        if other.about.absent && near {
            planned.extend(attendance::change(context, book, (alias, other), |other| {
                let first = other.about.meeting.other_run_ms.unwrap_or(join_ms);
                other.about.meeting.other_run_ms = Some(first.min(join_ms));
            }));
        }
    }
    planned
}

/// Somebody decided who a nameless participant was: where nobody nameless is left, it is certain who did not come.
pub fn mend_unsure(context: &Context<'_>, book: &mut Book, gathering: &Gathering, uuid: &str) -> Vec<Planned> {
    let run = super::run_of(context.keys, &gathering.account, gathering.kind, uuid);
    let unsure = match book.find(&[run]).map(|fact| &fact.state) {
        Some(State::Run(run)) => !run.show.unnamed.is_empty(),
        _ => return Vec::new(),
    };
    let mut planned = Vec::new();
    for (email, _) in concern::expected(context, book, gathering) {
        let alias = people::attendance(context.keys, &gathering.account, uuid, &email);
        let Some(known) = loaded(book, &alias).filter(|known| known.about.absent).cloned() else { continue };
        planned.extend(attendance::change(context, book, (alias, known), |attendance| {
            attendance.about.meeting.unsure = unsure;
        }));
    }
    planned
}

/// A meeting proves to have been scheduled for people who came to a run already: it is shown on their leads.
pub fn show_on(context: &Context<'_>, book: &mut Book, gathering: &Gathering, uuid: &str) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (email, lead) in concern::expected(context, book, gathering) {
        let alias = people::attendance(context.keys, &gathering.account, uuid, &email);
        let Some(known) = loaded(book, &alias).cloned() else { continue };
        planned.extend(attendance::change(context, book, (alias, known), |attendance| {
            attendance.about.meeting.concerned = true;
            attendance.about.meeting.lead = attendance.about.meeting.lead.take().or(lead);
        }));
    }
    planned
}
