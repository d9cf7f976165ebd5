//! Rules as lines and forms, and forms as rules: words on both sides, no decision of its own.

use super::super::rules::{Input, Mark, Part, RuleLine, Shape};
use super::super::schedule::Field;
use connector_core::ids::Email;
use connector_core::rules::custom::{ComputedField, Filter, Record};
use connector_core::rules::due::{Due, Of, Side, TimeOfDay};
use connector_core::rules::task::{Happened, Owner, TaskRule};
use connector_core::settings::Settings;
use serde::Deserialize;

/// The form of one rule: of whichever list, what another needs stays empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RuleForm {
    pub form_token: String,
    pub version: i64,
    name: String,
    when: String,
    condition: String,
    subject: String,
    task_type: String,
    due_kind: String,
    due: String,
    due_time: String,
    owner: String,
    owner_email: String,
    reminder_min: String,
    of: String,
    field: String,
    value: String,
}

/// A field that is wrong: its name, the sentence, line and column within an expression.
pub(super) type WrongField = (String, String, Option<(usize, usize)>);

/// What was typed, and what of it is wrong.
pub(super) struct Typed {
    pub form: RuleForm,
    pub wrong: Vec<WrongField>,
}

const DUE: [(&str, &str); 6] = [
    ("hours_after", "hours after it happened"),
    ("working_day", "working days later, at the time below"),
    ("before_start", "minutes before the webinar starts"),
    ("after_start", "minutes after the webinar starts"),
    ("before_end", "minutes before the webinar ends"),
    ("after_end", "minutes after the webinar ends"),
];
const OWNERS: [(&str, &str); 4] = [
    ("task_owner", "the connector's task owner"),
    ("lead_owner", "the lead's owner"),
    ("host", "the host, where LeadSquared has a user of that address"),
    ("fixed", "always the same user, below"),
];
const RECORDS: [(&str, &str); 2] = [("lead", "the lead"), ("activity", "the registration's activity")];

fn when_words(happened: Happened) -> &'static str {
    match happened {
        Happened::Registered => "somebody registered",
        Happened::Approved => "somebody was approved",
        Happened::Attended => "somebody attended",
        Happened::Left => "somebody left",
        Happened::AskedQuestion => "somebody asked a question",
        Happened::NoShow => "somebody did not come",
        Happened::AttendedMeeting => "a lead was in a meeting",
        Happened::MissedMeeting => "a lead did not come to a meeting",
    }
}

fn due_parts(due: Due) -> (&'static str, i64, String) {
    match due {
        Due::HoursAfter { hours } => ("hours_after", hours, String::new()),
        Due::WorkingDay { days, at } => ("working_day", days, at.to_string()),
        Due::Webinar { side: Side::Before, of: Of::Start, minutes } => ("before_start", minutes, String::new()),
        Due::Webinar { side: Side::After, of: Of::Start, minutes } => ("after_start", minutes, String::new()),
        Due::Webinar { side: Side::Before, of: Of::End, minutes } => ("before_end", minutes, String::new()),
        Due::Webinar { side: Side::After, of: Of::End, minutes } => ("after_end", minutes, String::new()),
    }
}

fn words<'a>(choices: &[(&str, &'a str)], value: &str) -> &'a str {
    choices.iter().find(|(known, _)| *known == value).map_or("", |(_, words)| *words)
}

fn owner_parts(owner: &Owner) -> (&'static str, String) {
    match owner {
        Owner::TaskOwner => ("task_owner", String::new()),
        Owner::LeadOwner => ("lead_owner", String::new()),
        Owner::Host => ("host", String::new()),
        Owner::Fixed { email } => ("fixed", email.as_str().to_owned()),
    }
}

fn record_word(of: Record) -> &'static str {
    match of {
        Record::Lead => "lead",
        Record::Activity => "activity",
    }
}

/// The lines of a list.
pub(super) fn lines(part: Part, settings: &Settings) -> Vec<RuleLine> {
    let line = |place: usize, length: usize, (name, on): (&str, bool), says| RuleLine {
        place,
        name: name.to_owned(),
        on,
        last: place + 1 == length,
        says,
    };
    match part {
        Part::Tasks => {
            let all = &settings.rules;
            all.iter().enumerate().map(|(n, rule)| line(n, all.len(), (&rule.name, rule.on), task_says(rule))).collect()
        }
        Part::Filters => {
            let all = &settings.filters;
            let says = |filter: &Filter| vec![("leaves out whoever", filter.condition.text().to_owned())];
            all.iter().enumerate().map(|(n, one)| line(n, all.len(), (&one.name, one.on), says(one))).collect()
        }
        Part::Fields => {
            let all = &settings.computed_fields;
            let says = |field: &ComputedField| {
                let of = words(&RECORDS, record_word(field.of)).to_owned();
                vec![("of", of), ("is", field.value.text().to_owned())]
            };
            all.iter().enumerate().map(|(n, one)| line(n, all.len(), (&one.field, one.on), says(one))).collect()
        }
    }
}

fn task_says(rule: &TaskRule) -> Vec<(&'static str, String)> {
    let (kind, number, at) = due_parts(rule.due);
    let (owner, email) = owner_parts(&rule.owner);
    let due = match kind {
        "working_day" => format!("{number} working days later, at {at}"),
        kind => format!("{number} {}", words(&DUE, kind)),
    };
    let who = if email.is_empty() { words(&OWNERS, owner).to_owned() } else { email };
    let mut says = vec![("when", when_words(rule.when).to_owned())];
    if !rule.condition.is_empty() {
        says.push(("and", rule.condition.text().to_owned()));
    }
    says.extend([("makes", format!("{} “{}”", rule.task_type, rule.subject)), ("due", due), ("for", who)]);
    says
}

/// Moves, switches or removes one rule; answers the word of what was done.
pub(super) fn changed(part: Part, place: usize, change: &str, settings: &mut Settings) -> Option<&'static str> {
    match part {
        Part::Tasks => moved(&mut settings.rules, place, change, |rule, on| rule.on = on),
        Part::Filters => moved(&mut settings.filters, place, change, |filter, on| filter.on = on),
        Part::Fields => moved(&mut settings.computed_fields, place, change, |field, on| field.on = on),
    }
}

fn moved<T>(list: &mut Vec<T>, place: usize, change: &str, switch: fn(&mut T, bool)) -> Option<&'static str> {
    match change {
        "on" => list.get_mut(place).map(|one| switch(one, true))?,
        "off" => list.get_mut(place).map(|one| switch(one, false))?,
        "up" if place > 0 && place < list.len() => list.swap(place, place - 1),
        "down" if place + 1 < list.len() => list.swap(place, place + 1),
        "remove" if place < list.len() => {
            list.remove(place);
            return Some("rule-removed");
        }
        _ => return None,
    }
    Some("rule-saved")
}

/// The form of a rule that stands there, or of a new one.
pub(super) fn form(part: Part, place: Option<usize>, settings: &Settings) -> RuleForm {
    let at = |length: usize| place.filter(|place| *place < length);
    match part {
        Part::Tasks => {
            let rule = at(settings.rules.len()).and_then(|place| settings.rules.get(place)).cloned();
            let rule = rule.unwrap_or_else(|| TaskRule {
                task_type: settings.task_types.first().cloned().unwrap_or_else(|| TaskRule::default().task_type),
                ..TaskRule::default()
            });
            let (due_kind, due, due_time) = due_parts(rule.due);
            let (owner, owner_email) = owner_parts(&rule.owner);
            RuleForm {
                name: rule.name,
                when: rule.when.as_str().to_owned(),
                condition: rule.condition.text().to_owned(),
                subject: rule.subject,
                task_type: rule.task_type,
                due_kind: due_kind.to_owned(),
                due: due.to_string(),
                due_time: if due_time.is_empty() { "10:00".to_owned() } else { due_time },
                owner: owner.to_owned(),
                owner_email,
                reminder_min: rule.reminder_min.map(|minutes| minutes.to_string()).unwrap_or_default(),
                ..RuleForm::default()
            }
        }
        Part::Filters => {
            let filter = at(settings.filters.len()).and_then(|place| settings.filters.get(place));
            let filter = filter.cloned().unwrap_or_default();
            RuleForm { name: filter.name, condition: filter.condition.text().to_owned(), ..RuleForm::default() }
        }
        Part::Fields => {
            let field = at(settings.computed_fields.len()).and_then(|place| settings.computed_fields.get(place));
            let field = field.cloned().unwrap_or_default();
            RuleForm {
                of: record_word(field.of).to_owned(),
                field: field.field,
                value: field.value.text().to_owned(),
                ..RuleForm::default()
            }
        }
    }
}

/// What is entered for a rule of that list.
pub(super) fn inputs(part: Part, typed: &Typed, settings: &Settings) -> Vec<Input> {
    let form = &typed.form;
    let choice = |choices: &[(&str, &str)]| {
        Shape::Choice(choices.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect())
    };
    let input = |(name, label, hint): (&'static str, &'static str, &'static str), value: &str, shape: Shape| {
        let wrong = typed.wrong.iter().find(|(field, ..)| field == name);
        let refusal = wrong.map(|(_, sentence, _)| sentence.clone()).unwrap_or_default();
        let mark = wrong.and_then(|(.., place)| Some(mark(value, (*place)?)));
        Input { name, label, hint, field: Field { value: value.to_owned(), refusal }, shape, mark }
    };
    const CONDITION: &str = "An expression that is true or false; see below what it may ask.";
    match part {
        Part::Tasks => {
            let whens: Vec<(&str, &str)> =
                Happened::ALL.iter().map(|happened| (happened.as_str(), when_words(*happened))).collect();
            let mut types = settings.task_types.clone();
            if !types.contains(&form.task_type) {
                types.push(form.task_type.clone());
            }
            let types = Shape::Choice(types.into_iter().map(|name| (name.clone(), name)).collect());
            let types = if settings.task_types.is_empty() { Shape::Line } else { types };
            vec![
                input(("name", "Name", ""), &form.name, Shape::Line),
                input(("when", "When", ""), &form.when, choice(&whens)),
                input(
                    (
                        "condition",
                        "And only if",
                        "Empty means always. An expression that is true or false; see below what it may ask.",
                    ),
                    &form.condition,
                    Shape::Area,
                ),
                input(
                    ("subject", "Subject of the task", "{topic}, {name}, {email} and {minutes} are filled in."),
                    &form.subject,
                    Shape::Line,
                ),
                input(
                    ("task_type", "Type of the task", "One of your LeadSquared account's types for to-dos."),
                    &form.task_type,
                    types,
                ),
                input(("due", "Due", ""), &form.due, Shape::Number),
                input(("due_kind", "Counted in", ""), &form.due_kind, choice(&DUE)),
                input(("due_time", "Time of that day", "Only with working days."), &form.due_time, Shape::Line),
                input(("owner", "Who gets it", ""), &form.owner, choice(&OWNERS)),
                input(
                    ("owner_email", "That user's e-mail address", "Only with “always the same user”."),
                    &form.owner_email,
                    Shape::Line,
                ),
                input(
                    ("reminder_min", "Reminder", "Minutes before it is due; empty means none."),
                    &form.reminder_min,
                    Shape::Number,
                ),
            ]
        }
        Part::Filters => vec![
            input(("name", "Name", "Shown with everything that it leaves out."), &form.name, Shape::Line),
            input(("condition", "Who is left out", CONDITION), &form.condition, Shape::Area),
        ],
        Part::Fields => vec![
            input(("of", "Field of", ""), &form.of, choice(&RECORDS)),
            input(("field", "Field", "Its schema name in LeadSquared."), &form.field, Shape::Line),
            input(("value", "Value", "An expression that is a text or a number."), &form.value, Shape::Area),
        ],
    }
}

/// The line of an expression that is wrong, taken apart where it is.
fn mark(text: &str, (line, column): (usize, usize)) -> Mark {
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let before: String = shown.chars().take(column.saturating_sub(1)).collect();
    let from: String = shown.chars().skip(column.saturating_sub(1)).collect();
    let from = if from.is_empty() { " ".to_owned() } else { from };
    Mark { before, from, place: format!("line {line}, column {column}") }
}

/// The settings with the form's rule in its place, and where it stands in them: `rules[2]`.
pub(super) fn applied(
    (part, place): (Part, Option<usize>),
    form: &RuleForm,
    settings: &Settings,
    id: String,
) -> Result<(Settings, String), Vec<WrongField>> {
    let mut next = settings.clone();
    let at = match part {
        Part::Tasks => {
            let known = place.and_then(|place| settings.rules.get(place)).cloned();
            let known = known.unwrap_or_else(|| TaskRule { id, ..TaskRule::default() });
            format!("rules[{}]", put(&mut next.rules, place, task(form, known)?))
        }
        Part::Filters => {
            let known = place.and_then(|place| settings.filters.get(place)).cloned().unwrap_or_default();
            let filter =
                Filter { name: form.name.trim().to_owned(), condition: form.condition.as_str().into(), ..known };
            format!("filters[{}]", put(&mut next.filters, place, filter))
        }
        Part::Fields => {
            let known = place.and_then(|place| settings.computed_fields.get(place)).cloned().unwrap_or_default();
            let of = if form.of == "activity" { Record::Activity } else { Record::Lead };
            let field = form.field.trim().to_owned();
            let field = ComputedField { of, field, value: form.value.as_str().into(), ..known };
            format!("computed_fields[{}]", put(&mut next.computed_fields, place, field))
        }
    };
    Ok((next, at))
}

fn put<T>(list: &mut Vec<T>, place: Option<usize>, one: T) -> usize {
    match place.and_then(|place| Some((place, list.get_mut(place)?))) {
        Some((place, slot)) => {
            *slot = one;
            place
        }
        None => {
            list.push(one);
            list.len() - 1
        }
    }
}

fn task(form: &RuleForm, known: TaskRule) -> Result<TaskRule, Vec<WrongField>> {
    let mut wrong: Vec<WrongField> = Vec::new();
    let mut refuse = |field: &str, sentence: &str| wrong.push((field.to_owned(), sentence.to_owned(), None));
    let due = due(form).unwrap_or_else(|(field, sentence)| {
        refuse(field, sentence);
        known.due
    });
    let owner = match form.owner.as_str() {
        "lead_owner" => Owner::LeadOwner,
        "host" => Owner::Host,
        "fixed" => match Email::parse(&form.owner_email) {
            Some(email) => Owner::Fixed { email },
            None => {
                refuse("owner_email", "This is not an e-mail address.");
                known.owner
            }
        },
        _ => Owner::TaskOwner,
    };
    let reminder_min = match form.reminder_min.trim() {
        "" => None,
        text => match text.parse() {
            Ok(minutes) => Some(minutes),
            Err(_) => {
                refuse("reminder_min", "This is not a number of minutes.");
                None
            }
        },
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let when = Happened::ALL.into_iter().find(|happened| happened.as_str() == form.when).unwrap_or_default();
    Ok(TaskRule {
        name: form.name.trim().to_owned(),
        when,
        condition: form.condition.as_str().into(),
        subject: form.subject.trim().to_owned(),
        task_type: form.task_type.trim().to_owned(),
        due,
        owner,
        reminder_min,
        id: known.id,
        on: known.on,
    })
}

fn due(form: &RuleForm) -> Result<Due, (&'static str, &'static str)> {
    let number: i64 = form.due.trim().parse().map_err(|_| ("due", "This is not a number."))?;
    let webinar = |side, of| Due::Webinar { side, of, minutes: number };
    Ok(match form.due_kind.as_str() {
        "working_day" => {
            let at = TimeOfDay::parse(&form.due_time);
            Due::WorkingDay { days: number, at: at.ok_or(("due_time", "Write a time of the day like 10:00."))? }
        }
        "before_start" => webinar(Side::Before, Of::Start),
        "after_start" => webinar(Side::After, Of::Start),
        "before_end" => webinar(Side::Before, Of::End),
        "after_end" => webinar(Side::After, Of::End),
        _ => Due::HoursAfter { hours: number },
    })
}
