//! A sales user, from the action on a lead in LeadSquared to the link to join, and everything they do with the meeting after.

use super::binary::{Place, Serving};
use super::chromium::{Chromium, Scripts};
use super::world::{Api, World, add_first_tenant, sign_first_tenant_in_with};
use connector_simulator::leadsquared::UserStatus;
use connector_simulator::zoom::{MeetingTold, NewRegistrant, NewUser, Role, Who};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;

const OPERATOR: (&str, &str) = ("asha@example.com", "a long enough pass word");
/// A sales user: of LeadSquared, and of the Zoom account.
const SALES: &str = "ravi@sunrise.example";
/// How long a mail may take, in milliseconds.
const MAIL_MS: i64 = 30_000;
/// Fields that a sales user may have to fill for the usual meeting.
const FIELDS_MAX: usize = 3;
/// How often it is looked whether a meeting was counted: for half a minute.
const COUNTED_LOOKS: usize = 60;

/// Sunrise, signed in with Zoom for meetings, with a sales user; the address for LeadSquared's action as its admin copies it.
async fn open(world: &World) -> (Place, Serving) {
    let place = world.place();
    add_first_tenant(world, &place);
    place.json_with(&["user", "add", OPERATOR.0, "--name", "Asha"], &format!("{}\n", OPERATOR.1));
    let (account, zoom) = world.first();
    world.preset.leadsquared.add_user(&account.org, SALES, ("Ravi", "Iyer"), UserStatus::Active);
    let user = NewUser {
        email: SALES.to_owned(),
        first_name: "Ravi".to_owned(),
        last_name: "Iyer".to_owned(),
        role: Role::Member,
        licensed: true,
        webinar_capacity: None,
    };
    world.preset.zoom.add_user(&zoom.id, user);
    sign_first_tenant_in_with(world, &place, "meetings").await;
    let serving = place.serve();
    (place, serving)
}

/// The admin copies the address of the action.
fn copied_action(browser: &Chromium, serving: &Serving) -> String {
    browser.open(&format!("{}/t/sunrise/sales-users", serving.url()));
    browser.fill("#email", OPERATOR.0);
    browser.fill("#password", OPERATOR.1);
    browser.click("main button[type=submit]");
    let action = browser.text("#action");
    // As served here: the address for the world outside may be another.
    let (_, path) = action.split_once("/t/").unwrap();
    format!("{}/t/{path}", serving.url())
}

/// The action as LeadSquared opens it: the merge fields filled in.
fn pressed(action: &str, lead: &str, name: &str, by: &str) -> String {
    let filled = action.replace("@{Lead:ProspectID,}", lead).replace("@{Lead:FirstName,}", name);
    filled.replace("@{User:EmailAddress,}", &by.replace('@', "%40"))
}

/// The link in the mail that the sales user got.
async fn mailed_link(world: &World) -> String {
    let arrived = |world: &World| world.preset.smtp.arrived();
    world.holds_within(MAIL_MS, |world| !arrived(world).is_empty()).await;
    let mails = arrived(world);
    assert_eq!(mails.len(), 1, "one mail");
    assert_eq!(mails[0].to, SALES);
    let link = mails[0].text.split_whitespace().find(|word| word.contains("/sales/")).unwrap();
    link.split_once("/sales/").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_action_on_a_lead_to_the_link_to_join_few_fields_are_filled() {
    let Some(admin) = Chromium::start() else { return };
    let world = World::open().await;
    let (_place, serving) = open(&world).await;
    let fields = [("EmailAddress", "meera@customers.example"), ("FirstName", "Meera")];
    let lead = world.preset.leadsquared.add_lead("sunrise", &fields);
    let action = copied_action(&admin, &serving);
    admin.look("sales-users");
    drop(admin);

    let browser = Chromium::start().unwrap();
    browser.open(&pressed(&action, &lead, "Meera", SALES));
    assert_eq!(browser.property("#email", "value"), SALES, "LeadSquared told who presses");
    browser.look("sales-ask");
    browser.press("Send me a link");
    browser.says("is on its way");
    browser.look("sales-asked");
    browser.open(&format!("{}/sales/{}", serving.url(), mailed_link(&world).await));
    browser.says(SALES);
    browser.look("sales-link");
    browser.press("Continue");
    assert_eq!(browser.property("#topic", "value"), "Meeting with Meera");
    assert_eq!(browser.property("#lead", "value"), lead);
    assert_eq!(browser.count("#host, #owner_email"), 0, "who hosts is not a sales user's to choose");
    browser.look("sales-schedule");
    browser.fill_time("#start", "2027-03-01T10:00");
    browser.press("Schedule");
    browser.says("Link to join");
    let join = browser.text("#join");
    assert!(join.starts_with("https://"), "{join}");
    let filled = browser.filled();
    // Straight to the terminal: what a passing test prints is not shown.
    let _ = writeln!(std::io::stderr(), "fields filled from the action to the link to join: {filled}");
    assert!(filled <= FIELDS_MAX, "{filled} fields");
    browser.look("sales-scheduled");

    // The next time the same browser goes straight to the form.
    browser.open(&pressed(&action, "arun%40customers.example", "", SALES));
    assert_eq!(browser.property("#topic", "value"), "Meeting with arun@customers.example");
    let meeting = world.preset.zoom.history().meetings.into_iter().find(|meeting| meeting.created_by_api).unwrap();
    assert_eq!(meeting.host_email, SALES);
    serving.stop();
}

/// What Zoom has of the meeting that was made here.
fn in_zoom(world: &World) -> MeetingTold {
    world.preset.zoom.history().meetings.into_iter().find(|meeting| meeting.created_by_api).unwrap()
}

/// One meeting is asked for of a host whom Zoom does not know, one was held, one is to come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sales_users_own_meetings_are_listed_with_who_came() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let (place, serving) = open(&world).await;
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let api = Api::new(&serving.url(), &key);
    let meeting = |topic: &str, more: (&str, &str)| {
        let mut wanted = json!({ "lead": "meera@customers.example", "topic": topic, "start": "2027-03-01T10:00",
            "zone": "Asia/Kolkata", "minutes": 30, "owner_email": SALES });
        wanted[more.0] = json!(more.1);
        Some(wanted)
    };
    for (topic, more, status) in [
        ("Campus tour", ("sign_up", "automatic"), 201),
        ("Second call", ("agenda", "Fees"), 201),
        ("Of nobody", ("host", "gone@sunrise.example"), 201),
    ] {
        api.answer(("POST", "/tenants/sunrise/meetings"), meeting(topic, more), status).await;
    }
    let zoom = &world.preset.zoom;
    // Held within the last half hour, which a connection that is new still takes as its own.
    let ago_ms = |minutes: i64| connector_simulator::clock::Clock::Machine.now_ms() - minutes * 60_000;
    let number = zoom.history().meetings.into_iter().find(|one| one.topic == "Campus tour").unwrap().number;
    let registrants = ["meera", "arun"].map(|name| {
        let person = NewRegistrant {
            email: format!("{name}@customers.example"),
            first_name: name.to_owned(),
            last_name: "Rao".to_owned(),
            answers: BTreeMap::new(),
            custom_questions: Vec::new(),
            tracking_source: None,
            occurrence: None,
        };
        zoom.register(number, person, ago_ms(30)).unwrap()
    });
    let uuid = zoom.start(number, ago_ms(25)).unwrap();
    let stay = zoom.join(&uuid, Who::Registrant(registrants[0].clone()), ago_ms(24)).unwrap();
    zoom.leave(&uuid, &stay, ago_ms(2));
    zoom.end(&uuid, ago_ms(1));

    let link = place.json(&["user", "sales-link", "sunrise", SALES])["url"].as_str().unwrap().to_owned();
    browser.open(&format!("{}/sales/{}", serving.url(), link.split_once("/sales/").unwrap().1));
    browser.press("Continue");
    let list = format!("{}/t/sunrise/own-meetings", serving.url());
    browser.open(&list);
    browser.says("Not made in Zoom yet");
    // What came in is counted some seconds later; the page is the same until somebody loads it again.
    for _ in 0..COUNTED_LOOKS {
        browser.open(&list);
        if browser.text("section[aria-labelledby=past] td[data-label=Came]") == "1" {
            break;
        }
        connector_server::clock::sleep_ms(500).await;
    }
    let cell = |label: &str| browser.text(&format!("section[aria-labelledby=past] td[data-label={label}]"));
    assert_eq!((cell("Registered"), cell("Came")), ("2".to_owned(), "1".to_owned()));
    assert!(cell("State").contains("Held"), "{}", cell("State"));
    browser.look("own-meetings");
    serving.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_is_moved_renamed_cancelled_and_brought_back_on_its_page() {
    let Some(browser) = Chromium::start() else { return };
    let world = World::open().await;
    let (_place, serving) = open(&world).await;
    browser.open(&format!("{}/t/sunrise/sales-users", serving.url()));
    browser.fill("#email", OPERATOR.0);
    browser.fill("#password", OPERATOR.1);
    browser.click("main button[type=submit]");
    browser.fill("#email", SALES);
    browser.press("Make a link");
    let link = browser.property("#made", "value");
    browser.look("sales-users-link");
    browser.open(&format!("{}/sales/{}", serving.url(), link.split_once("/sales/").unwrap().1));
    browser.press("Continue");
    browser.fill("#lead", "meera@customers.example");
    browser.fill("#topic", "Intro call");
    browser.fill_time("#start", "2027-03-01T10:00");
    browser.press("Schedule");
    browser.says("Change it");
    browser.look("meeting-offers");

    browser.unfold("Move it");
    browser.fill_time("#start", "2027-03-02T11:30");
    browser.press("Move the meeting");
    browser.says("Zoom and LeadSquared say the same");
    browser.says("2 March 2027, 11:30");
    let moved = in_zoom(&world);
    assert_eq!(moved.start_ms, 1_803_967_200_000);
    browser.look("meeting-moved");
    browser.press("Move it back to 1 March 2027, 10:00 IST, 30 minutes");
    browser.says("1 March 2027, 10:00");
    browser.says("Zoom and LeadSquared say the same");
    assert_eq!(in_zoom(&world).start_ms, 1_803_875_400_000);

    // Without scripts the forms do the same; the page looks again by itself.
    browser.scripts(Scripts::Off);
    browser.reload();
    browser.unfold("Rename it");
    browser.fill("#topic", "Second call");
    browser.press("Rename the meeting");
    browser.says("Call it “Intro call” again");
    assert_eq!(in_zoom(&world).topic, "Second call");

    browser.press("Cancel the meeting");
    browser.says("Cancel this meeting?");
    browser.look("meeting-cancel");
    browser.press("Keep it");
    browser.says("Change it");
    assert!(!in_zoom(&world).deleted, "asking cancels nothing");
    browser.press("Cancel the meeting");
    browser.says("Cancel this meeting?");
    browser.press("Cancel the meeting");
    browser.says("It is cancelled in Zoom, and LeadSquared says so");
    assert!(in_zoom(&world).deleted);
    browser.look("meeting-cancelled");
    browser.press("Bring it back");
    browser.says("Zoom and LeadSquared say the same");
    assert!(!in_zoom(&world).deleted);
    assert!(world.crm().tasks[0].name.ends_with("Second call"), "{:?}", world.crm().tasks);
    serving.stop();
}
