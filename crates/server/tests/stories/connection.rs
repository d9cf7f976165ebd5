//! Sign-ins with Zoom: takeover, refusal, refresh, removal.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::ZoomApp;
use connector_server::connections::sign_in;
use connector_server::store::connection;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::Approval;

async fn latest(house: &House, place: usize) -> connection::ConnectionRow {
    let tenant = house.tenant(place);
    let read = house
        .shared
        .store
        .read(move |unit| Box::pin(async move { connection::latest(unit, &tenant, ZoomApp::Webinars).await }));
    read.await.unwrap().unwrap()
}

#[tokio::test]
async fn the_last_tenant_to_sign_in_stays_connected_and_events_go_by_their_own_time() {
    on_both(async |mut house| {
        let number = webinar(&house, Approval::Automatic);
        let zoom = house.preset.zoom.clone();
        zoom.register(number, person("before"), house.now_ms()).unwrap();
        let held_back = zoom.take_due(8);
        house.advance(MINUTE_MS);
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.sign_in_as(1, "webinars", &admin).await.unwrap();
        assert_eq!(latest(&house, 0).await.ended_code.as_deref(), Some("taken_over"));
        assert_eq!(latest(&house, 1).await.ended_ms, None);
        house.advance(MINUTE_MS);
        zoom.register(number, person("after"), house.now_ms()).unwrap();
        for webhook in held_back {
            zoom.report(webhook.id, None);
        }
        house.settle_within(HOUR_MS).await;
        let emails = |org: &str| -> Vec<String> {
            let crm = house.preset.leadsquared.snapshot(org).unwrap();
            crm.leads.iter().filter_map(|lead| lead.fields.get("EmailAddress").cloned()).collect()
        };
        assert_eq!(emails("sunrise"), ["before@customers.example"]);
        assert_eq!(emails("northwind"), ["after@customers.example"]);
    })
    .await;
}

#[tokio::test]
async fn a_plain_member_of_the_zoom_account_cannot_connect() {
    on_both(async |house| {
        let member = house.preset.zoom_accounts[1].member.clone();
        assert!(house.sign_in_as(1, "webinars", &member).await.is_err());
        assert_eq!(latest(&house, 1).await.state, "active", "what was connected before still is");
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_refreshed_long_before_it_ends_and_only_once() {
    on_both(async |mut house| {
        for _ in 0..30 {
            house.advance(10 * MINUTE_MS);
            house.settle().await;
        }
        assert!(house.shared.tokens().access(&house.tenant(0), ZoomApp::Webinars).await.is_ok());
        let callers = (0..20).map(|_| {
            let (desk, tenant) = (house.shared.tokens(), house.tenant(0));
            async move { desk.access(&tenant, ZoomApp::Meetings).await.is_ok() }
        });
        let answers = futures_util::future::join_all(callers).await;
        assert!(answers.into_iter().all(|good| good));
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_asks_for_a_new_sign_in_and_intake_goes_on() {
    on_both(async |mut house| {
        house.preset.zoom.faults().plan("oauth.token", (0, 1), Fault::ApplyThenReset);
        house.advance(55 * MINUTE_MS);
        for _ in 0..4 {
            house.settle().await;
            house.advance(MINUTE_MS);
        }
        let states: Vec<String> = {
            let mut states = Vec::new();
            for place in 0..2 {
                for app in ZoomApp::ALL {
                    let tenant = house.tenant(place);
                    let open = house
                        .shared
                        .store
                        .read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
                    states.push(open.await.unwrap().unwrap().state);
                }
            }
            states
        };
        assert_eq!(states.iter().filter(|state| *state == "broken").count(), 1, "{states:?}");
        let number = webinar(&house, Approval::Automatic);
        house.preset.zoom.register(number, person("asha"), house.now_ms()).unwrap();
        house.settle().await;
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn removing_the_app_in_zoom_ends_the_connection_and_signing_in_brings_it_back() {
    on_both(async |mut house| {
        let app = house.preset.apps[1].client_id.clone();
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.preset.zoom.deauthorize(&app, &admin, house.now_ms());
        house.settle().await;
        assert_eq!(latest(&house, 0).await.ended_code.as_deref(), Some("deauthorized"));
        house.advance(MINUTE_MS);
        house.sign_in(0, "webinars").await;
        assert_eq!(latest(&house, 0).await.ended_ms, None);
    })
    .await;
}

#[tokio::test]
async fn a_state_is_good_once_in_its_own_browser_and_for_ten_minutes() {
    on_both(async |house| {
        let tenant = house.tenant(0);
        let state = async || {
            let url = sign_in::begin(&house.shared, &tenant, ZoomApp::Meetings, "browser", "story").await.unwrap();
            let url = reqwest::Url::parse(&url).unwrap();
            url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
        };
        let first = state().await;
        let other = sign_in::come_back(&house.shared, ZoomApp::Meetings, "code", (&first, "another browser")).await;
        assert!(matches!(other, Err(sign_in::SignInError::NotKnown)));
        let app = sign_in::come_back(&house.shared, ZoomApp::Webinars, "code", (&first, "browser")).await;
        assert!(matches!(app, Err(sign_in::SignInError::NotKnown)));
        let bad_code = sign_in::come_back(&house.shared, ZoomApp::Meetings, "code", (&first, "browser")).await;
        assert!(matches!(bad_code, Err(sign_in::SignInError::Refused(_))));
        let again = sign_in::come_back(&house.shared, ZoomApp::Meetings, "code", (&first, "browser")).await;
        assert!(matches!(again, Err(sign_in::SignInError::NotKnown)));
        let late = state().await;
        house.advance(sign_in::SIGN_IN_MS);
        let late = sign_in::come_back(&house.shared, ZoomApp::Meetings, "code", (&late, "browser")).await;
        assert!(matches!(late, Err(sign_in::SignInError::NotKnown)));
    })
    .await;
}

#[tokio::test]
async fn an_outage_of_zooms_sign_in_costs_no_connection() {
    on_both(async |mut house| {
        house.preset.zoom.faults().plan("oauth.token", (0, 40), Fault::Reset);
        house.advance(55 * MINUTE_MS);
        for _ in 0..6 {
            house.settle().await;
            house.advance(MINUTE_MS);
        }
        house.preset.zoom.faults().clear();
        for _ in 0..2 {
            house.settle().await;
            house.advance(MINUTE_MS);
        }
        for place in 0..2 {
            assert_eq!(latest(&house, place).await.state, "active");
            assert!(house.shared.tokens().access(&house.tenant(place), ZoomApp::Webinars).await.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn a_late_word_of_a_removal_does_not_end_the_sign_in_that_followed_it() {
    on_both(async |mut house| {
        let app = house.preset.apps[1].client_id.clone();
        let admin = house.preset.zoom_accounts[0].admin.clone();
        house.preset.zoom.deauthorize(&app, &admin, house.now_ms());
        let held_back = house.preset.zoom.take_due(8);
        assert!(!held_back.is_empty());
        house.advance(MINUTE_MS);
        house.sign_in(0, "webinars").await;
        for webhook in held_back {
            house.preset.zoom.report(webhook.id, None);
        }
        house.settle_within(HOUR_MS).await;
        assert_eq!(house.preset.zoom.undelivered(), 0);
        assert_eq!(latest(&house, 0).await.ended_code, None);
    })
    .await;
}
