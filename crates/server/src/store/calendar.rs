//! The calendar: dates that are planned and runs that were, as they are listed. The translator notes what follows from the facts it
//! stores; the keeper counts. What is only read of it is in `calendar_list`.

use super::lane::NEVER_MS;
use super::{Statement, StoreError, Unit, json, pieces, rows};
use connector_core::calendar::numbers::Numbers;
use connector_core::calendar::presence::Presence;
use connector_core::calendar::{DATES_MAX, Entry, Notes};
use connector_core::fact::Alias;
use connector_core::ids::TenantId;

/// After a change the numbers are counted so much later, in milliseconds: many changes are one count.
pub const PAUSE_MS: i64 = 10_000;

const WRITE: &str = "insert into calendar_entry (tenant, id, series, stage, kind, account, number, topic, host, starts_ms, ended_ms, \
     minutes, occurrence, due_ms, registered, pending, came, no_show, unnamed, reported, closed, written, waiting, failed, changes) \
     values {($,$,$,$,$,$,$,$,$,$,$,$,$,$,0,0,0,0,0,0,0,0,0,0,1)} on conflict (tenant, id) do update set series = excluded.series, \
     stage = excluded.stage, topic = case when excluded.topic = '' then calendar_entry.topic else excluded.topic end, \
     host = case when excluded.host = '' then calendar_entry.host else excluded.host end, starts_ms = excluded.starts_ms, \
     ended_ms = excluded.ended_ms, minutes = coalesce(excluded.minutes, calendar_entry.minutes), \
     occurrence = excluded.occurrence, changes = calendar_entry.changes + 1, \
     due_ms = case when excluded.due_ms < calendar_entry.due_ms then excluded.due_ms else calendar_entry.due_ms end";

/// What is known already stays, and a date is guessed only where nothing is known of when it is planned.
const GUESS: &str = "insert into calendar_entry (tenant, id, series, stage, kind, account, number, topic, host, starts_ms, ended_ms, \
     minutes, occurrence, due_ms, registered, pending, came, no_show, unnamed, reported, closed, written, waiting, failed, changes) \
     select $,$,$,$,$,$,$,$,$,$,$,$,$,$,0,0,0,0,0,0,0,0,0,0,1 where $ = 'run' or not exists (select 1 from calendar_entry \
     where tenant = $ and series = $ and stage in ('planned', 'cancelled')) on conflict (tenant, id) do nothing";

/// Stores what follows from facts that were stored: call it in the unit that stores them.
pub async fn note(unit: &mut Unit, tenant: &TenantId, notes: &Notes, now_ms: i64) -> Result<(), StoreError> {
    write(unit, tenant, &notes.runs, now_ms).await?;
    for (series, dates) in &notes.plans {
        forget_dates(unit, tenant, series, dates).await?;
        write(unit, tenant, dates, now_ms).await?;
    }
    for guess in notes.guesses.values() {
        let query = bound(sqlx::query(rows::text(unit.dialect, GUESS, 1)), tenant, guess, now_ms + PAUSE_MS);
        let query = query.bind(guess.stage.as_str()).bind(tenant.as_str()).bind(&guess.series.0);
        query.execute(&mut *unit.tx).await?;
    }
    let counted: Vec<&str> = notes.counted.iter().map(String::as_str).collect();
    changed(unit, tenant, (BY_ID, &counted), now_ms).await?;
    let series: Vec<&str> = notes.registered.iter().map(|series| series.0.as_str()).collect();
    changed(unit, tenant, (OPEN_OF_SERIES, &series), now_ms).await
}

async fn write(unit: &mut Unit, tenant: &TenantId, entries: &[Entry], now_ms: i64) -> Result<(), StoreError> {
    for piece in pieces(entries) {
        let mut query = sqlx::query(rows::text(unit.dialect, WRITE, piece.len()));
        for entry in piece {
            query = bound(query, tenant, entry, now_ms + PAUSE_MS);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

fn bound<'q>(query: Statement<'q>, tenant: &'q TenantId, entry: &'q Entry, due_ms: i64) -> Statement<'q> {
    query
        .bind(tenant.as_str())
        .bind(&entry.id)
        .bind(&entry.series.0)
        .bind(entry.stage.as_str())
        .bind(entry.kind.as_str())
        .bind(&entry.account)
        .bind(i64::try_from(entry.number.0).unwrap_or(0))
        .bind(&entry.topic)
        .bind(&entry.host)
        .bind(entry.starts_ms)
        .bind(entry.ended_ms)
        .bind(entry.minutes)
        .bind(entry.occurrence.as_deref())
        .bind(due_ms)
}

/// Removes the dates of a series that are not planned any more.
async fn forget_dates(unit: &mut Unit, tenant: &TenantId, series: &Alias, dates: &[Entry]) -> Result<(), StoreError> {
    const FORGET: &str = "delete from calendar_entry where tenant = $ and series = $ and stage in ('planned', 'cancelled') \
         and id not in ({$})";
    /// The last date is named again until the statement is one of these sizes.
    const SIZES: [usize; 4] = [1, 4, 16, DATES_MAX];
    let size = SIZES.into_iter().find(|size| *size >= dates.len()).unwrap_or(DATES_MAX);
    let mut query = sqlx::query(rows::text(unit.dialect, FORGET, size)).bind(tenant.as_str()).bind(&series.0);
    let named = dates.iter().take(size).map(|date| date.id.as_str());
    let last = dates.last().map_or("", |date| date.id.as_str());
    for id in named.chain(std::iter::repeat(last)).take(size) {
        query = query.bind(id);
    }
    query.execute(&mut *unit.tx).await?;
    Ok(())
}

const BY_ID: &str = "update calendar_entry set changes = changes + 1, due_ms = case when due_ms > $ then $ else due_ms end \
     where tenant = $ and id in ({$})";
const OPEN_OF_SERIES: &str = "update calendar_entry set changes = changes + 1, \
     due_ms = case when due_ms > $ then $ else due_ms end where tenant = $ and ended_ms is null and series in ({$})";

/// Has the numbers of these entries counted again.
async fn changed(
    unit: &mut Unit,
    tenant: &TenantId,
    (template, names): (&'static str, &[&str]),
    now_ms: i64,
) -> Result<(), StoreError> {
    for piece in pieces(names) {
        let mut query = sqlx::query(rows::text(unit.dialect, template, piece.len()));
        query = query.bind(now_ms + PAUSE_MS).bind(now_ms + PAUSE_MS).bind(tenant.as_str());
        for name in piece {
            query = query.bind(*name);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// Stores what was counted when `changes` changes were known; counted again at `again_ms` (epoch milliseconds) where something
/// waits, and soon where something changed meanwhile.
pub async fn counted(
    unit: &mut Unit,
    tenant: &TenantId,
    (id, changes): (&str, i64),
    (numbers, presence): (&Numbers, Option<&Presence>),
    (again_ms, now_ms): (Option<i64>, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "update calendar_entry set registered = $3, pending = $4, came = $5, no_show = $6, unnamed = $7, reported = $8, \
         closed = $9, written = $10, waiting = $11, failed = $12, counted_ms = $13, \
         due_ms = case when changes = $14 then $15 else $16 end, people = $17, presence = $18 where tenant = $1 and id = $2",
    )
    .bind(tenant.as_str())
    .bind(id)
    .bind(numbers.registered)
    .bind(numbers.pending)
    .bind(numbers.came)
    .bind(numbers.no_show)
    .bind(numbers.unnamed)
    .bind(numbers.reported)
    .bind(i64::from(numbers.closed))
    .bind(numbers.written)
    .bind(numbers.waiting)
    .bind(numbers.failed)
    .bind(now_ms)
    .bind(changes)
    .bind(again_ms.unwrap_or(NEVER_MS))
    .bind(now_ms + PAUSE_MS)
    .bind(numbers.people)
    .bind(presence.map(|presence| json(presence, "calendar_entry")).transpose()?)
    .execute(&mut *unit.tx)
    .await?;
    Ok(())
}
