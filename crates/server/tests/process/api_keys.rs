//! Keys of the API with scopes, and requests with keys of their own, at the real binary.

use super::api::{add_tenant, with_key};
use super::world::{Api, World};
use futures_util::future::join_all;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

/// Where a tenant's keys are.
const KEYS: &str = "/tenants/sunrise/api-keys";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_does_what_its_scopes_say_and_ends_at_once() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let scoped = async |scopes: Value| {
        let made = api.answer(("POST", KEYS), Some(json!({ "name": "narrow", "scopes": scopes })), 201).await;
        (Api::new(&serving.url(), made["key"].as_str().unwrap()), made["id"].as_str().unwrap().to_owned())
    };
    let (reader, _) = scoped(json!(["read"])).await;
    reader.answer(("GET", "/tenants/sunrise/journal"), None, 200).await;
    let choice = ("PUT", "/tenants/sunrise/removals/choice");
    let refused = reader.answer(choice, Some(json!({ "waiting": "drop" })), 403).await;
    assert_eq!((&refused["code"], &refused["scope"]), (&json!("request.scope"), &json!("write")));
    reader.refused(("GET", KEYS), None, (403, "request.scope")).await;
    assert_eq!(
        reader.answer(("GET", "/key"), None, 200).await,
        json!({ "name": "narrow", "tenant": "sunrise", "scopes": ["read"] })
    );

    let (writer, _) = scoped(json!(["write"])).await;
    writer.answer(choice, Some(json!({ "waiting": "drop" })), 200).await;
    writer.refused(("GET", "/tenants/sunrise/journal"), None, (403, "request.scope")).await;

    let (admin, id) = scoped(json!(["admin"])).await;
    admin.answer(("POST", KEYS), Some(json!({ "name": "more", "scopes": ["admin"] })), 201).await;
    let more = json!({ "name": "more", "scopes": ["write"] });
    admin.refused(("POST", KEYS), Some(more), (403, "request.forbidden")).await;
    let over = json!({ "name": "over", "scopes": ["admin"], "expires": "2020-01-01T00:00:00Z" });
    admin.refused(("POST", KEYS), Some(over), (422, "request.fields")).await;
    let listed = admin.answer(("GET", KEYS), None, 200).await;
    let one = listed["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap();
    assert!(one["used"].is_string() && one["made_by"] == "API key script", "{one}");
    assert!(!listed.to_string().contains("zck_"));
    api.answer(("DELETE", &format!("{KEYS}/{id}")), None, 204).await;
    admin.refused(("GET", KEYS), None, (401, "request.key")).await;

    let made = place.json(&["user", "add-key", "by hand", "--tenant", "sunrise", "--scope", "read"]);
    let by_hand = Api::new(&serving.url(), made["key"].as_str().unwrap());
    by_hand.refused(("POST", "/tenants/sunrise/alerts/test"), None, (403, "request.scope")).await;
    let keys = place.json(&["user", "keys", "--tenant", "sunrise"]);
    let mine = keys.as_array().unwrap().iter().find(|one| one["name"] == "by hand").unwrap();
    assert_eq!(mine["scopes"], json!(["read"]));
    place.json(&["user", "end-key", mine["id"].as_str().unwrap(), "--tenant", "sunrise"]);
    by_hand.refused(("GET", "/key"), None, (401, "request.key")).await;
}

/// Sends a request under a key of its own: status, whether it is an answer from before, answer.
pub async fn send(url: &str, key: &str, (path, name): (&str, &str), body: Value) -> (u16, bool, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = client.post(format!("{url}/api/v1{path}")).header(AUTHORIZATION, format!("Bearer {key}"));
    let response = call.header("idempotency-key", name).json(&body).send().await.unwrap();
    let replayed = response.headers().contains_key("idempotency-replayed");
    (response.status().as_u16(), replayed, response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_key_of_its_own_is_done_once() {
    let world = World::open().await;
    let place = world.place();
    let key = place.json(&["user", "add-key", "raw"]);
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let (url, key) = (serving.url(), key["key"].as_str().unwrap().to_owned());
    let body = json!({ "name": "once", "scopes": ["read"] });
    let all = (0..8).map(|_| send(&url, &key, (KEYS, "one"), body.clone()));
    let answers = join_all(all).await;
    let (mut made, mut first) = (0, Value::Null);
    for (status, replayed, answer) in answers {
        match (status, replayed) {
            (201, false) => {
                made += 1;
                first = answer;
            }
            (201, true) => {}
            (409, false) => assert_eq!(answer["code"], "idempotency.under_way"),
            other => panic!("{other:?}: {answer}"),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(send(&url, &key, (KEYS, "one"), body.clone()).await, (201, true, first));
    assert_eq!(api.answer(("GET", KEYS), None, 200).await["items"].as_array().unwrap().len(), 1);
    let other = send(&url, &key, (KEYS, "one"), json!({ "name": "other", "scopes": ["read"] })).await;
    assert_eq!((other.0, &other.2["code"]), (422, &json!("idempotency.other_request")));
    let refused = send(&url, &key, (KEYS, "bad"), json!({ "name": "", "scopes": [] })).await;
    assert_eq!(
        send(&url, &key, (KEYS, "bad"), json!({ "name": "", "scopes": [] })).await,
        (refused.0, true, refused.2)
    );
    assert_eq!(refused.0, 422);
    // Another key of the API has names of its own; a name that is none is refused.
    let narrow = api.answer(("POST", KEYS), Some(json!({ "name": "n", "scopes": ["admin", "read"] })), 201).await;
    let again = send(&url, narrow["key"].as_str().unwrap(), (KEYS, "one"), body.clone()).await;
    assert_eq!((again.0, again.1), (201, false));
    assert_eq!(send(&url, &key, (KEYS, "a b"), body).await.0, 400);
}

/// The page that explains the API.
const PAGE: &str = include_str!("../../../../docs/api.md");

/// Whether the answer has all that is shown of it: the same fields, and the same values where they are not left open.
fn shows(shown: &Value, answer: &Value) -> bool {
    match (shown, answer) {
        (Value::Object(shown), Value::Object(answer)) => {
            shown.len() == answer.len()
                && shown.iter().all(|(name, one)| answer.get(name).is_some_and(|own| shows(one, own)))
        }
        (Value::Array(shown), Value::Array(answer)) => {
            shown.len() == answer.len() && shown.iter().zip(answer).all(|(one, own)| shows(one, own))
        }
        (Value::String(shown), answer) if shown.contains('…') => answer.is_string(),
        (Value::Number(_), answer) => answer.is_number(),
        (shown, answer) => shown == answer,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_documentation_do_what_they_show() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let made = place.json(&["user", "add-key", "documentation"]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut tried = 0;
    for example in PAGE.split("```http\n").skip(1) {
        let (request, rest) = example.split_once("\n```").unwrap();
        let (status, shown) = rest.split_once("```json ").unwrap().1.split_once('\n').unwrap();
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut head = head.lines();
        let (method, path) = head.next().unwrap().split_once(' ').unwrap();
        let call = client.request(method.parse().unwrap(), format!("{}{path}", serving.url()));
        let call = call.header(AUTHORIZATION, format!("Bearer {}", made["key"].as_str().unwrap()));
        let call =
            head.filter_map(|line| line.split_once(": ")).fold(call, |call, (name, value)| call.header(name, value));
        let call =
            if body.is_empty() { call } else { call.header("content-type", "application/json").body(body.to_owned()) };
        let response = call.send().await.unwrap();
        assert_eq!(response.status().as_str(), status, "{request}");
        let answer: Value = response.json().await.unwrap();
        let shown: Value = serde_json::from_str(shown.split_once("\n```").unwrap().0).unwrap();
        assert!(shows(&shown, &answer), "{request}\nshows {shown}\nand answers {answer}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}
