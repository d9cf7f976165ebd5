//! The console's routes: who is asking, what stands around a page, and the headers of every answer. One file a group of
//! pages; each fills the view of its page and decides nothing else.

mod account;
mod configure;
mod connect;
mod deliveries;
mod journal;
mod schedule;
mod tenants;
mod words;

use super::frame::{Frame, Notice, Person, Place, SWITCHER_TENANTS_MAX, TenantName};
use super::problem::ProblemPage;
use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::store::operator::{self, SessionRow};
use crate::store::tenant::{self, TenantRow};
use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use connector_core::ids::TenantId;

/// The console's routes.
pub fn router(shared: Shared) -> Router<Shared> {
    Router::new()
        .route("/", get(tenants::home))
        .route("/assets/{name}", get(asset))
        .route("/first-run/{token}", get(account::first_run).post(account::first_run_post))
        .route("/sign-in", get(account::sign_in).post(account::sign_in_post))
        .route("/sign-out", post(account::sign_out))
        .route("/tenants", get(tenants::list))
        .route("/tenants/new", get(tenants::new).post(tenants::new_post))
        .route("/t/{tenant}", get(tenants::overview))
        .route("/t/{tenant}/configure", get(configure::first))
        .route("/t/{tenant}/configure/{tab}", get(configure::page))
        .route("/t/{tenant}/configure/{tab}/sign-in", post(configure::begin))
        .route("/t/{tenant}/configure/{tab}/link", post(configure::link))
        .route("/t/{tenant}/configure/{tab}/disconnect", post(configure::disconnect))
        .route("/t/{tenant}/journal", get(journal::list))
        .route("/t/{tenant}/journal/{id}", get(journal::one))
        .route("/t/{tenant}/journal/{id}/replay", post(journal::replay))
        .route("/t/{tenant}/deliveries", get(deliveries::list))
        .route("/t/{tenant}/deliveries/replay", get(deliveries::ask).post(deliveries::replay_all))
        .route("/t/{tenant}/deliveries/{id}", get(deliveries::one))
        .route("/t/{tenant}/deliveries/{id}/replay", post(deliveries::replay))
        .route("/t/{tenant}/schedule", get(schedule::form).post(schedule::send))
        .route("/t/{tenant}/schedule/{wish}", get(schedule::follow))
        .route("/connect/{token}", get(connect::invite).post(connect::accept))
        .route("/oauth/zoom/{app}/callback", get(connect::callback))
        .route("/oauth/zoom/{app}/confirm", get(connect::confirm).post(connect::connect))
        .layer(middleware::from_fn_with_state(shared, guard))
}

/// Turns away forms of other sites, and puts the protecting headers on every answer (failures G3, G6).
async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = if unsafe_method && is_foreign(request.headers()) {
        Problem::new(StatusCode::FORBIDDEN, "request.foreign", "This form was sent from another site.").into_response()
    } else {
        next.run(request).await
    };
    let zoom = connector_core::redact::clip(shared.zoom.oauth_url(), 200);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' https://zoom.us https://*.zoom.us {zoom}"
    );
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return false };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    Some(host) != text("host")
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = super::asset::find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, super::asset::CACHE_FOR_GOOD)];
    (headers, asset.text).into_response()
}

/// The person behind a request: no argument of this type, no access.
pub(super) struct Operator {
    session: SessionRow,
}

/// The cookie of a session and the one that ties a Zoom sign-in to a browser.
const SESSION: &str = "zc-session";
const BROWSER: &str = "zc-browser";

fn secure(shared: &Shared) -> bool {
    shared.config.public_url().starts_with("https://")
}

fn cookie_name(shared: &Shared, name: &str) -> String {
    if secure(shared) { format!("__Host-{name}") } else { name.to_owned() }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

fn set_cookie(shared: &Shared, name: &str, value: &str, seconds: i64) -> (header::HeaderName, String) {
    let flag = if secure(shared) { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{flag}", cookie_name(shared, name));
    (header::SET_COOKIE, text)
}

impl FromRequestParts<Shared> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let now_ms = shared.clock.now_ms();
        let session = match cookie(&parts.headers, &cookie_name(shared, SESSION)) {
            None => None,
            Some(id) => {
                let id_hash = hash(&id);
                let read = shared.store.read(move |unit| {
                    Box::pin(async move { operator::session(unit, &id_hash, now_ms).await })
                });
                read.await.map_err(|error| Problem::from(error).into_response())?
            }
        };
        session.map(|session| Self { session }).ok_or_else(|| {
            let next = if parts.method == Method::GET { parts.uri.path() } else { "/" };
            Redirect::to(&format!("/sign-in?next={next}")).into_response()
        })
    }
}

impl Operator {
    /// The person's address, for the audit log.
    fn actor(&self) -> &str {
        &self.session.operator.email
    }

    /// Makes sure that a form is one of this session.
    fn check(&self, form_token: &str) -> Result<(), Failure> {
        if form_token == self.session.form_token {
            return Ok(());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "request.form", "This form is not of your session. Load the page again.").into())
    }
}

/// A page that could not be shown: the problem as a page.
pub(super) struct Failure(Problem);

impl<T: Into<Problem>> From<T> for Failure {
    fn from(problem: T) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = ProblemPage {
            frame: Frame::outside("Something is in the way", ""),
            status: self.0.status.as_u16(),
            sentence: self.0.detail,
            repair: "Go back and try again, or start from the first page.".to_owned(),
            code: self.0.code.to_owned(),
            id: crate::dice::id(0),
            back: "/".to_owned(),
        };
        tracing::debug!(status = page.status, code = page.code, id = page.id, "a page could not be shown");
        (self.0.status, show(&page)).into_response()
    }
}

type Page = Result<Response, Failure>;

/// Renders a page.
fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn see(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// The tenant of an address, or 404.
async fn tenant_of(shared: &Shared, text: &str) -> Result<TenantRow, Failure> {
    let missing = || Problem::not_found("tenant");
    let id = TenantId::parse(text).map_err(|_| missing())?;
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &id).await })).await?;
    Ok(row.ok_or_else(missing)?)
}

/// What stands around a page of the console.
async fn frame(
    shared: &Shared,
    who: &Operator,
    (title, place): (&str, Place),
    tenant: Option<&TenantRow>,
) -> Result<Frame, Failure> {
    let all = shared.store.read(|unit| Box::pin(tenant::all(unit))).await?;
    let named = |row: &TenantRow| TenantName { id: row.tenant.to_string(), name: row.name.clone() };
    Ok(Frame {
        title: title.to_owned(),
        place,
        tenant: tenant.map(named),
        tenants: all.iter().take(SWITCHER_TENANTS_MAX).map(named).collect(),
        person: Some(Person { name: who.session.operator.name.clone(), email: who.session.operator.email.clone() }),
        form_token: who.session.form_token.clone(),
        notice: None,
    })
}

/// The frame with a sentence about what was just done, if the address carries one that we know.
fn with_notice(mut frame: Frame, done: Option<&str>) -> Frame {
    frame.notice = done.and_then(words::done).map(|(tone, text)| Notice { tone, text: text.to_owned() });
    frame
}
