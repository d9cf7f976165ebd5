//! Ending a connection by a person's hand: in one transaction with whatever else ends with it, and told to Zoom behind it.

use super::tokens::Access;
use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::store::{StoreError, Unit, alert, audit, connection, share, stand_by};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::zoom::request;

/// Ends a tenant's connection. The authorisation is given back to Zoom, since no other tenant uses this grant.
///
/// # Errors
/// [`StoreError`]. That Zoom could not be told is no error: the tokens are destroyed here all the same.
pub async fn disconnect(shared: &Shared, tenant: &TenantId, app: ZoomApp, actor: &str) -> Result<bool, StoreError> {
    let access = access_of(shared, tenant, app).await?;
    let (owned, by, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let ended =
        shared.store.write(move |unit| Box::pin(async move { end(unit, (&owned, app), &by, now_ms).await })).await?;
    failpoint::reached(Point::DisconnectEnded);
    if let Some(access) = access.filter(|_| ended) {
        give_back(shared, (tenant, app), &access).await;
    }
    Ok(ended)
}

/// The access that is to be given back when the tenant's own connection ends: read before, because ending it destroys it.
///
/// # Errors
/// [`StoreError`].
pub async fn access_of(shared: &Shared, tenant: &TenantId, app: ZoomApp) -> Result<Option<Access>, StoreError> {
    let owned = tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &owned, app).await }));
    // Credentials of an own app cannot be given back; they are destroyed with the connection.
    if read.await?.is_none_or(|open| open.own_app) {
        return Ok(None);
    }
    Ok(shared.tokens().access(tenant, app).await.ok())
}

/// Ends what the tenant has of that app: its own connection, or its place as a guest. Answers whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn end(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    actor: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Some(open) = connection::open(unit, tenant, app).await? else {
        return super::share::leave_in(unit, (tenant, app), actor, now_ms).await;
    };
    let detail = format!("{} disconnected", app.name_in_zoom());
    audit::write(unit, actor, Some(tenant), ("connection.disconnected", &detail), now_ms).await?;
    for guest in share::of_owner(unit, tenant, app).await?.into_iter().filter_map(|share| share.guest) {
        let told = ("zoom.owner_gone", "The sign-in that is shared with you was disconnected.");
        alert::raise(unit, &guest, &alert::connection_cause(app), told, now_ms).await?;
    }
    for cause in [alert::connection_cause(app), super::health::person_cause(app), super::stand_by::cause(app)] {
        alert::resolve(unit, tenant, &cause, now_ms).await?;
    }
    stand_by::remove(unit, tenant, app).await?;
    connection::end(unit, tenant, &open.id, "disconnected", now_ms).await
}

/// Gives an authorisation back to Zoom; that Zoom could not be told is only logged.
pub async fn give_back(shared: &Shared, (tenant, app): (&TenantId, ZoomApp), access: &Access) {
    let reply = shared.zoom.token_call(app, &request::revoke(&access.token)).await;
    let told = matches!(reply, connector_core::exchange::Reply::Answer(_));
    tracing::info!(tenant = %tenant, app = app.as_str(), told, "disconnected from Zoom");
}
