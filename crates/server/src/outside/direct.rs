//! A way out that is no network: a rig answers every call itself. Only with the feature `failpoints`.

use super::Credentials;
use connector_core::exchange::{Reply, Request};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A call as it would have left.
#[derive(Clone)]
pub struct Sent {
    /// Base address.
    pub base: String,
    /// As whom.
    pub credentials: Credentials,
    /// What was asked.
    pub request: Request,
}

/// What a rig does with a call.
pub type Answering = dyn Fn(Sent) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync;

/// Whoever stands in for the network. Cheap to clone.
#[derive(Clone)]
pub struct Direct(pub Arc<Answering>);

impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Direct(..)")
    }
}
