//! Attendance: one activity corrected in place, early and late, panelists, rehearsals, two devices, strangers to the clock.

use super::after::{GRACE_MS, activities, check_truth};
use super::house::{House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::settings::{AttendanceTold as Told, Threshold};
use connector_simulator::truth::AttendanceTold;
use connector_simulator::zoom::{Approval, Who};

async fn one_activity(house: &mut House) {
    house
        .change_settings(0, |settings| {
            settings.attendance.told = Told::OneActivity;
            settings.attendance.threshold = Threshold::Percent(50);
        })
        .await;
    house.attendance = AttendanceTold::OneActivity;
}

/// Past the grace after a webinar of an hour that began now.
async fn to_the_end(house: &mut House) {
    house.settle().await;
    house.advance(60 * MINUTE_MS + GRACE_MS);
    house.settle().await;
}

#[tokio::test]
async fn one_activity_tells_how_long_each_was_there() {
    on_both(async |mut house| {
        one_activity(&mut house).await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let at = |minutes: i64| now + minutes * MINUTE_MS;
        let stays: [(&str, &[(i64, i64)]); 5] = [
            ("back", &[(0, 20), (30, 60)]),
            ("devices", &[(5, 40), (10, 55)]),
            ("early", &[(0, 29)]),
            ("over", &[(30, 75)]),
            ("whole", &[(-5, 60)]),
        ];
        let ids: Vec<String> =
            stays.iter().map(|(name, _)| zoom.register(number, person(name), at(-10)).unwrap()).collect();
        zoom.register(number, person("absent"), at(-10)).unwrap();
        // Who comes before the start waits in the run that begins then.
        let uuid = zoom.start(number, now).unwrap();
        let mut leaves = Vec::new();
        for ((_, stays), id) in stays.iter().zip(&ids) {
            for (from, to) in *stays {
                leaves.push((zoom.join(&uuid, Who::Registrant(id.clone()), at(*from)).unwrap(), at(*to)));
            }
        }
        let (late, early): (Vec<_>, Vec<_>) = leaves.into_iter().partition(|(_, to)| *to > at(60));
        for (stay, to) in early {
            zoom.leave(&uuid, &stay, to);
        }
        for (stay, to) in late {
            zoom.leave(&uuid, &stay, to);
        }
        zoom.end(&uuid, at(60));
        to_the_end(&mut house).await;
        check_truth(&house);
        let picture = house.picture(0).await.replace(&number.to_string(), "NUMBER");
        let told: Vec<&str> =
            picture.lines().filter(|line| line.contains("Webinar Attended") || line.contains("No-Show")).collect();
        insta::assert_snapshot!("one_activity", told.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn panelists_and_the_host_are_no_attendees() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        zoom.invite_panelist(number, "Speaker", "speaker@guests.example");
        let id = zoom.register(number, person("asha"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        house.settle().await;
        let speaker = Who::Panelist { name: "Speaker".to_owned(), email: "Speaker@guests.example".to_owned() };
        for who in [Who::Host, speaker, Who::Registrant(id)] {
            let stay = zoom.join(&uuid, who, now + MINUTE_MS).unwrap();
            zoom.leave(&uuid, &stay, now + 50 * MINUTE_MS);
        }
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        to_the_end(&mut house).await;
        check_truth(&house);
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.leads, seen.activities, seen.tasks), (1, 3, 1));
    })
    .await;
}

#[tokio::test]
async fn a_panelist_who_is_known_as_one_only_afterwards_is_withdrawn() {
    on_both(async |mut house| {
        one_activity(&mut house).await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let uuid = zoom.start(number, now).unwrap();
        house.settle().await;
        let speaker = Who::Panelist { name: "Speaker".to_owned(), email: "speaker@guests.example".to_owned() };
        let stay = zoom.join(&uuid, speaker, now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 20 * MINUTE_MS);
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        house.settle().await;
        assert!(activities(&house, "Zoom Webinar Attended")[0].1.contains("19 minutes"));
        zoom.invite_panelist(number, "Speaker", "speaker@guests.example");
        to_the_end(&mut house).await;
        assert!(activities(&house, "Zoom Webinar Attended")[0].1.contains("Withdrawn"));
    })
    .await;
}

#[tokio::test]
async fn a_rehearsal_is_not_the_webinar() {
    on_both(async |mut house| {
        one_activity(&mut house).await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("asha"), now).unwrap();
        let rehearsal = zoom.rehearse(number, now).unwrap();
        let stay = zoom
            .join(&rehearsal, Who::Known { name: "Helper".to_owned(), email: "helper@guests.example".to_owned() }, now)
            .unwrap();
        zoom.leave(&rehearsal, &stay, now + 20 * MINUTE_MS);
        zoom.end(&rehearsal, now + 20 * MINUTE_MS);
        house.settle().await;
        house.advance(2 * 60 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0, "a rehearsal has no absentees");
        let now = house.now_ms();
        let uuid = zoom.start(number, now).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
        zoom.leave(&uuid, &stay, now + 45 * MINUTE_MS);
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        to_the_end(&mut house).await;
        let attended = activities(&house, "Zoom Webinar Attended");
        assert_eq!(attended.len(), 1, "{attended:?}");
        assert!(attended[0].1.contains("45 minutes (75 %)"), "{attended:?}");
        assert_eq!(activities(&house, "Zoom Webinar No-Show").len(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_never_left_as_far_as_we_heard_was_there_until_the_end() {
    on_both(async |mut house| {
        one_activity(&mut house).await;
        // The report cannot be read, and the leave is lost on the way.
        house.preset.zoom.withhold(&["report:read:list_webinar_participants:admin"]);
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("asha"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now + 15 * MINUTE_MS).unwrap();
        house.settle().await;
        zoom.leave(&uuid, &stay, now + 55 * MINUTE_MS);
        let lost = zoom.take_due(8);
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        house.settle().await;
        assert_eq!(activities(&house, "Zoom Webinar Attended").len(), 0, "nobody knows yet how long");
        to_the_end(&mut house).await;
        assert!(activities(&house, "Zoom Webinar Attended")[0].1.contains("45 minutes"));
        for webhook in lost {
            zoom.report(webhook.id, None);
        }
        house.settle_within(90 * MINUTE_MS).await;
        let attended = activities(&house, "Zoom Webinar Attended");
        assert!(attended.len() == 1 && attended[0].1.contains("40 minutes"), "{attended:?}");
    })
    .await;
}
