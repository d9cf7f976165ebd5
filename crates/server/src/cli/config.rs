//! `config`: the configuration with its defaults, to begin a file with.

use super::output::Output;
use crate::config::Config;
use clap::Subcommand;
use std::process::ExitCode;

/// The configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every key with its default, as a file to begin with
    Default,
}

/// Runs the command.
pub(super) fn run(command: &ConfigCommand, out: &Output) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Default => {
            let config = Config::default();
            if out.json {
                out.value(&config)?;
            } else {
                out.line(
                    "# Every key with its default; docs/configuration.md explains them. Each can also be given in the",
                )?;
                out.line("# environment (ZOOM_CONNECTOR__SERVER__LISTEN), and secrets in files (ZOOM_CONNECTOR__KEYS__MASTER_FILE).")?;
                out.line(toml::to_string(&config)?.trim_end())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
