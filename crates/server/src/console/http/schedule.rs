//! Scheduling a Zoom meeting for a lead, and the page that follows the wish until Zoom and LeadSquared have it.

use super::super::frame::Place;
use super::super::part::{Pill, Tone, WebLink};
use super::super::schedule::{Field, Schedule, Scheduled, StepLine};
use super::session::Operator;
use super::{Failure, Fields, Page, facts, frame, see, show, tenant_of, words};
use crate::app::Shared;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::delivery_list::ListedDelivery;
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, delivery_list, fact, journal_list};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::delivery::State as Stands;
use connector_core::fact::State as Fact;
use connector_core::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use connector_core::ids::TenantId;
use connector_core::schedule_request::{Field as Named, ScheduleRequest, WishId, Wrong};
use connector_core::translate::Wish;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// Minutes of a meeting unless somebody says otherwise.
const MINUTES_DEFAULT: i64 = 30;
/// Zones offered at the most.
const ZONES_MAX: usize = 600;
/// Continents and oceans whose zones are offered.
const ZONE_AREAS: [&str; 9] =
    ["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC"];

pub(super) async fn form(State(shared): State<Shared>, who: Operator, Path(tenant): Path<String>) -> Page {
    let tenant = tenant_of(&shared, &tenant).await?;
    let request = ScheduleRequest {
        start: next_hour(shared.clock.now_ms(), &tenant.time_zone),
        zone: tenant.time_zone.clone(),
        minutes: Some(MINUTES_DEFAULT),
        ..ScheduleRequest::default()
    };
    Ok(show(&view(&shared, &who, &tenant, (&request, &[]), crate::dice::token()).await?))
}

/// The next full hour that is at least an hour away, as the form's field takes it.
fn next_hour(now_ms: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = |at: Timestamp| zone.to_datetime(at).strftime("%Y-%m-%dT%H:00").to_string();
    Timestamp::from_millisecond(now_ms)
        .ok()
        .and_then(|now| now.checked_add(2.hours()).ok())
        .map(local)
        .unwrap_or_default()
}

fn zones() -> Vec<String> {
    let known = jiff::tz::db().available();
    let offered =
        known.map(|name| name.as_str().to_owned()).filter(|name| ZONE_AREAS.iter().any(|area| name.starts_with(area)));
    offered.take(ZONES_MAX).collect()
}

/// The form, as it was filled and with what to mend.
async fn view(
    shared: &Shared,
    who: &Operator,
    tenant: &TenantRow,
    (request, wrong): (&ScheduleRequest, &[Wrong]),
    wish: String,
) -> Result<Schedule, Failure> {
    let field = |named: Named, value: &str| Field {
        value: value.to_owned(),
        refusal: wrong
            .iter()
            .find(|wrong| wrong.field == named)
            .map(|wrong| wrong.sentence.clone())
            .unwrap_or_default(),
    };
    let minutes = request.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    Ok(Schedule {
        frame: frame(shared, who, ("Schedule", Place::Schedule), Some(tenant)).await?,
        blocked: commands::blocked(shared, &tenant.tenant).await?.map(str::to_owned),
        refusal: (!wrong.is_empty()).then(|| "Please correct what is marked below; nothing was sent.".to_owned()),
        lead: field(Named::Lead, &request.lead),
        topic: field(Named::Topic, &request.topic),
        start: field(Named::Start, &request.start),
        zone: field(Named::Zone, &request.zone),
        zones: zones(),
        minutes: field(Named::Minutes, &minutes),
        host: field(Named::Host, &request.host),
        agenda: field(Named::Agenda, &request.agenda),
        wish,
    })
}

/// The form of a meeting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetingForm {
    #[serde(default)]
    form_token: String,
    wish: String,
    lead: String,
    topic: String,
    start: String,
    zone: String,
    minutes: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    agenda: String,
}

pub(super) async fn send(
    State(shared): State<Shared>,
    who: Operator,
    Path(tenant): Path<String>,
    Fields(form): Fields<MeetingForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &tenant).await?;
    let wish = WishId::parse(&form.wish).map_err(|error| Problem::bad_request(error.to_string()))?;
    let request = ScheduleRequest {
        lead: form.lead,
        topic: form.topic,
        start: form.start,
        zone: form.zone,
        minutes: form.minutes.trim().parse().ok(),
        host: form.host,
        agenda: form.agenda,
        owner_email: String::new(),
    };
    let (status, wrong, refusal) =
        match commands::schedule_meeting(&shared, &tenant.tenant, &request, &wish, who.actor()).await {
            Ok(()) => return Ok(see(&format!("/t/{}/schedule/{}", tenant.tenant, wish.as_str()))),
            Err(NotScheduled::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, wrong, None),
            Err(NotScheduled::NotConnected(_)) => (StatusCode::CONFLICT, Vec::new(), None),
            Err(error @ (NotScheduled::NotKept(_) | NotScheduled::Store(_))) => {
                tracing::error!(tenant = %tenant.tenant, %error, "a wish for a meeting was not kept");
                (StatusCode::SERVICE_UNAVAILABLE, Vec::new(), Some(error.to_string()))
            }
        };
    let mut page = view(&shared, &who, &tenant, (&request, &wrong), form.wish).await?;
    page.refusal = page.refusal.or(refusal);
    Ok((status, show(&page)).into_response())
}

/// What is known of a wish.
struct Followed {
    wanted: ScheduleMeeting,
    created: Option<CreatedMeeting>,
    deliveries: Vec<ListedDelivery>,
}

async fn read(unit: &mut Unit, tenant: &TenantId, key: &str) -> Result<Option<Followed>, StoreError> {
    let Some(row) = journal_list::by_key(unit, tenant, key).await? else { return Ok(None) };
    let Ok(Wish::ScheduleMeeting(wanted)) = serde_json::from_slice(&row.body) else { return Ok(None) };
    let Some(id) = row.fact else { return Ok(Some(Followed { wanted, created: None, deliveries: Vec::new() })) };
    let created = match fact::get(unit, tenant, &id).await? {
        Some(Fact::Scheduling(scheduling)) => scheduling.created,
        _ => None,
    };
    let deliveries = delivery_list::of_fact(unit, tenant, &id).await?;
    Ok(Some(Followed { wanted, created, deliveries }))
}

pub(super) async fn follow(
    State(shared): State<Shared>,
    who: Operator,
    Path((tenant, wish)): Path<(String, String)>,
) -> Page {
    let tenant = tenant_of(&shared, &tenant).await?;
    let missing = || Problem::not_found("meeting");
    let key = WishId::parse(&wish).map_err(|_| missing())?.journal_key();
    let owned = tenant.tenant.clone();
    let found = shared.store.read(move |unit| Box::pin(async move { read(unit, &owned, &key).await })).await?;
    let followed = found.ok_or_else(missing)?;
    let (steps, done) = steps(&followed.deliveries, tenant.tenant.as_str());
    let join_url = followed.created.and_then(|created| created.join_url);
    Ok(show(&Scheduled {
        frame: frame(&shared, &who, (&followed.wanted.topic, Place::Schedule), Some(&tenant)).await?,
        lead: facts::person(&followed.wanted.person),
        when: when(&followed.wanted),
        done,
        steps,
        join_url: join_url.as_deref().and_then(WebLink::parse),
        topic: followed.wanted.topic,
    }))
}

fn when(wanted: &ScheduleMeeting) -> String {
    let zone = TimeZone::get(&wanted.timezone).unwrap_or(TimeZone::UTC);
    let start = Timestamp::from_millisecond(wanted.start_ms).map(|at| at.to_zoned_datetime(zone)).ok();
    let start = start.map(|start| start.strftime("%-d %B %Y, %H:%M %Z").to_string()).unwrap_or_default();
    format!("{start}, {} minutes", wanted.duration_min)
}

/// The steps of every wish in their order: kind of delivery, and what it does in words.
const STEPS: [(&str, &str); 4] = [
    ("create_meeting", "The meeting is made in Zoom"),
    ("lead", "The lead is found or made"),
    ("activity", "The lead gets the activity"),
    ("task", "The sales user gets the appointment"),
];

/// The steps with their states, and whether nothing more will happen by itself.
fn steps(deliveries: &[ListedDelivery], tenant: &str) -> (Vec<StepLine>, bool) {
    let of = |kind: &str| deliveries.iter().find(|row| row.kind == kind);
    let lines = STEPS.iter().filter_map(|(kind, what)| match of(kind) {
        Some(row) => Some(step(what, row, tenant)),
        // A lead that LeadSquared itself named needs no step.
        None if *kind == "lead" => None,
        None => Some(StepLine {
            what: (*what).to_owned(),
            state: Pill::new(Tone::Wait, "Waiting"),
            detail: String::new(),
            link: None,
        }),
    });
    let stands = |kind: &str| of(kind).and_then(|row| Stands::parse(&row.state));
    let done = match stands("create_meeting") {
        Some(Stands::Delivered) => {
            let planned = ["activity", "task"].iter().all(|kind| of(kind).is_some());
            planned && deliveries.iter().all(|row| Stands::parse(&row.state).is_some_and(Stands::is_final))
        }
        Some(stands) => stands.is_final(),
        None => false,
    };
    (lines.collect(), done)
}

fn step(what: &str, row: &ListedDelivery, tenant: &str) -> StepLine {
    let done = row.state == "delivered";
    StepLine {
        what: what.to_owned(),
        state: if done { Pill::new(Tone::Good, "Done") } else { words::state(&row.state) },
        detail: match (&row.result, done && row.kind == "create_meeting") {
            (Some(number), true) => format!("Zoom meeting {number}"),
            (Some(_) | None, _) if done => String::new(),
            (Some(_) | None, _) => words::reason(row.code.as_deref(), None),
        },
        link: Some(format!("/t/{tenant}/deliveries/{}", row.id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, state: &str) -> ListedDelivery {
        ListedDelivery {
            tenant: TenantId::parse("acme").unwrap(),
            key: kind.to_owned(),
            id: format!("id-{kind}"),
            fact: "f".to_owned(),
            destination: String::new(),
            kind: kind.to_owned(),
            who: String::new(),
            what: String::new(),
            command: String::new(),
            settings_version: 1,
            state: state.to_owned(),
            code: None,
            detail: None,
            next_at_ms: 0,
            tries: 0,
            result: None,
            proof: None,
            planned_ms: 0,
            updated_ms: 0,
        }
    }

    #[track_caller]
    fn check(rows: &[(&str, &str)], shown: usize, done: bool) {
        let rows: Vec<ListedDelivery> = rows.iter().map(|(kind, state)| row(kind, state)).collect();
        let (lines, over) = steps(&rows, "acme");
        assert_eq!((lines.len(), over), (shown, done));
    }

    #[test]
    fn a_wish_is_followed_until_nothing_more_happens_by_itself() {
        check(&[], 3, false);
        check(&[("create_meeting", "sending")], 3, false);
        check(&[("create_meeting", "parked")], 3, true);
        check(&[("create_meeting", "delivered")], 3, false);
        check(&[("create_meeting", "delivered"), ("activity", "delivered")], 3, false);
        let all = |state| {
            [("create_meeting", "delivered"), ("lead", "delivered"), ("activity", "delivered"), ("task", state)]
        };
        check(&all("ready"), 4, false);
        check(&all("delivered"), 4, true);
        check(&all("parked"), 4, true);
    }

    #[test]
    fn the_form_begins_at_a_full_hour_of_the_tenants_own_zone() {
        assert_eq!(next_hour(1_786_704_800_000, "Asia/Kolkata"), "2026-08-14T18:00");
        assert_eq!(next_hour(1_786_704_800_000, "No/Where"), "2026-08-14T12:00");
    }

    #[test]
    fn the_zones_of_the_world_are_offered() {
        let zones = zones();
        assert!(zones.iter().any(|zone| zone == "Asia/Kolkata") && zones.len() > 300);
    }
}
