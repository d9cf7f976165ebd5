//! Statements over many rows. A template says each value once as `$` and what is repeated for each row in braces; from it
//! come few texts, each made once and kept, so that the database keeps them prepared.

use super::dialect::Dialect;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// A text that was made of a template of ours.
pub(super) type Text = AssertSqlSafe<Arc<str>>;
type Texts = HashMap<(Dialect, &'static str, usize), Arc<str>>;

/// Texts that were made. Few: a template has as many as there are sizes of pieces.
static TEXTS: LazyLock<RwLock<Texts>> = LazyLock::new(RwLock::default);

/// The text of `template` for so many rows. Values are bound in the order in which they stand in the text.
pub(super) fn text(dialect: Dialect, template: &'static str, rows: usize) -> Text {
    let key = (dialect, template, rows);
    if let Some(text) = TEXTS.read().ok().and_then(|texts| texts.get(&key).cloned()) {
        return AssertSqlSafe(text);
    }
    let text: Arc<str> = written(dialect, template, rows).into();
    if let Ok(mut texts) = TEXTS.write() {
        texts.insert(key, Arc::clone(&text));
    }
    AssertSqlSafe(text)
}

/// Writes a template out: what stands in braces once for each row, and every `$` as a parameter of its own.
fn written(dialect: Dialect, template: &str, rows: usize) -> String {
    let mut repeated = String::with_capacity(template.len() + rows * 32);
    let mut rest = template;
    while let Some((before, block, after)) = block(rest) {
        repeated.push_str(before);
        for row in 0..rows {
            repeated.push_str(if row == 0 { "" } else { "," });
            repeated.push_str(block);
        }
        rest = after;
    }
    repeated.push_str(rest);
    let mut text = String::with_capacity(repeated.len() * 2);
    for (number, part) in repeated.split('$').enumerate() {
        if number > 0 {
            text.push_str(&dialect.parameter(number));
        }
        text.push_str(part);
    }
    text
}

/// What stands before, in and after the first braces.
fn block(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (block, after) = rest.split_once('}')?;
    Some((before, block, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dialect: Dialect, template: &str, rows: usize, expected: &str) {
        assert_eq!(written(dialect, template, rows), expected);
    }

    #[test]
    fn rows_are_repeated_and_values_counted_through() {
        let insert = "insert into lead (tenant, person) values {($,$,0)} on conflict do nothing";
        let expected = "insert into lead (tenant, person) values ($1,$2,0),($3,$4,0) on conflict do nothing";
        check(Dialect::Postgres, insert, 2, expected);
        check(Dialect::Sqlite, insert, 1, "insert into lead (tenant, person) values (?,?,0) on conflict do nothing");
        check(Dialect::Postgres, "a = $ and b in ({$}) and c = $", 3, "a = $1 and b in ($2,$3,$4) and c = $5");
    }
}
