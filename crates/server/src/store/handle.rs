//! Handles: keyed hashes of names and of registrants' ids, by which a person finds facts again.

use super::{StoreError, Unit, pieces, rows};
use connector_core::fact::Alias;
use connector_core::ids::TenantId;
use sqlx::Row;

const REMEMBER: &str =
    "insert into handle (tenant, handle, fact) values {($,$,$)} on conflict (tenant, handle, fact) do nothing";

/// Remembers handles, each with its fact.
pub async fn remember(unit: &mut Unit, tenant: &TenantId, handles: &[(Alias, Alias)]) -> Result<(), StoreError> {
    let mut distinct: Vec<&(Alias, Alias)> = handles.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    for piece in pieces(&distinct) {
        let mut query = sqlx::query(rows::text(unit.dialect, REMEMBER, piece.len()));
        for (handle, fact) in piece {
            query = query.bind(tenant.as_str()).bind(&handle.0).bind(&fact.0);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// The facts of a handle, at most `limit`; one that proved to be part of another is found under that.
pub async fn facts(unit: &mut Unit, tenant: &TenantId, handle: &Alias, limit: i64) -> Result<Vec<String>, StoreError> {
    // Crossed, so that the handle is looked up first and not all aliases gone through in the order of their facts.
    let rows = sqlx::query(
        "select distinct a.fact from handle h cross join alias a where a.tenant = h.tenant and a.alias = h.fact \
         and h.tenant = $1 and h.handle = $2 order by a.fact limit $3",
    )
    .bind(tenant.as_str())
    .bind(&handle.0)
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("fact")?)).collect()
}
