//! Keys of the API: those of a tenant, or those that reach every tenant.

use super::filters;
use super::frame::Frame;
use super::part::{Moment, Pill};
use super::schedule::Field;
use askama::Template;

/// A key, without what it is.
#[derive(Debug, Clone)]
pub struct KeyLine {
    /// Names it in addresses.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it may do, as scopes are called.
    pub scopes: String,
    /// Who made it; empty for keys from before that was noted.
    pub made_by: String,
    /// When it was made.
    pub made: Moment,
    /// When it was last used, to the minute.
    pub used: Option<Moment>,
    /// When it ends by itself.
    pub ends: Option<Moment>,
    /// That it has ended by itself, if it has.
    pub over: Option<Pill>,
}

/// A scope that a new key may have.
#[derive(Debug, Clone)]
pub struct ScopeChoice {
    /// As scopes are called.
    pub name: &'static str,
    /// What it allows.
    pub words: &'static str,
    /// Whether it is chosen.
    pub on: bool,
    /// Whether whoever looks at the page may hand it on.
    pub open: bool,
}

/// A key that was made just now.
#[derive(Debug, Clone)]
pub struct MadeKey {
    /// For people.
    pub name: String,
    /// The key itself, shown this once.
    pub key: String,
}

/// The pages `/t/{tenant}/keys` and `/keys`.
#[derive(Debug, Clone, Template)]
#[template(path = "keys.html")]
pub struct Keys {
    /// Around it.
    pub frame: Frame,
    /// Where it stands.
    pub path: String,
    /// The keys, the newest first.
    pub keys: Vec<KeyLine>,
    /// The name of the new one, as typed.
    pub name: Field,
    /// What the new one may do.
    pub choices: Vec<ScopeChoice>,
    /// What is wrong with what it may do, as a sentence.
    pub choices_refusal: String,
    /// The last day of the new one, as typed.
    pub last_day: Field,
    /// The key that was made.
    pub made: Option<MadeKey>,
    /// Why something was not done.
    pub refusal: Option<String>,
}

/// The pages `/t/{tenant}/keys/{id}/end` and `/keys/{id}/end`: whether a key is to be ended.
#[derive(Debug, Clone, Template)]
#[template(path = "end_key.html")]
pub struct EndKey {
    /// Around it.
    pub frame: Frame,
    /// Where the keys are.
    pub path: String,
    /// The key.
    pub key: KeyLine,
}
