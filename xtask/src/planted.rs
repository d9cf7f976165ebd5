//! `cargo xtask planted-bugs`: bugs on purpose, woken one at a time; each has to be found by the seeds within a bound, or the
//! rigs are no good.

use crate::rigs;
use anyhow::{Context as _, ensure};
use std::process::Stdio;

/// Names the bug that is awake.
const VARIABLE: &str = "CONNECTOR_PLANTED_BUG";
/// Seeds within which a bug has to be found.
const SEEDS_MAX: u64 = 2_000;
/// Seconds within which a bug has to be found.
const SECONDS_MAX: u64 = 600;

/// Wakes each bug and looks whether it is found.
///
/// # Errors
/// When it does not build, or a bug is not found.
pub fn run() -> anyhow::Result<()> {
    let binary = rigs::build()?;
    let listed = rigs::command(&binary, &["bugs".to_owned()]).output().context("the rigs cannot be started")?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let bugs: Vec<&str> = text.lines().collect();
    let mut caught = 0;
    for bug in &bugs {
        let arguments =
            ["seeds", "--count", &SEEDS_MAX.to_string(), "--seconds", &SECONDS_MAX.to_string(), "--first", "1"];
        let mut seeds = rigs::command(&binary, &arguments.map(str::to_owned));
        let output = seeds.env(VARIABLE, bug).stderr(Stdio::null()).output().context("the rigs cannot be started")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let first = text.lines().skip_while(|line| !line.contains(" failed: ")).nth(1).unwrap_or_default().trim();
        if output.status.success() {
            println!("{bug}: not found");
        } else {
            caught += 1;
            println!("{bug}: {first}");
        }
    }
    println!("{caught} of {} caught", bugs.len());
    ensure!(!bugs.is_empty() && caught == bugs.len(), "{} bugs were not found", bugs.len() - caught);
    Ok(())
}
