//! The door of an account's old JWT app: `POST /zoom/legacy/{tenant}/webhook`. It is closed unless the tenant switched it on; nothing
//! is parsed before the token or the signature holds, and an event must name the account that the tenant configured.

use super::writer::{Append, Belongs, Refused};
use super::zoom::{come_again, signature_headers, validation};
use crate::app::Shared;
use crate::http::BODY_TIMEOUT;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::ids::TenantId;
use connector_core::legacy::{self, Proof};
use connector_core::translate::Source;
use connector_core::zoom::event;
use connector_core::zoom::signature::{LATE_S, SecretToken};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Takes one webhook.
pub async fn webhook(
    State(shared): State<Shared>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (label, response) = match take(&shared, &tenant, &headers, body).await {
        Ok(taken) => taken,
        Err((label, status)) => (label, status.into_response()),
    };
    metrics::counter!("intake_total", "app" => "legacy", "outcome" => label).increment(1);
    response
}

type Labelled<T> = (&'static str, T);

async fn take(
    shared: &Shared,
    tenant: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Labelled<Response>, Labelled<StatusCode>> {
    // No tenant, no old app, switched off: all look alike.
    let closed = ("closed", StatusCode::NOT_FOUND);
    let tenant = TenantId::parse(tenant).map_err(|_| closed)?;
    let old = match shared.old_app(&tenant).await {
        Ok(old) => old.ok_or(closed)?,
        Err(error) => {
            tracing::error!(tenant = %tenant, %error, "the old app's credentials could not be read");
            return Err(("unavailable", StatusCode::SERVICE_UNAVAILABLE));
        }
    };
    let proof = old.proof().ok_or(closed)?;
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(("encoded", StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body =
        super::read_body(body, super::BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(|status| ("unreadable", status))?;
    let now_ms = shared.clock.now_ms();
    let given = (authorization(headers), &signature_headers(headers));
    legacy::verify(&body, given, &proof, now_ms).map_err(|refused| (refused.code(), StatusCode::UNAUTHORIZED))?;
    if let Some(answer) = validation(&body, secret_of(&proof)) {
        return Ok(("url_validation", ([(header::CONTENT_TYPE, "application/json")], answer).into_response()));
    }
    let Some((account, name, event_ts_ms)) = event::account_of(&body) else {
        return Err(("no_account", StatusCode::BAD_REQUEST));
    };
    if account != old.account {
        return Err(("other_account", StatusCode::FORBIDDEN));
    }
    let append = Append {
        belongs: Belongs::To(tenant),
        key: journal_key(&body),
        source: Source::Legacy.as_str(),
        event: connector_core::redact::clip(&name, 100),
        event_ts_ms: if event_ts_ms > 0 { event_ts_ms } else { now_ms },
        received_ms: now_ms,
        late: event_ts_ms > 0 && now_ms - event_ts_ms > LATE_S * 1000,
        body: body.to_vec(),
    };
    match shared.journal.append(append).await {
        Ok(_) => Ok(("taken", StatusCode::OK.into_response())),
        Err(Refused::Overloaded) => Ok(("overloaded", come_again())),
        Err(Refused::Failed) => Ok(("not_durable", come_again())),
    }
}

/// The one `authorization` header; none when there are several.
fn authorization(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok() }
}

/// A token proves who tells, but cannot answer Zoom's question.
fn secret_of(proof: &Proof) -> Option<&SecretToken> {
    match proof {
        Proof::Signature(secret) => Some(secret),
        Proof::Token(_) => None,
    }
}

/// A hash of the body alone: whatever comes twice from the old app is one notification.
fn journal_key(body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"legacy\0");
    hash.update(body);
    let digest = hash.finalize();
    HEXLOWER.encode(digest.get(..20).unwrap_or(&digest))
}
