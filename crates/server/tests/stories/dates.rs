//! Single dates of a series, and meetings that come to their end: what Zoom says of them stands on the one appointment and on the
//! lead's activity, and what is asked for here reaches that date alone.

use super::actions::{api, key};
use super::appointments::{ORG, meetings};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use axum::http::{Method, StatusCode};
use connector_core::schedule_request::{RepeatWanted, ScheduleRequest, WishId};
use connector_server::intake::commands;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::MeetingTold;
use jiff::Timestamp;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * HOUR_MS;

/// A weekly series of four, the first tomorrow.
async fn schedule(house: &mut House) -> MeetingTold {
    let start = Timestamp::from_millisecond(house.now_ms() + DAY_MS).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    let request = ScheduleRequest {
        lead: "asha@customers.example".to_owned(),
        topic: "Weekly".to_owned(),
        start,
        zone: "UTC".to_owned(),
        minutes: Some(30),
        agenda: "Bring the list".to_owned(),
        repeat: RepeatWanted::Weekly,
        times: Some(4),
        ..ScheduleRequest::default()
    };
    let wish = WishId::parse("w1").unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, "story").await.unwrap();
    house.settle().await;
    house.advance(MINUTE_MS);
    meetings(house)[0].clone()
}

fn minute(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What appointment and activity say beside link, agenda and mark; the appointment's subject.
async fn said(house: &House) -> (Vec<String>, Vec<String>, String) {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    assert_eq!((crm.tasks.len(), crm.activities.len()), (1, 1), "{}", house.picture(0).await);
    let of = |text: &str, ours: &[&str]| -> Vec<String> {
        text.lines().filter(|line| !ours.iter().any(|begin| line.starts_with(begin))).map(str::to_owned).collect()
    };
    let task = of(&crm.tasks[0].description, &["Join: http", "A series: ", "Bring the list", "Ref: z"]);
    assert!(crm.tasks[0].description.contains("\nA series: every week, 4 times.\nBring the list\nRef: z"));
    (task, of(&crm.activities[0].note, &["Zoom meeting “Weekly”"]), crm.tasks[0].name.clone())
}

#[track_caller]
fn check(said: &(Vec<String>, Vec<String>, String), expected: &[String]) {
    assert_eq!((said.0.as_slice(), said.1.as_slice()), (expected, expected));
    assert_eq!(said.2, "Zoom: Weekly", "the series is untouched");
}

#[tokio::test]
async fn a_date_moved_or_cancelled_in_zoom_has_its_line_and_the_series_stays() {
    on_both(async |mut house| {
        let series = schedule(&mut house).await;
        let (zoom, dates) = (house.preset.zoom.clone(), series.occurrences.clone());
        zoom.move_occurrence(series.number, dates[1], dates[1] + HOUR_MS, house.now_ms());
        house.settle().await;
        let moved = |to_ms: i64| format!("{} was moved to {} (30 minutes)", minute(dates[1]), minute(to_ms));
        check(&said(&house).await, &[moved(dates[1] + HOUR_MS)]);
        house.advance(MINUTE_MS);
        // Once more, under the id that it has now; and another one goes.
        zoom.move_occurrence(series.number, dates[1] + HOUR_MS, dates[1] + 2 * HOUR_MS, house.now_ms());
        zoom.delete_occurrence(series.number, dates[2], house.now_ms());
        house.settle().await;
        let cancelled = format!("{} is cancelled", minute(dates[2]));
        check(&said(&house).await, &[moved(dates[1] + 2 * HOUR_MS), cancelled]);
        assert_eq!(meetings(&house)[0].start_ms, series.start_ms);
        assert_eq!(house.causes(0).await, Vec::new());
    })
    .await;
}

#[tokio::test]
async fn a_date_asked_for_here_is_changed_in_zoom_alone_and_once() {
    on_both(async |mut house| {
        let series = schedule(&mut house).await;
        let dates = series.occurrences.clone();
        let key = key(&house).await;
        let ask = async |house: &House, method: Method, date: i64, body: Value| {
            let path = format!("/meetings/w1?occurrence={date}");
            api(house, &key, (method, path.as_str()), body).await.0
        };
        let to_ms = dates[1] + 3 * HOUR_MS;
        let start = Timestamp::from_millisecond(to_ms).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
        let moved = json!({ "wish": "d1", "start": start, "zone": "UTC", "minutes": 45 });
        house.preset.zoom.faults().plan("meetings.update", (0, 1), Fault::ApplyThenReset);
        for _ in 0..2 {
            assert_eq!(ask(&house, Method::PATCH, dates[1], moved.clone()).await, StatusCode::ACCEPTED);
        }
        house.settle_within(HOUR_MS).await;
        assert_eq!(meetings(&house)[0].occurrences, [dates[0], to_ms, dates[2], dates[3]]);
        let line = format!("{} was moved to {} (45 minutes)", minute(dates[1]), minute(to_ms));
        check(&said(&house).await, std::slice::from_ref(&line));
        house.advance(MINUTE_MS);
        for _ in 0..2 {
            assert_eq!(ask(&house, Method::DELETE, dates[3], Value::Null).await, StatusCode::ACCEPTED);
        }
        house.settle().await;
        assert_eq!(meetings(&house)[0].occurrences, [dates[0], to_ms, dates[2]]);
        assert!(!meetings(&house)[0].deleted);
        check(&said(&house).await, &[line, format!("{} is cancelled", minute(dates[3]))]);
        assert_eq!(ask(&house, Method::DELETE, 7, Value::Null).await, StatusCode::NOT_FOUND);
        let named = json!({ "topic": "Other" });
        assert_eq!(ask(&house, Method::PATCH, dates[0], named).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(house.causes(0).await, Vec::new());
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_meeting_is_gone_for_good_after_thirty_days_and_no_more_brought_back() {
    on_both(async |mut house| {
        let series = schedule(&mut house).await;
        let (zoom, crm) = (house.preset.zoom.clone(), house.preset.leadsquared.clone());
        zoom.delete(series.number, house.now_ms());
        house.settle().await;
        let before = said(&house).await;
        assert_eq!((before.0.len(), before.2.as_str()), (0, "Cancelled: Zoom: Weekly"));
        house.advance(29 * DAY_MS);
        house.settle().await;
        assert_eq!(said(&house).await, before);
        house.advance(DAY_MS);
        house.settle().await;
        let gone = "It is gone for good: Zoom keeps a deleted meeting for 30 days.".to_owned();
        let now = said(&house).await;
        assert_eq!((now.0, now.1, now.2.as_str()), (vec![gone.clone()], vec![gone], "Cancelled: Zoom: Weekly"));
        // Who wants it back is told that it is gone; Zoom is not asked.
        let task = crm.snapshot(ORG).unwrap().tasks[0].id.clone();
        house.advance(MINUTE_MS);
        crm.edit_task(ORG, &task, (Some("Zoom: Weekly"), None));
        super::changes::tell(&house, &task).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!(said(&house).await.2, "Cancelled: Zoom: Weekly");
        assert!(meetings(&house)[0].deleted);
        assert_eq!(house.causes(0).await, Vec::new());
    })
    .await;
}

#[tokio::test]
async fn a_meeting_that_came_back_in_time_is_not_said_to_be_gone() {
    on_both(async |mut house| {
        let series = schedule(&mut house).await;
        let zoom = house.preset.zoom.clone();
        zoom.delete(series.number, house.now_ms());
        house.settle().await;
        house.advance(20 * DAY_MS);
        zoom.recover(series.number, house.now_ms());
        house.settle().await;
        check(&said(&house).await, &[]);
        house.advance(20 * DAY_MS);
        house.settle().await;
        check(&said(&house).await, &[]);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_that_became_a_webinar_says_so_on_appointment_and_activity() {
    on_both(async |mut house| {
        let series = schedule(&mut house).await;
        house.preset.zoom.convert(series.number, house.now_ms());
        house.settle().await;
        let line = "It was turned into a webinar in Zoom, and is no meeting any more.".to_owned();
        let now = said(&house).await;
        assert_eq!((now.0, now.1, now.2.as_str()), (vec![line.clone()], vec![line], "Now a webinar: Zoom: Weekly"));
        assert_eq!(house.causes(0).await, Vec::new());
    })
    .await;
}
