//! The app is removed in Zoom: proven, tokens are destroyed and the tenant is told; not proven, nothing happens.

use super::doors::signed;
use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::ZoomApp;
use connector_server::store::alert::AlertRow;
use connector_server::store::removal::{self, RemovalRow};
use connector_server::store::{alert, connection, grant};
use connector_simulator::zoom::Approval;

const APP: ZoomApp = ZoomApp::Webinars;

async fn evidence(house: &House) -> (Vec<RemovalRow>, Vec<AlertRow>) {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move { Ok((removal::latest(unit, &tenant).await?, alert::latest(unit, &tenant).await?)) })
    });
    read.await.unwrap()
}

/// The connection's end, and whether there are tokens.
async fn stands(house: &House) -> (Option<String>, bool) {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let latest = connection::latest(unit, &tenant, APP).await?.unwrap();
            let grant = grant::get(unit, &tenant, &latest.id).await?;
            Ok((latest.ended_code, grant.is_some()))
        })
    });
    read.await.unwrap()
}

fn notice(house: &House, retention: &str) -> String {
    let (account, user) = (&house.preset.zoom_accounts[0].id, &house.preset.zoom_accounts[0].admin);
    format!(
        r#"{{"event":"app_deauthorized","event_ts":{},"payload":{{"account_id":"{account}","user_id":"{user}","client_id":"{}","deauthorization_time":"2026-11-24T10:00:00.000Z","signature":"00"{retention}}}}}"#,
        house.now_ms(),
        house.preset.apps[1].client_id
    )
}

#[tokio::test]
async fn a_proven_removal_destroys_the_tokens_and_leaves_evidence_an_alert_and_a_clock() {
    on_both(async |mut house| {
        house.advance(MINUTE_MS);
        let told_ms = house.now_ms();
        house.preset.zoom.deauthorize(
            &house.preset.apps[1].client_id,
            &house.preset.zoom_accounts[0].admin,
            house.now_ms(),
        );
        house.settle().await;
        assert_eq!(stands(&house).await, (Some("deauthorized".to_owned()), false));
        let (removals, alerts) = evidence(&house).await;
        let gone = removals.first().unwrap();
        assert_eq!((gone.proof.as_str(), gone.told_ms, gone.returned_ms), ("signature", told_ms, None));
        assert_eq!(gone.keep_until_ms, Some(gone.destroyed_ms + removal::KEEP_MS));
        assert_eq!((alerts.len(), alerts[0].code.as_str(), alerts[0].resolved_ms), (1, "zoom.removed", None));
        house.advance(MINUTE_MS);
        house.sign_in(0, "webinars").await;
        let (removals, alerts) = evidence(&house).await;
        assert_eq!(removals[0].returned_ms, Some(house.now_ms()), "the clock stops");
        assert_eq!(alerts[0].resolved_ms, Some(house.now_ms()));
        assert_eq!(stands(&house).await, (None, true));
    })
    .await;
}

#[tokio::test]
async fn a_removal_that_is_not_proven_deletes_nothing() {
    on_both(async |mut house| {
        house.advance(MINUTE_MS);
        for retention in ["", r#","user_data_retention":null"#, r#","user_data_retention":"false""#] {
            let body = notice(&house, retention);
            let forged = Request::post("/zoom/webinars/webhook")
                .header("x-zm-request-timestamp", house.now_ms() / 1000)
                .header("x-zm-signature", format!("v0={}", "0".repeat(64)));
            assert_eq!(house.ask(forged.body(Body::from(body.clone())).unwrap()).await.0, StatusCode::UNAUTHORIZED);
            // Genuine for the webinars app, but handed to the other one.
            let mut other = signed(&house, house.now_ms() / 1000, &body);
            other = other.uri("/zoom/meetings/webhook");
            assert_eq!(house.ask(other.body(Body::from(body)).unwrap()).await.0, StatusCode::UNAUTHORIZED);
        }
        house.settle().await;
        assert_eq!(stands(&house).await, (None, true));
        let (removals, alerts) = evidence(&house).await;
        assert!(removals.is_empty() && alerts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn whatever_it_says_of_retention_a_proven_removal_counts() {
    for retention in
        ["", r#","user_data_retention":null"#, r#","user_data_retention":"true""#, r#","user_data_retention":false"#]
    {
        on_both(async |mut house| {
            house.advance(MINUTE_MS);
            let body = notice(&house, retention);
            let request = signed(&house, house.now_ms() / 1000, &body).body(Body::from(body)).unwrap();
            assert_eq!(house.ask(request).await.0, StatusCode::OK);
            house.settle().await;
            assert_eq!(stands(&house).await, (Some("deauthorized".to_owned()), false), "{retention}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_taken_in_before_a_removal_is_still_delivered() {
    on_both(async |mut house| {
        let number = webinar(&house, Approval::Automatic);
        house.preset.zoom.register(number, person("asha"), house.now_ms()).unwrap();
        house.advance(MINUTE_MS);
        house.preset.zoom.deauthorize(
            &house.preset.apps[1].client_id,
            &house.preset.zoom_accounts[0].admin,
            house.now_ms(),
        );
        house.settle_within(10 * MINUTE_MS).await;
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len(), 1);
        assert_eq!(stands(&house).await.0.as_deref(), Some("deauthorized"));
    })
    .await;
}
