//! `simulate`: the pretend Zoom and the pretend LeadSquared alone, to point any connector at.

use super::output::Output;
use super::serve::stop_asked_for;
use clap::Args;
use connector_simulator::clock::Clock;
use connector_simulator::preset::Preset;
use std::net::SocketAddr;
use std::process::ExitCode;

/// The seed of the pretend ids.
const SEED: u64 = 1;

/// Where they listen.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Address of the pretend Zoom
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9101")]
    zoom: SocketAddr,
    /// Address of the pretend LeadSquared
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9102")]
    leadsquared: SocketAddr,
    /// Base address of the connector that webhooks and sign-ins go to
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    connector: String,
}

/// Runs both until told to stop.
pub(super) async fn run(command: &Simulate, out: &Output) -> anyhow::Result<ExitCode> {
    let preset = Preset::new(Clock::Machine, SEED, None);
    preset.point_at(&command.connector);
    let pretend = preset.serve(command.zoom, command.leadsquared).await?;
    out.line(&format!("Pretend Zoom:        {}", pretend.zoom.url()))?;
    out.line(&format!("Pretend LeadSquared: {}", pretend.leadsquared.url()))?;
    out.line("A connector that knows both is configured so:\n")?;
    for (name, value) in preset.connector_environment(&pretend.zoom.url()) {
        out.line(&format!("export {name}={value}"))?;
    }
    out.line("")?;
    for account in &preset.crm_accounts {
        out.line(&format!(
            "zoom-connector tenant add {} --leadsquared-api {} --access-key '{}' --secret-key {}",
            account.org,
            pretend.leadsquared.url(),
            account.access_key,
            account.secret_key
        ))?;
    }
    stop_asked_for().await?;
    Ok(ExitCode::SUCCESS)
}
