//! The ledger: what was taken in must be merged, ignored, quarantined or pending, for each tenant, at every moment
//! (design § 4.2). It counts in the transactions that change the journal, and is compared with the journal's own rows.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
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

/// Counts notifications in that were taken in for the first time.
pub async fn received(unit: &mut Unit, tenant: &TenantId, count: i64) -> Result<(), StoreError> {
    add(unit, tenant, (count, 0)).await
}

/// Counts notifications that were settled, or (below zero) that wait once more.
pub async fn settled(unit: &mut Unit, tenant: &TenantId, count: i64) -> Result<(), StoreError> {
    add(unit, tenant, (0, count)).await
}

async fn add(unit: &mut Unit, tenant: &TenantId, (received, settled): (i64, i64)) -> Result<(), StoreError> {
    if (received, settled) == (0, 0) {
        return Ok(());
    }
    sqlx::query(
        "insert into ledger (tenant, received, settled) values ($1, $2, $3) on conflict (tenant) do update set \
         received = ledger.received + excluded.received, settled = ledger.settled + excluded.settled",
    )
    .bind(tenant.as_str())
    .bind(received)
    .bind(settled)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Tenants looked at in one check.
const BALANCES_MAX: i64 = 10_000;

/// The balance of every tenant, in one snapshot. Crosses tenants: for the service's own check.
pub async fn balances(unit: &mut Unit) -> Result<Vec<Balance>, StoreError> {
    let rows = sqlx::query(
        "select l.tenant, l.received, l.settled, \
         (select count(*) from journal j where j.tenant = l.tenant and j.state = 'pending') as pending \
         from ledger l order by l.tenant limit $1",
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
