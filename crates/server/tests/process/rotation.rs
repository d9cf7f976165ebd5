//! A new master key with the real binary: made while a service runs, killed in the middle, from a file and from the environment.

use super::api_keys::send;
use super::binary::Place;
use super::webhook;
use super::world::{Api, World, add_first_tenant, sign_first_tenant_in};
use connector_core::ids::TenantId;
use connector_server::clock::sleep_ms;
use connector_server::connections::keyring::{self, Keyring};
use connector_server::connections::master::Source;
use connector_server::store::tenant::{self, TenantRow};
use connector_server::store::{Store, StoreError};
use connector_simulator::clock::Clock;
use serde_json::{Value, json};
use std::io::Write as _;

/// Accounts whose keys are sealed anew while the command is killed.
const ACCOUNTS: usize = 1_500;
/// How often it is killed, each time so much later, in milliseconds.
const KILLS: i64 = 24;
const LATER_MS: i64 = 8;
const MASTER: &str = "ZOOM_CONNECTOR__KEYS__MASTER";
const PREVIOUS: &str = "ZOOM_CONNECTOR__KEYS__PREVIOUS";
/// Where the addresses of a tenant's actions are; they hold a secret made from the tenant's key.
const ADDRESSES: &str = "/leadsquared/addresses";

/// Straight to the terminal: what a passing test prints is not shown.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Somebody registers; answers when the activity stands in LeadSquared.
async fn register(world: &World, connector: &str, person: &str) {
    let before = world.crm().activities.len();
    let now_ms = Clock::Machine.now_ms();
    let body = webhook::registration(&world.first().1.id, person, now_ms);
    let url = format!("{connector}/zoom/webinars/webhook");
    assert_eq!(webhook::send(&url, &body, &world.preset.apps[1].secret_token, now_ms).await, 200);
    world.until(&format!("an activity of {person}"), |world| world.crm().activities.len() > before).await;
}

/// What the API is asked for to set the second tenant up.
fn second_tenant(world: &World) -> Value {
    let account = &world.preset.crm_accounts[1];
    json!({
        "tenant": account.org,
        "access_key": account.access_key,
        "secret_key": account.secret_key,
        "leadsquared_api": world.leadsquared_url(),
    })
}

/// Sets the second tenant up through the command line.
fn add_second_tenant(world: &World, place: &Place) {
    let (account, url) = (&world.preset.crm_accounts[1], world.leadsquared_url());
    let add = ["tenant", "add", &account.org, "--leadsquared-api", &url, "--access-key", &account.access_key];
    place.json_with(&[&add[..], &["--secret-key", "-"]].concat(), &account.secret_key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_runs_goes_on_under_the_new_key() {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    sign_first_tenant_in(&world, &place).await;
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let serving = place.serve();
    register(&world, &serving.url(), "before").await;
    let ask = second_tenant(&world);
    let (status, _, made) = send(&serving.url(), &key, ("/tenants", "k1"), ask.clone()).await;
    assert_eq!(status, 201, "{made}");
    let old = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    place.json(&["backup", "before.db"]);

    let rotated = place.json(&["rotate-key"]);
    assert_eq!((&rotated["sealed"], &rotated["finished"]), (&json!(3), &json!(false)), "two accounts and an answer");
    let new = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    assert_ne!(new, old);
    assert_eq!(std::fs::read_to_string(place.path("data/master.key.previous")).unwrap(), old);
    register(&world, &serving.url(), "after").await;
    let (_, replayed, again) = send(&serving.url(), &key, ("/tenants", "k1"), ask).await;
    assert!(replayed && again == made, "what was sealed before is opened: {again}");
    let api = Api::new(&serving.url(), &key);
    let address =
        async |api: &Api, org: &str| api.answer(("GET", &format!("/tenants/{org}{ADDRESSES}")), None, 200).await;
    let (first, second) = (address(&api, "sunrise").await, address(&api, "northwind").await);
    assert_eq!(place.json(&["rotate-key"])["sealed"], 0, "no third key while the one before is there");
    assert_eq!(std::fs::read_to_string(place.path("data/master.key")).unwrap(), new);

    let said = place.run(&["rotate-key", "--finish"]);
    assert!(said.stdout.contains("master.key.previous is removed"), "{} {}", said.stdout, said.stderr);
    assert!(!place.path("data/master.key.previous").exists());
    register(&world, &serving.url(), "finished").await;
    serving.stop();
    let serving = place.serve();
    let api = Api::new(&serving.url(), &key);
    register(&world, &serving.url(), "anew").await;
    assert_eq!((address(&api, "sunrise").await, address(&api, "northwind").await), (first, second));
    serving.stop();
    check_older_backup(&place, &old);
}

/// A backup from before opens with the key from before only, and is sealed anew after it was restored.
fn check_older_backup(place: &Place, old: &str) {
    let said = place.refused(&["restore", "before.db"], "");
    assert!(said.contains("does not open 2 of 2 accounts"), "{said}");
    std::fs::write(place.path("data/master.key.previous"), old).unwrap();
    assert_eq!(place.json(&["restore", "before.db"])["accounts"], 2);
    assert_eq!(place.json(&["rotate-key", "--finish"])["sealed"], 3);
    assert!(!place.path("data/master.key.previous").exists());
    let findings = place.json(&["check"]);
    let crm = findings.as_array().unwrap().iter().find(|one| one["what"] == "sunrise: LeadSquared").unwrap();
    assert_eq!(crm["fares"], "good", "{findings}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_from_the_environment_is_replaced_with_both_configured() {
    let world = World::open().await;
    let (old, new) = ("0a".repeat(32), "0b".repeat(32));
    let place = world.place().with(MASTER, &old);
    add_first_tenant(&world, &place);
    sign_first_tenant_in(&world, &place).await;
    let said = place.refused(&["rotate-key"], "");
    assert!(said.contains("keys.previous") && said.contains("openssl rand -hex 32"), "{said}");

    // A service that was not told yet: it goes on with what it has, and destroys nothing.
    let serving = place.serve();
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    register(&world, &serving.url(), "before").await;
    let place = place.with(MASTER, &new).with(PREVIOUS, &old);
    assert_eq!(place.json(&["rotate-key"])["sealed"], 1);
    register(&world, &serving.url(), "after").await;
    add_second_tenant(&world, &place);
    let (status, _) = Api::new(&serving.url(), &key).look(&format!("/tenants/northwind{ADDRESSES}")).await;
    assert_eq!(status, 503, "an account of the new key is out of its reach");
    serving.stop();

    let serving = place.serve();
    register(&world, &serving.url(), "both").await;
    let (status, _) = Api::new(&serving.url(), &key).look(&format!("/tenants/northwind{ADDRESSES}")).await;
    assert_eq!(status, 200);
    serving.stop();
    let said = place.run(&["rotate-key", "--finish"]);
    assert!(said.stdout.contains("Take keys.previous out"), "{} {}", said.stdout, said.stderr);
    let place = place.with(PREVIOUS, "");
    let serving = place.serve();
    register(&world, &serving.url(), "new").await;
    serving.stop();
    assert!(!place.path("data/master.key").exists() && !place.path("data/master.key.previous").exists());
    let place = place.with(MASTER, &old);
    let findings = place.run(&["--json", "check"]).stdout;
    assert!(findings.contains("is this the master key of this database?"), "the old key opens nothing: {findings}");
}

fn source(place: &Place) -> Source {
    Source { master: String::new(), previous: String::new(), folder: place.path("data") }
}

async fn store(place: &Place) -> Store {
    Store::open(&format!("sqlite://{}", place.path("data/connector.db").display())).await.unwrap()
}

/// Many accounts, beside the first tenant, whose row is copied.
async fn fill(place: &Place) -> Result<(), StoreError> {
    let (store, source) = (store(place).await, source(place));
    let keys = Keyring::new(source.clone(), source.read().unwrap().unwrap());
    let first = store.read(|unit| Box::pin(tenant::all(unit))).await?.remove(0);
    store
        .write(move |unit| {
            Box::pin(async move {
                for number in 0..ACCOUNTS {
                    let id = TenantId::parse(&format!("account-{number}")).unwrap();
                    let row = TenantRow { data_key: keys.make(&id).1, tenant: id, ..first.clone() };
                    tenant::insert(unit, &row).await?;
                }
                Ok(())
            })
        })
        .await?;
    store.close().await;
    Ok(())
}

/// How many accounts the current key opens, after it was made sure that one of both opens each.
async fn sealed_anew(place: &Place) -> usize {
    let (store, mut both) = (store(place).await, source(place).read().unwrap().unwrap());
    let rows = store.read(|unit| Box::pin(tenant::all(unit))).await.unwrap();
    store.close().await;
    assert_eq!(rows.len(), ACCOUNTS + 1);
    let shut = rows.iter().filter(|row| !keyring::opens(&both, &row.tenant, &row.data_key)).count();
    assert_eq!(shut, 0, "accounts that nothing opens any more");
    both.previous = None;
    rows.iter().filter(|row| keyring::opens(&both, &row.tenant, &row.data_key)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_no_account_and_goes_on_when_it_is_run_again() {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    fill(&place).await.unwrap();
    let (mut none, mut some, mut all) = (0, 0, 0);
    for step in 0..KILLS {
        let before = std::fs::read(place.path("data/master.key")).unwrap();
        let process = place.start(&["rotate-key"]);
        sleep_ms(step * LATER_MS).await;
        process.kill();
        let is_new = std::fs::read(place.path("data/master.key")).unwrap() != before;
        match sealed_anew(&place).await {
            anew if !is_new => {
                assert_eq!(anew, ACCOUNTS + 1);
                none += 1;
            }
            anew if anew == ACCOUNTS + 1 => all += 1,
            _ => some += 1,
        }
        if step == 0 {
            // As a power cut leaves it between the two files.
            let key = |name: &str| place.path(&format!("data/{name}"));
            std::fs::copy(key("master.key"), key("master.key.previous")).unwrap();
        }
        place.json(&["rotate-key"]);
        assert_ne!(std::fs::read(place.path("data/master.key")).unwrap(), before, "step {step}");
        assert_eq!(sealed_anew(&place).await, ACCOUNTS + 1, "step {step}");
        place.json(&["rotate-key", "--finish"]);
    }
    for _ in 0..4 {
        let both = [place.start(&["rotate-key"]), place.start(&["rotate-key"])];
        let ended = both.map(|process| process.end());
        assert!(ended.contains(&Some(0)), "{ended:?}");
        assert_eq!(sealed_anew(&place).await, ACCOUNTS + 1, "two at once");
        place.json(&["rotate-key", "--finish"]);
    }
    let clock = connector_server::clock::Clock::machine();
    place.json(&["rotate-key"]);
    say(&format!("{ACCOUNTS} accounts in {} ms", clock.monotonic_ms()));
    say(&format!("{none} killed before there was a new key, {some} while accounts were sealed anew, {all} after it"));
    assert!(some > 0, "it was never killed in the middle: this showed nothing");
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
}
