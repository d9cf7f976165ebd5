//! How SQLite answers each statement: none on a large table goes through all rows of a tenant, but those that stop at a limit in the order
//! they go in, or that do so on purpose. SQLite plans without statistics here as it does for people.

use super::exceptions::{Exception, Exceptions};
use super::source::{Repository, Violation};
use super::statements::{constants, plain};
use connector_server::store::Store;
use sqlx::{AnyConnection, Connection as _, Row as _};

/// Tables that grow with what comes in.
const LARGE: [&str; 8] = ["journal", "delivery", "fact", "alias", "attempt", "lead", "handle", "calendar"];

/// Functions that go through many rows: file, function, why that is right.
const WALKS: &[Exception] = &[
    ("addition.rs", "latest", "the latest ids, up to a limit"),
    ("backup.rs", "contents", "counts what a copy holds, before it takes the place of the database"),
    ("delivery.rs", "look_first", "once, after a database went back in time, all that is ready, whoever's it is"),
    ("delivery_list.rs", "made_meetings", "the latest that were made, up to a limit"),
    ("journal.rs", "pending", "the oldest that wait, up to a limit"),
    ("journal_list.rs", "pending_of", "the latest that wait, up to a limit"),
    ("journal_list.rs", "events", "the latest, up to a limit"),
    ("ledger.rs", "balances", "counts what waits in its own index, which is short"),
    ("stand_by.rs", "grants_due", "one row for each sign-in"),
    ("moving.rs", "written", "counts all that was written, once for a certificate"),
];

/// Statements that go through all rows of a tenant, or of all tenants, and exceptions that nothing needs any more.
///
/// # Errors
/// When no database can be made.
pub async fn no_walks(repository: &Repository) -> anyhow::Result<Vec<Violation>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("plans.db").display());
    Store::open(&url).await?.close().await;
    let mut database = AnyConnection::connect(&url).await?;
    let (mut walks, mut found) = (Exceptions::new(WALKS), Vec::new());
    for source in repository.sources.iter().filter(|source| source.path.starts_with("crates/server/src/store/")) {
        let constants = constants(source);
        for literal in source.production_literals() {
            let Some(statement) = explained(&plain(literal, &constants)) else { continue };
            let Ok(plan) = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&mut database).await else { continue };
            let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            let Some(step) = steps.into_iter().find(|step| is_walk(step)) else { continue };
            let function = source.function_at(literal.line);
            if !walks.cover(source, function) {
                found.push(source.violation(literal.line, format!("`{function}` goes through all rows: {step}")));
            }
        }
    }
    database.close().await?;
    found.extend(walks.stale("crates/server/tests/tidy/plans.rs"));
    Ok(found)
}

/// The question how a statement is answered, unless it is put together from parts.
fn explained(statement: &str) -> Option<String> {
    let begins = ["select ", "update ", "delete "].iter().any(|word| statement.starts_with(word));
    let whole = statement.replace("({$})", "(?)");
    if !begins || whole.contains('{') {
        return None;
    }
    Some(format!("explain query plan {}", whole.replace('$', "?")))
}

fn is_walk(step: &str) -> bool {
    let Some((way, rest)) = step.split_once(' ') else { return false };
    let index = rest.split_once("INDEX ").map_or(rest, |(_, index)| index);
    let large = LARGE.iter().any(|table| index.trim_start_matches("sqlite_autoindex_").starts_with(table));
    // A table that a statement calls by one letter.
    let unnamed = way == "SCAN" && rest.len() == 1;
    unnamed || large && (way == "SCAN" || index.ends_with("(tenant=?)"))
}

#[test]
fn a_walk_is_told_from_a_look() {
    for step in [
        "SCAN delivery",
        "SCAN d",
        "SEARCH d USING INDEX delivery_by_id (tenant=?)",
        "SCAN j USING COVERING INDEX journal_by_id",
    ] {
        assert!(is_walk(step), "{step}");
    }
    for step in
        ["SCAN counted", "SEARCH lead USING INDEX sqlite_autoindex_lead_1 (tenant=? AND person=?)", "SCAN tenant"]
    {
        assert!(!is_walk(step), "{step}");
    }
    assert!(is_walk("SEARCH a USING INDEX sqlite_autoindex_attempt_1 (tenant=?)"));
    assert_eq!(
        explained("select a from b where c in ({$}) and d = $1").as_deref(),
        Some("explain query plan select a from b where c in (?) and d = ?1")
    );
    assert_eq!(explained("select {columns} from b"), None);
}
