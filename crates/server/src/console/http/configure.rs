//! The Configure page with its two tabs: how each sign-in stands, beginning one, a link for a Zoom admin elsewhere,
//! ending one.

use super::super::configure::{
    Configure, Connection, FailedSignIn, Feature, ForwardLink, Licence, PendingSignIn, Permission, Tab, ZoomIdentity,
};
use super::super::frame::Place;
use super::super::part::{Moment, Pill, Tone};
use super::health::DAY_MS;
use super::session::{Admin, BROWSER, cookie, set_cookie};
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, tenant_of, with_notice};
use super::{attendance, meetings, own_app};
use crate::app::Shared;
use crate::connections::disconnect as connections_disconnect;
use crate::connections::sign_in::{self, SIGN_IN_MS, hash};
use crate::problem::Problem;
use crate::store::audit::AuditRow;
use crate::store::connection::ConnectionRow;
use crate::store::grant::GrantRow;
use crate::store::health::{self, HealthRow};
use crate::store::sign_in::SignInRow;
use crate::store::sign_in::Wanted;
use crate::store::tenant::TenantRow;
use crate::store::{
    StoreError, Unit, audit, connection, grant, link as store_link, sign_in as store_sign_in, stand_by,
};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use connector_core::code::sentence;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::zoom::reply::Licences;
use connector_core::zoom::reply::scopes::{features_of, missing_scopes};

/// How long a link for a Zoom admin works, in milliseconds: a week.
const LINK_MS: i64 = 7 * DAY_MS;
/// What such a link is for, as stored.
pub(super) const LINK_PURPOSE: &str = "connect";
/// How long a sign-in that came to nothing is spoken of, in milliseconds.
const LOST_SHOWN_MS: i64 = DAY_MS;
/// Lines of the audit log that are searched for why a connection broke.
const AUDIT_LINES: i64 = 50;
/// How long the browser's cookie lives, in seconds: a little longer than a sign-in.
pub(super) const BROWSER_S: i64 = SIGN_IN_MS / 1000 + 60;

/// The tab of an app.
pub(super) fn tab_of(app: ZoomApp) -> Tab {
    match app {
        ZoomApp::Meetings => Tab::Authentication,
        ZoomApp::Webinars => Tab::WebinarSettings,
    }
}

/// The app of a tab.
pub(super) fn app_of(tab: Tab) -> ZoomApp {
    match tab {
        Tab::Authentication => ZoomApp::Meetings,
        Tab::WebinarSettings => ZoomApp::Webinars,
    }
}

/// The address of a tenant's tab.
pub(super) fn tab_address(tenant: &TenantId, tab: Tab) -> String {
    format!("/t/{tenant}/configure/{}", tab.path())
}

pub(super) fn parse_tab(text: &str) -> Result<Tab, Failure> {
    let found = [Tab::Authentication, Tab::WebinarSettings].into_iter().find(|tab| tab.path() == text);
    Ok(found.ok_or_else(|| Problem::not_found("page"))?)
}

pub(super) async fn first(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let done = query.done.unwrap_or_default();
    Ok(see(&address(&tab_address(&tenant.tenant, Tab::Authentication), &[("done", &done)])))
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let mut page = view(&shared, &who, &tenant, tab).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// What a tab is made of.
struct Known {
    latest: Option<ConnectionRow>,
    grant: Option<GrantRow>,
    health: HealthRow,
    stand_by: Option<ConnectionRow>,
    other: Option<ConnectionRow>,
    sign_in: Option<SignInRow>,
    audit: Vec<AuditRow>,
}

async fn read(unit: &mut Unit, tenant: &TenantId, tab: Tab) -> Result<Known, StoreError> {
    let app = app_of(tab);
    let latest = connection::latest(unit, tenant, app).await?;
    let grant = match &latest {
        Some(latest) => grant::get(unit, tenant, &latest.id).await?,
        None => None,
    };
    let health = match latest.as_ref().filter(|row| row.ended_ms.is_none()) {
        Some(open) => health::of(unit, tenant, &open.id).await?,
        None => HealthRow::default(),
    };
    Ok(Known {
        grant,
        health,
        stand_by: stand_by::of(unit, tenant, app).await?,
        latest,
        other: connection::open(unit, tenant, app_of(tab.other())).await?,
        sign_in: store_sign_in::latest(unit, tenant, app).await?,
        audit: audit::latest(unit, tenant, AUDIT_LINES).await?,
    })
}

pub(super) async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow, tab: Tab) -> Result<Configure, Failure> {
    let id = tenant.tenant.clone();
    let known = shared.store.read(move |unit| Box::pin(async move { read(unit, &id, tab).await })).await?;
    let (now_ms, zone) = (shared.clock.now_ms(), tenant.time_zone.as_str());
    let open = known.latest.as_ref().filter(|row| row.ended_ms.is_none());
    let (pending, failed) = sign_in_under_way(&known, now_ms, zone);
    let current = attendance::in_force(shared, &tenant.tenant).await?;
    let (attendance, meetings) = match tab {
        Tab::Authentication => (None, Some(meetings::shown(current.version, &current.settings))),
        Tab::WebinarSettings => (Some(attendance::shown(current.version, &current.settings)), None),
    };
    Ok(Configure {
        attendance,
        meetings,
        own_app: own_app::shown(shared, tenant, tab).await?,
        frame: frame(shared, who, (tab.name(), Place::Configure), Some(tenant)).await?,
        tab,
        connection: connection_of(&known, now_ms, zone),
        trouble: trouble(&known).to_owned(),
        stand_by: known.stand_by.as_ref().map(identity),
        other_connected: known.other.as_ref().is_some_and(|other| other.state == "active"),
        app_missing: app_missing(shared, app_of(tab)),
        pending,
        failed,
        link: None,
        features: open.map(|row| features(tab, row)).unwrap_or_default(),
        licences: open.map(|row| licences(tab, row)).unwrap_or_default(),
    })
}

/// What is wrong with the person who signed in.
fn trouble(known: &Known) -> &'static str {
    match known.health.health.as_deref() {
        Some("demoted") => sentence("zoom.admin_demoted"),
        Some(_) => sentence("zoom.admin_gone"),
        None => "",
    }
}

fn identity(row: &ConnectionRow) -> ZoomIdentity {
    ZoomIdentity {
        user: row.user_name.clone().unwrap_or_else(|| row.zoom_user.clone()),
        email: row.email.clone().unwrap_or_default(),
        account: row.account.clone(),
    }
}

fn connection_of(known: &Known, now_ms: i64, zone: &str) -> Connection {
    let Some(row) = &known.latest else { return Connection::Never };
    let identity = identity(row);
    let moment = |at_ms| Moment::new(at_ms, now_ms, zone);
    match (row.ended_ms, row.ended_code.as_deref()) {
        (None, _) if row.state == "broken" => {
            let told = known.audit.iter().find(|line| line.action == "connection.broken" && line.at_ms >= row.began_ms);
            let code = row.broken_code.as_deref().unwrap_or("zoom.token");
            let why = told.map_or_else(|| sentence(code).to_owned(), |line| format!("Zoom said: {}", line.detail));
            Connection::Broken { identity, why }
        }
        (None, _) => {
            let refreshed = known.grant.as_ref().filter(|grant| grant.version > 1);
            let refreshed = refreshed.map(|grant| moment(grant.refreshed_ms));
            Connection::Connected { identity, since: moment(row.began_ms), refreshed }
        }
        (Some(at_ms), Some("taken_over")) => Connection::TakenOver { identity, at: moment(at_ms) },
        (Some(at_ms), Some("deauthorized")) => Connection::RemovedInZoom { identity, at: moment(at_ms) },
        (Some(at_ms), _) => Connection::Disconnected { identity, at: moment(at_ms) },
    }
}

/// The sign-in under way or lost, or the one that failed; what a later connection made pointless is not spoken of.
fn sign_in_under_way(known: &Known, now_ms: i64, zone: &str) -> (Option<PendingSignIn>, Option<FailedSignIn>) {
    let connected_ms = known.latest.as_ref().map_or(0, |row| row.began_ms);
    let Some(row) = known.sign_in.as_ref().filter(|row| row.began_ms > connected_ms) else { return (None, None) };
    if now_ms > row.expires_ms + LOST_SHOWN_MS {
        return (None, None);
    }
    let moment = |at_ms| Moment::new(at_ms, now_ms, zone);
    let expired = now_ms >= row.expires_ms;
    let pending = PendingSignIn { began: moment(row.began_ms), expires: moment(row.expires_ms), expired };
    let failed = |sentence: &str| FailedSignIn { began: moment(row.began_ms), sentence: sentence.to_owned() };
    match row.step.as_str() {
        "begun" | "exchanging" => (Some(pending), None),
        "offered" if !expired => (Some(pending), None),
        "offered" => (None, Some(failed("Zoom agreed, but nobody confirmed the connection in time."))),
        "failed" => (None, row.failure.as_deref().map(failed)),
        _ => (None, None),
    }
}

/// Which keys of the app are not configured, as a sentence.
fn app_missing(shared: &Shared, app: ZoomApp) -> Option<String> {
    let config = shared.config.app(app);
    let keys = [
        ("client_id", &config.client_id),
        ("client_secret", &config.client_secret),
        ("secret_token", &config.secret_token),
    ];
    let missing: Vec<String> = keys
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(key, _)| format!("zoom.{}.{key}", app.as_str()))
        .collect();
    (!missing.is_empty()).then(|| {
        let keys = missing.join(", ");
        format!("The app “{}” is not configured: set {keys}, then start the service again.", app.name_in_zoom())
    })
}

fn features(tab: Tab, row: &ConnectionRow) -> Vec<Feature> {
    let granted: Vec<String> = row.scopes.split_whitespace().map(str::to_owned).collect();
    features_of(app_of(tab))
        .iter()
        .map(|feature| {
            let missing = missing_scopes(&granted, feature);
            let permissions = feature
                .scopes
                .iter()
                .map(|(scope, _)| Permission { scope: (*scope).to_owned(), granted: !missing.contains(scope) });
            Feature { name: feature.title.to_owned(), permissions: permissions.collect() }
        })
        .collect()
}

/// What the licence check found, as the tab's one line.
fn licences(tab: Tab, row: &ConnectionRow) -> Vec<Licence> {
    let found: Option<Licences> = serde_json::from_str(&row.licences).unwrap_or(None);
    let who = row.email.as_deref().unwrap_or(&row.zoom_user);
    let kind = tab.captures_title();
    let people = |capacity: Option<i64>| capacity.map(|most| format!(", up to {most} people")).unwrap_or_default();
    let (state, sentence) = match (found, tab) {
        (None, _) => {
            let sentence = format!("{kind}: Zoom did not say what {who} is licensed for");
            (Pill::new(Tone::Quiet, "Not checked"), sentence)
        }
        (Some(found), Tab::Authentication) => {
            (Pill::new(Tone::Good, "Licensed"), format!("{kind}: licensed for {who}{}", people(found.meeting_capacity)))
        }
        (Some(found), Tab::WebinarSettings) if found.webinar => (
            Pill::new(Tone::Good, "Licensed"),
            format!("{kind}: add-on there for {who}{}", people(found.webinar_capacity)),
        ),
        (Some(_), Tab::WebinarSettings) => {
            (Pill::new(Tone::Bad, "Missing"), format!("{kind}: add-on missing for host {who}"))
        }
    };
    vec![Licence { state, sentence }]
}

pub(super) async fn begin(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    headers: HeaderMap,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    send_to_zoom(&shared, &tenant.tenant, (tab, Wanted::Connection), (&browser, who.actor())).await
}

/// A second admin signs in, to stand by.
pub(super) async fn begin_stand_by(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    headers: HeaderMap,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    send_to_zoom(&shared, &tenant.tenant, (tab, Wanted::StandBy), (&browser, who.actor())).await
}

/// Nobody stands by any more.
pub(super) async fn end_stand_by(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    crate::connections::stand_by::dismiss(&shared, &tenant.tenant, app_of(tab), who.actor()).await?;
    Ok(see(&address(&tab_address(&tenant.tenant, tab), &[("done", "stand-by-ended")])))
}

/// Begins a sign-in and sends the browser to Zoom.
pub(super) async fn send_to_zoom(
    shared: &Shared,
    tenant: &TenantId,
    (tab, wanted): (Tab, Wanted),
    (browser, actor): (&str, &str),
) -> Page {
    let begun = sign_in::begin_for(shared, tenant, app_of(tab), (browser, actor), wanted).await;
    let url = begun.map_err(|error| Problem::new(StatusCode::CONFLICT, "connection.not_begun", error.to_string()))?;
    Ok(([set_cookie(shared, BROWSER, browser, BROWSER_S)], see(&url)).into_response())
}

/// Makes a link for a Zoom admin who has no account here. It is shown once, on the page that answers.
pub(super) async fn link(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let expires_ms = now_ms + LINK_MS;
    let (id, actor, link_hash) = (tenant.tenant.clone(), who.actor().to_owned(), hash(&token));
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let app = app_of(tab).as_str();
                // Only the newest link of a tab works: whoever makes another has lost sight of the first.
                store_link::end_all(unit, &id, (LINK_PURPOSE, app), now_ms).await?;
                let whose = (Some(&id), Some(app));
                store_link::insert(unit, (&link_hash, LINK_PURPOSE), whose, now_ms, expires_ms).await?;
                let detail = format!("link to connect {app} made");
                audit::write(unit, &actor, Some(&id), ("connection.link_made", &detail), now_ms).await
            })
        })
        .await?;
    let mut page = view(&shared, &who, &tenant, tab).await?;
    page.link = Some(ForwardLink {
        url: format!("{}/connect/{token}", shared.config.public_url()),
        expires: Moment::new(expires_ms, now_ms, &tenant.time_zone),
    });
    Ok(show(&page))
}

pub(super) async fn disconnect(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, tab)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (tenant, tab) = (tenant_of(&shared, &who, &tenant).await?, parse_tab(&tab)?);
    connections_disconnect::disconnect(&shared, &tenant.tenant, app_of(tab), who.actor()).await?;
    let response: Response = see(&address(&tab_address(&tenant.tenant, tab), &[("done", "disconnected")]));
    Ok(response)
}
