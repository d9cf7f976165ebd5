//! LeadSquared's door: `POST /leadsquared/{tenant}/{secret}/webhook`, for a lead's action, a bulk action, a list's action and an
//! automation's webhook; and `…/tasks` for its webhooks about tasks. LeadSquared signs nothing (leadsquared.md § 4), so a secret stands in the address. Whatever comes of
//! a call whose secret holds, the answer is a 200 with a status in words: LeadSquared switches off what answers otherwise.

use super::commands::{self, NotAdded};
use super::read_body;
use crate::app::Shared;
use crate::http::BODY_TIMEOUT;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::addition::request::AddRequest;
use connector_core::fact::{Alias, TenantKeys};
use connector_core::ids::TenantId;
use connector_core::leadsquared::{action, appointment};
use connector_core::schedule_request::WishId;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The largest body that is read, in bytes.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// The same body within this is the same wish, in milliseconds: LeadSquared tries three times.
const SAME_WITHIN_MS: i64 = 10 * 60_000;

/// What stands behind the address.
#[derive(Debug, Default, Deserialize)]
pub struct Beside {
    /// The webinar, where the body names none.
    webinar: Option<String>,
    /// The occurrence, where the body names none.
    occurrence: Option<String>,
}

/// The secret of a tenant's address in that version: nothing is stored that could be stolen.
#[must_use]
pub fn secret(keys: &TenantKeys, version: u32) -> String {
    keys.alias("leadsquared_actions", &[&version.to_string()]).0
}

/// Whether a secret is the tenant's; takes equally long wherever it differs, since only keyed hashes are compared.
fn holds(keys: &TenantKeys, version: u32, given: &str) -> bool {
    let hash = |text: &str| -> Alias { keys.alias("leadsquared_actions_compared", &[text]) };
    hash(given) == hash(&secret(keys, version))
}

/// Takes one action.
pub async fn webhook(
    State(shared): State<Shared>,
    Path((tenant, given)): Path<(String, String)>,
    Query(beside): Query<Beside>,
    body: Body,
) -> Response {
    let outcome = take(&shared, (&tenant, &given), beside, body).await;
    let (label, response) = match outcome {
        Ok(Taken::Asked(wish)) => ("taken", said("Success", &format!("wish {wish}"))),
        Ok(Taken::Nothing) => ("nothing", said("Success", "")),
        Ok(Taken::Refused(sentence)) => ("refused", said("Error", &sentence)),
        Err(status) => ("turned_away", status.into_response()),
    };
    metrics::counter!("intake_total", "app" => "leadsquared", "outcome" => label).increment(1);
    response
}

/// Takes a notice that a task was created, changed, completed or cancelled. LeadSquared publishes no sample of its body, so
/// nothing is believed but the task's id; the task itself is read by the courier.
pub async fn tasks(
    State(shared): State<Shared>,
    Path((tenant, given)): Path<(String, String)>,
    body: Body,
) -> Response {
    let (label, response) = match noticed(&shared, (&tenant, &given), body).await {
        Ok(Some(())) => ("taken", said("Success", "")),
        Ok(None) => ("nothing", said("Success", "")),
        Err(status) => ("turned_away", status.into_response()),
    };
    metrics::counter!("intake_total", "app" => "leadsquared", "outcome" => label).increment(1);
    response
}

async fn noticed(shared: &Shared, (tenant, given): (&str, &str), body: Body) -> Result<Option<()>, StatusCode> {
    let tenant = known(shared, tenant, given).await?;
    let body = read_body(body, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let Some(task) = appointment::named_in(&body) else { return Ok(None) };
    commands::task_told(shared, &tenant, task).await.map(Some).map_err(|error| {
        tracing::error!(tenant = %tenant, %error, "a notice of a task was not kept");
        StatusCode::SERVICE_UNAVAILABLE
    })
}

/// LeadSquared asks whether the address is there.
pub async fn there(State(shared): State<Shared>, Path((tenant, given)): Path<(String, String)>) -> StatusCode {
    match known(&shared, &tenant, &given).await {
        Ok(_) => StatusCode::OK,
        Err(status) => status,
    }
}

enum Taken {
    /// A wish is in the journal.
    Asked(String),
    /// The call asks for nothing, as at registration.
    Nothing,
    /// What has to be mended.
    Refused(String),
}

fn said(status: &str, reason: &str) -> Response {
    let answer: Value = json!({ "Status": status, "StatusReason": reason });
    Json(answer).into_response()
}

/// The tenant, if the secret is its.
async fn known(shared: &Shared, tenant: &str, given: &str) -> Result<TenantId, StatusCode> {
    let unknown = StatusCode::NOT_FOUND;
    let tenant = TenantId::parse(tenant).map_err(|_| unknown)?;
    let wanted = tenant.clone();
    let settings = shared
        .store
        .read(move |unit| Box::pin(async move { crate::store::settings::current(unit, &wanted).await }))
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let keys = shared.keys.of(&shared.store, &tenant).await;
    let keys =
        keys.map_err(|no| if no.is_missing() { unknown } else { StatusCode::SERVICE_UNAVAILABLE })?.tenant_keys();
    if holds(&keys, settings.settings.actions_version, given) { Ok(tenant) } else { Err(unknown) }
}

async fn take(shared: &Shared, (tenant, given): (&str, &str), beside: Beside, body: Body) -> Result<Taken, StatusCode> {
    let tenant = known(shared, tenant, given).await?;
    let body = read_body(body, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    if body.is_empty() {
        return Ok(Taken::Nothing);
    }
    let asked = action::read(&body);
    if asked.leads.is_empty() && asked.list.is_none() {
        return Ok(Taken::Refused("The call names no lead and no list.".to_owned()));
    }
    let request = AddRequest {
        webinar: asked.webinar.or(beside.webinar).unwrap_or_default(),
        occurrence: asked.occurrence.or(beside.occurrence).unwrap_or_default(),
        list: asked.list.filter(|_| asked.leads.is_empty()).unwrap_or_default(),
        leads: asked.leads.join(" "),
        ..AddRequest::default()
    };
    let Some(wish) = wish_of(shared, &request) else { return Err(StatusCode::INTERNAL_SERVER_ERROR) };
    match commands::add_to_webinar(shared, &tenant, &request, &wish, "LeadSquared").await {
        Ok(()) => Ok(Taken::Asked(wish.as_str().to_owned())),
        Err(NotAdded::Wrong(wrong)) => {
            let sentences: Vec<String> = wrong.into_iter().map(|wrong| wrong.sentence).collect();
            Ok(Taken::Refused(sentences.join(" ")))
        }
        Err(NotAdded::NotConnected(why)) => Ok(Taken::Refused(why.to_owned())),
        Err(error @ (NotAdded::NotKept(_) | NotAdded::Store(_))) => {
            tracing::error!(tenant = %tenant, %error, "an action of LeadSquared was not kept");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// The same request within some minutes is the same wish.
fn wish_of(shared: &Shared, request: &AddRequest) -> Option<WishId> {
    let span = shared.clock.now_ms().div_euclid(SAME_WITHIN_MS);
    let text = format!("{span} {}", serde_json::to_string(request).ok()?);
    let mut hash = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    hash.truncate(40);
    WishId::parse(&format!("lsq-{hash}")).ok()
}
