//! How Zoom's answers read: tokens, who signed in, licences, what a create came to, and every way it may refuse
//! (zoom.md § 1.6, 5.2, 6). A body code decides, not the status alone; only JSON proves that a grant is dead.

pub mod about;
pub mod after;
pub mod history;
pub mod listed;
pub mod registrants;
pub mod scopes;

use super::wire::{number, text};
use crate::exchange::{Answer, Reply};
use crate::ids::{Email, MeetingNumber};
use crate::redact::clip;
use serde_json::Value;

/// The longest piece of an answer that is kept in a sentence, in characters.
const DETAIL_CHARS_MAX: usize = 300;

/// A pair of tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// Refresh token; none for server-to-server credentials.
    pub refresh: Option<String>,
    /// How long the access token lives, in seconds.
    pub expires_in_s: i64,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The account's regional API, where it is a host of Zoom's.
    pub api_url: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// What a token call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenAnswer {
    /// Here they are.
    Granted(Tokens),
    /// The code or the grant is dead: somebody has to sign in again.
    Dead {
        /// Zoom's words.
        detail: String,
    },
    /// The app's own configuration is wrong (client id, secret, redirect address).
    Misconfigured {
        /// Zoom's words.
        detail: String,
    },
    /// Not now; nothing was used up.
    Later {
        /// What was seen.
        why: String,
    },
    /// The answer was lost: the pair may have been replaced already.
    Unknown {
        /// What was seen.
        why: String,
    },
}

/// Words of a dead code or grant, and numbered errors with that meaning (zoom.md § 1.6).
const DEAD_WORDS: &[&str] = &["invalid_grant"];
const DEAD_NUMBERS: &[i64] = &[4711, 4733, 4734, 4735, 4737, 4738, 4741];
const MISCONFIGURED_WORDS: &[&str] = &["invalid_client", "unauthorized_client", "unsupported_grant_type"];
const MISCONFIGURED_NUMBERS: &[i64] = &[4702, 4704, 4705, 4706, 4709, 4717];

/// Reads the answer to a token call.
#[must_use]
pub fn read_tokens(reply: &Reply) -> TokenAnswer {
    let answer = match reply {
        Reply::Answer(answer) => answer,
        Reply::NotSent { why } => return TokenAnswer::Later { why: why.clone() },
        Reply::Lost { why } => return TokenAnswer::Unknown { why: why.clone() },
    };
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else {
        let why = format!("status {} without JSON", answer.status);
        // A server that broke down may have replaced the pair before.
        return if answer.status == 429 { TokenAnswer::Later { why } } else { TokenAnswer::Unknown { why } };
    };
    if (200..300).contains(&answer.status) {
        return match tokens(&json) {
            Some(tokens) => TokenAnswer::Granted(tokens),
            None => TokenAnswer::Unknown { why: "an answer without usable tokens".to_owned() },
        };
    }
    let word = text(&json, "error").unwrap_or_default();
    let code = json.get("code").and_then(number).unwrap_or(0);
    let reason = text(&json, "reason").or_else(|| text(&json, "message")).unwrap_or_default();
    let detail = clip(format!("{word} {reason}").trim(), DETAIL_CHARS_MAX);
    let redirect = word == "invalid_request" && reason.to_lowercase().contains("redirect");
    if MISCONFIGURED_WORDS.contains(&word.as_str()) || MISCONFIGURED_NUMBERS.contains(&code) || redirect {
        TokenAnswer::Misconfigured { detail }
    } else if DEAD_WORDS.contains(&word.as_str()) || DEAD_NUMBERS.contains(&code) || word == "invalid_request" {
        TokenAnswer::Dead { detail }
    } else if answer.status == 429 {
        TokenAnswer::Later { why: detail }
    } else {
        TokenAnswer::Unknown { why: format!("status {} {detail}", answer.status) }
    }
}

fn tokens(json: &Value) -> Option<Tokens> {
    let bearer = text(json, "token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let expires_in_s = json.get("expires_in").and_then(number).filter(|seconds| (1..=86_400).contains(seconds))?;
    let tokens = Tokens {
        access: text(json, "access_token")?,
        refresh: text(json, "refresh_token"),
        expires_in_s,
        scopes: text(json, "scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        api_url: text(json, "api_url").filter(|url| is_zooms(url)),
    };
    bearer.then_some(tokens)
}

/// Only `https` hosts under Zoom's own domains get a token (zoom.md § 1.3).
fn is_zooms(url: &str) -> bool {
    let Some(host) = url.strip_prefix("https://") else { return false };
    let plain = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    plain && [".zoom.us", ".zoomgov.com"].iter().any(|domain| host.ends_with(domain))
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// Zoom user id.
    pub id: String,
    /// Zoom account id.
    pub account_id: String,
    /// Address.
    pub email: Option<Email>,
    /// Name.
    pub name: Option<String>,
    /// Role in the account (`Owner`, `Admin`, `Member`).
    pub role: Option<String>,
    /// 1 basic, 2 licensed.
    pub licence_kind: i64,
}

impl Me {
    /// Whether the role is one of those that may install an account-level app. Roles have free names; Zoom itself decides
    /// at the consent page, so only the plain member is told.
    #[must_use]
    pub fn is_plain_member(&self) -> bool {
        self.role.as_deref().is_some_and(|role| role.eq_ignore_ascii_case("member"))
    }
}

/// What a user is licensed for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Licences {
    /// Webinar add-on.
    pub webinar: bool,
    /// People in a webinar.
    pub webinar_capacity: Option<i64>,
    /// People in a meeting.
    pub meeting_capacity: Option<i64>,
}

/// When a limit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// In a second or so.
    Moment,
    /// At that time, epoch milliseconds.
    Until(i64),
    /// At 00:00 UTC.
    NextDay,
}

/// Why Zoom did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoomFault {
    /// Nothing was sent.
    #[error("Zoom could not be reached: {why}")]
    NotSent {
        /// Why.
        why: String,
    },
    /// 401 or code 124.
    #[error("Zoom refuses the sign-in; sign in with Zoom again")]
    TokenUnusable,
    /// Code 4700 or 4711.
    #[error("the Zoom sign-in lacks the permission {}", .scopes.join(", "))]
    ScopeMissing {
        /// The scopes that Zoom names; any one of them is enough.
        scopes: Vec<String>,
    },
    /// 429.
    #[error("Zoom's limit is reached: {detail}")]
    RateLimited {
        /// When it is over.
        wait: Wait,
        /// Zoom's words.
        detail: String,
    },
    /// Code 200: no webinar plan, or a paid account is needed.
    #[error("the Zoom host lacks a licence: {detail}")]
    PlanMissing {
        /// Zoom's words.
        detail: String,
    },
    /// 404, 1001, 3001.
    #[error("Zoom does not know it: {detail}")]
    NotFound {
        /// Zoom's words.
        detail: String,
    },
    /// Any other refusal.
    #[error("Zoom refuses (code {code}): {detail}")]
    Refused {
        /// Zoom's code.
        code: i64,
        /// Zoom's words.
        detail: String,
    },
    /// A read that failed: 5xx, lost, or no JSON.
    #[error("Zoom cannot answer: {why}")]
    Later {
        /// What was seen.
        why: String,
    },
}

impl ZoomFault {
    /// Stable code, as `docs/errors.md` lists it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent { .. } => "zoom.not_sent",
            Self::TokenUnusable => "zoom.token",
            Self::ScopeMissing { .. } => "zoom.scope",
            Self::RateLimited { .. } => "zoom.rate_limited",
            Self::PlanMissing { .. } => "zoom.plan",
            Self::NotFound { .. } => "zoom.not_found",
            Self::Refused { .. } => "zoom.refused",
            Self::Later { .. } => "zoom.later",
        }
    }
}

/// The stable code of a create that Zoom refused. The only thing that a create can fail to find is its host.
#[must_use]
pub fn create_code(fault: &ZoomFault) -> &'static str {
    match fault {
        ZoomFault::NotFound { .. } => "zoom.host_unknown",
        ZoomFault::Refused { code: 3003, .. } => "zoom.not_host",
        ZoomFault::RateLimited { .. } if super::pace::is_host_day(fault) => super::pace::HOST_DAY,
        ZoomFault::NotSent { .. }
        | ZoomFault::TokenUnusable
        | ZoomFault::ScopeMissing { .. }
        | ZoomFault::RateLimited { .. }
        | ZoomFault::PlanMissing { .. }
        | ZoomFault::Refused { .. }
        | ZoomFault::Later { .. } => fault.code(),
    }
}

/// A meeting as Zoom answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its number.
    pub number: MeetingNumber,
    /// The link for everybody.
    pub join_url: Option<String>,
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoomOutcome {
    /// Done.
    Applied(Created),
    /// Certainly not done.
    NotApplied(ZoomFault),
    /// Nobody can say.
    Unknown {
        /// What was seen.
        why: String,
    },
}

fn json_of(answer: &Answer) -> Option<Value> {
    serde_json::from_slice(&answer.body).ok()
}

/// A refusal that the body or status states; `None` when the answer is none.
fn fault(answer: &Answer, json: Option<&Value>) -> Option<ZoomFault> {
    let code = json.and_then(|json| json.get("code")).and_then(number);
    let detail = clip(&json.and_then(|json| text(json, "message")).unwrap_or_default(), DETAIL_CHARS_MAX);
    let good = (200..300).contains(&answer.status);
    // Some calls answer 200 with an error body (zoom.md § 5.2): a code and a message, and nothing else of use.
    if good && (code.is_none() || detail.is_empty()) {
        return None;
    }
    Some(match (answer.status, code.unwrap_or(0)) {
        (429, _) | (_, 429) => ZoomFault::RateLimited { wait: wait(answer, &detail), detail },
        (_, 4700 | 4711) => ZoomFault::ScopeMissing { scopes: scopes_in(&detail) },
        (401, _) | (_, 124) => ZoomFault::TokenUnusable,
        (_, 200) => ZoomFault::PlanMissing { detail },
        (_, 1001 | 3001) | (404, _) => ZoomFault::NotFound { detail },
        (400..=499, code) => ZoomFault::Refused { code, detail },
        (_, code) if code > 0 => ZoomFault::Refused { code, detail },
        (status, _) => ZoomFault::Later { why: format!("status {status} {detail}").trim().to_owned() },
    })
}

fn wait(answer: &Answer, detail: &str) -> Wait {
    let retry_after = answer.retry_after.as_deref().unwrap_or("").trim();
    if let Ok(at) = retry_after.parse::<jiff::Timestamp>() {
        return Wait::Until(at.as_millisecond());
    }
    if detail.contains("daily rate limit") || answer.rate_limit_type.as_deref() == Some("Daily-limit") {
        return Wait::NextDay;
    }
    Wait::Moment
}

/// The scopes in `… does not contain scopes:[a, b].`
fn scopes_in(detail: &str) -> Vec<String> {
    let list = detail.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.split(',').map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect()
}

/// The refusal that an answer states; `None` when it is none.
pub(super) fn fault_of(answer: &Answer) -> Option<ZoomFault> {
    fault(answer, json_of(answer).as_ref())
}

pub(super) fn read(reply: &Reply) -> Result<Value, ZoomFault> {
    match reply {
        Reply::NotSent { why } => Err(ZoomFault::NotSent { why: why.clone() }),
        Reply::Lost { why } => Err(ZoomFault::Later { why: why.clone() }),
        Reply::Answer(answer) => {
            let json = json_of(answer);
            match fault(answer, json.as_ref()) {
                Some(fault) => Err(fault),
                None => json.ok_or_else(|| ZoomFault::Later { why: "an answer that is not JSON".to_owned() }),
            }
        }
    }
}

/// Reads `users/me`.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_me(reply: &Reply) -> Result<Me, ZoomFault> {
    let json = read(reply)?;
    let unusable = || ZoomFault::Later { why: "users/me without id or account".to_owned() };
    Ok(Me {
        id: text(&json, "id").ok_or_else(unusable)?,
        account_id: text(&json, "account_id").ok_or_else(unusable)?,
        email: text(&json, "email").as_deref().and_then(Email::parse),
        name: text(&json, "display_name").or_else(|| text(&json, "first_name")),
        role: text(&json, "role_name"),
        licence_kind: json.get("type").and_then(number).unwrap_or(0),
    })
}

/// Reads a user's settings.
///
/// # Errors
/// [`ZoomFault`].
pub fn read_settings(reply: &Reply) -> Result<Licences, ZoomFault> {
    let json = read(reply)?;
    let feature = json.get("feature").unwrap_or(&Value::Null);
    Ok(Licences {
        webinar: feature.get("webinar") == Some(&Value::Bool(true)),
        webinar_capacity: feature.get("webinar_capacity").and_then(number),
        meeting_capacity: feature.get("meeting_capacity").and_then(number),
    })
}

/// Reads the answer to a create.
#[must_use]
pub fn read_created(reply: &Reply) -> ZoomOutcome {
    let answer = match reply {
        Reply::NotSent { why } => return ZoomOutcome::NotApplied(ZoomFault::NotSent { why: why.clone() }),
        Reply::Lost { why } => return ZoomOutcome::Unknown { why: why.clone() },
        Reply::Answer(answer) => answer,
    };
    let json = json_of(answer);
    if let Some(created) = json.as_ref().and_then(created).filter(|_| (200..300).contains(&answer.status)) {
        return ZoomOutcome::Applied(created);
    }
    match fault(answer, json.as_ref()) {
        Some(ZoomFault::Later { why }) => ZoomOutcome::Unknown { why },
        Some(fault) => ZoomOutcome::NotApplied(fault),
        None => ZoomOutcome::Unknown { why: format!("status {} without a meeting", answer.status) },
    }
}

fn created(json: &Value) -> Option<Created> {
    let number = u64::try_from(json.get("id").and_then(number)?).ok()?;
    Some(Created { number: MeetingNumber(number), join_url: text(json, "join_url") })
}

/// What a page of a list shows of a meeting with our marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Here it is.
    Here(Created),
    /// Not on this page; the token of the next, if there is one.
    NotHere {
        /// `next_page_token`.
        next: Option<String>,
    },
}

/// Looks for the meeting whose agenda carries the marker.
///
/// # Errors
/// [`ZoomFault`].
pub fn find_by_marker(reply: &Reply, marker: &str) -> Result<Found, ZoomFault> {
    let json = read(reply)?;
    let meetings = json.get("meetings").and_then(Value::as_array);
    let unusable = || ZoomFault::Later { why: "a list without meetings".to_owned() };
    let marked = |meeting: &&Value| text(meeting, "agenda").is_some_and(|agenda| agenda.contains(marker));
    if let Some(found) = meetings.ok_or_else(unusable)?.iter().find(marked).and_then(created) {
        return Ok(Found::Here(found));
    }
    Ok(Found::NotHere { next: text(&json, "next_page_token") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Reply {
        Reply::Answer(Answer::of(status, body))
    }

    #[track_caller]
    fn check_tokens(status: u16, body: &str, expected: fn(&TokenAnswer) -> bool) {
        let read = read_tokens(&answer(status, body));
        assert!(expected(&read), "{status} {body}: {read:?}");
    }

    #[test]
    fn only_json_proves_a_grant_dead() {
        let dead = |read: &TokenAnswer| matches!(read, TokenAnswer::Dead { .. });
        let misconfigured = |read: &TokenAnswer| matches!(read, TokenAnswer::Misconfigured { .. });
        let unknown = |read: &TokenAnswer| matches!(read, TokenAnswer::Unknown { .. });
        check_tokens(400, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#, dead);
        check_tokens(400, r#"{"reason":"Invalid authorization code","error":"invalid_grant"}"#, dead);
        check_tokens(400, r#"{"code":4741,"message":"revoked"}"#, dead);
        check_tokens(401, r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#, misconfigured);
        check_tokens(400, r#"{"reason":"Redirect URI mismatch","error":"invalid_request"}"#, misconfigured);
        check_tokens(400, "<html>invalid_grant</html>", unknown);
        check_tokens(502, "<html>", unknown);
        check_tokens(500, "{}", unknown);
        check_tokens(429, "", |read| matches!(read, TokenAnswer::Later { .. }));
        check_tokens(200, r#"{"access_token":"a","expires_in":0}"#, unknown);
        assert!(matches!(read_tokens(&Reply::Lost { why: "x".into() }), TokenAnswer::Unknown { .. }));
        assert!(matches!(read_tokens(&Reply::NotSent { why: "x".into() }), TokenAnswer::Later { .. }));
    }

    #[test]
    fn a_token_is_sent_only_to_zooms_own_hosts() {
        let body = |url: &str| {
            format!(
                r#"{{"access_token":"a","refresh_token":"r","token_type":"bearer","expires_in":3599,"scope":"a b","api_url":"{url}"}}"#
            )
        };
        let url = |text: &str| {
            let TokenAnswer::Granted(tokens) = read_tokens(&answer(200, &body(text))) else { panic!("{text}") };
            tokens.api_url
        };
        assert_eq!(url("https://api-eu.zoom.us").as_deref(), Some("https://api-eu.zoom.us"));
        assert_eq!(url("https://evil.test"), None);
        assert_eq!(url("https://evil.test/.zoom.us"), None);
        assert_eq!(url("https://zoom.us.evil.test"), None);
        assert_eq!(url("http://api.zoom.us"), None);
    }

    #[track_caller]
    fn check_fault(status: u16, body: &str, expected: &str) {
        assert_eq!(read_me(&answer(status, body)).unwrap_err().code(), expected, "{status} {body}");
    }

    #[test]
    fn every_refusal_has_its_meaning() {
        check_fault(401, r#"{"code":124,"message":"Invalid access token."}"#, "zoom.token");
        check_fault(
            400,
            r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[a:b:c, a:b:c:admin]."}"#,
            "zoom.scope",
        );
        check_fault(400, r#"{"code":200,"message":"Webinar plan is missing."}"#, "zoom.plan");
        check_fault(200, r#"{"code":200,"message":"Webinar plan is missing."}"#, "zoom.plan");
        check_fault(404, r#"{"code":3001,"message":"Meeting does not exist"}"#, "zoom.not_found");
        check_fault(400, r#"{"code":300,"message":"Validation"}"#, "zoom.refused");
        check_fault(429, r#"{"code":429,"message":"per-second"}"#, "zoom.rate_limited");
        check_fault(503, "<html>", "zoom.later");
        check_fault(200, "<html>", "zoom.later");
        assert_eq!(scopes_in("x scopes:[a:b:c, a:b:c:admin]."), ["a:b:c", "a:b:c:admin"]);
    }

    #[test]
    fn a_lost_create_is_unknown() {
        assert!(matches!(
            read_created(&answer(201, r#"{"id":81,"join_url":"https://z/j/81"}"#)),
            ZoomOutcome::Applied(_)
        ));
        assert!(matches!(read_created(&answer(502, "<html>")), ZoomOutcome::Unknown { .. }));
        assert!(matches!(read_created(&answer(201, "{")), ZoomOutcome::Unknown { .. }));
        assert!(matches!(read_created(&Reply::Lost { why: "x".into() }), ZoomOutcome::Unknown { .. }));
        assert!(matches!(read_created(&answer(400, r#"{"code":3161,"message":"no"}"#)), ZoomOutcome::NotApplied(_)));
    }

    #[test]
    fn the_daily_limit_waits_for_midnight_or_for_what_is_written() {
        let mut limited =
            Answer::of(429, r#"{"code":429,"message":"You have exceeded the daily rate limit (100) of x"}"#);
        let waits = |answer: &Answer| {
            let Err(ZoomFault::RateLimited { wait, .. }) = read_me(&Reply::Answer(answer.clone())) else { panic!() };
            wait
        };
        assert_eq!(waits(&limited), Wait::NextDay);
        limited.retry_after = Some("2026-07-30T00:00:00Z".to_owned());
        assert_eq!(waits(&limited), Wait::Until(1_785_369_600_000));
    }
}
