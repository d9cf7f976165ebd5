//! Under what a person finds a fact again: somebody's name, a registrant's id in Zoom, who scheduled a meeting. Stored as keyed hashes,
//! so that a stolen database tells nobody's name by them.

use super::meeting::agree;
use super::{Notification, Wish, look_up, people, registration, schedule, stay};
use crate::fact::{Alias, Book, Person, TenantKeys};
use crate::ids::{Email, LeadId};
use crate::redact::mask::Sight;
use crate::zoom::event::What;

/// Characters of a name that is remembered.
const NAME_CHARS_MAX: usize = 200;

/// The handle of a name, in any case of its letters; none for one that says nothing.
#[must_use]
pub fn by_name(keys: &TenantKeys, name: &str) -> Option<Alias> {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let name: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    name.chars().any(char::is_alphanumeric).then(|| keys.alias("handle_name", &[&name]))
}

/// The handle of a registrant's id in Zoom.
#[must_use]
pub fn by_registrant(keys: &TenantKeys, id: &str) -> Alias {
    keys.alias("handle_registrant", &[id.trim()])
}

/// The handle of what a sales user scheduled: their wishes.
#[must_use]
pub fn by_scheduler(keys: &TenantKeys, owner: &Email) -> Alias {
    keys.alias("handle_scheduler", &[owner.as_str()])
}

/// The handle of the meetings that Zoom made of a sales user's wishes.
#[must_use]
pub fn by_scheduler_made(keys: &TenantKeys, owner: &Email) -> Alias {
    keys.alias("handle_scheduler_made", &[owner.as_str()])
}

/// What a text may name for somebody of that sight: people, and handles. None where it asks for somebody by their address and people are
/// masked. A name finds nobody then: that something is found would tell as much as what is shown.
#[must_use]
pub fn meant(keys: &TenantKeys, text: &str, sight: Sight) -> Option<(Vec<Alias>, Vec<Alias>)> {
    let handles = match (sight, Email::parse(text.trim())) {
        (Sight::Whole, _) => wanted(keys, text),
        (Sight::Masked, Some(_)) => return None,
        (Sight::Masked, None) => vec![by_registrant(keys, text)],
    };
    Some((persons(keys, text), handles))
}

/// The people that a text may name: by address, or by the lead's id in LeadSquared.
fn persons(keys: &TenantKeys, text: &str) -> Vec<Alias> {
    let text = text.trim();
    let person = match Email::parse(text) {
        Some(email) => Person::Email(email),
        None if text.is_empty() => return Vec::new(),
        None => Person::Lead(LeadId(text.to_owned())),
    };
    vec![people::person_key(keys, &person)]
}

/// The handles that a text may be: a name, or a registrant's id.
fn wanted(keys: &TenantKeys, text: &str) -> Vec<Alias> {
    let by_id = (!text.trim().is_empty()).then(|| by_registrant(keys, text));
    by_name(keys, text).into_iter().chain(by_id).collect()
}

/// The handles of what a notification told of, once it was translated, each with its fact.
#[must_use]
pub fn of(keys: &TenantKeys, notification: &Notification, book: &Book) -> Vec<(Alias, Alias)> {
    let fact_of = |aliases: &[Alias]| book.find_all(aliases).first().map(|fact| fact.id.clone());
    let mut handles = Vec::new();
    for (account, told) in look_up::registrations_in(notification) {
        let Some(fact) = fact_of(&registration::aliases(keys, account, &told)) else { continue };
        let part = |field: &str| told.answers.get(field).map(String::as_str).unwrap_or_default();
        handles.extend(
            by_name(keys, &format!("{} {}", part("first_name"), part("last_name"))).map(|name| (name, fact.clone())),
        );
        handles.extend(told.registrant_id.as_deref().map(|id| (by_registrant(keys, id), fact.clone())));
    }
    if let Notification::Zoom(_, event) = notification
        && let (Some(account), What::Joined(run, told) | What::Left(run, told)) = (&event.account, &event.what)
        // Whoever registered is found by the registration.
        && told.registrant_id.is_none()
        && let Some(name) = told.name.as_deref().and_then(|name| by_name(keys, name))
        && let Some(fact) = fact_of(&stay::presence_aliases(keys, &account.0, run, told))
    {
        handles.push((name, fact));
    }
    if let Notification::Wish(Wish::ScheduleMeeting(wanted), _) = notification
        // What somebody entered as an appointment in LeadSquared has no page here.
        && wanted.appointment.is_none()
        && let Some(owner) = &wanted.owner_email
    {
        let wish = schedule::scheduling(keys, &wanted.operation);
        // The meeting is found by this alias as soon as Zoom made it.
        handles.push((by_scheduler_made(keys, owner), agree::of_wish(keys, &wish)));
        handles.push((by_scheduler(keys, owner), wish));
    }
    handles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written_and_one_that_says_nothing_is_none() {
        let keys = TenantKeys { alias: [1; 32], marker: [2; 32] };
        let asha = by_name(&keys, "Asha Rao");
        assert!(asha.is_some());
        for same in ["asha rao", "  ASHA\u{a0} RAO\n"] {
            assert_eq!(by_name(&keys, same), asha, "{same:?}");
        }
        for other in ["Asha", "Asha Rao 2"] {
            assert_ne!(by_name(&keys, other), asha);
        }
        for nothing in ["", "  ", "??"] {
            assert_eq!(by_name(&keys, nothing), None);
        }
        let other = TenantKeys { alias: [3; 32], marker: [2; 32] };
        assert_ne!(by_name(&other, "Asha Rao"), asha, "another tenant's hash");
        assert_ne!(by_registrant(&keys, "asha rao"), by_name(&keys, "asha rao").unwrap());
    }

    #[test]
    fn masked_an_id_finds_a_record_and_neither_an_address_nor_a_name_finds_anybody() {
        let keys = TenantKeys { alias: [1; 32], marker: [2; 32] };
        let whole = |text| meant(&keys, text, Sight::Whole).unwrap();
        let masked = |text| meant(&keys, text, Sight::Masked);
        for address in ["asha@acme.test", " ASHA@acme.test "] {
            assert_eq!(masked(address), None);
            assert_eq!(whole(address).0.len(), 1);
        }
        let (people, handles) = masked("Asha Rao").unwrap();
        assert_eq!((people, handles), (persons(&keys, "Asha Rao"), vec![by_registrant(&keys, "Asha Rao")]));
        assert!(whole("Asha Rao").1.contains(&by_name(&keys, "Asha Rao").unwrap()));
        assert_eq!(masked("r1").unwrap().1, vec![by_registrant(&keys, "r1")]);
    }
}
