//! A shared Zoom account whose rules look at more than an event tells: the host's group, the meeting's tracking fields. Zoom is asked,
//! what comes meanwhile is held, and nothing is guessed, lost or doubled.

use super::erasure::bodies;
use super::gap::check_guests_gap;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::sharing::{kept, rule, say, second_admin, shared, tell};
use super::webinar::{person, webinar};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{About, By};
use connector_server::connections::share::{self, WouldGo};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Who};

const APP: ZoomApp = ZoomApp::Webinars;

fn silent() -> Fault {
    Fault::Answer(500, r#"{"code":500,"message":"later"}"#.to_owned())
}

fn unassigned() -> TenantId {
    TenantId::parse("unassigned").unwrap()
}

/// Lets what waits be asked and handed on.
async fn handed_on(house: &mut House) {
    house.settle().await;
    house.settle().await;
}

async fn tell_of(house: &House, number: usize, (host, meeting): (&str, u64)) -> String {
    let account = &house.preset.zoom_accounts[0].id;
    let body = format!(
        r#"{{"event":"webinar.story_{number}","event_ts":{},"payload":{{"account_id":"{account}","object":{{"id":"{meeting}","host_id":"{host}","topic":"Launch"}}}}}}"#,
        house.now_ms()
    );
    say(house, &body).await;
    body
}

#[tokio::test]
async fn what_a_host_of_a_group_does_goes_to_the_guest_as_soon_as_zoom_was_asked_once_an_hour() {
    on_both(async |mut house| {
        let account = house.preset.zoom_accounts[0].id.clone();
        let zoom = house.preset.zoom.clone();
        let host = zoom.add_user(&account, second_admin());
        let group = zoom.add_group(&account, "Sales North", &[&host]);
        shared(&house, vec![rule(By::Group, "sales north")]).await;
        house.advance(MINUTE_MS);
        tell(&house, 1, (&host, "Launch")).await;
        assert_eq!(kept(&house).await, [0, 0, 1], "held until Zoom was asked");
        let would = |house: &House, groups: Option<&str>| {
            let groups = groups.map(|group| vec![group.to_owned()]);
            let about = About { host: Some("somebody".to_owned()), groups, ..About::default() };
            let (shared, tenant) = (house.shared.clone(), house.tenant(1));
            async move { share::would_go(&shared, &tenant, APP, about).await.unwrap() }
        };
        assert_eq!(would(&house, None).await, WouldGo::AskedFirst);
        assert_eq!(would(&house, Some("Sales North")).await, WouldGo::Here);
        assert_eq!(would(&house, Some("Sales South")).await, WouldGo::Elsewhere);
        handed_on(&mut house).await;
        assert_eq!(kept(&house).await, [0, 1, 1]);
        let nobodys = house.notifications(unassigned()).await;
        assert_eq!(nobodys.get("ignored"), Some(&1), "the line stays, and says that it was handed on: {nobodys:?}");
        // Known for an hour: a Zoom that does not answer changes nothing.
        zoom.faults().plan("users.get", (0, 100), silent());
        tell(&house, 2, (&host, "Launch")).await;
        assert_eq!(kept(&house).await, [0, 2, 1]);
        zoom.faults().clear();
        // In another group since: after an hour that is known, too.
        zoom.leave_group(&group, &host);
        house.advance(HOUR_MS + MINUTE_MS);
        tell(&house, 3, (&host, "Launch")).await;
        tell(&house, 4, ("x", "Launch")).await;
        assert_eq!(kept(&house).await, [0, 2, 3]);
        handed_on(&mut house).await;
        assert_eq!(kept(&house).await, [2, 2, 3], "a stranger to Zoom is in no group");
    })
    .await;
}

#[tokio::test]
async fn a_tracking_field_routes_and_a_deleted_meeting_keeps_what_zoom_said_last() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let north = webinar(&house, Approval::Automatic);
        let south = webinar(&house, Approval::Automatic);
        zoom.track(north, &[("Region", "x"), ("Department", "North")]);
        zoom.track(south, &[("Department", "South")]);
        house.settle().await;
        let before = kept(&house).await;
        shared(&house, vec![rule(By::TrackingField, "department = north")]).await;
        house.advance(MINUTE_MS);
        tell_of(&house, 1, ("x", north)).await;
        tell_of(&house, 2, ("x", south)).await;
        handed_on(&mut house).await;
        let more = |kept: [i64; 3]| [kept[0] - before[0], kept[1] - before[1], kept[2] - before[2]];
        assert_eq!(more(kept(&house).await), [1, 1, 2]);
        // Zoom knows it no more, an hour later; the guest still gets what is told of it.
        let gone = r#"{"code":3001,"message":"Webinar does not exist."}"#.to_owned();
        zoom.faults().plan("webinars.get", (0, 100), Fault::Answer(404, gone));
        house.advance(2 * HOUR_MS);
        tell_of(&house, 3, ("x", north)).await;
        handed_on(&mut house).await;
        assert_eq!(more(kept(&house).await), [1, 2, 3]);
        zoom.faults().clear();
    })
    .await;
}

#[tokio::test]
async fn while_zoom_does_not_say_it_everything_is_held_and_then_handed_on_once_however_often_it_was_told() {
    on_both(async |mut house| {
        let account = house.preset.zoom_accounts[0].id.clone();
        let zoom = house.preset.zoom.clone();
        let host = zoom.add_user(&account, second_admin());
        zoom.add_group(&account, "North", &[&host]);
        shared(&house, vec![rule(By::Group, "North")]).await;
        house.advance(MINUTE_MS);
        zoom.withhold(&["group:read:list_groups:admin"]);
        let mut told = Vec::new();
        for number in 0..3 {
            told.push(tell_of(&house, number, (&host, 7)).await);
        }
        for _ in 0..3 {
            house.advance(2 * MINUTE_MS);
            handed_on(&mut house).await;
        }
        assert_eq!(kept(&house).await, [0, 0, 3]);
        assert_eq!(house.notifications(unassigned()).await.get("quarantined"), Some(&3));
        say(&house, &told[0]).await;
        zoom.withhold(&[]);
        house.advance(2 * MINUTE_MS);
        // Two processes look at the same time.
        let other = house.another_process().await;
        let (one, two) = tokio::join!(
            connector_server::connections::whose::round(&house.shared),
            connector_server::connections::whose::round(&other)
        );
        one.unwrap();
        two.unwrap();
        handed_on(&mut house).await;
        assert_eq!(kept(&house).await, [0, 3, 3]);
        assert_eq!(house.notifications(unassigned()).await.get("ignored"), Some(&3));
        // Told once more, while it is known and when it has to be asked again.
        say(&house, &told[1]).await;
        house.advance(HOUR_MS + MINUTE_MS);
        say(&house, &told[2]).await;
        handed_on(&mut house).await;
        assert_eq!(kept(&house).await, [0, 3, 3], "neither lost nor doubled");
    })
    .await;
}

#[tokio::test]
async fn a_webinar_of_a_group_is_the_guests_from_registration_to_no_show_and_the_owner_hears_nothing_of_it() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let zoom_account = house.preset.zoom_accounts[0].clone();
        zoom.add_group(&zoom_account.id, "North", &[&zoom_account.admin]);
        shared(&house, vec![rule(By::Group, "North")]).await;
        house.advance(MINUTE_MS);
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let ids = ["asha", "ravi"].map(|name| zoom.register(number, person(name), now).unwrap());
        handed_on(&mut house).await;
        let uuid = zoom.start(number, house.now_ms()).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(ids[0].clone()), house.now_ms() + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, house.now_ms() + 50 * MINUTE_MS);
        zoom.end(&uuid, house.now_ms() + 60 * MINUTE_MS);
        for _ in 0..6 {
            handed_on(&mut house).await;
            house.advance(30 * MINUTE_MS);
        }
        handed_on(&mut house).await;
        let of = |org: &str| {
            let crm = house.preset.leadsquared.snapshot(org).unwrap();
            (crm.leads.len(), crm.activities.len())
        };
        // Two registered, one joined and left, one did not come.
        assert_eq!((of("sunrise"), of("northwind")), ((0, 0), (2, 5)));
        assert_eq!(house.deliveries(1).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn what_happened_in_a_gap_goes_by_group_as_well() {
    on_both(async |mut house| {
        let zoom_account = house.preset.zoom_accounts[0].clone();
        house.preset.zoom.add_group(&zoom_account.id, "North", &[&zoom_account.admin]);
        check_guests_gap(&mut house, rule(By::Group, "North")).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_held_when_the_app_is_removed_goes_with_the_rest_and_the_owners_return_stops_that() {
    for returns in [false, true] {
        on_both(async |mut house| {
            let account = house.preset.zoom_accounts[0].clone();
            shared(&house, vec![rule(By::Group, "North")]).await;
            house.advance(MINUTE_MS);
            house.preset.zoom.faults().plan("users.get", (0, 1_000), silent());
            tell(&house, 1, ("host", "Launch")).await;
            house.settle().await;
            assert_eq!(kept(&house).await, [0, 0, 1]);
            house.preset.zoom.deauthorize(&house.preset.apps[1].client_id, &account.admin, house.now_ms());
            house.settle().await;
            house.preset.zoom.faults().clear();
            if returns {
                house.sign_in(0, "webinars").await;
            }
            for _ in 0..12 {
                house.advance(24 * HOUR_MS);
                house.keep().await;
                house.settle().await;
            }
            // What is held is in nobody's journal; with the owner back it was asked for, and went to the owner.
            assert_eq!(bodies(&house, unassigned()).await, (0, 1), "{returns}");
            let removal = 1;
            assert_eq!(kept(&house).await[0], removal + i64::from(returns));
        })
        .await;
    }
}
