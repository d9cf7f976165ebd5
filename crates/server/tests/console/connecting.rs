//! Connecting with Zoom through the console's routes: who may finish what, and what whoever cannot is told.

use crate::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::connections::seal::Place;
use connector_server::connections::sign_in::hash;
use connector_server::store::{connection, sign_in};

const TAB: &str = "/t/acme/configure/authentication";

/// Begins a sign-in on the tab; answers its state.
async fn begin(site: &Site, browser: &mut Browser) -> String {
    let token = form_token(&browser.get(site, TAB).await.body);
    let begun = browser.post(site, &format!("{TAB}/sign-in"), &[("form_token", &token)]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    state_in(&begun.location)
}

/// The state in the address at Zoom.
fn state_in(location: &str) -> String {
    assert!(location.starts_with("http://127.0.0.1:1/oauth/authorize?"), "{location}");
    let (_, rest) = location.split_once("&state=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Puts a sign-in where Zoom's answers would have brought it: granted, and waiting for a person.
async fn grant(site: &Site, tenant: &TenantId, state: &str) {
    let offer = serde_json::json!({
        "zoom_user": "user-of-acme-2", "account": "A1", "email": "asha@acme.test", "user_name": "Asha <b>Rao</b>",
        "role": "Admin", "scopes": ["user:read:user:admin"], "licences": null,
        "missing": [["Schedule meetings", ["meeting:write:meeting"]]], "takes_over": true,
        "tokens": {"access": "secret-access", "refresh": "secret-refresh", "expires_in_s": 3600, "granted_ms": NOW_MS, "api_url": null},
    });
    let key = site.shared.keys.of(&site.shared.store, tenant).await.unwrap();
    let state_hash = hash(state);
    let place = Place { tenant: tenant.as_str(), table: "sign_in", row: &state_hash, column: "offer" };
    let sealed = key.seal(offer.to_string().as_bytes(), place);
    site.shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                assert!(sign_in::advance(unit, &state_hash, "begun", "exchanging").await?);
                sign_in::offer(unit, &state_hash, sealed).await
            })
        })
        .await
        .unwrap();
}

async fn open(site: &Site, tenant: &TenantId) -> Option<connection::ConnectionRow> {
    let tenant = tenant.clone();
    let read = site
        .shared
        .store
        .read(move |unit| Box::pin(async move { connection::open(unit, &tenant, ZoomApp::Meetings).await }));
    read.await.unwrap()
}

fn confirm_address(state: &str) -> String {
    format!("/oauth/zoom/meetings/confirm?state={state}")
}

#[tokio::test]
async fn nothing_is_connected_before_a_person_confirms_what_the_page_names() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.connected(&tenant, ZoomApp::Meetings).await;
    let mut browser = site.signed_in().await;
    let state = begin(&site, &mut browser).await;
    grant(&site, &tenant, &state).await;
    let page = browser.get(&site, &confirm_address(&state)).await.body;
    for holds in
        ["acme &#38; Co", "asha@acme.test", "admin@acme.test", "Another LeadSquared account", "meeting:write:meeting"]
    {
        assert!(page.contains(holds), "{holds}: {page}");
    }
    assert!(!page.contains("<b>Rao") && !page.contains("secret-"), "{page}");
    assert_eq!(open(&site, &tenant).await.unwrap().zoom_user, "user-of-acme");

    let forged = browser.post(&site, &confirm_address(&state), &[("form_token", "forged")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(open(&site, &tenant).await.unwrap().zoom_user, "user-of-acme");

    let token = form_token(&page);
    let confirmed = browser.post(&site, &confirm_address(&state), &[("form_token", &token)]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "{}", confirmed.body);
    assert_eq!(open(&site, &tenant).await.unwrap().zoom_user, "user-of-acme-2");
    let back = browser.get(&site, &confirmed.location).await;
    assert_eq!(back.location, format!("{TAB}?done=connected"));
    let tab = browser.get(&site, &back.location).await.body;
    assert!(tab.contains("Zoom is connected.") && tab.contains("missing: "), "{tab}");

    // Sent twice it stays as it is.
    let again = browser.post(&site, &confirm_address(&state), &[("form_token", &token)]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let out = browser.post(&site, &format!("{TAB}/disconnect"), &[("form_token", &token)]).await;
    assert_eq!(out.location, format!("{TAB}?done=disconnected"));
    assert!(open(&site, &tenant).await.is_none());
}

#[tokio::test]
async fn a_sign_in_is_finished_only_where_it_began() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let state = begin(&site, &mut browser).await;
    grant(&site, &tenant, &state).await;
    let mut stranger = Browser::default();
    stranger.get(&site, "/connect/unknown").await;
    let shown = stranger.get(&site, &confirm_address(&state)).await;
    assert_eq!(shown.status, StatusCode::BAD_REQUEST);
    assert!(!shown.body.contains("asha@acme.test"), "{}", shown.body);
    assert_eq!(
        stranger.post(&site, &confirm_address(&state), &[("form_token", "")]).await.status,
        StatusCode::BAD_REQUEST
    );
    // The other app's address does not take it either.
    let other_app = confirm_address(&state).replace("meetings", "webinars");
    assert_eq!(browser.get(&site, &other_app).await.status, StatusCode::BAD_REQUEST);
    // Neither does the same browser when the time is over, or once its person has signed out.
    let token = form_token(&browser.get(&site, TAB).await.body);
    let mut signed_out = browser.clone();
    let second = begin(&site, &mut signed_out).await;
    grant(&site, &tenant, &second).await;
    assert_eq!(signed_out.get(&site, &confirm_address(&second)).await.status, StatusCode::OK);
    site.shared.clock.advance(10 * 60_000);
    assert_eq!(browser.get(&site, &confirm_address(&state)).await.status, StatusCode::BAD_REQUEST);
    assert!(browser.get(&site, TAB).await.body.contains("nobody confirmed"), "the tab says what became of it");
    let third = begin(&site, &mut signed_out).await;
    grant(&site, &tenant, &third).await;
    signed_out.post(&site, "/sign-out", &[("form_token", &token)]).await;
    assert_eq!(signed_out.get(&site, &confirm_address(&third)).await.status, StatusCode::BAD_REQUEST);
    assert!(open(&site, &tenant).await.is_none());
}

#[tokio::test]
async fn a_code_is_never_left_in_the_address_and_a_refusal_is_told_with_its_causes() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let callback = "/oauth/zoom/meetings/callback";
    let uninvited = browser.get(&site, &format!("{callback}?code=secret-code")).await;
    assert_eq!(
        (uninvited.status, uninvited.location.as_str()),
        (StatusCode::SEE_OTHER, "/oauth/zoom/meetings/confirm")
    );
    let told = browser.get(&site, &uninvited.location).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    assert!(told.body.contains("begun in the Zoom Marketplace"), "{}", told.body);

    let state = begin(&site, &mut browser).await;
    let declined = browser.get(&site, &format!("{callback}?error=access_denied&state={state}")).await;
    let told = browser.get(&site, &declined.location).await.body;
    assert!(told.contains("access_denied") && told.contains("meeting:read:meeting"), "{told}");
    assert!(browser.get(&site, TAB).await.body.contains("did not come about"));

    // Zoom cannot be reached here, so the exchange fails; the code stands in no address all the same.
    let state = begin(&site, &mut browser).await;
    let back = browser.get(&site, &format!("{callback}?code=secret-code&state={state}")).await;
    assert_eq!((back.status, back.location.contains("secret-code")), (StatusCode::SEE_OTHER, false));
    assert!(browser.get(&site, &back.location).await.body.contains("Start again in a moment"));
}

#[tokio::test]
async fn a_zoom_admin_without_an_account_connects_by_the_link_once() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let token = form_token(&browser.get(&site, TAB).await.body);
    let make = async |browser: &mut Browser| {
        let page = browser.post(&site, &format!("{TAB}/link"), &[("form_token", &token)]).await.body;
        let (_, rest) = page.split_once("value=\"http://127.0.0.1:8080/connect/").unwrap();
        format!("/connect/{}", rest.split('"').next().unwrap())
    };
    let (older, link) = (make(&mut browser).await, make(&mut browser).await);

    let mut admin = Browser::default();
    assert_eq!(admin.get(&site, &older).await.status, StatusCode::NOT_FOUND, "only the newest link works");
    let invite = admin.get(&site, &link).await.body;
    assert!(invite.contains("acme &#38; Co") && invite.contains("Sign in with Zoom"), "{invite}");
    let invited = form_token(&invite);
    assert_eq!(admin.post(&site, &link, &[("form_token", "forged")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(Browser::default().post(&site, &link, &[("form_token", &invited)]).await.status, StatusCode::FORBIDDEN);
    let begun = admin.post(&site, &link, &[("form_token", &invited)]).await;
    let state = state_in(&begun.location);
    grant(&site, &tenant, &state).await;
    let page = admin.get(&site, &confirm_address(&state)).await.body;
    let confirmed = admin.post(&site, &confirm_address(&state), &[("form_token", &form_token(&page))]).await;
    let thanks = admin.get(&site, &confirmed.location).await;
    assert!(thanks.body.contains("Thank you"), "{}", thanks.body);
    assert!(open(&site, &tenant).await.is_some());

    assert_eq!(admin.get(&site, &link).await.status, StatusCode::NOT_FOUND, "the link was used");
    assert_eq!(admin.get(&site, "/t/acme").await.status, StatusCode::SEE_OTHER, "it opens nothing else");
}

/// What a form about an own app is sent with.
async fn send_own_app(site: &Site, browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.get(site, TAB).await.body);
    let all = [&[("form_token", token.as_str())][..], fields].concat();
    browser.post(site, &format!("{TAB}/own-app"), &all).await
}

#[tokio::test]
async fn an_own_app_that_cannot_be_tried_is_refused_in_place_and_its_secrets_are_not_shown_again() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, TAB).await.body;
    for holds in
        ["/zoom/own/acme/meetings/webhook", "meeting.participant_joined", "meeting:read:meeting:admin", "your own"]
    {
        assert!(page.contains(holds), "{holds}: {page}");
    }
    let given = |secret| {
        [("account_id", "AcctOwn"), ("client_id", "own-client"), ("client_secret", secret), ("secret_token", "tok3n")]
    };
    // Nobody answers where this service looks for Zoom.
    let refused = send_own_app(&site, &mut browser, &given("s3cr3t")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("could not try these credentials") && refused.body.contains("Nothing was kept"));
    assert!(refused.body.contains("value=\"AcctOwn\"") && refused.body.contains("value=\"own-client\""));
    assert!(!refused.body.contains("s3cr3t") && !refused.body.contains("tok3n"), "{}", refused.body);
    let refused = send_own_app(&site, &mut browser, &given("two words")).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("without blanks"));
    let without_token = browser.post(&site, &format!("{TAB}/own-app"), &given("s3cr3t")).await;
    assert_eq!(without_token.status, StatusCode::FORBIDDEN);
    let token = form_token(&browser.get(&site, TAB).await.body);
    let fields = [("form_token", token.as_str()), ("secret_token", "x")];
    let nothing = browser.post(&site, &format!("{TAB}/own-app/secret-token"), &fields).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}
