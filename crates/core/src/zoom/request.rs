//! Calls to Zoom as values. Paths of the API are below `…/v2`; those of the sign-in below the OAuth base. Form posts carry
//! nothing in the query (zoom.md § 1.3); the client adds credentials.

pub mod registrants;

use super::after::{List, ReadRun};
use super::command::NewMeeting;
use super::history::ReadHistory;
use super::options::{SignUp, WaitingRoom};
use crate::exchange::{Body, Effect, Method, Request};
use crate::ids::{Email, Kind, MeetingNumber};
use crate::recurrence::{Repeat, Rhythm};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Entries in one page of a list (zoom.md § 5.1).
pub const PAGE_SIZE: &str = "300";

fn get(operation: &'static str, path: String) -> Request {
    Request {
        operation,
        method: Method::Get,
        path,
        query: Vec::new(),
        body: Body::Empty,
        effect: Effect::Read,
        bulk: false,
    }
}

fn form(operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Request {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        operation,
        method: Method::Post,
        path: path.to_owned(),
        query: Vec::new(),
        body: Body::Form(fields),
        effect: Effect::Write,
        bulk: false,
    }
}

/// Where the browser is sent to sign in. No `scope`: its presence leads to an error page (zoom.md § 1.2).
#[must_use]
pub fn authorize_url(oauth_base: &str, client_id: &str, redirect_uri: &str, state: &str, challenge: &str) -> String {
    let parameters = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("{oauth_base}/oauth/authorize?{}", query.join("&"))
}

/// The code of a sign-in for tokens.
#[must_use]
pub fn token_by_code(code: &str, redirect_uri: &str, verifier: &str) -> Request {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    form("oauth.token.code", "/oauth/token", &fields)
}

/// A refresh token for a new pair; the old pair is dead then.
#[must_use]
pub fn token_by_refresh(refresh_token: &str) -> Request {
    form("oauth.token.refresh", "/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

/// Server-to-server credentials for an access token.
#[must_use]
pub fn token_by_account(account_id: &str) -> Request {
    form("oauth.token.account", "/oauth/token", &[("grant_type", "account_credentials"), ("account_id", account_id)])
}

/// Gives an authorisation back; only when no other tenant uses it (zoom.md § 1.7).
#[must_use]
pub fn revoke(access_token: &str) -> Request {
    form("oauth.revoke", "/oauth/revoke", &[("token", access_token)])
}

/// Who signed in.
#[must_use]
pub fn users_me() -> Request {
    get("users.me", "/users/me".to_owned())
}

/// A user of the account, by id or address.
#[must_use]
pub fn user(user: &str) -> Request {
    get("users.get", format!("/users/{}", encode(user)))
}

/// A page of the groups of the account. Neither whether the list has pages nor how long they are could be verified: it is asked for as
/// the other lists are.
#[must_use]
pub fn groups(next_page_token: Option<&str>) -> Request {
    let mut request = get("groups.list", "/groups".to_owned());
    request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
    request.query.extend(next_page_token.map(|token| ("next_page_token".to_owned(), token.to_owned())));
    request
}

/// What a user is licensed for.
#[must_use]
pub fn user_settings(user: &str) -> Request {
    get("users.settings", format!("/users/{}/settings", encode(user)))
}

/// Schedules a meeting. The marker is the agenda's first line, within the part that a list shows (zoom.md § 5.3).
#[must_use]
pub fn create_meeting(meeting: &NewMeeting) -> Request {
    let start = Timestamp::from_millisecond(meeting.start_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let agenda = format!("Ref: {}\n{}", meeting.marker, meeting.agenda);
    let options = &meeting.options;
    let mut body = json!({
        "topic": meeting.topic,
        "type": if options.repeat.is_some() { 8 } else { 2 },
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "duration": meeting.duration_min,
        "timezone": meeting.timezone,
        "agenda": agenda.trim_end(),
        "settings": settings(meeting),
    });
    if let Some(object) = body.as_object_mut() {
        let recurrence = options.repeat.map(|repeat| recurrence(&repeat, start, &meeting.timezone));
        object.extend(recurrence.map(|recurrence| ("recurrence".to_owned(), recurrence)));
        object.extend(options.passcode.as_ref().map(|passcode| ("password".to_owned(), json!(passcode))));
    }
    Request {
        operation: "meetings.create",
        method: Method::Post,
        path: format!("/users/{}/meetings", encode(&meeting.host)),
        query: Vec::new(),
        body: Body::Json(body.to_string()),
        effect: Effect::Write,
        bulk: false,
    }
}

/// Only what was chosen: what is left out stays as the Zoom account has it.
fn settings(meeting: &NewMeeting) -> Value {
    let options = &meeting.options;
    let invitees: Vec<_> = meeting.invitees.iter().map(|email| json!({ "email": email })).collect();
    let mut settings = json!({ "meeting_invitees": invitees });
    let Some(object) = settings.as_object_mut() else { return settings };
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    if !options.alternative_hosts.is_empty() {
        let hosts: Vec<&str> = options.alternative_hosts.iter().map(Email::as_str).collect();
        set("alternative_hosts", json!(hosts.join(";")));
    }
    match options.waiting_room {
        WaitingRoom::Account => {}
        WaitingRoom::On => drop(set("waiting_room", json!(true))),
        WaitingRoom::Off => drop(set("waiting_room", json!(false))),
    }
    match options.sign_up {
        SignUp::Off => {}
        SignUp::Automatic | SignUp::Manual => {
            set("approval_type", json!(options.sign_up.approval_type()));
            if options.repeat.is_some() {
                set("registration_type", json!(1));
            }
        }
    }
    settings
}

/// The end is always sent as a number of meetings: that reads the same in every zone.
fn recurrence(repeat: &Repeat, start: Timestamp, zone: &str) -> Value {
    let local = TimeZone::get(zone).unwrap_or(TimeZone::UTC).to_datetime(start);
    let mut recurrence = json!({
        "type": repeat.rhythm.number(),
        "repeat_interval": repeat.every,
        "end_times": repeat.times,
    });
    let Some(object) = recurrence.as_object_mut() else { return recurrence };
    match repeat.rhythm {
        Rhythm::Daily => {}
        Rhythm::Weekly => {
            let day = i64::from(local.weekday().to_sunday_one_offset());
            object.insert("weekly_days".to_owned(), json!(day.to_string()));
        }
        Rhythm::Monthly => {
            object.insert("monthly_day".to_owned(), json!(local.day()));
        }
    }
    recurrence
}

/// A page of a user's scheduled meetings.
#[must_use]
pub fn list_meetings(user: &str, next_page_token: Option<&str>) -> Request {
    let mut request = get("meetings.list", format!("/users/{}/meetings", encode(user)));
    request.query.push(("type".to_owned(), "scheduled".to_owned()));
    request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
    request.query.extend(next_page_token.map(|token| ("next_page_token".to_owned(), token.to_owned())));
    request
}

/// One meeting as planned.
#[must_use]
pub fn get_meeting(number: MeetingNumber) -> Request {
    get("meetings.get", format!("/meetings/{number}"))
}

/// A page of the report of who was in a run.
#[must_use]
pub fn report_participants(kind: Kind, uuid: &str, next_page_token: Option<&str>) -> Request {
    let mut request =
        get("report.participants", format!("/report/{}s/{}/participants", kind.as_str(), path_uuid(uuid)));
    request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
    request.query.push(("include_fields".to_owned(), "registrant_id".to_owned()));
    request.query.extend(next_page_token.map(|token| ("next_page_token".to_owned(), token.to_owned())));
    request
}

/// The next page of the history that is under way; `None` when everything was read. Zoom takes days, and lists them whole.
#[must_use]
pub fn history(read: &ReadHistory) -> Option<Request> {
    let (from_ms, to_ms) = read.window()?;
    let day = |at_ms: i64| {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        at.strftime("%Y-%m-%d").to_string()
    };
    let mut request = get("report.history", "/report/history_meetings".to_owned());
    let fields = [
        ("from", day(from_ms)),
        ("to", day(to_ms)),
        ("date_type", "end_time".to_owned()),
        ("meeting_type", read.kind.as_str().to_owned()),
        ("page_size", PAGE_SIZE.to_owned()),
    ];
    request.query.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    request.query.extend(read.page.iter().map(|token| ("next_page_token".to_owned(), token.clone())));
    Some(request)
}

/// The next page of the list that is under way; `None` when everything was read.
#[must_use]
pub fn read_run(read: &ReadRun) -> Option<Request> {
    let (uuid, number) = (path_uuid(&read.uuid), read.number);
    let page = read.page.as_deref();
    let paged = |mut request: Request| {
        request.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
        request.query.extend(page.map(|token| ("next_page_token".to_owned(), token.to_owned())));
        request
    };
    Some(match read.list()? {
        List::Panelists => get("webinars.panelists", format!("/webinars/{number}/panelists")),
        List::Participants => report_participants(read.kind, &read.uuid, page),
        List::Absentees => {
            let mut request = paged(get("past.absentees", format!("/past_webinars/{uuid}/absentees")));
            request.query.extend(read.occurrence.iter().map(|id| ("occurrence_id".to_owned(), id.clone())));
            request
        }
        List::Questions => get("past.qa", format!("/past_webinars/{uuid}/qa")),
        List::Polls => get("past.polls", format!("/past_webinars/{uuid}/polls")),
    })
}

/// A run's uuid in a path: encoded, and twice where it begins with `/` or holds `//` (zoom.md § 5.1).
#[must_use]
pub fn path_uuid(uuid: &str) -> String {
    let once = encode(uuid);
    if uuid.starts_with('/') || uuid.contains("//") { encode(&once) } else { once }
}

/// Percent-encodes all but the unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_encoded_twice_where_it_must_be() {
        assert_eq!(path_uuid("/ab=="), "%252Fab%253D%253D");
        assert_eq!(path_uuid("a//b"), "a%252F%252Fb");
        assert_eq!(path_uuid("a/b="), "a%2Fb%3D");
    }

    #[test]
    fn the_sign_in_address_has_no_scope_and_encodes_what_it_carries() {
        let url = authorize_url("https://zoom.us", "id", "https://c.test/oauth/zoom/meetings/callback", "s&t", "c");
        assert!(url.starts_with(
            "https://zoom.us/oauth/authorize?response_type=code&client_id=id&redirect_uri=https%3A%2F%2Fc.test"
        ));
        assert!(url.contains("state=s%26t") && !url.contains("scope"));
    }

    #[test]
    fn token_calls_carry_everything_in_the_body() {
        let request = token_by_refresh("r");
        assert!(request.query.is_empty());
        assert_eq!(request.effect, Effect::Write);
        assert!(matches!(request.body, Body::Form(fields) if fields.len() == 2));
    }
}
