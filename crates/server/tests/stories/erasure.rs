//! After the app was removed in Zoom: what waits is handled by the tenant's choice, and what Zoom had said is deleted in time, with
//! evidence; whoever signs in again before keeps it.

use super::doors::signed;
use super::house::{House, MINUTE_MS};
use super::on_both;
use super::sharing::{rule, shared};
use super::webinar::{person, webinar};
use axum::body::Body;
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::By;
use connector_core::translate::{Source, origin};
use connector_server::connections::disconnect;
use connector_server::store::journal;
use connector_server::store::removal::{self, RemovalRow, Waiting};
use connector_simulator::zoom::{Approval, Who};

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

async fn removals(house: &House) -> Vec<RemovalRow> {
    removals_of(house, 0).await
}

async fn removals_of(house: &House, place: usize) -> Vec<RemovalRow> {
    let tenant = house.tenant(place);
    let read = house.shared.store.read(move |unit| Box::pin(async move { removal::latest(unit, &tenant).await }));
    read.await.unwrap()
}

/// Lines of a tenant's journal whose bodies still say something of a Zoom account, of webhooks and of what was read; and all lines
/// of webhooks for webinars and of what calls came to.
pub async fn bodies(house: &House, tenant: TenantId) -> (usize, usize) {
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let filter = journal::Filter { limit: 500, ..journal::Filter::default() };
            let rows = journal::page(unit, &tenant, &filter).await?.into_iter();
            let said = rows.filter_map(|row| Some((Source::parse(&row.source)?, row.body)));
            Ok(said.filter(|(source, _)| *source != Source::Wish).collect::<Vec<_>>())
        })
    });
    let bodies = read.await.unwrap();
    (bodies.iter().filter(|(source, body)| origin::of(*source, body).is_some()).count(), bodies.len())
}

/// Something happens in both tenants' Zoom accounts, and then the first tenant's app is removed.
async fn happen_and_remove(house: &mut House) {
    let number = webinar(house, Approval::Automatic);
    for name in ["asha", "ravi"] {
        house.preset.zoom.register(number, person(name), house.now_ms()).unwrap();
    }
    house.settle_within(10 * MINUTE_MS).await;
    remove(house);
    house.settle_within(10 * MINUTE_MS).await;
}

fn remove(house: &House) {
    let (app, admin) = (&house.preset.apps[1].client_id, &house.preset.zoom_accounts[0].admin);
    house.preset.zoom.deauthorize(app, admin, house.now_ms());
}

#[tokio::test]
async fn what_zoom_had_said_is_deleted_after_ten_days_with_evidence_and_crm_records_stay() {
    on_both(async |mut house| {
        happen_and_remove(&mut house).await;
        let (before, all) = bodies(&house, house.tenant(0)).await;
        assert!(before >= 4 && before == all, "{before} of {all}");
        house.advance(9 * DAY_MS);
        house.keep().await;
        assert_eq!(bodies(&house, house.tenant(0)).await, (all, all), "not before its time");
        house.advance(DAY_MS + MINUTE_MS);
        house.keep().await;
        assert_eq!(bodies(&house, house.tenant(0)).await, (0, all), "the lines stay, what they said is gone");
        let gone = removals(&house).await;
        assert_eq!(gone[0].erased, i64::try_from(all).unwrap());
        assert_eq!(gone[0].erased_ms, Some(house.now_ms()));
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len(), 2);
        house.settle().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_in_again_in_time_keeps_everything_and_another_account_is_another_matter() {
    on_both(async |mut house| {
        happen_and_remove(&mut house).await;
        let (_, all) = bodies(&house, house.tenant(0)).await;
        // The second tenant's user leaves it free, and it is another Zoom account.
        disconnect::disconnect(&house.shared, &house.tenant(1), ZoomApp::Webinars, "story").await.unwrap();
        let other = house.preset.zoom_accounts[1].admin.clone();
        house.sign_in_as(0, "webinars", &other).await.unwrap();
        assert_eq!(removals(&house).await[0].returned_ms, None, "the account that was removed did not come back");
        house.sign_in(0, "webinars").await;
        assert_eq!(removals(&house).await[0].returned_ms, Some(house.now_ms()));
        house.advance(20 * DAY_MS);
        house.keep().await;
        assert!(bodies(&house, house.tenant(0)).await.0 >= all);
    })
    .await;
}

#[tokio::test]
async fn where_zoom_says_that_data_may_be_kept_it_is_kept() {
    on_both(async |mut house| {
        house.advance(MINUTE_MS);
        let (account, user) = (&house.preset.zoom_accounts[0].id, &house.preset.zoom_accounts[0].admin);
        let body = format!(
            r#"{{"event":"app_deauthorized","event_ts":{},"payload":{{"account_id":"{account}","user_id":"{user}","client_id":"{}","user_data_retention":"true"}}}}"#,
            house.now_ms(),
            house.preset.apps[1].client_id
        );
        let request = signed(&house, house.now_ms() / 1000, &body).body(Body::from(body)).unwrap();
        assert_eq!(house.ask(request).await.0, StatusCode::OK);
        house.settle().await;
        house.advance(30 * DAY_MS);
        house.keep().await;
        let gone = removals(&house).await;
        assert_eq!((gone[0].keep_until_ms, gone[0].erased, gone[0].erased_ms), (None, 0, None));
    })
    .await;
}

#[tokio::test]
async fn what_waits_when_the_app_is_removed_goes_out_or_is_dropped_as_the_tenant_chose() {
    for (waiting, arrives, dropped) in [(Waiting::Keep, 1, None), (Waiting::Drop, 0, Some(2))] {
        on_both(async |mut house| {
            let tenant = house.tenant(0);
            let chosen = house
                .shared
                .store
                .write(move |unit| Box::pin(async move { removal::choose(unit, &tenant, waiting).await }));
            chosen.await.unwrap();
            // LeadSquared cannot be reached while somebody registers and the app is removed.
            house.move_crm(0, Some("http://127.0.0.1:1")).await;
            let number = webinar(&house, Approval::Automatic);
            house.preset.zoom.register(number, person("asha"), house.now_ms()).unwrap();
            house.work(3).await;
            house.advance(MINUTE_MS);
            remove(&house);
            house.work(3).await;
            assert_eq!(removals(&house).await[0].dropped, dropped);
            house.move_crm(0, None).await;
            house.settle_within(60 * MINUTE_MS).await;
            let activities = house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len();
            assert_eq!(activities, arrives, "{waiting:?}");
        })
        .await;
    }
}

/// A webinar runs of which somebody came and somebody did not, and everything of it is read; Zoom's lists are read into the journal.
async fn run_and_read(house: &mut House) {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let came = zoom.register(number, person("asha"), now).unwrap();
    zoom.register(number, person("ravi"), now).unwrap();
    let uuid = zoom.start(number, now).unwrap();
    let stay = zoom.join(&uuid, Who::Registrant(came), now).unwrap();
    zoom.leave(&uuid, &stay, now + 50 * MINUTE_MS);
    zoom.end(&uuid, now + 60 * MINUTE_MS);
    house.settle_within(10 * MINUTE_MS).await;
    house.advance(95 * MINUTE_MS);
    house.settle_within(10 * MINUTE_MS).await;
}

/// Lines of what was read from Zoom that still say something.
async fn read_lines(house: &House, tenant: TenantId) -> usize {
    let read = house.shared.store.read(move |unit| {
        Box::pin(async move {
            let filter = journal::Filter { limit: 500, ..journal::Filter::default() };
            let rows = journal::page(unit, &tenant, &filter).await?.into_iter();
            Ok(rows.filter(|row| row.source == "outcome" && origin::of(Source::Outcome, &row.body).is_some()).count())
        })
    });
    read.await.unwrap()
}

#[tokio::test]
async fn what_was_read_from_zoom_is_deleted_with_what_its_webhooks_said() {
    on_both(async |mut house| {
        run_and_read(&mut house).await;
        assert!(read_lines(&house, house.tenant(0)).await >= 2, "lists were read");
        remove(&house);
        house.settle_within(10 * MINUTE_MS).await;
        house.advance(10 * DAY_MS + MINUTE_MS);
        house.keep().await;
        assert_eq!(bodies(&house, house.tenant(0)).await.0, 0);
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().leads.len(), 2, "the CRM keeps its records");
    })
    .await;
}

#[tokio::test]
async fn a_guests_copies_are_deleted_too_with_evidence_that_does_not_name_the_owners_user() {
    on_both(async |mut house| {
        shared(&house, vec![rule(By::Topic, "quarterly")]).await;
        house.advance(MINUTE_MS);
        run_and_read(&mut house).await;
        assert!(read_lines(&house, house.tenant(1)).await >= 2, "the guest read with the owner's sign-in");
        remove(&house);
        house.settle_within(10 * MINUTE_MS).await;
        let told = removals_of(&house, 1).await;
        assert_eq!((told.len(), told[0].zoom_user.clone()), (1, None));
        assert_eq!(told[0].keep_until_ms, Some(told[0].destroyed_ms + removal::KEEP_MS));
        house.advance(9 * DAY_MS);
        house.keep().await;
        assert!(bodies(&house, house.tenant(1)).await.0 > 0, "not before its time");
        house.advance(DAY_MS + MINUTE_MS);
        house.keep().await;
        for place in [0, 1] {
            assert_eq!(bodies(&house, house.tenant(place)).await.0, 0, "{place}");
        }
        assert!(removals_of(&house, 1).await[0].erased_ms.is_some());
    })
    .await;
}

#[tokio::test]
async fn whoever_was_a_guest_once_is_no_exception_and_another_sign_in_of_the_account_is() {
    for stays in [false, true] {
        on_both(async |mut house| {
            shared(&house, vec![rule(By::Topic, "quarterly")]).await;
            house.advance(MINUTE_MS);
            run_and_read(&mut house).await;
            disconnect::disconnect(&house.shared, &house.tenant(1), ZoomApp::Webinars, "story").await.unwrap();
            if stays {
                let account = house.preset.zoom_accounts[0].id.clone();
                let user = house.preset.zoom.add_user(&account, super::sharing::second_admin());
                house.sign_in_as(1, "webinars", &user).await.unwrap();
            }
            remove(&house);
            house.settle_within(10 * MINUTE_MS).await;
            house.advance(10 * DAY_MS + MINUTE_MS);
            house.keep().await;
            assert_eq!(removals_of(&house, 1).await.len(), usize::from(!stays));
            assert_eq!(bodies(&house, house.tenant(1)).await.0 > 0, stays);
            assert_eq!(bodies(&house, house.tenant(0)).await.0, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn the_owners_signing_in_again_stops_the_guests_clock_as_well() {
    on_both(async |mut house| {
        shared(&house, vec![rule(By::Topic, "quarterly")]).await;
        house.advance(MINUTE_MS);
        run_and_read(&mut house).await;
        let (before, _) = bodies(&house, house.tenant(1)).await;
        remove(&house);
        house.settle_within(10 * MINUTE_MS).await;
        house.advance(DAY_MS);
        house.sign_in(0, "webinars").await;
        assert_eq!(removals_of(&house, 1).await[0].returned_ms, Some(house.now_ms()));
        house.advance(20 * DAY_MS);
        house.keep().await;
        assert!(bodies(&house, house.tenant(1)).await.0 >= before && before > 0);
    })
    .await;
}

#[tokio::test]
async fn what_waits_at_a_guest_follows_the_guests_own_choice() {
    for (waiting, arrives, dropped) in [(Waiting::Keep, 1, None), (Waiting::Drop, 0, Some(2))] {
        on_both(async |mut house| {
            shared(&house, vec![rule(By::Topic, "quarterly")]).await;
            house.advance(MINUTE_MS);
            let tenant = house.tenant(1);
            let chosen = house
                .shared
                .store
                .write(move |unit| Box::pin(async move { removal::choose(unit, &tenant, waiting).await }));
            chosen.await.unwrap();
            house.move_crm(1, Some("http://127.0.0.1:1")).await;
            let number = webinar(&house, Approval::Automatic);
            house.preset.zoom.register(number, person("asha"), house.now_ms()).unwrap();
            house.work(3).await;
            house.advance(MINUTE_MS);
            remove(&house);
            house.work(3).await;
            assert_eq!(removals_of(&house, 1).await[0].dropped, dropped);
            house.move_crm(1, None).await;
            house.settle_within(60 * MINUTE_MS).await;
            let org = &house.preset.crm_accounts[1].org;
            let activities = house.preset.leadsquared.snapshot(org).unwrap().activities.len();
            assert_eq!(activities, arrives, "{waiting:?}");
        })
        .await;
    }
}
