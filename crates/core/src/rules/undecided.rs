//! Tasks that only the lead itself can decide: whether they are made at all, or who gets them. The lead is read when the task is
//! about to be sent, and then it is decided here.

use super::expression::{Failed, Holds, Wanted, compile};
use super::variables::{LEAD_FIELDS_MAX, VALUE_CHARS_MAX, Variables};
use crate::ids::Email;
use crate::leadsquared::command::Task;
use crate::redact::clip;
use crate::rules::task::TaskRule;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is left to decide about a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// What the rule is found by in the settings ([`TaskRule::key`]).
    pub key: String,
    /// The name of the rule.
    pub rule: String,
    /// The condition, where it asks for the lead.
    pub condition: Option<String>,
    /// What the condition asks besides the lead.
    pub variables: Variables,
    /// Whether the lead's owner gets the task.
    pub to_lead_owner: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The task is sent, with nothing left to decide.
    Send(Box<Task>),
    /// The rule does not hold: the task is left out, with the sentence.
    LeaveOut(String),
    /// The rule cannot be evaluated: the task waits for a person, with the sentence.
    Park(String),
}

/// The lead's field that names its owner (leadsquared.md § 3.3).
const OWNER_FIELD: &str = "OwnerIdEmailAddress";

/// Decides about a task, with the lead as LeadSquared tells it. A rule that was mended meanwhile decides as it stands now; one that is
/// gone as it was.
#[must_use]
pub fn decide(task: &Task, lead: &Map<String, Value>, rules: &[TaskRule]) -> Decided {
    let Some(undecided) = &task.undecided else { return Decided::Send(Box::new(task.clone())) };
    let now = rules.iter().find(|rule| rule.key() == undecided.key);
    if now.is_some_and(|rule| !rule.on) {
        return Decided::LeaveOut(format!("The rule “{}” is off.", undecided.rule));
    }
    let now = now.map(|rule| rule.condition.text());
    let condition = undecided.condition.as_deref().map(|then| now.unwrap_or(then));
    if let Some(condition) = condition.filter(|text| !text.trim().is_empty()) {
        match holds(condition, undecided, lead) {
            Ok(Holds::Yes) => {}
            Ok(Holds::No) => return Decided::LeaveOut(format!("The rule “{}” does not hold.", undecided.rule)),
            Ok(Holds::Unknown(name)) => {
                let sentence = format!("The rule “{}” asks for “{name}”, which nobody told.", undecided.rule);
                return Decided::LeaveOut(sentence);
            }
            Err(Failed(why)) => return Decided::Park(format!("The rule “{}”: {why}.", undecided.rule)),
        }
    }
    let owner = lead.get(OWNER_FIELD).and_then(Value::as_str).and_then(Email::parse);
    let mut decided = Task { undecided: None, ..task.clone() };
    if undecided.to_lead_owner {
        decided.owner_email = owner.or(decided.owner_email);
    }
    Decided::Send(Box::new(decided))
}

fn holds(condition: &str, undecided: &Undecided, lead: &Map<String, Value>) -> Result<Holds, Failed> {
    let condition = compile(condition, Wanted::Condition).map_err(|wrong| Failed(wrong.to_string()))?;
    if let Some(missing) = condition.lead_fields().iter().find(|field| !lead.contains_key(*field)) {
        return Err(Failed(format!("leads in LeadSquared have no field “{missing}”")));
    }
    let mut variables = undecided.variables.clone();
    variables.0.insert("lead".to_owned(), Value::Object(texts(lead, condition.lead_fields())));
    condition.holds(&variables)
}

/// The lead's fields as texts, those that are asked for first; a field without a value is an empty text.
fn texts(lead: &Map<String, Value>, asked: &std::collections::BTreeSet<String>) -> Map<String, Value> {
    let (first, rest): (Vec<_>, Vec<_>) = lead.iter().partition(|(name, _)| asked.contains(*name));
    let text = |value: &Value| match value {
        Value::String(text) => clip(text, VALUE_CHARS_MAX),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
    };
    let fields = first.into_iter().chain(rest).take(LEAD_FIELDS_MAX);
    fields.map(|(name, value)| (name.clone(), Value::String(text(value)))).collect()
}
