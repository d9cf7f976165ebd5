//! Codes and tokens: a code works once and for 300 s, every refresh kills the old pair, and a second sign-in of the
//! same user with the same app kills the first.

use super::state::{Standing, State};
use super::words::{NewApp, Role};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How long a code lives, milliseconds.
const CODE_LIFE_MS: i64 = 300_000;

/// What a browser brings to the authorise page.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct SignIn {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) code_challenge: String,
    #[serde(default)]
    pub(super) code_challenge_method: String,
    /// Its mere presence is an error.
    pub(super) scope: Option<String>,
}

#[derive(Debug)]
struct Code {
    sign_in: SignIn,
    user: String,
    ends_ms: i64,
}

/// What an access token allows.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) client_id: String,
    pub(super) account: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) ends_ms: i64,
}

/// Whose tokens they are; there is one pair of them at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Family {
    client_id: String,
    user: String,
}

/// All codes and tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Family>,
    families: HashMap<Family, (String, String)>,
}

/// A fresh pair.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) access_token: String,
    /// None for server-to-server credentials.
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: i64,
    pub(super) scope: String,
}

/// Why there are no tokens; each with Zoom's `reason` and `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTokens {
    Client,
    Code,
    Redirect,
    Verifier,
    Refresh,
    Account,
    GrantType,
    Request,
}

impl NoTokens {
    /// HTTP status, `error`, `reason`.
    pub(super) fn answer(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Client => (401, "invalid_client", "Invalid client_id or client_secret"),
            Self::Code => (400, "invalid_grant", "Invalid authorization code"),
            Self::Redirect => (400, "invalid_request", "Redirect URI mismatch."),
            Self::Verifier => (400, "invalid_grant", "Invalid code verifier"),
            Self::Refresh => (400, "invalid_grant", "Invalid Token!"),
            Self::Account => (400, "invalid_request", "Bad Request"),
            Self::GrantType => (400, "unsupported_grant_type", "unsupported grant type"),
            Self::Request => (400, "invalid_request", "Bad Request"),
        }
    }
}

/// What comes of a user's answer on the consent page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Back to the app with this code.
    Code(String),
    /// Zoom's own page: only an admin may install.
    AdminNeeded,
    /// No such user.
    Stranger,
}

impl State {
    /// The app of a sign-in whose address to return to is on its list.
    pub(super) fn app_for(&self, sign_in: &SignIn) -> Option<&NewApp> {
        let app = self.apps.get(&sign_in.client_id).filter(|app| app.own_account.is_none())?;
        Some(&app.is).filter(|app| app.redirect_uris.contains(&sign_in.redirect_uri))
    }

    /// A user allows the app.
    pub(super) fn allow(&mut self, sign_in: SignIn, user: &str, now_ms: i64) -> Consent {
        let Some(user) = self.user(user).filter(|user| user.standing == Standing::Active) else {
            return Consent::Stranger;
        };
        match user.is.role {
            Role::Owner | Role::Admin => {}
            Role::Member => return Consent::AdminNeeded,
        }
        let user = user.id.clone();
        self.install(&sign_in.client_id, &user);
        let code = self.dice.letters(32);
        self.tokens.codes.insert(code.clone(), Code { sign_in, user, ends_ms: now_ms + CODE_LIFE_MS });
        Consent::Code(code)
    }

    /// The app is the account's from now on.
    pub(super) fn install(&mut self, client_id: &str, user: &str) {
        if let Some((user, app)) = self.users.get(user).zip(self.apps.get_mut(client_id)) {
            app.installs.entry(user.account.clone()).or_default().insert(user.id.clone());
        }
    }

    /// Whether these are an app's id and secret.
    pub(super) fn is_client(&self, client_id: &str, secret: &str) -> bool {
        self.apps.get(client_id).is_some_and(|app| app.is.client_secret == secret)
    }

    /// A code for tokens; a code that was tried is used up, whatever came of it.
    pub(super) fn by_code(
        &mut self,
        (client_id, code): (&str, &str),
        (redirect_uri, verifier): (&str, &str),
        now_ms: i64,
    ) -> Result<Pair, NoTokens> {
        let code = self.tokens.codes.remove(code).ok_or(NoTokens::Code)?;
        if code.sign_in.client_id != client_id || code.ends_ms <= now_ms {
            return Err(NoTokens::Code);
        }
        if code.sign_in.redirect_uri != redirect_uri {
            return Err(NoTokens::Redirect);
        }
        let challenge = &code.sign_in.code_challenge;
        let verified = match code.sign_in.code_challenge_method.as_str() {
            _ if challenge.is_empty() => true,
            "S256" => *challenge == data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(verifier)),
            _ => challenge == verifier,
        };
        if !verified {
            return Err(NoTokens::Verifier);
        }
        self.issue(Family { client_id: client_id.to_owned(), user: code.user }, now_ms)
    }

    /// A refresh token for a new pair.
    pub(super) fn by_refresh(&mut self, client_id: &str, refresh: &str, now_ms: i64) -> Result<Pair, NoTokens> {
        let family = self.tokens.refresh.get(refresh).filter(|family| family.client_id == client_id);
        let family = family.cloned().ok_or(NoTokens::Refresh)?;
        self.issue(family, now_ms)
    }

    /// Server-to-server credentials for an access token; it acts for the account's first admin, and ends the token before.
    pub(super) fn by_account(&mut self, client_id: &str, account: &str, now_ms: i64) -> Result<Pair, NoTokens> {
        let user = self.own_app_user(client_id, account)?;
        let mut pair = self.issue(Family { client_id: client_id.to_owned(), user }, now_ms)?;
        if let Some(refresh) = pair.refresh_token.take() {
            self.tokens.refresh.remove(&refresh);
        }
        Ok(pair)
    }

    fn issue(&mut self, family: Family, now_ms: i64) -> Result<Pair, NoTokens> {
        self.tokens.end(&family);
        let app = self.apps.get(&family.client_id).ok_or(NoTokens::Client)?;
        let user = self.users.get(&family.user).ok_or(NoTokens::Refresh)?;
        let (scopes, account) = (app.is.scopes.clone(), user.account.clone());
        let expires_in = self.settings.access_life_s;
        let access_token = self.new_token(&family, now_ms, "access_token");
        let refresh_token = self.new_token(&family, now_ms, "refresh_token");
        let access = Access {
            client_id: family.client_id.clone(),
            account,
            user: family.user.clone(),
            scopes,
            ends_ms: now_ms + expires_in * 1000,
        };
        let scope = access.scopes.join(" ");
        self.tokens.access.insert(access_token.clone(), access);
        self.tokens.refresh.insert(refresh_token.clone(), family.clone());
        self.tokens.families.insert(family, (access_token.clone(), refresh_token.clone()));
        Ok(Pair { access_token, refresh_token: Some(refresh_token), expires_in, scope })
    }

    /// Looks like a JWT and is as long as one; nobody should read it.
    fn new_token(&mut self, family: &Family, now_ms: i64, kind: &str) -> String {
        let head = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"HS512","v":"2.0","kid":"pretend"}"#);
        let (now_s, id) = (now_ms.div_euclid(1000), self.dice.letters(22));
        let claims = format!(
            r#"{{"iss":"zm:cid:{}","uid":"{}","iat":{now_s},"tokenType":"{kind}","jti":"{id}"}}"#,
            family.client_id, family.user
        );
        let claims = data_encoding::BASE64URL_NOPAD.encode(claims.as_bytes());
        format!("{head}.{claims}.{}", self.dice.letters(86))
    }

    /// What a bearer token allows now; the message of code 124 when it allows nothing.
    pub(super) fn access(&self, token: &str, now_ms: i64) -> Result<Access, &'static str> {
        let Some(access) = self.tokens.access.get(token) else {
            return self.old_access(token, now_ms).unwrap_or(Err("Invalid access token."));
        };
        if access.ends_ms <= now_ms {
            return Err("Access token is expired.");
        }
        Ok(access.clone())
    }

    /// Whose access token it is.
    pub(super) fn owner_of(&self, client_id: &str, token: &str) -> Option<String> {
        let access = self.tokens.access.get(token).filter(|access| access.client_id == client_id)?;
        Some(access.user.clone())
    }

    /// The tokens of this user and app die.
    pub(super) fn end_tokens(&mut self, client_id: &str, user: &str) {
        self.tokens.end(&Family { client_id: client_id.to_owned(), user: user.to_owned() });
    }
}

impl Tokens {
    fn end(&mut self, family: &Family) {
        if let Some((access, refresh)) = self.families.remove(family) {
            self.access.remove(&access);
            self.refresh.remove(&refresh);
        }
    }
}
