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
    },
    /// A person's mail address.
    Mail,
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

const COLUMNS: &str = "tenant, id, kind, address, secret, added_ms, next_at_ms";

fn read(row: &AnyRow) -> Result<AddressRow, StoreError> {
    let (tenant, kind): (String, String) = (row.try_get("tenant")?, row.try_get("kind")?);
    let secret: Option<Vec<u8>> = row.try_get("secret")?;
    let channel = match (kind.as_str(), secret) {
        ("web", Some(secret)) => Channel::Web { secret },
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
    let (kind, secret) = match &row.channel {
        Channel::Web { secret } => ("web", Some(secret.clone())),
        Channel::Mail => ("mail", None),
    };
    let text = format!("insert into alert_address ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)");
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .bind(kind)
        .bind(&row.address)
        .bind(secret)
        .bind(row.added_ms)
        .bind(row.next_at_ms)
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
