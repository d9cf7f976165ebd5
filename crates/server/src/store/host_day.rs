//! Meetings made and changed for a Zoom host on a UTC day. Counted before the call leaves: what was lost on the way may count in
//! Zoom as well.

use super::{StoreError, Unit};
use connector_core::delivery::limiter::DAY_MS;
use connector_core::ids::TenantId;
use connector_core::zoom::pace::HOST_WRITES_PER_DAY;
use sqlx::Row;

/// Days that are kept: today, and yesterday for whoever's clock differs.
const DAYS_KEPT: i64 = 2;

/// Whether a host had a call left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// One, and it is counted.
    One,
    /// None until 00:00 UTC.
    UsedUp,
}

/// The UTC day of a moment (epoch milliseconds), counted from 1970.
#[must_use]
pub fn day_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(DAY_MS)
}

/// How many of the day's were used; `host` is a Zoom user's id or address, or `me`.
///
/// # Errors
/// [`StoreError`].
pub async fn used(unit: &mut Unit, tenant: &TenantId, host: &str, day: i64) -> Result<i64, StoreError> {
    let row = sqlx::query("select used from host_day where tenant = $1 and host = $2 and day = $3")
        .bind(tenant.as_str())
        .bind(host)
        .bind(day)
        .fetch_optional(&mut *unit.tx)
        .await?;
    Ok(match row {
        Some(row) => row.try_get("used")?,
        None => 0,
    })
}

/// Counts one call that is about to leave, if the host has one left, and forgets days that are over.
///
/// # Errors
/// [`StoreError`].
pub async fn take(unit: &mut Unit, tenant: &TenantId, host: &str, day: i64) -> Result<Taken, StoreError> {
    if used(unit, tenant, host, day).await? >= HOST_WRITES_PER_DAY {
        return Ok(Taken::UsedUp);
    }
    sqlx::query("delete from host_day where tenant = $1 and host = $2 and day <= $3")
        .bind(tenant.as_str())
        .bind(host)
        .bind(day - DAYS_KEPT)
        .execute(&mut *unit.tx)
        .await?;
    sqlx::query(
        "insert into host_day (tenant, host, day, used) values ($1, $2, $3, 1) \
         on conflict (tenant, host, day) do update set used = host_day.used + 1",
    )
    .bind(tenant.as_str())
    .bind(host)
    .bind(day)
    .execute(&mut *unit.tx)
    .await?;
    Ok(Taken::One)
}

/// Gives a call back that was counted and never left.
///
/// # Errors
/// [`StoreError`].
pub async fn give_back(unit: &mut Unit, tenant: &TenantId, host: &str, day: i64) -> Result<(), StoreError> {
    sqlx::query("update host_day set used = used - 1 where tenant = $1 and host = $2 and day = $3 and used > 0")
        .bind(tenant.as_str())
        .bind(host)
        .bind(day)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Notes that Zoom itself says the day's are used up, by whomever.
///
/// # Errors
/// [`StoreError`].
pub async fn used_up(unit: &mut Unit, tenant: &TenantId, host: &str, day: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into host_day (tenant, host, day, used) values ($1, $2, $3, $4) \
         on conflict (tenant, host, day) do update set used = excluded.used",
    )
    .bind(tenant.as_str())
    .bind(host)
    .bind(day)
    .bind(HOST_WRITES_PER_DAY)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}
