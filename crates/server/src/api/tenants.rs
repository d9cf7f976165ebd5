//! Tenants and their settings.

use super::lane::{self, TenantDetail};
use super::view::TenantView;
use super::{Answer, Asked, JsonBody, Key, Limit, Listed, Page, Path, created, rows_wanted};
use crate::app::Shared;
use crate::leadsquared::CrmKeys;
use crate::problem::Problem;
use crate::setup::{self, NewTenant, SetupError};
use crate::store::settings;
use crate::store::tenant_list::{self, Whose};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::ids::TenantId;
use connector_core::settings::{Settings, Versioned, WrongSettings};
use serde::{Deserialize, Serialize};

impl From<SetupError> for Problem {
    fn from(error: SetupError) -> Self {
        let (status, code) = match &error {
            SetupError::Rule(wrong) => return Self::from(wrong.as_ref()),
            SetupError::Taken(_) => (StatusCode::CONFLICT, "tenant.taken"),
            SetupError::Host(_) => (StatusCode::UNPROCESSABLE_ENTITY, "tenant.host"),
            SetupError::Keys(_) => (StatusCode::UNPROCESSABLE_ENTITY, "tenant.keys"),
            SetupError::NotAnswered(_) => (StatusCode::BAD_GATEWAY, "tenant.not_answered"),
            SetupError::NoField(_) | SetupError::NoUser(_) => (StatusCode::UNPROCESSABLE_ENTITY, "settings.not_there"),
            SetupError::SecretNotMade => (StatusCode::UNPROCESSABLE_ENTITY, "settings.wrong"),
            SetupError::NoVersion(_) => (StatusCode::NOT_FOUND, "request.not_found"),
            SetupError::NoTenant => (StatusCode::NOT_FOUND, "request.not_found"),
            SetupError::ChangedMeanwhile => (StatusCode::CONFLICT, "settings.changed_meanwhile"),
            SetupError::Store(_) | SetupError::Key(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// Which page of the tenants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<Limit>,
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Asked(wanted): Asked<Wanted>) -> Listed<TenantView> {
    key.operator()?;
    let after = wanted.after.as_deref().map(TenantId::parse).transpose();
    let after = after.map_err(|_| Problem::bad_request("`after` is the `next` of the page before."))?;
    let rows_wanted = rows_wanted(wanted.limit);
    let read = shared.store.read(move |unit| {
        Box::pin(async move { tenant_list::page(unit, &Whose::Operators, "", after.as_ref(), rows_wanted + 1).await })
    });
    Ok(Page::of_rows(&read.await?, rows_wanted, |row| row.tenant.as_str()))
}

/// A tenant to set up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTenant {
    tenant: TenantId,
    #[serde(default)]
    name: String,
    access_key: String,
    secret_key: String,
    leadsquared_api: Option<String>,
}

pub(super) async fn create(
    State(shared): State<Shared>,
    key: Key,
    JsonBody(wanted): JsonBody<CreateTenant>,
) -> Result<Response, Problem> {
    key.operator()?;
    let new = NewTenant {
        tenant: wanted.tenant,
        name: wanted.name,
        keys: CrmKeys { access: wanted.access_key, secret: wanted.secret_key },
        host: wanted.leadsquared_api,
    };
    let row = setup::create_tenant(&shared, new, &key.actor()).await?;
    Ok(created(TenantView::from(&row)))
}

pub(super) async fn show(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<TenantDetail> {
    let row = key.tenant(&shared, &tenant).await?;
    let lane = lane::lane(&shared, row.tenant.clone()).await?;
    Ok(Json(TenantDetail { tenant: TenantView::from(&row), lane }))
}

/// A pair of keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    access_key: String,
    secret_key: String,
}

pub(super) async fn replace_keys(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(keys): JsonBody<Keys>,
) -> Answer<TenantView> {
    let row = key.tenant(&shared, &tenant).await?;
    let keys = CrmKeys { access: keys.access_key, secret: keys.secret_key };
    setup::replace_keys(&shared, &row.tenant, keys, &key.actor()).await?;
    shared.wakes.courier.wake();
    Ok(Json(TenantView::from(&key.tenant(&shared, &tenant).await?)))
}

/// Settings as people chose them, with their version. What set-up learned may be long, and cannot be written.
#[derive(Debug, Serialize)]
pub(super) struct SettingsView {
    pub version: i64,
    pub settings: Settings,
}

impl From<Versioned> for SettingsView {
    fn from(versioned: Versioned) -> Self {
        Self { version: versioned.version, settings: versioned.settings.as_chosen() }
    }
}

pub(super) async fn set_up(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<SettingsView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    Ok(Json(setup::renew_types(&shared, &tenant, &key.actor()).await?.into()))
}

pub(super) async fn settings(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Answer<SettingsView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let read = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &tenant).await })).await?;
    Ok(Json(read.into()))
}

/// Settings as somebody wrote them, and the version they were read at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenSettings {
    version: i64,
    settings: serde_json::Value,
}

/// Settings as somebody wrote them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToCheck {
    settings: serde_json::Value,
}

/// That nothing is wrong.
#[derive(Debug, Serialize)]
pub(super) struct Right {
    right: bool,
}

/// Says what is wrong with settings, in the words in which saving them would be refused.
pub(super) async fn check_settings(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<ToCheck>,
) -> Answer<Right> {
    key.tenant(&shared, &tenant).await?;
    Settings::written(&wanted.settings).map_err(refused)?;
    Ok(Json(Right { right: true }))
}

/// Settings that cannot be, in the words in which saving them is refused.
pub(super) fn refused(wrong: WrongSettings) -> Problem {
    match wrong {
        WrongSettings::Rule(wrong) => Problem::from(wrong.as_ref()),
        wrong @ (WrongSettings::Unknown(_) | WrongSettings::Value(_)) => {
            let sentence = format!("The settings are not right: {wrong}.");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "settings.wrong", sentence)
        }
    }
}

/// Saves settings as the version after the one they were read at: whoever changes what somebody else changed meanwhile is
/// told so.
pub(super) async fn save_settings(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<WrittenSettings>,
) -> Answer<SettingsView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let settings = Settings::written(&wanted.settings).map_err(refused)?;
    let next = setup::save_settings_after(&shared, &tenant, wanted.version, settings, &key.actor()).await?;
    shared.wakes.courier.wake();
    Ok(Json(next.into()))
}
