//! Alerts and sharing from the outside: who may, what is refused in words, what is shown once.

use super::site::{Browser, Site, form_token};
use axum::http::StatusCode;

#[tokio::test]
async fn an_address_is_added_tested_and_removed_and_a_secret_is_shown_once() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    site.tenant("acme").await;
    let page = browser.get(&site, "/t/acme/alerts").await;
    let token = form_token(&page.body);
    let add = async |browser: &mut Browser, address: &str| {
        let fields = [("form_token", token.as_str()), ("address", address)];
        browser.post(&site, "/t/acme/alerts/addresses", &fields).await
    };
    let refused = add(&mut browser, "ftp://x.example/").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Not added") && refused.body.contains("ftp://x.example/"), "{}", refused.body);
    let web = add(&mut browser, "https://alerts.acme.test/zoom").await;
    assert!(web.status == StatusCode::OK && web.body.contains("whsec_"), "{}", web.body);
    let mail = add(&mut browser, "Asha@acme.test").await;
    assert_eq!(mail.location, "/t/acme/alerts?done=alert-address");
    let page = browser.get(&site, "/t/acme/alerts").await.body;
    assert!(page.contains("asha@acme.test") && page.contains("https://alerts.acme.test/zoom"));
    assert!(!page.contains("whsec_") && page.contains("no mail server"), "{page}");
    let test = browser.post(&site, "/t/acme/alerts/test", &[("form_token", &token)]).await;
    assert_eq!(test.location, "/t/acme/alerts?done=alert-test");
    let place = page.split("/t/acme/alerts/addresses/").nth(1).unwrap().split('/').next().unwrap();
    let remove = format!("/t/acme/alerts/addresses/{place}/remove");
    // Another tenant's address is nobody's here.
    site.tenant("other").await;
    let foreign = browser.post(&site, &remove.replace("/acme/", "/other/"), &[("form_token", &token)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let without = browser.post(&site, &remove, &[("form_token", "wrong")]).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    let replace = remove.replace("/remove", "/secret");
    let foreign = browser.post(&site, &replace.replace("/acme/", "/other/"), &[("form_token", &token)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let replaced = browser.post(&site, &replace, &[("form_token", &token)]).await.body;
    assert!(replaced.contains("whsec_") && replaced.contains("signed with the old one, too"), "{replaced}");
    assert_eq!(browser.post(&site, &replace, &[("form_token", &token)]).await.status, StatusCode::CONFLICT);
    let page = browser.get(&site, "/t/acme/alerts").await.body;
    assert!(page.contains("the old one is used too until") && !page.contains("whsec_"), "{page}");
    let removed = browser.post(&site, &remove, &[("form_token", &token)]).await;
    assert_eq!(removed.location, "/t/acme/alerts?done=alert-removed");
    let chosen = browser.post(&site, "/t/acme/alerts/removal", &[("form_token", &token), ("waiting", "drop")]).await;
    assert_eq!(chosen.location, "/t/acme/alerts?done=removal");
    assert!(browser.get(&site, "/t/acme/alerts").await.body.contains("value=\"drop\" selected"));
    assert!(Browser::default().get(&site, "/t/acme/alerts").await.location.starts_with("/sign-in"));
}

#[tokio::test]
async fn a_share_is_refused_in_words_and_where_something_would_go_is_told() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    site.tenant("acme").await;
    let page = browser.get(&site, "/t/acme/sharing").await;
    let token = form_token(&page.body);
    assert!(page.body.contains("Not connected."), "{}", page.body);
    let fields = [("form_token", token.as_str()), ("rules", "topic: Launch")];
    let offered = browser.post(&site, "/t/acme/sharing/webinars/offer", &fields).await;
    assert_eq!(offered.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = [("form_token", token.as_str()), ("code", "never-given")];
    let accepted = browser.post(&site, "/t/acme/sharing/accept", &code).await;
    assert!(accepted.status == StatusCode::UNPROCESSABLE_ENTITY && accepted.body.contains("not known here"));
    for address in ["webinars/leave", "webinars/none/end"] {
        let gone = browser.post(&site, &format!("/t/acme/sharing/{address}"), &[("form_token", &token)]).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{address}");
    }
    let asked = browser.get(&site, "/t/acme/sharing?app=webinars&topic=Launch").await;
    assert_eq!(asked.status, StatusCode::OK);
}
