//! LeadSquared's side of a tenant: as whom the connector writes, new keys when the old ones are refused, and setting the
//! activity types up once more.

use super::super::crm::Crm;
use super::super::frame::Place;
use super::session::Operator;
use super::{DoneQuery, Fields, Page, TokenForm, address, frame, see, show, tenant_of, tenants, with_notice};
use crate::app::Shared;
use crate::leadsquared::CrmKeys;
use crate::setup;
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

async fn view(shared: &Shared, who: &Operator, tenant: &TenantRow) -> Result<Crm, super::Failure> {
    let id = tenant.tenant.clone();
    let current = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?;
    let (state, sentence) = tenants::crm(tenant);
    let codes = &current.settings.activity_codes;
    Ok(Crm {
        frame: frame(shared, who, ("LeadSquared", Place::Configure), Some(tenant)).await?,
        state,
        sentence,
        host: tenant.crm_api.clone(),
        user: tenant.crm_user.clone().unwrap_or_default(),
        types: current
            .settings
            .activity_kinds()
            .map(|kind| (kind.type_name().to_owned(), codes.get(&kind).copied()))
            .collect(),
        refusal: None,
    })
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Operator,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// The form of new keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysForm {
    #[serde(default)]
    form_token: String,
    access_key: String,
    secret_key: String,
}

pub(super) async fn keys(
    State(shared): State<Shared>,
    who: Operator,
    Path(tenant): Path<String>,
    Fields(form): Fields<KeysForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &tenant).await?;
    let keys = CrmKeys { access: form.access_key.trim().to_owned(), secret: form.secret_key.trim().to_owned() };
    match setup::replace_keys(&shared, &tenant.tenant, keys, who.actor()).await {
        Ok(()) => {
            shared.wakes.courier.wake();
            Ok(done(&tenant, "keys"))
        }
        Err(error) => refused(&shared, &who, &tenant, error.to_string()).await,
    }
}

pub(super) async fn types(
    State(shared): State<Shared>,
    who: Operator,
    Path(tenant): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &tenant).await?;
    match setup::renew_types(&shared, &tenant.tenant, who.actor()).await {
        Ok(_) => Ok(done(&tenant, "types")),
        Err(error) => refused(&shared, &who, &tenant, error.to_string()).await,
    }
}

fn done(tenant: &TenantRow, word: &str) -> axum::response::Response {
    see(&address(&format!("/t/{}/leadsquared", tenant.tenant), &[("done", word)]))
}

async fn refused(shared: &Shared, who: &Operator, tenant: &TenantRow, sentence: String) -> Page {
    let page = Crm { refusal: Some(sentence), ..view(shared, who, tenant).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}
