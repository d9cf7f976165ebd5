//! Meetings that are changed after they were scheduled, in Zoom, in LeadSquared and from here: both sides end equal.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use connector_core::delivery::limiter::next_day_ms;
use connector_core::fact::agreed::{Part, Standing};
use connector_core::schedule_request::{ScheduleRequest, WishId};
use connector_server::intake::commands;
use connector_server::intake::leadsquared::secret;
use connector_server::store::{host_day, lane};
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::Task;
use jiff::Timestamp;
use serde_json::json;

const ORG: &str = "sunrise";

async fn schedule(house: &mut House) -> (u64, i64) {
    schedule_for(house, "asha@customers.example").await
}

/// A meeting is asked for in an hour, for half an hour.
pub async fn ask_for(house: &House, leads: &str) -> i64 {
    let start_ms = house.now_ms() + HOUR_MS;
    let start = Timestamp::from_millisecond(start_ms).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    let request = ScheduleRequest {
        lead: leads.to_owned(),
        topic: "Intro call".to_owned(),
        start,
        zone: "UTC".to_owned(),
        minutes: Some(30),
        ..ScheduleRequest::default()
    };
    let wish = WishId::parse("w1").unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, "story").await.unwrap();
    start_ms
}

async fn schedule_for(house: &mut House, leads: &str) -> (u64, i64) {
    let start_ms = ask_for(house, leads).await;
    house.settle().await;
    let history = house.preset.zoom.history();
    let number = history.meetings.iter().find(|meeting| meeting.created_by_api).unwrap().number;
    (number, start_ms)
}

async fn change(house: &House, wish: &str, part: Part) {
    let (of, wish) = (WishId::parse("w1").unwrap(), WishId::parse(wish).unwrap());
    commands::change_meeting(&house.shared, &house.tenant(0), (&of, part, None), &wish, "story").await.unwrap();
}

fn task(house: &House) -> Task {
    house.preset.leadsquared.snapshot(ORG).unwrap().tasks[0].clone()
}

/// LeadSquared tells that the task changed.
pub async fn tell(house: &House, id: &str) {
    let keys = house.shared.keys.of(&house.shared.store, &house.tenant(0)).await.unwrap();
    let path = format!("/leadsquared/{ORG}/{}/tasks", secret(&keys.tenant_keys(), 1));
    let body = json!({ "After": { "UserTaskId": id } }).to_string();
    let (status, _) = house.ask(Request::post(path).body(Body::from(body)).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
}

/// Both sides say the same: topic, start, minutes, whether it is held; and the activity says it, too.
async fn check(house: &House, number: u64, expected: (&str, i64, i64, Standing)) {
    let (topic, start_ms, minutes, standing) = expected;
    let history = house.preset.zoom.history();
    let meeting = history.meetings.iter().find(|meeting| meeting.number == number).unwrap();
    let stands = if meeting.deleted { Standing::Cancelled } else { Standing::Planned };
    let picture = house.picture(0).await;
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
    assert_eq!(stands, standing, "{picture}");
    if standing == Standing::Planned {
        let in_zoom = (meeting.topic.as_str(), meeting.start_ms, meeting.duration_min);
        assert_eq!(in_zoom, (topic, start_ms, minutes), "{picture}");
    }
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    for task in &crm.tasks {
        let before = if standing == Standing::Cancelled { "Cancelled: " } else { "" };
        assert_eq!(task.name, format!("{before}Zoom: {topic}"), "{picture}");
        let span = (at(start_ms), at(start_ms + minutes * MINUTE_MS));
        assert_eq!((task.due.clone(), task.end.clone()), span, "{picture}");
    }
    assert_eq!(crm.activities.len(), 1, "{picture}");
    let note = &crm.activities[0].note;
    assert!(note.contains(topic) && note.contains(&at(start_ms)[..16]), "{note}");
    assert_eq!(note.contains("cancelled"), standing == Standing::Cancelled, "{note}");
}

#[tokio::test]
async fn a_meeting_moved_renamed_and_cancelled_in_zoom_is_so_in_leadsquared() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        let zoom = house.preset.zoom.clone();
        house.advance(MINUTE_MS);
        zoom.update(number, (None, Some(start_ms + HOUR_MS), None), house.now_ms());
        house.settle().await;
        check(&house, number, ("Intro call", start_ms + HOUR_MS, 30, Standing::Planned)).await;
        house.advance(MINUTE_MS);
        zoom.update(number, (Some("Second call"), None, Some(45)), house.now_ms());
        house.settle().await;
        check(&house, number, ("Second call", start_ms + HOUR_MS, 45, Standing::Planned)).await;
        // And back to what it was called first.
        house.advance(MINUTE_MS);
        zoom.update(number, (Some("Intro call"), Some(start_ms), Some(30)), house.now_ms());
        house.settle().await;
        check(&house, number, ("Intro call", start_ms, 30, Standing::Planned)).await;
        house.advance(MINUTE_MS);
        zoom.delete(number, house.now_ms());
        house.settle().await;
        check(&house, number, ("Intro call", start_ms, 30, Standing::Cancelled)).await;
        house.advance(MINUTE_MS);
        zoom.recover(number, house.now_ms());
        house.settle().await;
        check(&house, number, ("Intro call", start_ms, 30, Standing::Planned)).await;
    })
    .await;
}

#[tokio::test]
async fn an_appointment_moved_renamed_and_deleted_in_leadsquared_is_so_in_zoom() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        let (crm, id) = (house.preset.leadsquared.clone(), task(&house).id);
        // What we wrote ourselves is an echo.
        tell(&house, &id).await;
        house.settle().await;
        let moved = start_ms + 2 * HOUR_MS;
        house.advance(MINUTE_MS);
        crm.edit_task(ORG, &id, (Some("Zoom: Long call"), Some((moved, moved + HOUR_MS))));
        // Three times: LeadSquared tries again.
        for _ in 0..3 {
            tell(&house, &id).await;
        }
        house.settle().await;
        check(&house, number, ("Long call", moved, 60, Standing::Planned)).await;
        let before = house.deliveries(0).await["delivered"];
        tell(&house, &id).await;
        house.settle().await;
        assert_eq!(house.deliveries(0).await["delivered"], before + 1, "nothing but a read follows from an echo");
        house.advance(MINUTE_MS);
        crm.delete_task(ORG, &id);
        tell(&house, &id).await;
        house.settle().await;
        check(&house, number, ("Long call", moved, 60, Standing::Cancelled)).await;
    })
    .await;
}

#[tokio::test]
async fn changes_on_both_sides_within_one_second_end_equal_and_a_lost_answer_changes_nothing_twice() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        let (zoom, crm, id) = (house.preset.zoom.clone(), house.preset.leadsquared.clone(), task(&house).id);
        let (by_zoom, by_crm) = (start_ms + HOUR_MS, start_ms + 3 * HOUR_MS);
        house.advance(MINUTE_MS);
        crm.edit_task(ORG, &id, (Some("Zoom: Named there"), Some((by_crm, by_crm + 30 * MINUTE_MS))));
        house.advance(600);
        zoom.update(number, (None, Some(by_zoom), None), house.now_ms());
        tell(&house, &id).await;
        house.settle_within(MINUTE_MS).await;
        check(&house, number, ("Named there", by_zoom, 30, Standing::Planned)).await;
        for (fault, topic) in [(Fault::ApplyThenReset, "A"), (Fault::Reset, "B"), (Fault::ApplyThen500, "C")] {
            house.advance(MINUTE_MS);
            zoom.faults().plan("meetings.update", (0, 1), fault);
            crm.edit_task(ORG, &id, (Some(&format!("Zoom: {topic}")), None));
            tell(&house, &id).await;
            house.settle_within(HOUR_MS).await;
            check(&house, number, (topic, by_zoom, 30, Standing::Planned)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_meeting_is_moved_and_cancelled_from_here_once_however_often_it_is_asked() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        house.advance(MINUTE_MS);
        let moved = Part { start_ms: Some(start_ms + HOUR_MS), ..Part::default() };
        change(&house, "c1", moved.clone()).await;
        change(&house, "c1", moved).await;
        house.settle().await;
        check(&house, number, ("Intro call", start_ms + HOUR_MS, 30, Standing::Planned)).await;
        house.advance(MINUTE_MS);
        let key = super::actions::key(&house).await;
        let path = "/meetings/w1";
        let renamed = json!({ "wish": "c2", "topic": "Last call" });
        let ask = async |method, body| super::actions::api(&house, &key, (method, path), body).await.0;
        assert_eq!(ask(Method::PATCH, renamed).await, StatusCode::ACCEPTED);
        assert_eq!(ask(Method::PATCH, json!({ "minutes": 0 })).await, StatusCode::UNPROCESSABLE_ENTITY);
        house.settle().await;
        check(&house, number, ("Last call", start_ms + HOUR_MS, 30, Standing::Planned)).await;
        house.advance(MINUTE_MS);
        for _ in 0..2 {
            let (status, _) = super::actions::api(&house, &key, (Method::DELETE, path), json!(null)).await;
            assert_eq!(status, StatusCode::ACCEPTED);
        }
        let (status, _) = super::actions::api(&house, &key, (Method::DELETE, "/meetings/w2"), json!(null)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        house.settle().await;
        check(&house, number, ("Last call", start_ms + HOUR_MS, 30, Standing::Cancelled)).await;
    })
    .await;
}

#[tokio::test]
async fn every_lead_of_a_meeting_is_told_that_it_moved() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule_for(&mut house, "asha@customers.example, ravi@customers.example").await;
        let zoom = house.preset.zoom.clone();
        let moved_ms = start_ms + HOUR_MS;
        house.advance(MINUTE_MS);
        change(&house, "c1", Part { start_ms: Some(moved_ms), ..Part::default() }).await;
        house.settle_within(HOUR_MS).await;
        let history = zoom.history();
        let meeting = history.meetings.iter().find(|meeting| meeting.number == number).unwrap();
        assert_eq!(meeting.start_ms, moved_ms);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        let at = Timestamp::from_millisecond(moved_ms).unwrap().strftime("%Y-%m-%d %H:%M").to_string();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (2, 2, 1));
        assert!(crm.activities.iter().all(|one| one.note.contains(&at)), "{:?}", crm.activities);
    })
    .await;
}

/// Calls of the host's day that were counted.
async fn used(house: &House, host: &'static str) -> i64 {
    let (tenant, day) = (house.tenant(0), host_day::day_of(house.now_ms()));
    let used =
        house.shared.store.read(move |unit| Box::pin(async move { host_day::used(unit, &tenant, host, day).await }));
    used.await.unwrap()
}

#[tokio::test]
async fn what_is_brought_back_in_zoom_is_not_cancelled_again_by_a_status_that_nobody_can_take_back() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        let (zoom, crm, id) = (house.preset.zoom.clone(), house.preset.leadsquared.clone(), task(&house).id);
        house.advance(MINUTE_MS);
        crm.cancel_task(ORG, &id);
        tell(&house, &id).await;
        house.settle().await;
        let deleted = || zoom.history().meetings.iter().any(|meeting| meeting.number == number && meeting.deleted);
        assert!(deleted());
        // Renamed while it is cancelled: that brings nothing back.
        house.advance(MINUTE_MS);
        crm.edit_task(ORG, &id, (Some("Zoom: Second call"), None));
        tell(&house, &id).await;
        house.settle().await;
        assert!(deleted());
        house.advance(MINUTE_MS);
        zoom.recover(number, house.now_ms());
        house.settle().await;
        tell(&house, &id).await;
        house.settle().await;
        check(&house, number, ("Second call", start_ms, 30, Standing::Planned)).await;
        house.advance(MINUTE_MS);
        crm.edit_task(ORG, &id, (None, Some((start_ms + HOUR_MS, start_ms + 90 * MINUTE_MS))));
        tell(&house, &id).await;
        house.settle().await;
        check(&house, number, ("Second call", start_ms + HOUR_MS, 30, Standing::Planned)).await;
    })
    .await;
}

#[tokio::test]
async fn changes_count_in_the_hosts_day_and_what_waits_for_tomorrow_is_left_alone_until_then() {
    on_both(async |mut house| {
        let (number, start_ms) = schedule(&mut house).await;
        assert_eq!(used(&house, "me").await, 1);
        let moved = |hours: i64| Part { start_ms: Some(start_ms + hours * HOUR_MS), ..Part::default() };
        house.advance(MINUTE_MS);
        change(&house, "c1", moved(1)).await;
        house.settle().await;
        assert_eq!(used(&house, "me").await, 2);
        let (tenant, day) = (house.tenant(0), host_day::day_of(house.now_ms()));
        let full = house
            .shared
            .store
            .write(move |unit| Box::pin(async move { host_day::used_up(unit, &tenant, "me", day).await }));
        full.await.unwrap();
        for (wish, hours) in [("c2", 2), ("c3", 3)] {
            house.advance(MINUTE_MS);
            change(&house, wish, moved(hours)).await;
            house.settle().await;
        }
        let midnight_ms = next_day_ms(house.now_ms());
        let tenant = house.tenant(0);
        let lane = house.shared.store.read(move |unit| Box::pin(async move { lane::get(unit, &tenant, "zoom").await }));
        assert!(lane.await.unwrap().unwrap().0 >= midnight_ms, "there is nothing to do in Zoom today");
        let stands = |house: &House| {
            let history = house.preset.zoom.history();
            history.meetings.iter().find(|meeting| meeting.number == number).map(|one| (one.start_ms, one.deleted))
        };
        assert_eq!(stands(&house), Some((start_ms + HOUR_MS, false)));
        house.advance(midnight_ms - house.now_ms());
        house.settle_within(MINUTE_MS).await;
        check(&house, number, ("Intro call", start_ms + 3 * HOUR_MS, 30, Standing::Planned)).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_that_never_left_takes_nothing_from_the_hosts_day() {
    on_both(async |house| {
        let (tenant, day) = (house.tenant(0), host_day::day_of(house.now_ms()));
        let counted = house.shared.store.write(move |unit| {
            Box::pin(async move {
                for _ in 0..2 {
                    host_day::take(unit, &tenant, "me", day).await?;
                }
                host_day::give_back(unit, &tenant, "me", day).await?;
                host_day::give_back(unit, &tenant, "nobody", day).await
            })
        });
        counted.await.unwrap();
        assert_eq!((used(&house, "me").await, used(&house, "nobody").await), (1, 0));
    })
    .await;
}
