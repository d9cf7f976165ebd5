//! What LeadSquared's own actions post to us: an automation's webhook, a lead's action, a bulk action, a list's action. Their
//! bodies are the tenant's own and nowhere described (leadsquared.md § 4, 6), so ids are taken from wherever they stand, under
//! every spelling that was seen, as an object or an array, as JSON or as a form.

use crate::addition::LEADS_NAMED_MAX;
use crate::addition::request::who;
use serde_json::Value;
use std::collections::BTreeSet;

/// What an action asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The webinar's number as it was written, if the body names one.
    pub webinar: Option<String>,
    /// The occurrence, if the body names one.
    pub occurrence: Option<String>,
    /// Addresses and lead ids, each once.
    pub leads: Vec<String>,
    /// A list, if the body names one and no leads.
    pub list: Option<String>,
}

/// Nesting that is followed.
const DEPTH_MAX: usize = 8;
/// Names of a lead's id, lower-case and without `_`.
const LEAD_KEYS: [&str; 8] =
    ["prospectid", "leadid", "leadids", "prospectids", "relatedprospectid", "selectedleadids", "lead", "leads"];
/// Names of a lead's address.
const EMAIL_KEYS: [&str; 3] = ["emailaddress", "email", "emails"];
const LIST_KEYS: [&str; 3] = ["listid", "leadlistid", "list"];
const WEBINAR_KEYS: [&str; 4] = ["webinar", "webinarid", "webinarnumber", "zoomwebinarid"];
const OCCURRENCE_KEYS: [&str; 2] = ["occurrence", "occurrenceid"];
/// What a lead was before an update says nothing of what is wanted.
const PASSED_OVER: [&str; 1] = ["before"];

/// Reads the body of an action; one that holds nothing of use asks for nothing.
#[must_use]
pub fn read(body: &[u8]) -> Asked {
    let mut asked = Asked::default();
    let mut seen = BTreeSet::new();
    match serde_json::from_slice::<Value>(body) {
        Ok(json) => walk(&json, (&mut asked, &mut seen), DEPTH_MAX),
        Err(_) => {
            for (name, value) in form(body) {
                // A form may carry JSON in one of its fields.
                match serde_json::from_str::<Value>(&value) {
                    Ok(json @ (Value::Object(_) | Value::Array(_))) => {
                        take(&folded(&name), &json, (&mut asked, &mut seen), DEPTH_MAX);
                    }
                    Ok(_) | Err(_) => take(&folded(&name), &Value::String(value), (&mut asked, &mut seen), 1),
                }
            }
        }
    }
    asked
}

type Found<'a> = (&'a mut Asked, &'a mut BTreeSet<String>);

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn walk(value: &Value, (asked, seen): Found<'_>, depth: usize) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(rows) => rows.iter().for_each(|row| walk(row, (asked, seen), depth - 1)),
        Value::Object(fields) => {
            // A property list names its fields in values.
            if let (Some(Value::String(name)), Some(value)) = (fields.get("Attribute"), fields.get("Value")) {
                take(&folded(name), value, (asked, seen), depth);
            }
            // One lead is named once: its id is surer than its address.
            let has_id = fields.iter().any(|(name, value)| LEAD_KEYS.contains(&folded(name).as_str()) && is_id(value));
            for (name, value) in fields {
                let name = folded(name);
                let second = has_id && EMAIL_KEYS.contains(&name.as_str());
                if !second && !PASSED_OVER.contains(&name.as_str()) {
                    take(&name, value, (asked, seen), depth);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_id(value: &Value) -> bool {
    value.as_str().and_then(who).is_some()
}

fn take(name: &str, value: &Value, (asked, seen): Found<'_>, depth: usize) {
    let text = || match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if WEBINAR_KEYS.contains(&name) && asked.webinar.is_none() {
        asked.webinar = text();
    } else if OCCURRENCE_KEYS.contains(&name) && asked.occurrence.is_none() {
        asked.occurrence = text();
    } else if LIST_KEYS.contains(&name) && asked.list.is_none() {
        asked.list = text();
    } else if LEAD_KEYS.contains(&name) || EMAIL_KEYS.contains(&name) {
        named(value, (asked, seen));
    }
    walk(value, (asked, seen), depth.saturating_sub(1));
}

/// One id, several in an array, or several in one text.
fn named(value: &Value, (asked, seen): Found<'_>) {
    match value {
        Value::Array(rows) => rows.iter().filter(|row| row.is_string()).for_each(|row| named(row, (asked, seen))),
        Value::String(text) => {
            let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
            for word in words.filter_map(who).map(|who| match who {
                crate::addition::Who::Email(email) => email.as_str().to_owned(),
                crate::addition::Who::Lead(lead) => lead.0,
            }) {
                if asked.leads.len() <= LEADS_NAMED_MAX && seen.insert(word.clone()) {
                    asked.leads.push(word);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

/// The fields of a form.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    const TWO: &str = "7f9619ff-8b86-d011-b42d-00c04fc964ff";

    #[track_caller]
    fn check(body: &str, leads: &[&str]) {
        assert_eq!(read(body.as_bytes()).leads, leads, "{body}");
    }

    #[test]
    fn leads_are_found_wherever_an_action_names_them() {
        check(&format!(r#"{{"ProspectID":"{ONE}","EmailAddress":"a@b.test","Score":"0"}}"#), &[ONE]);
        check(&format!(r#"{{"Before":{{"ProspectID":"{TWO}"}},"After":{{"ProspectID":"{ONE}"}}}}"#), &[ONE]);
        check(&format!(r#"{{"Data":{{"LeadId":"{ONE}"}}}}"#), &[ONE]);
        check(&format!(r#"{{"Current":{{"RelatedProspectId":"{ONE}"}}}}"#), &[ONE]);
        check(&format!(r#"[{{"ProspectId":"{ONE}"}},{{"ProspectId":"{TWO}"}},{{"ProspectId":"{ONE}"}}]"#), &[ONE, TWO]);
        check(&format!(r#"{{"LeadIds":["{ONE}","{TWO}"]}}"#), &[ONE, TWO]);
        check(&format!(r#"{{"SelectedLeadIds":"{ONE},{TWO}"}}"#), &[ONE, TWO]);
        check(&format!(r#"{{"leads":[{{"EmailAddress":"A@b.test"}},{{"ProspectID":"{TWO}"}}]}}"#), &["a@b.test", TWO]);
        check(&format!(r#"{{"LeadPropertyList":[{{"Attribute":"ProspectID","Value":"{ONE}"}}]}}"#), &[ONE]);
        check(&format!("LeadIds={ONE}%2C{TWO}&Action=add+them"), &[ONE, TWO]);
        check(&format!("Data=%7B%22ProspectID%22%3A%22{ONE}%22%7D"), &[ONE]);
        check("", &[]);
        check("{}", &[]);
        check(r#"{"OwnerId":"6f9619ff-8b86-d011-b42d-00c04fc964ff"}"#, &[]);
    }

    #[test]
    fn webinar_and_list_are_read_beside_the_leads() {
        let asked = read(br#"{"webinar_id":86000000002,"ListId":"L-1","Occurrence":"17"}"#);
        assert_eq!(asked.webinar.as_deref(), Some("86000000002"));
        assert_eq!((asked.list.as_deref(), asked.occurrence.as_deref()), (Some("L-1"), Some("17")));
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        check(&deep, &[]);
        let many: Vec<String> = (0..2_000).map(|n| format!("a{n}@b.test")).collect();
        assert!(read(format!(r#"{{"emails":"{}"}}"#, many.join(",")).as_bytes()).leads.len() <= LEADS_NAMED_MAX + 1);
    }
}
