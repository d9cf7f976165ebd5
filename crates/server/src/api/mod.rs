//! The JSON API under `/api/v1`: everything that sets a tenant up and looks at its work, for scripts. Who asks is a key
//! (`Authorization: Bearer …`); a key of a tenant reaches that tenant only. Answers are JSON, refusals are problem+json.
//!
//! `route` is the list of routes that router and description are made from, `view` how stored rows look in JSON.

mod additions;
mod alerts;
mod connections;
mod deliveries;
mod journal;
pub mod lane;
pub mod look;
mod meeting_changes;
mod meetings;
pub mod migration;
mod openapi;
pub mod people;
pub mod registrants;
mod settings;
mod sharing;
mod tenants;
pub mod view;

use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::http::BODY_TIMEOUT;
use crate::intake::read_body;
use crate::problem::Problem;
use crate::store::operator;
use crate::store::tenant::{self, TenantRow};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use connector_core::ids::{TenantId, ZoomApp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest body the API takes, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// What keys begin with, so that a leaked one is recognised.
pub const KEY_PREFIX: &str = "zck_";
/// Rows of a page when nothing else is asked for, and at the most.
pub const PAGE_ROWS: i64 = 50;
/// Rows of a page at the most.
pub const PAGE_ROWS_MAX: i64 = 500;

/// The API's routes, below `/api/v1`. `openapi::ROUTES` lists the same; a test compares.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(openapi::description))
        .route("/tenants", get(tenants::list).post(tenants::create))
        .route("/tenants/{tenant}", get(tenants::show))
        .route("/tenants/{tenant}/keys", put(tenants::replace_keys))
        .route("/tenants/{tenant}/set-up", post(tenants::set_up))
        .route("/tenants/{tenant}/settings", get(tenants::settings).put(tenants::save_settings))
        .route("/tenants/{tenant}/settings/versions", get(settings::list))
        .route("/tenants/{tenant}/settings/versions/{version}", get(settings::show))
        .route("/tenants/{tenant}/settings/versions/{version}/difference", get(settings::difference))
        .route("/tenants/{tenant}/settings/versions/{version}/restore", post(settings::restore))
        .route("/tenants/{tenant}/settings/rehearsal", post(settings::rehearse))
        .route("/tenants/{tenant}/settings/preview", post(settings::preview))
        .route("/tenants/{tenant}/lead-fields", get(settings::lead_fields))
        .route("/tenants/{tenant}/settings/check", post(tenants::check_settings))
        .route("/tenants/{tenant}/connections", get(connections::list))
        .route("/tenants/{tenant}/connections/{app}", delete(connections::disconnect))
        .route("/tenants/{tenant}/connections/{app}/sign-in", post(connections::begin))
        .route("/tenants/{tenant}/connections/{app}/sign-in/complete", post(connections::complete))
        .route("/tenants/{tenant}/connections/{app}/sign-in/confirm", post(connections::confirm))
        .route("/tenants/{tenant}/connections/{app}/link", post(connections::link))
        .route(
            "/tenants/{tenant}/connections/{app}/stand-by",
            post(connections::begin_stand_by).delete(connections::end_stand_by),
        )
        .route("/tenants/{tenant}/connections/{app}/shares", get(sharing::list).post(sharing::offer))
        .route("/tenants/{tenant}/connections/{app}/shares/{id}", delete(sharing::end))
        .route("/tenants/{tenant}/connections/{app}/where", post(sharing::would_go))
        .route("/tenants/{tenant}/shares/accept", post(sharing::accept))
        .route("/tenants/{tenant}/alerts", get(alerts::list))
        .route("/tenants/{tenant}/alerts/addresses", post(alerts::add_address))
        .route("/tenants/{tenant}/alerts/addresses/{id}", delete(alerts::remove_address))
        .route("/tenants/{tenant}/alerts/test", post(alerts::test))
        .route("/tenants/{tenant}/removals", get(alerts::removals))
        .route("/tenants/{tenant}/journal", get(journal::list))
        .route("/tenants/{tenant}/journal/{id}", get(journal::show))
        .route("/tenants/{tenant}/journal/{id}/replay", post(journal::replay))
        .route("/tenants/{tenant}/deliveries", get(deliveries::list))
        .route("/tenants/{tenant}/deliveries/replay", post(deliveries::replay_all))
        .route("/tenants/{tenant}/deliveries/{id}", get(deliveries::show))
        .route("/tenants/{tenant}/deliveries/{id}/replay", post(deliveries::replay))
        .route("/tenants/{tenant}/people", get(people::list))
        .route("/tenants/{tenant}/people/{id}", post(people::decide))
        .route("/tenants/{tenant}/meetings", post(meetings::schedule))
        .route(
            "/tenants/{tenant}/meetings/{wish}",
            get(meetings::follow).patch(meeting_changes::change).delete(meeting_changes::cancel),
        )
        .route("/tenants/{tenant}/meetings/{wish}/meeting.ics", get(meetings::calendar))
        .route("/tenants/{tenant}/webinars", get(additions::webinars))
        .route("/tenants/{tenant}/webinars/{webinar}/questions", get(additions::questions))
        .route("/tenants/{tenant}/webinars/{webinar}/leads", post(additions::add))
        .route("/tenants/{tenant}/registrants", post(registrants::fetch))
        .route("/tenants/{tenant}/lists", get(additions::lists))
        .route("/tenants/{tenant}/migration", get(migration::show).post(migration::act))
        .route("/tenants/{tenant}/migration/invite", post(migration::invite))
        .route("/tenants/{tenant}/migration/old-app", put(migration::save_old_app).delete(migration::forget_old_app))
        .route("/tenants/{tenant}/additions/{wish}", get(additions::follow))
        .route("/tenants/{tenant}/additions/{wish}/leads", get(additions::leads))
        .fallback(no_such_route)
}

async fn no_such_route() -> Problem {
    Problem::not_found("route")
}

/// What a route answers.
type Answer<T> = Result<Json<T>, Problem>;

/// The key behind a request: no argument of this type, no access.
pub struct Key {
    name: String,
    tenant: Option<TenantId>,
}

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "request.key",
                "This needs an API key: Authorization: Bearer zck_…; `zoom-connector user add-key` makes one.",
            )
        };
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = header.and_then(|text| text.strip_prefix("Bearer ")).map(str::trim).ok_or_else(refused)?;
        let key_hash = hash(key);
        let found =
            shared.store.read(move |unit| Box::pin(async move { operator::find_key(unit, &key_hash).await })).await?;
        let (name, tenant) = found.ok_or_else(refused)?;
        Ok(Self { name, tenant })
    }
}

impl Key {
    /// Who asks, for the audit log.
    fn actor(&self) -> String {
        format!("API key {}", self.name)
    }

    /// Makes sure that the key is the operator's.
    fn operator(&self) -> Result<(), Problem> {
        let refused = || {
            Problem::new(
                StatusCode::FORBIDDEN,
                "request.forbidden",
                "This key is bound to one tenant; this needs an operator's key.",
            )
        };
        if self.tenant.is_none() { Ok(()) } else { Err(refused()) }
    }

    /// The tenant of an address, if there is one and the key reaches it; both refusals look alike.
    async fn tenant(&self, shared: &Shared, text: &str) -> Result<TenantRow, Problem> {
        let missing = || Problem::not_found("tenant");
        let id = TenantId::parse(text).map_err(|_| missing())?;
        if self.tenant.as_ref().is_some_and(|own| *own != id) {
            return Err(missing());
        }
        let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &id).await })).await?;
        row.ok_or_else(missing)
    }
}

/// The Zoom app of an address.
fn app_of(text: &str) -> Result<ZoomApp, Problem> {
    ZoomApp::parse(text).ok_or_else(|| Problem::bad_request("The Zoom app is `meetings` or `webinars`."))
}

/// A JSON body, read through the limits; unknown fields are refused by the types.
struct JsonBody<T>(T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _shared: &Shared) -> Result<Self, Problem> {
        let refused = |status: StatusCode| Problem::new(status, "request.body", "The body could not be read.");
        let bytes = read_body(request.into_body(), BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(refused)?;
        let parsed = serde_json::from_slice(&bytes);
        parsed
            .map(Self)
            .map_err(|error| Problem::bad_request(format!("The body is not what is expected here: {error}.")))
    }
}

/// What a list is asked for in the address; unknown names are refused by the types, and as every refusal here looks.
struct Asked<T>(T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _shared: &Shared) -> Result<Self, Problem> {
        let asked = Query::try_from_uri(&parts.uri);
        asked
            .map(|Query(asked)| Self(asked))
            .map_err(|error| Problem::bad_request(format!("This cannot be asked for: {}.", error.body_text())))
    }
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Give it as `before` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How many rows to list.
fn rows_wanted(limit: Option<i64>) -> i64 {
    limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX)
}

/// A page out of rows, of which one more was asked for than wanted.
fn page<R, T: for<'r> From<&'r R>>(rows: &[R], wanted: i64, id: fn(&R) -> &str) -> Page<T> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let shown = rows.get(..wanted.min(rows.len())).unwrap_or(rows);
    let next = if rows.len() > wanted { shown.last().map(|row| id(row).to_owned()) } else { None };
    Page { items: shown.iter().map(T::from).collect(), next }
}

/// A new key and what is stored of it.
#[must_use]
pub fn new_key() -> (String, String) {
    let key = format!("{KEY_PREFIX}{}", crate::dice::token());
    let key_hash = hash(&key);
    (key, key_hash)
}

/// 201 with JSON.
fn created<T: Serialize>(value: T) -> Response {
    (StatusCode::CREATED, Json(value)).into_response()
}
