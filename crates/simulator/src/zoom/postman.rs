//! Carries webhooks over HTTP to where they go, with Zoom's patience of 3 seconds.

use super::{Outgoing, Zoom};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;

/// How long a receiver may take.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
/// Webhooks on their way at once.
const AT_ONCE_MAX: usize = 64;
/// How often a waiting postman looks whether a clock that is set by hand was moved, milliseconds.
const LOOK_MS: i64 = 250;

/// Delivers what a pretend Zoom has queued.
#[derive(Debug)]
pub struct Postman {
    zoom: Zoom,
    client: reqwest::Client,
}

impl Postman {
    /// A postman for that Zoom.
    #[must_use]
    pub fn new(zoom: Zoom) -> Self {
        Self { zoom, client: client().unwrap_or_default() }
    }

    /// Delivers everything that is due now and reports each; how many went out.
    pub async fn deliver_due(&self) -> usize {
        let due = std::iter::from_fn(|| self.zoom.take_due(1).pop());
        let sent = futures_util::stream::iter(due).map(|outgoing| self.deliver(outgoing));
        sent.buffer_unordered(AT_ONCE_MAX).count().await
    }

    async fn deliver(&self, outgoing: Outgoing) {
        let mut request = self.client.post(&outgoing.url).body(outgoing.body);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.bytes().await.unwrap_or_default()))
        };
        match answer.await {
            Ok((status, body)) => self.zoom.report_answer(outgoing.id, Some(status), &body),
            Err(_) => self.zoom.report(outgoing.id, None),
        }
    }

    /// Delivers until it is dropped. A receiver that hangs holds up only its own webhook.
    pub async fn run(self) {
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < AT_ONCE_MAX
                && let Some(outgoing) = self.zoom.take_due(1).pop()
            {
                under_way.push(self.deliver(outgoing));
            }
            let due_ms = self.zoom.next_due_ms().filter(|_| under_way.len() < AT_ONCE_MAX);
            let wait_ms = due_ms.map_or(LOOK_MS, |due_ms| (due_ms - self.zoom.clock.now_ms()).clamp(1, LOOK_MS));
            tokio::select! {
                Some(()) = under_way.next() => {}
                () = self.zoom.queued.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())) => {}
            }
        }
    }
}

/// Webhooks go to loopback over plain HTTP, so that no certificate is trusted; the provider is named here because none
/// may be installed in the process.
fn client() -> reqwest::Result<reqwest::Client> {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    let mut client =
        reqwest::Client::builder().timeout(ANSWER_WAIT).no_proxy().redirect(reqwest::redirect::Policy::none());
    if let Ok(tls) = tls {
        client = client.tls_backend_preconfigured(tls);
    }
    client.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_postman_needs_no_installed_crypto_provider() {
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
        assert!(client().is_ok());
        assert_eq!(Postman::new(Zoom::new(Clock::set_at(0), 1)).zoom.undelivered(), 0);
    }
}
