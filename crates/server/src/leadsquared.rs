//! The client of LeadSquared: sends what the core wrote with a tenant's keys. Looks at neither JSON nor status.

use crate::outside::{Credentials, Outside};
use connector_core::delivery::schedule::CALL_DEADLINE_MS;
use connector_core::exchange::{Reply, Request};
use serde::{Deserialize, Serialize};

/// A tenant's key pair, as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct CrmKeys {
    /// Access key.
    pub access: String,
    /// Secret key.
    pub secret: String,
}

impl std::fmt::Debug for CrmKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CrmKeys(..)")
    }
}

/// Calls one LeadSquared account.
#[derive(Debug, Clone)]
pub struct LeadSquared {
    outside: Outside,
    base: String,
    keys: CrmKeys,
}

impl LeadSquared {
    /// The account at that base address (without `/v2`), with those keys.
    #[must_use]
    pub fn new(outside: &Outside, base: &str, keys: CrmKeys) -> Self {
        Self { outside: outside.clone(), base: base.to_owned(), keys }
    }

    /// Makes one call.
    pub async fn call(&self, request: &Request) -> Reply {
        metrics::counter!("leadsquared_calls_total", "operation" => request.operation).increment(1);
        let credentials = Credentials::Keys { access: self.keys.access.clone(), secret: self.keys.secret.clone() };
        self.outside.send(&self.base, &credentials, request, CALL_DEADLINE_MS).await
    }
}
