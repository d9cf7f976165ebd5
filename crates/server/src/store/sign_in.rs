//! Sign-ins with Zoom that are under way: found by the hash of their state, usable once, for ten minutes.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;

/// A sign-in as stored.
#[derive(Debug, Clone)]
pub struct SignInRow {
    /// SHA-256 of the state, hex.
    pub state_hash: String,
    /// For which tenant.
    pub tenant: TenantId,
    /// For which app.
    pub app: ZoomApp,
    /// SHA-256 of the browser's own cookie, hex: only the browser that began may finish.
    pub browser_hash: String,
    /// Who began it, for the audit log.
    pub actor: String,
    /// PKCE verifier, sealed.
    pub verifier: Vec<u8>,
    /// Epoch milliseconds.
    pub began_ms: i64,
    /// Epoch milliseconds.
    pub expires_ms: i64,
    /// `begun`, `exchanging`, `offered`, `confirmed` or `failed`.
    pub step: String,
    /// What Zoom granted, sealed, between the exchange and the confirmation.
    pub offer: Option<Vec<u8>>,
    /// Why it failed, in words.
    pub failure: Option<String>,
    /// What it is for.
    pub wanted: Wanted,
}

/// What a sign-in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// The tenant's connection.
    #[default]
    Connection,
    /// A second admin who stands by.
    StandBy,
}

const COLUMNS: &str =
    "state_hash, tenant, app, browser_hash, actor, verifier, began_ms, expires_ms, step, offer, failure, stand_by";

/// Adds a sign-in.
pub async fn insert(unit: &mut Unit, row: &SignInRow) -> Result<(), StoreError> {
    let text = format!("insert into sign_in ({COLUMNS}) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)");
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(&row.state_hash)
        .bind(row.tenant.as_str())
        .bind(row.app.as_str())
        .bind(&row.browser_hash)
        .bind(&row.actor)
        .bind(row.verifier.clone())
        .bind(row.began_ms)
        .bind(row.expires_ms)
        .bind(&row.step)
        .bind(row.offer.clone())
        .bind(row.failure.as_deref())
        .bind(i64::from(row.wanted == Wanted::StandBy))
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<SignInRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let app: String = row.try_get("app")?;
    let app = ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?;
    Ok(SignInRow {
        state_hash: row.try_get("state_hash")?,
        tenant: tenant_id(&tenant)?,
        app,
        browser_hash: row.try_get("browser_hash")?,
        actor: row.try_get("actor")?,
        verifier: row.try_get("verifier")?,
        began_ms: row.try_get("began_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        step: row.try_get("step")?,
        offer: row.try_get("offer")?,
        failure: row.try_get("failure")?,
        wanted: if row.try_get::<i64, _>("stand_by")? == 0 { Wanted::Connection } else { Wanted::StandBy },
    })
}

/// The sign-in of that state.
pub async fn get(unit: &mut Unit, state_hash: &str) -> Result<Option<SignInRow>, StoreError> {
    let text = format!("select {COLUMNS} from sign_in where state_hash = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(state_hash).fetch_optional(&mut *unit.tx).await?;
    row.as_ref().map(read).transpose()
}

/// The tenant's latest sign-in for the app, for the page that says what became of it.
pub async fn latest(unit: &mut Unit, tenant: &TenantId, app: ZoomApp) -> Result<Option<SignInRow>, StoreError> {
    let text = format!("select {COLUMNS} from sign_in where tenant = $1 and app = $2 order by began_ms desc limit 1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(app.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Moves a sign-in from one step to the next. Answers whether it was at `from`: a step happens once.
pub async fn advance(unit: &mut Unit, state_hash: &str, from: &str, to: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("update sign_in set step = $3 where state_hash = $1 and step = $2")
        .bind(state_hash)
        .bind(from)
        .bind(to)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps what Zoom granted until a person confirms it.
pub async fn offer(unit: &mut Unit, state_hash: &str, offer: Vec<u8>) -> Result<(), StoreError> {
    sqlx::query("update sign_in set step = 'offered', offer = $2 where state_hash = $1 and step = 'exchanging'")
        .bind(state_hash)
        .bind(offer)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Ends a sign-in that failed, with the reason in words, and forgets what was granted. One that is confirmed stays so.
pub async fn fail(unit: &mut Unit, state_hash: &str, failure: &str) -> Result<(), StoreError> {
    sqlx::query(
        "update sign_in set step = 'failed', offer = null, failure = $2 where state_hash = $1 and step <> 'confirmed'",
    )
    .bind(state_hash)
    .bind(failure)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Forgets what was granted, once it is confirmed.
pub async fn forget_offer(unit: &mut Unit, state_hash: &str) -> Result<(), StoreError> {
    sqlx::query("update sign_in set offer = null where state_hash = $1")
        .bind(state_hash)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Removes sign-ins that ended before `before_ms`.
pub async fn prune(unit: &mut Unit, before_ms: i64) -> Result<u64, StoreError> {
    let done = sqlx::query("delete from sign_in where expires_ms < $1").bind(before_ms).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected())
}
