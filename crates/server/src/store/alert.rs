//! What somebody has to know: one alert for each cause at a time, until it is over, told at the tenant's addresses.

use super::alert_address::Channel;
use super::mail::{NewMail, Purpose};
use super::{StoreError, Unit, alert_address, alert_post, mail, share};
use connector_core::code;
use connector_core::ids::{Email, TenantId, ZoomApp};
use connector_core::letter::{self, News};
use sqlx::Row;

/// What a test is called where it is posted.
pub const TEST: &str = "alert.test";

/// The cause of the alert that LeadSquared refuses everything.
pub const CRM: &str = "leadsquared";
/// The cause of the alert that LeadSquared does not answer.
pub const CRM_SILENT: &str = "leadsquared:silent";

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
    let words = letter::of_alert(tenant.as_str(), code, detail, News::Raised);
    tell(unit, tenant, ("alert.raised", &data), words, now_ms).await?;
    Ok(true)
}

/// More is known of what an open alert is about; it is not told again.
pub async fn amend(
    unit: &mut Unit,
    tenant: &TenantId,
    cause: &str,
    (code, detail): (&'static str, &str),
) -> Result<(), StoreError> {
    sqlx::query("update alert set code = $3, detail = $4 where tenant = $1 and cause = $2 and resolved_ms is null")
        .bind(tenant.as_str())
        .bind(cause)
        .bind(code)
        .bind(detail)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
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
    let words = letter::of_alert(tenant.as_str(), &code, "", News::Over);
    tell(unit, tenant, ("alert.resolved", &data), words, now_ms).await?;
    Ok(())
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

/// Tells the tenant at all of its addresses: posts and mails are put on their way.
pub async fn tell(
    unit: &mut Unit,
    tenant: &TenantId,
    (kind, data): (&str, &serde_json::Value),
    (subject, text): (String, String),
    now_ms: i64,
) -> Result<usize, StoreError> {
    let time = jiff::Timestamp::from_millisecond(now_ms).map(|time| time.to_string()).unwrap_or_default();
    let body = serde_json::json!({ "type": kind, "timestamp": time, "data": data }).to_string();
    let purpose = if kind == TEST { Purpose::Test } else { Purpose::Alert };
    let addresses = alert_address::all(unit, tenant).await?;
    for row in &addresses {
        match &row.channel {
            Channel::Web { .. } => alert_post::put(unit, (tenant, &row.id), (kind, &body), now_ms).await?,
            Channel::Mail => {
                // Checked when it was added; what cannot be written to any more is left out.
                let Some(to) = Email::parse(&row.address) else { continue };
                let (tenant, id) = (tenant.clone(), crate::dice::id(now_ms));
                let (subject, body) = (subject.clone(), text.clone());
                mail::put(unit, &NewMail { tenant, id, to, subject, body, link: None, purpose }, now_ms).await?;
            }
        }
    }
    Ok(addresses.len())
}

/// Removes alerts that were over before that time. Crosses tenants: the keeper removes those of all.
pub async fn prune(unit: &mut Unit, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from alert where resolved_ms < $1").bind(before_ms).execute(&mut *unit.tx).await?;
    Ok(())
}
