//! Keys of the API, and ending one.

use super::{Page, Say, frame, moment, page};
use crate::console::frame::{Frame, Place};
use crate::console::keys::{EndKey, KeyLine, Keys, MadeKey, ScopeChoice};
use crate::console::part::{Pill, Tone};
use crate::console::schedule::Field;
use connector_core::scope::Scope;

/// All of them.
pub fn pages(say: Say<'_>) -> Vec<Page> {
    let line = |id: &str, name: &str, is_old: bool| KeyLine {
        id: say(id),
        name: say(name),
        scopes: "read, write".to_owned(),
        made_by: if is_old { String::new() } else { say("asha@acme.example") },
        made: moment(9 * 86_400),
        used: is_old.then(|| moment(60)),
        ends: is_old.then(|| moment(86_400)),
        over: is_old.then(|| Pill::new(Tone::Quiet, "Over")),
    };
    let field = |value: &str, refusal: &str| Field { value: say(value), refusal: say(refusal) };
    let choices = |open: bool| {
        let choice = |scope: Scope| ScopeChoice {
            name: scope.as_str(),
            words: scope.words(),
            on: scope == Scope::Read,
            open: open || scope != Scope::ReadPersonal,
        };
        Scope::ALL.map(choice).to_vec()
    };
    let own = Keys {
        frame: frame(say, "Keys of the API", Place::Keys),
        path: "/t/acme/keys".to_owned(),
        keys: vec![line("0f3a", "Reports", false), line("9b21", "Nightly", true)],
        name: field("", ""),
        choices: choices(true),
        choices_refusal: String::new(),
        last_day: field("", ""),
        made: Some(MadeKey { name: say("Reports"), key: say("zck_abc") }),
        refusal: None,
    };
    let all = Keys {
        frame: Frame { tenant: None, ..frame(say, "Keys of the API", Place::Keys) },
        path: "/keys".to_owned(),
        keys: Vec::new(),
        name: field("a name", "Give it a name of at most 100 characters."),
        choices: choices(false),
        choices_refusal: "Choose what it may do, one thing at least.".to_owned(),
        last_day: field("2026-08-01", "This day is over. Choose one that is to come."),
        made: None,
        refusal: Some("There are 50 keys already. End one first.".to_owned()),
    };
    let end = EndKey {
        frame: frame(say, "End a key", Place::Keys),
        path: "/t/acme/keys".to_owned(),
        key: line("0f3a", "Reports", false),
    };
    vec![page("keys", &own), page("keys-refused", &all), page("keys-end", &end)]
}
