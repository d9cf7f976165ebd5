//! `cargo xtask test`: brings up what the tests need around them, runs them all, takes it down again.

use crate::install::{self, Need};
use crate::postgres::Postgres;
use crate::step;
use std::path::Path;
use std::process::Command;

/// The variable that names the database in which the tests may make databases of their own.
const POSTGRES_VARIABLE: &str = "CONNECTOR_TEST_POSTGRES";
/// The variable that leaves the tests with a browser out where it says `none`.
const BROWSER_VARIABLE: &str = "CONNECTOR_TEST_BROWSER";
/// The variable that names axe-core's script, or leaves its tests out where it says `none`.
const AXE_VARIABLE: &str = "CONNECTOR_TEST_AXE";

/// Where the tests' PostgreSQL comes from.
enum Database {
    /// Ours: it goes when this is dropped.
    Thrown(Postgres),
    /// The address stands in the environment already.
    Given,
}

/// What the tests need around them: a database, a browser that is installed (each test starts its own), and,
/// where there is a way to them, axe-core and schemathesis.
pub struct Surroundings {
    database: Database,
    without_axe: bool,
}

impl Surroundings {
    /// Brings up what the environment does not name already.
    ///
    /// # Errors
    /// When it is not installed and cannot be.
    pub fn bring_up() -> anyhow::Result<Self> {
        let given = std::env::var_os(POSTGRES_VARIABLE).is_some_and(|url| !url.is_empty());
        let database = if given { Database::Given } else { Database::Thrown(Postgres::start()?) };
        let without_browser = std::env::var(BROWSER_VARIABLE).is_ok_and(|value| value == "none");
        if !without_browser && !step::answers(Command::new("chromedriver").arg("--version")) {
            install::install(Need::Browser)?;
        }
        let named = std::env::var_os(AXE_VARIABLE).is_some_and(|value| !value.is_empty());
        let without_axe = !without_browser && !named && left_out(&install::axe());
        left_out(&install::schemathesis(&step::root()));
        Ok(Self { database, without_axe })
    }

    /// Tells a process where everything is.
    pub fn tell(&self, command: &mut Command) {
        match &self.database {
            Database::Thrown(postgres) => {
                command.env(POSTGRES_VARIABLE, postgres.url());
            }
            Database::Given => {}
        }
        if self.without_axe {
            command.env(AXE_VARIABLE, "none");
        }
    }
}

/// Whether something that only some tests need could not be had; a sentence says so, and those tests are left out.
fn left_out(installed: &anyhow::Result<()>) -> bool {
    if let Err(error) = installed {
        println!("left out: {error:#}");
    }
    installed.is_err()
}

/// Runs the tests, or those that the filters name.
///
/// # Errors
/// When something they need is missing, or one of them fails.
pub fn run(filters: &[String]) -> anyhow::Result<()> {
    let surroundings = Surroundings::bring_up()?;
    let mut tests = if step::answers(&mut step::cargo(&["nextest", "--version"])) {
        step::cargo(&["nextest", "run", "--workspace"])
    } else {
        step::cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--"])
    };
    surroundings.tell(tests.args(filters));
    step::run("tests", &mut tests)?;
    if filters.is_empty() && has_doc_tests(&step::root().join("crates")) {
        let mut tests = step::cargo(&["test", "--workspace", "--doc"]);
        surroundings.tell(&mut tests);
        step::run("tests in documentation", &mut tests)?;
    }
    Ok(())
}

/// Whether a source below the folder has a piece of code in its documentation.
fn has_doc_tests(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return has_doc_tests(&path);
        }
        path.extension().is_some_and(|extension| extension == "rs")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.lines().any(opens_code))
    })
}

fn opens_code(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("/// ```") || line.starts_with("//! ```")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_in_documentation_counts_as_a_doc_test() {
        assert!(opens_code("    /// ```"));
        assert!(opens_code("//! ```no_run"));
        assert!(!opens_code("// ```"));
        assert!(!opens_code("/// a word in `backticks`"));
    }
}
