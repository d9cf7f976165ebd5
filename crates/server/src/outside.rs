//! The way out: sends a request the core wrote and brings the reply back, within a deadline and a size, never following a
//! redirect, never to a private address unless development allows it. Knows no JSON and judges no status.

#[cfg(feature = "failpoints")]
pub mod direct;

use crate::clock::Clock;
use crate::failpoint::{self, Point};
use connector_core::exchange::{Answer, Body, Method, Reply, Request};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The largest answer that is read, in bytes; a longer one counts as lost.
pub const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a connection may take to come about.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How a call identifies itself.
#[derive(Clone)]
pub enum Credentials {
    /// `Authorization: Bearer`.
    Bearer(String),
    /// `Authorization: Basic`.
    Basic(String, String),
    /// LeadSquared's two headers (leadsquared.md § 2.2); never in the address.
    Keys {
        /// `x-LSQ-AccessKey`
        access: String,
        /// `x-LSQ-SecretKey`
        secret: String,
    },
    /// The three headers of Standard Webhooks.
    Webhook {
        /// `webhook-id`: the same at every try.
        id: String,
        /// `webhook-timestamp`: seconds since the epoch.
        timestamp_s: i64,
        /// `webhook-signature`: `v1,` and base64, one for each secret that is used, with spaces between.
        signature: String,
    },
}

/// Makes calls. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Outside {
    way: Way,
    allow_private: bool,
    clock: Clock,
}

#[derive(Debug, Clone)]
enum Way {
    Network(reqwest::Client),
    #[cfg(feature = "failpoints")]
    Direct(direct::Direct),
}

/// An address that may not be called, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address {address} cannot be used: {why}")]
pub struct Forbidden {
    address: String,
    why: &'static str,
}

impl Outside {
    /// The one client of the process. With `allow_private` also plain http and private addresses may be called; deadlines
    /// run on `clock`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allow_private: bool, clock: Clock) -> Result<Self, reqwest::Error> {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(16)
            .pool_idle_timeout(Duration::from_secs(20))
            .tcp_nodelay(true)
            .no_proxy()
            .https_only(!allow_private)
            .user_agent(concat!("zoom-connector/", env!("CARGO_PKG_VERSION")));
        if let Ok(versions) = versions {
            builder = builder.tls_backend_preconfigured(versions.with_root_certificates(roots).with_no_client_auth());
        }
        if !allow_private {
            builder = builder.dns_resolver(PublicOnly);
        }
        Ok(Self { way: Way::Network(builder.build()?), allow_private, clock })
    }

    /// A way out on which a rig answers.
    #[cfg(feature = "failpoints")]
    #[must_use]
    pub fn answered_by(direct: direct::Direct, clock: Clock) -> Self {
        Self { way: Way::Direct(direct), allow_private: true, clock }
    }

    /// Takes a text as the base address of a remote system, without a slash at the end.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is `https` to a public host, with nothing but host and port (failures D23).
    pub fn base_address(&self, text: &str) -> Result<String, Forbidden> {
        let no = |why| Forbidden { address: text.chars().take(200).collect(), why };
        let url = reqwest::Url::parse(text.trim()).map_err(|_| no("it is not a web address"))?;
        if url.scheme() != "https" && !(self.allow_private && url.scheme() == "http") {
            return Err(no("it must begin with https://"));
        }
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        if !bare || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
            return Err(no("it must hold nothing but host and port"));
        }
        let host = url.host_str().ok_or_else(|| no("it names no host"))?;
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if !self.allow_private && literal.is_ok_and(|ip| !is_public(ip)) {
            return Err(no("it is not a public address"));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    /// Sends a request and waits for the whole answer, `deadline_ms` at the longest.
    pub async fn send(&self, base: &str, credentials: &Credentials, request: &Request, deadline_ms: i64) -> Reply {
        failpoint::reached(Point::OutsideBeforeSend);
        let reply = match &self.way {
            Way::Network(client) => {
                send_over(client, base, credentials, request, self.clock.real_time(deadline_ms)).await
            }
            #[cfg(feature = "failpoints")]
            Way::Direct(direct) => {
                let sent =
                    direct::Sent { base: base.to_owned(), credentials: credentials.clone(), request: request.clone() };
                (direct.0)(sent).await
            }
        };
        failpoint::reached(Point::OutsideAnswered);
        reply
    }
}

async fn send_over(
    client: &reqwest::Client,
    base: &str,
    credentials: &Credentials,
    request: &Request,
    deadline: Duration,
) -> Reply {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut call = client.request(method, format!("{base}{}", request.path)).timeout(deadline);
    if !request.query.is_empty() {
        call = call.query(&request.query);
    }
    call = match &request.body {
        Body::Empty => call,
        Body::Json(text) => call.header("content-type", "application/json").body(text.clone()),
        Body::Form(fields) => call.form(fields),
    };
    call = match credentials {
        Credentials::Bearer(token) => call.bearer_auth(token),
        Credentials::Basic(user, password) => call.basic_auth(user, Some(password)),
        Credentials::Keys { access, secret } => {
            call.header("x-LSQ-AccessKey", access).header("x-LSQ-SecretKey", secret)
        }
        Credentials::Webhook { id, timestamp_s, signature } => call
            .header("webhook-id", id)
            .header("webhook-timestamp", *timestamp_s)
            .header("webhook-signature", signature),
    };
    match call.send().await {
        Ok(response) => read(response).await,
        // An error text of the library may hold the address, and that a secret: it is taken off.
        Err(error) if error.is_connect() || error.is_builder() => Reply::NotSent { why: words(error) },
        Err(error) => Reply::Lost { why: words(error) },
    }
}

fn words(error: reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let mut cause: &dyn std::error::Error = &error.without_url();
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{kind} ({cause})")
}

async fn read(mut response: reqwest::Response) -> Reply {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut answer = Answer {
        status: response.status().as_u16(),
        body: Vec::new(),
        retry_after: header("retry-after"),
        rate_limit_type: header("x-ratelimit-type"),
    };
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if answer.body.len() + chunk.len() <= REPLY_BYTES_MAX => {
                answer.body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Reply::Lost { why: format!("an answer of more than {REPLY_BYTES_MAX} bytes") },
            Ok(None) => return Reply::Answer(answer),
            Err(error) => return Reply::Lost { why: words(error) },
        }
    }
}

/// Resolves names to public addresses only, so that no name of a tenant's leads into the operator's own network.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                || (a == 192 && b == 0 && c == 0))
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            let mapped = ip.to_ipv4_mapped().or_else(|| embedded_v4(ip));
            mapped.map_or_else(
                || (first & 0xe000) == 0x2000 && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8)),
                |v4| is_public(IpAddr::V4(v4)),
            )
        }
    }
}

/// The IPv4 address inside a translated one (64:ff9b::/96, 2002::/16).
fn embedded_v4(ip: std::net::Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [first, second, third, .., seventh, eighth] = ip.segments();
    let from = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        std::net::Ipv4Addr::new(a, b, c, d)
    };
    match (first, second) {
        (0x0064, 0xff9b) => Some(from(seventh, eighth)),
        (0x2002, _) => Some(from(second, third)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, allowed: bool) {
        let outside = Outside::new(false, Clock::machine()).unwrap();
        assert_eq!(outside.base_address(text).is_ok(), allowed, "{text}");
    }

    #[test]
    fn only_public_https_hosts_are_called() {
        check("https://api-in21.leadsquared.com", true);
        check("https://api.leadsquared.com/", true);
        check("http://api.leadsquared.com", false);
        check("https://127.0.0.1", false);
        check("https://2130706433", false);
        check("https://0x7f.1", false);
        check("https://017700000001", false);
        check("https://[::1]", false);
        check("https://[::ffff:10.0.0.1]", false);
        check("https://[64:ff9b::a00:1]", false);
        check("https://169.254.169.254", false);
        check("https://100.64.0.1", false);
        check("https://user@api.leadsquared.com", false);
        check("https://api.leadsquared.com/path", false);
        check("https://api.leadsquared.com?x=1", false);
        check("ftp://api.leadsquared.com", false);
        check("nonsense", false);
    }

    #[test]
    fn a_pretend_system_may_be_called_when_development_allows_it() {
        let outside = Outside::new(true, Clock::machine()).unwrap();
        assert_eq!(outside.base_address("http://127.0.0.1:9/").unwrap(), "http://127.0.0.1:9");
    }
}
