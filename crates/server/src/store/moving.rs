//! How far a tenant's migration off the old JWT app is, and what it is judged by.

use super::tenant::tenant_id;
use super::{StoreError, Unit, from_json, json};
use connector_core::ids::TenantId;
use connector_core::migration::Migration;
use sqlx::Row;

/// A migration with the version it was read at; 0 where nothing was stored.
pub async fn get(unit: &mut Unit, tenant: &TenantId) -> Result<(i64, Migration), StoreError> {
    let row = sqlx::query("select version, body from migration where tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok((0, Migration::default())) };
    let body: String = row.try_get("body")?;
    Ok((row.try_get("version")?, from_json(&body, "migration")?))
}

/// Stores a migration in the place of the one read at `version`. Answers false when somebody else did something meanwhile.
pub async fn save(
    unit: &mut Unit,
    tenant: &TenantId,
    (version, next): (i64, &Migration),
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into migration (tenant, version, body, updated_ms) values ($1, $2, $3, $4) on conflict (tenant) do update \
         set version = excluded.version, body = excluded.body, updated_ms = excluded.updated_ms where migration.version = $5",
    )
    .bind(tenant.as_str())
    .bind(version + 1)
    .bind(json(next, "migration")?)
    .bind(now_ms)
    .bind(version)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records written to LeadSquared that were planned since `since_ms`, and those that stand twice somewhere.
pub async fn written(unit: &mut Unit, tenant: &TenantId, since_ms: i64) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query(
        "select coalesce(sum(case when state = 'delivered' and kind in ('lead', 'activity', 'task') then 1 else 0 end), 0) \
         as written, coalesce(sum(case when code in ('lsq.found_twice', 'zoom.found_twice') then 1 else 0 end), 0) as doubled \
         from delivery where tenant = $1 and planned_ms >= $2",
    )
    .bind(tenant.as_str())
    .bind(since_ms)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok((row.try_get("written")?, row.try_get("doubled")?))
}

/// Whether something that follows from a fact stands in LeadSquared.
pub async fn stands(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select count(*) as n from delivery where tenant = $1 and fact = $2 and state = 'delivered' and kind = 'activity'",
    )
    .bind(tenant.as_str())
    .bind(fact)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}

/// Migrations looked at for a reminder at the most.
const WAITING_MAX: i64 = 1_000;

/// The tenants whose old app was said to be deactivated and whose migration is not finished, and when that was said (epoch
/// milliseconds).
pub async fn waiting(unit: &mut Unit) -> Result<Vec<(TenantId, i64)>, StoreError> {
    let rows = sqlx::query(
        "select tenant, body from migration where body like '%\"deactivated\":{%' and body like '%\"certificate\":null%' \
         order by updated_ms desc limit $1",
    )
    .bind(WAITING_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut waiting = Vec::new();
    for row in rows {
        let (tenant, body): (String, String) = (row.try_get("tenant")?, row.try_get("body")?);
        let migration: Migration = from_json(&body, "migration")?;
        let said = migration.deactivated.filter(|_| migration.certificate.is_none());
        waiting.extend(said.map(|mark| Ok::<_, StoreError>((tenant_id(&tenant)?, mark.at_ms))).transpose()?);
    }
    Ok(waiting)
}
