//! What a caller sees when something is wrong: a status, a stable code, a sentence to act on. What the log sees is another
//! matter, and is written where the failure is handled.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::rules::refusal::WrongRule;
use connector_core::scope::Scope;

/// A refusal or failure of a door.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, `area.name`.
    pub code: &'static str,
    /// A sentence to act on.
    pub detail: String,
    /// What of the request is wrong, where one place of it is.
    pub place: Option<Box<Place>>,
    /// The scope that the caller's key lacks, where that is all.
    pub scope: Option<Scope>,
}

/// A place in what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As people write it: `rules[2].condition`.
    pub path: String,
    /// As a JSON pointer into the body: `/settings/rules/2/condition`.
    pub pointer: String,
    /// Line and column in an expression that stands there, each counts from 1.
    pub line_and_column: Option<(usize, usize)>,
}

impl Problem {
    /// A problem with a sentence.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), place: None, scope: None }
    }

    /// 404 with nothing said about whether it exists for somebody else.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "request.not_found", format!("There is no such {what}."))
    }

    /// 400 with the sentence.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.bad", detail)
    }

    /// 401: no key, or none that works.
    #[must_use]
    pub fn without_key() -> Self {
        let sentence = "This needs an API key: Authorization: Bearer zck_…; `zoom-connector user add-key` and the page Keys make one.";
        Self::new(StatusCode::UNAUTHORIZED, "request.key", sentence)
    }

    /// 403: the key works, but not for this.
    #[must_use]
    pub fn lacks(scope: Scope) -> Self {
        let sentence = format!("This key lacks the scope `{}`: {}.", scope.as_str(), scope.words());
        Self { scope: Some(scope), ..Self::new(StatusCode::FORBIDDEN, "request.scope", sentence) }
    }

    /// The body as problem+json (RFC 9457).
    #[must_use]
    pub fn json(&self) -> String {
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let (Some(scope), Some(body)) = (self.scope, body.as_object_mut()) {
            body.insert("scope".to_owned(), scope.as_str().into());
        }
        if let Some(place) = &self.place {
            // RFC 9457 § 3.2: members of our own.
            let fields = [("path", place.path.as_str().into()), ("pointer", place.pointer.as_str().into())];
            let places = place.line_and_column.into_iter();
            let places = places.flat_map(|(line, column)| [("line", line.into()), ("column", column.into())]);
            if let Some(body) = body.as_object_mut() {
                body.extend(fields.into_iter().chain(places).map(|(name, value)| (name.to_owned(), value)));
            }
        }
        body.to_string()
    }
}

impl From<&WrongRule> for Problem {
    fn from(wrong: &WrongRule) -> Self {
        let detail = format!("A rule is not right: {wrong}.");
        let place = Place {
            path: wrong.path.clone(),
            pointer: format!("/settings{}", wrong.pointer()),
            line_and_column: wrong.place,
        };
        Self { place: Some(Box::new(place)), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "settings.rule", detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.json();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 § 11.6.1: how to ask rightly.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<crate::store::StoreError> for Problem {
    fn from(error: crate::store::StoreError) -> Self {
        tracing::error!(error = %error, "a unit of work failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store.unavailable",
            "The database does not answer. Try again in a moment.",
        )
    }
}
