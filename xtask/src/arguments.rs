//! What may stand behind `cargo xtask`: a closed list of commands, and its help.

use anyhow::{Context as _, bail};

/// The exit code when the command line is not understood.
pub const EXIT_MISUSED: u8 = 2;

/// Printed by `help` and after a command line that is not understood.
pub const HELP: &str = "\
cargo xtask test [-- FILTER…]   all tests, with a throw-away PostgreSQL around them; filters go to the test runner
cargo xtask seeds [--count N] [--from S] [--seconds T]
                                small worlds on a virtual clock, one for each seed, in which everything goes wrong
cargo xtask kill [--cycles N] [--seed S]
                                the real binary, killed again and again under load
cargo xtask planted-bugs        bugs on purpose, each of which the two must find
cargo xtask ci                  what a change must pass: format, clippy, documentation, tests, dependencies, demo, rigs
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
    /// Lives through seeded worlds.
    Seeds(Seeds),
    /// Kills the real binary.
    Kill(Kill),
    /// Tries the rigs by bugs on purpose.
    PlantedBugs,
    /// Runs everything a change must pass.
    Ci,
    /// Takes the pictures of the documentation.
    Screenshots,
}

/// Which seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// So many.
    pub count: u64,
    /// From this one on.
    pub from: u64,
    /// For so many seconds at the most; 0 means until all are done.
    pub seconds: u64,
}

/// How often to kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    /// Processes.
    pub cycles: u64,
    /// What happens follows from it, as far as processes can be told.
    pub seed: u64,
}

/// Seeds of a run of its own.
const SEEDS: u64 = 20_000;
/// Processes killed in a run of its own.
const CYCLES: u64 = 300;

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
            (Some("planted-bugs"), []) => Ok(Self::PlantedBugs),
            (Some("seeds"), rest) => {
                let [count, from, seconds] = numbers(rest, [("--count", SEEDS), ("--from", 1), ("--seconds", 0)])?;
                Ok(Self::Seeds(Seeds { count, from, seconds }))
            }
            (Some("kill"), rest) => {
                let [cycles, seed] = numbers(rest, [("--cycles", CYCLES), ("--seed", 1)])?;
                Ok(Self::Kill(Kill { cycles, seed }))
            }
            (Some("test"), []) => Ok(Self::Test { filters: Vec::new() }),
            (Some("test"), [separator, filters @ ..]) if separator == "--" => {
                Ok(Self::Test { filters: filters.to_vec() })
            }
            (Some("test"), [other, ..]) => bail!("filters stand behind `--`: cargo xtask test -- {other}"),
            (Some(name @ ("ci" | "screenshots" | "planted-bugs")), [other, ..]) => {
                bail!("`{name}` takes no argument, not `{other}`")
            }
            (Some(other), _) => bail!("there is no command `{other}`"),
        }
    }
}

/// The numbers behind the named switches, or what they are without.
fn numbers<const N: usize>(rest: &[String], known: [(&str, u64); N]) -> anyhow::Result<[u64; N]> {
    let mut numbers = known.map(|(_, default)| default);
    for pair in rest.chunks(2) {
        let [name, value] = pair else { bail!("`{}` has no number", pair.join(" ")) };
        let place = known.iter().position(|(known, _)| known == name);
        let slot = place.and_then(|place| numbers.get_mut(place));
        let Some(slot) = slot else { bail!("there is no switch `{name}`") };
        *slot = value.parse().with_context(|| format!("{name} takes a number, not `{value}`"))?;
    }
    Ok(numbers)
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
        check("seeds", Some(&Command::Seeds(Seeds { count: 20_000, from: 1, seconds: 0 })));
        check("seeds --from 7 --count 1", Some(&Command::Seeds(Seeds { count: 1, from: 7, seconds: 0 })));
        check("kill --cycles 40", Some(&Command::Kill(Kill { cycles: 40, seed: 1 })));
        check("planted-bugs", Some(&Command::PlantedBugs));
        check("seeds --count", None);
        check("seeds --count many", None);
        check("kill --seeds 1", None);
        check("planted-bugs now", None);
        check("test store", None);
        check("ci now", None);
        check("deploy", None);
    }
}
