//! What every request of the console passes: forms of other sites are turned away, bodies are read through their
//! limits, and every answer carries the protecting headers (failures G3, G6).

use super::Failure;
use crate::app::Shared;
use crate::http::BODY_TIMEOUT;
use crate::intake::read_body;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The largest form, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// The headers that are the same on every answer.
const FIXED: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("strict-transport-security", "max-age=31536000"),
    ("cross-origin-opener-policy", "same-origin"),
];

pub(super) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = match admit(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => Failure::from(problem).into_response(),
    };
    let zoom = connector_core::redact::clip(shared.zoom.oauth_url(), 200);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' https://zoom.us https://*.zoom.us {zoom}"
    );
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A request that only reads passes as it is; one that changes something must come from this site and be small.
async fn admit(request: Request) -> Result<Request, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(request);
    }
    if is_foreign(request.headers()) {
        let sentence = "This form was sent from another site.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "request.foreign", sentence));
    }
    let (parts, body) = request.into_parts();
    let body = read_body(body, FORM_BYTES_MAX, BODY_TIMEOUT)
        .await
        .map_err(|status| Problem::new(status, "request.body", "The form is too large or did not come whole."))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get("origin") else { return false };
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map_or("", |(_, host)| host);
    Some(host) != text("host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: &[(&'static str, &'static str)], foreign: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        assert_eq!(is_foreign(&headers), foreign, "{pairs:?}");
    }

    #[test]
    fn a_form_of_another_site_is_known_by_its_headers() {
        check(&[("host", "a.test")], false);
        check(&[("host", "a.test"), ("origin", "https://a.test")], false);
        check(&[("host", "a.test:8080"), ("origin", "http://a.test:8080")], false);
        check(&[("host", "a.test"), ("origin", "https://evil.test")], true);
        check(&[("host", "a.test"), ("origin", "https://a.test.evil.test")], true);
        check(&[("host", "a.test"), ("origin", "null")], true);
        check(&[("origin", "https://a.test")], true);
        check(&[("sec-fetch-site", "same-origin")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("sec-fetch-site", "same-site")], true);
        check(&[("sec-fetch-site", "cross-site"), ("host", "a.test"), ("origin", "https://a.test")], true);
    }
}
