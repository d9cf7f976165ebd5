//! Mail on its way to people: put here in the unit that has a reason, sent by the loop in `mail`, never inside a unit. What it
//! said is destroyed when it has ended.

use super::tenant::tenant_id;
use super::{StoreError, Unit};
use connector_core::ids::{Email, TenantId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Why a mail is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something the tenant has to know, or that it is over.
    Alert,
    /// Somebody wants to see whether mail arrives.
    Test,
    /// A link for one person.
    Link,
}

impl Purpose {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Test => "test",
            Self::Link => "link",
        }
    }
}

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Whose.
    pub tenant: TenantId,
    /// Its id, the same at every try.
    pub id: String,
    /// Whom it is for.
    pub to: Email,
    /// What it is about; no secret.
    pub subject: String,
    /// What it says; no secret. `{link}` stands for the link, or for the tenant's page of alerts.
    pub body: String,
    /// A link that proves somebody, sealed (`mail::seal_link`).
    pub link: Option<Vec<u8>>,
    /// Why.
    pub purpose: Purpose,
}

/// Puts a mail on its way.
pub async fn put(unit: &mut Unit, mail: &NewMail, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into mail (tenant, id, to_address, subject, body, created_ms, attempts, next_ms, purpose, link) \
         values ($1, $2, $3, $4, $5, $6, 0, $6, $7, $8)",
    )
    .bind(mail.tenant.as_str())
    .bind(&mail.id)
    .bind(mail.to.as_str())
    .bind(&mail.subject)
    .bind(&mail.body)
    .bind(now_ms)
    .bind(mail.purpose.as_str())
    .bind(mail.link.clone())
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// A mail on its way.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: String,
    /// Whom it is for.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// A link that proves somebody, sealed.
    pub link: Option<Vec<u8>>,
    /// When it was written, epoch milliseconds.
    pub created_ms: i64,
    /// Tries so far.
    pub attempts: i64,
}

fn read(row: &AnyRow) -> Result<MailRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    Ok(MailRow {
        tenant: tenant_id(&tenant)?,
        id: row.try_get("id")?,
        to: row.try_get("to_address")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        link: row.try_get("link")?,
        created_ms: row.try_get("created_ms")?,
        attempts: row.try_get("attempts")?,
    })
}

/// Mails that are sent in one round.
const ROUND_MAX: i64 = 20;

/// Mails that are due. Crosses tenants: one loop sends those of all.
pub async fn due(unit: &mut Unit, now_ms: i64) -> Result<Vec<MailRow>, StoreError> {
    let rows = sqlx::query(
        "select tenant, id, to_address, subject, body, link, created_ms, attempts from mail \
         where ended_ms is null and next_ms <= $1 order by next_ms limit $2",
    )
    .bind(now_ms)
    .bind(ROUND_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// Takes the next try of a mail before it is made, so that no two processes make it. Answers whether it is ours.
pub async fn begin_try(unit: &mut Unit, row: &MailRow, next_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update mail set attempts = attempts + 1, next_ms = $4 \
         where tenant = $1 and id = $2 and attempts = $3 and ended_ms is null",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(row.attempts)
    .bind(next_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The mail server has it.
    Sent,
    /// It is tried again; why not yet.
    Waiting(String),
    /// It is given up; why.
    GivenUp(String),
}

/// Records what became of a try. What ended loses its text and its link.
pub async fn note(unit: &mut Unit, row: &MailRow, fate: &Fate, now_ms: i64) -> Result<(), StoreError> {
    let (sent_ms, detail) = match fate {
        Fate::Waiting(why) => {
            sqlx::query("update mail set detail = $3 where tenant = $1 and id = $2")
                .bind(row.tenant.as_str())
                .bind(&row.id)
                .bind(why)
                .execute(&mut *unit.tx)
                .await?;
            return Ok(());
        }
        Fate::Sent => (Some(now_ms), None),
        Fate::GivenUp(why) => (None, Some(why.as_str())),
    };
    sqlx::query(
        "update mail set body = '', link = null, sent_ms = $3, ended_ms = $4, detail = $5 where tenant = $1 and id = $2",
    )
    .bind(row.tenant.as_str())
    .bind(&row.id)
    .bind(sent_ms)
    .bind(now_ms)
    .bind(detail)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// A mail as people see it.
#[derive(Debug, Clone)]
pub struct SentRow {
    /// Whom it is for.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// When it was written, epoch milliseconds.
    pub created_ms: i64,
    /// When the mail server took it, epoch milliseconds.
    pub sent_ms: Option<i64>,
    /// When it was sent or given up, epoch milliseconds.
    pub ended_ms: Option<i64>,
    /// Tries so far.
    pub attempts: i64,
    /// What the last try came to.
    pub detail: Option<String>,
}

/// Mails that are shown.
const SHOWN_MAX: i64 = 20;

/// The tenant's latest mails about alerts, the latest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId) -> Result<Vec<SentRow>, StoreError> {
    let rows = sqlx::query(
        "select to_address, subject, created_ms, sent_ms, ended_ms, attempts, detail from mail \
         where tenant = $1 and purpose in ('alert', 'test') order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(SHOWN_MAX)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(SentRow {
                to: row.try_get("to_address")?,
                subject: row.try_get("subject")?,
                created_ms: row.try_get("created_ms")?,
                sent_ms: row.try_get("sent_ms")?,
                ended_ms: row.try_get("ended_ms")?,
                attempts: row.try_get("attempts")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect()
}

/// Takes back what is on its way about alerts to an address.
pub async fn drop_waiting(unit: &mut Unit, tenant: &TenantId, to: &str) -> Result<(), StoreError> {
    sqlx::query(
        "delete from mail where tenant = $1 and to_address = $2 and ended_ms is null and purpose in ('alert', 'test')",
    )
    .bind(tenant.as_str())
    .bind(to)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Removes mails that ended before that time. Crosses tenants: the keeper removes those of all.
pub async fn prune(unit: &mut Unit, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from mail where ended_ms < $1").bind(before_ms).execute(&mut *unit.tx).await?;
    Ok(())
}
