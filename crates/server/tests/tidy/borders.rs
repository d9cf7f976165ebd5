//! Borders that have a name: what may be said only in some places.

use super::source::{Repository, Source, Violation, has_word};

/// Crates that would bring I/O, time or chance into the core.
const NOT_IN_CORE: [&str; 9] =
    ["tokio", "sqlx", "reqwest", "axum", "hyper", "rand", "getrandom", "connector_server", "connector_simulator"];
/// Ways to ask the machine for the time.
const TIME: [&str; 4] = ["SystemTime", "Instant", "Timestamp::now", "Zoned::now"];
/// Ways to start what nobody waits for.
const SPAWN: [&str; 3] = ["tokio::spawn(", "task::spawn(", "thread::spawn("];

/// Ways to call a remote system past sign-in and set-up.
const CALL: [&str; 4] = [".crm(", ".call(", "api_call(", "LeadSquared::new("];
/// What people and systems knock at.
const DOORS: [&str; 3] = ["crates/server/src/intake/", "crates/server/src/console/", "crates/server/src/api/"];

/// Lines of code below a folder that say one of the words.
fn said<'a>(
    repository: &'a Repository,
    below: &'a str,
    words: &'a [&'a str],
) -> impl Iterator<Item = (&'a Source, usize, &'a str)> {
    let sources = repository.sources.iter().filter(move |source| source.path.starts_with(below));
    sources.flat_map(move |source| {
        source.production().filter_map(move |(number, line)| {
            let word = words
                .iter()
                .find(|word| if word.ends_with('(') { line.contains(**word) } else { has_word(line, word) });
            word.map(|word| (source, number, *word))
        })
    })
}

fn manifest_names(repository: &Repository, path: &str, names: &[&str]) -> Vec<Violation> {
    let manifest = repository.document(path).unwrap_or_default();
    let lines = manifest.lines().enumerate().filter_map(|(index, line)| {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        let is_named = names.iter().any(|known| known.replace('_', "-") == name);
        is_named.then(|| Violation {
            path: path.to_owned(),
            line: index + 1,
            what: format!("may not depend on {name}"),
        })
    });
    lines.collect()
}

/// I/O, async, time and chance in the core.
pub fn pure_core(repository: &Repository) -> Vec<Violation> {
    let used = said(repository, "crates/core/src/", &NOT_IN_CORE);
    let used = used.map(|(source, line, word)| source.violation(line, format!("the core may not use {word}")));
    let timed = said(repository, "crates/core/src/", &TIME);
    let timed = timed.map(|(source, line, word)| source.violation(line, format!("{word}: time is an argument here")));
    let waits = said(repository, "crates/core/src/", &["async", "await"]);
    let waits = waits.map(|(source, line, word)| source.violation(line, format!("{word}: nothing waits in the core")));
    used.chain(timed).chain(waits).chain(manifest_names(repository, "crates/core/Cargo.toml", &NOT_IN_CORE)).collect()
}

/// The connector's own rules in the pretend systems.
pub fn independent_simulator(repository: &Repository) -> Vec<Violation> {
    let names = ["connector_core", "connector_server"];
    let used = said(repository, "crates/simulator/", &names);
    let used = used.map(|(source, line, word)| {
        source.violation(line, format!("{word}: what it gets wrong would be wrong here in the same way"))
    });
    used.chain(manifest_names(repository, "crates/simulator/Cargo.toml", &names)).collect()
}

/// SQL outside of the store.
pub fn sql_in_store(repository: &Repository) -> Vec<Violation> {
    let used = said(repository, "crates/server/src/", &["sqlx"]);
    let elsewhere = used.filter(|(source, _, _)| !source.path.starts_with("crates/server/src/store/"));
    elsewhere.map(|(source, line, _)| source.violation(line, "sqlx is private to store/")).collect()
}

/// Tasks that are started anywhere.
pub fn spawning(repository: &Repository) -> Vec<Violation> {
    let places = ["crates/server/src/app.rs", "crates/server/src/http.rs", "crates/server/src/store/mod.rs"];
    let used = said(repository, "crates/server/src/", &SPAWN);
    let elsewhere = used.filter(|(source, _, _)| !places.contains(&source.path.as_str()));
    elsewhere
        .map(|(source, line, word)| source.violation(line, format!("{word}) belongs to app, http and store")))
        .collect()
}

/// The machine's time outside of the clocks.
pub fn clock(repository: &Repository) -> Vec<Violation> {
    let used = said(repository, "", &TIME);
    let elsewhere = used.filter(|(source, _, _)| !source.path.ends_with("src/clock.rs"));
    elsewhere.map(|(source, line, word)| source.violation(line, format!("{word}: ask the crate's clock"))).collect()
}

/// Deliveries that are planned past the translator.
pub fn planning(repository: &Repository) -> Vec<Violation> {
    let used = said(repository, "crates/server/src/", &["delivery::plan("]);
    let elsewhere = used.filter(|(source, _, _)| source.path != "crates/server/src/translator.rs");
    elsewhere.map(|(source, line, _)| source.violation(line, "only the translator plans deliveries")).collect()
}

/// Calls from where somebody waits for an answer.
pub fn quiet_doors(repository: &Repository) -> Vec<Violation> {
    let called = DOORS.iter().flat_map(|door| said(repository, door, &CALL));
    called
        .map(|(source, line, word)| source.violation(line, format!("{word}): a door never calls a remote system")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Repository) -> Vec<Violation>, path: &str, text: &str, violations: usize) {
        assert_eq!(rule(&Repository::of(&[(path, text)])).len(), violations, "{path}: {text}");
    }

    #[test]
    fn every_border_is_watched() {
        check(pure_core, "crates/core/src/a.rs", "use tokio::time;", 1);
        check(pure_core, "crates/core/src/a.rs", "pub async fn a() {}", 1);
        check(pure_core, "crates/core/src/a.rs", "// tokio\nlet operand = \"axum\";", 0);
        check(independent_simulator, "crates/simulator/src/a.rs", "use connector_core::ids;", 1);
        check(sql_in_store, "crates/server/src/console/a.rs", "sqlx::query(\"\")", 1);
        check(sql_in_store, "crates/server/src/store/a.rs", "sqlx::query(\"\")", 0);
        check(spawning, "crates/server/src/keeper.rs", "tokio::spawn(work);", 1);
        check(spawning, "crates/server/src/store/mod.rs", "tokio::spawn(work);", 0);
        check(clock, "crates/bench/src/main.rs", "let a = Instant::now();", 1);
        check(clock, "crates/bench/src/clock.rs", "let a = Instant::now();", 0);
        check(quiet_doors, "crates/server/src/console/a.rs", "let crm = shared.crm(&tenant).await?;", 1);
        check(quiet_doors, "crates/server/src/setup.rs", "let crm = shared.crm(&tenant).await?;", 0);
        check(planning, "crates/server/src/api/a.rs", "delivery::plan(unit)", 1);
    }
}
