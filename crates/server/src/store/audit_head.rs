//! Where each chain of the audit log ends. Whoever writes a line takes the head first, and so two of them, of two processes even, write
//! one behind the other.

use super::{StoreError, Unit};
use connector_core::chain::{BEGINNING, Head};
use sqlx::Row;

/// Takes the head for the line that follows, until the unit ends. Answers what the head was.
pub(super) async fn take(unit: &mut Unit, chain: &str) -> Result<Head, StoreError> {
    let row = sqlx::query(
        "insert into audit_head (chain, number, hash) values ($1, 1, $2) \
         on conflict (chain) do update set number = audit_head.number + 1 returning number, hash",
    )
    .bind(chain)
    .bind(BEGINNING)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(Head { number: row.try_get::<i64, _>("number")? - 1, hash: row.try_get("hash")? })
}

/// Sets the head to a line that was written.
pub(super) async fn put(unit: &mut Unit, chain: &str, head: &Head) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audit_head (chain, number, hash) values ($1, $2, $3) \
         on conflict (chain) do update set number = excluded.number, hash = excluded.hash",
    )
    .bind(chain)
    .bind(head.number)
    .bind(&head.hash)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The head of a chain; the beginning where nothing was written.
pub async fn get(unit: &mut Unit, chain: &str) -> Result<Head, StoreError> {
    let row = sqlx::query("select number, hash from audit_head where chain = $1")
        .bind(chain)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(Head::beginning()) };
    Ok(Head { number: row.try_get("number")?, hash: row.try_get("hash")? })
}

/// Chains that have a head or lines, those behind `after`, at most `limit`, in order.
pub async fn chains(unit: &mut Unit, after: Option<&str>, limit: i64) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select chain from (select chain from audit_head union select coalesce(tenant, '') from audit) as known \
         where $1 = 1 or chain > $2 order by chain limit $3",
    )
    .bind(i64::from(after.is_none()))
    .bind(after.unwrap_or_default())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("chain")?)).collect()
}
