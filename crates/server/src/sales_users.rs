//! Letting sales users in who have no account here, alike wherever it is done: a link that signs one of them in once, and ending
//! every session of somebody. Only the hash of a link is stored.

use crate::app::Shared;
use crate::choices::{self, CrmUser};
use crate::connections::sign_in::hash;
use crate::store::{StoreError, audit, link, sales};
use connector_core::ids::{Email, TenantId};
use serde::{Deserialize, Serialize};

/// What such a link is for, as stored.
pub const LINK_PURPOSE: &str = "sales";
/// How long a link works that was made to be handed over, in milliseconds: a day.
const LINK_MS: i64 = 24 * 60 * 60_000;

/// What a link stands for.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkFor {
    /// Who is signed in by it.
    pub email: Email,
    /// Where it leads.
    pub next: String,
}

impl LinkFor {
    /// As it is stored.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`].
    pub fn stored(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Unreadable { what: "link", why: error.to_string() })
    }
}

/// How the stored meaning of every link for that person begins.
#[must_use]
pub fn links_of(email: &Email) -> String {
    format!("{{\"email\":{},", serde_json::Value::from(email.as_str()))
}

/// A link that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// For whom.
    pub email: Email,
    /// The whole address, to be handed over; nobody can see it again.
    pub url: String,
    /// Until when it works, epoch milliseconds.
    pub expires_ms: i64,
}

/// Why no link was made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The address.
    #[error("That is not a whole e-mail address.")]
    Address,
    /// LeadSquared knows nobody of that address, or nobody who is active.
    #[error("LeadSquared has no active user of this address.")]
    Nobody,
    /// LeadSquared could not be asked.
    #[error("{0}")]
    NotAnswered(String),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

/// Makes a link for an active user of the tenant's LeadSquared. It works once, for a day.
///
/// # Errors
/// [`NotMade`].
pub async fn make_link(shared: &Shared, tenant: &TenantId, email: &str, actor: &str) -> Result<Made, NotMade> {
    let email = Email::parse(email).ok_or(NotMade::Address)?;
    match choices::crm_user(shared, tenant, &email).await.map_err(NotMade::NotAnswered)? {
        CrmUser::Active => {}
        CrmUser::Nobody => return Err(NotMade::Nobody),
    }
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let (id, actor, link_hash, person) = (tenant.clone(), actor.to_owned(), hash(&token), email.clone());
    let expires_ms = now_ms + LINK_MS;
    let detail = LinkFor { email: email.clone(), next: format!("/t/{tenant}/schedule") }.stored()?;
    let written = shared.store.write(move |unit| {
        Box::pin(async move {
            let whose = (Some(&id), Some(detail.as_str()));
            link::insert(unit, (&link_hash, LINK_PURPOSE), whose, now_ms, expires_ms).await?;
            sales::answered(unit, &id, &person).await?;
            let words = format!("link to schedule made for {}", person.as_str());
            audit::write(unit, &actor, Some(&id), ("sales.link_made", &words), now_ms).await
        })
    });
    written.await?;
    Ok(Made { email, url: format!("{}/sales/{token}", shared.config.public_url()), expires_ms })
}

/// Ends every session of somebody, and the links that wait for them. Answers how many sessions there were.
///
/// # Errors
/// [`StoreError`].
pub async fn end(shared: &Shared, tenant: &TenantId, email: Email, actor: &str) -> Result<u64, StoreError> {
    let (id, actor, now_ms) = (tenant.clone(), actor.to_owned(), shared.clock.now_ms());
    let written = shared.store.write(move |unit| {
        Box::pin(async move {
            let ended = sales::end_all(unit, (&id, &email), (LINK_PURPOSE, &links_of(&email)), now_ms).await?;
            let words = format!("{ended} sessions of {} ended", email.as_str());
            audit::write(unit, &actor, Some(&id), ("sales.ended", &words), now_ms).await?;
            Ok(ended)
        })
    });
    written.await
}
