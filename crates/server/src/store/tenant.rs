//! LeadSquared accounts.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A tenant as stored; `data_key` and `crm_keys` are sealed.
#[derive(Debug, Clone)]
pub struct TenantRow {
    /// Its id.
    pub tenant: TenantId,
    /// Shown to people.
    pub name: String,
    /// Why nothing is sent at the moment, if so: code, detail, since when (epoch milliseconds).
    pub paused: Option<(String, String, i64)>,
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// The tenant's random key, sealed under the master key.
    pub data_key: Vec<u8>,
    /// Base address of LeadSquared's API, without `/v2`.
    pub crm_api: String,
    /// Host of LeadSquared's pages, for links to leads.
    pub crm_app: Option<String>,
    /// Access and secret key as JSON, sealed under the tenant's key.
    pub crm_keys: Vec<u8>,
    /// The user the keys belong to.
    pub crm_user: Option<String>,
    /// Name of the LeadSquared account.
    pub org_name: Option<String>,
    /// IANA zone.
    pub time_zone: String,
}

pub(super) const COLUMNS: &str = "tenant, name, state, paused_code, paused_detail, paused_ms, created_ms, data_key, crm_api, crm_app, crm_keys, crm_user, org_name, time_zone";

pub(super) fn read(row: &AnyRow) -> Result<TenantRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let paused_code: Option<String> = row.try_get("paused_code")?;
    let paused_detail: Option<String> = row.try_get("paused_detail")?;
    let paused_ms: Option<i64> = row.try_get("paused_ms")?;
    Ok(TenantRow {
        tenant: tenant_id(&tenant)?,
        name: row.try_get("name")?,
        paused: paused_code.map(|code| (code, paused_detail.unwrap_or_default(), paused_ms.unwrap_or(0))),
        created_ms: row.try_get("created_ms")?,
        data_key: row.try_get("data_key")?,
        crm_api: row.try_get("crm_api")?,
        crm_app: row.try_get("crm_app")?,
        crm_keys: row.try_get("crm_keys")?,
        crm_user: row.try_get("crm_user")?,
        org_name: row.try_get("org_name")?,
        time_zone: row.try_get("time_zone")?,
    })
}

/// A stored tenant id.
pub(super) fn tenant_id(text: &str) -> Result<TenantId, StoreError> {
    TenantId::parse(text).map_err(|error| StoreError::Unreadable { what: "tenant id", why: error.to_string() })
}

/// Adds a tenant.
///
/// # Errors
/// A duplicate when the id is taken.
pub async fn insert(unit: &mut Unit, row: &TenantRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into tenant (tenant, name, state, created_ms, data_key, crm_api, crm_app, crm_keys, crm_user, org_name, time_zone) \
         values ($1, $2, 'active', $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.tenant.as_str())
    .bind(&row.name)
    .bind(row.created_ms)
    .bind(row.data_key.clone())
    .bind(&row.crm_api)
    .bind(row.crm_app.as_deref())
    .bind(row.crm_keys.clone())
    .bind(row.crm_user.as_deref())
    .bind(row.org_name.as_deref())
    .bind(&row.time_zone)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Replaces a tenant's LeadSquared keys and what they told of the account.
pub async fn update_crm(unit: &mut Unit, row: &TenantRow) -> Result<(), StoreError> {
    sqlx::query(
        "update tenant set crm_api = $2, crm_app = $3, crm_keys = $4, crm_user = $5, org_name = $6, time_zone = $7 where tenant = $1",
    )
    .bind(row.tenant.as_str())
    .bind(&row.crm_api)
    .bind(row.crm_app.as_deref())
    .bind(row.crm_keys.clone())
    .bind(row.crm_user.as_deref())
    .bind(row.org_name.as_deref())
    .bind(&row.time_zone)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The tenant of that id.
pub async fn get(unit: &mut Unit, tenant: &TenantId) -> Result<Option<TenantRow>, StoreError> {
    let text = format!("select {COLUMNS} from tenant where tenant = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Tenants shown or loaded at once.
pub const TENANTS_MAX: i64 = 10_000;

/// All tenants by name, at most [`TENANTS_MAX`]. For the operator.
pub async fn all(unit: &mut Unit) -> Result<Vec<TenantRow>, StoreError> {
    let text = format!("select {COLUMNS} from tenant order by name, tenant limit $1");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(TENANTS_MAX).fetch_all(&mut *unit.tx).await?;
    rows.iter().map(read).collect()
}

/// Pauses a tenant's deliveries. Answers whether it was running before, so that one alert is raised.
pub async fn pause(unit: &mut Unit, tenant: &TenantId, cause: (&str, &str), now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update tenant set state = 'paused', paused_code = $2, paused_detail = $3, paused_ms = $4 where tenant = $1 and state = 'active'",
    )
    .bind(tenant.as_str())
    .bind(cause.0)
    .bind(cause.1)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Lets a paused tenant go on.
pub async fn resume(unit: &mut Unit, tenant: &TenantId) -> Result<(), StoreError> {
    sqlx::query(
        "update tenant set state = 'active', paused_code = null, paused_detail = null, paused_ms = null where tenant = $1",
    )
    .bind(tenant.as_str())
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}
