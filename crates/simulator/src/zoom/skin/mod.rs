//! Zoom's protocols over the state: sign-in (`oauth`), REST (`rest` and the calls beside it), and pages for people. `host` is where a host starts and ends.

mod events;
mod host;
mod oauth;
mod pages;
mod past;
mod problem;
mod registrants;
mod reply;
mod rest;
mod users;

use super::Zoom;
use axum::Router;
use axum::routing::{any, get, post};

pub(super) fn router(zoom: Zoom) -> Router {
    Router::new()
        .route("/oauth/authorize", get(oauth::ask).post(oauth::decide))
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/revoke", post(oauth::revoke))
        .route("/v2/{*call}", any(rest::answer))
        .route("/s/{number}", get(host::show).post(host::press))
        .route("/", get(pages::home))
        .route("/accounts/{account}", get(pages::account))
        .route("/accounts/{account}/events/{number}", get(pages::event))
        .with_state(zoom)
}
