//! Serving the pretend systems on loopback. A handler can end the connection without an answer by returning
//! [`end_connection`], or in the middle of one by [`break_off`]: things that a framework's own server cannot pretend.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Marks a response that is not to be sent: the connection ends instead.
#[derive(Clone, Copy)]
struct EndConnection;

/// The connection ended as planned.
#[derive(Debug, thiserror::Error)]
#[error("the connection ended as planned")]
struct Ended;

/// A response that is none: the connection ends without an answer.
#[must_use]
pub fn end_connection() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(EndConnection);
    response
}

/// The first half of a body, after which the connection breaks off although more was announced.
#[must_use]
pub fn break_off(body: &Bytes) -> Response<Body> {
    let half = body.slice(..body.len() / 2);
    // The pause makes the server send what it has; an error at once would take the first half with it.
    let pieces = futures_util::stream::unfold(Some(half), async |left| match left {
        Some(half) => Some((Ok(half), None)),
        None => {
            tokio::task::yield_now().await;
            Some((Err(std::io::Error::other("broken off as planned")), None))
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    if let Ok(length) = body.len().to_string().parse() {
        response.headers_mut().insert("content-length", length);
    }
    response
}

/// A pretend system that is being served; it ends when this is dropped.
#[derive(Debug)]
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Served {
    /// Its base address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves a pretend system's routes at `address` (port 0 picks a free one).
///
/// # Errors
/// When nothing can listen there.
pub async fn serve(router: Router, address: SocketAddr) -> std::io::Result<Served> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(accept(listener, router));
    Ok(Served { address, _tasks: tasks })
}

async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
            let router = router.clone();
            async move {
                let answered: Result<Response<Body>, Infallible> = router.oneshot(request.map(Body::new)).await;
                match answered {
                    Ok(response) if response.extensions().get::<EndConnection>().is_some() => Err(Ended),
                    Ok(response) => Ok(response),
                    Err(never) => match never {},
                }
            }
        });
        connections.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // A planned end is an error of the connection, and the peer's business.
            let _ = connection.await;
        });
        while connections.try_join_next().is_some() {}
    }
}
