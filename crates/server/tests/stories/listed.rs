//! Registrations fetched from Zoom: the list call, the webhook, its retry and the old JWT app's are one registration, in any order.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::legacy::old_app;
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::MeetingNumber;
use connector_core::schedule_request::WishId;
use connector_core::zoom::listed::Wanted;
use connector_server::intake::commands;
use connector_simulator::zoom::{Approval, Mischief, NewEvent, Status, Who};

const ORG: &str = "sunrise";

async fn fetch(house: &House, wish: &str, wanted: Wanted) {
    let wish = WishId::parse(wish).unwrap();
    commands::fetch_registrants(&house.shared, &house.tenant(0), wanted, &wish, "story").await.unwrap();
}

fn one(number: u64) -> Wanted {
    Wanted::Webinar { webinar: MeetingNumber(number) }
}

/// Addresses of the leads, and the names of the activities.
fn stands(house: &House) -> (Vec<String>, Vec<String>) {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    let leads = crm.leads.iter().filter_map(|lead| lead.fields.get("EmailAddress").cloned()).collect();
    (leads, crm.activities.iter().map(|activity| activity.type_name.clone()).collect())
}

/// What tells of the one registration.
#[derive(Clone, Copy)]
enum Tells {
    /// The webhooks of the new app and of the old one, each twice.
    Webhook,
    /// The list of registrants.
    List,
}

async fn told_in_this_order(order: &[Tells]) {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        zoom.set_mischief(Mischief { doubled_per_100: 100, ..Mischief::default() });
        old_app(&house).await;
        let number = webinar(&house, Approval::Automatic);
        house.settle().await;
        zoom.register(number, person("asha"), house.now_ms()).unwrap();
        // Zoom keeps the webhooks until it is their turn: unheard ones come again some minutes later.
        for webhook in zoom.take_due(8) {
            zoom.report(webhook.id, None);
        }
        for (place, tells) in order.iter().enumerate() {
            match tells {
                Tells::List => {
                    fetch(&house, &format!("w{place}"), one(number)).await;
                    house.work(40).await;
                }
                Tells::Webhook => house.settle_within(2 * HOUR_MS).await,
            }
        }
        house.settle_within(2 * HOUR_MS).await;
        let by_old_app = house.told_by(&house.tenant(0), "zoom:legacy").await;
        assert!(by_old_app > 0, "the old app told of it too");
        let (leads, activities) = stands(&house);
        assert_eq!(leads, ["asha@customers.example"]);
        assert_eq!(activities, ["Zoom Webinar Registered"]);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert!(crm.activities[0].note.contains("Quarterly results"), "{}", crm.activities[0].note);
        assert!(crm.activities[0].note.contains("Budget?: 10k"), "{}", crm.activities[0].note);
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
    })
    .await;
}

#[tokio::test]
async fn webhook_then_list_make_one_lead_and_one_activity() {
    told_in_this_order(&[Tells::Webhook, Tells::List]).await;
}

#[tokio::test]
async fn list_then_webhook_and_its_retry_make_one_lead_and_one_activity() {
    told_in_this_order(&[Tells::List, Tells::Webhook]).await;
}

#[tokio::test]
async fn lists_before_and_after_the_webhook_make_one_lead_and_one_activity() {
    told_in_this_order(&[Tells::List, Tells::List, Tells::Webhook, Tells::List]).await;
}

#[tokio::test]
async fn what_a_webhook_said_of_the_end_of_a_registration_outlives_the_list() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Manual);
        let now = house.now_ms();
        let cancelled = zoom.register(number, person("gone"), now).unwrap();
        zoom.set_status(number, &cancelled, Status::Approved, now + 1_000).unwrap();
        zoom.set_status(number, &cancelled, Status::Cancelled, now + 2_000).unwrap();
        zoom.register(number, person("waiting"), now + 3_000).unwrap();
        house.settle_within(HOUR_MS).await;
        let before = house.preset.leadsquared.snapshot(ORG).unwrap();
        fetch(&house, "w1", one(number)).await;
        house.settle_within(HOUR_MS).await;
        let after = house.preset.leadsquared.snapshot(ORG).unwrap();
        let told = |crm: &connector_simulator::leadsquared::Snapshot| -> Vec<(String, String)> {
            crm.activities.iter().map(|one| (one.type_name.clone(), one.note.clone())).collect()
        };
        assert_eq!(told(&after), told(&before), "the list says nothing new");
        assert_eq!(after.leads.len(), before.leads.len());
    })
    .await;
}

#[tokio::test]
async fn who_registered_while_nobody_listened_is_fetched_when_webinars_are_connected_again() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let coming = NewEvent {
            topic: "Quarterly results".to_owned(),
            start_ms: house.now_ms() + 2 * HOUR_MS,
            duration_min: 60,
            timezone: "Asia/Kolkata".to_owned(),
            approval: Approval::Automatic,
            questions: Vec::new(),
            agenda: String::new(),
        };
        let number = zoom.create_webinar(&house.preset.zoom_accounts[0].admin, coming, house.now_ms());
        house.settle().await;
        let tenant = house.tenant(0);
        let app = connector_core::ids::ZoomApp::Webinars;
        connector_server::connections::disconnect::disconnect(&house.shared, &tenant, app, "story").await.unwrap();
        house.advance(MINUTE_MS);
        let ids: Vec<String> = (0..3)
            .map(|n| zoom.register(number, person(&format!("p{n}")), house.now_ms() + n * 1_000).unwrap())
            .collect();
        let denied = zoom.register(number, person("denied"), house.now_ms()).unwrap();
        zoom.set_status(number, &denied, Status::Denied, house.now_ms()).unwrap();
        house.settle_within(10 * MINUTE_MS).await;
        assert_eq!(stands(&house).0.len(), 0, "nobody listened");
        house.sign_in(0, "webinars").await;
        house.settle_within(10 * MINUTE_MS).await;
        let (leads, activities) = stands(&house);
        assert_eq!(leads.len(), 3, "{leads:?}: whom the host refused is no lead");
        assert_eq!(activities, vec!["Zoom Webinar Registered"; 3]);
        // And who is fetched is known: a stay finds its person.
        let uuid = zoom.start(number, house.now_ms()).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(ids[0].clone()), house.now_ms()).unwrap();
        zoom.leave(&uuid, &stay, house.now_ms() + 20 * MINUTE_MS);
        zoom.end(&uuid, house.now_ms() + 30 * MINUTE_MS);
        house.settle_within(3 * HOUR_MS).await;
        assert_eq!(stands(&house).0.len(), 3);
        assert_eq!(stands(&house).1.iter().filter(|name| *name == "Zoom Webinar Joined").count(), 1);
    })
    .await;
}
