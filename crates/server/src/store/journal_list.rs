//! The journal as people search it: by person, by key, by what came in last. Everything here only reads.

use super::journal::{Filter, NotificationRow, page_of, read};
use super::{StoreError, Unit, like};
use connector_core::ids::TenantId;
use sqlx::Row;

/// How many notifications match on all pages, counted up to one more than `most`.
pub async fn count(unit: &mut Unit, tenant: &TenantId, filter: &Filter, most: i64) -> Result<i64, StoreError> {
    let asked = Filter { before: None, until: None, ..filter.clone() }.conditions();
    let text = format!(
        "select count(*) as n from (select id from journal where tenant = $1{} limit ${}) as counted",
        asked.text(),
        asked.next()
    );
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    Ok(query.bind(most + 1).fetch_one(&mut *unit.tx).await?.try_get("n")?)
}

/// The id up to which `most` notifications of the filter's state stand behind its place; none where there are fewer. What no index
/// finds is looked for up to there.
pub async fn looked_to(
    unit: &mut Unit,
    tenant: &TenantId,
    filter: &Filter,
    most: i64,
) -> Result<Option<String>, StoreError> {
    let asked = Filter { event: None, until: None, ..filter.clone() }.conditions();
    let text = format!(
        "select id from journal where tenant = $1{} order by id {} limit 1 offset ${}",
        asked.text(),
        filter.order.word(),
        asked.next()
    );
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    let row = query.bind(most - 1).fetch_optional(&mut *unit.tx).await?;
    row.map(|row| Ok(row.try_get("id")?)).transpose()
}

/// A page of the notifications whose fact led to a delivery about a person whose words hold `who`, in the filter's order.
pub async fn page_about(
    unit: &mut Unit,
    tenant: &TenantId,
    who: &str,
    filter: &Filter,
) -> Result<Vec<NotificationRow>, StoreError> {
    let about = " and fact is not null and exists (select 1 from delivery d where d.tenant = journal.tenant \
         and d.fact = journal.fact and lower(d.who) like lower($) escape '!')";
    page_of(unit, tenant, filter, filter.conditions().and(about, Some(&like(who)))).await
}

/// Pending notifications that are looked through for those of one event.
const PENDING_FROM: i64 = 500;

/// The bodies of the latest notifications of that event that still wait for the translator.
pub async fn pending_of(unit: &mut Unit, tenant: &TenantId, event: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query(
        "select body from (select event, body from journal where tenant = $1 and state = 'pending' order by id desc limit $2) \
         as latest where event = $3",
    )
    .bind(tenant.as_str())
    .bind(PENDING_FROM)
    .bind(event)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("body")?)).collect()
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

/// Rows that are looked back through for the last one of a source.
const LOOK_BACK_ROWS: i64 = 10_000;

/// When the last notification of that source came in, epoch milliseconds, looking back to the id `since` and through so many
/// rows; none where a busier source has pushed it further back.
pub async fn last_received(
    unit: &mut Unit,
    tenant: &TenantId,
    source: &str,
    since: &str,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "select received_ms from (select id, source, received_ms from journal where tenant = $1 and id >= $2 \
         order by id desc limit $4) as latest where source = $3 order by id desc limit 1",
    )
    .bind(tenant.as_str())
    .bind(since)
    .bind(source)
    .bind(LOOK_BACK_ROWS)
    .fetch_optional(&mut *unit.tx)
    .await?;
    row.map(|row| Ok(row.try_get("received_ms")?)).transpose()
}
