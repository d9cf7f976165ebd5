//! The doors. A door verifies, appends to the journal, answers; nothing else happens while the caller waits. It never
//! calls a remote system.

pub mod commands;
pub mod leadsquared;
pub mod legacy;
pub mod writer;
pub mod zoom;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use std::time::Duration;

/// The largest body a door takes, in bytes. Zoom's own events have a few kilobytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Reads a body through the limits of size and time.
///
/// # Errors
/// 413 when it is longer than `most`, 408 when it takes too long, 400 when it breaks off.
pub async fn read_body(body: Body, most: usize, within: Duration) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(within, axum::body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let too_long =
                std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("length limit"));
            Err(if too_long { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST })
        }
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
