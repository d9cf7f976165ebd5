//! Failures as people see them: parked deliveries and notifications that could not be read, those that are alike together.
//!
//! Groups are walked through along their index, one step for each group, and counted to a limit: a million failures of one
//! cause cost no more than ten thousand.

use super::muted::{self, MutedRow};
use super::{StoreError, Unit};
use connector_core::ids::TenantId;
use connector_core::issue::is_muted;
use sqlx::Row;

/// What is counted of a group at the most; one more means more than that.
pub const COUNTED_MAX: i64 = 10_000;
/// What the codes of notifications that could not be read begin with.
pub const QUARANTINE: &str = "quarantine.";
/// Names shown of a group.
pub const FEW: i64 = 5;
/// The latest rows of a group through which its few names are looked for.
const FEW_FROM: i64 = 50;

/// What names a group: the code, and what its failures have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The code.
    pub code: String,
    /// The words in common of deliveries; the event of notifications.
    pub cause: String,
}

/// Failures that are alike.
#[derive(Debug, Clone)]
pub struct Group {
    /// What names it.
    pub key: Key,
    /// How many, at most one more than [`COUNTED_MAX`].
    pub count: i64,
    /// How many people, counted as far.
    pub people: i64,
    /// Some of them, the latest first.
    pub few: Vec<String>,
    /// Since when, epoch milliseconds.
    pub since_ms: i64,
    /// When it was last so, epoch milliseconds.
    pub last_ms: i64,
}

/// A group, and who muted it.
#[derive(Debug, Clone)]
pub struct Issue {
    /// The group.
    pub group: Group,
    /// Who does not want to hear of it; none where nobody said so, or it has grown since.
    pub muted: Option<MutedRow>,
}

/// A page of groups.
#[derive(Debug, Clone, Default)]
pub struct Issues {
    /// Those with most failures first.
    pub issues: Vec<Issue>,
    /// The group behind which the next page begins.
    pub next: Option<Key>,
}

/// The groups behind `after`, at most `most` of deliveries; notifications that could not be read stand on the first page.
pub async fn page(unit: &mut Unit, tenant: &TenantId, after: Option<&Key>, most: usize) -> Result<Issues, StoreError> {
    let mut groups = match after {
        None => quarantined(unit, tenant, most).await?,
        Some(_) => Vec::new(),
    };
    let mut parked = parked(unit, tenant, after, most + 1).await?;
    let more = parked.len() > most;
    parked.truncate(most);
    let next = parked.last().filter(|_| more).map(|one| one.key.clone());
    groups.extend(parked);
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let muted = muted::all(unit, tenant).await?;
    let issues = groups.into_iter().map(|group| {
        let muted = muted.iter().find(|row| row.key == group.key && is_muted(row.count, group.count)).cloned();
        Issue { group, muted }
    });
    Ok(Issues { issues: issues.collect(), next })
}

/// Groups of parked deliveries behind `after` in the order of their keys, at most `limit`.
pub async fn parked(
    unit: &mut Unit,
    tenant: &TenantId,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<Group>, StoreError> {
    let mut groups = Vec::new();
    let mut last = after.cloned();
    while groups.len() < limit {
        let (code, cause) = last.map_or_else(Default::default, |key| (key.code, key.cause));
        let next = sqlx::query(
            "select code, cause from delivery where tenant = $1 and state = 'parked' and (code, cause) > ($2, $3) \
             order by code, cause limit 1",
        )
        .bind(tenant.as_str())
        .bind(code)
        .bind(cause)
        .fetch_optional(&mut *unit.tx)
        .await?;
        let Some(next) = next else { break };
        let key = Key { code: next.try_get("code")?, cause: next.try_get("cause")? };
        groups.extend(parked_of(unit, tenant, &key).await?);
        last = Some(key);
    }
    Ok(groups)
}

/// How many parked deliveries nobody wants to hear of: those of groups that are muted and have not grown since.
pub async fn muted(unit: &mut Unit, tenant: &TenantId) -> Result<i64, StoreError> {
    let mut count = 0;
    for row in muted::all(unit, tenant).await? {
        if row.key.code.starts_with(QUARANTINE) {
            continue;
        }
        let group = parked_of(unit, tenant, &row.key).await?;
        count += group.filter(|group| is_muted(row.count, group.count)).map_or(0, |group| group.count);
    }
    Ok(count)
}

/// One group, of deliveries or of notifications; none where nothing is left of it.
pub async fn of(unit: &mut Unit, tenant: &TenantId, key: &Key) -> Result<Option<Group>, StoreError> {
    if key.code.starts_with(QUARANTINE) {
        quarantined_of(unit, tenant, key).await
    } else {
        parked_of(unit, tenant, key).await
    }
}

/// One group of parked deliveries; none where nothing is left of it.
pub async fn parked_of(unit: &mut Unit, tenant: &TenantId, key: &Key) -> Result<Option<Group>, StoreError> {
    let row = sqlx::query(
        "select count(*) as n, count(distinct who) as people, \
         (select min(updated_ms) from delivery where tenant = $1 and state = 'parked' and code = $2 and cause = $3) as since_ms, \
         (select max(updated_ms) from delivery where tenant = $1 and state = 'parked' and code = $2 and cause = $3) as last_ms \
         from (select who from delivery where tenant = $1 and state = 'parked' and code = $2 and cause = $3 limit $4) as counted",
    )
    .bind(tenant.as_str())
    .bind(&key.code)
    .bind(&key.cause)
    .bind(COUNTED_MAX + 1)
    .fetch_one(&mut *unit.tx)
    .await?;
    let count: i64 = row.try_get("n")?;
    if count == 0 {
        return Ok(None);
    }
    let few = sqlx::query(
        "select who from delivery where tenant = $1 and state = 'parked' and code = $2 and cause = $3 \
         order by updated_ms desc limit $4",
    )
    .bind(tenant.as_str())
    .bind(&key.code)
    .bind(&key.cause)
    .bind(FEW_FROM)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut names: Vec<String> = Vec::new();
    for row in few {
        let who: String = row.try_get("who")?;
        if !who.is_empty() && !names.contains(&who) && i64::try_from(names.len()).is_ok_and(|count| count < FEW) {
            names.push(who);
        }
    }
    Ok(Some(Group {
        key: key.clone(),
        count,
        people: row.try_get("people")?,
        few: names,
        since_ms: row.try_get("since_ms")?,
        last_ms: row.try_get("last_ms")?,
    }))
}

/// Groups of notifications that could not be read, by code and event, at most `limit`.
pub async fn quarantined(unit: &mut Unit, tenant: &TenantId, limit: usize) -> Result<Vec<Group>, StoreError> {
    let mut groups = Vec::new();
    let (mut code, mut event) = (String::new(), String::new());
    while groups.len() < limit {
        let next = sqlx::query(
            "select code, event from journal where tenant = $1 and state = 'quarantined' and (code, event) > ($2, $3) \
             order by code, event limit 1",
        )
        .bind(tenant.as_str())
        .bind(&code)
        .bind(&event)
        .fetch_optional(&mut *unit.tx)
        .await?;
        let Some(next) = next else { break };
        (code, event) = (next.try_get("code")?, next.try_get("event")?);
        let key = Key { code: code.clone(), cause: event.clone() };
        groups.extend(quarantined_of(unit, tenant, &key).await?);
    }
    Ok(groups)
}

/// One group of notifications that could not be read; none where nothing is left of it.
pub async fn quarantined_of(unit: &mut Unit, tenant: &TenantId, key: &Key) -> Result<Option<Group>, StoreError> {
    const FIRST: &str = "select received_ms from journal where tenant = $1 and state = 'quarantined' and code = $2 and event = $3 order by id limit 1";
    const LAST: &str = "select received_ms from journal where tenant = $1 and state = 'quarantined' and code = $2 and event = $3 order by id desc limit 1";
    let count = sqlx::query(
        "select count(*) as n from (select id from journal where tenant = $1 and state = 'quarantined' and code = $2 \
         and event = $3 limit $4) as counted",
    )
    .bind(tenant.as_str())
    .bind(&key.code)
    .bind(&key.cause)
    .bind(COUNTED_MAX + 1)
    .fetch_one(&mut *unit.tx)
    .await?
    .try_get("n")?;
    let mut received = [0_i64; 2];
    for (text, at_ms) in [FIRST, LAST].into_iter().zip(&mut received) {
        let row = sqlx::query(text)
            .bind(tenant.as_str())
            .bind(&key.code)
            .bind(&key.cause)
            .fetch_optional(&mut *unit.tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        *at_ms = row.try_get("received_ms")?;
    }
    let [since_ms, last_ms] = received;
    Ok(Some(Group { key: key.clone(), count, people: 0, few: Vec::new(), since_ms, last_ms }))
}

/// Lets notifications of a group be read once more, the oldest first, at most [`COUNTED_MAX`]. Answers how many.
pub async fn read_again(unit: &mut Unit, tenant: &TenantId, key: &Key, now_ms: i64) -> Result<u64, StoreError> {
    super::lane::wake(unit, tenant, "translator", now_ms).await?;
    let done = sqlx::query(
        "update journal set state = 'pending', code = null, detail = null, done_ms = null where tenant = $1 \
         and state = 'quarantined' and key in (select key from journal where tenant = $1 and state = 'quarantined' \
         and code = $2 and event = $3 order by id limit $4)",
    )
    .bind(tenant.as_str())
    .bind(&key.code)
    .bind(&key.cause)
    .bind(COUNTED_MAX)
    .execute(&mut *unit.tx)
    .await?;
    super::journal::waits_again(unit, tenant, done.rows_affected()).await?;
    Ok(done.rows_affected())
}
