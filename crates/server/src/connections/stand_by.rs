//! A second admin who stands by: keeping the sign-in, and using it when the first one's does not work any more.

use crate::app::Shared;
use crate::store::connection::ConnectionRow;
use crate::store::grant::GrantRow;
use crate::store::{StoreError, Unit, alert, audit, connection, lane, sign_in, stand_by};
use connector_core::ids::{TenantId, ZoomApp};

/// What an alert is about that tells of a stand-by.
#[must_use]
pub fn cause(app: ZoomApp) -> String {
    format!("stand_by:{}", app.as_str())
}

/// Whether this Zoom user is the one who is signed in already: then Zoom has just ended the tokens that are in use, and the new ones
/// have to take their place.
///
/// # Errors
/// [`StoreError`].
pub async fn is_signed_in(shared: &Shared, new: &ConnectionRow) -> Result<bool, StoreError> {
    let (tenant, app, zoom_user) = (new.tenant.clone(), new.app, new.zoom_user.clone());
    let read = shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
    Ok(read.await?.is_some_and(|open| open.zoom_user == zoom_user))
}

/// Why nobody has to stand by, as a sentence; none where somebody can.
pub(super) async fn no_need(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
) -> Result<Option<&'static str>, StoreError> {
    let tenant = tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { connection::open(unit, &tenant, app).await }));
    Ok(read.await?.filter(|open| open.own_app).map(|_| BY_ITSELF))
}

/// Why nobody stands by for an own app.
const BY_ITSELF: &str = "This is connected by your own Zoom app, which signs in by itself: nobody has to stand by.";

/// Why this Zoom user cannot stand by, as a sentence; none when it can.
pub(super) async fn refusal(unit: &mut Unit, new: &ConnectionRow) -> Result<Option<&'static str>, StoreError> {
    let Some(open) = connection::open(unit, &new.tenant, new.app).await? else {
        return Ok(Some("Sign in with Zoom first: a stand-by steps in for a sign-in, and there is none."));
    };
    Ok(if open.own_app {
        Some(BY_ITSELF)
    } else if open.account != new.account {
        Some("This is another Zoom account. A stand-by is another admin of the Zoom account that is connected.")
    } else if connection::held_by(unit, new.app, &new.zoom_user).await?.is_some() {
        Some("Another LeadSquared account is connected with this Zoom user. Choose a different admin as the stand-by.")
    } else {
        None
    })
}

/// A person confirmed: keeps the stand-by. Answers why it cannot be kept, as a sentence.
pub(super) async fn keep(
    unit: &mut Unit,
    (state_hash, actor): (&str, &str),
    (new, tokens): (&ConnectionRow, &GrantRow),
    now_ms: i64,
) -> Result<Option<&'static str>, StoreError> {
    if let Some(refusal) = refusal(unit, new).await? {
        return Ok(Some(refusal));
    }
    if !sign_in::advance(unit, state_hash, "offered", "confirmed").await? {
        return Ok(None);
    }
    sign_in::forget_offer(unit, state_hash).await?;
    forget_user(unit, new, now_ms).await?;
    stand_by::put(unit, new, tokens).await?;
    alert::resolve(unit, &new.tenant, &cause(new.app), now_ms).await?;
    let who = new.email.as_deref().unwrap_or(&new.zoom_user);
    let detail = format!("{who} stands by for {}", new.app.name_in_zoom());
    audit::write(unit, actor, Some(&new.tenant), ("connection.stand_by", &detail), now_ms).await?;
    Ok(None)
}

/// A Zoom user signs in anew, which ends the tokens it gave before: whose stand-by it was is told so. A stand-by of another Zoom
/// account is none for this sign-in.
pub(super) async fn forget_user(unit: &mut Unit, new: &ConnectionRow, now_ms: i64) -> Result<(), StoreError> {
    let own = stand_by::of(unit, &new.tenant, new.app).await?;
    if own.is_some_and(|by| by.account != new.account) {
        stand_by::remove(unit, &new.tenant, new.app).await?;
    }
    for row in stand_by::of_user(unit, new.app, &new.zoom_user).await? {
        stand_by::remove(unit, &row.tenant, row.app).await?;
        if row.tenant != new.tenant {
            lost(unit, (&row.tenant, row.app), "The Zoom user signed in somewhere else.", now_ms).await?;
        }
    }
    Ok(())
}

/// The stand-by does not work any more.
pub(super) async fn lost(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    why: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    alert::raise(unit, tenant, &cause(app), ("zoom.stand_by_lost", why), now_ms).await?;
    audit::write(unit, "keeper", Some(tenant), ("connection.stand_by_lost", why), now_ms).await
}

/// The sign-in does not work any more: the stand-by's is used from now on. Answers whether there is one.
///
/// # Errors
/// [`StoreError`].
pub async fn step_in(
    unit: &mut Unit,
    (tenant, app): (&TenantId, ZoomApp),
    why: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Some(now) = stand_by::promote(unit, (tenant, app), "replaced", now_ms).await? else { return Ok(false) };
    let who = now.email.as_deref().unwrap_or(&now.zoom_user);
    let detail = format!("{}: {why}; {who} is used now", app.name_in_zoom());
    audit::write(unit, "keeper", Some(tenant), ("connection.stand_by_used", &detail), now_ms).await?;
    alert::connection_back(unit, (tenant, app), now_ms).await?;
    alert::resolve(unit, tenant, &super::health::person_cause(app), now_ms).await?;
    alert::raise(unit, tenant, &cause(app), ("zoom.stand_by_used", &detail), now_ms).await?;
    lane::wake(unit, tenant, "zoom", now_ms).await?;
    tracing::warn!(tenant = %tenant, app = app.as_str(), "the stand-by's sign-in is used now");
    Ok(true)
}

/// Nobody stands by any more. Answers whether somebody did.
///
/// # Errors
/// [`StoreError`].
pub async fn dismiss(shared: &Shared, tenant: &TenantId, app: ZoomApp, actor: &str) -> Result<bool, StoreError> {
    let (tenant, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let gone = stand_by::remove(unit, &tenant, app).await?;
            if gone {
                let detail = format!("nobody stands by for {} any more", app.name_in_zoom());
                audit::write(unit, &actor, Some(&tenant), ("connection.stand_by", &detail), now_ms).await?;
            }
            Ok(gone)
        })
    });
    done.await
}
