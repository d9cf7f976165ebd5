//! Stories of single events: whose they are, and those of which nothing follows.

use super::bench::{Bench, WEBINAR, registration, set_up, told};
use super::{Notification, check_outcome, lines};
use crate::fact::State;
use crate::ids::{ZoomApp, ZoomUserId};
use crate::translate::{AHEAD_MS_MAX, Consequence, Outcome, Source, read};
use crate::zoom::event::Retention;

fn by(app: ZoomApp, notification: Notification) -> Notification {
    match notification {
        Notification::Zoom(_, event) => Notification::Zoom(app, event),
        Notification::Wish(..) | Notification::Outcome(_) => panic!("not of Zoom"),
    }
}

#[test]
fn each_app_takes_only_its_own_kind() {
    let webinar = || registration("created", ("Reg1", "asha@example.test"), 1);
    check_outcome(&by(ZoomApp::Meetings, webinar()), Outcome::Ignored("ignored.other_app"));
    let meeting = told("meeting.started", 1, r#"{"id":"86000000001","uuid":"u=="}"#);
    check_outcome(&by(ZoomApp::Webinars, meeting), Outcome::Ignored("ignored.other_app"));
    let recorded = told("recording.completed", 1, &format!(r#"{{{WEBINAR},"recording_files":[{{"id":"a"}}]}}"#));
    check_outcome(&recorded, Outcome::Ignored("ignored.other_app"));
    check_outcome(&by(ZoomApp::Webinars, recorded), Outcome::Merged);
}

#[test]
fn what_is_unknown_or_of_no_consequence_is_left_out_with_its_reason() {
    check_outcome(&told("meeting.hologram_started", 1, "{}"), Outcome::Ignored("ignored.unknown_event"));
    check_outcome(&told("meeting.sharing_started", 1, "{}"), Outcome::Ignored("ignored.not_needed"));
    check_outcome(&told("user.deactivated", 1, r#"{"id":"U"}"#), Outcome::Ignored("ignored.not_needed"));
    let nobodys = br#"{"event":"webinar.started","event_ts":1,"payload":{"object":{"id":1,"uuid":"u"}}}"#;
    let nobodys = read(Source::Zoom(ZoomApp::Webinars), nobodys, 1_795_600_000_000).unwrap();
    check_outcome(&nobodys, Outcome::Ignored("ignored.not_needed"));
}

#[test]
fn a_deauthorization_ends_the_connection_of_the_user_and_is_one_fact() {
    let gone = br#"{"event":"app_deauthorized","event_ts":1785492000000,"payload":{"account_id":"A","user_id":"U","client_id":"C",
        "deauthorization_time":"2026-07-31T10:00:00.000Z","signature":"00","user_data_retention":null}}"#;
    let gone = read(Source::Zoom(ZoomApp::Webinars), gone, 1_795_600_000_000).unwrap();
    let mut bench = Bench::new(set_up());
    let outcomes: Vec<Outcome> = bench.take(&[gone.clone(), gone]).iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::Merged, Outcome::Ignored("ignored.repeat")]);
    assert_eq!(bench.facts.len(), 1);
    let user = ZoomUserId("U".to_owned());
    let end = Consequence::EndConnection {
        app: ZoomApp::Webinars,
        user,
        at_ms: 1_785_492_000_000,
        retention: Retention::NotGranted,
    };
    assert_eq!(bench.consequences, [end.clone(), end]);
    assert_eq!(lines(&bench), [""; 0]);
}

#[test]
fn of_two_changes_of_a_definition_the_later_one_wins_whichever_comes_first() {
    let created = || told("webinar.created", 10, r#"{"id":86000000002,"topic":"First","duration":60}"#);
    let renamed = || told("webinar.updated", 20, r#"{"id":86000000002,"topic":"Second"}"#);
    let single = || {
        let body = br#"{"event":"webinar.deleted","event_ts":30,"payload":{"account_id":"AcctDemo00000000000001","operation":"single",
            "object":{"id":86000000002,"occurrences":[{"occurrence_id":"1786183200000"}]}}}"#;
        read(Source::Zoom(ZoomApp::Webinars), body, 1_795_600_000_000).unwrap()
    };
    for story in [[created(), renamed(), single()], [renamed(), created(), single()], [renamed(), single(), created()]]
    {
        let mut bench = Bench::new(set_up());
        bench.take(&story);
        let Some(State::Definition(state)) = bench.facts.values().next() else { panic!("no definition") };
        assert_eq!((state.gathering.topic.as_deref(), state.deleted), (Some("Second"), false));
        assert_eq!((bench.facts.len(), state.changed_ms), (1, 30));
    }
    let mut bench = Bench::new(set_up());
    bench.take(&[created(), told("webinar.deleted", 40, r#"{"id":86000000002}"#)]);
    assert!(matches!(bench.facts.values().next(), Some(State::Definition(state)) if state.deleted));
}

#[test]
fn an_event_from_the_future_is_one_of_now() {
    let received_ms = 1_795_600_000_000;
    for (event_ts_ms, expected_ms) in
        [(received_ms - 1, received_ms - 1), (7_258_118_400_000, received_ms + AHEAD_MS_MAX)]
    {
        let body = format!(
            r#"{{"event":"meeting.updated","event_ts":{event_ts_ms},"payload":{{"account_id":"A","object":{{"id":"1","topic":"T"}}}}}}"#
        );
        for source in [Source::Zoom(ZoomApp::Meetings), Source::Legacy] {
            let Ok(Notification::Zoom(_, event)) = read(source, body.as_bytes(), received_ms) else { panic!("{body}") };
            assert_eq!(event.event_ts_ms, expected_ms);
        }
    }
}
