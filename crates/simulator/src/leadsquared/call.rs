//! A call as the state sees it: its parameters, its body, and the time.

use super::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// A call that got through.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Parameters by lower-case name.
    pub query: &'a BTreeMap<String, String>,
    /// The body as it came.
    pub body: &'a [u8],
    /// Epoch milliseconds.
    pub now_ms: i64,
}

impl Call<'_> {
    /// A parameter that is there and not empty; `name` in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A parameter that has to be there.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.parameter(&name.to_lowercase()).ok_or_else(|| Refusal::mandatory(name))
    }

    /// The body as JSON.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| Refusal::malformed(format!("Request body: {error}")))
    }

    /// The body as JSON rows, at most `rows_max`.
    pub fn read_rows<T: DeserializeOwned>(&self, rows_max: usize) -> Result<Vec<T>, Refusal> {
        let rows: Vec<T> = self.read()?;
        if rows.is_empty() || rows.len() > rows_max {
            let count = rows.len();
            return Err(Refusal::malformed(format!("A call takes 1 to {rows_max} rows, not {count}")));
        }
        Ok(rows)
    }
}

/// A value that was sent as text, number or flag; empty text and null are none.
pub(super) fn text(value: &Value) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(flag) => Ok(Some(u8::from(*flag).to_string())),
        Value::Array(_) | Value::Object(_) => Err(Refusal::malformed("A value is text, a number or a flag")),
    }
}

/// A number that was sent as a number or as text.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
