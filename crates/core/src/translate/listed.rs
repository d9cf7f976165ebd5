//! Registrations that Zoom was asked for: a wish becomes a reading, each page of it the same registrations that webhooks tell of.

use super::registration::{self, TellingAt};
use super::{Context, Planned, Translated, after, missed};
use crate::fact::{Alias, Book, State, TenantKeys};
use crate::ids::MeetingNumber;
use crate::zoom::command::Command as Zoom;
use crate::zoom::event::Registration;
use crate::zoom::listed::{COMING_MAX, FetchRegistrants, FetchingState, ReadRegistrants, RegistrantsRead, Wanted};

/// Alias of a wish to fetch registrations.
pub fn fetching(keys: &TenantKeys, operation: &str) -> Alias {
    keys.alias("fetching", &[operation])
}

/// The aliases that a wish touches.
pub fn needs(keys: &TenantKeys, wish: &FetchRegistrants) -> Vec<Alias> {
    let mut needs = vec![fetching(keys, &wish.operation)];
    match &wish.wanted {
        Wanted::Missed(gap) => needs.extend(missed::needs_of_gap(keys, gap)),
        Wanted::Webinar { .. } | Wanted::Coming => {}
    }
    needs
}

/// The registrations of a page as they are told.
pub fn told(read: &RegistrantsRead) -> impl Iterator<Item = Registration> {
    read.registrants.iter().map(|one| read.as_told(one))
}

/// Something is wanted: one webinar's registrations are read, it is asked first which are planned, or what was missed is read.
pub fn fetch(context: &Context<'_>, book: &mut Book, wish: &FetchRegistrants, asked_ms: i64) -> Translated {
    let alias = fetching(context.keys, &wish.operation);
    let known = match book.find(std::slice::from_ref(&alias)).map(|fact| &fact.state) {
        Some(State::Fetching(known)) => Some(known.clone()),
        _ => None,
    };
    let state = known.unwrap_or(FetchingState { wanted: wish.wanted.clone(), asked_ms });
    let wanted = state.wanted.clone();
    let Some((fact, changed)) = book.put(&[alias], State::Fetching(state)) else {
        return Translated::ignored("ignored.not_needed");
    };
    let planned = match wanted {
        Wanted::Webinar { webinar } => vec![read_of(context, &fact, ReadRegistrants::of(webinar))],
        Wanted::Coming => {
            let key = context.keys.alias("delivery", &["list_webinars", &fact.0]).0;
            let what = "Look which webinars are planned in Zoom".to_owned();
            vec![Planned::in_zoom((key, &fact), Zoom::ListWebinars, ("Zoom".to_owned(), what))]
        }
        Wanted::Missed(gap) => missed::plan(context, book, (&fact, &gap)),
    };
    Translated::merged(Some((fact, changed)), planned)
}

/// Zoom said which webinars are planned: the registrants of each are read.
pub fn coming(context: &Context<'_>, wish: &Alias, webinars: &[MeetingNumber]) -> Translated {
    let of = |webinar: &MeetingNumber| read_of(context, wish, ReadRegistrants::of(*webinar));
    let planned = webinars.iter().take(COMING_MAX).map(of).collect();
    Translated::merged(Some((wish.clone(), true)), planned)
}

/// The registrations of a webinar that was held while nobody listened.
pub fn read_past(context: &Context<'_>, wish: &Alias, webinar: MeetingNumber) -> Planned {
    read_of(context, wish, ReadRegistrants { past: true, ..ReadRegistrants::of(webinar) })
}

fn read_of(context: &Context<'_>, fact: &Alias, at: ReadRegistrants) -> Planned {
    let webinar = at.webinar;
    let key = context.keys.alias("delivery", &["read_registrants", &fact.0, &webinar.to_string()]).0;
    let command = Zoom::ReadRegistrants(at);
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
