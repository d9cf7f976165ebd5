//! The bare group commit: the least that a durable answer takes. The same accept loop and HTTP, the same signature, the same
//! settings of the database; one table, one key, one statement for all that wait, nothing else. It is what intake is
//! compared with, so that the ratio speaks of intake, and not of HTTP or of the database.

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use connector_core::zoom::signature::{self, Headers, SecretToken};
use connector_server::clock::Clock;
use connector_server::http;
use connector_server::intake::BODY_BYTES_MAX;
use connector_server::intake::writer::{BATCH_MAX, WAITING_MAX};
use connector_server::store::dialect::Dialect;
use sqlx::{AnyConnection, ConnectOptions as _};
use std::net::Ipv4Addr;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// The variable with the secret token.
pub const SECRET: &str = "CONNECTOR_BENCH_SECRET";
/// The one table.
pub const TABLE: &str = "bare";
/// Connections at the most, as many as the load has and some.
const CONNECTIONS_MAX: usize = 256;

/// What is inserted: key, arrival (epoch milliseconds), raw bytes.
type Row = (String, i64, Vec<u8>);
type Waiting = (Row, oneshot::Sender<()>);

/// What the door of the bare group commit knows.
#[derive(Clone)]
struct Bare {
    secret: SecretToken,
    clock: Clock,
    queue: mpsc::Sender<Waiting>,
}

/// Serves until it is killed.
///
/// # Errors
/// When the database or the listener fails.
pub async fn run(store: &str) -> anyhow::Result<()> {
    let secret = std::env::var(SECRET).ok().and_then(|text| SecretToken::new(&text)).context("no secret")?;
    sqlx::any::install_default_drivers();
    let dialect = Dialect::of(store)?;
    let mut connection = dialect.options(store)?.connect().await?;
    dialect.prepare(&mut connection).await?;
    let table = dialect.schema(&format!(
        "create table {TABLE} (key text primary key, received_ms bigint not null, body {{bytes}} not null)"
    ));
    sqlx::query(sqlx::AssertSqlSafe(table)).execute(&mut connection).await?;
    let (send, receive) = mpsc::channel(WAITING_MAX);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    crate::figures::say(&format!("The bare group commit listens at http://{}", listener.local_addr()?));
    let state = Bare { secret, clock: Clock::machine(), queue: send };
    let router = Router::new().route("/zoom/webinars/webhook", post(take)).with_state(state);
    let (_stop, stopped) = watch::channel(false);
    tokio::select! {
        ended = commit(connection, receive) => ended,
        () = http::serve(listener, router, CONNECTIONS_MAX, stopped) => Ok(()),
    }
}

async fn commit(mut connection: AnyConnection, mut queue: mpsc::Receiver<Waiting>) -> anyhow::Result<()> {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (rows, answers): (Vec<Row>, Vec<oneshot::Sender<()>>) = batch.drain(..).unzip();
        let places: Vec<String> =
            (0..rows.len()).map(|row| format!("(${},${},${})", row * 3 + 1, row * 3 + 2, row * 3 + 3)).collect();
        let text = format!("insert into {TABLE} (key, received_ms, body) values {}", places.join(","));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for (key, received_ms, body) in rows {
            query = query.bind(key).bind(received_ms).bind(body);
        }
        query.execute(&mut connection).await?;
        for answer in answers {
            let _ = answer.send(());
        }
    }
    Ok(())
}

/// Verifies one webhook, has it inserted, answers.
async fn take(State(bare): State<Bare>, headers: HeaderMap, body: Body) -> StatusCode {
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else { return StatusCode::BAD_REQUEST };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (timestamp, signature) = (header("x-zm-request-timestamp"), header("x-zm-signature"));
    let signed = Headers { timestamp, signature, doubled: false };
    let now_ms = bare.clock.now_ms();
    let Ok(verified) = signature::verify(&body, &signed, std::slice::from_ref(&bare.secret), now_ms) else {
        return StatusCode::UNAUTHORIZED;
    };
    let row = (header("x-zm-request-id").unwrap_or_default().to_owned(), now_ms, verified.bytes().to_vec());
    let (send, receive) = oneshot::channel();
    if bare.queue.send((row, send)).await.is_err() || receive.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}
