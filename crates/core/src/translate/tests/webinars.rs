//! Stories of webinars: who registers, comes, goes, comes back, and what becomes of it in the CRM.

use super::bench::{Bench, Device, WEBINAR, registration, set_up, stay, told};
use super::{activity, check, check_outcome, check_with, lines};
use crate::leadsquared::command::{Command as Crm, LeadWrite, Task};
use crate::settings::mapping::Target;
use crate::settings::{CaptureBehaviour, FIELD_MARKER, FIELD_MINUTES, FIELD_SOURCE, FIELD_TOPIC, Settings};
use crate::translate::{Command, Outcome, Start};

const ASHA: (&str, &str) = ("Reg1", "Asha@example.test");
const LEAD: &str = "lead · Lead from registration · asha@example.test · ready";
const REGISTERED: &str = "activity · Zoom Webinar Registered · Demo webinar · asha@example.test · ready";
const JOINED: &str = "activity · Zoom Webinar Joined · Demo webinar · asha@example.test · ready";
const LEFT: &str = "activity · Zoom Webinar Left · Demo webinar · asha@example.test · ready";
const TASK: &str = "task · Task: Follow up: attended Demo webinar · asha@example.test · ready";
const READ: &str = "read · Read from Zoom: attendance · Demo webinar · Zoom · ready";
const ATTENDEE: &str = "lead · Lead from attendance · asha@example.test · ready";

/// A device of Asha, known by her registration alone.
fn phone(handle: &str) -> Device<'_> {
    Device { handle, registrant: "Reg1", email: "", user: "" }
}

fn guest(handle: &str) -> Device<'_> {
    Device { handle, registrant: "", email: "", user: "" }
}

/// Somebody whose address Zoom shows, without a registration.
fn shown(handle: &str) -> Device<'_> {
    Device { handle, registrant: "", email: "asha@example.test", user: "" }
}

fn lead_of(bench: &Bench) -> &LeadWrite {
    let lead = bench.queue.values().find_map(|planned| match &planned.command {
        Command::LeadSquared { command: Crm::UpsertLead(write) } => Some(write),
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    });
    lead.expect("a lead is planned")
}

fn task_of(bench: &Bench) -> &Task {
    let task = bench.queue.values().find_map(|planned| match &planned.command {
        Command::LeadSquared { command: Crm::CreateTask(task) } => Some(task),
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    });
    task.expect("a task is planned")
}

const CHANGED: &str = "correction · Correct: Zoom Webinar Registered · Demo webinar · asha@example.test · ready";
const CORRECTED: &str = "correction · Correct: Zoom Webinar Left · Demo webinar · asha@example.test · ready";

#[test]
fn an_end_that_was_told_before_its_beginning_is_corrected_once_the_length_is_known() {
    let registered = registration("created", ASHA, 1_785_492_000_000);
    let (left, joined) = (stay("left", phone("1"), 12), stay("joined", phone("1"), 5));
    let story = [registered, left, joined.clone(), joined];
    let bench = check(&story, &[LEAD, REGISTERED, JOINED, LEFT, CORRECTED]);
    let correction = bench.queue.values().find_map(|planned| match &planned.command {
        Command::LeadSquared { command: Crm::CorrectActivity(correction) } => Some(correction),
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    });
    let (correction, left) = (correction.expect("a correction"), activity(&bench, "Zoom Webinar Left"));
    assert_eq!((&correction.activity.marker, correction.activity.code), (&left.marker, left.code));
    assert_eq!(left.fields.get(FIELD_MINUTES), None);
    assert_eq!(correction.activity.fields[FIELD_MINUTES], "7");
    assert!(correction.activity.note.contains("after 7 minutes"), "{}", correction.activity.note);
    assert!(!correction.is_said_by(left));
    assert!(correction.is_said_by(&correction.activity));
}

#[test]
fn a_registration_makes_a_lead_and_an_activity() {
    let bench = check(&[registration("created", ASHA, 1_785_492_000_000)], &[LEAD, REGISTERED]);
    let lead = lead_of(&bench);
    let fields: Vec<(&str, &str)> = lead.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [("FirstName", "Asha"), ("LastName", "Rao"), ("Phone", "+91 1"), ("Source", "Zoom Webinar")];
    assert_eq!(fields, expected);
    assert_eq!((lead.email.as_str(), lead.behaviour), ("asha@example.test", CaptureBehaviour::Overwrite));
    let registered = activity(&bench, "Zoom Webinar Registered");
    assert_eq!((registered.code, registered.at_ms), (104, 1_785_492_000_000));
    assert_eq!(registered.fields[FIELD_TOPIC], "Demo webinar");
    assert_eq!(registered.fields[FIELD_SOURCE], "newsletter");
    assert_eq!(registered.fields[FIELD_MARKER], registered.marker);
    assert!(registered.note.contains("Waits for approval.") && registered.note.ends_with("\nBudget?: 10k"));
}

#[test]
fn a_custom_question_is_written_to_the_field_it_is_mapped_to() {
    let mut settings = set_up();
    settings.custom_questions.insert("Budget?".to_owned(), Target::lead("mx_Budget"));
    let bench = check_with(&settings, &[registration("created", ASHA, 1)], &[LEAD, REGISTERED]);
    assert_eq!(lead_of(&bench).fields["mx_Budget"], "10k");
}

#[test]
fn a_registration_told_by_retry_in_another_order_or_by_its_approval_is_one_registration() {
    let created = || registration("created", ASHA, 1_000);
    let approved = || registration("approved", ASHA, 2_000);
    check(&[created(), created()], &[LEAD, REGISTERED]);
    check(&[approved()], &[LEAD, REGISTERED]);
    check(
        &[approved(), approved(), registration("approved", ("Reg1", "ASHA@EXAMPLE.TEST"), 2_000)],
        &[LEAD, REGISTERED],
    );
    check(&[created(), approved(), created()], &[LEAD, REGISTERED, CHANGED]);
    check(&[created(), registration("cancelled", ASHA, 3_000)], &[LEAD, REGISTERED, CHANGED]);
    check(&[registration("cancelled", ASHA, 3_000), created()], &[LEAD, REGISTERED]);
}

#[test]
fn an_approval_before_its_registration_brings_the_lead_twice_at_most_and_the_activity_once() {
    // The approval's body has no answers but the name, so what the registration adds is a second write of the same lead.
    let story = [registration("approved", ASHA, 2_000), registration("created", ASHA, 1_000)];
    let bench = check(&story, &[LEAD, LEAD, REGISTERED]);
    let keys_of = |kind: &str| bench.queue.values().filter(|planned| planned.command.kind() == kind).count();
    assert_eq!((keys_of("lead"), keys_of("activity")), (2, 1));
}

#[test]
fn who_is_only_known_to_be_refused_or_gone_never_becomes_a_lead() {
    check(&[registration("denied", ASHA, 1_000)], &[]);
    check(&[registration("cancelled", ASHA, 1_000)], &[]);
    check(&[registration("denied", ASHA, 1_000), registration("cancelled", ASHA, 2_000)], &[]);
    check(&[registration("cancelled", ASHA, 2_000), registration("approved", ASHA, 2_000)], &[LEAD, REGISTERED]);
}

#[test]
fn who_comes_although_refused_does_not_wait_for_a_lead_that_nobody_makes() {
    let denied = || registration("denied", ASHA, 1_000);
    check(&[denied(), stay("joined", phone("1"), 2)], &[ATTENDEE, JOINED]);
    check(&[stay("joined", phone("1"), 2), denied()], &[ATTENDEE, JOINED]);
}

#[test]
fn a_stay_before_its_registration_waits_for_identity_and_is_freed_by_it() {
    let waits = "activity · Zoom Webinar Joined · Demo webinar · unknown (Asha Rao) · waits";
    check(&[stay("joined", phone("1"), 2)], &[waits]);
    let freed = [stay("joined", phone("1"), 2), registration("created", ASHA, 1_000)];
    check(&freed, &[LEAD, REGISTERED, JOINED]);
    let late = [stay("left", phone("1"), 9), stay("joined", phone("1"), 2), registration("created", ASHA, 1_000)];
    check(&late, &[LEAD, REGISTERED, JOINED, LEFT]);
    let other = [stay("joined", phone("1"), 2), registration("created", ("Reg2", "ravi@example.test"), 1_000)];
    let ravis = "lead · Lead from registration · ravi@example.test · ready";
    let ravi = "activity · Zoom Webinar Registered · Demo webinar · ravi@example.test · ready";
    check(&other, &[waits, ravis, ravi]);
}

#[test]
fn a_guest_without_an_address_waits() {
    let joined = "activity · Zoom Webinar Joined · Demo webinar · unknown (Asha Rao) · waits";
    let left = "activity · Zoom Webinar Left · Demo webinar · unknown (Asha Rao) · waits";
    check(&[stay("joined", guest("1"), 2), stay("left", guest("1"), 50)], &[joined, left]);
}

#[test]
fn the_host_is_left_out() {
    let host = Device {
        handle: "1",
        registrant: "UserDemo00000000000001",
        email: "host@example.test",
        user: "UserDemo00000000000001",
    };
    check_outcome(&stay("joined", host, 0), Outcome::Ignored("ignored.host"));
    check(&[stay("joined", host, 0), stay("left", host, 59)], &[]);
}

#[test]
fn who_comes_back_or_comes_with_two_devices_has_a_stay_for_each() {
    let back = [
        registration("created", ASHA, 1_000),
        stay("joined", phone("1"), 0),
        stay("left", phone("1"), 5),
        stay("joined", phone("2"), 6),
        stay("left", phone("2"), 9),
    ];
    check(&back, &[LEAD, REGISTERED, JOINED, LEFT, JOINED, LEFT]);
    let two = [
        registration("created", ASHA, 1_000),
        stay("joined", phone("1"), 0),
        stay("joined", phone("2"), 1),
        stay("left", phone("1"), 20),
        stay("left", phone("2"), 25),
    ];
    check(&two, &[LEAD, REGISTERED, JOINED, LEFT, JOINED, LEFT]);
}

#[test]
fn a_stay_told_twice_or_from_behind_is_one_stay() {
    let joined = || stay("joined", phone("1"), 2);
    let left = || stay("left", phone("1"), 12);
    let registered = || registration("created", ASHA, 1_000);
    let expected = [LEAD, REGISTERED, JOINED, LEFT];
    check(&[registered(), joined(), joined(), left(), left()], &expected);
    let bench = check(&[registered(), left(), joined()], &[LEAD, REGISTERED, JOINED, LEFT, CORRECTED]);
    assert_eq!(activity(&bench, "Zoom Webinar Left").fields.get(FIELD_MINUTES), None);
    let bench = check(&[registered(), joined(), left()], &expected);
    assert_eq!(activity(&bench, "Zoom Webinar Left").fields[FIELD_MINUTES], "10");
}

#[test]
fn a_leave_that_comes_long_after_the_end_still_counts() {
    let run = format!(r#"{{{WEBINAR},"end_time":"2026-08-02T11:00:00Z"}}"#);
    let ended = told("webinar.ended", 1_785_668_400_000, &run);
    let story = [registration("created", ASHA, 1), stay("joined", phone("1"), 0), ended, stay("left", phone("1"), 60)];
    check(&story, &[LEAD, REGISTERED, JOINED, LEFT, TASK, READ]);
}

#[test]
fn the_end_of_a_practice_session_is_not_the_end_of_the_webinar() {
    let practice = told("webinar.ended", 1, &format!(r#"{{{WEBINAR},"practice_session":true}}"#));
    check(
        &[registration("created", ASHA, 1), stay("joined", phone("1"), 0), stay("left", phone("1"), 40), practice],
        &[LEAD, REGISTERED, JOINED, LEFT, TASK],
    );
}

#[test]
fn people_of_excluded_domains_get_nothing_whatever_else_is_missing() {
    let story = [registration("created", ASHA, 1), stay("joined", phone("1"), 0)];
    let expected = [
        "lead · Lead from registration · asha@example.test · suppressed.excluded_domain",
        "activity · Zoom Webinar Registered · Demo webinar · asha@example.test · suppressed.excluded_domain",
        "activity · Zoom Webinar Joined · Demo webinar · asha@example.test · suppressed.excluded_domain",
    ];
    let excluded = vec!["example.test".to_owned()];
    check_with(&Settings { excluded_domains: excluded.clone(), ..set_up() }, &story, &expected);
    check_with(&Settings { excluded_domains: excluded, ..Settings::default() }, &story, &expected);
}

#[test]
fn who_comes_with_an_address_but_without_a_registration_becomes_a_lead_or_is_looked_up() {
    let story = [stay("joined", shown("1"), 0), stay("left", shown("1"), 5)];
    let bench = check(&story, &[ATTENDEE, JOINED, LEFT]);
    assert_eq!(lead_of(&bench).behaviour, CaptureBehaviour::DoNotUpdate);
    assert_eq!(lead_of(&bench).fields["LastName"], "Rao");
    let find = "find · Lead from attendance · asha@example.test · ready";
    check_with(&Settings { attendees_become_leads: false, ..set_up() }, &story, &[find, JOINED, LEFT]);
}

#[test]
fn a_registrant_is_known_by_address_alone() {
    check(&[registration("created", ASHA, 1), stay("joined", shown("1"), 0)], &[LEAD, REGISTERED, JOINED]);
}

#[test]
fn a_follow_up_is_planned_once_when_the_union_of_stays_is_long_enough() {
    let registered = || registration("created", ASHA, 1);
    let of = |handle, from, to| [stay("joined", phone(handle), from), stay("left", phone(handle), to)];
    let story = |stays: &[[crate::translate::Notification; 2]]| {
        std::iter::once(registered()).chain(stays.iter().flatten().cloned()).collect::<Vec<_>>()
    };
    check(&story(&[of("1", 0, 29)]), &[LEAD, REGISTERED, JOINED, LEFT]);
    check(&story(&[of("1", 0, 20), of("2", 5, 25)]), &[LEAD, REGISTERED, JOINED, LEFT, JOINED, LEFT]);
    let bench =
        check(&story(&[of("1", 0, 20), of("2", 15, 30)]), &[LEAD, REGISTERED, JOINED, LEFT, JOINED, LEFT, TASK]);
    let task = task_of(&bench);
    assert_eq!(task.due_ms, 1_785_664_800_000 + (30 + 24 * 60) * 60_000);
    assert!(task.description.contains("for 30 minutes") && task.description.ends_with(&task.marker));
    let corrected = story(&[of("1", 0, 31), of("2", 40, 50), of("1", 0, 31)]);
    check(&corrected, &[LEAD, REGISTERED, JOINED, LEFT, JOINED, LEFT, TASK]);
    let mut off = set_up();
    off.rules[0].on = false;
    check_with(&off, &story(&[of("1", 0, 59)]), &[LEAD, REGISTERED, JOINED, LEFT]);
}

#[test]
fn without_an_activity_type_the_activity_is_parked_and_the_lead_goes() {
    let parked = "activity · Zoom Webinar Registered · Demo webinar · asha@example.test · setup.activity_type";
    check_with(&Settings::default(), &[registration("created", ASHA, 1)], &[LEAD, parked]);
}

#[test]
fn who_is_unknown_waits_even_without_an_activity_type_and_goes_when_both_are_known() {
    let mut bench = Bench::new(Settings::default());
    bench.take(&[stay("joined", phone("1"), 0)]);
    assert_eq!(lines(&bench), ["activity · Zoom Webinar Joined · Demo webinar · unknown (Asha Rao) · waits"]);
    bench.settings.settings = set_up();
    bench.take(&[registration("created", ASHA, 1)]);
    assert!(bench.queue.values().all(|planned| planned.start == Start::Ready));
    assert_eq!(activity(&bench, "Zoom Webinar Joined").code, 105);
}

#[test]
fn a_text_that_is_too_long_is_cut_visibly() {
    let topic = "ü".repeat(300);
    let object = format!(
        r#"{{"uuid":"W==","id":86000000009,"topic":"{topic}","registrant":{{"id":"R","email":"asha@example.test","first_name":"{topic}"}}}}"#
    );
    let mut bench = Bench::new(set_up());
    bench.take(&[told("webinar.registration_created", 1, &object)]);
    let cut = format!("{}…", "ü".repeat(199));
    assert_eq!(activity(&bench, "Zoom Webinar Registered").fields[FIELD_TOPIC], cut);
    assert_eq!(lead_of(&bench).fields["FirstName"], cut);
    assert!(activity(&bench, "Zoom Webinar Registered").note.chars().count() <= 2_000);
}
