//! The numbers of the calendar: entries that changed are counted anew from the facts, piece by piece, and what was there before there was
//! a calendar is filled in once.

use crate::app::{Shared, StepError};
use crate::store::calendar_list::{self, CalendarRow, Part};
use crate::store::{StoreError, Unit, beat, calendar, fact, stranger};
use connector_core::calendar::Notes;
use connector_core::calendar::numbers::{Arrival, Numbers};
use connector_core::fact::{Alias, Fact, State};
use connector_core::ids::TenantId;
use std::collections::BTreeMap;

/// Entries that are counted in one round.
const ENTRIES_MAX: i64 = 50;
/// After so long no further entry is counted in a round, in milliseconds.
const COUNTING_MS_MAX: i64 = 1_000;
/// Facts that are read at a time.
const PIECE: i64 = 500;
/// Facts that are looked at in one round to fill in what was there before.
const FILLED_MAX: i64 = 2_000;
/// While something waits to be written the numbers are counted again after so long, in milliseconds.
const WAITS_AGAIN_MS: i64 = 60_000;
/// The same while something waits for a person.
const FAILED_AGAIN_MS: i64 = 10 * 60_000;
/// Strangers of a run are looked for from so long before it, in milliseconds: clocks differ.
const BEFORE_MS: i64 = 24 * 60 * 60_000;

/// One round. Answers whether there is more to do.
///
/// # Errors
/// When the store fails.
pub async fn round(shared: &Shared) -> Result<bool, StepError> {
    let filling = fill(shared).await?;
    let began_ms = shared.clock.now_ms();
    let due = shared.store.read(move |unit| Box::pin(calendar_list::due(unit, began_ms, ENTRIES_MAX))).await?;
    let mut more = i64::try_from(due.len()).is_ok_and(|count| count == ENTRIES_MAX);
    for row in due {
        count(shared, row).await?;
        if shared.clock.now_ms() - began_ms >= COUNTING_MS_MAX {
            more = true;
            break;
        }
    }
    Ok(more || filling)
}

/// Counts an entry anew and stores its numbers.
async fn count(shared: &Shared, row: CalendarRow) -> Result<(), StoreError> {
    let wanted = row.clone();
    let numbers = shared.store.read(move |unit| Box::pin(async move { numbers(unit, &wanted).await })).await?;
    let now_ms = shared.clock.now_ms();
    let again_ms = match (numbers.waiting > 0, numbers.failed > 0) {
        (true, _) => Some(now_ms + WAITS_AGAIN_MS),
        (false, true) => Some(now_ms + FAILED_AGAIN_MS),
        (false, false) => None,
    };
    let write = shared.store.write(move |unit| {
        Box::pin(async move {
            let of = (row.entry.id.as_str(), row.changes);
            calendar::counted(unit, &row.tenant, of, &numbers, (again_ms, now_ms)).await
        })
    });
    write.await
}

/// The numbers of an entry, from its facts.
pub async fn numbers(unit: &mut Unit, row: &CalendarRow) -> Result<Numbers, StoreError> {
    let (tenant, entry) = (&row.tenant, &row.entry);
    let mut numbers = Numbers::default();
    let mut after = Some(String::new());
    while let Some(last) = after {
        let (parts, next) = calendar_list::parts(unit, tenant, (&entry.series.0, &last), PIECE).await?;
        for (_, part) in &parts {
            match part {
                Part::Registration(registration) => numbers.registration(entry, registration),
                Part::Attendance(_) => {}
            }
        }
        after = next;
    }
    let mut after = Some(String::new());
    while let Some(last) = after {
        let (parts, next) = calendar_list::parts(unit, tenant, (&entry.id, &last), PIECE).await?;
        add(unit, tenant, &mut numbers, &parts).await?;
        after = next;
    }
    if let Some(State::Run(run)) = fact::get(unit, tenant, &entry.id).await? {
        numbers.closed = run.show.closed;
        let of = (run.gathering.account.as_str(), run.uuid.as_str());
        let strangers = stranger::of_run(unit, tenant, of, entry.starts_ms - BEFORE_MS).await?;
        numbers.unnamed = i64::try_from(strangers.len()).unwrap_or(i64::MAX);
    }
    Ok(numbers)
}

/// Adds people of a run.
async fn add(
    unit: &mut Unit,
    tenant: &TenantId,
    numbers: &mut Numbers,
    parts: &[(Alias, Part)],
) -> Result<(), StoreError> {
    let people = parts.iter().filter_map(|(id, part)| match part {
        Part::Attendance(attendance) => Some((id, attendance)),
        Part::Registration(_) => None,
    });
    let people: Vec<_> = people.collect();
    let facts: Vec<&Alias> = people.iter().flat_map(|(id, one)| std::iter::once(*id).chain(one.stays.keys())).collect();
    let arrivals = calendar_list::arrivals(unit, tenant, &facts).await?;
    for (id, attendance) in people {
        let about = std::iter::once(id).chain(attendance.stays.keys());
        let states: Vec<_> = about.filter_map(|fact| arrivals.get(fact)).flatten().copied().collect();
        numbers.attendance(attendance, Arrival::of(&states));
    }
    Ok(())
}

/// Fills in a piece of what was there before there was a calendar. Answers whether there is more.
async fn fill(shared: &Shared) -> Result<bool, StepError> {
    let read = shared.store.read(|unit| {
        Box::pin(async move {
            let Some((tenant, id)) = beat::calendar_filled_to(unit).await? else { return Ok(None) };
            let facts = calendar_list::facts_after(unit, (&tenant, &id), FILLED_MAX).await?;
            Ok(Some(facts))
        })
    });
    let Some(facts) = read.await? else { return Ok(false) };
    let last = facts.last().map(|(tenant, id, _)| (tenant.clone(), id.0.clone()));
    let mut by_tenant: BTreeMap<TenantId, Notes> = BTreeMap::new();
    for (tenant, id, state) in facts {
        let (Some(state), Ok(tenant)) = (state, TenantId::parse(&tenant)) else { continue };
        // Of a tenant without a key nothing can be read any more.
        let Ok(key) = shared.keys.of(&shared.store, &tenant).await else { continue };
        by_tenant.entry(tenant).or_default().note(&key.tenant_keys(), &Fact { id, state });
    }
    let (now_ms, more) = (shared.clock.now_ms(), last.is_some());
    let write = shared.store.write(move |unit| {
        Box::pin(async move {
            for (tenant, notes) in &by_tenant {
                calendar::note(unit, tenant, notes, now_ms).await?;
            }
            beat::fill_calendar_to(unit, last).await
        })
    });
    write.await?;
    Ok(more)
}
