//! People whom Zoom does not name: they wait, somebody decides, the decision is remembered, and can be taken back.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::fact::stranger::Is;
use connector_core::fact::suggestion::{Hints, suggest};
use connector_core::ids::Email;
use connector_core::settings::AttendanceTold;
use connector_core::translate::stranger::Decide;
use connector_server::intake::commands;
use connector_server::store::stranger::{self, Listed, Which};
use connector_simulator::zoom::{Approval, Who};

pub async fn listed(house: &House, which: Which) -> Listed {
    let tenant = house.tenant(0);
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { stranger::listed(unit, &tenant, which, 50).await }));
    read.await.unwrap()
}

pub async fn decide(house: &mut House, number: usize, which: Which, is: Option<Is>) {
    let stranger = listed(house, which).await.rows[number].0.clone();
    let (shared, tenant) = (house.shared.clone(), house.tenant(0));
    commands::decide(&shared, &tenant, Decide { stranger, is }, "story").await.unwrap();
    house.settle().await;
}

pub fn is(email: &str) -> Option<Is> {
    Some(Is::Person(Email::parse(email).unwrap()))
}

/// A guest of that name comes for so many minutes.
fn guest(house: &House, uuid: &str, name: &str, minutes: i64) {
    let zoom = &house.preset.zoom;
    let now = house.now_ms();
    let stay = zoom.join(uuid, Who::Guest { name: name.to_owned() }, now).unwrap();
    zoom.leave(uuid, &stay, now + minutes * MINUTE_MS);
}

fn notes(house: &House) -> Vec<String> {
    let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
    let attended = crm.activities.iter().filter(|one| !one.type_name.ends_with("Registered"));
    let mut notes: Vec<String> = attended.map(|one| format!("{} · {}", one.type_name, one.note)).collect();
    notes.sort();
    notes
}

#[tokio::test]
async fn a_guest_waits_until_somebody_says_who_it_is_and_is_known_the_next_time() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        zoom.register(number, person("asha"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        guest(&house, &uuid, "Asha RAO", 40);
        guest(&house, &uuid, "iPhone (2)", 5);
        house.settle().await;
        let waiting = listed(&house, Which::Waiting).await;
        assert_eq!(waiting.rows.len(), 2);
        let place = waiting.rows.iter().position(|(_, state, _)| state.name.as_deref() == Some("Asha RAO")).unwrap();
        let (_, state, stays) = &waiting.rows[place];
        assert_eq!(stays.len(), 1);
        let suggestions = suggest(state, Hints { registered: waiting.registered.get(&state.series), decided: &[] });
        assert_eq!(suggestions[0].email.as_str(), "asha@customers.example");
        assert_eq!(notes(&house).len(), 0);
        decide(&mut house, place, Which::Waiting, is("asha@customers.example")).await;
        assert_eq!(notes(&house).len(), 2, "joined and left: {:?}", notes(&house));
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().tasks.len(), 1, "forty minutes count");
        zoom.end(&uuid, house.now_ms() + 60 * MINUTE_MS);
        house.advance(60 * MINUTE_MS);
        // The next run: the name is known, and nobody has to decide again.
        let again = zoom.start(number, house.now_ms()).unwrap();
        house.settle().await;
        guest(&house, &again, "asha rao", 10);
        guest(&house, &again, "iPhone (2)", 5);
        house.settle().await;
        assert_eq!(notes(&house).len(), 4);
        assert_eq!(listed(&house, Which::Waiting).await.rows.len(), 2, "a telephone is nobody in particular");
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_was_wrong_is_taken_back_and_made_anew() {
    on_both(async |mut house| {
        let number = webinar(&house, Approval::Automatic);
        let uuid = house.preset.zoom.start(number, house.now_ms()).unwrap();
        guest(&house, &uuid, "Asha Rao", 10);
        house.settle().await;
        decide(&mut house, 0, Which::Waiting, is("wrong@customers.example")).await;
        assert_eq!(notes(&house).len(), 2);
        decide(&mut house, 0, Which::Known, None).await;
        assert!(notes(&house).iter().all(|note| note.contains("Withdrawn")), "{:?}", notes(&house));
        assert_eq!(house.deliveries(0).await.get("waiting"), Some(&2));
        decide(&mut house, 0, Which::Waiting, is("right@customers.example")).await;
        let told = notes(&house);
        assert_eq!(told.iter().filter(|note| note.contains("Withdrawn")).count(), 2);
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(house.deliveries(0).await.get("waiting"), None);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_left_out_and_a_decision_for_nobody_can_be_taken_back() {
    on_both(async |mut house| {
        let number = webinar(&house, Approval::Automatic);
        let uuid = house.preset.zoom.start(number, house.now_ms()).unwrap();
        guest(&house, &uuid, "Front Desk", 10);
        house.settle().await;
        decide(&mut house, 0, Which::Waiting, Some(Is::Nobody)).await;
        let counts = house.deliveries(0).await;
        assert_eq!((counts.get("suppressed"), counts.get("waiting")), (Some(&2), None));
        decide(&mut house, 0, Which::Known, None).await;
        assert_eq!(house.deliveries(0).await.get("waiting"), Some(&2));
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_was_taken_back_and_made_again_says_once_more_who_attended() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.attendance.told = AttendanceTold::OneActivity).await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        zoom.register(number, person("asha"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        guest(&house, &uuid, "Asha Rao", 40);
        zoom.end(&uuid, now + 60 * MINUTE_MS);
        house.settle_within(3 * HOUR_MS).await;
        let asha = || is("asha@customers.example");
        decide(&mut house, 0, Which::Waiting, asha()).await;
        house.settle_within(10 * MINUTE_MS).await;
        let first = notes(&house);
        assert!(first.len() == 1 && first[0].contains("Attended the webinar"), "{first:?}");
        // Twice: each withdrawal and each new word is another correction of the same activity.
        for _ in 0..2 {
            decide(&mut house, 0, Which::Known, None).await;
            house.settle_within(10 * MINUTE_MS).await;
            assert!(notes(&house)[0].contains("Withdrawn"), "{:?}", notes(&house));
            decide(&mut house, 0, Which::Waiting, asha()).await;
            house.settle_within(10 * MINUTE_MS).await;
            assert_eq!(notes(&house), first);
        }
    })
    .await;
}
