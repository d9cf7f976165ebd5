//! Meetings: scheduled from LeadSquared, held, and told on the leads concerned.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::schedule_request::{ScheduleRequest, WishId};
use connector_server::intake::commands;
use connector_simulator::fault::Fault;
use connector_simulator::truth::Scheduled;
use connector_simulator::zoom::Who;
use jiff::Timestamp;

pub fn request(house: &House) -> (ScheduleRequest, i64) {
    let start_ms = house.now_ms() + HOUR_MS;
    let start = Timestamp::from_millisecond(start_ms).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    let request = ScheduleRequest {
        lead: "asha@customers.example".to_owned(),
        topic: "Intro call".to_owned(),
        start,
        zone: "UTC".to_owned(),
        minutes: Some(30),
        agenda: "Which course fits?".to_owned(),
        ..ScheduleRequest::default()
    };
    (request, start_ms)
}

pub async fn schedule(house: &House, wish: &str) -> i64 {
    let (request, start_ms) = request(house);
    let wish = WishId::parse(wish).unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, "story").await.unwrap();
    start_ms
}

/// The one meeting in Zoom that was made through the API.
pub fn made(house: &House) -> Vec<u64> {
    let history = house.preset.zoom.history();
    history.meetings.iter().filter(|meeting| meeting.created_by_api).map(|meeting| meeting.number).collect()
}

#[tokio::test]
async fn a_meeting_scheduled_from_leadsquared_is_one_meeting_one_activity_one_appointment() {
    on_both(async |mut house| {
        let start_ms = schedule(&house, "w1").await;
        schedule(&house, "w1").await;
        house.settle().await;
        let numbers = made(&house);
        assert_eq!(numbers.len(), 1, "pressing twice makes one meeting");
        let zoom = house.preset.zoom.clone();
        let uuid = zoom.start(numbers[0], start_ms + MINUTE_MS).unwrap();
        let host = zoom.join(&uuid, Who::Host, start_ms + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &host, start_ms + 20 * MINUTE_MS);
        zoom.end(&uuid, start_ms + 20 * MINUTE_MS);
        house.settle().await;
        let scheduled = Scheduled { number: numbers[0], email: "asha@customers.example".to_owned(), start_ms };
        let seen = house.compare(0, vec![scheduled]);
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (1, 3, 1));
    })
    .await;
}

#[tokio::test]
async fn zooms_lost_answer_never_makes_a_second_meeting() {
    on_both(async |mut house| {
        for fault in [Fault::ApplyThenReset, Fault::ApplyThen500, Fault::ApplyThenTruncate, Fault::Reset] {
            let before = made(&house).len();
            house.preset.zoom.faults().plan("meetings.create", (0, 1), fault.clone());
            schedule(&house, &format!("w-{before}")).await;
            house.settle_within(HOUR_MS).await;
            assert_eq!(made(&house).len(), before + 1, "{fault:?}: {}", house.picture(0).await);
        }
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (1, 4, 4));
    })
    .await;
}
