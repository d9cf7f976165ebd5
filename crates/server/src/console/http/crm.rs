//! LeadSquared's side of a tenant: as whom the connector writes, new keys when the old ones are refused, and setting the
//! activity types up once more.

use super::super::crm::Crm;
use super::super::frame::Place;
use super::sales_users;
use super::session::Admin;
use super::{DoneQuery, Fields, Page, TokenForm, address, frame, see, show, tenant_of, tenants, with_notice};
use crate::app::Shared;
use crate::intake::leadsquared as door;
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
        actions: actions(shared, tenant, current.settings.actions_version).await,
        link_field: current.settings.join_link_field.unwrap_or_default(),
    })
}

/// The addresses that LeadSquared's own actions use. Without the tenant's key there is none.
async fn actions(shared: &Shared, tenant: &TenantRow, version: u32) -> Vec<(String, String)> {
    let Ok(key) = shared.keys.of(&shared.store, &tenant.tenant).await else { return Vec::new() };
    let secret = door::secret(&key.tenant_keys(), version);
    let (base, id) = (shared.config.public_url(), &tenant.tenant);
    let webhook = format!("{base}/leadsquared/{id}/{secret}/webhook?webinar=NUMBER");
    let tasks = format!("{base}/leadsquared/{id}/{secret}/tasks");
    let opened = format!("{base}/t/{id}/add-leads");
    [
        ("Automation: webhook action (POST, the lead as JSON)", webhook.clone()),
        ("Lead or bulk action that calls an API (CallAPI, POST)", webhook),
        ("Webhooks for task create, update, complete and cancel (POST)", tasks),
        ("Lead action: schedule a Zoom meeting (OpenNewWindow)", sales_users::action(shared, tenant, version).await),
        ("Lead action that opens a page (OpenNewWindow)", format!("{opened}?leads=LEAD_ID")),
        ("List action that opens a page (OpenNewWindow)", format!("{opened}?list=LIST_ID")),
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
    let id = tenant.tenant.clone();
    let mut current =
        shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?;
    current.settings.actions_version = current.settings.actions_version.saturating_add(1);
    let read_at = current.version;
    match setup::save_settings_after(&shared, &tenant.tenant, read_at, current.settings, who.actor()).await {
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
