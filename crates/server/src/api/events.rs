//! Meetings and webinars: listed by time, and each with its people.

use super::view::time;
use super::{Answer, Asked, Key, Limit, Listed, Page, Path, rows_wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::calendar_list::{self, CalendarRow, Direction, Filter};
use crate::store::guests::{self, Asked as People, Guests};
use crate::store::settings;
use axum::Json;
use axum::extract::State;
use connector_core::calendar::people::Guest;
use connector_core::ids::Kind;
use serde::{Deserialize, Serialize};

/// Of a page that was not named by the one before it.
const NOT_NEXT: &str = "`after` is what `next` was on the page before.";

/// A date that is planned, or a run.
#[derive(Debug, Serialize)]
pub struct EventView {
    /// Names it in addresses.
    pub id: String,
    /// `planned`, `cancelled`, `run` or `rehearsal`.
    pub stage: &'static str,
    /// `meeting` or `webinar`.
    pub kind: &'static str,
    /// Its number in Zoom.
    pub number: u64,
    /// The topic; empty while nobody told it.
    pub topic: String,
    /// The host's address; empty while nobody told it.
    pub host: String,
    /// When it is planned, or began.
    pub starts: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// When its numbers were counted; without it they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<String>,
    /// Who registered and may join.
    pub registered: i64,
    /// Who came.
    pub came: i64,
    /// Who registered and did not come.
    pub no_show: i64,
    /// Who came and is not named by Zoom.
    pub unnamed: i64,
    /// Who came as Zoom's report says, where that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoom: Option<i64>,
    /// Of those who came, who stands in LeadSquared.
    pub written: i64,
    /// Of those who came, about whom something still waits.
    pub waiting: i64,
    /// Of those who came, about whom something waits for a person.
    pub failed: i64,
}

impl From<&CalendarRow> for EventView {
    fn from(row: &CalendarRow) -> Self {
        let (entry, numbers) = (&row.entry, &row.numbers);
        Self {
            id: entry.id.clone(),
            stage: entry.stage.as_str(),
            kind: entry.kind.as_str(),
            number: entry.number.0,
            topic: entry.topic.clone(),
            host: entry.host.clone(),
            starts: time(entry.starts_ms),
            ended: entry.ended_ms.map(time),
            counted: row.counted_ms.map(time),
            registered: numbers.registered,
            came: numbers.came,
            no_show: numbers.no_show,
            unnamed: numbers.unnamed,
            zoom: numbers.zoom(),
            written: numbers.written,
            waiting: numbers.waiting,
            failed: numbers.failed,
        }
    }
}

/// Somebody in an event.
#[derive(Debug, Serialize)]
pub struct GuestView {
    /// The address; empty where Zoom does not tell it.
    pub email: String,
    /// The name; may be empty.
    pub name: String,
    /// How somebody stands, in words.
    pub stands: &'static str,
    /// The union of the stays, in seconds.
    pub stayed_s: i64,
    /// The stays; without an end while it lasts.
    pub stays: Vec<StayView>,
}

/// A stay.
#[derive(Debug, Serialize)]
pub struct StayView {
    /// Joined.
    pub from: String,
    /// Left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl From<&Guest> for GuestView {
    fn from(guest: &Guest) -> Self {
        let stay = |(from, to): &(i64, Option<i64>)| StayView { from: time(*from), to: to.map(time) };
        Self {
            email: guest.email.clone(),
            name: guest.name.clone(),
            stands: guest.role.words(),
            stayed_s: guest.stayed_ms / 1_000,
            stays: guest.stays.iter().map(stay).collect(),
        }
    }
}

/// An event with a page of its people.
#[derive(Debug, Serialize)]
pub struct EventDetail {
    /// The event.
    #[serde(flatten)]
    pub event: EventView,
    /// People: those whom Zoom does not name, then whoever came first first, then who registered.
    pub people: Vec<GuestView>,
    /// How many there are altogether, once they were counted with the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<i64>,
    /// Where the next page of people begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    when: Option<When>,
    kind: Option<Kind>,
    search: Option<String>,
    after: Option<String>,
    limit: Option<Limit>,
}

/// Which way from now.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    /// What is to come, the next first.
    #[default]
    Coming,
    /// What was, the latest first.
    Past,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Listed<EventView> {
    let (tenant, sight) = (key.tenant(&shared, &tenant).await?.tenant, key.sight());
    let rows_wanted = rows_wanted(wanted.limit);
    let after = wanted.after.as_deref().map(|text| {
        let cursor = text.split_once('.').and_then(|(at_ms, id)| Some((at_ms.parse().ok()?, id.to_owned())));
        cursor.ok_or_else(|| Problem::bad_request(NOT_NEXT))
    });
    let filter = Filter {
        direction: match wanted.when.unwrap_or_default() {
            When::Coming => Direction::Onward,
            When::Past => Direction::Back,
        },
        from_ms: shared.clock.now_ms(),
        kind: wanted.kind,
        text: wanted.search.unwrap_or_default(),
        sight,
        after: after.transpose()?,
        limit: rows_wanted + 1,
        ..Filter::default()
    };
    let read =
        shared.store.read(move |unit| Box::pin(async move { calendar_list::page(unit, &tenant, &filter).await }));
    let id = |row: &CalendarRow| format!("{}.{}", row.entry.starts_ms, row.entry.id);
    Ok(Page::of(&read.await?, rows_wanted, id, |row| EventView::from(row)))
}

/// Which people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPeople {
    after: Option<String>,
    limit: Option<Limit>,
}

pub(super) async fn show(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
    Asked(wanted): Asked<WantedPeople>,
) -> Answer<EventDetail> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let keys = shared.keys.of(&shared.store, &tenant).await.ok().map(|key| key.tenant_keys());
    let place = |text: &str| guests::Place::parse(text).ok_or_else(|| Problem::bad_request(NOT_NEXT));
    let after = wanted.after.as_deref().map(place).transpose()?;
    let most = usize::try_from(rows_wanted(wanted.limit)).unwrap_or(1);
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let Some(row) = calendar_list::get(unit, &tenant, &id).await? else { return Ok(None) };
            let threshold = settings::current(unit, &tenant).await?.settings.attendance.threshold;
            let asked = People { keys: keys.as_ref(), row: &row, threshold, search: "", most };
            let page = guests::page(unit, &asked, after).await?;
            Ok(Some((row, page)))
        })
    });
    let (row, Guests { guests, next, .. }) = read.await?.ok_or_else(|| Problem::not_found("event"))?;
    Ok(Json(EventDetail {
        event: EventView::from(&row),
        people: guests.iter().map(GuestView::from).collect(),
        known: row.counted_ms.map(|_| row.numbers.people),
        next: next.map(|place| place.text()),
    }))
}
