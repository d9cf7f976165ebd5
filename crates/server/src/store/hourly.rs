//! What came in, was written, waits and fails, by the hour: what a page shows of a day. What came in and what was written is counted where
//! it happens, what waits and fails is read from the indexes of the few rows that do; no row is counted that is over.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use std::collections::BTreeMap;

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 60 * 60_000;
/// Counted up to this many of what waits or fails in one stretch of time; more are not told apart.
pub const COUNTED_MAX: i64 = 20_000;

/// The hour of a moment (epoch milliseconds), counted from 1970.
#[must_use]
pub fn hour_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS)
}

/// Counts what was written in an hour. The last statement of whoever settles: nobody waits for this row but others who settle.
pub(super) async fn written(unit: &mut Unit, tenant: &TenantId, count: i64, now_ms: i64) -> Result<(), StoreError> {
    if count == 0 {
        return Ok(());
    }
    sqlx::query(
        "insert into written_hour (tenant, hour, written) values ($1, $2, $3) \
         on conflict (tenant, hour) do update set written = written_hour.written + excluded.written",
    )
    .bind(tenant.as_str())
    .bind(hour_of(now_ms))
    .bind(count)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Forgets what was written before `hour`, of all tenants.
pub async fn prune(unit: &mut Unit, hour: i64) -> Result<(), StoreError> {
    sqlx::query("delete from written_hour where hour < $1").bind(hour).execute(&mut *unit.tx).await?;
    Ok(())
}

/// What came in and what was written, by the hour, from the hour `first` on. Hours without either are missing.
pub async fn moved(unit: &mut Unit, tenant: &TenantId, first: i64) -> Result<BTreeMap<i64, (i64, i64)>, StoreError> {
    let rows = sqlx::query(
        "select hour, received, 0 as written from ledger where tenant = $1 and hour >= $2 and hour > 0 \
         union all select hour, 0 as received, written from written_hour where tenant = $1 and hour >= $2",
    )
    .bind(tenant.as_str())
    .bind(first)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut hours: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let (received, written): (i64, i64) = (row.try_get("received")?, row.try_get("written")?);
        let hour = hours.entry(row.try_get("hour")?).or_default();
        *hour = (hour.0 + received, hour.1 + written);
    }
    Ok(hours)
}

/// What stands still of what came in or was planned in a stretch of time, each up to [`COUNTED_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Deliveries that wait for their turn, or are under way.
    pub moving: i64,
    /// Deliveries whose person Zoom has not named yet.
    pub nameless: i64,
    /// Deliveries that wait for a person.
    pub parked: i64,
    /// Notifications that could not be read.
    pub unreadable: i64,
}

/// What stands still of the stretch between two ids, the second one left out (`dice::id_floor`).
pub async fn standing(unit: &mut Unit, tenant: &TenantId, (from, to): (&str, &str)) -> Result<Standing, StoreError> {
    // Each condition says the words of the index that holds just these rows. The index of those under way does not go by ids: asked
    // for ids as they are, SQLite goes through all there are instead.
    let row = sqlx::query(
        "select (select count(*) from (select id from delivery where tenant = $1 and destination = 'leadsquared' \
         and state = 'ready' and id >= $2 and id < $3 limit $4) as one) \
         + (select count(*) from (select id from delivery where tenant = $1 and destination = 'zoom' \
         and state = 'ready' and id >= $2 and id < $3 limit $4) as two) \
         + (select count(*) from (select id from delivery where tenant = $1 and destination in ('leadsquared', 'zoom') \
         and state in ('sending', 'unknown') and coalesce(id, '') >= $2 and coalesce(id, '') < $3 limit $4) as three) as moving, \
         (select count(*) from (select id from delivery where tenant = $1 and state = 'waiting' \
         and id >= $2 and id < $3 limit $4) as four) as nameless, \
         (select count(*) from (select id from delivery where tenant = $1 and state = 'parked' \
         and id >= $2 and id < $3 limit $4) as five) as parked, \
         (select count(*) from (select id from journal where tenant = $1 and state = 'quarantined' \
         and id >= $2 and id < $3 limit $4) as six) as unreadable",
    )
    .bind(tenant.as_str())
    .bind(from)
    .bind(to)
    .bind(COUNTED_MAX)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(Standing {
        moving: row.try_get("moving")?,
        nameless: row.try_get("nameless")?,
        parked: row.try_get("parked")?,
        unreadable: row.try_get("unreadable")?,
    })
}
