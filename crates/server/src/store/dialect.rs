//! What differs between the two databases, and nothing else: how to connect, how to begin, how to skip locked rows, and
//! the names of column types. Everywhere else one statement text serves both.

use sqlx::any::AnyConnectOptions;
use sqlx::{Any, AnyConnection, ConnectOptions, Row, Transaction};
use std::path::PathBuf;
use std::str::FromStr;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The embedded one: one process serves, one writer.
    Sqlite,
    /// When one machine is outgrown.
    Postgres,
}

/// The oldest SQLite that does not corrupt a WAL database when a checkpoint races a writer, as `major*1e6+minor*1e3+patch`.
pub const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
/// How long a statement waits for another process's lock on a SQLite file, in milliseconds.
const SQLITE_BUSY_MS: u32 = 5_000;

/// Why an address is none of ours.
#[derive(Debug, thiserror::Error)]
#[error("store.url must begin with sqlite:// or postgres://")]
pub struct UnknownDatabase;

impl Dialect {
    /// The database of that address.
    ///
    /// # Errors
    /// [`UnknownDatabase`] for any other scheme.
    pub fn of(url: &str) -> Result<Self, UnknownDatabase> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(UnknownDatabase)
        }
    }

    /// Options to connect with; statements are not logged, they may hold what a log must not.
    pub fn options(self, url: &str) -> Result<AnyConnectOptions, sqlx::Error> {
        let url = match self {
            Self::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            Self::Sqlite | Self::Postgres => url.to_owned(),
        };
        Ok(AnyConnectOptions::from_str(&url)?.disable_statement_logging())
    }

    /// The file of the embedded database at that address; none for a database that is a server.
    #[must_use]
    pub fn file(self, url: &str) -> Option<PathBuf> {
        let path = url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(decoded(path.split('?').next().unwrap_or(path))))
    }

    /// What each new connection is told first.
    pub async fn prepare(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        // All in one text: on its way to a connection of SQLite each statement wakes another thread.
        let statements = match self {
            // Pages that change in every commit are copied into the database once in a while, not all the time.
            Self::Sqlite => format!(
                "pragma busy_timeout = {SQLITE_BUSY_MS}; pragma journal_mode = wal; pragma synchronous = full; \
                 pragma foreign_keys = on; pragma secure_delete = on; pragma temp_store = memory; \
                 pragma cache_size = -16384; pragma wal_autocheckpoint = 4000"
            ),
            Self::Postgres => "set statement_timeout = '30s'; set lock_timeout = '5s'; \
                 set idle_in_transaction_session_timeout = '30s'; set synchronous_commit = on"
                .to_owned(),
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut *connection).await?;
        Ok(())
    }

    /// Begins a unit of work that only reads: all its statements see the same moment.
    pub async fn begin_reading(self, pool: &sqlx::AnyPool) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self {
            Self::Sqlite => pool.begin().await,
            Self::Postgres => pool.begin_with("begin isolation level repeatable read").await,
        }
    }

    /// Begins a unit of work that writes. SQLite must begin as a writer, or it fails under load.
    pub async fn begin(self, pool: &sqlx::AnyPool) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self {
            Self::Sqlite => pool.begin_with("begin immediate").await,
            Self::Postgres => pool.begin().await,
        }
    }

    /// Makes sure that nobody else changes the schema in the transaction's time, which is as long as the schema needs: rows may be many. A
    /// writer of SQLite is alone anyway.
    pub async fn alone(self, tx: &mut Transaction<'static, Any>) -> Result<(), sqlx::Error> {
        /// Any number that means nothing else to the database.
        const SCHEMA_LOCK: i64 = 7_236_901;
        if self == Self::Postgres {
            sqlx::query("set local statement_timeout = 0").execute(&mut **tx).await?;
            sqlx::query("select pg_advisory_xact_lock($1)").bind(SCHEMA_LOCK).fetch_one(&mut **tx).await?;
        }
        Ok(())
    }

    /// Why the database is unfit, if so: a SQLite that may corrupt its file.
    pub async fn unfit(self, pool: &sqlx::AnyPool) -> Result<Option<String>, sqlx::Error> {
        if self == Self::Postgres {
            return Ok(None);
        }
        let row = sqlx::query("select sqlite_version() as version").fetch_one(pool).await?;
        let text: String = row.try_get("version")?;
        let mut numbers = text.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let (major, minor, patch) = SQLITE_VERSION_MIN;
        let old = (next(), next(), next()) < SQLITE_VERSION_MIN;
        Ok(old.then(|| format!("SQLite {text} is older than the safe {major}.{minor}.{patch}")))
    }

    /// The end of a statement that picks a row to claim: others skip it while it is being claimed.
    #[must_use]
    pub fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " for update skip locked",
        }
    }

    /// The parameter of that number in a text that has all of them in order, each once. SQLite looks the name of a numbered
    /// parameter up by going through all of them, which takes the square of their number.
    pub(super) fn parameter(self, number: usize) -> String {
        match self {
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => format!("${number}"),
        }
    }

    /// A schema text with the column types of this database.
    #[must_use]
    pub fn schema(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.replace("{bytes}", "blob"),
            Self::Postgres => text.replace("{bytes}", "bytea"),
        }
    }
}

/// A path as addresses write it: `%3f` is a question mark.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = code.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_address_is_the_one_that_is_opened() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(Dialect::of(url).unwrap().file(url), expected.map(PathBuf::from), "{url}");
        };
        check("sqlite:///var/a b/c.db", Some("/var/a b/c.db"));
        check("sqlite://data/c.db?mode=rwc", Some("data/c.db"));
        check("sqlite:c%3fd%.db", Some("c?d%.db"));
        check("postgres://u:p@h/d", None);
    }

    #[tokio::test]
    async fn a_connection_is_told_everything_before_it_is_used() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/a.db", folder.path().display());
        let mut connection = Dialect::Sqlite.options(&url).unwrap().connect().await.unwrap();
        Dialect::Sqlite.prepare(&mut connection).await.unwrap();
        let expected = [("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("temp_store", 2)];
        for (name, value) in expected.into_iter().chain([("busy_timeout", 5_000), ("wal_autocheckpoint", 4_000)]) {
            let text = format!("pragma {name}");
            let row = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_one(&mut connection).await.unwrap();
            assert_eq!(row.try_get::<i64, _>(0).unwrap(), value, "{name}");
        }
    }
}
