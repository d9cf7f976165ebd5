//! What the rules have to know of a notification before they can work on it: facts by their aliases, whole groups of facts, and
//! what those lead to. Asking for anything else is a mistake that tests notice.

use super::{
    Notification, OwnOutcome, Wish, addition, after, appointed, listed, meeting, missed, people, registration,
    schedule, stay, stranger, trial, webinar,
};
use crate::fact::stranger::Is;
use crate::fact::{Alias, AttendanceState, Book, State, TenantKeys};
use crate::ids::Email;
use crate::zoom::after::RunRead;
use crate::zoom::event::{Registration, Run, Stay, What};
use std::borrow::Cow;
use std::collections::HashMap;

/// The aliases that must be in the book before [`super::translate`] is called.
#[must_use]
pub fn needs(keys: &TenantKeys, notification: &Notification) -> Vec<Alias> {
    let (app, event) = match notification {
        Notification::Zoom(app, event) => (app, event),
        Notification::Wish(Wish::ScheduleMeeting(wanted), _) => {
            return vec![schedule::scheduling(keys, &wanted.operation)];
        }
        Notification::Wish(Wish::ChangeMeeting(wanted), _) => {
            return vec![meeting::agree::of_wish(keys, &schedule::scheduling(keys, &wanted.of))];
        }
        Notification::Wish(Wish::TaskTold(told), _) => return vec![meeting::agree::of_task(keys, &told.task)],
        Notification::Outcome(OwnOutcome::ChangeArrived(told)) => return vec![told.fact.clone()],
        Notification::Outcome(OwnOutcome::AppointmentMade(told)) => {
            return vec![meeting::agree::of_wish(keys, &told.fact), meeting::agree::of_task(keys, &told.task)];
        }
        Notification::Outcome(OwnOutcome::AppointmentSeen(told)) => {
            return vec![meeting::agree::of_task(keys, &told.task), appointed::wish_of(keys, &told.task)];
        }
        Notification::Outcome(OwnOutcome::MeetingLookedAt(told)) => return vec![told.fact.clone()],
        Notification::Outcome(OwnOutcome::MeetingNotMade(told)) => return vec![told.fact.clone()],
        Notification::Wish(Wish::Decide(decide), _) => return vec![decide.stranger.clone()],
        Notification::Wish(Wish::AddToWebinar(wanted), _) => return vec![addition::adding(keys, &wanted.operation)],
        Notification::Outcome(OwnOutcome::MeetingCreated { fact, created }) => {
            let definition = meeting::definition(keys, &created.account, created.number.0);
            return vec![fact.clone(), definition, meeting::agree::of_wish(keys, fact)];
        }
        Notification::Wish(Wish::TryWebinar(wanted), _) => return vec![trial::trial(keys, &wanted.operation)],
        Notification::Wish(Wish::RemoveWebinar(told), _) => return vec![trial::trial(keys, &told.of)],
        Notification::Wish(Wish::FetchRegistrants(wish), _) => return listed::needs(keys, wish),
        Notification::Outcome(OwnOutcome::HistoryRead(read)) => return missed::needs(keys, read),
        Notification::Outcome(OwnOutcome::MeetingFound(told)) => {
            return vec![meeting::definition(keys, &told.account, told.meeting.0)];
        }
        Notification::Outcome(
            OwnOutcome::WebinarSeen { fact, .. }
            | OwnOutcome::WebinarCreated { fact, .. }
            | OwnOutcome::LeadsGathered { fact, .. }
            | OwnOutcome::WebinarsListed { fact, .. },
        ) => {
            return vec![fact.clone()];
        }
        Notification::Outcome(OwnOutcome::RegistrantsRead(read)) => {
            return listed::told(read).flat_map(|one| registration::needs(keys, &read.account, &one)).collect();
        }
        Notification::Outcome(OwnOutcome::Registered(own)) => {
            return registration::needs(keys, &own.account, &own.as_told());
        }
        Notification::Outcome(OwnOutcome::RunRead(read)) => {
            let mut needs = after::needs(keys, read);
            let run = read.as_run();
            needs.extend(read.stays().iter().flat_map(|stay| needs_of_stay(keys, &read.account, &run, stay)));
            return needs;
        }
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else { return Vec::new() };
    match &event.what {
        What::Started(run) | What::Ended(run) | What::PracticeEnded(run) => {
            vec![meeting::run_alias(keys, account, run), meeting::definition(keys, account, run.number.0)]
        }
        What::Joined(run, stay) | What::Left(run, stay) => needs_of_stay(keys, account, run, stay),
        What::Registration(registration) => registration::needs(keys, account, registration),
        What::Definition(definition) => vec![meeting::definition(keys, account, definition.run.number.0)],
        What::Recording(recording) => vec![
            webinar::recording(keys, account, recording),
            meeting::run_alias(keys, account, &recording.run),
            meeting::definition(keys, account, recording.run.number.0),
        ],
        What::Deauthorized(gone) => vec![people::deauthorization(keys, *app, account, gone)],
        What::UserGone(_) | What::UrlValidation { .. } | What::Ignored(_) | What::UnknownName => Vec::new(),
    }
}

fn needs_of_stay(keys: &TenantKeys, account: &str, run: &Run, told: &Stay) -> Vec<Alias> {
    let mut needs = stay::presence_aliases(keys, account, run, told);
    needs.extend(people::registration_look_ups(keys, account, run, told));
    needs.extend(people::awaiting(keys, account, run, told.registrant_id.as_deref()));
    needs.push(meeting::run_alias(keys, account, run));
    needs.push(meeting::definition(keys, account, run.number.0));
    needs.extend(told.email.iter().map(|email| people::attendance(keys, account, &run.uuid, email)));
    needs.extend(stranger::needs(keys, account, run, told));
    needs
}

/// Facts of which everything that is part of them must be loaded, by their id: after [`needs`], before [`follow_ups`].
#[must_use]
pub fn wholes(keys: &TenantKeys, notification: &Notification) -> Vec<Alias> {
    match notification {
        Notification::Zoom(_, event) => after::wholes(keys, event),
        Notification::Outcome(OwnOutcome::RunRead(read)) => after::wholes_of_read(keys, read),
        Notification::Outcome(OwnOutcome::HistoryRead(read)) => missed::wholes(keys, read),
        Notification::Outcome(_) | Notification::Wish(..) => Vec::new(),
    }
}

/// The registrations behind the attendances that are loaded: what the rules ask of the person stands there. Loaded last.
#[must_use]
pub fn registrations_behind(keys: &TenantKeys, book: &Book) -> Vec<Alias> {
    let attendances = book.all().filter_map(|fact| {
        let State::Attendance(attendance) = &fact.state else { return None };
        Some(attendance)
    });
    let of = |one: &AttendanceState| {
        people::registration_aliases(keys, (&one.gathering, one.run.occurrence.as_deref()), &one.email)
    };
    attendances.flat_map(of).collect()
}

/// What must be loaded besides, once the facts of [`needs`] are there: facts by their id, and further aliases.
#[must_use]
pub fn follow_ups(keys: &TenantKeys, notification: &Notification, book: &Book) -> (Vec<Alias>, Vec<Alias>) {
    let registrations = registrations_in(notification);
    if !registrations.is_empty() {
        let waiting =
            registrations.iter().flat_map(|(account, one)| registration::waiting_for(keys, account, one, book));
        return (waiting.collect(), Vec::new());
    }
    let event = match notification {
        Notification::Zoom(_, event) => event,
        Notification::Outcome(outcome) => return (Vec::new(), of_outcome(keys, outcome, book)),
        Notification::Wish(Wish::Decide(decide), _) => {
            return (stranger::stays(decide, book), stranger::series(decide, book));
        }
        Notification::Wish(
            Wish::ScheduleMeeting(_)
            | Wish::AddToWebinar(_)
            | Wish::FetchRegistrants(_)
            | Wish::ChangeMeeting(_)
            | Wish::TaskTold(_)
            | Wish::TryWebinar(_)
            | Wish::RemoveWebinar(_),
            _,
        ) => return (Vec::new(), Vec::new()),
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else {
        return (Vec::new(), Vec::new());
    };
    match &event.what {
        What::Joined(run, stay) | What::Left(run, stay) => {
            (Vec::new(), attendances_of_stay(keys, book, (account, run), stay))
        }
        What::Started(_)
        | What::Ended(_)
        | What::Registration(_)
        | What::PracticeEnded(_)
        | What::Definition(_)
        | What::Recording(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => (Vec::new(), Vec::new()),
    }
}

/// The further aliases of what a call of ours came to.
fn of_outcome(keys: &TenantKeys, outcome: &OwnOutcome, book: &Book) -> Vec<Alias> {
    match outcome {
        OwnOutcome::MeetingCreated { fact, created } => {
            let mut further = meeting::earlier_runs(keys, book, (fact, created));
            further.extend(appointed::task_of(keys, book, fact));
            further
        }
        OwnOutcome::RunRead(read) => {
            let run = read.as_run();
            let stays = read.stays();
            let mut further: Vec<Alias> =
                stays.iter().flat_map(|stay| attendances_of_stay(keys, book, (&read.account, &run), stay)).collect();
            further.extend(after::attendances_of_registered(keys, read, book));
            further.extend(meeting::present::of_expected(keys, book, read));
            further
        }
        OwnOutcome::LeadsGathered { fact, gathered } => {
            let mut further = addition::of_gathered(keys, book, fact, gathered);
            further.extend(meeting::concern::of_addresses(keys, book, fact, gathered));
            further
        }
        OwnOutcome::WebinarSeen { .. }
        | OwnOutcome::WebinarCreated { .. }
        | OwnOutcome::Registered(_)
        | OwnOutcome::WebinarsListed { .. }
        | OwnOutcome::RegistrantsRead(_)
        | OwnOutcome::HistoryRead(_)
        | OwnOutcome::MeetingFound(_)
        | OwnOutcome::ChangeArrived(_)
        | OwnOutcome::AppointmentMade(_)
        | OwnOutcome::AppointmentSeen(_)
        | OwnOutcome::MeetingLookedAt(_)
        | OwnOutcome::MeetingNotMade(_) => Vec::new(),
    }
}

/// What a stay touches besides: the attendances of the person known before and of the one told now, and who waits for a name.
fn attendances_of_stay(keys: &TenantKeys, book: &Book, (account, run): (&str, &Run), told: &Stay) -> Vec<Alias> {
    let known = match book.find(&stay::presence_aliases(keys, account, run, told)).map(|fact| &fact.state) {
        Some(State::Presence(known)) => known.email.clone(),
        _ => None,
    };
    let remembered = match stranger::remembered(keys, book, (account, run), told) {
        Some(Is::Person(email)) => Some(email),
        Some(Is::Nobody) | None => None,
    };
    let emails = known.into_iter().chain(people::email_of(keys, account, run, told, book)).chain(remembered);
    let gathering = super::gathering(account, run, None);
    let of = |email: Email| {
        let registrations = people::registration_aliases(keys, (&gathering, None), &email);
        std::iter::once(people::attendance(keys, account, &run.uuid, &email)).chain(registrations)
    };
    let emails: Vec<Email> = emails.collect();
    let others = emails
        .iter()
        .flat_map(|email| meeting::present::of_other_runs(keys, book, (&gathering, run.uuid.as_str()), email))
        .collect::<Vec<_>>();
    let emails = emails.into_iter();
    emails.flat_map(of).chain(others).chain(stranger::needs_of_merged(keys, account, (run, told), book)).collect()
}

/// The aliases that stays freed by a registration touch: their attendances and runs; the second round of
/// [`follow_ups`], when the stays themselves are loaded.
#[must_use]
pub fn freed(keys: &TenantKeys, notification: &Notification, presences: &[Alias], book: &Book) -> Vec<Alias> {
    if let Notification::Outcome(OwnOutcome::RunRead(read)) = notification {
        return after::same_beginnings(keys, read, book);
    }
    if let Notification::Wish(Wish::Decide(decide), _) = notification {
        return stranger::touched(keys, decide, book);
    }
    let registrations = registrations_in(notification);
    // One registration frees all of them; of several, each frees its own.
    let freed_by = |account: &str, one: &Registration| match registrations.as_slice() {
        [_] => presences.to_vec(),
        _ => registration::waiting_for(keys, account, one, book),
    };
    let each = registrations.iter().map(|(account, one)| (*account, one.as_ref(), freed_by(account, one)));
    each.flat_map(|(account, one, presences)| freed_of(keys, (account, one), &presences, book)).collect()
}

fn freed_of(
    keys: &TenantKeys,
    (account, registration): (&str, &Registration),
    presences: &[Alias],
    book: &Book,
) -> Vec<Alias> {
    let mut aliases = Vec::new();
    // Who registered before under another address is known by that one.
    let known = match book.find(&registration::aliases(keys, account, registration)).map(|fact| &fact.state) {
        Some(State::Registration(known)) => Some(&known.email),
        _ => None,
    };
    for id in presences {
        if let Some(State::Presence(presence)) = book.find(std::slice::from_ref(id)).map(|fact| &fact.state) {
            let emails = known.into_iter().chain(std::iter::once(&registration.email));
            aliases.extend(emails.map(|email| people::attendance(keys, account, &presence.uuid, email)));
            aliases.push(keys.alias("run", &[account, presence.gathering.kind.as_str(), &presence.uuid]));
            aliases.extend(stranger::needs_of_known(keys, id, presence));
        }
    }
    aliases
}

/// The aliases that notifications of one batch touch only because of each other: the attendance of a stay whose
/// registration stands in the same batch.
#[must_use]
pub fn within(keys: &TenantKeys, notifications: &[Notification]) -> Vec<Alias> {
    let mut emails: HashMap<(&str, u64, String), Vec<Email>> = HashMap::new();
    for (account, told) in notifications.iter().flat_map(registrations_in) {
        let id = told.registrant_id.clone().unwrap_or_default();
        emails.entry((account, told.run.number.0, id)).or_default().push(told.email.clone());
    }
    let mut aliases = Vec::new();
    let mut add = |account: &str, run: &Run, stay: &Stay| {
        let id = stay.registrant_id.clone().unwrap_or_default();
        for email in emails.get(&(account, run.number.0, id)).into_iter().flatten() {
            aliases.push(people::attendance(keys, account, &run.uuid, email));
        }
    };
    for (account, what) in notifications.iter().filter_map(told_by_zoom) {
        if let What::Joined(run, stay) | What::Left(run, stay) = what {
            add(account, run, stay);
        }
    }
    let reads = || notifications.iter().filter_map(read_of_run);
    for read in reads() {
        read.stays().iter().for_each(|stay| add(&read.account, &read.as_run(), stay));
    }
    // Where registrations stand for a list that cannot be read, those of the same batch do, too.
    for read in reads().filter(|read| after::lacks_absentees(read)) {
        for ((account, number, _), emails) in &emails {
            if (*account, *number) == (read.account.as_str(), read.number.0) {
                aliases.extend(emails.iter().map(|email| people::attendance(keys, account, &read.uuid, email)));
            }
        }
    }
    aliases
}

/// The registrations that a notification tells of, whoever made them.
pub(super) fn registrations_in(notification: &Notification) -> Vec<(&str, Cow<'_, Registration>)> {
    match notification {
        Notification::Zoom(_, event) => match (&event.account, &event.what) {
            (Some(account), What::Registration(told)) => vec![(&account.0, Cow::Borrowed(told))],
            (_, _) => Vec::new(),
        },
        Notification::Outcome(OwnOutcome::Registered(own)) => vec![(&own.account, Cow::Owned(own.as_told()))],
        Notification::Outcome(OwnOutcome::RegistrantsRead(read)) => {
            listed::told(read).map(|one| (read.account.as_str(), Cow::Owned(one))).collect()
        }
        Notification::Wish(..)
        | Notification::Outcome(
            OwnOutcome::MeetingCreated { .. }
            | OwnOutcome::WebinarCreated { .. }
            | OwnOutcome::WebinarSeen { .. }
            | OwnOutcome::LeadsGathered { .. }
            | OwnOutcome::WebinarsListed { .. }
            | OwnOutcome::RunRead(_)
            | OwnOutcome::HistoryRead(_)
            | OwnOutcome::MeetingFound(_)
            | OwnOutcome::ChangeArrived(_)
            | OwnOutcome::AppointmentMade(_)
            | OwnOutcome::AppointmentSeen(_)
            | OwnOutcome::MeetingLookedAt(_)
            | OwnOutcome::MeetingNotMade(_),
        ) => Vec::new(),
    }
}

fn read_of_run(notification: &Notification) -> Option<&RunRead> {
    match notification {
        Notification::Outcome(OwnOutcome::RunRead(read)) => Some(read),
        Notification::Outcome(_) | Notification::Zoom(..) | Notification::Wish(..) => None,
    }
}

fn told_by_zoom(notification: &Notification) -> Option<(&str, &What)> {
    match notification {
        Notification::Zoom(_, event) => Some((event.account.as_ref()?.0.as_str(), &event.what)),
        Notification::Wish(..) | Notification::Outcome(_) => None,
    }
}
