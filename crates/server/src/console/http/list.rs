//! What every list of the console does alike: its filters in its address, its order, its pages, what is shown when it cannot be
//! loaded, and the table of what matches.

use super::super::list::{Empty, List, Total, Turn};
use super::{PAGE_ROWS, address};
use crate::store::{Order, StoreError};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::addition::csv;

/// The longest text of a filter that is looked for, in characters.
pub(super) const FILTER_CHARS_MAX: usize = 128;
/// What is counted of a list at the most.
pub(super) const COUNTED_MAX: i64 = 10_000;
/// Rows of a table at the most.
pub(super) const TABLE_ROWS_MAX: usize = 10_000;
/// Rows that are read at once for a table.
pub(super) const TABLE_PAGE_ROWS: i64 = 500;
/// The word of an address that turns a list around.
const OLDEST: &str = "oldest";

/// A text of an address as it is looked for.
pub(super) fn wanted(text: &str) -> String {
    text.trim().chars().take(FILTER_CHARS_MAX).collect()
}

/// A text as a filter; none where it is empty.
pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The order that an address asks for.
pub(super) fn order(sort: &str) -> Order {
    if sort == OLDEST { Order::OldestFirst } else { Order::NewestFirst }
}

/// The id behind which the next page begins, if this page is full.
pub(super) fn next_page<T>(rows: &[T], id: impl Fn(&T) -> &str) -> Option<String> {
    let full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE_ROWS);
    rows.last().filter(|_| full).map(|row| id(row).to_owned())
}

/// What was read, or nothing and that it could not be.
pub(super) fn loaded<T: Default>(read: Result<T, StoreError>) -> (T, bool) {
    match read {
        Ok(rows) => (rows, true),
        Err(error) => {
            tracing::warn!(%error, "a list could not be loaded");
            (T::default(), false)
        }
    }
}

/// The page of a list; one that could not be loaded says so to machines as well.
pub(super) fn answer(page: Response, list: Empty) -> Response {
    match list {
        Empty::NotLoaded => (StatusCode::SERVICE_UNAVAILABLE, page).into_response(),
        Empty::No | Empty::NothingYet | Empty::NothingMatches => page,
    }
}

/// A list as an address asks for it.
pub(super) struct Asked<'a> {
    /// The address without a query.
    pub(super) path: &'a str,
    /// What is filtered by: names and values.
    pub(super) filters: &'a [(&'a str, &'a str)],
    /// What the address calls the row behind which the page begins.
    pub(super) cursor: &'a str,
    /// That row; empty on the first page.
    pub(super) before: &'a str,
    /// The order; none where no index keeps another one.
    pub(super) order: Option<Order>,
}

/// What there is of a list.
pub(super) struct Found {
    /// What there is, several of them.
    pub(super) noun: &'static str,
    /// How many match.
    pub(super) total: Total,
    /// Rows on the page; none where they could not be loaded.
    pub(super) rows: Option<usize>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

impl Asked<'_> {
    fn at(&self, path: &str, order: Option<Order>, before: &str) -> String {
        let sort = if order == Some(Order::OldestFirst) { OLDEST } else { "" };
        address(path, &[self.filters, &[("sort", sort), (self.cursor, before)]].concat())
    }

    fn empty(&self, found: &Found) -> Empty {
        let filtered = self.is_filtered() || !self.before.is_empty();
        match (found.rows, filtered) {
            (None, _) => Empty::NotLoaded,
            (Some(0), false) => Empty::NothingYet,
            (Some(0), true) => Empty::NothingMatches,
            (Some(_), _) => Empty::No,
        }
    }

    fn is_filtered(&self) -> bool {
        self.filters.iter().any(|(_, value)| !value.is_empty())
    }

    /// What stands around it.
    pub(super) fn list(&self, found: Found) -> List {
        let turn = self.order.map(|order| match order {
            Order::NewestFirst => {
                Turn { word: "Oldest first".to_owned(), link: self.at(self.path, Some(Order::OldestFirst), "") }
            }
            Order::OldestFirst => {
                Turn { word: "Newest first".to_owned(), link: self.at(self.path, Some(Order::NewestFirst), "") }
            }
        });
        let empty = self.empty(&found);
        let table = (empty == Empty::No).then(|| self.at(&format!("{}.csv", self.path), self.order, ""));
        List {
            noun: found.noun.to_owned(),
            total: found.total,
            empty,
            clear: self.path.to_owned(),
            filtered: self.is_filtered(),
            turn,
            newest: (!self.before.is_empty()).then(|| self.at(self.path, self.order, "")),
            older: found.next.map(|next| self.at(self.path, self.order, &next)),
            table,
        }
    }
}

/// A table for spreadsheets that is being written.
pub(super) struct Table {
    text: String,
    rows: usize,
}

impl Table {
    /// A table with that head.
    pub(super) fn new(head: &[&str]) -> Self {
        Self { text: csv::line(head), rows: 0 }
    }

    /// Adds a row, unless the table is full.
    pub(super) fn push(&mut self, cells: &[&str]) {
        if self.rows < TABLE_ROWS_MAX {
            self.text.push_str(&csv::line(cells));
        }
        self.rows += 1;
    }

    /// Whether no further row is taken.
    pub(super) fn is_full(&self) -> bool {
        self.rows > TABLE_ROWS_MAX
    }

    /// The table as a file of that name. One that is cut off says so in its last line.
    pub(super) fn answer(mut self, name: &str) -> Response {
        if self.is_full() {
            self.text.push_str(&csv::line(&["There is more: a table has 10,000 rows at the most. Filter the list."]));
        }
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        ];
        (headers, self.text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: [(&str, &str); 2] = [("state", "parked"), ("who", "")];

    fn asked<'a>(filters: &'a [(&'a str, &'a str)], before: &'a str) -> Asked<'a> {
        Asked { path: "/t/a/deliveries", filters, cursor: "before", before, order: Some(Order::NewestFirst) }
    }

    fn found(rows: Option<usize>) -> Found {
        Found { noun: "deliveries", total: Total::Unknown, rows, next: Some("d9".to_owned()) }
    }

    #[test]
    fn the_three_kinds_of_emptiness_are_told_apart() {
        for (filters, rows, empty) in [
            (&FILTERS[..], Some(0), Empty::NothingMatches),
            (&[][..], Some(0), Empty::NothingYet),
            (&[][..], None, Empty::NotLoaded),
            (&FILTERS[..], Some(1), Empty::No),
        ] {
            assert_eq!(asked(filters, "").list(found(rows)).empty, empty);
        }
    }

    #[test]
    fn every_address_of_a_list_keeps_its_filters() {
        let list = asked(&FILTERS, "d50").list(found(Some(50)));
        assert_eq!(list.older.as_deref(), Some("/t/a/deliveries?state=parked&before=d9"));
        assert_eq!(list.newest.as_deref(), Some("/t/a/deliveries?state=parked"));
        assert_eq!(list.turn.unwrap().link, "/t/a/deliveries?state=parked&sort=oldest");
        assert_eq!(list.table.as_deref(), Some("/t/a/deliveries.csv?state=parked"));
        assert_eq!(list.clear, "/t/a/deliveries");
    }

    #[test]
    fn a_table_that_is_cut_off_says_so() {
        let mut table = Table::new(&["a"]);
        for _ in 0..=TABLE_ROWS_MAX {
            table.push(&["=1"]);
        }
        assert!(table.is_full() && table.text.ends_with("'=1\r\n"));
        assert_eq!(table.text.lines().count(), TABLE_ROWS_MAX + 1);
    }
}
