//! One Zoom account for two tenants: by two sign-ins of different users, and by consent, with one sign-in and rules.

use super::doors::signed;
use super::house::{House, MINUTE_MS};
use super::on_both;
use axum::body::Body;
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{About, By, ShareRule};
use connector_server::connections::share::{self, ShareError, WouldGo};
use connector_server::store::alert;
use connector_simulator::zoom::{NewUser, Role};

const APP: ZoomApp = ZoomApp::Webinars;

pub fn rule(by: By, is: &str) -> ShareRule {
    ShareRule { by, is: is.to_owned() }
}

/// A second admin of the first tenant's Zoom account.
pub fn second_admin() -> NewUser {
    NewUser {
        email: "second@sunrise.example".to_owned(),
        first_name: "Second".to_owned(),
        last_name: "Admin".to_owned(),
        role: Role::Admin,
        licensed: true,
        webinar_capacity: Some(500),
    }
}

/// Zoom tells of something that this host did with that topic.
pub async fn tell(house: &House, number: usize, (host, topic): (&str, &str)) {
    let account = &house.preset.zoom_accounts[0].id;
    let body = format!(
        r#"{{"event":"webinar.story_{number}","event_ts":{},"payload":{{"account_id":"{account}","object":{{"host_id":"{host}","topic":"{topic}"}}}}}}"#,
        house.now_ms()
    );
    say(house, &body).await;
}

/// Zoom says that, and is answered that it was taken.
pub async fn say(house: &House, body: &str) {
    let request = signed(house, house.now_ms() / 1000, body).body(Body::from(body.to_owned())).unwrap();
    assert_eq!(house.ask(request).await.0, StatusCode::OK);
}

/// Notifications that each tenant holds of Zoom's events, and nobody.
pub async fn kept(house: &House) -> [i64; 3] {
    let mut kept = [0; 3];
    for (count, tenant) in
        kept.iter_mut().zip([house.tenant(0), house.tenant(1), TenantId::parse("unassigned").unwrap()])
    {
        *count = house.webhooks(&tenant).await;
    }
    kept
}

/// The second tenant leaves its own Zoom account and becomes a guest of the first.
pub async fn shared(house: &House, rules: Vec<ShareRule>) {
    connector_server::connections::disconnect::disconnect(&house.shared, &house.tenant(1), APP, "story").await.unwrap();
    let (code, _) = share::offer(&house.shared, &house.tenant(0), APP, rules, "story").await.unwrap();
    assert_eq!(share::accept(&house.shared, &house.tenant(1), &code, "story").await.unwrap(), APP);
    let again = share::accept(&house.shared, &house.tenant(1), &code, "story").await;
    assert!(matches!(again, Err(ShareError::NotKnown)), "a code is good once: {again:?}");
}

#[tokio::test]
async fn two_sign_ins_of_one_account_get_what_their_user_hosts_and_the_rest_is_held_and_shown() {
    on_both(async |mut house| {
        let account = house.preset.zoom_accounts[0].id.clone();
        let second = house.preset.zoom.add_user(&account, second_admin());
        house.sign_in_as(1, "webinars", &second).await.unwrap();
        house.advance(MINUTE_MS);
        let first = house.preset.zoom_accounts[0].admin.clone();
        tell(&house, 1, (&first, "Launch")).await;
        tell(&house, 2, (&second, "Launch")).await;
        tell(&house, 3, ("somebody-else", "Launch")).await;
        assert_eq!(kept(&house).await, [1, 1, 1]);
        house.settle().await;
        let held = house.notifications(TenantId::parse("unassigned").unwrap()).await;
        assert_eq!(held.get("quarantined"), Some(&1), "it goes to no LeadSquared account");
        // The first user removes the app: the second tenant's sign-in stays, and the first one's ends.
        house.preset.zoom.deauthorize(&house.preset.apps[1].client_id, &first, house.now_ms());
        house.settle().await;
        for (place, works) in [(0, false), (1, true)] {
            assert_eq!(house.shared.tokens().access(&house.tenant(place), APP).await.is_ok(), works, "{place}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_guest_gets_what_the_rules_name_and_calls_with_the_one_grant() {
    on_both(async |house| {
        shared(&house, vec![rule(By::Topic, "north"), rule(By::Host, "host-north")]).await;
        house.advance(MINUTE_MS);
        tell(&house, 1, ("x", "Northern lights")).await;
        tell(&house, 2, ("host-north", "Launch")).await;
        tell(&house, 3, ("x", "Launch")).await;
        assert_eq!(kept(&house).await, [1, 2, 0]);
        for (tenant, topic, expected) in
            [(0, "north", WouldGo::Elsewhere), (1, "north", WouldGo::Here), (0, "south", WouldGo::Here)]
        {
            let about = About { topic: Some(topic.to_owned()), ..About::default() };
            let goes = share::would_go(&house.shared, &house.tenant(tenant), APP, about).await.unwrap();
            assert_eq!(goes, expected, "{tenant} {topic}");
        }
        let owner = house.shared.tokens().access(&house.tenant(0), APP).await.unwrap();
        let guest = house.shared.tokens().access(&house.tenant(1), APP).await.unwrap();
        assert_eq!(owner.token, guest.token);
        // The guest leaves: the owner's sign-in goes on, and gets everything again.
        assert!(
            connector_server::connections::disconnect::disconnect(&house.shared, &house.tenant(1), APP, "story")
                .await
                .unwrap()
        );
        house.advance(MINUTE_MS);
        tell(&house, 4, ("x", "north again")).await;
        assert_eq!(kept(&house).await, [2, 2, 0]);
        assert!(house.shared.tokens().access(&house.tenant(0), APP).await.is_ok());
        assert!(house.shared.tokens().access(&house.tenant(1), APP).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn nothing_is_shared_without_both_and_a_guest_is_told_when_the_owner_goes() {
    on_both(async |house| {
        let (owner, guest) = (house.tenant(0), house.tenant(1));
        for rules in [Vec::new(), vec![rule(By::Topic, "  ")], vec![rule(By::Host, "x"); 51]] {
            let refused = share::offer(&house.shared, &owner, APP, rules, "story").await;
            assert!(matches!(refused, Err(ShareError::Rules)), "{refused:?}");
        }
        let (code, _) =
            share::offer(&house.shared, &owner, APP, vec![rule(By::Topic, "north")], "story").await.unwrap();
        let taken = share::accept(&house.shared, &guest, &code, "story").await;
        assert!(matches!(taken, Err(ShareError::Taken)), "it has an account of its own: {taken:?}");
        let guessed = share::accept(&house.shared, &guest, "guessed", "story").await;
        assert!(matches!(guessed, Err(ShareError::NotKnown)));
        house.advance(MINUTE_MS);
        tell(&house, 1, ("x", "north")).await;
        assert_eq!(kept(&house).await, [1, 0, 0], "an offer alone moves nothing");
        house.advance(share::OFFER_MS);
        connector_server::connections::disconnect::disconnect(&house.shared, &guest, APP, "story").await.unwrap();
        let late = share::accept(&house.shared, &guest, &code, "story").await;
        assert!(matches!(late, Err(ShareError::NotKnown)), "{late:?}");
        shared(&house, vec![rule(By::Topic, "north")]).await;
        connector_server::connections::disconnect::disconnect(&house.shared, &owner, APP, "story").await.unwrap();
        let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &guest).await }));
        let told = read.await.unwrap();
        assert_eq!(told.first().map(|alert| alert.code.as_str()), Some("zoom.owner_gone"));
    })
    .await;
}
