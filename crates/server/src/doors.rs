//! Every route of the service in one place: Zoom's door, the JSON API, the console, and what a load balancer asks.

use crate::app::Shared;
use crate::{api, console, intake};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

/// All routes, ready to be served.
pub fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/zoom/{app}/webhook", post(intake::zoom::webhook))
        .nest("/api/v1", api::router())
        .merge(console::http::router(shared.clone()))
        .with_state(shared.clone())
}

/// The process is there.
async fn alive() -> &'static str {
    "ok\n"
}

/// The service can take webhooks: the database answers a read.
async fn ready(State(shared): State<Shared>) -> Response {
    let answered = shared.store.read(|unit| Box::pin(crate::store::tenant::count(unit))).await;
    let (status, word) = match answered {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    };
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}
