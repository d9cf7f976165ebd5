//! The journal: everything taken in, and what became of it.

use super::conditions::Conditions;
use super::tenant::tenant_id;
use super::{StoreError, Unit, alike, pieces, pieces_of, rows};
use crate::failpoint::{self, Point};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A notification to append.
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// Whose it is.
    pub tenant: TenantId,
    /// The same for the same notification, however often it comes.
    pub key: String,
    /// Sorts by arrival.
    pub id: String,
    /// `zoom:meetings`, `zoom:webinars`, `zoom:legacy`, `wish` or `outcome`.
    pub source: &'static str,
    /// The event's name.
    pub event: String,
    /// When it was made, epoch milliseconds.
    pub event_ts_ms: i64,
    /// When it came in, epoch milliseconds.
    pub received_ms: i64,
    /// It came in the late lane.
    pub late: bool,
    /// The raw bytes.
    pub body: Vec<u8>,
}

/// How many notifications of one statement: finer than elsewhere, because each statement of a commit keeps callers waiting.
const APPEND_SIZES: [usize; 17] = [128, 112, 96, 80, 64, 56, 48, 40, 32, 24, 16, 12, 8, 6, 4, 2, 1];
/// Most notifications of one statement.
const APPEND_MAX: usize = APPEND_SIZES[0];

/// Appends notifications, or counts those that are there already, and wakes their translators. Rows of one call must
/// differ in (tenant, key).
///
/// Lanes are locked first and rows in the order of their keys, as everybody does: replicas that are told the same at once,
/// and a translator that finishes what is told once more, wait for each other instead of blocking each other.
pub async fn append(unit: &mut Unit, rows: &[NewNotification]) -> Result<(), StoreError> {
    let mut due: BTreeMap<&TenantId, i64> = BTreeMap::new();
    for row in rows {
        due.entry(&row.tenant).and_modify(|at| *at = (*at).min(row.received_ms)).or_insert(row.received_ms);
    }
    super::lane::wake_all(unit, "translator", &due.into_iter().collect::<Vec<_>>()).await?;
    let mut sorted: Vec<&NewNotification> = rows.iter().collect();
    sorted.sort_unstable_by_key(|row| (&row.tenant, &row.key));
    let mut new: BTreeMap<(&TenantId, i64), i64> = BTreeMap::new();
    for piece in sorted.chunks(APPEND_MAX) {
        let inserted = insert(unit, piece).await?;
        for ours in piece.chunk_by(|one, next| one.tenant == next.tenant) {
            let Some(first) = ours.first() else { continue };
            let all = i64::try_from(ours.len()).unwrap_or(i64::MAX);
            // Nearly always everything is new; only otherwise it is looked what was there.
            let known = if inserted < piece.len() as u64 { count_again(unit, &first.tenant, ours).await? } else { 0 };
            *new.entry((&first.tenant, super::hourly::hour_of(first.received_ms))).or_default() += all - known;
        }
    }
    failpoint::reached(Point::JournalWritten);
    super::ledger::received(unit, &new.into_iter().collect::<Vec<_>>()).await
}

/// Inserts what is not there yet, in one statement; answers how many that were. The last row is named again until the
/// statement is one of the sizes that are kept prepared: a row that is there already costs less than one more statement.
async fn insert(unit: &mut Unit, piece: &[&NewNotification]) -> Result<u64, StoreError> {
    const INSERT: &str = "insert into journal (tenant, key, id, source, event, event_ts_ms, received_ms, late, body, copies, \
         state) values {($,$,$,$,$,$,$,$,$,1,'pending')} on conflict (tenant, key) do nothing";
    let size = APPEND_SIZES.iter().rev().copied().find(|size| *size >= piece.len()).unwrap_or(piece.len());
    let mut query = sqlx::query(rows::text(unit.dialect, INSERT, size));
    for row in piece.iter().chain(piece.last().into_iter().cycle()).take(size) {
        query = query
            .bind(row.tenant.as_str())
            .bind(&row.key)
            .bind(&row.id)
            .bind(row.source)
            .bind(&row.event)
            .bind(row.event_ts_ms)
            .bind(row.received_ms)
            .bind(i64::from(row.late))
            .bind(row.body.as_slice());
    }
    Ok(query.execute(&mut *unit.tx).await?.rows_affected())
}

/// Counts up those of a tenant's notifications that were there before; answers how many. They are told by their ids:
/// what was inserted just now has the id that we gave it.
async fn count_again(unit: &mut Unit, tenant: &TenantId, ours: &[&NewNotification]) -> Result<i64, StoreError> {
    const COUNT: &str = "update journal set copies = copies + 1 from (values {($,$)}) as told \
         where tenant = $ and key = told.column1 and id <> told.column2";
    let mut known = 0;
    for piece in pieces_of(ours, &APPEND_SIZES) {
        let mut query = sqlx::query(rows::text(unit.dialect, COUNT, piece.len()));
        for row in piece {
            query = query.bind(&row.key).bind(&row.id);
        }
        let done = query.bind(tenant.as_str()).execute(&mut *unit.tx).await?;
        known += i64::try_from(done.rows_affected()).unwrap_or(0);
    }
    Ok(known)
}

/// A notification as it waits for the translator.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Its key.
    pub key: String,
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// When it came in.
    pub received_ms: i64,
    /// The raw bytes.
    pub body: Vec<u8>,
}

/// The tenant's oldest notifications that wait, at most `limit`.
pub async fn pending(unit: &mut Unit, tenant: &TenantId, limit: i64) -> Result<Vec<Pending>, StoreError> {
    let rows = sqlx::query(
        "select key, id, source, received_ms, body from journal where tenant = $1 and state = 'pending' order by id limit $2",
    )
    .bind(tenant.as_str())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Pending {
                key: row.try_get("key")?,
                id: row.try_get("id")?,
                source: row.try_get("source")?,
                received_ms: row.try_get("received_ms")?,
                body: row.try_get("body")?,
            })
        })
        .collect()
}

/// What became of a notification.
#[derive(Debug, Clone)]
pub struct Done {
    /// Its key.
    pub key: String,
    /// `merged`, `ignored` or `quarantined`.
    pub state: &'static str,
    /// The code of the reason.
    pub code: Option<&'static str>,
    /// The reason in words.
    pub detail: Option<String>,
    /// The fact it told of.
    pub fact: Option<String>,
}

/// Records what became of notifications. Most of a batch are alike but for key and fact, and share a statement.
pub async fn finish(unit: &mut Unit, tenant: &TenantId, done: &[Done], now_ms: i64) -> Result<(), StoreError> {
    const FINISH: &str = "update journal set state = $, code = $, detail = $, done_ms = $, fact = done.column2 \
         from (values {($,$)}) as done where tenant = $ and key = done.column1 and journal.state = 'pending'";
    let mut settled = 0;
    for alike in alike(done, |one| (one.state, one.code, one.detail.as_deref())) {
        for piece in pieces(&alike) {
            let Some(first) = piece.first() else { continue };
            let mut query = sqlx::query(rows::text(unit.dialect, FINISH, piece.len()))
                .bind(first.state)
                .bind(first.code)
                .bind(first.detail.as_deref())
                .bind(now_ms);
            for one in piece {
                query = query.bind(&one.key).bind(one.fact.as_deref());
            }
            let updated = query.bind(tenant.as_str()).execute(&mut *unit.tx).await?;
            settled += i64::try_from(updated.rows_affected()).unwrap_or(0);
        }
    }
    super::ledger::settled(unit, tenant, settled).await
}

/// A notification as people see it.
#[derive(Debug, Clone)]
pub struct NotificationRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its key.
    pub key: String,
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// The event's name.
    pub event: String,
    /// When it was made.
    pub event_ts_ms: i64,
    /// When it came in.
    pub received_ms: i64,
    /// Whether it came in the late lane.
    pub late: bool,
    /// How often it came.
    pub copies: i64,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// `pending`, `merged`, `ignored` or `quarantined`.
    pub state: String,
    /// The code of the reason.
    pub code: Option<String>,
    /// The reason in words.
    pub detail: Option<String>,
    /// The fact it told of.
    pub fact: Option<String>,
    /// When that was settled.
    pub done_ms: Option<i64>,
}

pub(super) fn read(row: &AnyRow) -> Result<NotificationRow, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let late: i64 = row.try_get("late")?;
    Ok(NotificationRow {
        tenant: tenant_id(&tenant)?,
        key: row.try_get("key")?,
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        event: row.try_get("event")?,
        event_ts_ms: row.try_get("event_ts_ms")?,
        received_ms: row.try_get("received_ms")?,
        late: late != 0,
        copies: row.try_get("copies")?,
        body: row.try_get("body")?,
        state: row.try_get("state")?,
        code: row.try_get("code")?,
        detail: row.try_get("detail")?,
        fact: row.try_get("fact")?,
        done_ms: row.try_get("done_ms")?,
    })
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<String>,
    /// Only this event.
    pub event: Option<String>,
    /// Only ids behind this one in the list's order: the page after it.
    pub before: Option<String>,
    /// Only up to this id in the list's order: what is looked through for what no index finds.
    pub until: Option<String>,
    /// In which order.
    pub order: super::Order,
    /// Rows at the most.
    pub limit: i64,
}

/// The states of notifications, as stored.
pub const STATES: [&str; 4] = ["merged", "ignored", "quarantined", "pending"];

impl Filter {
    /// All that is asked for. The state stands in the text, in the words of the indexes; one that there is not finds nothing.
    pub(super) fn conditions(&self) -> Conditions {
        let (follows, reaches) = (self.order.follows(), self.order.reaches());
        let state = match self.state.as_deref() {
            None => String::new(),
            Some(name) if STATES.contains(&name) => format!(" and state = '{name}'"),
            Some(_) => " and 1 = 0".to_owned(),
        };
        Conditions::default()
            .plainly(&state)
            .and(" and event = $", self.event.as_deref())
            .and(&format!(" and id {follows} $"), self.before.as_deref())
            .and(&format!(" and id {reaches} $"), self.until.as_deref())
    }
}

/// A page of the tenant's notifications, in the filter's order.
pub async fn page(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<Vec<NotificationRow>, StoreError> {
    page_of(unit, tenant, filter, filter.conditions()).await
}

/// The first ones of what is asked for, in the filter's order and up to its limit.
pub(super) async fn page_of(
    unit: &mut Unit,
    tenant: &TenantId,
    filter: &Filter,
    asked: Conditions,
) -> Result<Vec<NotificationRow>, StoreError> {
    let text = format!(
        "select * from journal where tenant = $1{} order by id {} limit ${}",
        asked.text(),
        filter.order.word(),
        asked.next()
    );
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    let rows = query.bind(filter.limit).fetch_all(&mut *unit.tx).await?;
    rows.iter().map(read).collect()
}

/// One notification by its id.
pub async fn get(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<NotificationRow>, StoreError> {
    let row = sqlx::query("select * from journal where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// One notification by its key.
pub async fn by_key(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<Option<NotificationRow>, StoreError> {
    let row = sqlx::query("select * from journal where tenant = $1 and key = $2")
        .bind(tenant.as_str())
        .bind(key)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Records what became of a notification, whatever was recorded of it before; with another body, where one is given.
pub async fn amend(
    unit: &mut Unit,
    tenant: &TenantId,
    done: &Done,
    body: Option<&[u8]>,
    now_ms: i64,
) -> Result<(), StoreError> {
    finish(unit, tenant, std::slice::from_ref(done), now_ms).await?;
    sqlx::query(
        "update journal set state = $3, code = $4, detail = $5, done_ms = $6, body = coalesce($7, body) \
         where tenant = $1 and key = $2",
    )
    .bind(tenant.as_str())
    .bind(&done.key)
    .bind(done.state)
    .bind(done.code)
    .bind(done.detail.as_deref())
    .bind(now_ms)
    .bind(body)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}

/// Notifications that told of a fact, newest first.
pub async fn of_fact(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Vec<NotificationRow>, StoreError> {
    let rows = sqlx::query("select * from journal where tenant = $1 and fact = $2 order by id desc limit 50")
        .bind(tenant.as_str())
        .bind(fact)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many notifications stand in each state since the id `since`; the sum is all that came in (design § 4.2).
pub async fn counts(unit: &mut Unit, tenant: &TenantId, since: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query("select state, count(*) as n from journal where tenant = $1 and id >= $2 group by state")
        .bind(tenant.as_str())
        .bind(since)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("state")?, row.try_get("n")?))).collect()
}

/// Lets a notification be translated once more.
pub async fn replay(unit: &mut Unit, tenant: &TenantId, id: &str, now_ms: i64) -> Result<bool, StoreError> {
    super::lane::wake(unit, tenant, "translator", now_ms).await?;
    let done = sqlx::query(
        "update journal set state = 'pending', code = null, detail = null, done_ms = null \
         where tenant = $1 and id = $2 and state <> 'pending'",
    )
    .bind(tenant.as_str())
    .bind(id)
    .execute(&mut *unit.tx)
    .await?;
    failpoint::reached(Point::JournalReplayed);
    waits_again(unit, tenant, done.rows_affected()).await?;
    Ok(done.rows_affected() > 0)
}

/// Tells the ledger that so many settled notifications wait once more.
pub(super) async fn waits_again(unit: &mut Unit, tenant: &TenantId, count: u64) -> Result<(), StoreError> {
    super::ledger::settled(unit, tenant, -i64::try_from(count).unwrap_or(0)).await
}
