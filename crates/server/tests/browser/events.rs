//! An admin walks from home to an event, to a person in it, and to what LeadSquared was told of that person.

use super::binary::Place;
use super::chromium::Chromium;
use std::io::Write as _;

/// People of the demo's webinar.
const PEOPLE: &str = "12";

#[test]
fn an_admin_walks_from_home_to_an_event_and_to_a_person() {
    let place = Place::empty();
    let process = place.start(&["demo", "--people", PEOPLE]);
    let after = |words: &str| process.line_with(words).split_once(words).unwrap().1.trim().to_owned();
    let console = after("Console:");
    let who = after("sign in as ");
    let (email, password) = who.split_once(" with ").unwrap();
    process.line_with("Look around");
    let Some(browser) = Chromium::start() else {
        let _ = writeln!(std::io::stderr(), "left out: there is no Chromium");
        return;
    };
    browser.open(&format!("{console}/sign-in"));
    browser.fill("#email", email);
    browser.fill("#password", password);
    browser.click("main button[type=submit]");
    browser.open(&format!("{console}/t/sunrise"));
    assert!(browser.text("#day").contains("Hour by hour"));
    browser.click("main a[href$='/events']");
    assert_eq!(browser.text("h1"), "Events");
    browser.click(".tabs a[href*='view=past']");
    browser.click("main table a.strong[href*='/events/']");
    assert!(browser.text(".stats").contains("came"));
    let person = browser.text(".guests tbody td");
    assert!(!person.is_empty(), "somebody came");
    browser.click(".guests a[href*='/deliveries?who=']");
    assert_eq!(browser.text("h1"), "Deliveries");
    browser.click("main table a.strong");
    browser.click("main .head a[href*='/events/']");
    assert!(browser.text("#people").contains("People"));
}
