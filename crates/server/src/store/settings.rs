//! Versions of a connector's settings; the highest is in force.

use super::{StoreError, Unit, json};
use connector_core::ids::TenantId;
use connector_core::settings::{Settings, Versioned};
use sqlx::Row;

/// The settings in force; the defaults, as version 0, where nothing was saved.
pub async fn current(unit: &mut Unit, tenant: &TenantId) -> Result<Versioned, StoreError> {
    let row = sqlx::query("select version, body from settings where tenant = $1 order by version desc limit 1")
        .bind(tenant.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(Versioned { version: 0, settings: Settings::default() }) };
    let body: String = row.try_get("body")?;
    Ok(Versioned { version: row.try_get("version")?, settings: read(&body)? })
}

fn read(body: &str) -> Result<Settings, StoreError> {
    Settings::stored(body).map_err(|error| StoreError::Unreadable { what: "settings", why: error.to_string() })
}

/// Saves settings as the version after `after`.
///
/// # Errors
/// A duplicate when somebody else saved that version meanwhile.
pub async fn save(
    unit: &mut Unit,
    tenant: &TenantId,
    next: &Versioned,
    author: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("insert into settings (tenant, version, body, author, created_ms) values ($1, $2, $3, $4, $5)")
        .bind(tenant.as_str())
        .bind(next.version)
        .bind(json(&next.settings, "settings")?)
        .bind(author)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
