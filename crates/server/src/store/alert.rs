//! What somebody has to know: one alert for each cause at a time, until it is over; and the posts that tell of it.

use super::tenant::tenant_id;
use super::{StoreError, Unit, share};
use connector_core::code;
use connector_core::ids::{TenantId, ZoomApp};
use sqlx::Row;

/// An alert as people see it.
#[derive(Debug, Clone)]
pub struct AlertRow {
    /// Its id.
    pub id: String,
    /// What it is about; there is one open alert for each.
    pub cause: String,
    /// Stable code.
    pub code: String,
    /// In words.
    pub detail: String,
    /// Epoch milliseconds.
    pub raised_ms: i64,
    /// When it was over, epoch milliseconds.
    pub resolved_ms: Option<i64>,
}

/// Raises an alert unless there is one for that cause, and puts a post on its way. Answers whether it is new.
pub async fn raise(
    unit: &mut Unit,
    tenant: &TenantId,
    cause: &str,
    (code, detail): (&'static str, &str),
    now_ms: i64,
) -> Result<bool, StoreError> {
    let id = crate::dice::id(now_ms);
    let done = sqlx::query(
        "insert into alert (tenant, id, cause, code, detail, raised_ms) values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant, cause) where resolved_ms is null do nothing",
    )
    .bind(tenant.as_str())
    .bind(&id)
    .bind(cause)
    .bind(code)
    .bind(detail)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let data = serde_json::json!({
        "tenant": tenant.as_str(), "alert": id, "cause": cause, "code": code,
        "sentence": code::sentence(code), "detail": detail,
    });
    post(unit, tenant, ("alert.raised", data), now_ms).await?;
    Ok(true)
}

/// What an alert is about that tells of a sign-in.
#[must_use]
pub fn connection_cause(app: ZoomApp) -> String {
    format!("connection:{}", app.as_str())
}

/// A sign-in does not work any more: its tenant is told, and whoever is a guest of it.
pub async fn connection_lost(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    told: (&'static str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    let cause = connection_cause(app);
    raise(unit, tenant, &cause, told, now_ms).await?;
    for guest in share::of_owner(unit, tenant, app).await?.into_iter().filter_map(|share| share.guest) {
        raise(unit, &guest, &cause, ("zoom.owner_gone", "The sign-in that is shared with you ended."), now_ms).await?;
    }
    Ok(())
}

/// A sign-in works again, for its tenant and its guests.
pub async fn connection_back(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    now_ms: i64,
) -> Result<(), StoreError> {
    let cause = connection_cause(app);
    resolve(unit, tenant, &cause, now_ms).await?;
    for guest in share::of_owner(unit, tenant, app).await?.into_iter().filter_map(|share| share.guest) {
        resolve(unit, &guest, &cause, now_ms).await?;
    }
    Ok(())
}

/// Ends the alert of a cause, if there is one, and tells so.
pub async fn resolve(unit: &mut Unit, tenant: &TenantId, cause: &str, now_ms: i64) -> Result<(), StoreError> {
    let row = sqlx::query(
        "update alert set resolved_ms = $3 where tenant = $1 and cause = $2 and resolved_ms is null returning id, code",
    )
    .bind(tenant.as_str())
    .bind(cause)
    .bind(now_ms)
    .fetch_optional(&mut *unit.tx)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let (id, code): (String, String) = (row.try_get("id")?, row.try_get("code")?);
    let data = serde_json::json!({ "tenant": tenant.as_str(), "alert": id, "cause": cause, "code": code });
    post(unit, tenant, ("alert.resolved", data), now_ms).await
}

/// Alerts that are shown.
const ALERTS_MAX: i64 = 50;

/// The tenant's alerts, open ones and the latest of those that are over, the latest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<AlertRow>, StoreError> {
    let rows = sqlx::query(
        "select id, cause, code, detail, raised_ms, resolved_ms from alert where tenant = $1 order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(ALERTS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AlertRow {
                id: row.try_get("id")?,
                cause: row.try_get("cause")?,
                code: row.try_get("code")?,
                detail: row.try_get("detail")?,
                raised_ms: row.try_get("raised_ms")?,
                resolved_ms: row.try_get("resolved_ms")?,
            })
        })
        .collect()
}

/// Where a tenant wants to be told.
#[derive(Debug, Clone)]
pub struct HookRow {
    /// The address.
    pub url: String,
    /// What posts are signed with, sealed.
    pub secret: Vec<u8>,
}

/// Sets where a tenant wants to be told.
pub async fn set_hook(unit: &mut Unit, tenant: &TenantId, hook: &HookRow, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into alert_hook (tenant, url, secret, changed_ms) values ($1, $2, $3, $4) \
         on conflict (tenant) do update set url = excluded.url, secret = excluded.secret, changed_ms = excluded.changed_ms",
    )
    .bind(tenant.as_str())
    .bind(&hook.url)
    .bind(hook.secret.clone())
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Where the tenant wants to be told, if anywhere.
pub async fn hook(unit: &mut Unit, tenant: &TenantId) -> Result<Option<HookRow>, StoreError> {
    let row = sqlx::query("select url, secret from alert_hook where tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.map(|row| Ok(HookRow { url: row.try_get("url")?, secret: row.try_get("secret")? })).transpose()
}

/// The tenant does not want to be told any more; what is on its way is dropped.
pub async fn remove_hook(unit: &mut Unit, tenant: &TenantId) -> Result<bool, StoreError> {
    sqlx::query("delete from alert_post where tenant = $1 and state = 'waiting'")
        .bind(tenant.as_str())
        .execute(&mut *unit.tx)
        .await?;
    let done =
        sqlx::query("delete from alert_hook where tenant = $1").bind(tenant.as_str()).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected() > 0)
}

/// Puts a post on its way, if the tenant wants to be told.
pub async fn post(
    unit: &mut Unit,
    tenant: &TenantId,
    (kind, data): (&str, serde_json::Value),
    now_ms: i64,
) -> Result<(), StoreError> {
    if hook(unit, tenant).await?.is_none() {
        return Ok(());
    }
    let time = jiff::Timestamp::from_millisecond(now_ms).map(|time| time.to_string()).unwrap_or_default();
    let body = serde_json::json!({ "type": kind, "timestamp": time, "data": data }).to_string();
    sqlx::query(
        "insert into alert_post (tenant, id, kind, body, state, tries, next_at_ms) values ($1, $2, $3, $4, 'waiting', 0, $5)",
    )
    .bind(tenant.as_str())
    .bind(crate::dice::id(now_ms))
    .bind(kind)
    .bind(body)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// A post on its way.
#[derive(Debug, Clone)]
pub struct PostRow {
    /// Whose.
    pub tenant: TenantId,
    /// Its id, the same at every try.
    pub id: String,
    /// What is sent, as JSON.
    pub body: String,
    /// Tries so far.
    pub tries: i64,
}

/// Posts that are sent in one round.
const POSTS_MAX: i64 = 20;

/// Posts that are due. Crosses tenants: one loop sends those of all.
pub async fn due(unit: &mut Unit, now_ms: i64) -> Result<Vec<PostRow>, StoreError> {
    let rows = sqlx::query(
        "select tenant, id, body, tries from alert_post where state = 'waiting' and next_at_ms <= $1 order by next_at_ms limit $2",
    )
    .bind(now_ms)
    .bind(POSTS_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            let tenant: String = row.try_get("tenant")?;
            Ok(PostRow {
                tenant: tenant_id(&tenant)?,
                id: row.try_get("id")?,
                body: row.try_get("body")?,
                tries: row.try_get("tries")?,
            })
        })
        .collect()
}

/// Takes the next try of a post before it is sent, so that no two processes make it. Answers whether it is ours.
pub async fn begin_try(unit: &mut Unit, row: &PostRow, next_at_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update alert_post set tries = tries + 1, next_at_ms = $4 where tenant = $1 and id = $2 and tries = $3 and state = 'waiting'",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(row.tries)
    .bind(next_at_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records how a post ended (`sent`, `failed`), or only what the last try came to (`waiting`).
pub async fn note(
    unit: &mut Unit,
    row: &PostRow,
    (state, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update alert_post set state = $3, detail = $4, done_ms = $5 where tenant = $1 and id = $2")
        .bind(row.tenant.as_str())
        .bind(&row.id)
        .bind(state)
        .bind(detail)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// The tenant's latest posts: kind, state, tries, and what the last try came to.
pub async fn posts(
    unit: &mut Unit,
    tenant: &TenantId,
) -> Result<Vec<(String, String, i64, Option<String>)>, StoreError> {
    let rows =
        sqlx::query("select kind, state, tries, detail from alert_post where tenant = $1 order by id desc limit $2")
            .bind(tenant.as_str())
            .bind(POSTS_MAX)
            .fetch_all(&mut *unit.tx)
            .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("kind")?, row.try_get("state")?, row.try_get("tries")?, row.try_get("detail")?)))
        .collect()
}
