//! How the person behind a sign-in fares: what was found when it was looked at, and which sign-ins are to be looked at.

use super::connection::ConnectionRow;
use super::{StoreError, Unit, connection};
use connector_core::grant::Health;
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;

/// How a sign-in fares, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthRow {
    /// The role at the last look.
    pub role: Option<String>,
    /// When it was last looked at, epoch milliseconds.
    pub checked_ms: Option<i64>,
    /// `demoted` or `gone`; none while all is well.
    pub health: Option<String>,
    /// When an unproven notice said that the app was removed, epoch milliseconds, until that is looked into.
    pub notice_ms: Option<i64>,
}

/// How a connection fares.
pub async fn of(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<HealthRow, StoreError> {
    let row = sqlx::query("select role, checked_ms, health, notice_ms from connection where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(HealthRow::default()) };
    Ok(HealthRow {
        role: row.try_get("role")?,
        checked_ms: row.try_get("checked_ms")?,
        health: row.try_get("health")?,
        notice_ms: row.try_get("notice_ms")?,
    })
}

/// Sign-ins that are looked at in one round.
const ROUND_MAX: i64 = 10;

/// Open connections that were not looked at since `before_ms`, or that an unproven notice is about. Crosses tenants: the keeper
/// looks at those of all.
pub async fn due(unit: &mut Unit, before_ms: i64) -> Result<Vec<ConnectionRow>, StoreError> {
    let rows = sqlx::query(
        "select tenant, app from connection where ended_ms is null and (notice_ms is not null \
         or state = 'active' and (checked_ms is null or checked_ms < $1)) order by (notice_ms is null), checked_ms limit $2",
    )
    .bind(before_ms)
    .bind(ROUND_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut due = Vec::new();
    for row in rows {
        let (tenant, app): (String, String) = (row.try_get("tenant")?, row.try_get("app")?);
        let Some(app) = ZoomApp::parse(&app) else { continue };
        due.extend(connection::open(unit, &super::tenant::tenant_id(&tenant)?, app).await?);
    }
    Ok(due)
}

/// Records what was found, and when it was; an unproven notice is looked into by that, unless nothing was found out.
pub async fn note(
    unit: &mut Unit,
    (tenant, id): (&TenantId, &str),
    found: &Health,
    checked_ms: i64,
) -> Result<(), StoreError> {
    let (role, health) = match found {
        Health::Well { role } => (role.as_deref(), None),
        Health::Demoted => (None, Some("demoted")),
        Health::Gone => (None, Some("gone")),
        Health::Unknown => {
            sqlx::query("update connection set checked_ms = $3 where tenant = $1 and id = $2")
                .bind(tenant.as_str())
                .bind(id)
                .bind(checked_ms)
                .execute(&mut *unit.tx)
                .await?;
            return Ok(());
        }
    };
    sqlx::query(
        "update connection set checked_ms = $3, health = $4, role = coalesce($5, role), notice_ms = null \
         where tenant = $1 and id = $2",
    )
    .bind(tenant.as_str())
    .bind(id)
    .bind(checked_ms)
    .bind(health)
    .bind(role)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Asks for a look at the sign-in of a Zoom user soon: Zoom says that something is with it.
pub async fn look_soon(unit: &mut Unit, tenant: &TenantId, (app, user): (ZoomApp, &str)) -> Result<(), StoreError> {
    sqlx::query(
        "update connection set checked_ms = null where tenant = $1 and app = $2 and zoom_user = $3 and ended_ms is null",
    )
    .bind(tenant.as_str())
    .bind(app.as_str())
    .bind(user)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Keeps that an unproven notice said that the app was removed for that user, unless the sign-in was looked at since
/// `looked_after_ms`. Of a broken one only if it broke since then: a dead token proves a removal only where it lived until then. Answers whether there is something to look into. Crosses tenants: the notice names a Zoom user.
pub async fn heard_unproven(
    unit: &mut Unit,
    app: ZoomApp,
    (account, user): (&str, &str),
    (looked_after_ms, now_ms): (i64, i64),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update connection set notice_ms = $4 where app = $1 and account = $2 and zoom_user = $3 and ended_ms is null \
         and own_app = 0 and notice_ms is null and (state = 'active' and (checked_ms is null or checked_ms < $5) \
         or state = 'broken' and checked_ms >= $5)",
    )
    .bind(app.as_str())
    .bind(account)
    .bind(user)
    .bind(now_ms)
    .bind(looked_after_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}
