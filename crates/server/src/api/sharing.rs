//! One Zoom account for several tenants, for scripts: offer, accept, end, and where an event would go.

use super::view::time;
use super::{Answer, JsonBody, Key, Path, app_of, created};
use crate::app::Shared;
use crate::connections::share::{self, ShareError, WouldGo};
use crate::problem::Problem;
use crate::store::share as stored;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::ids::MeetingNumber;
use connector_core::route::{About, ShareRule};
use serde::{Deserialize, Serialize};

impl From<ShareError> for Problem {
    fn from(error: ShareError) -> Self {
        let (status, code) = match &error {
            ShareError::NotConnected | ShareError::Taken => (StatusCode::CONFLICT, "share.conflict"),
            ShareError::Rules => (StatusCode::UNPROCESSABLE_ENTITY, "share.rules"),
            ShareError::NotKnown => (StatusCode::NOT_FOUND, "share.not_known"),
            ShareError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// A share as its owner sees it.
#[derive(Debug, Serialize)]
pub(super) struct ShareView {
    id: String,
    /// `offered` or `shared`.
    state: &'static str,
    rules: Vec<ShareRule>,
    offered: String,
    expires: String,
    shared_since: Option<String>,
}

/// What a tenant shares, and what is shared with it.
#[derive(Debug, Serialize)]
pub(super) struct Shares {
    offered: Vec<ShareView>,
    /// The rules that name what comes here from another tenant's sign-in.
    guest_of: Option<Vec<ShareRule>>,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Answer<Shares> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            Ok((stored::of_owner(unit, &tenant, app).await?, stored::of_guest(unit, &tenant, app).await?))
        })
    });
    let (offered, guest_of) = read.await?;
    let offered = offered.into_iter().map(|row| ShareView {
        id: row.id,
        state: if row.began_ms.is_some() { "shared" } else { "offered" },
        rules: row.rules,
        offered: time(row.offered_ms),
        expires: time(row.expires_ms),
        shared_since: row.began_ms.map(time),
    });
    Ok(Json(Shares { offered: offered.collect(), guest_of: guest_of.map(|share| share.rules) }))
}

/// What is to be shared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offer {
    rules: Vec<ShareRule>,
}

/// An offer that was made.
#[derive(Debug, Serialize)]
pub(super) struct Offered {
    /// Whoever has it can accept once.
    code: String,
    expires: String,
}

pub(super) async fn offer(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Offer>,
) -> Result<Response, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let (code, expires_ms) = share::offer(&shared, &tenant, app, wanted.rules, &key.actor()).await?;
    Ok(created(Offered { code, expires: time(expires_ms) }))
}

pub(super) async fn end(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    app_of(&app)?;
    let ended = share::end(&shared, &tenant, &id, &key.actor()).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("share")) }
}

/// Leaves what another tenant shares.
pub(super) async fn leave(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let left = share::leave(&shared, &tenant, app, &key.actor()).await?;
    if left { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("share")) }
}

/// The code of an offer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accept {
    code: String,
}

/// What was accepted.
#[derive(Debug, Serialize)]
pub(super) struct Accepted {
    app: &'static str,
}

pub(super) async fn accept(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Accept>,
) -> Answer<Accepted> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let app = share::accept(&shared, &tenant, &wanted.code, &key.actor()).await?;
    shared.wakes.courier.wake();
    Ok(Json(Accepted { app: app.as_str() }))
}

/// A made-up event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    /// The host's Zoom user id.
    host: Option<String>,
    host_email: Option<String>,
    topic: Option<String>,
    /// The number of the meeting or webinar.
    meeting: Option<u64>,
    /// Names or ids of the groups that the host is in; without them, what Zoom said of the host in the last hour.
    groups: Option<Vec<String>>,
    /// The tracking fields; without them, what Zoom said of the meeting in the last hour.
    tracking_fields: Option<Vec<Field>>,
}

/// A tracking field and its value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    field: String,
    value: String,
}

/// Where it would go.
#[derive(Debug, Serialize)]
pub(super) struct Goes {
    /// `here`, `elsewhere`, `nowhere`, `held`, `asked_first`.
    goes: &'static str,
}

pub(super) async fn would_go(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Where>,
) -> Answer<Goes> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let pairs = |fields: Vec<Field>| fields.into_iter().map(|one| (one.field, one.value)).collect();
    let about = About {
        host: wanted.host,
        host_email: wanted.host_email,
        topic: wanted.topic,
        meeting: wanted.meeting.map(MeetingNumber),
        groups: wanted.groups,
        tracking: wanted.tracking_fields.map(pairs),
        signed_in: None,
    };
    let goes = match share::would_go(&shared, &tenant, app, about).await? {
        WouldGo::Here => "here",
        WouldGo::Elsewhere => "elsewhere",
        WouldGo::Nowhere => "nowhere",
        WouldGo::Held => "held",
        WouldGo::AskedFirst => "asked_first",
    };
    Ok(Json(Goes { goes }))
}
