//! A meeting with an appointment ends the same in whatever order Zoom and LeadSquared are heard: whether it was asked for here or by an
//! appointment, with single dates of a series, cancelled, brought back or gone. And there is one meeting, however often the
//! appointment is read.

use super::bench::{Bench, set_up};
use super::config;
use connector_core::fact::agreed::dates::Differs;
use connector_core::fact::agreed::{End, Part, Plan, Standing};
use connector_core::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use connector_core::fact::{Alias, Person, State};
use connector_core::ids::{Email, LeadId, MeetingNumber, ZoomApp};
use connector_core::leadsquared::appointment::{Progress, TaskAbout, TaskSeen};
use connector_core::settings::appointments::Becomes;
use connector_core::translate::meeting::agree::AppointmentSeen;
use connector_core::translate::{Notification, OwnOutcome, Source, Wish, appointed, read};
use connector_core::zoom::options::MeetingOptions;
use proptest::prelude::*;

const ASKED_MS: i64 = 1_785_500_000_000;
const START_MS: i64 = 1_785_578_400_000;
const TASK: &str = "t-1";

fn wish() -> ScheduleMeeting {
    ScheduleMeeting {
        operation: "op-1".to_owned(),
        person: Person::Lead(LeadId("l-1".to_owned())),
        others: Vec::new(),
        guests: Vec::new(),
        host: "me".to_owned(),
        topic: "Demo".to_owned(),
        start_ms: START_MS,
        duration_min: 30,
        timezone: "UTC".to_owned(),
        agenda: String::new(),
        owner_email: None,
        options: MeetingOptions::default(),
        appointment: None,
    }
}

/// The appointment as a person made it.
fn seen() -> Notification {
    let part = Part {
        topic: Some("Demo".to_owned()),
        start_ms: Some(START_MS),
        minutes: Some(30),
        standing: Some(Standing::Planned),
    };
    let about = TaskAbout {
        task_type: "Meeting".to_owned(),
        owner: Email::parse("rep@sunrise.example"),
        lead: Some(LeadId("l-1".to_owned())),
        text: String::new(),
        progress: Progress::Open,
    };
    let seen = TaskSeen { part, changed_ms: Some(ASKED_MS), about: Some(about) };
    let told = AppointmentSeen { task: TASK.to_owned(), seen, at_ms: ASKED_MS + 500 };
    outcome(&OwnOutcome::AppointmentSeen(told))
}

fn outcome(outcome: &OwnOutcome) -> Notification {
    read(Source::Outcome, &serde_json::to_vec(outcome).unwrap(), ASKED_MS).unwrap()
}

fn created(fact: Alias) -> Notification {
    let created = CreatedMeeting {
        account: "A".to_owned(),
        number: MeetingNumber(7),
        join_url: Some("https://z.test/j/7".to_owned()),
    };
    outcome(&OwnOutcome::MeetingCreated { fact, created })
}

/// An event of the meeting, so many seconds after it was asked for.
fn zoom(name: &str, second: i64, (more, object, old): (&str, &str, &str)) -> Notification {
    let at_ms = ASKED_MS + second * 1_000;
    let body = format!(
        r#"{{"event":"meeting.{name}","event_ts":{at_ms},"payload":{{"account_id":"A"{more},"object":{{"id":7{object}}},"old_object":{{"id":7{old}}}}}}}"#
    );
    read(Source::Zoom(ZoomApp::Meetings), body.as_bytes(), ASKED_MS + 600_000).unwrap()
}

fn dates(starts: &[i64]) -> String {
    let one = |start_ms: &i64| {
        let at = jiff::Timestamp::from_millisecond(*start_ms).unwrap();
        format!(r#"{{"occurrence_id":"{start_ms}","start_time":"{at}"}}"#)
    };
    format!(r#","occurrences":[{}]"#, starts.iter().map(one).collect::<Vec<_>>().join(","))
}

/// What may happen in Zoom.
fn events() -> Vec<Notification> {
    let [first, second, third] = [0, 7, 14].map(|day| START_MS + day * 24 * 60 * 60_000);
    let later = |start_ms: i64, minutes: i64| start_ms + minutes * 60_000;
    let single = r#","scope":"single""#;
    let all = dates(&[first, second, third]);
    let moved = |from: i64, to: i64| (dates(&[to]), dates(&[from]));
    let (once, twice) = (moved(second, later(second, 60)), moved(later(second, 60), later(second, 90)));
    vec![
        zoom(
            "created",
            1,
            ("", &format!(r#","topic":"Demo","start_time":"{}","duration":30{all}"#, "2026-08-01T10:00:00Z"), ""),
        ),
        zoom("updated", 2, (r#","scope":"all""#, r#","topic":"Other""#, r#","topic":"Demo""#)),
        zoom("updated", 3, (single, &once.0, &once.1)),
        zoom("updated", 4, (single, &twice.0, &twice.1)),
        zoom("deleted", 5, (r#","operation":"single""#, &dates(&[third]), "")),
        zoom("updated", 6, (r#","scope":"all""#, r#","duration":45"#, r#","duration":30"#)),
        zoom("deleted", 7, (r#","operation":"all""#, "", "")),
        zoom("recovered", 8, (r#","operation":"all""#, "", "")),
        zoom("deleted", 9, (r#","operation":"all""#, "", "")),
        zoom("permanently_deleted", 10, ("", "", "")),
    ]
}

/// A life of the meeting in the order of its happening, and shuffled: the wish comes first, and what Zoom made of it after it.
fn shuffled() -> impl Strategy<Value = (bool, Vec<Notification>, Vec<Notification>, usize)> {
    let events = proptest::sample::subsequence(events(), 0..=10);
    (any::<bool>(), events).prop_flat_map(|(by_appointment, events)| {
        let (first, fact) = beginning(by_appointment);
        let mut told = vec![created(fact), first];
        told.extend(events);
        (Just(by_appointment), Just(told.clone()), Just(told).prop_shuffle(), 1_usize..6)
    })
}

fn beginning(by_appointment: bool) -> (Notification, Alias) {
    let keys = Bench::new(set_up()).keys;
    if by_appointment {
        return (seen(), appointed::wish_of(&keys, TASK));
    }
    let body = serde_json::to_vec(&Wish::ScheduleMeeting(Box::new(wish()))).unwrap();
    (read(Source::Wish, &body, ASKED_MS).unwrap(), keys.alias("scheduling", &["op-1"]))
}

fn tell(by_appointment: bool, told: &[Notification], size: usize) -> Bench {
    let mut settings = set_up();
    settings.tasks.become_meetings = Becomes::Meeting;
    let mut bench = Bench::new(settings);
    bench.take(&[beginning(by_appointment).0]);
    told.chunks(size).for_each(|batch| {
        bench.take(batch);
    });
    bench
}

/// What is agreed in the end.
fn agreed(bench: &Bench) -> (Plan, Vec<Differs>, Option<End>) {
    let of = |state: &State| if let State::Definition(state) = state { state.agreed.clone() } else { None };
    let agreed = bench.facts.values().find_map(of).unwrap();
    (agreed.plan.clone(), agreed.dates.differing(agreed.plan.minutes), agreed.end())
}

fn count(bench: &Bench, kind: &str) -> usize {
    bench.queue.values().filter(|planned| planned.command.kind() == kind).count()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn both_sides_end_equal_whatever_the_order((by_appointment, told, shuffled, size) in shuffled()) {
        let straight = tell(by_appointment, &told, told.len());
        let crooked = tell(by_appointment, &shuffled, size);
        prop_assert_eq!(agreed(&straight), agreed(&crooked));
        prop_assert_eq!(count(&crooked, "create_meeting"), 1);
        prop_assert_eq!(count(&crooked, "task"), usize::from(!by_appointment));
    }

    #[test]
    fn telling_everything_twice_makes_no_second_meeting_and_writes_nothing_more(
        (by_appointment, _, shuffled, size) in shuffled()
    ) {
        let mut bench = tell(by_appointment, &shuffled, size);
        let (before, queue) = (agreed(&bench), bench.queue.len());
        for batch in shuffled.chunks(size) {
            bench.take(batch);
        }
        prop_assert_eq!((agreed(&bench), bench.queue.len()), (before, queue));
    }
}
