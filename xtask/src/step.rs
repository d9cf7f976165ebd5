//! One step: a process that is shown with its name before and its seconds after, and whose output nobody swallows.

use crate::clock::Stopwatch;
use anyhow::{Context as _, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `cargo` in the root of the repository, the same one that runs these commands.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Runs a process under a name, its output going where ours goes.
///
/// # Errors
/// When it cannot be started or does not end with 0; the message has the name.
pub fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    shown(name, || {
        let status = command.status().with_context(|| format!("{name}: cannot be started"))?;
        ensure!(status.success(), "{name} failed ({status})");
        Ok(())
    })
}

/// Runs a process under a name; its standard output is shown and answered, its standard error is shown as it comes.
///
/// # Errors
/// When it cannot be started or does not end with 0; the message has the name.
pub fn capture(name: &str, command: &mut Command) -> anyhow::Result<String> {
    shown(name, || {
        let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{name}: cannot be started"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        print!("{text}");
        ensure!(output.status.success(), "{name} failed ({})", output.status);
        Ok(text)
    })
}

/// Runs a process of which only a failure is of interest.
///
/// # Errors
/// When it cannot be started or does not end with 0; the message has what it wrote to standard error.
pub fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{program} cannot be started"))?;
    if !output.status.success() {
        bail!("{program} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Whether a program can be started and answers with 0.
pub fn answers(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn shown<T>(name: &str, body: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    println!("==> {name}");
    let watch = Stopwatch::start();
    let result = body();
    println!("<== {name}: {:.1} s", watch.seconds());
    result
}
