//! Versions of a connector's settings: which there are, how two of them differ, and the way back to one. Going back makes a
//! new version: none is ever removed.

use super::{SetupError, save_settings_after};
use crate::app::Shared;
use crate::store::settings::{self, VersionRow};
use connector_core::ids::TenantId;
use connector_core::settings::difference::{Change, difference};
use connector_core::settings::{Settings, Versioned};

/// The versions, newest first, older than `before` where that is given.
///
/// # Errors
/// [`SetupError::Store`].
pub async fn list(
    shared: &Shared,
    tenant: &TenantId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<VersionRow>, SetupError> {
    let tenant = tenant.clone();
    let read =
        shared.store.read(move |unit| Box::pin(async move { settings::versions(unit, &tenant, before, limit).await }));
    Ok(read.await?)
}

/// One version; 0 are the defaults that nobody saved.
///
/// # Errors
/// [`SetupError::NoVersion`].
pub async fn at(shared: &Shared, tenant: &TenantId, version: i64) -> Result<Settings, SetupError> {
    if version == 0 {
        return Ok(Settings::default());
    }
    let tenant = tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { settings::at(unit, &tenant, version).await }));
    read.await?.ok_or(SetupError::NoVersion(version))
}

/// What changed from one version to another.
///
/// # Errors
/// [`SetupError::NoVersion`].
pub async fn between(shared: &Shared, tenant: &TenantId, from: i64, to: i64) -> Result<Vec<Change>, SetupError> {
    Ok(difference(&at(shared, tenant, from).await?, &at(shared, tenant, to).await?))
}

/// Makes the settings of an earlier version the newest; `read_at` is the version that was in force when somebody chose so.
///
/// # Errors
/// [`SetupError`]: there is no such version, somebody else changed the settings meanwhile, or LeadSquared has no more what
/// they name.
pub async fn go_back(
    shared: &Shared,
    tenant: &TenantId,
    (version, read_at): (i64, i64),
    actor: &str,
) -> Result<Versioned, SetupError> {
    let earlier = at(shared, tenant, version).await?;
    save_settings_after(shared, tenant, read_at, earlier, actor).await
}
