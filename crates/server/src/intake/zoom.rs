//! Zoom's doors: `POST /zoom/{meetings|webinars}/webhook` for the service's apps, `POST /zoom/own/{tenant}/{meetings|webinars}/webhook`
//! for a tenant's own. The secret is chosen by the path, never by the body; nothing is believed and nothing is answered, not even
//! an address validation, before the signature holds (design § 5).

use super::writer::{Append, Appended, Belongs, Refused};
use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::http::BODY_TIMEOUT;
use crate::store::health;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::translate::Source;
use connector_core::zoom::event::{self, What};
use connector_core::zoom::signature::{self, Headers, Lane, Refused as BadSignature, SecretToken};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

/// Seconds after which a caller that was turned away may come again.
pub(super) const RETRY_AFTER_S: &str = "5";

/// Unproven notices of removal that are looked into: one in so long, in milliseconds.
const UNPROVEN_EVERY_MS: i64 = 1_000;
/// A sign-in that was looked at so lately is not looked at again for one, in milliseconds.
const NOTICE_EVERY_MS: i64 = 60 * 60 * 1000;

/// Takes one webhook of the service's app.
pub async fn webhook(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(app) = ZoomApp::parse(&app) else { return StatusCode::NOT_FOUND.into_response() };
    let door = Door { app, secrets: secrets(&shared, app), own: None };
    counted(app.as_str(), take(&shared, &door, &headers, body).await)
}

/// Takes one webhook of a tenant's own app.
pub async fn own_app_webhook(
    State(shared): State<Shared>,
    Path((tenant, app)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // No tenant, no own app, removed: all look alike.
    let closed = || Err(("closed", StatusCode::NOT_FOUND));
    let (Ok(tenant), Some(app)) = (TenantId::parse(&tenant), ZoomApp::parse(&app)) else {
        return counted("own", closed());
    };
    let taken = match shared.own_app(&tenant, app).await {
        Ok(Some(own)) => {
            let secrets = own.secrets(shared.clock.now_ms());
            let door = Door { app, secrets, own: Some((tenant, own.account)) };
            take(&shared, &door, &headers, body).await
        }
        Ok(None) => closed(),
        Err(error) => {
            tracing::error!(tenant = %tenant, %error, "the own app's credentials could not be read");
            Err(("unavailable", StatusCode::SERVICE_UNAVAILABLE))
        }
    };
    counted("own", taken)
}

/// A door: what comes by it, what proves it, and whose own app it is.
struct Door {
    app: ZoomApp,
    secrets: Vec<SecretToken>,
    own: Option<(TenantId, String)>,
}

impl Door {
    /// Where an event of that account belongs; nowhere if the door's app does not speak for that account.
    fn belongs(&self, account: String) -> Option<Belongs> {
        match &self.own {
            None => Some(Belongs::Account(self.app, account)),
            Some((tenant, own)) if *own == account => Some(Belongs::OwnApp(tenant.clone(), self.app, account)),
            Some(_) => None,
        }
    }
}

type Labelled<T> = (&'static str, T);

fn counted(door: &'static str, taken: Result<Labelled<Response>, Labelled<StatusCode>>) -> Response {
    let (label, response) = match taken {
        Ok(taken) => taken,
        Err((label, status)) => (label, status.into_response()),
    };
    metrics::counter!("intake_total", "app" => door, "outcome" => label).increment(1);
    response
}

async fn take(
    shared: &Shared,
    door: &Door,
    headers: &HeaderMap,
    body: Body,
) -> Result<Labelled<Response>, Labelled<StatusCode>> {
    let secrets = &door.secrets;
    if secrets.is_empty() {
        return Err(("no_secret", StatusCode::SERVICE_UNAVAILABLE));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(("encoded", StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body =
        super::read_body(body, super::BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(|status| ("unreadable", status))?;
    let now_ms = shared.clock.now_ms();
    let verified = match signature::verify(&body, &signature_headers(headers), secrets, now_ms) {
        Ok(verified) => verified,
        Err(refused) => {
            if door.own.is_none() {
                hear_unproven(shared, door.app, &body, now_ms).await;
            }
            return Err((refused.code(), status_of(&refused)));
        }
    };
    failpoint::reached(Point::IntakeVerified);
    let late = match verified.lane() {
        Lane::Fresh => false,
        Lane::Late => true,
    };
    let secret = secrets.get(verified.secret_index()).or(secrets.first());
    let routed = event::account_of(verified.bytes());
    if (routed.as_ref().is_some_and(|(_, name, _)| name == "endpoint.url_validation") || routed.is_none())
        && let Some(answer) = validation(verified.bytes(), secret)
    {
        return Ok(("url_validation", ([(header::CONTENT_TYPE, "application/json")], answer).into_response()));
    }
    let Some((account, name, event_ts_ms)) = routed else {
        return keep_unrouted(shared, door, verified.bytes(), now_ms).await;
    };
    let Some(belongs) = door.belongs(account) else {
        return Ok(("unknown_account", StatusCode::OK.into_response()));
    };
    let append = Append {
        belongs,
        key: journal_key(door.app, headers, verified.bytes()),
        source: Source::Zoom(door.app).as_str(),
        event: connector_core::redact::clip(&name, 100),
        event_ts_ms: if event_ts_ms > 0 { event_ts_ms } else { now_ms },
        received_ms: now_ms,
        late,
        body: verified.bytes().to_vec(),
    };
    failpoint::reached(Point::IntakeBeforeAppend);
    finish(shared.journal.append(append).await, late)
}

/// A removal of the app that cannot be proven (zoom.md § 2.1 knows of genuine ones) deletes nothing. It is kept that Zoom has to be
/// asked, which the keeper does: at the most one in [`UNPROVEN_EVERY_MS`], and for a sign-in not again soon.
async fn hear_unproven(shared: &Shared, app: ZoomApp, body: &[u8], now_ms: i64) {
    let Some(gone) = event::unproven_removal(body) else { return };
    let is_ours = gone.client_id.is_some_and(|client| client == shared.config.app(app).client_id);
    let heard_ms = shared.unproven_ms.load(Ordering::Relaxed);
    if !is_ours || now_ms - heard_ms < UNPROVEN_EVERY_MS {
        return;
    }
    shared.unproven_ms.store(now_ms, Ordering::Relaxed);
    let kept = shared.store.write(move |unit| {
        Box::pin(async move {
            let times = (now_ms - NOTICE_EVERY_MS, now_ms);
            health::heard_unproven(unit, app, (&gone.account, &gone.user), times).await
        })
    });
    match kept.await {
        Ok(true) => {
            tracing::warn!(app = app.as_str(), "an unproven notice says that the app was removed; Zoom is asked")
        }
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "an unproven notice of removal could not be kept"),
    }
}

fn finish(result: Result<Appended, Refused>, late: bool) -> Result<Labelled<Response>, Labelled<StatusCode>> {
    failpoint::reached(Point::IntakeAfterAppend);
    match result {
        Ok(Appended::Durable) => Ok((if late { "late" } else { "taken" }, StatusCode::OK.into_response())),
        Ok(Appended::NobodysAccount) => Ok(("unknown_account", StatusCode::OK.into_response())),
        Err(Refused::Overloaded) => Ok(("overloaded", come_again())),
        Err(Refused::Failed) => Ok(("not_durable", come_again())),
    }
}

/// Not now: Zoom tells it once more.
pub(super) fn come_again() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_S)]).into_response()
}

fn status_of(refused: &BadSignature) -> StatusCode {
    match refused {
        BadSignature::NoSecret => StatusCode::SERVICE_UNAVAILABLE,
        BadSignature::MissingHeader
        | BadSignature::DoubledHeader
        | BadSignature::BadTimestamp
        | BadSignature::Stale
        | BadSignature::FromTheFuture
        | BadSignature::BadSignatureForm
        | BadSignature::Mismatch => StatusCode::UNAUTHORIZED,
    }
}

fn secrets(shared: &Shared, app: ZoomApp) -> Vec<SecretToken> {
    let config = shared.config.app(app);
    [&config.secret_token, &config.previous_secret_token]
        .into_iter()
        .filter_map(|text| SecretToken::new(text))
        .collect()
}

/// The two headers, and whether one of them came twice.
pub(super) fn signature_headers(headers: &HeaderMap) -> Headers<'_> {
    let one = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let twice = |name: &str| headers.get_all(name).iter().count() > 1;
    Headers {
        timestamp: one("x-zm-request-timestamp"),
        signature: one("x-zm-signature"),
        doubled: twice("x-zm-request-timestamp") || twice("x-zm-signature"),
    }
}

/// The answer to Zoom's question whether the address knows the secret, if it asks that.
pub(super) fn validation(body: &[u8], secret: Option<&SecretToken>) -> Option<String> {
    let What::UrlValidation { plain_token } = event::read(body).ok()?.what else { return None };
    signature::url_validation_answer(&plain_token, secret?)
}

/// A genuine body that names no account is kept with the reason: by a tenant's own app as that tenant's, else as nobody's, where the
/// operator sees it.
async fn keep_unrouted(
    shared: &Shared,
    door: &Door,
    body: &[u8],
    now_ms: i64,
) -> Result<Labelled<Response>, Labelled<StatusCode>> {
    let key = HEXLOWER.encode(&Sha256::digest(body));
    let append = Append {
        belongs: Belongs::To(door.own.as_ref().map_or_else(|| shared.nobody.clone(), |(tenant, _)| tenant.clone())),
        key,
        source: Source::Zoom(door.app).as_str(),
        event: "?".to_owned(),
        event_ts_ms: now_ms,
        received_ms: now_ms,
        late: false,
        body: body.to_vec(),
    };
    match finish(shared.journal.append(append).await, false) {
        Ok((_, response)) => Ok(("quarantined", response)),
        Err(refusal) => Err(refusal),
    }
}

/// Zoom's request id where there is one, and a hash of the body: the same on a retry, never the signature or the time.
fn journal_key(app: ZoomApp, headers: &HeaderMap, body: &[u8]) -> String {
    let request_id = headers.get("x-zm-request-id").map_or(&b""[..], |value| value.as_bytes());
    let mut hash = Sha256::new();
    for part in [app.as_str().as_bytes(), request_id] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(body);
    let digest = hash.finalize();
    HEXLOWER.encode(digest.get(..20).unwrap_or(&digest))
}
