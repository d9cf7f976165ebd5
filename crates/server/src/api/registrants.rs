//! Fetching registrations from Zoom: a wish, which goes through the same pipe as everything else.

use super::{JsonBody, Key, Path, wrong_fields};
use crate::app::Shared;
use crate::intake::commands::{self, NotAdded};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::addition::request;
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::zoom::listed::Wanted;
use serde::Deserialize;
use serde_json::json;

/// What to fetch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Names the wish: the same name twice fetches once. Made up when absent.
    wish: Option<WishId>,
    /// The webinar's number; all that are planned when absent.
    #[serde(default)]
    webinar: String,
}

/// Asks for registrations; the same wish again fetches once.
///
/// # Errors
/// [`NotAdded`].
pub async fn ask(
    shared: &Shared,
    tenant: &TenantId,
    wanted: Wanted,
    wish: &WishId,
    actor: &str,
) -> Result<(), NotAdded> {
    commands::fetch_registrants(shared, tenant, wanted, wish, actor).await
}

pub(super) async fn fetch(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let wish = key.wish(asked.wish)?;
    let wanted = request::registrations(&asked.webinar).map_err(wrong_fields)?;
    ask(&shared, &tenant, wanted, &wish, &key.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "wish": wish.as_str() }))).into_response())
}
