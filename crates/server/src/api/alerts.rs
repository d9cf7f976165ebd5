//! What a tenant has to know, for scripts: its alerts, where they are posted to, and the evidence of removed apps.

use super::view::time;
use super::{Answer, JsonBody, Key, Listed, Page, Path, created};
use crate::alerts::{self, AddressError, Tested};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::alert_address::Channel;
use crate::store::removal::Waiting;
use crate::store::{alert, alert_address, alert_post, audit, mail, removal};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::code::sentence;
use serde::{Deserialize, Serialize};

impl From<AddressError> for Problem {
    fn from(error: AddressError) -> Self {
        match &error {
            AddressError::Forbidden(_) | AddressError::NotAnAddress => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "alerts.address", error.to_string())
            }
            AddressError::NoSuch => Self::not_found("address"),
            AddressError::Known | AddressError::TooMany | AddressError::Replaced => {
                Self::new(StatusCode::CONFLICT, "alerts.address", error.to_string())
            }
            AddressError::Step(_) => {
                let words = "The database does not answer. Try again in a moment.".to_owned();
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", words)
            }
        }
    }
}

/// An alert.
#[derive(Debug, Serialize)]
pub(super) struct AlertView {
    id: String,
    cause: String,
    code: String,
    sentence: String,
    detail: String,
    raised: String,
    resolved: Option<String>,
}

/// A post to a web address, on its way or ended.
#[derive(Debug, Serialize)]
pub(super) struct PostView {
    kind: String,
    /// `waiting`, `sent`, `failed`.
    state: String,
    tries: i64,
    detail: Option<String>,
    address: Option<String>,
}

/// A mail, on its way or ended.
#[derive(Debug, Serialize)]
pub(super) struct MailView {
    to: String,
    subject: String,
    /// `waiting`, `sent`, `failed`.
    state: &'static str,
    tries: i64,
    detail: Option<String>,
}

/// An address where the tenant is told.
#[derive(Debug, Serialize)]
pub(super) struct AddressView {
    id: String,
    /// `web` or `mail`.
    kind: &'static str,
    address: String,
    added: String,
    /// Until when posts are signed with the secret before, too.
    old_secret_until: Option<String>,
}

/// A tenant's alerts.
#[derive(Debug, Serialize)]
pub(super) struct Alerts {
    /// The latest first.
    alerts: Vec<AlertView>,
    addresses: Vec<AddressView>,
    posts: Vec<PostView>,
    mails: Vec<MailView>,
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<Alerts> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let rows = alert::latest(unit, &tenant).await?;
            let addresses = alert_address::all(unit, &tenant).await?;
            Ok((rows, addresses, alert_post::latest(unit, &tenant).await?, mail::latest(unit, &tenant).await?))
        })
    });
    let (rows, addresses, posts, mails) = read.await?;
    let alerts = rows.into_iter().map(|row| AlertView {
        sentence: sentence(&row.code).to_owned(),
        id: row.id,
        cause: row.cause,
        code: row.code,
        detail: row.detail,
        raised: time(row.raised_ms),
        resolved: row.resolved_ms.map(time),
    });
    let now_ms = shared.clock.now_ms();
    let addresses = addresses.into_iter().map(|row| AddressView {
        old_secret_until: row.channel.old_until_ms(now_ms).map(time),
        id: row.id,
        kind: match row.channel {
            Channel::Web { .. } => "web",
            Channel::Mail => "mail",
        },
        address: row.address,
        added: time(row.added_ms),
    });
    let posts = posts.into_iter().map(|row| PostView {
        kind: row.kind,
        state: row.state,
        tries: row.tries,
        detail: row.detail,
        address: row.url,
    });
    let mails = mails.into_iter().map(|row| MailView {
        state: match (row.sent_ms, row.ended_ms) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        },
        to: row.to,
        subject: row.subject,
        tries: row.attempts,
        detail: row.detail,
    });
    Ok(Json(Alerts {
        alerts: alerts.collect(),
        addresses: addresses.collect(),
        posts: posts.collect(),
        mails: mails.collect(),
    }))
}

/// Where the tenant is to be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    /// A web address, or a mail address.
    address: String,
}

/// An address that was added.
#[derive(Debug, Serialize)]
pub(super) struct AddedView {
    id: String,
    /// What posts are signed with, `whsec_…`, shown this once; none for a mail address.
    secret: Option<String>,
}

pub(super) async fn add_address(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Address>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let added = alerts::add(&shared, &tenant, &wanted.address, &key.actor()).await?;
    Ok(created(AddedView { id: added.id, secret: added.secret }))
}

/// A secret that was replaced.
#[derive(Debug, Serialize)]
pub(super) struct ReplacedView {
    id: String,
    /// What posts are signed with from now on, `whsec_…`, shown this once.
    secret: String,
    /// Until when they are signed with the old one, too.
    old_secret_until: String,
}

pub(super) async fn replace_secret(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Answer<ReplacedView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let replaced = alerts::replace_secret(&shared, &tenant, &id, &key.actor()).await?;
    Ok(Json(ReplacedView { id, secret: replaced.secret, old_secret_until: time(replaced.old_until_ms) }))
}

pub(super) async fn remove_address(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let removed = alerts::remove(&shared, &tenant, &id, &key.actor()).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("address")) }
}

pub(super) async fn test(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let refused = |status, words: &str| Err(Problem::new(status, "alerts.test", words.to_owned()));
    match alerts::test(&shared, &tenant, &key.actor()).await? {
        Tested::OnItsWay => Ok(StatusCode::ACCEPTED),
        Tested::NoAddress => refused(StatusCode::CONFLICT, "There is no address yet. Add one first."),
        Tested::TooOften => {
            refused(StatusCode::TOO_MANY_REQUESTS, "There were six tests within the last hour. Try again later.")
        }
    }
}

/// The evidence of an app that was removed in Zoom.
#[derive(Debug, Serialize)]
pub(super) struct RemovalView {
    app: String,
    /// None where it was the owner of a shared account who removed it.
    zoom_user: Option<String>,
    proof: String,
    told: String,
    tokens_destroyed: String,
    /// None where Zoom granted that what is kept may be kept.
    keep_until: Option<String>,
    signed_in_again: Option<String>,
    /// Deliveries that waited and were dropped; none where they were kept.
    dropped: Option<i64>,
    /// Bodies in the journal that were erased so far.
    erased: i64,
    erased_by: Option<String>,
}

pub(super) async fn removals(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Listed<RemovalView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows = shared.store.read(move |unit| Box::pin(async move { removal::latest(unit, &tenant).await })).await?;
    let views = rows.into_iter().map(|row| RemovalView {
        app: row.app,
        zoom_user: row.zoom_user,
        proof: row.proof,
        told: time(row.told_ms),
        tokens_destroyed: time(row.destroyed_ms),
        keep_until: row.keep_until_ms.map(time),
        signed_in_again: row.returned_ms.map(time),
        dropped: row.dropped,
        erased: row.erased,
        erased_by: row.erased_ms.map(time),
    });
    Ok(Page::whole(views))
}

/// What becomes of deliveries that still wait when the app is removed in Zoom.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovalChoice {
    waiting: Chosen,
}

/// A choice.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Chosen {
    Keep,
    Drop,
}

pub(super) async fn removal_choice(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Answer<RemovalChoice> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let chosen = shared.store.read(move |unit| Box::pin(async move { removal::choice(unit, &tenant).await })).await?;
    let waiting = match chosen {
        Waiting::Keep => Chosen::Keep,
        Waiting::Drop => Chosen::Drop,
    };
    Ok(Json(RemovalChoice { waiting }))
}

pub(super) async fn choose_removal(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<RemovalChoice>,
) -> Answer<RemovalChoice> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let waiting = match wanted.waiting {
        Chosen::Keep => Waiting::Keep,
        Chosen::Drop => Waiting::Drop,
    };
    let (actor, now_ms) = (key.actor(), shared.clock.now_ms());
    let chosen = shared.store.write(move |unit| {
        Box::pin(async move {
            removal::choose(unit, &tenant, waiting).await?;
            let action = ("removal.choice", "what happens to what waits when the app is removed was chosen");
            audit::write(unit, &actor, Some(&tenant), action, now_ms).await
        })
    });
    chosen.await?;
    Ok(Json(wanted))
}
