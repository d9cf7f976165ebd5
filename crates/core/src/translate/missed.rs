//! What was missed while nobody listened: a wish becomes readings, and each run or meeting that is read is the same that webhooks tell of,
//! so that whatever is told of it besides is told once.

use super::after::{self, Moment};
use super::{Context, Planned, Start, Translated, listed, meeting};
use crate::fact::{Alias, Book, DefinitionState, State, TenantKeys};
use crate::ids::{Kind, MeetingNumber};
use crate::zoom::command::Command as Zoom;
use crate::zoom::event::Change;
use crate::zoom::history::{
    Found, Gap, HistoryRead, LATE_MS, MARGIN_MS, MeetingFound, OVER_MS, ReadHistory, ReadMeeting, UNDER_WAY_MS,
};
use std::collections::BTreeSet;

/// The meetings that a gap asks about.
pub fn needs_of_gap(keys: &TenantKeys, gap: &Gap) -> Vec<Alias> {
    gap.meetings.iter().map(|number| meeting::definition(keys, &gap.account, number.0)).collect()
}

/// What is read for a gap: the history now, its end once more when Zoom lists it for certain, webinars that were under way when they are
/// over, and meetings as they stand.
pub fn plan(context: &Context<'_>, book: &Book, (fact, gap): (&Alias, &Gap)) -> Vec<Planned> {
    let from_ms = gap.clone().within_reach().from_ms;
    let late_from_ms = from_ms.max(gap.to_ms - MARGIN_MS);
    let later: &[i64] = match gap.kind {
        // Whoever is told of the end of a meeting knows all of it.
        Kind::Meeting => &[],
        Kind::Webinar => &UNDER_WAY_MS,
    };
    let later = [LATE_MS].into_iter().chain(later.iter().copied());
    let at = later.map(|wait_ms| (late_from_ms, gap.to_ms + wait_ms, Start::NotBefore(gap.to_ms + wait_ms)));
    let all = std::iter::once((from_ms, gap.to_ms, Start::Ready)).chain(at);
    let mut planned: Vec<Planned> =
        all.map(|(from_ms, to_ms, start)| history(context, (fact, gap), (from_ms, to_ms), start)).collect();
    let of_ours = gap.meetings.iter().filter(|number| may_have_changed(context, book, gap, **number));
    planned.extend(of_ours.map(|number| meeting_again(context, fact, (gap, *number))));
    planned
}

fn history(context: &Context<'_>, (fact, gap): (&Alias, &Gap), times: (i64, i64), start: Start) -> Planned {
    let key = context.keys.alias("delivery", &["read_history", &fact.0, &times.1.to_string()]).0;
    let command = Zoom::ReadHistory(ReadHistory::of(gap, times));
    let what = format!("Look which {}s were held while Zoom was not connected", gap.kind.as_str());
    Planned { start, ..Planned::in_zoom((key, fact), command, ("Zoom".to_owned(), what)) }
}

fn meeting_again(context: &Context<'_>, fact: &Alias, (gap, meeting): (&Gap, MeetingNumber)) -> Planned {
    let key = context.keys.alias("delivery", &["read_meeting", &fact.0, &meeting.to_string()]).0;
    let command = Zoom::ReadMeeting(ReadMeeting { account: gap.account.clone(), meeting });
    let what = format!("Read whether Zoom meeting {meeting} was changed while Zoom was not connected");
    Planned::in_zoom((key, fact), command, ("Zoom".to_owned(), what))
}

fn known(context: &Context<'_>, book: &Book, account: &str, number: MeetingNumber) -> Option<DefinitionState> {
    match book.find(&[meeting::definition(context.keys, account, number.0)]).map(|fact| &fact.state) {
        Some(State::Definition(state)) => Some(state.clone()),
        _ => None,
    }
}

/// Whether a meeting was made from LeadSquared and is still to come, or was to come in the gap.
fn may_have_changed(context: &Context<'_>, book: &Book, gap: &Gap, number: MeetingNumber) -> bool {
    let Some(state) = known(context, book, &gap.account, number) else { return false };
    let Some(agreed) = &state.agreed else { return false };
    let last_ms = state.occurrences.values().copied().chain([agreed.plan.start_ms]).max();
    let since_ms = gap.from_ms.max(gap.to_ms - OVER_MS);
    agreed.end().is_none() && last_ms.is_some_and(|last_ms| last_ms >= since_ms)
}

/// The aliases that a page of the history touches.
pub fn needs(keys: &TenantKeys, read: &HistoryRead) -> Vec<Alias> {
    let of = |one| {
        let run = read.as_run(one);
        [meeting::run_alias(keys, &read.account, &run), meeting::definition(keys, &read.account, run.number.0)]
    };
    read.runs.iter().flat_map(of).collect()
}

/// The runs whose attendances may all change.
pub fn wholes(keys: &TenantKeys, read: &HistoryRead) -> Vec<Alias> {
    read.runs.iter().map(|one| meeting::run_alias(keys, &read.account, &read.as_run(one))).collect()
}

/// A page of the history was read: each run ended, as if a webhook had told so, and of webinars the registrations are read.
pub fn read(context: &Context<'_>, book: &mut Book, read: &HistoryRead) -> Translated {
    let each = read.runs.iter().map(|one| {
        let (run, moment) = (read.as_run(one), Moment::Ended(one.end_ms));
        match read.kind {
            Kind::Meeting => meeting::run::told(context, book, &read.account, &run, moment),
            Kind::Webinar => after::run_told(context, book, &read.account, &run, moment),
        }
    });
    let mut all = after::together(each);
    if read.kind == Kind::Webinar {
        let webinars: BTreeSet<MeetingNumber> = read.runs.iter().map(|one| one.number).collect();
        all.planned.extend(webinars.into_iter().map(|webinar| listed::read_past(context, &read.fact, webinar)));
    }
    all
}

/// A meeting was read again: what is otherwise than known was changed in Zoom.
pub fn found(context: &Context<'_>, book: &mut Book, told: &MeetingFound) -> Translated {
    let Some(state) = known(context, book, &told.account, told.meeting) else {
        return Translated::ignored("ignored.not_needed");
    };
    let cancelled = |state: &DefinitionState| {
        state.deleted || state.agreed.as_ref().is_some_and(|agreed| agreed.cancelled_ms().is_some())
    };
    let change = match &told.found {
        Found::Gone if cancelled(&state) => return Translated::ignored("ignored.repeat"),
        Found::Gone => Change::Deleted,
        Found::There { .. } if state.deleted => Change::Recovered,
        Found::There { .. } => Change::Updated,
    };
    meeting::defined(context, book, &told.account, &told.as_told(change), told.read_ms)
}
