//! A tenant's own Zoom app for scripts: what it needs, trying its credentials, replacing its secret token. What was tried is connected
//! by the `confirm` of every sign-in.

use super::connections::Offered;
use super::view::{OfferView, time};
use super::{Answer, JsonBody, Key, app_of, created};
use crate::app::Shared;
use crate::connections::own_app::{self, NotReplaced};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::{OwnApp, events};
use connector_core::zoom::reply::scopes::features_of;
use serde::{Deserialize, Serialize};

impl From<NotReplaced> for Problem {
    fn from(error: NotReplaced) -> Self {
        let (status, code) = match &error {
            NotReplaced::Wrong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "request.fields"),
            NotReplaced::NoOwnApp => (StatusCode::NOT_FOUND, "request.not_found"),
            NotReplaced::Changed => (StatusCode::CONFLICT, "settings.changed_meanwhile"),
            NotReplaced::Store(_) | NotReplaced::Key(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// What an own app needs, and which one is connected.
#[derive(Debug, Serialize)]
pub struct OwnAppView {
    /// Where Zoom has to send its events.
    pub webhook_url: String,
    /// The events it has to subscribe to.
    pub events: Vec<&'static str>,
    /// The scopes it has to have, as Zoom names them for such an app.
    pub scopes: Vec<String>,
    /// Client id of the one that is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Zoom account id of the one that is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Until when the earlier secret token is accepted, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier_secret_token_until: Option<String>,
}

/// Reads what an own app needs, and which one is connected.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn look(shared: &Shared, tenant: &TenantId, app: ZoomApp) -> Result<OwnAppView, Problem> {
    let own = shared.own_app(tenant, app).await.map_err(NotReplaced::from)?;
    let scopes = features_of(app).iter().flat_map(|feature| feature.scopes.iter());
    let now_ms = shared.clock.now_ms();
    Ok(OwnAppView {
        webhook_url: own_app::webhook_url(shared, tenant, app),
        events: events(app).to_vec(),
        scopes: scopes.map(|(scope, _)| format!("{scope}:admin")).collect(),
        earlier_secret_token_until: own.as_ref().and_then(|own| own.earlier_at(now_ms)).map(|one| time(one.until_ms)),
        client_id: own.as_ref().map(|own| own.client_id.clone()),
        account_id: own.map(|own| own.account),
    })
}

pub(super) async fn show(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
) -> Answer<OwnAppView> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    Ok(Json(look(&shared, &tenant, app).await?))
}

/// Credentials as the Zoom Marketplace shows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    account_id: String,
    client_id: String,
    client_secret: String,
    secret_token: String,
}

/// What would be connected.
#[derive(Debug, Serialize)]
struct Tried {
    /// To be handed to `confirm` with the state.
    secret: String,
    #[serde(flatten)]
    offered: Offered,
}

pub(super) async fn try_out(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(given): JsonBody<Given>,
) -> Result<Response, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    let own = OwnApp::given([&given.account_id, &given.client_id, &given.client_secret, &given.secret_token]);
    let secret = crate::dice::token();
    let (state, offer) = own_app::try_out(&shared, &tenant, app, own, (&secret, &key.actor())).await?;
    Ok(created(Tried { secret, offered: Offered { state, offer: OfferView::from(&offer) } }))
}

/// A secret token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretToken {
    secret_token: String,
}

pub(super) async fn replace_secret_token(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, app)): Path<(String, String)>,
    JsonBody(given): JsonBody<SecretToken>,
) -> Result<StatusCode, Problem> {
    let (tenant, app) = (key.tenant(&shared, &tenant).await?.tenant, app_of(&app)?);
    own_app::replace_secret_token(&shared, (&tenant, app), &given.secret_token, &key.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
