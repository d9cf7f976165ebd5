//! Registrations that Zoom was asked for: a wish becomes a reading, each page of it the same registrations that webhooks tell of.

use super::registration::{self, TellingAt};
use super::{Context, Planned, Translated, after};
use crate::fact::{Alias, Book, State, TenantKeys};
use crate::ids::MeetingNumber;
use crate::zoom::command::Command as Zoom;
use crate::zoom::event::Registration;
use crate::zoom::listed::{COMING_MAX, FetchRegistrants, FetchingState, ReadRegistrants, RegistrantsRead, Wanted};

/// Alias of a wish to fetch registrations.
pub fn fetching(keys: &TenantKeys, operation: &str) -> Alias {
    keys.alias("fetching", &[operation])
}

/// The registrations of a page as they are told.
pub fn told(read: &RegistrantsRead) -> impl Iterator<Item = Registration> {
    read.registrants.iter().map(|one| read.as_told(one))
}

/// Registrations are wanted: one webinar is read, or it is asked first which are planned.
pub fn fetch(context: &Context<'_>, book: &mut Book, wish: &FetchRegistrants, asked_ms: i64) -> Translated {
    let alias = fetching(context.keys, &wish.operation);
    let known = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Fetching(known)) => Some(known.clone()),
        _ => None,
    };
    let state = known.unwrap_or(FetchingState { wanted: wish.wanted, asked_ms });
    let wanted = state.wanted;
    let Some((fact, changed)) = book.put(&[alias], State::Fetching(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    let planned = match wanted {
        Wanted::Webinar { webinar } => read_of(context, &fact, webinar),
        Wanted::Coming => {
            let key = context.keys.alias("delivery", &["list_webinars", &fact.0]).0;
            let what = "Look which webinars are planned in Zoom".to_owned();
            Planned::in_zoom((key, &fact), Zoom::ListWebinars, ("Zoom".to_owned(), what))
        }
    };
    Translated::merged(Some((fact, changed)), vec![planned])
}

/// Zoom said which webinars are planned: the registrants of each are read.
pub fn coming(context: &Context<'_>, wish: &Alias, webinars: &[MeetingNumber]) -> Translated {
    let planned = webinars.iter().take(COMING_MAX).map(|webinar| read_of(context, wish, *webinar)).collect();
    Translated::merged(Some((wish.clone(), true)), planned)
}

fn read_of(context: &Context<'_>, fact: &Alias, webinar: MeetingNumber) -> Planned {
    let key = context.keys.alias("delivery", &["read_registrants", &fact.0, &webinar.to_string()]).0;
    let command = Zoom::ReadRegistrants(ReadRegistrants::of(webinar));
    let what = format!("Read the registrants of Zoom webinar {webinar}");
    Planned::in_zoom((key, fact), command, ("Zoom".to_owned(), what))
}

/// A page was read: each of its registrations merges into the one that webhooks tell of.
pub fn listed(context: &Context<'_>, book: &mut Book, read: &RegistrantsRead) -> Translated {
    let each = read.registrants.iter().map(|one| {
        let at = TellingAt::Listed { read_ms: read.read_ms, created_ms: one.created_ms };
        registration::registration(context, book, &read.account, &read.as_told(one), at)
    });
    after::together(each)
}
