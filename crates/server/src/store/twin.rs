//! Facts that prove to be one: what pointed to the twin points to the survivor, and of two deliveries that say the same only
//! one goes out. Nothing that was sent is sent again (failures E15).

use super::{StoreError, Unit};
use connector_core::fact::Alias;
use connector_core::ids::TenantId;
use sqlx::Row;

/// A delivery as far as it matters here.
struct Side {
    key: String,
    state: String,
    kind: String,
    what: String,
    person: Option<String>,
}

impl Side {
    /// Whether it may already stand in the remote system.
    fn may_stand(&self) -> bool {
        matches!(self.state.as_str(), "delivered" | "sending" | "unknown")
    }

    /// Whether it stands there for sure.
    fn stands(&self) -> bool {
        self.state == "delivered"
    }

    /// Whether both say the same of the same person; one that waits for its person may be about anybody.
    fn says_the_same(&self, other: &Self) -> bool {
        let same_person = self.person.is_none() || other.person.is_none() || self.person == other.person;
        self.kind == other.kind && self.what == other.what && same_person
    }
}

/// Points everything of the twins to their survivors. Call it when the facts are stored and before deliveries are planned.
pub async fn absorb(unit: &mut Unit, tenant: &TenantId, absorbed: &[(Alias, Alias)]) -> Result<(), StoreError> {
    for (survivor, twin) in absorbed {
        for text in [
            "update alias set fact = $2 where tenant = $1 and fact = $3",
            "update journal set fact = $2 where tenant = $1 and fact = $3",
        ] {
            sqlx::query(text).bind(tenant.as_str()).bind(&survivor.0).bind(&twin.0).execute(&mut *unit.tx).await?;
        }
        sqlx::query("delete from fact where tenant = $1 and id = $2")
            .bind(tenant.as_str())
            .bind(&twin.0)
            .execute(&mut *unit.tx)
            .await?;
    }
    Ok(())
}

/// Settles deliveries that say the same for survivor and twin: the one that may stand already stays, the other is left out;
/// two that stand are an alarm. Call it when the survivors' deliveries are planned. Answers how many stand twice.
pub async fn settle(
    unit: &mut Unit,
    tenant: &TenantId,
    absorbed: &[(Alias, Alias)],
    now_ms: i64,
) -> Result<u64, StoreError> {
    let mut twice = 0;
    for (survivor, twin) in absorbed {
        let (ours, theirs) = (sides(unit, tenant, survivor).await?, sides(unit, tenant, twin).await?);
        for their in &theirs {
            match ours.iter().find(|our| our.says_the_same(their)) {
                Some(our) if our.stands() && their.stands() => {
                    twice += 1;
                    set(unit, tenant, &our.key, (&our.state, "lsq.found_twice"), now_ms).await?;
                }
                // What nobody knows is read first; then `stands_elsewhere` keeps it from being sent again.
                Some(our) if our.may_stand() && their.may_stand() => {}
                Some(our) if their.may_stand() => {
                    set(unit, tenant, &our.key, ("suppressed", "suppressed.twin"), now_ms).await?;
                }
                Some(_) => set(unit, tenant, &their.key, ("suppressed", "suppressed.twin"), now_ms).await?,
                None => {}
            }
        }
        sqlx::query("update delivery set fact = $2 where tenant = $1 and fact = $3")
            .bind(tenant.as_str())
            .bind(&survivor.0)
            .bind(&twin.0)
            .execute(&mut *unit.tx)
            .await?;
    }
    Ok(twice)
}

/// The deliveries of a fact that leave a record of their own; a lead is written by its address and is the same one.
async fn sides(unit: &mut Unit, tenant: &TenantId, fact: &Alias) -> Result<Vec<Side>, StoreError> {
    let rows = sqlx::query(
        "select key, state, kind, what, person from delivery where tenant = $1 and fact = $2 and kind not in ('lead', 'find', 'correction') \
         and state <> 'suppressed' order by id",
    )
    .bind(tenant.as_str())
    .bind(&fact.0)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Side {
                key: row.try_get("key")?,
                state: row.try_get("state")?,
                kind: row.try_get("kind")?,
                what: row.try_get("what")?,
                person: row.try_get("person")?,
            })
        })
        .collect()
}

async fn set(
    unit: &mut Unit,
    tenant: &TenantId,
    key: &str,
    (state, code): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update delivery set state = $3, code = $4, updated_ms = $5 where tenant = $1 and key = $2")
        .bind(tenant.as_str())
        .bind(key)
        .bind(state)
        .bind(code)
        .bind(now_ms)
        .execute(&mut *unit.tx)
        .await?;
    Ok(())
}

/// Whether another delivery of the same fact, which says the same of the same person, was delivered: then this one is not
/// to be sent again.
pub async fn stands_elsewhere(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select count(*) as n from delivery d join delivery o on o.tenant = d.tenant and o.fact = d.fact and o.kind = d.kind \
         and o.what = d.what and o.person = d.person and o.key <> d.key and o.state = 'delivered' \
         where d.tenant = $1 and d.key = $2 and d.kind in ('activity', 'task')",
    )
    .bind(tenant.as_str())
    .bind(key)
    .fetch_one(&mut *unit.tx)
    .await?;
    let others: i64 = row.try_get("n")?;
    Ok(others > 0)
}
