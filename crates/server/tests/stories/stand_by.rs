//! A second admin stands by: used when the first one's sign-in does not work any more, and nothing stops.

use super::consent::consent;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::ids::ZoomApp;
use connector_server::connections::{script, sign_in, stand_by as standing};
use connector_server::store::sign_in::Wanted;
use connector_server::store::{alert, connection, stand_by};
use connector_simulator::zoom::{NewUser, Role};

const APP: ZoomApp = ZoomApp::Webinars;

fn second(house: &House, place: usize) -> String {
    let user = NewUser {
        email: "second@sunrise.example".to_owned(),
        first_name: "Second".to_owned(),
        last_name: "Admin".to_owned(),
        role: Role::Admin,
        licensed: true,
        webinar_capacity: Some(500),
    };
    house.preset.zoom.add_user(&house.preset.zoom_accounts[place].id, user)
}

/// A Zoom user signs in to stand by for the first tenant; says why it does not work.
async fn stand(house: &House, zoom_user: &str) -> Result<(), String> {
    let tenant = house.tenant(0);
    let begun = sign_in::begin_for(&house.shared, &tenant, APP, ("browser", "story"), Wanted::StandBy).await;
    let back = script::read_callback(&consent(&begun.unwrap(), zoom_user).await).unwrap();
    let keys = (back.state.as_str(), "browser");
    sign_in::come_back(&house.shared, APP, &back.outcome.unwrap(), keys).await.map_err(|error| error.to_string())?;
    sign_in::confirm(&house.shared, APP, keys).await.map(|_| ()).map_err(|error| error.to_string())
}

/// Who is signed in and works, and who stands by.
async fn who(house: &House) -> (Option<String>, Option<String>) {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let open = connection::open(unit, &tenant, APP).await?.filter(|open| open.state == "active");
            Ok((open.map(|open| open.zoom_user), stand_by::of(unit, &tenant, APP).await?.map(|by| by.zoom_user)))
        })
    });
    read.await.unwrap()
}

async fn alerts(house: &House) -> Vec<String> {
    let tenant = house.tenant(0);
    let read = house.shared.store.read(move |unit| Box::pin(async move { alert::latest(unit, &tenant).await }));
    let rows = read.await.unwrap().into_iter();
    rows.filter(|row| row.resolved_ms.is_none() && row.cause.ends_with("webinars")).map(|row| row.code).collect()
}

#[tokio::test]
async fn when_the_first_admin_loses_the_role_the_second_steps_in_and_calls_go_on() {
    on_both(async |mut house| {
        let (first, second) = (house.preset.zoom_accounts[0].admin.clone(), second(&house, 0));
        stand(&house, &second).await.unwrap();
        assert_eq!(who(&house).await, (Some(first.clone()), Some(second.clone())));
        house.preset.zoom.set_role(&first, Role::Member);
        // Long enough for the stand-by's tokens to lapse, had nobody refreshed them.
        for _ in 0..4 {
            house.advance(12 * HOUR_MS);
            house.keep().await;
        }
        assert_eq!(who(&house).await, (Some(second.clone()), None));
        assert_eq!(alerts(&house).await, ["zoom.stand_by_used"], "told once, and nothing is broken");
        assert!(house.shared.tokens().access(&house.tenant(0), APP).await.is_ok());
        house.preset.zoom.set_role(&first, Role::Admin);
        stand(&house, &first).await.unwrap();
        assert_eq!((who(&house).await, alerts(&house).await.len()), ((Some(second), Some(first)), 0));
    })
    .await;
}

#[tokio::test]
async fn when_the_first_admin_leaves_the_second_steps_in_at_once() {
    on_both(async |mut house| {
        let (first, second) = (house.preset.zoom_accounts[0].admin.clone(), second(&house, 0));
        stand(&house, &second).await.unwrap();
        house.advance(MINUTE_MS);
        house.preset.zoom.deactivate_user(&first, house.now_ms());
        house.settle().await;
        house.keep().await;
        assert_eq!(who(&house).await, (Some(second), None));
        assert_eq!(alerts(&house).await, ["zoom.stand_by_used"]);
    })
    .await;
}

#[tokio::test]
async fn only_another_admin_of_the_same_zoom_account_whom_nobody_else_uses_can_stand_by() {
    on_both(async |house| {
        let first = house.preset.zoom_accounts[0].admin.clone();
        let other = house.preset.zoom_accounts[1].admin.clone();
        assert!(stand(&house, &other).await.unwrap_err().contains("another Zoom account"));
        // Who is signed in already does not stand by: Zoom ended the tokens in use, so the new ones take their place.
        stand(&house, &first).await.unwrap();
        assert_eq!(who(&house).await, (Some(first.clone()), None));
        assert!(house.shared.tokens().access(&house.tenant(0), APP).await.is_ok());
        let second = second(&house, 0);
        stand(&house, &second).await.unwrap();
        // The same user signs in for another tenant: that ends what was given here, and this tenant is told.
        house.sign_in_as(1, "webinars", &second).await.unwrap();
        assert_eq!(who(&house).await, (Some(first), None));
        assert_eq!(alerts(&house).await, ["zoom.stand_by_lost"]);
        assert!(stand(&house, &second).await.unwrap_err().contains("Another LeadSquared account"));
    })
    .await;
}

#[tokio::test]
async fn a_stand_by_that_is_dismissed_or_whose_tokens_die_changes_nothing_for_the_sign_in() {
    on_both(async |mut house| {
        let (first, second) = (house.preset.zoom_accounts[0].admin.clone(), second(&house, 0));
        stand(&house, &second).await.unwrap();
        assert!(standing::dismiss(&house.shared, &house.tenant(0), APP, "story").await.unwrap());
        assert!(!standing::dismiss(&house.shared, &house.tenant(0), APP, "story").await.unwrap());
        stand(&house, &second).await.unwrap();
        house.preset.zoom.deactivate_user(&second, house.now_ms());
        house.advance(21 * HOUR_MS);
        house.keep().await;
        assert_eq!(who(&house).await, (Some(first), None));
        assert_eq!(alerts(&house).await, ["zoom.stand_by_lost"]);
    })
    .await;
}
