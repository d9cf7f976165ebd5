//! Sign-ins with Zoom for scripts. `begin` gives the address to open at Zoom and a secret that ties the sign-in to
//! whoever began it; `complete` takes the address that Zoom sent the browser to; `confirm` connects.

use super::view::{ConnectionView, OfferView};
use super::{Answer, JsonBody, Key, Listed, Page, Path, app_of, created, look, wrong_fields};
use crate::app::Shared;
use crate::connections::disconnect;
use crate::connections::sign_in::{self, SignInError};
use crate::connections::{script, stand_by};
use crate::problem::Problem;
use crate::store::connection;
use crate::store::sign_in::Wanted;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let (status, code) = match &error {
            SignInError::NotConfigured(_) => (StatusCode::CONFLICT, "sign_in.not_configured"),
            SignInError::NotKnown => (StatusCode::NOT_FOUND, "sign_in.not_known"),
            SignInError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "sign_in.refused"),
            SignInError::Store(_) | SignInError::Key(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Listed<ConnectionView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    Ok(Page::whole(look::connections(&shared, tenant).await?))
}

/// A sign-in that began.
#[derive(Debug, Serialize)]
pub(super) struct Begun {
    /// To be opened by a Zoom admin.
    authorize_url: String,
    /// To be handed back to `complete` and `confirm`; whoever has it can finish the sign-in.
    secret: String,
}

pub(super) async fn begin(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let secret = crate::dice::token();
    let authorize_url = sign_in::begin(&shared, &tenant, app, &secret, &key.actor()).await?;
    Ok(created(Begun { authorize_url, secret }))
}

/// Begins the sign-in of a second admin, who stands by; `complete` and `confirm` go on as with any sign-in.
pub(super) async fn begin_stand_by(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let secret = crate::dice::token();
    let who = (secret.as_str(), &*key.actor());
    let authorize_url = sign_in::begin_for(&shared, &tenant, app, who, Wanted::StandBy).await?;
    Ok(created(Begun { authorize_url, secret }))
}

pub(super) async fn end_stand_by(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let ended = stand_by::dismiss(&shared, &tenant, app, &key.actor()).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("stand-by")) }
}

/// Where Zoom sent the browser.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Complete {
    /// The whole address of the callback, with `code` and `state` or `error` and `state`.
    callback_url: String,
    secret: String,
}

/// What would be connected.
#[derive(Debug, Serialize)]
pub(super) struct Offered {
    /// To be handed to `confirm`.
    pub(super) state: String,
    #[serde(flatten)]
    pub(super) offer: OfferView,
}

pub(super) async fn complete(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Complete>,
) -> Answer<Offered> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let back = script::read_callback(&wanted.callback_url)
        .ok_or_else(|| wrong_fields("callback_url must be the whole address that Zoom sent the browser to."))?;
    script::belongs(&shared, &tenant, (&back.state, &wanted.secret)).await?;
    let keys = (back.state.as_str(), wanted.secret.as_str());
    let (_, offer) = match &back.outcome {
        Ok(code) => sign_in::come_back(&shared, app, code, keys).await?,
        Err(error) => sign_in::declined(&shared, app, error, keys).await?,
    };
    Ok(Json(Offered { offer: OfferView::from(&offer), state: back.state }))
}

/// A confirmation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    state: String,
    secret: String,
}

pub(super) async fn confirm(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Confirm>,
) -> Answer<ConnectionView> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    script::belongs(&shared, &tenant, (&wanted.state, &wanted.secret)).await?;
    sign_in::confirm(&shared, app, (&wanted.state, &wanted.secret)).await?;
    let open =
        shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await })).await?;
    let open = open.ok_or_else(|| Problem::not_found("connection"))?;
    Ok(Json(ConnectionView::from(&open)))
}

pub(super) async fn disconnect(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let ended = disconnect::disconnect(&shared, &tenant, app, &key.actor()).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("connection")) }
}

/// A link that a Zoom admin signs in by.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    url: String,
    expires: String,
}

pub(super) async fn link(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let (url, expires_ms) = script::make_link(&shared, &tenant, app, &key.actor()).await?;
    Ok(created(Link { url, expires: super::view::time(expires_ms) }))
}
