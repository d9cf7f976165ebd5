//! An account's old JWT app: it calls with tokens it signs itself, hears of everything in the account, and can be deactivated.

use super::Zoom;
use super::oauth::Access;
use super::outbox::Subscription;
use super::state::State;
use super::words::Role;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::Arc;

/// What it may do: everything that the connector's calls need.
const SCOPES: [&str; 6] = [
    "meeting:read:admin",
    "meeting:write:admin",
    "webinar:read:admin",
    "webinar:write:admin",
    "user:read:admin",
    "report:read:admin",
];

/// An old app to add.
#[derive(Debug, Clone)]
pub struct NewOldApp {
    /// The account it belongs to.
    pub account: String,
    /// API key.
    pub api_key: String,
    /// API secret.
    pub api_secret: String,
    /// Sent along with every webhook.
    pub verification_token: String,
    /// Where its webhooks go.
    pub url: String,
}

#[derive(Debug)]
pub(super) struct OldApp {
    is: NewOldApp,
    pub(super) subscription: Arc<Subscription>,
}

impl Zoom {
    /// Adds an account's old app, active; another one of the account is replaced.
    pub fn add_old_app(&self, app: NewOldApp) {
        self.change(|state| {
            let subscription = Arc::new(Subscription {
                client_id: app.api_key.clone(),
                secret_token: format!("{}-secret-token", app.api_key),
                url: app.url.clone(),
                authorization: Some(app.verification_token.clone()),
            });
            state.old_apps.insert(app.account.clone(), OldApp { is: app, subscription });
        });
    }

    /// Deactivates an account's old app: it hears of nothing any more, and its tokens are refused. What is on its way still comes.
    pub fn deactivate_old_app(&self, account: &str) {
        self.change(|state| state.old_apps.remove(account));
    }
}

#[derive(serde::Deserialize)]
struct Head {
    alg: String,
}

#[derive(serde::Deserialize)]
struct Claims {
    iss: String,
    exp: i64,
}

impl State {
    /// What a token that an old app signed allows: it acts for the account's owner. None for any other token.
    pub(super) fn old_access(&self, token: &str, now_ms: i64) -> Option<Result<Access, &'static str>> {
        let (signed, tag) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let decoded = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
        let head: Head = serde_json::from_slice(&decoded(head)?).ok()?;
        let claims: Claims = serde_json::from_slice(&decoded(claims)?).ok()?;
        let app = self.old_apps.values().find(|app| app.is.api_key == claims.iss)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(app.is.api_secret.as_bytes()).ok()?;
        mac.update(signed.as_bytes());
        if head.alg != "HS256" || mac.verify_slice(&decoded(tag)?).is_err() {
            return Some(Err("Invalid access token."));
        }
        if claims.exp * 1000 <= now_ms {
            return Some(Err("Access token is expired."));
        }
        let users = &self.accounts.get(&app.is.account)?.users;
        let owner = users.iter().find(|id| self.users.get(*id).is_some_and(|user| user.is.role == Role::Owner))?;
        Some(Ok(Access {
            client_id: app.is.api_key.clone(),
            account: app.is.account.clone(),
            user: owner.clone(),
            scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            ends_ms: claims.exp * 1000,
        }))
    }
}
