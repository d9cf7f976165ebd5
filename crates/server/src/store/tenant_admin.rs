//! Who administers which tenant.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Tenants of one person at the most.
pub const TENANTS_MAX: i64 = 500;

/// Makes a person an admin of a tenant; who is one already stays one, since when they were.
pub async fn insert(
    unit: &mut Unit,
    (tenant, person): (&TenantId, &str),
    invited_by: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into tenant_admin (tenant, person, since_ms, invited_by) values ($1, $2, $3, $4) \
         on conflict (tenant, person) do nothing",
    )
    .bind(tenant.as_str())
    .bind(person)
    .bind(now_ms)
    .bind(invited_by)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The tenants of one person, at most [`TENANTS_MAX`].
pub async fn tenants(unit: &mut Unit, person: &str) -> Result<Vec<TenantId>, StoreError> {
    let rows = sqlx::query("select tenant from tenant_admin where person = $1 order by tenant limit $2")
        .bind(person)
        .bind(TENANTS_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(|row| tenant_id(&row.try_get::<String, _>("tenant")?)).collect()
}
