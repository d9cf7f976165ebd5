//! A sales user's own list: the meetings whose appointment is theirs, and nobody else's. Who that is follows from the session, never
//! from the address.

use super::super::frame::{Frame, Place};
use super::super::own_meetings::{OwnLine, OwnMeetings};
use super::super::part::{Pill, Tone, WebLink};
use super::events::{self, Seen, cursor};
use super::scheduler::Scheduler;
use super::{Page, address, facts, scheduled, show, tenant_of, words};
use crate::app::Shared;
use crate::intake::commands::SCHEDULE_MEETING;
use crate::store::StoreError;
use crate::store::calendar_list::Direction;
use crate::store::scheduled::{self as stored, OwnMeeting, Unmade};
use axum::extract::{Path, Query, State};
use connector_core::calendar::Stage;
use connector_core::delivery::State as Stands;
use connector_core::fact::TenantKeys;
use connector_core::fact::agreed::{Says, Side, Standing};
use connector_core::fact::scheduling::ScheduleMeeting;
use connector_core::ids::{Email, TenantId};
use connector_core::translate::handles;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Meetings to come, and meetings that were, of one page.
const ROWS: usize = 25;
/// Wishes that are looked through for those of which Zoom made nothing.
const UNMADE_ROWS: i64 = 50;
/// What Zoom did not make is listed until so long after its start, in milliseconds.
const UNMADE_MS: i64 = 7 * 24 * 60 * 60_000;
/// An answer of Zoom is translated within this time, in milliseconds.
const TRANSLATED_MS: i64 = 15 * 60_000;
/// What stands for a number that is not known.
const NOT_KNOWN: &str = "–";

/// Behind which entry the page begins: of those to come, or of those that were.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    after: String,
    before: String,
}

/// What is read for a page.
#[derive(Default)]
struct Read {
    unmade: Vec<Unmade>,
    coming: (Vec<OwnMeeting>, Option<(i64, String)>),
    past: (Vec<OwnMeeting>, Option<(i64, String)>),
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Scheduler,
    Path(tenant): Path<String>,
    Query(query): Query<ListQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let seen = Seen { tenant: &tenant, now_ms: shared.clock.now_ms(), sight: who.sight(&tenant.tenant) };
    let read = match Email::parse(who.actor()) {
        Some(own) => read(&shared, &tenant.tenant, own, (&query, seen.now_ms)).await?,
        None => Read::default(),
    };
    let path = format!("/t/{}/own-meetings", tenant.tenant);
    let beyond = |name: &str, next: Option<&(i64, String)>| {
        next.map(|(at_ms, id)| address(&path, &[(name, &format!("{at_ms}.{id}"))]))
    };
    let lines = |meetings: &[OwnMeeting]| meetings.iter().map(|meeting| made(meeting, seen)).collect();
    Ok(show(&OwnMeetings {
        frame: Frame { place: Place::OwnMeetings, ..who.frame(&shared, "Your meetings", &tenant).await? },
        unmade: read.unmade.iter().map(|wish| unmade(wish, seen)).collect(),
        coming: lines(&read.coming.0),
        past: lines(&read.past.0),
        later: beyond("after", read.coming.1.as_ref()),
        older: beyond("before", read.past.1.as_ref()),
        first: (!query.after.is_empty() || !query.before.is_empty()).then_some(path),
    }))
}

/// What is the person's own, and only that: by its handle, and once more by the owner of each appointment.
async fn read(
    shared: &Shared,
    tenant: &TenantId,
    own: Email,
    (query, now_ms): (&ListQuery, i64),
) -> Result<Read, StoreError> {
    let Ok(key) = shared.keys.of(&shared.store, tenant).await else { return Ok(Read::default()) };
    let (keys, id): (TenantKeys, TenantId) = (key.tenant_keys(), tenant.clone());
    let (wishes, meetings) = (handles::by_scheduler(&keys, &own), handles::by_scheduler_made(&keys, &own));
    let (after, before) = (cursor(&query.after), cursor(&query.before));
    let mut read = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let (whose, mut read) = ((&id, &meetings), Read::default());
                if before.is_none() {
                    let way = (Direction::Onward, now_ms);
                    read.coming = stored::own(unit, whose, way, after.as_ref(), ROWS).await?;
                }
                if after.is_none() {
                    read.past = stored::own(unit, whose, (Direction::Back, now_ms), before.as_ref(), ROWS).await?;
                }
                if before.is_none() && after.is_none() {
                    let event = (SCHEDULE_MEETING, now_ms - TRANSLATED_MS);
                    read.unmade = stored::own_unmade(unit, (&id, &wishes), event, UNMADE_ROWS).await?;
                }
                Ok(read)
            })
        })
        .await?;
    let is_own = |wanted: &ScheduleMeeting| wanted.owner_email.as_ref() == Some(&own) && wanted.appointment.is_none();
    for list in [&mut read.coming.0, &mut read.past.0] {
        list.retain(|meeting| is_own(&meeting.wish.wanted));
    }
    let mut known = BTreeSet::new();
    read.unmade.retain(|(wanted, _)| {
        is_own(wanted) && wanted.start_ms > now_ms - UNMADE_MS && known.insert(wanted.operation.clone())
    });
    Ok(read)
}

/// A wish of which Zoom made nothing so far.
fn unmade((wanted, delivery): &Unmade, seen: Seen<'_>) -> OwnLine {
    let parked = delivery.as_ref().is_some_and(|row| Stands::parse(&row.state) == Some(Stands::Parked));
    OwnLine {
        state: if parked { Pill::new(Tone::Bad, "Failed") } else { Pill::new(Tone::Wait, "Waiting") },
        detail: delivery.as_ref().map(|row| words::reason(row.code.as_deref(), None)).unwrap_or_default(),
        when: scheduled::when(wanted, &seen.tenant.time_zone),
        ..line(wanted, seen)
    }
}

/// A date or a run of a meeting that Zoom made.
fn made(meeting: &OwnMeeting, seen: Seen<'_>) -> OwnLine {
    let (entry, plan, mut wanted) = (&meeting.row.entry, &meeting.agreed.plan, meeting.wish.wanted.clone());
    let planned = matches!(entry.stage, Stage::Planned | Stage::Cancelled);
    let series = wanted.options.repeat.take().is_some();
    wanted.topic.clone_from(&plan.topic);
    // A meeting that was just moved is shown where it is agreed to be; of a series every date stands for itself.
    wanted.start_ms = if planned && !series { plan.start_ms } else { entry.starts_ms };
    wanted.duration_min = if series { entry.minutes.unwrap_or(plan.minutes) } else { plan.minutes };
    let cancelled = plan.standing == Standing::Cancelled || entry.stage == Stage::Cancelled;
    let ends_ms = wanted.start_ms.saturating_add(wanted.duration_min.saturating_mul(60_000));
    let open = (planned && ends_ms > seen.now_ms || meeting.row.entry.is_under_way(seen.now_ms)) && !cancelled;
    let join = meeting.wish.created.as_ref().and_then(|created| created.join_url.as_deref());
    let numbers = events::line(&meeting.row, seen);
    OwnLine {
        state: state(meeting, ends_ms, seen.now_ms),
        when: scheduled::when(&wanted, &seen.tenant.time_zone),
        registered: numbers.registered,
        came: numbers.came,
        join: join.and_then(WebLink::parse).filter(|_| open),
        change: planned && open && !seen.sight.is_masked(),
        ..line(&wanted, seen)
    }
}

/// Where it stands: what was held was, whatever is agreed of it since.
fn state(meeting: &OwnMeeting, ends_ms: i64, now_ms: i64) -> Pill {
    let agreed = &meeting.agreed;
    match meeting.row.entry.stage {
        Stage::Run | Stage::Rehearsal if meeting.row.entry.is_under_way(now_ms) => Pill::new(Tone::Busy, "Under way"),
        Stage::Run | Stage::Rehearsal => Pill::new(Tone::Good, "Held"),
        Stage::Planned if agreed.plan.standing == Standing::Cancelled && agreed.says(Side::Zoom) == Says::NotYet => {
            Pill::new(Tone::Wait, "Being cancelled")
        }
        Stage::Planned if agreed.plan.standing == Standing::Cancelled => Pill::new(Tone::Quiet, "Cancelled"),
        Stage::Cancelled => Pill::new(Tone::Quiet, "Cancelled"),
        Stage::Planned if ends_ms > now_ms => Pill::new(Tone::Busy, "Planned"),
        Stage::Planned => Pill::new(Tone::Quiet, "Not held"),
    }
}

/// What every line says of a wish.
fn line(wanted: &ScheduleMeeting, seen: Seen<'_>) -> OwnLine {
    OwnLine {
        topic: seen.sight.text(&wanted.topic),
        link: format!("/t/{}/schedule/{}", seen.tenant.tenant, wanted.operation),
        lead: seen.sight.person(&wanted.leads().map(facts::person).collect::<Vec<_>>().join(", ")),
        when: String::new(),
        state: Pill::new(Tone::Wait, "Waiting"),
        detail: String::new(),
        registered: NOT_KNOWN.to_owned(),
        came: NOT_KNOWN.to_owned(),
        join: None,
        change: false,
    }
}
