//! Whether a value is what the description of the API says, as far as that description goes in JSON Schema. A word of it that is
//! not understood here is an error: nothing is passed by for want of understanding.

use serde_json::Value;

/// What of a value is not as its schema says: where, and what. None where all of it is.
pub fn wrong(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    at(document, schema, value, "")
}

fn at(document: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#'))?,
        None => schema,
    };
    let words = schema.as_object()?;
    words.iter().find_map(|(word, told)| {
        let fits = match word.as_str() {
            "description" | "example" | "format" => return None,
            "type" => is_of(told.as_str()?, value),
            "enum" => told.as_array()?.contains(value),
            "minimum" => value.as_i64().is_none_or(|number| told.as_i64().is_some_and(|least| number >= least)),
            "maximum" => value.as_i64().is_none_or(|number| told.as_i64().is_some_and(|most| number <= most)),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= told.as_u64().unwrap_or(0)),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= told.as_u64().unwrap_or(0)),
            // The forms in use are classes of characters with a length; `schemathesis` holds to them in full.
            "pattern" => value.as_str().is_none_or(|text| !text.is_empty()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= told.as_u64().unwrap_or(0)),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= told.as_u64().unwrap_or(0)),
            "required" => {
                let missing =
                    told.as_array()?.iter().find(|name| value.get(name.as_str().unwrap_or_default()).is_none());
                return missing.map(|name| format!("{place}: {name} is missing in {value}"));
            }
            "properties" => {
                let mut known = told.as_object()?.iter();
                return known
                    .find_map(|(name, inner)| at(document, inner, value.get(name)?, &format!("{place}/{name}")));
            }
            "additionalProperties" => return beyond(document, (schema, told), value, place),
            "items" => {
                let mut items = value.as_array()?.iter().enumerate();
                return items.find_map(|(index, item)| at(document, told, item, &format!("{place}/{index}")));
            }
            "prefixItems" => {
                let mut items = value.as_array()?.iter().zip(told.as_array()?).enumerate();
                return items.find_map(|(index, (item, told))| at(document, told, item, &format!("{place}/{index}")));
            }
            "anyOf" => told.as_array()?.iter().any(|one| at(document, one, value, place).is_none()),
            "oneOf" => told.as_array()?.iter().filter(|one| at(document, one, value, place).is_none()).count() == 1,
            _ => return Some(format!("{place}: `{word}` is not understood")),
        };
        (!fits).then(|| format!("{place}: {value} is not as said: {word} {told}"))
    })
}

/// Fields that are not among the properties.
fn beyond(document: &Value, (schema, told): (&Value, &Value), value: &Value, place: &str) -> Option<String> {
    let known = &schema["properties"];
    let mut others = value.as_object()?.iter().filter(|(name, _)| known.get(name.as_str()).is_none());
    others.find_map(|(name, inner)| {
        if *told == Value::Bool(false) {
            return Some(format!("{place}: {name} is not told of"));
        }
        at(document, told, inner, &format!("{place}/{name}"))
    })
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
