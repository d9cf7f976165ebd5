//! Requests with keys of their own, sent to two processes over one PostgreSQL at once: there is one effect, and both answer alike.

use super::api_keys::send;
use super::binary::{Place, Serving};
use super::databases::fresh_postgres;
use super::world::{Api, World, add_first_tenant};
use connector_server::clock::sleep_ms;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Requests that are sent to both at once: fewer than a tenant may have keys.
const ROUNDS: usize = 40;
/// How often it is looked for what is to come, and how long it is waited between, in milliseconds.
const LOOKS_MAX: usize = 3_000;
const LOOK_MS: i64 = 20;
/// The master key that both share.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// Where a tenant's keys of the API are.
const KEYS: &str = "/tenants/sunrise/api-keys";

/// Two processes over one database, and a key of the API.
struct Two {
    first: Serving,
    second: Serving,
    key: String,
    _places: [Place; 2],
}

impl Two {
    /// With the first tenant.
    fn start(world: &World, store: &str) -> Self {
        let place =
            world.place().with("ZOOM_CONNECTOR__STORE__URL", store).with("ZOOM_CONNECTOR__KEYS__MASTER", MASTER);
        add_first_tenant(world, &place);
        let key = place.json(&["user", "add-key", "twice"])["key"].as_str().unwrap().to_owned();
        let first = place.serve();
        let beside = Place::beside(&place, &first.url());
        Self { second: beside.serve(), first, key, _places: [place, beside] }
    }
}

/// Sends a request until it is no longer under way: whether it is an answer from before, and the answer.
async fn sent(serving: &Serving, key: &str, (path, name): (&str, &str), body: &Value) -> (bool, u16, Value) {
    for _ in 0..LOOKS_MAX {
        let (status, replayed, answer) = send(&serving.url(), key, (path, name), body.clone()).await;
        if answer["code"] != "idempotency.under_way" {
            return (replayed, status, answer);
        }
        assert_eq!(status, 409);
        sleep_ms(LOOK_MS).await;
    }
    panic!("{name} is under way for ever");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_at_two_processes_at_once_is_done_once_and_answered_alike() {
    let Some(store) = fresh_postgres().await else { return };
    let world = World::open().await;
    let two = Two::start(&world, &store);
    let (mut keys, mut by_second) = (BTreeSet::new(), 0);
    for round in 0..ROUNDS {
        let name = format!("round-{round}");
        let body = json!({ "name": name, "scopes": ["read"] });
        let (one, other) = tokio::join!(
            sent(&two.first, &two.key, (KEYS, &name), &body),
            sent(&two.second, &two.key, (KEYS, &name), &body),
        );
        assert_eq!((one.1, other.1), (201, 201), "{name}: {} {}", one.2, other.2);
        assert!(one.0 != other.0, "{name}: one did it, the other was told");
        // Nobody could make the same secret twice.
        assert_eq!(one.2, other.2, "{name}");
        keys.insert(one.2["key"].as_str().unwrap().to_owned());
        by_second += usize::from(one.0);
    }
    assert_eq!(keys.len(), ROUNDS);
    let listed = Api::new(&two.second.url(), &two.key).answer(("GET", KEYS), None, 200).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), ROUNDS, "one effect each; {by_second} by the second process");
}
