//! The key behind a request: who asks, what it reaches and what it may do.

use super::idempotency;
use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::problem::Problem;
use crate::store::api_key;
use crate::store::tenant::{self, TenantRow};
use axum::http::{HeaderMap, StatusCode, header};
use connector_core::ids::TenantId;
use connector_core::redact::mask::Sight;
use connector_core::schedule_request::WishId;
use connector_core::scope::{Scope, Scopes};

/// How often it is noted that a key is used, in milliseconds.
const NOTED_EVERY_MS: i64 = 60_000;

/// The key behind a request: no argument of this type, no access. Only the gate makes it.
#[derive(Debug, Clone)]
pub struct Key {
    hash: String,
    name: String,
    tenant: Option<TenantId>,
    /// What it may do.
    pub(super) scopes: Scopes,
    /// The name that the request itself has, if it has one.
    pub(super) request: Option<String>,
}

impl Key {
    /// The key that a request carries, if it is one of ours.
    pub(super) async fn known(shared: &Shared, headers: &HeaderMap) -> Result<Self, Problem> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = header.and_then(|text| text.split_once(' ')).ok_or_else(Problem::without_key)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::without_key());
        }
        let (key_hash, now_ms) = (hash(key.trim()), shared.clock.now_ms());
        let found = shared
            .store
            .read(move |unit| Box::pin(async move { api_key::find(unit, &key_hash, now_ms).await }))
            .await?;
        let row = found.ok_or_else(Problem::without_key)?;
        if row.used_ms.is_none_or(|used_ms| used_ms <= now_ms - NOTED_EVERY_MS) {
            let used = row.hash.clone();
            let noted = shared.store.write(move |unit| {
                Box::pin(async move { api_key::used(unit, &used, now_ms, now_ms - NOTED_EVERY_MS + 1).await })
            });
            noted.await?;
        }
        Ok(Self { hash: row.hash, name: row.name, tenant: row.tenant, scopes: row.scopes, request: None })
    }

    /// Hash of the key.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// For people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The tenant that it is bound to.
    pub(super) fn bound_to(&self) -> Option<&str> {
        self.tenant.as_ref().map(TenantId::as_str)
    }

    /// Who asks, for the audit log.
    pub(super) fn actor(&self) -> String {
        format!("API key {}", self.name)
    }

    /// How much of people it sees.
    pub(super) fn sight(&self) -> Sight {
        if self.scopes.allow(Scope::ReadPersonal) { Sight::Whole } else { Sight::Masked }
    }

    /// Makes sure that it sees people, where what is found tells as much as what is shown.
    pub(super) fn sees_people(&self) -> Result<(), Problem> {
        if self.sight().is_masked() { Err(Problem::lacks(Scope::ReadPersonal)) } else { Ok(()) }
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

    /// The name of a wish: the one that was given, else one made of the request's own name, else one that is made up.
    pub(super) fn wish(&self, given: Option<WishId>) -> Result<WishId, Problem> {
        let made_up = || match &self.request {
            Some(name) => WishId::parse(&idempotency::wish_of(&self.hash, name)),
            None => WishId::parse(&crate::dice::token()),
        };
        given.map_or_else(made_up, Ok).map_err(|error| Problem::bad_request(error.to_string()))
    }
}
