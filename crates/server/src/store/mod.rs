//! The store: the only place that speaks SQL, one file for each table.
//!
//! Every unit of work is a closure that runs in a task of its own, to its end, whoever leaves meanwhile: a dropped
//! database future could lose an acknowledged row (docs/decisions/0002-sqlx-any.md). No remote call is made inside a
//! unit. Statements on a tenant's table name the tenant.

pub mod dialect;
mod rows;
pub mod migration;
pub mod tenant;
pub mod tenant_list;
pub mod settings;
pub mod stranger;
pub mod connection;
pub mod grant;
pub mod health;
pub mod moving;
pub mod old_app;
pub mod own_app;
pub mod share;
pub mod removal;
pub mod alert;
pub mod alert_address;
pub mod alert_post;
pub mod mail;
pub mod sign_in;
pub mod stand_by;
pub mod journal;
pub mod ledger;
pub mod hourly;
pub mod journal_list;
pub mod journal_erase;
mod conditions;
pub mod fact;
pub mod guests;
pub mod handle;
pub mod held;
pub mod trial;
pub mod twin;
pub mod calendar;
pub mod calendar_list;
pub mod lead;
pub mod delivery;
pub mod delivery_list;
pub mod delivery_count;
pub mod issue;
pub mod known;
pub mod muted;
pub mod addition;
pub mod attempt;
pub mod follow;
pub mod host_day;
pub mod scheduled;
pub mod lane;
pub mod operator;
pub mod person;
pub mod api_key;
pub mod idempotency;
pub mod tenant_admin;
pub mod sales;
pub mod link;
pub mod reviewer;
pub mod audit;
pub mod audit_head;
pub mod beat;
pub mod backup;
pub mod sealed;

use crate::failpoint::{self, Point};
use dialect::Dialect;
use sqlx::any::{AnyArguments, AnyPoolOptions};
use sqlx::query::Query;
use sqlx::{Any, AnyPool, Transaction};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A statement and what is bound to it so far.
type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Connections for reading, and as many again for writing on PostgreSQL, where nothing else is configured.
pub const CONNECTIONS_MAX: u32 = 12;
/// How long a unit waits for a connection before it fails.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writers: AnyPool,
    readers: AnyPool,
    dialect: Dialect,
}

/// A unit of work that is under way.
pub struct Unit {
    tx: Transaction<'static, Any>,
    dialect: Dialect,
}

/// In which order a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What came last stands first.
    #[default]
    NewestFirst,
    /// What came first stands first.
    OldestFirst,
}

impl Order {
    /// How an id compares with the one before it in the list.
    fn follows(self) -> &'static str {
        match self {
            Self::NewestFirst => "<",
            Self::OldestFirst => ">",
        }
    }

    /// How two ids stand in it.
    fn of(self, one: &str, other: &str) -> Ordering {
        match self {
            Self::NewestFirst => other.cmp(one),
            Self::OldestFirst => one.cmp(other),
        }
    }

    /// How an id compares with the last one that is looked at.
    fn reaches(self) -> &'static str {
        match self {
            Self::NewestFirst => ">=",
            Self::OldestFirst => "<=",
        }
    }

    /// As a statement says it.
    fn word(self) -> &'static str {
        match self {
            Self::NewestFirst => "desc",
            Self::OldestFirst => "asc",
        }
    }
}

/// What a unit does.
pub type Work<'u, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'u>>;

/// Why a unit did not happen. None of its statements took effect.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value is not readable by this version.
    #[error("stored {what} is unreadable: {why}")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// Somebody else holds the lane now: what was done must not be recorded.
    #[error("the lane has a new holder")]
    Fenced,
    /// The unit's task died.
    #[error("the unit of work ended abnormally")]
    Died,
    /// The address of the database is none of ours, or the database is unfit.
    #[error("{0}")]
    Unfit(String),
}

impl StoreError {
    /// Whether a uniqueness was hit.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Whether two units stood in each other's way: one of them was undone whole, and may be tried again.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        // PostgreSQL's deadlock and serialization failure; SQLite lets writers in one after the other.
        const COLLISIONS: [&str; 2] = ["40P01", "40001"];
        let code = match self {
            Self::Database(sqlx::Error::Database(error)) => error.code(),
            Self::Database(_) | Self::Unreadable { .. } | Self::Fenced | Self::Died | Self::Unfit(_) => None,
        };
        self.is_duplicate() || code.is_some_and(|code| COLLISIONS.contains(&code.as_ref()))
    }
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, is older than what is safe, or has a schema of a later version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, CONNECTIONS_MAX).await
    }

    /// As [`Store::open`], with at the most so many connections for reading, and as many again for writing on PostgreSQL.
    ///
    /// # Errors
    /// As there.
    pub async fn open_with(url: &str, connections_max: u32) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(url).map_err(|error| StoreError::Unfit(error.to_string()))?;
        let options = dialect.options(url)?;
        let pool = |most: u32| {
            AnyPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(CONNECTION_WAIT)
                .after_connect(move |connection, _| Box::pin(async move { dialect.prepare(connection).await }))
        };
        let writers = match dialect {
            Dialect::Sqlite => pool(1).connect_with(options.clone()).await?,
            Dialect::Postgres => pool(connections_max).connect_with(options.clone()).await?,
        };
        // Readers have their own: pages and lists that take long must not keep the doors from writing.
        let readers = pool(connections_max).connect_with(options).await?;
        let store = Self { writers, readers, dialect };
        if let Some(why) = dialect.unfit(&store.writers).await? {
            return Err(StoreError::Unfit(why));
        }
        store.migrate().await?;
        failpoint::reached(Point::StoreOpened);
        Ok(store)
    }

    /// Runs a unit that writes: all of it is committed, or nothing.
    ///
    /// # Errors
    /// What the unit answered, or that it could not begin or commit.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'u> FnOnce(&'u mut Unit) -> Work<'u, T> + Send + 'static,
    {
        let (pool, dialect) = (self.writers.clone(), self.dialect);
        to_its_end(async move {
            failpoint::reached(Point::StoreBegin);
            let mut unit = Unit { tx: dialect.begin(&pool).await?, dialect };
            failpoint::reached(Point::StoreBegun);
            let result = work(&mut unit).await;
            match result {
                Ok(value) => {
                    failpoint::reached(Point::StoreBeforeCommit);
                    unit.tx.commit().await?;
                    failpoint::reached(Point::StoreAfterCommit);
                    Ok(value)
                }
                Err(error) => {
                    failpoint::reached(Point::StoreRollback);
                    unit.tx.rollback().await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Runs a unit that only reads.
    ///
    /// # Errors
    /// What the unit answered, or that it could not begin.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'u> FnOnce(&'u mut Unit) -> Work<'u, T> + Send + 'static,
    {
        read_on(self.readers.clone(), self.dialect, work).await
    }

    /// Runs a short unit that reads what was written just now. SQLite empties the cache of every connection but the one that
    /// wrote: there it runs on the writer's, between units that write.
    ///
    /// # Errors
    /// What the unit answered, or that it could not begin.
    pub async fn read_warm<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'u> FnOnce(&'u mut Unit) -> Work<'u, T> + Send + 'static,
    {
        let pool = match self.dialect {
            Dialect::Sqlite => &self.writers,
            Dialect::Postgres => &self.readers,
        };
        read_on(pool.clone(), self.dialect, work).await
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Closes all connections, after what is under way.
    pub async fn close(&self) {
        self.writers.close().await;
        self.readers.close().await;
    }
}

async fn read_on<T, F>(pool: AnyPool, dialect: Dialect, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'u> FnOnce(&'u mut Unit) -> Work<'u, T> + Send + 'static,
{
    to_its_end(async move {
        let mut unit = Unit { tx: dialect.begin_reading(&pool).await?, dialect };
        let result = work(&mut unit).await;
        unit.tx.rollback().await?;
        result
    })
    .await
}

#[expect(clippy::disallowed_methods, reason = "units of work are spawned here and nowhere else")]
async fn to_its_end<T: Send + 'static>(
    unit: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(unit).await.unwrap_or(Err(StoreError::Died))
}

/// Cuts rows into pieces of few different sizes, so that multi-row statements stay few enough to be kept prepared.
pub(crate) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    pieces_of(rows, &[64, 16, 4, 1])
}

/// As [`pieces`], of those sizes: largest first, the last one 1.
pub(crate) fn pieces_of<'r, T>(mut rows: &'r [T], sizes: &'static [usize]) -> impl Iterator<Item = &'r [T]> {
    std::iter::from_fn(move || {
        let size = sizes.iter().copied().find(|size| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

/// Rows that are alike by their `likeness`, together, in the order in which they came first.
pub(crate) fn alike<'r, T, K: Ord>(rows: &'r [T], likeness: impl Fn(&'r T) -> K) -> Vec<Vec<&'r T>> {
    let (mut places, mut groups): (BTreeMap<K, usize>, Vec<Vec<&T>>) = (BTreeMap::new(), Vec::new());
    for row in rows {
        let place = *places.entry(likeness(row)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// A pattern for `lower(…) like lower(…) escape '!'` that matches texts which hold `text`, any case.
pub(crate) fn like(text: &str) -> String {
    format!("%{}%", text.trim().replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

pub(crate) fn json<T: serde::Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_alike_stand_together_in_the_order_in_which_they_came() {
        let rows = [("b", 1), ("a", 2), ("b", 3)];
        assert_eq!(alike(&rows, |row| row.0), [vec![&("b", 1), &("b", 3)], vec![&("a", 2)]]);
    }

    #[test]
    fn pieces_have_few_sizes_and_lose_nothing() {
        let rows: Vec<usize> = (0..151).collect();
        let sizes: Vec<usize> = pieces(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [64, 64, 16, 4, 1, 1, 1]);
        assert_eq!(pieces(&rows).flatten().count(), 151);
    }
}
