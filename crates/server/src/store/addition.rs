//! What became of the leads that a wish wanted in a webinar: counted and listed from the queue, where each has its delivery.

use super::delivery_list::{ListedDelivery, read};
use super::{StoreError, Unit, fact, journal_list};
use connector_core::addition::AddingState;
use connector_core::addition::progress::{Progress, Reads, Standing, progress};
use connector_core::fact::State;
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::translate::Wish;
use sqlx::Row;

/// What became of a lead, by its delivery.
const STANDING: &str = "case when state = 'delivered' and code = 'zoom.pending' then 'pending' when state = 'delivered' then 'added' \
     when state = 'suppressed' and code = 'suppressed.registered' then 'registered' when state = 'suppressed' then 'left_out' \
     when state = 'parked' then 'refused' else 'waiting' end";
/// Deliveries that stand for a lead: registrations, and reads that name one lead and came to nothing.
const OF_LEADS: &str =
    "(kind = 'add_registrant' or (kind = 'gather' and who <> '' and state in ('parked', 'suppressed')))";

/// A wish and how far it is.
#[derive(Debug, Clone)]
pub struct Followed {
    /// What was asked for, and what is known of it.
    pub state: AddingState,
    /// Its fact; none while the wish was not looked at.
    pub fact: Option<String>,
    /// How far.
    pub progress: Progress,
}

/// A wish to add leads, and how far it is; none when there is no such wish.
pub async fn followed(unit: &mut Unit, tenant: &TenantId, wish: &WishId) -> Result<Option<Followed>, StoreError> {
    let Some(row) = journal_list::by_key(unit, tenant, &wish.journal_key()).await? else { return Ok(None) };
    let Ok(Wish::AddToWebinar(wanted)) = serde_json::from_slice(&row.body) else { return Ok(None) };
    let stored = match &row.fact {
        Some(id) => fact::get(unit, tenant, id).await?,
        None => None,
    };
    let (Some(State::Adding(state)), Some(id)) = (stored, row.fact) else {
        let state = AddingState {
            wanted,
            asked_ms: row.received_ms,
            webinar: None,
            unanswered: Vec::new(),
            pages: 0,
            gathered: 0,
            list: connector_core::addition::ListRead::Open,
        };
        let progress = progress(&state, &[], Reads { open: 1, parked: 0 });
        return Ok(Some(Followed { state, fact: None, progress }));
    };
    let counts = counts(unit, tenant, &id).await?;
    let reads = reads(unit, tenant, &id).await?;
    let progress = progress(&state, &counts, reads);
    Ok(Some(Followed { state, fact: Some(id), progress }))
}

async fn counts(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Vec<(Standing, u64)>, StoreError> {
    let text = format!(
        "select {STANDING} as standing, count(*) as n from delivery where tenant = $1 and fact = $2 and {OF_LEADS} group by 1"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.as_str()).bind(fact).fetch_all(&mut *unit.tx).await?;
    let mut counts = Vec::new();
    for row in rows {
        let (standing, count): (String, i64) = (row.try_get("standing")?, row.try_get("n")?);
        counts.extend(Standing::parse(&standing).map(|standing| (standing, u64::try_from(count).unwrap_or(0))));
    }
    Ok(counts)
}

async fn reads(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Reads, StoreError> {
    let rows = sqlx::query(
        "select state, count(*) as n from delivery where tenant = $1 and fact = $2 \
         and (kind = 'read_webinar' or kind = 'gather') and state not in ('delivered', 'suppressed') \
         and not (state = 'parked' and who <> '') group by state",
    )
    .bind(tenant.as_str())
    .bind(fact)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut reads = Reads::default();
    for row in rows {
        let (state, count): (String, i64) = (row.try_get("state")?, row.try_get("n")?);
        let count = u64::try_from(count).unwrap_or(0);
        if state == "parked" { reads.parked += count } else { reads.open += count }
    }
    Ok(reads)
}

/// What to list of a wish's leads.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those.
    pub standing: Option<Standing>,
    /// Only whose address holds this.
    pub who: Option<String>,
    /// Only ids behind this one.
    pub after: Option<String>,
    /// Rows at the most.
    pub limit: i64,
}

/// A page of a wish's leads with what became of each, in the order in which they were planned.
pub async fn page(
    unit: &mut Unit,
    tenant: &TenantId,
    fact: &str,
    filter: &Filter,
) -> Result<Vec<(Standing, ListedDelivery)>, StoreError> {
    let text = format!(
        "select *, {STANDING} as standing from delivery where tenant = $1 and fact = $2 and {OF_LEADS} \
         and ($3 = '' or {STANDING} = $3) and ($4 = '' or lower(who) like lower($4) escape '!') and id > $5 \
         order by id limit $6"
    );
    let who = filter.who.as_deref().map(str::trim).filter(|who| !who.is_empty()).map(super::like).unwrap_or_default();
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant.as_str())
        .bind(fact)
        .bind(filter.standing.map(Standing::as_str).unwrap_or_default())
        .bind(who)
        .bind(filter.after.clone().unwrap_or_default())
        .bind(filter.limit)
        .fetch_all(&mut *unit.tx)
        .await?;
    let one = |row| {
        let standing: String = sqlx::Row::try_get(row, "standing")?;
        Ok((Standing::parse(&standing).unwrap_or(Standing::Waiting), read(row)?))
    };
    rows.iter().map(one).collect()
}

/// The delivery that could not read the webinar or the list, if there is one.
pub async fn failed_read(unit: &mut Unit, tenant: &TenantId, fact: &str) -> Result<Option<ListedDelivery>, StoreError> {
    let row = sqlx::query(
        "select * from delivery where tenant = $1 and fact = $2 and state = 'parked' \
         and (kind = 'read_webinar' or (kind = 'gather' and who = '')) order by id limit 1",
    )
    .bind(tenant.as_str())
    .bind(fact)
    .fetch_optional(&mut *unit.tx)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The latest wishes to add leads: their names as they stand in the journal, and when they were asked (epoch milliseconds).
pub async fn latest(unit: &mut Unit, tenant: &TenantId, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query(
        "select key, received_ms from journal where tenant = $1 and id in (select id from journal where tenant = $1 \
         order by id desc limit 2000) and event = 'wish.add_to_webinar' order by id desc limit $2",
    )
    .bind(tenant.as_str())
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut latest = Vec::new();
    for row in rows {
        let key: String = row.try_get("key")?;
        if let Some(wish) = key.strip_prefix("wish:") {
            latest.push((wish.to_owned(), row.try_get("received_ms")?));
        }
    }
    Ok(latest)
}
