//! Who administers a tenant, and its audit log, for scripts.

use super::view::time;
use super::{Asked, JsonBody, Key, Limit, Listed, Page, Path, created, rows_wanted};
use crate::access;
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::audit::{self, AuditRow, Filter};
use crate::store::tenant_admin::{self, AdminRow};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// An admin of a tenant.
#[derive(Debug, Serialize)]
pub(super) struct AdminView {
    id: String,
    email: String,
    name: String,
    since: String,
    last_seen: Option<String>,
    sessions: i64,
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Listed<AdminView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let now_ms = shared.clock.now_ms();
    let read =
        shared.store.read(move |unit| Box::pin(async move { tenant_admin::of_tenant(unit, &tenant, now_ms).await }));
    let view = |row: AdminRow| AdminView {
        id: row.person.id,
        email: row.person.email,
        name: row.person.name,
        since: time(row.since_ms),
        last_seen: row.person.seen_ms.map(time),
        sessions: row.person.sessions,
    };
    Ok(Page::whole(read.await?.into_iter().map(view)))
}

/// Whom to invite.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    email: String,
}

/// An invitation that was made.
#[derive(Debug, Serialize)]
struct MadeView {
    email: String,
    /// Absent when it went by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    expires: String,
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Invite>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?;
    let made = access::invite(&shared, Some(&tenant), &wanted.email, &key.actor()).await?;
    Ok(created(MadeView { email: made.email, url: made.url, expires: time(made.expires_ms) }))
}

pub(super) async fn remove(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, person)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    access::remove_admin(&shared, &tenant, &person, &key.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn end_sessions(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, person)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    access::end_sessions(&shared, Some(&tenant), &person, &key.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    who: String,
    #[serde(default)]
    what: String,
    before: Option<i64>,
    limit: Option<Limit>,
}

/// A line of the audit log.
#[derive(Debug, Serialize)]
pub(super) struct LineView {
    number: i64,
    at: String,
    actor: String,
    action: String,
    detail: String,
}

pub(super) async fn audit_log(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Listed<LineView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows_wanted = rows_wanted(wanted.limit);
    let filter = Filter { who: wanted.who, what: wanted.what, before: wanted.before, limit: rows_wanted + 1 };
    let read = shared.store.read(move |unit| Box::pin(async move { audit::page(unit, Some(&tenant), &filter).await }));
    let rows = read.await?;
    let view = |row: &AuditRow| LineView {
        number: row.number,
        at: time(row.at_ms),
        actor: row.actor.clone(),
        action: row.action.clone(),
        detail: row.detail.clone(),
    };
    Ok(Page::of(&rows, rows_wanted, |row| row.number.to_string(), view))
}
