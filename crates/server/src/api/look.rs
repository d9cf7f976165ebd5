//! What the API and the command line look up and do alike.

use super::view::{
    AttemptView, ConnectionView, DeliveryDetail, DeliveryView, NotificationDetail, NotificationView, body,
};
use crate::app::Shared;
use crate::store::{StoreError, attempt, audit, connection, delivery_list, journal};
use connector_core::ids::{TenantId, ZoomApp};

/// A notification with its body and what followed.
///
/// # Errors
/// [`StoreError`].
pub async fn notification(
    shared: &Shared,
    tenant: TenantId,
    id: String,
) -> Result<Option<NotificationDetail>, StoreError> {
    let found = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let Some(row) = journal::get(unit, &tenant, &id).await? else { return Ok(None) };
                let deliveries = match &row.fact {
                    Some(fact) => delivery_list::of_fact(unit, &tenant, fact).await?,
                    None => Vec::new(),
                };
                Ok(Some((row, deliveries)))
            })
        })
        .await?;
    Ok(found.map(|(row, deliveries)| NotificationDetail {
        notification: NotificationView::from(&row),
        body: body(&row.body),
        deliveries: deliveries.iter().map(DeliveryView::from).collect(),
    }))
}

/// A delivery with its command and attempts.
///
/// # Errors
/// [`StoreError`].
pub async fn delivery(shared: &Shared, tenant: TenantId, id: String) -> Result<Option<DeliveryDetail>, StoreError> {
    let found = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let Some(row) = delivery_list::get(unit, &tenant, &id).await? else { return Ok(None) };
                let attempts = attempt::of_delivery(unit, &tenant, &row.key).await?;
                Ok(Some((row, attempts)))
            })
        })
        .await?;
    Ok(found.map(|(row, attempts)| DeliveryDetail {
        delivery: DeliveryView::from(&row),
        command: serde_json::from_str(&row.command).unwrap_or(serde_json::Value::Null),
        attempts: attempts.iter().map(AttemptView::from).collect(),
    }))
}

/// The latest sign-in of each Zoom app.
///
/// # Errors
/// [`StoreError`].
pub async fn connections(shared: &Shared, tenant: TenantId) -> Result<Vec<ConnectionView>, StoreError> {
    let rows = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let mut rows = Vec::new();
                for app in ZoomApp::ALL {
                    rows.extend(connection::latest(unit, &tenant, app).await?);
                }
                Ok(rows)
            })
        })
        .await?;
    Ok(rows.iter().map(ConnectionView::from).collect())
}

/// Lets a notification be read once more. Answers whether it was settled.
///
/// # Errors
/// [`StoreError`].
pub async fn replay_notification(shared: &Shared, tenant: TenantId, id: String) -> Result<bool, StoreError> {
    let now_ms = shared.clock.now_ms();
    let replayed = shared
        .store
        .write(move |unit| Box::pin(async move { journal::replay(unit, &tenant, &id, now_ms).await }))
        .await?;
    shared.wakes.translator.wake();
    Ok(replayed)
}

/// Lets a parked delivery go again. Answers whether it was parked.
///
/// # Errors
/// [`StoreError`].
pub async fn replay_delivery(shared: &Shared, tenant: TenantId, id: String) -> Result<bool, StoreError> {
    let now_ms = shared.clock.now_ms();
    let replayed = shared
        .store
        .write(move |unit| Box::pin(async move { delivery_list::replay_one(unit, &tenant, &id, now_ms).await }))
        .await?;
    shared.wakes.courier.wake();
    Ok(replayed)
}

/// Counts the parked deliveries that match, or (for an actor) lets them go again.
///
/// # Errors
/// [`StoreError`].
pub async fn replay_parked(
    shared: &Shared,
    tenant: TenantId,
    filter: delivery_list::Filter,
    actor: Option<String>,
) -> Result<i64, StoreError> {
    let now_ms = shared.clock.now_ms();
    let count = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let Some(actor) = actor else { return delivery_list::count_parked(unit, &tenant, &filter).await };
                let count = delivery_list::replay(unit, &tenant, &filter, now_ms).await?;
                let detail = format!("{count} deliveries replayed");
                audit::write(unit, &actor, Some(&tenant), ("delivery.replayed", &detail), now_ms).await?;
                Ok(i64::try_from(count).unwrap_or(i64::MAX))
            })
        })
        .await?;
    shared.wakes.courier.wake();
    Ok(count)
}
