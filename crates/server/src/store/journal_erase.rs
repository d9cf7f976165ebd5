//! Erasing what webhooks said and what was read from Zoom, where it may not be kept any longer: the line in the journal stays, its body goes.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use connector_core::translate::Source;
use sqlx::Row;

/// What stands in the place of a body that was erased.
pub const ERASED: &[u8] = br#"{"erased":"The app was removed in Zoom, and what Zoom had said was deleted in time."}"#;

/// What stands in the place of a body that was handed on to its tenant.
pub const HANDED_ON: &[u8] =
    br#"{"handed_on":"It belongs to a LeadSquared account that shares the Zoom account, and was handed on to it."}"#;

/// Bodies that are looked at in one unit.
pub const PIECE_MAX: i64 = 200;

/// The next settled lines of a source, and of what calls came to, after that id: id, source and body.
pub async fn bodies_after(
    unit: &mut Unit,
    tenant: &TenantId,
    (source, after): (Source, &str),
) -> Result<Vec<(String, String, Vec<u8>)>, StoreError> {
    let rows = sqlx::query(
        "select id, source, body from journal where tenant = $1 and source in ($2, $3) and id > $4 and state <> 'pending' \
         order by id limit $5",
    )
    .bind(tenant.as_str())
    .bind(source.as_str())
    .bind(Source::Outcome.as_str())
    .bind(after)
    .bind(PIECE_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("source")?, row.try_get("body")?))).collect()
}

/// Erases the body of a line.
pub async fn erase(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<(), StoreError> {
    sqlx::query("update journal set body = $3 where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .bind(ERASED)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
