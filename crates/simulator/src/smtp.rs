//! A pretend mail server: takes mails by SMTP on loopback and keeps them to be looked at. What it refuses is planned.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use data_encoding::BASE64;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Mails kept; the oldest go first.
const KEPT_MAX: usize = 1_000;
/// The longest mail, in bytes.
const MAIL_BYTES_MAX: usize = 256 * 1024;

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Who sent it, from the envelope.
    pub from: String,
    /// Whom it is for, from the envelope.
    pub to: String,
    /// Its subject, decoded.
    pub subject: String,
    /// Its `Message-ID`.
    pub id: String,
    /// Its text, decoded, with plain line ends.
    pub text: String,
}

#[derive(Debug, Default)]
struct State {
    arrived: Vec<Arrived>,
    refused: BTreeMap<String, String>,
    greeting: Option<String>,
    asked: u64,
}

/// The pretend mail server. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Smtp(Arc<Mutex<State>>);

/// A pretend mail server that is being served; it ends when this is dropped.
#[derive(Debug)]
pub struct ServedSmtp {
    /// Where it listens.
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Smtp {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        look(&mut state)
    }

    /// Everything that arrived, in order.
    #[must_use]
    pub fn arrived(&self) -> Vec<Arrived> {
        self.with(|state| state.arrived.clone())
    }

    /// Connections so far.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.with(|state| state.asked)
    }

    /// From now on that answer (`550 5.1.1 no such user`) to mails for that address; none takes them again.
    pub fn refuse(&self, to: &str, answer: Option<&str>) {
        self.with(|state| match answer {
            Some(answer) => state.refused.insert(to.to_owned(), answer.to_owned()),
            None => state.refused.remove(to),
        });
    }

    /// From now on every connection is greeted with that answer (`421 too busy`) and ended; none greets again.
    pub fn greet_with(&self, answer: Option<&str>) {
        self.with(|state| state.greeting = answer.map(str::to_owned));
    }

    /// A page with everything that arrived, the latest first.
    pub fn router(&self) -> Router {
        let smtp = self.clone();
        Router::new().route("/", get(move || async move { Html(page(&smtp.arrived())) }))
    }

    /// Serves at `address` (port 0 picks a free one).
    ///
    /// # Errors
    /// When nothing can listen there.
    pub async fn serve(&self, address: SocketAddr) -> std::io::Result<ServedSmtp> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let smtp = self.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let smtp = smtp.clone();
                connections.spawn(async move {
                    // A peer that leaves is the peer's business.
                    let _ = smtp.talk(stream).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(ServedSmtp { address, _tasks: tasks })
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let greeting = self.with(|state| {
            state.asked += 1;
            state.greeting.clone()
        });
        if let Some(answer) = greeting {
            return say(&mut stream, &answer).await;
        }
        say(&mut stream, "220 mail.pretend.example ESMTP").await?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            let answer = match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => "250 mail.pretend.example".to_owned(),
                "MAIL" => {
                    from = between(rest).to_owned();
                    "250 2.1.0 ok".to_owned()
                }
                "RCPT" => {
                    to = between(rest).to_owned();
                    self.with(|state| state.refused.get(&to).cloned()).unwrap_or_else(|| "250 2.1.5 ok".to_owned())
                }
                "DATA" => {
                    say(&mut stream, "354 go ahead").await?;
                    let wire = data(&mut stream).await?;
                    self.keep(read(&wire, (&from, &to)));
                    "250 2.0.0 taken".to_owned()
                }
                "RSET" | "NOOP" => "250 2.0.0 ok".to_owned(),
                "QUIT" => return say(&mut stream, "221 2.0.0 bye").await,
                _ => "502 5.5.1 not here".to_owned(),
            };
            say(&mut stream, &answer).await?;
        }
    }

    fn keep(&self, mail: Arrived) {
        self.with(|state| {
            if state.arrived.len() >= KEPT_MAX {
                state.arrived.remove(0);
            }
            state.arrived.push(mail);
        });
    }
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await
}

fn page(arrived: &[Arrived]) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mails: Vec<String> = arrived
        .iter()
        .rev()
        .map(|mail| {
            let (to, subject, text) = (plain(&mail.to), plain(&mail.subject), plain(&mail.text));
            format!("<article><h2>{subject}</h2><p>to {to}</p><pre>{text}</pre></article>")
        })
        .collect();
    let mails = if mails.is_empty() { "<p>Nothing has arrived yet.</p>".to_owned() } else { mails.concat() };
    format!("<!doctype html><meta charset=utf-8><title>Pretend mail</title><h1>Pretend mail</h1>{mails}")
}

/// What stands between `<` and `>`.
fn between(text: &str) -> &str {
    text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(inside, _)| inside)
}

/// Reads to the line that is a lone dot.
async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut wire = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || wire.len() > MAIL_BYTES_MAX {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(wire);
        }
        wire.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn read(wire: &str, (from, to): (&str, &str)) -> Arrived {
    let (head, body) = wire.split_once("\r\n\r\n").unwrap_or((wire, ""));
    let head = head.replace("\r\n ", " ");
    let header = |name: &str| {
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_default().to_owned()
    };
    let decoded = |text: &str| {
        let plain: String = text.split_whitespace().collect();
        BASE64.decode(plain.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    let subject = header("Subject");
    let words = subject.split(' ').filter_map(|word| word.strip_prefix("=?utf-8?B?")?.strip_suffix("?="));
    Arrived {
        from: from.to_owned(),
        to: to.to_owned(),
        subject: words.map(decoded).collect(),
        id: header("Message-ID"),
        text: decoded(body).replace("\r\n", "\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_as_it_was_written() {
        let wire = "From: a@x.example\r\nSubject: =?utf-8?B?R3LDtg==?=\r\n =?utf-8?B?w59l?=\r\nMessage-ID: <1@x>\r\n\r\nb25l\r\nDQp0d28=\r\n";
        let mail = read(wire, ("a@x.example", "b@x.example"));
        assert_eq!((mail.subject.as_str(), mail.id.as_str(), mail.text.as_str()), ("Größe", "<1@x>", "one\ntwo"));
    }
}
