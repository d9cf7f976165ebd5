//! What a caller sees when something is wrong: a status, a stable code, a sentence to act on. What the log sees is another
//! matter, and is written where the failure is handled.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A refusal or failure of a door.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, `area.name`.
    pub code: &'static str,
    /// A sentence to act on.
    pub detail: String,
}

impl Problem {
    /// A problem with a sentence.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into() }
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

    /// The body as problem+json (RFC 9457).
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        })
        .to_string()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.json();
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
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
