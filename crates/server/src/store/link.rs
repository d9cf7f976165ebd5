//! Links that work once or for a while: the first run's, and the one a Zoom admin signs in by.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;

/// A link that was found.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// Whose, if it is a tenant's.
    pub tenant: Option<TenantId>,
    /// What it is for in detail: the app.
    pub detail: Option<String>,
}

/// Adds a link under the hash of its token.
pub async fn insert(
    unit: &mut Unit,
    (hash, purpose): (&str, &str),
    (tenant, detail): (Option<&TenantId>, Option<&str>),
    now_ms: i64,
    expires_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into link (hash, purpose, tenant, detail, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash)
    .bind(purpose)
    .bind(tenant.map(TenantId::as_str))
    .bind(detail)
    .bind(now_ms)
    .bind(expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The link of that hash and purpose, if it still works.
pub async fn find(unit: &mut Unit, hash: &str, purpose: &str, now_ms: i64) -> Result<Option<LinkRow>, StoreError> {
    let row = sqlx::query(
        "select tenant, detail from link where hash = $1 and purpose = $2 and expires_ms > $3 and used_ms is null",
    )
    .bind(hash)
    .bind(purpose)
    .bind(now_ms)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tenant: Option<String> = row.try_get("tenant")?;
    Ok(Some(LinkRow { tenant: tenant.map(|tenant| tenant_id(&tenant)).transpose()?, detail: row.try_get("detail")? }))
}

/// Uses a link up. Answers whether it still worked.
pub async fn use_up(unit: &mut Unit, hash: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("update link set used_ms = $2 where hash = $1 and used_ms is null and expires_ms > $2")
        .bind(hash)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends what [`end_all`] ends, of a tenant or of none.
pub async fn end_former(
    unit: &mut Unit,
    tenant: Option<&TenantId>,
    (purpose, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update link set used_ms = $4 where coalesce(tenant, '') = $1 and purpose = $2 and detail = $3 and used_ms is null",
    )
    .bind(tenant.map_or("", TenantId::as_str))
    .bind(purpose)
    .bind(detail)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Ends a tenant's links of that purpose and detail that still work: a newer one was made, or one was used.
pub async fn end_all(
    unit: &mut Unit,
    tenant: &TenantId,
    (purpose, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update link set used_ms = $4 where tenant = $1 and purpose = $2 and detail = $3 and used_ms is null")
        .bind(tenant.as_str())
        .bind(purpose)
        .bind(detail)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
