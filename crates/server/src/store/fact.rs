//! Facts and their aliases.

use super::{StoreError, Unit, from_json, json, pieces, rows};
use crate::planted::{self, Bug};
use connector_core::fact::{Alias, Book, Fact, State};
use connector_core::ids::TenantId;
use sqlx::Row;
use std::collections::HashMap;

const LOAD: &str = "select a.alias, f.id, f.state from alias a join fact f on f.tenant = a.tenant and f.id = a.fact \
     where a.tenant = $ and a.alias in ({$})";
const STORE: &str = "insert into fact (tenant, id, kind, state, updated_ms, part_of, listed_ms) values {($,$,$,$,$,$,$)} \
     on conflict (tenant, id) do update set kind = excluded.kind, state = excluded.state, \
     updated_ms = excluded.updated_ms, part_of = excluded.part_of, listed_ms = excluded.listed_ms";
const NAME: &str = "insert into alias (tenant, alias, fact) values {($,$,$)} on conflict (tenant, alias) do nothing";

/// Loads into the book the facts that own any of the aliases, and notes that all of them were looked up.
pub async fn load(unit: &mut Unit, tenant: &TenantId, aliases: &[Alias], book: &mut Book) -> Result<(), StoreError> {
    let mut wanted: Vec<&Alias> = aliases.iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    for piece in pieces(&wanted) {
        let mut query = sqlx::query(rows::text(unit.dialect, LOAD, piece.len())).bind(tenant.as_str());
        for alias in piece {
            query = query.bind(&alias.0);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let (alias, id): (String, String) = (row.try_get("alias")?, row.try_get("id")?);
            let id = Alias(id);
            if book.get(&id).is_none() {
                let state: String = row.try_get("state")?;
                book.load(Fact { id: id.clone(), state: from_json(&state, "fact")? });
            }
            book.load_alias(Alias(alias), id);
        }
    }
    book.looked_up(aliases);
    Ok(())
}

/// Loads everything that is part of these facts.
pub async fn load_parts(
    unit: &mut Unit,
    tenant: &TenantId,
    wholes: &[Alias],
    book: &mut Book,
) -> Result<(), StoreError> {
    let mut distinct: Vec<&Alias> = wholes.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    for whole in distinct {
        let rows = sqlx::query("select id, state from fact where tenant = $1 and part_of = $2")
            .bind(tenant.as_str())
            .bind(&whole.0)
            .fetch_all(&mut *unit.tx)
            .await?;
        for row in rows {
            let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
            let id = Alias(id);
            if book.get(&id).is_none() {
                book.load(Fact { id: id.clone(), state: from_json(&state, "fact")? });
            }
            // A fact's id is its first alias.
            book.looked_up(std::slice::from_ref(&id));
            book.load_alias(id.clone(), id);
        }
    }
    book.loaded_whole(wholes);
    Ok(())
}

/// Stores what a book changed.
pub async fn store(unit: &mut Unit, tenant: &TenantId, book: &Book, now_ms: i64) -> Result<(), StoreError> {
    let (facts, aliases) = book.changes();
    for piece in pieces(&facts) {
        let mut query = sqlx::query(rows::text(unit.dialect, STORE, piece.len()));
        for fact in piece {
            let state = json(&fact.state, "fact")?;
            query = query.bind(tenant.as_str()).bind(&fact.id.0).bind(fact.state.kind()).bind(state).bind(now_ms);
            query = query.bind(fact.state.part_of().map(|whole| whole.0.as_str())).bind(fact.state.listed_ms());
        }
        query.execute(&mut *unit.tx).await?;
    }
    let kept = if planted::awake(Bug::AliasesForgotten) { aliases.len().min(1) } else { aliases.len() };
    for piece in pieces(aliases.get(..kept).unwrap_or_default()) {
        let mut query = sqlx::query(rows::text(unit.dialect, NAME, piece.len()));
        for (alias, fact) in piece {
            query = query.bind(tenant.as_str()).bind(&alias.0).bind(&fact.0);
        }
        query.execute(&mut *unit.tx).await?;
    }
    Ok(())
}

/// One fact.
pub async fn get(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<State>, StoreError> {
    let row = sqlx::query("select state from fact where tenant = $1 and id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(&mut *unit.tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let state: String = row.try_get("state")?;
    from_json(&state, "fact").map(Some)
}

/// The facts of these ids, those that there are.
pub async fn states(unit: &mut Unit, tenant: &TenantId, ids: &[&Alias]) -> Result<HashMap<Alias, State>, StoreError> {
    const STATES: &str = "select id, state from fact where tenant = $ and id in ({$})";
    let mut states = HashMap::with_capacity(ids.len());
    for piece in pieces(ids) {
        let mut query = sqlx::query(rows::text(unit.dialect, STATES, piece.len())).bind(tenant.as_str());
        for id in piece {
            query = query.bind(&id.0);
        }
        for row in query.fetch_all(&mut *unit.tx).await? {
            let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
            states.insert(Alias(id), from_json(&state, "fact")?);
        }
    }
    Ok(states)
}
