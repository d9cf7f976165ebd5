//! The numbers of the calendar: entries that changed are counted anew from the facts, piece by piece, and what was there before there was
//! a calendar is filled in once.

use crate::app::{Shared, StepError};
use crate::store::calendar_list::{self, CalendarRow};
use crate::store::guests::{self, At, Part};
use crate::store::{StoreError, Unit, beat, calendar};
use connector_core::calendar::Notes;
use connector_core::calendar::count::Count;
use connector_core::calendar::numbers::{Arrival, Numbers};
use connector_core::calendar::presence::Presence;
use connector_core::fact::{Alias, AttendanceState, Fact};
use connector_core::ids::TenantId;
use std::collections::BTreeMap;

/// Entries that are counted in one round.
const ENTRIES_MAX: i64 = 50;
/// After so long no further entry is counted in a round, in milliseconds.
const COUNTING_MS_MAX: i64 = 1_000;
/// Facts that are read at a time.
const PIECE: usize = 500;
/// People of one run whom Zoom does not name and whose stays are read.
const STRANGERS_MAX: usize = 100;
/// Facts that are looked at in one round to fill in what was there before.
const FILLED_MAX: i64 = 2_000;
/// While something waits to be written the numbers are counted again after so long, in milliseconds.
const WAITS_AGAIN_MS: i64 = 60_000;
/// The same while something waits for a person.
const FAILED_AGAIN_MS: i64 = 10 * 60_000;

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
    let (wanted, now_ms) = (row.clone(), shared.clock.now_ms());
    let reading = shared.store.read(move |unit| Box::pin(async move { counted(unit, &wanted, now_ms).await }));
    let (numbers, presence) = reading.await?;
    let now_ms = shared.clock.now_ms();
    let again_ms = match (numbers.waiting > 0, numbers.failed > 0) {
        (true, _) => Some(now_ms + WAITS_AGAIN_MS),
        (false, true) => Some(now_ms + FAILED_AGAIN_MS),
        (false, false) => None,
    };
    let write = shared.store.write(move |unit| {
        Box::pin(async move {
            let of = (row.entry.id.as_str(), row.changes);
            let counted = (&numbers, presence.as_ref());
            calendar::counted(unit, &row.tenant, of, counted, (again_ms, now_ms)).await
        })
    });
    write.await
}

/// What is counted of an entry at `now_ms`, from its facts.
pub async fn counted(
    unit: &mut Unit,
    row: &CalendarRow,
    now_ms: i64,
) -> Result<(Numbers, Option<Presence>), StoreError> {
    let (tenant, entry) = (&row.tenant, &row.entry);
    let (mut count, mut closed) = (Count::default(), false);
    if let Some(run) = guests::run_of(unit, row).await? {
        closed = run.show.closed;
        for stranger in guests::strangers(unit, (row, &run), STRANGERS_MAX).await? {
            count.stranger(&stranger);
        }
    }
    for whole in [&entry.id, &entry.series.0] {
        let mut after = Some(At::first());
        while let Some(last) = after {
            let parts = guests::parts(unit, tenant, (whole, &last), PIECE).await?;
            after = parts.last().filter(|_| parts.len() == PIECE).map(|(at, _)| at.clone());
            let mut people = Vec::new();
            for (at, part) in parts {
                match part {
                    Part::Registration(registration) => count.registration(entry, &registration),
                    Part::Attendance(attendance) => people.push((at.id, attendance)),
                }
            }
            add(unit, tenant, &mut count, &people).await?;
        }
    }
    Ok(count.sum(entry, closed, now_ms))
}

/// Adds people of a run.
async fn add(
    unit: &mut Unit,
    tenant: &TenantId,
    count: &mut Count,
    people: &[(Alias, Box<AttendanceState>)],
) -> Result<(), StoreError> {
    let facts: Vec<&Alias> = people.iter().flat_map(|(id, one)| std::iter::once(id).chain(one.stays.keys())).collect();
    let arrivals = calendar_list::arrivals(unit, tenant, &facts).await?;
    for (id, attendance) in people {
        let about = std::iter::once(id).chain(attendance.stays.keys());
        let states: Vec<_> = about.filter_map(|fact| arrivals.get(fact)).flatten().copied().collect();
        count.attendance(id, attendance, Arrival::of(&states));
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
