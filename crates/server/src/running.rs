//! A running service: database, loops and listeners started in order, stopped in the opposite one. `serve`, `demo` and
//! the tests run the same thing.

use crate::app::{self, Loops, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::sign_in::hash;
use crate::doors;
use crate::failpoint::{self, Point};
use crate::http;
use crate::rewind;
use crate::store::{lane, link, operator};
use crate::telemetry;
use anyhow::Context as _;
use std::fs::File;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How long the loops may take to finish what they are doing.
const LOOPS_STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the link of the first run works, in milliseconds.
const FIRST_RUN_MS: i64 = 24 * 60 * 60 * 1000;
/// Connections of the metrics' own listener.
const METRICS_CONNECTIONS_MAX: usize = 16;

/// A running service.
pub struct Running {
    /// What everything shares.
    pub shared: Shared,
    /// Where it listens.
    pub address: SocketAddr,
    loops: Loops,
    listeners: JoinSet<()>,
    _lock: Option<File>,
}

impl Running {
    /// Starts everything. With port 0 in `server.listen` a free one is picked, and `server.public_url` follows it when it
    /// is not configured.
    ///
    /// # Errors
    /// With a sentence that says what to do.
    pub async fn start(mut config: Config, clock: Clock) -> anyhow::Result<Self> {
        let lock = if config.store_url().starts_with("sqlite") { Some(app::lock(&config)?) } else { None };
        let listener = TcpListener::bind(config.server.listen)
            .await
            .with_context(|| format!("cannot listen at {} (server.listen)", config.server.listen))?;
        let address = listener.local_addr()?;
        config.server.listen = address;
        let metrics = metrics_listener(&config.server.metrics_listen).await?;
        let connections_max = config.server.connections_max;
        let (shared, writer) = app::open(config, clock).await?;
        failpoint::reached(Point::StartOpened);
        if lock.is_some() {
            // Nobody else can be at work in an embedded database: what a killed process held need not run out.
            shared.store.write(|unit| Box::pin(lane::free_all(unit))).await?;
            failpoint::reached(Point::StartFreed);
        }
        rewind::notice(&shared).await?;
        let loops = Loops::start(&shared, writer);
        let mut listeners = JoinSet::new();
        listeners.spawn(http::serve(listener, doors::router(&shared), connections_max, loops.stopping()));
        if let Some((listener, router)) = metrics {
            listeners.spawn(http::serve(listener, router, METRICS_CONNECTIONS_MAX, loops.stopping()));
        }
        Ok(Self { shared, address, loops, listeners, _lock: lock })
    }

    /// The link by which the first person gets an account; `None` when there is somebody already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn first_run_link(&self) -> anyhow::Result<Option<String>> {
        first_run_link(&self.shared).await
    }

    /// Waits until a loop or listener ends though nobody told it to: it died, and the service is no longer whole.
    pub async fn broken(&mut self) {
        tokio::select! {
            () = self.loops.broken() => {}
            _ = self.listeners.join_next() => {}
        }
    }

    /// Stops: listeners first, so that nothing new comes in, then the loops, then the database.
    pub async fn stop(mut self) {
        self.loops.stop();
        while self.listeners.join_next().await.is_some() {}
        self.loops.finish(LOOPS_STOP_TIMEOUT).await;
        self.shared.store.close().await;
    }
}

/// Where metrics are asked for, ready before the loops begin to count; `None` when nowhere.
async fn metrics_listener(address: &str) -> anyhow::Result<Option<(TcpListener, axum::Router)>> {
    if address.is_empty() {
        return Ok(None);
    }
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen at {address} (server.metrics_listen)"))?;
    let recorder = telemetry::metrics_recorder();
    Ok(recorder.map(|recorder| (listener, telemetry::metrics_router(recorder))))
}

/// Makes the link by which the first person gets an account; `None` when there is somebody already.
///
/// # Errors
/// When the store fails.
pub async fn first_run_link(shared: &Shared) -> anyhow::Result<Option<String>> {
    let token = crate::dice::token();
    let (token_hash, now_ms) = (hash(&token), shared.clock.now_ms());
    let made = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                if !operator::all(unit).await?.is_empty() {
                    return Ok(false);
                }
                link::insert(unit, (&token_hash, "first_run"), (None, None), now_ms, now_ms + FIRST_RUN_MS).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(made.then(|| format!("{}/first-run/{token}", shared.config.public_url())))
}
