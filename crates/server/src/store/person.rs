//! People of the console as they are looked after: who there is, who leaves, new pass words, and their sessions. Who signs in and with
//! what is in `operator`.

use super::operator::OperatorRow;
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use connector_core::role::Role;
use sqlx::Row;
use sqlx::any::AnyRow;

/// People that are listed at the most.
const PEOPLE_MAX: i64 = 1_000;
/// Sessions of one person that are listed at the most.
const SESSIONS_MAX: i64 = 100;

/// A person as lists show them.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Its id.
    pub id: String,
    /// Signs in with it.
    pub email: String,
    /// Shown to people.
    pub name: String,
    /// What the person may reach.
    pub role: Role,
    /// When the account was made, epoch milliseconds.
    pub created_ms: i64,
    /// When the person was last heard of, epoch milliseconds.
    pub seen_ms: Option<i64>,
    /// Sessions that have not ended.
    pub sessions: i64,
}

pub(super) fn read(row: &AnyRow) -> Result<PersonRow, StoreError> {
    let role: String = row.try_get("role")?;
    let unknown = || StoreError::Unreadable { what: "role", why: format!("{role:?} is none") };
    Ok(PersonRow {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: Role::parse(&role).ok_or_else(unknown)?,
        created_ms: row.try_get("created_ms")?,
        seen_ms: row.try_get("seen_ms")?,
        sessions: row.try_get("sessions")?,
    })
}

/// All people who are not disabled, at most 1,000.
pub async fn all(unit: &mut Unit, now_ms: i64) -> Result<Vec<PersonRow>, StoreError> {
    let rows = sqlx::query(
        "select id, email, name, role, created_ms, seen_ms, \
         (select count(*) from session s where s.operator = operator.id and s.expires_ms > $1) as sessions \
         from operator where disabled_ms is null order by email limit $2",
    )
    .bind(now_ms)
    .bind(PEOPLE_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// Counts the operators, and keeps others from adding or removing one until the unit ends: two who remove each other at once must not
/// both succeed.
pub async fn hold_operators(unit: &mut Unit) -> Result<u64, StoreError> {
    let done = sqlx::query("update operator set role = role where role = $1 and disabled_ms is null")
        .bind(Role::Operator.as_str())
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected())
}

/// Lets a person in who was disabled, with a new name, pass word and role; they keep their id.
pub async fn revive(unit: &mut Unit, row: &OperatorRow) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update operator set name = $2, password = $3, role = $4, disabled_ms = null where email = $1 and disabled_ms is not null",
    )
    .bind(&row.email)
    .bind(&row.name)
    .bind(&row.password)
    .bind(row.role.as_str())
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Gives a person another role.
pub async fn set_role(unit: &mut Unit, id: &str, role: Role) -> Result<(), StoreError> {
    sqlx::query("update operator set role = $2 where id = $1")
        .bind(id)
        .bind(role.as_str())
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Sets a pass word, which is hashed already.
pub async fn set_password(unit: &mut Unit, id: &str, password: &str) -> Result<(), StoreError> {
    sqlx::query("update operator set password = $2 where id = $1")
        .bind(id)
        .bind(password)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Shuts a person out. Whatever names them in the audit log stays.
pub async fn disable(unit: &mut Unit, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update operator set disabled_ms = $2 where id = $1 and disabled_ms is null")
        .bind(id)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Notes that a session, and so its person, was heard of.
pub async fn seen(unit: &mut Unit, (id, session_hash): (&str, &str), now_ms: i64) -> Result<(), StoreError> {
    for (statement, key) in [
        ("update operator set seen_ms = $2 where id = $1", id),
        ("update session set seen_ms = $2 where id_hash = $1", session_hash),
    ] {
        sqlx::query(statement).bind(key).bind(now_ms).execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// A session as its person sees it.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// The hash of its id.
    pub id_hash: String,
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// Epoch milliseconds; none before its first page.
    pub seen_ms: Option<i64>,
}

/// The sessions of a person that have not ended, newest first, at most 100.
pub async fn sessions(unit: &mut Unit, id: &str, now_ms: i64) -> Result<Vec<OwnSession>, StoreError> {
    let rows = sqlx::query(
        "select id_hash, created_ms, seen_ms from session where operator = $1 and expires_ms > $2 \
         order by created_ms desc, id_hash limit $3",
    )
    .bind(id)
    .bind(now_ms)
    .bind(SESSIONS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let own = |row: &AnyRow| {
        Ok(OwnSession {
            id_hash: row.try_get("id_hash")?,
            created_ms: row.try_get("created_ms")?,
            seen_ms: row.try_get("seen_ms")?,
        })
    };
    rows.iter().map(own).collect()
}

/// Ends the sessions of a person, all but the one of that hash. Answers how many.
pub async fn end_sessions(unit: &mut Unit, id: &str, but: &str) -> Result<u64, StoreError> {
    let done = sqlx::query("delete from session where operator = $1 and id_hash <> $2")
        .bind(id)
        .bind(but)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected())
}

/// Ends one session of a person. Answers whether it was there.
pub async fn end_session(unit: &mut Unit, id: &str, id_hash: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from session where operator = $1 and id_hash = $2")
        .bind(id)
        .bind(id_hash)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Shows the people of a tenant to a session unmasked, until then (epoch milliseconds).
pub async fn show_people(
    unit: &mut Unit,
    session_hash: &str,
    (tenant, until_ms): (&TenantId, i64),
) -> Result<(), StoreError> {
    sqlx::query("update session set shown_tenant = $2, shown_until_ms = $3 where id_hash = $1")
        .bind(session_hash)
        .bind(tenant.as_str())
        .bind(until_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
