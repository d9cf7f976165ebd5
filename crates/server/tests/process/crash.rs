//! Killed in the middle of traffic, several times, and started again: whatever was answered with 200 reaches LeadSquared,
//! and once. The only test that waits for minutes: a call whose answer went with the process is known only by a read
//! that comes 150 s after its deadline.

use super::binary::{Place, Serving};
use super::databases::fresh_postgres;
use super::webinar::Webinar;
use super::world::{Api, World, add_first_tenant, sign_first_tenant_in};
use connector_server::clock::{Clock, sleep_ms};
use connector_simulator::zoom::Mischief;

/// People who register, join and leave.
const PEOPLE: i64 = 120;
/// How long LeadSquared takes for an answer, in milliseconds: some calls are always under way.
const ANSWER_MS: i64 = 120;
/// Zoom's retries come so much faster than in life, per thousand: five minutes become 3 s.
const RETRY_SCALE_PER_1000: i64 = 10;
/// The moment to kill is waited for at the most so long, in milliseconds.
const MOMENT_MS: i64 = 6_000;
/// Everything has to be there so long after the last kill, in milliseconds.
const SETTLED_MS: i64 = 240_000;
/// How often it is looked, in milliseconds.
const LOOK_MS: i64 = 500;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many calls to LeadSquared are under way, of any kind.
    Calls(usize),
    /// So many calls that make activities or tasks are under way.
    Posts(usize),
    /// Zoom has still so many webhooks to tell, or fewer.
    Webhooks(usize),
    /// It has only just begun to listen.
    Started,
}

/// Pages of deliveries that are looked through at the end.
const PAGES_MAX: usize = 10;

/// Waits for the moment, at the most [`MOMENT_MS`].
async fn wait_for(world: &World, moment: Moment) {
    let zoom = &world.preset.zoom;
    world
        .holds_within(MOMENT_MS, |world| match moment {
            Moment::Calls(count) => world.under_way() >= count,
            Moment::Posts(count) => world.posts_under_way() >= count,
            Moment::Webhooks(count) => zoom.undelivered() <= count,
            Moment::Started => true,
        })
        .await;
}

/// Whether anything is still on its way inside the connector.
async fn is_busy(api: &Api) -> bool {
    let anything = async |path: &str| {
        let page = api.answer(("GET", &format!("/tenants/sunrise/{path}&limit=1")), None, 200).await;
        !page["items"].as_array().unwrap().is_empty()
    };
    anything("journal?outcome=pending").await
        || anything("deliveries?state=ready").await
        || anything("deliveries?state=sending").await
        || anything("deliveries?state=unknown").await
}

/// Tells the webinar, with a kill at each of the moments.
async fn survive(place: Place, world: &World, moments: [Moment; 5]) {
    add_first_tenant(world, &place);
    sign_first_tenant_in(world, &place).await;
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let mut serving = place.serve();
    let url = serving.url();
    let zoom = &world.preset.zoom;
    zoom.set_retry_scale(RETRY_SCALE_PER_1000);
    let mischief =
        Mischief { doubled_per_100: 20, late_per_100: 5, unheard_per_100: 5, shuffled: true, ..Mischief::default() };
    zoom.set_mischief(mischief);
    world.slow_down(ANSWER_MS);
    // Planned 50 minutes ago, which a connection that is new still takes as its own.
    let mut webinar = Webinar::plan(world, 50);
    let mut broken_off = 0;
    for (part, moment) in moments.into_iter().enumerate() {
        match part {
            0 | 1 => webinar.register(PEOPLE / 2),
            2 => webinar.everybody_joins(),
            3 => webinar.leave(50),
            _ => webinar.leave(70),
        }
        wait_for(world, moment).await;
        broken_off += world.posts_under_way();
        serving.process.kill();
        serving = place.serve();
    }
    webinar.end();
    assert!(broken_off > 0, "no activity or task was under way at any kill: this showed nothing");
    check_settled(world, &Api::new(&url, &key), &serving).await;
}

async fn check_settled(world: &World, api: &Api, serving: &Serving) {
    let clock = Clock::machine();
    while world.preset.zoom.undelivered() > 0 || world.compare().lost > 0 || is_busy(api).await {
        let seen = world.compare();
        assert!(
            clock.monotonic_ms() < SETTLED_MS,
            "{} webhooks to tell, lost {}, doubled {}: {:#?}\n{}",
            world.preset.zoom.undelivered(),
            seen.lost,
            seen.duplicates,
            seen.differences,
            serving.process.stderr()
        );
        sleep_ms(LOOK_MS).await;
    }
    let seen = world.compare();
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}\n{}", seen.differences, serving.process.stderr());
    assert_eq!(world.preset.zoom.given_up(), 0, "every webhook was acknowledged");
    let people = usize::try_from(PEOPLE).unwrap();
    assert_eq!((seen.leads, seen.activities), (people, 3 * people));
    assert!(read_back(api).await > 0, "nothing had to be read back: this showed nothing");
}

/// Deliveries that were proven by reading or tried again, among all of them.
pub async fn read_back(api: &Api) -> usize {
    let (mut found, mut before) = (0, String::new());
    for _ in 0..PAGES_MAX {
        let path = format!("/tenants/sunrise/deliveries?limit=500{before}");
        let page = api.answer(("GET", &path), None, 200).await;
        let rows = page["items"].as_array().unwrap();
        found += rows.iter().filter(|row| row["proof"] == "marker" || row["tries"] != 0).count();
        match rows.last() {
            Some(last) if rows.len() == 500 => before = format!("&before={}", last["id"].as_str().unwrap()),
            Some(_) | None => break,
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_five_times_on_sqlite_it_loses_and_doubles_nothing() {
    let world = World::open().await;
    let moments = [Moment::Calls(2), Moment::Posts(2), Moment::Posts(3), Moment::Started, Moment::Posts(2)];
    survive(world.place(), &world, moments).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_five_times_on_postgresql_it_loses_and_doubles_nothing() {
    let Some(store) = fresh_postgres().await else { return };
    let world = World::open().await;
    let place = world.place().with("ZOOM_CONNECTOR__STORE__URL", &store);
    // The first kill leaves the tenant's lane claimed until its lease is over: the others strike the doors.
    let moments = [Moment::Posts(2), Moment::Webhooks(40), Moment::Webhooks(90), Moment::Started, Moment::Webhooks(20)];
    survive(place, &world, moments).await;
}
