//! Series: the series, its occurrences and their runs are kept apart.

use super::after::{GRACE_MS, activities, check_truth};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::person;
use connector_core::settings::AttendanceTold as Told;
use connector_simulator::truth::AttendanceTold;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Who};

const WEEK_MS: i64 = 7 * 24 * HOUR_MS;

async fn hold(house: &mut House, number: u64, came: &[String]) {
    let zoom = house.preset.zoom.clone();
    let now = house.now_ms();
    let uuid = zoom.start(number, now).unwrap();
    for id in came {
        let stay = zoom.join(&uuid, Who::Registrant(id.clone()), now).unwrap();
        zoom.leave(&uuid, &stay, now + 40 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 60 * MINUTE_MS);
    house.settle().await;
    house.advance(60 * MINUTE_MS + GRACE_MS);
    house.settle().await;
}

async fn tell_a_series(mut house: House) {
    house.change_settings(0, |settings| settings.attendance.told = Told::Both).await;
    house.attendance = AttendanceTold::Both;
    let zoom = house.preset.zoom.clone();
    let now = house.now_ms();
    let new = NewEvent {
        topic: "Weekly".to_owned(),
        start_ms: now,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let host = house.preset.zoom_accounts[0].admin.clone();
    let number = zoom.create_series(&host, new, &[now, now + WEEK_MS, now + 2 * WEEK_MS], now);
    let all = zoom.register(number, person("all"), now).unwrap();
    let second = NewRegistrant { occurrence: Some(now + WEEK_MS), ..person("second") };
    let second = zoom.register(number, second, now).unwrap();
    hold(&mut house, number, std::slice::from_ref(&all)).await;
    assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0, "the other one registered for the next");
    house.advance(WEEK_MS - (house.now_ms() - now));
    hold(&mut house, number, &[second]).await;
    let absent = activities(&house, "Zoom Webinar No-Show");
    assert_eq!(absent.len(), 1);
    assert!(absent[0].0.starts_with("all@") && absent[0].1.contains("2026-12-01"), "{absent:?}");
    house.advance(2 * WEEK_MS - (house.now_ms() - now));
    hold(&mut house, number, &[all]).await;
    check_truth(&house);
    let attended = activities(&house, "Zoom Webinar Attended");
    let of_all: Vec<&str> =
        attended.iter().filter(|(email, _)| email.starts_with("all@")).map(|(_, note)| note.as_str()).collect();
    assert_eq!(of_all.len(), 2, "each run is an attendance of its own");
    assert!(of_all[0].contains("2026-11-24") && of_all[1].contains("2026-12-08"), "{of_all:?}");
}

#[tokio::test]
async fn each_run_of_a_series_has_its_own_attendance_and_its_own_absentees() {
    on_both(tell_a_series).await;
}

#[tokio::test]
async fn our_own_registrations_know_for_which_occurrence_they_are() {
    on_both(async |house| {
        house.preset.zoom.withhold(&["webinar:read:list_absentees:admin"]);
        tell_a_series(house).await;
    })
    .await;
}
