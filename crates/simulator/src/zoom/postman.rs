//! Carries webhooks over HTTP to where they go, with Zoom's patience of 3 seconds.

use super::{Outgoing, Zoom};
use futures_util::StreamExt;
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
        Self { zoom, client: plain_client() }
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

    /// Delivers until it is dropped.
    pub async fn run(self) {
        loop {
            let queued = self.zoom.queued.notified();
            self.deliver_due().await;
            let now_ms = self.zoom.clock.now_ms();
            let wait_ms = self.zoom.next_due_ms().map_or(LOOK_MS, |due_ms| (due_ms - now_ms).clamp(1, LOOK_MS));
            let wait = Duration::from_millis(wait_ms.unsigned_abs());
            // Whichever comes first; both only mean to look again.
            let _ = tokio::time::timeout(wait, queued).await;
        }
    }
}

/// Webhooks go to loopback over plain HTTP, so that no certificate is trusted; the provider is named here because none may
/// be installed in the process.
fn plain_client() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    let mut client =
        reqwest::Client::builder().timeout(ANSWER_WAIT).no_proxy().redirect(reqwest::redirect::Policy::none());
    if let Ok(tls) = tls {
        client = client.tls_backend_preconfigured(tls);
    }
    client.build().unwrap_or_default()
}
