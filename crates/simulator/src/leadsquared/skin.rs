//! LeadSquared's HTTP over the state: keys, limit, planned faults, envelopes (leadsquared.md § 2).

use super::call::Call;
use super::operation::{Operation, Route, Verb, find};
use super::refusal::Refusal;
use super::{HostCheck, LeadSquared};
use crate::fault::Fault;
use crate::serve::{break_off, end_connection};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::routing::any;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest body that is read, in bytes. LeadSquared publishes none.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
/// What a proxy in front of a broken system answers.
const ERROR_PAGE: &str = "<html><head><title>500 - Internal server error.</title></head>\
    <body><h2>500 - Internal server error.</h2><p>There is a problem with the resource you are looking for.</p></body></html>";

pub(super) fn router(crm: &LeadSquared) -> Router {
    Router::new().route("/v2/{*path}", any(answer)).with_state(crm.clone())
}

/// A call before it is let through.
struct Arrived {
    route: &'static Route,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

async fn answer(State(crm): State<LeadSquared>, Path(path): Path<String>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let route = verb(&parts.method).and_then(|verb| find(verb, &path));
    let Some(route) = route else { return text(404, "Endpoint not found.", "text/plain") };
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return text(413, "Request is too large.", "text/plain");
    };
    let arrived = Arrived { route, query: parameters(&parts.uri), headers: parts.headers, body };
    match settle(&crm, &arrived) {
        Settled::Answer(status, value) => reply(status, &value.to_string()),
        Settled::Gone => end_connection(),
        Settled::Page(status, page) => text(status, &page, HTML),
        Settled::Text(status, body) => text(status, &body, JSON),
        Settled::Half(value) => {
            let mut response = break_off(&Bytes::from(value.to_string()));
            if let Ok(kind) = JSON.parse() {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            response
        }
        Settled::Late(wait_ms, status, value) => {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            reply(status, &value.to_string())
        }
    }
}

/// What becomes of a call, before a byte is sent.
enum Settled {
    Answer(u16, Value),
    Late(u64, u16, Value),
    Half(Value),
    Page(u16, String),
    Text(u16, String),
    Gone,
}

/// Counts, refuses or applies the call, and chooses what is sent back. All of it under one lock.
fn settle(crm: &LeadSquared, arrived: &Arrived) -> Settled {
    let refused = |refusal: &Refusal| Settled::Answer(refusal.status, refusal.envelope());
    let now_ms = crm.clock.now_ms();
    let (access_key, secret_key) = keys(arrived);
    let mut world = crm.world();
    let Some(account) = world.account_of(access_key, secret_key) else {
        return refused(&Refusal::unauthorized("Access Key or Secret Key is invalid"));
    };
    if let Err(refusal) = account.gate.pass(arrived.route, now_ms) {
        return refused(&refusal);
    }
    if let Err(refusal) = check_host(arrived, account.switches.host, &account.identity.api_host) {
        return refused(&refusal);
    }
    let mut apply = || {
        let call = Call { query: &arrived.query, body: &arrived.body, now_ms };
        let applied = check_form(arrived).and_then(|()| account.apply(arrived.route.operation, &call));
        match applied {
            Ok(value) => (200, value),
            Err(refusal) => (refusal.status, refusal.envelope()),
        }
    };
    match crm.faults.next_for(arrived.route.name, &arrived.body) {
        None => {
            let (status, value) = apply();
            Settled::Answer(status, value)
        }
        Some(Fault::Reset) => Settled::Gone,
        Some(Fault::ApplyThenReset) => {
            apply();
            Settled::Gone
        }
        Some(Fault::ApplyThen500) => {
            apply();
            Settled::Page(500, ERROR_PAGE.to_owned())
        }
        Some(Fault::ApplyThenWait(wait_ms)) => {
            let (status, value) = apply();
            Settled::Late(wait_ms, status, value)
        }
        Some(Fault::ApplyThenTruncate) => Settled::Half(apply().1),
        Some(Fault::ApplyThenLeaveOut(row)) => {
            let (status, value) = apply();
            Settled::Answer(status, without_row(value, row))
        }
        Some(Fault::Answer(status, body)) if body.trim_start().starts_with('<') => Settled::Page(status, body),
        Some(Fault::Answer(status, body)) => Settled::Text(status, body),
        Some(Fault::Throttle) => refused(&account.gate.refuse(arrived.route.weight)),
    }
}

/// A bulk answer without one of its rows.
fn without_row(mut value: Value, row: u64) -> Value {
    let rows = if value.is_array() { Some(&mut value) } else { value.get_mut("Response") };
    if let Some(Value::Array(rows)) = rows {
        rows.retain(|one| one.get("RowNumber").and_then(Value::as_u64) != Some(row));
    }
    value
}

/// Headers first; both forms are the real system's.
fn keys(arrived: &Arrived) -> (&str, &str) {
    let header = |name: &str| arrived.headers.get(name).and_then(|value| value.to_str().ok());
    let query = |name: &str| arrived.query.get(name).map(String::as_str);
    let access_key = header("x-lsq-accesskey").or_else(|| query("accesskey"));
    let secret_key = header("x-lsq-secretkey").or_else(|| query("secretkey"));
    (access_key.unwrap_or_default(), secret_key.unwrap_or_default())
}

/// Who asks whose keys these are may ask anywhere: that is how a client finds its host.
fn check_host(arrived: &Arrived, check: HostCheck, api_host: &str) -> Result<(), Refusal> {
    let host = arrived.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match check {
        HostCheck::OwnOnly if arrived.route.operation != Operation::WhoAmI && host != api_host => {
            Err(Refusal::unauthorized(format!("Invalid host. Please use {api_host}")))
        }
        HostCheck::OwnOnly | HostCheck::Any => Ok(()),
    }
}

fn check_form(arrived: &Arrived) -> Result<(), Refusal> {
    let kind = arrived.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match arrived.route.verb {
        Verb::Post if !kind.eq_ignore_ascii_case("application/json") => {
            Err(Refusal::malformed("Content-Type must be application/json"))
        }
        Verb::Get | Verb::Post => Ok(()),
    }
}

fn verb(method: &Method) -> Option<Verb> {
    match method.as_str() {
        "GET" => Some(Verb::Get),
        "POST" => Some(Verb::Post),
        _ => None,
    }
}

/// Parameters by lower-case name; of two alike the later one counts.
fn parameters(uri: &Uri) -> BTreeMap<String, String> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect()
}

fn reply(status: u16, body: &str) -> Response<Body> {
    text(status, body, JSON)
}

fn text(status: u16, body: &str, kind: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}
