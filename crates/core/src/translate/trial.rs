//! The test webinar of a migration: made in Zoom, its test lead registered, deleted again. What its run brings comes as it does
//! for every webinar.

use super::{Context, Planned, Translated};
use crate::addition::{Approval, Company};
use crate::fact::scheduling::CreatedMeeting;
use crate::fact::trial::{RemoveWebinar, TrialState, TrialStay, TryWebinar};
use crate::fact::{Alias, Book, State, TenantKeys};
use crate::zoom::command::{Before, Command, Deed, NewRegistrant};
use crate::zoom::trial::{DeleteWebinar, NewWebinar};
use std::collections::BTreeMap;

/// Alias of a test webinar's wish.
pub fn trial(keys: &TenantKeys, operation: &str) -> Alias {
    keys.alias("trial", &[operation])
}

/// The delivery that makes the test webinar of a wish: the migration's page asks what became of it.
#[must_use]
pub fn create_key(keys: &TenantKeys, operation: &str) -> String {
    keys.alias("delivery", &["create_webinar", operation]).0
}

/// A test webinar is wanted: it goes to Zoom first.
pub fn wanted(context: &Context<'_>, book: &mut Book, wanted: &TryWebinar, asked_ms: i64) -> Translated {
    let alias = trial(context.keys, &wanted.operation);
    let state = known(book, &alias).unwrap_or_else(|| TrialState {
        wanted: wanted.clone(),
        asked_ms,
        created: None,
        stay: TrialStay::Stays,
    });
    let wanted = state.wanted.clone();
    let Some((fact, changed)) = book.put(&[alias], State::Trial(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    let key = create_key(context.keys, &wanted.operation);
    let webinar = NewWebinar {
        topic: wanted.topic.clone(),
        start_ms: wanted.start_ms,
        duration_min: wanted.duration_min,
        marker: context.keys.marker(&key),
    };
    let words = (wanted.guest.as_str().to_owned(), format!("Create Zoom webinar · {}", wanted.topic));
    let planned = Planned::in_zoom((key, &fact), Command::CreateWebinar(webinar), words);
    Translated::merged(Some((fact, changed)), vec![planned])
}

/// Zoom made it: its test lead is registered. Where the test is over already, it goes again at once.
pub fn created(context: &Context<'_>, book: &mut Book, wish: &Alias, created: &CreatedMeeting) -> Translated {
    let Some(mut state) = known(book, wish) else { return Translated::ignored("ignored.not_needed") };
    state.created = Some(created.clone());
    let planned = match state.stay {
        TrialStay::Stays => register(context, wish, (&state, created)),
        TrialStay::Goes => delete(context, wish, (&state, created)),
    };
    Translated::merged(book.put(std::slice::from_ref(wish), State::Trial(state)), vec![planned])
}

/// The test is over.
pub fn over(context: &Context<'_>, book: &mut Book, told: &RemoveWebinar) -> Translated {
    let alias = trial(context.keys, &told.of);
    let Some(mut state) = known(book, &alias) else { return Translated::ignored("ignored.not_needed") };
    state.stay = TrialStay::Goes;
    let planned = state.created.clone().map(|created| delete(context, &alias, (&state, &created)));
    Translated::merged(book.put(&[alias], State::Trial(state)), planned.into_iter().collect())
}

fn known(book: &Book, alias: &Alias) -> Option<TrialState> {
    match book.find(std::slice::from_ref(alias)).map(|fact| &fact.state) {
        Some(State::Trial(known)) => Some(known.clone()),
        _ => None,
    }
}

fn register(context: &Context<'_>, wish: &Alias, (state, created): (&TrialState, &CreatedMeeting)) -> Planned {
    let wanted = &state.wanted;
    let (first_name, last_name) = wanted.guest_name.clone();
    let registrant = NewRegistrant {
        webinar: created.number,
        topic: wanted.topic.clone(),
        start_ms: Some(wanted.start_ms),
        occurrence: None,
        approval: Approval::Automatic,
        company: Company::Single,
        email: wanted.guest.clone(),
        first_name,
        answers: BTreeMap::from([("last_name".to_owned(), last_name)]),
        custom: Vec::new(),
        deed: Deed::Register,
        before: Before::Unknown,
    };
    let key = context.keys.alias("delivery", &["add_registrant", &wish.0, wanted.guest.as_str()]).0;
    let words = (wanted.guest.as_str().to_owned(), format!("Register for {}", wanted.topic));
    Planned::in_zoom((key, wish), Command::AddRegistrant(registrant), words)
}

fn delete(context: &Context<'_>, wish: &Alias, (state, created): (&TrialState, &CreatedMeeting)) -> Planned {
    let wanted = &state.wanted;
    let key = context.keys.alias("delivery", &["delete_webinar", &wanted.operation]).0;
    let words = (wanted.guest.as_str().to_owned(), format!("Delete Zoom webinar · {}", wanted.topic));
    Planned::in_zoom((key, wish), Command::DeleteWebinar(DeleteWebinar { webinar: created.number }), words)
}
