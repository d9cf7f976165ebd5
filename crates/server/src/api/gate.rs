//! What every request of the API passes before its route sees it: the key and its scope, what may be asked, in which form it is
//! sent and answered. What a route needs stands in the tables of its description; a request that no table knows gets no key.

use super::openapi::{self, table::Operation};
use super::{BODY_BYTES_MAX, Key, Next as NextPage, idempotency, masking};
use crate::app::Shared;
use crate::http::BODY_TIMEOUT;
use crate::intake::read_body;
use crate::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, MatchedPath, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use connector_core::redact::mask::Sight;
use connector_core::scope::Scope;

/// Where the API stands.
const BASE: &str = "/api/v1";

/// The layer around all routes.
pub(super) async fn gate(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let answered = match operation_of(&request) {
        Some(operation) => pass(&shared, request, operation, next).await,
        None => Ok(next.run(request).await),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn operation_of(request: &Request) -> Option<&'static Operation> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    openapi::find(request.method().as_str(), path.strip_prefix(BASE).unwrap_or(path))
}

async fn pass(
    shared: &Shared,
    request: Request,
    operation: &'static Operation,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = Key::known(shared, &parts.headers).await?;
    if !key.scopes.allow(operation.scope) {
        return Err(Problem::lacks(operation.scope));
    }
    accepts(&parts.headers, operation)?;
    may_be_asked(&parts.uri, operation, key.sight())?;
    let (bytes, name) = if operation.is_write() {
        (read(operation, &parts.headers, body).await?, idempotency::named(&parts.headers)?)
    } else {
        (Bytes::new(), None)
    };
    let mut key = key;
    key.request = name.clone();
    parts.extensions.insert(key.clone());
    let sight = key.sight();
    if let Some(name) = name {
        let response = idempotency::once(shared, (&key, name), (parts, bytes), next).await?;
        return Ok(masking::seen(sight, operation, response).await);
    }
    let uri = parts.uri.clone();
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if let Some(NextPage(cursor)) = response.extensions().get::<NextPage>() {
        let link = link(&uri, operation, cursor).and_then(|link| HeaderValue::from_str(&link).ok());
        link.map(|link| response.headers_mut().insert(header::LINK, link));
    }
    Ok(masking::seen(sight, operation, response).await)
}

/// Whether the caller takes what the route answers in.
fn accepts(headers: &HeaderMap, operation: &Operation) -> Result<(), Problem> {
    let ours = operation.media_type();
    let (kind, _) = ours.split_once('/').unwrap_or((ours, ""));
    let mut said = headers.get_all(header::ACCEPT).iter().peekable();
    let takes = said.peek().is_none()
        || said.any(|value| {
            value.to_str().unwrap_or_default().split(',').any(|range| {
                let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                range.is_empty() || range == "*/*" || range == ours || range.strip_suffix("/*") == Some(kind)
            })
        });
    let sentence = || format!("This is answered as {ours}, and the request accepts other forms only.");
    if takes { Ok(()) } else { Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "request.accept", sentence())) }
}

/// Whether everything behind the `?` is known to the route and for this key to ask by. No text of ours holds the character NUL: a
/// database refuses it.
fn may_be_asked(uri: &Uri, operation: &Operation, sight: Sight) -> Result<(), Problem> {
    let pairs: Query<Vec<(String, String)>> =
        Query::try_from_uri(uri).map_err(|_| Problem::bad_request("What stands behind the `?` cannot be read."))?;
    for (name, value) in &pairs.0 {
        if !operation.query.iter().any(|field| field.name == name) {
            let known: Vec<&str> = operation.query.iter().map(|field| field.name).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            let name = connector_core::redact::clip(name, 40);
            return Err(Problem::bad_request(format!("`{name}` cannot be asked for here; {known} can.")));
        }
        let field = operation.query.iter().find(|field| field.name == name);
        if value.contains('\0') || field.is_some_and(|field| !field.schema.takes(value)) {
            return Err(Problem::bad_request(format!("`{name}` cannot be this; the description says what it can be.")));
        }
        if sight.is_masked() && field.is_some_and(|field| field.finds_people) {
            return Err(Problem::lacks(Scope::ReadPersonal));
        }
    }
    Ok(())
}

/// The body, read through its limits; where JSON is wanted it has to say that it is.
async fn read(operation: &Operation, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let refused = |status: StatusCode| Problem::new(status, "request.body", "The body could not be read.");
    let bytes = read_body(body, BODY_BYTES_MAX, BODY_TIMEOUT).await.map_err(refused)?;
    if operation.body.is_some() && !bytes.is_empty() {
        let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let said = said.split(';').next().unwrap_or_default().trim();
        if !said.eq_ignore_ascii_case("application/json") {
            let sentence = "This takes JSON: say Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.media_type", sentence));
        }
    }
    Ok(bytes)
}

/// The same list from there on, as a `Link` header says it.
fn link(uri: &Uri, operation: &Operation, cursor: &str) -> Option<String> {
    let name = operation.query.iter().map(|field| field.name).find(|name| ["before", "after"].contains(name))?;
    let mut there = reqwest::Url::parse("http://here/").ok()?;
    let asked = reqwest::Url::parse(&format!("http://here/?{}", uri.query().unwrap_or_default())).ok()?;
    let kept = asked.query_pairs().filter(|(known, _)| known != name);
    there.query_pairs_mut().extend_pairs(kept).append_pair(name, cursor);
    // The nested router has cut what stands before.
    let path = uri.path().strip_prefix(BASE).unwrap_or(uri.path());
    Some(format!("<{BASE}{path}?{}>; rel=\"next\"", there.query().unwrap_or_default()))
}

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _shared: &Shared) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::without_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, path: &str) -> &'static Operation {
        openapi::find(method, path).unwrap()
    }

    #[track_caller]
    fn accepted(said: &[&'static str], path: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(header::ACCEPT, HeaderValue::from_static(value));
        }
        assert_eq!(accepts(&headers, of("GET", path)).is_ok(), expected, "{said:?} {path}");
    }

    #[test]
    fn a_caller_that_takes_other_forms_only_is_told_so() {
        let file = "/tenants/{tenant}/meetings/{wish}/meeting.ics";
        accepted(&[], "/tenants", true);
        accepted(&["*/*"], "/tenants", true);
        accepted(&["text/html, application/json;q=0.9"], "/tenants", true);
        accepted(&["application/*"], "/tenants", true);
        accepted(&["text/html", "APPLICATION/JSON"], "/tenants", true);
        accepted(&["text/html"], "/tenants", false);
        accepted(&["application/xml, text/*"], "/tenants", false);
        accepted(&["text/*"], file, true);
        accepted(&["application/json"], file, false);
    }

    #[track_caller]
    fn asked(query: &str, expected: bool) {
        let uri: Uri = format!("/tenants/a/journal?{query}").parse().unwrap();
        assert_eq!(
            may_be_asked(&uri, of("GET", "/tenants/{tenant}/journal"), Sight::Masked).is_ok(),
            expected,
            "{query}"
        );
    }

    #[test]
    fn only_what_is_described_can_be_asked_for() {
        asked("", true);
        asked("limit=5&before=x", true);
        asked("%6Cimit=5", true);
        asked("colour=red", false);
        asked("limit=5&Limit=5", false);
        asked("event=a%00b", false);
        asked("event=", false);
        asked("limit=501", false);
        asked("limit=1.5", false);
        asked("=", false);
    }

    #[test]
    fn only_those_who_see_people_may_ask_by_them() {
        let (list, uri) = (of("GET", "/tenants/{tenant}/deliveries"), "/x?who=lena&state=parked".parse().unwrap());
        assert!(may_be_asked(&uri, list, Sight::Whole).is_ok());
        assert_eq!(may_be_asked(&uri, list, Sight::Masked).unwrap_err().scope, Some(Scope::ReadPersonal));
        assert!(may_be_asked(&"/x?state=parked".parse().unwrap(), list, Sight::Masked).is_ok());
    }

    #[test]
    fn the_link_to_the_next_page_keeps_what_was_asked() {
        let uri: Uri = "/tenants/a/journal?event=a%26b&before=old&limit=5".parse().unwrap();
        let link = link(&uri, of("GET", "/tenants/{tenant}/journal"), "new&er");
        let expected = "</api/v1/tenants/a/journal?event=a%26b&limit=5&before=new%26er>; rel=\"next\"";
        assert_eq!(link.as_deref(), Some(expected));
    }
}
