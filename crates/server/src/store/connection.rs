//! Sign-ins with Zoom: which tenant holds which Zoom account, now and earlier.

use super::tenant::tenant_id;
use super::{StoreError, Unit, pieces, rows};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{Held, Route};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A connection as stored.
#[derive(Debug, Clone)]
pub struct ConnectionRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: String,
    /// For which app.
    pub app: ZoomApp,
    /// Zoom account id.
    pub account: String,
    /// The Zoom user who signed in.
    pub zoom_user: String,
    /// The user's address.
    pub email: Option<String>,
    /// The user's name.
    pub user_name: Option<String>,
    /// Granted scopes, separated by blanks.
    pub scopes: String,
    /// What the licence check found, as JSON.
    pub licences: String,
    /// `active`, or `broken`: the grant is dead and somebody has to sign in again.
    pub state: String,
    /// Why it is broken.
    pub broken_code: Option<String>,
    /// Epoch milliseconds.
    pub began_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// Why: `disconnected`, `taken_over`, `deauthorized`, `replaced`.
    pub ended_code: Option<String>,
    /// Whether it is by the tenant's own Zoom app instead of a person's sign-in.
    pub own_app: bool,
}

const COLUMNS: &str = "tenant, id, app, account, zoom_user, email, user_name, scopes, licences, state, broken_code, began_ms, ended_ms, ended_code, own_app";

fn read(row: &AnyRow) -> Result<ConnectionRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let app: String = row.try_get("app")?;
    let app = ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?;
    Ok(ConnectionRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        app,
        account: row.try_get("account")?,
        zoom_user: row.try_get("zoom_user")?,
        email: row.try_get("email")?,
        user_name: row.try_get("user_name")?,
        scopes: row.try_get("scopes")?,
        licences: row.try_get("licences")?,
        state: row.try_get("state")?,
        broken_code: row.try_get("broken_code")?,
        began_ms: row.try_get("began_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        ended_code: row.try_get("ended_code")?,
        own_app: row.try_get::<i64, _>("own_app")? != 0,
    })
}

/// Adds a connection.
///
/// # Errors
/// A duplicate when the tenant's app or the Zoom user's app has one that has not ended.
pub async fn insert(unit: &mut Unit, row: &ConnectionRow) -> Result<(), StoreError> {
    let text =
        format!("insert into connection ({COLUMNS}) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)");
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
        .bind(&row.state)
        .bind(row.broken_code.as_deref())
        .bind(row.began_ms)
        .bind(row.ended_ms)
        .bind(row.ended_code.as_deref())
        .bind(i64::from(row.own_app))
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// The tenant's connection of that app that has not ended.
pub async fn open(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Option<ConnectionRow>, StoreError> {
    let text = format!("select {COLUMNS} from connection where tenant = $1 and app = $2 and ended_ms is null");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The tenant's latest connection of that app, ended or not.
pub async fn latest(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Option<ConnectionRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from connection where tenant = $1 and app = $2 order by began_ms desc, id desc limit 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Whoever holds that Zoom user's sign-in for the app now. Crosses tenants: only for takeover.
pub async fn held_by(unit: &mut Unit, app: ZoomApp, zoom_user: &str) -> Result<Option<ConnectionRow>, StoreError> {
    let text = format!("select {COLUMNS} from connection where app = $1 and zoom_user = $2 and ended_ms is null");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(app.as_str()).bind(zoom_user).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// Ends a connection and destroys its tokens and what they are asked for with. Answers whether it had not ended before.
pub async fn end(unit: &mut Unit, tenant: &TenantId, id: &str, code: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update connection set ended_ms = $3, ended_code = $4 where tenant = $1 and id = $2 and ended_ms is null",
    )
    .bind(tenant.as_str())
    .bind(id)
    .bind(now_ms)
    .bind(code)
    .execute(&mut *unit.tx)
    .await?;
    super::grant::destroy(unit, tenant, id).await?;
    super::own_app::destroy(unit, tenant, id).await?;
    Ok(done.rows_affected() > 0)
}

/// Marks a connection as in need of a new sign-in. Answers whether it was not before, so that one alert is raised.
pub async fn set_broken(
    unit: &mut Unit,
    (tenant, id): (&TenantId, &str),
    code: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update connection set state = 'broken', broken_code = $3, checked_ms = $4 \
         where tenant = $1 and id = $2 and state = 'active'",
    )
    .bind(tenant.as_str())
    .bind(id)
    .bind(code)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Since when nothing is sure to have been heard of an account that the tenant was connected to, epoch milliseconds: since the
/// latest connection to it ended, or was found broken. None where it was never connected, or works.
pub async fn silent_since(
    unit: &mut Unit,
    tenant: &TenantId,
    (app, account): (ZoomApp, &str),
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "select ended_ms, case when state = 'broken' then coalesce(checked_ms, began_ms) end as broken_ms from connection \
         where tenant = $1 and app = $2 and account = $3 order by began_ms desc, id desc limit 1",
    )
    .bind(tenant.as_str())
    .bind(app.as_str())
    .bind(account)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (ended_ms, broken_ms): (Option<i64>, Option<i64>) = (row.try_get("ended_ms")?, row.try_get("broken_ms")?);
    Ok(ended_ms.into_iter().chain(broken_ms).min())
}

/// Connections of one account kept for routing.
const ROUTES_MAX: usize = 200;

/// Notes what the tokens of a connection may do now, separated by blanks.
pub async fn set_scopes(unit: &mut Unit, (tenant, id): (&TenantId, &str), scopes: &str) -> Result<(), StoreError> {
    sqlx::query("update connection set scopes = $3 where tenant = $1 and id = $2 and ended_ms is null")
        .bind(tenant.as_str())
        .bind(id)
        .bind(scopes)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Where events of an account may go that come by a door: that of a tenant's own app, or (none) the service's. Crosses tenants.
pub async fn routes_by(
    unit: &mut Unit,
    door: Option<&TenantId>,
    (app, account): (ZoomApp, &str),
) -> Result<Vec<Route>, StoreError> {
    match door {
        Some(tenant) => own_app_routes(unit, (tenant, app), account).await,
        None => routes(unit, app, &[account]).await,
    }
}

impl ConnectionRow {
    /// Whose door its events come by: the tenant's, where it is by an own app; none for the service's.
    #[must_use]
    pub fn door(&self) -> Option<&TenantId> {
        self.own_app.then_some(&self.tenant)
    }
}

/// Where events of an account may go that a tenant's own app tells: its own connections by such an app, ended ones included, and
/// the guests it shares the account with. Nobody else's: only the tenant's app speaks for it.
pub async fn own_app_routes(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    account: &str,
) -> Result<Vec<Route>, StoreError> {
    let rows = sqlx::query(
        "select zoom_user, began_ms, ended_ms from connection where tenant = $1 and app = $2 and account = $3 and own_app <> 0 \
         order by began_ms desc limit $4",
    )
    .bind(tenant.as_str())
    .bind(app.as_str())
    .bind(account)
    .bind(i64::try_from(ROUTES_MAX).unwrap_or(i64::MAX))
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut routes = Vec::new();
    for row in rows {
        routes.push(Route {
            tenant: tenant.clone(),
            app,
            account: account.to_owned(),
            held: Held::Own(row.try_get("zoom_user")?),
            began_ms: row.try_get("began_ms")?,
            ended_ms: row.try_get("ended_ms")?,
        });
    }
    let guests = super::share::routes(unit, app, &[account]).await?;
    routes.extend(guests.into_iter().filter(|route| matches!(&route.held, Held::Guest(owner, _) if owner == tenant)));
    Ok(routes)
}

/// Where events of accounts may go that the service's app tells: connections by a sign-in with it, ended ones included. Crosses
/// tenants: only for intake.
pub async fn routes(unit: &mut Unit, app: ZoomApp, accounts: &[&str]) -> Result<Vec<Route>, StoreError> {
    // Few accounts are shared: whether one is, is asked along the way.
    const ROUTES: &str = "select tenant, account, zoom_user, began_ms, ended_ms, (select count(*) from zoom_share \
         where zoom_share.app = connection.app and zoom_share.account = connection.account) as shares \
         from connection where app = $ and account in ({$}) and own_app = 0 order by began_ms desc limit $";
    let (mut routes, mut shares) = (Vec::new(), 0);
    for piece in pieces(accounts) {
        let mut query = sqlx::query(rows::text(unit.dialect, ROUTES, piece.len())).bind(app.as_str());
        for account in piece {
            query = query.bind(*account);
        }
        let most = i64::try_from(piece.len() * ROUTES_MAX).unwrap_or(i64::MAX);
        for row in query.bind(most).fetch_all(&mut *unit.tx).await? {
            let tenant: String = row.try_get("tenant")?;
            shares += row.try_get::<i64, _>("shares")?;
            routes.push(Route {
                tenant: tenant_id(&tenant)?,
                app,
                account: row.try_get("account")?,
                held: Held::Own(row.try_get("zoom_user")?),
                began_ms: row.try_get("began_ms")?,
                ended_ms: row.try_get("ended_ms")?,
            });
        }
    }
    if shares > 0 {
        routes.extend(super::share::routes(unit, app, accounts).await?);
    }
    Ok(routes)
}
