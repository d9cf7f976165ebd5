//! Page tokens: bound to the query that got them, and short-lived.

use std::collections::HashMap;

/// Tokens that are kept before the expired ones are swept out.
const TOKENS_MAX: usize = 10_000;

#[derive(Debug)]
struct Place {
    query: String,
    offset: usize,
    ends_ms: i64,
}

/// All page tokens.
#[derive(Debug, Default)]
pub(super) struct Pages(HashMap<String, Place>);

impl Pages {
    /// Where a query goes on; none when the token is another query's, unknown or expired.
    pub(super) fn resume(&self, token: &str, query: &str, now_ms: i64) -> Option<usize> {
        let place = self.0.get(token).filter(|place| place.query == query && now_ms < place.ends_ms)?;
        Some(place.offset)
    }

    /// Remembers where the query goes on.
    pub(super) fn hand_out(&mut self, token: &str, query: &str, (offset, now_ms, ends_ms): (usize, i64, i64)) {
        if self.0.len() >= TOKENS_MAX {
            self.0.retain(|_, place| now_ms < place.ends_ms);
        }
        self.0.insert(token.to_owned(), Place { query: query.to_owned(), offset, ends_ms });
    }
}
