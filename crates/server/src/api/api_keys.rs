//! A tenant's keys of the API, for scripts: list, make, end. Nobody hands on more than its own key may do.

use super::view::time;
use super::{Answer, JsonBody, Key, Listed, Page, Path, created};
use crate::api_keys::{self, NotMade, Wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::api_key::KeyRow;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::scope::Scopes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

impl From<NotMade> for Problem {
    fn from(error: NotMade) -> Self {
        let (status, code) = match &error {
            NotMade::Name | NotMade::Over => (StatusCode::UNPROCESSABLE_ENTITY, "request.fields"),
            NotMade::TooMany => (StatusCode::CONFLICT, "key.too_many"),
            NotMade::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// A key, without what it is.
#[derive(Debug, Serialize)]
pub struct KeyView {
    /// Names it in addresses.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Who made it; empty for keys from before that was noted.
    pub made_by: String,
    /// When it was made.
    pub made: String,
    /// When it was last used, to the minute.
    pub used: Option<String>,
    /// When it ends by itself.
    pub expires: Option<String>,
}

impl From<&KeyRow> for KeyView {
    fn from(row: &KeyRow) -> Self {
        Self {
            id: row.id().to_owned(),
            name: row.name.clone(),
            scopes: row.scopes.clone(),
            made_by: row.made_by.clone(),
            made: time(row.created_ms),
            used: row.used_ms.map(time),
            expires: row.expires_ms.map(time),
        }
    }
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Listed<KeyView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows = api_keys::list(&shared, Some(tenant)).await?;
    Ok(Page::whole(rows.iter().map(KeyView::from)))
}

/// A key that is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    name: String,
    scopes: Vec<String>,
    expires: Option<String>,
}

/// A key that was made.
#[derive(Debug, Serialize)]
pub(super) struct MadeKey {
    /// The key itself, shown this once.
    key: String,
    #[serde(flatten)]
    view: KeyView,
}

pub(super) async fn make(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<NewKey>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let scopes = Scopes::parse(wanted.scopes.iter().map(String::as_str));
    let scopes = scopes.map_err(|error| super::wrong_fields(error.to_string()))?;
    if !scopes.within(&key.scopes) {
        let sentence = "A key hands on no scope that it does not have itself.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "request.forbidden", sentence));
    }
    let expires = wanted.expires.map(|text| text.parse::<Timestamp>()).transpose();
    let expires = expires.map_err(|_| Problem::bad_request("`expires` is an instant as RFC 3339 writes it."))?;
    let expires_ms = expires.map(Timestamp::as_millisecond);
    let wanted = Wanted { name: wanted.name, tenant: Some(tenant), scopes, expires_ms };
    let made = api_keys::make(&shared, wanted, &key.actor()).await?;
    Ok(created(MadeKey { key: made.key, view: KeyView::from(&made.row) }))
}

pub(super) async fn end(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let ended = api_keys::end(&shared, Some(tenant), &id, &key.actor()).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("key")) }
}

/// Who asks: what a script can find out about its own key.
pub(super) async fn own(key: Key) -> Answer<OwnKey> {
    Ok(axum::Json(OwnKey {
        name: key.name().to_owned(),
        tenant: key.bound_to().map(str::to_owned),
        scopes: key.scopes,
    }))
}

/// The key that asks.
#[derive(Debug, Serialize)]
pub(super) struct OwnKey {
    name: String,
    tenant: Option<String>,
    scopes: Scopes,
}
