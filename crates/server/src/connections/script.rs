//! What scripts and forwarded links need of a sign-in: reading the address Zoom sent the browser to, making sure that a
//! sign-in is the tenant's, and the link by which a Zoom admin without an account here begins one.

use super::sign_in::{SignInError, hash};
use crate::app::Shared;
use crate::store::{StoreError, audit, link, sign_in};
use connector_core::ids::{TenantId, ZoomApp};

/// How long a link to forward works, in milliseconds.
pub const LINK_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// What such links are stored as.
pub const LINK_PURPOSE: &str = "connect";

/// What Zoom sent the browser back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The sign-in's state.
    pub state: String,
    /// The code, or Zoom's word for why there is none.
    pub outcome: Result<String, String>,
}

/// Reads the address that Zoom sent the browser to; `None` when it is no callback.
#[must_use]
pub fn read_callback(url: &str) -> Option<Callback> {
    let url = reqwest::Url::parse(url.trim()).ok()?;
    let value = |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let outcome = match (value("code"), value("error")) {
        (Some(code), None) => Ok(code),
        (_, Some(error)) => Err(error),
        (None, None) => return None,
    };
    Some(Callback { state: value("state")?, outcome })
}

/// Makes sure that the sign-in of a state was begun for this tenant by whoever holds the secret.
///
/// # Errors
/// [`SignInError::NotKnown`] otherwise.
pub async fn belongs(shared: &Shared, tenant: &TenantId, (state, secret): (&str, &str)) -> Result<(), SignInError> {
    let state_hash = hash(state);
    let found = shared.store.read(move |unit| Box::pin(async move { sign_in::get(unit, &state_hash).await })).await?;
    let ours = found.is_some_and(|row| row.tenant == *tenant && row.browser_hash == hash(secret));
    if ours { Ok(()) } else { Err(SignInError::NotKnown) }
}

/// Makes a link that a Zoom admin can sign in by without an account here. Answers it, and until when it works (epoch
/// milliseconds).
///
/// # Errors
/// [`StoreError`].
pub async fn make_link(
    shared: &Shared,
    tenant: &TenantId,
    app: ZoomApp,
    actor: &str,
) -> Result<(String, i64), StoreError> {
    let token = crate::dice::token();
    let (token_hash, now_ms) = (hash(&token), shared.clock.now_ms());
    let (owned, actor, expires_ms) = (tenant.clone(), actor.to_owned(), now_ms + LINK_MS);
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let whose = (Some(&owned), Some(app.as_str()));
                link::insert(unit, (&token_hash, LINK_PURPOSE), whose, now_ms, expires_ms).await?;
                let detail = format!("link to connect {} made", app.name_in_zoom());
                audit::write(unit, &actor, Some(&owned), ("connection.link", &detail), now_ms).await
            })
        })
        .await?;
    Ok((format!("{}/connect/{token}", shared.config.public_url()), expires_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<(&str, Result<&str, &str>)>) {
        let expected = expected.map(|(state, outcome)| Callback {
            state: state.to_owned(),
            outcome: outcome.map(str::to_owned).map_err(str::to_owned),
        });
        assert_eq!(read_callback(url), expected, "{url}");
    }

    #[test]
    fn a_callback_has_a_state_and_a_code_or_an_error() {
        check("https://c.test/oauth/zoom/meetings/callback?code=a%2Bb&state=s", Some(("s", Ok("a+b"))));
        check("https://c.test/x?error=access_denied&state=s", Some(("s", Err("access_denied"))));
        check("https://c.test/x?code=a&error=e&state=s", Some(("s", Err("e"))));
        check("https://c.test/x?code=a", None);
        check("https://c.test/x?state=s", None);
        check("nonsense", None);
    }
}
