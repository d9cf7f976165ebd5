//! A tenant's own rules, written in CEL (Common Expression Language): tasks by rule, filters, computed fields (docs/rules.md).
//!
//! `expression` compiles and evaluates one text, `check` finds what is wrong with it when it is saved, `cost` says beforehand what
//! it may take, `variables` are what it may ask, `formula` is such a text as it stands in the settings. `task` is a rule that makes
//! tasks, `due` reckons when they are due, `custom` are filters and computed fields, `undecided` are tasks that only the lead itself
//! can decide, `refusal` looks through all rules of some settings. Nothing here asks for the time: it is a variable.

pub mod check;
pub mod cost;
pub mod custom;
pub mod due;
pub mod expression;
pub mod formula;
pub mod refusal;
pub mod task;
pub mod undecided;
pub mod variables;
