//! The JSON API under `/api/v1`: everything that sets a tenant up and looks at its work, for scripts. Who asks is a key
//! (`Authorization: Bearer …`); a key of a tenant reaches that tenant only. Answers are JSON, refusals are problem+json.
//!
//! `gate` is what every request passes, `openapi` the description and what the gate knows of each route, `view` how stored rows
//! look in JSON.

mod access;
pub mod actions;
mod additions;
mod alerts;
pub mod api_keys;
mod connections;
mod deliveries;
mod events;
mod gate;
pub mod idempotency;
mod follow;
mod issues;
mod journal;
mod key;
pub mod lane;
pub mod look;
mod masking;
mod meeting_changes;
mod meetings;
pub mod migration;
mod openapi;
pub mod own_app;
pub mod people;
pub mod registrants;
pub mod sales_users;
mod settings;
mod sharing;
mod tenants;
pub mod view;

use crate::app::Shared;
use crate::http::BODY_TIMEOUT;
use crate::intake::read_body;
use crate::problem::Problem;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use connector_core::ids::ZoomApp;
use key::Key;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The largest body the API takes, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Rows of a page when nothing else is asked for, and at the most.
pub const PAGE_ROWS: i64 = 50;
/// Rows of a page at the most.
pub const PAGE_ROWS_MAX: i64 = 500;

/// The API's routes, below `/api/v1`. The tables of `openapi` list the same; a test compares.
pub fn router(shared: &Shared) -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(openapi::description))
        .route("/key", get(api_keys::own))
        .route("/tenants/{tenant}/api-keys", get(api_keys::list).post(api_keys::make))
        .route("/tenants/{tenant}/api-keys/{id}", delete(api_keys::end))
        .route("/tenants", get(tenants::list).post(tenants::create))
        .route("/tenants/{tenant}", get(tenants::show))
        .route("/tenants/{tenant}/keys", put(tenants::replace_keys))
        .route("/tenants/{tenant}/set-up", post(tenants::set_up))
        .route("/tenants/{tenant}/leadsquared/addresses", get(actions::show))
        .route("/tenants/{tenant}/leadsquared/secret", post(actions::renew))
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
        .route("/tenants/{tenant}/connections/{app}/own-app", get(own_app::show).post(own_app::try_out))
        .route("/tenants/{tenant}/connections/{app}/own-app/secret-token", put(own_app::replace_secret_token))
        .route("/tenants/{tenant}/connections/{app}/link", post(connections::link))
        .route(
            "/tenants/{tenant}/connections/{app}/stand-by",
            post(connections::begin_stand_by).delete(connections::end_stand_by),
        )
        .route("/tenants/{tenant}/connections/{app}/shares", get(sharing::list).post(sharing::offer))
        .route("/tenants/{tenant}/connections/{app}/shares/{id}", delete(sharing::end))
        .route("/tenants/{tenant}/connections/{app}/guest", delete(sharing::leave))
        .route("/tenants/{tenant}/connections/{app}/where", post(sharing::would_go))
        .route("/tenants/{tenant}/shares/accept", post(sharing::accept))
        .route("/tenants/{tenant}/alerts", get(alerts::list))
        .route("/tenants/{tenant}/alerts/addresses", post(alerts::add_address))
        .route("/tenants/{tenant}/alerts/addresses/{id}", delete(alerts::remove_address))
        .route("/tenants/{tenant}/alerts/addresses/{id}/secret", post(alerts::replace_secret))
        .route("/tenants/{tenant}/alerts/test", post(alerts::test))
        .route("/tenants/{tenant}/removals", get(alerts::removals))
        .route("/tenants/{tenant}/removals/choice", get(alerts::removal_choice).put(alerts::choose_removal))
        .merge(of_the_work())
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn_with_state(shared.clone(), gate::gate))
}

/// What came in, what goes out, and what people ask for.
fn of_the_work() -> Router<Shared> {
    Router::new()
        .route("/tenants/{tenant}/journal", get(journal::list))
        .route("/tenants/{tenant}/journal/{id}", get(journal::show))
        .route("/tenants/{tenant}/journal/{id}/replay", post(journal::replay))
        .route("/tenants/{tenant}/events", get(events::list))
        .route("/tenants/{tenant}/events/{id}", get(events::show))
        .route("/tenants/{tenant}/deliveries", get(deliveries::list))
        .route("/tenants/{tenant}/deliveries/replay", post(deliveries::replay_all))
        .route("/tenants/{tenant}/deliveries/{id}", get(deliveries::show))
        .route("/tenants/{tenant}/deliveries/{id}/replay", post(deliveries::replay))
        .route("/tenants/{tenant}/issues", get(issues::list))
        .route("/tenants/{tenant}/issues/mute", post(issues::mute))
        .route("/tenants/{tenant}/issues/read", post(issues::read_again))
        .route("/tenants/{tenant}/follow", get(follow::follow))
        .route("/tenants/{tenant}/access", get(access::list).post(access::invite))
        .route("/tenants/{tenant}/access/{person}", delete(access::remove))
        .route("/tenants/{tenant}/access/{person}/sessions", delete(access::end_sessions))
        .route("/tenants/{tenant}/sales-users/links", post(sales_users::make_link))
        .route("/tenants/{tenant}/sales-users/{email}", delete(sales_users::end))
        .route("/tenants/{tenant}/audit", get(access::audit_log))
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
}

async fn no_such_route() -> Problem {
    Problem::not_found("route")
}

/// 405; the router adds which methods there are.
async fn no_such_method() -> Problem {
    let sentence = "This address does not take this method; the Allow header says which it takes.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "request.method", sentence)
}

/// What a route answers.
type Answer<T> = Result<Json<T>, Problem>;

/// 422: what was sent can be read, and says what cannot be.
fn wrong_fields(sentence: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "request.fields", sentence)
}

/// The Zoom app of an address.
fn app_of(text: &str) -> Result<ZoomApp, Problem> {
    ZoomApp::parse(text).ok_or_else(|| Problem::not_found("Zoom app; there are `meetings` and `webinars`"))
}

/// What the address names; a text that is none of its kind names nothing.
struct Path<T>(T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let named = axum::extract::Path::<T>::from_request_parts(parts, shared).await;
        // No text of ours holds the character NUL: a database refuses it.
        let has_nul = parts.uri.path().contains("%00");
        let named = named.ok().filter(|_| !has_nul).ok_or_else(|| Problem::not_found("address"))?;
        Ok(Self(named.0))
    }
}

/// A JSON body, which the gate has read through the limits; unknown fields are refused by the types.
struct JsonBody<T>(T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _shared: &Shared) -> Result<Self, Problem> {
        let refused = |status: StatusCode| Problem::new(status, "request.body", "The body could not be read.");
        let bytes = read_body(request.into_body(), BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(refused)?;
        let wrong = |error| Problem::bad_request(format!("The body is not what is expected here: {error}."));
        let parsed = serde_json::from_slice(&bytes).map_err(wrong)?;
        // No text of ours holds the character NUL: a database refuses it.
        let written = serde_json::from_slice::<serde_json::Value>(&bytes).map_err(wrong)?;
        if has_nul(&written) {
            return Err(Problem::bad_request("A text of the body holds a character that no text has."));
        }
        Ok(Self(parsed))
    }
}

fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
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

/// How many rows of a list are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
struct Limit(i64);

impl TryFrom<i64> for Limit {
    type Error = String;

    fn try_from(rows: i64) -> Result<Self, String> {
        let fits = (1..=PAGE_ROWS_MAX).contains(&rows);
        if fits { Ok(Self(rows)) } else { Err(format!("limit is a number from 1 to {PAGE_ROWS_MAX}")) }
    }
}

/// How many rows to list.
fn rows_wanted(limit: Option<Limit>) -> i64 {
    limit.map_or(PAGE_ROWS, |Limit(rows)| rows)
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// In the order of the list.
    pub items: Vec<T>,
    /// Give it as `before` (in lists that go from new to old) or `after` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Where the next page begins, for the gate, which says it in a header.
#[derive(Debug, Clone)]
struct Next(String);

impl<T> Page<T> {
    /// All that there is.
    fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next: None }
    }

    /// A page out of rows that look alike everywhere.
    fn of_rows<R>(rows: &[R], wanted: i64, id: fn(&R) -> &str) -> Self
    where
        T: for<'r> From<&'r R>,
    {
        Self::of(rows, wanted, |row| id(row).to_owned(), |row| T::from(row))
    }

    /// A page out of rows, of which one more was asked for than wanted.
    fn of<R>(rows: &[R], wanted: i64, id: impl Fn(&R) -> String, view: impl Fn(&R) -> T) -> Self {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let shown = rows.get(..wanted.min(rows.len())).unwrap_or(rows);
        let next = if rows.len() > wanted { shown.last().map(id) } else { None };
        Self { items: shown.iter().map(view).collect(), next }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let next = self.next.clone().map(Next);
        let mut response = Json(self).into_response();
        next.map(|next| response.extensions_mut().insert(next));
        response
    }
}

/// A list that is answered.
type Listed<T> = Result<Page<T>, Problem>;

/// 201 with JSON.
fn created<T: Serialize>(value: T) -> Response {
    (StatusCode::CREATED, Json(value)).into_response()
}
