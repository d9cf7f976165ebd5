//! Deliveries looked at as a whole: those that are open, those that are parked and why, and the lead one is about.
//! Everything here only reads.

use super::delivery_list::{Filter, ListedDelivery, read};
use super::{StoreError, Unit};
use connector_core::delivery::State;
use connector_core::ids::TenantId;
use sqlx::Row;

/// A page of the tenant's deliveries in one of `states`, in the filter's order; the filter's own state is not looked at.
pub async fn page_in(
    unit: &mut Unit,
    tenant: &TenantId,
    states: &[State],
    filter: &Filter,
) -> Result<Vec<ListedDelivery>, StoreError> {
    let text = format!(
        "select * from delivery where tenant = $1 {} and ($2 = '' or code = $2) \
         and ($3 = '' or lower(who) like lower($3) escape '!') and ($4 = '' or id {} $4) \
         and ($5 = '' or cause = $5) order by id {} limit $6",
        among(states),
        filter.order.follows(),
        filter.order.word()
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(filter.code.clone().unwrap_or_default())
        .bind(filter.pattern())
        .bind(filter.before.clone().unwrap_or_default())
        .bind(filter.cause.clone().unwrap_or_default())
        .bind(filter.limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many deliveries of those states match, counted up to one more than `most`.
pub async fn count_in(
    unit: &mut Unit,
    tenant: &TenantId,
    states: &[State],
    filter: &Filter,
    most: i64,
) -> Result<i64, StoreError> {
    let text = format!(
        "select count(*) as n from (select id from delivery where tenant = $1 {} and ($2 = '' or code = $2) \
         and ($3 = '' or cause = $3) limit $4) as counted",
        among(states)
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(filter.code.clone().unwrap_or_default())
        .bind(filter.cause.clone().unwrap_or_default())
        .bind(most + 1)
        .fetch_one(&mut *unit.tx)
        .await?;
    Ok(row.try_get("n")?)
}

/// The condition on the state. It stands in the text, and as an equality where it can, so that the index of parked ones is
/// used.
fn among(states: &[State]) -> String {
    match states {
        [] => "and 1 = 0".to_owned(),
        [one] => format!("and state = '{}'", one.as_str()),
        all if all.len() == State::ALL.len() => String::new(),
        some => {
            let names: Vec<String> = some.iter().map(|state| format!("'{}'", state.as_str())).collect();
            format!("and state in ({})", names.join(","))
        }
    }
}

/// The causes of parked deliveries with their counts, the most frequent first, at most `limit`.
pub async fn parked_causes(unit: &mut Unit, tenant: &TenantId, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query(
        "select coalesce(code, '') as cause, count(*) as n from delivery where tenant = $1 and state = 'parked' \
         group by code order by n desc, cause limit $2",
    )
    .bind(tenant.as_str())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("cause")?, row.try_get("n")?))).collect()
}

/// How many open deliveries of each kind wait for a destination, those under way and unknown ones among them.
pub async fn waiting(unit: &mut Unit, tenant: &TenantId, destination: &str) -> Result<Vec<(String, i64)>, StoreError> {
    // The two conditions stand apart, so that each is answered by its own index.
    let rows = sqlx::query(
        "select kind, cast(sum(n) as bigint) as n from (select kind, count(*) as n from delivery where tenant = $1 and destination = $2 \
         and state = 'ready' group by kind union all select kind, count(*) as n from delivery where tenant = $1 \
         and destination = $2 and state in ('sending', 'unknown') group by kind) as counts group by kind order by kind",
    )
    .bind(tenant.as_str())
    .bind(destination)
    .fetch_all(&mut *unit.tx)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("kind")?, row.try_get("n")?))).collect()
}

/// The lead that a delivery is about, if LeadSquared named it already.
pub async fn lead_of(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "select l.lead from delivery d join lead l on l.tenant = d.tenant and l.person = d.person \
         where d.tenant = $1 and d.id = $2 and l.lead is not null",
    )
    .bind(tenant.as_str())
    .bind(id)
    .fetch_optional(&mut *unit.tx)
    .await?;
    row.map(|row| Ok(row.try_get("lead")?)).transpose()
}
