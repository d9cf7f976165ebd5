//! Keys of the API: made and ended alike by the command line, the API and the page. A key is shown once, when it is made.

use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::store::api_key::{self, KEYS_MAX, KeyRow};
use crate::store::{StoreError, audit};
use connector_core::ids::TenantId;
use connector_core::scope::Scopes;

/// What keys begin with, so that a leaked one is recognised.
pub const KEY_PREFIX: &str = "zck_";
/// The longest name of a key, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// A key that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// For people, and in the audit log.
    pub name: String,
    /// Reaches only this tenant; without one, all.
    pub tenant: Option<TenantId>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends by itself, epoch milliseconds.
    pub expires_ms: Option<i64>,
}

/// A key that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The key itself; nobody can see it again.
    pub key: String,
    /// What is stored of it.
    pub row: KeyRow,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The name is empty or too long.
    #[error("a key needs a name of at most 100 characters")]
    Name,
    /// It would have ended already.
    #[error("the end of a key lies in the future")]
    Over,
    /// There are as many keys as there may be.
    #[error("there are 50 keys already; end one first")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new key and what is stored of it.
#[must_use]
pub fn new_key() -> (String, String) {
    let key = format!("{KEY_PREFIX}{}", crate::dice::token());
    let key_hash = hash(&key);
    (key, key_hash)
}

/// Makes a key.
///
/// # Errors
/// [`NotMade`].
pub async fn make(shared: &Shared, wanted: Wanted, actor: &str) -> Result<Made, NotMade> {
    let (name, now_ms) = (wanted.name.trim().to_owned(), shared.clock.now_ms());
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(NotMade::Name);
    }
    if wanted.expires_ms.is_some_and(|at_ms| at_ms <= now_ms) {
        return Err(NotMade::Over);
    }
    let (key, key_hash) = new_key();
    let row = KeyRow {
        scopes: wanted.scopes,
        made_by: actor.to_owned(),
        expires_ms: wanted.expires_ms,
        ..KeyRow::new(&key_hash, &name, wanted.tenant.as_ref(), now_ms)
    };
    let (kept, actor) = (row.clone(), actor.to_owned());
    let made = shared.store.write(move |unit| {
        Box::pin(async move {
            let there = api_key::list(unit, kept.tenant.as_ref()).await?;
            if i64::try_from(there.len()).is_ok_and(|count| count >= KEYS_MAX) {
                return Ok(false);
            }
            api_key::add(unit, &kept).await?;
            let detail = format!("API key {} made: {}", kept.name, kept.scopes.stored());
            audit::write(unit, &actor, kept.tenant.as_ref(), ("key.added", &detail), now_ms).await?;
            Ok(true)
        })
    });
    if made.await? { Ok(Made { key, row }) } else { Err(NotMade::TooMany) }
}

/// The keys of a tenant, or those that are bound to none; the newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(shared: &Shared, tenant: Option<TenantId>) -> Result<Vec<KeyRow>, StoreError> {
    shared.store.read(move |unit| Box::pin(async move { api_key::list(unit, tenant.as_ref()).await })).await
}

/// Ends a key at once. Answers whether there was one.
///
/// # Errors
/// [`StoreError`].
pub async fn end(shared: &Shared, tenant: Option<TenantId>, id: &str, actor: &str) -> Result<bool, StoreError> {
    let (id, actor, now_ms) = (id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let ended = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(row) = api_key::end(unit, tenant.as_ref(), &id, now_ms).await? else { return Ok(false) };
            let detail = format!("API key {} ended", row.name);
            audit::write(unit, &actor, tenant.as_ref(), ("key.ended", &detail), now_ms).await?;
            Ok(true)
        })
    });
    ended.await
}
