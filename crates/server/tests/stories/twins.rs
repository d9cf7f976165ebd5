//! What was taken for two stays and proves to be one: no second record, whichever of the two was written first.

use super::doors::signed;
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use axum::body::Body;
use axum::http::StatusCode;
use connector_simulator::fault::{ANY, Fault};
use jiff::Timestamp;

/// How Zoom names the stay.
struct Names {
    user_id: &'static str,
    participant_uuid: &'static str,
}

const BY_HANDLE: Names = Names { user_id: "16780288", participant_uuid: "" };
const BY_UUID: Names = Names { user_id: "", participant_uuid: "0F0E0D0C-0001" };
const BY_BOTH: Names = Names { user_id: "16780288", participant_uuid: "0F0E0D0C-0001" };

/// Zoom tells of the one stay of this story: it began now and, where `left`, ended half an hour later.
async fn tell(house: &House, names: &Names, left: bool) {
    let account = &house.preset.zoom_accounts[0].id;
    let (user_id, uuid, at_ms) = (names.user_id, names.participant_uuid, super::house::BEGIN_MS);
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap().to_string();
    let (verb, moment) = if left {
        ("left", format!(r#""leave_time":"{}""#, time(at_ms + 30 * MINUTE_MS)))
    } else {
        ("joined", format!(r#""join_time":"{}""#, time(at_ms)))
    };
    let body = format!(
        r#"{{"event":"webinar.participant_{verb}","event_ts":{at_ms},"payload":{{"account_id":"{account}","object":{{"id":"86000000009","uuid":"u==","topic":"Twins","participant":{{"user_id":"{user_id}","participant_uuid":"{uuid}","user_name":"Asha","email":"asha@customers.example",{moment}}}}}}}}}"#
    );
    let request = signed(house, house.now_ms() / 1000, &body).body(Body::from(body)).unwrap();
    assert_eq!(house.ask(request).await.0, StatusCode::OK);
}

#[track_caller]
fn check_one(house: &House) {
    let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
    let mut names: Vec<&str> = crm.activities.iter().map(|activity| activity.type_name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Zoom Webinar Joined", "Zoom Webinar Left"]);
    assert_eq!((crm.leads.len(), crm.tasks.len()), (1, 1), "one lead, and one task for half an hour");
}

#[tokio::test]
async fn two_stays_that_wait_and_prove_to_be_one_are_written_once() {
    on_both(async |mut house| {
        house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), Fault::Reset);
        for (names, left) in [(&BY_HANDLE, false), (&BY_UUID, false), (&BY_BOTH, true)] {
            tell(&house, names, left).await;
            house.settle().await;
        }
        house.preset.leadsquared.faults().clear();
        house.settle_within(2 * HOUR_MS).await;
        check_one(&house);
    })
    .await;
}

#[tokio::test]
async fn a_stay_that_was_written_already_keeps_its_twin_from_being_written() {
    on_both(async |mut house| {
        tell(&house, &BY_UUID, false).await;
        house.settle().await;
        house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), Fault::Reset);
        tell(&house, &BY_HANDLE, false).await;
        house.settle().await;
        tell(&house, &BY_BOTH, true).await;
        house.settle().await;
        house.preset.leadsquared.faults().clear();
        house.settle_within(2 * HOUR_MS).await;
        check_one(&house);
    })
    .await;
}
