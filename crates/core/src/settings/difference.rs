//! How two versions of settings differ, setting by setting, in words.

use super::Settings;
use crate::redact::clip;
use serde_json::{Map, Value};

/// Changes that are named at most.
pub const CHANGES_MAX: usize = 200;
/// The longest value that is shown, in characters.
const VALUE_CHARS_MAX: usize = 120;

/// One setting that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Its name, with the names around it: `registration · owner · rule`.
    pub name: String,
    /// What it was; `None` where it was not there.
    pub before: Option<String>,
    /// What it is; `None` where it is gone.
    pub after: Option<String>,
}

impl Change {
    /// The change as a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{}: {before} became {after}", self.name),
            (None, Some(after)) => format!("{}: {after} was added", self.name),
            (Some(before), None) => format!("{}: {before} was removed", self.name),
            (None, None) => self.name.clone(),
        }
    }
}

/// What differs between two settings, at most [`CHANGES_MAX`]. What set-up learned by itself is not spoken of.
#[must_use]
pub fn difference(before: &Settings, after: &Settings) -> Vec<Change> {
    let value = |settings: &Settings| {
        let mut value = serde_json::to_value(settings).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.remove("learned");
            fields.remove("activity_codes");
        }
        value
    };
    let mut changes = Vec::new();
    compare(&mut Vec::new(), Some(&value(before)), Some(&value(after)), &mut changes);
    changes.truncate(CHANGES_MAX);
    changes
}

fn compare(names: &mut Vec<String>, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if let (Some(old), Some(new)) = (before.and_then(by_name), after.and_then(by_name)) {
        let (old_order, new_order) = (before.map(names_of), after.map(names_of));
        if old.keys().eq(new.keys()) && old_order != new_order {
            names.push("order".to_owned());
            compare(names, old_order.as_ref(), new_order.as_ref(), changes);
            names.pop();
        }
        compare(names, Some(&Value::Object(old)), Some(&Value::Object(new)), changes);
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        let all = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in all {
            names.push(name.replace('_', " "));
            compare(names, old.get(name), new.get(name), changes);
            names.pop();
        }
        return;
    }
    changes.push(Change { name: names.join(" · "), before: before.and_then(shown), after: after.and_then(shown) });
}

/// A list whose items have names of their own, by these; nothing for any other value.
fn by_name(value: &Value) -> Option<Map<String, Value>> {
    let items = value.as_array()?;
    let named = items.iter().map(|item| Some((item.get("name")?.as_str()?.to_owned(), item.clone())));
    let fields: Map<String, Value> = named.collect::<Option<_>>()?;
    (fields.len() == items.len()).then_some(fields)
}

/// The names of a list's items in their order.
fn names_of(list: &Value) -> Value {
    list.as_array().into_iter().flatten().filter_map(|item| item.get("name").cloned()).collect()
}

/// A value for people; nothing where there is none.
fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => format!("“{}”", clip(text, VALUE_CHARS_MAX)),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) if items.is_empty() => return None,
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(shown).collect();
            clip(&items.join(", "), VALUE_CHARS_MAX)
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter_map(|(name, value)| Some(format!("{} {}", name.replace('_', " "), shown(value)?)))
                .collect();
            if fields.is_empty() {
                return None;
            }
            clip(&fields.join(", "), VALUE_CHARS_MAX)
        }
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::mapping::{FieldPolicy, Target};

    #[track_caller]
    fn check(change: fn(&mut Settings), expected: &[&str]) {
        let before = Settings::default();
        let mut after = before.clone();
        change(&mut after);
        let words: Vec<String> = difference(&before, &after).iter().map(Change::words).collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn a_difference_is_told_setting_by_setting_in_words() {
        check(|_| {}, &[]);
        check(|settings| settings.lead_source = "Web".to_owned(), &["lead source: “Zoom Webinar” became “Web”"]);
        check(|settings| settings.plan.calls = None, &["plan · calls: 10 was removed"]);
        check(
            |settings| settings.rules.iter_mut().for_each(|rule| rule.on = false),
            &["rules · Follow up who attended · on: yes became no"],
        );
        check(
            |settings| settings.rules.clear(),
            &[
                "rules · Follow up who attended: condition “attended_minutes >= 30”, due hours 24, kind “hours_after”, id “follow_up”, name “Follow up who attended”, on… was removed",
            ],
        );
        check(|settings| settings.staff.push("us.example".to_owned()), &["staff: “us.example” was added"]);
        let add = |settings: &mut Settings| {
            let target = Target { policy: Some(FieldPolicy::IfBlank), ..Target::lead("mx_Budget") };
            settings.custom_questions.insert("Budget?".to_owned(), target);
        };
        check(add, &["custom questions · Budget?: lead “mx_Budget”, policy “if_blank” was added"]);
        let policy = |settings: &mut Settings| {
            settings.registration_fields.get_mut("city").unwrap().policy = Some(FieldPolicy::Never);
        };
        check(policy, &["registration fields · city · policy: “never” was added"]);
    }

    #[test]
    fn what_set_up_learned_is_no_change_of_the_settings() {
        check(|settings| settings.learned.users.clear(), &[]);
        let learn = |settings: &mut Settings| {
            settings.learned.lead_fields.insert("mx_City".to_owned(), crate::settings::mapping::LeadField::default());
        };
        check(learn, &[]);
    }
}
