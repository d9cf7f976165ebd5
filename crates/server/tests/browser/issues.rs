//! The queue of people whom Zoom does not name, by keyboard alone; and failed deliveries that go again together once their cause is mended.

use super::binary::{Place, Serving};
use super::chromium::{Chromium, Scripts};
use super::world::{World, add_first_tenant, sign_first_tenant_in};
use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Who};
use std::collections::BTreeMap;

const OPERATOR: (&str, &str) = ("asha@example.com", "a long enough pass word");
const MINUTE_MS: i64 = 60_000;
/// How often a page is loaded until it shows what is on its way.
const RELOADS_MAX: usize = 200;

/// Sunrise, signed in with Zoom for webinars.
async fn open(world: &World) -> (Place, Serving) {
    let place = world.place();
    add_first_tenant(world, &place);
    place.json_with(&["user", "add", OPERATOR.0, "--name", "Asha"], &format!("{}\n", OPERATOR.1));
    sign_first_tenant_in(world, &place).await;
    let serving = place.serve();
    (place, serving)
}

fn sign_in(browser: &Chromium, address: &str) {
    browser.open(address);
    browser.fill("#email", OPERATOR.0);
    browser.fill("#password", OPERATOR.1);
    browser.click("main button[type=submit]");
}

fn webinar(world: &World) -> u64 {
    let now_ms = Clock::Machine.now_ms();
    let new = NewEvent {
        topic: "Open day".to_owned(),
        start_ms: now_ms,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    world.preset.zoom.create_webinar(&world.first().1.admin, new, now_ms)
}

fn registers(world: &World, webinar: u64, first: &str, last: &str) {
    let who = NewRegistrant {
        email: format!("{first}@customers.example"),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        answers: BTreeMap::new(),
        custom_questions: Vec::new(),
        tracking_source: None,
        occurrence: None,
    };
    world.preset.zoom.register(webinar, who, Clock::Machine.now_ms()).unwrap();
}

/// Three guests whom Zoom does not name came to a webinar for which two of them registered.
fn three_guests(world: &World) {
    let number = webinar(world);
    registers(world, number, "Lena", "Fox");
    registers(world, number, "Ravi", "Iyer");
    let now_ms = Clock::Machine.now_ms();
    let uuid = world.preset.zoom.start(number, now_ms).unwrap();
    for (name, minutes) in [("Lena Fox", 3), ("iPhone (2)", 2), ("Ravi Iyer", 1)] {
        let joined_ms = now_ms - minutes * MINUTE_MS;
        let stay = world.preset.zoom.join(&uuid, Who::Guest { name: name.to_owned() }, joined_ms).unwrap();
        world.preset.zoom.leave(&uuid, &stay, now_ms);
    }
}

/// Loads the page until so many wait there.
#[track_caller]
fn until_waiting(browser: &Chromium, number: u64) {
    for _ in 0..RELOADS_MAX {
        if browser.count("[data-item]") == number {
            return;
        }
        browser.reload();
    }
    panic!("never {number} who wait");
}

/// Whom the keyboard is at.
fn focused(browser: &Chromium) -> String {
    let script = "return document.activeElement.closest('[data-item]')?.querySelector('h2').innerText ?? ''";
    browser.ask(script).as_str().unwrap().to_owned()
}

/// Goes to somebody by the keyboard.
#[track_caller]
fn go_to(browser: &Chromium, name: &str) {
    for _ in 0..3 {
        browser.key("k");
    }
    for _ in 0..3 {
        if focused(browser) == name {
            return;
        }
        browser.key("j");
    }
    panic!("{name} is not in the queue");
}

/// Whether LeadSquared shows that the lead was there.
fn joined(world: &World, who: &str) -> bool {
    let crm = world.crm();
    let is_who = |email: &String| email.to_lowercase().starts_with(who);
    let lead = crm.leads.iter().find(|lead| lead.fields.get("EmailAddress").is_some_and(is_who));
    let Some(lead) = lead else { return false };
    crm.activities.iter().any(|one| one.lead == lead.id && one.type_name.ends_with("Joined"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_of_people_is_worked_off_by_the_keyboard_alone() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let (_place, serving) = open(&world).await;
    three_guests(&world);
    world.until("the registrations", |world| world.crm().activities.len() >= 2).await;
    let queue = format!("{}/t/sunrise/people", serving.url());
    sign_in(&browser, &queue);
    until_waiting(&browser, 3);
    browser.says("By keyboard");
    browser.look("people");
    go_to(&browser, "Lena Fox");
    browser.key_to_page("1");
    browser.says("Noted.");
    assert_ne!(focused(&browser), "", "the next one has the keyboard");
    assert_eq!(browser.count("[data-item]"), 2);
    browser.look("people-next");
    browser.key_to_page("u");
    browser.says("Noted.");
    until_waiting(&browser, 3);
    go_to(&browser, "Lena Fox");
    browser.key_to_page("1");
    for _ in 0..2 {
        browser.says("Noted.");
        let key = if focused(&browser) == "Ravi Iyer" { "1" } else { "x" };
        browser.key_to_page(key);
    }
    browser.says("Nobody waits.");
    world.until("what they did", |world| joined(world, "lena@") && joined(world, "ravi@")).await;
    // The same without a script: a form for each answer.
    browser.scripts(Scripts::Off);
    browser.open(&queue);
    browser.press("Take it back");
    browser.says("Noted.");
    browser.scripts(Scripts::Run);
    serving.stop();
}

/// LeadSquared refuses what is posted to a lead.
fn refuse_activities(world: &World) {
    let no = r#"{"Status":"Error","ExceptionType":"MXInvalidActivityFieldsException","ExceptionMessage":"The type is gone"}"#;
    for operation in ["ProspectActivity.Create", "Bulk/CustomActivity/Add/ByLeadId"] {
        world.preset.leadsquared.faults().plan(operation, (0, u32::MAX), Fault::Answer(400, no.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_for_one_cause_goes_again_together_and_stands_in_leadsquared_once() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let (_place, serving) = open(&world).await;
    refuse_activities(&world);
    let number = webinar(&world);
    registers(&world, number, "Lena", "Fox");
    registers(&world, number, "Ravi", "Iyer");
    sign_in(&browser, &format!("{}/t/sunrise", serving.url()));
    for _ in 0..RELOADS_MAX {
        browser.open(&format!("{}/t/sunrise", serving.url()));
        browser.click("nav a[href$='/issues']");
        if browser.text("main").contains("2 people") {
            break;
        }
    }
    browser.says("lena@customers.example");
    browser.says("ravi@customers.example");
    browser.look("issues-refused");
    assert!(world.crm().activities.is_empty(), "nothing was written yet");
    world.preset.leadsquared.faults().clear();
    browser.click("main a[href*='/deliveries/replay']");
    browser.says("Replay 2 deliveries?");
    browser.says("What it does");
    browser.look("issues-again");
    browser.press("Replay 2");
    world.until("both activities", |world| world.crm().activities.len() >= 2).await;
    for _ in 0..RELOADS_MAX {
        browser.open(&format!("{}/t/sunrise/issues", serving.url()));
        if browser.text("main").contains("Nothing waits for a person") {
            break;
        }
    }
    browser.says("Nothing waits for a person");
    let crm = world.crm();
    assert_eq!((crm.leads.len(), crm.activities.len()), (2, 2), "each person and each activity once");
    assert_ne!(crm.activities[0].lead, crm.activities[1].lead);
    serving.stop();
}
