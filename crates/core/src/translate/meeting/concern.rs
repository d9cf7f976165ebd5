//! Whom a meeting's run concerns: the leads it was scheduled for from LeadSquared; where nobody scheduled it there, people from
//! elsewhere who were invited in Zoom or came. Colleagues among themselves concern nobody.

use super::super::addition::GatheredLeads;
use super::super::{Command, Context, Planned, Start, Translated, people};
use super::{definition, present, run_of};
use crate::addition::registrant::FIELD_EMAIL;
use crate::addition::{GatheredLead, Who};
use crate::fact::attendance::InMeeting;
use crate::fact::{Alias, Book, DefinitionState, Gathering, Person, RunState, State, TenantKeys};
use crate::ids::{Email, LeadId};
use crate::leadsquared::command::{Command as Crm, Gather, Members};
use crate::settings::meetings::Concerned;
use std::collections::BTreeSet;

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
fn scheduled_by_address(definition: &DefinitionState) -> Vec<(Email, Option<LeadId>)> {
    let known = |person: &Person| match person {
        Person::Email(email) => Some((email.clone(), None)),
        Person::Lead(lead) => Some((definition.emails.get(&lead.0.to_lowercase())?.clone(), Some(lead.clone()))),
    };
    definition.concerned.iter().filter_map(known).collect()
}

/// Everybody who may be expected in a meeting: whom it was scheduled for, else who was invited in Zoom.
pub fn may_be_expected(keys: &TenantKeys, book: &Book, gathering: &Gathering) -> Vec<Email> {
    let Some(definition) = planned(keys, book, gathering) else { return Vec::new() };
    if definition.concerned.is_empty() {
        return definition.invited.iter().cloned().collect();
    }
    scheduled_by_address(definition).into_iter().map(|(email, _)| email).collect()
}

/// Those of them who are expected under the settings, with the lead where the CRM named one.
pub fn expected(context: &Context<'_>, book: &Book, gathering: &Gathering) -> Vec<(Email, Option<LeadId>)> {
    let Some(definition) = planned(context.keys, book, gathering) else { return Vec::new() };
    if !definition.concerned.is_empty() {
        return scheduled_by_address(definition);
    }
    guests(context, gathering, definition.invited.iter()).map(|email| (email.clone(), None)).collect()
}

/// Those of `people` who are concerned by a meeting that nobody scheduled in LeadSquared.
fn guests<'a>(
    context: &Context<'_>,
    gathering: &Gathering,
    people: impl Iterator<Item = &'a Email>,
) -> impl Iterator<Item = &'a Email> {
    people.filter(|email| are_guests_concerned(context) && !is_colleague(context, gathering, email))
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
    let of_domain = |domain: &str| {
        let below = email.domain().strip_suffix(domain);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    };
    context.settings.settings.is_staff(email)
        || host == Some(email)
        || host.and_then(own_domain).is_some_and(of_domain)
        || context.own_domains.iter().any(|domain| of_domain(domain))
}

/// The people whose leads show that the run began and ended.
pub fn on_leads_of(context: &Context<'_>, book: &Book, state: &RunState) -> Vec<Person> {
    let scheduled = scheduled_for(context.keys, book, &state.gathering);
    if !scheduled.is_empty() {
        return scheduled;
    }
    let invited = planned(context.keys, book, &state.gathering).map(|definition| &definition.invited);
    let people: BTreeSet<&Email> = state.people.iter().chain(invited.into_iter().flatten()).collect();
    guests(context, &state.gathering, people.into_iter()).cloned().map(Person::Email).collect()
}

/// Whether anybody may be concerned by a run as far as it is known: what nobody cares about is not read from Zoom. Of a meeting that
/// ended, and of whose people nothing was told, anything may be true.
pub fn may_be(context: &Context<'_>, book: &Book, state: &RunState) -> bool {
    let nobody_told = state.people.is_empty() && state.show.unnamed.is_empty() && state.ended_ms.is_some();
    !on_leads_of(context, book, state).is_empty()
        || (are_guests_concerned(context) && (nobody_told || !state.show.unnamed.is_empty()))
}

/// How somebody with an address belongs to a meeting.
pub fn belongs(context: &Context<'_>, book: &Book, gathering: &Gathering, email: &Email) -> InMeeting {
    let scheduled = scheduled_for(context.keys, book, gathering);
    if scheduled.is_empty() {
        let concerned = are_guests_concerned(context) && !is_colleague(context, gathering, email);
        return InMeeting { concerned, ..InMeeting::default() };
    }
    let found = expected(context, book, gathering).into_iter().find(|(expected, _)| expected == email);
    InMeeting { concerned: found.is_some(), lead: found.and_then(|(_, lead)| lead), ..InMeeting::default() }
}

/// Reads the address of a lead that a meeting was scheduled for by its id: by that it is known among those who come.
pub fn plan_address(context: &Context<'_>, meeting: &Alias, lead: &LeadId) -> Planned {
    let key = context.keys.alias("delivery", &["lead_address", &meeting.0, &lead.0]).0;
    let who = Who::Lead(lead.clone());
    let members = Members::One(who.clone());
    let columns = vec![FIELD_EMAIL.to_owned()];
    Planned {
        key,
        fact: meeting.clone(),
        command: Command::LeadSquared { command: Crm::Gather(Gather { members, columns }) },
        person: None,
        lead: None,
        who: who.words(),
        what: "Read the lead's address".to_owned(),
        detail: None,
        start: Start::Ready,
    }
}

fn address_of(lead: &GatheredLead) -> Option<(String, Email)> {
    Some((lead.id.0.to_lowercase(), Email::parse(lead.fields.get(FIELD_EMAIL)?)?))
}

/// The runs and attendances that the addresses of leads lead to, where they were read for a meeting.
pub fn of_addresses(keys: &TenantKeys, book: &Book, meeting: &Alias, told: &GatheredLeads) -> Vec<Alias> {
    let Some(State::Definition(definition)) = book.find(std::slice::from_ref(meeting)).map(|fact| &fact.state) else {
        return Vec::new();
    };
    let (account, kind) = (&definition.gathering.account, definition.gathering.kind);
    let attended = |uuid: &String| {
        let emails = told.leads.iter().filter_map(address_of);
        let aliases = emails.map(|(_, email)| people::attendance(keys, account, uuid, &email)).collect::<Vec<_>>();
        std::iter::once(run_of(keys, account, kind, uuid)).chain(aliases)
    };
    definition.runs.iter().flat_map(attended).collect()
}

/// The addresses of leads that a meeting was scheduled for by their id: who of them was there already is shown.
pub fn addresses(context: &Context<'_>, book: &mut Book, meeting: &Alias, told: &GatheredLeads) -> Translated {
    let known = book.find(std::slice::from_ref(meeting)).map(|fact| fact.state.clone());
    let Some(State::Definition(mut definition)) = known else { return Translated::ignored("ignored.not_needed") };
    definition.emails.extend(told.leads.iter().filter_map(address_of));
    let (gathering, runs) = (definition.gathering.clone(), definition.runs.clone());
    let fact = book.put(std::slice::from_ref(meeting), State::Definition(definition));
    let mut planned = Vec::new();
    for uuid in runs {
        planned.extend(present::show_on(context, book, &gathering, &uuid));
    }
    Translated::merged(fact, planned)
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
