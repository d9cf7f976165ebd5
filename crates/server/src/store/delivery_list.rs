//! Deliveries as people see them: lists, one with everything known of it, counts, replay.

use super::conditions::Conditions;
use super::tenant::tenant_id;
use super::{StoreError, Unit};
use crate::failpoint::{self, Point};
use connector_core::delivery::State;
use connector_core::ids::TenantId;
use connector_core::issue::Again;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::cmp::Ordering;

/// A delivery with everything that is known of it.
#[derive(Debug, Clone)]
pub struct ListedDelivery {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its key.
    pub key: String,
    /// Its id; sorts by planning.
    pub id: String,
    /// The fact it follows from.
    pub fact: String,
    /// `leadsquared` or `zoom`.
    pub destination: String,
    /// `lead`, `find`, `activity`, `task`, `create_meeting`.
    pub kind: String,
    /// The person in words.
    pub who: String,
    /// What it is in words.
    pub what: String,
    /// The command as JSON.
    pub command: String,
    /// The settings it was planned with.
    pub settings_version: i64,
    /// Where it stands.
    pub state: String,
    /// The last cause.
    pub code: Option<String>,
    /// The last cause in words.
    pub detail: Option<String>,
    /// What its failure has in common with others; empty where it did not fail, or nothing was said.
    pub cause: String,
    /// When it is tried next, if it is open.
    pub next_at_ms: i64,
    /// Tries that ended without being applied.
    pub tries: i64,
    /// What LeadSquared or Zoom called it.
    pub result: Option<String>,
    /// How we know.
    pub proof: Option<String>,
    /// Epoch milliseconds.
    pub planned_ms: i64,
    /// Epoch milliseconds.
    pub updated_ms: i64,
}

pub(super) fn read(row: &AnyRow) -> Result<ListedDelivery, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    Ok(ListedDelivery {
        tenant: tenant_id(&tenant)?,
        key: row.try_get("key")?,
        id: row.try_get("id")?,
        fact: row.try_get("fact")?,
        destination: row.try_get("destination")?,
        kind: row.try_get("kind")?,
        who: row.try_get("who")?,
        what: row.try_get("what")?,
        command: row.try_get("command")?,
        settings_version: row.try_get("settings_version")?,
        state: row.try_get("state")?,
        code: row.try_get("code")?,
        detail: row.try_get("detail")?,
        cause: row.try_get("cause")?,
        next_at_ms: row.try_get("next_at_ms")?,
        tries: row.try_get("tries")?,
        result: row.try_get("result")?,
        proof: row.try_get("proof")?,
        planned_ms: row.try_get("planned_ms")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<String>,
    /// Only with this last cause.
    pub code: Option<String>,
    /// Only parked ones that have these words in common, as `core::issue` tells them.
    pub cause: Option<String>,
    /// Only about people whose words hold this text, in any case of the letters a to z.
    pub who: Option<String>,
    /// Only ids behind this one in the list's order: the page after it.
    pub before: Option<String>,
    /// Only up to this id in the list's order: what is looked through for `who`, which no index finds.
    pub until: Option<String>,
    /// In which order.
    pub order: super::Order,
    /// Rows at the most.
    pub limit: i64,
}

impl Filter {
    /// All that is asked for but the state.
    pub(super) fn conditions(&self) -> Conditions {
        let (follows, reaches) = (self.order.follows(), self.order.reaches());
        self.of_all_sizes()
            .and(" and lower(who) like lower($) escape '!'", self.pattern().as_deref())
            .and(&format!(" and id {follows} $"), self.before.as_deref())
            .and(&format!(" and id {reaches} $"), self.until.as_deref())
    }

    /// What is asked for of the whole list, whichever page of it, but the state and the person.
    pub(super) fn of_all_sizes(&self) -> Conditions {
        Conditions::default().and(" and code = $", self.code.as_deref()).and(" and cause = $", self.cause.as_deref())
    }

    /// The parked ones that are asked for.
    fn parked(&self) -> Conditions {
        self.conditions().and(" and state = $", self.state.as_deref()).plainly(" and state = 'parked'")
    }

    /// What is looked for in the person's words, as a pattern; none where nobody is looked for.
    pub(super) fn pattern(&self) -> Option<String> {
        self.who.as_deref().map(str::trim).filter(|who| !who.is_empty()).map(super::like)
    }

    /// Whether an id stands on the asked for side of `before`, and not beyond `until`.
    pub(super) fn reaches(&self, id: &str) -> bool {
        let stands = |other: &Option<String>, wrong: [Ordering; 2]| {
            other.as_deref().is_none_or(|other| !wrong.contains(&self.order.of(id, other)))
        };
        stands(&self.before, [Ordering::Less, Ordering::Equal]) && stands(&self.until, [Ordering::Greater; 2])
    }

    /// The states that are asked for: all, or one; none where there is no such state.
    fn states(&self) -> Vec<State> {
        match &self.state {
            None => State::ALL.to_vec(),
            Some(name) => State::parse(name).into_iter().collect(),
        }
    }
}

/// A page of the tenant's deliveries, in the filter's order.
pub async fn page(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<Vec<ListedDelivery>, StoreError> {
    super::delivery_count::page_in(unit, tenant, &filter.states(), filter).await
}

/// One delivery by its id.
pub async fn get(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<ListedDelivery>, StoreError> {
    let row = sqlx::query("select * from delivery where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// One delivery by its key.
pub async fn by_key(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<Option<ListedDelivery>, StoreError> {
    let row = sqlx::query("select * from delivery where tenant = $1 and key = $2")
        .bind(tenant.as_str())
        .bind(key)
        .fetch_optional(&mut *unit.tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Deliveries that follow from a fact, oldest first, at most 200.
pub async fn of_fact(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Vec<ListedDelivery>, StoreError> {
    let rows = sqlx::query("select * from delivery where tenant = $1 and fact = $2 order by id limit 200")
        .bind(tenant.as_str())
        .bind(fact)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many deliveries stand in each state since the id `since`.
pub async fn counts(unit: &mut Unit, tenant: &TenantId, since: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query("select state, count(*) as n from delivery where tenant = $1 and id >= $2 group by state")
        .bind(tenant.as_str())
        .bind(since)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("state")?, row.try_get("n")?))).collect()
}

/// How many parked deliveries match the filter: asked before they are replayed.
pub async fn count_parked(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<i64, StoreError> {
    let asked = filter.parked();
    let text = format!("select count(*) as n from delivery where tenant = $1{}", asked.text());
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    let row = query.fetch_one(&mut *unit.tx).await?;
    Ok(row.try_get("n")?)
}

/// What letting the parked deliveries that match go again would mean, by kind.
pub async fn again(unit: &mut Unit, tenant: &TenantId, filter: &Filter) -> Result<Vec<Again>, StoreError> {
    let asked = filter.parked();
    let text = format!(
        "select kind, cast(case when attempt is null then 0 else 1 end as bigint) as sent, count(*) as n from delivery \
         where tenant = $1{} group by kind, case when attempt is null then 0 else 1 end order by 1, 2",
        asked.text()
    );
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    let rows = query.fetch_all(&mut *unit.tx).await?;
    rows.iter()
        .map(|row| {
            let sent: i64 = row.try_get("sent")?;
            Ok(Again { kind: row.try_get("kind")?, sent: sent != 0, count: row.try_get("n")? })
        })
        .collect()
}

/// What a parked delivery becomes when it is replayed. One that was parked for want of an activity type has none in its
/// command: it waits until its notifications, replayed as well, plan it anew. What had to go alone goes alone again.
const AGAIN: &str = "state = case when code = 'setup.activity_type' then 'waiting' \
     when attempt is null or kind in ('lead', 'find') then 'ready' else 'unknown' end, \
     reads = 2, code = 'delivery.replayed', detail = null, tries = 0, lead_renewed = 0, \
     opaque = case when opaque > 2 then 2 else opaque end, opaque_ms = null";

/// Lets parked deliveries that match the filter go again, and wakes their lanes. Their marker stays the same, and one
/// that was ever sent is looked for first. Answers how many.
pub async fn replay(unit: &mut Unit, tenant: &TenantId, filter: &Filter, now_ms: i64) -> Result<u64, StoreError> {
    wake_all(unit, tenant, now_ms).await?;
    let asked = filter.parked();
    let (parked, at) = (asked.text().to_owned(), asked.next());
    let facts = format!(
        "update journal set state = 'pending', code = null, detail = null, done_ms = null where tenant = $1 \
         and state <> 'pending' and fact in (select fact from delivery where tenant = $1{parked} and code = 'setup.activity_type')"
    );
    let query = asked.clone().bound(sqlx::query(sqlx::AssertSqlSafe(facts)), tenant.as_str());
    let again = query.execute(&mut *unit.tx).await?;
    super::journal::waits_again(unit, tenant, again.rows_affected()).await?;
    let text = format!(
        "update delivery set {AGAIN}, next_at_ms = ${at}, planned_ms = ${at}, updated_ms = ${at} where tenant = $1{parked}"
    );
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str()).bind(now_ms);
    Ok(query.execute(&mut *unit.tx).await?.rows_affected())
}

/// The numbers of meetings that Zoom made for the tenant, the latest first.
pub async fn made_meetings(unit: &mut Unit, tenant: &TenantId, most: usize) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select result from delivery where tenant = $1 and kind = 'create_meeting' and state = 'delivered' \
         and result is not null order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("result")?)).collect()
}

/// Lets one parked delivery go again. Answers whether it was parked.
pub async fn replay_one(unit: &mut Unit, tenant: &TenantId, id: &str, now_ms: i64) -> Result<bool, StoreError> {
    wake_all(unit, tenant, now_ms).await?;
    let again = sqlx::query(
        "update journal set state = 'pending', code = null, detail = null, done_ms = null where tenant = $1 \
         and state <> 'pending' and fact in (select fact from delivery where tenant = $1 and id = $2 \
         and state = 'parked' and code = 'setup.activity_type')",
    )
    .bind(tenant.as_str())
    .bind(id)
    .execute(&mut *unit.tx)
    .await?;
    super::journal::waits_again(unit, tenant, again.rows_affected()).await?;
    let text = format!(
        "update delivery set {AGAIN}, next_at_ms = $3, planned_ms = $3, updated_ms = $3 \
         where tenant = $1 and id = $2 and state = 'parked'"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(id)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// First of all, because everybody locks lanes before rows; `translator` before the others, as the translator does.
async fn wake_all(unit: &mut Unit, tenant: &TenantId, now_ms: i64) -> Result<(), StoreError> {
    failpoint::reached(Point::ReplayMarked);
    for destination in ["translator", "leadsquared", "zoom"] {
        super::lane::wake(unit, tenant, destination, now_ms).await?;
    }
    Ok(())
}
