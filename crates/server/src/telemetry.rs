//! Logs and metrics: setting them up, and the text of the metrics for their own listener.

use crate::config::{Log, LogForm};
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Sets up logs on standard error. Called once.
pub fn logs(config: &Log) {
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    // A log that nobody reads any more is no reason to fail: the subscriber would complain on the same closed pipe, and panic.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let builder = builder.log_internal_errors(false);
    let done = match config.form {
        LogForm::Text => builder.with_target(false).try_init(),
        LogForm::Json => builder.json().try_init(),
    };
    if let Err(error) = done {
        tracing::debug!(%error, "logs were set up already");
    }
}

/// Installs the recorder of metrics; `None` when there is one already.
#[must_use]
pub fn metrics_recorder() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().ok()
}

/// The listener of metrics: `/metrics`, nothing else.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || async move { handle.render() }))
}
