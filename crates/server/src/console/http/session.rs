//! Who is asking: the session behind a request, and the cookies that carry it. No argument of type [`Admin`] or
//! [`Operator`], no access.

use super::super::frame::Reach;
use super::Failure;
use crate::app::Shared;
use crate::config::OperatorsSee;
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::store::operator::{self, OperatorRow, SessionRow};
use crate::store::person;
use crate::store::tenant_list::Whose;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use connector_core::ids::TenantId;
use connector_core::redact::mask::Sight;
use connector_core::role::Role;
use connector_core::scope::{Scope, Scopes};
use subtle::ConstantTimeEq;

/// The cookie of a session.
pub(super) const SESSION: &str = "zc-session";
/// The cookie that ties a sign-in with Zoom to a browser.
pub(super) const BROWSER: &str = "zc-browser";
/// How often it is noted that a session was heard of, in milliseconds.
const SEEN_EVERY_MS: i64 = 5 * 60_000;
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
    session_hash: String,
    /// Whether people are masked unless they are shown.
    masked: bool,
    /// The tenant whose people are shown now.
    shown: Option<String>,
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
    let (session_hash, now_ms) = (hash(&id), shared.clock.now_ms());
    let id_hash = session_hash.clone();
    let session =
        shared.store.read(move |unit| Box::pin(async move { operator::session(unit, &id_hash, now_ms).await })).await?;
    let Some(session) = session else { return Ok(None) };
    let heard_lately = session.seen_ms.is_some_and(|seen_ms| now_ms < seen_ms + SEEN_EVERY_MS);
    if !heard_lately {
        let (person, id_hash) = (session.operator.id.clone(), session_hash.clone());
        shared
            .store
            .write(move |unit| Box::pin(async move { person::seen(unit, (&person, &id_hash), now_ms).await }))
            .await?;
    }
    let masked = match (session.operator.role, shared.config.console.operators_see) {
        (Role::Operator, OperatorsSee::Masked) => true,
        (Role::Operator, OperatorsSee::All) | (Role::TenantAdmin, OperatorsSee::All | OperatorsSee::Masked) => false,
    };
    let shown = session.shown.clone().filter(|(_, until_ms)| now_ms < *until_ms).map(|(tenant, _)| tenant);
    Ok(Some(Admin { session, session_hash, masked, shown }))
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
    /// The person.
    pub(super) fn person(&self) -> &OperatorRow {
        &self.session.operator
    }

    /// How much of a tenant's people is seen.
    pub(super) fn sight(&self, tenant: &TenantId) -> Sight {
        let shown = self.shown.as_deref() == Some(tenant.as_str());
        if self.masked && !shown { Sight::Masked } else { Sight::Whole }
    }

    /// What a key may do that the person makes. Who is shown people for a while makes none that is shown them for good.
    pub(super) fn may_hand_on(&self) -> Scopes {
        if self.masked { Scopes::all().without(Scope::ReadPersonal) } else { Scopes::all() }
    }

    /// Makes sure that a tenant's people are seen, where nothing of use is left when they are masked.
    pub(super) fn sees_people(&self, tenant: &TenantId) -> Result<(), Failure> {
        match self.sight(tenant) {
            Sight::Whole => Ok(()),
            Sight::Masked => {
                let sentence =
                    "People are masked for you here. Say on the overview why you need to see them, then come back.";
                Err(Problem::new(StatusCode::FORBIDDEN, "access.masked", sentence).into())
            }
        }
    }

    /// The hash of the session's id.
    pub(super) fn session_hash(&self) -> &str {
        &self.session_hash
    }

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
