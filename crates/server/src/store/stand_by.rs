//! Stand-bys: a second admin's sign-in for the same Zoom account, used when the first one's does not work any more. Its tokens
//! stand among the grants under the stand-by's id, which becomes the connection's.

use super::connection::ConnectionRow;
use super::grant::GrantRow;
use super::{StoreError, Unit, connection, grant, tenant::tenant_id};
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;
use sqlx::any::AnyRow;

const COLUMNS: &str = "tenant, id, app, account, zoom_user, email, user_name, scopes, licences, began_ms";

/// A stand-by as the connection that it would be.
fn read(row: &AnyRow) -> Result<ConnectionRow, StoreError> {
    let (tenant, app): (String, String) = (row.try_get("tenant")?, row.try_get("app")?);
    Ok(ConnectionRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        app: ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?,
        account: row.try_get("account")?,
        zoom_user: row.try_get("zoom_user")?,
        email: row.try_get("email")?,
        user_name: row.try_get("user_name")?,
        scopes: row.try_get("scopes")?,
        licences: row.try_get("licences")?,
        state: "active".to_owned(),
        broken_code: None,
        began_ms: row.try_get("began_ms")?,
        ended_ms: None,
        ended_code: None,
        own_app: false,
    })
}

/// The tenant's stand-by of that app.
pub async fn of(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Option<ConnectionRow>, StoreError> {
    let text = format!("select {COLUMNS} from stand_by where tenant = $1 and app = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Keeps a stand-by; one that was there goes, and its tokens are destroyed.
pub async fn put(unit: &mut Unit, row: &ConnectionRow, tokens: &GrantRow) -> Result<(), StoreError> {
    remove(unit, &row.tenant, row.app).await?;
    let text = format!("insert into stand_by ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .bind(row.app.as_str())
        .bind(&row.account)
        .bind(&row.zoom_user)
        .bind(row.email.as_deref())
        .bind(row.user_name.as_deref())
        .bind(&row.scopes)
        .bind(&row.licences)
        .bind(row.began_ms)
        .execute(&mut *unit.tx)
        .await?;
    grant::insert(unit, tokens).await
}

/// Removes the tenant's stand-by of that app and destroys its tokens. Answers whether there was one.
pub async fn remove(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<bool, StoreError> {
    let Some(row) = of(unit, tenant, app).await? else { return Ok(false) };
    grant::destroy(unit, tenant, &row.id).await?;
    forget(unit, &row).await?;
    Ok(true)
}

/// Takes a stand-by out of the list; its tokens stay.
async fn forget(unit: &mut Unit, row: &ConnectionRow) -> Result<(), StoreError> {
    sqlx::query("delete from stand_by where tenant = $1 and id = $2")
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Stand-bys of a Zoom user, who signs in elsewhere: Zoom ends their tokens by that. Crosses tenants: a user is one user.
pub async fn of_user(unit: &mut Unit, app: ZoomApp, zoom_user: &str) -> Result<Vec<ConnectionRow>, StoreError> {
    let text = format!("select {COLUMNS} from stand_by where app = $1 and zoom_user = $2");
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(app.as_str()).bind(zoom_user).fetch_all(&mut *unit.tx).await?;
    rows.iter().map(read).collect()
}

/// The stand-by of that id, to which a grant belongs.
pub async fn get(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<ConnectionRow>, StoreError> {
    let text = format!("select {COLUMNS} from stand_by where tenant = $1 and id = $2");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).bind(id).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Stand-bys that are looked at in one round.
const ROUND_MAX: i64 = 50;

/// Grants of stand-bys that are to be refreshed: given before that time, so that they do not lapse unused. Crosses tenants: only for
/// the keeper.
pub async fn grants_due(unit: &mut Unit, refreshed_before_ms: i64) -> Result<Vec<GrantRow>, StoreError> {
    let rows = sqlx::query(
        "select s.tenant, s.id from stand_by s join zoom_grant g on g.tenant = s.tenant and g.connection = s.id \
         where g.refreshed_ms < $1 order by g.refreshed_ms limit $2",
    )
    .bind(refreshed_before_ms)
    .bind(ROUND_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut due = Vec::new();
    for row in rows {
        let (tenant, id): (String, String) = (row.try_get("tenant")?, row.try_get("id")?);
        due.extend(grant::get(unit, &tenant_id(&tenant)?, &id).await?);
    }
    Ok(due)
}

/// The stand-by becomes the connection of its tenant, which ends with that code. Answers it, if there was one.
pub async fn promote(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    ended_code: &str,
    now_ms: i64,
) -> Result<Option<ConnectionRow>, StoreError> {
    let Some(row) = of(unit, tenant, app).await? else { return Ok(None) };
    // Somebody else holds that Zoom user now: its tokens are worth nothing.
    if connection::held_by(unit, app, &row.zoom_user).await?.is_some() {
        remove(unit, tenant, app).await?;
        return Ok(None);
    }
    if let Some(open) = connection::open(unit, tenant, app).await? {
        connection::end(unit, tenant, &open.id, ended_code, now_ms).await?;
    }
    forget(unit, &row).await?;
    let promoted = ConnectionRow { began_ms: now_ms, ..row };
    connection::insert(unit, &promoted).await?;
    Ok(Some(promoted))
}
