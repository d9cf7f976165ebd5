//! A tenant's own Zoom app (server-to-server credentials): trying what somebody gives, keeping it sealed beside the connection,
//! asking for tokens with it, replacing its secret token. From the question whether to connect on it goes the way of every sign-in.

use super::keyring::{Keyring, NoKey};
use super::seal::Place;
use super::sign_in::{self, Granted, Offer, SignInError};
use crate::app::Shared;
use crate::store::connection::ConnectionRow;
use crate::store::own_app::{self, OwnAppRow};
use crate::store::{Store, StoreError, Unit, audit, connection};
use crate::zoom::Zoom;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::own_app::{OwnApp, judged};
use connector_core::zoom::reply::{self, TokenAnswer};
use connector_core::zoom::request;

/// Why tokens of a Zoom app cannot be had for one more connection.
pub(super) const ELSEWHERE: &str = "The tokens of this Zoom app are used on the other tab or by another LeadSquared account already, and asking for one here would end those. Make one more server-to-server app in Zoom, and give its credentials here.";

/// Where the credentials of an own app are sealed for.
pub(super) fn place<'a>(tenant: &'a TenantId, app: ZoomApp) -> Place<'a> {
    Place { tenant: tenant.as_str(), table: "own_app", row: app.as_str(), column: "sealed" }
}

/// Where Zoom has to send the events of the tenant's own app.
#[must_use]
pub fn webhook_url(shared: &Shared, tenant: &TenantId, app: ZoomApp) -> String {
    format!("{}/zoom/own/{tenant}/{}/webhook", shared.config.public_url(), app.as_str())
}

/// The tenant's own app for that kind, as stored and opened.
///
/// # Errors
/// [`NoKey`].
pub async fn of(
    store: &Store,
    keys: &Keyring,
    tenant: &TenantId,
    app: ZoomApp,
) -> Result<Option<(OwnAppRow, OwnApp)>, NoKey> {
    let wanted = tenant.clone();
    let row = store.read(move |unit| Box::pin(async move { own_app::get(unit, &wanted, app).await })).await?;
    open(store, keys, row).await
}

/// The own app that a connection is by.
///
/// # Errors
/// [`NoKey`].
pub(super) async fn of_connection(
    store: &Store,
    keys: &Keyring,
    (tenant, connection): (&TenantId, &str),
) -> Result<Option<OwnApp>, NoKey> {
    let (tenant, id) = (tenant.clone(), connection.to_owned());
    let row = store.read(move |unit| Box::pin(async move { own_app::of_connection(unit, &tenant, &id).await })).await?;
    Ok(open(store, keys, row).await?.map(|(_, own)| own))
}

async fn open(store: &Store, keys: &Keyring, row: Option<OwnAppRow>) -> Result<Option<(OwnAppRow, OwnApp)>, NoKey> {
    let Some(row) = row else { return Ok(None) };
    let opened = keys.of(store, &row.tenant).await?.open(&row.sealed, place(&row.tenant, row.app))?;
    let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "own app", why: error.to_string() };
    let own = serde_json::from_slice(&opened).map_err(unreadable)?;
    Ok(Some((row, own)))
}

/// Asks Zoom for a token with the credentials. It may end the one before.
pub(super) async fn ask(zoom: &Zoom, own: &OwnApp) -> TokenAnswer {
    judged(reply::read_tokens(&zoom.own_token_call(own, &request::token_by_account(&own.account)).await))
}

/// Tries what somebody gives: a token is asked for, and Zoom says whom it acts for and what it may do. Answers the state of the
/// sign-in that waits for confirmation, and what is to be confirmed. Nothing is kept of what does not work.
///
/// # Errors
/// [`SignInError`] with the sentence to show.
pub async fn try_out(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    given: OwnApp,
    (browser, actor): (&str, &str),
) -> Result<(String, Offer), SignInError> {
    if let Some(wrong) = given.wrong() {
        return Err(SignInError::Refused(wrong.to_owned()));
    }
    if let Some(held) = super::old_app::held(shared, tenant).await? {
        return Err(SignInError::Refused(held.to_owned()));
    }
    let client_id = given.client_id.clone();
    let holder =
        shared.store.read(move |unit| Box::pin(async move { own_app::holder(unit, &client_id).await })).await?;
    if holder.as_ref().is_some_and(|holder| holder.app != app) {
        return Err(SignInError::Refused(ELSEWHERE.to_owned()));
    }
    let before = of(&shared.store, &shared.keys, tenant, app).await?;
    let given = match before {
        Some((_, before)) => given.instead_of(&before, shared.clock.now_ms()),
        None => given,
    };
    let tokens = match ask(&shared.zoom, &given).await {
        TokenAnswer::Granted(tokens) => tokens,
        TokenAnswer::Dead { detail } | TokenAnswer::Misconfigured { detail } => {
            return Err(SignInError::Refused(format!(
                "Zoom does not accept these credentials ({detail}). Check Account ID, Client ID and Client Secret, and that the app is activated in the Zoom Marketplace. Nothing was kept."
            )));
        }
        TokenAnswer::Later { why } | TokenAnswer::Unknown { why } => {
            return Err(SignInError::Refused(format!(
                "Zoom could not try these credentials ({why}). Give them again in a moment. Nothing was kept."
            )));
        }
    };
    let (me, licences) = sign_in::who(shared, &tokens).await?;
    if me.account_id != given.account {
        return Err(SignInError::Refused(
            "Zoom says that these credentials act for another account than the Account ID. Nothing was kept."
                .to_owned(),
        ));
    }
    let granted = Granted { me, tokens, licences, own_app: Some(given) };
    let mut offer = sign_in::offer(shared, (tenant, app), granted).await?;
    offer.takes_over |= holder.is_some_and(|holder| holder.tenant != *tenant);
    let state = sign_in::offered_at_once(shared, (tenant, app), &offer, (browser, actor)).await?;
    Ok((state, offer))
}

/// Why a secret token was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    /// It cannot be Zoom's.
    #[error("{0}")]
    Wrong(&'static str),
    /// There is no own app.
    #[error("No own Zoom app is connected here.")]
    NoOwnApp,
    /// The credentials were changed by somebody else in that moment.
    #[error("The credentials were changed meanwhile. Look at them again.")]
    Changed,
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
    /// The tenant's key could not be had.
    #[error("The tenant's key cannot be opened: {0}")]
    Key(#[from] NoKey),
}

/// Replaces the secret token of the tenant's own app; the earlier one is accepted on for a day.
///
/// # Errors
/// [`NotReplaced`].
pub async fn replace_secret_token(
    shared: &Shared,
    (tenant, app): (&TenantId, ZoomApp),
    secret_token: &str,
    actor: &str,
) -> Result<(), NotReplaced> {
    let Some((row, before)) = of(&shared.store, &shared.keys, tenant, app).await? else {
        return Err(NotReplaced::NoOwnApp);
    };
    let now_ms = shared.clock.now_ms();
    let given = OwnApp::given([&before.account, &before.client_id, &before.client_secret, secret_token]);
    if let Some(wrong) = given.wrong() {
        return Err(NotReplaced::Wrong(wrong));
    }
    let key = shared.keys.of(&shared.store, tenant).await?;
    let plain = serde_json::to_vec(&given.instead_of(&before, now_ms)).unwrap_or_default();
    let sealed = key.seal(&plain, place(tenant, app));
    let (tenant, actor) = (tenant.clone(), actor.to_owned());
    let changed = shared.store.write(move |unit| {
        Box::pin(async move {
            let changed = own_app::change(unit, &row, &sealed, now_ms).await?;
            if changed {
                let action = ("own_app.secret_token", "the secret token of the own Zoom app was replaced");
                audit::write(unit, &actor, Some(&tenant), action, now_ms).await?;
            }
            Ok(changed)
        })
    });
    if changed.await? { Ok(()) } else { Err(NotReplaced::Changed) }
}

/// Why the Zoom app cannot give its tokens to a new connection, as a sentence.
pub(super) async fn refusal(
    unit: &mut Unit,
    new: &ConnectionRow,
    own: &OwnAppRow,
) -> Result<Option<&'static str>, StoreError> {
    let holder = own_app::holder(unit, &own.client_id).await?;
    Ok(holder.filter(|holder| holder.app != new.app).map(|_| ELSEWHERE))
}

/// Ends the connection of another tenant that gets the tokens of the Zoom app so far.
pub(super) async fn make_room(
    unit: &mut Unit,
    new: &ConnectionRow,
    own: &OwnAppRow,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(holder) = own_app::holder(unit, &own.client_id).await? else { return Ok(()) };
    if holder.tenant != new.tenant
        && let Some(open) = connection::open(unit, &holder.tenant, holder.app).await?
    {
        super::takeover::end(unit, &open, now_ms).await?;
    }
    Ok(())
}
