//! The one transaction that connects: what stood in the way ends, the new connection begins with what it is called with, and both are
//! in the audit log.

use super::own_app;
use crate::failpoint::{self, Point};
use crate::store::connection::ConnectionRow;
use crate::store::grant::GrantRow;
use crate::store::own_app::{self as store_own_app, OwnAppRow};
use crate::store::sign_in::SignInRow;
use crate::store::{StoreError, Unit, alert, audit, connection, grant, held, lane, removal, share, sign_in, stand_by};

/// What begins.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) connection: ConnectionRow,
    /// The role of who signed in.
    pub(super) role: Option<String>,
    pub(super) tokens: GrantRow,
    /// The tenant's own app, where it is by one.
    pub(super) own_app: Option<OwnAppRow>,
}

/// Connects. Answers why it cannot be, as a sentence; nothing has changed then.
pub(super) async fn connect(
    unit: &mut Unit,
    row: SignInRow,
    new: New,
    now_ms: i64,
) -> Result<Option<&'static str>, StoreError> {
    let New { connection: new, role, tokens, own_app } = new;
    if let Some(own) = &own_app
        && let Some(refusal) = own_app::refusal(unit, &new, own).await?
    {
        return Ok(Some(refusal));
    }
    if !sign_in::advance(unit, &row.state_hash, "offered", "confirmed").await? {
        return Ok(None);
    }
    failpoint::reached(Point::ConnectAdvanced);
    sign_in::forget_offer(unit, &row.state_hash).await?;
    let before = connection::latest(unit, &new.tenant, new.app).await?;
    let gap = super::missed::gap(unit, &new, now_ms).await?;
    super::takeover::make_room(unit, &new, now_ms).await?;
    if let Some(own) = &own_app {
        own_app::make_room(unit, &new, own, now_ms).await?;
    }
    super::stand_by::forget_user(unit, &new, now_ms).await?;
    failpoint::reached(Point::ConnectEnded);
    connection::insert(unit, &new).await?;
    super::health::began(unit, &new, role, now_ms).await?;
    failpoint::reached(Point::ConnectInserted);
    grant::insert(unit, &tokens).await?;
    if let Some(own) = &own_app {
        store_own_app::insert(unit, own).await?;
        // Nobody stands by for an app that acts by itself.
        stand_by::remove(unit, &new.tenant, new.app).await?;
    }
    // Who has a sign-in of its own is nobody's guest.
    if let Some(shared) = share::of_guest(unit, &new.tenant, new.app).await? {
        share::end(unit, (&shared.tenant, &shared.id), "guest", now_ms).await?;
    }
    removal::returned(unit, &new.tenant, (new.app, &new.account), now_ms).await?;
    removal::returned(unit, &held::nobody()?, (new.app, &new.account), now_ms).await?;
    removal::guests_returned(unit, &new.tenant, (new.app, &new.account), now_ms).await?;
    alert::connection_back(unit, (&new.tenant, new.app), now_ms).await?;
    // What waited for a sign-in need not wait any longer.
    lane::wake(unit, &new.tenant, "zoom", now_ms).await?;
    if before.is_some() {
        super::missed::fetch(unit, &new, (&new.id, gap), now_ms).await?;
    }
    let who = new.email.clone().unwrap_or_else(|| new.zoom_user.clone());
    let detail = match &own_app {
        Some(own) => {
            format!("{} connected by the own Zoom app {}, which acts for {who}", new.app.as_str(), own.client_id)
        }
        None => format!("{} connected as {who}", new.app.name_in_zoom()),
    };
    audit::write(unit, &row.actor, Some(&new.tenant), ("connection.connected", &detail), now_ms).await?;
    Ok(None)
}
