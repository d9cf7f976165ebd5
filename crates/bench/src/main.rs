//! What the connector takes: a webinar against a rate limit, acknowledgements a second, the way from an event to the CRM,
//! growth, fairness. Each command measures the real code and prints a table, or with `--json` one line.
//!
//! `serve` and `bare` are what the bench starts as processes of their own, so that their processor time can be told apart.

mod arguments;
mod clock;
mod figures;
mod database;
mod postgres;
mod world;
mod stepped;
mod webhook;
mod load;
mod child;
mod bare;
mod arrivals;
mod webinar;
mod intake;
mod latency;
mod growth;
mod fairness;
mod outage;

use arguments::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return connector_server::cli::main();
    }
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => figures::failed(&error),
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        anyhow::bail!("TLS was set up twice");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let figures = match &arguments.command {
            Command::Webinar(wanted) => webinar::run(wanted).await?,
            Command::Intake { seconds } => intake::run(*seconds).await?,
            Command::Latency { rate, seconds } => latency::run(*rate, *seconds).await?,
            Command::Growth => growth::run().await?,
            Command::Fairness { seconds } => fairness::run(*seconds).await?,
            Command::Outage { people, hours } => outage::run(*people, *hours).await?,
            Command::Bare { store } => return bare::run(store).await,
        };
        figures::print(&figures, arguments.json)
    })
}
