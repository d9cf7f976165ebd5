//! A light source of load: keep-alive connections with a thread of their own, raw bytes out, as little read as tells the
//! status. Closed: each connection sends again when it was answered. Open: webhooks leave by the clock, and a late answer
//! counts from the moment its webhook was due.

use crate::clock::Stopwatch;
use crate::webhook::Webhooks;
use anyhow::{Context as _, ensure};
use connector_server::clock::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections side by side.
pub const CONNECTIONS: u64 = 64;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024;
/// An answer that takes longer ends the run.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// When webhooks leave.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each connection sends as soon as it was answered.
    Closed,
    /// So many a second, whatever the answers do.
    PerSecond(u64),
}

/// One webhook that was answered with 200.
#[derive(Debug, Clone, Copy)]
pub struct Ack {
    /// Its number.
    pub number: u64,
    /// When it was sent or due, epoch milliseconds.
    pub sent_ms: i64,
    /// How long the answer took from then, in milliseconds.
    pub took_ms: f64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Acknowledged webhooks.
    pub acks: Vec<Ack>,
    /// Webhooks that were refused.
    pub refused: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Loaded {
    /// Acknowledgements a second.
    pub fn per_second(&self) -> f64 {
        self.acks.len() as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// How long answers took, in milliseconds.
    pub fn took_ms(&self) -> Vec<f64> {
        self.acks.iter().map(|ack| ack.took_ms).collect()
    }
}

/// Sends webhooks to `address` for so long.
///
/// # Errors
/// When a connection breaks or an answer cannot be read.
pub async fn send(address: SocketAddr, webhooks: &Webhooks, pace: Pace, lasting: Duration) -> anyhow::Result<Loaded> {
    let webhooks = Arc::new(webhooks.clone());
    let work = move || -> anyhow::Result<Loaded> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(all(address, webhooks, pace, lasting))
    };
    tokio::task::spawn_blocking(work).await.context("the load ended abnormally")?
}

async fn all(address: SocketAddr, webhooks: Arc<Webhooks>, pace: Pace, lasting: Duration) -> anyhow::Result<Loaded> {
    let mut lines = Vec::new();
    for _ in 0..CONNECTIONS {
        lines.push(Line::open(address).await?);
    }
    let watch = Stopwatch::start();
    let mut tasks = JoinSet::new();
    for (first, line) in (0..).zip(lines) {
        tasks.spawn(one(line, Arc::clone(&webhooks), (first, pace), (watch, lasting)));
    }
    let mut loaded = Loaded::default();
    while let Some(done) = tasks.join_next().await {
        let (acks, refused) = done??;
        loaded.acks.extend(acks);
        loaded.refused += refused;
    }
    loaded.seconds = watch.seconds();
    Ok(loaded)
}

async fn one(
    mut line: Line,
    webhooks: Arc<Webhooks>,
    (first, pace): (u64, Pace),
    (watch, lasting): (Stopwatch, Duration),
) -> anyhow::Result<(Vec<Ack>, u64)> {
    let clock = Clock::machine();
    let (mut acks, mut refused) = (Vec::new(), 0);
    let mut number = first;
    loop {
        let due = match pace {
            Pace::Closed => watch.elapsed(),
            Pace::PerSecond(rate) => {
                Duration::from_micros(number.saturating_mul(1_000_000).checked_div(rate).unwrap_or(0))
            }
        };
        if due >= lasting {
            return Ok((acks, refused));
        }
        watch.reaches(due).await;
        let sent_ms = clock.now_ms();
        let status = line.exchange(&webhooks.request(number, sent_ms)).await?;
        let took = watch.elapsed().saturating_sub(due);
        if status == 200 {
            let late_ms = i64::try_from(took.as_millis()).unwrap_or(0);
            let sent_ms = clock.now_ms() - late_ms;
            acks.push(Ack { number, sent_ms, took_ms: took.as_secs_f64() * 1000.0 });
        } else {
            refused += 1;
        }
        number += CONNECTIONS;
    }
}

/// One keep-alive connection.
struct Line {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server does not listen")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(ANSWER_BYTES_MAX) })
    }

    /// Sends one request and answers the status of its response.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        let exchange = async {
            self.stream.write_all(request).await?;
            self.answer.clear();
            loop {
                let read = self.stream.read_buf(&mut self.answer).await?;
                ensure!(read > 0, "the server closed a connection");
                ensure!(self.answer.len() <= ANSWER_BYTES_MAX, "an answer is too long");
                if let Some(status) = whole(&self.answer)? {
                    return Ok(status);
                }
            }
        };
        tokio::time::timeout(ANSWER_TIMEOUT, exchange).await.context("the server does not answer")?
    }
}

/// The status of an answer, when all of it is there.
fn whole(answer: &[u8]) -> anyhow::Result<Option<u16>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).context("no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    Ok((answer.len() >= end + 4 + length.unwrap_or(0)).then_some(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: Option<u16>) {
        assert_eq!(whole(answer.as_bytes()).unwrap(), expected, "{answer}");
    }

    #[test]
    fn an_answer_ends_with_its_body() {
        check("HTTP/1.1 200 OK\r\ncontent-le", None);
        check("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Some(200));
        check("HTTP/1.1 503 X\r\nContent-Length: 3\r\n\r\nab", None);
        check("HTTP/1.1 503 X\r\nContent-Length: 3\r\n\r\nabc", Some(503));
    }
}
