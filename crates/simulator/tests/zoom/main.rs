//! The pretend Zoom over HTTP on loopback: sign-in and tokens, REST, webhooks. This file is the ground that all stand
//! on.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is, wherever that is"
)]

mod calls;
mod sign_in;
mod webhooks;

use connector_simulator::clock::Clock;
use connector_simulator::serve::{Served, serve};
use connector_simulator::zoom::{AppKind, Approval, NewApp, NewEvent, NewRegistrant, NewUser, Outgoing, Role, Zoom};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// 2026-08-01T10:00:00Z.
const START_MS: i64 = 1_785_578_400_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const BACK: &str = "http://127.0.0.1:9/callback";
const NOWHERE: &str = "http://127.0.0.1:9/hook";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
const SECRET: &str = "demo-secret-token";

const SCOPES: &[&str] = &[
    "user:read:user:admin",
    "user:read:list_users:admin",
    "user:read:settings:admin",
    "meeting:read:admin",
    "meeting:write:admin",
    "webinar:read:admin",
    "webinar:write:admin",
    "report:read:list_webinar_participants:admin",
];

struct World {
    zoom: Zoom,
    clock: Clock,
    served: Served,
    client: Client,
    account: String,
    admin: String,
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn app(kind: AppKind, client_id: &str) -> NewApp {
    NewApp {
        kind,
        name: "The <b>connector</b>".to_owned(),
        client_id: client_id.to_owned(),
        client_secret: "s3cret".to_owned(),
        secret_token: SECRET.to_owned(),
        redirect_uris: vec![BACK.to_owned()],
        scopes: SCOPES.iter().map(ToString::to_string).collect(),
    }
}

fn user(email: &str, role: Role, webinar_capacity: Option<i64>) -> NewUser {
    let (first_name, last_name) = ("Ann".to_owned(), "Host".to_owned());
    NewUser { email: email.to_owned(), first_name, last_name, role, licensed: true, webinar_capacity }
}

fn plan(topic: &str, approval: Approval) -> NewEvent {
    NewEvent {
        topic: topic.to_owned(),
        start_ms: START_MS + 60 * MINUTE_MS,
        duration_min: 30,
        timezone: "Asia/Kolkata".to_owned(),
        approval,
        questions: vec!["Budget?".to_owned()],
        agenda: "long ".repeat(100),
    }
}

fn person(email: &str) -> NewRegistrant {
    NewRegistrant { email: email.to_owned(), first_name: "Asha".to_owned(), ..NewRegistrant::default() }
}

async fn world() -> World {
    let clock = Clock::set_at(START_MS);
    let zoom = Zoom::new(clock.clone(), 7);
    let account = zoom.add_account("Acme");
    let admin = zoom.add_user(&account, user("host@acme.test", Role::Admin, Some(500)));
    zoom.add_user(&account, user("member@acme.test", Role::Member, None));
    zoom.add_app(app(AppKind::Meetings, "meet"));
    zoom.add_app(app(AppKind::Webinars, "web"));
    let served = serve(zoom.router(), loopback()).await.unwrap();
    // Another test of this binary may have installed it before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    World { zoom, clock, served, client, account, admin }
}

impl World {
    fn form(&self, client_id: &str, user: &str) -> Vec<(&'static str, String)> {
        let challenge = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER));
        vec![
            ("client_id", client_id.to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("state", "s&1".to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
            ("user", user.to_owned()),
            ("decision", "allow".to_owned()),
        ]
    }

    async fn authorize(&self, form: &[(&str, String)]) -> Response {
        self.client.post(format!("{}/oauth/authorize", self.served.url())).form(form).send().await.unwrap()
    }

    async fn code(&self, client_id: &str, user: &str) -> String {
        let response = self.authorize(&self.form(client_id, user)).await;
        let back = response.headers()["location"].to_str().unwrap();
        let answer = back.strip_prefix(BACK).unwrap().strip_prefix("?code=").unwrap();
        answer.strip_suffix("&state=s%261").unwrap().to_owned()
    }

    async fn token(&self, client_id: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let request = self.client.post(format!("{}/oauth/token", self.served.url()));
        read(request.basic_auth(client_id, Some("s3cret")).form(fields).send().await.unwrap()).await
    }

    async fn exchange(&self, client_id: &str, code: &str, verifier: &str) -> (u16, Value) {
        let grant = ("grant_type", "authorization_code");
        let fields = [grant, ("code", code), ("redirect_uri", BACK), ("code_verifier", verifier)];
        self.token(client_id, &fields).await
    }

    async fn refresh(&self, client_id: &str, refresh_token: &str) -> (u16, Value) {
        self.token(client_id, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Signs the admin in; the token answer.
    async fn sign_in(&self, client_id: &str) -> Value {
        let code = self.code(client_id, "host@acme.test").await;
        let (status, tokens) = self.exchange(client_id, &code, VERIFIER).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn access(&self, client_id: &str) -> String {
        text(&self.sign_in(client_id).await["access_token"])
    }

    async fn call(&self, token: &str, (method, path): (Method, &str), body: Option<Value>) -> Response {
        let request = self.client.request(method, format!("{}/v2/{path}", self.served.url())).bearer_auth(token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        let response = self.call(token, (Method::GET, path), None).await;
        assert!(response.headers().contains_key("x-zm-trackingid"), "{path}");
        read(response).await
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        read(self.call(token, (Method::POST, path), Some(body)).await).await
    }

    async fn page(&self, path: &str) -> String {
        self.client.get(format!("{}{path}", self.served.url())).send().await.unwrap().text().await.unwrap()
    }

    /// All that is due, as JSON, and taken as delivered.
    fn told(&self) -> Vec<Value> {
        let due = self.zoom.take_due(usize::MAX);
        due.iter().for_each(|outgoing| self.zoom.report(outgoing.id, Some(200)));
        due.iter().map(|outgoing| serde_json::from_slice(&outgoing.body).unwrap()).collect()
    }
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn header<'a>(outgoing: &'a Outgoing, name: &str) -> &'a str {
    &outgoing.headers.iter().find(|(other, _)| other == name).unwrap().1
}

fn names(told: &[Value]) -> Vec<&str> {
    told.iter().map(|told| told["event"].as_str().unwrap()).collect()
}
