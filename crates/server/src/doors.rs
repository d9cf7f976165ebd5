//! Every route of the service in one place: Zoom's door, the JSON API, the console, and what a load balancer asks.

use crate::app::Shared;
use crate::{api, console, intake};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::atomic::Ordering;

/// All routes, ready to be served.
pub fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/zoom/{app}/webhook", post(intake::zoom::webhook))
        .route("/zoom/own/{tenant}/{app}/webhook", post(intake::zoom::own_app_webhook))
        .route("/zoom/legacy/{tenant}/webhook", post(intake::legacy::webhook))
        .route(
            "/leadsquared/{tenant}/{secret}/webhook",
            get(intake::leadsquared::there).post(intake::leadsquared::webhook),
        )
        .route("/leadsquared/{tenant}/{secret}/tasks", get(intake::leadsquared::there).post(intake::leadsquared::tasks))
        .nest("/api/v1", api::router(shared))
        .merge(console::http::router(shared.clone()))
        .with_state(shared.clone())
}

/// The process is there.
async fn alive() -> &'static str {
    "ok\n"
}

/// The service is as it should be: the database answers a read, and nothing taken in is unaccounted for.
async fn ready(State(shared): State<Shared>) -> Response {
    let answered = shared.store.read(|unit| Box::pin(crate::store::tenant::count(unit))).await;
    let (status, word) = match answered {
        Ok(_) if !shared.balanced.load(Ordering::Relaxed) => {
            (StatusCode::SERVICE_UNAVAILABLE, "notifications are unaccounted for; the log names the tenant\n")
        }
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    };
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}
