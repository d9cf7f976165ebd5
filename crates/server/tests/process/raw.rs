//! A door spoken to byte by byte, for what no client library would send.

use connector_server::clock::Clock;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection is given up after so long: it was not closed.
const GIVEN_UP_MS: i64 = 60_000;
/// Milliseconds between two bytes of somebody who trickles.
const TRICKLE: Duration = Duration::from_millis(400);

/// How a connection went.
#[derive(Debug)]
pub struct Closed {
    /// Everything that was answered.
    pub answer: String,
    /// Until the other side closed it, in milliseconds.
    pub after_ms: i64,
}

impl Closed {
    /// The status of the first answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }
}

/// Sends the bytes, then one of `trickle` every now and then, until the other side closes the connection.
pub fn talk(address: SocketAddr, at_once: &[u8], trickle: &str) -> Closed {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TRICKLE)).unwrap();
    let clock = Clock::machine();
    stream.write_all(at_once).unwrap();
    let (mut answer, mut rest) = (Vec::new(), trickle.bytes());
    let mut buffer = [0; 4096];
    while clock.monotonic_ms() < GIVEN_UP_MS {
        match stream.read(&mut buffer) {
            Ok(0) => return closed(&answer, &clock),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let Some(byte) = rest.next() else { continue };
                if stream.write_all(&[byte]).is_err() {
                    return closed(&answer, &clock);
                }
            }
            Err(_) => return closed(&answer, &clock),
        }
    }
    panic!("the connection was not closed; so far it answered {:?}", String::from_utf8_lossy(&answer));
}

fn closed(answer: &[u8], clock: &Clock) -> Closed {
    Closed { answer: String::from_utf8_lossy(answer).into_owned(), after_ms: clock.monotonic_ms() }
}
