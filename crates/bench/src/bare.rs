//! The bare group commit: the least that a durable answer takes. The same sockets, the same signature, the same settings of
//! the database; one table, one key, one statement for all that wait, nothing else. It is what intake is compared with.

use anyhow::Context as _;
use connector_core::zoom::signature::{self, Headers, SecretToken};
use connector_server::clock::Clock;
use connector_server::store::dialect::Dialect;
use sqlx::{AnyConnection, ConnectOptions as _};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// The variable with the secret token.
pub const SECRET: &str = "CONNECTOR_BENCH_SECRET";
/// The one table.
pub const TABLE: &str = "bare";
/// Rows in one commit, as many as the connector's own.
const BATCH_MAX: usize = connector_server::intake::writer::BATCH_MAX;
/// The longest request that is read, in bytes.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What is inserted: key, arrival (epoch milliseconds), raw bytes.
type Row = (String, i64, Vec<u8>);
type Waiting = (Row, oneshot::Sender<()>);

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
    let (send, receive) = mpsc::channel(BATCH_MAX * 4);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    crate::figures::say(&format!("The bare group commit listens at http://{}", listener.local_addr()?));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { commit(connection, receive).await });
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                tasks.spawn(serve(accepted?.0, secret.clone(), send.clone()));
            }
            Some(ended) = tasks.join_next() => ended??,
        }
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

async fn serve(mut stream: TcpStream, secret: SecretToken, queue: mpsc::Sender<Waiting>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let clock = Clock::machine();
    let mut bytes: Vec<u8> = Vec::with_capacity(REQUEST_BYTES_MAX);
    loop {
        let Some((head, body)) = parts(&bytes) else {
            anyhow::ensure!(bytes.len() < REQUEST_BYTES_MAX, "a request is too long");
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.map(str::trim)
        };
        let headers = Headers {
            timestamp: header("x-zm-request-timestamp"),
            signature: header("x-zm-signature"),
            doubled: false,
        };
        let now_ms = clock.now_ms();
        let verified = signature::verify(body, &headers, std::slice::from_ref(&secret), now_ms)?;
        let row = (header("x-zm-request-id").unwrap_or_default().to_owned(), now_ms, verified.bytes().to_vec());
        bytes.clear();
        let (send, receive) = oneshot::channel();
        queue.send((row, send)).await?;
        receive.await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
    }
}

/// Head and body of a request, when all of it is there.
fn parts(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())?;
    Some((head, bytes.get(end + 4..end + 4 + length)?))
}
