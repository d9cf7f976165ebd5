//! What became of a wish for a meeting, read in one go for the console and the API.

use super::calendar_list::{self, CalendarRow, Direction};
use super::delivery_list::{self, ListedDelivery};
use super::{StoreError, Unit, fact, journal_list};
use connector_core::fact::agreed::Agreed;
use connector_core::fact::scheduling::{CreatedMeeting, ScheduleMeeting, SchedulingState};
use connector_core::fact::{Alias, Book, State};
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::translate::Wish;
use sqlx::Row;

/// A wish and how far it is.
#[derive(Debug, Clone)]
pub struct Followed {
    /// What was asked for.
    pub wanted: ScheduleMeeting,
    /// What Zoom made of it.
    pub created: Option<CreatedMeeting>,
    /// What was planned for it.
    pub deliveries: Vec<ListedDelivery>,
}

/// Whether the meeting of that alias is a series with that date.
///
/// # Errors
/// [`StoreError`].
pub async fn has_date(unit: &mut Unit, tenant: &TenantId, meeting: &Alias, date: &str) -> Result<bool, StoreError> {
    let mut book = Book::default();
    fact::load(unit, tenant, std::slice::from_ref(meeting), &mut book).await?;
    Ok(match book.find(std::slice::from_ref(meeting)).map(|fact| &fact.state) {
        Some(State::Definition(state)) => {
            let told = state.agreed.as_ref().is_some_and(|agreed| agreed.dates.knows(date));
            told || state.occurrences.contains_key(date)
        }
        Some(_) | None => false,
    })
}

/// What became of the wish that an appointment of LeadSquared stands for, by its fact; none when there is no such wish.
///
/// # Errors
/// [`StoreError`].
pub async fn followed_fact(unit: &mut Unit, tenant: &TenantId, wish: &Alias) -> Result<Option<Followed>, StoreError> {
    let Some(State::Scheduling(known)) = fact::get(unit, tenant, &wish.0).await? else { return Ok(None) };
    let deliveries = delivery_list::of_fact(unit, tenant, &wish.0).await?;
    Ok(Some(Followed { wanted: known.wanted, created: known.created, deliveries }))
}

/// A wish for a meeting; none when there is no such wish.
///
/// # Errors
/// [`StoreError`].
pub async fn followed(unit: &mut Unit, tenant: &TenantId, wish: &WishId) -> Result<Option<Followed>, StoreError> {
    let Some(row) = journal_list::by_key(unit, tenant, &wish.journal_key()).await? else { return Ok(None) };
    let Ok(Wish::ScheduleMeeting(wanted)) = serde_json::from_slice(&row.body) else { return Ok(None) };
    let wanted = *wanted;
    let Some(id) = row.fact else { return Ok(Some(Followed { wanted, created: None, deliveries: Vec::new() })) };
    let (created, wanted) = match fact::get(unit, tenant, &id).await? {
        Some(State::Scheduling(scheduling)) => (scheduling.created, scheduling.wanted),
        _ => (None, wanted),
    };
    let deliveries = delivery_list::of_fact(unit, tenant, &id).await?;
    Ok(Some(Followed { wanted, created, deliveries }))
}

/// A meeting that Zoom made, as both systems are to have it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What Zoom and LeadSquared are to say.
    pub agreed: Agreed,
    /// What was planned to make them say it, in the order of planning.
    pub changes: Vec<ListedDelivery>,
}

/// How the meeting stands that is found by `alias` (of its wish); none before Zoom made it.
///
/// # Errors
/// [`StoreError`].
pub async fn standing(unit: &mut Unit, tenant: &TenantId, alias: &Alias) -> Result<Option<Standing>, StoreError> {
    let mut book = Book::default();
    fact::load(unit, tenant, std::slice::from_ref(alias), &mut book).await?;
    let Some(found) = book.find(std::slice::from_ref(alias)) else { return Ok(None) };
    let State::Definition(state) = &found.state else { return Ok(None) };
    let Some(agreed) = state.agreed.as_deref().cloned() else { return Ok(None) };
    let mut changes = delivery_list::of_fact(unit, tenant, &found.id.0).await?;
    changes.retain(|row| matches!(row.kind.as_str(), "change_meeting" | "change_task" | "correction"));
    Ok(Some(Standing { agreed, changes }))
}

/// A date or a run of a meeting that somebody scheduled.
#[derive(Debug, Clone)]
pub struct OwnMeeting {
    /// As it is listed.
    pub row: CalendarRow,
    /// What both systems are to say.
    pub agreed: Agreed,
    /// The wish, and what Zoom made of it.
    pub wish: SchedulingState,
}

/// A page of the meetings of a sales user's handle that are not over at `now_ms`, the next ones first, or are, the latest ones first;
/// and behind which entry there are more.
///
/// # Errors
/// [`StoreError`].
pub async fn own(
    unit: &mut Unit,
    whose: (&TenantId, &Alias),
    way: (Direction, i64),
    after: Option<&(i64, String)>,
    limit: usize,
) -> Result<(Vec<OwnMeeting>, Option<(i64, String)>), StoreError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = calendar_list::of_handle(unit, whose, way, after, most).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| (row.entry.starts_ms, row.entry.id.clone()));
    let mut meetings = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(State::Definition(definition)) = fact::get(unit, whose.0, &row.entry.series.0).await? else {
            continue;
        };
        let Some(agreed) = definition.agreed.map(|agreed| *agreed) else { continue };
        let Some(State::Scheduling(wish)) = fact::get(unit, whose.0, &agreed.wish.0).await? else { continue };
        meetings.push(OwnMeeting { row, agreed, wish });
    }
    Ok((meetings, next))
}

/// A wish of which Zoom made nothing so far, and the delivery that is to; none while the wish was not looked at.
pub type Unmade = (ScheduleMeeting, Option<ListedDelivery>);

/// The latest wishes of a sales user's handle of which Zoom made nothing so far, at most `limit` of them. Of those that the
/// translator did not look at, every sales user's: whoever asks sorts them out.
///
/// # Errors
/// [`StoreError`].
pub async fn own_unmade(
    unit: &mut Unit,
    (tenant, handle): (&TenantId, &Alias),
    (event, told_since_ms): (&str, i64),
    limit: i64,
) -> Result<Vec<Unmade>, StoreError> {
    let mut unmade = Vec::new();
    for body in journal_list::pending_of(unit, tenant, event).await? {
        if let Ok(Wish::ScheduleMeeting(wanted)) = serde_json::from_slice(&body) {
            unmade.push((*wanted, None));
        }
    }
    // What Zoom answered a moment ago may not be translated yet.
    // Crossed, so that the handle is looked up first and not everything gone through that was ever made.
    let rows = sqlx::query(
        "select d.fact from handle h cross join delivery d where d.tenant = h.tenant and d.fact = h.fact and h.tenant = $1 \
         and h.handle = $2 and d.kind = 'create_meeting' and (d.state <> 'delivered' or d.updated_ms > $3) \
         order by d.id desc limit $4",
    )
    .bind(tenant.as_str())
    .bind(&handle.0)
    .bind(told_since_ms)
    .bind(limit)
    .fetch_all(&mut *unit.tx)
    .await?;
    for row in rows {
        let id: String = row.try_get("fact")?;
        let Some(State::Scheduling(state)) = fact::get(unit, tenant, &id).await? else { continue };
        if state.created.is_none() {
            let mut deliveries = delivery_list::of_fact(unit, tenant, &id).await?;
            deliveries.retain(|one| one.kind == "create_meeting");
            unmade.push((state.wanted, deliveries.pop()));
        }
    }
    Ok(unmade)
}
