//! People whom Zoom does not name: the queue, the same as a table, and deciding. A decision goes to the journal; the page that
//! follows goes on with the next one.

use super::super::frame::Place;
use super::super::list::Total;
use super::super::part::{Moment, Pill, Tone};
use super::super::people::{JustDecided, MayBe, People, Stranger};
use super::list::{Asked, Found, Table, answer, loaded, wanted};
use super::session::Admin;
use super::{Failure, Fields, Page, address, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::intake::commands;
use crate::problem::Problem;
use crate::store::stranger::{self, Listed, Which};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, fact, journal_list};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::fact::stranger::{Is, StrangerState, safe_name};
use connector_core::fact::suggestion::{Decided, Hints, Suggestion, suggest};
use connector_core::fact::{Alias, PresenceState, State as Fact};
use connector_core::ids::{Email, Kind, TenantId};
use connector_core::redact::mask::Sight;
use connector_core::translate::Wish;
use connector_core::translate::stranger::Decide;
use serde::Deserialize;

/// People of each kind in a table.
const TABLE_PEOPLE_MAX: i64 = 5_000;
/// People of each kind on the page.
const PEOPLE_MAX: i64 = 50;
const MINUTE_MS: i64 = 60_000;

/// Where in the queue somebody is.
#[derive(Deserialize)]
pub(super) struct QueueQuery {
    done: Option<String>,
    /// The place of the one who is next.
    at: Option<usize>,
    /// Whom the last decision was about.
    #[serde(default)]
    last: String,
}

/// What the page is made of.
#[derive(Default)]
struct Known {
    waiting: Listed,
    known: Listed,
    total: i64,
    last: Option<StrangerState>,
}

async fn read(unit: &mut Unit, tenant: &TenantId, last: &str) -> Result<Known, StoreError> {
    let mut waiting = stranger::listed(unit, tenant, Which::Waiting, PEOPLE_MAX).await?;
    // Decisions are on their way through the journal for some milliseconds: nobody is asked twice meanwhile.
    let bodies = journal_list::pending_of(unit, tenant, commands::DECIDE).await?;
    let on_their_way: Vec<Alias> = bodies
        .iter()
        .filter_map(|body| match serde_json::from_slice(body) {
            Ok(Wish::Decide(Decide { stranger, is: Some(_) })) => Some(stranger),
            _ => None,
        })
        .collect();
    let all = waiting.rows.len();
    waiting.rows.retain(|(id, ..)| !on_their_way.contains(id));
    let decided = i64::try_from(all - waiting.rows.len()).unwrap_or(0);
    let last = match fact::get(unit, tenant, last).await? {
        Some(Fact::Stranger(state)) => Some(state),
        Some(_) | None => None,
    };
    Ok(Known {
        known: stranger::listed(unit, tenant, Which::Known, PEOPLE_MAX).await?,
        total: stranger::waiting(unit, tenant).await? - decided,
        waiting,
        last,
    })
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow, query: &QueueQuery) -> Result<People, Failure> {
    let (id, last) = (tenant.tenant.clone(), wanted(&query.last));
    let reading = shared.store.read(move |unit| Box::pin(async move { read(unit, &id, &last).await }));
    let (known, is_loaded) = loaded(reading.await);
    let (now_ms, sight) = (shared.clock.now_ms(), who.sight(&tenant.tenant));
    let decided: Vec<Decided> = known.known.rows.iter().filter_map(|(_, state, _)| Decided::of(state)).collect();
    let lines = |listed: &Listed| -> Vec<Stranger> {
        let of = |(id, state, stays): &(Alias, StrangerState, Vec<PresenceState>)| {
            let registered = listed.registered.get(&state.series);
            let may_be =
                if state.waits() { suggest(state, Hints { registered, decided: &decided }) } else { Vec::new() };
            let whole = Stranger {
                may_be: may_be.into_iter().zip(1..).map(|(one, key)| choice(one, key)).collect(),
                follow: follow(tenant, state),
                ..line((id, state, stays), now_ms, &tenant.time_zone)
            };
            masked(sight, whole)
        };
        listed.rows.iter().map(of).collect()
    };
    let mut waiting = lines(&known.waiting);
    let at = query.at.unwrap_or(0).min(waiting.len().saturating_sub(1));
    if let Some(next) = waiting.get_mut(at).filter(|_| query.at.is_some()) {
        next.is_next = true;
    }
    let path = format!("/t/{}/people", tenant.tenant);
    let asked = Asked { path: &path, filters: &[], cursor: "before", before: "", order: None };
    let list = asked.list(Found {
        noun: "people wait for a decision",
        total: Total::Exactly(known.total),
        rows: is_loaded.then_some(waiting.len() + known.known.rows.len()),
        next: None,
    });
    let last = known.last.map(|state| JustDecided {
        id: query.last.clone(),
        name: sight.person(&state.name.unwrap_or_else(|| "Without a name".to_owned())),
    });
    Ok(People {
        frame: frame(shared, who, ("People", Place::People), Some(tenant)).await?,
        refusal: None,
        list,
        last,
        at,
        waiting,
        known: lines(&known.known),
    })
}

fn choice(one: Suggestion, key: usize) -> MayBe {
    let sure = match one.score {
        80.. => Pill::new(Tone::Good, "Likely"),
        60..80 => Pill::new(Tone::Wait, "Perhaps"),
        ..60 => Pill::new(Tone::Quiet, "Possible"),
    };
    MayBe { key, email: one.email.as_str().to_owned(), sure, why: one.why }
}

/// Where everything about somebody's name stands.
fn follow(tenant: &TenantRow, state: &StrangerState) -> String {
    let name = state.name.as_deref().unwrap_or_default();
    if name.is_empty() { String::new() } else { address(&format!("/t/{}/follow", tenant.tenant), &[("q", name)]) }
}

fn line((id, state, stays): (&Alias, &StrangerState, &[PresenceState]), now_ms: i64, zone: &str) -> Stranger {
    let holds = match (&state.zoom_user, state.name.as_deref().and_then(safe_name)) {
        (Some(_), _) => "Signed in to Zoom: what you decide holds wherever this Zoom user comes without an address.",
        (None, Some(_)) => match state.gathering.kind {
            Kind::Webinar => "What you decide holds for this name in all runs of this webinar.",
            Kind::Meeting => "What you decide holds for this name whenever this meeting is held.",
        },
        (None, None) => "What you decide holds for this once: the name does not say enough.",
    };
    let is = match (&state.decided, state.named) {
        (_, true) => Some("Zoom named the person after all".to_owned()),
        (Some(Is::Person(email)), false) => Some(format!("is {}", email.as_str())),
        (Some(Is::Nobody), false) => Some("is nobody to write about".to_owned()),
        (None, false) => None,
    };
    Stranger {
        id: id.0.clone(),
        name: state.name.clone().unwrap_or_else(|| "Without a name".to_owned()),
        topic: state
            .gathering
            .topic
            .clone()
            .unwrap_or_else(|| format!("{} {}", state.gathering.kind.title(), state.gathering.number)),
        came: stays.iter().find_map(|stay| stay.join_ms).map(|at_ms| Moment::new(at_ms, now_ms, zone)),
        stays: stays.iter().map(stay_in_words).collect(),
        holds: holds.to_owned(),
        may_be: Vec::new(),
        is,
        can_undo: state.decided.is_some() && !state.named,
        follow: String::new(),
        is_next: false,
    }
}

/// Somebody as they are shown. Nobody decides by an address that is masked, so none is offered.
fn masked(sight: Sight, person: Stranger) -> Stranger {
    match sight {
        Sight::Whole => person,
        Sight::Masked => Stranger {
            name: sight.person(&person.name),
            topic: sight.text(&person.topic),
            is: person.is.as_deref().map(|is| sight.text(is)),
            may_be: Vec::new(),
            follow: String::new(),
            ..person
        },
    }
}

fn stay_in_words(stay: &PresenceState) -> String {
    match stay.join_ms.zip(stay.leave_ms) {
        Some((joined_ms, left_ms)) => format!("Stayed for {} minutes.", ((left_ms - joined_ms) / MINUTE_MS).max(0)),
        None => "Nobody told how long.".to_owned(),
    }
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<QueueQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant, &query).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    let empty = page.list.empty;
    Ok(answer(show(&page), empty))
}

/// Everybody who waits or is known, as a table.
pub(super) async fn table(State(shared): State<Shared>, who: Admin, Path(tenant): Path<String>) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let sight = who.sight(&tenant.tenant);
    let id = tenant.tenant.clone();
    let reading = shared.store.read(move |unit| {
        Box::pin(async move {
            let mut rows = stranger::list(unit, &id, Which::Waiting, TABLE_PEOPLE_MAX).await?;
            rows.extend(stranger::list(unit, &id, Which::Known, TABLE_PEOPLE_MAX).await?);
            Ok(rows)
        })
    });
    let mut table = Table::new(&["name", "where", "start", "stays", "is"]);
    let now_ms = shared.clock.now_ms();
    for (id, state) in reading.await? {
        let line = masked(sight, line((&id, &state, &[]), now_ms, &tenant.time_zone));
        let start = state.gathering.start_ms.map(|at_ms| Moment::new(at_ms, now_ms, &tenant.time_zone).iso);
        let (stays, start) = (state.stays.len().to_string(), start.unwrap_or_default());
        table.push(&[&line.name, &line.topic, &start, &stays, line.is.as_deref().unwrap_or("waits for a decision")]);
    }
    Ok(table.answer("people"))
}

/// The form of a decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionForm {
    #[serde(default)]
    form_token: String,
    choice: Choice,
    #[serde(default)]
    email: String,
    /// The place in the queue.
    at: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Email,
    Nobody,
    Undo,
}

pub(super) async fn decide(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<DecisionForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (owned, wanted) = (tenant.tenant.clone(), id.clone());
    let found = shared.store.read(move |unit| Box::pin(async move { fact::get(unit, &owned, &wanted).await })).await?;
    if !matches!(found, Some(Fact::Stranger(_))) {
        return Err(Problem::not_found("person").into());
    }
    let is = match form.choice {
        Choice::Nobody => Some(Is::Nobody),
        Choice::Undo => None,
        Choice::Email => match Email::parse(&form.email) {
            Some(email) => Some(Is::Person(email)),
            None => {
                let query = QueueQuery { done: None, at: form.at, last: String::new() };
                let mut page = view(&shared, &who, &tenant, &query).await?;
                page.refusal = Some("This is not an e-mail address.".to_owned());
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
            }
        },
    };
    let last = if is.is_some() { id.clone() } else { String::new() };
    let decide = Decide { stranger: Alias(id), is };
    commands::decide(&shared, &tenant.tenant, decide, who.actor())
        .await
        .map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", error.to_string()))?;
    let at = form.at.unwrap_or(0).to_string();
    let query = [("done", "decided"), ("at", at.as_str()), ("last", &last)];
    Ok(see(&address(&format!("/t/{}/people", tenant.tenant), &query)))
}
