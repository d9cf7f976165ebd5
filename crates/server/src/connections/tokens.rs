//! What a connection gives for a call, and how it is refreshed: exactly once for each version of a grant, whatever the
//! number of callers and processes (design § 4.9, zoom.md § 1.4).

use super::keyring::{Keyring, NoKey};
use super::own_app;
use super::renewals::{Renewals, Turn};
use super::seal::{Key, Place};
use crate::app;
use crate::clock::Clock;
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use crate::store::connection::ConnectionRow;
use crate::store::grant::{self, GrantRow};
use crate::store::{Store, StoreError, Unit, alert, audit, connection, health, share, stand_by};
use crate::zoom::{TOKEN_DEADLINE_MS, Zoom};
use connector_core::grant::is_usable;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::OwnApp;
use connector_core::zoom::reply::{self, TokenAnswer, Tokens};
use connector_core::zoom::request;

/// Waits between the tries to store a refreshed pair, in milliseconds.
const STORE_WAITS_MS: [i64; 4] = [100, 500, 2_000, 5_000];
const _: () = assert!(
    grant::INTENT_LIFE_MS > TOKEN_DEADLINE_MS + 4 * 5_000,
    "nobody else may refresh while a pair is still to be stored"
);

/// What is needed for a call.
#[derive(Clone)]
pub struct Access {
    /// Access token.
    pub token: String,
    /// Regional API address.
    pub api_url: Option<String>,
    /// The Zoom account.
    pub account: String,
}

/// Why there is no access.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// Nobody signed in, or the sign-in ended.
    #[error("Zoom is not connected: sign in with Zoom")]
    NotConnected,
    /// The grant is dead.
    #[error("Zoom refuses the sign-in: sign in with Zoom again")]
    SignInAgain,
    /// The credentials of the tenant's own app are dead.
    #[error("Zoom refuses the credentials of the own Zoom app: give them again")]
    CredentialsAgain,
    /// A refresh is under way elsewhere, or Zoom cannot answer.
    #[error("the Zoom sign-in is being refreshed; it is tried again")]
    Later,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tenant's key could not be had.
    #[error(transparent)]
    Key(#[from] NoKey),
}

impl NoAccess {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "zoom.not_connected",
            Self::SignInAgain => "zoom.token",
            Self::CredentialsAgain => "zoom.own_app",
            Self::Later | Self::Store(_) | Self::Key(_) => "zoom.later",
        }
    }
}

/// The way to tokens.
#[derive(Clone)]
pub struct TokenDesk {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The client.
    pub zoom: Zoom,
    /// The keys.
    pub keys: Keyring,
    /// Who we are, for intents.
    pub owner: String,
    /// What this process refreshes at the moment.
    pub renewals: Renewals,
}

/// How new tokens are had.
enum Renewal {
    /// As that app, by the refresh token.
    Refresh(ZoomApp, String),
    /// With the credentials of the tenant's own app.
    OwnApp(OwnApp),
}

fn place<'a>(tenant: &'a TenantId, connection: &'a str, column: &'a str) -> Place<'a> {
    Place { tenant: tenant.as_str(), table: "zoom_grant", row: connection, column }
}

/// A grant's row out of tokens.
pub(super) fn sealed_grant(
    key: &Key,
    (tenant, connection): (&TenantId, &str),
    tokens: &Tokens,
    version: i64,
    now_ms: i64,
) -> GrantRow {
    let seal = |token: &str, column| key.seal(token.as_bytes(), place(tenant, connection, column));
    GrantRow {
        tenant: tenant.clone(),
        connection: connection.to_owned(),
        version,
        access: seal(&tokens.access, "access"),
        refresh: tokens.refresh.as_deref().map(|token| seal(token, "refresh")),
        expires_ms: now_ms + tokens.expires_in_s * 1000,
        refreshed_ms: now_ms,
        api_url: tokens.api_url.clone(),
        intent: None,
    }
}

/// Whose sign-in a call may be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The tenant's own. Wishes of a guest do not reach the owner's account: its rules say what a guest hears of, and no more.
    Own,
    /// The owner's too, for reading more of what was told to the guest.
    Shared,
}

/// The sign-in that is shared with a guest: of the account that was offered, and of no other that the owner signed in to since.
async fn shared_with(unit: &mut Unit, guest: &TenantId, app: ZoomApp) -> Result<Option<ConnectionRow>, StoreError> {
    let Some(share) = share::of_guest(unit, guest, app).await? else { return Ok(None) };
    Ok(connection::open(unit, &share.tenant, app).await?.filter(|open| open.account == share.account))
}

impl TokenDesk {
    /// Access for a call as the tenant's connection of that app; refreshes when the token ends too soon.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub async fn access(&self, tenant: &TenantId, app: ZoomApp) -> Result<Access, NoAccess> {
        self.access_within(tenant, app, Reach::Shared).await
    }

    /// As [`TokenDesk::access`], with the sign-ins that `reach` names.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub async fn access_within(&self, tenant: &TenantId, app: ZoomApp, reach: Reach) -> Result<Access, NoAccess> {
        let (connection, grant) = self.load(tenant, app, reach).await?;
        if is_usable(grant.expires_ms, self.clock.now_ms()) {
            return self.open(&connection, &grant).await;
        }
        self.refresh(&grant).await?;
        let (connection, grant) = self.load(tenant, app, reach).await?;
        if is_usable(grant.expires_ms, self.clock.now_ms()) {
            return self.open(&connection, &grant).await;
        }
        Err(NoAccess::Later)
    }

    /// Zoom refused a token that was not due yet: refreshes once, unless somebody did meanwhile. When the grant is dead, that
    /// shows here, and somebody is asked to sign in again (zoom.md § 1.4).
    pub async fn refused(&self, tenant: &TenantId, app: ZoomApp, token: &str) {
        let Ok((connection, grant)) = self.load(tenant, app, Reach::Shared).await else { return };
        let same = self.open(&connection, &grant).await.is_ok_and(|access| access.token == token);
        if same && let Err(error) = self.refresh(&grant).await {
            tracing::warn!(tenant = %tenant, app = app.as_str(), %error, "Zoom refuses a token that was not due yet");
        }
    }

    async fn load(&self, tenant: &TenantId, app: ZoomApp, reach: Reach) -> Result<(ConnectionRow, GrantRow), NoAccess> {
        let tenant = tenant.clone();
        let found = self
            .store
            .read(move |unit| {
                Box::pin(async move {
                    let open = match (connection::open(unit, &tenant, app).await?, reach) {
                        (Some(own), _) => Some(own),
                        (None, Reach::Shared) => shared_with(unit, &tenant, app).await?,
                        (None, Reach::Own) => None,
                    };
                    let Some(open) = open else { return Ok(None) };
                    let grant = grant::get(unit, &open.tenant, &open.id).await?;
                    Ok(Some((open, grant)))
                })
            })
            .await?;
        match found {
            Some((connection, _)) if connection.state == "broken" && connection.own_app => {
                Err(NoAccess::CredentialsAgain)
            }
            Some((connection, _)) if connection.state == "broken" => Err(NoAccess::SignInAgain),
            Some((connection, Some(grant))) => Ok((connection, grant)),
            Some((_, None)) | None => Err(NoAccess::NotConnected),
        }
    }

    async fn open(&self, connection: &ConnectionRow, grant: &GrantRow) -> Result<Access, NoAccess> {
        let token = self.unseal(grant, &grant.access, "access").await?;
        Ok(Access { token, api_url: grant.api_url.clone(), account: connection.account.clone() })
    }

    async fn unseal(&self, grant: &GrantRow, sealed: &[u8], column: &str) -> Result<String, NoAccess> {
        let key = self.keys.of(&self.store, &grant.tenant).await?;
        let bytes = key.open(sealed, place(&grant.tenant, &grant.connection, column)).map_err(NoKey::from)?;
        String::from_utf8(bytes).map_err(|_| NoAccess::SignInAgain)
    }

    /// Refreshes a grant unless somebody else does or did. Of the callers of one process one does it, and the others wait for that:
    /// they would only stand in each other's way at the database. It goes on when its caller leaves: a lost answer would cost the
    /// sign-in (zoom.md § 1.4).
    ///
    /// # Errors
    /// [`NoAccess::Later`] when another process refreshes, [`NoAccess::SignInAgain`] or [`NoAccess::CredentialsAgain`] when the grant
    /// is dead. Whoever waited looks for itself what came of it.
    pub async fn refresh(&self, grant: &GrantRow) -> Result<(), NoAccess> {
        let one_only = !planted::awake(Bug::RefreshWithoutIntent);
        if !one_only {
            return self.refresh_once(grant, one_only).await;
        }
        match self.renewals.turn(grant) {
            Turn::Ours(begun) => {
                let (desk, grant) = (self.clone(), grant.clone());
                let refreshed = app::to_its_end(async move {
                    let _begun = begun;
                    desk.refresh_once(&grant, one_only).await
                });
                refreshed.await.unwrap_or(Err(NoAccess::Later))
            }
            Turn::Theirs(refresh) => {
                if self.renewals.ended(refresh).await {
                    Ok(())
                } else {
                    Err(NoAccess::Later)
                }
            }
        }
    }

    /// Sets the intent, calls Zoom with no transaction open, stores the pair before anybody uses it.
    async fn refresh_once(&self, grant: &GrantRow, one_only: bool) -> Result<(), NoAccess> {
        let now_ms = self.clock.now_ms();
        let under_way = grant.intent.as_ref().is_some_and(|(_, since_ms)| *since_ms >= now_ms - grant::INTENT_LIFE_MS);
        if under_way && one_only {
            return Err(NoAccess::Later);
        }
        let intent_id = format!("{}-{}", self.owner, crate::dice::id(now_ms));
        failpoint::reached(Point::RefreshBeforeIntent);
        let (row, owner) = (grant.clone(), intent_id.clone());
        let ours = self
            .store
            .write(move |unit| Box::pin(async move { grant::intend(unit, &row, &owner, now_ms).await }))
            .await?;
        failpoint::reached(Point::RefreshIntended);
        if !ours && one_only {
            return Err(NoAccess::Later);
        }
        let Some(renewal) = self.renewal(grant).await? else { return self.dead(grant, "no refresh token").await };
        failpoint::reached(Point::RefreshBeforeCall);
        let answer = self.renew(&renewal).await;
        failpoint::reached(Point::RefreshCalled);
        metrics::counter!("zoom_refreshes_total").increment(1);
        match answer {
            TokenAnswer::Granted(mut tokens) => {
                match renewal {
                    Renewal::Refresh(_, refresh_token) => {
                        // An answer without a new refresh token leaves the old one in force.
                        tokens.refresh = tokens.refresh.or(Some(refresh_token));
                        self.store_pair(grant, &tokens).await
                    }
                    Renewal::OwnApp(_) => {
                        self.store_pair(grant, &tokens).await?;
                        self.note_scopes(grant, &tokens).await
                    }
                }
            }
            TokenAnswer::Dead { detail } => self.dead(grant, &detail).await,
            // A lost answer may have replaced the pair: then the stored token is refused at the next try, in words. No
            // number of lost answers proves that; Zoom may simply be away.
            TokenAnswer::Unknown { why } => {
                tracing::warn!(tenant = %grant.tenant, why, "the answer to a refresh was lost; it is tried again");
                Err(NoAccess::Later)
            }
            TokenAnswer::Later { why } | TokenAnswer::Misconfigured { detail: why } => {
                tracing::warn!(tenant = %grant.tenant, why, "Zoom cannot refresh now");
                let row = grant.clone();
                self.store
                    .write(move |unit| Box::pin(async move { grant::release(unit, &row, &intent_id).await }))
                    .await?;
                Err(NoAccess::Later)
            }
        }
    }

    /// How new tokens are had: by the refresh token, or with the credentials of the tenant's own app. None when there is neither.
    async fn renewal(&self, grant: &GrantRow) -> Result<Option<Renewal>, NoAccess> {
        if let Some(sealed) = &grant.refresh {
            let refresh_token = self.unseal(grant, sealed, "refresh").await?;
            return Ok(Some(Renewal::Refresh(self.app_of(grant).await?, refresh_token)));
        }
        let own = own_app::of_connection(&self.store, &self.keys, (&grant.tenant, &grant.connection)).await?;
        Ok(own.map(Renewal::OwnApp))
    }

    async fn renew(&self, renewal: &Renewal) -> TokenAnswer {
        match renewal {
            Renewal::Refresh(app, token) => {
                reply::read_tokens(&self.zoom.token_call(*app, &request::token_by_refresh(token)).await)
            }
            Renewal::OwnApp(own) => own_app::ask(&self.zoom, own).await,
        }
    }

    /// Scopes that somebody gave the own app in Zoom come with its next token.
    async fn note_scopes(&self, grant: &GrantRow, tokens: &Tokens) -> Result<(), NoAccess> {
        let (tenant, id, scopes) = (grant.tenant.clone(), grant.connection.clone(), tokens.scopes.join(" "));
        let noted = self
            .store
            .write(move |unit| Box::pin(async move { connection::set_scopes(unit, (&tenant, &id), &scopes).await }));
        Ok(noted.await?)
    }

    async fn app_of(&self, grant: &GrantRow) -> Result<ZoomApp, NoAccess> {
        let (tenant, id) = (grant.tenant.clone(), grant.connection.clone());
        let open = self
            .store
            .read(move |unit| {
                Box::pin(async move {
                    for app in ZoomApp::ALL {
                        if connection::open(unit, &tenant, app).await?.is_some_and(|open| open.id == id) {
                            return Ok(Some(app));
                        }
                    }
                    Ok(stand_by::get(unit, &tenant, &id).await?.map(|row| row.app))
                })
            })
            .await?;
        open.ok_or(NoAccess::NotConnected)
    }

    async fn store_pair(&self, old: &GrantRow, tokens: &Tokens) -> Result<(), NoAccess> {
        let key = self.keys.of(&self.store, &old.tenant).await?;
        let now_ms = self.clock.now_ms();
        let version = old.version + 1;
        let row = sealed_grant(&key, (&old.tenant, &old.connection), tokens, version, now_ms);
        failpoint::reached(Point::RefreshBeforeStore);
        let stored = self.replace(&row, old.version).await?;
        failpoint::reached(Point::RefreshStored);
        if !stored {
            tracing::warn!(tenant = %old.tenant, "a refreshed pair was not stored: the grant is another one now");
        }
        Ok(())
    }

    /// Stores a pair. Zoom has ended the old one already, so a database that fails is tried again before the pair is given up.
    async fn replace(&self, row: &GrantRow, old_version: i64) -> Result<bool, StoreError> {
        let mut waits_ms = STORE_WAITS_MS.iter();
        loop {
            let row = row.clone();
            let stored =
                self.store.write(move |unit| Box::pin(async move { grant::replace(unit, &row, old_version).await }));
            match (stored.await, waits_ms.next()) {
                (Err(error), Some(wait_ms)) => {
                    tracing::warn!(%error, "a refreshed pair could not be stored; it is tried again");
                    crate::clock::sleep_ms(*wait_ms).await;
                }
                (stored, _) => return stored,
            }
        }
    }

    /// The grant is dead, unless somebody else replaced it meanwhile: somebody has to sign in again, told once.
    async fn dead(&self, grant: &GrantRow, why: &str) -> Result<(), NoAccess> {
        let (row, detail, now_ms) = (grant.clone(), why.to_owned(), self.clock.now_ms());
        let broken = self
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let same = grant::get(unit, &row.tenant, &row.connection).await?;
                    if same.is_none_or(|same| same.version != row.version) {
                        return Ok(false);
                    }
                    if let Some(by) = stand_by::get(unit, &row.tenant, &row.connection).await? {
                        stand_by::remove(unit, &by.tenant, by.app).await?;
                        super::stand_by::lost(unit, (&by.tenant, by.app), &detail, now_ms).await?;
                        return Ok(false);
                    }
                    let code = dead_code(row.refresh.is_none());
                    let first = connection::set_broken(unit, (&row.tenant, &row.connection), code, now_ms).await?;
                    if first {
                        broken(unit, &row, &detail, now_ms).await?;
                    }
                    Ok(first)
                })
            })
            .await?;
        if broken {
            tracing::error!(tenant = %grant.tenant, why, "Zoom refuses the sign-in; somebody has to sign in again");
            metrics::counter!("connections_broken_total").increment(1);
        }
        Err(if grant.refresh.is_none() { NoAccess::CredentialsAgain } else { NoAccess::SignInAgain })
    }
}

/// Why a grant is dead: only one by an own app has no refresh token.
fn dead_code(by_own_app: bool) -> &'static str {
    if by_own_app { "zoom.own_app" } else { "zoom.token" }
}

/// The sign-in behind a grant does not work any more: a stand-by steps in, or the tenant is told.
async fn broken(unit: &mut Unit, row: &GrantRow, why: &str, now_ms: i64) -> Result<(), StoreError> {
    audit::write(unit, "keeper", Some(&row.tenant), ("connection.broken", why), now_ms).await?;
    for app in ZoomApp::ALL {
        let open = connection::open(unit, &row.tenant, app).await?;
        if open.is_none_or(|open| open.id != row.connection) {
            continue;
        }
        // Where a removal was told, it is proven by this: what follows is its end, and nobody steps in.
        let noticed = health::of(unit, &row.tenant, &row.connection).await?.notice_ms.is_some();
        if noticed || !super::stand_by::step_in(unit, (&row.tenant, app), why, now_ms).await? {
            alert::connection_lost(unit, (&row.tenant, app), (dead_code(row.refresh.is_none()), why), now_ms).await?;
        }
    }
    Ok(())
}
