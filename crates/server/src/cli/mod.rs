//! The command line: one file a command. Commands that set up or look at tenants work on the same store as the service;
//! what they print is a table for people, or with `--json` one JSON document.

mod audit;
mod backup;
mod check;
mod config;
mod connection;
mod connector;
mod copy_file;
mod delivery;
pub mod demo;
mod journal;
mod migration;
mod output;
mod people;
mod restore;
mod rotate_key;
mod serve;
mod simulate;
mod tenant;
mod user;

use crate::app::{self, Shared};
use crate::clock::Clock;
use crate::config::{Config, variables as config_variables};
use crate::rewind;
use crate::store;
use crate::telemetry;
use clap::{Args, Parser, Subcommand};
use connector_core::ids::{TenantId, ZoomApp};
use output::Output;
use std::path::PathBuf;
use std::process::ExitCode;

/// Zoom Connector for LeadSquared: webinar and meeting people become leads, activities and tasks; once.
#[derive(Debug, Parser)]
#[command(name = "zoom-connector", version, max_term_width = 110)]
pub struct Cli {
    /// The configuration file; without it `connector.toml` here, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service; works with no configuration but a data folder
    Serve,
    /// Show the whole product against a pretend Zoom and a pretend LeadSquared, from an empty temporary folder
    Demo(demo::Demo),
    /// Run the pretend Zoom and the pretend LeadSquared alone, to point any connector at
    Simulate(simulate::Simulate),
    /// Try configuration, database, keys, Zoom and LeadSquared, and say what to repair
    Check,
    /// LeadSquared accounts
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// A tenant's settings
    #[command(subcommand)]
    Connector(connector::Connector),
    /// Sign-ins with Zoom
    #[command(subcommand)]
    Connection(connection::Connection),
    /// People of the console and keys of the API
    #[command(subcommand)]
    User(user::User),
    /// What came in, and what became of it
    #[command(subcommand)]
    Journal(journal::Journal),
    /// What is on its way to LeadSquared and Zoom
    #[command(subcommand)]
    Delivery(delivery::Delivery),
    /// People whom Zoom does not name
    #[command(subcommand)]
    People(people::People),
    /// Moving tenants off the old JWT app
    #[command(subcommand)]
    Migration(migration::Migration),
    /// Who did what and when, and whether somebody changed it afterwards
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Bring the database's schema up to date
    Migrate,
    /// Copy the embedded database to a file while the service runs; the master key is not in it
    Backup(backup::Backup),
    /// Make a backup the embedded database, with no service running; what was there is kept beside it
    Restore(restore::Restore),
    /// Put a new master key in the place of the one there is, while the service runs; broken off, it goes on when it is run again
    RotateKey(rotate_key::RotateKey),
    /// After a database was restored by other means than `restore`: look everything up in LeadSquared and Zoom before it is sent, for two days
    VerifyFirst,
    /// The configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

/// A tenant named on the command line.
#[derive(Debug, Args)]
struct OfTenant {
    /// The tenant's id
    tenant: TenantId,
}

/// A tenant and one of its two Zoom apps.
#[derive(Debug, Args)]
struct OfApp {
    /// The tenant's id
    tenant: TenantId,
    /// `meetings` or `webinars`
    #[arg(value_parser = parse_app)]
    app: ZoomApp,
}

fn parse_app(text: &str) -> Result<ZoomApp, String> {
    ZoomApp::parse(text).ok_or_else(|| "the Zoom app is `meetings` or `webinars`".to_owned())
}

/// Who acts on the command line, for the audit log.
const ACTOR: &str = "command line";

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        return failed(&anyhow::anyhow!("TLS was set up twice"));
    }
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    result.unwrap_or_else(|error| failed(&error))
}

#[expect(clippy::print_stderr, reason = "this is how a command line fails")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("zoom-connector: {error:#}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let out = Output { json: cli.json };
    match cli.command {
        Command::Demo(demo) => return demo::run(&demo, &out).await,
        Command::Simulate(simulate) => return simulate::run(&simulate, &out).await,
        Command::Config(command) => return config::run(&command, &out),
        Command::Serve
        | Command::Check
        | Command::Tenant(_)
        | Command::Connector(_)
        | Command::Connection(_)
        | Command::User(_)
        | Command::Journal(_)
        | Command::Delivery(_)
        | Command::People(_)
        | Command::Migration(_)
        | Command::Audit(_)
        | Command::Migrate
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::RotateKey(_)
        | Command::VerifyFirst => {}
    }
    let config = Config::load(cli.config.as_deref(), config_variables()?.into_iter())?;
    telemetry::logs(&config.log);
    // These open the database in ways of their own, or not at all.
    match &cli.command {
        Command::Serve => return serve::run(config, &out).await,
        Command::Check => return check::run(config, &out).await,
        Command::Backup(command) => return backup::run(command, &config, &out).await.map(|()| ExitCode::SUCCESS),
        Command::Restore(command) => return restore::run(command, &config, &out).await.map(|()| ExitCode::SUCCESS),
        Command::Demo(_)
        | Command::Simulate(_)
        | Command::RotateKey(_)
        | Command::Tenant(_)
        | Command::Connector(_)
        | Command::Connection(_)
        | Command::User(_)
        | Command::Journal(_)
        | Command::Delivery(_)
        | Command::People(_)
        | Command::Migration(_)
        | Command::Audit(_)
        | Command::Migrate
        | Command::VerifyFirst
        | Command::Config(_) => {}
    }
    let clock = Clock::machine_at_speed(config.development.clock_speed);
    let (shared, writer) = app::open(config, clock).await?;
    // What a command wishes goes through the journal, as it does in the service.
    let done = tokio::select! {
        done = on_store(cli.command, &shared, &out) => done,
        () = writer.run() => Err(anyhow::anyhow!("the journal's writer ended")),
    };
    shared.store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Commands that work on the store.
async fn on_store(command: Command, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        Command::Tenant(command) => tenant::run(command, shared, out).await,
        Command::Connector(command) => connector::run(command, shared, out).await,
        Command::Connection(command) => connection::run(command, shared, out).await,
        Command::User(command) => user::run(command, shared, out).await,
        Command::Journal(command) => journal::run(command, shared, out).await,
        Command::Delivery(command) => delivery::run(command, shared, out).await,
        Command::People(command) => people::run(command, shared, out).await,
        Command::Migration(command) => migration::run(command, shared, out).await,
        Command::Audit(command) => audit::run(command, shared, out).await,
        // Opening the store brought the schema up to date.
        Command::Migrate => out.done("The database's schema is up to date."),
        Command::RotateKey(command) => rotate_key::run(&command, shared, out).await,
        Command::VerifyFirst => {
            let begun = rewind::ask_to_verify_first(shared, "asked for on the command line").await?;
            let rewind::VerifyFirst { open, read_again } = begun;
            out.done(&format!(
                "{open} open deliveries, and all that are planned for two days, are looked up first; what Zoom told since the database was last served is read again for {read_again} sign-ins."
            ))
        }
        Command::Serve
        | Command::Check
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Demo(_)
        | Command::Simulate(_)
        | Command::Config(_) => Ok(()),
    }
}

/// Makes sure that there is such a tenant: a slip of the pen must not look like a tenant without work.
async fn known(shared: &Shared, tenant: &TenantId) -> anyhow::Result<()> {
    let id = tenant.clone();
    let row = shared.store.read(move |unit| Box::pin(async move { store::tenant::get(unit, &id).await })).await?;
    anyhow::ensure!(row.is_some(), "there is no such tenant; `tenant list` names them");
    Ok(())
}

/// Reads a line from standard input, for what should not stand on the command line.
#[expect(clippy::print_stderr, reason = "a question to a person; standard output is for results")]
fn read_line(question: &str) -> anyhow::Result<String> {
    use std::io::{BufRead as _, IsTerminal as _, Read as _};
    /// The longest line taken, in bytes.
    const LINE_BYTES_MAX: u64 = 16 * 1024;
    if std::io::stdin().is_terminal() {
        eprint!("{question}");
    }
    let mut line = String::new();
    std::io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
