//! Zoom's protocols over the state: sign-in, REST, and pages for people.

use super::Zoom;
use axum::Router;

pub(super) fn router(zoom: Zoom) -> Router {
    Router::new().with_state(zoom)
}
