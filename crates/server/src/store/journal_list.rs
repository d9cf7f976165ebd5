//! The journal as people search it: by person, by key, by what came in last. Everything here only reads.

use super::journal::{Filter, NotificationRow, read};
use super::{StoreError, Unit, like};
use connector_core::ids::TenantId;
use sqlx::Row;

/// A page of the notifications whose fact led to a delivery about a person whose words hold `who`, newest first.
pub async fn page_about(
    unit: &mut Unit,
    tenant: &TenantId,
    who: &str,
    filter: &Filter,
) -> Result<Vec<NotificationRow>, StoreError> {
    let rows = sqlx::query(
        "select * from journal where tenant = $1 and ($2 = '' or state = $2) and ($3 = '' or event = $3) \
         and ($4 = '' or id < $4) and fact in \
         (select fact from delivery where tenant = $1 and lower(who) like lower($5) escape '!') order by id desc limit $6",
    )
    .bind(tenant.as_str())
    .bind(filter.state.clone().unwrap_or_default())
    .bind(filter.event.clone().unwrap_or_default())
    .bind(filter.before.clone().unwrap_or_default())
    .bind(like(who))
    .bind(filter.limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// One notification by its key.
pub async fn by_key(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<Option<NotificationRow>, StoreError> {
    let row = sqlx::query("select * from journal where tenant = $1 and key = $2")
        .bind(tenant.as_str())
        .bind(key)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Notifications looked at for the names of events.
const EVENTS_FROM: i64 = 500;

/// The names of the events among the latest notifications.
pub async fn events(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select distinct event from (select event from journal where tenant = $1 order by id desc limit $2) as latest order by event",
    )
    .bind(tenant.as_str())
    .bind(EVENTS_FROM)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("event")?)).collect()
}

/// When the last notification of that source came in, epoch milliseconds, looking back to the id `since`.
pub async fn last_received(
    unit: &mut Unit,
    tenant: &TenantId,
    source: &str,
    since: &str,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "select received_ms from journal where tenant = $1 and id >= $2 and source = $3 order by id desc limit 1",
    )
    .bind(tenant.as_str())
    .bind(since)
    .bind(source)
    .fetch_optional(&mut *unit.tx)
    .await?;
    row.map(|row| Ok(row.try_get("received_ms")?)).transpose()
}
