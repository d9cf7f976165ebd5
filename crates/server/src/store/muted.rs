//! Groups of failures that somebody does not want to hear of until they have grown.

use super::issue::Key;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Muted groups of a tenant that are read at the most, the latest first.
pub const MUTED_MAX: i64 = 1_000;

/// A group that was muted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutedRow {
    /// Which.
    pub key: Key,
    /// How many failures it had then.
    pub count: i64,
    /// By whom.
    pub actor: String,
    /// When, epoch milliseconds.
    pub muted_ms: i64,
}

/// Every group that the tenant muted.
pub async fn all(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<MutedRow>, StoreError> {
    let rows = sqlx::query(
        "select code, cause, count, actor, muted_ms from muted where tenant = $1 order by muted_ms desc, code, cause limit $2",
    )
    .bind(tenant.as_str())
    .bind(MUTED_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(MutedRow {
                key: Key { code: row.try_get("code")?, cause: row.try_get("cause")? },
                count: row.try_get("count")?,
                actor: row.try_get("actor")?,
                muted_ms: row.try_get("muted_ms")?,
            })
        })
        .collect()
}

/// Mutes a group, or mutes it anew at the number it has now.
pub async fn mute(unit: &mut Unit, tenant: &TenantId, row: &MutedRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into muted (tenant, code, cause, count, actor, muted_ms) values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant, code, cause) do update set count = excluded.count, actor = excluded.actor, \
         muted_ms = excluded.muted_ms",
    )
    .bind(tenant.as_str())
    .bind(&row.key.code)
    .bind(&row.key.cause)
    .bind(row.count)
    .bind(&row.actor)
    .bind(row.muted_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Shows a group again. Answers whether it was muted.
pub async fn unmute(unit: &mut Unit, tenant: &TenantId, key: &Key) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from muted where tenant = $1 and code = $2 and cause = $3")
        .bind(tenant.as_str())
        .bind(&key.code)
        .bind(&key.cause)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}
