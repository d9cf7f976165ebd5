//! Requests with keys of their own whose process is killed: before the effect, or after it and before the answer is kept. The kill is not
//! left to luck: PostgreSQL holds the process at that very place, by a trigger that waits for a lock of the test's.

use super::api_keys::send;
use super::binary::{Place, Serving};
use super::databases::{fresh_postgres, raw};
use super::world::{Api, World, add_first_tenant, sign_first_tenant_in_with};
use connector_server::clock::sleep_ms;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

/// Where a tenant's keys of the API are.
const KEYS: &str = "/tenants/sunrise/api-keys";
const MEETINGS: &str = "/tenants/sunrise/meetings";
/// The lock of the test, by number.
const LOCK: i64 = 4711;
/// How often it is looked whether the process has come to its place, and how long it is waited between, in milliseconds.
const LOOKS_MAX: usize = 3_000;
const LOOK_MS: i64 = 20;

/// Where the process is held: before rows of that table are written in that way.
struct At {
    table: &'static str,
    write: &'static str,
}

/// Whatever the request does is not done yet.
const BEFORE_THE_EFFECT: At = At { table: "api_key", write: "insert" };
/// It is committed, and of its answer nothing is kept.
const BEFORE_THE_ANSWER_IS_KEPT: At = At { table: "idempotency", write: "update" };

/// A service over a PostgreSQL of its own, that can be held and killed.
struct Mortal {
    world: World,
    place: Place,
    key: String,
    database: AnyConnection,
}

impl Mortal {
    /// With the first tenant.
    async fn born() -> Option<Self> {
        let store = fresh_postgres().await?;
        let world = World::open().await;
        let place = world.place().with("ZOOM_CONNECTOR__STORE__URL", &store);
        add_first_tenant(&world, &place);
        let key = place.json(&["user", "add-key", "mortal"])["key"].as_str().unwrap().to_owned();
        Some(Self { world, place, key, database: raw(&store).await })
    }

    async fn say(&mut self, text: String) {
        sqlx::query(AssertSqlSafe(text)).execute(&mut self.database).await.unwrap();
    }

    /// Whether somebody waits for the lock.
    async fn somebody_waits(&mut self) -> bool {
        let waiting = "select count(*) as waiting from pg_locks where locktype = 'advisory' and not granted \
                       and database = (select oid from pg_database where datname = current_database())";
        sqlx::query(waiting).fetch_one(&mut self.database).await.unwrap().try_get::<i64, _>("waiting").unwrap() > 0
    }

    /// Sends a request, and kills the process when it has come to the place; nobody is answered.
    async fn killed(&mut self, At { table, write }: At, path: &str, body: &Value) {
        self.say(format!("do $$ begin perform pg_advisory_lock({LOCK}); end $$")).await;
        self.say(format!(
            "create function held() returns trigger language plpgsql as \
             $$ begin perform pg_advisory_xact_lock({LOCK}); return new; end $$"
        ))
        .await;
        self.say(format!("create trigger held before {write} on {table} for each row execute function held()")).await;
        let serving = self.place.serve();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let call = client.post(format!("{}/api/v1{path}", serving.url())).bearer_auth(&self.key);
        let kill = async {
            let mut looks = 0;
            while !self.somebody_waits().await {
                assert!(looks < LOOKS_MAX, "it never came to {write} {table}");
                looks += 1;
                sleep_ms(LOOK_MS).await;
            }
            serving.process.kill();
        };
        let (sent, ()) = tokio::join!(call.header("idempotency-key", "mine").json(body).send(), kill);
        assert!(sent.is_err(), "nobody was answered");
        // What the process was doing within its transaction is taken back, as when its connection breaks.
        self.say(
            "select pg_terminate_backend(pid) is null from pg_locks where locktype = 'advisory' and not granted"
                .to_owned(),
        )
        .await;
        self.say("drop function held() cascade".to_owned()).await;
        self.say(format!("do $$ begin perform pg_advisory_unlock({LOCK}); end $$")).await;
    }

    /// As if five minutes had gone by since the request began.
    async fn five_minutes_later(&mut self) {
        self.say("update idempotency set begun_ms = begun_ms - 300001".to_owned()).await;
    }

    /// The repeat is told what the documentation says, and nothing is done, however often it is asked.
    async fn repeats_are_told(&mut self, serving: &Serving, path: &str, body: &Value) {
        let (url, key) = (serving.url(), self.key.clone());
        let told = async |name: &str, body: &Value| {
            let (status, replayed, answer) = send(&url, &key, (path, name), body.clone()).await;
            assert!(!replayed, "{answer}");
            (status, answer["code"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(told("mine", body).await, (409, "idempotency.under_way".to_owned()));
        self.five_minutes_later().await;
        for _ in 0..2 {
            assert_eq!(told("mine", body).await, (409, "idempotency.unknown".to_owned()));
        }
        let other = json!({ "name": "another request" });
        assert_eq!(told("mine", &other).await, (422, "idempotency.other_request".to_owned()));
    }

    async fn keys(&self, serving: &Serving) -> usize {
        let listed = Api::new(&serving.url(), &self.key).answer(("GET", KEYS), None, 200).await;
        listed["items"].as_array().unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_process_died_after_its_effect_is_not_done_again() {
    let Some(mut mortal) = Mortal::born().await else { return };
    let body = json!({ "name": "once", "scopes": ["read"] });
    mortal.killed(BEFORE_THE_ANSWER_IS_KEPT, KEYS, &body).await;
    let serving = mortal.place.serve();
    assert_eq!(mortal.keys(&serving).await, 1, "the effect was committed");
    mortal.repeats_are_told(&serving, KEYS, &body).await;
    assert_eq!(mortal.keys(&serving).await, 1, "and is there once");
    mortal.database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_process_died_before_its_effect_is_done_by_no_repeat_but_under_a_new_key() {
    let Some(mut mortal) = Mortal::born().await else { return };
    let body = json!({ "name": "once", "scopes": ["read"] });
    mortal.killed(BEFORE_THE_EFFECT, KEYS, &body).await;
    let serving = mortal.place.serve();
    assert_eq!(mortal.keys(&serving).await, 0, "nothing was committed");
    mortal.repeats_are_told(&serving, KEYS, &body).await;
    assert_eq!(mortal.keys(&serving).await, 0, "whoever asks is told to look");
    let (status, _, answer) = send(&serving.url(), &mortal.key, (KEYS, "new"), body).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(mortal.keys(&serving).await, 1);
    mortal.database.close().await.unwrap();
}

/// Zoom made the meeting and nobody was told. The wish has a name, so that not even a new key makes a second one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_whose_answer_died_is_made_once_even_if_it_is_asked_for_under_a_new_key() {
    let Some(mut mortal) = Mortal::born().await else { return };
    sign_first_tenant_in_with(&mortal.world, &mortal.place, "meetings").await;
    let body = json!({ "wish": "tour", "lead": "meera@example.org", "topic": "Campus tour", "start": "2030-12-01T10:30",
        "zone": "Asia/Kolkata", "minutes": 30 });
    mortal.killed(BEFORE_THE_ANSWER_IS_KEPT, MEETINGS, &body).await;
    let made =
        |mortal: &Mortal| mortal.world.preset.zoom.history().meetings.iter().filter(|one| one.created_by_api).count();
    assert_eq!(made(&mortal), 1, "Zoom made it");
    let serving = mortal.place.serve();
    mortal.repeats_are_told(&serving, MEETINGS, &body).await;
    let (status, replayed, answer) = send(&serving.url(), &mortal.key, (MEETINGS, "new"), body).await;
    assert_eq!((status, replayed, answer["state"].as_str()), (201, false, Some("created")), "{answer}");
    assert_eq!(made(&mortal), 1, "and made it once");
    mortal.database.close().await.unwrap();
}
