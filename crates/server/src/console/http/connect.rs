//! A sign-in with Zoom from outside the Configure page: the link a Zoom admin was sent, Zoom's way back, and the page
//! that asks before it connects.
//!
//! The callback shows nothing itself: it answers with a clean address, so that no code stays in a history (failures
//! D18). What became of the sign-in is told by its stored row, and only to the browser that began it.

use super::super::configure::{Tab, ZoomIdentity};
use super::super::connect::{Confirm, Done, Failure as FailurePage, Invite};
use super::super::frame::Frame;
use super::super::part::Moment;
use super::configure::{BROWSER_S, LINK_PURPOSE, send_to_zoom, tab_address, tab_of};
use super::session::{self, Admin, BROWSER, Reaches, browser_token, check_token, cookie, set_cookie};
use super::{Failure, Fields, Page, TokenForm, address, see, show, tenant_unasked};
use crate::app::Shared;
use crate::connections::sign_in::{self, hash};
use crate::problem::Problem;
use crate::store::connection::ConnectionRow;
use crate::store::sign_in::{SignInRow, Wanted};
use crate::store::tenant::TenantRow;
use crate::store::{connection, link, moving, sign_in as store_sign_in};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::zoom::reply::scopes::features_of;
use serde::Deserialize;

/// Who began a sign-in by a link, in the audit log.
const LINK_ACTOR: &str = "link";
/// Longer states and codes than this are none of Zoom's, in bytes.
const PARAMETER_BYTES_MAX: usize = 2_048;

/// The tenant and tab that a link is for; none when it does not work.
async fn linked(shared: &Shared, token: &str) -> Result<Option<(TenantRow, Tab)>, Failure> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let found = shared
        .store
        .read(move |unit| Box::pin(async move { link::find(unit, &link_hash, LINK_PURPOSE, now_ms).await }))
        .await?;
    let Some((Some(tenant), Some(app))) = found.map(|row| (row.tenant, row.detail)) else { return Ok(None) };
    let Some(app) = ZoomApp::parse(&app) else { return Ok(None) };
    Ok(Some((tenant_unasked(shared, tenant).await?, tab_of(app))))
}

pub(super) async fn invite(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Page {
    let Some((tenant, tab)) = linked(&shared, &token).await? else { return Ok(link_ended()) };
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    let page = Invite {
        frame: Frame::outside("Connect Zoom", &browser_token(&browser)),
        tab: Some(tab),
        tenant: tenant.name,
        action: format!("/connect/{token}"),
        expires: None,
    };
    Ok(([set_cookie(&shared, BROWSER, &browser, BROWSER_S)], show(&page)).into_response())
}

fn link_ended() -> Response {
    let page = Invite {
        frame: Frame::outside("Connect Zoom", ""),
        tab: None,
        tenant: String::new(),
        action: String::new(),
        expires: None,
    };
    (StatusCode::NOT_FOUND, show(&page)).into_response()
}

pub(super) async fn accept(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Fields(form): Fields<TokenForm>,
) -> Page {
    let Some((tenant, tab)) = linked(&shared, &token).await? else { return Ok(link_ended()) };
    let browser = cookie(&shared, &headers, BROWSER).ok_or_else(no_cookie)?;
    check_token(&form.form_token, &browser_token(&browser))?;
    send_to_zoom(&shared, &tenant.tenant, (tab, Wanted::Connection), (&browser, LINK_ACTOR)).await
}

fn no_cookie() -> Problem {
    let sentence = "This page needs cookies, or was open for too long. Open the link once more.";
    Problem::new(StatusCode::FORBIDDEN, "request.form", sentence)
}

fn parse_app(text: &str) -> Result<ZoomApp, Failure> {
    Ok(ZoomApp::parse(text).ok_or_else(|| Problem::not_found("page"))?)
}

/// What Zoom sends the browser back with.
#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

pub(super) async fn callback(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    headers: HeaderMap,
    Query(query): Query<CallbackQuery>,
) -> Page {
    let app = parse_app(&app)?;
    let parts = [Some(&query.state), query.code.as_ref(), query.error.as_ref()];
    let fits = parts.into_iter().flatten().all(|part| part.len() <= PARAMETER_BYTES_MAX);
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_default();
    let keys = (query.state.as_str(), browser.as_str());
    if fits && !query.state.is_empty() {
        // What came of it is in the row of the sign-in, where the next page reads it.
        let came = match (&query.code, &query.error) {
            (_, Some(error)) => sign_in::declined(&shared, app, error, keys).await,
            (Some(code), None) => sign_in::come_back(&shared, app, code, keys).await,
            (None, None) => sign_in::declined(&shared, app, "no code", keys).await,
        };
        if came.is_err() {
            tracing::info!(app = app.as_str(), "a sign-in with Zoom did not come about; its row says why");
        }
    }
    let state = if fits { query.state.as_str() } else { "" };
    Ok(see(&confirm_address(app, state)))
}

pub(super) fn confirm_address(app: ZoomApp, state: &str) -> String {
    address(&format!("/oauth/zoom/{}/confirm", app.as_str()), &[("state", state)])
}

/// A sign-in that this browser began.
struct Began {
    row: SignInRow,
    /// The person who began it; none for whoever came by a link.
    admin: Option<Admin>,
    form_token: String,
    browser: String,
}

impl Began {
    /// Where a person of the console goes on.
    fn tab(&self) -> String {
        tab_address(&self.row.tenant, tab_of(self.row.app))
    }
}

/// The sign-in of that state, if this browser began it, and the same person still sits before it.
async fn began(shared: &Shared, app: ZoomApp, state: &str, headers: &HeaderMap) -> Result<Option<Began>, Failure> {
    let Some(browser) = cookie(shared, headers, BROWSER) else { return Ok(None) };
    let state_hash = hash(state);
    let found =
        shared.store.read(move |unit| Box::pin(async move { store_sign_in::get(unit, &state_hash).await })).await?;
    let now_ms = shared.clock.now_ms();
    let ours = |row: &SignInRow| row.app == app && row.browser_hash == hash(&browser) && now_ms < row.expires_ms;
    let Some(row) = found.filter(ours) else { return Ok(None) };
    if row.actor == LINK_ACTOR {
        let form_token = browser_token(&browser);
        return Ok(Some(Began { row, admin: None, form_token, browser }));
    }
    let Some(admin) = session::find(shared, headers).await? else { return Ok(None) };
    if admin.actor() != row.actor || !admin.reaches(&row.tenant) {
        return Ok(None);
    }
    let form_token = admin.form_token().to_owned();
    Ok(Some(Began { row, admin: Some(admin), form_token, browser }))
}

/// The state of a sign-in, as the address of its page carries it.
#[derive(Deserialize)]
pub(super) struct StateQuery {
    #[serde(default)]
    state: String,
}

pub(super) async fn confirm(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    headers: HeaderMap,
    Query(query): Query<StateQuery>,
) -> Page {
    let app = parse_app(&app)?;
    let Some(began) = began(&shared, app, &query.state, &headers).await? else { return Ok(not_known(app)) };
    match began.row.step.as_str() {
        "offered" => ask(&shared, &began, &query.state).await,
        "confirmed" => connected(&shared, &began).await,
        "failed" => {
            let sentence = began.row.failure.clone().unwrap_or_default();
            Ok(failed(&shared, app, sentence, began.admin.is_some().then(|| began.tab())))
        }
        _ => {
            let sentence = "Zoom has not answered yet. Load this page again in a moment.".to_owned();
            Ok(failed(&shared, app, sentence, began.admin.is_some().then(|| began.tab())))
        }
    }
}

/// The page that names everything once more and asks.
async fn ask(shared: &Shared, began: &Began, state: &str) -> Page {
    let app = began.row.app;
    let Ok((tenant, offer)) = sign_in::waiting(shared, app, (state, &began.browser)).await else {
        return Ok(not_known(app));
    };
    let row = tenant_unasked(shared, tenant.clone()).await?;
    let open = signed_in(shared, tenant, app).await?;
    let stands_by =
        began.row.wanted == Wanted::StandBy && open.as_ref().is_none_or(|open| open.zoom_user != offer.zoom_user);
    let other = open.filter(|open| open.zoom_user != offer.zoom_user && !stands_by);
    let replaces = other.map(|other| other.email.unwrap_or(other.zoom_user));
    let now_ms = shared.clock.now_ms();
    Ok(show(&Confirm {
        frame: Frame::outside("Connect these two?", &began.form_token),
        tab: tab_of(app),
        tenant: row.name,
        own_app: offer.own_client().map(str::to_owned),
        identity: ZoomIdentity {
            user: offer.user_name.unwrap_or_else(|| offer.zoom_user.clone()),
            email: offer.email.unwrap_or_default(),
            account: offer.account,
        },
        takes_over: offer.takes_over,
        replaces,
        stands_by,
        missing_scopes: offer.missing.into_iter().flat_map(|(_, scopes)| scopes).collect(),
        action: confirm_address(app, state),
        cancel: if began.admin.is_some() { began.tab() } else { "/oauth/zoom/cancelled".to_owned() },
        expires: Moment::new(began.row.expires_ms, now_ms, &row.time_zone),
    }))
}

/// The tenant's sign-in as it is now.
async fn signed_in(shared: &Shared, tenant: TenantId, app: ZoomApp) -> Result<Option<ConnectionRow>, Failure> {
    let read = shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
    Ok(read.await?)
}

pub(super) async fn connect(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    headers: HeaderMap,
    Query(query): Query<StateQuery>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    let app = parse_app(&app)?;
    let Some(began) = began(&shared, app, &query.state, &headers).await? else { return Ok(not_known(app)) };
    check_token(&form.form_token, &began.form_token)?;
    let Ok(tenant) = sign_in::confirm(&shared, app, (&query.state, &began.browser)).await else {
        tracing::info!(app = app.as_str(), tenant = %began.row.tenant, "a sign-in with Zoom was not confirmed");
        return Ok(see(&confirm_address(app, &query.state)));
    };
    shared.wakes.courier.wake();
    if began.admin.is_none() {
        let now_ms = shared.clock.now_ms();
        shared
            .store
            .write(move |unit| {
                Box::pin(async move { link::end_all(unit, &tenant, (LINK_PURPOSE, app.as_str()), now_ms).await })
            })
            .await?;
    }
    Ok(see(&confirm_address(app, &query.state)))
}

/// It is connected: a person of the console goes back to the tab, whoever came by a link is thanked.
async fn connected(shared: &Shared, began: &Began) -> Page {
    if began.admin.is_some() {
        let owned = began.row.tenant.clone();
        let moving = shared.store.read(move |unit| Box::pin(async move { moving::get(unit, &owned).await })).await?.1;
        // Whoever is on the guided way goes on there.
        let home = format!("/t/{}/migration", began.row.tenant);
        let next = if moving.can_go_back() { home } else { began.tab() };
        return Ok(see(&address(&next, &[("done", "connected")])));
    }
    let tenant = tenant_unasked(shared, began.row.tenant.clone()).await?;
    let frame = Frame::outside("Connected", "");
    Ok(show(&Done { frame, tab: tab_of(began.row.app), tenant: tenant.name }))
}

fn not_known(app: ZoomApp) -> Response {
    let page = FailurePage {
        frame: Frame::outside("Not connected", ""),
        tab: tab_of(app),
        sentence: sign_in::SignInError::NotKnown.to_string(),
        causes: [
            "It took longer than ten minutes, or was finished already.",
            "It was begun in another browser, or the browser keeps no cookies.",
            "It was begun in the Zoom Marketplace. It has to begin here: on the Configure page, or by the link you were sent.",
        ]
        .map(str::to_owned)
        .to_vec(),
        ask: String::new(),
        answer: None,
        retry: "/".to_owned(),
    };
    (StatusCode::BAD_REQUEST, show(&page)).into_response()
}

/// The page of a sign-in that Zoom refused; with the way back for a person of the console.
fn failed(shared: &Shared, app: ZoomApp, sentence: String, retry: Option<String>) -> Response {
    let name = app.name_in_zoom();
    let scopes = features_of(app).iter().flat_map(|feature| feature.scopes.iter().map(|(scope, _)| *scope));
    let mut ask = format!(
        "Please connect Zoom with LeadSquared for us. It needs a Zoom admin who may install the app “{name}” with these permissions:\n"
    );
    for scope in scopes {
        ask.push_str(&format!("- {scope}\n"));
    }
    ask.push_str(&format!("Sign in at {} as that admin, or give our user such a role.", shared.config.public_url()));
    let page = FailurePage {
        frame: Frame::outside("Not connected", ""),
        tab: tab_of(app),
        sentence,
        causes: vec![
            "Whoever signed in is not a Zoom admin, or the admin's role lacks a permission.".to_owned(),
            format!("The app “{name}” is not approved in the Zoom account yet."),
            "“Decline” was chosen on Zoom's page.".to_owned(),
        ],
        ask,
        answer: None,
        retry: retry.unwrap_or_default(),
    };
    (StatusCode::BAD_REQUEST, show(&page)).into_response()
}
