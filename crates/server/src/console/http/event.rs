//! One meeting or webinar: its numbers, how many were there at each time, and everybody with the stays.

use super::super::events::{Event, GuestLine, LINE_WIDTH, Presence};
use super::super::filters::thousands;
use super::super::frame::Place;
use super::super::part::{Moment, Pill, Tone};
use super::super::plot::{Bar, share, time_of_day};
use super::events::{Seen, line, to_come};
use super::list::wanted;
use super::session::Admin;
use super::{Page, address, frame, lights, see, show, tenant_of};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::calendar_list::{self, CalendarRow};
use crate::store::guests::{self, Asked, Guests};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, settings};
use axum::extract::{Path, Query, State};
use connector_core::calendar::Stage;
use connector_core::calendar::numbers::Arrival;
use connector_core::calendar::people::{Guest, Role, union};
use connector_core::calendar::presence::{Presence as Counted, STEPS};
use connector_core::fact::{Alias, TenantKeys};
use serde::Deserialize;
use std::collections::HashMap;

/// People on one page.
const PEOPLE_ROWS: usize = 100;
/// Other dates that are shown.
const OTHERS_MAX: i64 = 20;
/// Steps of the picture that its table shows.
const TABLE_STEPS: usize = 12;
/// Stays in words in one line.
const STAYS_SHOWN: usize = 8;
const MINUTE_MS: i64 = 60_000;

/// Which people.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PeopleQuery {
    search: String,
    after: String,
}

/// What is read of an event.
struct Read {
    row: CalendarRow,
    page: Guests,
    arrivals: HashMap<Alias, Vec<connector_core::delivery::State>>,
    lights: Vec<super::super::events::LightLine>,
    others: Vec<CalendarRow>,
}

pub(super) async fn one(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Query(query): Query<PeopleQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (now_ms, sight) = (shared.clock.now_ms(), who.sight(&tenant.tenant));
    // What is found tells a name as well as what is shown.
    let search = if sight.is_masked() { String::new() } else { wanted(&query.search) };
    let keys = shared.keys.of(&shared.store, &tenant.tenant).await.ok().map(|key| key.tenant_keys());
    let wanted = Wanted { keys, id: id.clone(), search: search.clone(), after: query.after.clone(), now_ms };
    let owner = tenant.clone();
    let found = shared.store.read(move |unit| Box::pin(async move { read(unit, &owner, &wanted).await })).await?;
    let read = match found {
        Found::Entry(read) => read,
        // A series: its latest date stands for it.
        Found::Elsewhere(entry) => return Ok(see(&format!("/t/{}/events/{entry}", tenant.tenant))),
        Found::Nowhere => return Err(Problem::not_found("event").into()),
    };
    let seen = Seen { tenant: &tenant, now_ms, sight };
    let path = format!("/t/{}/events/{id}", tenant.tenant);
    let (span, row) = (span(&read.row, &read.page.guests, now_ms), &read.row);
    let zone = tenant.time_zone.as_str();
    let next = read.page.next.as_ref().map(guests::Place::text);
    let page = Event {
        frame: frame(&shared, &who, (&line(row, seen).topic, Place::Events), Some(&tenant)).await?,
        line: line(row, seen),
        pairs: pairs(row, seen),
        live: row.entry.is_under_way(now_ms),
        counted: row.counted_ms.map(|at_ms| Moment::new(at_ms, now_ms, zone)),
        agree: row.numbers.agree(),
        presence: row.presence.as_ref().and_then(|presence| picture(presence, zone)),
        axis: span.map(|(from, to)| vec![time_of_day(from, zone), time_of_day(to, zone)]).unwrap_or_default(),
        people: read.page.guests.iter().map(|guest| guest_line(guest, span, (&read.arrivals, seen))).collect(),
        listed: listed(&read, &search),
        unnamed: row.numbers.unnamed > i64::try_from(guests::STRANGERS_SHOWN).unwrap_or(i64::MAX),
        newest: (!query.after.is_empty()).then(|| address(&path, &[("search", &search)])),
        older: next.map(|next| address(&path, &[("search", &search), ("after", &next)])),
        others: read.others.iter().map(|row| line(row, seen)).collect(),
        lights: read.lights,
        search,
    };
    Ok(show(&page))
}

/// How many there are, as far as that is known.
fn listed(read: &Read, search: &str) -> String {
    let (row, page) = (&read.row, &read.page);
    let shown = thousands(i64::try_from(page.guests.len()).unwrap_or(i64::MAX));
    match (search.is_empty(), page.cut, page.next.is_some()) {
        (true, ..) if row.counted_ms.is_some() => format!("{} in all", thousands(row.numbers.people)),
        (true, ..) => String::new(),
        (false, true, _) => format!("{shown} found so far; More looks further"),
        (false, false, true) => format!("{shown} found, and there are more"),
        (false, false, false) => format!("{shown} found"),
    }
}

/// What an address leads to.
enum Found {
    Entry(Box<Read>),
    Elsewhere(String),
    Nowhere,
}

/// What is asked for.
struct Wanted {
    keys: Option<TenantKeys>,
    id: String,
    search: String,
    after: String,
    now_ms: i64,
}

async fn read(unit: &mut Unit, tenant: &TenantRow, wanted: &Wanted) -> Result<Found, StoreError> {
    let owner = &tenant.tenant;
    let Some(row) = calendar_list::get(unit, owner, &wanted.id).await? else {
        let series = calendar_list::of_series(unit, owner, &Alias(wanted.id.clone()), 1).await?;
        return Ok(series.into_iter().next().map_or(Found::Nowhere, |row| Found::Elsewhere(row.entry.id)));
    };
    let threshold = settings::current(unit, owner).await?.settings.attendance.threshold;
    let asked = Asked { keys: wanted.keys.as_ref(), row: &row, threshold, search: &wanted.search, most: PEOPLE_ROWS };
    let page = guests::page(unit, &asked, guests::Place::parse(&wanted.after)).await?;
    let facts: Vec<&Alias> = page.guests.iter().flat_map(|guest| &guest.facts).collect();
    let arrivals = calendar_list::arrivals(unit, owner, &facts).await?;
    let mut others = calendar_list::of_series(unit, owner, &row.entry.series, OTHERS_MAX).await?;
    others.retain(|other| other.entry.id != row.entry.id);
    let lights = if to_come(&row, wanted.now_ms) { lights::of(unit, tenant, &row).await? } else { Vec::new() };
    Ok(Found::Entry(Box::new(Read { row, page, arrivals, lights, others })))
}

/// From when to when it is drawn, epoch milliseconds; none for what was not held.
fn span(row: &CalendarRow, guests: &[Guest], now_ms: i64) -> Option<(i64, i64)> {
    match row.entry.stage {
        Stage::Planned | Stage::Cancelled => return None,
        Stage::Run | Stage::Rehearsal => {}
    }
    let from = row.entry.starts_ms;
    if row.entry.is_under_way(now_ms) {
        return (now_ms > from).then_some((from, now_ms));
    }
    // Where nobody told the end, it was counted; whoever is shown may have been there longer still.
    let counted = row.presence.as_ref().map(|presence| presence.to_ms);
    let left = guests.iter().flat_map(|guest| &guest.stays).filter_map(|(_, to)| *to).max();
    let to = row.entry.ended_ms.or(counted.max(left)).unwrap_or(now_ms);
    (to > from).then_some((from, to))
}

fn pairs(row: &CalendarRow, seen: Seen<'_>) -> Vec<(&'static str, String)> {
    let entry = &row.entry;
    let exact = |at_ms: i64| Moment::new(at_ms, seen.now_ms, &seen.tenant.time_zone).exact;
    let held = matches!(entry.stage, Stage::Run | Stage::Rehearsal);
    let mut pairs = vec![(if held { "Began" } else { "Planned for" }, exact(entry.starts_ms))];
    if let Some(ended_ms) = entry.ended_ms {
        pairs.push(("Ended", exact(ended_ms)));
        pairs.push(("Lasted", lasted(ended_ms - entry.starts_ms)));
    }
    pairs.extend(entry.minutes.map(|minutes| ("Planned length", lasted(minutes.saturating_mul(MINUTE_MS)))));
    if !entry.host.is_empty() {
        pairs.push(("Host", seen.sight.person(&entry.host)));
    }
    if row.numbers.pending > 0 {
        pairs.push(("Waiting for approval", thousands(row.numbers.pending)));
    }
    pairs
}

/// A length in words.
fn lasted(ms: i64) -> String {
    let minutes = (ms.max(0) + MINUTE_MS / 2) / MINUTE_MS;
    match (minutes / 60, minutes % 60) {
        (0, 0) if ms > 0 => "less than a minute".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Where a moment stands on a line.
fn place(at_ms: i64, (from, to): (i64, i64)) -> f64 {
    let width = i32::try_from(LINE_WIDTH).map_or(0.0, f64::from);
    (share(at_ms - from, to - from) * width * 10.0).round() / 10.0
}

fn guest_line(
    guest: &Guest,
    span: Option<(i64, i64)>,
    (arrivals, seen): (&HashMap<Alias, Vec<connector_core::delivery::State>>, Seen<'_>),
) -> GuestLine {
    let zone = seen.tenant.time_zone.as_str();
    let states: Vec<_> = guest.facts.iter().filter_map(|fact| arrivals.get(fact)).flatten().copied().collect();
    let words = |(from, to): &(i64, Option<i64>)| match to {
        Some(to) => format!("{}–{}", time_of_day(*from, zone), time_of_day(*to, zone)),
        None => format!("since {}", time_of_day(*from, zone)),
    };
    let mut stays: Vec<String> = guest.stays.iter().take(STAYS_SHOWN).map(words).collect();
    if guest.stays.len() > STAYS_SHOWN {
        stays.push(format!("and {} more", guest.stays.len() - STAYS_SHOWN));
    }
    let bars = span.map(|span| bars(guest, span)).unwrap_or_default();
    let person = if guest.email.is_empty() { guest.name.as_str() } else { guest.email.as_str() };
    // These addresses name the person.
    let links = |page: &str, name: &str| {
        let path = format!("/t/{}/{page}", seen.tenant.tenant);
        if seen.sight.is_masked() { String::new() } else { address(&path, &[(name, person)]) }
    };
    let name = [&guest.name, &guest.email].into_iter().find(|text| !text.trim().is_empty());
    GuestLine {
        name: name.map_or_else(|| "Somebody without a name".to_owned(), |name| seen.sight.person(name)),
        email: if name == Some(&guest.email) { String::new() } else { seen.sight.person(&guest.email) },
        role: role(guest.role),
        stayed: match guest.percent {
            Some(percent) => format!("{} ({percent} %)", lasted(guest.stayed_ms)),
            None => lasted(guest.stayed_ms),
        },
        stays,
        bars,
        arrival: arrival(Arrival::of(&states)),
        deliveries: links("deliveries", "who"),
        follow: links("follow", "q"),
    }
}

fn bars(guest: &Guest, span: (i64, i64)) -> Vec<Bar> {
    let class = match guest.role {
        Role::There | Role::Attended | Role::Came => "busy",
        Role::Unnamed => "wait",
        Role::Staff | Role::Registered | Role::Pending | Role::NoShow => "quiet",
    };
    let stretches = union(&guest.stays, span.1);
    let bar = |(from, to): (i64, i64)| {
        let (x, end) = (place(from, span), place(to, span));
        Bar { class, x, y: 0.0, width: (end - x).max(3.0), height: 10.0 }
    };
    stretches.into_iter().map(bar).collect()
}

fn role(role: Role) -> Pill {
    let tone = match role {
        Role::There => Tone::Busy,
        Role::Attended => Tone::Good,
        Role::Came | Role::Registered | Role::Staff | Role::NoShow => Tone::Quiet,
        Role::Unnamed | Role::Pending => Tone::Wait,
    };
    Pill::new(tone, role.words())
}

fn arrival(arrival: Arrival) -> Option<Pill> {
    match arrival {
        Arrival::Nothing => None,
        Arrival::Written => Some(Pill::new(Tone::Good, "Written")),
        Arrival::Waiting => Some(Pill::new(Tone::Wait, "Waiting")),
        Arrival::Failed => Some(Pill::new(Tone::Bad, "Needs you")),
    }
}

/// How many were there, as an area; none where nobody was.
fn picture(counted: &Counted, zone: &str) -> Option<Presence> {
    let Counted { from_ms: from, to_ms: to, steps } = counted;
    let (from, to) = (*from, *to);
    let most = steps.iter().copied().max().filter(|most| *most > 0)?;
    let count = i64::try_from(steps.len()).unwrap_or(1);
    let at = |step: i64| from + (to - from) * step / count;
    let mut path = String::from("M0 100");
    for (step, there) in (0_i64..).zip(steps) {
        let height = 100.0 - (share(*there, most) * 1_000.0).round() / 10.0;
        path.push_str(&format!("V{height}H{}", LINE_WIDTH * (step + 1) / count));
    }
    path.push_str("V100Z");
    let peak = (0_i64..).zip(steps).find(|(_, there)| **there == most).map_or(from, |(step, _)| at(step));
    let each = STEPS / TABLE_STEPS;
    let rows = (0_i64..).step_by(each).zip(steps.chunks(each));
    Some(Presence {
        path,
        most,
        sentence: format!(
            "At the most {} were there at one time, first about {}.",
            thousands(most),
            time_of_day(peak, zone)
        ),
        named: (0..6).map(|step| time_of_day(from + (to - from) * step / 6, zone)).collect(),
        lines: rows
            .map(|(step, steps)| (time_of_day(at(step), zone), steps.iter().copied().max().unwrap_or(0)))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_hours_and_minutes() {
        for (ms, expected) in [
            (0, "0 min"),
            (10_000, "less than a minute"),
            (90 * MINUTE_MS, "1 h 30 min"),
            (120 * MINUTE_MS, "2 h"),
            (-5, "0 min"),
        ] {
            assert_eq!(lasted(ms), expected);
        }
    }

    #[test]
    fn a_picture_ends_where_it_began_and_stays_in_its_box() {
        let steps = (0..STEPS).map(|step| if (20..40).contains(&step) { 2 } else { 1 }).collect();
        let picture = picture(&Counted { from_ms: 0, to_ms: 60 * MINUTE_MS, steps }, "UTC").unwrap();
        assert_eq!((picture.most, picture.lines.len()), (2, TABLE_STEPS));
        assert!(picture.path.starts_with("M0 100V50H8") && picture.path.ends_with("H1000V100Z"), "{}", picture.path);
        assert!(picture.sentence.contains("2 were there at one time, first about 00:10"), "{}", picture.sentence);
        assert!(super::picture(&Counted { from_ms: 0, to_ms: 10, steps: vec![0; STEPS] }, "UTC").is_none());
        assert_eq!((place(-5, (0, 10)), place(5, (0, 10)), place(99, (0, 10))), (0.0, 500.0, 1_000.0));
    }
}
