//! `serve`: the service, until it is told to stop.

use super::output::Output;
use crate::clock::Clock;
use crate::config::Config;
use crate::running::Running;
use connector_core::ids::ZoomApp;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs the service.
pub(super) async fn run(config: Config, out: &Output) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let clock = Clock::machine_at_speed(config.development.clock_speed);
    let mut running = Running::start(config, clock).await?;
    let first_run_link = running.first_run_link().await?;
    // Whoever started the service may read no further, or never have listened: that is no reason to end.
    if let Err(error) = tell(&running, first_run_link.as_deref(), out) {
        tracing::warn!(%error, "nobody reads what the service says on standard output");
    }
    // A loop that died takes the process with it: whoever runs the service starts it anew, and nothing is lost by that.
    let ended = tokio::select! {
        () = stop.asked_for() => ExitCode::SUCCESS,
        () = running.broken() => ExitCode::FAILURE,
    };
    tracing::info!("stopping");
    running.stop().await;
    Ok(ended)
}

/// Where it listens, what is missing, and how the first person gets in.
fn tell(running: &Running, first_run_link: Option<&str>, out: &Output) -> anyhow::Result<()> {
    let config = &running.shared.config;
    let is_missing = |app: &ZoomApp| config.app(*app).secret_token.is_empty() || config.app(*app).client_id.is_empty();
    let missing: Vec<&str> = ZoomApp::ALL.iter().filter(|app| is_missing(app)).map(|app| app.as_str()).collect();
    if out.json {
        return out.value(&serde_json::json!({
            "listens": format!("http://{}", running.address),
            "console": config.public_url(),
            "apps_not_configured": missing,
            "first_run_link": first_run_link,
        }));
    }
    out.line(&format!("Zoom Connector for LeadSquared listens at http://{}", running.address))?;
    out.line(&format!("Console: {}", config.public_url()))?;
    for name in missing {
        out.line(&format!(
            "The Zoom app for {name} is not configured (zoom.{name}.client_id, client_secret, secret_token): nobody can sign in, and its webhooks are answered with 503."
        ))?;
    }
    if let Some(link) = first_run_link {
        out.line(&format!("Nobody has an account yet. Make the first one here, within 24 hours: {link}"))?;
    }
    Ok(())
}

/// The order to stop: SIGTERM or Ctrl-C. Listened for before anything is said or started, because until then the system
/// ends the process on the spot.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Begins to listen.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the order; one that came before is not missed.
    pub(super) async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
