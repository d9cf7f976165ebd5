//! Webinars: registrations become leads and activities, recordings a link. Who was there is told in `stay` and `attendance`.

use super::fields::{self, Told, activity, minute, registration_lead, topic};
use super::people::{self, About};
use super::stay::plan_presence;
use super::{Context, Outcome, Planned, Translated, after, gathering, meeting, stranger};
use crate::fact::{Alias, Book, Person, RecordingState, RegistrationState, State, TenantKeys};
use crate::ids::Kind;
use crate::leadsquared::command::Command;
use crate::settings::ActivityKind;
use crate::zoom::event::{Recording, Registration, RegistrationStatus};

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
        Some(known) => merge_registration(&known, told, event_ts_ms),
        None => RegistrationState {
            gathering,
            email: told.email.clone(),
            status: told.status,
            status_ms: event_ts_ms,
            registered_ms: event_ts_ms,
            only_gone: is_gone(told.status),
            series: Some(meeting::definition(context.keys, account, told.run.number.0)),
            occurrence: told.occurrence.clone(),
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
    planned.extend(free_waiting(context, book, account, told, !state.only_gone));
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
    merged.occurrence = known.occurrence.clone().or_else(|| told.occurrence.clone());
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
    let lead = registration_lead(&context.settings.settings, state);
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
    let post = activity(code, context.keys.marker(&key), &told);
    let what = format!("{} · {}", ActivityKind::WebinarRegistered.type_name(), topic(&state.gathering));
    let mut registered = about(what).plan(context, key, Command::PostActivity(post));
    people::park(&mut registered, parked);
    vec![lead, registered]
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
    registered: bool,
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
        presence.review.decided = false;
        book.put(std::slice::from_ref(&id), State::Presence(presence.clone()));
        stranger::note(context, book, &id, &presence);
        planned.extend(plan_presence(context, book, &id, &presence, registered));
    }
    planned
}

/// Alias of a recording: its files, never its links or tokens.
pub fn recording(keys: &TenantKeys, account: &str, recording: &Recording) -> Alias {
    let mut fields = vec![account, recording.run.uuid.as_str()];
    fields.extend(recording.file_ids.iter().map(String::as_str));
    keys.alias("recording", &fields)
}

/// A recording is ready: its link stands with the run, and where the settings say so in the activities of those who attended.
pub fn recorded(context: &Context<'_>, book: &mut Book, account: &str, told: &Recording) -> Translated {
    let state = RecordingState {
        gathering: gathering(account, &told.run, None),
        uuid: told.run.uuid.clone(),
        share_url: told.share_url.clone(),
    };
    let fact = book.put(&[recording(context.keys, account, told)], State::Recording(state));
    let planned = match (told.run.kind, &told.share_url) {
        (Kind::Webinar, Some(link)) => after::recorded(context, book, account, &told.run, link),
        (Kind::Meeting, _) | (Kind::Webinar, None) => Vec::new(),
    };
    let translated = Translated::merged(fact, planned);
    debug_assert!(translated.outcome != Outcome::Ignored("ignored.not_needed"));
    translated
}

/// The note's limit is part of this module's promise to LeadSquared.
const _: () = assert!(fields::NOTE_CHARS_MAX <= 2_000);
