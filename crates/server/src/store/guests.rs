//! Everybody of an entry of the calendar, page by page: whom Zoom does not name, then who was in the run by when they came, then who
//! registered and of whom the run does not tell. A page reads about what it shows, however many there are. Everything here only reads.

use super::calendar_list::CalendarRow;
use super::{StoreError, Unit, fact, from_json, stranger};
use connector_core::calendar::numbers::is_for;
use connector_core::calendar::people::Guest;
use connector_core::fact::stranger::StrangerState;
use connector_core::fact::{
    Alias, AttendanceState, Book, PresenceState, RegistrationState, RunState, State, TenantKeys,
};
use connector_core::ids::TenantId;
use connector_core::settings::Threshold;
use connector_core::translate::people::{attendance, registration_aliases};
use sqlx::Row;

/// Facts that are read at a time.
const PIECE: usize = 200;
/// Facts that are looked at for one page, and for one page of what is searched for.
const LOOKED_MAX: (usize, usize) = (2_000, 20_000);
/// People whom Zoom does not name on the first page.
pub const STRANGERS_SHOWN: usize = 20;
/// Those among whom is searched.
const STRANGERS_MAX: usize = 100;
/// Strangers of a run are looked for from so long before it, in milliseconds: clocks differ.
const BEFORE_MS: i64 = 24 * 60 * 60_000;

/// Somebody in a run, or registered for a series.
#[derive(Debug, Clone)]
pub enum Part {
    /// In the run.
    Attendance(Box<AttendanceState>),
    /// For the series.
    Registration(Box<RegistrationState>),
}

/// Where a fact stands among the parts of its whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// As the fact says, epoch milliseconds.
    pub listed_ms: i64,
    /// The fact.
    pub id: Alias,
}

impl At {
    /// Before all of them.
    #[must_use]
    pub fn first() -> Self {
        Self { listed_ms: i64::MIN, id: Alias(String::new()) }
    }
}

/// The next parts of a whole, those after `after`, in the order in which they are listed: the people of a run, the registrations of a
/// series.
pub async fn parts(
    unit: &mut Unit,
    tenant: &TenantId,
    (whole, after): (&str, &At),
    limit: usize,
) -> Result<Vec<(At, Part)>, StoreError> {
    let rows = sqlx::query(
        "select id, listed_ms, state from fact where tenant = $1 and part_of = $2 and part_of is not null \
         and (listed_ms, id) > ($3, $4) order by listed_ms, id limit $5",
    )
    .bind(tenant.as_str())
    .bind(whole)
    .bind(after.listed_ms)
    .bind(&after.id.0)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *unit.tx)
    .await?;
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
        let at = At { listed_ms: row.try_get("listed_ms")?, id: Alias(id) };
        match from_json(&state, "fact")? {
            State::Attendance(attendance) => parts.push((at, Part::Attendance(Box::new(attendance)))),
            State::Registration(registration) => parts.push((at, Part::Registration(Box::new(registration)))),
            // Of these nothing is a part.
            State::Run(_)
            | State::Definition(_)
            | State::Presence(_)
            | State::Scheduling(_)
            | State::Recording(_)
            | State::Awaiting(_)
            | State::Stranger(_)
            | State::Remembered(_)
            | State::Deauthorization { .. }
            | State::Adding(_)
            | State::Addition(_)
            | State::Fetching(_)
            | State::Trial(_) => {}
        }
    }
    Ok(parts)
}

/// The run of an entry, where it was held.
pub async fn run_of(unit: &mut Unit, row: &CalendarRow) -> Result<Option<RunState>, StoreError> {
    Ok(match fact::get(unit, &row.tenant, &row.entry.id).await? {
        Some(State::Run(run)) => Some(run),
        _ => None,
    })
}

/// People of a run whom Zoom does not name, with the stays of the first `with_stays` of them.
pub async fn strangers(
    unit: &mut Unit,
    (row, run): (&CalendarRow, &RunState),
    with_stays: usize,
) -> Result<Vec<(Alias, StrangerState, Vec<PresenceState>)>, StoreError> {
    let of = (run.gathering.account.as_str(), run.uuid.as_str());
    let found = stranger::of_run(unit, &row.tenant, of, row.entry.starts_ms - BEFORE_MS).await?;
    let states: Vec<&StrangerState> = found.iter().take(with_stays).map(|(_, state)| state).collect();
    let stays = stranger::stays(unit, &row.tenant, &states).await?;
    let stays = stays.into_iter().chain(std::iter::repeat_with(Vec::new));
    Ok(found.into_iter().zip(stays).map(|((id, state), stays)| (id, state, stays)).collect())
}

/// Where a page of an entry's people begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    registered: bool,
    at: At,
}

impl Place {
    /// As [`Place::text`] says it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, '.');
        let registered = match words.next()? {
            "r" => true,
            "c" => false,
            _ => return None,
        };
        let listed_ms = words.next()?.parse().ok()?;
        Some(Self { registered, at: At { listed_ms, id: Alias(words.next()?.to_owned()) } })
    }

    /// For an address.
    #[must_use]
    pub fn text(&self) -> String {
        let stage = if self.registered { "r" } else { "c" };
        format!("{stage}.{}.{}", self.at.listed_ms, self.at.id.0)
    }
}

/// Whose people are wanted, and which.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The tenant's keys; without them nobody is found in the run who registered.
    pub keys: Option<&'a TenantKeys>,
    /// Of what.
    pub row: &'a CalendarRow,
    /// From when on somebody attended.
    pub threshold: Threshold,
    /// Only with this in name or address.
    pub search: &'a str,
    /// Rows at the most, those whom Zoom does not name aside.
    pub most: usize,
}

/// A page of an entry's people.
#[derive(Debug, Default)]
pub struct Guests {
    /// The people.
    pub guests: Vec<Guest>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
    /// It ends because so many were looked at, and not because so many were found.
    pub cut: bool,
}

/// A page of an entry's people, from its beginning or after a place.
pub async fn page(unit: &mut Unit, asked: &Asked<'_>, after: Option<Place>) -> Result<Guests, StoreError> {
    let run = run_of(unit, asked.row).await?;
    let is_search = !asked.search.trim().is_empty();
    let of = |(plain, search): (usize, usize)| if is_search { search } else { plain };
    let mut page = Guests::default();
    if let Some(run) = run.as_ref().filter(|_| after.is_none()) {
        let most = of((STRANGERS_SHOWN, STRANGERS_MAX));
        let strangers = strangers(unit, (asked.row, run), most).await?;
        let guests = strangers.iter().take(most).map(Guest::of_stranger);
        page.guests = guests.filter(|guest| guest.matches(asked.search)).take(STRANGERS_SHOWN).collect();
    }
    let unnamed = page.guests.len();
    let mut place = after.unwrap_or(Place { registered: false, at: At::first() });
    let (mut looked, mut last) = (0, None);
    loop {
        let piece = piece(unit, asked, (run.as_ref(), &place)).await?;
        let is_end = piece.len() < PIECE;
        looked += piece.len();
        for (at, guest) in piece {
            place.at = at;
            let Some(guest) = guest.filter(|guest| guest.matches(asked.search)) else { continue };
            // Somebody may have registered for several dates of the series.
            if place.registered && page.guests.iter().any(|known| known.email == guest.email) {
                continue;
            }
            if page.guests.len() - unnamed >= asked.most {
                page.next = last;
                return Ok(page);
            }
            page.guests.push(guest);
            last = Some(place.clone());
        }
        match (is_end, place.registered) {
            (true, true) => return Ok(page),
            (true, false) => place = Place { registered: true, at: At::first() },
            (false, _) => {}
        }
        if looked >= of(LOOKED_MAX) {
            return Ok(Guests { next: Some(place), cut: true, ..page });
        }
    }
}

/// The next facts after a place, and who is listed for them.
async fn piece(
    unit: &mut Unit,
    asked: &Asked<'_>,
    (run, place): (Option<&RunState>, &Place),
) -> Result<Vec<(At, Option<Guest>)>, StoreError> {
    let (tenant, entry) = (&asked.row.tenant, &asked.row.entry);
    let whole = if place.registered { &entry.series.0 } else { &entry.id };
    let parts = parts(unit, tenant, (whole, &place.at), PIECE).await?;
    let others: Vec<Alias> = parts.iter().flat_map(|(_, part)| other(asked, run, part)).collect();
    let mut book = Book::default();
    fact::load(unit, tenant, &others, &mut book).await?;
    let listed = parts.into_iter().map(|(at, part)| {
        let others = other(asked, run, &part);
        let guest = match part {
            Part::Attendance(attendance) => {
                let registration = registered(&book, asked, &others);
                Guest::of_attendance(&at.id, &attendance, registration.as_ref(), asked.threshold)
            }
            // Whoever is in the run is listed there.
            Part::Registration(_) if book.find(&others).is_some() => None,
            Part::Registration(registration) => Some((at.id.clone(), *registration))
                .filter(|(_, registration)| is_for(entry, registration))
                .and_then(|one| Guest::of_registration(&one)),
        };
        (at, guest)
    });
    Ok(listed.collect())
}

/// The same person's registration where it is somebody in the run, and the place in the run where it is a registration.
fn other(asked: &Asked<'_>, run: Option<&RunState>, part: &Part) -> Vec<Alias> {
    let (Some(run), Some(keys)) = (run, asked.keys) else { return Vec::new() };
    match part {
        Part::Attendance(state) => {
            let date = (&run.gathering, asked.row.entry.occurrence.as_deref());
            registration_aliases(keys, date, &state.email)
        }
        Part::Registration(state) => {
            vec![attendance(keys, &run.gathering.account, &run.uuid, &state.email)]
        }
    }
}

fn registered(book: &Book, asked: &Asked<'_>, aliases: &[Alias]) -> Option<(Alias, RegistrationState)> {
    let fact = book.find(aliases)?;
    let State::Registration(registration) = &fact.state else { return None };
    is_for(&asked.row.entry, registration).then(|| (fact.id.clone(), registration.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        for text in ["c.1700000000000.ab.cd", "r.-5.x", "c.9223372036854775807."] {
            assert_eq!(Place::parse(text).map(|place| place.text()).as_deref(), Some(text));
        }
        for text in ["", "c", "c.1", "x.1.a", "c.one.a", "c.9223372036854775808.a"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
