//! Requests that carry a key of their own: begun, then answered. One with a key that is here already is not done again.

use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A request as stored.
#[derive(Debug, Clone)]
pub struct RequestRow {
    /// Hash of the key of the API that asked.
    pub api_key: String,
    /// The request's own key.
    pub name: String,
    /// Hash of what was asked.
    pub request: String,
    /// Whose tenant it is about, if one's.
    pub tenant: Option<TenantId>,
    /// Epoch milliseconds.
    pub begun_ms: i64,
    /// What was answered, if it was.
    pub answer: Option<AnswerRow>,
}

/// An answer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The HTTP status.
    pub status: u16,
    /// Its Content-Type; empty for none.
    pub kind: String,
    /// Its body, sealed; none where it was too long to be kept.
    pub body: Option<Vec<u8>>,
}

fn read(row: &AnyRow) -> Result<RequestRow, StoreError> {
    let (tenant, status): (Option<String>, Option<i64>) = (row.try_get("tenant")?, row.try_get("status")?);
    let unreadable = |why: String| StoreError::Unreadable { what: "status of an answer", why };
    let answer = match status {
        None => None,
        Some(status) => Some(AnswerRow {
            status: u16::try_from(status).map_err(|error| unreadable(error.to_string()))?,
            kind: row.try_get::<Option<String>, _>("kind")?.unwrap_or_default(),
            body: row.try_get("body")?,
        }),
    };
    Ok(RequestRow {
        api_key: row.try_get("api_key")?,
        name: row.try_get("name")?,
        request: row.try_get("request")?,
        tenant: tenant.map(|tenant| super::tenant::tenant_id(&tenant)).transpose()?,
        begun_ms: row.try_get("begun_ms")?,
        answer,
    })
}

/// Begins a request, unless one of that key is here already; then that one is answered.
pub async fn begin(unit: &mut Unit, row: &RequestRow) -> Result<Option<RequestRow>, StoreError> {
    let begun = sqlx::query(
        "insert into idempotency (api_key, name, request, tenant, begun_ms) values ($1, $2, $3, $4, $5) \
         on conflict (api_key, name) do nothing",
    )
    .bind(&row.api_key)
    .bind(&row.name)
    .bind(&row.request)
    .bind(row.tenant.as_ref().map(TenantId::as_str))
    .bind(row.begun_ms)
    .execute(&mut *unit.tx)
    .await?;
    if begun.rows_affected() > 0 {
        return Ok(None);
    }
    let there = sqlx::query(
        "select api_key, name, request, tenant, begun_ms, status, kind, body from idempotency \
         where api_key = $1 and name = $2",
    )
    .bind(&row.api_key)
    .bind(&row.name)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(Some(read(&there)?))
}

/// Notes what a request was answered with.
pub async fn answered(unit: &mut Unit, row: &RequestRow, answer: &AnswerRow, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update idempotency set answered_ms = $4, status = $5, kind = $6, body = $7 \
         where api_key = $1 and name = $2 and begun_ms = $3 and status is null",
    )
    .bind(&row.api_key)
    .bind(&row.name)
    .bind(row.begun_ms)
    .bind(now_ms)
    .bind(i64::from(answer.status))
    .bind(&answer.kind)
    .bind(answer.body.clone())
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Forgets a request that came to nothing: its key is free again.
pub async fn forget(unit: &mut Unit, row: &RequestRow) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency where api_key = $1 and name = $2 and begun_ms = $3 and status is null")
        .bind(&row.api_key)
        .bind(&row.name)
        .bind(row.begun_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// How many requests of that key of the API are kept, counted as far as `most`.
pub async fn kept(unit: &mut Unit, api_key: &str, most: i64) -> Result<i64, StoreError> {
    let row =
        sqlx::query("select count(*) as n from (select name from idempotency where api_key = $1 limit $2) as kept")
            .bind(api_key)
            .bind(most)
            .fetch_one(&mut *unit.tx)
            .await?;
    Ok(row.try_get("n")?)
}

/// Removes requests that began before, at most `most` of them.
pub async fn prune(unit: &mut Unit, before_ms: i64, most: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from idempotency where (api_key, name) in \
         (select api_key, name from idempotency where begun_ms < $1 order by begun_ms limit $2)",
    )
    .bind(before_ms)
    .bind(most)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected())
}
