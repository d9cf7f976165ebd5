//! The way from the button to the connection: begin (state, PKCE), come back (exchange, identity, scopes, licences),
//! confirm (one transaction, which also ends the connection that another tenant held with the same Zoom user).
//!
//! A code without a state of ours is never exchanged; a sign-in is bound to the browser that began it; after the
//! exchange nothing is connected before a person confirms (design § 8, failures D9-D18).

use super::connect::{New, connect};
use super::keyring::NoKey;
use super::own_app;
use super::seal::Place;
use super::tokens::sealed_grant;
use crate::app::Shared;
use crate::failpoint::{self, Point};
use crate::store::connection::ConnectionRow;
use crate::store::own_app::OwnAppRow;
use crate::store::sign_in::{SignInRow, Wanted};
use crate::store::{StoreError, connection, sign_in};
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::OwnApp;
use connector_core::zoom::reply::scopes::{features_of, missing_scopes};
use connector_core::zoom::reply::{self, Licences, Me, TokenAnswer, Tokens, ZoomFault};
use connector_core::zoom::request;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long a sign-in may take, in milliseconds.
pub const SIGN_IN_MS: i64 = 10 * 60 * 1000;

/// So often a connection is tried whose transaction met another tenant's.
const CONNECT_TRIES_MAX: u32 = 8;

/// SHA-256 of a token, hex: what is stored instead of it.
#[must_use]
pub fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// What a person is asked to confirm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offer {
    /// Zoom user id.
    pub zoom_user: String,
    /// Zoom account id.
    pub account: String,
    /// The user's address.
    pub email: Option<String>,
    /// The user's name.
    pub user_name: Option<String>,
    /// The user's role in the Zoom account.
    pub role: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// What the licence check found; none when it could not be made.
    pub licences: Option<Licences>,
    /// Features with the scopes they lack.
    pub missing: Vec<(String, Vec<String>)>,
    /// The same Zoom user is signed in from another tenant, which will be disconnected.
    pub takes_over: bool,
    tokens: OfferTokens,
    /// The credentials of the tenant's own app, where it is by one.
    #[serde(default)]
    own_app: Option<OwnApp>,
}

impl Offer {
    /// The client id of the tenant's own app, where it is by one.
    #[must_use]
    pub fn own_client(&self) -> Option<&str> {
        self.own_app.as_ref().map(|own| own.client_id.as_str())
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct OfferTokens {
    access: String,
    refresh: Option<String>,
    expires_in_s: i64,
    granted_ms: i64,
    api_url: Option<String>,
}

impl std::fmt::Debug for OfferTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfferTokens(..)")
    }
}

/// Why a sign-in did not come about, as a sentence for the person before the screen.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The app has no client id and secret in the configuration.
    #[error("The Zoom app {0} is not configured on this service: its client id and secret are missing.")]
    NotConfigured(&'static str),
    /// No such sign-in, or it was used, is too old, or was begun in another browser.
    #[error(
        "This sign-in is not known here, has been used, is older than ten minutes, or was begun in another browser. Start again from the Configure page."
    )]
    NotKnown,
    /// Zoom or the person said no.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
    /// The tenant's key could not be had.
    #[error("The tenant's key cannot be opened: {0}")]
    Key(#[from] NoKey),
}

/// Where Zoom sends the browser back to; must be on the app's allow list.
#[must_use]
pub fn redirect_uri(shared: &Shared, app: ZoomApp) -> String {
    format!("{}/oauth/zoom/{}/callback", shared.config.public_url(), app.as_str())
}

fn verifier_place<'a>(tenant: &'a TenantId, state_hash: &'a str, column: &'a str) -> Place<'a> {
    Place { tenant: tenant.as_str(), table: "sign_in", row: state_hash, column }
}

/// Begins a sign-in for the tenant's connection. Answers the address at Zoom to send the browser to.
///
/// # Errors
/// [`SignInError`] when the app is not configured or the store fails.
pub async fn begin(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    browser: &str,
    actor: &str,
) -> Result<String, SignInError> {
    begin_for(shared, tenant, app, (browser, actor), Wanted::Connection).await
}

/// As [`begin`], for what is wanted.
///
/// # Errors
/// As there.
pub async fn begin_for(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    (browser, actor): (&str, &str),
    wanted: Wanted,
) -> Result<String, SignInError> {
    let config = shared.zoom.app(app);
    if config.client_id.is_empty() || config.client_secret.is_empty() {
        return Err(SignInError::NotConfigured(app.name_in_zoom()));
    }
    if let Some(held) = super::old_app::held(shared, tenant).await? {
        return Err(SignInError::Refused(held.to_owned()));
    }
    if wanted == Wanted::StandBy
        && let Some(refusal) = super::stand_by::no_need(shared, tenant, app).await?
    {
        return Err(SignInError::Refused(refusal.to_owned()));
    }
    let (state, verifier) = (crate::dice::token(), crate::dice::token());
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
    let key = shared.keys.of(&shared.store, tenant).await?;
    let state_hash = hash(&state);
    let now_ms = shared.clock.now_ms();
    let row = SignInRow {
        verifier: key.seal(verifier.as_bytes(), verifier_place(tenant, &state_hash, "verifier")),
        state_hash,
        tenant: tenant.clone(),
        app,
        browser_hash: hash(browser),
        actor: actor.to_owned(),
        began_ms: now_ms,
        expires_ms: now_ms + SIGN_IN_MS,
        step: "begun".to_owned(),
        offer: None,
        failure: None,
        wanted,
    };
    shared.store.write(move |unit| Box::pin(async move { sign_in::insert(unit, &row).await })).await?;
    failpoint::reached(Point::SignInBegun);
    let redirect = redirect_uri(shared, app);
    Ok(request::authorize_url(shared.zoom.oauth_url(), &config.client_id, &redirect, &state, &challenge))
}

/// The sign-in of that state, if it was begun in this browser for this app and is at that step.
async fn known(
    shared: &Shared,
    app: ZoomApp,
    (state, browser): (&str, &str),
    step: &str,
) -> Result<SignInRow, SignInError> {
    let state_hash = hash(state);
    let found = shared.store.read(move |unit| Box::pin(async move { sign_in::get(unit, &state_hash).await })).await?;
    let now_ms = shared.clock.now_ms();
    found
        .filter(|row| {
            row.app == app && row.browser_hash == hash(browser) && now_ms < row.expires_ms && row.step == step
        })
        .ok_or(SignInError::NotKnown)
}

/// The browser is back with a code: exchanges it once, finds out who signed in and what was granted, and keeps that until
/// it is confirmed.
///
/// # Errors
/// [`SignInError`] with the sentence to show; the reason is kept with the sign-in.
pub async fn come_back(
    shared: &Shared,
    app: ZoomApp,
    code: &str,
    (state, browser): (&str, &str),
) -> Result<(TenantId, Offer), SignInError> {
    let row = known(shared, app, (state, browser), "begun").await?;
    let state_hash = row.state_hash.clone();
    let once = shared
        .store
        .write(move |unit| Box::pin(async move { sign_in::advance(unit, &state_hash, "begun", "exchanging").await }))
        .await?;
    if !once {
        return Err(SignInError::NotKnown);
    }
    failpoint::reached(Point::SignInClaimed);
    match exchange(shared, &row, code).await {
        Ok(offer) => {
            let key = shared.keys.of(&shared.store, &row.tenant).await?;
            failpoint::reached(Point::SignInExchanged);
            let json = serde_json::to_vec(&offer).unwrap_or_default();
            let sealed = key.seal(&json, verifier_place(&row.tenant, &row.state_hash, "offer"));
            let state_hash = row.state_hash.clone();
            shared
                .store
                .write(move |unit| Box::pin(async move { sign_in::offer(unit, &state_hash, sealed).await }))
                .await?;
            failpoint::reached(Point::SignInOffered);
            Ok((row.tenant, offer))
        }
        Err(error) => {
            fail(shared, &row, &error.to_string()).await?;
            Err(error)
        }
    }
}

/// The browser is back without a code, because Zoom or the person said no.
///
/// # Errors
/// Always: [`SignInError::Refused`] with the sentence, or [`SignInError::NotKnown`].
pub async fn declined(
    shared: &Shared,
    app: ZoomApp,
    error: &str,
    (state, browser): (&str, &str),
) -> Result<(TenantId, Offer), SignInError> {
    let row = known(shared, app, (state, browser), "begun").await?;
    let said = connector_core::redact::clip(error, 100);
    let sentence = format!(
        "Zoom did not grant the access ({said}). Sign in as an administrator of the Zoom account and accept, or ask the account's owner."
    );
    fail(shared, &row, &sentence).await?;
    Err(SignInError::Refused(sentence))
}

async fn fail(shared: &Shared, row: &SignInRow, sentence: &str) -> Result<(), StoreError> {
    let (state_hash, sentence) = (row.state_hash.clone(), sentence.to_owned());
    shared.store.write(move |unit| Box::pin(async move { sign_in::fail(unit, &state_hash, &sentence).await })).await
}

async fn exchange(shared: &Shared, row: &SignInRow, code: &str) -> Result<Offer, SignInError> {
    let key = shared.keys.of(&shared.store, &row.tenant).await?;
    let place = verifier_place(&row.tenant, &row.state_hash, "verifier");
    let verifier = key.open(&row.verifier, place).map_err(NoKey::from)?;
    let verifier = String::from_utf8_lossy(&verifier);
    let redirect = redirect_uri(shared, row.app);
    let call = request::token_by_code(code, &redirect, &verifier);
    let tokens = match reply::read_tokens(&shared.zoom.token_call(row.app, &call).await) {
        TokenAnswer::Granted(tokens) => tokens,
        TokenAnswer::Dead { detail } => {
            return Err(SignInError::Refused(format!(
                "Zoom does not accept the sign-in's code any more ({detail}). Start again."
            )));
        }
        TokenAnswer::Misconfigured { detail } => {
            return Err(SignInError::Refused(format!(
                "Zoom does not accept this service's app ({detail}). Check client id, client secret and the redirect address {redirect} in the Zoom Marketplace."
            )));
        }
        TokenAnswer::Later { why } | TokenAnswer::Unknown { why } => {
            return Err(SignInError::Refused(format!(
                "Zoom could not complete the sign-in ({why}). Start again in a moment."
            )));
        }
    };
    let (me, licences) = who(shared, &tokens).await?;
    offer(shared, (&row.tenant, row.app), Granted { me, tokens, licences, own_app: None }).await
}

/// What Zoom granted and said.
pub(super) struct Granted {
    pub(super) me: Me,
    pub(super) tokens: Tokens,
    pub(super) licences: Option<Licences>,
    pub(super) own_app: Option<OwnApp>,
}

/// Whom tokens act for, and what that user is licensed for.
pub(super) async fn who(shared: &Shared, tokens: &Tokens) -> Result<(Me, Option<Licences>), SignInError> {
    let call = |request| {
        let (api_url, access) = (tokens.api_url.clone(), tokens.access.clone());
        async move { shared.zoom.api_call(api_url.as_deref(), &access, &request).await }
    };
    let me = reply::read_me(&call(request::users_me()).await).map_err(|fault| refused(&fault))?;
    let licences = reply::read_settings(&call(request::user_settings("me")).await).ok();
    Ok((me, licences))
}

fn refused(fault: &ZoomFault) -> SignInError {
    SignInError::Refused(format!(
        "Zoom granted the sign-in, but does not say who signed in: {fault}. Ask the Zoom account's owner for a role with all permissions of the app."
    ))
}

/// What a person is asked to confirm, out of what Zoom granted.
pub(super) async fn offer(
    shared: &Shared,
    (tenant, app): (&TenantId, ZoomApp),
    granted: Granted,
) -> Result<Offer, SignInError> {
    let Granted { me, tokens, licences, own_app } = granted;
    let features = features_of(app);
    let lacking = features.iter().map(|feature| (feature.title.to_owned(), missing_scopes(&tokens.scopes, feature)));
    let missing: Vec<(String, Vec<String>)> = lacking
        .filter(|(_, scopes)| !scopes.is_empty())
        .map(|(title, scopes)| (title, scopes.into_iter().map(str::to_owned).collect()))
        .collect();
    // Nothing can be captured without reading; a sign-in that cannot even do that is refused with what to ask for.
    if missing.len() == features.len() {
        let scopes: Vec<String> = missing.into_iter().flat_map(|(_, scopes)| scopes).collect();
        return Err(SignInError::Refused(format!(
            "The Zoom user may not do anything that the connector needs. Ask the Zoom account's owner for a role with these permissions, then start again: {}.",
            scopes.join(", ")
        )));
    }
    let user = me.id.clone();
    let holder =
        shared.store.read(move |unit| Box::pin(async move { connection::held_by(unit, app, &user).await })).await?;
    Ok(Offer {
        zoom_user: me.id,
        account: me.account_id,
        email: me.email.map(|email| email.as_str().to_owned()),
        user_name: me.name,
        role: me.role,
        scopes: tokens.scopes.clone(),
        licences,
        missing,
        takes_over: holder.is_some_and(|holder| holder.tenant != *tenant),
        tokens: OfferTokens {
            access: tokens.access.clone(),
            refresh: tokens.refresh.clone(),
            expires_in_s: tokens.expires_in_s,
            granted_ms: shared.clock.now_ms(),
            api_url: tokens.api_url.clone(),
        },
        own_app,
    })
}

/// Keeps an offer that needed no way over Zoom's pages, as of a sign-in that has come back. Answers its state.
pub(super) async fn offered_at_once(
    shared: &Shared,
    (tenant, app): (&TenantId, ZoomApp),
    offer: &Offer,
    (browser, actor): (&str, &str),
) -> Result<String, SignInError> {
    let state = crate::dice::token();
    let key = shared.keys.of(&shared.store, tenant).await?;
    let (state_hash, now_ms) = (hash(&state), shared.clock.now_ms());
    let json = serde_json::to_vec(offer).unwrap_or_default();
    let row = SignInRow {
        verifier: Vec::new(),
        offer: Some(key.seal(&json, verifier_place(tenant, &state_hash, "offer"))),
        state_hash,
        tenant: tenant.clone(),
        app,
        browser_hash: hash(browser),
        actor: actor.to_owned(),
        began_ms: now_ms,
        expires_ms: now_ms + SIGN_IN_MS,
        step: "offered".to_owned(),
        failure: None,
        wanted: Wanted::Connection,
    };
    shared.store.write(move |unit| Box::pin(async move { sign_in::insert(unit, &row).await })).await?;
    Ok(state)
}

/// The offer that waits for confirmation, for the page that asks.
///
/// # Errors
/// [`SignInError`].
pub async fn waiting(shared: &Shared, app: ZoomApp, keys: (&str, &str)) -> Result<(TenantId, Offer), SignInError> {
    let row = known(shared, app, keys, "offered").await?;
    let offer = open_offer(shared, &row).await?;
    Ok((row.tenant, offer))
}

async fn open_offer(shared: &Shared, row: &SignInRow) -> Result<Offer, SignInError> {
    let key = shared.keys.of(&shared.store, &row.tenant).await?;
    let sealed = row.offer.as_ref().ok_or(SignInError::NotKnown)?;
    let json = key.open(sealed, verifier_place(&row.tenant, &row.state_hash, "offer")).map_err(NoKey::from)?;
    serde_json::from_slice(&json).map_err(|_| SignInError::NotKnown)
}

/// A person confirmed: connects, in one transaction. Answers the tenant.
///
/// # Errors
/// [`SignInError`].
pub async fn confirm(shared: &Shared, app: ZoomApp, keys: (&str, &str)) -> Result<TenantId, SignInError> {
    let row = known(shared, app, keys, "offered").await?;
    let offer = open_offer(shared, &row).await?;
    let key = shared.keys.of(&shared.store, &row.tenant).await?;
    let now_ms = shared.clock.now_ms();
    let id = crate::dice::id(now_ms);
    let tokens = Tokens {
        access: offer.tokens.access.clone(),
        refresh: offer.tokens.refresh.clone(),
        expires_in_s: offer.tokens.expires_in_s,
        scopes: Vec::new(),
        api_url: offer.tokens.api_url.clone(),
    };
    let grant = sealed_grant(&key, (&row.tenant, &id), &tokens, 1, offer.tokens.granted_ms);
    let own_app = offer.own_app.as_ref().map(|own| OwnAppRow {
        tenant: row.tenant.clone(),
        app,
        connection: id.clone(),
        client_id: own.client_id.clone(),
        sealed: key.seal(&serde_json::to_vec(own).unwrap_or_default(), own_app::place(&row.tenant, app)),
        saved_ms: now_ms,
    });
    let new = ConnectionRow {
        tenant: row.tenant.clone(),
        id,
        app,
        account: offer.account.clone(),
        zoom_user: offer.zoom_user.clone(),
        email: offer.email.clone(),
        user_name: offer.user_name.clone(),
        scopes: offer.scopes.join(" "),
        licences: serde_json::to_string(&offer.licences).unwrap_or_else(|_| "null".to_owned()),
        state: "active".to_owned(),
        broken_code: None,
        began_ms: now_ms,
        ended_ms: None,
        ended_code: None,
        own_app: own_app.is_some(),
    };
    let tenant = row.tenant.clone();
    if row.wanted == Wanted::StandBy && !super::stand_by::is_signed_in(shared, &new).await? {
        let kept = shared.store.write(move |unit| {
            Box::pin(
                async move { super::stand_by::keep(unit, (&row.state_hash, &row.actor), (&new, &grant), now_ms).await },
            )
        });
        return kept.await?.map_or(Ok(tenant), |refusal| Err(SignInError::Refused(refusal.to_owned())));
    }
    let new = New { connection: new, role: offer.role.clone(), tokens: grant, own_app };
    let mut tries_left = CONNECT_TRIES_MAX;
    loop {
        let (row, new) = (row.clone(), new.clone());
        let connected = shared.store.write(move |unit| Box::pin(connect(unit, row, new, now_ms))).await;
        tries_left -= 1;
        match connected {
            // Another tenant connected with the same Zoom user in that moment. Nothing of ours is left; the last one stays.
            Err(error) if error.is_collision() && tries_left > 0 => {
                tracing::info!(tenant = %tenant, "two sign-ins met; ours is connected after the other");
            }
            Err(error) => return Err(error.into()),
            Ok(refusal) => return refusal.map_or(Ok(tenant), |refusal| Err(SignInError::Refused(refusal.to_owned()))),
        }
    }
}
