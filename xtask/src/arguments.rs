//! What may stand behind `cargo xtask`: a closed list of commands, and its help.

use anyhow::bail;

/// The exit code when the command line is not understood.
pub const EXIT_MISUSED: u8 = 2;

/// Printed by `help` and after a command line that is not understood.
pub const HELP: &str = "\
cargo xtask test [-- FILTER…]   all tests, with a throw-away PostgreSQL around them; filters go to the test runner
cargo xtask ci                  what a change must pass: format, clippy, documentation, tests, dependencies, demo
cargo xtask screenshots         docs/screenshots/*.png, from the demo, with headless Chromium
cargo xtask help                this text

An address in CONNECTOR_TEST_POSTGRES is used instead of a PostgreSQL of its own.";

/// One of the project's commands.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Prints the help.
    Help,
    /// Runs the tests.
    Test {
        /// Passed on to the test runner as they are; empty means every test.
        filters: Vec<String>,
    },
    /// Runs everything a change must pass.
    Ci,
    /// Takes the pictures of the documentation.
    Screenshots,
}

impl Command {
    /// Reads what stands behind `cargo xtask`.
    ///
    /// # Errors
    /// When it is none of the commands.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let name = arguments.next();
        let rest: Vec<String> = arguments.collect();
        match (name.as_deref(), rest.as_slice()) {
            (None | Some("help" | "--help" | "-h"), _) => Ok(Self::Help),
            (Some("ci"), []) => Ok(Self::Ci),
            (Some("screenshots"), []) => Ok(Self::Screenshots),
            (Some("test"), []) => Ok(Self::Test { filters: Vec::new() }),
            (Some("test"), [separator, filters @ ..]) if separator == "--" => {
                Ok(Self::Test { filters: filters.to_vec() })
            }
            (Some("test"), [other, ..]) => bail!("filters stand behind `--`: cargo xtask test -- {other}"),
            (Some(name @ ("ci" | "screenshots")), [other, ..]) => bail!("`{name}` takes no argument, not `{other}`"),
            (Some(other), _) => bail!("there is no command `{other}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&Command>) {
        assert_eq!(Command::parse(line.split_whitespace().map(str::to_owned)).ok().as_ref(), expected, "{line}");
    }

    #[test]
    fn only_the_listed_commands_are_understood() {
        check("", Some(&Command::Help));
        check("help", Some(&Command::Help));
        check("ci", Some(&Command::Ci));
        check("screenshots", Some(&Command::Screenshots));
        check("screenshots now", None);
        check("test", Some(&Command::Test { filters: vec![] }));
        check("test --", Some(&Command::Test { filters: vec![] }));
        check("test -- store lane", Some(&Command::Test { filters: vec!["store".to_owned(), "lane".to_owned()] }));
        check("test store", None);
        check("ci now", None);
        check("deploy", None);
    }
}
