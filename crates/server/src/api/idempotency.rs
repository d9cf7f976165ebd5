//! Keys of requests (IETF draft-ietf-httpapi-idempotency-key-header): a caller that does not know whether a request was done sends
//! it again under the same key, and it is done once. The first answer is kept, sealed, and given again.
//!
//! A request is begun before it is done and answered after: between the two the process may end. Then nobody knows whether it
//! was done, and the key says so instead of doing it again. What goes through the journal is named by the key, too: there even a
//! request that was sent without an answer is one.

use super::Key;
use super::openapi::table::{Field, Schema, optional};
use crate::app::{self, Shared};
use crate::connections::keyring::Purpose;
use crate::connections::seal::{self, Place};
use crate::problem::Problem;
use crate::store::idempotency::{self, AnswerRow, RequestRow};
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use connector_core::ids::TenantId;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The header.
pub(super) const HEADER: Field = optional("Idempotency-Key", Schema::Pattern("^[!-~]{1,200}$")).about(
    "Names the request: the same name with the same request is done once, and answered the same again for 24 hours.",
);
/// Says that an answer is one from before.
const REPLAYED: &str = "idempotency-replayed";
/// How long a request may be under way, in milliseconds: longer than any route takes. After that its process has died.
const UNDER_WAY_MS: i64 = 5 * 60_000;
/// The longest answer that is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Requests kept for one key of the API.
const KEPT_MAX: i64 = 10_000;

/// What a request's own key is, if it has one.
pub(super) fn named(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut all = headers.get_all(HEADER.name).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let text = first
        .to_str()
        .ok()
        .filter(|text| (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()));
    match (text, all.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(Problem::bad_request("Idempotency-Key is one text of 1 to 200 visible ASCII characters.")),
    }
}

/// What a request asks, so that another one under the same key is noticed: method, address, body.
fn asked(parts: &Parts, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    HEXLOWER.encode(&hash.finalize())
}

/// Does a request once: whoever sends it again gets the first answer.
pub(super) async fn once(
    shared: &Shared,
    (key, name): (&Key, String),
    (parts, body): (Parts, axum::body::Bytes),
    next: Next,
) -> Result<Response, Problem> {
    let row = RequestRow {
        api_key: key.hash().to_owned(),
        name,
        request: asked(&parts, &body),
        tenant: tenant_of(&parts),
        begun_ms: shared.clock.now_ms(),
        answer: None,
    };
    let mine = row.clone();
    let there = shared.store.write(move |unit| {
        Box::pin(async move {
            let there = idempotency::begin(unit, &mine).await?;
            let is_full = there.is_none() && idempotency::kept(unit, &mine.api_key, KEPT_MAX + 1).await? > KEPT_MAX;
            if is_full {
                idempotency::forget(unit, &mine).await?;
            }
            Ok((there, is_full))
        })
    });
    match there.await? {
        (_, true) => {
            let sentence =
                "This key of the API has 10,000 requests with keys of their own within 24 hours. Send it without one.";
            Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "idempotency.too_many", sentence))
        }
        (Some(there), false) => again(shared, &row, there).await,
        (None, false) => to_its_end(shared.clone(), row, Request::from_parts(parts, Body::from(body)), next).await,
    }
}

/// The tenant that an address is about. The router has cut what stands before it.
fn tenant_of(parts: &Parts) -> Option<TenantId> {
    let path = parts.uri.path();
    let after = path.split_once("/tenants/")?.1;
    TenantId::parse(after.split('/').next()?).ok()
}

/// Answers a request that was here before.
async fn again(shared: &Shared, row: &RequestRow, there: RequestRow) -> Result<Response, Problem> {
    if there.request != row.request {
        let sentence = "This Idempotency-Key named another request before. Use a new one for each request.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.other_request", sentence));
    }
    let Some(answer) = there.answer.clone() else {
        let is_over = row.begun_ms - there.begun_ms > UNDER_WAY_MS;
        let (code, sentence) = if is_over {
            (
                "idempotency.unknown",
                "This request began, and nothing is known of its end. Look whether it was done before you send it under a new key.",
            )
        } else {
            ("idempotency.under_way", "This request is under way. Ask again in a moment.")
        };
        return Err(Problem::new(StatusCode::CONFLICT, code, sentence));
    };
    let body = opened(shared, &there, &answer).await.ok_or_else(|| {
        let sentence = "This request was done and its answer is not kept. Look at what it made before you send it under a new key.";
        Problem::new(StatusCode::CONFLICT, "idempotency.not_kept", sentence)
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let (Ok(kind), false) = (HeaderValue::from_str(&answer.kind), answer.kind.is_empty()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Does a request in a task of its own, to its end, whoever leaves meanwhile, and keeps what it was answered with.
async fn to_its_end(shared: Shared, row: RequestRow, request: Request, next: Next) -> Result<Response, Problem> {
    let done = app::to_its_end(async move {
        let (parts, body) = next.run(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        keep(&shared, row, (parts.status, &parts.headers), &bytes).await;
        Response::from_parts(parts, Body::from(bytes))
    });
    let died = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", "The request ended abnormally.");
    done.await.ok_or_else(died)
}

/// Keeps an answer. What was refused because something does not work now has changed nothing, and may be sent again.
async fn keep(shared: &Shared, row: RequestRow, (status, headers): (StatusCode, &HeaderMap), body: &[u8]) {
    let now_ms = shared.clock.now_ms();
    let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = if body.len() <= ANSWER_BYTES_MAX { sealed(shared, &row, body).await } else { None };
    let answer = AnswerRow { status: status.as_u16(), kind, body };
    let kept = shared.store.write(move |unit| {
        Box::pin(async move {
            if passing {
                return idempotency::forget(unit, &row).await;
            }
            idempotency::answered(unit, &row, &answer, now_ms).await
        })
    });
    if let Err(error) = kept.await {
        tracing::error!(%error, "the answer of a request was not kept");
    }
}

/// Where an answer is sealed for.
fn row_of(row: &RequestRow) -> String {
    format!("{}:{}", row.api_key, row.name)
}

fn place<'a>(row: &'a RequestRow, id: &'a str) -> Place<'a> {
    let tenant = row.tenant.as_ref().map(TenantId::as_str).unwrap_or_default();
    Place { tenant, table: "idempotency", row: id, column: "body" }
}

/// Under what an answer is sealed: it may hold a secret that is shown once.
enum KeyOf {
    Tenant(seal::Key),
    /// There is no tenant.
    Service,
}

async fn key_of(shared: &Shared, row: &RequestRow) -> Option<KeyOf> {
    let Some(tenant) = &row.tenant else { return Some(KeyOf::Service) };
    match shared.keys.of(&shared.store, tenant).await {
        Ok(key) => Some(KeyOf::Tenant(key)),
        Err(error) if error.is_missing() => Some(KeyOf::Service),
        Err(_) => None,
    }
}

async fn sealed(shared: &Shared, row: &RequestRow, body: &[u8]) -> Option<Vec<u8>> {
    let id = row_of(row);
    Some(match key_of(shared, row).await? {
        KeyOf::Tenant(key) => key.seal(body, place(row, &id)),
        KeyOf::Service => shared.keys.seal_for(Purpose::Idempotency, body, place(row, &id)),
    })
}

async fn opened(shared: &Shared, row: &RequestRow, answer: &AnswerRow) -> Option<Vec<u8>> {
    let (id, body) = (row_of(row), answer.body.as_ref()?);
    let opened = match key_of(shared, row).await? {
        KeyOf::Tenant(key) => key.open(body, place(row, &id)),
        KeyOf::Service => shared.keys.open_for(Purpose::Idempotency, body, place(row, &id)),
    };
    opened.ok()
}

/// The name of the wish that a request stands for: the same for the same request, whatever becomes of its first sending.
pub(super) fn wish_of(api_key: &str, name: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["wish", api_key, name] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hex = HEXLOWER.encode(&hash.finalize());
    hex.get(..40).unwrap_or(&hex).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&'static [u8]], expected: Option<Option<&str>>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER.name, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(named(&headers).ok(), expected.map(|name| name.map(str::to_owned)), "{values:?}");
    }

    #[test]
    fn a_key_is_one_visible_text() {
        check(&[], Some(None));
        check(&[b"a"], Some(Some("a")));
        check(&[b"\"8e03978e-40d5\""], Some(Some("\"8e03978e-40d5\"")));
        check(&[b""], None);
        check(&[b"a b"], None);
        check(&[b"\xe4"], None);
        check(&[&[b'x'; 200]], Some(Some(&"x".repeat(200))));
        check(&[&[b'x'; 201]], None);
        check(&[b"a", b"b"], None);
    }

    #[test]
    fn another_method_address_or_body_is_another_request() {
        let of = |method: &str, uri: &str, body: &[u8]| {
            let (parts, ()) = axum::http::Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
            asked(&parts, body)
        };
        let first = of("POST", "/tenants/a/x?y=1", b"{}");
        assert_eq!(first, of("POST", "/tenants/a/x?y=1", b"{}"));
        for other in [
            of("PUT", "/tenants/a/x?y=1", b"{}"),
            of("POST", "/tenants/a/x?y=2", b"{}"),
            of("POST", "/tenants/a/x?y=1", b"{ }"),
        ] {
            assert_ne!(first, other);
        }
        assert_ne!(wish_of("a", "bc"), wish_of("ab", "c"));
        assert!(connector_core::schedule_request::WishId::parse(&wish_of("a", "b")).is_ok());
    }
}
