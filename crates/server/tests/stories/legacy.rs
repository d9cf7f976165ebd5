//! The old JWT app beside the new ones: its webhooks and theirs make one record each, it is believed little, and Zoom is called with
//! its credentials until somebody signs in.

use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::ZoomApp;
use connector_core::zoom::signature::{SecretToken, sign};
use connector_server::connections::old_app::{self, OldApp};
use connector_simulator::zoom::{Approval, NewOldApp, Who};

/// Its verification token.
pub const VERIFICATION: &str = "old-verification-token";

/// The old app as the tenant configures it.
pub fn credentials(house: &House) -> OldApp {
    OldApp {
        account: house.preset.zoom_accounts[0].id.clone(),
        verification_token: VERIFICATION.to_owned(),
        secret_token: String::new(),
        api_key: "old-key".to_owned(),
        api_secret: "old-secret".to_owned(),
    }
}

/// The old app in Zoom and at the tenant.
pub async fn old_app(house: &House) {
    house.preset.zoom.add_old_app(NewOldApp {
        account: house.preset.zoom_accounts[0].id.clone(),
        api_key: "old-key".to_owned(),
        api_secret: "old-secret".to_owned(),
        verification_token: VERIFICATION.to_owned(),
        url: "http://connector.test/zoom/legacy/sunrise/webhook".to_owned(),
    });
    old_app::save(&house.shared, &house.tenant(0), &credentials(house), "story").await.unwrap();
}

/// Both sign-ins of the first tenant end.
pub async fn sign_out(house: &House) {
    for app in ZoomApp::ALL {
        connector_server::connections::disconnect::disconnect(&house.shared, &house.tenant(0), app, "story")
            .await
            .unwrap();
    }
}

async fn tell(house: &House, path: &str, token: Option<&str>, body: &str) -> StatusCode {
    let mut request = Request::post(path);
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    house.ask(request.body(Body::from(body.to_owned())).unwrap()).await.0
}

fn started(account: &str) -> String {
    format!(
        r#"{{"event":"webinar.started","event_ts":1795514400000,"payload":{{"account_id":"{account}","object":{{"id":"86000000001","uuid":"u==","topic":"T"}}}}}}"#
    )
}

/// A webinar with two people, told by whatever apps are there: each record stands once.
async fn two_people(house: &mut House) {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let ids = ["one", "two"].map(|name| zoom.register(number, person(name), now).unwrap());
    let uuid = zoom.start(number, now + MINUTE_MS).unwrap();
    for id in ids {
        let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 45 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 50 * MINUTE_MS);
    house.settle_within(60 * MINUTE_MS).await;
    let seen = house.compare(0, Vec::new());
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
    assert_eq!((seen.leads, seen.activities, seen.tasks), (2, 6, 2));
}

#[tokio::test]
async fn both_apps_at_once_make_every_record_once() {
    on_both(async |mut house| {
        old_app(&house).await;
        two_people(&mut house).await;
    })
    .await;
}

#[tokio::test]
async fn the_old_app_alone_makes_the_same_records() {
    on_both(async |mut house| {
        old_app(&house).await;
        sign_out(&house).await;
        two_people(&mut house).await;
    })
    .await;
}

#[tokio::test]
async fn the_door_is_closed_until_it_is_switched_on_and_opens_for_one_account_alone() {
    on_both(async |house| {
        let (own, other) = (house.preset.zoom_accounts[0].id.clone(), house.preset.zoom_accounts[1].id.clone());
        let path = "/zoom/legacy/sunrise/webhook";
        assert_eq!(tell(&house, path, Some(VERIFICATION), &started(&own)).await, StatusCode::NOT_FOUND);
        old_app(&house).await;
        assert_eq!(tell(&house, path, Some(VERIFICATION), &started(&own)).await, StatusCode::OK);
        assert_eq!(tell(&house, path, Some("another"), &started(&own)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(tell(&house, path, None, &started(&own)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(tell(&house, path, Some(VERIFICATION), &started(&other)).await, StatusCode::FORBIDDEN);
        let elsewhere = "/zoom/legacy/northwind/webhook";
        assert_eq!(tell(&house, elsewhere, Some(VERIFICATION), &started(&own)).await, StatusCode::NOT_FOUND);
        assert_eq!(tell(&house, "/zoom/legacy/nobody/webhook", None, "{}").await, StatusCode::NOT_FOUND);
        old_app::forget(&house.shared, &house.tenant(0), "story").await.unwrap();
        assert_eq!(tell(&house, path, Some(VERIFICATION), &started(&own)).await, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn where_there_is_a_secret_token_only_signatures_count() {
    on_both(async |house| {
        let own = house.preset.zoom_accounts[0].id.clone();
        let with_secret = OldApp { secret_token: "old-secret-token".to_owned(), ..credentials(&house) };
        old_app::save(&house.shared, &house.tenant(0), &with_secret, "story").await.unwrap();
        let (path, body) = ("/zoom/legacy/sunrise/webhook", started(&own));
        assert_eq!(tell(&house, path, Some(VERIFICATION), &body).await, StatusCode::UNAUTHORIZED);
        let timestamp = (house.now_ms() / 1000).to_string();
        let signature = sign(&SecretToken::new("old-secret-token").unwrap(), &timestamp, body.as_bytes());
        let request = Request::post(path)
            .header("x-zm-request-timestamp", timestamp)
            .header("x-zm-signature", signature)
            .body(Body::from(body))
            .unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_old_app_cannot_end_a_sign_in() {
    on_both(async |mut house| {
        old_app(&house).await;
        let account = &house.preset.zoom_accounts[0];
        let gone = format!(
            r#"{{"event":"app_deauthorized","event_ts":{},"payload":{{"account_id":"{}","user_id":"{}","client_id":"x"}}}}"#,
            house.now_ms(),
            account.id,
            account.admin
        );
        let path = "/zoom/legacy/sunrise/webhook";
        assert_eq!(tell(&house, path, Some(VERIFICATION), &gone).await, StatusCode::OK);
        house.settle().await;
        let access = house.shared.tokens().access(&house.tenant(0), ZoomApp::Meetings).await;
        assert!(access.is_ok(), "the sign-in is still there");
    })
    .await;
}

#[tokio::test]
async fn zoom_is_called_with_the_old_credentials_until_it_is_deactivated() {
    on_both(async |house| {
        old_app(&house).await;
        let tenant = house.tenant(0);
        let webinars = connector_server::choices::webinars(&house.shared, &tenant);
        assert!(webinars.await.is_ok(), "signed in");
        sign_out(&house).await;
        webinar(&house, Approval::Automatic);
        let listed = connector_server::choices::webinars(&house.shared, &tenant).await.unwrap();
        assert_eq!(listed.len(), 1, "the old credentials list what is there");
        house.preset.zoom.deactivate_old_app(&house.preset.zoom_accounts[0].id);
        let refused = connector_server::choices::webinars(&house.shared, &tenant).await;
        assert!(refused.is_err(), "Zoom refuses them now");
        old_app::forget(&house.shared, &tenant, "story").await.unwrap();
        let none = connector_server::choices::webinars(&house.shared, &tenant).await.unwrap_err();
        assert!(none.contains("not connected"), "{none}");
    })
    .await;
}

#[tokio::test]
async fn the_credentials_are_stored_sealed_and_only_where_they_can_be_used() {
    on_both(async |house| {
        let tenant = house.tenant(0);
        let no_account = OldApp { account: String::new(), ..credentials(&house) };
        let no_proof = OldApp { verification_token: String::new(), ..credentials(&house) };
        let half = OldApp { api_secret: String::new(), ..credentials(&house) };
        for wrong in [no_account, no_proof, half] {
            assert!(old_app::save(&house.shared, &tenant, &wrong, "story").await.is_err(), "{wrong:?}");
        }
        old_app(&house).await;
        let row = house
            .shared
            .store
            .read(move |unit| Box::pin(async move { connector_server::store::old_app::get(unit, &tenant).await }));
        let sealed = String::from_utf8_lossy(&row.await.unwrap().unwrap().sealed).into_owned();
        for secret in [VERIFICATION, "old-key", "old-secret"] {
            assert!(!sealed.contains(secret));
        }
    })
    .await;
}
