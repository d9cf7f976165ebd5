//! The way off the old JWT app as an admin and an operator see it.

use super::site::{Answer, Browser, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::ZoomApp;

async fn press(browser: &mut Browser, site: &Site, act: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(site, "/t/acme/migration").await;
    let token = form_token(&page.body);
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    browser.post(site, &format!("/t/acme/migration/{act}"), &all).await
}

#[tokio::test]
async fn the_page_leads_from_step_to_step_and_says_what_is_missing() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    let tenant = site.tenant("acme").await;
    let page = browser.get(&site, "/t/acme/migration").await;
    for words in ["installed and configured before 2023-06-01", "30 May 2023", "2023-09-08", "It takes a few minutes"] {
        assert!(page.body.contains(words), "{words}");
    }
    assert_eq!(press(&mut browser, &site, "begin", &[("uses", "both")]).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("/t/acme/configure/authentication") && page.contains("/t/acme/configure/webinar-settings"));
    site.connected(&tenant, ZoomApp::Meetings).await;
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(!page.contains("/t/acme/configure/authentication\"") && page.contains("Who may sign in?"));
    site.connected(&tenant, ZoomApp::Webinars).await;
    assert_eq!(press(&mut browser, &site, "start-test", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get(&site, "/t/acme/migration").await.body.contains("MOVE-"));
    let refused = press(&mut browser, &site, "accept-test", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Not every step of the test is done"));
    let refused = press(&mut browser, &site, "finish", &[]).await;
    assert!(refused.body.contains("cannot be finished yet"));
    assert_eq!(press(&mut browser, &site, "nonsense", &[]).await.status, StatusCode::NOT_FOUND);
    let forged = browser.post(&site, "/t/acme/migration/back", &[("form_token", "x")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_old_apps_credentials_are_taken_and_never_shown() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    site.tenant("acme").await;
    let lacking = press(&mut browser, &site, "old-app", &[("account", "A1")]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lacking.body.contains("Give the verification token or the Secret Token"));
    let fields = [("account", "A1"), ("verification_token", "very-secret-token")];
    assert_eq!(press(&mut browser, &site, "old-app", &fields).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("listened to") && page.contains("/zoom/legacy/acme/webhook"));
    assert!(!page.contains("very-secret-token"));
    assert_eq!(press(&mut browser, &site, "old-app-off", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get(&site, "/t/acme/migration").await.body.contains("Not listened to"));
}

#[tokio::test]
async fn custom_logic_is_released_by_name_and_reason_on_the_page() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    site.tenant("acme").await;
    press(&mut browser, &site, "begin", &[("uses", "webinars")]).await;
    press(&mut browser, &site, "mark-custom", &[]).await;
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("The account manager looks at the custom logic first"));
    let refused = press(&mut browser, &site, "release", &[("reviewer", "Ann"), ("reason", "")]).await;
    assert!(refused.body.contains("Say who reviewed"));
    let fields = [("reviewer", "Ann <Manager>"), ("reason", "the same results")];
    assert_eq!(press(&mut browser, &site, "release", &fields).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("Ann &#60;Manager&#62;") && page.contains("the same results"));
}

#[tokio::test]
async fn the_operator_sees_who_is_how_far_and_takes_the_list_home() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    site.tenant("acme").await;
    site.tenant("other").await;
    press(&mut browser, &site, "begin", &[("uses", "both")]).await;
    let all = browser.get(&site, "/migrations").await.body;
    assert!(all.contains("/t/acme/migration") && all.contains("/t/other/migration"));
    let some = browser.get(&site, "/migrations?step=sign_in").await.body;
    assert!(some.contains("/t/acme/migration") && !some.contains("/t/other/migration"));
    let table = browser.get(&site, "/migrations.csv?step=sign_in").await;
    assert_eq!(
        table.body,
        "tenant,name,step,old app told,records written,records doubled\r\nacme,acme & Co,Sign in with Zoom,0,0,0\r\n"
    );
    let stranger = Browser::default().get(&site, "/migrations").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
}
