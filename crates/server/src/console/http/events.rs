//! Meetings and webinars as a list or a month, filtered; and where in it something else that is shown belongs.

use super::super::events::{Day, EventLine, Events, Month, Tab};
use super::super::frame::Place;
use super::super::part::{Moment, Pill, Tone};
use super::super::plot::time_of_day;
use super::super::schedule::Choose;
use super::list::wanted;
use super::session::Admin;
use super::{PAGE_ROWS, Page, address, frame, show, tenant_of};
use crate::app::Shared;
use crate::store::calendar_list::{self, CalendarRow, Direction, Filter};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use connector_core::calendar::{Stage, UNDER_WAY_MS};
use connector_core::fact::scheduling::CreatedMeeting;
use connector_core::fact::{Gathering, State as Fact, TenantKeys};
use connector_core::ids::{Kind, TenantId};
use connector_core::redact::mask::Sight;
use connector_core::translate::meeting;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// Runs under way that are shown.
const NOW_ROWS: i64 = 20;
/// Entries of a month that are shown.
const MONTH_ROWS: i64 = 600;
/// Entries of a day that are shown in a month.
const DAY_ROWS: usize = 5;
/// What stands for a number that is not known.
const NOT_KNOWN: &str = "–";

/// What is filtered by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    view: String,
    kind: String,
    search: String,
    after: String,
    month: String,
    day: String,
}

/// Who looks, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    /// At the tenant's.
    pub tenant: &'a TenantRow,
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// How much of people is seen.
    pub sight: Sight,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let now_ms = shared.clock.now_ms();
    let seen = Seen { tenant: &tenant, now_ms, sight: who.sight(&tenant.tenant) };
    let tab = match query.view.as_str() {
        "past" => Tab::Past,
        "month" => Tab::Month,
        _ => Tab::Coming,
    };
    let kind = [Kind::Meeting, Kind::Webinar].into_iter().find(|kind| kind.as_str() == query.kind);
    let search = wanted(&query.search);
    let zone = zone_of(&tenant);
    let month = month_of(&query.month, now_ms, &zone);
    let mut filter = Filter { kind, text: search.clone(), sight: seen.sight, limit: PAGE_ROWS, ..Filter::default() };
    match (tab, query.day.parse::<Date>().ok()) {
        (Tab::Month, _) => {
            (filter.from_ms, filter.to_ms, filter.limit) =
                (start_of(month, &zone), Some(start_of(next_month(month, 1), &zone)), MONTH_ROWS);
        }
        (_, Some(day)) => {
            (filter.from_ms, filter.to_ms) = (start_of(day, &zone), Some(start_of(day.saturating_add(1.day()), &zone)));
        }
        (Tab::Past, None) => (filter.direction, filter.from_ms) = (Direction::Back, now_ms),
        (Tab::Coming, None) => filter.from_ms = now_ms,
    }
    filter.after = cursor(&query.after);
    let first = filter.after.is_none() && tab == Tab::Coming && query.day.is_empty();
    let (rows, now) = read(&shared, &tenant.tenant, (filter, first), now_ms).await?;
    let filters =
        [("kind", kind.map(Kind::as_str).unwrap_or_default()), ("search", &search), ("day", query.day.as_str())];
    let path = format!("/t/{}/events", tenant.tenant);
    let at =
        |view: &str, after: &str| address(&path, &[&[("view", view)][..], &filters[..], &[("after", after)]].concat());
    let view = query.view.as_str();
    let full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE_ROWS) && tab != Tab::Month;
    let last = rows.last().filter(|_| full);
    let page = Events {
        frame: frame(&shared, &who, ("Events", Place::Events), Some(&tenant)).await?,
        tab,
        tabs: ["coming", "past", "month"].map(|view| address(&path, &[("view", view)])),
        kinds: kinds(kind),
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        now: now.iter().map(|row| line(row, seen)).collect(),
        month: (tab == Tab::Month).then(|| draw(&rows, month, &zone, seen)),
        lines: if tab == Tab::Month { Vec::new() } else { rows.iter().map(|row| line(row, seen)).collect() },
        newest: (!query.after.is_empty()).then(|| at(view, "")),
        older: last.map(|row| at(view, &format!("{}.{}", row.entry.starts_ms, row.entry.id))),
        search,
    };
    Ok(show(&page))
}

/// A page of the calendar, and with the first one what is under way.
async fn read(
    shared: &Shared,
    tenant: &TenantId,
    (filter, with_now): (Filter, bool),
    now_ms: i64,
) -> Result<(Vec<CalendarRow>, Vec<CalendarRow>), super::Failure> {
    let id = tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let mut now = Vec::new();
            if with_now {
                let recent = Filter {
                    direction: Direction::Back,
                    from_ms: now_ms,
                    to_ms: Some(now_ms - UNDER_WAY_MS),
                    limit: PAGE_ROWS,
                    after: None,
                    ..filter.clone()
                };
                now = calendar_list::page(unit, &id, &recent).await?;
                now.retain(|row| row.entry.is_under_way(now_ms));
                now.truncate(usize::try_from(NOW_ROWS).unwrap_or(0));
            }
            Ok((calendar_list::page(unit, &id, &filter).await?, now))
        })
    });
    Ok(read.await?)
}

/// Behind which entry the page begins, as its address says.
pub(super) fn cursor(text: &str) -> Option<(i64, String)> {
    let (at_ms, id) = text.split_once('.')?;
    Some((at_ms.parse().ok()?, id.to_owned()))
}

fn kinds(chosen: Option<Kind>) -> Vec<Choose> {
    let choose = |value: &str, text: &str| Choose {
        value: value.to_owned(),
        text: text.to_owned(),
        chosen: chosen.map(Kind::as_str).unwrap_or_default() == value,
    };
    vec![choose("", "Meetings and webinars"), choose("meeting", "Meetings"), choose("webinar", "Webinars")]
}

/// Whether it is still to be held.
pub(super) fn to_come(row: &CalendarRow, now_ms: i64) -> bool {
    row.entry.stage == Stage::Planned && row.entry.starts_ms > now_ms
}

fn state(row: &CalendarRow, now_ms: i64) -> Pill {
    let planned_end_ms = row.entry.starts_ms.saturating_add(row.entry.minutes.unwrap_or(0).saturating_mul(60_000));
    match row.entry.stage {
        Stage::Cancelled => Pill::new(Tone::Quiet, "Cancelled"),
        Stage::Rehearsal => Pill::new(Tone::Quiet, "Rehearsal"),
        Stage::Planned if planned_end_ms > now_ms => Pill::new(Tone::Busy, "Planned"),
        Stage::Planned => Pill::new(Tone::Quiet, "Not held"),
        Stage::Run if row.entry.is_under_way(now_ms) => Pill::new(Tone::Busy, "Under way"),
        Stage::Run if row.counted_ms.is_none() => Pill::new(Tone::Wait, "Being counted"),
        Stage::Run if !row.numbers.agree() => Pill::new(Tone::Wait, "Differs"),
        Stage::Run if row.numbers.closed => Pill::new(Tone::Good, "Complete"),
        Stage::Run => Pill::new(Tone::Good, "Over"),
    }
}

/// An entry as a line.
pub(super) fn line(row: &CalendarRow, seen: Seen<'_>) -> EventLine {
    let (entry, numbers) = (&row.entry, &row.numbers);
    let held = matches!(entry.stage, Stage::Run | Stage::Rehearsal);
    let known = |known: bool, number: i64| {
        if known && row.counted_ms.is_some() { super::super::filters::thousands(number) } else { NOT_KNOWN.to_owned() }
    };
    let registered = numbers.registered + numbers.pending;
    EventLine {
        link: format!("/t/{}/events/{}", seen.tenant.tenant, entry.id),
        topic: if entry.topic.is_empty() {
            format!("{} {}", entry.kind.title(), entry.number)
        } else {
            seen.sight.text(&entry.topic)
        },
        kind: format!("{} {}", entry.kind.title(), entry.number),
        starts: Moment::new(entry.starts_ms, seen.now_ms, &seen.tenant.time_zone).spelled_out(),
        state: state(row, seen.now_ms),
        registered: known(entry.kind == Kind::Webinar || registered > 0, registered),
        came: known(held, numbers.came),
        no_show: known(held && numbers.closed, numbers.no_show),
        unnamed: known(held, numbers.unnamed),
        truth: if entry.stage == Stage::Run && row.counted_ms.is_some() { numbers.truth() } else { String::new() },
    }
}

/// The tenant's zone; UTC where it is unknown.
pub(super) fn zone_of(tenant: &TenantRow) -> TimeZone {
    TimeZone::get(&tenant.time_zone).unwrap_or(TimeZone::UTC)
}

/// The first day of the month that an address names; of this month where it names none.
fn month_of(text: &str, now_ms: i64, zone: &TimeZone) -> Date {
    let named = format!("{text}-01").parse::<Date>().ok();
    let today = today(now_ms, zone);
    named.unwrap_or(today).first_of_month()
}

fn today(now_ms: i64, zone: &TimeZone) -> Date {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    zone.to_datetime(now).date()
}

fn next_month(month: Date, by: i32) -> Date {
    month.saturating_add(by.months())
}

/// When a day begins there, epoch milliseconds.
fn start_of(day: Date, zone: &TimeZone) -> i64 {
    zone.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, Timestamp::as_millisecond)
}

/// The month with what is in it.
fn draw(rows: &[CalendarRow], month: Date, zone: &TimeZone, seen: Seen<'_>) -> Month {
    let path = format!("/t/{}/events", seen.tenant.tenant);
    let to = |month: Date| address(&path, &[("view", "month"), ("month", &month.strftime("%Y-%m").to_string())]);
    let days_before = i64::from(month.weekday().since(Weekday::Monday));
    let mut day = month.saturating_sub(days_before.days());
    let mut weeks = Vec::new();
    let end = next_month(month, 1);
    while day < end && weeks.len() < 6 {
        let mut week = Vec::new();
        for _ in 0..7 {
            week.push(if day.month() == month.month() { of_day(rows, day, zone, seen) } else { Day::default() });
            day = day.saturating_add(1.day());
        }
        weeks.push(week);
    }
    Month { name: month.strftime("%B %Y").to_string(), weeks, before: to(next_month(month, -1)), after: to(end) }
}

fn of_day(rows: &[CalendarRow], day: Date, zone: &TimeZone, seen: Seen<'_>) -> Day {
    let (from_ms, to_ms) = (start_of(day, zone), start_of(day.saturating_add(1.day()), zone));
    let within: Vec<&CalendarRow> = rows.iter().filter(|row| (from_ms..to_ms).contains(&row.entry.starts_ms)).collect();
    let shown = within.iter().take(DAY_ROWS);
    let at = |row: &CalendarRow| time_of_day(row.entry.starts_ms, &seen.tenant.time_zone);
    let more = i64::try_from(within.len().saturating_sub(DAY_ROWS)).unwrap_or(0);
    let path = format!("/t/{}/events", seen.tenant.tenant);
    let all = address(&path, &[("view", "coming"), ("day", &day.to_string())]);
    Day {
        number: day.day().to_string(),
        name: day.strftime("%A %-d %B").to_string(),
        today: day == today(seen.now_ms, zone),
        events: shown.map(|row| (at(row), line(row, seen))).collect(),
        more: (more > 0).then_some((more, all)),
    }
}

/// The page of the event that a fact is about; none where it is about none, or nothing can be read of the tenant.
pub(super) async fn link_of(shared: &Shared, tenant: &TenantId, fact: Option<&Fact>) -> Option<String> {
    let keys = shared.keys.of(&shared.store, tenant).await.ok()?.tenant_keys();
    entry_of(&keys, fact?).map(|id| format!("/t/{tenant}/events/{id}"))
}

/// The page of a meeting that Zoom made.
pub(super) async fn link_of_made(shared: &Shared, tenant: &TenantId, made: &CreatedMeeting) -> Option<String> {
    let keys = shared.keys.of(&shared.store, tenant).await.ok()?.tenant_keys();
    let series = meeting::definition(&keys, &made.account, made.number.0).0;
    Some(format!("/t/{tenant}/events/{series}"))
}

/// The entry of a run, or the series: its page leads to the date.
fn entry_of(keys: &TenantKeys, fact: &Fact) -> Option<String> {
    let run = |of: &Gathering, uuid: &str| Some(meeting::run_of(keys, &of.account, of.kind, uuid).0);
    let series = |of: &Gathering| Some(meeting::definition(keys, &of.account, of.number.0).0);
    match fact {
        Fact::Run(state) => run(&state.gathering, &state.uuid),
        Fact::Presence(state) => run(&state.gathering, &state.uuid),
        Fact::Attendance(state) => run(&state.gathering, &state.uuid),
        Fact::Stranger(state) => run(&state.gathering, &state.uuid),
        Fact::Recording(state) => run(&state.gathering, &state.uuid),
        Fact::Definition(state) => series(&state.gathering),
        Fact::Registration(state) => series(&state.gathering),
        Fact::Scheduling(state) => {
            state.created.as_ref().map(|made| meeting::definition(keys, &made.account, made.number.0).0)
        }
        Fact::Awaiting(_)
        | Fact::Remembered(_)
        | Fact::Deauthorization { .. }
        | Fact::Adding(_)
        | Fact::Addition(_)
        | Fact::Fetching(_)
        | Fact::Trial(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_behind_which_entry_a_page_begins() {
        assert_eq!(cursor("1786704800000.abc-7"), Some((1_786_704_800_000, "abc-7".to_owned())));
        assert_eq!((cursor(""), cursor("x.y"), cursor("12")), (None, None, None));
    }

    #[test]
    fn a_month_is_the_one_that_is_named_or_this_one() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let now_ms = 1_786_704_800_000;
        assert_eq!(month_of("2026-02", now_ms, &zone).to_string(), "2026-02-01");
        for text in ["", "2026-13", "x"] {
            assert_eq!(month_of(text, now_ms, &zone).to_string(), "2026-08-01", "{text}");
        }
        assert_eq!(start_of(month_of("2026-02", now_ms, &zone), &zone), 1_769_884_200_000, "midnight in Kolkata");
    }
}
