//! Scheduling a meeting, and following it. The wish goes through the same pipe as everything else; the door waits a few
//! seconds for Zoom's answer and else says "pending" (design § 5).

use super::view::DeliveryView;
use super::{Answer, JsonBody, Key};
use crate::app::Shared;
use crate::clock;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::{StoreError, Unit, delivery_list, fact, journal_list};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::fact::State as Fact;
use connector_core::ids::TenantId;
use connector_core::schedule_request::{ScheduleRequest, WishId};
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
}

/// What became of a scheduled meeting.
#[derive(Debug, Serialize)]
pub(super) struct Followed {
    wish: String,
    /// `pending`, `created` or `failed`.
    state: &'static str,
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
                let sentences: Vec<String> =
                    wrong.iter().map(|one| format!("{:?}: {}", one.field, one.sentence)).collect();
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
    let made_up = || WishId::parse(&crate::dice::token());
    let wish = wanted.wish.map_or_else(made_up, Ok).map_err(|error| Problem::bad_request(error.to_string()))?;
    let request = ScheduleRequest {
        lead: wanted.lead,
        topic: wanted.topic,
        start: wanted.start,
        zone: wanted.zone,
        minutes: Some(wanted.minutes),
        host: wanted.host,
        agenda: wanted.agenda,
        owner_email: wanted.owner_email,
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
    let Some(row) = journal_list::by_key(unit, &tenant, &wish.journal_key()).await? else { return Ok(None) };
    let mut followed = Followed {
        wish: wish.as_str().to_owned(),
        state: "pending",
        meeting_number: None,
        join_url: None,
        deliveries: Vec::new(),
    };
    let Some(id) = row.fact else { return Ok(Some(followed)) };
    let deliveries = delivery_list::of_fact(unit, &tenant, &id).await?;
    if deliveries.iter().any(|one| one.kind == "create_meeting" && one.state == "parked") {
        followed.state = "failed";
    }
    if let Some(Fact::Scheduling(scheduling)) = fact::get(unit, &tenant, &id).await?
        && let Some(created) = scheduling.created
    {
        followed.state = "created";
        followed.meeting_number = Some(created.number.0);
        followed.join_url = created.join_url;
    }
    followed.deliveries = deliveries.iter().map(DeliveryView::from).collect();
    Ok(Some(followed))
}
