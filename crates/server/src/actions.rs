//! The addresses that LeadSquared's own actions, automations and webhooks call, alike wherever they are shown, and a new secret for them. Each
//! carries a secret that is made of the tenant's key and a version in its settings: nothing is stored that could be stolen.

use crate::app::Shared;
use crate::connections::keyring::NoKey;
use crate::intake::leadsquared as door;
use crate::setup::{self, SetupError};
use crate::store::settings;
use connector_core::fact::TenantKeys;
use connector_core::ids::TenantId;
use connector_core::settings::Versioned;

/// LeadSquared's merge fields for the lead and for whoever presses the action (leadsquared.md § 6.3).
const MERGE_FIELDS: &str = "lead=@{Lead:ProspectID,}&name=@{Lead:FirstName,}&by=@{User:EmailAddress,}";

/// A tenant's addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Takes a lead for a webinar: an automation's webhook, a lead's or a bulk action.
    pub webhook: String,
    /// Takes notices about tasks.
    pub tasks: String,
    /// Opens the form of a meeting.
    pub schedule: String,
    /// Opens the page that adds one lead to a webinar.
    pub add_lead: String,
    /// Opens the page that adds a list to a webinar.
    pub add_list: String,
}

/// Says that an address was shown to this tenant's admin. It stands in LeadSquared for everybody to see, and so proves nobody.
#[must_use]
pub fn entry_key(keys: &TenantKeys, version: u32) -> String {
    keys.alias("sales_entry", &[&version.to_string()]).0
}

/// The addresses in the version of the secret that the settings name.
///
/// # Errors
/// [`NoKey`]: without the tenant's key there are none.
pub async fn addresses(shared: &Shared, tenant: &TenantId, version: u32) -> Result<Addresses, NoKey> {
    let keys = shared.keys.of(&shared.store, tenant).await?.tenant_keys();
    let base = shared.config.public_url();
    let (secret, entry) = (door::secret(&keys, version), entry_key(&keys, version));
    Ok(Addresses {
        webhook: format!("{base}/leadsquared/{tenant}/{secret}/webhook?webinar=NUMBER"),
        tasks: format!("{base}/leadsquared/{tenant}/{secret}/tasks"),
        schedule: format!("{base}/t/{tenant}/sales?k={entry}&{MERGE_FIELDS}"),
        add_lead: format!("{base}/t/{tenant}/add-leads?leads=LEAD_ID"),
        add_list: format!("{base}/t/{tenant}/add-leads?list=LIST_ID"),
    })
}

/// Makes the secret new: the old addresses are worthless at once.
///
/// # Errors
/// [`SetupError::ChangedMeanwhile`] when somebody saved settings at the same time.
pub async fn renew(shared: &Shared, tenant: &TenantId, actor: &str) -> Result<Versioned, SetupError> {
    let id = tenant.clone();
    let current = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?;
    let mut next = Versioned { version: current.version + 1, settings: current.settings };
    next.settings.actions_version = next.settings.actions_version.saturating_add(1);
    setup::save_settings(shared, tenant, next.clone(), actor).await?;
    Ok(next)
}
