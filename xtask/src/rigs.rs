//! The binary of the rigs that try to lose and to double records: one build for all of them, with the places where it may
//! end and with bugs on purpose, all asleep unless one is named.

use crate::step;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::Command;

/// The features of a build that can be killed at a place and has bugs on purpose.
const FEATURES: &str = "failpoints,planted-bugs";

/// Builds the rigs and the connector they kill; answers the rigs' binary.
///
/// # Errors
/// When it does not build.
pub fn build() -> anyhow::Result<PathBuf> {
    let arguments = ["test", "--release", "--package", "connector-server", "--features", FEATURES, "--test", "rigs"];
    step::run("build of the rigs", step::cargo(&arguments).arg("--no-run"))?;
    let mut listing = step::cargo(&arguments);
    let output = listing.args(["--no-run", "--message-format=json"]).output().context("cargo cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    executable(&text).context("cargo does not say where the rigs are")
}

/// The rigs' binary with its arguments, in the root of the repository.
pub fn command(binary: &PathBuf, arguments: &[String]) -> Command {
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(step::root());
    command
}

/// The executable of the test `rigs` among cargo's lines of JSON.
fn executable(lines: &str) -> Option<PathBuf> {
    let line = lines.lines().find(|line| line.contains("\"name\":\"rigs\"") && line.contains("\"executable\":\""))?;
    let (_, rest) = line.split_once("\"executable\":\"")?;
    rest.split('"').next().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_found_among_cargos_lines() {
        let lines = "{\"target\":{\"name\":\"other\"},\"executable\":\"/a\"}\n\
                     {\"target\":{\"name\":\"rigs\"},\"executable\":null}\n\
                     {\"target\":{\"name\":\"rigs\"},\"executable\":\"/b/rigs-1\",\"fresh\":true}";
        assert_eq!(executable(lines), Some(PathBuf::from("/b/rigs-1")));
        assert_eq!(executable(""), None);
    }
}
