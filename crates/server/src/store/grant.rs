//! The sealed tokens behind connections. One refresh per version: an intent is set by compare-and-set before Zoom is
//! called, the new pair by compare-and-set on the version after (design § 4.9).

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A grant as stored.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection it serves.
    pub connection: String,
    /// Counts refreshes from 1.
    pub version: i64,
    /// Access token, sealed.
    pub access: Vec<u8>,
    /// Refresh token, sealed; none for server-to-server credentials.
    pub refresh: Option<Vec<u8>>,
    /// When the access token ends, epoch milliseconds.
    pub expires_ms: i64,
    /// When this pair was given, epoch milliseconds.
    pub refreshed_ms: i64,
    /// Regional API address, where Zoom named an acceptable one.
    pub api_url: Option<String>,
    /// Who refreshes at the moment and since when.
    pub intent: Option<(String, i64)>,
}

const COLUMNS: &str =
    "tenant, connection, version, access, refresh, expires_ms, refreshed_ms, api_url, intent_owner, intent_ms";

fn read(row: &AnyRow) -> Result<GrantRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let owner: Option<String> = row.try_get("intent_owner")?;
    let since: Option<i64> = row.try_get("intent_ms")?;
    Ok(GrantRow {
        tenant: tenant_id(&tenant)?,
        connection: row.try_get("connection")?,
        version: row.try_get("version")?,
        access: row.try_get("access")?,
        refresh: row.try_get("refresh")?,
        expires_ms: row.try_get("expires_ms")?,
        refreshed_ms: row.try_get("refreshed_ms")?,
        api_url: row.try_get("api_url")?,
        intent: owner.zip(since),
    })
}

/// Adds the grant of a new connection.
pub async fn insert(unit: &mut Unit, row: &GrantRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into zoom_grant (tenant, connection, version, access, refresh, expires_ms, refreshed_ms, api_url) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.tenant.as_str())
    .bind(&row.connection)
    .bind(row.version)
    .bind(row.access.clone())
    .bind(row.refresh.clone())
    .bind(row.expires_ms)
    .bind(row.refreshed_ms)
    .bind(row.api_url.as_deref())
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The grant of a connection.
pub async fn get(unit: &mut Unit, tenant: &TenantId, connection: &str) -> Result<Option<GrantRow>, StoreError> {
    let text = format!("select {COLUMNS} from zoom_grant where tenant = $1 and connection = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(connection)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Grants looked at in one round of the keeper.
const DUE_MAX: i64 = 100;

/// Grants to refresh: those that end before `expires_before_ms` or were given before `refreshed_before_ms`, of
/// connections that are active. Crosses tenants: only for the keeper.
pub async fn due(
    unit: &mut Unit,
    expires_before_ms: i64,
    refreshed_before_ms: i64,
) -> Result<Vec<GrantRow>, StoreError> {
    let rows = sqlx::query(
        "select g.tenant, g.connection, g.version, g.access, g.refresh, g.expires_ms, g.refreshed_ms, g.api_url, g.intent_owner, g.intent_ms \
         from zoom_grant g join connection c on c.tenant = g.tenant and c.id = g.connection \
         where c.ended_ms is null and c.state = 'active' and (g.expires_ms < $1 or g.refreshed_ms < $2) \
         order by g.expires_ms limit $3",
    )
    .bind(expires_before_ms)
    .bind(refreshed_before_ms)
    .bind(DUE_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// An intent older than this belongs to somebody who died, in milliseconds: longer than a token call and the tries to
/// store what it brought.
pub const INTENT_LIFE_MS: i64 = 45_000;

/// Sets the intent to refresh version `version`. Answers whether we are the one refresher.
pub async fn intend(unit: &mut Unit, grant: &GrantRow, owner: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update zoom_grant set intent_owner = $4, intent_ms = $5 \
         where tenant = $1 and connection = $2 and version = $3 and (intent_ms is null or intent_ms < $6)",
    )
    .bind(grant.tenant.as_str())
    .bind(&grant.connection)
    .bind(grant.version)
    .bind(owner)
    .bind(now_ms)
    .bind(now_ms - INTENT_LIFE_MS)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores the pair that replaces `old_version`. Answers whether it was still that version.
pub async fn replace(unit: &mut Unit, row: &GrantRow, old_version: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update zoom_grant set version = $4, access = $5, refresh = $6, expires_ms = $7, refreshed_ms = $8, api_url = $9, \
         intent_owner = null, intent_ms = null where tenant = $1 and connection = $2 and version = $3",
    )
    .bind(row.tenant.as_str())
    .bind(&row.connection)
    .bind(old_version)
    .bind(row.version)
    .bind(row.access.clone())
    .bind(row.refresh.clone())
    .bind(row.expires_ms)
    .bind(row.refreshed_ms)
    .bind(row.api_url.as_deref())
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes an intent back that led to nothing.
pub async fn release(unit: &mut Unit, grant: &GrantRow, owner: &str) -> Result<(), StoreError> {
    sqlx::query(
        "update zoom_grant set intent_owner = null, intent_ms = null \
         where tenant = $1 and connection = $2 and version = $3 and intent_owner = $4",
    )
    .bind(grant.tenant.as_str())
    .bind(&grant.connection)
    .bind(grant.version)
    .bind(owner)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Destroys the tokens of a connection.
pub async fn destroy(unit: &mut Unit, tenant: &TenantId, connection: &str) -> Result<(), StoreError> {
    sqlx::query("delete from zoom_grant where tenant = $1 and connection = $2")
        .bind(tenant.as_str())
        .bind(connection)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
