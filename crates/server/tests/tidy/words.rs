//! Words that are not ours (CONTRIBUTING.md, "Words"), and words that promise to come back.

use super::source::{Repository, Source, Violation, has_word, is_word};

/// Parts of names that say nothing, or mean something else here.
const NOT_OURS: [&str; 10] =
    ["message", "job", "payload", "manager", "handler", "service", "processor", "helper", "util", "common"];
/// What stands before a name we give.
const BEFORE_A_NAME: [&str; 6] = ["struct", "enum", "trait", "type", "union", "mod"];
/// Put together here, so that this file does not break its own rule.
const LEFT_FOR_LATER: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];

/// Types and modules with a name that is not ours.
pub fn names(repository: &Repository) -> Vec<Violation> {
    repository.sources.iter().flat_map(names_in).collect()
}

fn names_in(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in source.code.lines().enumerate() {
        let words: Vec<&str> = line.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let [before, name] = pair else { continue };
            let part = parts(name).into_iter().find(|part| is_not_ours(part));
            if let (true, Some(part)) = (BEFORE_A_NAME.contains(before), part) {
                found.push(source.violation(index + 1, format!("`{name}`: \"{part}\" is not one of our words")));
            }
        }
    }
    found
}

fn is_not_ours(part: &str) -> bool {
    NOT_OURS.contains(&part) || NOT_OURS.contains(&part.trim_end_matches('s'))
}

/// The words of a name in either writing, in small letters.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            parts.push(String::new());
        }
        if let (true, Some(last)) = (c != '_', parts.last_mut()) {
            last.extend(c.to_lowercase());
        }
    }
    parts
}

/// Places that someone meant to come back to.
pub fn left_for_later(repository: &Repository) -> Vec<Violation> {
    let sources = repository.sources.iter().map(|source| (&source.path, &source.text));
    let texts = repository.texts.iter().map(|(path, text)| (path, text));
    let mut found = Vec::new();
    for (path, text) in sources.chain(texts) {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = LEFT_FOR_LATER.iter().find(|word| is_said(line, word)) {
                let what = format!("`{word}`: do it, or say in the issue tracker that it is to be done");
                found.push(Violation { path: path.clone(), line: index + 1, what });
            }
        }
    }
    found
}

fn is_said(line: &str, word: &str) -> bool {
    if word.ends_with('!') { line.contains(word) } else { has_word(line, word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, violations: usize) {
        assert_eq!(names(&Repository::of(&[("crates/a/src/b.rs", text)])).len(), violations, "{text}");
    }

    #[test]
    fn names_are_taken_apart_into_words() {
        check("pub struct TaskManager;", 1);
        check("enum MessageKind {}", 1);
        check("mod string_utils;", 1);
        check("pub(crate) mod common {", 1);
        check("struct Jobs;", 1);
        check("struct Jobless;", 0);
        check("struct Notification;", 0);
        check("let service = 1; // struct Manager", 0);
    }

    #[test]
    fn what_is_left_for_later_is_found_in_comments_too() {
        let text = format!("// {}: later\nfn a() {{}}", LEFT_FOR_LATER[0]);
        assert_eq!(left_for_later(&Repository::of(&[("crates/a/src/b.rs", &text)])).len(), 1);
    }
}
