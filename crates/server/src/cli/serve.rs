//! `serve`: the service, until it is told to stop.

use super::output::Output;
use crate::clock::Clock;
use crate::config::Config;
use crate::running::Running;
use connector_core::ids::ZoomApp;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the service.
pub(super) async fn run(config: Config, out: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::machine_at_speed(config.development.clock_speed);
    let running = Running::start(config, clock).await?;
    let config = &running.shared.config;
    out.line(&format!("Zoom Connector for LeadSquared listens at http://{}", running.address))?;
    out.line(&format!("Console: {}", config.public_url()))?;
    for app in ZoomApp::ALL {
        let known = config.app(app);
        if known.secret_token.is_empty() || known.client_id.is_empty() {
            let name = app.as_str();
            out.line(&format!(
                "The Zoom app for {name} is not configured (zoom.{name}.client_id, client_secret, secret_token): nobody can sign in, and its webhooks are answered with 503."
            ))?;
        }
    }
    if let Some(link) = running.first_run_link().await? {
        out.line(&format!("Nobody has an account yet. Make the first one here, within 24 hours: {link}"))?;
    }
    stop_asked_for().await?;
    tracing::info!("stopping");
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGTERM or Ctrl-C.
pub(super) async fn stop_asked_for() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
