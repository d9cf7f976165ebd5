//! axe-core looks at a page as people do who cannot see it, or not well: its rules for WCAG 2.2 AA and its own best practices.
//!
//! Without axe-core a test fails and says what to install; `CONNECTOR_TEST_AXE=none` leaves these tests out instead.

use super::chromium::Chromium;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Names the script; set to `none` it leaves the tests out.
const VARIABLE: &str = "CONNECTOR_TEST_AXE";
/// Where `cargo xtask test` puts it, from the root of the repository.
const PLACE: &str = "target/axe/node_modules/axe-core/axe.min.js";

/// axe-core's script.
pub struct Axe(String);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Everything.
    All,
    /// What depends on colours.
    Contrast,
}

impl Axe {
    /// Loads it; `None` where these tests are left out.
    pub fn load() -> Option<Self> {
        let named = std::env::var(VARIABLE).unwrap_or_default();
        if named == "none" {
            // Straight to the terminal: what a passing test prints is not shown.
            let _ = writeln!(std::io::stderr(), "tests with axe-core are left out: {VARIABLE} is `none`");
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let path = if named.is_empty() { root.join(PLACE) } else { PathBuf::from(named) };
        let script = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!(
                "{} cannot be read ({error}): `cargo xtask test` installs axe-core there (by npm), or set {VARIABLE}=none to \
                 leave these tests out",
                path.display()
            )
        });
        Some(Self(script))
    }

    /// What axe-core objects to on the page, one line each.
    pub fn look(&self, browser: &Chromium, rules: Rules) -> Vec<String> {
        browser.ask(&format!("if (!window.axe) {{ {} }}", self.0));
        let only = match rules {
            Rules::All => "",
            Rules::Contrast => "runOnly: { type: 'rule', values: ['color-contrast'] },",
        };
        let run = format!(
            "const done = arguments[arguments.length - 1]; \
             axe.run(document, {{ {only} resultTypes: ['violations'], rules: {{ 'target-size': {{ enabled: true }} }} }}) \
             .then((found) => done(found.violations), (error) => done(String(error)))"
        );
        let found = browser.ask_and_wait(&run);
        let violations = found.as_array().unwrap_or_else(|| panic!("axe-core: {found}"));
        violations.iter().map(line).collect()
    }
}

/// A violation in one line: the rule, what it asks for, and the first places.
fn line(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap();
    let places: Vec<String> = nodes
        .iter()
        .take(3)
        .map(|node| {
            format!("{} ({})", node["target"], node["failureSummary"].as_str().unwrap_or_default().replace('\n', " "))
        })
        .collect();
    let text = |name: &str| violation[name].as_str().unwrap_or_default().to_owned();
    format!("{} [{}] {} at {} places: {}", text("id"), text("impact"), text("help"), nodes.len(), places.join("; "))
}
