//! Codes: what stands in a stored row as its cause is one of the core's list, so that a person finds sentence and repair.

use super::source::{Repository, Violation, is_word};
use connector_core::code;
use std::collections::BTreeSet;

/// Codes in the sources that are not in the list.
pub fn listed(repository: &Repository) -> Vec<Violation> {
    let known: BTreeSet<&str> = code::ALL.iter().map(|code| code.code).collect();
    let areas: BTreeSet<&str> = known.iter().filter_map(|code| Some(code.split_once('.')?.0)).collect();
    let mut found = Vec::new();
    for source in &repository.sources {
        // Keys of the configuration and names of places look like codes.
        let is_alike = ["/config.rs", "/failpoint.rs"].iter().any(|file| source.path.ends_with(file));
        if !source.path.starts_with("crates/") || is_alike {
            continue;
        }
        for literal in source.production_literals() {
            let looks = literal.text.split_once('.').is_some_and(|(area, name)| areas.contains(area) && is_name(name));
            if looks && !known.contains(literal.text.as_str()) {
                found.push(
                    source.violation(literal.line, format!("`{}` is not in connector_core::code::ALL", literal.text)),
                );
            }
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !["html", "css", "js", "json", "db", "us"].contains(&text) && text.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, violations: usize) {
        assert_eq!(listed(&Repository::of(&[("crates/server/src/a.rs", text)])).len(), violations, "{text}");
    }

    #[test]
    fn only_listed_codes_may_be_said() {
        check("let a = \"lsq.rejected\";", 0);
        check("let a = \"lsq.never_listed\";", 1);
        check("let a = \"delivery.html\";", 0);
        check("let a = \"lsq.never listed\";", 0);
    }
}
