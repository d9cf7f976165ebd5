//! The tenants' own keys, each sealed under the master key in the tenant's row, opened once and kept in memory.

use super::seal::{DoesNotOpen, Key, Place};
use crate::store::{Store, StoreError, tenant};
use connector_core::ids::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Keys kept in memory.
const KEPT_MAX: usize = 20_000;

/// The keys. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keyring {
    master: Key,
    kept: Arc<Mutex<HashMap<TenantId, Key>>>,
}

/// A tenant's key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such tenant.
    #[error("there is no such tenant")]
    NoTenant,
    /// The master key is another one.
    #[error(transparent)]
    DoesNotOpen(#[from] DoesNotOpen),
}

impl NoKey {
    /// Whether there is no key because there is no such tenant.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::NoTenant)
    }
}

fn place(tenant: &TenantId) -> Place<'_> {
    Place { tenant: tenant.as_str(), table: "tenant", row: tenant.as_str(), column: "data_key" }
}

/// Whether the master key opens a tenant's key as it stands in the tenant's row.
#[must_use]
pub fn opens(master: &Key, tenant: &TenantId, sealed: &[u8]) -> bool {
    master.open(sealed, place(tenant)).is_ok()
}

impl Keyring {
    /// A ring under the master key.
    #[must_use]
    pub fn new(master: Key) -> Self {
        Self { master, kept: Arc::default() }
    }

    /// The tenant's key.
    ///
    /// # Errors
    /// [`NoKey`].
    pub async fn of(&self, store: &Store, tenant: &TenantId) -> Result<Key, NoKey> {
        if let Some(key) = self.kept.lock().ok().and_then(|kept| kept.get(tenant).cloned()) {
            return Ok(key);
        }
        let wanted = tenant.clone();
        let row = store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
        let sealed = row.ok_or(NoKey::NoTenant)?.data_key;
        let key = Key::from_bytes(&self.master.open(&sealed, place(tenant))?)?;
        self.keep(tenant, key.clone());
        Ok(key)
    }

    fn keep(&self, tenant: &TenantId, key: Key) {
        if let Ok(mut kept) = self.kept.lock() {
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
            kept.insert(tenant.clone(), key);
        }
    }

    /// A key for a new tenant, and the same sealed for its row.
    #[must_use]
    pub fn make(&self, tenant: &TenantId) -> (Key, Vec<u8>) {
        let key = Key::random();
        let sealed = self.master.seal(key.bytes(), place(tenant));
        (key, sealed)
    }

    /// A key of the service itself, for what belongs to no tenant.
    #[must_use]
    pub fn service(&self, purpose: &str) -> Key {
        self.master.derive(purpose)
    }
}
