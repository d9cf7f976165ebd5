//! A fresh database for each round: SQLite in a folder, or one of a PostgreSQL server.

use crate::postgres::Postgres;
use anyhow::Context as _;
use sqlx::{AnyConnection, Connection as _, Row as _};
use std::path::Path;

/// The address of a maintenance database, where there is a PostgreSQL already.
const MAINTENANCE: &str = "CONNECTOR_TEST_POSTGRES";

/// Where fresh databases come from.
#[derive(Debug)]
pub enum Source {
    /// A file.
    Sqlite,
    /// A server.
    Postgres {
        /// The address of its maintenance database.
        url: String,
        /// It ends with this, if it is ours.
        _ours: Option<Postgres>,
    },
}

impl Source {
    /// The PostgreSQL that the environment names, or one to throw away.
    ///
    /// # Errors
    /// When there is neither.
    pub fn postgres() -> anyhow::Result<Self> {
        if let Ok(url) = std::env::var(MAINTENANCE) {
            return Ok(Self::Postgres { url, _ours: None });
        }
        let server = Postgres::start()?;
        Ok(Self::Postgres { url: server.url(), _ours: Some(server) })
    }

    /// The name of its figures.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// The address of a fresh, empty database; `folder` is where a file goes.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn fresh(&self, folder: &Path) -> anyhow::Result<String> {
        match self {
            Self::Sqlite => Ok(format!("sqlite://{}/connector.db", folder.display())),
            Self::Postgres { url, .. } => {
                let name = format!("connector_bench_{}", connector_server::dice::id(0));
                statement(url, format!("create database {name}")).await?;
                renamed(url, &name)
            }
        }
    }

    /// Removes a database that [`Source::fresh`] made; files go with their folder.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove(&self, fresh: &str) -> anyhow::Result<()> {
        let Self::Postgres { url, .. } = self else { return Ok(()) };
        let name = fresh.rsplit_once('/').map_or(fresh, |(_, name)| name);
        let name = name.split('?').next().unwrap_or(name);
        statement(url, format!("drop database {name} with (force)")).await
    }

    /// Whether a commit is flushed to the device; a figure without that says little.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn flushes(&self) -> anyhow::Result<bool> {
        let Self::Postgres { url, .. } = self else { return Ok(true) };
        let mut connection = connect(url).await?;
        let row = sqlx::query("select current_setting('fsync') as fsync").fetch_one(&mut connection).await?;
        let fsync: String = row.try_get("fsync")?;
        connection.close().await?;
        Ok(fsync == "on")
    }
}

/// How many rows a table has.
///
/// # Errors
/// When the database does not answer.
pub async fn count(url: &str, table: &'static str) -> anyhow::Result<u64> {
    let mut connection = connect(url).await?;
    let text = format!("select count(*) as n from {table}");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_one(&mut connection).await?;
    let rows: i64 = row.try_get("n")?;
    connection.close().await?;
    Ok(u64::try_from(rows)?)
}

async fn connect(url: &str) -> anyhow::Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.with_context(|| "the database does not answer".to_owned())
}

async fn statement(url: &str, text: String) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// The same address with another database.
fn renamed(maintenance: &str, name: &str) -> anyhow::Result<String> {
    let (address, options) = maintenance.split_once('?').map_or((maintenance, None), |(a, o)| (a, Some(o)));
    let (server, _) = address.rsplit_once('/').context("the address of the PostgreSQL names no database")?;
    Ok(options.map_or_else(|| format!("{server}/{name}"), |options| format!("{server}/{name}?{options}")))
}
