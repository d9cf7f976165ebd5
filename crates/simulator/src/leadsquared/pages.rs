//! Pages for people: what stands in each account.

use super::LeadSquared;
use axum::Router;

pub(super) fn router(crm: &LeadSquared) -> Router {
    Router::new().with_state(crm.clone())
}
