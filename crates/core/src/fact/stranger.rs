//! Somebody whom Zoom does not name, in a webinar or a meeting: a guest without an address, a caller by telephone. A person decides who it is; the decision
//! is remembered where that is safe, and can be undone. Next: `suggestion`, who it may be.

use super::{Alias, Gathering};
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
