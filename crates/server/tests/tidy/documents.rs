//! Documents compared with what they document, their links followed, and nothing said of places a reader cannot go to.

use super::source::{Repository, Violation};
use connector_core::code;
use connector_server::config::Config;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

const CONFIGURATION: &str = "docs/configuration.md";
const ERRORS: &str = "docs/errors.md";
/// Put together here, so that this file does not break its own rule.
const OUTSIDE: [&str; 3] = [concat!("/wo", "rk"), concat!("../sha", "red"), concat!("/tmp/", "wt")];

/// Rows of tables whose first cell is in backticks: line, cells.
fn rows(document: &str) -> Vec<(usize, Vec<String>)> {
    let rows = document.lines().enumerate().filter(|(_, line)| line.starts_with("| `"));
    rows.map(|(index, line)| {
        let cells = line.trim().trim_matches('|').split(" | ");
        (index + 1, cells.map(|cell| cell.trim().to_owned()).collect())
    })
    .collect()
}

/// Compares what is documented with what there is, in both directions.
fn compare(
    path: &str,
    documented: &BTreeMap<String, (usize, String)>,
    real: &BTreeMap<String, String>,
) -> Vec<Violation> {
    let violation = |line: usize, what: String| Violation { path: path.to_owned(), line, what };
    let mut found = Vec::new();
    for (name, value) in real {
        match documented.get(name) {
            None => found.push(violation(0, format!("`{name}` is missing"))),
            Some((line, said)) if said != value => {
                found.push(violation(*line, format!("`{name}` is said to be {said}, but is {value}")));
            }
            Some(_) => {}
        }
    }
    let unreal = documented.iter().filter(|(name, _)| !real.contains_key(*name));
    found.extend(unreal.map(|(name, (line, _))| violation(*line, format!("`{name}` does not exist"))));
    found
}

/// Keys of the configuration that are not documented, or not as they are.
pub fn configuration(repository: &Repository) -> Vec<Violation> {
    let document = repository.document(CONFIGURATION).unwrap_or_default();
    let documented = rows(document).into_iter().map(|(line, cells)| {
        let cell = |index: usize| cells.get(index).cloned().unwrap_or_default();
        (cell(0).trim_matches('`').to_owned(), (line, cell(1)))
    });
    let mut real = BTreeMap::new();
    let defaults = toml::Value::try_from(Config::default()).unwrap_or(toml::Value::Boolean(false));
    flatten("", &defaults, &mut real);
    compare(CONFIGURATION, &documented.collect(), &real)
}

fn flatten(path: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    let Some(table) = value.as_table() else {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        into.insert(path.to_owned(), if text.is_empty() { "empty".to_owned() } else { format!("`{text}`") });
        return;
    };
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        flatten(&path, value, into);
    }
}

/// Codes that are not documented, or without cause or repair.
pub fn errors(repository: &Repository) -> Vec<Violation> {
    let document = repository.document(ERRORS).unwrap_or_default();
    let (mut documented, mut found) = (BTreeMap::new(), Vec::new());
    for (line, cells) in rows(document) {
        if cells.len() != 4 || cells.iter().any(String::is_empty) {
            let what = "a row needs code, sentence, cause and repair".to_owned();
            found.push(Violation { path: ERRORS.to_owned(), line, what });
        }
        let cell = |index: usize| cells.get(index).cloned().unwrap_or_default();
        let code = cell(0).trim_matches('`').to_owned();
        let plain = |index: usize| cell(index).replace('`', "");
        let said = code::advice::of(&code).map(|advice| (advice.cause.to_owned(), advice.repair.to_owned()));
        if said.is_some_and(|said| said != (plain(2), plain(3))) {
            let what = format!("cause or repair of `{code}` is not what connector_core::code::advice says");
            found.push(Violation { path: ERRORS.to_owned(), line, what });
        }
        documented.insert(code, (line, cell(1)));
    }
    let real = code::ALL.iter().map(|code| (code.code.to_owned(), code.sentence.to_owned())).collect();
    found.extend(compare(ERRORS, &documented, &real));
    found
}

/// Links of documents that lead nowhere.
pub fn links(repository: &Repository) -> Vec<Violation> {
    let documents = repository.texts.iter().filter(|(path, _)| path.ends_with(".md"));
    documents.flat_map(|(path, text)| broken_links(path, text, Repository::exists)).collect()
}

fn broken_links(path: &str, text: &str, exists: fn(&str) -> bool) -> Vec<Violation> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for link in line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let target = link.split('#').next().unwrap_or_default();
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            if target.is_empty() || is_elsewhere || exists(&joined(folder, target)) {
                continue;
            }
            found.push(Violation { path: path.to_owned(), line: index + 1, what: format!("{link} leads nowhere") });
        }
    }
    found
}

fn joined(folder: &Path, target: &str) -> String {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir | Component::Prefix(_) | Component::RootDir => {}
            Component::Normal(name) => path.push(name),
        }
    }
    path.to_string_lossy().into_owned()
}

/// Places that only existed where something was written.
pub fn outside_paths(repository: &Repository) -> Vec<Violation> {
    let sources = repository.sources.iter().map(|source| (&source.path, &source.text));
    let texts = repository.texts.iter().map(|(path, text)| (path, text));
    let mut found = Vec::new();
    for (path, text) in sources.chain(texts) {
        for (index, line) in text.lines().enumerate() {
            found.extend(OUTSIDE.iter().filter(|place| leads_to(line, place)).map(|place| Violation {
                path: path.clone(),
                line: index + 1,
                what: format!("{place} is outside of the repository"),
            }));
        }
    }
    found
}

fn leads_to(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + place.len()..).unwrap_or_default());
        !before.ends_with(|c: char| c.is_alphanumeric())
            && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_from_where_it_stands() {
        let exists = |path: &str| path == "docs/errors.md" || path == "LICENSE";
        assert_eq!(broken_links("docs/a.md", "[a](errors.md#b) [c](../LICENSE) [d](https://e.f) [g](#h)", exists), []);
        assert_eq!(broken_links("docs/a.md", "x\n[a](docs/errors.md)", exists).len(), 1);
    }

    #[test]
    fn a_difference_is_named_in_both_directions() {
        let documented =
            BTreeMap::from([("a".to_owned(), (1, "`1`".to_owned())), ("b".to_owned(), (2, String::new()))]);
        let real = BTreeMap::from([("a".to_owned(), "`2`".to_owned()), ("c".to_owned(), "`3`".to_owned())]);
        assert_eq!(compare("docs/a.md", &documented, &real).len(), 3);
    }

    #[test]
    fn a_place_outside_is_told_from_a_longer_name() {
        assert!(leads_to(&format!("see {}/a.md", OUTSIDE[0]), OUTSIDE[0]));
        assert!(!leads_to(&format!("in the {}space", OUTSIDE[0]), OUTSIDE[0]));
        assert!(!leads_to(&format!("net{}/a", OUTSIDE[0]), OUTSIDE[0]));
    }
}
