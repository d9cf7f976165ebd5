//! The credentials of a tenant's old JWT app: sealed under the tenant's key, and used only where nobody has signed in with Zoom.

use super::keyring::{Keyring, NoKey};
use super::seal::Place;
use super::tokens::{Access, NoAccess, Reach, TokenDesk};
use crate::app::Shared;
use crate::store::old_app::{self, OldAppRow, Switch};
use crate::store::{Store, StoreError, audit, moving, settings};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::legacy::{self, Proof};
use connector_core::settings::Settings;
use serde::{Deserialize, Serialize};

/// The longest credential, in bytes.
pub const CREDENTIAL_BYTES_MAX: usize = legacy::VERIFICATION_BYTES_MAX;

/// What is sealed. Never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OldApp {
    /// Zoom account id; events of any other are refused.
    pub account: String,
    /// Verification token; empty for none.
    pub verification_token: String,
    /// Secret Token; empty for none. Where there is one, only signatures count.
    pub secret_token: String,
    /// API key; empty for none.
    pub api_key: String,
    /// API secret; empty for none.
    pub api_secret: String,
}

impl std::fmt::Debug for OldApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OldApp({}, ..)", self.account)
    }
}

impl OldApp {
    /// What proves a webhook of it.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        Proof::of(&self.secret_token, &self.verification_token)
    }

    /// What is wrong with it, as a sentence; none when it can be used.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let all = [&self.account, &self.verification_token, &self.secret_token, &self.api_key, &self.api_secret];
        if all.iter().any(|text| text.len() > CREDENTIAL_BYTES_MAX) {
            return Some("One of these is too long to be Zoom's.");
        }
        if self.account.is_empty() {
            return Some("Give the Zoom account's id: events of any other account are refused.");
        }
        if self.proof().is_none() {
            return Some("Give the verification token or the Secret Token: without one, no webhook can be believed.");
        }
        (self.api_key.is_empty() != self.api_secret.is_empty()).then_some("API key and API secret belong together.")
    }

    fn trimmed(&self) -> Self {
        let [account, verification_token, secret_token, api_key, api_secret] =
            [&self.account, &self.verification_token, &self.secret_token, &self.api_key, &self.api_secret]
                .map(|text| text.trim().to_owned());
        Self { account, verification_token, secret_token, api_key, api_secret }
    }
}

/// The old app was not saved.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// What to mend.
    #[error("{0}")]
    Wrong(&'static str),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
    /// The tenant's key could not be had.
    #[error("The tenant's key cannot be opened: {0}")]
    Key(#[from] NoKey),
}

fn place(tenant: &TenantId) -> Place<'_> {
    Place { tenant: tenant.as_str(), table: "old_app", row: tenant.as_str(), column: "sealed" }
}

/// The tenant's old app, if it is switched on.
///
/// # Errors
/// [`NoKey`].
pub async fn active(store: &Store, keys: &Keyring, tenant: &TenantId) -> Result<Option<OldApp>, NoKey> {
    let wanted = tenant.clone();
    let row = store.read(move |unit| Box::pin(async move { old_app::get(unit, &wanted).await })).await?;
    let Some(row) = row.filter(|row| row.switch == Switch::On) else { return Ok(None) };
    let opened = keys.of(store, tenant).await?.open(&row.sealed, place(tenant))?;
    let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "old app", why: error.to_string() };
    Ok(Some(serde_json::from_slice(&opened).map_err(unreadable)?))
}

/// Saves the tenant's old app and switches it on.
///
/// # Errors
/// [`NotSaved`].
pub async fn save(shared: &Shared, tenant: &TenantId, wanted: &OldApp, actor: &str) -> Result<(), NotSaved> {
    let wanted = wanted.trimmed();
    if let Some(wrong) = wanted.wrong() {
        return Err(NotSaved::Wrong(wrong));
    }
    let key = shared.keys.of(&shared.store, tenant).await?;
    let plain = serde_json::to_vec(&wanted).unwrap_or_default();
    let now_ms = shared.clock.now_ms();
    let calls = !wanted.api_key.is_empty();
    let row = OldAppRow { switch: Switch::On, calls, sealed: key.seal(&plain, place(tenant)), saved_ms: now_ms };
    let (tenant, actor) = (tenant.clone(), actor.to_owned());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            old_app::save(unit, &tenant, &row).await?;
            let action = ("old_app.on", "the old JWT app is listened to");
            audit::write(unit, &actor, Some(&tenant), action, now_ms).await
        })
    });
    Ok(done.await?)
}

/// Switches the tenant's old app off and destroys its credentials. Answers whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn forget(shared: &Shared, tenant: &TenantId, actor: &str) -> Result<bool, StoreError> {
    let (tenant, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let gone = old_app::destroy(unit, &tenant).await?;
            if gone {
                let action = ("old_app.off", "the old JWT app's credentials are destroyed");
                audit::write(unit, &actor, Some(&tenant), action, now_ms).await?;
            }
            Ok(gone)
        })
    });
    done.await
}

/// Whether settings hold logic of the tenant's own beside rules for tasks.
#[must_use]
pub fn own_logic(settings: &Settings) -> bool {
    !settings.filters.is_empty() || !settings.computed_fields.is_empty()
}

/// Why nobody may sign in with Zoom for this tenant yet, as a sentence; none when somebody may.
///
/// # Errors
/// [`StoreError`].
pub async fn held(shared: &Shared, tenant: &TenantId) -> Result<Option<&'static str>, StoreError> {
    const HELD: &str = "This connector carries custom logic. Its account manager has to review and release it on the Migration page before anybody signs in.";
    let tenant = tenant.clone();
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let (_, migration) = moving::get(unit, &tenant).await?;
            let current = settings::current(unit, &tenant).await?;
            Ok(migration.certificate.is_none() && migration.is_held(own_logic(&current.settings)))
        })
    });
    Ok(read.await?.then_some(HELD))
}

impl TokenDesk {
    /// Access for a call as the tenant's connection of that app; where nobody has signed in, with the old app's credentials.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub async fn access_or_old(&self, tenant: &TenantId, app: ZoomApp, reach: Reach) -> Result<Access, NoAccess> {
        match self.access_within(tenant, app, reach).await {
            Err(NoAccess::NotConnected) => {
                let old = active(&self.store, &self.keys, tenant).await?.ok_or(NoAccess::NotConnected)?;
                let token = legacy::token(&old.api_key, &old.api_secret, self.clock.now_ms());
                let token = token.ok_or(NoAccess::NotConnected)?;
                Ok(Access { token, api_url: None, account: old.account })
            }
            other => other,
        }
    }
}
