//! Places where a rig may strike, and bugs on purpose: each is named in one line of the sources, and without their features
//! nothing of them is left.

use super::source::{Repository, Violation, is_word};
use std::collections::BTreeMap;

const SERVER: &str = "crates/server/src/";
const PLACES: &str = "crates/server/src/failpoint.rs";
const BUGS: &str = "crates/server/src/planted.rs";
/// The least number of places (failures B1).
const PLACES_MIN: usize = 40;

/// Places that are reached nowhere or in several lines.
pub fn places(repository: &Repository) -> Vec<Violation> {
    let mut found = once(repository, PLACES, "Point");
    let known = variants(repository, PLACES, "Point");
    if known.len() < PLACES_MIN {
        let what = format!("{} places, at least {PLACES_MIN}", known.len());
        found.push(Violation { path: PLACES.to_owned(), line: 0, what });
    }
    found
}

/// Bugs that are planted nowhere or in several lines.
pub fn bugs(repository: &Repository) -> Vec<Violation> {
    once(repository, BUGS, "Bug")
}

/// What stays in a build without the features.
pub fn nothing_is_left(repository: &Repository) -> Vec<Violation> {
    let wanted = [
        (PLACES, "failpoints", "pub const fn reached(_: Point) {}"),
        (BUGS, "planted-bugs", "pub const fn awake(_: Bug) -> bool {\n    false\n}"),
    ];
    let mut found = Vec::new();
    for (path, feature, empty) in wanted {
        let text = repository.sources.iter().find(|source| source.path == path).map_or("", |source| &source.text);
        let without = format!("#[cfg(not(feature = \"{feature}\"))]");
        let behind =
            text.split_once(&without).and_then(|(_, rest)| rest.split_once("\n\n")).map_or("", |(item, _)| item);
        if !behind.ends_with(empty) {
            let what = format!("without the feature {feature} it must be `{empty}`");
            found.push(Violation { path: path.to_owned(), line: 0, what });
        }
    }
    found
}

/// The variants of an enum, by the first match that names each.
fn variants(repository: &Repository, path: &str, name: &str) -> Vec<String> {
    let text = repository.sources.iter().find(|source| source.path == path).map_or("", |source| &source.code);
    let body = text.split_once(&format!("pub enum {name} {{")).and_then(|(_, rest)| rest.split_once('}'));
    let words = body.map_or("", |(body, _)| body).split(',').map(|word| word.trim().to_owned());
    words.filter(|word| !word.is_empty()).collect()
}

fn once(repository: &Repository, path: &str, name: &str) -> Vec<Violation> {
    let mut uses: BTreeMap<String, Vec<(String, usize)>> =
        variants(repository, path, name).into_iter().map(|variant| (variant, Vec::new())).collect();
    let prefix = format!("{name}::");
    for source in repository.sources.iter().filter(|source| source.path.starts_with(SERVER) && source.path != path) {
        for (line, code) in source.production() {
            for (at, _) in code.match_indices(&prefix) {
                let word = code.get(at + prefix.len()..).unwrap_or_default();
                let word = word.split(|c: char| !is_word(c)).next().unwrap_or_default();
                if let Some(lines) = uses.get_mut(word) {
                    lines.push((source.path.clone(), line));
                }
            }
        }
    }
    let wrong = uses.into_iter().filter(|(_, lines)| lines.len() != 1);
    let told = wrong.map(|(variant, lines)| Violation {
        path: path.to_owned(),
        line: 0,
        what: format!("{name}::{variant} stands in {} lines, not in one: {lines:?}", lines.len()),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, violations: usize) {
        let list = "pub enum Point {\n    /// One.\n    A,\n    /// Two.\n    B,\n}\n";
        let repository = Repository::of(&[(PLACES, list), ("crates/server/src/a.rs", text)]);
        assert_eq!(once(&repository, PLACES, "Point").len(), violations, "{text}");
    }

    #[test]
    fn a_place_that_is_reached_nowhere_or_twice_is_found() {
        check("reached(Point::A);\nreached(Point::B);", 0);
        check("reached(Point::A);", 1);
        check("reached(Point::A);\nreached(Point::B);\nreached(Point::B);", 1);
        check("// Point::A\nreached(Point::B);", 1);
    }
}
