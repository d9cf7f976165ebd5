//! Where a tenant wants to be told: web addresses and people's. An address is a lane of its own: one process at a time tells it,
//! and when it fails only it rests.

use super::tenant::tenant_id;
use super::{StoreError, Unit, alert_post, mail};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What is told there, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A web address, with what posts are signed with, sealed.
    Web {
        /// Sealed under the tenant's key.
        secret: Vec<u8>,
        /// The one before it, if that is used too.
        old: Option<OldSecret>,
    },
    /// A person's mail address.
    Mail,
}

impl Channel {
    /// Until when posts are signed with the secret before, too, if they are now; epoch milliseconds.
    #[must_use]
    pub fn old_until_ms(&self, now_ms: i64) -> Option<i64> {
        match self {
            Self::Web { old, .. } => old.as_ref().map(|old| old.until_ms).filter(|until_ms| *until_ms > now_ms),
            Self::Mail => None,
        }
    }
}

/// A secret that was replaced, and is used beside the new one for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldSecret {
    /// Sealed under the tenant's key.
    pub secret: Vec<u8>,
    /// Until when, epoch milliseconds.
    pub until_ms: i64,
}

/// An address as stored.
#[derive(Debug, Clone)]
pub struct AddressRow {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: String,
    /// What kind it is.
    pub channel: Channel,
    /// The address.
    pub address: String,
    /// Epoch milliseconds.
    pub added_ms: i64,
    /// When it may be told next, epoch milliseconds.
    pub next_at_ms: i64,
}

/// Addresses of one tenant at the most.
pub const ADDRESSES_MAX: usize = 10;

const COLUMNS: &str = "tenant, id, kind, address, secret, added_ms, next_at_ms, old_secret, old_until_ms";

fn read(row: &AnyRow) -> Result<AddressRow, StoreError> {
    let (tenant, kind): (String, String) = (row.try_get("tenant")?, row.try_get("kind")?);
    let secret: Option<Vec<u8>> = row.try_get("secret")?;
    let (old, until): (Option<Vec<u8>>, Option<i64>) = (row.try_get("old_secret")?, row.try_get("old_until_ms")?);
    let old = old.zip(until).map(|(secret, until_ms)| OldSecret { secret, until_ms });
    let channel = match (kind.as_str(), secret) {
        ("web", Some(secret)) => Channel::Web { secret, old },
        ("mail", None) => Channel::Mail,
        _ => return Err(StoreError::Unreadable { what: "address", why: kind }),
    };
    Ok(AddressRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        channel,
        address: row.try_get("address")?,
        added_ms: row.try_get("added_ms")?,
        next_at_ms: row.try_get("next_at_ms")?,
    })
}

/// Adds an address.
pub async fn add(unit: &mut Unit, row: &AddressRow) -> Result<(), StoreError> {
    let (kind, secret, old) = match &row.channel {
        Channel::Web { secret, old } => ("web", Some(secret.clone()), old.clone()),
        Channel::Mail => ("mail", None, None),
    };
    let text = format!("insert into alert_address ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .bind(kind)
        .bind(&row.address)
        .bind(secret)
        .bind(row.added_ms)
        .bind(row.next_at_ms)
        .bind(old.as_ref().map(|old| old.secret.clone()))
        .bind(old.map(|old| old.until_ms))
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Gives a web address another secret; the old one is used too for a while. Answers whether the address was still as in the row, but
/// for when it may be told next.
pub async fn replace_secret(
    unit: &mut Unit,
    row: &AddressRow,
    (new, old): (&[u8], &OldSecret),
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Channel::Web { secret, .. } = &row.channel else { return Ok(false) };
    let done = sqlx::query(
        "update alert_address set secret = $4, old_secret = $5, old_until_ms = $6 where tenant = $1 and id = $2 and secret = $3 \
         and (old_until_ms is null or old_until_ms <= $7)",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(secret.clone())
    .bind(new.to_vec())
    .bind(old.secret.clone())
    .bind(old.until_ms)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets replaced secrets whose time is over. Crosses tenants: the keeper forgets those of all.
pub async fn forget_old_secrets(unit: &mut Unit, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update alert_address set old_secret = null, old_until_ms = null where old_until_ms <= $1")
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// The tenant's addresses, the oldest first.
pub async fn all(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<AddressRow>, StoreError> {
    let text = format!("select {COLUMNS} from alert_address where tenant = $1 order by added_ms, id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).fetch_all(&mut *unit.tx).await?;
    rows.iter().map(read).collect()
}

/// Removes an address; what is on its way there is dropped. Answers it, if there was one.
pub async fn remove(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<AddressRow>, StoreError> {
    let text = format!("delete from alert_address where tenant = $1 and id = $2 returning {COLUMNS}");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).bind(id).fetch_optional(&mut *unit.tx).await?;
    let Some(row) = row.as_ref().map(read).transpose()? else { return Ok(None) };
    match &row.channel {
        Channel::Web { .. } => alert_post::drop_waiting(unit, tenant, id).await?,
        Channel::Mail => mail::drop_waiting(unit, tenant, &row.address).await?,
    }
    Ok(Some(row))
}

/// The web address that has something due and waits longest. Crosses tenants: the loop tells those of all.
async fn next_due(unit: &mut Unit, now_ms: i64) -> Result<Option<AddressRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from alert_address where kind = 'web' and next_at_ms <= $1 and exists (select 1 from alert_post p \
         where p.tenant = alert_address.tenant and p.address = alert_address.id and p.state = 'waiting' and p.next_at_ms <= $1) \
         order by next_at_ms limit 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(now_ms).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Whether a web address has something due.
pub async fn any_due(unit: &mut Unit, now_ms: i64) -> Result<bool, StoreError> {
    Ok(next_due(unit, now_ms).await?.is_some())
}

/// Takes the web address that has something due and waits longest, until `busy_until_ms`: nobody else tells it
/// meanwhile.
pub async fn claim(unit: &mut Unit, now_ms: i64, busy_until_ms: i64) -> Result<Option<AddressRow>, StoreError> {
    let Some(row) = next_due(unit, now_ms).await? else { return Ok(None) };
    let ours = set_next(unit, &row, busy_until_ms).await?;
    Ok(ours.then_some(AddressRow { next_at_ms: busy_until_ms, ..row }))
}

/// Says when an address may be told next. Answers whether it was still as in the row.
pub async fn set_next(unit: &mut Unit, row: &AddressRow, next_at_ms: i64) -> Result<bool, StoreError> {
    let done =
        sqlx::query("update alert_address set next_at_ms = $4 where tenant = $1 and id = $2 and next_at_ms = $3")
            .bind(row.tenant.as_str())
            .bind(&row.id)
            .bind(row.next_at_ms)
            .bind(next_at_ms)
            .execute(&mut *unit.tx)
            .await?;
    Ok(done.rows_affected() > 0)
}
