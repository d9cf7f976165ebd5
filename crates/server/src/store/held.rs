//! Notifications that are held until Zoom was asked whose they are.

use super::journal::Done;
use super::tenant::tenant_id;
use super::{StoreError, Unit, pieces, rows};
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;
use std::collections::HashSet;

/// The tenant id under which notifications are kept that are nobody's, or not known whose.
pub const NOBODY: &str = "unassigned";

/// [`NOBODY`] as a tenant.
///
/// # Errors
/// Never: the name is one.
pub fn nobody() -> Result<TenantId, StoreError> {
    tenant_id(NOBODY)
}

/// Several tenants share the Zoom account, and neither rule nor host says whose it is.
#[must_use]
pub fn undecided(key: String) -> Done {
    let detail =
        "several LeadSquared accounts share the Zoom account; no rule and no host says whose this is".to_owned();
    Done { key, state: "quarantined", code: Some("quarantine.whose"), detail: Some(detail), fact: None }
}

/// As [`undecided`], until Zoom was asked for what a rule looks at.
#[must_use]
pub fn asked(key: String) -> Done {
    let detail = "a rule looks at the host's groups or at a tracking field, and Zoom is being asked for it".to_owned();
    Done { key, state: "quarantined", code: Some("quarantine.asked"), detail: Some(detail), fact: None }
}

/// A notification that is held; it stands in the journal under nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its key in the journal.
    pub key: String,
    /// The app that told it.
    pub app: ZoomApp,
    /// The Zoom account that it names.
    pub account: String,
    /// Whose own app's door it came by; none for the service's.
    pub door: Option<TenantId>,
    /// When it was made, epoch milliseconds.
    pub event_ts_ms: i64,
    /// Since when it is held, epoch milliseconds.
    pub held_ms: i64,
}

/// Holds them, due at once. What is held already stays as it is.
pub async fn insert(unit: &mut Unit, held: &[Held]) -> Result<(), StoreError> {
    for one in held {
        sqlx::query(
            "insert into held (notification, app, account, door, event_ts_ms, held_ms, due_ms) \
             values ($1, $2, $3, $4, $5, $6, $6) on conflict (notification) do nothing",
        )
        .bind(&one.key)
        .bind(one.app.as_str())
        .bind(&one.account)
        .bind(one.door.as_ref().map(TenantId::as_str))
        .bind(one.event_ts_ms)
        .bind(one.held_ms)
        .execute(&mut *unit.tx)
        .await?;
    }
    Ok(())
}

/// Those whose turn it is, the longest due first.
pub async fn due(unit: &mut Unit, now_ms: i64, limit: i64) -> Result<Vec<Held>, StoreError> {
    let rows = sqlx::query(
        "select notification, app, account, door, event_ts_ms, held_ms from held where due_ms <= $1 \
         order by due_ms, notification limit $2",
    )
    .bind(now_ms)
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let app: String = row.try_get("app")?;
        let door: Option<String> = row.try_get("door")?;
        Ok(Held {
            key: row.try_get("notification")?,
            app: ZoomApp::parse(&app).ok_or(StoreError::Unreadable { what: "app", why: app })?,
            account: row.try_get("account")?,
            door: door.map(|door| tenant_id(&door)).transpose()?,
            event_ts_ms: row.try_get("event_ts_ms")?,
            held_ms: row.try_get("held_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Which of the keys are held.
pub async fn among(unit: &mut Unit, keys: &[&str]) -> Result<HashSet<String>, StoreError> {
    let mut held = HashSet::new();
    for piece in pieces(keys) {
        let text = rows::text(unit.dialect, "select notification from held where notification in ({$})", piece.len());
        let mut query = sqlx::query(text);
        for key in piece {
            query = query.bind(*key);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            held.insert(row.try_get("notification")?);
        }
    }
    Ok(held)
}

/// Looks at it again at `due_ms`.
pub async fn postpone(unit: &mut Unit, key: &str, due_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update held set due_ms = $2 where notification = $1")
        .bind(key)
        .bind(due_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Looks again at `until_ms` at everything that came as this did and was due at `now_ms`.
pub async fn postpone_all(unit: &mut Unit, like: Held, (now_ms, until_ms): (i64, i64)) -> Result<(), StoreError> {
    sqlx::query(
        "update held set due_ms = $5 where app = $1 and account = $2 and coalesce(door, '') = $3 and due_ms <= $4",
    )
    .bind(like.app.as_str())
    .bind(like.account)
    .bind(like.door.as_ref().map_or("", TenantId::as_str).to_owned())
    .bind(now_ms)
    .bind(until_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Holds it no longer; answers whether it was still held.
pub async fn remove(unit: &mut Unit, key: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from held where notification = $1").bind(key).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected() > 0)
}
