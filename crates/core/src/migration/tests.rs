//! The steps of a migration, one after the other, and everything that is refused on the way.

use super::*;
use crate::translate::Wish;

const DAY_MS: i64 = 24 * HOUR_MS;

fn situation(now_ms: i64) -> Situation {
    Situation { now_ms, quiet_ms: DAY_MS, settings_version: 3, ..Situation::default() }
}

fn connected(now_ms: i64) -> Situation {
    Situation { connected: ZoomApp::ALL.to_vec(), ..situation(now_ms) }
}

fn tested(now_ms: i64) -> Situation {
    let ticks = || Tick::ALL.map(|tick| (tick, true)).to_vec();
    Situation { ticks: ZoomApp::ALL.map(|app| (app, ticks())).to_vec(), ..connected(now_ms) }
}

fn begun() -> Migration {
    Migration::default().act(&Act::Begin { uses: Uses::Both }, &situation(1), "meera").unwrap()
}

fn start_test() -> Act {
    Act::StartTest { code: "AB12".to_owned() }
}

fn deactivated(at_ms: i64) -> Migration {
    let migration = begun().act(&start_test(), &connected(2), "meera").unwrap();
    let migration = migration.act(&Act::AcceptTest, &tested(3), "meera").unwrap();
    migration.act(&Act::Deactivated, &tested(at_ms), "meera").unwrap()
}

#[track_caller]
fn check(migration: &Migration, now: &Situation, step: Step) {
    assert_eq!(migration.step(now), step);
}

#[track_caller]
fn check_refused(migration: &Migration, act: &Act, now: &Situation, part: &str) {
    let refused = migration.act(act, now, "meera").unwrap_err();
    assert!(refused.0.contains(part), "{refused}");
}

#[test]
fn the_steps_come_one_after_the_other() {
    check(&Migration::default(), &connected(1), Step::Begin);
    check(&begun(), &situation(2), Step::SignIn);
    check(&begun(), &Situation { connected: vec![ZoomApp::Meetings], ..situation(2) }, Step::SignIn);
    check(&begun(), &connected(2), Step::Test);
    let migration = deactivated(10);
    check(&migration, &connected(11), Step::Quiet);
    check(&migration, &connected(10 + DAY_MS - 1), Step::Quiet);
    check(&migration, &connected(10 + DAY_MS), Step::Finish);
    let done = migration.act(&Act::Finish, &connected(10 + DAY_MS), "meera").unwrap();
    check(&done, &situation(i64::MAX), Step::Done);
    let certificate = done.certificate.unwrap();
    assert_eq!((certificate.began_ms, certificate.doubled, certificate.mark.by.as_str()), (1, 0, "meera"));
}

#[test]
fn an_event_of_the_old_app_begins_the_silence_anew() {
    let migration = deactivated(10);
    let told = |now_ms, last_ms| Situation { old_last_ms: Some(last_ms), ..connected(now_ms) };
    check(&migration, &told(10 + DAY_MS, 5), Step::Finish);
    check(&migration, &told(10 + DAY_MS, 11), Step::Quiet);
    check(&migration, &told(11 + DAY_MS, 11), Step::Finish);
    check_refused(&migration, &Act::Finish, &told(10 + DAY_MS, 11), "still tells");
}

#[test]
fn custom_logic_waits_for_a_release_with_name_and_reason() {
    let marked = begun().act(&Act::MarkCustom, &situation(2), "meera").unwrap();
    check(&marked, &connected(3), Step::Review);
    check_refused(&marked, &start_test(), &connected(3), "Sign in");
    let release =
        |reviewer: &str, reason: &str| Act::Release { reviewer: reviewer.to_owned(), reason: reason.to_owned() };
    check_refused(&marked, &release("", "same"), &connected(3), "Say who");
    check_refused(&marked, &release("Ann", " "), &connected(3), "Say who");
    check_refused(&marked, &release("Ann", &"a".repeat(301)), &connected(3), "Say who");
    let released = marked.act(&release(" Ann ", "the results are the same"), &connected(3), "meera").unwrap();
    check(&released, &connected(3), Step::Test);
    let CustomLogic::Released { reviewer, .. } = &released.custom_logic else { panic!("{released:?}") };
    assert_eq!(reviewer, "Ann");
    check_refused(&begun(), &release("Ann", "same"), &situation(3), "Nothing waits");
}

#[test]
fn own_filters_and_computed_fields_are_custom_logic_without_a_mark() {
    let own = Situation { own_logic: true, ..situation(2) };
    check(&begun(), &own, Step::Review);
    assert!(!Migration::default().is_held(true), "who has not begun is not held up");
}

#[test]
fn a_test_is_passed_only_with_every_tick_of_every_app_in_use() {
    check_refused(&begun(), &Act::AcceptTest, &tested(3), "Start the test");
    let migration = begun().act(&start_test(), &connected(2), "meera").unwrap();
    check_refused(&migration, &Act::AcceptTest, &connected(3), "Not every step");
    let mut half = tested(3);
    half.ticks[1].1[3].1 = false;
    check_refused(&migration, &Act::AcceptTest, &half, "Not every step");
    let meetings = Migration { uses: Uses::Meetings, ..migration };
    check(&meetings.act(&Act::AcceptTest, &half, "meera").unwrap(), &connected(4), Step::Deactivate);
}

#[test]
fn there_is_a_way_back_until_the_finish() {
    check_refused(&Migration::default(), &Act::Back, &situation(1), "no way back");
    let back = deactivated(10).act(&Act::Back, &connected(11), "meera").unwrap();
    assert_eq!(back, Migration::default());
    let done = deactivated(10).act(&Act::Finish, &connected(10 + DAY_MS), "meera").unwrap();
    check_refused(&done, &Act::Back, &connected(11 + DAY_MS), "no way back");
    check_refused(&done, &Act::Begin { uses: Uses::Both }, &connected(11 + DAY_MS), "begun already");
}

#[test]
fn nothing_is_certified_while_a_record_stands_twice() {
    let twice = Situation { doubled: 1, ..connected(10 + DAY_MS) };
    check_refused(&deactivated(10), &Act::Finish, &twice, "stand twice");
}

#[test]
fn steps_cannot_be_skipped() {
    check_refused(&begun(), &Act::Deactivated, &connected(2), "Test the new connection");
    check_refused(&begun(), &Act::Finish, &connected(2), "cannot be finished yet");
    check_refused(&deactivated(10), &Act::MarkCustom, &connected(11), "go back first");
}

#[test]
fn a_test_is_ticked_off_by_what_its_title_names() {
    let test = Test { code: "ab12".to_owned(), began_ms: 0 };
    let told = |event: &str, topic: &str| {
        let object = format!(r#"{{"id":"86000000001","uuid":"u==","topic":"{topic}"}}"#);
        let body = format!(r#"{{"event":"{event}","event_ts":1,"payload":{{"account_id":"A","object":{object}}}}}"#);
        Told::read(body.as_bytes()).unwrap()
    };
    let done = |told: &[Told]| ticks(&test, told).into_iter().map(|(_, done)| done).collect::<Vec<_>>();
    let planned = told("meeting.created", "Test AB12");
    assert_eq!(done(&[]), [false; 4]);
    assert_eq!(done(&[told("meeting.created", "Another"), told("meeting.started", "Another")]), [false; 4]);
    assert_eq!(done(std::slice::from_ref(&planned)), [true, false, false, false]);
    let mut ended = told("meeting.ended", "Test AB12");
    ended.delivered = true;
    let all = [planned, told("meeting.started", "test ab12"), ended];
    assert_eq!(done(&all), [true; 4]);
    assert_eq!(Told::read(b"{}"), None);
}

#[test]
fn without_a_webinar_licence_the_meeting_alone_is_tested() {
    let migration = begun().act(&start_test(), &connected(2), "meera").unwrap();
    let mut half = tested(3);
    half.ticks[1].1[3].1 = false;
    half.trials = vec![(ZoomApp::Webinars, Trial::LeftOut)];
    check(&migration.act(&Act::AcceptTest, &half, "meera").unwrap(), &connected(4), Step::Deactivate);
    let webinars = Migration { uses: Uses::Webinars, ..migration };
    check_refused(&webinars, &Act::AcceptTest, &half, "no webinar licence");
}

#[test]
fn nothing_is_certified_while_the_test_still_stands_in_zoom() {
    let trial = Trial::Stands { number: crate::ids::MeetingNumber(7) };
    let stands = Situation { trials: vec![(ZoomApp::Meetings, trial)], ..connected(10 + DAY_MS) };
    check_refused(&deactivated(10), &Act::Finish, &stands, "still stands in Zoom");
    let gone = Situation { trials: vec![(ZoomApp::Meetings, Trial::Gone)], ..stands };
    check(&deactivated(10).act(&Act::Finish, &gone, "meera").unwrap(), &gone, Step::Done);
}

#[test]
fn a_test_asks_for_what_is_used_and_takes_all_of_it_away_again() {
    let test = Test { code: "MOVE-AB12".to_owned(), began_ms: 1 };
    let names = |wishes: Vec<(crate::schedule_request::WishId, Wish)>| {
        wishes.into_iter().map(|(id, _)| id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(test.begin(Uses::Both)), ["MOVE-AB12-meetings", "MOVE-AB12-webinars"]);
    assert_eq!(names(test.begin(Uses::Webinars)), ["MOVE-AB12-webinars"]);
    assert_eq!(names(test.end(Uses::Both)), ["MOVE-AB12-meetings-over", "MOVE-AB12-webinars-over"]);
    let odd = Test { code: "x y".to_owned(), began_ms: 1 };
    assert_eq!(names(odd.begin(Uses::Both)), Vec::<String>::new(), "no wish is named so");
    assert_eq!(test.guest().unwrap().as_str(), "zoom-test-move-ab12@example.com");
}

#[test]
fn who_was_installed_before_the_day_is_concerned() {
    let of = |on: &str| Migration { installed: on.to_owned(), ..Migration::default() };
    let check = |on: &str, concerned: Concerned| assert_eq!(of(on).concerned("2023-06-01"), concerned, "{on}");
    check("2023-05-31", Concerned::Yes);
    check("2023-06-01", Concerned::No);
    check("", Concerned::NotKnown);
    assert_eq!(of("2023-05-31").concerned("some day"), Concerned::NotKnown);
    let said = Migration::default().act(&Act::Installed { on: "2022-04-01".to_owned() }, &situation(1), "m").unwrap();
    let begun = said.act(&Act::Begin { uses: Uses::Both }, &situation(2), "m").unwrap();
    assert_eq!(begun.act(&Act::Back, &situation(3), "m").unwrap().installed, "2022-04-01", "it stays said");
    check_refused(&said, &Act::Installed { on: "April".to_owned() }, &situation(2), "year, month and day");
}
