//! Registrations: one for each person and webinar, however often and by whatever it is told; what follows for the lead, the
//! activity, and for stays that came before it was known.

use super::answers::{Answered, answered};
use super::fields::{Told, activity, minute, topic};
use super::occasion::Occasion;
use super::people::{self, About};
use super::{Context, Planned, Translated, addition, custom, gathering, meeting, stay, stranger, tasks};
use crate::fact::{Alias, Book, Host, Person, RegistrationState, State, TenantKeys};
use crate::ids::{Kind, LeadId};
use crate::leadsquared::command::{Activity, Command, Correction};
use crate::rules::custom::Record;
use crate::rules::task::Happened;
use crate::settings::mapping::LEAD_TEXT_CHARS_MAX;
use crate::settings::registration::{ChangeTold, Pending};
use crate::settings::{ACTIVITY_TEXT_CHARS_MAX, ActivityKind, Settings};
use crate::zoom::event::{Registration, RegistrationStatus};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A list tells of the time of a registration by the second and Zoom's webhook by the millisecond: within this, in
/// milliseconds, they are the same.
const SAME_TIME_MS: i64 = 60_000;

/// Who tells of a registration, and of which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellingAt {
    /// An event that happened then, epoch milliseconds.
    Event(i64),
    /// A list that was asked for at `read_ms` (epoch milliseconds) says where it stood then.
    Listed {
        /// When the list was asked for.
        read_ms: i64,
        /// When the registration was made, epoch milliseconds, where the list says so.
        created_ms: Option<i64>,
    },
}

/// Aliases of a registration (design § 6).
pub fn aliases(keys: &TenantKeys, account: &str, registration: &Registration) -> Vec<Alias> {
    let number = registration.run.number.to_string();
    let kind = registration.run.kind.as_str();
    let occurrence = registration.occurrence.as_deref().unwrap_or("");
    let by_id =
        registration.registrant_id.iter().map(|id| keys.alias("registration_id", &[account, kind, &number, id]));
    let email = registration.email.as_str();
    let by_email = keys.alias("registration_email", &[account, kind, &number, occurrence, email]);
    by_id.chain(std::iter::once(by_email)).collect()
}

/// What must be loaded for a registration.
pub fn needs(keys: &TenantKeys, account: &str, registration: &Registration) -> Vec<Alias> {
    let mut needs = aliases(keys, account, registration);
    needs.push(meeting::definition(keys, account, registration.run.number.0));
    needs.push(addition::addition(keys, account, registration.run.number, &registration.email));
    needs.extend(people::awaiting(keys, account, &registration.run, registration.registrant_id.as_deref()));
    needs
}

/// The stays that wait for a registration, by their facts.
pub fn waiting_for(keys: &TenantKeys, account: &str, registration: &Registration, book: &Book) -> Vec<Alias> {
    let awaiting = people::awaiting(keys, account, &registration.run, registration.registrant_id.as_deref());
    match awaiting.and_then(|alias| book.find(&[alias]).map(|fact| &fact.state)) {
        Some(State::Awaiting(state)) => state.presences.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Somebody registered, or the registration changed.
pub fn registration(
    context: &Context<'_>,
    book: &mut Book,
    account: &str,
    told: &Registration,
    at: TellingAt,
) -> Translated {
    let aliases = aliases(context.keys, account, told);
    let definition = book.find(&[meeting::definition(context.keys, account, told.run.number.0)]);
    let gathering = gathering(account, &told.run, definition);
    let known = book.find_all(&aliases).into_iter().filter_map(|fact| {
        let State::Registration(known) = &fact.state else { return None };
        Some(known.clone())
    });
    let known = known.reduce(|one, other| join(&one, &other));
    let (told, event_ts_ms, registered_ms) = effective(known.as_ref(), told, at);
    let told = told.as_ref();
    let host = Host { id: told.run.host_id.as_ref().map(|id| id.0.clone()), email: told.run.host_email.clone() };
    let state = match &known {
        Some(known) => {
            let mut merged = merge(known, told, host, event_ts_ms);
            merged.registered_ms = registered_ms;
            merged.gathering.fill(&gathering);
            merged
        }
        None => RegistrationState {
            gathering,
            email: told.email.clone(),
            status: told.status,
            status_ms: event_ts_ms,
            registered_ms,
            only_gone: is_gone(told.status),
            answers: told.answers.clone(),
            custom_questions: told.custom_questions.clone(),
            join_url: told.join_url.clone(),
            tracking_source: told.tracking_source.clone(),
            series: Some(meeting::definition(context.keys, account, told.run.number.0)),
            occurrence: told.occurrence.clone(),
            approved_ms: (told.status == RegistrationStatus::Approved).then_some(event_ts_ms),
            host,
        },
    };
    let Some((id, changed)) = book.put(&aliases, State::Registration(state.clone())) else {
        return Translated::ignored("ignored.not_needed");
    };
    let added = addition::added_lead(context, book, account, told);
    let mut planned = plan(context, &id, (known.as_ref(), &state), added.as_ref());
    planned.extend(free_waiting(context, book, (account, told), &state));
    Translated::merged(Some((id, changed)), planned)
}

/// What is told in the order of events: where it stands, since when, and when it was made (epoch milliseconds). A list that
/// says what is known already tells of no change; it shows who cancelled among the denied.
fn effective<'a>(
    known: Option<&RegistrationState>,
    told: &'a Registration,
    at: TellingAt,
) -> (Cow<'a, Registration>, i64, i64) {
    match (at, known) {
        (TellingAt::Event(at_ms), Some(known)) => (Cow::Borrowed(told), at_ms, known.registered_ms.min(at_ms)),
        (TellingAt::Event(at_ms), None) => (Cow::Borrowed(told), at_ms, at_ms),
        (TellingAt::Listed { read_ms, created_ms }, None) => {
            (Cow::Borrowed(told), read_ms, created_ms.unwrap_or(read_ms))
        }
        (TellingAt::Listed { read_ms, created_ms }, Some(known)) => {
            let earlier = created_ms.filter(|made_ms| known.registered_ms - made_ms >= SAME_TIME_MS);
            let registered_ms = earlier.unwrap_or(known.registered_ms);
            let same = known.status == told.status
                || (known.status == RegistrationStatus::Cancelled && told.status == RegistrationStatus::Denied);
            if same {
                let told = Registration { status: known.status, ..told.clone() };
                (Cow::Owned(told), known.status_ms, registered_ms)
            } else {
                (Cow::Borrowed(told), read_ms, registered_ms)
            }
        }
    }
}

fn is_gone(status: RegistrationStatus) -> bool {
    match status {
        RegistrationStatus::Denied | RegistrationStatus::Cancelled => true,
        RegistrationStatus::Pending | RegistrationStatus::Approved => false,
    }
}

fn merge(known: &RegistrationState, told: &Registration, host: Host, event_ts_ms: i64) -> RegistrationState {
    let newer = event_ts_ms >= known.status_ms;
    let mut merged = known.clone();
    if newer {
        merged.status = told.status;
        merged.status_ms = event_ts_ms;
    }
    merged.occurrence = known.occurrence.clone().or_else(|| told.occurrence.clone());
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
    let approved_now = (told.status == RegistrationStatus::Approved).then_some(event_ts_ms);
    // Facts of older versions do not say when they were approved, but that they are.
    let approved_before = (known.status == RegistrationStatus::Approved).then_some(known.status_ms);
    merged.approved_ms = merged.approved_ms.or(approved_before).or(approved_now);
    merged.host.id = merged.host.id.or(host.id);
    merged.host.email = merged.host.email.or(host.email);
    merged
}

/// Two registrations that prove to be one: the later status, the earlier beginning, the first's address, nothing blanked.
fn join(one: &RegistrationState, other: &RegistrationState) -> RegistrationState {
    let (newer, older) = if one.status_ms >= other.status_ms { (one, other) } else { (other, one) };
    let mut joined = newer.clone();
    joined.email.clone_from(&one.email);
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
    joined.approved_ms = joined.approved_ms.or(older.approved_ms);
    joined.host.id = joined.host.id.or_else(|| older.host.id.clone());
    joined.host.email = joined.host.email.or_else(|| older.host.email.clone());
    joined
}

/// Whether a lead follows from a registration: it was more than refused or taken back, and approved where that is asked for.
pub fn counts(settings: &Settings, state: &RegistrationState) -> bool {
    let approved = state.status == RegistrationStatus::Approved || state.approved_ms.is_some();
    match settings.registration.pending {
        Pending::Counts => !state.only_gone,
        Pending::Waits => !state.only_gone && approved,
    }
}

/// What follows from a registration; `before` is what was known of it, `added` the lead that was added from LeadSquared.
fn plan(
    context: &Context<'_>,
    fact: &Alias,
    (before, state): (Option<&RegistrationState>, &RegistrationState),
    added: Option<&LeadId>,
) -> Vec<Planned> {
    let settings = &context.settings.settings;
    // Meetings' registrants are known to us, so that stays find their address; they become leads by other rules.
    if state.gathering.kind == Kind::Meeting || !counts(settings, state) {
        return Vec::new();
    }
    let person = Person::Email(state.email.clone());
    let about = |what: String| About { fact, person: Some(&person), name: None, what };
    let at = |happened, at_ms| Occasion {
        registration: Some(state),
        ..Occasion::new(happened, fact, &state.gathering, &state.email, at_ms)
    };
    let occasion = at(Happened::Registered, state.registered_ms);
    let mut computed = BTreeMap::new();
    let filled = (&mut computed, LEAD_TEXT_CHARS_MAX);
    let lead_failed = custom::fill(context, &occasion, Record::Lead, filled).err().filter(|_| added.is_none());
    let mut answered = answered(settings, state, computed);
    let filled = (&mut answered.activity, ACTIVITY_TEXT_CHARS_MAX);
    let failed = custom::fill(context, &occasion, Record::Activity, filled).err();
    let failed = lead_failed.or(failed);
    let mut planned: Vec<Planned> = match added {
        // It is written no more than the link: what its form says came from the lead itself.
        Some(lead) => addition::link_write(context, fact, state, lead).into_iter().collect(),
        None => {
            let upsert = |(key, write)| about("Lead from registration".to_owned()).plan(context, key, write);
            writes(context, &occasion, &mut answered).into_iter().map(upsert).collect()
        }
    };
    let kind = ActivityKind::WebinarRegistered;
    let (code, parked) = people::activity_code(context, kind);
    let key = context.keys.alias("delivery", &["registered", &fact.0]).0;
    let post = registered(code, context.keys.marker(&key), state, &answered);
    let what = format!("{} · {}", kind.type_name(), topic(&state.gathering));
    let mut delivery = about(what).plan(context, key.clone(), Command::PostActivity(post.clone()));
    people::park(&mut delivery, parked);
    planned.push(delivery);
    if let Some(before) = before.filter(|before| counts(settings, before) && before.status != state.status) {
        planned.extend(change(context, &about, (before.status, state), (key, post)));
    }
    if let Some(lead) = added {
        planned.iter_mut().for_each(|one| one.lead = Some(lead.clone()));
    }
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

/// The writes of a registration's lead with their keys.
fn writes(context: &Context<'_>, occasion: &Occasion<'_>, answered: &mut Answered) -> Vec<(String, Command)> {
    let keyed = std::mem::take(&mut answered.writes).into_iter().map(|write| {
        let content = serde_json::to_string(&write).unwrap_or_default();
        let key = context.keys.alias("delivery", &["registration_lead", &occasion.fact.0, &content]).0;
        (key, Command::UpsertLead(write))
    });
    keyed.collect()
}

/// The activity of a registration as it stands now.
fn registered(code: i64, marker: String, state: &RegistrationState, answered: &Answered) -> Activity {
    let told = Told {
        gathering: &state.gathering,
        note: note(state, &answered.remarks),
        at_ms: state.registered_ms,
        minutes: None,
        source: state.tracking_source.as_deref(),
    };
    let mut post = activity(code, marker, &told);
    post.fields.extend(answered.activity.clone());
    post
}

/// A change of a registration that LeadSquared knows, told as the settings say. `registered` is key and content of the
/// registration's own activity.
fn change<'a>(
    context: &Context<'_>,
    about: &impl Fn(String) -> About<'a>,
    (before, state): (RegistrationStatus, &RegistrationState),
    (registered, post): (String, Activity),
) -> Option<Planned> {
    let changes = &context.settings.settings.registration.changes;
    let (told, word) = match (before, state.status) {
        (_, RegistrationStatus::Approved) => (changes.approved, "approved"),
        (_, RegistrationStatus::Denied) => (changes.denied, "denied"),
        (_, RegistrationStatus::Cancelled) => (changes.cancelled, "cancelled"),
        // Back to waiting: a registrant who registers again.
        (_, RegistrationStatus::Pending) => (ChangeTold::Nothing, "pending"),
    };
    let at = state.status_ms.to_string();
    let key = |kind: &str| context.keys.alias("delivery", &[kind, &registered, word, &at]).0;
    let of = topic(&state.gathering);
    match told {
        ChangeTold::Nothing => None,
        ChangeTold::Correction => {
            let what = format!("Correct: {} · {of}", ActivityKind::WebinarRegistered.type_name());
            let correct = Command::CorrectActivity(Correction { of: registered.clone(), activity: post });
            let mut delivery = about(what).plan(context, key("registered_corrected"), correct);
            people::park(&mut delivery, people::activity_code(context, ActivityKind::WebinarRegistered).1);
            Some(delivery)
        }
        ChangeTold::Activity => {
            let kind = ActivityKind::WebinarRegistrationChanged;
            let (code, parked) = people::activity_code(context, kind);
            let key = key("registration_changed");
            let note = format!("{} (ID {}).", change_words(state.status, of), state.gathering.number);
            let source = state.tracking_source.as_deref();
            let told = Told { gathering: &state.gathering, note, at_ms: state.status_ms, minutes: None, source };
            let post = activity(code, context.keys.marker(&key), &told);
            // Told by its words from the next change of the same registration.
            let what = format!("{} · {of} · {word} {}", kind.type_name(), minute(state.status_ms));
            let mut delivery = about(what).plan(context, key, Command::PostActivity(post));
            people::park(&mut delivery, parked);
            Some(delivery)
        }
    }
}

fn change_words(status: RegistrationStatus, topic: &str) -> String {
    match status {
        RegistrationStatus::Approved => format!("The registration for the webinar “{topic}” was approved"),
        RegistrationStatus::Denied => format!("The registration for the webinar “{topic}” was refused by the host"),
        RegistrationStatus::Cancelled => format!("The registration for the webinar “{topic}” was cancelled"),
        RegistrationStatus::Pending => format!("The registration for the webinar “{topic}” waits for approval"),
    }
}

fn note(state: &RegistrationState, remarks: &[String]) -> String {
    let mut note = format!("Registered for the webinar “{}” (ID {})", topic(&state.gathering), state.gathering.number);
    if let Some(start_ms) = state.gathering.start_ms {
        note.push_str(&format!(", which starts {}", minute(start_ms)));
    }
    note.push('.');
    match state.status {
        RegistrationStatus::Approved => {}
        RegistrationStatus::Pending => note.push_str(" Waits for approval."),
        RegistrationStatus::Denied => note.push_str(&format!(" Refused by the host at {}.", minute(state.status_ms))),
        RegistrationStatus::Cancelled => note.push_str(&format!(" Cancelled at {}.", minute(state.status_ms))),
    }
    if let Some(link) = &state.join_url {
        note.push_str(&format!(" Join link: {link}"));
    }
    for (title, answer) in &state.custom_questions {
        note.push_str(&format!("\n{title}: {answer}"));
    }
    for remark in remarks {
        note.push_str(&format!("\n{remark}"));
    }
    note
}

/// Stays that came before their registration was known get their person now.
fn free_waiting(
    context: &Context<'_>,
    book: &mut Book,
    (account, told): (&str, &Registration),
    state: &RegistrationState,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for id in waiting_for(context.keys, account, told, book) {
        // By its alias: the stay may have proved to be one with another meanwhile.
        let found = book.find(std::slice::from_ref(&id)).map(|fact| (fact.id.clone(), fact.state.clone()));
        let Some((id, State::Presence(mut presence))) = found else { continue };
        presence.email = Some(state.email.clone());
        presence.review.decided = false;
        book.put(std::slice::from_ref(&id), State::Presence(presence.clone()));
        stranger::note(context, book, &id, &presence);
        planned.extend(stay::plan_presence(context, book, &id, &presence, Some(state)));
    }
    planned
}
