//! Lanes: one row for each tenant and destination. Whoever claims it is alone with the tenant's work there; the fence
//! counts claims, so that a late holder's results are refused.

use super::tenant::tenant_id;
use super::{StoreError, Unit, pieces, rows};
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use connector_core::ids::TenantId;
use sqlx::Row;

/// Never due: nothing is known to do.
pub const NEVER_MS: i64 = i64::MAX;

/// A lane that is ours until the lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Whose lane.
    pub tenant: TenantId,
    /// Grows with every claim.
    pub fence: i64,
    /// How often it was woken before we took it.
    pub wake: i64,
    /// The lane's own state as JSON: rate, counts.
    pub state: String,
}

/// Says that there is work in a lane from `at_ms` on; makes the lane if there is none.
pub async fn wake(unit: &mut Unit, tenant: &TenantId, destination: &str, at_ms: i64) -> Result<(), StoreError> {
    wake_all(unit, destination, &[(tenant, at_ms)]).await
}

/// Wakes lanes of several tenants, which must differ; in their order, so that everybody locks them in the same one.
pub async fn wake_all(unit: &mut Unit, destination: &str, due: &[(&TenantId, i64)]) -> Result<(), StoreError> {
    const WAKE: &str = "insert into lane (tenant, destination, next_at_ms, wake, lease_until_ms, fence, state) \
         values {($,$,$,1,0,0,$)} on conflict (tenant, destination) do update set wake = lane.wake + 1, \
         next_at_ms = case when lane.next_at_ms > excluded.next_at_ms then excluded.next_at_ms else lane.next_at_ms end";
    for piece in pieces(due) {
        let mut query = sqlx::query(rows::text(unit.dialect, WAKE, piece.len()));
        for (tenant, at_ms) in piece {
            query = query.bind(tenant.as_str()).bind(destination).bind(*at_ms).bind("{}");
        }
        query.execute(&mut *unit.tx).await?;
        failpoint::reached(Point::LaneWoken);
    }
    Ok(())
}

/// Claims the lane of that destination that is due longest; of several, the one that was claimed least. Crosses tenants: this is
/// where fairness comes from.
pub async fn claim(
    unit: &mut Unit,
    destination: &str,
    owner: &str,
    now_ms: i64,
    lease_ms: i64,
) -> Result<Option<Claimed>, StoreError> {
    let text = format!(
        "update lane set owner = $1, lease_until_ms = $2, fence = fence + 1 \
         where (tenant, destination) = (select tenant, destination from lane \
         where destination = $3 and next_at_ms <= $4 and lease_until_ms <= $5 order by next_at_ms, fence limit 1{}) \
         returning tenant, fence, wake, state",
        unit.dialect.skip_locked()
    );
    let free = if planted::awake(Bug::LeaseIgnored) { i64::MAX } else { now_ms };
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(owner)
        .bind(now_ms + lease_ms)
        .bind(destination)
        .bind(now_ms)
        .bind(free)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    failpoint::reached(Point::LaneClaimed);
    let tenant: String = row.try_get("tenant")?;
    Ok(Some(Claimed {
        tenant: tenant_id(&tenant)?,
        fence: row.try_get("fence")?,
        wake: row.try_get("wake")?,
        state: row.try_get("state")?,
    }))
}

/// Makes sure the lane is still ours, renews the lease and keeps the lane's state. Every unit that records results
/// begins with it.
///
/// # Errors
/// [`StoreError::Fenced`] when somebody else claimed it meanwhile.
pub async fn hold(
    unit: &mut Unit,
    lane: &Claimed,
    destination: &str,
    state: &str,
    lease_until_ms: i64,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update lane set lease_until_ms = $4, state = $5 where tenant = $1 and destination = $2 and fence = $3",
    )
    .bind(lane.tenant.as_str())
    .bind(destination)
    .bind(lane.fence)
    .bind(lease_until_ms)
    .bind(state)
    .execute(&mut *unit.tx)
    .await?;
    failpoint::reached(Point::LaneHeld);
    let fenced = done.rows_affected() == 0 && !planted::awake(Bug::NoFence);
    if fenced { Err(StoreError::Fenced) } else { Ok(()) }
}

/// Gives the lane back, due again at `next_at_ms`, or at once when it was woken meanwhile.
pub async fn release(
    unit: &mut Unit,
    lane: &Claimed,
    destination: &str,
    (next_at_ms, state): (i64, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update lane set owner = null, lease_until_ms = 0, state = $6, \
         next_at_ms = case when wake = $4 or $5 < $7 then $5 else $7 end \
         where tenant = $1 and destination = $2 and fence = $3",
    )
    .bind(lane.tenant.as_str())
    .bind(destination)
    .bind(lane.fence)
    .bind(lane.wake)
    .bind(next_at_ms)
    .bind(state)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    failpoint::reached(Point::LaneReleased);
    Ok(())
}

/// Ends all leases: whoever held them is gone. Only for a process that knows itself to be alone with the database, at its
/// start. Fences stay, so that a late holder's results would still be refused.
pub async fn free_all(unit: &mut Unit) -> Result<u64, StoreError> {
    let done =
        sqlx::query("update lane set owner = null, lease_until_ms = 0, fence = fence + 1 where lease_until_ms > 0")
            .execute(&mut *unit.tx)
            .await?;
    Ok(done.rows_affected())
}

/// When the next lane of that destination is due, at or after `now_ms`; [`NEVER_MS`] when none is.
pub async fn next_due(unit: &mut Unit, destination: &str) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "select coalesce(min(case when next_at_ms > lease_until_ms then next_at_ms else lease_until_ms end), $2) as due \
         from lane where destination = $1 and next_at_ms < $2",
    )
    .bind(destination)
    .bind(NEVER_MS)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(row.try_get("due")?)
}

/// The state of a tenant's lane, for people.
pub async fn get(unit: &mut Unit, tenant: &TenantId, destination: &str) -> Result<Option<(i64, String)>, StoreError> {
    let row = sqlx::query("select next_at_ms, state from lane where tenant = $1 and destination = $2")
        .bind(tenant.as_str())
        .bind(destination)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.map(|row| Ok((row.try_get("next_at_ms")?, row.try_get("state")?))).transpose()
}
