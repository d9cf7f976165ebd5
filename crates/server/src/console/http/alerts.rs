//! The page Alerts: where a tenant is told, adding and removing addresses, a test.

use super::super::alerts::{AddressLine, AlertLine, Alerts, NewSecret, RemovalLine, Sending};
use super::super::frame::Place;
use super::super::part::{Moment, Pill, Tone};
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use crate::alerts::{self, AddressError, Tested};
use crate::app::Shared;
use crate::mail;
use crate::problem::Problem;
use crate::store::alert_address::{AddressRow, Channel};
use crate::store::removal::{self, RemovalRow, Waiting};
use crate::store::tenant::TenantRow;
use crate::store::{alert, alert_address, alert_post, audit, mail as mails};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::code::sentence;
use serde::Deserialize;

/// Sendings on the page.
const SENDINGS_MAX: usize = 20;

/// The address of a tenant's page.
fn page_address(tenant: &TenantRow, done: &str) -> String {
    address(&format!("/t/{}/alerts", tenant.tenant), &[("done", done)])
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<Alerts, Failure> {
    let id = tenant.tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let addresses = alert_address::all(unit, &id).await?;
            let posts = alert_post::latest(unit, &id).await?;
            let gone = (removal::choice(unit, &id).await?, removal::latest(unit, &id).await?);
            Ok((addresses, alert::latest(unit, &id).await?, (posts, mails::latest(unit, &id).await?), gone))
        })
    });
    let (addresses, rows, (posts, mails), (waiting, removals)) = read.await?;
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.time_zone.as_str());
    let moment = |at_ms| Moment::new(at_ms, now_ms, zone);
    let mut sendings: Vec<(i64, Sending)> = posts.into_iter().map(|row| post(row, &moment)).collect();
    sendings.extend(mails.into_iter().map(|row| letter(row, &moment)));
    sendings.sort_by_key(|(at_ms, _)| std::cmp::Reverse(*at_ms));
    sendings.truncate(SENDINGS_MAX);
    let writes_mail = addresses.iter().any(|row| row.channel == Channel::Mail);
    Ok(Alerts {
        frame: frame(shared, who, ("Alerts", Place::Configure), Some(tenant)).await?,
        refusal: None,
        entered: String::new(),
        secret: None,
        mail_missing: writes_mail && !mail::is_set_up(shared),
        addresses: addresses.into_iter().map(|row| line(row, now_ms, &moment)).collect(),
        alerts: rows.into_iter().map(|row| happened(row, &moment)).collect(),
        drops: waiting == Waiting::Drop,
        removals: removals.into_iter().map(|row| removed(&row, &moment)).collect(),
        sendings: sendings.into_iter().map(|(_, sending)| sending).collect(),
    })
}

fn line(row: AddressRow, now_ms: i64, moment: &impl Fn(i64) -> Moment) -> AddressLine {
    let (kind, is_web) = match row.channel {
        Channel::Web { .. } => ("posted there, signed", true),
        Channel::Mail => ("by mail", false),
    };
    let old_until = row.channel.old_until_ms(now_ms).map(|at_ms| moment(at_ms).spelled_out());
    let replaceable = is_web && old_until.is_none();
    AddressLine { id: row.id, kind, address: row.address, added: moment(row.added_ms), replaceable, old_until }
}

fn happened(row: alert::AlertRow, moment: &impl Fn(i64) -> Moment) -> AlertLine {
    let state = match row.resolved_ms {
        Some(_) => Pill::new(Tone::Good, "Over"),
        None => Pill::new(Tone::Bad, "Lasts"),
    };
    AlertLine {
        state,
        sentence: sentence(&row.code).to_owned(),
        detail: row.detail,
        raised: moment(row.raised_ms),
        resolved: row.resolved_ms.map(moment),
    }
}

fn removed(row: &RemovalRow, moment: &impl Fn(i64) -> Moment) -> RemovalLine {
    let proof = match row.proof.as_str() {
        "signature" => "Proven by Zoom's signature.",
        _ => "Zoom's notice could not be proven, but Zoom said that the tokens are dead.",
    };
    let mut facts = vec![proof.to_owned(), format!("The tokens were destroyed on {}.", moment(row.destroyed_ms).exact)];
    if row.zoom_user.is_none() {
        facts.push("It was the owner of what is shared with you who removed it.".to_owned());
    }
    if let Some(dropped) = row.dropped {
        facts.push(format!("{dropped} that waited were dropped."));
    }
    facts.push(match (row.returned_ms, row.erased_ms, row.keep_until_ms) {
        (Some(at_ms), ..) => format!("Somebody signed in again on {}; everything is kept.", moment(at_ms).exact),
        (None, Some(at_ms), _) => {
            format!("What Zoom had told in {} lines of the journal was deleted on {}.", row.erased, moment(at_ms).exact)
        }
        (None, None, Some(at_ms)) => format!("What Zoom had told is deleted on {}.", moment(at_ms).exact),
        (None, None, None) => "Zoom granted that what it had told is kept.".to_owned(),
    });
    let app = match row.app.as_str() {
        "meetings" => "Meetings",
        _ => "Webinars",
    };
    RemovalLine { app, told: moment(row.told_ms), facts }
}

/// How something stands that is told: when it was last tried or is tried next, and its pill.
fn stands(ended: Option<bool>) -> Pill {
    match ended {
        Some(true) => Pill::new(Tone::Good, "Arrived"),
        Some(false) => Pill::new(Tone::Bad, "Given up"),
        None => Pill::new(Tone::Wait, "On its way"),
    }
}

fn post(row: alert_post::SentRow, moment: &impl Fn(i64) -> Moment) -> (i64, Sending) {
    let what = match row.kind.as_str() {
        "alert.raised" => "Something happened",
        "alert.resolved" => "It is over",
        _ => "A test",
    };
    let ended = match row.state.as_str() {
        "sent" => Some(true),
        "failed" => Some(false),
        _ => None,
    };
    let at_ms = row.done_ms.unwrap_or(row.next_at_ms);
    let to = row.url.unwrap_or_else(|| "an address that was removed".to_owned());
    let detail = row.detail.unwrap_or_default();
    (at_ms, Sending { what: what.to_owned(), to, state: stands(ended), at: Some(moment(at_ms)), detail })
}

fn letter(row: mails::SentRow, moment: &impl Fn(i64) -> Moment) -> (i64, Sending) {
    let ended = row.ended_ms.map(|_| row.sent_ms.is_some());
    let at_ms = row.ended_ms.unwrap_or(row.created_ms);
    let detail = row.detail.unwrap_or_default();
    (at_ms, Sending { what: row.subject, to: row.to, state: stands(ended), at: Some(moment(at_ms)), detail })
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// The form of a new address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddressForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    address: String,
}

pub(super) async fn add(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<AddressForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match alerts::add(&shared, &tenant.tenant, &form.address, who.actor()).await {
        Ok(added) => {
            let Some(secret) = added.secret else { return Ok(see(&page_address(&tenant, "alert-address"))) };
            let mut page = view(&shared, &who, &tenant).await?;
            page.secret = Some(NewSecret { address: form.address.trim().to_owned(), secret, old_until: None });
            Ok(show(&page))
        }
        Err(AddressError::Step(error)) => {
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", error.to_string()).into())
        }
        Err(error) => {
            let mut page = view(&shared, &who, &tenant).await?;
            page.refusal = Some(format!("Not added: {error}."));
            page.entered = form.address;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}

pub(super) async fn replace_secret(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match alerts::replace_secret(&shared, &tenant.tenant, &id, who.actor()).await {
        Ok(replaced) => {
            let mut page = view(&shared, &who, &tenant).await?;
            let old_until = Moment::new(replaced.old_until_ms, shared.clock.now_ms(), tenant.time_zone.as_str());
            let old_until = old_until.spelled_out();
            let (address, secret) = (replaced.address, replaced.secret);
            page.secret = Some(NewSecret { address, secret, old_until: Some(old_until) });
            Ok(show(&page))
        }
        Err(AddressError::Replaced) => {
            let mut page = view(&shared, &who, &tenant).await?;
            page.refusal = Some(format!("Not replaced: {}.", AddressError::Replaced));
            Ok((StatusCode::CONFLICT, show(&page)).into_response())
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

pub(super) async fn remove(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    if !alerts::remove(&shared, &tenant.tenant, &id, who.actor()).await? {
        return Err(Problem::not_found("address").into());
    }
    Ok(see(&page_address(&tenant, "alert-removed")))
}

pub(super) async fn test(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let done = match alerts::test(&shared, &tenant.tenant, who.actor()).await? {
        Tested::OnItsWay => "alert-test",
        Tested::NoAddress => "alert-nowhere",
        Tested::TooOften => "alert-often",
    };
    Ok(see(&page_address(&tenant, done)))
}

/// The form of what happens when the app is removed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovalForm {
    #[serde(default)]
    form_token: String,
    waiting: Chosen,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Chosen {
    Keep,
    Drop,
}

pub(super) async fn removal(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<RemovalForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let waiting = match form.waiting {
        Chosen::Keep => Waiting::Keep,
        Chosen::Drop => Waiting::Drop,
    };
    let (id, actor, now_ms) = (tenant.tenant.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let chosen = shared.store.write(move |unit| {
        Box::pin(async move {
            removal::choose(unit, &id, waiting).await?;
            let action = ("removal.choice", "what happens to what waits when the app is removed was chosen");
            audit::write(unit, &actor, Some(&id), action, now_ms).await
        })
    });
    chosen.await?;
    Ok(see(&page_address(&tenant, "removal")))
}
