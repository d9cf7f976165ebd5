//! Notifications: list, show, replay.

use super::view::{NotificationDetail, NotificationView};
use super::{Answer, Asked, Key, Limit, Listed, Page, Path, look, rows_wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::journal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

/// What to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    outcome: Option<String>,
    event: Option<String>,
    before: Option<String>,
    limit: Option<Limit>,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Listed<NotificationView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows_wanted = rows_wanted(wanted.limit);
    let filter = journal::Filter {
        state: wanted.outcome,
        event: wanted.event,
        before: wanted.before,
        limit: rows_wanted + 1,
        ..journal::Filter::default()
    };
    let rows =
        shared.store.read(move |unit| Box::pin(async move { journal::page(unit, &tenant, &filter).await })).await?;
    Ok(Page::of_rows(&rows, rows_wanted, |row| row.id.as_str()))
}

pub(super) async fn show(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Answer<NotificationDetail> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let found = look::notification(&shared, tenant, id).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("notification"))
}

pub(super) async fn replay(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let replayed = look::replay_notification(&shared, tenant, id).await?;
    if replayed { Ok(StatusCode::ACCEPTED) } else { Err(Problem::not_found("notification that is settled")) }
}
