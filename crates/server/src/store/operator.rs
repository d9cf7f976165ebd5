//! People of the console and their sessions. Only hashes of session ids are stored.

use super::{StoreError, Unit, tenant_admin};
use connector_core::ids::TenantId;
use connector_core::role::Role;
use sqlx::Row;

/// A person of the console.
#[derive(Debug, Clone)]
pub struct OperatorRow {
    /// Its id.
    pub id: String,
    /// Signs in with it, lower-case.
    pub email: String,
    /// Shown to people.
    pub name: String,
    /// The pass word's hash in PHC form.
    pub password: String,
    /// What the person may reach.
    pub role: Role,
}

fn read(row: &sqlx::any::AnyRow) -> Result<OperatorRow, StoreError> {
    let role: String = row.try_get("role")?;
    let unknown = || StoreError::Unreadable { what: "role", why: format!("{role:?} is none") };
    Ok(OperatorRow {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        password: row.try_get("password")?,
        role: Role::parse(&role).ok_or_else(unknown)?,
    })
}

/// Adds a person.
///
/// # Errors
/// A duplicate when the address is taken.
pub async fn insert(unit: &mut Unit, row: &OperatorRow, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("insert into operator (id, email, name, password, role, created_ms) values ($1, $2, $3, $4, $5, $6)")
        .bind(&row.id)
        .bind(&row.email)
        .bind(&row.name)
        .bind(&row.password)
        .bind(row.role.as_str())
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// The person with that address, unless disabled.
pub async fn by_email(unit: &mut Unit, email: &str) -> Result<Option<OperatorRow>, StoreError> {
    let row = sqlx::query("select * from operator where email = $1 and disabled_ms is null")
        .bind(email)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The person of that id, unless disabled.
pub async fn get(unit: &mut Unit, id: &str) -> Result<Option<OperatorRow>, StoreError> {
    let row = sqlx::query("select * from operator where id = $1 and disabled_ms is null")
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// All people, at most 1,000.
pub async fn all(unit: &mut Unit) -> Result<Vec<OperatorRow>, StoreError> {
    let rows = sqlx::query("select * from operator where disabled_ms is null order by email limit 1000")
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// A session and the person behind it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The person.
    pub operator: OperatorRow,
    /// The tenants that the person administers; none for an operator, who reaches all.
    pub tenants: Vec<TenantId>,
    /// The token that every form of the session carries.
    pub form_token: String,
    /// The tenant whose people are shown unmasked, and until when (epoch milliseconds).
    pub shown: Option<(String, i64)>,
    /// When the session was last heard of, epoch milliseconds; none before its first page.
    pub seen_ms: Option<i64>,
}

/// Begins a session.
pub async fn begin_session(
    unit: &mut Unit,
    (id_hash, form_token): (&str, &str),
    operator: &str,
    now_ms: i64,
    expires_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into session (id_hash, operator, form_token, created_ms, expires_ms) values ($1, $2, $3, $4, $5)",
    )
    .bind(id_hash)
    .bind(operator)
    .bind(form_token)
    .bind(now_ms)
    .bind(expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The session of that hash, if it has not ended and its person is not disabled.
pub async fn session(unit: &mut Unit, id_hash: &str, now_ms: i64) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(
        "select o.*, s.form_token, s.seen_ms as session_seen_ms, s.shown_tenant, s.shown_until_ms from session s join operator o on o.id = s.operator \
         where s.id_hash = $1 and s.expires_ms > $2 and o.disabled_ms is null",
    )
    .bind(id_hash)
    .bind(now_ms)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (shown_tenant, until_ms): (Option<String>, Option<i64>) =
        (row.try_get("shown_tenant")?, row.try_get("shown_until_ms")?);
    let shown = shown_tenant.zip(until_ms);
    let (operator, form_token, seen_ms) = (read(&row)?, row.try_get("form_token")?, row.try_get("session_seen_ms")?);
    let tenants = match operator.role {
        Role::Operator => Vec::new(),
        Role::TenantAdmin => tenant_admin::tenants(unit, &operator.id).await?,
    };
    Ok(Some(SessionRow { operator, tenants, form_token, shown, seen_ms }))
}

/// Ends a session.
pub async fn end_session(unit: &mut Unit, id_hash: &str) -> Result<(), StoreError> {
    sqlx::query("delete from session where id_hash = $1").bind(id_hash).execute(&mut *unit.tx).await?;
    Ok(())
}

/// Removes sessions that are over.
pub async fn prune_sessions(unit: &mut Unit, now_ms: i64) -> Result<u64, StoreError> {
    let done = sqlx::query("delete from session where expires_ms <= $1").bind(now_ms).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected())
}
