//! Who administers which tenant.

use super::person::{self, PersonRow};
use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

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

/// An admin of a tenant.
#[derive(Debug, Clone)]
pub struct AdminRow {
    /// The person.
    pub person: PersonRow,
    /// Admin since then, epoch milliseconds.
    pub since_ms: i64,
    /// Who invited them.
    pub invited_by: String,
}

/// Admins of one tenant at the most.
const ADMINS_MAX: i64 = 500;

/// The admins of a tenant, by address.
pub async fn of_tenant(unit: &mut Unit, tenant: &TenantId, now_ms: i64) -> Result<Vec<AdminRow>, StoreError> {
    let rows = sqlx::query(
        "select o.id, o.email, o.name, o.role, o.created_ms, o.seen_ms, a.since_ms, a.invited_by, \
         (select count(*) from session s where s.operator = o.id and s.expires_ms > $2) as sessions \
         from operator o, tenant_admin a where a.tenant = $1 and o.id = a.person and o.disabled_ms is null \
         order by o.email limit $3",
    )
    .bind(tenant.as_str())
    .bind(now_ms)
    .bind(ADMINS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let admin = |row: &AnyRow| {
        Ok(AdminRow {
            person: person::read(row)?,
            since_ms: row.try_get("since_ms")?,
            invited_by: row.try_get("invited_by")?,
        })
    };
    rows.iter().map(admin).collect()
}

/// Takes a tenant away from a person. Answers whether they were an admin of it.
pub async fn remove(unit: &mut Unit, tenant: &TenantId, person: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from tenant_admin where tenant = $1 and person = $2")
        .bind(tenant.as_str())
        .bind(person)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes every tenant away from a person.
pub async fn remove_all(unit: &mut Unit, person: &str) -> Result<(), StoreError> {
    sqlx::query("delete from tenant_admin where person = $1").bind(person).execute(&mut *unit.tx).await?;
    Ok(())
}
