//! An expression as it stands in the settings: its text is what is stored and compared; it is compiled when it is needed first.

use super::expression::{Expression, Wanted, Wrong, compile};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// An expression's text, and what it compiled to once somebody asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Formula {
    text: String,
    compiled: OnceLock<Result<Arc<Expression>, Wrong>>,
}

impl Formula {
    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing is written: a condition that always holds.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The expression. A formula stands in one place and is always wanted for the same.
    ///
    /// # Errors
    /// [`Wrong`] where it cannot be compiled.
    pub fn compiled(&self, wanted: Wanted) -> Result<&Expression, Wrong> {
        let compiled = self.compiled.get_or_init(|| compile(&self.text, wanted).map(Arc::new));
        compiled.as_ref().map(AsRef::as_ref).map_err(Clone::clone)
    }
}

impl From<String> for Formula {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl From<&str> for Formula {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<Formula> for String {
    fn from(formula: Formula) -> Self {
        formula.text
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Formula {}
