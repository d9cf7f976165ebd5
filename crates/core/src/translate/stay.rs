//! Stays: each joined and left of a device, told by webhooks and by Zoom's report, merges into one fact. In webinars they are told
//! as they happen, and in both they add up to an attendance.

use super::fields::{Told, activity, minute, topic};
use super::occasion::Occasion;
use super::people::{self, About, registration_of};
use super::{Context, Planned, Start, Translated, attendance, custom, gathering, meeting, registration, stranger};
use crate::fact::stranger::{Is, Review};
use crate::fact::{Alias, AwaitingState, Book, Person, PresenceState, RegistrationState, State, TenantKeys};
use crate::ids::{Email, Kind};
use crate::leadsquared::command::{Command, Correction};
use crate::rules::task::Happened;
use crate::settings::ActivityKind;
use crate::zoom::event::{Run, Stay};

const MINUTE_MS: i64 = 60_000;
/// Two tellings of a stay without a common id are the same when they join within this, in milliseconds.
const SAME_JOIN_MS: i64 = 2_000;

/// Aliases of a stay: by its handle, by its uuid; without either by who and when (design § 6).
pub fn presence_aliases(keys: &TenantKeys, account: &str, run: &Run, stay: &Stay) -> Vec<Alias> {
    let by_user = stay.user_id.iter().map(|id| keys.alias("stay_user", &[account, &run.uuid, id]));
    let by_uuid = stay.participant_uuid.iter().map(|id| keys.alias("stay_uuid", &[account, &run.uuid, id]));
    let mut aliases: Vec<Alias> = by_user.chain(by_uuid).collect();
    let who = [stay.registrant_id.as_deref(), stay.zoom_user.as_ref().map(|user| user.0.as_str())];
    let who = who.into_iter().flatten().next().or(stay.email.as_ref().map(Email::as_str)).or(stay.name.as_deref());
    if let (true, Some(who), Some(join_ms)) = (aliases.is_empty(), who, stay.join_ms) {
        let bucket = join_ms.div_euclid(SAME_JOIN_MS);
        for bucket in [bucket, bucket - 1, bucket + 1] {
            aliases.push(keys.alias("stay_join", &[account, &run.uuid, who, &bucket.to_string()]));
        }
    }
    aliases
}

/// Who tells of a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// A webhook, as it happens.
    Webhook,
    /// Zoom's report after the end: its times beat the webhooks'.
    Report,
}

/// A participant came or went.
pub fn presence(
    context: &Context<'_>,
    book: &mut Book,
    (account, telling): (&str, Telling),
    run: &Run,
    stay: &Stay,
) -> Translated {
    let aliases = aliases_of(context.keys, book, (account, telling), run, stay);
    let registered =
        book.find(&people::registration_look_ups(context.keys, account, run, stay)).map(|fact| fact.state.clone());
    let told_email = people::email_of(context.keys, account, run, stay, book);
    let (email, review) = match (told_email, stranger::remembered(context.keys, book, (account, run), stay)) {
        (Some(email), _) => (Some(email), Review::default()),
        (None, Some(Is::Person(email))) => (Some(email), Review { decided: true, ..Review::default() }),
        (None, Some(Is::Nobody)) => (None, Review { nobody: true, ..Review::default() }),
        (None, None) => (None, Review::default()),
    };
    let host = run.host_id.is_some() && stay.zoom_user == run.host_id;
    let definition = book.find(&[meeting::definition(context.keys, account, run.number.0)]);
    let told = PresenceState {
        gathering: attendance::as_its_run(context.keys, book, gathering(account, run, definition), &run.uuid),
        uuid: run.uuid.clone(),
        registrant_id: stay.registrant_id.clone(),
        email,
        name: stay.name.clone(),
        join_ms: stay.join_ms,
        leave_ms: stay.leave_ms,
        host,
        reported: telling == Telling::Report,
        zoom_user: stay.zoom_user.as_ref().map(|user| user.0.clone()),
        review,
    };
    let known = book.find_all(&aliases).into_iter().filter_map(|fact| {
        let State::Presence(known) = &fact.state else { return None };
        Some(known.clone())
    });
    let known = known.reduce(|one, other| merge_presence(&one, &other));
    let state = match &known {
        Some(known) => merge_presence(known, &told),
        None => told,
    };
    let Some((id, changed)) = book.put(&aliases, State::Presence(state.clone())) else {
        return Translated::ignored("ignored.not_needed");
    };
    if state.host {
        let ignored = Translated::ignored("ignored.host");
        return Translated { fact: Some(id), ..ignored };
    }
    // What stands under the same handle as the other kind was not looked up, and is nobody's stay of this one.
    if run.kind == state.gathering.kind {
        stranger::note(context, book, &id, &state);
    }
    if registered.is_none() {
        let awaiting = people::awaiting(context.keys, account, run, stay.registrant_id.as_deref());
        await_registration(book, awaiting, &id);
    }
    let registration = match &registered {
        Some(State::Registration(known)) => Some(known),
        _ => None,
    };
    let mut planned = plan_presence(context, book, &id, &state, registration);
    if attendance::is_attendee(context.keys, book, &state) {
        let mut corrected: Vec<Planned> =
            known.and_then(|known| correction(context, &id, &known, &state)).into_iter().collect();
        sieve(context, (&id, &state), registration, &mut corrected);
        planned.extend(corrected);
    }
    Translated::merged(Some((id, changed)), planned)
}

/// The aliases of a stay; a report that gives no handle names one by its person and beginning.
fn aliases_of(
    keys: &TenantKeys,
    book: &Book,
    (account, telling): (&str, Telling),
    run: &Run,
    stay: &Stay,
) -> Vec<Alias> {
    let mut aliases = presence_aliases(keys, account, run, stay);
    if telling == Telling::Report && book.find(&aliases).is_none() {
        let email = people::email_of(keys, account, run, stay, book);
        aliases.splice(
            0..0,
            email.into_iter().flat_map(|email| same_beginning(keys, book, (account, run), (&email, stay))),
        );
    }
    aliases
}

/// The stays of a person in a run that begin when `stay` does, where `stay` has no handle of its own.
pub fn same_beginning(
    keys: &TenantKeys,
    book: &Book,
    (account, run): (&str, &Run),
    (email, stay): (&Email, &Stay),
) -> Vec<Alias> {
    // Two devices of one person may come in the same moment: a handle tells them apart.
    if stay.user_id.is_some() {
        return Vec::new();
    }
    let Some(State::Attendance(known)) =
        book.find(&[people::attendance(keys, account, &run.uuid, email)]).map(|fact| &fact.state)
    else {
        return Vec::new();
    };
    let near = |from: Option<i64>| from.zip(stay.join_ms).is_some_and(|(from, to)| (from - to).abs() <= SAME_JOIN_MS);
    known.stays.iter().filter(|(_, (from, _))| near(*from)).map(|(id, _)| id.clone()).take(1).collect()
}

/// Whole minutes of a stay, once both ends are known.
fn minutes_of(state: &PresenceState) -> Option<i64> {
    state.join_ms.zip(state.leave_ms).map(|(join, leave)| ((leave - join) / MINUTE_MS).max(0))
}

/// What was said of a stay's end is corrected when it proves to be otherwise: it lasted longer or shorter, or ended at another
/// time (design § 6).
fn correction(context: &Context<'_>, id: &Alias, before: &PresenceState, state: &PresenceState) -> Option<Planned> {
    let (Some(_), Some(leave_ms), Kind::Webinar) = (before.leave_ms, state.leave_ms, state.gathering.kind) else {
        return None;
    };
    if !attendance::told_as_it_happens(context) {
        return None;
    }
    let (minutes, same_time) = (minutes_of(state), before.leave_ms == state.leave_ms);
    // Who was not known before has not been written of.
    if (same_time && minutes == minutes_of(before)) || before.email.is_none() {
        return None;
    }
    let (code, parked) = people::activity_code(context, ActivityKind::WebinarLeft);
    let of = activity_key(context, "left", id, state);
    let note = presence_note(state, "left", leave_ms, minutes);
    let told = Told { gathering: &state.gathering, note, at_ms: leave_ms, minutes, source: None };
    let activity = activity(code, context.keys.marker(&of), &told);
    let (at, length) = (leave_ms.to_string(), minutes.map(|minutes| minutes.to_string()).unwrap_or_default());
    let key = context.keys.alias("delivery", &["left_corrected", &id.0, &at, &length]).0;
    let person = state.email.clone().map(Person::Email);
    let what = format!("Correct: {} · {}", ActivityKind::WebinarLeft.type_name(), topic(&state.gathering));
    let about = About { fact: id, person: person.as_ref(), name: state.name.as_deref(), what };
    let mut delivery = about.plan(context, key, Command::CorrectActivity(Correction { of, activity }));
    people::park(&mut delivery, parked);
    Some(delivery)
}

/// Remembers that a stay with a registrant id came before its registration.
fn await_registration(book: &mut Book, awaiting: Option<Alias>, id: &Alias) {
    let Some(alias) = awaiting else { return };
    let mut state = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Awaiting(state)) => state.clone(),
        _ => AwaitingState::default(),
    };
    state.presences.insert(id.clone());
    book.put(&[alias], State::Awaiting(state));
}

fn merge_presence(known: &PresenceState, told: &PresenceState) -> PresenceState {
    let mut merged = known.clone();
    merged.registrant_id = merged.registrant_id.or_else(|| told.registrant_id.clone());
    // Who Zoom names is believed before what somebody decided.
    let decided = known.review.decided && told.email.is_some() && !told.review.decided;
    if known.email.is_none() || decided {
        merged.email.clone_from(&told.email);
        merged.review = Review { undone: known.review.undone, ..told.review.clone() };
    }
    merged.zoom_user = merged.zoom_user.or_else(|| told.zoom_user.clone());
    merged.name = merged.name.or_else(|| told.name.clone());
    let (first, second) = if told.reported && !known.reported { (told, known) } else { (known, told) };
    merged.join_ms = first.join_ms.or(second.join_ms);
    merged.leave_ms = first.leave_ms.or(second.leave_ms);
    merged.reported = known.reported || told.reported;
    merged.host = merged.host || told.host;
    merged.gathering.fill(&told.gathering);
    merged
}

/// The key of the activity that tells of a stay's beginning or end; after a decision was undone it is another one.
pub fn activity_key(context: &Context<'_>, verb: &str, id: &Alias, state: &PresenceState) -> String {
    match state.review.undone {
        0 => context.keys.alias("delivery", &[verb, &id.0]).0,
        undone => context.keys.alias("delivery", &[verb, &id.0, &undone.to_string()]).0,
    }
}

/// What follows from a stay whose person may be known.
pub fn plan_presence(
    context: &Context<'_>,
    book: &mut Book,
    id: &Alias,
    state: &PresenceState,
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    match state.gathering.kind {
        Kind::Webinar => plan_webinar_presence(context, book, id, state, registration),
        Kind::Meeting => meeting::run::came(context, book, (id, state), registration),
    }
}

fn plan_webinar_presence(
    context: &Context<'_>,
    book: &mut Book,
    id: &Alias,
    state: &PresenceState,
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    let person = state.email.clone().map(Person::Email);
    let name = state.name.as_deref();
    let about = |what: String| About { fact: id, person: person.as_ref(), name, what };
    let mut planned = Vec::new();
    let attendee = attendance::is_attendee(context.keys, book, state);
    let by_address = state.email.as_ref().filter(|_| registration.is_none());
    let by_address = by_address.and_then(|email| registration_of(context.keys, book, (&state.gathering, None), email));
    let registration = registration.or(by_address.as_ref());
    // A registration that made no lead is none here, and one that a filter left out may have made none: what follows from the
    // stay must not wait for it.
    let settings = &context.settings.settings;
    let made = registration.is_some_and(|known| registration::counts(settings, known) && settings.filters.is_empty());
    if attendee && !made {
        let create = context.settings.settings.attendees_become_leads;
        planned.extend(people::lead_of(context, &about("Lead from attendance".to_owned()), create, &[&state.uuid]));
    }
    let minutes = minutes_of(state);
    let moments = [
        (ActivityKind::WebinarJoined, "joined", state.join_ms, None),
        (ActivityKind::WebinarLeft, "left", state.leave_ms, minutes),
    ];
    for (kind, verb, at_ms, minutes) in moments {
        let Some(at_ms) = at_ms.filter(|_| attendance::told_as_it_happens(context)) else { continue };
        let (code, parked) = people::activity_code(context, kind);
        let key = activity_key(context, verb, id, state);
        let note = presence_note(state, verb, at_ms, minutes);
        let told = Told { gathering: &state.gathering, note, at_ms, minutes, source: None };
        let post = activity(code, context.keys.marker(&key), &told);
        let what = format!("{} · {}", kind.type_name(), topic(&state.gathering));
        let mut delivery = about(what).plan(context, key, Command::PostActivity(post));
        people::park(&mut delivery, parked);
        match (attendee, state.review.nobody && person.is_none()) {
            (false, _) => delivery.start = Start::Suppressed("suppressed.not_attendee"),
            (true, true) => delivery.start = Start::Suppressed("suppressed.nobody"),
            (true, false) => {}
        }
        planned.push(delivery);
    }
    sieve(context, (id, state), registration, &mut planned);
    planned.extend(attendance::attend(context, book, (id, state), registration));
    planned
}

/// Holds what follows from a stay against the filters, once it is known whose it is.
fn sieve(
    context: &Context<'_>,
    (id, state): (&Alias, &PresenceState),
    registration: Option<&RegistrationState>,
    planned: &mut [Planned],
) {
    let (Some(email), Kind::Webinar) = (&state.email, state.gathering.kind) else { return };
    let at_ms = state.leave_ms.or(state.join_ms).unwrap_or_default();
    let occasion = Occasion::new(Happened::Attended, id, &state.gathering, email, at_ms);
    custom::sieve(context, &Occasion { registration, ..occasion }, planned);
}

fn presence_note(state: &PresenceState, verb: &str, at_ms: i64, minutes: Option<i64>) -> String {
    let mut note = format!("{} the webinar “{}” at {}", capital(verb), topic(&state.gathering), minute(at_ms));
    if let Some(minutes) = minutes {
        note.push_str(&format!(" after {minutes} minutes"));
    }
    note.push('.');
    if let Some(name) = &state.name {
        note.push_str(&format!(" Shown in Zoom as {}.", crate::redact::clip(name, 100)));
    }
    note
}

fn capital(verb: &str) -> &'static str {
    if verb == "joined" { "Joined" } else { "Left" }
}
