//! An answer as a value, and how a planned fault spoils it on its way out.

use crate::fault::Fault;
use crate::serve::{break_off, end_connection};
use axum::body::{Body, Bytes};
use axum::response::Response;
use serde::Serialize;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        let headers = vec![("content-type", "application/json;charset=UTF-8".to_owned())];
        Self { status, headers, body: serde_json::to_vec(body).unwrap_or_default() }
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
        Self { status, headers, body: page.into_bytes() }
    }

    pub(super) fn done() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn found(location: String) -> Self {
        Self { status: 302, headers: vec![("location", location)], body: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As it goes out.
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap_or_default()
    }
}

/// Does what is asked, unless a fault is planned that keeps it from being done or its answer from arriving.
pub(super) async fn carry_out(fault: Option<Fault>, throttled: Reply, apply: impl FnOnce() -> Reply) -> Response {
    match fault {
        // Zoom has no bulk answers of which a row could be missing.
        None | Some(Fault::ApplyThenLeaveOut(_)) => apply().into_response(),
        Some(Fault::Reset) => end_connection(),
        Some(Fault::Answer(status, body)) => {
            let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
            let headers = vec![("content-type", kind.to_owned())];
            Reply { status, headers, body: body.into_bytes() }.into_response()
        }
        Some(Fault::Throttle) => throttled.into_response(),
        Some(Fault::ApplyThenReset) => {
            apply();
            end_connection()
        }
        Some(Fault::ApplyThen500) => {
            apply();
            Reply::html(500, "<html><body><h1>Internal Server Error</h1></body></html>".to_owned()).into_response()
        }
        Some(Fault::ApplyThenWait(wait_ms)) => {
            let reply = apply();
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            reply.into_response()
        }
        Some(Fault::ApplyThenTruncate) => break_off(&Bytes::from(apply().body)),
    }
}
