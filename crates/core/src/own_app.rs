//! A tenant's own Zoom app: server-to-server credentials of one Zoom account instead of a person's sign-in (zoom.md § 1.9). What
//! of them can be used, which secret tokens prove its webhooks, what a token answer says of them, what the app has to hear.

use crate::ids::ZoomApp;
use crate::zoom::reply::TokenAnswer;
use crate::zoom::signature::SecretToken;
use serde::{Deserialize, Serialize};

/// The longest credential, in bytes.
pub const CREDENTIAL_BYTES_MAX: usize = 200;
/// So long an earlier secret token still proves a webhook, in milliseconds: well beyond Zoom's last retry.
pub const EARLIER_MS: i64 = 24 * 60 * 60 * 1000;

/// The credentials. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnApp {
    /// Zoom account id: the only one that the app acts for, and that its events may name.
    pub account: String,
    /// Client ID.
    pub client_id: String,
    /// Client Secret.
    pub client_secret: String,
    /// Secret Token of its event subscriptions.
    pub secret_token: String,
    /// The secret token before, while that is still accepted.
    #[serde(default)]
    pub earlier: Option<Earlier>,
}

/// A secret token that was replaced.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// It.
    pub secret_token: String,
    /// Until when it proves a webhook, epoch milliseconds.
    pub until_ms: i64,
}

impl std::fmt::Debug for OwnApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnApp({}, {}, ..)", self.account, self.client_id)
    }
}

impl std::fmt::Debug for Earlier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Earlier({}, ..)", self.until_ms)
    }
}

impl OwnApp {
    /// As somebody gave them: account id, client id, client secret, secret token.
    #[must_use]
    pub fn given([account, client_id, client_secret, secret_token]: [&str; 4]) -> Self {
        let [account, client_id, client_secret, secret_token] =
            [account, client_id, client_secret, secret_token].map(|text| text.trim().to_owned());
        Self { account, client_id, client_secret, secret_token, earlier: None }
    }

    /// What is wrong with them before Zoom is asked, as a sentence; none when they can be tried.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let all = [&self.account, &self.client_id, &self.client_secret, &self.secret_token];
        if all.iter().any(|text| text.is_empty()) {
            return Some(
                "Account ID, Client ID, Client Secret and Secret Token are all needed; the app shows them in the Zoom Marketplace.",
            );
        }
        if all.iter().any(|text| !is_credential(text)) || self.client_id.contains(':') {
            return Some("One of these is not what Zoom shows: copy each as a whole, without blanks.");
        }
        None
    }

    /// The secret tokens that prove a webhook now: the present one, and the earlier one while that is accepted.
    #[must_use]
    pub fn secrets(&self, now_ms: i64) -> Vec<SecretToken> {
        let earlier = self.earlier_at(now_ms).map(|earlier| earlier.secret_token.as_str());
        [Some(self.secret_token.as_str()), earlier].into_iter().flatten().filter_map(SecretToken::new).collect()
    }

    /// The earlier secret token, while it is accepted.
    #[must_use]
    pub fn earlier_at(&self, now_ms: i64) -> Option<&Earlier> {
        self.earlier.as_ref().filter(|earlier| now_ms < earlier.until_ms)
    }

    /// These in the place of those that were there before: of the same Zoom account, their secret token goes on for a while.
    #[must_use]
    pub fn instead_of(mut self, before: &Self, now_ms: i64) -> Self {
        self.earlier = if before.account != self.account {
            None
        } else if before.secret_token == self.secret_token {
            before.earlier_at(now_ms).cloned()
        } else {
            Some(Earlier { secret_token: before.secret_token.clone(), until_ms: now_ms + EARLIER_MS })
        };
        self
    }
}

fn is_credential(text: &str) -> bool {
    text.len() <= CREDENTIAL_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a token answer says where the credentials are the tenant's own: what would be the service's misconfiguration elsewhere
/// is for the tenant to repair, and nothing but other credentials does it.
#[must_use]
pub fn judged(answer: TokenAnswer) -> TokenAnswer {
    match answer {
        TokenAnswer::Misconfigured { detail } => TokenAnswer::Dead { detail },
        TokenAnswer::Granted(_)
        | TokenAnswer::Dead { .. }
        | TokenAnswer::Later { .. }
        | TokenAnswer::Unknown { .. } => answer,
    }
}

/// The events that an app for that kind subscribes to, as Zoom names them (docs/zoom-apps.md, section 3).
#[must_use]
pub fn events(app: ZoomApp) -> &'static [&'static str] {
    match app {
        ZoomApp::Meetings => &[
            "meeting.created",
            "meeting.updated",
            "meeting.deleted",
            "meeting.permanently_deleted",
            "meeting.recovered",
            "meeting.converted_to_webinar",
            "meeting.started",
            "meeting.ended",
            "meeting.participant_joined",
            "meeting.participant_left",
            "meeting.registration_created",
            "meeting.registration_approved",
            "meeting.registration_cancelled",
            "meeting.registration_denied",
            "recording.completed",
            "user.deactivated",
            "user.deleted",
            "user.disassociated",
        ],
        ZoomApp::Webinars => &[
            "webinar.created",
            "webinar.updated",
            "webinar.deleted",
            "webinar.started",
            "webinar.ended",
            "webinar.participant_joined",
            "webinar.participant_left",
            "webinar.registration_created",
            "webinar.registration_approved",
            "webinar.registration_cancelled",
            "webinar.registration_denied",
            "recording.completed",
            "user.deactivated",
            "user.deleted",
            "user.disassociated",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoom::event::{self, What};
    use crate::zoom::signature::{Headers, sign, verify};

    const NOW_MS: i64 = 1_785_578_401_000;

    fn own_app(secret_token: &str) -> OwnApp {
        OwnApp::given(["Acct_1", "client-1", "s3cret", secret_token])
    }

    #[track_caller]
    fn check_wrong(given: [&str; 4], words: Option<&str>) {
        let said = OwnApp::given(given).wrong();
        assert_eq!(said.is_some(), words.is_some(), "{given:?}: {said:?}");
        assert!(words.is_none_or(|words| said.unwrap().contains(words)), "{given:?}: {said:?}");
    }

    #[test]
    fn what_cannot_be_zooms_is_not_tried() {
        check_wrong(["A", "c", "s", "t"], None);
        check_wrong([" A ", "c", "s\n", "t"], None);
        for place in 0..4 {
            let mut given = ["A", "c", "s", "t"];
            given[place] = " ";
            check_wrong(given, Some("all needed"));
            given[place] = "two words";
            check_wrong(given, Some("not what Zoom shows"));
            given[place] = "schlüssel";
            check_wrong(given, Some("not what Zoom shows"));
            let long = "a".repeat(CREDENTIAL_BYTES_MAX + 1);
            given[place] = &long;
            check_wrong(given, Some("not what Zoom shows"));
        }
        check_wrong(["A", "c:d", "s", "t"], Some("not what Zoom shows"));
        check_wrong(["A", "c", "s:d", "t"], None);
    }

    /// Which of these secrets prove a webhook of now.
    fn proving(app: &OwnApp, now_ms: i64) -> Vec<&'static str> {
        let timestamp = (now_ms / 1000).to_string();
        let holds = |secret: &&str| {
            let signature = sign(&SecretToken::new(secret).unwrap(), &timestamp, b"{}");
            let headers = Headers { timestamp: Some(&timestamp), signature: Some(&signature), doubled: false };
            verify(b"{}", &headers, &app.secrets(now_ms), now_ms).is_ok()
        };
        ["one", "two", "three"].into_iter().filter(holds).collect()
    }

    #[test]
    fn two_secret_tokens_are_accepted_for_a_day_and_never_three() {
        let first = own_app("one");
        assert_eq!(proving(&first, NOW_MS), ["one"]);
        let second = own_app("two").instead_of(&first, NOW_MS);
        assert_eq!(proving(&second, NOW_MS), ["one", "two"]);
        assert_eq!(proving(&second, NOW_MS + EARLIER_MS - 1), ["one", "two"]);
        assert_eq!(proving(&second, NOW_MS + EARLIER_MS), ["two"]);
        // The same given once more neither renews nor ends what is left of the earlier one.
        let again = own_app("two").instead_of(&second, NOW_MS + 1);
        assert_eq!(again, second);
        let third = own_app("three").instead_of(&second, NOW_MS + 1);
        assert_eq!(proving(&third, NOW_MS + 1), ["two", "three"]);
        let elsewhere = OwnApp { account: "Acct_2".to_owned(), ..own_app("three") }.instead_of(&second, NOW_MS);
        assert_eq!(proving(&elsewhere, NOW_MS), ["three"]);
    }

    #[test]
    fn what_is_kept_can_be_read_and_what_is_printed_hides_it() {
        let kept = own_app("two").instead_of(&own_app("one"), NOW_MS);
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<OwnApp>(&json).unwrap(), kept);
        let printed = format!("{kept:?} {:?}", kept.earlier);
        assert!(!["s3cret", "one", "two"].iter().any(|secret| printed.contains(secret)), "{printed}");
    }

    #[test]
    fn a_wrong_client_is_the_tenants_to_repair() {
        let detail = || "invalid_client".to_owned();
        assert_eq!(judged(TokenAnswer::Misconfigured { detail: detail() }), TokenAnswer::Dead { detail: detail() });
        for other in [
            TokenAnswer::Dead { detail: detail() },
            TokenAnswer::Later { why: detail() },
            TokenAnswer::Unknown { why: detail() },
        ] {
            assert_eq!(judged(other.clone()), other);
        }
    }

    #[test]
    fn every_event_to_subscribe_to_is_one_that_is_read() {
        for (app, other) in [(ZoomApp::Meetings, "webinar."), (ZoomApp::Webinars, "meeting.")] {
            for name in events(app) {
                let body = format!(
                    r#"{{"event":"{name}","event_ts":1,"payload":{{"account_id":"A","object":{{"id":"86000000001","uuid":"u==","recording_files":[],
                    "registrant":{{"id":"r","email":"a@b.example"}},"participant":{{"user_id":"1","join_time":"2026-08-01T10:00:00Z","leave_time":"2026-08-01T10:00:00Z"}}}}}}}}"#
                );
                let read = event::read(body.as_bytes());
                let known =
                    read.as_ref().is_ok_and(|event| !matches!(event.what, What::UnknownName | What::Ignored(_)));
                assert!(known && !name.starts_with(other), "{name}: {read:?}");
            }
        }
    }
}
