//! Several processes of the binary over one PostgreSQL, as several machines would be: each has its own folder, address and pools,
//! and they share the database and the master key. What two of them must never both do is tried until it would show.
//!
//! `CONNECTOR_TEST_LONG=1` makes every round as often as the promise says; without it there are fewer.

use super::binary::{Place, Serving};
use super::databases::{fresh_postgres, raw};
use super::world::{Api, World, add_first_tenant, consent, sign_first_tenant_in};
use connector_server::clock::sleep_ms;
use connector_simulator::fault::Fault;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Row as _};
use std::io::Write as _;

/// Set, everything is tried as often as promised.
const LONG: &str = "CONNECTOR_TEST_LONG";
/// Processes that want a token.
const PROCESSES: usize = 5;
/// Callers of each process that want it at once.
const CALLERS: usize = 100;
/// The master key that all share.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// How often a process that was told to come again is asked, and how long it waits between, in milliseconds.
const AGAIN_MAX: usize = 2_000;
const AGAIN_MS: i64 = 5;

fn times(short: u32, long: u32) -> u32 {
    if std::env::var_os(LONG).is_some() { long } else { short }
}

/// Straight to the terminal: what a passing test prints is not shown.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A place of its own for each process, all over one database.
fn places(world: &World, store: &str, count: usize) -> Vec<Place> {
    let place = || world.place().with("ZOOM_CONNECTOR__STORE__URL", store).with("ZOOM_CONNECTOR__KEYS__MASTER", MASTER);
    (0..count).map(|_| place()).collect()
}

fn apis(place: &Place, serving: &[Serving]) -> Vec<Api> {
    let key = place.json(&["user", "add-key", "fleet"])["key"].as_str().unwrap().to_owned();
    serving.iter().map(|serving| Api::new(&serving.url(), &key)).collect()
}

/// Asks for something that needs a token; whether there was one. Nobody may be told that the sign-in is dead.
async fn ask(api: &Api) -> bool {
    // A connection that was idle may be closed just as it is used again; that is nobody's answer.
    let Ok((status, answer)) = api.try_to_call("GET", "/tenants/sunrise/webinars", None).await else { return false };
    let later = answer["detail"].as_str().is_some_and(|detail| !detail.contains("sign in with Zoom"));
    assert!(status == 200 || (status == 502 && later), "{status} {answer}");
    status == 200
}

async fn number(database: &mut AnyConnection, statement: &'static str) -> i64 {
    sqlx::query(statement).fetch_one(database).await.unwrap().get("n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_processes_with_a_hundred_callers_each_refresh_once_for_each_expiry() {
    let Some(store) = fresh_postgres().await else { return };
    let expiries = times(5, 100);
    let world = World::open().await;
    let places = places(&world, &store, PROCESSES);
    let first = places.last().unwrap();
    add_first_tenant(&world, first);
    sign_first_tenant_in(&world, first).await;
    let serving: Vec<Serving> = places.iter().map(Place::serve).collect();
    let apis = apis(first, &serving);
    let mut database = raw(&store).await;
    let version = number(&mut database, "select version as n from zoom_grant").await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_race_for_one_zoom_user_on_two_processes_and_one_of_them_holds_it() {
    let Some(store) = fresh_postgres().await else { return };
    let races = times(50, 1_000);
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
    let mut database = raw(&store).await;
    let admin = world.first().1.admin.clone();
    let (sunrise, northwind) = (world.first().0.org.clone(), other.org.clone());
    for race in 0..races {
        let one = offered(&apis[0], &sunrise, &admin).await;
        let two = offered(&apis[1], &northwind, &admin).await;
        let confirm = |tenant: &str| format!("/tenants/{tenant}/connections/webinars/sign-in/confirm");
        let (one_path, two_path) = (confirm(&sunrise), confirm(&northwind));
        let (one, two) =
            tokio::join!(apis[0].call("POST", &one_path, Some(&one)), apis[1].call("POST", &two_path, Some(&two)),);
        // Who was overtaken at once may find its own connection ended when it looks for it.
        for (status, answer) in [&one, &two] {
            assert!(*status < 500, "race {race}: {status} {answer}");
        }
        let open = "select count(*) as n from connection where ended_ms is null and app = 'webinars'";
        assert_eq!(number(&mut database, open).await, 1, "race {race}");
    }
    say(&format!("{races} races on two processes: one connection after each"));
}
