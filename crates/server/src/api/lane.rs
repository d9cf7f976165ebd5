//! What waits for LeadSquared, why it rests if it does, and when it will be delivered.

use super::view::{TenantView, time};
use crate::app::Shared;
use crate::store::{StoreError, delivery_count, lane, settings};
use connector_core::code::sentence;
use connector_core::delivery::lane::outlook;
use connector_core::ids::TenantId;
use serde::Serialize;

/// The lane of a tenant to LeadSquared.
#[derive(Debug, Serialize)]
pub struct LaneView {
    /// Deliveries that wait, are under way, or whose answer was lost.
    pub waiting: u64,
    /// When they will be delivered, by the plan and what was learned of it; absent when nothing waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_at: Option<String>,
    /// Why nothing goes out at the moment, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldView>,
}

/// Why a lane rests.
#[derive(Debug, Serialize)]
pub struct HeldView {
    /// Stable code.
    pub code: String,
    /// In plain words.
    pub sentence: String,
    /// Until then, or until it is looked again.
    pub until: String,
}

/// A tenant with its lane.
#[derive(Debug, Serialize)]
pub struct TenantDetail {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantView,
    /// Its lane.
    #[serde(flatten)]
    pub lane: LaneView,
}

/// Looks at the lane of a tenant to LeadSquared.
///
/// # Errors
/// [`StoreError`].
pub async fn lane(shared: &Shared, tenant: TenantId) -> Result<LaneView, StoreError> {
    let now_ms = shared.clock.now_ms();
    let seen = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let destination = "leadsquared";
                let state = lane::get(unit, &tenant, destination).await?.map(|(_, state)| state).unwrap_or_default();
                let settings = settings::current(unit, &tenant).await?.settings;
                let waiting = delivery_count::waiting(unit, &tenant, destination).await?;
                Ok(outlook(&state, &settings, &waiting, now_ms))
            })
        })
        .await?;
    Ok(LaneView {
        waiting: seen.waiting,
        complete_at: seen.complete_at_ms.map(time),
        held: seen.held.map(|held| HeldView {
            code: held.code.to_owned(),
            sentence: sentence(held.code).to_owned(),
            until: time(held.until_ms),
        }),
    })
}
