//! Posts to a tenant's web addresses: what is told, how often it was tried, what came of it.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;

/// A post on its way.
#[derive(Debug, Clone)]
pub struct PostRow {
    /// Whose.
    pub tenant: TenantId,
    /// Its id, the same at every try.
    pub id: String,
    /// What is sent, as JSON.
    pub body: String,
    /// Tries so far.
    pub tries: i64,
}

/// Posts that are sent to one address in one round, and that are shown.
const POSTS_MAX: i64 = 20;

/// Puts a post on its way to an address.
pub async fn put(
    unit: &mut Unit,
    (tenant, address): (&TenantId, &str),
    (kind, body): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into alert_post (tenant, id, kind, body, state, tries, next_at_ms, address) \
         values ($1, $2, $3, $4, 'waiting', 0, $5, $6)",
    )
    .bind(tenant.as_str())
    .bind(crate::dice::id(now_ms))
    .bind(kind)
    .bind(body)
    .bind(now_ms)
    .bind(address)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Posts to an address that are due, the oldest first.
pub async fn due(
    unit: &mut Unit,
    (tenant, address): (&TenantId, &str),
    now_ms: i64,
) -> Result<Vec<PostRow>, StoreError> {
    let rows = sqlx::query(
        "select id, body, tries from alert_post where tenant = $1 and address = $2 and state = 'waiting' and next_at_ms <= $3 \
         order by id limit $4",
    )
    .bind(tenant.as_str())
    .bind(address)
    .bind(now_ms)
    .bind(POSTS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(PostRow {
                tenant: tenant.clone(),
                id: row.try_get("id")?,
                body: row.try_get("body")?,
                tries: row.try_get("tries")?,
            })
        })
        .collect()
}

/// Takes the next try of a post before it is sent, so that no two processes make it. Answers whether it is ours.
pub async fn begin_try(unit: &mut Unit, row: &PostRow, next_at_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update alert_post set tries = tries + 1, next_at_ms = $4 where tenant = $1 and id = $2 and tries = $3 and state = 'waiting'",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(row.tries)
    .bind(next_at_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records how a post ended (`sent`, `failed`), or only what the last try came to (`waiting`).
pub async fn note(
    unit: &mut Unit,
    row: &PostRow,
    (state, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update alert_post set state = $3, detail = $4, done_ms = $5 where tenant = $1 and id = $2")
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .bind(state)
        .bind(detail)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// A post as people see it.
#[derive(Debug, Clone)]
pub struct SentRow {
    /// `alert.raised`, `alert.resolved`, `alert.test`.
    pub kind: String,
    /// `waiting`, `sent`, `failed`.
    pub state: String,
    /// Tries so far.
    pub tries: i64,
    /// What the last try came to.
    pub detail: Option<String>,
    /// The web address, unless it was removed since.
    pub url: Option<String>,
    /// When the last try ended, epoch milliseconds.
    pub done_ms: Option<i64>,
    /// When it is tried next, epoch milliseconds.
    pub next_at_ms: i64,
}

/// The tenant's latest posts, the latest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<SentRow>, StoreError> {
    let rows = sqlx::query(
        "select p.kind, p.state, p.tries, p.detail, p.done_ms, p.next_at_ms, a.address as url from alert_post p \
         left join alert_address a on a.tenant = p.tenant and a.id = p.address where p.tenant = $1 order by p.id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(POSTS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(SentRow {
                kind: row.try_get("kind")?,
                state: row.try_get("state")?,
                tries: row.try_get("tries")?,
                detail: row.try_get("detail")?,
                url: row.try_get("url")?,
                done_ms: row.try_get("done_ms")?,
                next_at_ms: row.try_get("next_at_ms")?,
            })
        })
        .collect()
}

/// Takes back what is on its way to an address.
pub async fn drop_waiting(unit: &mut Unit, tenant: &TenantId, address: &str) -> Result<(), StoreError> {
    sqlx::query("delete from alert_post where tenant = $1 and address = $2 and state = 'waiting'")
        .bind(tenant.as_str())
        .bind(address)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Removes posts that ended before that time. Crosses tenants: the keeper removes those of all.
pub async fn prune(unit: &mut Unit, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from alert_post where state <> 'waiting' and done_ms < $1")
        .bind(before_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
