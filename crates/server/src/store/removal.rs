//! Evidence of apps removed in Zoom: what proved it, when the tokens were destroyed, and until when what is kept here may be
//! kept. A sign-in that follows stops that clock.

use super::connection::ConnectionRow;
use super::{StoreError, Unit};
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;

/// So long after a removal what is kept of the Zoom account may be kept, in milliseconds: ten days (zoom.md § 2.2).
pub const KEEP_MS: i64 = 10 * 24 * 60 * 60 * 1000;

/// A removal as people see it.
#[derive(Debug, Clone)]
pub struct RemovalRow {
    /// For which app.
    pub app: String,
    /// The Zoom user who removed it.
    pub zoom_user: String,
    /// What proved it: `signature`.
    pub proof: String,
    /// When Zoom says that it happened, epoch milliseconds.
    pub told_ms: i64,
    /// When the tokens were destroyed, epoch milliseconds.
    pub destroyed_ms: i64,
    /// Until when what is kept may be kept, epoch milliseconds.
    pub keep_until_ms: i64,
    /// When somebody signed in again, which ended the clock.
    pub returned_ms: Option<i64>,
}

/// Records a removal that was proven, in the unit that destroys the tokens.
pub async fn insert(
    unit: &mut Unit,
    gone: &ConnectionRow,
    (proof, told_ms): (&str, i64),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into removal (tenant, id, connection, app, account, zoom_user, proof, told_ms, destroyed_ms, keep_until_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(gone.tenant.as_str())
    .bind(crate::dice::id(now_ms))
    .bind(&gone.id)
    .bind(gone.app.as_str())
    .bind(&gone.account)
    .bind(&gone.zoom_user)
    .bind(proof)
    .bind(told_ms)
    .bind(now_ms)
    .bind(now_ms + KEEP_MS)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Somebody signed in again with that app: what is kept may be kept on.
pub async fn returned(unit: &mut Unit, tenant: &TenantId, app: ZoomApp, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update removal set returned_ms = $3 where tenant = $1 and app = $2 and returned_ms is null")
        .bind(tenant.as_str())
        .bind(app.as_str())
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Removals that are shown.
const REMOVALS_MAX: i64 = 50;

/// The tenant's removals, the latest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<RemovalRow>, StoreError> {
    let rows = sqlx::query(
        "select app, zoom_user, proof, told_ms, destroyed_ms, keep_until_ms, returned_ms from removal \
         where tenant = $1 order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(REMOVALS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(RemovalRow {
                app: row.try_get("app")?,
                zoom_user: row.try_get("zoom_user")?,
                proof: row.try_get("proof")?,
                told_ms: row.try_get("told_ms")?,
                destroyed_ms: row.try_get("destroyed_ms")?,
                keep_until_ms: row.try_get("keep_until_ms")?,
                returned_ms: row.try_get("returned_ms")?,
            })
        })
        .collect()
}
