//! The key behind a request: who asks, what it reaches and what it may do.

use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::store::operator;
use crate::store::tenant::{self, TenantRow};
use axum::http::{HeaderMap, StatusCode, header};
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::scope::Scopes;

/// What keys begin with, so that a leaked one is recognised.
pub const KEY_PREFIX: &str = "zck_";

/// The key behind a request: no argument of this type, no access. Only the gate makes it.
#[derive(Debug, Clone)]
pub struct Key {
    name: String,
    tenant: Option<TenantId>,
    /// What it may do.
    pub(super) scopes: Scopes,
}

impl Key {
    /// The key that a request carries, if it is one of ours.
    pub(super) async fn known(shared: &Shared, headers: &HeaderMap) -> Result<Self, Problem> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = header.and_then(|text| text.split_once(' ')).ok_or_else(Problem::without_key)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::without_key());
        }
        let key_hash = hash(key.trim());
        let found =
            shared.store.read(move |unit| Box::pin(async move { operator::find_key(unit, &key_hash).await })).await?;
        let (name, tenant) = found.ok_or_else(Problem::without_key)?;
        Ok(Self { name, tenant, scopes: Scopes::all() })
    }

    /// Who asks, for the audit log.
    pub(super) fn actor(&self) -> String {
        format!("API key {}", self.name)
    }

    /// Makes sure that the key is the operator's.
    pub(super) fn operator(&self) -> Result<(), Problem> {
        let refused = || {
            Problem::new(
                StatusCode::FORBIDDEN,
                "request.forbidden",
                "This key is bound to one tenant; this needs an operator's key.",
            )
        };
        if self.tenant.is_none() { Ok(()) } else { Err(refused()) }
    }

    /// The tenant of an address, if there is one and the key reaches it; both refusals look alike.
    pub(super) async fn tenant(&self, shared: &Shared, text: &str) -> Result<TenantRow, Problem> {
        let missing = || Problem::not_found("tenant");
        let id = TenantId::parse(text).map_err(|_| missing())?;
        if self.tenant.as_ref().is_some_and(|own| *own != id) {
            return Err(missing());
        }
        let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &id).await })).await?;
        row.ok_or_else(missing)
    }

    /// The name of a wish: the one that was given, else one that is made up.
    pub(super) fn wish(&self, given: Option<WishId>) -> Result<WishId, Problem> {
        let made_up = || WishId::parse(&crate::dice::token());
        given.map_or_else(made_up, Ok).map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// A new key and what is stored of it.
#[must_use]
pub fn new_key() -> (String, String) {
    let key = format!("{KEY_PREFIX}{}", crate::dice::token());
    let key_hash = hash(&key);
    (key, key_hash)
}
