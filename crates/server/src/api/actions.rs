//! The addresses that LeadSquared's own actions call, and a new secret for them, for scripts. Each address holds the secret.

use super::{Answer, Key, Path};
use crate::actions::{self, Addresses};
use crate::app::Shared;
use crate::setup::SetupError;
use crate::store::settings;
use axum::Json;
use axum::extract::State;
use connector_core::ids::TenantId;
use serde::Serialize;

/// The addresses, and the version of the secret in them.
#[derive(Debug, Serialize)]
pub struct AddressesView {
    version: u32,
    webhook: String,
    tasks: String,
    schedule: String,
    add_lead: String,
    add_list: String,
}

impl AddressesView {
    /// Each by its name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 5] {
        let Self { version: _, webhook, tasks, schedule, add_lead, add_list } = self;
        [("webhook", webhook), ("tasks", tasks), ("schedule", schedule), ("add_lead", add_lead), ("add_list", add_list)]
    }
}

/// The addresses in that version of the secret.
///
/// # Errors
/// [`SetupError::Key`]: without the tenant's key there are none.
pub async fn view(shared: &Shared, tenant: &TenantId, version: u32) -> Result<AddressesView, SetupError> {
    let Addresses { webhook, tasks, schedule, add_lead, add_list } =
        actions::addresses(shared, tenant, version).await?;
    Ok(AddressesView { version, webhook, tasks, schedule, add_lead, add_list })
}

pub(super) async fn show(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<AddressesView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let id = tenant.clone();
    let current = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?;
    Ok(Json(view(&shared, &tenant, current.settings.actions_version).await?))
}

pub(super) async fn renew(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<AddressesView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let saved = actions::renew(&shared, &tenant, &key.actor()).await?;
    Ok(Json(view(&shared, &tenant, saved.settings.actions_version).await?))
}
