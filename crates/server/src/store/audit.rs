//! Who did what and when.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Writes a line, in the unit that does the deed.
pub async fn write(
    unit: &mut Unit,
    actor: &str,
    tenant: Option<&TenantId>,
    (action, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("insert into audit (id, at_ms, actor, tenant, action, detail) values ($1, $2, $3, $4, $5, $6)")
        .bind(crate::dice::id(now_ms))
        .bind(now_ms)
        .bind(actor)
        .bind(tenant.map(TenantId::as_str))
        .bind(action)
        .bind(detail)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// A line as people see it.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// In words.
    pub detail: String,
}

/// The tenant's latest lines, newest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let rows =
        sqlx::query("select at_ms, actor, action, detail from audit where tenant = $1 order by id desc limit $2")
            .bind(tenant.as_str())
            .bind(limit)
            .fetch_all(&mut *unit.tx)
            .await?;
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                at_ms: row.try_get("at_ms")?,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect()
}

/// Lines of that action since then: how often something was done.
pub async fn count(unit: &mut Unit, tenant: &TenantId, action: &str, since_ms: i64) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) as many from audit where tenant = $1 and action = $2 and id >= $3")
        .bind(tenant.as_str())
        .bind(action)
        .bind(crate::dice::id_floor(since_ms))
        .fetch_one(&mut *unit.tx)
        .await?;
    Ok(row.try_get("many")?)
}
