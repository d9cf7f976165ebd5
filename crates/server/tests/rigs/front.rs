//! What stands in front of a service that is started anew now and then: it keeps who knocks waiting until somebody listens
//! again, as a socket does that outlives its process. Whoever was let in when the process died gets no answer.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode};
use connector_server::clock::{self, Clock};
use connector_simulator::serve::{Served, end_connection, serve};
use std::net::{Ipv4Addr, SocketAddr};

/// So long somebody is kept waiting, milliseconds; Zoom's patience is three seconds.
const WAIT_MS_MAX: i64 = 2_500;
/// Between two tries to reach the process, milliseconds.
const TRY_APART_MS: i64 = 15;

/// Serves on a free port and hands everything on to the service at that address.
pub async fn stand_before(service: SocketAddr) -> Served {
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let clock = Clock::machine();
    let router = axum::Router::new().fallback(move |request: Request| {
        let (client, clock) = (client.clone(), clock.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 22).await.unwrap_or_default();
            let url = format!("http://{service}{}", parts.uri);
            hand_on(&client, &clock, (&url, parts.headers, body)).await
        }
    });
    serve(router, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap()
}

async fn hand_on(
    client: &reqwest::Client,
    clock: &Clock,
    (url, headers, body): (&str, HeaderMap, Bytes),
) -> Response<Body> {
    let until_ms = clock.monotonic_ms() + WAIT_MS_MAX;
    loop {
        match client.post(url).headers(headers.clone()).body(body.clone()).send().await {
            Ok(answer) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::from_u16(answer.status().as_u16()).unwrap();
                return response;
            }
            Err(error) if error.is_connect() && clock.monotonic_ms() < until_ms => clock::sleep_ms(TRY_APART_MS).await,
            Err(_) => return end_connection(),
        }
    }
}
