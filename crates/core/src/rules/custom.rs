//! A tenant's custom logic: filters that leave people out, and fields whose values are computed.

use super::expression::{Failed, Holds, Wanted};
use super::formula::Formula;
use super::variables::Variables;
use crate::redact::clip;
use serde::{Deserialize, Serialize};

/// Filters at the most.
pub const FILTERS_MAX: usize = 50;
/// Computed fields at the most.
pub const COMPUTED_MAX: usize = 50;

/// Who of the registered and of those who came makes nothing in LeadSquared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// For people: shown with everything it leaves out.
    pub name: String,
    /// Whether it is asked.
    pub on: bool,
    /// Who is left out.
    pub condition: Formula,
}

impl Default for Filter {
    fn default() -> Self {
        Self { name: String::new(), on: true, condition: Formula::default() }
    }
}

/// Whose field is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The lead's.
    #[default]
    Lead,
    /// The registration's activity's.
    Activity,
}

/// A field with a computed value, written when somebody registers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComputedField {
    /// Whose field it is.
    pub of: Record,
    /// The field's schema name.
    pub field: String,
    /// Whether it is written.
    pub on: bool,
    /// The value; nothing is written where it comes to an empty text.
    pub value: Formula,
}

impl Default for ComputedField {
    fn default() -> Self {
        Self { of: Record::Lead, field: String::new(), on: true, value: Formula::default() }
    }
}

/// What the filters say of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sieved {
    /// Nothing against it.
    Passes,
    /// Left out, by the filter of that name.
    LeftOut(String),
    /// A filter could not be evaluated: a person must look, with the sentence.
    Failed(String),
}

/// Asks the filters, in their order.
#[must_use]
pub fn sieve(filters: &[Filter], variables: &Variables) -> Sieved {
    for filter in filters.iter().filter(|filter| filter.on && !filter.condition.is_empty()) {
        let failed = |why: String| Sieved::Failed(format!("The filter “{}”: {why}.", filter.name));
        match filter.condition.compiled(Wanted::Condition) {
            Err(wrong) => return failed(wrong.to_string()),
            Ok(condition) => match condition.holds(variables) {
                Ok(Holds::Yes) => return Sieved::LeftOut(filter.name.clone()),
                Ok(Holds::No | Holds::Unknown(_)) => {}
                Err(Failed(why)) => return failed(why),
            },
        }
    }
    Sieved::Passes
}

/// The computed values of one record: field and value, the empty ones left out.
///
/// # Errors
/// The sentence of the first that cannot be computed.
pub fn compute(
    fields: &[ComputedField],
    of: Record,
    variables: &Variables,
    chars_max: usize,
) -> Result<Vec<(String, String)>, String> {
    let mut values = Vec::new();
    for field in fields.iter().filter(|field| field.on && field.of == of) {
        let failed = |why: String| format!("The computed field “{}”: {why}.", field.field);
        let formula = field.value.compiled(Wanted::Text).map_err(|wrong| failed(wrong.to_string()))?;
        if let Some(text) = formula.text(variables).map_err(|Failed(why)| failed(why))? {
            values.push((field.field.clone(), clip(&text, chars_max)));
        }
    }
    Ok(values)
}
