//! A server-to-server app: internal to one account, without a consent page. Its tokens are asked for with the account's id, each
//! ends the one before, and its webhooks are signed with its own secret token.

use super::Zoom;
use super::oauth::NoTokens;
use super::state::{App, State};
use super::words::{NewApp, Role};
use std::collections::BTreeMap;

impl Zoom {
    /// Adds a server-to-server app of that account, active: it hears of the account from now on. Nobody can sign in with it.
    pub fn add_own_app(&self, account: &str, is: NewApp, url: &str) {
        self.change(|state| {
            let client_id = is.client_id.clone();
            let own_account = Some(account.to_owned());
            let app = App { is, own_account, subscription: None, installs: BTreeMap::new(), validated: None };
            state.apps.insert(client_id.clone(), app);
            if let Some(admin) = state.admin_of(account) {
                state.install(&client_id, &admin);
            }
            state.set_webhook_url(&client_id, url);
        });
    }

    /// Gives an app another client secret; tokens that were given out live on.
    pub fn set_client_secret(&self, client_id: &str, secret: &str) {
        self.change(|state| {
            if let Some(app) = state.apps.get_mut(client_id) {
                secret.clone_into(&mut app.is.client_secret);
            }
        });
    }

    /// Gives an app another secret token. What is on its way already keeps the signature of the earlier one.
    pub fn set_secret_token(&self, client_id: &str, secret_token: &str) {
        self.change(|state| {
            let Some(app) = state.apps.get_mut(client_id) else { return };
            secret_token.clone_into(&mut app.is.secret_token);
            let url = app.subscription.as_ref().map(|subscription| subscription.url.clone());
            if let Some(url) = url {
                state.set_webhook_url(client_id, &url);
            }
        });
    }

    /// Asks the address of an app's events for proof that it knows the secret token.
    pub fn validate_url(&self, client_id: &str) {
        let now_ms = self.clock.now_ms();
        self.change(|state| state.validate_url(client_id, now_ms));
    }

    /// Whether the last question for proof was answered rightly; none when there was none.
    #[must_use]
    pub fn is_validated(&self, client_id: &str) -> Option<bool> {
        self.state().apps.get(client_id)?.validated
    }

    /// Changes what tokens of an app may do that are given out from now on.
    pub fn set_scopes(&self, client_id: &str, scopes: &[&str]) {
        self.change(|state| {
            if let Some(app) = state.apps.get_mut(client_id) {
                app.is.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            }
        });
    }
}

impl State {
    /// Whom a server-to-server app acts for: the account's first admin.
    fn admin_of(&self, account: &str) -> Option<String> {
        let users = &self.accounts.get(account)?.users;
        users.iter().find(|id| self.users.get(*id).is_some_and(|user| user.is.role != Role::Member)).cloned()
    }

    /// The user that tokens of a server-to-server app act for: only an app of that very account gets any.
    pub(super) fn own_app_user(&self, client_id: &str, account: &str) -> Result<String, NoTokens> {
        let app = self.apps.get(client_id).ok_or(NoTokens::Client)?;
        match app.own_account.as_deref() {
            None => Err(NoTokens::GrantType),
            Some(own) if own != account => Err(NoTokens::Account),
            Some(own) => self.admin_of(own).ok_or(NoTokens::Account),
        }
    }
}
