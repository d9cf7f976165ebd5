//! The person behind a sign-in is looked after: who lost the role or left is noticed within a day and told once; and notices of
//! removal that cannot be proven move nothing but a question to Zoom.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::ZoomApp;
use connector_server::store::removal::{self, RemovalRow};
use connector_server::store::{alert, connection};
use connector_simulator::zoom::Role;

const APP: ZoomApp = ZoomApp::Webinars;

/// Open alerts: codes, in order.
async fn alerts(house: &House) -> Vec<String> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &tenant).await }));
    let rows = read.await.unwrap();
    let mut codes: Vec<String> = rows.into_iter().filter(|row| row.resolved_ms.is_none()).map(|row| row.code).collect();
    codes.sort();
    codes
}

/// The connection's state and how it ended.
async fn stands(house: &House) -> (String, Option<String>) {
    let tenant = house.tenant(0);
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { connection::latest(unit, &tenant, APP).await }));
    let row = read.await.unwrap().unwrap();
    (row.state, row.ended_code)
}

async fn removals(house: &House) -> Vec<RemovalRow> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { removal::latest(unit, &tenant).await }));
    read.await.unwrap()
}

#[tokio::test]
async fn an_admin_who_lost_the_role_is_noticed_within_a_day_told_once_and_told_when_it_is_over() {
    on_both(async |mut house| {
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.preset.zoom.set_role(&admin, Role::Member);
        house.advance(23 * HOUR_MS);
        house.keep().await;
        assert_eq!(alerts(&house).await, [""; 0], "nobody was looked at yet");
        house.advance(2 * HOUR_MS);
        for _ in 0..3 {
            house.keep().await;
        }
        assert_eq!(alerts(&house).await, ["zoom.admin_demoted", "zoom.admin_demoted"], "once for each sign-in");
        assert_eq!(stands(&house).await.0, "active", "what still works goes on");
        house.preset.zoom.set_role(&admin, Role::Admin);
        house.advance(25 * HOUR_MS);
        house.keep().await;
        assert_eq!(alerts(&house).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_admin_who_is_switched_off_is_noticed_as_soon_as_zoom_tells() {
    on_both(async |mut house| {
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.advance(MINUTE_MS);
        house.preset.zoom.deactivate_user(&admin, house.now_ms());
        house.settle().await;
        house.keep().await;
        assert_eq!(alerts(&house).await, ["zoom.token", "zoom.token"]);
        assert_eq!(stands(&house).await, ("broken".to_owned(), None));
    })
    .await;
}

/// Posts a notice of removal with a signature that does not hold.
async fn unproven(house: &House, client_id: &str) {
    let (account, user) = (&house.preset.zoom_accounts[0].id, &house.preset.zoom_accounts[0].admin);
    let body = format!(
        r#"{{"event":"app_deauthorized","event_ts":{},"payload":{{"account_id":"{account}","user_id":"{user}","client_id":"{client_id}","user_data_retention":"true"}}}}"#,
        house.now_ms()
    );
    let request = Request::post("/zoom/webinars/webhook")
        .header("x-zm-request-timestamp", house.now_ms() / 1000)
        .header("x-zm-signature", format!("v0={}", "0".repeat(64)));
    assert_eq!(house.ask(request.body(Body::from(body)).unwrap()).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unproven_notice_deletes_nothing_while_the_sign_in_works_however_often_it_comes() {
    on_both(async |mut house| {
        let ours = house.preset.apps[1].client_id.clone();
        house.advance(2 * HOUR_MS);
        for _ in 0..20 {
            unproven(&house, &ours).await;
            house.advance(2_000);
            house.keep().await;
        }
        assert_eq!(stands(&house).await, ("active".to_owned(), None));
        assert!(removals(&house).await.is_empty() && alerts(&house).await.is_empty());
        assert!(house.shared.tokens().access(&house.tenant(0), APP).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_unproven_notice_is_believed_when_zoom_says_that_the_tokens_are_dead() {
    on_both(async |mut house| {
        let ours = house.preset.apps[1].client_id.clone();
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.advance(2 * HOUR_MS);
        house.preset.zoom.deauthorize(&ours, &admin, house.now_ms());
        // Zoom's own notice gets lost on its way.
        for lost in house.preset.zoom.take_due(16) {
            house.preset.zoom.report(lost.id, Some(200));
        }
        unproven(&house, "another-app").await;
        house.keep().await;
        assert!(removals(&house).await.is_empty(), "it was about another app");
        house.advance(MINUTE_MS);
        let told_ms = house.now_ms();
        unproven(&house, &ours).await;
        house.keep().await;
        let gone = removals(&house).await;
        assert_eq!((gone[0].proof.as_str(), gone[0].told_ms), ("token", told_ms));
        assert!(gone[0].keep_until_ms.is_some(), "nothing of the notice itself is believed");
        assert_eq!(stands(&house).await.1.as_deref(), Some("deauthorized"));
        assert_eq!(alerts(&house).await, ["zoom.removed"]);
        house.sign_in(0, "webinars").await;
        assert_eq!(alerts(&house).await, [""; 0]);
    })
    .await;
}
