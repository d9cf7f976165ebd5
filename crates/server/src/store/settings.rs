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

/// One version, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Counts from 1.
    pub version: i64,
    /// Who saved it.
    pub author: String,
    /// When, epoch milliseconds.
    pub created_ms: i64,
}

/// A page of the versions, newest first, older than `before` where that is given.
pub async fn versions(
    unit: &mut Unit,
    tenant: &TenantId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<VersionRow>, StoreError> {
    let rows = sqlx::query(
        "select version, author, created_ms from settings where tenant = $1 and version < $2 order by version desc limit $3",
    )
    .bind(tenant.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(VersionRow {
            version: row.try_get("version")?,
            author: row.try_get("author")?,
            created_ms: row.try_get("created_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// One version of the settings.
pub async fn at(unit: &mut Unit, tenant: &TenantId, version: i64) -> Result<Option<Settings>, StoreError> {
    let row = sqlx::query("select body from settings where tenant = $1 and version = $2")
        .bind(tenant.as_str())
        .bind(version)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.map(|row| read(&row.try_get::<String, _>("body")?)).transpose()
}
