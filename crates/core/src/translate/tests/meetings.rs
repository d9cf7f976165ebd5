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
const READ: &str = "read_meeting · Read from Zoom: who was there · Demo · Zoom · ready";
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

/// A stay's beginning or end, so many minutes after ten o'clock.
fn stay(how: &str, (handle, email): (&str, &str), minute: i64) -> Notification {
    let at = format!("2026-08-01T{:02}:{:02}:00Z", 10 + minute.div_euclid(60), minute.rem_euclid(60));
    let key = if how == "joined" { "join_time" } else { "leave_time" };
    let object = format!(
        r#"{{{MEETING},"participant":{{"user_id":"{handle}","user_name":"Asha","registrant_id":"","id":"","email":"{email}",
"{key}":"{at}","participant_uuid":"UUID-{handle}"}}}}"#
    );
    told(&format!("meeting.participant_{how}"), 1_785_578_400_000 + minute * 60_000, &object)
}

/// The run began or ended so many minutes after ten, under the same uuid.
fn run(how: &str, minute: i64) -> Notification {
    let at = |minute: i64| format!("2026-08-01T{:02}:{:02}:00Z", 10 + minute.div_euclid(60), minute.rem_euclid(60));
    let object = match how {
        "started" => MEETING.replace("2026-08-01T10:00:00Z", &at(minute)),
        _ => format!(r#"{MEETING},"end_time":"{}""#, at(minute)),
    };
    told(&format!("meeting.{how}"), 1_785_578_400_000 + minute * 60_000, &format!("{{{object}}}"))
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
        "gather · Read the lead's address · lead 0F-AB · ready",
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
    let bench = check(&story, &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED, READ]);
    assert_eq!(activity(&bench, "Zoom Meeting Ended").fields[FIELD_MINUTES], "35");
}

#[test]
fn a_meeting_that_began_before_its_creation_was_known_is_made_up_for_by_its_end() {
    let story = [wish(asha()), started(), created(), ended()];
    check(&story, &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED, READ]);
}

#[test]
fn a_meeting_that_was_held_before_its_creation_was_known_is_told_of_all_the_same() {
    let expected = [CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED, READ];
    check(&[wish(asha()), started(), ended(), created()], &expected);
    check(&[wish(asha()), ended(), created(), started()], &expected);
}

#[test]
fn where_nobody_scheduled_it_those_who_came_are_looked_up_and_never_made() {
    check(&[joined("1", "asha@example.test")], &[FIND]);
    let expected = [FIND, STARTED, ENDED, READ];
    check(&[started(), joined("1", "asha@example.test"), joined("2", "asha@example.test"), ended()], &expected);
    check(&[ended(), joined("1", "asha@example.test"), started()], &expected);
    check(&[joined("1", "asha@example.test"), started(), ended()], &expected);
    check(&[started(), joined("1", ""), ended()], &[READ]);
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
    check(&[registered.clone(), came.clone(), started()], &[FIND, STARTED, READ]);
    check(&[started(), came, registered], &[FIND, STARTED, READ]);
}

#[test]
fn each_run_of_a_meeting_has_its_own_start_and_end() {
    let again =
        told("meeting.started", 1_785_600_000_000, &format!("{{{}}}", MEETING.replace("Demo+Uuid", "Next+Uuid")));
    check(
        &[wish(asha()), created(), started(), again],
        &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, FIND, STARTED, READ, READ],
    );
}

#[test]
fn an_event_without_a_topic_takes_it_from_the_plan() {
    let planned = told("meeting.created", 1, &format!("{{{MEETING}}}"));
    let bare = told("meeting.started", 2, r#"{"id":86000000001,"uuid":"u==","start_time":"2026-08-01T10:00:00Z"}"#);
    let came = r#"{"id":86000000001,"uuid":"u==","participant":{"user_id":"1","email":"asha@example.test","join_time":"2026-08-01T10:02:11Z"}}"#;
    check(&[planned, bare, told("meeting.participant_joined", 3, came)], &[FIND, STARTED, READ]);
}

#[test]
fn without_activity_types_moments_are_parked_and_staff_are_still_left_out() {
    let story = [started(), joined("1", "asha@example.test")];
    let parked = "activity · Zoom Meeting Started · Demo · asha@example.test · setup.activity_type";
    check_with(&Settings::default(), &story, &[FIND, parked, READ]);
    let mut bench = Bench::new(Settings { excluded_domains: vec!["example.test".to_owned()], ..Settings::default() });
    bench.take(&story);
    let about_people = lines(&bench).into_iter().filter(|line| line != READ).collect::<Vec<_>>();
    assert!(about_people.iter().all(|line| line.ends_with("suppressed.excluded_domain")), "{about_people:?}");
}

#[test]
fn where_only_scheduled_meetings_concern_a_lead_guests_of_others_get_nothing() {
    let mut settings = set_up();
    settings.meetings.concerned = Concerned::Scheduled;
    check_with(&settings, &[started(), joined("1", "asha@example.test"), ended()], &[]);
    check_with(
        &settings,
        &[wish(asha()), created(), started()],
        &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, READ],
    );
}

const ATTENDED: &str = "activity · Zoom Meeting Attended · Demo · asha@example.test · ready";
const ASHA: (&str, &str) = ("1", "asha@example.test");

/// Every order of three or four notifications comes to the same words of the one activity, corrections included.
#[track_caller]
fn check_attended(story: &[Notification], expected: &str) {
    for turn in 0..story.len() {
        let mut told = story.to_vec();
        told.rotate_left(turn);
        let mut bench = Bench::new(set_up());
        told.iter().for_each(|one| drop(bench.take(std::slice::from_ref(one))));
        let facts = bench.facts.values().filter_map(|state| {
            let crate::fact::State::Attendance(attendance) = state else { return None };
            Some(attendance.clone())
        });
        let [attendance] = facts.collect::<Vec<_>>().try_into().unwrap();
        let context = crate::translate::Context { keys: &bench.keys, settings: &bench.settings, own_domains: &[] };
        let said = crate::translate::meeting::present::said(&context, &attendance);
        assert_eq!(said["meeting_attended"].activity.note, expected, "turned by {turn}");
    }
}

#[test]
fn who_comes_before_the_host_was_there_from_then_on() {
    let story = [stay("joined", ASHA, -5), run("started", 0), stay("left", ASHA, 30), run("ended", 35)];
    let note = "Attended the meeting “Demo” of 2026-08-01 09:55 UTC for 35 minutes (87 %), \
        from 2026-08-01 09:55 UTC to 2026-08-01 10:30 UTC. Shown in Zoom as Asha.";
    check_attended(&story, note);
}

#[test]
fn a_run_that_ended_and_began_again_under_its_uuid_is_one_run_and_its_end_is_corrected() {
    let story = [
        run("started", 0),
        stay("joined", ASHA, 1),
        run("ended", 10),
        run("started", 12),
        stay("left", ASHA, 40),
        run("ended", 45),
    ];
    let note = "Attended the meeting “Demo” of 2026-08-01 10:00 UTC for 39 minutes (86 %), \
        from 2026-08-01 10:01 UTC to 2026-08-01 10:40 UTC. Shown in Zoom as Asha.";
    check_attended(&story, note);
    let mut bench = Bench::new(set_up());
    story.iter().for_each(|one| drop(bench.take(std::slice::from_ref(one))));
    let corrected = "correction · Correct: Zoom Meeting Ended · Demo · asha@example.test · ready";
    assert!(lines(&bench).iter().any(|line| line == corrected), "{:#?}", lines(&bench));
}

#[test]
fn a_second_device_adds_nothing_while_the_first_is_there() {
    let second = ("2", "asha@example.test");
    let story = [
        run("started", 0),
        stay("joined", ASHA, 0),
        stay("joined", second, 5),
        stay("left", ASHA, 20),
        stay("left", second, 15),
        run("ended", 20),
    ];
    let note = "Attended the meeting “Demo” of 2026-08-01 10:00 UTC for 20 minutes (100 %), \
        from 2026-08-01 10:00 UTC to 2026-08-01 10:20 UTC. On 2 devices at once. Shown in Zoom as Asha.";
    check_attended(&story, note);
}

#[test]
fn colleagues_by_the_hosts_domain_or_by_the_one_signed_in_concern_nobody() {
    let of_host = MEETING.replace(r#""duration":30"#, r#""duration":30,"host_email":"host@example.test""#);
    let started = told("meeting.started", 1, &format!("{{{of_host}}}"));
    let story = [started, joined("1", "asha@example.test"), ended()];
    let mut bench = Bench::new(set_up());
    story.iter().for_each(|one| drop(bench.take(std::slice::from_ref(one))));
    assert_eq!(lines(&bench), [""; 0]);
    let mut bench = Bench::new(set_up());
    bench.own_domains = vec!["example.test".to_owned()];
    bench.take(&[run("started", 0), joined("1", "asha@example.test"), ended()]);
    assert_eq!(lines(&bench), [""; 0]);
}

#[test]
fn a_lead_who_came_before_the_creation_was_known_is_shown_all_the_same() {
    let story =
        [wish(asha()), run("started", 0), stay("joined", ASHA, 0), stay("left", ASHA, 30), run("ended", 35), created()];
    let mut settings = set_up();
    settings.meetings.concerned = Concerned::Scheduled;
    check_with(&settings, &story, &[CREATE, LEAD, SCHEDULED, APPOINTMENT, FIND, STARTED, ENDED, ATTENDED, READ]);
}

#[test]
fn a_lead_known_by_its_id_is_known_by_its_address_among_those_who_come() {
    let meeting: Alias = Bench::new(set_up()).keys.alias("definition", &["AcctDemo00000000000001", "86000000001"]);
    let fields = [("EmailAddress".to_owned(), "Asha@example.test".to_owned())].into();
    let gathered = crate::translate::addition::GatheredLeads {
        members: crate::leadsquared::command::Members::One(crate::addition::Who::Lead(LeadId("0f-ab".to_owned()))),
        leads: vec![crate::addition::GatheredLead { id: LeadId("0F-AB".to_owned()), fields }],
        more: false,
        total: None,
    };
    let address = Notification::Outcome(OwnOutcome::LeadsGathered { fact: meeting, gathered });
    let begin = [wish(Person::Lead(LeadId("0f-ab".to_owned()))), created()];
    let held = [run("started", 0), stay("joined", ASHA, 0), stay("left", ASHA, 30), run("ended", 35)];
    let lead = |what: &str| format!("activity · Zoom Meeting {what} · Demo · lead 0f-ab · ready");
    let mut expected: Vec<String> = ["Scheduled", "Started", "Ended", "Attended"].map(lead).to_vec();
    expected.extend(
        [
            "create_meeting · Create Zoom meeting · Demo",
            "task · Appointment · Demo",
            "gather · Read the lead's address",
        ]
        .map(|what| format!("{what} · lead 0f-ab · ready")),
    );
    expected.push(READ.to_owned());
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    let mut expected = expected;
    expected.push("task · Task: Follow up: Demo · lead 0f-ab · ready");
    let mut settings = set_up();
    settings.rules = vec![crate::rules::task::TaskRule {
        name: "Follow up".to_owned(),
        when: crate::rules::task::Happened::AttendedMeeting,
        subject: "Follow up: {topic}".to_owned(),
        ..Default::default()
    }];
    let early: Vec<Notification> = begin.iter().chain([&address]).chain(&held).cloned().collect();
    check_with(&settings, &early, &expected);
    let late: Vec<Notification> = begin.iter().chain(&held).chain([&address]).cloned().collect();
    check_with(&settings, &late, &expected);
}

#[test]
fn who_was_invited_in_zoom_is_concerned_though_nobody_came_yet() {
    let made = told(
        "meeting.created",
        1,
        &format!(r#"{{{MEETING},"settings":{{"meeting_invitees":[{{"email":"asha@example.test"}},{{"email":""}}]}}}}"#),
    );
    check(&[made.clone(), run("started", 0)], &[FIND, STARTED, READ]);
    let mut settings = set_up();
    settings.staff = vec!["example.test".to_owned()];
    check_with(&settings, &[made, run("started", 0)], &[]);
}
