//! Tasks by rule: what happened to a person is held against the tenant's rules, and each that holds makes one task for the person
//! and run, however the facts are corrected later.

use super::fields::topic;
use super::occasion::Occasion;
use super::people::{self, About};
use super::{Context, Planned, Start};
use crate::fact::{Alias, Person};
use crate::ids::Email;
use crate::leadsquared::command::{Command, Task};
use crate::redact::clip;
use crate::rules::due::{self, Moments, due_ms};
use crate::rules::expression::{Failed, Holds, Wanted};
use crate::rules::task::{FOLLOW_UP, Happened, Owner, TaskRule};
use crate::rules::undecided::Undecided;
use crate::rules::variables::Variables;

/// The longest subject of a task, in characters.
pub const TASK_NAME_CHARS_MAX: usize = 200;

/// The tasks that follow from an occasion. Whether the person is left out by a filter is not asked here
/// ([`super::custom::sieve`]).
pub fn on(context: &Context<'_>, occasion: &Occasion<'_>) -> Vec<Planned> {
    let settings = &context.settings.settings;
    let mut rules = settings.rules.iter().filter(|rule| rule.on && rule.when == occasion.happened).peekable();
    if rules.peek().is_none() {
        return Vec::new();
    }
    let variables = occasion.variables(settings.time_zone.as_deref());
    rules.filter_map(|rule| task_of(context, occasion, rule, &variables)).collect()
}

/// What a rule says of an occasion.
enum Said {
    Makes,
    MakesNothing,
    /// Only the lead can decide.
    AsksLead,
    Fails(String),
}

fn said(rule: &TaskRule, variables: &Variables) -> Said {
    if rule.condition.is_empty() {
        return Said::Makes;
    }
    let condition = match rule.condition.compiled(Wanted::Condition) {
        Ok(condition) => condition,
        Err(wrong) => return Said::Fails(wrong.to_string()),
    };
    // Where the lead makes no difference (`attended_minutes >= 30 && lead…`, and it was ten), nobody has to read it.
    match condition.holds(variables) {
        Ok(Holds::Yes) => Said::Makes,
        Ok(Holds::Unknown(_)) if condition.asks_lead() => Said::AsksLead,
        Ok(Holds::No | Holds::Unknown(_)) => Said::MakesNothing,
        Err(Failed(why)) => Said::Fails(why),
    }
}

/// The key of the task of one rule for one person and run.
fn key_of(context: &Context<'_>, rule: &TaskRule, fact: &Alias) -> String {
    match rule.key() {
        // As the first versions made it: what they made is not made again.
        FOLLOW_UP => context.keys.alias("delivery", &["follow_up", &fact.0]).0,
        key => context.keys.alias("delivery", &["task_rule", key, &fact.0]).0,
    }
}

fn task_of(context: &Context<'_>, occasion: &Occasion<'_>, rule: &TaskRule, variables: &Variables) -> Option<Planned> {
    let said = said(rule, variables);
    let (asks_lead, parked) = match said {
        Said::MakesNothing => return None,
        Said::Makes => (false, None),
        Said::AsksLead => (true, None),
        Said::Fails(why) => (true, Some(format!("The rule “{}”: {why}.", rule.name))),
    };
    let settings = &context.settings.settings;
    let key = key_of(context, rule, occasion.fact);
    let marker = context.keys.marker(&key);
    let moments = Moments { at_ms: occasion.at_ms, start_ms: occasion.gathering.start_ms, end_ms: occasion.end_ms() };
    let zone = due::zone(settings.time_zone.as_deref());
    let due_ms = due_ms(rule.due, moments, &zone, &settings.working_days);
    let (owner_email, to_lead_owner) = match &rule.owner {
        Owner::TaskOwner => (None, false),
        Owner::LeadOwner => (None, true),
        Owner::Fixed { email } => (Some(email.clone()), false),
        Owner::Host => (host_as_user(context, occasion).cloned(), false),
    };
    let undecided = (asks_lead || to_lead_owner).then(|| Undecided {
        key: rule.key().to_owned(),
        rule: rule.name.clone(),
        condition: asks_lead.then(|| rule.condition.text().to_owned()),
        variables: if asks_lead { variables.clone() } else { Variables::default() },
        to_lead_owner,
    });
    let task = Task {
        name: clip(&subject(rule, occasion), TASK_NAME_CHARS_MAX),
        description: format!("{}\nRef: {marker}", sentence(occasion)),
        due_ms,
        end_ms: due_ms,
        task_type: rule.task_type.clone(),
        owner_email,
        location: None,
        reminder_min: rule.reminder_min,
        marker,
        undecided,
    };
    // A lead that a meeting was scheduled for by its id needs no looking up.
    let lead = occasion.attendance.and_then(|attendance| attendance.about.meeting.lead.clone());
    let person = lead.map_or_else(|| Person::Email(occasion.email.clone()), Person::Lead);
    let about = About { fact: occasion.fact, person: Some(&person), name: None, what: what(context, rule, &task) };
    let mut planned = about.plan(context, key, Command::CreateTask(task));
    if parked.is_some() && planned.start == Start::Ready {
        people::park(&mut planned, Some(Start::Parked("rule.failed")));
        planned.detail = parked;
    }
    Some(planned)
}

/// The host, where LeadSquared has an active user of that address; set-up reads the users when a rule wants hosts.
fn host_as_user<'a>(context: &Context<'_>, occasion: &Occasion<'a>) -> Option<&'a Email> {
    let learned = &context.settings.settings.learned;
    let host = occasion.gathering.host.as_ref()?;
    let nobody_looked = learned.zoom_users.is_empty() || learned.users.is_empty();
    (nobody_looked || learned.users.contains_key(host)).then_some(host)
}

/// The task in words; those of rules with one subject are told apart by the rule.
fn what(context: &Context<'_>, rule: &TaskRule, task: &Task) -> String {
    let alike = context.settings.settings.rules.iter().filter(|one| one.subject == rule.subject).count();
    if alike > 1 { format!("Task: {} · {}", task.name, rule.name) } else { format!("Task: {}", task.name) }
}

/// The subject, with what stands in curly brackets filled in, each once and from left to right.
fn subject(rule: &TaskRule, occasion: &Occasion<'_>) -> String {
    let mut filled = String::new();
    let mut rest = rule.subject.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        match name {
            "topic" => filled.push_str(topic(occasion.gathering)),
            "name" => filled.push_str(&occasion.name()),
            "email" => filled.push_str(occasion.email.as_str()),
            "minutes" => filled.push_str(&occasion.minutes().to_string()),
            other => filled.push_str(other),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn sentence(occasion: &Occasion<'_>) -> String {
    let (who, topic) = (occasion.email.as_str(), topic(occasion.gathering));
    let verb = occasion.happened.verb();
    match occasion.happened {
        Happened::Attended | Happened::AttendedMeeting => {
            format!("{who} {verb} “{topic}” for {} minutes.", occasion.minutes())
        }
        Happened::Left => format!("{who} {verb} “{topic}” after {} minutes.", occasion.minutes()),
        Happened::AskedQuestion => {
            let asked: Vec<String> = occasion.questions.iter().take(5).map(|one| clip(one, 300)).collect();
            format!("{who} {verb} “{topic}”.\n{}", asked.join("\n"))
        }
        Happened::Registered | Happened::Approved | Happened::NoShow | Happened::MissedMeeting => {
            format!("{who} {verb} “{topic}”.")
        }
    }
}
