//! Making room for a new connection: what the tenant had ends, and what another tenant had with the same Zoom user; that one is told
//! at once, and never by whom.

use crate::store::connection::ConnectionRow;
use crate::store::{StoreError, Unit, alert, audit, connection};

/// Ends what stands in the way of a new connection, in the unit that begins it.
pub(super) async fn make_room(unit: &mut Unit, new: &ConnectionRow, now_ms: i64) -> Result<(), StoreError> {
    if let Some(earlier) = connection::open(unit, &new.tenant, new.app).await? {
        connection::end(unit, &new.tenant, &earlier.id, "replaced", now_ms).await?;
    }
    if let Some(holder) = connection::held_by(unit, new.app, &new.zoom_user).await? {
        end(unit, &holder, now_ms).await?;
    }
    Ok(())
}

/// Another tenant's connection ends because the last one to sign in stays connected.
pub(super) async fn end(unit: &mut Unit, holder: &ConnectionRow, now_ms: i64) -> Result<(), StoreError> {
    connection::end(unit, &holder.tenant, &holder.id, "taken_over", now_ms).await?;
    let detail =
        format!("{} was signed in with the same Zoom user from another LeadSquared account", holder.app.name_in_zoom());
    audit::write(unit, "Zoom sign-in", Some(&holder.tenant), ("connection.taken_over", &detail), now_ms).await?;
    alert::connection_lost(unit, (&holder.tenant, holder.app), ("zoom.taken_over", &detail), now_ms).await?;
    tracing::warn!(tenant = %holder.tenant, app = holder.app.as_str(), "the Zoom sign-in was taken over by another tenant");
    Ok(())
}
