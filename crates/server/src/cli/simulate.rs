//! `simulate`: the pretend Zoom and the pretend LeadSquared alone, to point any connector at.

use super::output::Output;
use super::serve::Stop;
use clap::Args;
use connector_simulator::clock::Clock;
use connector_simulator::preset::{Preset, Pretend};
use std::collections::BTreeMap;
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
    let mut stop = Stop::listen()?;
    let preset = Preset::new(Clock::Machine, SEED, None);
    preset.point_at(&command.connector);
    let pretend = preset.serve(command.zoom, command.leadsquared).await?;
    tell(&preset, &pretend, out)?;
    stop.asked_for().await;
    Ok(ExitCode::SUCCESS)
}

/// Where they listen, and how a connector gets to know them.
fn tell(preset: &Preset, pretend: &Pretend, out: &Output) -> anyhow::Result<()> {
    let environment = preset.connector_environment(&pretend.zoom.url());
    if out.json {
        let tenants = preset.crm_accounts.iter().map(|account| {
            serde_json::json!({
                "tenant": account.org,
                "access_key": account.access_key,
                "secret_key": account.secret_key,
                "leadsquared_api": pretend.leadsquared.url(),
            })
        });
        return out.value(&serde_json::json!({
            "zoom": pretend.zoom.url(),
            "leadsquared": pretend.leadsquared.url(),
            "environment": environment.iter().cloned().collect::<BTreeMap<String, String>>(),
            "tenants": tenants.collect::<Vec<_>>(),
        }));
    }
    out.line(&format!("Pretend Zoom:        {}", pretend.zoom.url()))?;
    out.line(&format!("Pretend LeadSquared: {}", pretend.leadsquared.url()))?;
    out.line(&format!("Pretend mail server: {}", pretend.smtp.address))?;
    out.line(&format!("Pretend mailbox:     {}", pretend.mailbox.url()))?;
    out.line("A connector that knows both is configured so:\n")?;
    for (name, value) in environment {
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
    Ok(())
}
