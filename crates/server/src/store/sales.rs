//! Sales users who schedule without an account of the console: their sessions, and who asked for a link lately.
//! Only hashes of session ids are stored.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::{Email, TenantId};
use sqlx::Row;

/// How long asks of one address are counted together, in milliseconds.
pub const ASKS_WINDOW_MS: i64 = 60 * 60_000;
/// People that are listed at the most.
const PEOPLE_MAX: i64 = 500;

/// A session of a sales user: reaches the schedule pages of its tenant and nothing else.
#[derive(Debug, Clone)]
pub struct SalesSession {
    /// Whose.
    pub tenant: TenantId,
    /// The hash of what the cookie holds.
    pub id_hash: String,
    /// Who, as LeadSquared has the address.
    pub email: Email,
    /// The token that every form of the session carries.
    pub form_token: String,
    /// When LeadSquared said last that this is an active user, epoch milliseconds.
    pub checked_ms: i64,
    /// When it ends, epoch milliseconds.
    pub expires_ms: i64,
}

/// Begins a session.
pub async fn begin(unit: &mut Unit, session: &SalesSession, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sales_session (tenant, id_hash, email, form_token, created_ms, checked_ms, expires_ms) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.tenant.as_str())
    .bind(&session.id_hash)
    .bind(session.email.as_str())
    .bind(&session.form_token)
    .bind(now_ms)
    .bind(session.checked_ms)
    .bind(session.expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The session of that hash, if it has not ended.
pub async fn session(unit: &mut Unit, id_hash: &str, now_ms: i64) -> Result<Option<SalesSession>, StoreError> {
    let row = sqlx::query(
        "select tenant, id_hash, email, form_token, checked_ms, expires_ms from sales_session \
         where id_hash = $1 and expires_ms > $2",
    )
    .bind(id_hash)
    .bind(now_ms)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tenant: String = row.try_get("tenant")?;
    Ok(Some(SalesSession {
        tenant: tenant_id(&tenant)?,
        id_hash: row.try_get("id_hash")?,
        email: email(row.try_get("email")?)?,
        form_token: row.try_get("form_token")?,
        checked_ms: row.try_get("checked_ms")?,
        expires_ms: row.try_get("expires_ms")?,
    }))
}

fn email(text: String) -> Result<Email, StoreError> {
    Email::parse(&text).ok_or(StoreError::Unreadable { what: "address", why: text })
}

/// Notes that LeadSquared said once more that this is an active user.
pub async fn checked(unit: &mut Unit, session: &SalesSession, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update sales_session set checked_ms = $3 where tenant = $1 and id_hash = $2")
        .bind(session.tenant.as_str())
        .bind(&session.id_hash)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn end(unit: &mut Unit, tenant: &TenantId, id_hash: &str) -> Result<(), StoreError> {
    sqlx::query("delete from sales_session where tenant = $1 and id_hash = $2")
        .bind(tenant.as_str())
        .bind(id_hash)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Ends every session of a person, and the links that wait for them: those whose stored meaning begins with `links`. Answers
/// how many sessions there were.
pub async fn end_all(
    unit: &mut Unit,
    (tenant, email): (&TenantId, &Email),
    (purpose, links): (&str, &str),
    now_ms: i64,
) -> Result<u64, StoreError> {
    sqlx::query(
        "update link set used_ms = $4 where tenant = $1 and purpose = $2 and used_ms is null \
         and substr(detail, 1, length($3)) = $3",
    )
    .bind(tenant.as_str())
    .bind(purpose)
    .bind(links)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    let done = sqlx::query("delete from sales_session where tenant = $1 and email = $2")
        .bind(tenant.as_str())
        .bind(email.as_str())
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected())
}

/// Somebody who can schedule, or wants to.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address.
    pub email: String,
    /// Browsers signed in, or links asked for.
    pub count: i64,
    /// When the last of them began or was asked for, epoch milliseconds.
    pub at_ms: i64,
}

/// Who is signed in, by address.
pub async fn signed_in(unit: &mut Unit, tenant: &TenantId, now_ms: i64) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query(
        "select email, count(*) as count, max(created_ms) as at_ms from sales_session \
         where tenant = $1 and expires_ms > $2 group by email order by email limit $3",
    )
    .bind(tenant.as_str())
    .bind(now_ms)
    .bind(PEOPLE_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(person).collect()
}

/// Who asked for a link since that time, the latest first.
pub async fn asked_since(unit: &mut Unit, tenant: &TenantId, since_ms: i64) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query(
        "select email, asked as count, asked_ms as at_ms from sales_ask \
         where tenant = $1 and asked_ms >= $2 order by asked_ms desc limit $3",
    )
    .bind(tenant.as_str())
    .bind(since_ms)
    .bind(PEOPLE_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(person).collect()
}

fn person(row: &sqlx::any::AnyRow) -> Result<Person, StoreError> {
    Ok(Person { email: row.try_get("email")?, count: row.try_get("count")?, at_ms: row.try_get("at_ms")? })
}

/// Counts that somebody asked for a link. Answers how often within the last hour, this time with it.
pub async fn ask(unit: &mut Unit, tenant: &TenantId, email: &Email, now_ms: i64) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "insert into sales_ask (tenant, email, since_ms, asked_ms, asked) values ($1, $2, $3, $3, 1) \
         on conflict (tenant, email) do update set \
         asked = case when sales_ask.since_ms <= $4 then 1 else sales_ask.asked + 1 end, \
         since_ms = case when sales_ask.since_ms <= $4 then excluded.since_ms else sales_ask.since_ms end, \
         asked_ms = excluded.asked_ms returning asked",
    )
    .bind(tenant.as_str())
    .bind(email.as_str())
    .bind(now_ms)
    .bind(now_ms - ASKS_WINDOW_MS)
    .fetch_one(&mut *unit.tx)
    .await?;
    Ok(row.try_get("asked")?)
}

/// Forgets that somebody asked: they have their link.
pub async fn answered(unit: &mut Unit, tenant: &TenantId, email: &Email) -> Result<(), StoreError> {
    sqlx::query("delete from sales_ask where tenant = $1 and email = $2")
        .bind(tenant.as_str())
        .bind(email.as_str())
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Removes sessions that are over, and asks of before that time.
pub async fn prune(unit: &mut Unit, now_ms: i64, asked_before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from sales_session where expires_ms <= $1").bind(now_ms).execute(&mut *unit.tx).await?;
    sqlx::query("delete from sales_ask where asked_ms < $1").bind(asked_before_ms).execute(&mut *unit.tx).await?;
    Ok(())
}
