//! Whom a meeting's run concerns: the leads it was scheduled for from LeadSquared; where nobody scheduled it there, people who came
//! from elsewhere. Colleagues among themselves concern nobody.

use super::definition;
use crate::fact::attendance::InMeeting;
use crate::fact::{Book, DefinitionState, Gathering, Person, RunState, State, TenantKeys};
use crate::ids::{Email, LeadId};
use crate::settings::meetings::Concerned;
use crate::translate::Context;

/// Mail providers whose domain says nothing about where somebody works.
const FREE_MAIL: [&str; 22] = [
    "aol.com",
    "duck.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "rediffmail.com",
    "web.de",
    "yahoo.co.in",
    "yahoo.com",
    "zohomail.com",
];

/// The domain of an address that is an organisation's own; none for a provider of free mail.
#[must_use]
pub fn own_domain(email: &Email) -> Option<&str> {
    let domain = email.domain();
    (!FREE_MAIL.contains(&domain)).then_some(domain)
}

/// A meeting as planned, where it is known.
pub fn planned<'a>(keys: &TenantKeys, book: &'a Book, gathering: &Gathering) -> Option<&'a DefinitionState> {
    let alias = definition(keys, &gathering.account, gathering.number.0);
    match book.find(&[alias]).map(|fact| &fact.state) {
        Some(State::Definition(definition)) => Some(definition),
        _ => None,
    }
}

/// The people a meeting was scheduled for from LeadSquared.
pub fn scheduled_for(keys: &TenantKeys, book: &Book, gathering: &Gathering) -> Vec<Person> {
    planned(keys, book, gathering).map(|definition| definition.concerned.clone()).unwrap_or_default()
}

/// The people whom a meeting was scheduled for and whose address is known, with the lead where the CRM named one.
pub fn invited(keys: &TenantKeys, book: &Book, gathering: &Gathering) -> Vec<(Email, Option<LeadId>)> {
    let Some(definition) = planned(keys, book, gathering) else { return Vec::new() };
    let known = |person: &Person| match person {
        Person::Email(email) => Some((email.clone(), None)),
        Person::Lead(lead) => Some((definition.emails.get(&lead.0)?.clone(), Some(lead.clone()))),
    };
    definition.concerned.iter().filter_map(known).collect()
}

/// Whether people who came are concerned by a meeting that nobody scheduled in LeadSquared.
fn are_guests_concerned(context: &Context<'_>) -> bool {
    match context.settings.settings.meetings.concerned {
        Concerned::Scheduled => false,
        Concerned::ScheduledOrGuests => true,
    }
}

/// Whether an address is one of the organisation's that holds the meeting: of its staff, of the domain it signs in to Zoom with, or of
/// the host's.
pub fn is_colleague(context: &Context<'_>, gathering: &Gathering, email: &Email) -> bool {
    let host = gathering.host.as_ref();
    let of_domain = |domain: &str| email.domain() == domain;
    context.settings.settings.is_staff(email)
        || host == Some(email)
        || host.and_then(own_domain).is_some_and(of_domain)
        || context.own_domains.iter().any(|domain| of_domain(domain))
}

/// The people whose leads show that the run began and ended.
pub fn people(context: &Context<'_>, book: &Book, state: &RunState) -> Vec<Person> {
    let scheduled = scheduled_for(context.keys, book, &state.gathering);
    if !scheduled.is_empty() || !are_guests_concerned(context) {
        return scheduled;
    }
    let guests = state.people.iter().filter(|email| !is_colleague(context, &state.gathering, email));
    guests.cloned().map(Person::Email).collect()
}

/// Whether anybody may be concerned by a run as far as it is known: what nobody cares about is not read from Zoom. Of a meeting that
/// ended, and of whose people nothing was told, anything may be true.
pub fn may_be(context: &Context<'_>, book: &Book, state: &RunState) -> bool {
    let nobody_told = state.people.is_empty() && state.show.unnamed.is_empty() && state.ended_ms.is_some();
    !people(context, book, state).is_empty()
        || (are_guests_concerned(context) && (nobody_told || !state.show.unnamed.is_empty()))
}

/// How somebody with an address belongs to a meeting.
pub fn belongs(context: &Context<'_>, book: &Book, gathering: &Gathering, email: &Email) -> InMeeting {
    let scheduled = scheduled_for(context.keys, book, gathering);
    if scheduled.is_empty() {
        let concerned = are_guests_concerned(context) && !is_colleague(context, gathering, email);
        return InMeeting { concerned, ..InMeeting::default() };
    }
    let found = invited(context.keys, book, gathering).into_iter().find(|(invited, _)| invited == email);
    InMeeting { concerned: found.is_some(), lead: found.and_then(|(_, lead)| lead), ..InMeeting::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_own(address: &str, expected: Option<&str>) {
        assert_eq!(own_domain(&Email::parse(address).unwrap()), expected);
    }

    #[test]
    fn a_provider_of_free_mail_is_nobodys_own_domain() {
        check_own("owner@Sunrise.example", Some("sunrise.example"));
        check_own("owner@gmail.com", None);
        check_own("owner@Yahoo.co.in", None);
    }
}
