//! The old JWT app of a tenant's Zoom account, and what it told.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use connector_core::migration::Parity;
use sqlx::Row;

/// Whether the connector listens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Its webhooks are taken, and Zoom is called with its credentials where nobody signed in.
    On,
    /// It is as if it were not there.
    Off,
}

impl Switch {
    /// As stored: `on` or `off`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// An old app as stored.
#[derive(Debug, Clone)]
pub struct OldAppRow {
    /// Whether it is listened to.
    pub switch: Switch,
    /// It has an API key and secret, so that Zoom can be called.
    pub calls: bool,
    /// Account, verification token, Secret Token, API key and secret as JSON, sealed under the tenant's key.
    pub sealed: Vec<u8>,
    /// Epoch milliseconds.
    pub saved_ms: i64,
}

/// The tenant's old app, if it has one.
pub async fn get(unit: &mut Unit, tenant: &TenantId) -> Result<Option<OldAppRow>, StoreError> {
    let row = sqlx::query("select state, calls, sealed, saved_ms from old_app where tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (state, calls): (String, i64) = (row.try_get("state")?, row.try_get("calls")?);
    let switch = if state == Switch::On.as_str() { Switch::On } else { Switch::Off };
    Ok(Some(OldAppRow {
        switch,
        calls: calls != 0,
        sealed: row.try_get("sealed")?,
        saved_ms: row.try_get("saved_ms")?,
    }))
}

/// Whether Zoom can be called with its credentials.
pub async fn can_call(unit: &mut Unit, tenant: &TenantId) -> Result<bool, StoreError> {
    Ok(get(unit, tenant).await?.is_some_and(|row| row.switch == Switch::On && row.calls))
}

/// Saves the tenant's old app in the place of what was there.
pub async fn save(unit: &mut Unit, tenant: &TenantId, row: &OldAppRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into old_app (tenant, state, calls, sealed, saved_ms) values ($1, $2, $3, $4, $5) on conflict (tenant) do update \
         set state = excluded.state, calls = excluded.calls, sealed = excluded.sealed, saved_ms = excluded.saved_ms",
    )
    .bind(tenant.as_str())
    .bind(row.switch.as_str())
    .bind(i64::from(row.calls))
    .bind(row.sealed.as_slice())
    .bind(row.saved_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Destroys the tenant's old app with its credentials. Answers whether there was one.
pub async fn destroy(unit: &mut Unit, tenant: &TenantId) -> Result<bool, StoreError> {
    let done =
        sqlx::query("delete from old_app where tenant = $1").bind(tenant.as_str()).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected() > 0)
}

/// How much the old app told since `since_ms`, and when last (epoch milliseconds).
pub async fn told(unit: &mut Unit, tenant: &TenantId, since_ms: i64) -> Result<(i64, Option<i64>), StoreError> {
    let row = sqlx::query(
        "select count(*) as n, max(received_ms) as last_ms from journal where tenant = $1 and source = 'zoom:legacy' \
         and received_ms >= $2",
    )
    .bind(tenant.as_str())
    .bind(since_ms)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok((row.try_get("n")?, row.try_get("last_ms")?))
}

/// What the old app and the new ones told between two times (epoch milliseconds, the second excluded), thing by thing.
pub async fn parity(unit: &mut Unit, tenant: &TenantId, (from_ms, to_ms): (i64, i64)) -> Result<Parity, StoreError> {
    let row = sqlx::query(
        "select coalesce(sum(old_told * new_told), 0) as both_told, coalesce(sum(old_told * (1 - new_told)), 0) as only_old, \
         coalesce(sum((1 - old_told) * new_told), 0) as only_new from (select fact, \
         max(case when source = 'zoom:legacy' then 1 else 0 end) as old_told, \
         max(case when source in ('zoom:meetings', 'zoom:webinars') then 1 else 0 end) as new_told \
         from journal where tenant = $1 and fact is not null and received_ms >= $2 and received_ms < $3 group by fact) as told",
    )
    .bind(tenant.as_str())
    .bind(from_ms)
    .bind(to_ms)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(Parity {
        both: row.try_get("both_told")?,
        only_old: row.try_get("only_old")?,
        only_new: row.try_get("only_new")?,
    })
}
