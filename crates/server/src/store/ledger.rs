//! The ledger: what was taken in must be merged, ignored, quarantined or pending, for each tenant, at every moment
//! (design § 4.2). It counts in the transactions that change the journal, and is compared with the journal's own rows.

use super::tenant::tenant_id;
use super::{StoreError, Unit, pieces, rows};
use connector_core::ids::TenantId;
use sqlx::Row;

/// What a tenant's ledger says, and what its journal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Whose.
    pub tenant: TenantId,
    /// Notifications taken in, by the ledger.
    pub received: i64,
    /// Notifications settled, by the ledger.
    pub settled: i64,
    /// Notifications pending, in the journal.
    pub pending: i64,
}

impl Balance {
    /// Whether nothing is missing and nothing too many.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.received == self.settled + self.pending
    }
}

/// The hour in which notifications are counted that were settled, and in which all stand that came in long ago.
const NO_HOUR: i64 = 0;

/// Counts notifications in that were taken in for the first time: whose, in which hour, how many. Tenant and hour of no two may be
/// the same.
pub async fn received(unit: &mut Unit, counts: &[((&TenantId, i64), i64)]) -> Result<(), StoreError> {
    let counts: Vec<Count<'_>> = counts.iter().map(|(of, count)| (*of, *count, 0)).collect();
    add(unit, &counts).await
}

/// Counts notifications that were settled, or (below zero) that wait once more.
pub async fn settled(unit: &mut Unit, tenant: &TenantId, count: i64) -> Result<(), StoreError> {
    add(unit, &[((tenant, NO_HOUR), 0, count)]).await
}

/// Whose and of which hour, how many were received, how many settled.
type Count<'a> = ((&'a TenantId, i64), i64, i64);

async fn add(unit: &mut Unit, counts: &[Count<'_>]) -> Result<(), StoreError> {
    const ADD: &str = "insert into ledger (tenant, hour, received, settled) values {($,$,$,$)} \
         on conflict (tenant, hour) do update set received = ledger.received + excluded.received, \
         settled = ledger.settled + excluded.settled";
    let counts: Vec<Count<'_>> =
        counts.iter().copied().filter(|(_, received, settled)| (*received, *settled) != (0, 0)).collect();
    for piece in pieces(&counts) {
        let mut query = sqlx::query(rows::text(unit.dialect, ADD, piece.len()));
        for ((tenant, hour), received, settled) in piece {
            query = query.bind(tenant.as_str()).bind(*hour).bind(*received).bind(*settled);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// Tenants looked at in one check.
const BALANCES_MAX: i64 = 10_000;

/// The balance of every tenant, in one snapshot. Crosses tenants: for the service's own check.
pub async fn balances(unit: &mut Unit) -> Result<Vec<Balance>, StoreError> {
    let rows = sqlx::query(
        "select l.tenant, l.received, l.settled, \
         (select count(*) from journal j where j.tenant = l.tenant and j.state = 'pending') as pending \
         from (select tenant, cast(sum(received) as bigint) as received, cast(sum(settled) as bigint) as settled \
         from ledger group by tenant order by tenant limit $1) l order by l.tenant",
    )
    .bind(BALANCES_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            let tenant: String = row.try_get("tenant")?;
            Ok(Balance {
                tenant: tenant_id(&tenant)?,
                received: row.try_get("received")?,
                settled: row.try_get("settled")?,
                pending: row.try_get("pending")?,
            })
        })
        .collect()
}

/// Puts what came in before `hour` together, for all tenants: it is shown by the hour only for a while.
pub async fn fold(unit: &mut Unit, hour: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into ledger (tenant, hour, received, settled) \
         select tenant, $1, cast(sum(received) as bigint), cast(sum(settled) as bigint) from ledger \
         where hour > $1 and hour < $2 group by tenant order by tenant \
         on conflict (tenant, hour) do update set received = ledger.received + excluded.received, \
         settled = ledger.settled + excluded.settled",
    )
    .bind(NO_HOUR)
    .bind(hour)
    .execute(&mut *unit.tx)
    .await?;
    sqlx::query("delete from ledger where hour > $1 and hour < $2")
        .bind(NO_HOUR)
        .bind(hour)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
