//! Deliveries looked at as a whole: those that are open, those that are parked and why, and the lead one is about.
//! Everything here only reads.

use super::conditions::Conditions;
use super::delivery_list::{Filter, ListedDelivery, read};
use super::{StoreError, Unit};
use connector_core::delivery::State;
use connector_core::ids::TenantId;
use sqlx::Row;

/// Causes that are counted; there are not so many codes.
const CAUSES_MAX: usize = 200;

/// A page of the tenant's deliveries in one of `states`, in the filter's order; the filter's own state is not looked at.
pub async fn page_in(
    unit: &mut Unit,
    tenant: &TenantId,
    states: &[State],
    filter: &Filter,
) -> Result<Vec<ListedDelivery>, StoreError> {
    let mut found: Vec<ListedDelivery> = Vec::new();
    for place in places(states) {
        let asked = place.conditions(filter).plainly(&place.states);
        let text = format!(
            "select * from delivery where tenant = $1{}{} limit ${}",
            asked.text(),
            place.order(filter),
            asked.next()
        );
        let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
        for row in query.bind(place.most(filter.limit)).fetch_all(&mut *unit.tx).await? {
            found.push(read(&row)?);
        }
    }
    found.retain(|row| filter.reaches(&row.id));
    found.sort_by(|one, other| filter.order.of(&one.id, &other.id));
    found.truncate(usize::try_from(filter.limit).unwrap_or(0));
    Ok(found)
}

/// The id up to which at least `most` deliveries of those states stand behind the filter's place; none where there are fewer. What no
/// index finds is looked for up to there.
pub async fn looked_to(
    unit: &mut Unit,
    tenant: &TenantId,
    states: &[State],
    filter: &Filter,
    most: i64,
) -> Result<Option<String>, StoreError> {
    let all = Filter { who: None, code: None, cause: None, until: None, ..filter.clone() };
    let mut ends: Vec<String> = Vec::new();
    for place in places(states).into_iter().filter(|place| place.in_order) {
        let asked = all.conditions().plainly(&place.states);
        let text = format!(
            "select id from delivery where tenant = $1{} order by id {} limit 1 offset ${}",
            asked.text(),
            filter.order.word(),
            asked.next()
        );
        let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
        if let Some(row) = query.bind(most - 1).fetch_optional(&mut *unit.tx).await? {
            ends.push(row.try_get("id")?);
        }
    }
    // The nearest end: up to there no place has more.
    Ok(ends.into_iter().min_by(|one, other| filter.order.of(one, other)))
}

/// How many deliveries of those states match, whoever they are about, counted up to one more than `most`.
pub async fn count_in(
    unit: &mut Unit,
    tenant: &TenantId,
    states: &[State],
    filter: &Filter,
    most: i64,
) -> Result<i64, StoreError> {
    let asked = filter.of_all_sizes();
    let (conditions, at) = (asked.text(), asked.next());
    let parts: Vec<String> = places(states)
        .iter()
        .zip(1..)
        .map(|(Place { states, .. }, part)| {
            format!(
                "(select count(*) from (select id from delivery where tenant = $1{states}{conditions} limit ${at}) as p{part})"
            )
        })
        .collect();
    if parts.is_empty() {
        return Ok(0);
    }
    let text = format!("select {} as n", parts.join(" + "));
    let query = asked.bound(sqlx::query(sqlx::AssertSqlSafe(text)), tenant.as_str());
    let row = query.bind(most + 1).fetch_one(&mut *unit.tx).await?;
    Ok(row.try_get::<i64, _>("n")?.min(most + 1))
}

/// Deliveries under way at one time at the most, of one destination: more are not looked at.
const FEW_MAX: i64 = 50_000;

/// Where deliveries stand: a condition that one index answers.
struct Place {
    /// The states in the text, in the words of the index.
    states: String,
    /// Whether the index has them in the order of the ids. Where it has not they are few, and asking for that order would have all others
    /// read in theirs.
    in_order: bool,
}

impl Place {
    /// An index without the order of the ids is not taken by a database that could look for ids: whoever reads looks at them.
    fn conditions(&self, filter: &Filter) -> Conditions {
        if self.in_order {
            return filter.conditions();
        }
        Filter { before: None, until: None, ..filter.clone() }.conditions()
    }

    fn order(&self, filter: &Filter) -> String {
        if self.in_order { format!(" order by id {}", filter.order.word()) } else { String::new() }
    }

    fn most(&self, limit: i64) -> i64 {
        if self.in_order { limit } else { FEW_MAX }
    }
}

fn places(states: &[State]) -> Vec<Place> {
    if states.len() == State::ALL.len() {
        return vec![Place { states: String::new(), in_order: true }];
    }
    let of = |state: &State| {
        let name = state.as_str();
        let to_each = |condition: String, in_order: bool| {
            let to = |to: &str| Place { states: format!("{condition} and destination = '{to}'"), in_order };
            ["leadsquared", "zoom"].map(to).into()
        };
        match state {
            State::Ready => to_each(" and state = 'ready'".to_owned(), true),
            State::Sending | State::Unknown => {
                to_each(format!(" and state in ('sending', 'unknown') and state = '{name}'"), false)
            }
            State::Waiting | State::Delivered | State::Suppressed | State::Parked => {
                vec![Place { states: format!(" and state = '{name}'"), in_order: true }]
            }
        }
    };
    states.iter().flat_map(of).collect()
}

/// The causes of parked deliveries with their counts up to one more than `most`, the most frequent first, at most `limit`. Causes are
/// walked through along their index, one step for each.
pub async fn parked_causes(
    unit: &mut Unit,
    tenant: &TenantId,
    most: i64,
    limit: usize,
) -> Result<Vec<(String, i64)>, StoreError> {
    const NEXT: &str = "select min(code) as code from delivery where tenant = $1 and state = 'parked' and code > $2";
    const COUNT: &str = "select count(*) as n from (select id from delivery where tenant = $1 and state = 'parked' and code = $2 \
         limit $3) as counted";
    let (mut causes, mut last) = (Vec::new(), String::new());
    for _ in 0..CAUSES_MAX {
        let row = sqlx::query(NEXT).bind(tenant.as_str()).bind(&last).fetch_one(&mut *unit.tx).await?;
        let Some(code) = row.try_get::<Option<String>, _>("code")? else { break };
        let query = sqlx::query(COUNT).bind(tenant.as_str()).bind(code.clone()).bind(most + 1);
        causes.push((code.clone(), query.fetch_one(&mut *unit.tx).await?.try_get("n")?));
        last = code;
    }
    causes.sort_by_key(|(_, count): &(String, i64)| std::cmp::Reverse(*count));
    causes.truncate(limit);
    Ok(causes)
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
        "select lead from lead where tenant = $1 and lead is not null \
         and person = (select person from delivery where tenant = $1 and id = $2)",
    )
    .bind(tenant.as_str())
    .bind(id)
    .fetch_optional(&mut *unit.tx)
    .await?;
    row.map(|row| Ok(row.try_get("lead")?)).transpose()
}
