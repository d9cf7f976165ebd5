//! REST: finds the call, checks token, scope and limits, carries it out. The calls stand in tables beside their code; a
//! table's name with its kind put in (`meetings.create`, `report.participants`) is the operation that faults are
//! planned for.

use super::super::Zoom;
use super::super::limits::{Class, UsedUp};
use super::super::oauth::Access;
use super::super::state::{Event, State, User};
use super::super::words::{Kind, LicenceRefusal, Role};
use super::problem::Problem;
use super::reply::{Reply, carry_out};
use super::{events, past, registrants, users};
use axum::extract::{Query, Request, State as Shared};
use axum::response::Response;
use std::collections::BTreeMap;
use std::ops::Range;

/// Largest body that is read, bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;
const PAGE_SIZE_DEFAULT: usize = 30;
const PAGE_SIZE_MAX: usize = 300;

pub(super) type Answer = Result<Reply, Problem>;

/// One call of Zoom's: `{}` in the path is taken, `{kind}` anywhere is `meeting` or `webinar`.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) scope: &'static str,
    pub(super) class: Class,
    pub(super) run: fn(&mut State, &Ask) -> Answer,
}

/// What was asked.
pub(super) struct Ask {
    pub(super) access: Access,
    pub(super) kind: Kind,
    /// What stood at each `{}` of the path, decoded once.
    pub(super) parts: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) now_ms: i64,
}

/// Answers any call below `/v2/`.
pub(super) async fn answer(Shared(zoom): Shared<Zoom>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default().to_vec();
    let path = head.uri.path().strip_prefix("/v2/").unwrap_or_default();
    let segments: Vec<String> = path.split('/').map(decode).collect();
    let trackingid = format!("v=2.0;clid=us02;rid=WEB_{}", zoom.state().dice.hex(32));
    let Some((call, kind, parts)) = find(head.method.as_str(), &segments) else {
        let problem = Problem::new(404, 2300, "This API endpoint is not recognized.");
        return problem.reply().with("x-zm-trackingid", trackingid).into_response();
    };
    let query = Query::try_from_uri(&head.uri).map(|Query(query)| query).unwrap_or_default();
    let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
    let now_ms = zoom.clock.now_ms();
    let apply = || {
        zoom.change(|state| {
            let ask = |access| Ask { access, kind, parts, query, body, now_ms };
            let admitted = admit(state, (call, kind), token, now_ms).map(ask);
            admitted.and_then(|ask| (call.run)(state, &ask)).unwrap_or_else(Problem::reply)
        })
        .with("x-zm-trackingid", trackingid.clone())
    };
    let fault = zoom.faults.next(&call.name.replace("{kind}", kind.as_str()));
    let throttled = Problem::calls(call.class, UsedUp::Second(1)).reply().with("x-zm-trackingid", trackingid.clone());
    carry_out(fault, throttled, apply).await
}

fn find(method: &str, segments: &[String]) -> Option<(&'static Call, Kind, Vec<String>)> {
    let tables = [users::CALLS, events::CALLS, registrants::CALLS, past::CALLS];
    let mut calls = tables.into_iter().flatten().filter(|call| call.method == method);
    calls.find_map(|call| fits(call.path, segments).map(|(kind, parts)| (call, kind, parts)))
}

fn fits(path: &str, segments: &[String]) -> Option<(Kind, Vec<String>)> {
    if path.split('/').count() != segments.len() {
        return None;
    }
    let mut kind = if path.starts_with("webinars") { Kind::Webinar } else { Kind::Meeting };
    let mut parts = Vec::new();
    for (wanted, segment) in path.split('/').zip(segments) {
        if wanted == "{}" {
            parts.push(segment.clone());
        } else if let Some((before, after)) = wanted.split_once("{kind}") {
            kind = match segment.strip_prefix(before)?.strip_suffix(after)? {
                "meeting" => Kind::Meeting,
                "webinar" => Kind::Webinar,
                _ => return None,
            };
        } else if wanted != segment {
            return None;
        }
    }
    Some((kind, parts))
}

/// Token, scope and calls a second.
fn admit(state: &mut State, (call, kind): (&Call, Kind), token: &str, now_ms: i64) -> Result<Access, Problem> {
    let access = state.access(token, now_ms).map_err(Problem::token)?;
    let scope = call.scope.replace("{kind}", kind.as_str());
    let mut parts = scope.split(':');
    let family = parts.next().unwrap_or_default();
    let classic = if parts.next() == Some("read") { "read" } else { "write" };
    let mut wanted = vec![scope.clone(), format!("{scope}:admin")];
    if family == "report" {
        wanted.remove(0);
    }
    let classics = [format!("{family}:{classic}"), format!("{family}:{classic}:admin")];
    let withheld = wanted.iter().any(|scope| state.settings.withheld.contains(scope));
    let has = !withheld && access.scopes.iter().any(|scope| wanted.contains(scope) || classics.contains(scope));
    let demoted = state.users.get(&access.user).is_none_or(|user| user.is.role == Role::Member);
    if !has || demoted {
        return Err(Problem::scopes(&wanted));
    }
    state.limits.calls(&access.account, call.class, now_ms).map_err(|used_up| Problem::calls(call.class, used_up))?;
    Ok(access)
}

/// Percent-decodes once; what is not an escape stays.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let byte = escaped.and_then(|digits| data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?.first().copied());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Ask {
    /// What stood at that `{}` of the path.
    pub(super) fn part(&self, place: usize) -> &str {
        self.parts.get(place).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Problem::new(400, 300, "Request Body should be a valid JSON object."))
    }

    /// The user named in the path, who must be the account's.
    pub(super) fn user<'a>(&self, state: &'a State) -> Result<&'a User, Problem> {
        let id = if self.part(0) == "me" { &self.access.user } else { self.part(0) };
        let user = state.user(id).filter(|user| user.account == self.access.account);
        user.ok_or_else(|| Problem::user(id))
    }

    /// The event named in the path, which must be the account's.
    pub(super) fn event<'a>(&self, state: &'a State) -> Result<&'a Event, Problem> {
        let id = self.part(0);
        let event = id.parse().ok().and_then(|number| state.event(number));
        let event = event.filter(|event| event.account == self.access.account && event.kind == self.kind);
        event.ok_or_else(|| Problem::missing(self.kind, id))
    }

    /// Refuses webinar calls for a host without licence.
    pub(super) fn licensed(&self, state: &State, host: &str) -> Result<(), Problem> {
        let seats = state.users.get(host).and_then(|host| host.is.webinar_capacity);
        if self.kind == Kind::Meeting || seats.is_some() {
            return Ok(());
        }
        let mut problem = Problem::licence(host);
        if state.settings.licence_refusal == LicenceRefusal::Status200 {
            problem.status = 200;
        }
        Err(problem)
    }

    /// Which part of a list of `total` things this page shows, and the token of the next one.
    pub(super) fn cut(&self, state: &mut State, total: usize) -> Result<Cut, Problem> {
        let number = |name: &str| self.query.get(name).and_then(|text| text.parse::<usize>().ok());
        let page_size = number("page_size").unwrap_or(PAGE_SIZE_DEFAULT).clamp(1, PAGE_SIZE_MAX);
        let named = self.query.iter().filter(|(name, _)| name.as_str() != "next_page_token");
        let bound =
            format!("{} {} {:?} {:?}", self.access.account, self.kind.as_str(), self.parts, named.collect::<Vec<_>>());
        let from = match self.query.get("next_page_token").filter(|token| !token.is_empty()) {
            Some(token) => state
                .pages
                .resume(token, &bound, self.now_ms)
                .ok_or_else(|| Problem::new(400, 300, "The next page token is either invalid or has expired."))?,
            None => number("page_number").map_or(0, |page| page.saturating_sub(1) * page_size),
        };
        let to = (from + page_size).min(total);
        let next_page_token = if to < total { state.dice.letters(32) } else { String::new() };
        if !next_page_token.is_empty() {
            let ends_ms = self.now_ms + state.settings.page_token_life_ms;
            state.pages.hand_out(&next_page_token, &bound, (to, self.now_ms, ends_ms));
        }
        Ok(Cut { shown: from.min(to)..to, page_size, total, next_page_token })
    }
}

/// A page of a list.
pub(super) struct Cut {
    pub(super) shown: Range<usize>,
    page_size: usize,
    total: usize,
    next_page_token: String,
}

impl Cut {
    /// The page with its things under their name.
    pub(super) fn page<T: serde::Serialize>(self, name: &'static str, things: Vec<T>) -> Reply {
        let page = super::super::wire::rest::Page {
            page_count: self.total.div_ceil(self.page_size),
            page_number: self.shown.start / self.page_size + 1,
            page_size: self.page_size,
            total_records: self.total,
            next_page_token: self.next_page_token,
            things: BTreeMap::from([(name, things)]),
        };
        Reply::json(200, &page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, expected: Option<(&str, Kind, &[&str])>) {
        let segments: Vec<String> = path.split('/').map(decode).collect();
        let found = find(method, &segments);
        let found = found.as_ref().map(|(call, kind, parts)| (call.name, *kind, parts.as_slice()));
        let expected =
            expected.map(|(name, kind, parts)| (name, kind, parts.iter().map(ToString::to_string).collect()));
        let expected: Option<(&str, Kind, Vec<String>)> = expected;
        assert_eq!(found, expected.as_ref().map(|(name, kind, parts)| (*name, *kind, parts.as_slice())));
    }

    #[test]
    fn a_path_finds_its_call() {
        check("GET", "users/me", Some(("users.me", Kind::Meeting, &[])));
        check("GET", "users/ann%40a.test", Some(("users.get", Kind::Meeting, &["ann@a.test"])));
        check("POST", "users/me/webinars", Some(("{kind}s.create", Kind::Webinar, &["me"])));
        check(
            "GET",
            "webinars/86000000001/panelists",
            Some(("webinars.panelists.list", Kind::Webinar, &["86000000001"])),
        );
        check("PUT", "meetings/1/registrants/status", Some(("{kind}s.registrants.status", Kind::Meeting, &["1"])));
        let report = Some(("report.participants", Kind::Webinar, ["%2Fab=="].as_slice()));
        check("GET", "report/webinars/%252Fab==/participants", report);
        check("GET", "meetings//participants", None);
        check("GET", "nothing", None);
    }
}
