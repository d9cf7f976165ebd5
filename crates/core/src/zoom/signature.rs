//! Zoom's webhook signature: `v0=` + HMAC-SHA256 over `v0:{timestamp}:{raw body}` (zoom.md § 3.2), the lanes of
//! freshness, and the answer to an address validation (§ 3.3).

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A fresh webhook is at most so old, or so far ahead, in seconds.
pub const FRESH_S: i64 = 5 * 60;
/// The late lane ends here: Zoom's last retry comes 85 minutes after the first try.
pub const LATE_S: i64 = 100 * 60;

/// The Secret Token of an app. Never printed.
#[derive(Clone)]
pub struct SecretToken(String);

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

impl SecretToken {
    /// A token, unless it is empty: nothing is ever verified with an empty key.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("any length");
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

/// The two headers as they came.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `x-zm-request-timestamp`.
    pub timestamp: Option<&'a str>,
    /// `x-zm-signature`.
    pub signature: Option<&'a str>,
    /// One of them came more than once.
    pub doubled: bool,
}

/// How late a webhook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Within [`FRESH_S`] either way.
    Fresh,
    /// Up to [`LATE_S`] old: a retry whose timestamp may be that of the event (failures, finding 3).
    Late,
}

/// Bytes whose signature held. Only [`verify`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct VerifiedBody<'a> {
    bytes: &'a [u8],
    lane: Lane,
    secret: usize,
}

impl<'a> VerifiedBody<'a> {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How late it is.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// Which of the secrets it was signed with, counted from 0.
    #[must_use]
    pub fn secret_index(&self) -> usize {
        self.secret
    }
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is nothing to verify with.
    #[error("no secret token is configured")]
    NoSecret,
    /// A header is missing.
    #[error("a signature header is missing")]
    MissingHeader,
    /// A header came twice.
    #[error("a signature header came twice")]
    DoubledHeader,
    /// Not digits, or too many.
    #[error("the timestamp is not a number of seconds")]
    BadTimestamp,
    /// Older than the late lane.
    #[error("the timestamp is too old")]
    Stale,
    /// More than [`FRESH_S`] ahead.
    #[error("the timestamp is in the future")]
    FromTheFuture,
    /// Not `v0=` and 64 lower-case hex digits.
    #[error("the signature has not the form v0=…")]
    BadSignatureForm,
    /// Signed with another secret, or changed.
    #[error("the signature does not fit the body")]
    Mismatch,
}

impl Refused {
    /// A stable word for metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::MissingHeader => "missing_header",
            Self::DoubledHeader => "doubled_header",
            Self::BadTimestamp => "bad_timestamp",
            Self::Stale => "stale",
            Self::FromTheFuture => "from_the_future",
            Self::BadSignatureForm => "bad_signature_form",
            Self::Mismatch => "mismatch",
        }
    }
}

/// Verifies the raw bytes of a webhook against any of the secrets, in constant time.
///
/// # Errors
/// [`Refused`] with the first reason that applies.
pub fn verify<'a>(
    body: &'a [u8],
    headers: &Headers<'_>,
    secrets: &[SecretToken],
    now_ms: i64,
) -> Result<VerifiedBody<'a>, Refused> {
    if secrets.is_empty() {
        return Err(Refused::NoSecret);
    }
    if headers.doubled {
        return Err(Refused::DoubledHeader);
    }
    let (Some(timestamp), Some(signature)) = (headers.timestamp, headers.signature) else {
        return Err(Refused::MissingHeader);
    };
    let lane = lane(timestamp, now_ms)?;
    let hex = signature.strip_prefix("v0=").filter(|hex| hex.len() == 64).ok_or(Refused::BadSignatureForm)?;
    let tag = HEXLOWER.decode(hex.as_bytes()).map_err(|_| Refused::BadSignatureForm)?;
    let holds =
        |secret: &SecretToken| secret.mac(&[b"v0:", timestamp.as_bytes(), b":", body]).verify_slice(&tag).is_ok();
    let secret = secrets.iter().position(holds).ok_or(Refused::Mismatch)?;
    Ok(VerifiedBody { bytes: body, lane, secret })
}

fn lane(timestamp: &str, now_ms: i64) -> Result<Lane, Refused> {
    let digits = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = timestamp.parse().ok().filter(|_| digits).ok_or(Refused::BadTimestamp)?;
    let age_s = now_ms.div_euclid(1000) - seconds;
    if age_s < -FRESH_S {
        Err(Refused::FromTheFuture)
    } else if age_s <= FRESH_S {
        Ok(Lane::Fresh)
    } else if age_s <= LATE_S {
        Ok(Lane::Late)
    } else {
        Err(Refused::Stale)
    }
}

/// The signature of a body, as Zoom would write it.
#[must_use]
pub fn sign(secret: &SecretToken, timestamp: &str, body: &[u8]) -> String {
    let tag = secret.mac(&[b"v0:", timestamp.as_bytes(), b":", body]).finalize().into_bytes();
    format!("v0={}", HEXLOWER.encode(&tag))
}

/// The longest token that is answered, in characters.
pub const PLAIN_TOKEN_CHARS_MAX: usize = 128;

/// Whether a token may be answered. Without a `:` it can never equal a string that Zoom signs, so that the answer is no
/// signature of anything (failures A1).
#[must_use]
pub fn is_plain_token(text: &str) -> bool {
    (1..=PLAIN_TOKEN_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_=+/-".contains(&byte))
}

/// The JSON that answers `endpoint.url_validation`; `None` for a token that must not be answered.
#[must_use]
pub fn url_validation_answer(plain_token: &str, secret: &SecretToken) -> Option<String> {
    if !is_plain_token(plain_token) {
        return None;
    }
    let encrypted = HEXLOWER.encode(&secret.mac(&[plain_token.as_bytes()]).finalize().into_bytes());
    Some(serde_json::json!({ "plainToken": plain_token, "encryptedToken": encrypted }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str = r#"{"event":"meeting.started","payload":{"account_id":"AcctDemo00000000000001","object":{"duration":30,"start_time":"2026-08-01T10:00:00Z","timezone":"Asia/Kolkata","topic":"Démo – 1","id":"86000000001","type":2,"uuid":"/Demo+Uuid//0000000000==","host_id":"UserDemo00000000000001","host_email":"host@example.test"}},"event_ts":1785578400123}"#;
    const STARTED_SIGNATURE: &str = "v0=400ab085c2131398a6c1d89667f351694f84648ea2966010eb5b3f5f3a47e628";
    const NOW_MS: i64 = 1_785_578_401_000;
    // A published vector: escapes of astral characters beside raw UTF-8 in one string.
    const EMOJI: &str = "{\"event\":\"meeting.started\",\"payload\":{\"account_id\":\"VjZoEArIT5y-HlWxkV-tVA\",\"object\":{\"duration\":60,\"start_time\":\"2024-07-11T14:12:55Z\",\"timezone\":\"America/New_York\",\"topic\":\"Test \\uD83D\\uDE92\\uD83D\\uDE92 ? - ’ - – \\uD83D\\uDE97 HOLA\",\"id\":\"85393847045\",\"type\":2,\"uuid\":\"jUh5o3dKQIytvcsfTtKBlg==\",\"host_id\":\"8lzIwvZTSOqjndWPbPqzuA\"}},\"event_ts\":1720707175904}";

    fn secrets() -> Vec<SecretToken> {
        vec![SecretToken::new("demo-secret-token").unwrap()]
    }

    #[track_caller]
    fn check(timestamp: Option<&str>, signature: Option<&str>, now_ms: i64, expected: Result<Lane, Refused>) {
        let headers = Headers { timestamp, signature, doubled: false };
        let got = verify(STARTED.as_bytes(), &headers, &secrets(), now_ms).map(|verified| verified.lane());
        assert_eq!(got, expected);
    }

    #[test]
    fn the_published_vectors_verify() {
        check(Some("1785578401"), Some(STARTED_SIGNATURE), NOW_MS, Ok(Lane::Fresh));
        let secrets = [SecretToken::new("4fv1RkqGQUq5sWbEz6hA5A").unwrap()];
        let signature = Some("v0=1a14e79349318fa1bead50ebbd3c185ae078e182d3bbd30ab8010fcb7f4357c7");
        let headers = Headers { timestamp: Some("1720707175"), signature, doubled: false };
        assert!(verify(EMOJI.as_bytes(), &headers, &secrets, 1_720_707_175_000).is_ok());
        let again = serde_json::to_vec(&serde_json::from_str::<serde_json::Value>(EMOJI).unwrap()).unwrap();
        assert_eq!(verify(&again, &headers, &secrets, 1_720_707_175_000).unwrap_err(), Refused::Mismatch);
    }

    #[test]
    fn a_validation_is_answered_as_published_and_only_for_harmless_tokens() {
        let secret = SecretToken::new("demo-secret-token").unwrap();
        assert_eq!(
            url_validation_answer("demoPlainToken123", &secret).unwrap(),
            r#"{"encryptedToken":"f7b4f1623ca8d5608cd93281faf24be20830e3b4479b8b2753a2cfff8f845e61","plainToken":"demoPlainToken123"}"#
        );
        // The oracle: a token that is the signed string of a forged event.
        assert_eq!(url_validation_answer(r#"v0:1785578401:{"event":"x"}"#, &secret), None);
        assert_eq!(url_validation_answer("", &secret), None);
        assert_eq!(url_validation_answer(&"a".repeat(129), &secret), None);
    }

    #[test]
    fn freshness_has_two_lanes() {
        let at = |age_s: i64| NOW_MS + age_s * 1000;
        let check_age = |age_s, expected| check(Some("1785578401"), Some(STARTED_SIGNATURE), at(age_s), expected);
        check_age(-300, Ok(Lane::Fresh));
        check_age(-301, Err(Refused::FromTheFuture));
        check_age(300, Ok(Lane::Fresh));
        check_age(301, Ok(Lane::Late));
        check_age(6_000, Ok(Lane::Late));
        check_age(6_001, Err(Refused::Stale));
    }

    #[test]
    fn a_header_that_is_not_quite_right_is_refused() {
        let good = Some("1785578401");
        check(None, Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::MissingHeader));
        check(good, None, NOW_MS, Err(Refused::MissingHeader));
        check(Some(""), Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::BadTimestamp));
        check(Some("1785578401.0"), Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::BadTimestamp));
        check(Some("-1785578401"), Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::BadTimestamp));
        check(Some("1785578401000"), Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::BadTimestamp));
        let upper = STARTED_SIGNATURE.to_uppercase();
        for form in ["", "v0=", "v1=00", &upper, &STARTED_SIGNATURE[3..], &format!("{STARTED_SIGNATURE}0")] {
            check(good, Some(form), NOW_MS, Err(Refused::BadSignatureForm));
        }
        check(good, Some(&format!("v0={}", "0".repeat(64))), NOW_MS, Err(Refused::Mismatch));
        check(Some("1785578402"), Some(STARTED_SIGNATURE), NOW_MS, Err(Refused::Mismatch));
        let doubled = Headers { timestamp: good, signature: Some(STARTED_SIGNATURE), doubled: true };
        assert_eq!(verify(STARTED.as_bytes(), &doubled, &secrets(), NOW_MS).unwrap_err(), Refused::DoubledHeader);
        assert_eq!(verify(b"", &doubled, &[], NOW_MS).unwrap_err(), Refused::NoSecret);
        assert!(SecretToken::new(" ").is_none());
    }

    #[test]
    fn during_a_rotation_both_secrets_hold() {
        let both = [SecretToken::new("new").unwrap(), SecretToken::new("demo-secret-token").unwrap()];
        let headers = Headers { timestamp: Some("1785578401"), signature: Some(STARTED_SIGNATURE), doubled: false };
        assert_eq!(verify(STARTED.as_bytes(), &headers, &both, NOW_MS).unwrap().secret_index(), 1);
    }
}
