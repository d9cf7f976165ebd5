//! Tenants' own Zoom apps: the sealed credentials behind a connection. They go with the connection, as tokens do.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;
use sqlx::any::AnyRow;

/// An own app as stored.
#[derive(Debug, Clone)]
pub struct OwnAppRow {
    /// Whose.
    pub tenant: TenantId,
    /// What it captures.
    pub app: ZoomApp,
    /// The connection it serves.
    pub connection: String,
    /// Its client id, which is no secret.
    pub client_id: String,
    /// The credentials, sealed.
    pub sealed: Vec<u8>,
    /// When they were given or changed, epoch milliseconds.
    pub saved_ms: i64,
}

const COLUMNS: &str = "tenant, app, connection, client_id, sealed, saved_ms";

fn read(row: &AnyRow) -> Result<OwnAppRow, StoreError> {
    let (tenant, app): (String, String) = (row.try_get("tenant")?, row.try_get("app")?);
    Ok(OwnAppRow {
        tenant: tenant_id(&tenant)?,
        app: ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?,
        connection: row.try_get("connection")?,
        client_id: row.try_get("client_id")?,
        sealed: row.try_get("sealed")?,
        saved_ms: row.try_get("saved_ms")?,
    })
}

/// The tenant's own app for that kind.
pub async fn get(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Option<OwnAppRow>, StoreError> {
    let text = format!("select {COLUMNS} from own_app where tenant = $1 and app = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The own app that a connection is by, if it is.
pub async fn of_connection(
    unit: &mut Unit,
    tenant: &TenantId,
    connection: &str,
) -> Result<Option<OwnAppRow>, StoreError> {
    let text = format!("select {COLUMNS} from own_app where tenant = $1 and connection = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(connection)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Whose connection gets the tokens of that Zoom app now. Crosses tenants: a second one that asked for tokens would end the first one's.
pub async fn holder(unit: &mut Unit, client_id: &str) -> Result<Option<OwnAppRow>, StoreError> {
    let text = format!("select {COLUMNS} from own_app where client_id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(client_id).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Keeps the credentials behind a new connection; what the tenant had for that kind went with its connection.
///
/// # Errors
/// A duplicate when another connection holds that Zoom app.
pub async fn insert(unit: &mut Unit, row: &OwnAppRow) -> Result<(), StoreError> {
    let text = format!("insert into own_app ({COLUMNS}) values ($1, $2, $3, $4, $5, $6)");
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(row.tenant.as_str())
        .bind(row.app.as_str())
        .bind(&row.connection)
        .bind(&row.client_id)
        .bind(row.sealed.as_slice())
        .bind(row.saved_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Puts changed credentials in the place of those that were read as `before`. Answers whether they still were.
pub async fn change(unit: &mut Unit, before: &OwnAppRow, sealed: &[u8], now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update own_app set sealed = $4, saved_ms = $5 where tenant = $1 and app = $2 and connection = $3 and sealed = $6",
    )
    .bind(before.tenant.as_str())
    .bind(before.app.as_str())
    .bind(&before.connection)
    .bind(sealed)
    .bind(now_ms)
    .bind(before.sealed.as_slice())
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Destroys the credentials behind a connection.
pub async fn destroy(unit: &mut Unit, tenant: &TenantId, connection: &str) -> Result<(), StoreError> {
    sqlx::query("delete from own_app where tenant = $1 and connection = $2")
        .bind(tenant.as_str())
        .bind(connection)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}
