//! Tenants are told: one alert for each cause, posted to their own address, signed, tried again, and never in anybody's way.

use super::house::{House, MINUTE_MS};
use super::on_both;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use connector_core::ids::TenantId;
use connector_server::alerts::{self, Herald, OLD_SECRET_MS, TESTS_PER_HOUR, Tested, signature};
use connector_server::app::Step;
use connector_server::store::alert_address::{self, Channel};
use connector_server::store::{alert, alert_post};
use data_encoding::BASE64;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// What a receiver got: id, timestamp, signature, body.
pub type Got = Arc<Mutex<Vec<[String; 4]>>>;

/// A receiver that answers with these, one after the other, then with 204.
pub async fn receiver(answers: Vec<u16>) -> (String, Got, connector_simulator::serve::Served) {
    let (got, left) = (Got::default(), Arc::new(Mutex::new(answers.into_iter())));
    let kept = got.clone();
    let router = Router::new().route(
        "/alerts/here",
        post(move |headers: HeaderMap, body: Bytes| async move {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let row = [header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"), body];
            kept.lock().unwrap().push(row);
            StatusCode::from_u16(left.lock().unwrap().next().unwrap_or(204)).unwrap()
        }),
    );
    let served = connector_simulator::serve::serve(router, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    (format!("{}/alerts/here", served.url()), got, served)
}

/// Tells the tenant that its app was removed.
async fn lose(house: &mut House) {
    house.preset.zoom.deauthorize(
        &house.preset.apps[1].client_id,
        &house.preset.zoom_accounts[0].admin,
        house.now_ms(),
    );
    house.settle().await;
}

async fn posts(house: &House, tenant: TenantId) -> Vec<(String, String, i64)> {
    let read = house.shared.store.read(move |unit| Box::pin(async move { alert_post::latest(unit, &tenant).await }));
    read.await.unwrap().into_iter().map(|row| (row.kind, row.state, row.tries)).collect()
}

/// Tells until nothing is due.
async fn tell(herald: &mut Herald) {
    while herald.step().await.unwrap() == Step::Worked {}
}

/// Adds a web address; answers its secret.
pub async fn add(house: &House, url: &str) -> Vec<u8> {
    let added = alerts::add(&house.shared, &house.tenant(0), url, "story").await.unwrap();
    BASE64.decode(added.secret.unwrap().strip_prefix("whsec_").unwrap().as_bytes()).unwrap()
}

#[tokio::test]
async fn an_alert_and_its_end_are_posted_once_each_and_signed() {
    on_both(async |mut house| {
        let (url, got, _served) = receiver(Vec::new()).await;
        let secret = add(&house, &url).await;
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        let mut herald = Herald::new(house.shared.clone());
        tell(&mut herald).await;
        house.advance(MINUTE_MS);
        house.sign_in(0, "webinars").await;
        tell(&mut herald).await;
        let got = got.lock().unwrap().clone();
        let kinds = ["alert.raised", "alert.resolved"];
        assert_eq!(got.len(), kinds.len());
        for (row, kind) in got.iter().zip(kinds) {
            let [id, timestamp, signed, body] = row;
            assert_eq!(*signed, signature(&secret, id, timestamp.parse().unwrap(), body));
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!((json["type"].as_str(), json["data"]["code"].as_str()), (Some(kind), Some("zoom.removed")));
        }
        assert_ne!(got[0][0], got[1][0]);
        assert!(posts(&house, house.tenant(1)).await.is_empty(), "nobody else is told");
    })
    .await;
}

#[tokio::test]
async fn for_a_day_after_a_secret_was_replaced_posts_are_signed_with_both() {
    on_both(async |mut house| {
        let (url, got, _served) = receiver(Vec::new()).await;
        let added = alerts::add(&house.shared, &house.tenant(0), &url, "story").await.unwrap();
        let bytes = |secret: &str| BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let old = bytes(&added.secret.unwrap());
        let replace = async |house: &House, place: usize| {
            alerts::replace_secret(&house.shared, &house.tenant(place), &added.id, "story").await
        };
        assert!(replace(&house, 1).await.is_err(), "another tenant's");
        let replaced = replace(&house, 0).await.unwrap();
        assert_eq!(replaced.old_until_ms, house.now_ms() + OLD_SECRET_MS);
        assert!(replace(&house, 0).await.is_err(), "the old one is still used");
        let new = bytes(&replaced.secret);
        let mut herald = Herald::new(house.shared.clone());
        let mut signatures = async |house: &mut House| {
            house.reopen().await;
            alerts::test(&house.shared, &house.tenant(0), "story").await.unwrap();
            tell(&mut herald).await;
            let [id, timestamp, header, body] = got.lock().unwrap().last().unwrap().clone();
            let by = |secret: &[u8]| signature(secret, &id, timestamp.parse().unwrap(), &body);
            (header.split(' ').map(str::to_owned).collect::<Vec<_>>(), by(&old), by(&new))
        };
        let (header, by_old, by_new) = signatures(&mut house).await;
        assert_eq!(header, [by_new, by_old]);
        house.advance(OLD_SECRET_MS - 1_000);
        let (header, by_old, by_new) = signatures(&mut house).await;
        assert_eq!(header, [by_new, by_old]);
        house.advance(1_000);
        // Not before the keeper forgets it: it is used no more at that very moment.
        let (header, _, by_new) = signatures(&mut house).await;
        assert_eq!(header, [by_new]);
        house.keep().await;
        let tenant = house.tenant(0);
        let read =
            house.shared.store.read(move |unit| Box::pin(async move { alert_address::all(unit, &tenant).await }));
        assert!(matches!(read.await.unwrap()[0].channel, Channel::Web { old: None, .. }));
        assert!(replace(&house, 0).await.is_ok(), "and so again");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_fails_is_tried_again_with_the_same_id_and_given_up_in_the_end() {
    on_both(async |mut house| {
        let (url, got, _served) = receiver(vec![500; 50]).await;
        add(&house, &url).await;
        assert_eq!(alerts::test(&house.shared, &house.tenant(0), "story").await.unwrap(), Tested::OnItsWay);
        let mut herald = Herald::new(house.shared.clone());
        tell(&mut herald).await;
        assert_eq!(posts(&house, house.tenant(0)).await, [("alert.test".to_owned(), "waiting".to_owned(), 1)]);
        for _ in 0..20 {
            house.advance(24 * 60 * MINUTE_MS);
            tell(&mut herald).await;
        }
        assert_eq!(posts(&house, house.tenant(0)).await, [("alert.test".to_owned(), "failed".to_owned(), 8)]);
        let got = got.lock().unwrap().clone();
        assert!(got.iter().all(|row| row[0] == got[0][0]), "one post, one id");
        // Work goes on all the while.
        house.settle().await;
    })
    .await;
}

#[tokio::test]
async fn only_web_addresses_are_taken_and_a_tenant_without_one_is_still_shown_its_alert() {
    on_both(async |mut house| {
        for url in ["nonsense", "ftp://x.example/", "https://user:pass@x.example/", "https://x.example/#part", ""] {
            let refused = alerts::add(&house.shared, &house.tenant(0), url, "story").await;
            assert!(refused.is_err(), "{url}");
        }
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        assert!(posts(&house, house.tenant(0)).await.is_empty());
        let tenant = house.tenant(0);
        let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &tenant).await }));
        assert_eq!(read.await.unwrap().len(), 1);
    })
    .await;
}

/// A receiver that takes the call, says so, and never answers.
async fn silent() -> (String, Arc<Notify>, connector_simulator::serve::Served) {
    let called = Arc::new(Notify::new());
    let told = called.clone();
    let route = post(move || async move {
        told.notify_one();
        std::future::pending::<StatusCode>().await
    });
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let served = connector_simulator::serve::serve(Router::new().route("/", route), any).await.unwrap();
    (format!("{}/", served.url()), called, served)
}

#[tokio::test]
async fn an_address_that_does_not_answer_holds_up_no_other_address() {
    on_both(async |mut house| {
        let ((slow, called, _slow), (url, got, _served)) = (silent().await, receiver(Vec::new()).await);
        add(&house, &slow).await;
        house.advance(1);
        add(&house, &url).await;
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        let (mut first, mut second) = (Herald::new(house.shared.clone()), Herald::new(house.shared.clone()));
        let mut waits = Box::pin(first.step());
        tokio::select! {
            _ = &mut waits => panic!("the silent address answered"),
            () = called.notified() => {}
        }
        tokio::select! {
            _ = &mut waits => panic!("the silent address answered"),
            () = tell(&mut second) => {}
        }
        assert_eq!(got.lock().unwrap().len(), 1, "the other one is told, and the silent one by nobody else");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_fails_rests_and_is_told_everything_once_it_answers() {
    on_both(async |mut house| {
        let (url, got, _served) = receiver(vec![503]).await;
        add(&house, &url).await;
        house.advance(MINUTE_MS);
        lose(&mut house).await;
        house.sign_in(0, "webinars").await;
        let mut herald = Herald::new(house.shared.clone());
        tell(&mut herald).await;
        assert_eq!(got.lock().unwrap().len(), 1, "after the first no, nothing more is sent");
        house.advance(MINUTE_MS);
        tell(&mut herald).await;
        let types: Vec<String> = got.lock().unwrap().iter().map(|row| row[3].clone()).collect();
        assert_eq!(types.len(), 3);
        assert!(types[1].contains("alert.raised") && types[2].contains("alert.resolved"), "in their order");
    })
    .await;
}

#[tokio::test]
async fn tests_are_limited_by_the_hour_and_what_ended_goes_after_thirty_days() {
    on_both(async |mut house| {
        let tested = async |house: &House| alerts::test(&house.shared, &house.tenant(0), "story").await.unwrap();
        assert_eq!(tested(&house).await, Tested::NoAddress);
        let (url, _got, _served) = receiver(Vec::new()).await;
        add(&house, &url).await;
        assert!(alerts::add(&house.shared, &house.tenant(0), &url, "story").await.is_err(), "known");
        for _ in 0..TESTS_PER_HOUR {
            assert_eq!(tested(&house).await, Tested::OnItsWay);
        }
        assert_eq!(tested(&house).await, Tested::TooOften);
        house.advance(61 * MINUTE_MS);
        assert_eq!(tested(&house).await, Tested::OnItsWay);
        let mut herald = Herald::new(house.shared.clone());
        tell(&mut herald).await;
        house.advance(29 * 24 * 60 * MINUTE_MS);
        house.keep().await;
        assert_eq!(posts(&house, house.tenant(0)).await.len(), 7);
        house.advance(2 * 24 * 60 * MINUTE_MS);
        house.keep().await;
        assert_eq!(posts(&house, house.tenant(0)).await.len(), 0);
    })
    .await;
}
