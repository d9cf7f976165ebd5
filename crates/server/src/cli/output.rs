//! What commands print: a table or sentences for people, one JSON document for machines.

use serde::Serialize;
use std::io::Write as _;

/// How a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of tables.
    pub json: bool,
}

/// The longest cell of a table, in characters.
const CELL_CHARS_MAX: usize = 60;

impl Output {
    /// Prints a line.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn line(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", plain(text))?;
        Ok(out.flush()?)
    }

    /// Prints a value as one line of JSON.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(value)?)?;
        Ok(out.flush()?)
    }

    /// Says that something was done.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn done(&self, sentence: &str) -> anyhow::Result<()> {
        if self.json { self.value(&serde_json::json!({ "done": sentence })) } else { self.line(sentence) }
    }

    /// Prints a value: as JSON, or as what `lines` makes of it.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn show<T: Serialize>(&self, value: &T, lines: impl FnOnce(&T) -> Vec<String>) -> anyhow::Result<()> {
        if self.json {
            return self.value(value);
        }
        for line in lines(value) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// Prints lines for people; nothing as JSON.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn note(&self, lines: &[String]) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { lines.iter().try_for_each(|line| self.line(line)) }
    }

    /// Prints a list: as a JSON array, or as a table with a heading.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn list<T: Serialize>(
        &self,
        rows: &[T],
        heading: &[&str],
        cells: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<()> {
        if self.json {
            return self.value(&rows);
        }
        if rows.is_empty() {
            return self.line("Nothing there.");
        }
        let mut table = vec![heading.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
        table.extend(rows.iter().map(|row| cells(row).iter().map(|cell| clip(cell)).collect()));
        for line in aligned(&table) {
            self.line(&line)?;
        }
        Ok(())
    }
}

fn clip(cell: &str) -> String {
    connector_core::redact::clip(cell, CELL_CHARS_MAX)
}

/// A moment for people to read.
#[must_use]
pub(super) fn when(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A terminal must not be steered by what came from outside.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Rows with their columns set below each other.
fn aligned(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(aligned(&[row(["ID", "NAME"]), row(["é", "x"])]), ["ID  NAME", "é   x"]);
    }

    #[test]
    fn a_terminal_is_not_steered_from_outside() {
        assert_eq!(plain("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
    }
}
