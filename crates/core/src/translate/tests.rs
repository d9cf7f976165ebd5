//! The rules of translation as stories in values: what Zoom tells, in whatever order and however often, and what stands
//! in the queue afterwards. Each story is told once notification by notification and once in a single batch.

#[path = "tests/additions.rs"]
mod additions;
#[path = "tests/bench.rs"]
mod bench;
#[path = "tests/events.rs"]
mod events;
#[path = "tests/meetings.rs"]
mod meetings;
#[path = "tests/registrations.rs"]
mod registrations;
#[path = "tests/rules.rs"]
mod rules;
#[path = "tests/webinars.rs"]
mod webinars;

use super::{Command, Notification, Planned, Start};
use crate as core_rules;
use crate::leadsquared::command::Activity;
use crate::leadsquared::command::Command as Crm;
use crate::settings::Settings;
use bench::Bench;

/// A delivery in one line: kind, what, about whom, how it begins.
fn line(planned: &Planned) -> String {
    let start = match planned.start {
        Start::Ready | Start::Mended | Start::NotBefore(_) => "ready".to_owned(),
        Start::WaitsForIdentity => "waits".to_owned(),
        Start::Suppressed(code) | Start::Parked(code) => code.to_owned(),
    };
    format!("{} · {} · {} · {start}", planned.command.kind(), planned.what, planned.who)
}

fn lines(bench: &Bench) -> Vec<String> {
    let mut lines: Vec<String> = bench.queue.values().map(line).collect();
    lines.sort_unstable();
    lines
}

/// Tells the story under the settings and compares the queue with the lines expected, in any order.
#[track_caller]
fn check_with(settings: &Settings, story: &[Notification], expected: &[&str]) -> Bench {
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    let mut together = Bench::new(settings.clone());
    together.take(story);
    assert_eq!(lines(&together), expected, "told in one batch");
    let mut apart = Bench::new(settings.clone());
    for notification in story {
        apart.take(std::slice::from_ref(notification));
    }
    assert_eq!(lines(&apart), expected, "told one by one");
    apart
}

#[track_caller]
fn check(story: &[Notification], expected: &[&str]) -> Bench {
    check_with(&bench::set_up(), story, expected)
}

/// What one notification alone comes to under settings as after set-up.
#[track_caller]
fn check_outcome(notification: &Notification, expected: super::Outcome) {
    let mut bench = Bench::new(bench::set_up());
    let translated = bench.take(std::slice::from_ref(notification));
    assert_eq!(translated[0].outcome, expected);
    assert_eq!(lines(&bench), [""; 0]);
}

/// The one activity whose words begin so.
#[track_caller]
fn activity<'a>(bench: &'a Bench, what: &str) -> &'a Activity {
    let mut found = bench.queue.values().filter_map(|planned| match &planned.command {
        Command::LeadSquared { command: Crm::PostActivity(activity) } if planned.what.starts_with(what) => {
            Some(activity)
        }
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    });
    let one = found.next().expect("the activity is planned");
    assert!(found.next().is_none(), "{what} is planned twice");
    one
}
