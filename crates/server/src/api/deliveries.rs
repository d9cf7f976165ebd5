//! Deliveries: list, show, replay.

use super::view::{DeliveryDetail, DeliveryView};
use super::{Answer, Asked, JsonBody, Key, Limit, Listed, Page, Path, look, rows_wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::delivery_list;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// What to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    state: Option<String>,
    code: Option<String>,
    who: Option<String>,
    before: Option<String>,
    limit: Option<Limit>,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Listed<DeliveryView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows_wanted = rows_wanted(wanted.limit);
    let filter = delivery_list::Filter {
        state: wanted.state,
        code: wanted.code,
        order: crate::store::Order::NewestFirst,
        cause: None,
        who: wanted.who,
        before: wanted.before,
        until: None,
        limit: rows_wanted + 1,
    };
    let rows = shared
        .store
        .read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }))
        .await?;
    Ok(Page::of_rows(&rows, rows_wanted, |row| row.id.as_str()))
}

pub(super) async fn show(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Answer<DeliveryDetail> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let found = look::delivery(&shared, tenant, id).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("delivery"))
}

pub(super) async fn replay(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let replayed = look::replay_delivery(&shared, tenant, id).await?;
    if replayed { Ok(StatusCode::ACCEPTED) } else { Err(Problem::not_found("parked delivery")) }
}

/// Which parked deliveries to replay. Without `confirm` they are only counted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayAll {
    code: Option<String>,
    cause: Option<String>,
    who: Option<String>,
    #[serde(default)]
    confirm: bool,
}

/// What was, or would be, replayed.
#[derive(Debug, Serialize)]
pub(super) struct Replayed {
    count: i64,
    replayed: bool,
}

pub(super) async fn replay_all(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<ReplayAll>,
) -> Answer<Replayed> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    if wanted.who.is_some() {
        key.sees_people()?;
    }
    let filter = delivery_list::Filter {
        code: wanted.code,
        cause: wanted.cause,
        who: wanted.who,
        ..delivery_list::Filter::default()
    };
    let count = look::replay_parked(&shared, tenant, filter, wanted.confirm.then(|| key.actor())).await?;
    Ok(Json(Replayed { count, replayed: wanted.confirm }))
}
