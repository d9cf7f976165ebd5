//! ARCHITECTURE.md compared with the sources: the table of imports, and the map of modules.

use super::source::{Repository, Source, Violation, is_word};
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENT: &str = "ARCHITECTURE.md";
const SERVER: &str = "crates/server/src/";

/// Imports that the table does not allow, and rows of modules that are not there.
pub fn imports(repository: &Repository) -> Vec<Violation> {
    let table = table(repository.document(DOCUMENT).unwrap_or_default());
    let modules: BTreeSet<String> = repository.sources.iter().filter_map(|source| module_of(SERVER, source)).collect();
    let mut found = Vec::new();
    for (name, (line, allowed)) in &table {
        let strange = allowed
            .iter()
            .filter(|other| !modules.contains(*other))
            .chain(Some(name).filter(|name| !modules.contains(*name)));
        for other in strange {
            let what = format!("the table of imports names `{other}`, which is not in {SERVER}");
            found.push(Violation { path: DOCUMENT.to_owned(), line: *line, what });
        }
    }
    for source in repository.sources.iter().filter(|source| !source.is_test()) {
        let Some(module) = module_of(SERVER, source) else { continue };
        let allowed = table.get(&module).map(|(_, allowed)| allowed);
        for (line, other) in used(source).into_iter().filter(|(_, other)| *other != module && modules.contains(other)) {
            if !allowed.is_some_and(|allowed| allowed.contains(&other)) {
                found.push(source.violation(line, format!("`{module}` may not use `{other}` (table in {DOCUMENT})")));
            }
        }
    }
    found
}

/// Modules that are not on the map, and entries of the map that lead nowhere.
pub fn modules(repository: &Repository) -> Vec<Violation> {
    let map = entries(repository.document(DOCUMENT).unwrap_or_default());
    let mut found = Vec::new();
    let on_map: BTreeSet<String> = map.iter().map(|(_, path)| path.clone()).collect();
    for (line, path) in &map {
        let is_there =
            [format!("{path}.rs"), format!("{path}/mod.rs"), format!("{path}/main.rs"), format!("{path}/lib.rs")];
        if !is_there.iter().any(|path| repository.sources.iter().any(|source| source.path == *path)) {
            let what = format!("the map names `{path}`, which is not there");
            found.push(Violation { path: DOCUMENT.to_owned(), line: *line, what });
        }
    }
    let mut missing = BTreeSet::new();
    for source in repository.sources.iter().filter(|source| !source.is_test()) {
        let Some((root, _)) = source.path.split_once("/src/") else { continue };
        let root = format!("{root}/src/");
        let Some(path) = module_of(&root, source).map(|name| format!("{root}{name}")) else { continue };
        if !on_map.contains(&path) && missing.insert(path.clone()) {
            found.push(source.violation(0, format!("`{path}` is not on the map in {DOCUMENT}")));
        }
    }
    found
}

/// The top module a source belongs to; none for the root of its crate.
fn module_of(root: &str, source: &Source) -> Option<String> {
    let inside = source.path.strip_prefix(root)?;
    let name = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

/// Top modules that a source names, with the lines: by `crate::` or by enough `super::`.
fn used(source: &Source) -> Vec<(usize, String)> {
    let inside = source.path.strip_prefix(SERVER).unwrap_or_default();
    let depth = inside.trim_end_matches("/mod.rs").split('/').count();
    let code = source.production().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for start in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&start) {
            let (before, rest) = (code.get(..at).unwrap_or_default(), code.get(at + start.len()..).unwrap_or_default());
            if !before.ends_with(is_word) && !before.ends_with("super::") {
                let line = before.matches('\n').count() + 1;
                found.extend(heads(rest).into_iter().map(|name| (line, name)));
            }
        }
    }
    found
}

/// The first names of a path, or of each path in braces.
fn heads(rest: &str) -> Vec<String> {
    let head = |text: &str| text.trim().split(|c: char| !is_word(c)).next().unwrap_or_default().to_owned();
    let Some(inside) = rest.strip_prefix('{') else { return vec![head(rest)] };
    let (mut depth, mut names, mut name) = (0_usize, Vec::new(), String::new());
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(head(&std::mem::take(&mut name))),
            _ if depth == 0 => name.push(c),
            _ => {}
        }
    }
    names.push(head(&name));
    names
}

/// The rows of the table of imports: module, line, what it may use.
fn table(document: &str) -> BTreeMap<String, (usize, BTreeSet<String>)> {
    let rows = document.lines().enumerate().skip_while(|(_, line)| !line.starts_with("| module | may use"));
    let rows = rows.skip(2).take_while(|(_, line)| line.starts_with('|'));
    rows.flat_map(|(index, line)| {
        let mut cells = line.trim_matches('|').split('|').map(quoted);
        let (names, allowed) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let allowed: BTreeSet<String> = allowed.into_iter().collect();
        names.into_iter().map(move |name| (name, (index + 1, allowed.clone())))
    })
    .collect()
}

/// The entries of the map: line, path without ending. A heading names the crate, each entry the modules before its colon.
fn entries(document: &str) -> Vec<(usize, String)> {
    let mut root = None;
    let mut found = Vec::new();
    for (index, line) in document.lines().enumerate() {
        if let Some(heading) = line.strip_prefix('#') {
            root = quoted(heading).into_iter().find(|name| Repository::exists(&format!("{name}/src")));
        }
        let Some((root, names)) = root.as_ref().zip(line.strip_prefix("- `")) else { continue };
        let names = format!("`{}", names.split_once(':').map_or(names, |(names, _)| names));
        found.extend(
            quoted(&names).into_iter().map(|name| (index + 1, format!("{root}/src/{}", name.trim_end_matches('/')))),
        );
    }
    found
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(path: &str, text: &str) -> Repository {
        let mut repository = Repository::of(&[
            ("crates/server/src/store/mod.rs", ""),
            ("crates/server/src/zoom.rs", ""),
            ("crates/server/src/dice.rs", ""),
            (path, text),
        ]);
        let table = "| module | may use | why |\n| --- | --- | --- |\n| `store`, `zoom` | `dice` | |\n| `dice` | | |\n";
        let map = "### `crates/server`\n\n- `store/`, `zoom`: two\n- `dice`: one\n";
        repository.texts.push((DOCUMENT.to_owned(), format!("{table}\n{map}")));
        repository
    }

    #[track_caller]
    fn check(path: &str, text: &str, violations: usize) {
        assert_eq!(imports(&repository(path, text)).len(), violations, "{path}: {text}");
    }

    #[test]
    fn an_import_is_seen_in_every_writing() {
        check("crates/server/src/zoom.rs", "use crate::dice::id;", 0);
        check("crates/server/src/zoom.rs", "use crate::store::Store;", 1);
        check("crates/server/src/zoom.rs", "let a = crate::store::b();", 1);
        check("crates/server/src/zoom.rs", "use super::store::Store;", 1);
        check("crates/server/src/store/a.rs", "use super::zoom;", 0);
        check("crates/server/src/store/a.rs", "use super::super::zoom;", 1);
        check("crates/server/src/zoom.rs", "use crate::{dice, store::{Store, Unit}};", 1);
        check("crates/server/src/zoom.rs", "use crate::{\n    dice,\n    store::Store,\n};", 1);
        check("crates/server/src/zoom.rs", "// crate::store", 0);
    }

    #[test]
    fn a_module_is_on_the_map_and_in_the_table_or_it_is_named() {
        assert_eq!(modules(&repository("crates/server/src/zoom.rs", "")), []);
        assert_eq!(modules(&repository("crates/server/src/extra.rs", "")).len(), 1);
        let mut lacking = repository("crates/server/src/zoom.rs", "");
        lacking.sources.retain(|source| !source.path.ends_with("dice.rs"));
        assert_eq!(modules(&lacking).len(), 1);
        assert_eq!(imports(&lacking).len(), 3);
    }
}
