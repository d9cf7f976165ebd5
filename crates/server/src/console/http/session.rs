//! Who is asking: the session behind a request, and the cookies that carry it. No argument of type [`Admin`] or
//! [`Operator`], no access.

use super::super::frame::Reach;
use super::Failure;
use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::store::operator::{self, SessionRow};
use crate::store::tenant_list::Whose;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use connector_core::ids::TenantId;
use connector_core::role::Role;
use subtle::ConstantTimeEq;

/// The cookie of a session.
pub(super) const SESSION: &str = "zc-session";
/// The cookie that ties a sign-in with Zoom to a browser.
pub(super) const BROWSER: &str = "zc-browser";
/// The longest value of a cookie that is looked at, in bytes.
const COOKIE_BYTES_MAX: usize = 200;

/// Whoever asks, as far as it decides which tenants are reached.
pub(super) trait Reaches {
    /// Whether that tenant is reached. Of one that is not, not even that it is there is said.
    fn reaches(&self, tenant: &TenantId) -> bool;
}

/// The person of the console behind a request: an operator or a tenant admin.
#[derive(Debug)]
pub(super) struct Admin {
    session: SessionRow,
}

/// The operator behind a request. What only an operator may do takes one.
#[derive(Debug)]
pub(super) struct Operator(Admin);

impl std::ops::Deref for Operator {
    type Target = Admin;

    fn deref(&self) -> &Admin {
        &self.0
    }
}

impl FromRequestParts<Shared> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let admin = Admin::from_request_parts(parts, shared).await?;
        match admin.session.operator.role {
            Role::Operator => Ok(Self(admin)),
            // As an address that is not there.
            Role::TenantAdmin => Err(Failure::from(Problem::not_found("page")).into_response()),
        }
    }
}

impl FromRequestParts<Shared> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let found = find(shared, &parts.headers).await.map_err(IntoResponse::into_response)?;
        found.ok_or_else(|| to_sign_in(parts))
    }
}

/// Sends somebody without a session to where one begins, and back afterwards.
pub(super) fn to_sign_in(parts: &Parts) -> Response {
    let whole = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
    let next = if parts.method == Method::GET { whole } else { "/" };
    Redirect::to(&super::address("/sign-in", &[("next", next)])).into_response()
}

/// The session that a request's cookie names, if it has not ended.
pub(super) async fn find(shared: &Shared, headers: &HeaderMap) -> Result<Option<Admin>, Failure> {
    let Some(id) = cookie(shared, headers, SESSION) else { return Ok(None) };
    let (id_hash, now_ms) = (hash(&id), shared.clock.now_ms());
    let session =
        shared.store.read(move |unit| Box::pin(async move { operator::session(unit, &id_hash, now_ms).await })).await?;
    Ok(session.map(|session| Admin { session }))
}

impl Reaches for Admin {
    fn reaches(&self, tenant: &TenantId) -> bool {
        match self.session.operator.role {
            Role::Operator => true,
            Role::TenantAdmin => self.session.tenants.contains(tenant),
        }
    }
}

impl Admin {
    /// How far the person's session reaches, for what stands around a page.
    pub(super) fn reach(&self) -> Reach {
        match self.session.operator.role {
            Role::Operator => Reach::Console,
            Role::TenantAdmin => Reach::Tenants,
        }
    }

    /// Which tenants are the person's to list.
    pub(super) fn whose(&self) -> Whose {
        match self.session.operator.role {
            Role::Operator => Whose::Operators,
            Role::TenantAdmin => Whose::Admins(self.session.operator.id.clone()),
        }
    }

    /// The person's address, for the audit log.
    pub(super) fn actor(&self) -> &str {
        &self.session.operator.email
    }

    /// The person's name.
    pub(super) fn name(&self) -> &str {
        &self.session.operator.name
    }

    /// The token that every form of the session carries.
    pub(super) fn form_token(&self) -> &str {
        &self.session.form_token
    }

    /// Makes sure that a form is one of this session.
    pub(super) fn check(&self, form_token: &str) -> Result<(), Failure> {
        check_token(form_token, &self.session.form_token)
    }
}

/// Makes sure that a form carries the token it was given.
pub(super) fn check_token(sent: &str, given: &str) -> Result<(), Failure> {
    if bool::from(sent.as_bytes().ct_eq(given.as_bytes())) {
        return Ok(());
    }
    let sentence = "This form is not of your session. Load the page again.";
    Err(Problem::new(StatusCode::FORBIDDEN, "request.form", sentence).into())
}

/// The token of forms for people without a session: made from their browser's own cookie, which no other site can read.
pub(super) fn browser_token(browser: &str) -> String {
    hash(&format!("form:{browser}"))
}

/// Cookies travel only over TLS, unless the service is tried out without it.
fn secure(shared: &Shared) -> bool {
    shared.config.public_url().starts_with("https://")
}

fn cookie_name(shared: &Shared, name: &str) -> String {
    if secure(shared) { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of one of our cookies.
pub(super) fn cookie(shared: &Shared, headers: &HeaderMap, name: &str) -> Option<String> {
    let name = cookie_name(shared, name);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(known, _)| *known == name).map(|(_, value)| value);
    found.filter(|value| (1..=COOKIE_BYTES_MAX).contains(&value.len())).map(str::to_owned)
}

/// The header that sets one of our cookies for so many seconds.
pub(super) fn set_cookie(shared: &Shared, name: &str, value: &str, seconds: i64) -> (HeaderName, String) {
    let flag = if secure(shared) { "; Secure" } else { "" };
    let text =
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{flag}", cookie_name(shared, name));
    (header::SET_COOKIE, text)
}
