//! Somebody whom Zoom does not name, in a webinar or a meeting: a guest without an address, a caller by telephone. A person decides who it is; the decision
//! is remembered where that is safe, and can be undone.

use super::{Alias, Gathering, RegistrationState};
use crate::ids::Email;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who somebody is, as a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// The person with this address.
    Person(Email),
    /// Nobody who matters: nothing is written.
    Nobody,
}

/// A stranger in one run: one Zoom user, or one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrangerState {
    /// Of what.
    pub gathering: Gathering,
    /// The run.
    pub uuid: String,
    /// The webinar's definition, of which its registrations are part.
    pub series: Alias,
    /// As typed; a number for a caller.
    pub name: Option<String>,
    /// The Zoom user, when signed in.
    pub zoom_user: Option<String>,
    /// The stays, but for those whose person Zoom named after all.
    pub stays: BTreeSet<Alias>,
    /// Who it is; `None` while nobody decided.
    pub decided: Option<Is>,
    /// Zoom named the person after all: no stay is left.
    pub named: bool,
    /// Meetings only: the addresses of those whom it was scheduled for, one of whom it may be.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub expected: BTreeSet<Email>,
}

impl StrangerState {
    /// Who it may be, the surest first: of the registered, and of those whom the meeting was scheduled for.
    #[must_use]
    pub fn suggestions(&self, registered: &[RegistrationState]) -> Vec<Suggestion> {
        let why = "The meeting was scheduled for this lead.";
        let expected = self.expected.iter().map(|email| Suggestion { email: email.clone(), why: why.to_owned() });
        suggest(self.name.as_deref(), registered).into_iter().chain(expected).take(SUGGESTIONS_MAX).collect()
    }

    /// Whether somebody has to decide.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.decided.is_none() && !self.named
    }
}

/// A decision that is remembered for the next time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RememberedState {
    /// Who it is; `None` when the decision was undone.
    pub is: Option<Is>,
}

/// What decisions did to a stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    /// The address was decided by a person, not told by Zoom.
    pub decided: bool,
    /// It was decided that this is nobody who matters.
    pub nobody: bool,
    /// Decisions that were undone: what is planned afterwards is new.
    pub undone: u32,
}

/// Somebody it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Address.
    pub email: Email,
    /// Why, as a sentence.
    pub why: String,
}

/// Suggestions for one stranger.
pub const SUGGESTIONS_MAX: usize = 5;

/// Words in a name that a device or Zoom made up, not a person.
const MADE_UP: &[&str] = &[
    "iphone", "ipad", "android", "galaxy", "pixel", "phone", "zoom", "user", "guest", "room", "pc", "laptop", "call-in",
];

/// A name as it is compared: small letters, single spaces; `None` for one that says nothing about who it is.
#[must_use]
pub fn telling_name(name: &str) -> Option<String> {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let made_up = words.iter().any(|word| MADE_UP.iter().any(|made_up| word.contains(made_up)));
    let letters = words.iter().filter(|word| word.chars().any(char::is_alphabetic)).count();
    (!made_up && letters >= 1).then(|| words.join(" "))
}

/// A name that is safe to remember: it tells something, and has at least two words.
#[must_use]
pub fn safe_name(name: &str) -> Option<String> {
    telling_name(name).filter(|name| name.contains(' '))
}

/// Who of the registered somebody with that name may be, the surest first.
#[must_use]
pub fn suggest(name: Option<&str>, registered: &[RegistrationState]) -> Vec<Suggestion> {
    let Some(name) = name.and_then(telling_name) else { return Vec::new() };
    let of = |registration: &RegistrationState, field: &str| {
        registration.answers.get(field).map(|text| text.trim().to_lowercase()).unwrap_or_default()
    };
    let whole = |registration: &RegistrationState| {
        format!("{} {}", of(registration, "first_name"), of(registration, "last_name")).trim().to_owned()
    };
    let suggested = |registration: &RegistrationState, why: &str| Suggestion {
        email: registration.email.clone(),
        why: why.to_owned(),
    };
    let mut suggestions: Vec<Suggestion> = registered
        .iter()
        .filter(|one| whole(one) == name)
        .map(|one| suggested(one, "Registered under the same name."))
        .collect();
    let first = name.split(' ').next().unwrap_or_default().to_owned();
    let same_first: Vec<&RegistrationState> = registered.iter().filter(|one| of(one, "first_name") == first).collect();
    if let ([only], true) = (same_first.as_slice(), suggestions.is_empty()) {
        suggestions.push(suggested(only, "The only one registered with this first name."));
    }
    suggestions.truncate(SUGGESTIONS_MAX);
    suggestions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, telling: Option<&str>, safe: bool) {
        assert_eq!((telling_name(name).as_deref(), safe_name(name).is_some()), (telling, safe), "{name}");
    }

    #[test]
    fn a_name_that_a_device_made_up_tells_nothing_and_one_word_is_not_remembered() {
        check_name(" Asha  RAO ", Some("asha rao"), true);
        check_name("Asha", Some("asha"), false);
        check_name("iPhone (2)", None, false);
        check_name("Asha's iPhone", None, false);
        check_name("+91 98***123", None, false);
        check_name("", None, false);
    }
}
