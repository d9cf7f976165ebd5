//! Stories of meetings: scheduled from LeadSquared, begun, ended, and who is concerned by them.

use super::bench::{Bench, set_up, told};
use super::{Notification, activity, check, check_with, lines};
use crate::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use crate::fact::{Alias, Person};
use crate::ids::{Email, LeadId, MeetingNumber};
use crate::leadsquared::command::Command as Crm;
use crate::settings::meetings::Concerned;
use crate::settings::{FIELD_MINUTES, Settings};
use crate::translate::{Command, OwnOutcome, Source, Wish, read};

const MEETING: &str = r#""id":"86000000001","uuid":"Demo+Uuid0000000000000==","topic":"Demo","type":2,"host_id":"UserDemo00000000000001",
"start_time":"2026-08-01T10:00:00Z","duration":30,"timezone":"Asia/Kolkata""#;
const FIND: &str = "find · Look the lead up · asha@example.test · ready";
const STARTED: &str = "activity · Zoom Meeting Started · Demo · asha@example.test · ready";
const ENDED: &str = "activity · Zoom Meeting Ended · Demo · asha@example.test · ready";
const CREATE: &str = "create_meeting · Create Zoom meeting · Demo · asha@example.test · ready";
const LEAD: &str = "lead · Lead of a scheduled meeting · asha@example.test · ready";
const SCHEDULED: &str = "activity · Zoom Meeting Scheduled · Demo · asha@example.test · ready";
const APPOINTMENT: &str = "task · Appointment · Demo · asha@example.test · ready";

fn started() -> Notification {
    told("meeting.started", 1_785_578_400_123, &format!("{{{MEETING}}}"))
}

fn ended() -> Notification {
    told("meeting.ended", 1_785_580_500_000, &format!(r#"{{{MEETING},"end_time":"2026-08-01T10:35:00Z"}}"#))
}

fn joined(handle: &str, email: &str) -> Notification {
    let object = format!(
        r#"{{{MEETING},"participant":{{"user_id":"{handle}","user_name":"Asha","registrant_id":"","id":"","email":"{email}",
"join_time":"2026-08-01T10:02:11Z","participant_uuid":"UUID-{handle}"}}}}"#
    );
    told("meeting.participant_joined", 1_785_578_531_456, &object)
}

fn wish(person: Person) -> Notification {
    let wanted = ScheduleMeeting {
        operation: "op-1".to_owned(),
        person,
        others: Vec::new(),
        guests: Vec::new(),
        host: "me".to_owned(),
        topic: "Demo".to_owned(),
        start_ms: 1_785_578_400_000,
        duration_min: 30,
        timezone: "Asia/Kolkata".to_owned(),
        agenda: "Talk".to_owned(),
        owner_email: Email::parse("owner@example.test"),
        options: crate::zoom::options::MeetingOptions::default(),
        appointment: None,
    };
    let body = serde_json::to_vec(&Wish::ScheduleMeeting(Box::new(wanted))).unwrap();
    read(Source::Wish, &body, 1_785_500_000_000).unwrap()
}

fn asha() -> Person {
    Person::Email(Email::parse("asha@example.test").unwrap())
}

/// What Zoom answered to the wish.
fn created() -> Notification {
    let fact: Alias = Bench::new(set_up()).keys.alias("scheduling", &["op-1"]);
    let created = CreatedMeeting {
        account: "AcctDemo00000000000001".to_owned(),
        number: MeetingNumber(86_000_000_001),
        join_url: Some("https://zoom.example.test/j/86000000001?pwd=x".to_owned()),
    };
    let body = serde_json::to_vec(&OwnOutcome::MeetingCreated { fact, created }).unwrap();
    read(Source::Outcome, &body, 0).unwrap()
}

#[test]
fn a_meeting_scheduled_from_leadsquared_goes_to_zoom_first_and_pressing_twice_is_one_meeting() {
    check(&[wish(asha()), wish(asha())], &[CREATE]);
}

#[test]
fn a_meeting_that_zoom_made_brings_lead_activity_and_appointment_once() {
    let bench = check(&[wish(asha()), created(), created()], &[CREATE, LEAD, SCHEDULED, APPOINTMENT]);
    let scheduled = activity(&bench, "Zoom Meeting Scheduled");
    assert!(scheduled.note.contains("https://zoom.example.test/j/86000000001?pwd=x"));
    assert_eq!((scheduled.code, scheduled.at_ms), (101, 1_785_500_000_000));
    let appointment = bench.queue.values().find_map(|planned| match &planned.command {
        Command::LeadSquared { command: Crm::CreateTask(task) } => Some(task),
        Command::LeadSquared { .. } | Command::Zoom { .. } => None,
    });
    let appointment = appointment.unwrap();
    assert_eq!(appointment.end_ms - appointment.due_ms, 30 * 60_000);
    assert_eq!(appointment.owner_email.as_ref().map(Email::as_str), Some("owner@example.test"));
}

#[test]
fn a_meeting_for_a_lead_needs_no_address_and_makes_no_lead() {
    let person = Person::Lead(LeadId("0F-AB".to_owned()));
    let expected = [
        "create_meeting · Create Zoom meeting · Demo · lead 0F-AB · ready",
        "activity · Zoom Meeting Scheduled · Demo · lead 0F-AB · ready",
        "task · Appointment · Demo · lead 0F-AB · ready",
    ];
    let bench = check(&[wish(person), created()], &expected);
    let named = bench.queue.values().filter(|planned| planned.lead.is_some()).count();
    assert_eq!(named, 2, "what goes to LeadSquared carries the lead that it named");
}

#[test]
fn an_outcome_of_a_wish_that_nobody_knows_is_left_out() {
    check(&[created()], &[]);
}

#[test]
fn start_and_end_stand_on_the_lead_it_was_scheduled_for_and_on_nobody_else() {
    let story = [wish(asha()), created(), started(), joined("1", "ravi@example.test"), ended(), ended()];
    let bench = check(&story, &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED]);
    assert_eq!(activity(&bench, "Zoom Meeting Ended").fields[FIELD_MINUTES], "35");
}

#[test]
fn a_meeting_that_began_before_its_creation_was_known_is_made_up_for_by_its_end() {
    let story = [wish(asha()), started(), created(), ended()];
    check(&story, &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED]);
}

#[test]
fn a_meeting_that_was_held_before_its_creation_was_known_is_told_of_all_the_same() {
    let expected = [CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED];
    check(&[wish(asha()), started(), ended(), created()], &expected);
    check(&[wish(asha()), ended(), created(), started()], &expected);
}

#[test]
fn where_nobody_scheduled_it_those_who_came_are_looked_up_and_never_made() {
    check(&[joined("1", "asha@example.test")], &[FIND]);
    let expected = [FIND, STARTED, ENDED];
    check(&[started(), joined("1", "asha@example.test"), joined("2", "asha@example.test"), ended()], &expected);
    check(&[ended(), joined("1", "asha@example.test"), started()], &expected);
    check(&[joined("1", "asha@example.test"), started(), ended()], &expected);
    check(&[started(), joined("1", ""), ended()], &[]);
}

#[test]
fn a_meetings_registrant_is_found_by_the_stay_but_is_no_lead_by_registering() {
    let registered = told(
        "meeting.registration_created",
        1,
        &format!(
            r#"{{{MEETING},"registrant":{{"id":"R","first_name":"Asha","email":"asha@example.test","status":"approved"}}}}"#
        ),
    );
    check(std::slice::from_ref(&registered), &[]);
    let object = format!(
        r#"{{{MEETING},"participant":{{"user_id":"1","registrant_id":"R","join_time":"2026-08-01T10:02:11Z","email":""}}}}"#
    );
    let came = told("meeting.participant_joined", 2, &object);
    check(&[registered.clone(), came.clone(), started()], &[FIND, STARTED]);
    check(&[started(), came, registered], &[FIND, STARTED]);
}

#[test]
fn each_run_of_a_meeting_has_its_own_start_and_end() {
    let again =
        told("meeting.started", 1_785_600_000_000, &format!("{{{}}}", MEETING.replace("Demo+Uuid", "Next+Uuid")));
    check(
        &[wish(asha()), created(), started(), again],
        &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, FIND, STARTED],
    );
}

#[test]
fn an_event_without_a_topic_takes_it_from_the_plan() {
    let planned = told("meeting.created", 1, &format!("{{{MEETING}}}"));
    let bare = told("meeting.started", 2, r#"{"id":86000000001,"uuid":"u==","start_time":"2026-08-01T10:00:00Z"}"#);
    let came = r#"{"id":86000000001,"uuid":"u==","participant":{"user_id":"1","email":"asha@example.test","join_time":"2026-08-01T10:02:11Z"}}"#;
    check(&[planned, bare, told("meeting.participant_joined", 3, came)], &[FIND, STARTED]);
}

#[test]
fn without_activity_types_moments_are_parked_and_staff_are_still_left_out() {
    let story = [started(), joined("1", "asha@example.test")];
    let parked = "activity · Zoom Meeting Started · Demo · asha@example.test · setup.activity_type";
    check_with(&Settings::default(), &story, &[FIND, parked]);
    let mut bench = Bench::new(Settings { excluded_domains: vec!["example.test".to_owned()], ..Settings::default() });
    bench.take(&story);
    assert!(lines(&bench).iter().all(|line| line.ends_with("suppressed.excluded_domain")), "{:?}", lines(&bench));
}

#[test]
fn where_only_scheduled_meetings_concern_a_lead_guests_of_others_get_nothing() {
    let mut settings = set_up();
    settings.meetings.concerned = Concerned::Scheduled;
    check_with(&settings, &[started(), joined("1", "asha@example.test"), ended()], &[]);
    check_with(
        &settings,
        &[wish(asha()), created(), started()],
        &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED],
    );
}
