//! The old JWT app of a Zoom account: what proves that a webhook is its, what of it is believed, and the short-lived tokens by
//! which Zoom is called with its credentials. The app is trusted little: whoever knows its verification token can write its
//! webhooks, so that nothing it tells may remove a meeting, a user or a sign-in.

use crate::ids::{Kind, ZoomApp};
use crate::zoom::event::{Change, Event, What};
use crate::zoom::signature::{self, Headers, Refused, SecretToken};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How long a token made here lives, in seconds. Zoom would take longer ones; a leaked one should be worthless soon.
pub const TOKEN_LIFE_S: i64 = 2 * 60;
/// The longest token that a header may carry, in bytes.
pub const VERIFICATION_BYTES_MAX: usize = 200;
/// The only way tokens are signed: never chosen by anybody else.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What a webhook of the old app is proved by. Never printed.
#[derive(Clone)]
pub enum Proof {
    /// The Secret Token: Zoom signs as for every app.
    Signature(SecretToken),
    /// The verification token, which Zoom sends as it is in the `authorization` header.
    Token(SecretToken),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(..)")
    }
}

impl Proof {
    /// The proof to ask for: where there is a Secret Token only signatures count, because a token that is sent along can be read
    /// on the way; nothing where there is neither.
    #[must_use]
    pub fn of(secret: &str, verification: &str) -> Option<Self> {
        let signature = SecretToken::new(secret).map(Self::Signature);
        signature.or_else(|| SecretToken::new(verification).map(Self::Token))
    }
}

/// Whether the bytes are the old app's. `authorization` is the header as it came, none when there was none or several.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn verify(
    body: &[u8],
    (authorization, headers): (Option<&str>, &Headers<'_>),
    proof: &Proof,
    now_ms: i64,
) -> Result<(), Refused> {
    match proof {
        Proof::Signature(secret) => signature::verify(body, headers, std::slice::from_ref(secret), now_ms).map(|_| ()),
        Proof::Token(expected) => {
            let given = authorization.filter(|text| text.len() <= VERIFICATION_BYTES_MAX);
            let given = given.and_then(SecretToken::new).ok_or(Refused::MissingHeader)?;
            // Only keyed hashes are compared, and in constant time.
            let tag = |token: &SecretToken| signature::sign(token, "0", b"legacy");
            let same = tag(&given).as_bytes().ct_eq(tag(expected).as_bytes());
            if bool::from(same) { Ok(()) } else { Err(Refused::Mismatch) }
        }
    }
}

/// What an event of the old app may say: the same event as told by the new app of its kind, without what removes anything.
#[must_use]
pub fn believed(mut event: Event) -> (ZoomApp, Event) {
    let app = match &event.what {
        What::Started(run)
        | What::Ended(run)
        | What::PracticeEnded(run)
        | What::Joined(run, _)
        | What::Left(run, _) => app_of(run.kind),
        What::Registration(registration) => app_of(registration.run.kind),
        What::Recording(recording) => app_of(recording.run.kind),
        What::Definition(definition) => {
            let app = app_of(definition.run.kind);
            if definition.change == Change::Deleted {
                event.what = What::Ignored("the old app cannot remove anything");
            }
            app
        }
        What::Deauthorized(_) | What::UserGone(_) => {
            event.what = What::Ignored("the old app cannot remove anything");
            ZoomApp::Meetings
        }
        What::UrlValidation { .. } | What::Ignored(_) | What::UnknownName => ZoomApp::Meetings,
    };
    (app, event)
}

fn app_of(kind: Kind) -> ZoomApp {
    match kind {
        Kind::Meeting => ZoomApp::Meetings,
        Kind::Webinar => ZoomApp::Webinars,
    }
}

/// A token for one call to Zoom: HS256, ends [`TOKEN_LIFE_S`] after `now_ms`. Nothing without key or secret.
#[must_use]
pub fn token(api_key: &str, api_secret: &str, now_ms: i64) -> Option<String> {
    if api_key.is_empty() || api_secret.is_empty() {
        return None;
    }
    let ends_s = now_ms.div_euclid(1000) + TOKEN_LIFE_S;
    let claims = serde_json::json!({ "iss": api_key, "exp": ends_s }).to_string();
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(HEADER.as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(api_secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoom::event;

    const NOW_MS: i64 = 1_785_578_401_000;
    const NONE: Headers<'_> = Headers { timestamp: None, signature: None, doubled: false };

    #[track_caller]
    fn check(proof: &Proof, authorization: Option<&str>, headers: &Headers<'_>, expected: Result<(), Refused>) {
        assert_eq!(verify(b"{}", (authorization, headers), proof, NOW_MS), expected);
    }

    #[test]
    fn a_verification_token_must_be_the_same_to_the_last_letter() {
        let proof = Proof::of("", "token-1").unwrap();
        check(&proof, Some("token-1"), &NONE, Ok(()));
        check(&proof, Some("token-2"), &NONE, Err(Refused::Mismatch));
        check(&proof, Some("token-"), &NONE, Err(Refused::Mismatch));
        check(&proof, Some(""), &NONE, Err(Refused::MissingHeader));
        check(&proof, Some(&"a".repeat(201)), &NONE, Err(Refused::MissingHeader));
        check(&proof, None, &NONE, Err(Refused::MissingHeader));
    }

    #[test]
    fn where_there_is_a_secret_the_bare_token_proves_nothing() {
        let proof = Proof::of("secret", "token-1").unwrap();
        check(&proof, Some("token-1"), &NONE, Err(Refused::MissingHeader));
        let signature = signature::sign(&SecretToken::new("secret").unwrap(), "1785578401", b"{}");
        let headers = Headers { timestamp: Some("1785578401"), signature: Some(&signature), doubled: false };
        check(&proof, None, &headers, Ok(()));
        assert!(Proof::of(" ", "").is_none());
    }

    #[test]
    fn a_token_is_hs256_and_ends_within_five_minutes() {
        let token = token("key", "secret", NOW_MS).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let part = |n: usize| String::from_utf8(BASE64URL_NOPAD.decode(parts[n].as_bytes()).unwrap()).unwrap();
        assert_eq!((parts.len(), part(0).as_str()), (3, HEADER));
        assert_eq!(part(1), r#"{"exp":1785578521,"iss":"key"}"#);
        const { assert!(TOKEN_LIFE_S <= 5 * 60) };
        assert_eq!(super::token("", "secret", NOW_MS), None);
        assert_eq!(super::token("key", "", NOW_MS), None);
    }

    #[track_caller]
    fn check_believed(body: &str, app: ZoomApp, kept: bool) {
        let event = event::read(body.as_bytes()).unwrap();
        let (told_by, believed) = believed(event.clone());
        assert_eq!((told_by, believed.what == event.what), (app, kept), "{body}");
    }

    #[test]
    fn what_would_remove_something_is_not_believed() {
        let object = r#""object":{"id":"86000000001","uuid":"u==","topic":"T"}"#;
        let event =
            |name: &str| format!(r#"{{"event":"{name}","event_ts":1,"payload":{{"account_id":"A",{object}}}}}"#);
        check_believed(&event("meeting.started"), ZoomApp::Meetings, true);
        check_believed(&event("webinar.ended"), ZoomApp::Webinars, true);
        check_believed(&event("webinar.updated"), ZoomApp::Webinars, true);
        check_believed(&event("meeting.deleted"), ZoomApp::Meetings, false);
        check_believed(&event("webinar.deleted"), ZoomApp::Webinars, false);
        let gone = r#"{"event":"app_deauthorized","event_ts":1,"payload":{"account_id":"A","user_id":"U"}}"#;
        check_believed(gone, ZoomApp::Meetings, false);
        let user = r#"{"event":"user.deleted","event_ts":1,"payload":{"account_id":"A","object":{"id":"U"}}}"#;
        check_believed(user, ZoomApp::Meetings, false);
    }
}
