//! `cargo xtask ci`: everything a change must pass, in the order in which it fails soonest.

use crate::arguments::{Kill, Seeds};
use crate::clock::Stopwatch;
use crate::{kill, planted, seeds, step, testing};
use anyhow::{Context as _, ensure};

/// One thing a change must pass.
#[derive(Debug, Clone, Copy)]
enum Step {
    Format,
    Clippy,
    Documentation,
    Tests,
    Dependencies,
    Demo,
    Seeds,
    Kill,
    PlantedBugs,
}

const ALL: [Step; 9] = [
    Step::Format,
    Step::Clippy,
    Step::Documentation,
    Step::Tests,
    Step::Dependencies,
    Step::Demo,
    Step::Seeds,
    Step::Kill,
    Step::PlantedBugs,
];

/// As many seeds as fit into so many seconds.
const SEEDS: Seeds = Seeds { count: 20_000, from: 1, seconds: 120 };
/// Processes killed.
const KILL: Kill = Kill { cycles: 300, seed: 1 };

/// Runs every step; the first failure ends it.
///
/// # Errors
/// The first step that fails, by name.
pub fn run() -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    for step in ALL {
        step.run().with_context(|| format!("ci stopped at `{}`", step.name()))?;
    }
    println!("ci passed: {} steps in {:.0} s", ALL.len(), watch.seconds());
    Ok(())
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Clippy => "clippy",
            Self::Documentation => "documentation",
            Self::Tests => "tests",
            Self::Dependencies => "dependencies",
            Self::Demo => "demo",
            Self::Seeds => "seeds",
            Self::Kill => "kill",
            Self::PlantedBugs => "planted-bugs",
        }
    }

    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Format => step::run(self.name(), &mut step::cargo(&["fmt", "--all", "--check"])),
            Self::Clippy => {
                let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
                step::run(self.name(), &mut step::cargo(&arguments))?;
                let rigs = ["clippy", "--package", "connector-server", "--all-targets", "--features", "planted-bugs"];
                step::run("clippy of the rigs", step::cargo(&rigs).args(["--", "-D", "warnings"]))
            }
            Self::Documentation => {
                let mut doc = step::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
                step::run(self.name(), doc.env("RUSTDOCFLAGS", "-D warnings"))
            }
            Self::Tests => testing::run(&[]),
            Self::Dependencies => dependencies(self.name()),
            Self::Demo => demo(self.name()),
            Self::Seeds => seeds::run(SEEDS),
            Self::Kill => kill::run(KILL),
            Self::PlantedBugs => planted::run(),
        }
    }
}

/// Licences, sources and doubled crates; known weaknesses need the network and are not asked for here.
fn dependencies(name: &str) -> anyhow::Result<()> {
    if !step::answers(&mut step::cargo(&["deny", "--version"])) {
        println!("==> {name}: skipped, cargo-deny is not installed (cargo install --locked cargo-deny)");
        return Ok(());
    }
    step::run(
        name,
        &mut step::cargo(&["deny", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]),
    )
}

/// The whole product against the two pretend systems. It ends with 0 only if what stands in the pretend LeadSquared is
/// what happened in the pretend Zoom, and says in one line of JSON what it saw.
fn demo(name: &str) -> anyhow::Result<()> {
    let arguments = ["run", "--release", "--package", "connector-server", "--", "demo", "--once", "--json"];
    let text = step::capture(name, &mut step::cargo(&arguments))?;
    ensure!(text.lines().any(is_object), "{name} ended well, but printed no line of JSON");
    Ok(())
}

fn is_object(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && line.ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_is_told_from_other_lines() {
        assert!(is_object("{\"people\": 50, \"lost\": 0}"));
        assert!(!is_object("console: http://127.0.0.1:8080"));
        assert!(!is_object(""));
    }
}
