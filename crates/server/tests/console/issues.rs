//! Issues as an admin sees them: grouped, retried after the effects were said, muted; lists and their tables with hostile words.

use super::registration;
use super::site::{Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::intake::writer::{Append, Belongs};
use connector_server::translator::Translator;

/// Names as people who mean harm to spreadsheets and pages would choose them.
const HOSTILE: [&str; 4] = ["=HYPERLINK(\"http://x\")", "@SUM(A1)", "<script>alert(1)</script>", "+1\r\n-2"];

/// Three deliveries that wait for an activity type, and a notification that cannot be read.
async fn in_trouble() -> (Site, Browser) {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.tenant("other").await;
    site.connected(&tenant, ZoomApp::Webinars).await;
    let browser = site.signed_in().await;
    for number in 0..3 {
        site.shared.journal.append(registration(number)).await.unwrap();
    }
    site.shared.journal.append(unreadable("<b>=cmd</b>")).await.unwrap();
    Translator::new(site.shared.clone()).step().await.unwrap();
    (site, browser)
}

fn unreadable(event: &str) -> Append {
    Append {
        belongs: Belongs::To(TenantId::parse("acme").unwrap()),
        key: format!("unreadable-{event}"),
        source: "zoom:webinars",
        event: event.to_owned(),
        event_ts_ms: NOW_MS,
        received_ms: NOW_MS,
        late: false,
        body: b"no json".to_vec(),
    }
}

#[tokio::test]
async fn a_cause_is_shown_once_with_whom_it_concerns_and_all_of_it_is_retried() {
    let (site, mut browser) = in_trouble().await;
    assert!(browser.get(&site, "/t/acme").await.body.contains("href=\"/t/acme/issues\""));
    let page = browser.get(&site, "/t/acme/issues").await.body;
    for words in [
        "3 deliveries",
        "3 people",
        "lena0@example.test",
        "The activity type is not set up in LeadSquared yet",
        "set-up has not run",
        "href=\"/t/acme/leadsquared\"",
        "1 notification",
        "&#60;b&#62;=cmd&#60;/b&#62;",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let ask = "/t/acme/deliveries/replay?code=setup.activity_type";
    assert!(page.contains(ask), "{page}");
    let asked = browser.get(&site, ask).await.body;
    for words in ["Replay 3 deliveries?", "0 will be updated, 3 created.", "never sent before"] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    let token = form_token(&asked);
    let fields = [("form_token", token.as_str()), ("code", "setup.activity_type")];
    let replayed = browser.post(&site, "/t/acme/deliveries/replay", &fields).await;
    assert_eq!(replayed.location, "/t/acme/deliveries?done=replayed");
    let left = browser.get(&site, "/t/acme/issues").await.body;
    assert!(!left.contains("3 deliveries") && left.contains("1 notification"), "{left}");
}

#[tokio::test]
async fn notifications_of_a_group_are_read_once_more_after_they_were_counted() {
    let (site, mut browser) = in_trouble().await;
    let ask = "/t/acme/issues/read?code=quarantine.not_json&cause=%3Cb%3E%3Dcmd%3C%2Fb%3E";
    let asked = browser.get(&site, ask).await.body;
    assert!(asked.contains("Read 1 notification once more?"), "{asked}");
    let token = form_token(&asked);
    let fields = [("form_token", token.as_str()), ("code", "quarantine.not_json"), ("cause", "<b>=cmd</b>")];
    let foreign = browser.post(&site, "/t/other/issues/read", &fields).await;
    assert_eq!(foreign.location, "/t/other/issues?done=nothing");
    let read = browser.post(&site, "/t/acme/issues/read", &fields).await;
    assert_eq!(read.location, "/t/acme/issues?done=replayed");
    assert!(browser.get(&site, ask).await.body.contains("Nothing to replay"));
    let forged = browser.post(&site, "/t/acme/issues/read", &[("form_token", "x")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_cause_is_muted_and_shown_again() {
    let (site, mut browser) = in_trouble().await;
    let page = browser.get(&site, "/t/acme/issues").await.body;
    let token = form_token(&page);
    let fields = [("form_token", token.as_str()), ("code", "setup.activity_type"), ("cause", "")];
    let foreign = browser.post(&site, "/t/other/issues/mute", &fields).await;
    assert_eq!(foreign.location, "/t/other/issues?done=nothing", "there is nothing of it there");
    let muted = browser.post(&site, "/t/acme/issues/mute", &fields).await;
    assert_eq!(muted.location, "/t/acme/issues?done=muted");
    let page = browser.get(&site, "/t/acme/issues").await.body;
    assert!(!page.contains("3 deliveries") && page.contains("1 cause is muted"), "{page}");
    let page = browser.get(&site, "/t/acme/issues?show=muted").await.body;
    assert!(page.contains("3 deliveries") && page.contains("Muted by <bdi>meera@acme.test"), "{page}");
    assert!(!browser.get(&site, "/t/acme").await.body.contains("3 deliveries wait for a person"));
    browser.post(&site, "/t/acme/issues/unmute", &fields).await;
    assert!(browser.get(&site, "/t/acme/issues").await.body.contains("3 deliveries"));
    let zoom = browser.get(&site, "/t/acme/issues?system=zoom").await.body;
    assert!(zoom.contains("Nothing matches") && zoom.contains("Clear the filters"), "{zoom}");
    assert!(browser.get(&site, "/t/other/issues").await.body.contains("Nothing waits for a person"));
}

#[tokio::test]
async fn a_list_is_counted_turned_around_and_taken_home_as_a_table() {
    let (site, mut browser) = in_trouble().await;
    for (number, event) in HOSTILE.into_iter().enumerate() {
        let one = unreadable(event);
        site.shared.journal.append(Append { key: format!("h{number}"), ..one }).await.unwrap();
    }
    let newest = browser.get(&site, "/t/acme/journal").await.body;
    assert!(newest.contains("<b class=\"strong\">8</b> notifications"), "{newest}");
    assert!(newest.contains("/t/acme/journal?sort=oldest") && newest.contains("/t/acme/journal.csv"), "{newest}");
    let oldest = browser.get(&site, "/t/acme/journal?sort=oldest").await.body;
    let first = |page: &str| page.split("class=\"mono\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_ne!(first(&newest), first(&oldest));
    assert_eq!(first(&oldest), "webinar.registration_created");

    let table = browser.get(&site, "/t/acme/journal.csv").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(table.body.lines().count(), 9, "{}", table.body);
    for cell in table.body.lines().flat_map(|line| line.split(',')) {
        let bare = cell.trim_start_matches('"');
        assert!(!bare.starts_with(['=', '+', '-', '@']), "{cell} is a formula");
    }
    let some = browser.get(&site, "/t/acme/journal.csv?outcome=quarantined").await.body;
    assert_eq!(some.lines().count(), 2, "{some}");
    let deliveries = browser.get(&site, "/t/acme/deliveries.csv?state=parked&who=lena1").await.body;
    assert!(deliveries.lines().count() == 2 && deliveries.contains("lena1@example.test"), "{deliveries}");
    let issues = browser.get(&site, "/t/acme/issues.csv").await.body;
    assert!(issues.lines().count() == 3 && issues.contains("setup.activity_type"), "{issues}");
    for path in ["journal.csv", "deliveries.csv", "issues.csv"] {
        let other = browser.get(&site, &format!("/t/other/{path}")).await.body;
        assert_eq!(other.lines().count(), 1, "{path} of another tenant: {other}");
        let mut nobody = Browser::default();
        let shut = nobody.get(&site, &format!("/t/acme/{path}")).await;
        assert!(shut.location.starts_with("/sign-in"), "{path}");
    }
}
