//! The demo: what it prints, that LeadSquared equals what happened, and that nothing of it stays behind.

use super::binary::Place;
use serde_json::Value;

/// Everything the demo's one line of JSON holds, by name.
const KEYS: [&str; 9] =
    ["activities", "crm_calls", "duplicates", "leads", "lost", "meetings", "people", "seconds", "tasks"];

#[track_caller]
fn check_nothing_left(place: &Place) {
    let left: Vec<_> = std::fs::read_dir(place.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// Runs the demo to its end; its report.
#[track_caller]
fn check(arguments: &[&str], people: u64) -> Value {
    let place = Place::empty();
    let report = place.json(&[&["demo", "--once"], arguments].concat());
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let mut sorted = keys.clone();
    sorted.sort();
    assert_eq!(sorted, KEYS);
    for (key, expected) in [("people", people), ("leads", people), ("duplicates", 0), ("lost", 0), ("meetings", 1)] {
        assert_eq!(report[key], expected, "{key}: {report}");
    }
    check_nothing_left(&place);
    report
}

#[test]
fn fifty_people_reach_leadsquared_once() {
    let report = check(&[], 50);
    assert!(report["activities"].as_u64().unwrap() > 150 && report["tasks"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn three_hundred_people_reach_leadsquared_once() {
    check(&["--people", "300"], 300);
}

#[test]
fn a_limited_plan_is_kept_and_nothing_is_lost() {
    check(&["--limit", "25/5s", "--people", "20"], 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stays_to_be_looked_at_until_it_is_told_to_end() {
    let place = Place::empty();
    let demo = place.start(&["demo", "--people", "5"]);
    let address = |line: String| line.split_whitespace().last().unwrap().to_owned();
    let console = address(demo.line_with("Console:"));
    let leadsquared = address(demo.line_with("Pretend LeadSquared:"));
    demo.line_with("nothing lost, nothing doubled");
    demo.line_with("Ctrl-C");
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for url in [console, leadsquared] {
        let page = reqwest::get(&url).await.unwrap();
        assert_eq!(page.status().as_u16(), 200, "{url}");
        assert!(page.text().await.unwrap().contains("<html"), "{url}");
    }
    demo.signal("INT");
    assert_eq!(demo.end(), Some(0));
    check_nothing_left(&place);
}

#[test]
fn interrupted_in_the_middle_it_ends_and_leaves_nothing_behind() {
    for signal in ["INT", "TERM"] {
        let place = Place::empty();
        let demo = place.start(&["demo", "--people", "5000"]);
        demo.line_with("Pretend LeadSquared:");
        demo.signal(signal);
        assert_eq!(demo.end(), Some(1), "{signal}: not everything was shown");
        check_nothing_left(&place);
    }
}
