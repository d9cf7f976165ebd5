//! Tenants as the operator looks through them: some by name, searched, page by page. Everything here only reads.

use super::tenant::{COLUMNS, TenantRow, read};
use super::{StoreError, Unit, like};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Tenants by name whose name holds `search` (any case; empty means all), those after the tenant `after`, at most `limit`.
pub async fn page(
    unit: &mut Unit,
    search: &str,
    after: Option<&TenantId>,
    limit: i64,
) -> Result<Vec<TenantRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from tenant where lower(name) like lower($1) escape '!' and ($2 = '' or (name, tenant) > \
         (select name, tenant from tenant where tenant = $2)) order by name, tenant limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(like(search))
        .bind(after.map(TenantId::as_str).unwrap_or_default().to_owned())
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many tenants have `search` in their name.
pub async fn count(unit: &mut Unit, search: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) as n from tenant where lower(name) like lower($1) escape '!'")
        .bind(like(search))
        .fetch_one(&mut *unit.tx)
        .await?;
    Ok(row.try_get("n")?)
}
