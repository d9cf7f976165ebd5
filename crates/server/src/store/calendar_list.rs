//! The calendar as people look at it: lists by time, one entry, the dates of a series; and the facts behind an entry, piece by piece.
//! Everything here only reads.

use super::tenant::tenant_id;
use super::{StoreError, Unit, from_json, like, pieces, rows};
use connector_core::calendar::numbers::Numbers;
use connector_core::calendar::presence::Presence;
use connector_core::calendar::{Entry, NEAR_MS, Stage, UNDER_WAY_MS};
use connector_core::delivery::State as Delivery;
use connector_core::fact::{Alias, State};
use connector_core::ids::{Kind, MeetingNumber, TenantId};
use connector_core::redact::mask::Sight;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// An entry with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRow {
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is.
    pub entry: Entry,
    /// As they were counted last.
    pub numbers: Numbers,
    /// How many were there at one time, as counted with the numbers; none of what was not held.
    pub presence: Option<Presence>,
    /// When that was, epoch milliseconds; none while nobody has.
    pub counted_ms: Option<i64>,
    /// How often something changed.
    pub changes: i64,
}

/// Which way in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The next ones first.
    #[default]
    Onward,
    /// The latest ones first.
    Back,
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which way.
    pub direction: Direction,
    /// From there on, epoch milliseconds.
    pub from_ms: i64,
    /// Only before that, or after it when looking back; epoch milliseconds.
    pub to_ms: Option<i64>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only with this in topic, host or number.
    pub text: String,
    /// How much of people is seen by whoever looks: masked they find by what they see of a topic, and by no host.
    pub sight: Sight,
    /// Only beyond this entry: when it began, and its id.
    pub after: Option<(i64, String)>,
    /// Rows at the most.
    pub limit: i64,
}

fn read(row: &AnyRow) -> Result<CalendarRow, StoreError> {
    let (tenant, stage, kind): (String, String, String) =
        (row.try_get("tenant")?, row.try_get("stage")?, row.try_get("kind")?);
    let presence: Option<String> = row.try_get("presence")?;
    let (number, closed): (i64, i64) = (row.try_get("number")?, row.try_get("closed")?);
    Ok(CalendarRow {
        tenant: tenant_id(&tenant)?,
        entry: Entry {
            id: row.try_get("id")?,
            series: Alias(row.try_get("series")?),
            stage: Stage::parse(&stage).unwrap_or(Stage::Run),
            kind: if kind == Kind::Webinar.as_str() { Kind::Webinar } else { Kind::Meeting },
            account: row.try_get("account")?,
            number: MeetingNumber(u64::try_from(number).unwrap_or(0)),
            topic: row.try_get("topic")?,
            host: row.try_get("host")?,
            starts_ms: row.try_get("starts_ms")?,
            ended_ms: row.try_get("ended_ms")?,
            minutes: row.try_get("minutes")?,
            occurrence: row.try_get("occurrence")?,
        },
        numbers: Numbers {
            registered: row.try_get("registered")?,
            pending: row.try_get("pending")?,
            came: row.try_get("came")?,
            no_show: row.try_get("no_show")?,
            unnamed: row.try_get("unnamed")?,
            reported: row.try_get("reported")?,
            closed: closed != 0,
            written: row.try_get("written")?,
            waiting: row.try_get("waiting")?,
            failed: row.try_get("failed")?,
            people: row.try_get("people")?,
        },
        presence: presence.map(|text| from_json(&text, "calendar_entry")).transpose()?,
        counted_ms: row.try_get("counted_ms")?,
        changes: row.try_get("changes")?,
    })
}

/// A planned date that was held, or is being held, is shown as its run.
const NOT_HELD: &str = "(c.stage not in ('planned', 'cancelled') or not exists (select 1 from calendar_entry held \
     where held.tenant = c.tenant and held.series = c.series and held.stage = 'run' \
     and held.starts_ms > c.starts_ms - {NEAR} and held.starts_ms < c.starts_ms + {NEAR} \
     and (held.ended_ms is null or held.ended_ms > c.starts_ms)))";

/// Rows that are read at once for whoever is masked, and how often for one page.
const MASKED_ROWS: i64 = 500;
const MASKED_READS_MAX: usize = 20;

/// A page of the tenant's calendar.
pub async fn page(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<Vec<CalendarRow>, StoreError> {
    let words = filter.text.trim();
    if words.is_empty() || !filter.sight.is_masked() {
        return matching(unit, tenant, filter).await;
    }
    let limit = usize::try_from(filter.limit).unwrap_or(0);
    let mut batch = Filter { limit: filter.limit.max(MASKED_ROWS), ..filter.clone() };
    let mut found = Vec::new();
    for _ in 0..MASKED_READS_MAX {
        let rows = matching(unit, tenant, &batch).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|count| count >= batch.limit);
        batch.after = rows.last().map(|row| (row.entry.starts_ms, row.entry.id.clone()));
        let seen = |row: &CalendarRow| {
            filter.sight.finds(words, &row.entry.topic) || row.entry.number.to_string().contains(words)
        };
        found.extend(rows.into_iter().filter(seen));
        if !full || found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// A page of what matches the filter, whatever of it is seen.
async fn matching(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<Vec<CalendarRow>, StoreError> {
    let not_held = NOT_HELD.replace("{NEAR}", &NEAR_MS.to_string());
    let text = match filter.direction {
        Direction::Onward => format!(
            "select c.* from calendar_entry c where c.tenant = $1 and c.starts_ms >= $2 and c.starts_ms < $3 \
             and (c.starts_ms, c.id) > ($4, $5) and ($6 = '' or c.kind = $6) and ($7 = '' or lower(c.topic) like $7 escape '!' \
             or lower(c.host) like $7 escape '!' or cast(c.number as text) like $7 escape '!') and {not_held} \
             order by c.starts_ms, c.id limit $8"
        ),
        Direction::Back => format!(
            "select c.* from calendar_entry c where c.tenant = $1 and c.starts_ms < $2 and c.starts_ms >= $3 \
             and (c.starts_ms, c.id) < ($4, $5) and ($6 = '' or c.kind = $6) and ($7 = '' or lower(c.topic) like $7 escape '!' \
             or lower(c.host) like $7 escape '!' or cast(c.number as text) like $7 escape '!') and {not_held} \
             order by c.starts_ms desc, c.id desc limit $8"
        ),
    };
    let (far, nowhere) = match filter.direction {
        Direction::Onward => (i64::MAX, (i64::MIN, String::new())),
        Direction::Back => (i64::MIN, (i64::MAX, String::new())),
    };
    let (after_ms, after_id) = filter.after.clone().unwrap_or(nowhere);
    let text_wanted = filter.text.trim().to_lowercase();
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(filter.from_ms)
        .bind(filter.to_ms.unwrap_or(far))
        .bind(after_ms)
        .bind(after_id)
        .bind(filter.kind.map(Kind::as_str).unwrap_or_default())
        .bind(if text_wanted.is_empty() { String::new() } else { like(&text_wanted) })
        .bind(filter.limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// When an entry is over.
const OVER_MS: &str = "(case when c.ended_ms is not null then c.ended_ms when c.stage = 'run' then c.starts_ms + {UNDER_WAY} \
     else c.starts_ms + coalesce(c.minutes, 0) * 60000 end)";

/// A page of the entries of those series that stand under a handle: what is not over at `now_ms`, the next ones first, or what is,
/// the latest ones first; only beyond the entry `after`.
pub async fn of_handle(
    unit: &mut Unit,
    (tenant, handle): (&TenantId, &Alias),
    (direction, now_ms): (Direction, i64),
    after: Option<&(i64, String)>,
    limit: i64,
) -> Result<Vec<CalendarRow>, StoreError> {
    let not_held = NOT_HELD.replace("{NEAR}", &NEAR_MS.to_string());
    let over = OVER_MS.replace("{UNDER_WAY}", &UNDER_WAY_MS.to_string());
    // Crossed, so that the series are found first: neither all aliases nor all entries are gone through in their order.
    let own = "(select distinct a.fact from handle h cross join alias a where a.tenant = h.tenant and a.alias = h.fact \
         and h.tenant = $1 and h.handle = $2) own cross join calendar_entry c";
    let text = match direction {
        Direction::Onward => format!(
            "select c.* from {own} where c.tenant = $1 and c.series = own.fact and {over} > $3 and (c.starts_ms, c.id) > ($4, $5) and {not_held} \
             order by c.starts_ms, c.id limit $6"
        ),
        Direction::Back => format!(
            "select c.* from {own} where c.tenant = $1 and c.series = own.fact and {over} <= $3 and (c.starts_ms, c.id) < ($4, $5) and {not_held} \
             order by c.starts_ms desc, c.id desc limit $6"
        ),
    };
    let nowhere_ms = match direction {
        Direction::Onward => i64::MIN,
        Direction::Back => i64::MAX,
    };
    let (after_ms, after_id) = after.map_or((nowhere_ms, ""), |(at_ms, id)| (*at_ms, id.as_str()));
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(&handle.0)
        .bind(now_ms)
        .bind(after_ms)
        .bind(after_id)
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// One entry.
pub async fn get(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<CalendarRow>, StoreError> {
    let row = sqlx::query("select * from calendar_entry where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The entries of a series, the latest first.
pub async fn of_series(
    unit: &mut Unit,
    tenant: &TenantId,
    series: &Alias,
    limit: i64,
) -> Result<Vec<CalendarRow>, StoreError> {
    let not_held = NOT_HELD.replace("{NEAR}", &NEAR_MS.to_string());
    let text = format!(
        "select c.* from calendar_entry c where c.tenant = $1 and c.series = $2 and {not_held} \
         order by c.starts_ms desc, c.id limit $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(&series.0)
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Entries whose numbers are to be counted, those that wait longest first. Crosses tenants: the keeper counts for all.
pub async fn due(unit: &mut Unit, now_ms: i64, limit: i64) -> Result<Vec<CalendarRow>, StoreError> {
    let rows = sqlx::query("select * from calendar_entry where due_ms <= $1 order by due_ms, tenant, id limit $2")
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// The states of what is to be written to LeadSquared about these facts, by fact: activities and their corrections.
pub async fn arrivals(
    unit: &mut Unit,
    tenant: &TenantId,
    facts: &[&Alias],
) -> Result<HashMap<Alias, Vec<Delivery>>, StoreError> {
    const STATES: &str = "select distinct fact, state from delivery where tenant = $ and destination = 'leadsquared' \
         and kind in ('activity', 'correction') and fact in ({$})";
    let mut arrivals: HashMap<Alias, Vec<Delivery>> = HashMap::new();
    for piece in pieces(facts) {
        let mut query = sqlx::query(rows::text(unit.dialect, STATES, piece.len())).bind(tenant.as_str());
        for fact in piece {
            query = query.bind(&fact.0);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let (fact, state): (String, String) = (row.try_get("fact")?, row.try_get("state")?);
            arrivals.entry(Alias(fact)).or_default().extend(Delivery::parse(&state));
        }
    }
    Ok(arrivals)
}

/// Facts after that of a tenant and an id, with their kinds and states, in this order. Crosses tenants: the keeper fills in, once, what was
/// there before there was a calendar.
pub async fn facts_after(
    unit: &mut Unit,
    (tenant, id): (&str, &str),
    limit: i64,
) -> Result<Vec<(String, Alias, Option<State>)>, StoreError> {
    let rows = sqlx::query(
        "select tenant, id, case when kind in ('run', 'definition') then state else '' end as state from fact \
         where (tenant, id) > ($1, $2) order by tenant, id limit $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut facts = Vec::with_capacity(rows.len());
    for row in rows {
        let (tenant, id, state): (String, String, String) =
            (row.try_get("tenant")?, row.try_get("id")?, row.try_get("state")?);
        let state = if state.is_empty() { None } else { Some(from_json(&state, "fact")?) };
        facts.push((tenant, Alias(id), state));
    }
    Ok(facts)
}
