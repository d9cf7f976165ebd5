//! Who may schedule meetings: a person of the console, or a sales user of the tenant in the address. A sales user reaches the pages
//! that take a [`Scheduler`] and no others, because all others take an [`Admin`].

use super::super::frame::{Frame, Person, Place, Reach, TenantName};
use super::session::{self, Admin, Reaches, SESSION, check_token, cookie, to_sign_in};
use super::{Failure, frame};
use crate::app::Shared;
use crate::choices::{self, CrmUser};
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::sales_users::{LINK_PURPOSE, links_of};
use crate::store::sales::{self, SalesSession};
use crate::store::tenant::TenantRow;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use connector_core::ids::TenantId;
use connector_core::redact::mask::Sight;

/// How long LeadSquared's word holds that somebody is an active user, in milliseconds.
const CHECKED_MS: i64 = 24 * 60 * 60_000;
/// How long LeadSquared is left alone after it did not answer, in milliseconds.
const AGAIN_MS: i64 = 10 * 60_000;

/// The person behind a request for a schedule page.
#[derive(Debug)]
pub(super) enum Scheduler {
    /// Somebody of the console, for every tenant they reach.
    Admin(Box<Admin>),
    /// A sales user, for the tenant of the address.
    Sales(Box<SalesSession>),
}

impl FromRequestParts<Shared> for Scheduler {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let admin = session::find(shared, &parts.headers).await.map_err(IntoResponse::into_response)?;
        if let Some(admin) = admin {
            return Ok(Self::Admin(Box::new(admin)));
        }
        let found = sales_user(shared, &parts.headers).await.map_err(IntoResponse::into_response)?;
        let Some(found) = found else { return Err(to_sign_in(parts)) };
        let address = RawPathParams::from_request_parts(parts, shared).await.map_err(IntoResponse::into_response)?;
        let is_own = address.iter().any(|(name, value)| name == "tenant" && value == found.tenant.as_str());
        // Of another tenant not even that it is there.
        if !is_own {
            return Err(Failure::from(Problem::not_found("tenant")).into_response());
        }
        match still_there(shared, &found).await.map_err(IntoResponse::into_response)? {
            CrmUser::Active => Ok(Self::Sales(Box::new(found))),
            CrmUser::Nobody => Err(to_sign_in(parts)),
        }
    }
}

/// The sales user's session that a request's cookie names, if it has not ended.
pub(super) async fn sales_user(shared: &Shared, headers: &HeaderMap) -> Result<Option<SalesSession>, Failure> {
    let Some(id) = cookie(shared, headers, SESSION) else { return Ok(None) };
    let (id_hash, now_ms) = (hash(&id), shared.clock.now_ms());
    Ok(shared.store.read(move |unit| Box::pin(async move { sales::session(unit, &id_hash, now_ms).await })).await?)
}

/// Asks LeadSquared once a day whether this is still an active user; who is none any more loses every session. While LeadSquared
/// does not answer, its last word holds.
async fn still_there(shared: &Shared, found: &SalesSession) -> Result<CrmUser, Failure> {
    let now_ms = shared.clock.now_ms();
    if now_ms < found.checked_ms + CHECKED_MS {
        return Ok(CrmUser::Active);
    }
    let (session, told) = (found.clone(), choices::crm_user(shared, &found.tenant, &found.email).await);
    let (holds, checked_ms) = match told {
        Ok(CrmUser::Nobody) => (CrmUser::Nobody, now_ms),
        Ok(CrmUser::Active) => (CrmUser::Active, now_ms),
        Err(why) => {
            tracing::warn!(tenant = %found.tenant, why, "whether a sales user is still one could not be asked");
            (CrmUser::Active, now_ms - CHECKED_MS + AGAIN_MS)
        }
    };
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                match holds {
                    CrmUser::Active => sales::checked(unit, &session, checked_ms).await,
                    CrmUser::Nobody => {
                        let (whose, links) = ((&session.tenant, &session.email), links_of(&session.email));
                        sales::end_all(unit, whose, (LINK_PURPOSE, &links), now_ms).await.map(drop)
                    }
                }
            })
        })
        .await?;
    Ok(holds)
}

impl Reaches for Scheduler {
    fn reaches(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Admin(admin) => admin.reaches(tenant),
            Self::Sales(session) => session.tenant == *tenant,
        }
    }
}

impl Scheduler {
    /// The person's address, for the audit log and as the one who schedules.
    pub(super) fn actor(&self) -> &str {
        match self {
            Self::Admin(admin) => admin.actor(),
            Self::Sales(session) => session.email.as_str(),
        }
    }

    /// Makes sure that a form is one of this session.
    pub(super) fn check(&self, form_token: &str) -> Result<(), Failure> {
        match self {
            Self::Admin(admin) => admin.check(form_token),
            Self::Sales(session) => check_token(form_token, &session.form_token),
        }
    }

    /// How much of a tenant's people is seen: a sales user sees the own meetings whole.
    pub(super) fn sight(&self, tenant: &TenantId) -> Sight {
        match self {
            Self::Admin(admin) => admin.sight(tenant),
            Self::Sales(_) => Sight::Whole,
        }
    }

    /// Makes sure that a tenant's people are seen, where nothing of use is left when they are masked.
    pub(super) fn sees_people(&self, tenant: &TenantId) -> Result<(), Failure> {
        match self {
            Self::Admin(admin) => admin.sees_people(tenant),
            Self::Sales(_) => Ok(()),
        }
    }

    /// Whether a meeting whose appointment goes to `owner` may be seen and changed: a sales user reaches their own.
    pub(super) fn may_see(&self, owner: Option<&str>) -> bool {
        match self {
            Self::Admin(_) => true,
            Self::Sales(session) => owner == Some(session.email.as_str()),
        }
    }

    /// What stands around a schedule page.
    pub(super) async fn frame(&self, shared: &Shared, title: &str, tenant: &TenantRow) -> Result<Frame, Failure> {
        match self {
            Self::Admin(admin) => frame(shared, admin, (title, Place::Schedule), Some(tenant)).await,
            Self::Sales(session) => Ok(Frame {
                title: title.to_owned(),
                place: Place::Schedule,
                tenant: Some(TenantName { id: tenant.tenant.to_string(), name: tenant.name.clone() }),
                tenants: Vec::new(),
                person: Some(Person {
                    name: session.email.as_str().to_owned(),
                    email: session.email.as_str().to_owned(),
                }),
                form_token: session.form_token.clone(),
                notice: None,
                reach: Reach::Schedule,
                masked: false,
            }),
        }
    }
}
