//! What stands around every list: its total, its order, its pages, its table, and which of three kinds of emptiness it is.
//! The templates `part/list_head`, `part/list_empty` and `part/list_end` show it, the same on every page.

use super::filters::thousands;

/// A choice of a filter.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value in the address; empty means all.
    pub value: String,
    /// Shown to people.
    pub word: String,
}

/// Why a list has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// There are rows.
    No,
    /// Nothing was ever there.
    NothingYet,
    /// Nothing matches the filters.
    NothingMatches,
    /// It could not be loaded.
    NotLoaded,
}

impl Empty {
    /// As the templates name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::NothingYet => "yet",
            Self::NothingMatches => "matches",
            Self::NotLoaded => "loaded",
        }
    }
}

/// How many there are, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Nobody counted: it would take too long.
    Unknown,
    /// So many.
    Exactly(i64),
    /// More than that.
    MoreThan(i64),
}

impl Total {
    /// What was counted up to one more than `most`.
    #[must_use]
    pub fn counted(count: i64, most: i64) -> Self {
        if count > most { Self::MoreThan(most) } else { Self::Exactly(count) }
    }

    /// As it is shown; empty where nobody counted.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Exactly(count) => thousands(count),
            Self::MoreThan(count) => format!("{}+", thousands(count)),
        }
    }
}

/// The other order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// What the link says.
    pub word: String,
    /// The address of the list in that order.
    pub link: String,
}

/// What stands around a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What there is, several of them: `deliveries`.
    pub noun: String,
    /// How many match.
    pub total: Total,
    /// Why there are no rows.
    pub empty: Empty,
    /// The address without any filter.
    pub clear: String,
    /// Whether anything is filtered.
    pub filtered: bool,
    /// The other order; none where no index keeps it.
    pub turn: Option<Turn>,
    /// The address of the first page.
    pub newest: Option<String>,
    /// The address of the next page.
    pub older: Option<String>,
    /// The address of what matches as a table; none where there is nothing to put into one.
    pub table: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_says_how_far_it_was_counted() {
        for (total, words) in [
            (Total::counted(0, 10_000), "0"),
            (Total::counted(10_000, 10_000), "10,000"),
            (Total::counted(10_001, 10_000), "10,000+"),
            (Total::Unknown, ""),
        ] {
            assert_eq!(total.words(), words);
        }
    }
}
