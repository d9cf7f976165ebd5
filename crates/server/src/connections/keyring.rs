//! The tenants' own keys, each sealed under the master key in the tenant's row, opened once and kept in memory; and what is sealed for the
//! service itself. A master key that takes another's place while the service runs is noticed: where it is a file, it is read again.

use super::master::{MasterKeys, Source};
use super::seal::{DoesNotOpen, Key, Place};
use crate::store::{Store, StoreError, tenant};
use connector_core::ids::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Keys kept in memory.
const KEPT_MAX: usize = 20_000;

/// The keys. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keyring {
    source: Source,
    masters: Arc<Mutex<MasterKeys>>,
    kept: Arc<Mutex<HashMap<TenantId, Key>>>,
}

/// What the service seals that is no tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Links in mails.
    Mail,
    /// Answers to requests.
    Idempotency,
}

impl Purpose {
    /// The word from which its key is made.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Idempotency => "idempotency",
        }
    }
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

/// Whether one of the master keys opens a tenant's key as it stands in the tenant's row.
#[must_use]
pub fn opens(masters: &MasterKeys, tenant: &TenantId, sealed: &[u8]) -> bool {
    masters.open(None, sealed, place(tenant)).is_ok()
}

impl Keyring {
    /// A ring under the master keys, which came from there.
    #[must_use]
    pub fn new(source: Source, masters: MasterKeys) -> Self {
        Self { source, masters: Arc::new(Mutex::new(masters)), kept: Arc::default() }
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
        let key = Key::from_bytes(&self.open_master(None, &sealed, place(tenant))?)?;
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
        let sealed = self.latest().current.seal(key.bytes(), place(tenant));
        (key, sealed)
    }

    /// Seals what belongs to the service.
    #[must_use]
    pub fn seal_for(&self, purpose: Purpose, value: &[u8], place: Place<'_>) -> Vec<u8> {
        self.latest().current.derive(purpose.as_str()).seal(value, place)
    }

    /// Opens what belongs to the service.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open_for(&self, purpose: Purpose, sealed: &[u8], place: Place<'_>) -> Result<Vec<u8>, DoesNotOpen> {
        self.open_master(Some(purpose), sealed, place)
    }

    fn open_master(&self, purpose: Option<Purpose>, sealed: &[u8], place: Place<'_>) -> Result<Vec<u8>, DoesNotOpen> {
        let purpose = purpose.map(Purpose::as_str);
        let known = self.known();
        known.open(purpose, sealed, place).or_else(|_| self.latest().open(purpose, sealed, place))
    }

    fn known(&self) -> MasterKeys {
        self.masters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys as they are now. Nothing may be sealed under a key whose place another one has taken.
    fn latest(&self) -> MasterKeys {
        match self.source.read() {
            Ok(Some(masters)) => {
                *self.masters.lock().unwrap_or_else(PoisonError::into_inner) = masters.clone();
                masters
            }
            Ok(None) => self.known(),
            Err(error) => {
                tracing::error!(%error, "the master key cannot be read any more; the one from the start is used");
                self.known()
            }
        }
    }
}
