//! Webinars: registrations become leads and activities, stays become joined and left and add up to an attendance.
//! Meetings share the stays; there they only tell who was concerned.

use super::fields::{self, LEAD_TEXT_CHARS_MAX, Told, activity, minute, registration_lead, topic};
use super::occasion::Occasion;
use super::people::{self, About};
use super::{Context, Outcome, Planned, Translated, custom, gathering, meeting, tasks};
use crate::fact::{
    Alias, AttendanceState, AwaitingState, Book, Gathering, Person, PresenceState, RecordingState, RegistrationState,
    State, TenantKeys,
};
use crate::ids::{Email, Kind};
use crate::leadsquared::command::{Command, Correction};
use crate::rules::custom::Record;
use crate::rules::task::Happened;
use crate::settings::{ACTIVITY_TEXT_CHARS_MAX, ActivityKind};
use crate::zoom::event::{Recording, Registration, RegistrationStatus, Run, Stay};

const MINUTE_MS: i64 = 60_000;
/// Two tellings of a stay without any id are the same when they join within this.
const SAME_JOIN_MS: i64 = 2_000;

/// Aliases of a registration (design § 6).
pub fn registration_aliases(keys: &TenantKeys, account: &str, registration: &Registration) -> Vec<Alias> {
    let number = registration.run.number.to_string();
    let kind = registration.run.kind.as_str();
    let occurrence = registration.occurrence.as_deref().unwrap_or("");
    let by_id =
        registration.registrant_id.iter().map(|id| keys.alias("registration_id", &[account, kind, &number, id]));
    let email = registration.email.as_str();
    let by_email = keys.alias("registration_email", &[account, kind, &number, occurrence, email]);
    by_id.chain(std::iter::once(by_email)).collect()
}

/// Somebody registered, or the registration changed.
pub fn registration(
    context: &Context<'_>,
    book: &mut Book,
    account: &str,
    told: &Registration,
    event_ts_ms: i64,
) -> Translated {
    let aliases = registration_aliases(context.keys, account, told);
    let definition = book.find(&[meeting::definition(context.keys, account, told.run.number.0)]);
    let gathering = gathering(account, &told.run, definition);
    let known = book.find_all(&aliases).into_iter().filter_map(|fact| {
        let State::Registration(known) = &fact.state else { return None };
        Some(known.clone())
    });
    let state = match known.reduce(|one, other| join_registrations(&one, &other)) {
        Some(known) => {
            let mut merged = merge_registration(&known, told, event_ts_ms);
            merged.gathering.fill(&gathering);
            merged
        }
        None => RegistrationState {
            gathering,
            email: told.email.clone(),
            status: told.status,
            status_ms: event_ts_ms,
            registered_ms: event_ts_ms,
            only_gone: is_gone(told.status),
            answers: told.answers.clone(),
            custom_questions: told.custom_questions.clone(),
            join_url: told.join_url.clone(),
            tracking_source: told.tracking_source.clone(),
        },
    };
    let Some((id, changed)) = book.put(&aliases, State::Registration(state.clone())) else {
        return Translated::ignored("ignored.not_needed");
    };
    let mut planned = plan_registration(context, &id, &state);
    planned.extend(free_waiting(context, book, account, told, &state));
    Translated::merged(Some((id, changed)), planned)
}

fn is_gone(status: RegistrationStatus) -> bool {
    match status {
        RegistrationStatus::Denied | RegistrationStatus::Cancelled => true,
        RegistrationStatus::Pending | RegistrationStatus::Approved => false,
    }
}

fn merge_registration(known: &RegistrationState, told: &Registration, event_ts_ms: i64) -> RegistrationState {
    let newer = event_ts_ms >= known.status_ms;
    let mut merged = known.clone();
    if newer {
        merged.status = told.status;
        merged.status_ms = event_ts_ms;
    }
    merged.registered_ms = known.registered_ms.min(event_ts_ms);
    merged.only_gone = known.only_gone && is_gone(told.status);
    for (field, answer) in &told.answers {
        if newer || !merged.answers.contains_key(field) {
            merged.answers.insert(field.clone(), answer.clone());
        }
    }
    if !told.custom_questions.is_empty() && (newer || merged.custom_questions.is_empty()) {
        merged.custom_questions.clone_from(&told.custom_questions);
    }
    merged.join_url = told.join_url.clone().filter(|_| newer).or(merged.join_url);
    merged.tracking_source = merged.tracking_source.or_else(|| told.tracking_source.clone());
    merged
}

/// Two registrations that prove to be one: the later status, the earlier beginning, nothing blanked.
fn join_registrations(one: &RegistrationState, other: &RegistrationState) -> RegistrationState {
    let (newer, older) = if one.status_ms >= other.status_ms { (one, other) } else { (other, one) };
    let mut joined = newer.clone();
    joined.registered_ms = joined.registered_ms.min(older.registered_ms);
    joined.only_gone = newer.only_gone && older.only_gone;
    for (field, answer) in &older.answers {
        joined.answers.entry(field.clone()).or_insert_with(|| answer.clone());
    }
    if joined.custom_questions.is_empty() {
        joined.custom_questions.clone_from(&older.custom_questions);
    }
    joined.join_url = joined.join_url.or_else(|| older.join_url.clone());
    joined.tracking_source = joined.tracking_source.or_else(|| older.tracking_source.clone());
    joined
}

fn plan_registration(context: &Context<'_>, fact: &Alias, state: &RegistrationState) -> Vec<Planned> {
    // Meetings' registrants are known to us, so that stays find their address; they become leads by other rules.
    // Somebody of whom we only heard that they are gone never was a lead of this webinar.
    if state.gathering.kind == Kind::Meeting || state.only_gone {
        return Vec::new();
    }
    let person = Person::Email(state.email.clone());
    let at = |happened, at_ms| Occasion {
        registration: Some(state),
        ..Occasion::new(happened, fact, &state.gathering, &state.email, at_ms)
    };
    let occasion = at(Happened::Registered, state.registered_ms);
    let mut lead = registration_lead(&context.settings.settings, state);
    let mut failed = custom::fill(context, &occasion, Record::Lead, (&mut lead.fields, LEAD_TEXT_CHARS_MAX)).err();
    let content = serde_json::to_string(&lead).unwrap_or_default();
    let lead_key = context.keys.alias("delivery", &["registration_lead", &fact.0, &content]).0;
    let about = |what: String| About { fact, person: Some(&person), name: None, what };
    let lead = about("Lead from registration".to_owned()).plan(context, lead_key, Command::UpsertLead(lead));

    let (code, parked) = people::activity_code(context, ActivityKind::WebinarRegistered);
    let key = context.keys.alias("delivery", &["registered", &fact.0]).0;
    let told = Told {
        gathering: &state.gathering,
        note: registration_note(state),
        at_ms: state.registered_ms,
        minutes: None,
        source: state.tracking_source.as_deref(),
    };
    let mut post = activity(code, context.keys.marker(&key), &told);
    let filled = (&mut post.fields, ACTIVITY_TEXT_CHARS_MAX);
    failed = custom::fill(context, &occasion, Record::Activity, filled).err().or(failed);
    let what = format!("{} · {}", ActivityKind::WebinarRegistered.type_name(), topic(&state.gathering));
    let mut registered = about(what).plan(context, key, Command::PostActivity(post));
    people::park(&mut registered, parked);
    let mut planned = vec![lead, registered];
    if let Some(why) = failed {
        custom::park(&mut planned, &why);
    }
    planned.extend(tasks::on(context, &occasion));
    if state.status == RegistrationStatus::Approved {
        planned.extend(tasks::on(context, &at(Happened::Approved, state.status_ms)));
    }
    custom::sieve(context, &occasion, &mut planned);
    planned
}

fn registration_note(state: &RegistrationState) -> String {
    let mut note = format!("Registered for the webinar “{}” (ID {})", topic(&state.gathering), state.gathering.number);
    if let Some(start_ms) = state.gathering.start_ms {
        note.push_str(&format!(", which starts {}", minute(start_ms)));
    }
    note.push('.');
    if state.status == RegistrationStatus::Pending {
        note.push_str(" Waits for approval.");
    }
    if let Some(link) = &state.join_url {
        note.push_str(&format!(" Join link: {link}"));
    }
    for (title, answer) in &state.custom_questions {
        note.push_str(&format!("\n{title}: {answer}"));
    }
    note
}

/// Stays that came before their registration was known get their person now.
fn free_waiting(
    context: &Context<'_>,
    book: &mut Book,
    account: &str,
    told: &Registration,
    registration: &RegistrationState,
) -> Vec<Planned> {
    let waiting = people::awaiting(context.keys, account, &told.run, told.registrant_id.as_deref());
    let presences: Vec<Alias> = match waiting.and_then(|alias| book.find(&[alias]).map(|fact| &fact.state)) {
        Some(State::Awaiting(state)) => state.presences.iter().cloned().collect(),
        _ => return Vec::new(),
    };
    let mut planned = Vec::new();
    for id in presences {
        // By its alias: the stay may have proved to be one with another meanwhile.
        let found = book.find(std::slice::from_ref(&id)).map(|fact| (fact.id.clone(), fact.state.clone()));
        let Some((id, State::Presence(mut presence))) = found else { continue };
        presence.email = Some(told.email.clone());
        book.put(std::slice::from_ref(&id), State::Presence(presence.clone()));
        planned.extend(plan_presence(context, book, &id, &presence, Some(registration)));
    }
    planned
}

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

/// A participant came or went.
pub fn presence(context: &Context<'_>, book: &mut Book, account: &str, run: &Run, stay: &Stay) -> Translated {
    let aliases = presence_aliases(context.keys, account, run, stay);
    let registered =
        book.find(&people::registration_look_ups(context.keys, account, run, stay)).map(|fact| fact.state.clone());
    let email = people::email_of(context.keys, account, run, stay, book);
    let host = run.host_id.is_some() && stay.zoom_user == run.host_id;
    let definition = book.find(&[meeting::definition(context.keys, account, run.number.0)]);
    let told = PresenceState {
        gathering: gathering(account, run, definition),
        uuid: run.uuid.clone(),
        registrant_id: stay.registrant_id.clone(),
        email,
        name: stay.name.clone(),
        join_ms: stay.join_ms,
        leave_ms: stay.leave_ms,
        host,
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
    if registered.is_none() {
        let awaiting = people::awaiting(context.keys, account, run, stay.registrant_id.as_deref());
        await_registration(book, awaiting, &id);
    }
    let registration = match &registered {
        Some(State::Registration(known)) => Some(known),
        _ => None,
    };
    let mut planned = plan_presence(context, book, &id, &state, registration);
    let mut corrected: Vec<Planned> =
        known.and_then(|known| correction(context, &id, &known, &state)).into_iter().collect();
    sieve_presence(context, (&id, &state), registration, &mut corrected);
    planned.extend(corrected);
    Translated::merged(Some((id, changed)), planned)
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
    let (minutes, same_time) = (minutes_of(state), before.leave_ms == state.leave_ms);
    // Who was not known before has not been written of.
    if (same_time && minutes == minutes_of(before)) || before.email.is_none() {
        return None;
    }
    let (code, parked) = people::activity_code(context, ActivityKind::WebinarLeft);
    let of = context.keys.alias("delivery", &["left", &id.0]).0;
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
    merged.email = merged.email.or_else(|| told.email.clone());
    merged.name = merged.name.or_else(|| told.name.clone());
    merged.join_ms = merged.join_ms.or(told.join_ms);
    merged.leave_ms = merged.leave_ms.or(told.leave_ms);
    merged.host = merged.host || told.host;
    merged.gathering.fill(&told.gathering);
    merged
}

fn plan_presence(
    context: &Context<'_>,
    book: &mut Book,
    id: &Alias,
    state: &PresenceState,
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    match state.gathering.kind {
        Kind::Webinar => plan_webinar_presence(context, book, id, state, registration),
        Kind::Meeting => match &state.email {
            Some(email) => meeting::came(context, book, state, email),
            None => Vec::new(),
        },
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
    // A registration of which we only heard the end made no lead: what follows from the stay must not wait for one.
    if registration.is_none_or(|known| known.only_gone) {
        let create = context.settings.settings.attendees_become_leads;
        planned.extend(people::lead_of(context, &about("Lead from attendance".to_owned()), create, &[&state.uuid]));
    }
    let minutes = minutes_of(state);
    let moments = [
        (ActivityKind::WebinarJoined, "joined", state.join_ms, None),
        (ActivityKind::WebinarLeft, "left", state.leave_ms, minutes),
    ];
    for (kind, verb, at_ms, minutes) in moments {
        let Some(at_ms) = at_ms else { continue };
        let (code, parked) = people::activity_code(context, kind);
        let key = context.keys.alias("delivery", &[verb, &id.0]).0;
        let note = presence_note(state, verb, at_ms, minutes);
        let told = Told { gathering: &state.gathering, note, at_ms, minutes, source: None };
        let post = activity(code, context.keys.marker(&key), &told);
        let what = format!("{} · {}", kind.type_name(), topic(&state.gathering));
        let mut delivery = about(what).plan(context, key, Command::PostActivity(post));
        people::park(&mut delivery, parked);
        planned.push(delivery);
    }
    planned.extend(attend(context, book, id, state, registration));
    sieve_presence(context, (id, state), registration, &mut planned);
    planned
}

/// Holds what follows from a stay against the filters, once it is known whose it is.
fn sieve_presence(
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

/// Adds the stay to the person's attendance of the run, and plans what the attendance brings.
fn attend(
    context: &Context<'_>,
    book: &mut Book,
    id: &Alias,
    state: &PresenceState,
    registration: Option<&RegistrationState>,
) -> Vec<Planned> {
    let Some(email) = state.email.as_ref() else { return Vec::new() };
    let alias = people::attendance(context.keys, &state.gathering.account, &state.uuid, email);
    let mut attendance = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Attendance(known)) => known.clone(),
        _ => AttendanceState {
            gathering: Gathering { ..state.gathering.clone() },
            uuid: state.uuid.clone(),
            email: email.clone(),
            stays: std::collections::BTreeMap::new(),
        },
    };
    attendance.gathering.fill(&state.gathering);
    for (_, twin) in book.absorbed().iter().filter(|(survivor, _)| survivor == id) {
        attendance.stays.remove(twin);
    }
    attendance.stays.insert(id.clone(), (state.join_ms, state.leave_ms));
    let Some((fact, _)) = book.put(&[alias], State::Attendance(attendance.clone())) else { return Vec::new() };
    let Some(at_ms) = attendance.last_left_ms() else { return Vec::new() };
    let at = |happened| Occasion {
        attendance: Some(&attendance),
        registration,
        ..Occasion::new(happened, &fact, &attendance.gathering, email, at_ms)
    };
    let mut planned = tasks::on(context, &at(Happened::Attended));
    planned.extend(tasks::on(context, &at(Happened::Left)));
    planned
}

/// Alias of a recording: its files, never its links or tokens.
pub fn recording(keys: &TenantKeys, account: &str, recording: &Recording) -> Alias {
    let mut fields = vec![account, recording.run.uuid.as_str()];
    fields.extend(recording.file_ids.iter().map(String::as_str));
    keys.alias("recording", &fields)
}

/// A recording is ready: known, and of no consequence yet.
pub fn recorded(context: &Context<'_>, book: &mut Book, account: &str, told: &Recording) -> Translated {
    let state = RecordingState {
        gathering: gathering(account, &told.run, None),
        uuid: told.run.uuid.clone(),
        share_url: told.share_url.clone(),
    };
    let fact = book.put(&[recording(context.keys, account, told)], State::Recording(state));
    let translated = Translated::merged(fact, Vec::new());
    debug_assert!(translated.outcome != Outcome::Ignored("ignored.not_needed"));
    translated
}

/// The note's limit is part of this module's promise to LeadSquared.
const _: () = assert!(fields::NOTE_CHARS_MAX <= 2_000);
