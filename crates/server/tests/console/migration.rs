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
    for words in
        ["installed and configured before 1 June 2023", "30 May 2023", "8 September 2023", "It takes a few minutes"]
    {
        assert!(page.body.contains(words), "{words}");
    }
    assert_eq!(press(&mut browser, &site, "begin", &[("uses", "both")]).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("/t/acme/configure/authentication/sign-in"));
    assert!(page.contains("/t/acme/configure/webinar-settings/sign-in"));
    site.connected(&tenant, ZoomApp::Meetings).await;
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(!page.contains("/t/acme/configure/authentication/sign-in") && page.contains("Who may sign in?"));
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
    let wrong = press(&mut browser, &site, "installed", &[("on", "April")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    press(&mut browser, &site, "installed", &[("on", "2022-04-01")]).await;
    let concerned = browser.get(&site, "/migrations?concerned=yes").await.body;
    assert!(concerned.contains("/t/acme/migration") && !concerned.contains("/t/other/migration"));
    let all = browser.get(&site, "/migrations").await.body;
    assert!(all.contains("/t/acme/migration") && all.contains("/t/other/migration"));
    let some = browser.get(&site, "/migrations?step=sign_in").await.body;
    assert!(some.contains("/t/acme/migration") && !some.contains("/t/other/migration"));
    let table = browser.get(&site, "/migrations.csv?step=sign_in").await;
    assert_eq!(
        table.body,
        "tenant,name,installed,concerned,step,old app told,records written,records doubled\r\n\
         acme,acme & Co,2022-04-01,yes,Sign in with Zoom,0,0,0\r\n"
    );
    let stranger = Browser::default().get(&site, "/migrations").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_reviewer_releases_custom_logic_by_an_invitation_and_reaches_nothing_else() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    for tenant in ["acme", "other"] {
        site.tenant(tenant).await;
    }
    press(&mut browser, &site, "begin", &[("uses", "webinars")]).await;
    press(&mut browser, &site, "mark-custom", &[]).await;
    let nameless = press(&mut browser, &site, "invite", &[("name", " "), ("email", "ann@manager.test")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = press(&mut browser, &site, "invite", &[("name", "Ann <Lee>"), ("email", "Ann@manager.test")]).await;
    let (_, link) = made.body.split_once("/review/").unwrap();
    let link = format!("/review/{}", link.split('<').next().unwrap());

    let mut manager = Browser::default();
    assert_eq!(manager.get(&site, "/reviews").await.status, StatusCode::FORBIDDEN);
    let page = manager.get(&site, &link).await;
    assert_eq!((page.status, page.body.contains("acme &#38; Co")), (StatusCode::OK, true));
    let forged = manager.post(&site, &link, &[("form_token", "x")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let token = form_token(&page.body);
    let came = manager.post(&site, &link, &[("form_token", &token)]).await;
    assert_eq!((came.status, came.location.as_str()), (StatusCode::SEE_OTHER, "/reviews/acme"));
    let again = Browser::default().post(&site, &link, &[("form_token", &token)]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "the link works once");

    assert_eq!(manager.get(&site, "/reviews/other").await.status, StatusCode::NOT_FOUND);
    let page = manager.get(&site, "/reviews/acme").await.body;
    let token = form_token(&page);
    let fields = [("form_token", token.as_str()), ("reason", "the same results")];
    let foreign = manager.post(&site, "/reviews/other/release", &fields).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let empty = manager.post(&site, "/reviews/acme/release", &[("form_token", &token), ("reason", "")]).await;
    assert!(empty.body.contains("Say who reviewed"), "{}", empty.body);
    assert_eq!(manager.post(&site, "/reviews/acme/release", &fields).await.status, StatusCode::SEE_OTHER);
    let page = browser.get(&site, "/t/acme/migration").await.body;
    assert!(page.contains("Ann &#60;Lee&#62;") && page.contains("the same results"), "released in the invited name");
    assert!(manager.get(&site, "/reviews").await.body.contains("released"));
    manager.post(&site, "/reviews/sign-out", &[("form_token", &token)]).await;
    assert_eq!(manager.get(&site, "/reviews/acme").await.status, StatusCode::FORBIDDEN);
}
