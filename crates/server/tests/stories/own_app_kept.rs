//! What a tenant's own Zoom app is kept as, and that nobody stands by for it.

use super::consent::consent;
use super::databases::raw;
use super::gap::{done, held_webinar};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::own_app::{APP, CLIENT, DOOR, add_in_zoom, connected, credentials, give, heard, on_both, started, tell};
use axum::http::StatusCode;
use connector_server::connections::disconnect::disconnect;
use connector_server::connections::sign_in;
use connector_server::store::own_app as stored;
use connector_simulator::zoom::{NewUser, Role};

#[tokio::test]
async fn what_is_stored_opens_in_its_own_place_alone_and_shows_nothing() {
    on_both(async |house| {
        connected(&house).await;
        let tenant = house.tenant(0);
        let read = house.shared.store.read(move |unit| Box::pin(async move { stored::get(unit, &tenant, APP).await }));
        let row = read.await.unwrap().unwrap();
        let given = credentials(&house, CLIENT);
        for secret in [&given.client_secret, &given.secret_token] {
            assert!(!row.sealed.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
        let mut database = raw(&house.shared.config.store_url()).await;
        sqlx::query("update own_app set app = 'meetings'").execute(&mut database).await.unwrap();
        let body = started(&house, &given.account);
        let moved = tell(&house, "/zoom/own/sunrise/meetings/webhook", &given.secret_token, &body).await.0;
        assert_eq!(moved, StatusCode::SERVICE_UNAVAILABLE, "it is not what was sealed for this place");
        assert_eq!(heard(&house, 0).await, 0);
    })
    .await;
}

#[tokio::test]
async fn nobody_stands_by_for_an_own_app() {
    on_both(async |house| {
        house.add_tenant(0).await;
        house.sign_in(0, "webinars").await;
        add_in_zoom(&house, CLIENT, DOOR);
        let begin = async |wanted| {
            let who = ("browser", "story");
            sign_in::begin_for(&house.shared, &house.tenant(0), APP, who, wanted)
                .await
                .map_err(|error| error.to_string())
        };
        let url = begin(connector_server::store::sign_in::Wanted::StandBy).await.unwrap();
        give(&house, (0, APP), credentials(&house, CLIENT)).await.unwrap();
        let sentence = begin(connector_server::store::sign_in::Wanted::StandBy).await.unwrap_err();
        assert!(sentence.contains("nobody has to stand by"), "{sentence}");
        // One that was under way meanwhile is refused at its end.
        let second = house.preset.zoom.add_user(
            &house.preset.zoom_accounts[0].id,
            NewUser {
                email: "second@sunrise.example".to_owned(),
                first_name: "Second".to_owned(),
                last_name: "Admin".to_owned(),
                role: Role::Admin,
                licensed: true,
                webinar_capacity: None,
            },
        );
        let callback = consent(&url, &second).await;
        let back = connector_server::connections::script::read_callback(&callback).unwrap();
        let keys = (back.state.as_str(), "browser");
        sign_in::come_back(&house.shared, APP, &back.outcome.unwrap(), keys).await.unwrap();
        let refused = sign_in::confirm(&house.shared, APP, keys).await.unwrap_err();
        assert!(refused.to_string().contains("nobody has to stand by"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_an_own_app_missed_is_read_when_its_credentials_are_given_again() {
    on_both(async |mut house| {
        connected(&house).await;
        house.advance(MINUTE_MS);
        assert!(disconnect(&house.shared, &house.tenant(0), APP, "story").await.unwrap());
        house.settle().await;
        house.advance(MINUTE_MS);
        held_webinar(&mut house).await;
        house.settle().await;
        house.advance(2 * HOUR_MS);
        let activities = |house: &House| house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len();
        assert_eq!(activities(&house), 0, "nobody listened");
        give(&house, (0, APP), credentials(&house, CLIENT)).await.unwrap();
        done(&mut house).await;
        // Three registered, two joined and left, one did not come.
        assert_eq!(activities(&house), 8);
    })
    .await;
}
