//! The shape of files.

use super::source::{Repository, Violation};

/// Lines of a file before its tests.
const LINES_MAX: usize = 500;

/// Files that have grown too long.
pub fn short_files(repository: &Repository) -> Vec<Violation> {
    let long = repository.sources.iter().filter(|source| source.production_lines() > LINES_MAX);
    long.map(|source| source.violation(0, format!("{} lines, at most {LINES_MAX}", source.production_lines())))
        .collect()
}

/// Files that do not begin with what they are.
pub fn module_comments(repository: &Repository) -> Vec<Violation> {
    let silent = repository.sources.iter().filter(|source| !source.text.starts_with("//!"));
    silent.map(|source| source.violation(1, "does not begin with `//!` and what it is")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_silent_files_are_found() {
        let long = "//! A\n".repeat(501);
        let repository = Repository::of(&[("crates/a/src/long.rs", &long), ("crates/a/src/silent.rs", "fn a() {}")]);
        assert_eq!(short_files(&repository).len(), 1);
        assert_eq!(module_comments(&repository).len(), 1);
    }
}
