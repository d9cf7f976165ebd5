//! LeadSquared's side of a tenant: as whom the connector writes, new keys when the old ones are refused, and setting the
//! activity types up once more.

use super::super::crm::Crm;
use super::super::frame::Place;
use super::session::Admin;
use super::{DoneQuery, Fields, Page, TokenForm, address, frame, see, show, tenant_of, tenants, with_notice};
use crate::actions;
use crate::app::Shared;
use crate::leadsquared::CrmKeys;
use crate::setup;
use crate::store::settings;
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<Crm, super::Failure> {
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
        actions: shown(shared, tenant, current.settings.actions_version).await,
        link_field: current.settings.join_link_field.unwrap_or_default(),
    })
}

/// The addresses that LeadSquared's own actions use. Without the tenant's key there is none.
async fn shown(shared: &Shared, tenant: &TenantRow, version: u32) -> Vec<(String, String)> {
    let Ok(all) = actions::addresses(shared, &tenant.tenant, version).await else { return Vec::new() };
    [
        ("Automation: webhook action (POST, the lead as JSON)", all.webhook.clone()),
        ("Lead or bulk action that calls an API (CallAPI, POST)", all.webhook),
        ("Webhooks for task create, update, complete and cancel (POST)", all.tasks),
        ("Lead action: schedule a Zoom meeting (OpenNewWindow)", all.schedule),
        ("Lead action that opens a page (OpenNewWindow)", all.add_lead),
        ("List action that opens a page (OpenNewWindow)", all.add_list),
    ]
    .map(|(what, address)| (what.to_owned(), address))
    .to_vec()
}

/// Makes the addresses of LeadSquared's actions new: the old secret is worthless at once.
pub(super) async fn new_secret(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match actions::renew(&shared, &tenant.tenant, who.actor()).await {
        Ok(_) => Ok(done(&tenant, "actions")),
        Err(error) => refused(&shared, &who, &tenant, error.to_string()).await,
    }
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
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<KeysForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
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
    who: Admin,
    Path(tenant): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    match setup::renew_types(&shared, &tenant.tenant, who.actor()).await {
        Ok(_) => Ok(done(&tenant, "types")),
        Err(error) => refused(&shared, &who, &tenant, error.to_string()).await,
    }
}

fn done(tenant: &TenantRow, word: &str) -> axum::response::Response {
    see(&address(&format!("/t/{}/leadsquared", tenant.tenant), &[("done", word)]))
}

async fn refused(shared: &Shared, who: &Admin, tenant: &TenantRow, sentence: String) -> Page {
    let page = Crm { refusal: Some(sentence), ..view(shared, who, tenant).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}
