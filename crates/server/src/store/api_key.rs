//! Keys of the API. Only their hashes are stored; the first digits of a hash name its key where people see it.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use connector_core::scope::Scopes;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Keys in one list at the most; a tenant has no more that work.
pub const KEYS_MAX: i64 = 50;

/// A key as stored.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// SHA-256 of the key, hex.
    pub hash: String,
    /// For people.
    pub name: String,
    /// The tenant that it is bound to; without one it reaches all.
    pub tenant: Option<TenantId>,
    /// What it may do.
    pub scopes: Scopes,
    /// Who made it; empty for keys from before that was noted.
    pub made_by: String,
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// When it was last used, to the minute.
    pub used_ms: Option<i64>,
    /// When it stops working by itself.
    pub expires_ms: Option<i64>,
}

impl KeyRow {
    /// A key that may do everything and never ends by itself.
    #[must_use]
    pub fn new(hash: &str, name: &str, tenant: Option<&TenantId>, now_ms: i64) -> Self {
        Self {
            hash: hash.to_owned(),
            name: name.to_owned(),
            tenant: tenant.cloned(),
            scopes: Scopes::all(),
            made_by: String::new(),
            created_ms: now_ms,
            used_ms: None,
            expires_ms: None,
        }
    }

    /// Names it for people and in addresses: the first digits of its hash, of which nobody can make a key.
    #[must_use]
    pub fn id(&self) -> &str {
        self.hash.get(..ID_CHARS).unwrap_or(&self.hash)
    }
}

/// Digits of a hash that name its key.
const ID_CHARS: usize = 16;

const COLUMNS: &str = "hash, name, tenant, scopes, made_by, created_ms, used_ms, expires_ms";

fn read(row: &AnyRow) -> Result<KeyRow, StoreError> {
    let (tenant, scopes): (Option<String>, String) = (row.try_get("tenant")?, row.try_get("scopes")?);
    let unreadable = |error: connector_core::scope::NotScopes| StoreError::Unreadable {
        what: "scopes of a key",
        why: error.to_string(),
    };
    Ok(KeyRow {
        hash: row.try_get("hash")?,
        name: row.try_get("name")?,
        tenant: tenant.map(|tenant| tenant_id(&tenant)).transpose()?,
        scopes: Scopes::parse(scopes.split_whitespace()).map_err(unreadable)?,
        made_by: row.try_get("made_by")?,
        created_ms: row.try_get("created_ms")?,
        used_ms: row.try_get("used_ms")?,
        expires_ms: row.try_get("expires_ms")?,
    })
}

/// Adds a key.
pub async fn add(unit: &mut Unit, row: &KeyRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into api_key (hash, name, tenant, scopes, made_by, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&row.hash)
    .bind(&row.name)
    .bind(row.tenant.as_ref().map(TenantId::as_str))
    .bind(row.scopes.stored())
    .bind(&row.made_by)
    .bind(row.created_ms)
    .bind(row.expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The key of that hash, if it still works.
pub async fn find(unit: &mut Unit, hash: &str, now_ms: i64) -> Result<Option<KeyRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from api_key where hash = $1 and ended_ms is null and (expires_ms is null or expires_ms > $2)"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(hash).bind(now_ms).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Notes that a key was used, unless that was noted after `noted_since_ms`.
pub async fn used(unit: &mut Unit, hash: &str, now_ms: i64, noted_since_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update api_key set used_ms = $2 where hash = $1 and (used_ms is null or used_ms < $3)")
        .bind(hash)
        .bind(now_ms)
        .bind(noted_since_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// The keys that are bound to the tenant, or those that are bound to none, and have not been ended: the newest first.
pub async fn list(unit: &mut Unit, tenant: Option<&TenantId>) -> Result<Vec<KeyRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from api_key where coalesce(tenant, '') = $1 and ended_ms is null \
         order by created_ms desc, hash limit $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.map(TenantId::as_str).unwrap_or_default().to_owned())
        .bind(KEYS_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Ends the key of that name (see [`KeyRow::id`]) that is bound to the tenant, or to none. Answers it, if there was one.
pub async fn end(
    unit: &mut Unit,
    tenant: Option<&TenantId>,
    id: &str,
    now_ms: i64,
) -> Result<Option<KeyRow>, StoreError> {
    let text = format!(
        "update api_key set ended_ms = $3 where substr(hash, 1, {ID_CHARS}) = $2 and coalesce(tenant, '') = $1 \
         and ended_ms is null returning {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.map(TenantId::as_str).unwrap_or_default().to_owned())
        .bind(id)
        .bind(now_ms)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}
