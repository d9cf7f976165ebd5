//! A database that went back in time: what it forgot that it sent is found, and not sent again.

use super::after::check_truth;
use super::gap::{done, held_webinar};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::rewind::{Beat, Rewound};
use connector_server::rewind;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Mischief, Who};
use sqlx::Row as _;

/// A webinar of some people; answers the webhooks that tell of it, so that they can come once more.
async fn hold(house: &mut House, people: i64) {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let ids: Vec<String> =
        (0..people).map(|n| zoom.register(number, person(&format!("p{n}")), now + n).unwrap()).collect();
    let uuid = zoom.start(number, now).unwrap();
    for id in ids {
        let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
        zoom.leave(&uuid, &stay, now + 35 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 40 * MINUTE_MS);
}

/// Takes the database back to before anything was planned or sent: what came in waits once more, and it beat but once.
async fn forget(house: &House) {
    let mut raw = super::databases::raw(&house.shared.config.store_url()).await;
    for text in [
        "delete from delivery",
        "delete from attempt",
        "delete from attempt_row",
        "delete from lead",
        "delete from fact",
        "delete from alias",
        "update journal set state = 'pending', fact = null, done_ms = null",
        "update ledger set settled = 0",
        "update lane set next_at_ms = 0, lease_until_ms = 0",
    ] {
        sqlx::query(text).execute(&mut raw).await.unwrap();
    }
    let row = sqlx::query("select value from beat where name = 'last'").fetch_one(&mut raw).await.unwrap();
    let mut beat: Beat = serde_json::from_str(&row.get::<String, _>("value")).unwrap();
    beat.count = 1;
    let text = serde_json::to_string(&beat).unwrap();
    sqlx::query("update beat set value = $1 where name = 'last'").bind(text).execute(&mut raw).await.unwrap();
}

#[tokio::test]
async fn a_database_that_forgot_what_it_sent_finds_it_and_sends_nothing_twice() {
    on_both(async |mut house| {
        assert_eq!(rewind::notice(&house.shared).await.unwrap(), None);
        hold(&mut house, 20).await;
        house.settle().await;
        rewind::beat(&house.shared).await.unwrap();
        rewind::beat(&house.shared).await.unwrap();
        forget(&house).await;
        let noticed = rewind::notice(&house.shared).await.unwrap();
        assert!(matches!(noticed, Some(Rewound::Behind { .. })), "{noticed:?}");
        done(&mut house).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (20, 60, 20));
    })
    .await;
}

#[tokio::test]
async fn what_was_not_sent_before_the_database_went_back_is_sent_then() {
    on_both(async |mut house| {
        rewind::verify_first(&house.shared, "a story", None).await.unwrap();
        hold(&mut house, 10).await;
        house.settle_within(2 * HOUR_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (10, 30, 10));
    })
    .await;
}

#[tokio::test]
async fn a_database_that_goes_back_while_it_is_served_is_noticed_at_the_next_beat() {
    on_both(async |mut house| {
        rewind::notice(&house.shared).await.unwrap();
        hold(&mut house, 5).await;
        house.settle().await;
        rewind::beat(&house.shared).await.unwrap();
        forget(&house).await;
        house.keep().await;
        done(&mut house).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (5, 15, 5));
    })
    .await;
}

/// A webinar of which the database knows nothing: as if it had gone back to before it was told.
async fn forgotten(house: &mut House) {
    rewind::beat(&house.shared).await.unwrap();
    house.preset.zoom.set_mischief(Mischief { dropped_per_100: 100, ..Mischief::default() });
    held_webinar(house).await;
    house.settle().await;
    house.preset.zoom.set_mischief(Mischief::default());
    house.advance(2 * HOUR_MS);
}

#[tokio::test]
async fn what_the_database_forgot_that_it_was_told_is_read_from_zoom() {
    on_both(async |mut house| {
        forgotten(&mut house).await;
        let begun = rewind::ask_to_verify_first(&house.shared, "a story").await.unwrap();
        assert_eq!((begun.open, begun.read_again), (0, 4), "two tenants, both signed in for both");
        done(&mut house).await;
        check_truth(&house);
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (3, 8, 1));
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn it_is_read_too_where_somebody_has_to_sign_in_again_first() {
    on_both(async |mut house| {
        forgotten(&mut house).await;
        // A restored database has tokens that were renewed since, and Zoom takes none of them twice.
        let dead = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#.to_owned();
        house.preset.zoom.faults().plan("oauth.token", (0, 64), Fault::Answer(400, dead));
        rewind::ask_to_verify_first(&house.shared, "a story").await.unwrap();
        done(&mut house).await;
        let told = |house: &House| house.preset.leadsquared.snapshot("sunrise").unwrap().activities.len();
        assert_eq!(told(&house), 0, "without a sign-in nothing can be read");
        house.preset.zoom.faults().clear();
        house.sign_in(0, "webinars").await;
        done(&mut house).await;
        check_truth(&house);
        assert_eq!(told(&house), 8);
    })
    .await;
}
