//! What a tenant has to know, for scripts: its alerts, where they are posted to, and the evidence of removed apps.

use super::view::time;
use super::{Answer, JsonBody, Key};
use crate::alerts::{self, HookError};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::{alert, removal};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use connector_core::code::sentence;
use serde::{Deserialize, Serialize};

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        match &error {
            HookError::Forbidden(_) | HookError::NotAnAddress => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "alerts.address", error.to_string())
            }
            HookError::Step(_) => {
                let words = "The database does not answer. Try again in a moment.".to_owned();
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", words)
            }
        }
    }
}

/// An alert.
#[derive(Debug, Serialize)]
pub(super) struct AlertView {
    id: String,
    cause: String,
    code: String,
    sentence: String,
    detail: String,
    raised: String,
    resolved: Option<String>,
}

/// A post on its way to the tenant's address, or one that ended.
#[derive(Debug, Serialize)]
pub(super) struct PostView {
    kind: String,
    /// `waiting`, `sent`, `failed`.
    state: String,
    tries: i64,
    detail: Option<String>,
}

/// A tenant's alerts.
#[derive(Debug, Serialize)]
pub(super) struct Alerts {
    /// The latest first.
    alerts: Vec<AlertView>,
    address: Option<String>,
    posts: Vec<PostView>,
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<Alerts> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let rows = alert::latest(unit, &tenant).await?;
            Ok((rows, alert::hook(unit, &tenant).await?, alert::posts(unit, &tenant).await?))
        })
    });
    let (rows, hook, posts) = read.await?;
    let alerts = rows.into_iter().map(|row| AlertView {
        sentence: sentence(&row.code).to_owned(),
        id: row.id,
        cause: row.cause,
        code: row.code,
        detail: row.detail,
        raised: time(row.raised_ms),
        resolved: row.resolved_ms.map(time),
    });
    let posts = posts.into_iter().map(|(kind, state, tries, detail)| PostView { kind, state, tries, detail });
    Ok(Json(Alerts { alerts: alerts.collect(), address: hook.map(|hook| hook.url), posts: posts.collect() }))
}

/// Where alerts are to be posted to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    url: String,
}

/// What posts are signed with.
#[derive(Debug, Serialize)]
pub(super) struct Secret {
    /// `whsec_…`, shown this once.
    secret: String,
}

pub(super) async fn set_address(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Address>,
) -> Answer<Secret> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    Ok(Json(Secret { secret: alerts::set_hook(&shared, &tenant, &wanted.url, &key.actor()).await? }))
}

pub(super) async fn remove_address(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let removed =
        shared.store.write(move |unit| Box::pin(async move { alert::remove_hook(unit, &tenant).await })).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("address")) }
}

pub(super) async fn test(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    alerts::test_hook(&shared, &tenant).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The evidence of an app that was removed in Zoom.
#[derive(Debug, Serialize)]
pub(super) struct RemovalView {
    app: String,
    zoom_user: String,
    proof: String,
    told: String,
    tokens_destroyed: String,
    keep_until: String,
    signed_in_again: Option<String>,
}

pub(super) async fn removals(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Answer<Vec<RemovalView>> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows = shared.store.read(move |unit| Box::pin(async move { removal::latest(unit, &tenant).await })).await?;
    let views = rows.into_iter().map(|row| RemovalView {
        app: row.app,
        zoom_user: row.zoom_user,
        proof: row.proof,
        told: time(row.told_ms),
        tokens_destroyed: time(row.destroyed_ms),
        keep_until: time(row.keep_until_ms),
        signed_in_again: row.returned_ms.map(time),
    });
    Ok(Json(views.collect()))
}
