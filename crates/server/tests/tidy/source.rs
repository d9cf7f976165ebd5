//! The repository as text: its files, and for Rust sources the code without comments and literals, the literals, and
//! where the tests begin.

use std::fmt;
use std::path::Path;

/// Where a rule is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Relative to the root of the repository.
    pub path: String,
    /// From 1; 0 means the whole file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Every text file of the repository.
#[derive(Debug, Default)]
pub struct Repository {
    /// Rust sources.
    pub sources: Vec<Source>,
    /// All other texts, as path and content.
    pub texts: Vec<(String, String)>,
}

/// A Rust source.
#[derive(Debug)]
pub struct Source {
    /// Relative to the root of the repository, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// As long and with the same lines as `text`, but with blanks for comments and for what stands in literals.
    pub code: String,
    /// What stands in its string literals.
    pub literals: Vec<Literal>,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The line it begins in, from 1.
    pub line: usize,
    /// Its content; escapes are not resolved, but a line continuation is.
    pub text: String,
}

const ENDINGS: [&str; 9] = ["rs", "md", "toml", "sql", "html", "css", "js", "svg", "snap"];
const NOT_OURS: [&str; 4] = ["target", ".git", "data", "node_modules"];

impl Repository {
    /// Reads the repository this test stands in.
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut repository = Self::default();
        repository.walk(&root, &root);
        repository.sources.sort_by(|one, other| one.path.cmp(&other.path));
        repository.texts.sort();
        repository
    }

    /// A repository of made-up sources.
    #[cfg(test)]
    pub fn of(sources: &[(&str, &str)]) -> Self {
        Self { sources: sources.iter().map(|(path, text)| Source::new(path, text)).collect(), texts: Vec::new() }
    }

    /// The text of a document.
    pub fn document(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| known == path).map(|(_, text)| text.as_str())
    }

    /// Whether there is a file or folder at that place.
    pub fn exists(path: &str) -> bool {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).exists()
    }

    fn walk(&mut self, root: &Path, folder: &Path) {
        let entries = std::fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).collect::<Vec<_>>());
        for path in entries.unwrap_or_default().into_iter().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !NOT_OURS.contains(&name) {
                    self.walk(root, &path);
                }
            } else if is_text(&path) {
                self.take(root, &path);
            }
        }
    }

    fn take(&mut self, root: &Path, path: &Path) {
        let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let Ok(text) = std::fs::read_to_string(path) else { return };
        if relative.ends_with(".rs") {
            self.sources.push(Source::new(&relative, &text));
        } else {
            self.texts.push((relative, text));
        }
    }
}

fn is_text(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.contains(&ending) || path.ends_with(".ci/run") || path.ends_with(".gitignore")
}

impl Source {
    /// A source of that text.
    pub fn new(path: &str, text: &str) -> Self {
        let (code, literals) = Reader::default().read(text);
        Self { path: path.to_owned(), text: text.to_owned(), code, literals }
    }

    /// Whether all of it is test code.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Its lines before the inline tests; all of them in a file that is test code.
    pub fn production_lines(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let begins_tests = |rest: &[&str]| {
            let mut rest = rest.iter().skip_while(|line| line.starts_with("#["));
            rest.next().is_some_and(|line| line.starts_with("mod tests {"))
        };
        let is_begin =
            |(at, line): (usize, &&str)| *line == "#[cfg(test)]" && lines.get(at..).is_some_and(begins_tests);
        lines.iter().enumerate().position(is_begin).unwrap_or(lines.len())
    }

    /// Lines of code that are no test, with their numbers.
    pub fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        let count = if self.is_test() { 0 } else { self.production_lines() };
        self.code.lines().take(count).enumerate().map(|(index, line)| (index + 1, line))
    }

    /// String literals that stand in no test.
    pub fn production_literals(&self) -> impl Iterator<Item = &Literal> {
        let count = if self.is_test() { 0 } else { self.production_lines() };
        self.literals.iter().filter(move |literal| literal.line <= count)
    }

    /// The function in whose body the line stands, or the last before it.
    pub fn function_at(&self, line: usize) -> &str {
        let before = self.code.lines().take(line).filter_map(|line| line.split_once("fn ").map(|(_, rest)| rest));
        before.last().and_then(|rest| rest.split(|c: char| !is_word(c)).next()).unwrap_or_default()
    }

    /// A violation in a line of it.
    pub fn violation(&self, line: usize, what: impl Into<String>) -> Violation {
        Violation { path: self.path.clone(), line, what: what.into() }
    }
}

/// Whether a character may stand in a name.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the text has the word, not as a part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// Takes code, comments and literals apart.
#[derive(Default)]
struct Reader {
    text: Vec<char>,
    at: usize,
    line: usize,
    code: String,
    literals: Vec<Literal>,
}

impl Reader {
    fn read(mut self, text: &str) -> (String, Vec<Literal>) {
        (self.text, self.line) = (text.chars().collect(), 1);
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('/')) => self.blank_while(|reader| reader.peek(0) != Some('\n')),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.literal(0),
                ('r', Some('"' | '#')) if !self.code.ends_with(|c: char| is_word(c) && c != 'b') => self.raw(),
                ('\'', _) => self.quote(),
                _ => self.keep(),
            }
        }
        (self.code, self.literals)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        let Some(c) = self.peek(0) else { return };
        self.code.push(c);
        self.line += usize::from(c == '\n');
        self.at += 1;
    }

    fn blank(&mut self) {
        let Some(c) = self.peek(0) else { return };
        self.code.push(if c == '\n' { '\n' } else { ' ' });
        self.line += usize::from(c == '\n');
        self.at += 1;
    }

    fn blank_while(&mut self, goes_on: impl Fn(&Self) -> bool) {
        while self.peek(0).is_some() && goes_on(self) {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    /// A literal whose opening quote is here; `hashes` stand behind its closing one, and mean that nothing is escaped.
    fn literal(&mut self, hashes: usize) {
        let (line, raw) = (self.line, hashes > 0);
        let mut text = String::new();
        self.keep();
        while let Some(c) = self.peek(0) {
            if c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                self.keep();
                break;
            }
            if c == '\\' && !raw {
                let next = self.peek(1);
                self.blank();
                if next == Some('\n') {
                    self.blank_while(|reader| reader.peek(0).is_some_and(char::is_whitespace));
                    continue;
                }
                text.push(c);
            }
            text.extend(self.peek(0));
            self.blank();
        }
        self.literals.push(Literal { line, text });
    }

    fn raw(&mut self) {
        let mut hashes = 0;
        while self.peek(1 + hashes) == Some('#') {
            hashes += 1;
        }
        if self.peek(1 + hashes) == Some('"') {
            for _ in 0..=hashes {
                self.keep();
            }
            // Without hashes a raw literal ends at the next quote; none of ours holds a backslash then.
            self.literal(hashes);
        } else {
            self.keep();
        }
    }

    /// A character, or the name of a lifetime.
    fn quote(&mut self) {
        self.keep();
        if self.peek(0) == Some('\\') {
            self.blank();
            self.blank();
            self.blank_while(|reader| reader.peek(0) != Some('\''));
            self.keep();
        } else if self.peek(1) == Some('\'') {
            self.blank();
            self.keep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: &str, literals: &[&str]) {
        let source = Source::new("crates/a/src/b.rs", text);
        assert_eq!(source.code, code);
        assert_eq!(source.literals.iter().map(|literal| literal.text.as_str()).collect::<Vec<_>>(), literals);
    }

    #[test]
    fn comments_and_literals_are_taken_out_of_code() {
        check("let a = 1; // tokio", "let a = 1;         ", &[]);
        check("/* a /* b */ c */x", "                 x", &[]);
        check("f(\"a // b\")", "f(\"      \")", &["a // b"]);
        check("f(\"a\\\"b\")", "f(\"    \")", &["a\\\"b"]);
        check("f(r#\"a\"b\"#)", "f(r#\"   \"#)", &["a\"b"]);
        check("('\"', '\\'', 'a')", "(' ', '  ', ' ')", &[]);
        check("fn a<'b>(c: &'b str) {}", "fn a<'b>(c: &'b str) {}", &[]);
        check("f(\"a \\\n   b\")", "f(\"   \n    \")", &["a b"]);
    }

    #[test]
    fn lines_before_the_tests_are_counted() {
        let source = Source::new("crates/a/src/b.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(source.production_lines(), 2);
        assert_eq!(source.production().count(), 2);
        let with_lint =
            Source::new("crates/a/src/b.rs", "fn a() {}\n#[cfg(test)]\n#[expect(dead_code)]\nmod tests {\n}\n");
        assert_eq!(with_lint.production_lines(), 1);
        assert_eq!(source.function_at(2), "a");
    }

    #[test]
    fn a_word_is_not_found_within_another() {
        assert!(has_word("use rand::x", "rand"));
        assert!(!has_word("let operand = 1", "rand"));
    }
}
