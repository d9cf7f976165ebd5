//! What comes after a webinar: Zoom is read, who did not come is told, lost webhooks are made good, questions, polls and the
//! recording reach the activity.

use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::settings::AttendanceTold as Told;
use connector_simulator::truth::AttendanceTold;
use connector_simulator::zoom::{Approval, Mischief, Who};

/// The grace after the end.
pub const GRACE_MS: i64 = 30 * MINUTE_MS;

/// Activities of one type: address, note.
pub fn activities(house: &House, type_name: &str) -> Vec<(String, String)> {
    let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
    let email = |lead: &str| crm.leads.iter().find(|one| one.id == lead).unwrap().fields["EmailAddress"].clone();
    let of_type = crm.activities.iter().filter(|one| one.type_name == type_name);
    let mut found: Vec<(String, String)> = of_type.map(|one| (email(&one.lead), one.note.clone())).collect();
    found.sort();
    found
}

/// One who comes for so many minutes, and others who do not; the webinar lasts an hour. Answers its number and the run.
fn hold(house: &House, came: &[(&str, i64)], absent: &[&str]) -> (u64, String) {
    let zoom = &house.preset.zoom;
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    for name in absent {
        zoom.register(number, person(name), now).unwrap();
    }
    let ids: Vec<String> = came.iter().map(|(name, _)| zoom.register(number, person(name), now).unwrap()).collect();
    let uuid = zoom.start(number, now).unwrap();
    for ((_, minutes), id) in came.iter().zip(ids) {
        let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
        zoom.leave(&uuid, &stay, now + minutes * MINUTE_MS);
    }
    zoom.end(&uuid, now + 60 * MINUTE_MS);
    (number, uuid)
}

#[track_caller]
pub fn check_truth(house: &House) {
    let seen = house.compare(0, Vec::new());
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
}

#[tokio::test]
async fn who_registered_and_did_not_come_is_told_half_an_hour_after_the_end() {
    on_both(async |mut house| {
        hold(&house, &[("came", 50)], &["absent", "away"]);
        house.settle().await;
        house.advance(60 * MINUTE_MS + GRACE_MS - 1_000);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0, "not before the grace is over");
        house.advance(1_000);
        house.settle().await;
        let told: Vec<String> =
            activities(&house, "Zoom Webinar No-Show").into_iter().map(|(email, _)| email).collect();
        assert_eq!(told, ["absent@Customers.example", "away@Customers.example"].map(str::to_lowercase));
        check_truth(&house);
    })
    .await;
}

#[tokio::test]
async fn webhooks_that_never_came_are_made_good_by_the_report() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let ids: Vec<String> = (0..8).map(|n| zoom.register(number, person(&format!("p{n}")), now).unwrap()).collect();
        let uuid = zoom.start(number, now).unwrap();
        house.settle().await;
        // Everything of the stays is lost on the way, but the end is told.
        zoom.set_mischief(Mischief { dropped_per_100: 100, ..Mischief::default() });
        for id in ids {
            let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
            zoom.leave(&uuid, &stay, now + 45 * MINUTE_MS);
        }
        zoom.set_mischief(Mischief::default());
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar Joined").len(), 0);
        house.advance(60 * MINUTE_MS + GRACE_MS);
        house.settle().await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (8, 24, 8));
    })
    .await;
}

#[tokio::test]
async fn without_the_permission_for_it_our_own_registrations_say_who_did_not_come() {
    on_both(async |mut house| {
        house
            .preset
            .zoom
            .withhold(&["webinar:read:list_absentees:admin", "report:read:list_webinar_participants:admin"]);
        hold(&house, &[("came", 50)], &["absent"]);
        house.settle().await;
        house.advance(60 * MINUTE_MS + GRACE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 1);
        check_truth(&house);
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn a_list_that_zoom_does_not_have_yet_is_asked_for_again() {
    on_both(async |mut house| {
        house.preset.zoom.set_report_delay_ms(GRACE_MS + 10 * MINUTE_MS);
        hold(&house, &[("came", 50)], &["absent"]);
        house.settle().await;
        house.advance(60 * MINUTE_MS + GRACE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0);
        house.advance(5 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0);
        house.advance(15 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 1);
        check_truth(&house);
    })
    .await;
}

#[tokio::test]
async fn questions_polls_and_the_recording_are_written_into_the_one_activity() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.attendance.told = Told::OneActivity;
                settings.attendance.recording_links = true;
            })
            .await;
        house.attendance = AttendanceTold::OneActivity;
        let (_, uuid) = hold(&house, &[("asha", 42), ("quiet", 60)], &[]);
        let zoom = house.preset.zoom.clone();
        let asha = ("asha Rao", "asha@Customers.example");
        zoom.ask(&uuid, asha, ("What is the fee?", "We will write."));
        zoom.ask(&uuid, ("", ""), ("Who am I?", ""));
        zoom.answer_poll(&uuid, asha, ("Which course?", "Physics"));
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar Attended").len(), 2, "told when the webinar is over");
        house.advance(60 * MINUTE_MS + GRACE_MS);
        house.settle().await;
        let said = activities(&house, "Zoom Webinar Attended").remove(0).1;
        assert!(said.contains("Asked: What is the fee?") && said.contains("Poll: Which course? – Physics"), "{said}");
        zoom.recording_completed(&uuid, house.now_ms());
        house.settle().await;
        let both = activities(&house, "Zoom Webinar Attended");
        assert!(both.iter().all(|(_, note)| note.contains("Recording: https://")), "{both:?}");
        check_truth(&house);
        // Two activities posted; one corrected twice for what was said, both once for the recording.
        assert_eq!(house.preset.leadsquared.counters("sunrise").by_operation.get("CustomActivity/Update"), Some(&4));
    })
    .await;
}

#[tokio::test]
async fn who_came_after_all_is_a_no_show_no_more() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.withhold(&["report:read:list_webinar_participants:admin", "webinar:read:list_absentees:admin"]);
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("late"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        house.settle().await;
        let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
        zoom.leave(&uuid, &stay, now + 45 * MINUTE_MS);
        let stays = zoom.take_due(8);
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        house.settle().await;
        house.advance(60 * MINUTE_MS + GRACE_MS);
        house.settle().await;
        assert!(activities(&house, "Zoom Webinar No-Show")[0].1.contains("did not come"));
        for webhook in stays {
            zoom.report(webhook.id, None);
        }
        house.settle_within(90 * MINUTE_MS).await;
        let told = activities(&house, "Zoom Webinar No-Show");
        assert_eq!(told.len(), 1);
        assert!(told[0].1.contains("Attended after all") && told[0].1.contains("45 minutes"), "{told:?}");
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().tasks.len(), 1);
    })
    .await;
}
