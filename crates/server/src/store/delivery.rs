//! The queue: deliveries on their way. Only the translator plans them; only the courier, under its lane's fence, moves
//! them. What people see of it is in `delivery_list`.
//!
//! An index over some of the rows is used by SQLite only where a statement repeats the index's own condition word for word:
//! that is why some say `state in ('sending', 'unknown')` besides what they ask for. Without it a round goes through all
//! that was ever delivered.

use super::{StoreError, Unit, alike, pieces, rows};
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use connector_core::ids::TenantId;
use connector_core::issue;
use connector_core::translate::{Planned, Start};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::{BTreeSet, HashMap};

/// A delivery that waits for its person is freed by the plan that knows the person, and a read that was not begun is due when the
/// earliest plan says so; what was left out because nobody was a lead is looked at again; nothing else is ever replanned.
const PLAN: &str = "insert into delivery (tenant, key, id, fact, destination, kind, person, who, what, command, \
     settings_version, state, code, detail, next_at_ms, planned_ms, updated_ms, reads, marker, tries, opaque, lead_renewed) \
     values {($,$,$,$,$,$,$,$,$,$,$,$,$,$,$,$,$,$,$,0,0,0)} \
     on conflict (tenant, key) do update set person = excluded.person, who = excluded.who, command = excluded.command, \
     state = excluded.state, code = excluded.code, detail = excluded.detail, next_at_ms = excluded.next_at_ms, \
     updated_ms = excluded.updated_ms, reads = excluded.reads \
     where (delivery.state = 'waiting' and excluded.state <> 'waiting') or (delivery.kind in ('read', 'read_meeting') \
     and delivery.state = 'ready' and delivery.tries = 0 and excluded.next_at_ms < delivery.next_at_ms \
     and delivery.updated_ms = delivery.planned_ms) or (delivery.kind = 'create_meeting' and delivery.state = 'parked' \
     and excluded.code = 'delivery.replayed') or (delivery.state = 'suppressed' \
     and delivery.code = 'suppressed.not_a_lead' and excluded.state = 'ready')";

/// What is stored of each plan besides the plan itself.
#[derive(Debug, Clone, Copy)]
pub struct Planning {
    /// The settings it was planned with.
    pub settings_version: i64,
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// The database may have gone back in time: what leaves a record is looked for before it is sent, and not before this
    /// time (epoch milliseconds), when no call that the database forgot can still take effect.
    pub look_first_ms: Option<i64>,
}

impl Planning {
    fn next_at_ms(&self, planned: &Planned) -> i64 {
        let leaves_none =
            matches!(planned.command.kind(), "lead" | "find" | "gather" | "read_webinar" | "read" | "read_meeting");
        self.look_first_ms.filter(|_| !leaves_none).map_or(self.now_ms, |from_ms| from_ms.max(self.now_ms))
    }
}

/// Reads that are behind a delivery which is looked for before it is sent: the next one decides.
const LOOK_FIRST_READS: i64 = 2;
const _: () = assert!(connector_core::delivery::schedule::VERIFY_AFTER_MS.len() == 3, "the third read decides");

/// Has every open delivery that leaves a record looked for before it is sent, not before `from_ms`. Crosses tenants: only
/// after the database went back in time. Answers how many.
pub async fn look_first(unit: &mut Unit, from_ms: i64) -> Result<u64, StoreError> {
    let text = "update delivery set reads = $1, next_at_ms = case when next_at_ms < $2 then $2 else next_at_ms end \
                where state = 'ready' and kind not in ('lead', 'find', 'gather', 'read_webinar', 'read', 'read_meeting')";
    let done = sqlx::query(text).bind(LOOK_FIRST_READS).bind(from_ms).execute(&mut *unit.tx).await?;
    Ok(done.rows_affected())
}

/// Puts planned deliveries into the queue, those with a key that is there already left as they are, and wakes the lanes
/// they travel in. Only the translator may call this.
pub async fn plan(
    unit: &mut Unit,
    tenant: &TenantId,
    planned: Vec<Planned>,
    planning: Planning,
) -> Result<(), StoreError> {
    let mut latest: HashMap<String, Planned> = HashMap::new();
    let mut order = Vec::new();
    for one in planned {
        if !latest.contains_key(&one.key) {
            order.push(one.key.clone());
        }
        latest.insert(one.key.clone(), one);
    }
    let planned: Vec<&Planned> = order.iter().filter_map(|key| latest.get(key)).collect();
    // Lanes before rows, as the courier locks them when it settles.
    let destinations: BTreeSet<&str> = planned.iter().map(|one| one.command.destination()).collect();
    for destination in destinations.into_iter().filter(|_| !planted::awake(Bug::LostWakeUp)) {
        super::lane::wake(unit, tenant, destination, planning.now_ms).await?;
    }
    let leads: HashMap<String, Option<String>> = planned
        .iter()
        .filter_map(|one| Some((one.person.as_ref()?.0.clone(), Some(one.lead.as_ref()?.0.clone()))))
        .collect();
    super::lead::remember(unit, tenant, &leads.into_iter().collect::<Vec<_>>(), planning.now_ms).await?;
    failpoint::reached(Point::PlanLeads);
    for piece in pieces(&planned) {
        let mut query = sqlx::query(rows::text(unit.dialect, PLAN, piece.len()));
        for one in piece {
            let (state, code, next_at_ms) = match one.start {
                Start::Ready => ("ready", None, planning.now_ms),
                Start::Mended => ("ready", Some("delivery.replayed"), planning.now_ms),
                Start::NotBefore(at_ms) => ("ready", None, at_ms.max(planning.now_ms)),
                Start::WaitsForIdentity => ("waiting", Some("waiting.identity"), planning.now_ms),
                Start::Suppressed(code) => ("suppressed", Some(code), planning.now_ms),
                Start::Parked(code) => ("parked", Some(code), planning.now_ms),
            };
            query = query
                .bind(tenant.as_str())
                .bind(if planted::awake(Bug::PlanTwice) { crate::dice::token() } else { one.key.clone() })
                .bind(crate::dice::id(planning.now_ms))
                .bind(&one.fact.0)
                .bind(one.command.destination())
                .bind(one.command.kind())
                .bind(one.person.as_ref().map(|person| person.0.as_str()))
                .bind(&one.who)
                .bind(&one.what)
                .bind(super::json(&one.command, "command")?)
                .bind(planning.settings_version)
                .bind(state)
                .bind(code)
                .bind(one.detail.as_deref())
                .bind(planning.next_at_ms(one).max(next_at_ms))
                .bind(planning.now_ms)
                .bind(planning.now_ms)
                .bind(if planning.look_first_ms.is_some() { LOOK_FIRST_READS } else { 0 })
                .bind(one.command.marker());
        }
        query.execute(&mut *unit.tx).await?;
    }
    failpoint::reached(Point::PlanInserted);
    Ok(())
}

/// A delivery as the courier needs it.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Its key.
    pub key: String,
    /// The fact it follows from.
    pub fact: String,
    /// As `Command::kind` says: `lead`, `activity`, `create_meeting`, `add_registrant`, ….
    pub kind: String,
    /// The person it is about.
    pub person: Option<String>,
    /// The command as JSON.
    pub command: String,
    /// Tries that ended without being applied.
    pub tries: i64,
    /// Reads after a lost answer.
    pub reads: i64,
    /// How often it was in a call that failed without saying which row was at fault.
    pub opaque: i64,
    /// When it was in such a call first, epoch milliseconds.
    pub opaque_ms: Option<i64>,
    /// Its lead was looked up anew once.
    pub lead_renewed: bool,
    /// The attempt it is or was part of.
    pub attempt: Option<String>,
    /// That attempt's deadline.
    pub deadline_ms: i64,
    /// When it was planned.
    pub planned_ms: i64,
    /// What is known of the person's lead: nothing, none, or its id.
    pub lead: Option<Option<String>>,
    /// What was last written to that lead, as a hash of the content.
    pub written: Option<String>,
}

const COURIER_COLUMNS: &str = "d.key, d.fact, d.kind, d.person, d.command, d.tries, d.reads, d.opaque, d.opaque_ms, d.lead_renewed, d.attempt, \
     coalesce(d.deadline_ms, 0) as deadline_ms, d.planned_ms, l.person as known, l.lead, l.written";

fn read(row: &AnyRow) -> Result<DeliveryRow, StoreError> {
    let known: Option<String> = row.try_get("known")?;
    let lead_renewed: i64 = row.try_get("lead_renewed")?;
    Ok(DeliveryRow {
        key: row.try_get("key")?,
        fact: row.try_get("fact")?,
        kind: row.try_get("kind")?,
        person: row.try_get("person")?,
        command: row.try_get("command")?,
        tries: row.try_get("tries")?,
        reads: row.try_get("reads")?,
        opaque: row.try_get("opaque")?,
        opaque_ms: row.try_get("opaque_ms")?,
        lead_renewed: lead_renewed != 0,
        attempt: row.try_get("attempt")?,
        deadline_ms: row.try_get("deadline_ms")?,
        planned_ms: row.try_get("planned_ms")?,
        lead: if known.is_some() { Some(row.try_get("lead")?) } else { None },
        written: row.try_get("written")?,
    })
}

/// Whether a ready delivery `d` needs no lead, makes or finds one, or has its lead settled in `l`. Where nobody was a lead, nothing
/// is settled while one is being made.
const LEAD_SETTLED: &str = "(d.person is null or d.kind in ('lead', 'find') or l.lead is not null or (l.person is not null \
     and not exists (select 1 from delivery made where made.tenant = d.tenant and made.person = d.person \
     and made.kind = 'lead' and made.state in ('ready', 'sending', 'unknown'))))";

/// Deliveries that may go out now, in the order in which they were planned: those that make or find leads, and those
/// whose lead is settled.
pub async fn ready(
    unit: &mut Unit,
    tenant: &TenantId,
    destination: &str,
    now_ms: i64,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let text = format!(
        "select {COURIER_COLUMNS} from delivery d left join lead l on l.tenant = d.tenant and l.person = d.person \
         where d.tenant = $1 and d.destination = $2 and d.state = 'ready' and d.next_at_ms <= $3 \
         and {LEAD_SETTLED} order by d.id limit $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(destination)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// What became of a delivery that others refer to.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its state.
    pub state: String,
    /// Its result: the id of an activity.
    pub result: Option<String>,
    /// Its command as JSON.
    pub command: String,
    /// Corrections of what was posted about its fact that were delivered.
    pub corrections: i64,
    /// When it is due, epoch milliseconds.
    pub next_at_ms: i64,
}

/// The deliveries of those keys, by key.
pub async fn posted(
    unit: &mut Unit,
    tenant: &TenantId,
    keys: &[String],
) -> Result<HashMap<String, Posted>, StoreError> {
    const POSTED: &str = "select key, state, result, command, next_at_ms, (select count(*) from delivery later \
         where later.tenant = delivery.tenant and later.fact = delivery.fact and later.kind = 'correction' \
         and later.state = 'delivered') as corrections from delivery where tenant = $ and key in ({$})";
    let mut posted = HashMap::new();
    for piece in pieces(keys) {
        let mut query = sqlx::query(rows::text(unit.dialect, POSTED, piece.len())).bind(tenant.as_str());
        for key in piece {
            query = query.bind(key);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let (state, result, command) = (row.try_get("state")?, row.try_get("result")?, row.try_get("command")?);
            let corrections = row.try_get("corrections")?;
            let next_at_ms = row.try_get("next_at_ms")?;
            posted.insert(row.try_get("key")?, Posted { state, result, command, corrections, next_at_ms });
        }
    }
    Ok(posted)
}

/// Persons that a delivery is under way for, whose answer was lost, or who have one that waits to be tried again: what was
/// planned later about them waits too.
pub async fn occupied(
    unit: &mut Unit,
    tenant: &TenantId,
    destination: &str,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select person from delivery where tenant = $1 and destination = $2 and state in ('sending', 'unknown') and person is not null \
         union select person from delivery where tenant = $1 and destination = $2 and state = 'ready' and tries > 0 and next_at_ms > $3 \
         and person is not null",
    )
    .bind(tenant.as_str())
    .bind(destination)
    .bind(now_ms)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("person")?)).collect()
}

/// Makes deliveries that could not be sent, and wait to be tried again, due now: the other side answers again.
pub async fn hurry(unit: &mut Unit, tenant: &TenantId, destination: &str, now_ms: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update delivery set next_at_ms = $3 where tenant = $1 and destination = $2 and state = 'ready' and tries > 0 \
         and next_at_ms > $3 and code = 'lsq.not_sent'",
    )
    .bind(tenant.as_str())
    .bind(destination)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected())
}

/// Turns deliveries that somebody was sending, who is gone (their lane's lease has ended, or their process died), into
/// unknown ones, due for their first read. Whoever just claimed the lane calls this first. Answers how many.
pub async fn recover(
    unit: &mut Unit,
    tenant: &TenantId,
    destination: &str,
    first_read_after_ms: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update delivery set state = 'unknown', reads = 0, next_at_ms = deadline_ms + $3 \
         where tenant = $1 and destination = $2 and state in ('sending', 'unknown') and state = 'sending'",
    )
    .bind(tenant.as_str())
    .bind(destination)
    .bind(first_read_after_ms)
    .execute(&mut *unit.tx)
    .await?;
    Ok(done.rows_affected())
}

/// Unknown deliveries whose next read is due.
pub async fn unknown(
    unit: &mut Unit,
    tenant: &TenantId,
    destination: &str,
    now_ms: i64,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let text = format!(
        "select {COURIER_COLUMNS} from delivery d left join lead l on l.tenant = d.tenant and l.person = d.person \
         where d.tenant = $1 and d.destination = $2 and d.state in ('sending', 'unknown') and d.state = 'unknown' \
         and d.next_at_ms <= $3 order by d.next_at_ms limit $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(destination)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// When the lane has something to do next: the earliest ready or unknown delivery that is not merely waiting for a lead.
pub async fn next_at_ms(unit: &mut Unit, tenant: &TenantId, destination: &str) -> Result<Option<i64>, StoreError> {
    let unknown = "select min(next_at_ms) as due from delivery where tenant = $1 and destination = $2 \
         and state in ('sending', 'unknown') and state = 'unknown'";
    let ready = format!(
        "select min(d.next_at_ms) as due from delivery d left join lead l on l.tenant = d.tenant and l.person = d.person \
         where d.tenant = $1 and d.destination = $2 and d.state = 'ready' \
         and {LEAD_SETTLED}"
    );
    let mut next_at_ms: Option<i64> = None;
    for text in [unknown, &ready] {
        let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).bind(destination);
        let due: Option<i64> = query.fetch_one(&mut *unit.tx).await?.try_get("due")?;
        next_at_ms = next_at_ms.into_iter().chain(due).min();
    }
    Ok(next_at_ms)
}

/// What a settled attempt means for one delivery.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its key.
    pub key: String,
    /// `ready`, `unknown`, `delivered`, `suppressed` or `parked`.
    pub state: &'static str,
    /// The code of the cause.
    pub code: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// When it is due again.
    pub next_at_ms: i64,
    /// Tries that ended without being applied.
    pub tries: i64,
    /// Reads after a lost answer.
    pub reads: i64,
    /// How often it was in a call that failed without saying which row was at fault.
    pub opaque: i64,
    /// Its lead was looked up anew.
    pub lead_renewed: bool,
    /// Lead, activity, task or meeting id.
    pub result: Option<String>,
    /// How we know: `answer`, `marker`, `cache`.
    pub proof: Option<&'static str>,
    /// The command, if it changed.
    pub command: Option<String>,
}

/// Records what became of deliveries. Call it in the unit that holds the lane. Keys of one call must differ. Most of a round
/// are alike but for key and result, and share a statement.
pub async fn settle(unit: &mut Unit, tenant: &TenantId, settled: &[Settled], now_ms: i64) -> Result<(), StoreError> {
    const SETTLE: &str = "update delivery set state = $, code = $, detail = $, cause = $, next_at_ms = $, tries = $, reads = $, opaque = $, \
         opaque_ms = case when $ > 0 then coalesce(opaque_ms, $) else null end, lead_renewed = $, \
         result = coalesce(settled.column2, result), proof = coalesce($, proof), command = coalesce($, command), \
         updated_ms = $ from (values {($,$)}) as settled where tenant = $ and key = settled.column1";
    for alike in alike(settled, |one| (cause_of(one), counts_of(one))) {
        for piece in pieces(&alike) {
            let Some(first) = piece.first() else { continue };
            let mut query = sqlx::query(rows::text(unit.dialect, SETTLE, piece.len()))
                .bind(first.state)
                .bind(first.code.as_deref())
                .bind(first.detail.as_deref())
                .bind(if first.state == "parked" { issue::cause(first.detail.as_deref()) } else { String::new() })
                .bind(first.next_at_ms)
                .bind(first.tries)
                .bind(first.reads)
                .bind(first.opaque)
                .bind(first.opaque)
                .bind(now_ms)
                .bind(i64::from(first.lead_renewed))
                .bind(first.proof)
                .bind(first.command.as_deref())
                .bind(now_ms);
            for one in piece {
                query = query.bind(&one.key).bind(one.result.as_deref());
            }
            query.bind(tenant.as_str()).execute(&mut *unit.tx).await?;
        }
    }
    let written = settled.iter().filter(|one| one.state == "delivered").count();
    super::hourly::written(unit, tenant, i64::try_from(written).unwrap_or(0), now_ms).await
}

/// The words of a settled delivery.
fn cause_of(one: &Settled) -> (&str, Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
    (one.state, one.code.as_deref(), one.detail.as_deref(), one.proof, one.command.as_deref())
}

/// The numbers of a settled delivery.
fn counts_of(one: &Settled) -> (i64, i64, i64, i64, bool) {
    (one.next_at_ms, one.tries, one.reads, one.opaque, one.lead_renewed)
}

/// Makes the latest delivery that settled a person's lead ready again, because LeadSquared lost the lead.
/// A lead that LeadSquared itself named, and that no delivery of ours can find anew, stays: what is about it goes out once
/// more and is parked when it is refused again, where a person sees it.
pub async fn renew_lead(unit: &mut Unit, tenant: &TenantId, person: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update delivery set state = 'ready', next_at_ms = $3, updated_ms = $3 where tenant = $1 and key = \
         (select key from delivery where tenant = $1 and person = $2 and kind in ('lead', 'find') \
         and state not in ('suppressed', 'parked') order by id desc limit 1)",
    )
    .bind(tenant.as_str())
    .bind(person)
    .bind(now_ms)
    .execute(&mut *unit.tx)
    .await?;
    failpoint::reached(Point::LeadRenewed);
    let renewed = done.rows_affected() > 0;
    if renewed {
        super::lead::forget(unit, tenant, person).await?;
    }
    Ok(renewed)
}
