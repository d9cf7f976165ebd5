//! Looks through all rules of some settings, and says of the first wrong thing where it stands: `rules[2].condition`, with line and
//! column.

use super::custom::{COMPUTED_MAX, FILTERS_MAX, Record};
use super::due::{Due, HOURS_MAX, MINUTES_MAX, WORKING_DAYS_MAX};
use super::expression::{Wanted, Wrong};
use super::formula::Formula;
use super::task::{NAME_CHARS_MAX, PLACEHOLDERS, REMINDER_MINUTES_MAX, RULES_MAX, TaskRule};
use crate::settings::{ACTIVITY_FIELDS, Settings};
use std::collections::BTreeSet;

/// What is wrong with a tenant's rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}: {sentence}", .place.map(|(line, column)| format!(" (line {line}, column {column})")).unwrap_or_default())]
pub struct WrongRule {
    /// The setting: `rules[2].condition`, counted from 0 as in JSON.
    pub path: String,
    /// Line and column in an expression, each counts from 1.
    pub place: Option<(usize, usize)>,
    /// A sentence for people.
    pub sentence: String,
}

impl WrongRule {
    fn new(path: String, sentence: impl Into<String>) -> Self {
        Self { path, place: None, sentence: sentence.into() }
    }

    fn expression(path: String, wrong: Wrong) -> Self {
        Self { path, place: Some((wrong.line, wrong.column)), sentence: wrong.sentence }
    }

    /// The setting as a JSON pointer below `settings`: `/rules/2/condition`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("/{}", self.path.replace(['.', '['], "/").replace(']', ""))
    }
}

/// Looks through task rules, filters, computed fields, time zone and working days.
///
/// # Errors
/// [`WrongRule`]: the first that is wrong.
pub fn check(settings: &Settings) -> Result<(), WrongRule> {
    if let Some(name) = &settings.time_zone
        && jiff::tz::TimeZone::get(name).is_err()
    {
        let sentence = format!("{name:?} is no time zone; write one like Asia/Kolkata");
        return Err(WrongRule::new("time_zone".to_owned(), sentence));
    }
    if settings.working_days.is_empty() {
        return Err(WrongRule::new("working_days".to_owned(), "at least one day is a working day"));
    }
    for (what, length, most) in [
        ("rules", settings.rules.len(), RULES_MAX),
        ("filters", settings.filters.len(), FILTERS_MAX),
        ("computed_fields", settings.computed_fields.len(), COMPUTED_MAX),
    ] {
        if length > most {
            return Err(WrongRule::new(what.to_owned(), format!("there may be {most} of them")));
        }
    }
    let mut keys = BTreeSet::new();
    for (place, rule) in settings.rules.iter().enumerate() {
        check_rule(rule, &format!("rules[{place}]"))?;
        let types = &settings.task_types;
        if !types.is_empty() && !types.contains(&rule.task_type) {
            let sentence = format!("LeadSquared has no such type for tasks; it has {}", types.join(", "));
            return Err(WrongRule::new(format!("rules[{place}].task_type"), sentence));
        }
        if !keys.insert(rule.key()) {
            let sentence = format!("another rule has the same name or id, {:?}", rule.key());
            return Err(WrongRule::new(format!("rules[{place}].name"), sentence));
        }
    }
    check_filters(settings)?;
    check_computed(settings)
}

fn check_name(name: &str, path: String) -> Result<(), WrongRule> {
    if name.trim().is_empty() {
        return Err(WrongRule::new(path, "a name is missing"));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(WrongRule::new(path, format!("a name has at most {NAME_CHARS_MAX} characters")));
    }
    Ok(())
}

fn check_formula(formula: &Formula, wanted: Wanted, path: String) -> Result<(), WrongRule> {
    formula.compiled(wanted).map(|_| ()).map_err(|wrong| WrongRule::expression(path, wrong))
}

/// Looks through one rule, which stands at that path.
///
/// # Errors
/// [`WrongRule`]: the first that is wrong.
pub fn check_rule(rule: &TaskRule, path: &str) -> Result<(), WrongRule> {
    let at = |field: &str| format!("{path}.{field}");
    check_name(&rule.name, at("name"))?;
    if rule.id.chars().count() > NAME_CHARS_MAX {
        return Err(WrongRule::new(at("id"), format!("an id has at most {NAME_CHARS_MAX} characters")));
    }
    if !rule.condition.is_empty() {
        check_formula(&rule.condition, Wanted::Condition, at("condition"))?;
    }
    check_subject(&rule.subject, at("subject"))?;
    if rule.task_type.trim().is_empty() {
        return Err(WrongRule::new(at("task_type"), "a task type is missing"));
    }
    let beyond = |number: i64, least: i64, most: i64, unit: &str| {
        let sentence = format!("it may be {least} to {most} {unit}");
        if (least..=most).contains(&number) { Ok(()) } else { Err(WrongRule::new(at("due"), sentence)) }
    };
    match rule.due {
        Due::HoursAfter { hours } => beyond(hours, 0, HOURS_MAX, "hours")?,
        Due::Webinar { minutes, .. } => beyond(minutes, 0, MINUTES_MAX, "minutes")?,
        Due::WorkingDay { days, .. } => beyond(days, 1, WORKING_DAYS_MAX, "working days")?,
    }
    match rule.reminder_min {
        Some(minutes) if !(0..=REMINDER_MINUTES_MAX).contains(&minutes) => {
            let sentence = format!("it may be 0 to {REMINDER_MINUTES_MAX} minutes");
            Err(WrongRule::new(at("reminder_min"), sentence))
        }
        Some(_) | None => Ok(()),
    }
}

/// A subject may hold words in curly brackets, and only those that are filled in.
fn check_subject(subject: &str, path: String) -> Result<(), WrongRule> {
    if subject.trim().is_empty() {
        return Err(WrongRule::new(path, "a subject is missing"));
    }
    let mut before = 0;
    for (count, piece) in subject.split('{').enumerate() {
        let name = piece.split_once('}').map(|(name, _)| name);
        if count > 0 && !name.is_some_and(|name| PLACEHOLDERS.contains(&name)) {
            let sentence = format!("in curly brackets stands one of {}", PLACEHOLDERS.join(", "));
            return Err(WrongRule::expression(path, Wrong::at(subject, before - 1, sentence)));
        }
        before += piece.chars().count() + 1;
    }
    Ok(())
}

fn check_filters(settings: &Settings) -> Result<(), WrongRule> {
    let mut names = BTreeSet::new();
    for (place, filter) in settings.filters.iter().enumerate() {
        let at = |field: &str| format!("filters[{place}].{field}");
        check_name(&filter.name, at("name"))?;
        if !names.insert(filter.name.as_str()) {
            return Err(WrongRule::new(at("name"), "another filter has the same name"));
        }
        check_formula(&filter.condition, Wanted::Condition, at("condition"))?;
        known_at_once(&filter.condition, Wanted::Condition, at("condition"))?;
    }
    Ok(())
}

fn check_computed(settings: &Settings) -> Result<(), WrongRule> {
    let mut names = BTreeSet::new();
    for (place, field) in settings.computed_fields.iter().enumerate() {
        let at = |part: &str| format!("computed_fields[{place}].{part}");
        let ours = match field.of {
            Record::Lead => field.field == "EmailAddress",
            Record::Activity => ACTIVITY_FIELDS.iter().any(|(known, _)| *known == field.field),
        };
        check_name(&field.field, at("field"))?;
        if ours {
            return Err(WrongRule::new(at("field"), "the connector fills this field itself"));
        }
        if !names.insert((field.of == Record::Lead, field.field.as_str())) {
            return Err(WrongRule::new(at("field"), "this field is computed twice"));
        }
        check_formula(&field.value, Wanted::Text, at("value"))?;
        known_at_once(&field.value, Wanted::Text, at("value"))?;
    }
    Ok(())
}

/// What is not known when somebody registers or joins, and filters and computed fields are asked.
const LATER: [&str; 6] = ["lead", "attended_minutes", "attended_percent", "asked_question", "questions", "polls"];

/// Only a task's condition may ask for what is known later.
fn known_at_once(formula: &Formula, wanted: Wanted, path: String) -> Result<(), WrongRule> {
    let Ok(expression) = formula.compiled(wanted) else { return Ok(()) };
    let Some(name) = LATER.into_iter().find(|name| expression.asks(name)) else { return Ok(()) };
    let place = formula.text().split(name).next().map_or(0, |before| before.chars().count());
    let sentence = format!("“{name}” can only be asked in a task's condition; this is decided before it is known");
    Err(WrongRule::expression(path, Wrong::at(formula.text(), place, sentence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::custom::{ComputedField, Filter};
    use crate::rules::due::TimeOfDay;

    #[track_caller]
    fn check_wrong(settings: &Settings, expected: &str) {
        assert_eq!(check(settings).unwrap_err().to_string(), expected);
    }

    fn named(name: &str) -> TaskRule {
        TaskRule { name: name.to_owned(), ..TaskRule::default() }
    }

    fn rules(rules: Vec<TaskRule>) -> Settings {
        Settings { rules, ..Settings::default() }
    }

    #[test]
    fn the_first_wrong_thing_is_named_by_its_path() {
        check(&Settings::default()).unwrap();
        check_wrong(&rules(vec![named("A"), named("")]), "rules[1].name: a name is missing");
        check_wrong(&rules(vec![named("A"), named("A")]), "rules[1].name: another rule has the same name or id, \"A\"");
        let typed = TaskRule { subject: "Call {nobody}".to_owned(), ..named("A") };
        let sentence = "in curly brackets stands one of topic, name, email, minutes";
        check_wrong(&rules(vec![typed]), &format!("rules[0].subject (line 1, column 6): {sentence}"));
        let late = Due::WorkingDay { days: 0, at: TimeOfDay::parse("10:00").unwrap() };
        check_wrong(
            &rules(vec![TaskRule { due: late, ..named("A") }]),
            "rules[0].due: it may be 1 to 260 working days",
        );
        let types = Settings { task_types: vec!["Call".to_owned()], ..rules(vec![named("A")]) };
        check_wrong(&types, "rules[0].task_type: LeadSquared has no such type for tasks; it has Call");
        let zone = Settings { time_zone: Some("Kolkata".to_owned()), ..Settings::default() };
        check_wrong(&zone, "time_zone: \"Kolkata\" is no time zone; write one like Asia/Kolkata");
    }

    #[test]
    fn filters_and_computed_fields_ask_only_for_what_is_known_when_they_are_asked() {
        let filter = Filter { name: "A".to_owned(), condition: "email != '' && lead.x == ''".into(), on: true };
        let sentence = "can only be asked in a task's condition; this is decided before it is known";
        check_wrong(
            &Settings { filters: vec![filter], ..Settings::default() },
            &format!("filters[0].condition (line 1, column 16): “lead” {sentence}"),
        );
        let field = ComputedField { field: "mx_A".to_owned(), value: "attended_minutes".into(), ..Default::default() };
        check_wrong(
            &Settings { computed_fields: vec![field], ..Settings::default() },
            &format!("computed_fields[0].value (line 1, column 1): “attended_minutes” {sentence}"),
        );
        let ours = ComputedField { field: "EmailAddress".to_owned(), value: "email".into(), ..Default::default() };
        check_wrong(
            &Settings { computed_fields: vec![ours], ..Settings::default() },
            "computed_fields[0].field: the connector fills this field itself",
        );
    }

    #[test]
    fn a_path_is_a_pointer_too() {
        let wrong = WrongRule::new("rules[12].condition".to_owned(), "x");
        assert_eq!(wrong.pointer(), "/rules/12/condition");
    }
}
