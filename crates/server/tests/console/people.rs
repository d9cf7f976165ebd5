//! The queue of people whom Zoom does not name: suggestions with their reasons, the next one after each decision, and the way back.

use super::registration;
use super::site::{Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::intake::writer::{Append, Belongs};
use connector_server::translator::Translator;

/// A guest of that name came to the webinar.
fn guest(number: u8, name: &str) -> Append {
    let body = serde_json::json!({
        "event": "webinar.participant_joined", "event_ts": NOW_MS,
        "payload": {"account_id": "A1", "object": {
            "uuid": "u==", "id": 86_000_000_003_u64, "host_id": "h", "topic": "Open <i>day</i>", "type": 5,
            "start_time": "2026-08-20T10:00:00Z", "duration": 60, "timezone": "Asia/Kolkata",
            "participant": {"user_id": format!("1677824{number}"), "user_name": name,
                "participant_uuid": format!("P{number}"), "join_time": "2026-08-14T10:50:00Z", "email": ""},
        }},
    });
    Append {
        belongs: Belongs::To(TenantId::parse("acme").unwrap()),
        key: format!("guest{number}"),
        source: "zoom:webinars",
        event: "webinar.participant_joined".to_owned(),
        event_ts_ms: NOW_MS,
        received_ms: NOW_MS,
        late: false,
        body: body.to_string().into_bytes(),
    }
}

async fn with_guests(names: &[&str]) -> (Site, Browser) {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.tenant("other").await;
    site.connected(&tenant, ZoomApp::Webinars).await;
    let browser = site.signed_in().await;
    site.shared.journal.append(registration(1)).await.unwrap();
    for (number, name) in (0..).zip(names) {
        site.shared.journal.append(guest(number, name)).await.unwrap();
    }
    Translator::new(site.shared.clone()).step().await.unwrap();
    (site, browser)
}

/// The address of the form about somebody, by what stands before it on the page.
fn form_of(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("<bdi>{name}</bdi></h2>")).unwrap();
    let (_, rest) = rest.split_once("action=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_suggestion_says_why_and_a_decision_leads_to_the_next_one() {
    let (site, mut browser) = with_guests(&["Lena Fox", "=cmd|x", "Lene Fox"]).await;
    let page = browser.get(&site, "/t/acme/people").await.body;
    for words in [
        "<b class=\"strong\">3</b> people wait for a decision",
        "Registered under the same name.",
        "spelt nearly the same",
        "data-key=\"1\"",
        "Likely",
        "Perhaps",
        "/t/acme/follow?q=Lena%20Fox",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("autofocus"), "whoever opens the page is not moved");
    let (token, form) = (form_token(&page), form_of(&page, "Lena Fox"));
    let fields = [("form_token", token.as_str()), ("choice", "email"), ("email", "lena1@example.test"), ("at", "1")];
    let decided = browser.post(&site, &form, &fields).await;
    let id = form.rsplit('/').next().unwrap();
    assert_eq!(decided.location, format!("/t/acme/people?done=decided&at=1&last={id}"));

    // The decision still waits in the journal: nobody is asked about the same person meanwhile.
    let next = browser.get(&site, &decided.location).await.body;
    assert!(next.contains("<b class=\"strong\">2</b>") && !next.contains("<bdi>Lena Fox</bdi></h2>"), "{next}");
    assert_eq!(next.matches("autofocus").count(), 1);
    assert!(next.contains("Take back what was said of <bdi>Lena Fox</bdi>"), "{next}");
    Translator::new(site.shared.clone()).step().await.unwrap();
    let settled = browser.get(&site, &decided.location).await.body;
    assert!(settled.contains("is lena1@example.test"), "{settled}");
    // What was decided once speaks for the next time.
    let undo = [("form_token", token.as_str()), ("choice", "undo"), ("at", "0")];
    let undone = browser.post(&site, &form, &undo).await;
    assert_eq!(undone.location, "/t/acme/people?done=decided&at=0");
    Translator::new(site.shared.clone()).step().await.unwrap();
    let back = browser.get(&site, "/t/acme/people").await.body;
    assert!(back.contains("<b class=\"strong\">3</b>") && back.contains("<bdi>Lena Fox</bdi></h2>"), "{back}");
}

#[tokio::test]
async fn a_decision_that_cannot_be_read_changes_nothing_and_another_tenant_has_nobody() {
    let (site, mut browser) = with_guests(&["Lena Fox", "=cmd|x"]).await;
    let page = browser.get(&site, "/t/acme/people").await.body;
    let (token, form) = (form_token(&page), form_of(&page, "Lena Fox"));
    let wrong = [("form_token", token.as_str()), ("choice", "email"), ("email", "nobody"), ("at", "1")];
    let refused = browser.post(&site, &form, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("This is not an e-mail address."), "{}", refused.body);
    let foreign = form.replace("/t/acme/", "/t/other/");
    let nobody = [("form_token", token.as_str()), ("choice", "nobody")];
    assert_eq!(browser.post(&site, &foreign, &nobody).await.status, StatusCode::NOT_FOUND);
    let far = browser.get(&site, "/t/acme/people?at=99&last=%3Cb%3E").await;
    assert_eq!((far.status, far.body.matches("autofocus").count()), (StatusCode::OK, 1));
    let table = browser.get(&site, "/t/acme/people.csv").await.body;
    assert!(table.contains("'=cmd|x") && table.lines().count() == 3, "{table}");
    assert_eq!(browser.get(&site, "/t/other/people.csv").await.body.lines().count(), 1);
}
