//! Fifty sales users, each in a browser of their own, schedule five hundred meetings at the same time: all are made once, each page
//! follows its own, and no host gets more than Zoom allows in a day.

use super::binary::{Place, Serving};
use super::databases::fresh_postgres;
use super::world::{World, add_first_tenant, sign_first_tenant_in_with};
use connector_server::cli::demo::browser::{Browser, Page};
use connector_server::clock::{Clock, sleep_ms};
use connector_simulator::leadsquared::UserStatus;
use connector_simulator::zoom::{NewUser, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use tokio::task::JoinSet;

/// Sales users with a Zoom user of their own.
const OWN_HOSTS: usize = 40;
/// Sales users of another company: who signed in with Zoom hosts for them, and that host's day is full to the last meeting.
const ELSEWHERE: usize = 10;
/// Meetings of each.
const MEETINGS: usize = 10;
/// Zoom's limit of meetings made or changed for a host and day (UTC).
const HOST_DAY: usize = 100;
const DAY_MS: i64 = 24 * 60 * 60_000;
/// How long a meeting may take to be made, in milliseconds; the machine may be busy.
const PATIENCE_MS: i64 = 420_000;
/// How often a page is looked at, in milliseconds: as often as it does itself.
const LOOK_MS: i64 = 2_000;
const OPERATOR: (&str, &str) = ("asha@example.com", "a long enough pass word");

fn people() -> Vec<String> {
    let own = (0..OWN_HOSTS).map(|number| format!("sales{number}@sunrise.example"));
    own.chain((0..ELSEWHERE).map(|number| format!("partner{number}@elsewhere.example"))).collect()
}

/// The first tenant, signed in with Zoom for meetings, with all sales users.
async fn open(world: &World, place: &Place) -> Serving {
    add_first_tenant(world, place);
    place.json_with(&["user", "add", OPERATOR.0, "--name", "Asha"], &format!("{}\n", OPERATOR.1));
    let (account, zoom) = world.first();
    for email in people() {
        world.preset.leadsquared.add_user(&account.org, &email, ("Sales", "User"), UserStatus::Active);
        if email.ends_with("@sunrise.example") {
            let name = |text: &str| text.to_owned();
            let user = NewUser {
                email,
                first_name: name("Sales"),
                last_name: name("User"),
                role: Role::Member,
                licensed: true,
                webinar_capacity: None,
            };
            world.preset.zoom.add_user(&zoom.id, user);
        }
    }
    sign_first_tenant_in_with(world, place, "meetings").await;
    place.serve()
}

/// A link for each, as the admin makes them on the page.
async fn links(url: &str) -> Vec<(String, String)> {
    let admin = Browser::new().unwrap();
    let page = admin.open(&format!("{url}/sign-in")).await.unwrap();
    let form = page.form("/sign-in").unwrap();
    admin.send(&page, &form, &[("email", OPERATOR.0), ("password", OPERATOR.1)]).await.unwrap().good().unwrap();
    let page = admin.open(&format!("{url}/t/sunrise/sales-users")).await.unwrap().good().unwrap();
    let form = page.form("/sales-users/link").unwrap();
    let mut links = Vec::new();
    for email in people() {
        let made = admin.send(&page, &form, &[("email", &email)]).await.unwrap().good().unwrap();
        let (_, rest) = made.html.split_once("/sales/").unwrap_or_else(|| panic!("no link: {}", made.html));
        links.push((email, format!("{url}/sales/{}", rest.split('"').next().unwrap())));
    }
    links
}

/// A meeting as its page shows it in the end.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    topic: String,
    join: String,
}

async fn ask(browser: &Browser, url: &str, topic: &str) -> Page {
    let page = browser.open(&format!("{url}/t/sunrise/schedule?lead=lead%40customers.example")).await.unwrap();
    let page = page.good().unwrap();
    let form = page.form("/schedule").unwrap();
    let filled = [("topic", topic), ("start", "2027-03-01T10:00")];
    browser.send(&page, &form, &filled).await.unwrap().good().unwrap()
}

/// One sales user: takes the link, asks for all meetings, and follows each on its own page.
async fn sell(url: String, (email, link): (String, String)) -> Vec<Seen> {
    let browser = Browser::new().unwrap();
    let page = browser.open(&link).await.unwrap().good().unwrap();
    let path = link.strip_prefix(&url).unwrap();
    browser.send(&page, &page.form(path).unwrap(), &[]).await.unwrap().good().unwrap();
    let mut asked = Vec::new();
    for number in 0..MEETINGS {
        let topic = format!("Call {number} of {email}");
        asked.push((ask(&browser, &url, &topic).await.url, topic));
    }
    let clock = Clock::machine();
    let mut seen = Vec::new();
    for (address, topic) in asked {
        loop {
            let page = browser.open(&address).await.unwrap().good().unwrap();
            assert!(page.html.contains(&format!("<h1>{topic}</h1>")), "{address} shows another meeting");
            if page.html.contains("What happened") {
                let (_, rest) = page.html.split_once("id=\"join\">").unwrap_or_else(|| panic!("{}", page.html));
                seen.push(Seen { topic, join: rest.split('<').next().unwrap().to_owned() });
                break;
            }
            assert!(clock.monotonic_ms() < PATIENCE_MS, "{topic} is not made: {}", page.html);
            sleep_ms(LOOK_MS).await;
        }
    }
    seen
}

async fn sell_at_once(world: &World, place: Place) {
    let serving = open(world, &place).await;
    let url = serving.url();
    let (links, day) = (links(&url).await, Clock::machine().now_ms() / DAY_MS);
    let one_from_elsewhere = links.last().unwrap().0.clone();
    let clock = Clock::machine();
    let mut people: JoinSet<Vec<Seen>> = links.into_iter().map(|link| sell(url.clone(), link)).collect();
    let mut seen = Vec::new();
    while let Some(done) = people.join_next().await {
        seen.extend(done.unwrap());
    }
    let all = (OWN_HOSTS + ELSEWHERE) * MEETINGS;
    let seconds = clock.monotonic_ms() / 1_000;
    // Straight to the terminal: what a passing test prints is not shown.
    let _ = writeln!(std::io::stderr(), "{all} meetings, each followed to its end, in {seconds} s");
    assert_eq!(seen.len(), all);
    let joins: BTreeSet<&str> = seen.iter().map(|one| one.join.as_str()).collect();
    assert_eq!(joins.len(), all, "each page leads into its own meeting");
    check_world(world, &seen);
    let made = || world.preset.zoom.history().meetings.iter().filter(|meeting| meeting.created_by_api).count();
    // One more on the host whose day is full waits, and says so.
    let admin = Browser::new().unwrap();
    let page = admin.open(&format!("{url}/sign-in")).await.unwrap();
    let form = page.form("/sign-in").unwrap();
    admin.send(&page, &form, &[("email", OPERATOR.0), ("password", OPERATOR.1)]).await.unwrap().good().unwrap();
    let page = admin.open(&format!("{url}/t/sunrise/schedule?by={one_from_elsewhere}")).await.unwrap();
    if Clock::machine().now_ms() / DAY_MS == day {
        assert!(page.html.contains("no meeting left today"), "{}", page.html);
        let asked = ask(&admin, &url, "One too many").await;
        let held = world.holds_within(3_000, |_| made() > all).await;
        assert!(!held, "the hundred and first is not sent before the day is over");
        let page = admin.open(&asked.url).await.unwrap();
        assert!(page.html.contains("00:00 UTC"), "{}", page.html);
    }
    serving.stop();
}

/// What stands in Zoom and in LeadSquared: everything once.
fn check_world(world: &World, seen: &[Seen]) {
    let history = world.preset.zoom.history();
    let mut by_host: BTreeMap<String, usize> = BTreeMap::new();
    let mut topics: Vec<String> = Vec::new();
    for meeting in history.meetings.iter().filter(|meeting| meeting.created_by_api) {
        *by_host.entry(meeting.host_email.clone()).or_default() += 1;
        topics.push(meeting.topic.clone());
        let page = seen.iter().find(|one| one.topic == meeting.topic).unwrap();
        assert!(page.join.contains(&meeting.number.to_string()), "{page:?} is not {}", meeting.number);
    }
    topics.sort();
    let mut wanted: Vec<String> = seen.iter().map(|one| one.topic.clone()).collect();
    wanted.sort();
    assert_eq!(topics, wanted, "every meeting once");
    assert!(by_host.values().all(|count| *count <= HOST_DAY), "{by_host:?}");
    assert_eq!(by_host.len(), OWN_HOSTS + 1, "{by_host:?}");
    assert_eq!(by_host[&world.first().1.admin_email], ELSEWHERE * MEETINGS);
    let crm = world.crm();
    assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (1, wanted.len(), wanted.len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sales_users_schedule_five_hundred_meetings_at_once_on_sqlite() {
    let world = World::open().await;
    let place = world.place();
    sell_at_once(&world, place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sales_users_schedule_five_hundred_meetings_at_once_on_postgresql() {
    let Some(store) = fresh_postgres().await else { return };
    let world = World::open().await;
    let place = world.place().with("ZOOM_CONNECTOR__STORE__URL", &store);
    sell_at_once(&world, place).await;
}
