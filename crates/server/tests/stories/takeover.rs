//! One Zoom user, two tenants that want it at the same moment, on two processes: one of them is connected at every instant,
//! and no event goes to the other.

use super::consent::consent;
use super::databases::raw;
use super::doors::signed;
use super::house::{House, On};
use axum::body::Body;
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::app::Shared;
use connector_server::connections::{script, sign_in};
use connector_server::doors;
use connector_server::store::{audit, connection};
use sqlx::Row as _;
use std::collections::BTreeMap;
use tower::ServiceExt as _;

const APP: ZoomApp = ZoomApp::Webinars;
const SECOND_MS: i64 = 1_000;

/// A tenant that signs in on a process of its own.
struct Side {
    process: Shared,
    tenant: TenantId,
    browser: &'static str,
}

impl Side {
    /// Signs in up to the question whether to connect; answers the state to confirm.
    async fn offered(&self, zoom_user: &str) -> String {
        let url = sign_in::begin(&self.process, &self.tenant, APP, self.browser, "story").await.unwrap();
        let back = script::read_callback(&consent(&url, zoom_user).await).unwrap();
        let keys = (back.state.as_str(), self.browser);
        sign_in::come_back(&self.process, APP, &back.outcome.unwrap(), keys).await.unwrap();
        back.state
    }

    async fn confirm(&self, state: &str) {
        sign_in::confirm(&self.process, APP, (state, self.browser)).await.unwrap();
    }
}

async fn sides(house: &mut House) -> [Side; 2] {
    let other = house.another_process().await;
    [
        Side { process: house.shared.clone(), tenant: house.tenant(0), browser: "one" },
        Side { process: other, tenant: house.tenant(1), browser: "two" },
    ]
}

async fn holder(house: &House, zoom_user: &str) -> TenantId {
    let user = zoom_user.to_owned();
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { connection::held_by(unit, APP, &user).await }));
    read.await.unwrap().unwrap().tenant
}

/// Zoom tells of something that happened at that time, by the door of that process.
async fn tell(house: &House, process: &Shared, number: usize, at_ms: i64) {
    let account = &house.preset.zoom_accounts[0].id;
    let body = format!(
        r#"{{"event":"webinar.story_{number}","event_ts":{at_ms},"payload":{{"account_id":"{account}","object":{{}}}}}}"#
    );
    let request = signed(house, house.now_ms() / 1000, &body).body(Body::from(body)).unwrap();
    assert_eq!(doors::router(process).oneshot(request).await.unwrap().status(), StatusCode::OK);
}

/// Two tenants sign in with one Zoom user so often, at once; somebody looks on all the time.
async fn race(house: &mut House, races: usize) {
    let admin = house.preset.zoom_accounts[0].admin.clone();
    let sides = sides(house).await;
    let mut watcher = raw(&house.shared.config.store_url()).await;
    let mut told: BTreeMap<TenantId, i64> = BTreeMap::new();
    let mut held_ms = None;
    for number in 0..races {
        let states = [sides[0].offered(&admin).await, sides[1].offered(&admin).await];
        house.advance(SECOND_MS);
        let both = async { tokio::join!(sides[0].confirm(&states[0]), sides[1].confirm(&states[1])) };
        let mut both = Box::pin(both);
        loop {
            // Looks between and during the two transactions: never two connections, never none.
            let look = sqlx::query(
                "select count(*) as n from connection where app = $1 and zoom_user = $2 and ended_ms is null",
            );
            let look = async { look.bind(APP.as_str()).bind(&admin).fetch_one(&mut watcher).await.unwrap() };
            tokio::pin!(look);
            let (row, done) = tokio::select! {
                biased;
                _ = &mut both => ((&mut look).await, true),
                row = &mut look => (row, false),
            };
            assert_eq!(row.get::<i64, _>("n"), 1, "race {number}");
            if done {
                break;
            }
        }
        let winner = holder(house, &admin).await;
        if let Some((earlier, at_ms)) = held_ms.replace((winner.clone(), house.now_ms())) {
            // What happened before this race comes late, and still belongs to who was connected then.
            tell(house, &sides[number % 2].process, races + number, at_ms).await;
            *told.entry(earlier).or_default() += 1;
        }
        tell(house, &sides[(number + 1) % 2].process, number, house.now_ms()).await;
        *told.entry(winner).or_default() += 1;
    }
    for side in &sides {
        let tenant = &side.tenant;
        assert_eq!(house.webhooks(tenant).await, told.get(tenant).copied().unwrap_or_default(), "{tenant}");
    }
}

#[tokio::test]
async fn a_thousand_races_on_two_processes_leave_one_connection_at_every_instant() {
    if let Some(mut house) = House::open(On::Postgres).await {
        race(&mut house, 1_000).await;
    }
}

#[tokio::test]
async fn races_on_an_embedded_database_leave_one_connection_too() {
    if let Some(mut house) = House::open(On::Sqlite).await {
        race(&mut house, 50).await;
    }
}

#[tokio::test]
async fn two_tenants_that_swap_their_zoom_users_at_once_are_both_connected() {
    for on in [On::Sqlite, On::Postgres] {
        let Some(mut house) = House::open(on).await else { continue };
        let sides = sides(&mut house).await;
        let mut users = [house.preset.zoom_accounts[1].admin.clone(), house.preset.zoom_accounts[0].admin.clone()];
        for _ in 0..20 {
            let states = [sides[0].offered(&users[0]).await, sides[1].offered(&users[1]).await];
            house.advance(SECOND_MS);
            tokio::join!(sides[0].confirm(&states[0]), sides[1].confirm(&states[1]));
            // Whoever came second may have taken over from the first; each user is held by its own tenant or by nobody.
            for (side, user) in sides.iter().zip(&users) {
                let wanted = user.clone();
                let read = house
                    .shared
                    .store
                    .read(move |unit| Box::pin(async move { connection::held_by(unit, APP, &wanted).await }));
                assert_eq!(read.await.unwrap().map(|held| held.tenant), Some(side.tenant.clone()));
            }
            users.swap(0, 1);
        }
    }
}

#[tokio::test]
async fn the_page_warns_before_and_the_loser_is_told_without_the_others_name() {
    for on in [On::Sqlite, On::Postgres] {
        let Some(mut house) = House::open(on).await else { continue };
        let sides = sides(&mut house).await;
        let admin = house.preset.zoom_accounts[0].admin.clone();
        let state = sides[1].offered(&admin).await;
        let (_, offer) = sign_in::waiting(&sides[1].process, APP, (&state, "two")).await.unwrap();
        assert!(offer.takes_over, "the page warns before anything is connected");
        assert_eq!(holder(&house, &admin).await, sides[0].tenant);
        sides[1].confirm(&state).await;
        let tenant = sides[0].tenant.clone();
        let read = house.shared.store.read(move |unit| Box::pin(async move { audit::latest(unit, &tenant, 50).await }));
        let entries = read.await.unwrap();
        let told = entries.iter().find(|entry| entry.action == "connection.taken_over").unwrap();
        assert!(!told.detail.contains(sides[1].tenant.as_str()), "{}", told.detail);
    }
}
