//! Scheduling a meeting, and following it. The wish goes through the same pipe as everything else; the door waits a few
//! seconds for Zoom's answer and else says "pending" (design § 5).

use super::view::{DeliveryView, time};
use super::{Answer, JsonBody, Key, Path};
use crate::app::Shared;
use crate::clock;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::{StoreError, Unit, scheduled};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::calendar_file;
use connector_core::code::sentence;
use connector_core::ids::TenantId;
use connector_core::schedule_request::local_time::Choice;
use connector_core::schedule_request::{RepeatWanted, ScheduleRequest, WishId, Wrong};
use connector_core::translate::meeting::agree;
use connector_core::zoom::options::{SignUp, WaitingRoom};
use serde::{Deserialize, Serialize};

/// How long the door waits for Zoom's answer, in milliseconds.
pub const WAIT_MS: i64 = 8_000;
/// How often it looks meanwhile, in milliseconds.
const LOOK_MS: i64 = 50;

/// A meeting to schedule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Names the wish: the same name twice is one meeting. Made up when absent.
    wish: Option<WishId>,
    lead: String,
    topic: String,
    start: String,
    zone: String,
    minutes: i64,
    #[serde(default)]
    host: String,
    #[serde(default)]
    agenda: String,
    #[serde(default)]
    owner_email: String,
    #[serde(default)]
    offset: String,
    #[serde(default)]
    guests: String,
    #[serde(default)]
    alternative_hosts: String,
    #[serde(default)]
    waiting_room: WaitingRoom,
    #[serde(default)]
    sign_up: SignUp,
    #[serde(default)]
    passcode: String,
    #[serde(default)]
    repeat: RepeatWanted,
    every: Option<i64>,
    times: Option<i64>,
    #[serde(default)]
    until: String,
}

/// What became of a scheduled meeting.
#[derive(Debug, Serialize)]
pub(super) struct Followed {
    wish: String,
    /// `pending`, `created` or `failed`.
    state: &'static str,
    /// Why it waits or failed, as a sentence; `docs/errors.md` has the repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When Zoom is asked again, if that is some time away.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_until: Option<String>,
    /// Zoom's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_number: Option<u64>,
    /// The link for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    join_url: Option<String>,
    /// Meeting, activity and appointment on their way.
    deliveries: Vec<DeliveryView>,
}

impl From<NotScheduled> for Problem {
    fn from(error: NotScheduled) -> Self {
        match &error {
            NotScheduled::Wrong(wrong) => {
                let choice = |choice: &Choice| format!("start {} with offset {}", choice.start, choice.offset);
                let sentence = |one: &Wrong| match one.choices.as_slice() {
                    [] => format!("{:?}: {}", one.field, one.sentence),
                    choices => {
                        let choices: Vec<String> = choices.iter().map(choice).collect();
                        format!("{:?}: {} Send {}.", one.field, one.sentence, choices.join(" or "))
                    }
                };
                let sentences: Vec<String> = wrong.iter().map(sentence).collect();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "request.fields", sentences.join(" "))
            }
            NotScheduled::NotConnected(_) => Self::new(StatusCode::CONFLICT, "zoom.not_connected", error.to_string()),
            NotScheduled::NotKept(_) | NotScheduled::Store(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", error.to_string())
            }
        }
    }
}

pub(super) async fn schedule(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let wish = key.wish(wanted.wish)?;
    let request = ScheduleRequest {
        lead: wanted.lead,
        topic: wanted.topic,
        start: wanted.start,
        zone: wanted.zone,
        minutes: Some(wanted.minutes),
        host: wanted.host,
        agenda: wanted.agenda,
        owner_email: wanted.owner_email,
        offset: wanted.offset,
        guests: wanted.guests,
        alternative_hosts: wanted.alternative_hosts,
        waiting_room: wanted.waiting_room,
        sign_up: wanted.sign_up,
        passcode: wanted.passcode,
        repeat: wanted.repeat,
        every: wanted.every,
        times: wanted.times,
        until: wanted.until,
    };
    commands::schedule_meeting(&shared, &tenant, &request, &wish, &key.actor()).await?;
    let since_ms = shared.clock.monotonic_ms();
    loop {
        let found = look(&shared, &tenant, &wish).await?;
        let followed = found.ok_or_else(|| Problem::not_found("wish"))?;
        if followed.state != "pending" {
            return Ok((StatusCode::CREATED, Json(followed)).into_response());
        }
        if shared.clock.monotonic_ms() - since_ms >= WAIT_MS {
            return Ok((StatusCode::ACCEPTED, Json(followed)).into_response());
        }
        clock::sleep_ms(LOOK_MS).await;
    }
}

pub(super) async fn follow(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, wish)): Path<(String, String)>,
) -> Answer<Followed> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let missing = || Problem::not_found("wish");
    let wish = WishId::parse(&wish).map_err(|_| missing())?;
    let found = look(&shared, &tenant, &wish).await?;
    found.map(Json).ok_or_else(missing)
}

async fn look(shared: &Shared, tenant: &TenantId, wish: &WishId) -> Result<Option<Followed>, StoreError> {
    let (tenant, wish) = (tenant.clone(), wish.clone());
    shared.store.read(move |unit| Box::pin(followed(unit, tenant, wish))).await
}

async fn followed(unit: &mut Unit, tenant: TenantId, wish: WishId) -> Result<Option<Followed>, StoreError> {
    Ok(scheduled::followed(unit, &tenant, &wish).await?.map(|known| view(&wish, known)))
}

fn view(wish: &WishId, known: scheduled::Followed) -> Followed {
    let creating = known.deliveries.iter().find(|one| one.kind == "create_meeting");
    let open = creating.filter(|one| one.state != "delivered");
    let code = open.and_then(|one| one.code.as_deref());
    let waits = open.filter(|one| one.state == "ready" && one.code.is_some());
    let (number, join_url) = known.created.map_or((None, None), |created| (Some(created.number.0), created.join_url));
    Followed {
        wish: wish.as_str().to_owned(),
        state: match (number, open) {
            (Some(_), _) => "created",
            (None, Some(one)) if one.state == "parked" => "failed",
            (None, _) => "pending",
        },
        reason: code.filter(|_| number.is_none()).map(|code| sentence(code).to_owned()),
        waits_until: waits.map(|one| time(one.next_at_ms)),
        meeting_number: number,
        join_url,
        deliveries: known.deliveries.iter().map(DeliveryView::from).collect(),
    }
}

/// The meeting as a calendar file, once Zoom made it.
pub(super) async fn calendar(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, wish)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let missing = || Problem::not_found("meeting");
    let wish = WishId::parse(&wish).map_err(|_| missing())?;
    let keys = shared.keys.of(&shared.store, &tenant).await.map_err(|_| missing())?.tenant_keys();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let known = scheduled::followed(unit, &tenant, &wish).await?;
            let meeting = agree::of_operation(&keys, wish.as_str());
            Ok((known, scheduled::standing(unit, &tenant, &meeting).await?))
        })
    });
    let (known, standing) = read.await?;
    let known = known.ok_or_else(missing)?;
    let created = known.created.ok_or_else(missing)?;
    let planned = (&known.wanted, standing.as_ref().map(|standing| &standing.agreed.plan));
    let file = calendar_file::of_meeting(planned, &created, (shared.clock.now_ms(), key.sight()));
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], file).into_response())
}
