//! One Zoom account for several tenants: what the owner of a sign-in offers, and what a guest has accepted.

use super::tenant::tenant_id;
use super::{StoreError, Unit, from_json, pieces, rows};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{Held, Route, ShareRule};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A share as stored.
#[derive(Debug, Clone)]
pub struct ShareRow {
    /// Whose sign-in it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: String,
    /// Who accepted it, if somebody did.
    pub guest: Option<TenantId>,
    /// For which app.
    pub app: ZoomApp,
    /// Zoom account id.
    pub account: String,
    /// What belongs to the guest.
    pub rules: Vec<ShareRule>,
    /// SHA-256 of the code that accepts it, hex.
    pub offer_hash: String,
    /// Epoch milliseconds.
    pub offered_ms: i64,
    /// Until when it can be accepted, epoch milliseconds.
    pub expires_ms: i64,
    /// When it was accepted, epoch milliseconds.
    pub began_ms: Option<i64>,
    /// When it ended, epoch milliseconds.
    pub ended_ms: Option<i64>,
    /// Who ended it: `owner`, `guest`.
    pub ended_code: Option<String>,
}

const COLUMNS: &str =
    "tenant, id, guest, app, account, rules, offer_hash, offered_ms, expires_ms, began_ms, ended_ms, ended_code";

fn read(row: &AnyRow) -> Result<ShareRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let guest: Option<String> = row.try_get("guest")?;
    let app: String = row.try_get("app")?;
    let app = ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?;
    let rules: String = row.try_get("rules")?;
    Ok(ShareRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        guest: guest.map(|guest| tenant_id(&guest)).transpose()?,
        app,
        account: row.try_get("account")?,
        rules: from_json(&rules, "rules")?,
        offer_hash: row.try_get("offer_hash")?,
        offered_ms: row.try_get("offered_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        began_ms: row.try_get("began_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        ended_code: row.try_get("ended_code")?,
    })
}

/// Adds an offer.
pub async fn insert(unit: &mut Unit, row: &ShareRow, rules: &str) -> Result<(), StoreError> {
    sqlx::query(
        "insert into zoom_share (tenant, id, app, account, rules, offer_hash, offered_ms, expires_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(row.app.as_str())
    .bind(&row.account)
    .bind(rules)
    .bind(&row.offer_hash)
    .bind(row.offered_ms)
    .bind(row.expires_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// The offer of that code, if it can still be accepted. Crosses tenants: the code is how the guest finds the owner.
pub async fn offered(unit: &mut Unit, offer_hash: &str, now_ms: i64) -> Result<Option<ShareRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from zoom_share where offer_hash = $1 and expires_ms > $2 and began_ms is null and ended_ms is null"
    );
    let row =
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(offer_hash).bind(now_ms).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// The guest accepts. Answers whether it still could.
///
/// # Errors
/// A duplicate when the guest is somebody's guest for that app already.
pub async fn accept(unit: &mut Unit, share: &ShareRow, guest: &TenantId, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update zoom_share set guest = $3, began_ms = $4 where tenant = $1 and id = $2 and began_ms is null and ended_ms is null",
    )
    .bind(share.tenant.as_str())
    .bind(&share.id)
    .bind(guest.as_str())
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a share or takes an offer back. Answers whether it had not ended before.
pub async fn end(unit: &mut Unit, (owner, id): (&TenantId, &str), code: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update zoom_share set ended_ms = $3, ended_code = $4 where tenant = $1 and id = $2 and ended_ms is null",
    )
    .bind(owner.as_str())
    .bind(id)
    .bind(now_ms)
    .bind(code)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Shares of one owner and app that are shown.
const SHARES_MAX: i64 = 200;

/// What the tenant offered or shares, the latest first; ended ones are left out.
pub async fn of_owner(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Vec<ShareRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from zoom_share where tenant = $1 and app = $2 and ended_ms is null order by offered_ms desc, id limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .bind(SHARES_MAX)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// What the tenant is a guest of. Names the guest instead of the owner: that is the tenant who asks.
pub async fn of_guest(unit: &mut Unit, guest: &TenantId, app: ZoomApp) -> Result<Option<ShareRow>, StoreError> {
    let text = format!(
        "select {COLUMNS} from zoom_share where guest = $1 and app = $2 and began_ms is not null and ended_ms is null"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(guest.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Guests of one owner and account whose copies are looked after.
const EVER_GUESTS_MAX: i64 = 1000;

/// Who is or ever was a guest of what the owner shared of that account.
pub async fn ever_guests(
    unit: &mut Unit,
    owner: &TenantId,
    (app, account): (ZoomApp, &str),
) -> Result<Vec<TenantId>, StoreError> {
    let rows = sqlx::query(
        "select distinct guest from zoom_share where tenant = $1 and app = $2 and account = $3 and began_ms is not null \
         order by guest limit $4",
    )
    .bind(owner.as_str())
    .bind(app.as_str())
    .bind(account)
    .bind(EVER_GUESTS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| tenant_id(&row.try_get::<String, _>("guest")?)).collect()
}

/// Where events of accounts may go besides: to guests, ended ones included. Crosses tenants: only for intake.
pub async fn routes(unit: &mut Unit, app: ZoomApp, accounts: &[&str]) -> Result<Vec<Route>, StoreError> {
    const ROUTES: &str = "select tenant, guest, account, rules, began_ms, ended_ms from zoom_share \
         where app = $ and account in ({$}) and began_ms is not null";
    let mut routes = Vec::new();
    for piece in pieces(accounts) {
        let mut query = sqlx::query(rows::text(unit.dialect, ROUTES, piece.len())).bind(app.as_str());
        for account in piece {
            query = query.bind(*account);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let (guest, rules): (String, String) = (row.try_get("guest")?, row.try_get("rules")?);
            let owner: String = row.try_get("tenant")?;
            routes.push(Route {
                tenant: tenant_id(&guest)?,
                app,
                account: row.try_get("account")?,
                held: Held::Guest(tenant_id(&owner)?, from_json(&rules, "rules")?),
                began_ms: row.try_get("began_ms")?,
                ended_ms: row.try_get("ended_ms")?,
            });
        }
    }
    Ok(routes)
}
