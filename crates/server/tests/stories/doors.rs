//! Bad input at Zoom's door: refused with a reason, costs nothing that is stored.

use super::house::House;
use super::on_both;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::ids::TenantId;
use connector_server::{app, doors};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// A webhook as Zoom would send it, signed with the app's secret.
pub fn signed(house: &House, at_s: i64, body: &str) -> axum::http::request::Builder {
    let timestamp = at_s.to_string();
    let signature = sign(&house.preset.apps[1].secret_token, &timestamp, body.as_bytes());
    Request::post("/zoom/webinars/webhook")
        .header("content-type", "application/json")
        .header("x-zm-request-timestamp", timestamp)
        .header("x-zm-signature", signature)
}

/// Written anew from Zoom's description, so that a mistake of the core's would show.
pub fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}

fn event(account: &str, name: &str) -> String {
    format!(
        r#"{{"event":"{name}","event_ts":1795514400000,"payload":{{"account_id":"{account}","object":{{"id":1,"uuid":"u=="}}}}}}"#
    )
}

async fn rows(house: &House) -> i64 {
    let mut rows = 0;
    for tenant in ["sunrise", "northwind", "unassigned"] {
        rows += house.notifications(TenantId::parse(tenant).unwrap()).await.values().sum::<i64>();
    }
    rows
}

#[tokio::test]
async fn a_signature_that_does_not_hold_is_refused_and_nothing_is_written() {
    on_both(async |mut house| {
        house.settle().await;
        let before = rows(&house).await;
        let now_s = house.now_ms() / 1000;
        let body = event(&house.preset.zoom_accounts[0].id, "webinar.started");
        let plain = || Request::post("/zoom/webinars/webhook");
        let good = sign(&house.preset.apps[1].secret_token, &now_s.to_string(), body.as_bytes());
        let of_other_app = sign(&house.preset.apps[0].secret_token, &now_s.to_string(), body.as_bytes());
        let bad = [
            ("missing", plain()),
            ("no signature", plain().header("x-zm-request-timestamp", now_s)),
            ("no timestamp", plain().header("x-zm-signature", &good)),
            (
                "wrong",
                plain()
                    .header("x-zm-request-timestamp", now_s)
                    .header("x-zm-signature", format!("v0={}", "0".repeat(64))),
            ),
            ("other app", plain().header("x-zm-request-timestamp", now_s).header("x-zm-signature", of_other_app)),
            (
                "upper case",
                plain().header("x-zm-request-timestamp", now_s).header("x-zm-signature", good.to_uppercase()),
            ),
            ("stale", signed(&house, now_s - 101 * 60, &body)),
            ("from the future", signed(&house, now_s + 6 * 60, &body)),
            ("milliseconds", signed(&house, house.now_ms(), &body)),
            ("doubled", signed(&house, now_s, &body).header("x-zm-signature", &good)),
        ];
        for (name, request) in bad {
            let (status, _) = house.ask(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        }
        assert_eq!(rows(&house).await, before, "nothing is written");
        let (status, _) = house.ask(signed(&house, now_s, &body).body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(rows(&house).await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_genuine_nonsense_is_kept_with_a_reason() {
    on_both(async |mut house| {
        let now_s = house.now_ms() / 1000;
        let large = "x".repeat(2 * 1024 * 1024);
        let (status, _) = house.ask(signed(&house, now_s, &large).body(Body::from(large)).unwrap()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let nobody = TenantId::parse("unassigned").unwrap();
        for nonsense in ["nonsense", "", "{}", "[[[[", "\u{0}"] {
            let request = signed(&house, now_s, nonsense).body(Body::from(nonsense)).unwrap();
            assert_eq!(house.ask(request).await.0, StatusCode::OK, "{nonsense:?}");
        }
        let half = format!(
            r#"{{"event":"webinar.started","payload":{{"account_id":"{}"}}}}"#,
            house.preset.zoom_accounts[0].id
        );
        let request = signed(&house, now_s, &half).body(Body::from(half.clone())).unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
        house.settle().await;
        assert_eq!(house.notifications(nobody).await.get("quarantined"), Some(&5));
        assert_eq!(house.notifications(house.tenant(0)).await.get("quarantined"), Some(&1));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_event_or_account_is_answered_with_200() {
    on_both(async |mut house| {
        house.settle().await;
        let now_s = house.now_ms() / 1000;
        let before = rows(&house).await;
        let stranger = event("SomebodyElse", "webinar.started");
        let request = signed(&house, now_s, &stranger).body(Body::from(stranger)).unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
        assert_eq!(rows(&house).await, before, "nothing of a stranger is kept");
        let unknown = event(&house.preset.zoom_accounts[0].id, "webinar.hologram_started");
        let request = signed(&house, now_s, &unknown).body(Body::from(unknown)).unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
        house.settle().await;
        assert_eq!(rows(&house).await, before + 1, "an unknown event is kept");
    })
    .await;
}

#[tokio::test]
async fn the_address_is_validated_only_after_the_signature() {
    on_both(async |house| {
        let now_s = house.now_ms() / 1000;
        let body = r#"{"event":"endpoint.url_validation","event_ts":1,"payload":{"plainToken":"demoPlainToken123"}}"#;
        let (status, answer) = house.ask(signed(&house, now_s, body).body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            answer.contains("\"plainToken\":\"demoPlainToken123\"") && answer.contains("encryptedToken"),
            "{answer}"
        );
        let unsigned = Request::post("/zoom/webinars/webhook").body(Body::from(body)).unwrap();
        assert_eq!(house.ask(unsigned).await.0, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn every_genuine_retry_counts_as_a_copy() {
    on_both(async |mut house| {
        house.settle().await;
        let before = rows(&house).await;
        let body = event(&house.preset.zoom_accounts[0].id, "webinar.started");
        for minutes in [0, 5, 25, 85] {
            let at_s = house.now_ms() / 1000 + minutes * 60;
            house.advance(0);
            let request = signed(&house, at_s.min(house.now_ms() / 1000), &body).header("x-zm-request-id", "a_b");
            assert_eq!(house.ask(request.body(Body::from(body.clone())).unwrap()).await.0, StatusCode::OK);
        }
        house.settle().await;
        assert_eq!(rows(&house).await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn a_notification_that_is_gone_from_the_journal_is_noticed_and_fails_readiness() {
    on_both(async |mut house| {
        house.settle().await;
        let ready = async |house: &House| house.ask(Request::get("/readyz").body(Body::empty()).unwrap()).await.0;
        assert_eq!(ready(&house).await, StatusCode::OK);
        let now_s = house.now_ms() / 1000;
        let body = event(&house.preset.zoom_accounts[0].id, "webinar.started");
        let request = signed(&house, now_s, &body).body(Body::from(body)).unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
        let mut raw = super::databases::raw(&house.shared.config.store_url()).await;
        sqlx::query("delete from journal where state = 'pending'").execute(&mut raw).await.unwrap();
        house.advance(60_000);
        house.keep().await;
        assert_eq!(ready(&house).await, StatusCode::SERVICE_UNAVAILABLE);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_no_database_text_can_hold_stops_nothing() {
    on_both(async |mut house| {
        let account = house.preset.zoom_accounts[0].id.clone();
        for (uuid, name, topic) in [("a", "A\\u0000sha", "T"), ("b", "Asha", "T\\u0000opic"), ("c", "Asha", "T")] {
            let body = format!(
                r#"{{"event":"webinar.participant_joined","event_ts":{},"payload":{{"account_id":"{account}","object":{{"id":1,
                "uuid":"{uuid}","topic":"{topic}","participant":{{"user_id":"7","user_name":"{name}","join_time":"2026-11-24T10:00:00Z"}}}}}}}}"#,
                house.now_ms()
            );
            let request = signed(&house, house.now_ms() / 1000, &body).body(Body::from(body)).unwrap();
            assert_eq!(house.ask(request).await.0, StatusCode::OK);
        }
        house.settle().await;
        assert_eq!(house.notifications(house.tenant(0)).await.get("merged"), Some(&3));
    })
    .await;
}

/// Another process with those secret tokens for webinars; what it answers to a webhook that is signed with each of some.
async fn answers(house: &House, (present, previous): (&str, &str)) -> Vec<(StatusCode, String)> {
    let mut config = house.shared.config.clone();
    config.zoom.webinars.secret_token = present.to_owned();
    config.zoom.webinars.previous_secret_token = previous.to_owned();
    let (shared, writer) = app::open(config, house.clock.clone()).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    let validation = r#"{"event":"endpoint.url_validation","event_ts":1,"payload":{"plainToken":"abc"}}"#;
    let started = event(&house.preset.zoom_accounts[0].id, "webinar.started");
    let mut answers = Vec::new();
    for (secret, body) in [("first", &*started), ("second", &started), ("third", &started), ("first", validation)] {
        let timestamp = (house.now_ms() / 1000).to_string();
        let request = Request::post("/zoom/webinars/webhook")
            .header("x-zm-signature", sign(secret, &timestamp, body.as_bytes()))
            .header("x-zm-request-timestamp", timestamp);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = doors::router(&shared).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        answers.push((status, String::from_utf8_lossy(&body).into_owned()));
    }
    answers
}

#[tokio::test]
async fn two_secret_tokens_of_a_configured_app_are_accepted_while_one_follows_the_other() {
    on_both(async |house| {
        let statuses =
            |answers: &[(StatusCode, String)]| answers.iter().map(|(status, _)| status.as_u16()).collect::<Vec<_>>();
        assert_eq!(statuses(&answers(&house, ("first", "")).await), [200, 401, 401, 200]);
        let both = answers(&house, ("second", "first")).await;
        assert_eq!(statuses(&both), [200, 200, 401, 200]);
        // Zoom's question is answered with the secret it was signed with.
        let mut mac = Hmac::<Sha256>::new_from_slice(b"first").unwrap();
        mac.update(b"abc");
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(both[3].1.contains(&hex), "{}", both[3].1);
        assert_eq!(statuses(&answers(&house, ("second", "")).await), [401, 200, 401, 401]);
    })
    .await;
}
