//! What happened while nobody listened: whoever signs in again gets it from Zoom, once, whatever webhooks bring besides.

use super::after::{activities, check_truth};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::meeting::made;
use super::on_both;
use super::runs::{ASHA, ATTENDED, NO_SHOW, check_scheduled, known, post, stays};
use super::sharing::{rule, shared};
use super::webinar::{person, webinar};
use connector_core::ids::ZoomApp;
use connector_core::route::{By, ShareRule};
use connector_server::connections::disconnect::disconnect;
use connector_server::store::delivery_list::{self, Filter};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Mischief, Who};

/// How nobody came to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// Somebody disconnected.
    Disconnected,
    /// The app was removed in Zoom.
    Removed,
    /// The grant died, and what Zoom sent did not arrive.
    Dead,
    /// Another tenant took the sign-in over and disconnected.
    TakenOver,
}

async fn fall_silent(house: &mut House, app: ZoomApp, how: Silence) {
    let (place, name) = match app {
        ZoomApp::Meetings => (0, "meetings"),
        ZoomApp::Webinars => (1, "webinars"),
    };
    let admin = house.preset.zoom_accounts[0].admin.clone();
    match how {
        Silence::Disconnected => {
            disconnect(&house.shared, &house.tenant(0), app, "story").await.unwrap();
        }
        Silence::Removed => {
            house.advance(MINUTE_MS);
            house.preset.zoom.deauthorize(&house.preset.apps[place].client_id, &admin, house.now_ms());
        }
        Silence::Dead => {
            let dead = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#.to_owned();
            house.preset.zoom.faults().plan("oauth.token", (0, 4), Fault::Answer(400, dead));
            house.advance(2 * HOUR_MS);
            house.keep().await;
            assert!(house.shared.tokens().access(&house.tenant(0), app).await.is_err(), "the grant is dead");
            house.preset.zoom.set_mischief(Mischief { dropped_per_100: 100, ..Mischief::default() });
        }
        Silence::TakenOver => {
            house.sign_in_as(1, name, &admin).await.unwrap();
            house.advance(MINUTE_MS);
            disconnect(&house.shared, &house.tenant(1), app, "story").await.unwrap();
        }
    }
    house.settle().await;
    house.advance(MINUTE_MS);
}

/// Somebody signs in again, and everything that follows is done.
async fn back(house: &mut House, app: &str) {
    house.preset.zoom.set_mischief(Mischief::default());
    house.sign_in(0, app).await;
    done(house).await;
}

pub async fn done(house: &mut House) {
    for _ in 0..6 {
        house.settle().await;
        house.advance(15 * MINUTE_MS);
    }
    house.settle().await;
}

/// Three register, two come, one for long; the webinar lasts an hour and is over for two. Answers when it ended.
pub async fn held_webinar(house: &mut House) -> i64 {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let ids: Vec<String> =
        ["asha", "ravi", "away"].iter().map(|name| zoom.register(number, person(name), now).unwrap()).collect();
    let uuid = zoom.start(number, now).unwrap();
    for (id, minutes) in ids.iter().zip([50, 10]) {
        let stay = zoom.join(&uuid, Who::Registrant(id.clone()), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + minutes * MINUTE_MS);
    }
    zoom.end(&uuid, now + 60 * MINUTE_MS);
    house.advance(60 * MINUTE_MS);
    now + 60 * MINUTE_MS
}

#[tokio::test]
async fn a_webinar_that_ran_while_nobody_listened_is_there_after_signing_in_again_however_it_came() {
    for how in [Silence::Disconnected, Silence::Removed, Silence::Dead, Silence::TakenOver] {
        on_both(async |mut house| {
            fall_silent(&mut house, ZoomApp::Webinars, how).await;
            held_webinar(&mut house).await;
            house.settle().await;
            house.advance(2 * HOUR_MS);
            house.settle().await;
            let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
            assert_eq!(crm.activities.len(), 0, "nobody listened: {how:?}");
            back(&mut house, "webinars").await;
            check_truth(&house);
            let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
            // Three registered, two joined and left, one did not come; one stayed for half an hour.
            assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (3, 8, 1), "{how:?}");
            assert_eq!(house.deliveries(0).await.get("parked"), None, "{how:?}");
            let other = house.preset.leadsquared.snapshot("northwind").unwrap();
            assert_eq!(other.activities.len(), 0, "{how:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_another_tenant_held_meanwhile_stays_that_tenants() {
    on_both(async |mut house| {
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.sign_in_as(1, "webinars", &admin).await.unwrap();
        house.advance(MINUTE_MS);
        held_webinar(&mut house).await;
        done(&mut house).await;
        let activities = |house: &House, org: &str| house.preset.leadsquared.snapshot(org).unwrap().activities.len();
        assert_eq!((activities(&house, "sunrise"), activities(&house, "northwind")), (0, 8));
        back(&mut house, "webinars").await;
        assert_eq!((activities(&house, "sunrise"), activities(&house, "northwind")), (0, 8));
    })
    .await;
}

#[tokio::test]
async fn webhooks_that_come_late_besides_double_nothing() {
    on_both(async |mut house| {
        fall_silent(&mut house, ZoomApp::Webinars, Silence::Dead).await;
        house.preset.zoom.set_mischief(Mischief::default());
        held_webinar(&mut house).await;
        let late = house.preset.zoom.take_due(64);
        assert!(late.len() > 5);
        house.advance(2 * HOUR_MS);
        back(&mut house, "webinars").await;
        check_truth(&house);
        let before = house.preset.leadsquared.snapshot("sunrise").unwrap();
        post(&house, &late).await;
        done(&mut house).await;
        check_truth(&house);
        let after = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((after.leads.len(), after.activities.len()), (before.leads.len(), before.activities.len()));
    })
    .await;
}

#[tokio::test]
async fn a_webinar_that_runs_across_the_signing_in_is_whole_in_the_end() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        fall_silent(&mut house, ZoomApp::Webinars, Silence::Disconnected).await;
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let ids: Vec<String> =
            ["asha", "ravi"].iter().map(|name| zoom.register(number, person(name), now).unwrap()).collect();
        let uuid = zoom.start(number, now).unwrap();
        let early = zoom.join(&uuid, Who::Registrant(ids[0].clone()), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &early, now + 5 * MINUTE_MS);
        let stays_on = zoom.join(&uuid, Who::Registrant(ids[1].clone()), now + 2 * MINUTE_MS).unwrap();
        house.advance(10 * MINUTE_MS);
        house.settle().await;
        house.sign_in(0, "webinars").await;
        house.settle().await;
        zoom.leave(&uuid, &stays_on, now + 50 * MINUTE_MS);
        zoom.end(&uuid, now + 55 * MINUTE_MS);
        house.advance(50 * MINUTE_MS);
        done(&mut house).await;
        assert_eq!(activities(&house, "Zoom Webinar Joined").len(), 2, "the report tells who was there before");
        house.advance(2 * HOUR_MS);
        done(&mut house).await;
        check_truth(&house);
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (2, 6));
    })
    .await;
}

#[tokio::test]
async fn a_webinar_that_ended_shortly_before_is_read_when_zoom_lists_it() {
    on_both(async |mut house| {
        house.preset.zoom.set_report_delay_ms(30 * MINUTE_MS);
        fall_silent(&mut house, ZoomApp::Webinars, Silence::Disconnected).await;
        held_webinar(&mut house).await;
        house.settle().await;
        back(&mut house, "webinars").await;
        check_truth(&house);
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_dies_in_the_middle_of_it_goes_on_where_it_was() {
    on_both(async |mut house| {
        fall_silent(&mut house, ZoomApp::Webinars, Silence::Disconnected).await;
        for _ in 0..3 {
            held_webinar(&mut house).await;
        }
        house.settle().await;
        house.advance(2 * HOUR_MS);
        house.sign_in(0, "webinars").await;
        for _ in 0..25 {
            house.work(1).await;
            house.reopen().await;
            house.advance(1_000);
        }
        done(&mut house).await;
        check_truth(&house);
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_with_a_lead_that_was_held_meanwhile_is_told_and_whoever_missed_it_too() {
    for comes in [true, false] {
        on_both(async |mut house| {
            let zoom = house.preset.zoom.clone();
            let start_ms = super::meeting::schedule(&house, "w1").await;
            house.settle().await;
            let number = made(&house)[0];
            fall_silent(&mut house, ZoomApp::Meetings, Silence::Disconnected).await;
            house.advance(start_ms - house.now_ms());
            let uuid = zoom.start(number, start_ms).unwrap();
            stays(&house, (&uuid, start_ms), Who::Host, (0, 25));
            if comes {
                stays(&house, (&uuid, start_ms), known(ASHA), (2, 22));
            }
            zoom.end(&uuid, start_ms + 25 * MINUTE_MS);
            house.advance(3 * HOUR_MS);
            house.settle().await;
            back(&mut house, "meetings").await;
            check_scheduled(&house, (number, start_ms));
            let told = (activities(&house, ATTENDED).len(), activities(&house, NO_SHOW).len());
            assert_eq!(told, if comes { (1, 0) } else { (0, 1) });
            assert_eq!(activities(&house, "Zoom Meeting Started").len(), 1);
            assert_eq!(house.deliveries(0).await.get("parked"), None);
        })
        .await;
    }
}

#[tokio::test]
async fn meetings_that_were_cancelled_moved_or_left_alone_meanwhile_stand_so_in_leadsquared() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        for wish in ["cancelled", "moved", "alone"] {
            super::meeting::schedule(&house, wish).await;
            house.settle().await;
        }
        let numbers = made(&house);
        assert_eq!(numbers.len(), 3);
        fall_silent(&mut house, ZoomApp::Meetings, Silence::Disconnected).await;
        let (now, later_ms) = (house.now_ms(), house.now_ms() + 26 * HOUR_MS);
        zoom.delete(numbers[0], now);
        zoom.update(numbers[1], (Some("Second call"), Some(later_ms), None), now);
        house.settle().await;
        let before = house.preset.leadsquared.snapshot("sunrise").unwrap();
        house.sign_in(0, "meetings").await;
        house.settle().await;
        let after = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((after.tasks.len(), after.activities.len()), (before.tasks.len(), before.activities.len()));
        let changed: Vec<(&str, &str)> = before
            .tasks
            .iter()
            .zip(&after.tasks)
            .filter(|(before, after)| (&before.name, &before.due) != (&after.name, &after.due))
            .map(|(before, after)| (before.name.as_str(), after.name.as_str()))
            .collect();
        assert_eq!(changed.len(), 2, "{changed:?}");
        assert!(changed.iter().any(|(_, name)| name.starts_with("Cancelled: ")), "{changed:?}");
        assert!(changed.iter().any(|(_, name)| name.contains("Second call")), "{changed:?}");
        // Signing in once more says nothing new.
        fall_silent(&mut house, ZoomApp::Meetings, Silence::Disconnected).await;
        house.sign_in(0, "meetings").await;
        house.settle().await;
        let again = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!(again.tasks, after.tasks);
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

/// What is held while the owner is away goes to the guest that the rule names, and to nobody else.
pub async fn check_guests_gap(house: &mut House, rule: ShareRule) {
    shared(house, vec![rule]).await;
    house.advance(MINUTE_MS);
    fall_silent(house, ZoomApp::Webinars, Silence::Disconnected).await;
    held_webinar(house).await;
    house.settle().await;
    house.advance(2 * HOUR_MS);
    back(house, "webinars").await;
    let of = |org: &str| house.preset.leadsquared.snapshot(org).unwrap().activities.len();
    assert_eq!((of("sunrise"), of("northwind")), (0, 8));
}

#[tokio::test]
async fn what_was_missed_of_a_shared_account_goes_to_the_guest_that_its_rules_name() {
    on_both(async |mut house| {
        check_guests_gap(&mut house, rule(By::Topic, "quarterly")).await;
    })
    .await;
}

#[tokio::test]
async fn without_the_permission_a_person_sees_what_is_missing_and_may_replay_it() {
    on_both(async |mut house| {
        let scope = "report:read:list_history_meetings:admin";
        house.preset.zoom.withhold(&[scope]);
        fall_silent(&mut house, ZoomApp::Webinars, Silence::Disconnected).await;
        held_webinar(&mut house).await;
        house.settle().await;
        house.advance(2 * HOUR_MS);
        back(&mut house, "webinars").await;
        assert_eq!(house.causes(0).await, [("zoom.scope".to_owned(), 2)], "two of the four readings were due");
        house.preset.zoom.withhold(&[]);
        let tenant = house.tenant(0);
        let now_ms = house.now_ms();
        let replayed = house.shared.store.write(move |unit| {
            Box::pin(async move {
                let parked = Filter { state: Some("parked".to_owned()), limit: 100, ..Filter::default() };
                delivery_list::replay(unit, &tenant, &parked, now_ms).await
            })
        });
        assert_eq!(replayed.await.unwrap(), 2);
        done(&mut house).await;
        check_truth(&house);
    })
    .await;
}
