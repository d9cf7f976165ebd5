//! The account manager's pages. They know an account manager's own session and no other; a tenant that somebody is not invited for
//! does not exist for them.

use super::super::frame::Frame;
use super::super::part::{Pill, Tone};
use super::super::review::{ReviewInvite, ReviewLine, ReviewPage, Reviews};
use super::migration::compared;
use super::session::{browser_token, check_token, cookie, set_cookie};
use super::{Failure, Fields, Page, TokenForm, see, show, tenant_unasked};
use crate::app::Shared;
use crate::migration::{self, NotDone, review};
use crate::problem::Problem;
use crate::store::reviewer::ReviewSession;
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use connector_core::ids::TenantId;
use connector_core::migration::{CustomLogic, Step};
use connector_core::rules::custom::Record;
use connector_core::settings::Settings;
use serde::Deserialize;

/// The cookie of an account manager's session.
const REVIEW: &str = "zc-review";

/// The account manager behind a request.
#[derive(Debug)]
pub(super) struct Reviewer {
    session: ReviewSession,
    id: String,
}

impl FromRequestParts<Shared> for Reviewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let sentence = "This page is an account manager's. Open it by the link you were sent, or ask for a new one.";
        let nobody = || Failure::from(Problem::new(StatusCode::FORBIDDEN, "review.nobody", sentence)).into_response();
        let id = cookie(shared, &parts.headers, REVIEW).ok_or_else(nobody)?;
        let found = review::session(shared, &id).await.map_err(|error| Failure::from(error).into_response())?;
        let session = found.ok_or_else(nobody)?;
        Ok(Self { session, id })
    }
}

impl Reviewer {
    /// The tenant of an address and the name under which it is reviewed, or 404.
    async fn tenant(&self, shared: &Shared, text: &str) -> Result<(TenantRow, String), Failure> {
        let missing = || Problem::not_found("tenant");
        let tenant = tenant_unasked(shared, TenantId::parse(text).map_err(|_| missing())?).await?;
        let name = review::name(shared, &tenant.tenant, &self.session.email).await?;
        Ok((tenant, name.ok_or_else(missing)?))
    }
}

pub(super) async fn invite(State(shared): State<Shared>, Path(token): Path<String>) -> Page {
    let found = review::invited(&shared, &token).await?;
    let tenant = match found {
        Some((tenant, _)) => tenant_unasked(&shared, tenant.clone()).await?.name,
        None => String::new(),
    };
    let status = if tenant.is_empty() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let frame = Frame::outside("Review", &browser_token(&token));
    Ok((status, show(&ReviewInvite { frame, token, tenant })).into_response())
}

pub(super) async fn come_in(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    check_token(&form.form_token, &browser_token(&token))?;
    let Some((tenant, id)) = review::come_in(&shared, &token).await? else {
        return invite(State(shared), Path(token)).await;
    };
    let cookie = set_cookie(&shared, REVIEW, &id, review::SESSION_S);
    Ok(([cookie], see(&format!("/reviews/{tenant}"))).into_response())
}

pub(super) async fn list(State(shared): State<Shared>, who: Reviewer) -> Page {
    let mut lines = Vec::new();
    for tenant in review::tenants(&shared, &who.session.email).await? {
        let row = tenant_unasked(&shared, tenant.clone()).await?;
        let seen = migration::look(&shared, &tenant).await?;
        let state = match (seen.step, &seen.migration.custom_logic) {
            (Step::Review, _) => Pill::new(Tone::Wait, "waits for you"),
            (_, CustomLogic::Released { .. }) => Pill::new(Tone::Good, "released"),
            (_, CustomLogic::Absent | CustomLogic::Waits) => Pill::new(Tone::Quiet, "nothing to do"),
        };
        lines.push(ReviewLine { id: tenant.to_string(), name: row.name, state });
    }
    let frame = Frame::outside("Reviews", &who.session.form_token);
    Ok(show(&Reviews { frame, who: who.session.email, lines }))
}

async fn view(
    shared: &Shared,
    who: &Reviewer,
    (tenant, reviewer): (&TenantRow, String),
    refusal: Option<String>,
) -> Result<ReviewPage, Failure> {
    let seen = migration::look(shared, &tenant.tenant).await?;
    let owned = tenant.tenant.clone();
    let current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &owned).await })).await?.settings;
    Ok(ReviewPage {
        frame: Frame::outside("Review", &who.session.form_token),
        tenant: tenant.tenant.to_string(),
        name: tenant.name.clone(),
        waits: seen.step == Step::Review,
        compared: compared(shared, &tenant.tenant, &seen).await?,
        logic: logic(&current),
        changes: seen.situation.changes.clone(),
        reviewer,
        released: match seen.migration.custom_logic {
            CustomLogic::Released { reviewer, reason, .. } => Some((reviewer, reason)),
            CustomLogic::Absent | CustomLogic::Waits => None,
        },
        refusal,
    })
}

/// Filters and computed fields, each with its text.
fn logic(settings: &Settings) -> Vec<(String, String)> {
    let filters = settings
        .filters
        .iter()
        .map(|filter| (format!("Leaves out: {}", filter.name), filter.condition.text().to_owned()));
    let computed = settings.computed_fields.iter().map(|field| {
        let of = match field.of {
            Record::Lead => "lead",
            Record::Activity => "activity",
        };
        (format!("Computes the {of}'s {}", field.field), field.value.text().to_owned())
    });
    filters.chain(computed).collect()
}

pub(super) async fn page(State(shared): State<Shared>, who: Reviewer, Path(tenant): Path<String>) -> Page {
    let (tenant, name) = who.tenant(&shared, &tenant).await?;
    Ok(show(&view(&shared, &who, (&tenant, name), None).await?))
}

/// The form of a release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn release(
    State(shared): State<Shared>,
    who: Reviewer,
    Path(tenant): Path<String>,
    Fields(form): Fields<ReleaseForm>,
) -> Page {
    let (tenant, name) = who.tenant(&shared, &tenant).await?;
    check_token(&form.form_token, &who.session.form_token)?;
    match review::release(&shared, &tenant.tenant, (&who.session.email, &name), &form.reason).await {
        Ok(_) => Ok(see(&format!("/reviews/{}", tenant.tenant))),
        Err(error @ (NotDone::NotNow(_) | NotDone::Meanwhile)) => {
            let page = view(&shared, &who, (&tenant, name), Some(error.to_string())).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
        }
        Err(error @ (NotDone::Store(_) | NotDone::Key(_))) => Err(error.into()),
    }
}

pub(super) async fn sign_out(State(shared): State<Shared>, who: Reviewer, Fields(form): Fields<TokenForm>) -> Page {
    check_token(&form.form_token, &who.session.form_token)?;
    review::leave(&shared, &who.id, &who.session.email).await?;
    Ok(([set_cookie(&shared, REVIEW, "", 0)], see("/reviews")).into_response())
}
