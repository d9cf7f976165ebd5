//! Looking through all activities of a lead, although it is not settled whether LeadSquared's `Offset` counts rows or pages
//! (leadsquared.md § 3.13): first everything in one page, which is the same either way; where that is not given, page by page
//! by one reading and then by the other, until every row was seen. Only then may somebody say that something is not there.

use super::reply::MarkerRead;
use std::collections::BTreeSet;

/// Rows of the first page; few leads have more activities of one type.
pub const FIRST_ROWS: usize = 100;
/// Rows of a page at the most.
pub const ROWS_MAX: usize = 1_000;
/// Pages of one look at the most; a lead with more activities of one type stays unclear.
pub const PAGES_MAX: usize = 50;

/// A page to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// `Offset`: rows or pages to skip.
    pub offset: usize,
    /// `RowCount`.
    pub rows: usize,
}

/// How far a look has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// This page comes next.
    Next(Page),
    /// Every row was seen.
    Complete,
    /// It cannot be completed.
    GivenUp,
}

/// By which way the pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    First,
    AllAtOnce,
    SkippingRows,
    SkippingPages,
}

/// A look through the activities of a lead.
#[derive(Debug)]
pub struct Look {
    way: Way,
    page: Page,
    pages: usize,
    seen: BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Default for Look {
    fn default() -> Self {
        let page = Page { offset: 0, rows: FIRST_ROWS };
        Self { way: Way::First, page, pages: 0, seen: BTreeSet::new(), found: BTreeSet::new() }
    }
}

impl Look {
    /// The page to ask for now.
    #[must_use]
    pub fn page(&self) -> Page {
        self.page
    }

    /// Takes in the answer to [`Look::page`], and says what comes next.
    pub fn take(&mut self, read: MarkerRead) -> Progress {
        let (given, seen_before) = (read.rows.len(), self.seen.len());
        self.found.extend(read.found);
        self.seen.extend(read.rows);
        self.pages += 1;
        let complete = match (read.total, self.way) {
            (Some(total), _) => self.seen.len() >= total,
            // Without a total, only a page that was not filled says that there is no more.
            (None, Way::First | Way::AllAtOnce) => given < self.page.rows,
            (None, Way::SkippingRows | Way::SkippingPages) => false,
        };
        if complete {
            return Progress::Complete;
        }
        let news = self.seen.len() > seen_before;
        let next = match self.way {
            Way::First => {
                let rows = read.total.map_or(ROWS_MAX, |total| (total + FIRST_ROWS).min(ROWS_MAX));
                Some((Way::AllAtOnce, Page { offset: 0, rows }))
            }
            Way::AllAtOnce => (given > 0).then_some((Way::SkippingRows, Page { offset: given, rows: given })),
            Way::SkippingRows if news => {
                Some((self.way, Page { offset: self.page.offset + self.page.rows, ..self.page }))
            }
            Way::SkippingRows => Some((Way::SkippingPages, Page { offset: 1, ..self.page })),
            Way::SkippingPages => news.then_some((self.way, Page { offset: self.page.offset + 1, ..self.page })),
        };
        match next.filter(|_| self.pages < PAGES_MAX) {
            Some((way, page)) => {
                (self.way, self.page) = (way, page);
                Progress::Next(page)
            }
            None => Progress::GivenUp,
        }
    }

    /// The ids found so far that carry the marker.
    #[must_use]
    pub fn found(self) -> Vec<String> {
        self.found.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a pretend server answers: rows there, the most it gives in a page, what `Offset` means, whether it tells a total.
    #[derive(Clone, Copy)]
    struct Server {
        rows: usize,
        page_max: usize,
        counts_pages: bool,
        tells_total: bool,
    }

    impl Server {
        fn answer(self, page: Page) -> MarkerRead {
            let rows = page.rows.min(self.page_max);
            let skip = if self.counts_pages { page.offset * rows } else { page.offset };
            let rows: Vec<String> = (skip..self.rows).take(rows).map(|row| row.to_string()).collect();
            // The last one carries the marker.
            let last = (self.rows - 1).to_string();
            let found = rows.iter().filter(|row| **row == last).cloned().collect();
            MarkerRead { found, rows, total: self.tells_total.then_some(self.rows) }
        }
    }

    #[track_caller]
    fn check(server: Server, expected: Progress, calls: usize) {
        let (mut look, mut made) = (Look::default(), 0);
        let ended = loop {
            made += 1;
            match look.take(server.answer(look.page())) {
                Progress::Next(page) => assert_eq!(page, look.page()),
                ended @ (Progress::Complete | Progress::GivenUp) => break ended,
            }
        };
        assert_eq!((ended, made), (expected, calls));
        if expected == Progress::Complete {
            assert_eq!(look.found(), [(server.rows - 1).to_string()]);
        }
    }

    #[test]
    fn everything_is_seen_whatever_offset_means() {
        for counts_pages in [false, true] {
            let server = |rows, page_max| Server { rows, page_max, counts_pages, tells_total: true };
            check(server(1, 1_000), Progress::Complete, 1);
            check(server(100, 1_000), Progress::Complete, 1);
            check(server(101, 1_000), Progress::Complete, 2);
            check(server(1_000, 1_000), Progress::Complete, 2);
        }
        let server = |counts_pages| Server { rows: 2_400, page_max: 1_000, counts_pages, tells_total: true };
        check(server(false), Progress::Complete, 4);
        check(server(true), Progress::Complete, 5);
        // A server that gives fewer rows than it is asked for.
        let small = |counts_pages| Server { rows: 240, page_max: 25, counts_pages, tells_total: true };
        check(small(false), Progress::Complete, 11);
        check(small(true), Progress::Complete, 12);
    }

    #[test]
    fn what_cannot_be_seen_to_the_end_is_never_called_complete() {
        let server = Server { rows: 5_000, page_max: 25, counts_pages: false, tells_total: true };
        check(server, Progress::GivenUp, PAGES_MAX);
        let silent = |rows| Server { rows, page_max: 1_000, counts_pages: false, tells_total: false };
        check(silent(99), Progress::Complete, 1);
        check(silent(999), Progress::Complete, 2);
        check(silent(1_500), Progress::GivenUp, 5);
        let mut look = Look::default();
        assert!(matches!(look.take(MarkerRead { found: vec![], rows: vec![], total: Some(7) }), Progress::Next(_)));
        assert_eq!(look.take(MarkerRead { found: vec![], rows: vec![], total: Some(7) }), Progress::GivenUp);
    }
}
