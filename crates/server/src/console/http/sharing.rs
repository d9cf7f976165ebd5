//! The page Sharing: offers, accepting, ending, leaving, and where an event would go.

use super::super::frame::Place;
use super::super::part::{Moment, Pill, Tone};
use super::super::sharing::{AppPart, Asked, ShareLine, Sharing};
use super::session::Admin;
use super::{Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::connections::share::{self, ShareError, WouldGo};
use crate::problem::Problem;
use crate::store::connection;
use crate::store::share::{self as stored, ShareRow};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{About, By, ShareRule};
use serde::Deserialize;

/// The address of a tenant's page.
fn page_address(tenant: &TenantId, done: &str) -> String {
    address(&format!("/t/{tenant}/sharing"), &[("done", done)])
}

fn app_of(text: &str) -> Result<ZoomApp, Failure> {
    Ok(ZoomApp::parse(text).ok_or_else(|| Problem::not_found("page"))?)
}

/// A made-up event, as it stands in the address.
#[derive(Default, Deserialize)]
pub(super) struct SharingQuery {
    done: Option<String>,
    app: Option<String>,
    #[serde(default)]
    host: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    tracking: String,
}

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<Sharing, Failure> {
    let id = tenant.tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let mut known = Vec::new();
            for app in ZoomApp::ALL {
                let signed_in = connection::open(unit, &id, app).await?.is_some();
                let guest_of = stored::of_guest(unit, &id, app).await?;
                known.push((app, signed_in, guest_of, stored::of_owner(unit, &id, app).await?));
            }
            Ok(known)
        })
    });
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.time_zone.as_str());
    let mut parts = Vec::new();
    for (app, signed_in, guest_of, shares) in read.await? {
        let open = shares.into_iter().filter(|row| row.began_ms.is_some() || now_ms < row.expires_ms);
        parts.push(AppPart {
            app: app.as_str(),
            title: match app {
                ZoomApp::Meetings => "Meetings",
                ZoomApp::Webinars => "Webinars",
            },
            signed_in,
            guest_of: guest_of.map(|share| share.rules.iter().map(ShareRule::line).collect()),
            shares: open.map(|row| line(row, |at_ms| Moment::new(at_ms, now_ms, zone))).collect(),
            entered: String::new(),
            refusal: String::new(),
            code: None,
            asked: Asked::default(),
        });
    }
    Ok(Sharing {
        frame: frame(shared, who, ("Sharing", Place::Configure), Some(tenant)).await?,
        parts,
        kinds: By::ALL.into_iter().map(|by| (by.word(), by.hint())).collect(),
        entered: String::new(),
        refusal: String::new(),
    })
}

fn line(row: ShareRow, moment: impl Fn(i64) -> Moment) -> ShareLine {
    let accepted = row.began_ms.is_some();
    ShareLine {
        id: row.id,
        state: if accepted { Pill::new(Tone::Good, "Shared") } else { Pill::new(Tone::Wait, "Offered") },
        rules: row.rules.iter().map(ShareRule::line).collect(),
        moment: moment(row.began_ms.unwrap_or(row.expires_ms)),
        accepted,
    }
}

/// The part of the page that is about an app.
fn part_of(page: &mut Sharing, app: ZoomApp) -> Option<&mut AppPart> {
    page.parts.iter_mut().find(|part| part.app == app.as_str())
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<SharingQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    if let Some(app) = query.app.as_deref().and_then(ZoomApp::parse) {
        let answer = answer(&shared, &tenant.tenant, app, &query).await?;
        if let Some(part) = part_of(&mut page, app) {
            let SharingQuery { host, topic, group, tracking, .. } = query;
            part.asked = Asked { host, topic, group, tracking, answer: answer.to_owned() };
        }
    }
    Ok(show(&page))
}

async fn answer(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    query: &SharingQuery,
) -> Result<&'static str, Failure> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let is_address = query.host.contains('@');
    let about = About {
        host: some(&query.host).filter(|_| !is_address),
        host_email: some(&query.host).filter(|_| is_address),
        topic: some(&query.topic),
        groups: some(&query.group).map(|group| vec![group]),
        tracking: query.tracking.split_once('=').map(|(field, value)| vec![(field.to_owned(), value.to_owned())]),
        ..About::default()
    };
    Ok(match share::would_go(shared, tenant, app, about).await? {
        WouldGo::Here => "It would come here.",
        WouldGo::Elsewhere => "It would go to another LeadSquared account.",
        WouldGo::Nowhere => "It would go nowhere: no rule names it, and nobody else gets the rest.",
        WouldGo::AskedFirst => "Zoom would be asked first: a rule looks at the host's groups or at a tracking field.",
        WouldGo::Held => "It would be held and shown to the operator: several accounts share it, and nothing decides.",
    })
}

/// The form of an offer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    rules: String,
}

pub(super) async fn offer(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, app)): Path<(String, String)>,
    Fields(form): Fields<OfferForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, app) = (tenant_of(&shared, &who, &tenant).await?, app_of(&app)?);
    let made = match ShareRule::parse_lines(&form.rules) {
        Err(line) => Err(format!(
            "Line {line} is no rule: it begins with one of the words below, a colon, and a text of at most 200 characters."
        )),
        Ok(rules) => {
            share::offer(&shared, &tenant.tenant, app, rules, who.actor()).await.map_err(|error| error.to_string())
        }
    };
    let mut page = view(&shared, &who, &tenant).await?;
    let Some(part) = part_of(&mut page, app) else { return Err(Problem::not_found("page").into()) };
    let status = match made {
        Ok((code, _)) => {
            part.code = Some(code);
            StatusCode::OK
        }
        Err(refusal) => {
            part.entered = form.rules;
            part.refusal = refusal;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    Ok((status, show(&page)).into_response())
}

/// The form of a code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn accept(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<AcceptForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match share::accept(&shared, &tenant.tenant, form.code.trim(), who.actor()).await {
        Ok(_) => {
            shared.wakes.courier.wake();
            Ok(see(&page_address(&tenant.tenant, "share-accepted")))
        }
        Err(ShareError::Store(error)) => Err(error.into()),
        Err(error) => {
            let mut page = view(&shared, &who, &tenant).await?;
            page.refusal = error.to_string();
            page.entered = form.code;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
    }
}

pub(super) async fn end(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, app, id)): Path<(String, String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    app_of(&app)?;
    if !share::end(&shared, &tenant.tenant, &id, who.actor()).await? {
        return Err(Problem::not_found("share").into());
    }
    Ok(see(&page_address(&tenant.tenant, "share-ended")))
}

pub(super) async fn leave(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, app)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, app) = (tenant_of(&shared, &who, &tenant).await?, app_of(&app)?);
    if !share::leave(&shared, &tenant.tenant, app, who.actor()).await? {
        return Err(Problem::not_found("share").into());
    }
    let seen: Response = see(&page_address(&tenant.tenant, "share-left"));
    Ok(seen)
}
