//! The account manager's part: invited by a link that works once, may release the custom logic of the tenants they are invited
//! for, and reaches nothing else.

use super::{NotDone, View};
use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::store::reviewer::{self, ReviewSession};
use crate::store::{StoreError, audit, link};
use connector_core::ids::{Email, TenantId};
use connector_core::migration::{Act, REVIEW_CHARS_MAX};

/// How long an invitation works, in milliseconds.
const INVITE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long a session of an account manager lasts, in seconds.
pub const SESSION_S: i64 = 7 * 24 * 60 * 60;
/// What the link is for.
const PURPOSE: &str = "review";

/// Why nobody was invited, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum NotInvited {
    /// Name or address.
    #[error("{0}")]
    Wrong(&'static str),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

/// Lets an account manager review a tenant. Answers the address of the invitation, which works once and for a week.
///
/// # Errors
/// [`NotInvited`].
pub async fn invite(
    shared: &Shared,
    tenant: &TenantId,
    (email, name): (&str, &str),
    actor: &str,
) -> Result<String, NotInvited> {
    let name = name.trim();
    if !(1..=REVIEW_CHARS_MAX).contains(&name.chars().count()) {
        return Err(NotInvited::Wrong("Say what the account manager is called, in at most 300 letters."));
    }
    let email = Email::parse(email).ok_or(NotInvited::Wrong("That is not a whole e-mail address."))?;
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let (link_hash, owned, by, name) = (hash(&token), tenant.clone(), actor.to_owned(), name.to_owned());
    let detail = format!("{} may review the custom logic", email.as_str());
    let invited = shared.store.write(move |unit| {
        Box::pin(async move {
            reviewer::invite(unit, &owned, (email.as_str(), &name), now_ms).await?;
            // A newer invitation ends the older one.
            link::end_all(unit, &owned, (PURPOSE, email.as_str()), now_ms).await?;
            let of = (Some(&owned), Some(email.as_str()));
            link::insert(unit, (&link_hash, PURPOSE), of, now_ms, now_ms + INVITE_MS).await?;
            audit::write(unit, &by, Some(&owned), ("migration.reviewer_invited", &detail), now_ms).await
        })
    });
    invited.await?;
    Ok(format!("{}/review/{token}", shared.config.public_url()))
}

/// Whose an invitation is, while it works: the tenant and the address.
///
/// # Errors
/// [`StoreError`].
pub async fn invited(shared: &Shared, token: &str) -> Result<Option<(TenantId, String)>, StoreError> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let read =
        shared.store.read(move |unit| Box::pin(async move { link::find(unit, &link_hash, PURPOSE, now_ms).await }));
    Ok(read.await?.and_then(|row| row.tenant.zip(row.detail)))
}

/// Uses an invitation up and begins a session. Answers the tenant and the session's id, for the cookie.
///
/// # Errors
/// [`StoreError`].
pub async fn come_in(shared: &Shared, token: &str) -> Result<Option<(TenantId, String)>, StoreError> {
    let Some((tenant, email)) = invited(shared, token).await? else { return Ok(None) };
    let (id, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let (id_hash, link_hash) = (hash(&id), hash(token));
    let session = ReviewSession { email, form_token: crate::dice::token() };
    let owned = tenant.clone();
    let begun = shared.store.write(move |unit| {
        Box::pin(async move {
            if !link::use_up(unit, &link_hash, now_ms).await? {
                return Ok(false);
            }
            reviewer::prune(unit, now_ms).await?;
            let lasts = (now_ms, now_ms + SESSION_S * 1000);
            reviewer::begin_session(unit, (&id_hash, &session), lasts).await?;
            let deed = ("review.signed_in", "signed in by an invitation");
            audit::write(unit, &session.email, Some(&owned), deed, now_ms).await?;
            Ok(true)
        })
    });
    Ok(begun.await?.then_some((tenant, id)))
}

/// The session of a cookie, if it has not ended.
///
/// # Errors
/// [`StoreError`].
pub async fn session(shared: &Shared, id: &str) -> Result<Option<ReviewSession>, StoreError> {
    let (id_hash, now_ms) = (hash(id), shared.clock.now_ms());
    shared.store.read(move |unit| Box::pin(async move { reviewer::session(unit, &id_hash, now_ms).await })).await
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`].
pub async fn leave(shared: &Shared, id: &str, email: &str) -> Result<(), StoreError> {
    let (id_hash, email, now_ms) = (hash(id), email.to_owned(), shared.clock.now_ms());
    let work = shared.store.write(move |unit| {
        Box::pin(async move {
            reviewer::end_session(unit, &id_hash).await?;
            audit::write(unit, &email, None, ("review.signed_out", "signed out"), now_ms).await
        })
    });
    work.await
}

/// The tenants that somebody may review.
///
/// # Errors
/// [`StoreError`].
pub async fn tenants(shared: &Shared, email: &str) -> Result<Vec<TenantId>, StoreError> {
    let email = email.to_owned();
    shared.store.read(move |unit| Box::pin(async move { reviewer::tenants(unit, &email).await })).await
}

/// The name under which somebody reviews a tenant; nothing where they may not.
///
/// # Errors
/// [`StoreError`].
pub async fn name(shared: &Shared, tenant: &TenantId, email: &str) -> Result<Option<String>, StoreError> {
    let (tenant, email) = (tenant.clone(), email.to_owned());
    shared.store.read(move |unit| Box::pin(async move { reviewer::name(unit, &tenant, &email).await })).await
}

/// Releases the custom logic of a tenant, in the name under which the account manager was invited.
///
/// # Errors
/// [`NotDone`].
pub async fn release(
    shared: &Shared,
    tenant: &TenantId,
    (email, name): (&str, &str),
    reason: &str,
) -> Result<View, NotDone> {
    let act = Act::Release { reviewer: name.to_owned(), reason: reason.to_owned() };
    super::act(shared, tenant, &act, email).await
}
