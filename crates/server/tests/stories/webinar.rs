//! Webinars: registrations become leads and activities, stays become joined and left, attendance becomes a task.

use super::house::{House, MINUTE_MS};
use super::on_both;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Mischief, NewEvent, NewRegistrant, Status, Who};
use std::collections::BTreeMap;

pub fn webinar(house: &House, approval: Approval) -> u64 {
    let new = NewEvent {
        topic: "Quarterly results 📈 – Démo".to_owned(),
        start_ms: house.now_ms(),
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval,
        questions: vec!["Budget?".to_owned()],
        agenda: String::new(),
    };
    house.preset.zoom.create_webinar(&house.preset.zoom_accounts[0].admin, new, house.now_ms())
}

pub fn person(name: &str) -> NewRegistrant {
    NewRegistrant {
        email: format!("{name}@Customers.example"),
        first_name: name.to_owned(),
        last_name: "Rao".to_owned(),
        answers: BTreeMap::from([("org".to_owned(), "Kite Systems".to_owned())]),
        custom_questions: vec![("Budget?".to_owned(), "10k".to_owned())],
        tracking_source: Some("newsletter".to_owned()),
        occurrence: None,
    }
}

#[tokio::test]
async fn a_webinar_reaches_leadsquared_once_whatever_zoom_does_on_the_way() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.set_mischief(Mischief {
            doubled_per_100: 50,
            late_per_100: 20,
            unheard_per_100: 20,
            shuffled: true,
            escaped_emoji: true,
            double_subscription: true,
            ..Mischief::default()
        });
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let ids: Vec<String> =
            (0..40).map(|n| zoom.register(number, person(&format!("p{n}")), now + n * 1_000).unwrap()).collect();
        let uuid = zoom.start(number, now + 5 * MINUTE_MS).unwrap();
        let host = zoom.join(&uuid, Who::Host, now + 5 * MINUTE_MS).unwrap();
        for (n, id) in (0_i64..).zip(&ids) {
            let join_ms = now + 5 * MINUTE_MS + n * 1_000;
            let stay = zoom.join(&uuid, Who::Registrant(id.clone()), join_ms).unwrap();
            zoom.leave(&uuid, &stay, join_ms + (20 + n) * MINUTE_MS);
        }
        zoom.leave(&uuid, &host, now + 70 * MINUTE_MS);
        zoom.end(&uuid, now + 70 * MINUTE_MS);
        house.settle_within(3 * 60 * MINUTE_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        // 40 registered, joined and left; 30 of them stayed for half an hour or more.
        assert_eq!((seen.leads, seen.activities, seen.tasks), (40, 120, 30));
        let other = house.compare(1, Vec::new());
        assert_eq!((other.leads, other.activities, other.tasks), (0, 0, 0), "nothing reaches the other tenant");
    })
    .await;
}

#[tokio::test]
async fn one_person_is_told_in_words_that_people_understand() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("asha"), now).unwrap();
        let uuid = zoom.start(number, now + 5 * MINUTE_MS).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now + 6 * MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 48 * MINUTE_MS);
        zoom.end(&uuid, now + 50 * MINUTE_MS);
        house.settle().await;
        let picture = house.picture(0).await;
        let picture = picture.replace(&number.to_string(), "NUMBER");
        let link =
            picture.find("Join link: ").map(|at| picture[at + 11..].split([' ', '\n']).next().unwrap().to_owned());
        let picture = picture.replace(&link.unwrap_or_default(), "LINK");
        insta::assert_snapshot!("one_person", picture);
    })
    .await;
}

#[tokio::test]
async fn a_stay_told_before_its_registration_is_the_same_person_once() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        house.settle().await;
        let id = zoom.register(number, person("late"), now).unwrap();
        let registration = zoom.take_due(8);
        let uuid = zoom.start(number, now + MINUTE_MS).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 40 * MINUTE_MS);
        house.settle().await;
        for webhook in registration {
            // Zoom got no answer to the registration and tells it again five minutes later.
            zoom.report(webhook.id, None);
        }
        house.settle_within(60 * MINUTE_MS).await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (1, 3, 1));
    })
    .await;
}

#[tokio::test]
async fn the_length_of_a_stay_whose_beginning_comes_late_is_written_into_the_activity_that_stands() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("late"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        house.settle().await;
        let stay = zoom.join(&uuid, Who::Registrant(id), now + MINUTE_MS).unwrap();
        let joined = zoom.take_due(8);
        zoom.leave(&uuid, &stay, now + 40 * MINUTE_MS);
        house.advance(41 * MINUTE_MS);
        house.settle().await;
        let left = |house: &House| {
            let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
            let left: Vec<_> = crm.activities.into_iter().filter(|one| one.type_name == "Zoom Webinar Left").collect();
            assert_eq!(left.len(), 1);
            (left[0].fields.get("mx_Custom_4").cloned(), left[0].note.contains("after 39 minutes"))
        };
        assert_eq!(left(&house), (None, false));
        // The first answer to the correction is lost: setting the same values again does no harm.
        house.preset.leadsquared.faults().plan("CustomActivity/Update", (0, 1), Fault::ApplyThenReset);
        for webhook in joined {
            zoom.report(webhook.id, None);
        }
        house.settle_within(60 * MINUTE_MS).await;
        assert_eq!(left(&house), (Some("39".to_owned()), true));
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!(house.preset.leadsquared.counters("sunrise").by_operation.get("CustomActivity/Update"), Some(&2));
    })
    .await;
}

#[tokio::test]
async fn a_guest_whom_zoom_does_not_name_is_never_made_a_lead() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let uuid = zoom.start(number, now).unwrap();
        let guest = zoom.join(&uuid, Who::Guest { name: "iPhone".to_owned() }, now).unwrap();
        zoom.leave(&uuid, &guest, now + 40 * MINUTE_MS);
        house.settle().await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.leads, seen.activities, seen.tasks), (0, 0, 0));
        assert_eq!(house.deliveries(0).await.get("waiting"), Some(&2));
    })
    .await;
}

#[tokio::test]
async fn approval_and_cancellation_change_one_registration() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Manual);
        let now = house.now_ms();
        let approved = zoom.register(number, person("yes"), now).unwrap();
        let cancelled = zoom.register(number, person("no"), now).unwrap();
        house.settle().await;
        zoom.set_status(number, &approved, Status::Approved, now + MINUTE_MS).unwrap();
        zoom.set_status(number, &cancelled, Status::Cancelled, now + MINUTE_MS).unwrap();
        house.settle().await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (2, 2), "{}", house.picture(0).await);
    })
    .await;
}

#[tokio::test]
async fn rejoining_and_a_second_device_add_up_to_one_attendance() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let two_devices = zoom.register(number, person("devices"), now).unwrap();
        let back_again = zoom.register(number, person("again"), now).unwrap();
        let short = zoom.register(number, person("short"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        let at = |minutes: i64| now + minutes * MINUTE_MS;
        let stays = [
            (&two_devices, 1, 20),
            (&two_devices, 10, 32),
            (&back_again, 0, 16),
            (&back_again, 20, 35),
            (&short, 0, 20),
            (&short, 5, 19),
        ];
        for (id, join, leave) in stays {
            let stay = zoom.join(&uuid, Who::Registrant(id.clone()), at(join)).unwrap();
            zoom.leave(&uuid, &stay, at(leave));
        }
        zoom.end(&uuid, at(40));
        house.settle().await;
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities, seen.tasks), (3, 3 + 12, 2));
    })
    .await;
}
