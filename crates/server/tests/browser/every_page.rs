//! Every page of the console, found by walking along its links through the demo: axe-core objects to nothing, light and dark, on a
//! desk and on a phone; nothing is wider than the screen; and the first page is light.

use super::axe::{Axe, Rules};
use super::binary::{Place, Process};
use super::chromium::{Chromium, Colours, Screen};
use super::walk::{Walk, patterns};
use std::collections::BTreeMap;
use std::io::Write as _;

/// People of the demo's webinar.
const PEOPLE: &str = "20";
/// What the first page may weigh with everything it loads, in bytes.
const FIRST_PAGE_BYTES_MAX: u64 = 100 * 1024;

/// Pages that no link of an admin leads to, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/", "leads on to the tenants"),
    ("/first-run/{token}", "the first person's, before there is anybody: tests/browser/signing_in.rs"),
    ("/review/{token}", "an account manager's: their link"),
    ("/reviews", "an account manager's"),
    ("/reviews/{tenant}", "an account manager's"),
    ("/connect/{token}", "a Zoom admin's: their link"),
    ("/oauth/zoom/{app}/callback", "Zoom sends the browser there"),
    ("/oauth/zoom/{app}/confirm", "Zoom sends the browser there: tests/browser/migration.rs"),
    ("/invited/{token}", "an invited person's: their link"),
    ("/new-password/{token}", "a person's who forgot theirs: their link"),
    ("/sales/{token}", "a sales user's: tests/browser/scheduling.rs"),
];

/// The demo, once everything has arrived.
struct Demo {
    _process: Process,
    console: String,
    email: String,
    password: String,
}

impl Demo {
    fn start(place: &Place) -> Self {
        let process = place.start(&["demo", "--people", PEOPLE]);
        let after = |words: &str| process.line_with(words).split_once(words).unwrap().1.trim().to_owned();
        let console = after("Console:");
        let who = after("sign in as ");
        let (email, password) = who.split_once(" with ").unwrap();
        let (email, password) = (email.to_owned(), password.to_owned());
        process.line_with("Look around");
        Self { _process: process, console, email, password }
    }

    /// Somebody who is signed in.
    fn signed_in(&self) -> Option<Chromium> {
        let browser = Chromium::start()?;
        browser.open(&format!("{}/sign-in", self.console));
        browser.fill("#email", &self.email);
        browser.fill("#password", &self.password);
        browser.click("main button[type=submit]");
        Some(browser)
    }
}

/// What is found on a page, as lines that name it.
fn look(axe: &Axe, browser: &Chromium, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    // What depends on colours is looked at in both; what depends on the screen as well.
    for (how, screen, colours, rules) in [
        ("dark", Screen::Desk, Colours::Dark, Rules::Contrast),
        ("phone", Screen::Phone, Colours::Light, Rules::All),
        ("light", Screen::Desk, Colours::Light, Rules::All),
    ] {
        browser.show(screen, colours);
        found.extend(axe.look(browser, rules).iter().map(|line| format!("{name} ({how}): {line}")));
        let wide = browser.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if wide != 0 {
            found.push(format!("{name} ({how}): is wider than the screen by {wide}"));
        }
    }
    found
}

/// Sends the forms behind which there are pages of their own; where these stand.
fn behind_forms(browser: &Chromium, tenant: &str) -> Vec<String> {
    let path = |browser: &Chromium| browser.address().split_once("/t/").map(|(_, path)| format!("/t/{path}")).unwrap();
    browser.open(&format!("{tenant}/schedule"));
    browser.fill("#lead", "asha.rao.0@customers.example");
    browser.fill("#topic", "Second call");
    browser.fill_time("#start", "2031-03-03T10:00");
    browser.press("Schedule");
    browser.says("Link to join");
    let meeting = path(browser);
    browser.open(&format!("{tenant}/add-leads"));
    let webinar = browser.ask("return [...document.querySelectorAll('#choice option')].at(-1).value");
    browser.open(&format!("{tenant}/add-leads?webinar={}", webinar.as_str().unwrap()));
    browser.fill("#leads", "asha.rao.0@customers.example");
    browser.fill("#same-1", "Statistics");
    browser.press("Add them");
    browser.says("asha.rao.0@customers.example");
    let added = path(browser);
    for keys in [format!("{tenant}/keys"), format!("{}/keys", tenant.split_once("/t/").unwrap().0)] {
        browser.open(&keys);
        browser.fill("#name", "reports");
        browser.press("Make the key");
        browser.says("Copy it now");
    }
    vec![meeting, added, "/keys".to_owned()]
}

#[test]
fn axe_core_objects_to_no_page() {
    let Some(axe) = Axe::load() else { return };
    let place = Place::empty();
    let demo = Demo::start(&place);
    let Some(browser) = demo.signed_in() else { return };
    let walk = Walk { browser: &browser, base: &demo.console, each_max: 2 };
    let mut found = Vec::new();
    let mut from = behind_forms(&browser, &format!("{}/t/sunrise", demo.console));
    from.extend(
        ["/tenants", "/migrations", "/nowhere", "/t/sunrise", "/t/sunrise/deliveries/replay", "/t/sunrise/issues/read"]
            .map(str::to_owned),
    );
    let mut seen: BTreeMap<String, usize> = walk.go(&from, |address| found.extend(look(&axe, &browser, address)));
    drop(browser);

    // What nobody has to be signed in for.
    if let Some(stranger) = Chromium::start() {
        let walk = Walk { browser: &stranger, base: &demo.console, each_max: 1 };
        let open =
            ["/sign-in", "/t/sunrise/sales", "/first-run/x", "/review/x", "/connect/x", "/sales/x"].map(str::to_owned);
        seen.extend(walk.go(&open, |address| found.extend(look(&axe, &stranger, address))));
    }
    let pages: usize = seen.values().sum();
    let _ = writeln!(std::io::stderr(), "axe-core looked at {pages} pages of {} addresses", seen.len());
    assert!(found.is_empty(), "{} objections:\n{}", found.len(), found.join("\n"));
    let missing: Vec<String> = patterns()
        .into_iter()
        .filter(|pattern| !seen.contains_key(pattern) && !ELSEWHERE.iter().any(|(known, _)| known == pattern))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "no walk leads to these pages");
}

#[test]
fn the_first_page_is_light_with_everything_it_loads() {
    let place = Place::empty();
    let demo = Demo::start(&place);
    let Some(browser) = demo.signed_in() else { return };
    browser.open(&format!("{}/t/sunrise", demo.console));
    let weight = "const loaded = performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')); \
         return loaded.reduce((sum, one) => sum + one.decodedBodySize, 0)";
    let bytes = browser.ask(weight).as_u64().unwrap();
    let _ = writeln!(std::io::stderr(), "the first page weighs {bytes} bytes with everything it loads");
    assert!((1..=FIRST_PAGE_BYTES_MAX).contains(&bytes), "{bytes} bytes");
}
