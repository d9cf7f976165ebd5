//! What became of a wish for a meeting, read in one go for the console and the API.

use super::delivery_list::{self, ListedDelivery};
use super::{StoreError, Unit, fact, journal_list};
use connector_core::fact::agreed::Agreed;
use connector_core::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use connector_core::fact::{Alias, Book, State};
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::translate::Wish;

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
