//! Account managers: which tenants each may review, and their sessions. Only hashes of session ids are stored.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Tenants of one account manager at the most.
const TENANTS_MAX: i64 = 500;

/// A session of an account manager.
#[derive(Debug, Clone)]
pub struct ReviewSession {
    /// The address that was invited.
    pub email: String,
    /// The token that every form of the session carries.
    pub form_token: String,
}

/// Lets somebody review a tenant; invited again, the name is the new one.
pub async fn invite(
    unit: &mut Unit,
    tenant: &TenantId,
    (email, name): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into reviewer (tenant, email, name, invited_ms) values ($1, $2, $3, $4) \
         on conflict (tenant, email) do update set name = excluded.name, invited_ms = excluded.invited_ms",
    )
    .bind(tenant.as_str())
    .bind(email)
    .bind(name)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The name of whoever has that address, if they may review the tenant.
pub async fn name(unit: &mut Unit, tenant: &TenantId, email: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("select name from reviewer where tenant = $1 and email = $2")
        .bind(tenant.as_str())
        .bind(email)
        .fetch_optional(&mut *unit.tx)
        .await?;
    Ok(row.map(|row| row.try_get("name")).transpose()?)
}

/// An account manager as the tenant's page shows them.
#[derive(Debug, Clone)]
pub struct ReviewerRow {
    /// The address that was invited.
    pub email: String,
    /// Shown to people.
    pub name: String,
    /// When last invited, epoch milliseconds.
    pub invited_ms: i64,
}

/// Account managers of one tenant at the most.
const OF_TENANT_MAX: i64 = 200;

/// Who may review a tenant.
pub async fn of_tenant(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<ReviewerRow>, StoreError> {
    let rows = sqlx::query("select email, name, invited_ms from reviewer where tenant = $1 order by email limit $2")
        .bind(tenant.as_str())
        .bind(OF_TENANT_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    let reviewer = |row: &AnyRow| {
        Ok(ReviewerRow {
            email: row.try_get("email")?,
            name: row.try_get("name")?,
            invited_ms: row.try_get("invited_ms")?,
        })
    };
    rows.iter().map(reviewer).collect()
}

/// The tenants that somebody may review.
pub async fn tenants(unit: &mut Unit, email: &str) -> Result<Vec<TenantId>, StoreError> {
    let rows = sqlx::query("select tenant from reviewer where email = $1 order by tenant limit $2")
        .bind(email)
        .bind(TENANTS_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(|row| tenant_id(&row.try_get::<String, _>("tenant")?)).collect()
}

/// Begins a session.
pub async fn begin_session(
    unit: &mut Unit,
    (id_hash, session): (&str, &ReviewSession),
    (now_ms, expires_ms): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into review_session (id_hash, email, form_token, created_ms, expires_ms) values ($1, $2, $3, $4, $5)",
    )
    .bind(id_hash)
    .bind(&session.email)
    .bind(&session.form_token)
    .bind(now_ms)
    .bind(expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The session of that hash, if it has not ended.
pub async fn session(unit: &mut Unit, id_hash: &str, now_ms: i64) -> Result<Option<ReviewSession>, StoreError> {
    let row = sqlx::query("select email, form_token from review_session where id_hash = $1 and expires_ms > $2")
        .bind(id_hash)
        .bind(now_ms)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ReviewSession { email: row.try_get("email")?, form_token: row.try_get("form_token")? }))
}

/// Ends a session.
pub async fn end_session(unit: &mut Unit, id_hash: &str) -> Result<(), StoreError> {
    sqlx::query("delete from review_session where id_hash = $1").bind(id_hash).execute(&mut *unit.tx).await?;
    Ok(())
}

/// Removes sessions that are over.
pub async fn prune(unit: &mut Unit, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from review_session where expires_ms <= $1").bind(now_ms).execute(&mut *unit.tx).await?;
    Ok(())
}
