//! Who did what and when: a chain of lines for each tenant, and one of the installation's own. What the hashes say is decided in
//! `connector_core::chain`.

use super::{StoreError, Unit, audit_head, like};
use connector_core::chain::{Head, Line};
use connector_core::ids::TenantId;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// Writes a line, in the unit that does the deed. Until the unit ends nobody else writes one of the same chain.
pub async fn write(
    unit: &mut Unit,
    actor: &str,
    tenant: Option<&TenantId>,
    (action, detail): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    let chain = tenant.map_or("", TenantId::as_str);
    let before = audit_head::take(unit, chain).await?;
    let line = Line {
        chain: chain.to_owned(),
        number: before.number + 1,
        id: crate::dice::id(now_ms),
        at_ms: now_ms,
        actor: actor.to_owned(),
        action: action.to_owned(),
        detail: detail.to_owned(),
    };
    let head = Head { number: line.number, hash: line.hash(&before.hash) };
    sqlx::query(
        "insert into audit (id, at_ms, actor, tenant, action, detail, number, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&line.id)
    .bind(line.at_ms)
    .bind(actor)
    .bind(tenant.map(TenantId::as_str))
    .bind(action)
    .bind(detail)
    .bind(head.number)
    .bind(&head.hash)
    .execute(&mut *unit.tx)
    .await?;
    audit_head::put(unit, chain, &head).await
}

/// A line as people see it.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its place in the chain, counted from 1.
    pub number: i64,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// In words.
    pub detail: String,
}

fn read(row: &AnyRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        number: row.try_get::<Option<i64>, _>("number")?.unwrap_or(0),
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        detail: row.try_get("detail")?,
    })
}

/// The tenant's latest lines, newest first.
pub async fn latest(unit: &mut Unit, tenant: &TenantId, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query(
        "select number, at_ms, actor, action, detail from audit where tenant = $1 order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// Which lines of a chain are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Somebody whose name or address holds this; empty means all.
    pub who: String,
    /// What was done, as word or in words, holds this; empty means all.
    pub what: String,
    /// Only lines before this number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Lines of a chain, newest first; without a tenant those of the installation.
pub async fn page(unit: &mut Unit, tenant: Option<&TenantId>, filter: &Filter) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query(
        "select number, at_ms, actor, action, detail from audit where coalesce(tenant, '') = $1 and number < $2 \
         and lower(actor) like lower($3) escape '!' \
         and (lower(action) like lower($4) escape '!' or lower(detail) like lower($4) escape '!') \
         order by number desc limit $5",
    )
    .bind(tenant.map_or("", TenantId::as_str))
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(like(&filter.who))
    .bind(like(&filter.what))
    .bind(filter.limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(read).collect()
}

/// Lines of that action since then: how often something was done.
pub async fn count(unit: &mut Unit, tenant: &TenantId, action: &str, since_ms: i64) -> Result<i64, StoreError> {
    let row = sqlx::query("select count(*) as many from audit where tenant = $1 and action = $2 and id >= $3")
        .bind(tenant.as_str())
        .bind(action)
        .bind(crate::dice::id_floor(since_ms))
        .fetch_one(&mut *unit.tx)
        .await?;
    Ok(row.try_get("many")?)
}

/// Lines of a chain with their hashes behind the number `after`, at most `limit`, in order.
pub async fn links(unit: &mut Unit, chain: &str, after: i64, limit: i64) -> Result<Vec<(Line, String)>, StoreError> {
    let rows = sqlx::query(
        "select number, hash, id, at_ms, actor, action, detail from audit \
         where coalesce(tenant, '') = $1 and number > $2 order by number limit $3",
    )
    .bind(chain)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let link = |row: &AnyRow| {
        let line = Line {
            chain: chain.to_owned(),
            number: row.try_get("number")?,
            id: row.try_get("id")?,
            at_ms: row.try_get("at_ms")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            detail: row.try_get("detail")?,
        };
        Ok((line, row.try_get::<Option<String>, _>("hash")?.unwrap_or_default()))
    };
    rows.iter().map(link).collect()
}

/// A line that was written past the chain, by its id: without a number, or with one that no line can have.
pub async fn loose(unit: &mut Unit, chain: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "select id from audit where coalesce(tenant, '') = $1 and (number is null or number < 1) order by id limit 1",
    )
    .bind(chain)
    .fetch_optional(&mut *unit.tx)
    .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}

/// Lines that are chained at once.
const CHAINED_AT_ONCE: i64 = 500;

/// Chains the lines that were written before there were chains, in the order in which they were written. Called when the schema that
/// brings the chains is applied, and never again: later it would hide lines that were written past the chain.
pub(super) async fn chain_all(unit: &mut Unit) -> Result<(), StoreError> {
    let (mut heads, mut after) = (BTreeMap::<String, Head>::new(), String::new());
    loop {
        let rows = sqlx::query(
            "select id, at_ms, actor, coalesce(tenant, '') as chain, action, detail from audit where id > $1 order by id limit $2",
        )
        .bind(&after)
        .bind(CHAINED_AT_ONCE)
        .fetch_all(&mut *unit.tx)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get("id")?;
        for row in &rows {
            let chain: String = row.try_get("chain")?;
            let head = heads.entry(chain.clone()).or_insert_with(Head::beginning);
            let line = Line {
                chain,
                number: head.number + 1,
                id: row.try_get("id")?,
                at_ms: row.try_get("at_ms")?,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                detail: row.try_get("detail")?,
            };
            *head = Head { number: line.number, hash: line.hash(&head.hash) };
            sqlx::query("update audit set number = $2, hash = $3 where id = $1")
                .bind(&line.id)
                .bind(head.number)
                .bind(&head.hash)
                .execute(&mut *unit.tx)
                .await?;
        }
    }
    for (chain, head) in &heads {
        audit_head::put(unit, chain, head).await?;
    }
    Ok(())
}
