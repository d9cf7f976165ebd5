//! Several processes of the binary over one PostgreSQL, as several machines would be: each has its own folder, address and pools,
//! and they share the database and the master key. What two of them must never both do is tried until it would show.
//!
//! `CONNECTOR_TEST_LONG=1` tries everything as often as it is promised; without it there are fewer rounds.

use super::binary::{Place, Serving};
use super::databases::{fresh_postgres, raw};
use super::webhook;
use super::world::{Api, World, add_first_tenant, consent, sign_first_tenant_in};
use connector_server::clock::sleep_ms;
use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Row as _};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// Processes that want a token.
const PROCESSES: usize = 5;
/// Callers of each process that want it at once.
const CALLERS: usize = 100;
/// How often the token runs out, ordinarily and as promised.
const EXPIRIES: (u32, u32) = (20, 100);
/// How often two tenants sign in with one Zoom user at once, ordinarily and as promised.
const RACES: (usize, usize) = (50, 1_000);
/// Connections of each to read and to write by: all together fewer than a PostgreSQL takes as it comes.
const CONNECTIONS_MAX: &str = "8";
/// The master key that all share.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// How often a process that was told to come again is asked, and how long it waits between, in milliseconds.
const AGAIN_MAX: usize = 2_000;
const AGAIN_MS: i64 = 5;

/// As often as promised, where that is asked for.
fn times<T>((few, promised): (T, T)) -> T {
    if std::env::var_os("CONNECTOR_TEST_LONG").is_some() { promised } else { few }
}

/// Straight to the terminal: what a passing test prints is not shown.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A place of its own for each process, all over one database.
fn places(world: &World, store: &str, count: usize) -> Vec<Place> {
    let place = || world.place().with("ZOOM_CONNECTOR__STORE__URL", store).with("ZOOM_CONNECTOR__KEYS__MASTER", MASTER);
    (0..count).map(|_| place().with("ZOOM_CONNECTOR__STORE__CONNECTIONS_MAX", CONNECTIONS_MAX)).collect()
}

fn apis(place: &Place, serving: &[Serving]) -> Vec<Api> {
    let key = place.json(&["user", "add-key", "fleet"])["key"].as_str().unwrap().to_owned();
    serving.iter().map(|serving| Api::new(&serving.url(), &key)).collect()
}

/// Asks for something that needs a token; whether there was one. Nobody may be told that the sign-in is dead.
async fn ask(api: &Api) -> bool {
    let (status, answer) = api.look("/tenants/sunrise/webinars").await;
    if status != 200 {
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let later = answer["detail"].as_str().is_some_and(|detail| !detail.contains("sign in with Zoom"));
        assert!(status == 502 && later, "{status} {answer}");
    }
    status == 200
}

async fn number(database: &mut AnyConnection, statement: &'static str) -> i64 {
    sqlx::query(statement).fetch_one(database).await.unwrap().get("n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_with_a_hundred_callers_each_refresh_once_for_each_expiry() {
    let Some(store) = fresh_postgres().await else { return };
    let world = World::open().await;
    let places = places(&world, &store, PROCESSES);
    let first = places.last().unwrap();
    add_first_tenant(&world, first);
    sign_first_tenant_in(&world, first).await;
    let serving: Vec<Serving> = places.iter().map(Place::serve).collect();
    let apis = apis(first, &serving);
    let mut database = raw(&store).await;
    let version = number(&mut database, "select version as n from zoom_grant").await;
    let expiries = times(EXPIRIES);
    // One call more than there are expiries, and Zoom ends the grant.
    let ended = r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#.to_owned();
    world.preset.zoom.faults().plan("oauth.token", (expiries, u32::MAX), Fault::Answer(400, ended));
    for _ in 0..expiries {
        // Nothing else can move the clocks of five processes.
        sqlx::query("update zoom_grant set expires_ms = 1").execute(&mut database).await.unwrap();
        join_all(apis.iter().flat_map(|api| (0..CALLERS).map(move |_| ask(api)))).await;
        for api in &apis {
            let mut tries = 0;
            while !ask(api).await {
                tries += 1;
                assert!(tries < AGAIN_MAX, "the token does not come");
                sleep_ms(AGAIN_MS).await;
            }
        }
    }
    assert_eq!(number(&mut database, "select version as n from zoom_grant").await, version + i64::from(expiries));
    let active = "select count(*) as n from connection where ended_ms is null and state = 'active'";
    assert_eq!(number(&mut database, active).await, 1, "no invalid_grant was seen");
    say(&format!(
        "{PROCESSES} processes, {CALLERS} callers, {expiries} expiries: {expiries} token calls, 0 invalid_grant"
    ));
}

/// A sign-in of that tenant up to the question; what confirms it.
async fn offered(api: &Api, tenant: &str, zoom_user: &str) -> Value {
    let base = format!("/tenants/{tenant}/connections/webinars/sign-in");
    let begun = api.answer(("POST", &base), None, 201).await;
    let callback = consent(begun["authorize_url"].as_str().unwrap(), zoom_user).await;
    let complete = json!({ "callback_url": callback, "secret": begun["secret"] });
    let offer = api.answer(("POST", &format!("{base}/complete")), Some(complete), 200).await;
    json!({ "state": offer["state"], "secret": begun["secret"] })
}

async fn confirm(api: &Api, tenant: &str, offer: &Value) {
    let path = format!("/tenants/{tenant}/connections/webinars/sign-in/confirm");
    let (status, answer) = api.call("POST", &path, Some(offer)).await;
    // Who was overtaken at once may find its own connection ended when it looks for it.
    assert!(status < 500, "{status} {answer}");
}

/// An event of the first Zoom account that the connector keeps and nothing follows from.
fn event(world: &World, name: &str, at_ms: i64) -> String {
    let account = &world.first().1.id;
    json!({ "event": name, "event_ts": at_ms, "payload": { "account_id": account, "object": {} } }).to_string()
}

/// Zoom tells of something at the door of that process.
async fn tell(world: &World, serving: &Serving, (name, at_ms): (&str, i64)) {
    let url = format!("{}/zoom/webinars/webhook", serving.url());
    let secret = &world.preset.apps[1].secret_token;
    let now_ms = Clock::Machine.now_ms();
    assert_eq!(webhook::send(&url, &event(world, name, at_ms), secret, now_ms).await, 200, "{name}");
}

/// Looks at the database all the time until it is told to stop; how often it looked. There is one connection at every look.
async fn watch(store: &str, stop: &AtomicBool) -> u64 {
    let mut database = raw(store).await;
    let open = "select count(*) as n from connection where ended_ms is null and app = 'webinars'";
    let mut looks = 0;
    while !stop.load(Ordering::Relaxed) {
        assert_eq!(number(&mut database, open).await, 1, "look {looks}");
        looks += 1;
    }
    looks
}

/// Both tenants sign in so often with one Zoom user, on a process each. Whose the sign-in was after each race.
async fn race(world: &World, serving: &[Serving; 2], (apis, store): (&[Api], &str)) -> Vec<String> {
    let admin = &world.first().1.admin;
    let [sunrise, northwind] = [0, 1].map(|place| world.preset.crm_accounts[place].org.as_str());
    let mut database = raw(store).await;
    let mut winners: Vec<String> = Vec::new();
    let mut held_ms = 0;
    for race in 0..times(RACES) {
        let one = offered(&apis[0], sunrise, admin).await;
        let two = offered(&apis[1], northwind, admin).await;
        let during = format!("webinar.during_{race}");
        tokio::join!(
            confirm(&apis[0], sunrise, &one),
            confirm(&apis[1], northwind, &two),
            tell(world, &serving[race % 2], (&during, Clock::Machine.now_ms())),
        );
        if race > 0 {
            // What happened before this race is told late, and still belongs to who was connected then.
            tell(world, &serving[race % 2], (&format!("webinar.late_{}", race - 1), held_ms)).await;
        }
        held_ms = Clock::Machine.now_ms();
        tell(world, &serving[(race + 1) % 2], (&format!("webinar.after_{race}"), held_ms)).await;
        let holder = "select tenant from connection where ended_ms is null and app = 'webinars'";
        winners.push(sqlx::query(holder).fetch_one(&mut database).await.unwrap().get("tenant"));
        // The next race begins in another millisecond than this event happened.
        sleep_ms(2).await;
    }
    winners
}

/// Every event stands in one journal, and what came after a race in that of its winner.
async fn check_journal(store: &str, winners: &[String]) {
    let mut database = raw(store).await;
    let rows = "select tenant, event from journal where source = 'zoom:webinars'";
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in sqlx::query(rows).fetch_all(&mut database).await.unwrap() {
        seen.entry(row.get("event")).or_default().push(row.get("tenant"));
    }
    for (race, winner) in winners.iter().enumerate() {
        let tenants = |kind: &str| seen.get(&format!("webinar.{kind}_{race}")).cloned().unwrap_or_default();
        assert_eq!(tenants("during").len(), 1, "race {race}");
        assert_eq!(tenants("after"), std::slice::from_ref(winner), "race {race}");
        if race + 1 < winners.len() {
            assert_eq!(tenants("late"), std::slice::from_ref(winner), "race {race}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_race_for_one_zoom_user_on_two_processes_and_one_of_them_holds_it_at_every_instant() {
    let Some(store) = fresh_postgres().await else { return };
    let world = World::open().await;
    // Redirect addresses are one for all processes, as behind one public address.
    let place = world.place().with("ZOOM_CONNECTOR__STORE__URL", &store).with("ZOOM_CONNECTOR__KEYS__MASTER", MASTER);
    add_first_tenant(&world, &place);
    let other = &world.preset.crm_accounts[1];
    let add = ["tenant", "add", &other.org, "--leadsquared-api", &world.leadsquared_url(), "--access-key"];
    place.json_with(&[&add[..], &[&other.access_key, "--secret-key", "-"]].concat(), &other.secret_key);
    let first = place.serve();
    let beside = Place::beside(&place, &first.url());
    let serving = [first, beside.serve()];
    let apis = apis(&place, &serving);
    sign_first_tenant_in(&world, &place).await;
    let stop = AtomicBool::new(false);
    let raced = async {
        let winners = race(&world, &serving, (&apis, &store)).await;
        stop.store(true, Ordering::Relaxed);
        winners
    };
    let (winners, looks) = tokio::join!(raced, watch(&store, &stop));
    check_journal(&store, &winners).await;
    let northwind = winners.iter().filter(|winner| **winner == other.org).count();
    assert!(
        northwind > 0 && northwind < winners.len() && looks > winners.len() as u64,
        "{northwind} of {}, {looks} looks",
        winners.len()
    );
    say(&format!(
        "{} races on two processes, {northwind} of them won by the second: one connection at each of {looks} looks, no event across",
        winners.len()
    ));
}
