//! One Zoom account for several tenants, by consent of both: the owner of a sign-in offers, with the rules that say what goes to
//! the guest; the guest accepts with the code. The guest needs no sign-in of its own; leaving ends nothing but the share.

use super::sign_in::hash;
use crate::app::Shared;
use crate::store::share::{self, ShareRow};
use crate::store::{StoreError, Unit, alert, audit, connection, known, removal};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::route::{About, SHARE_RULES_MAX, ShareRule, Whose, tenant_of};

/// How long an offer can be accepted, in milliseconds.
pub const OFFER_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Why a share did not come about, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The tenant has no sign-in that works.
    #[error("Sign in with Zoom first: there is nothing to share yet.")]
    NotConnected,
    /// No rule, too many, or one that cannot be used.
    #[error("A share needs 1 to 50 rules, each with a text of at most 200 characters.")]
    Rules,
    /// The code is not known, too old, or was used.
    #[error("This code is not known here, has been used, or is older than seven days. Ask for a new one.")]
    NotKnown,
    /// The guest holds an account for that app already.
    #[error("This LeadSquared account has a Zoom account for this already. Disconnect it first.")]
    Taken,
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

/// Offers what the rules name to whoever gets the code. Answers the code, which is shown this once, and until when it works
/// (epoch milliseconds).
///
/// # Errors
/// [`ShareError`].
pub async fn offer(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    rules: Vec<ShareRule>,
    actor: &str,
) -> Result<(String, i64), ShareError> {
    let sound = (1..=SHARE_RULES_MAX).contains(&rules.len()) && rules.iter().all(ShareRule::is_sound);
    let text = serde_json::to_string(&rules).unwrap_or_default();
    if !sound || text.is_empty() {
        return Err(ShareError::Rules);
    }
    let (code, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let (owner, actor, offer_hash) = (tenant.clone(), actor.to_owned(), hash(&code));
    let offered = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(open) = connection::open(unit, &owner, app).await? else { return Ok(false) };
            let row = ShareRow {
                tenant: owner.clone(),
                id: crate::dice::id(now_ms),
                guest: None,
                app,
                account: open.account,
                rules,
                offer_hash,
                offered_ms: now_ms,
                expires_ms: now_ms + OFFER_MS,
                began_ms: None,
                ended_ms: None,
                ended_code: None,
            };
            share::insert(unit, &row, &text).await?;
            let detail = format!("{} offered to another LeadSquared account: {text}", app.name_in_zoom());
            audit::write(unit, &actor, Some(&owner), ("share.offered", &detail), now_ms).await?;
            Ok(true)
        })
    });
    if offered.await? { Ok((code, now_ms + OFFER_MS)) } else { Err(ShareError::NotConnected) }
}

/// Accepts an offer for a tenant. Answers the app it is for.
///
/// # Errors
/// [`ShareError`].
pub async fn accept(shared: &Shared, guest: &TenantId, code: &str, actor: &str) -> Result<ZoomApp, ShareError> {
    let (offer_hash, now_ms) = (hash(code), shared.clock.now_ms());
    let (owned, actor) = (guest.clone(), actor.to_owned());
    let accepted = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(offer) = share::offered(unit, &offer_hash, now_ms).await? else {
                return Ok(Err(ShareError::NotKnown));
            };
            let held = connection::open(unit, &owned, offer.app).await?.is_some()
                || share::of_guest(unit, &owned, offer.app).await?.is_some();
            if held || offer.tenant == owned {
                return Ok(Err(ShareError::Taken));
            }
            if !share::accept(unit, &offer, &owned, now_ms).await? {
                return Ok(Err(ShareError::NotKnown));
            }
            // The sign-in that the guest shares now holds the account.
            removal::returned(unit, &owned, (offer.app, &offer.account), now_ms).await?;
            alert::resolve(unit, &owned, &alert::connection_cause(offer.app), now_ms).await?;
            // What waited for a sign-in need not wait any longer.
            crate::store::lane::wake(unit, &owned, "zoom", now_ms).await?;
            let detail = format!("{} is shared with another LeadSquared account", offer.app.name_in_zoom());
            audit::write(unit, &actor, Some(&owned), ("share.accepted", &detail), now_ms).await?;
            audit::write(unit, "guest", Some(&offer.tenant), ("share.accepted", &detail), now_ms).await?;
            Ok(Ok(offer.app))
        })
    });
    match accepted.await {
        Err(error) if error.is_duplicate() => Err(ShareError::Taken),
        Err(error) => Err(error.into()),
        Ok(accepted) => accepted,
    }
}

/// The owner ends a share or takes an offer back. Answers whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn end(shared: &Shared, owner: &TenantId, id: &str, actor: &str) -> Result<bool, StoreError> {
    let (owner, id, actor, now_ms) = (owner.clone(), id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let ended = shared.store.write(move |unit| {
        Box::pin(async move {
            let ended = share::end(unit, (&owner, &id), "owner", now_ms).await?;
            if ended {
                audit::write(
                    unit,
                    &actor,
                    Some(&owner),
                    ("share.ended", "a shared Zoom account is shared no more"),
                    now_ms,
                )
                .await?;
            }
            Ok(ended)
        })
    });
    ended.await
}

/// The guest leaves. The owner's sign-in stays as it is, and so do other guests. Answers whether there was a share.
///
/// # Errors
/// [`StoreError`].
pub async fn leave(shared: &Shared, guest: &TenantId, app: ZoomApp, actor: &str) -> Result<bool, StoreError> {
    let (guest, actor, now_ms) = (guest.clone(), actor.to_owned(), shared.clock.now_ms());
    shared.store.write(move |unit| Box::pin(async move { leave_in(unit, (&guest, app), &actor, now_ms).await })).await
}

/// [`leave`], as part of a unit.
///
/// # Errors
/// [`StoreError`].
pub async fn leave_in(
    unit: &mut Unit,
    (guest, app): (&TenantId, ZoomApp),
    actor: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Some(share) = share::of_guest(unit, guest, app).await? else { return Ok(false) };
    let detail = format!("{} is not shared any more: the guest left", app.name_in_zoom());
    audit::write(unit, actor, Some(guest), ("share.ended", &detail), now_ms).await?;
    audit::write(unit, "guest", Some(&share.tenant), ("share.ended", &detail), now_ms).await?;
    alert::resolve(unit, guest, &alert::connection_cause(app), now_ms).await?;
    share::end(unit, (&share.tenant, &share.id), "guest", now_ms).await
}

/// Where an event of a tenant's Zoom account would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WouldGo {
    /// To the tenant who asks.
    Here,
    /// To another tenant, who is not named.
    Elsewhere,
    /// Nobody holds the account.
    Nowhere,
    /// Several share the account and nothing decides: it would be held.
    Held,
    /// Zoom would be asked for the host's groups or the tracking fields first.
    AskedFirst,
}

/// Where an event of the account that the tenant holds or is a guest of would go now.
///
/// # Errors
/// [`StoreError`].
pub async fn would_go(shared: &Shared, tenant: &TenantId, app: ZoomApp, about: About) -> Result<WouldGo, StoreError> {
    let (asking, now_ms) = (tenant.clone(), shared.clock.now_ms());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let (account, open) = match connection::open(unit, &asking, app).await? {
                Some(open) => (open.account.clone(), Some(open)),
                None => match share::of_guest(unit, &asking, app).await? {
                    Some(share) => (share.account, connection::open(unit, &share.tenant, app).await?),
                    None => return Ok(None),
                },
            };
            let door = open.as_ref().and_then(connection::ConnectionRow::door);
            let routes = connection::routes_by(unit, door, (app, &account)).await?;
            let mut about = about;
            known::fill(unit, (app, &account), &mut [&mut about], now_ms).await?;
            Ok(Some((account, routes, about)))
        })
    });
    let Some((account, routes, about)) = read.await? else { return Ok(WouldGo::Nowhere) };
    Ok(match tenant_of(&routes, app, &account, now_ms, || about) {
        Whose::Of(found) if found == tenant => WouldGo::Here,
        Whose::Of(_) => WouldGo::Elsewhere,
        Whose::Nobody => WouldGo::Nowhere,
        Whose::Undecided => WouldGo::Held,
        Whose::NotKnownYet => WouldGo::AskedFirst,
    })
}
