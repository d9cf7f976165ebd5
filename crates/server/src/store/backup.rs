//! Copies of the embedded database as files of their own: making one while others work on the database, and looking at one.
//! Not one table's: everything is copied, and a mark in it says that it is a copy (`store/beat`).

use super::StoreError;
use super::beat::{self, Copied};
use super::dialect::Dialect;
use super::tenant::{TENANTS_MAX, tenant_id};
use connector_core::ids::TenantId;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Row};
use std::path::Path;

/// What stands in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// When it was made, epoch milliseconds.
    pub made_ms: i64,
    /// The version of its schema.
    pub schema: i64,
    /// Notifications in the journal.
    pub journal: i64,
    /// Deliveries that are not over.
    pub open: i64,
    /// The accounts, each with its key, sealed under the master key.
    pub keys: Vec<(TenantId, Vec<u8>)>,
}

/// How a database was found that another one is to take the place of.
#[derive(Debug)]
pub enum Found {
    /// Nobody has it open. Everything stands in its one file now, and nothing beside it.
    Alone,
    /// Somebody has it open.
    InUse,
    /// It cannot be read any more.
    Damaged(sqlx::Error),
}

/// SQLite's codes, without what they are extended by: busy and locked; a broken disk, a broken file, no database at all.
const IN_USE: [i64; 2] = [5, 6];
const DAMAGED: [i64; 3] = [10, 11, 26];

/// Copies the database into `part`, an empty file, and marks the copy as one. Whoever works on the database meanwhile is not held up,
/// and the copy is as of one moment.
///
/// # Errors
/// When the database cannot be read, or the copy not be written; whatever `part` holds then is no copy.
pub async fn copy(database: &Path, part: &Path, made_ms: i64) -> Result<(), StoreError> {
    let mut source = open(database, "mode=rw").await?;
    let copied = sqlx::query("vacuum into $1").bind(text(part)?).execute(&mut source).await;
    source.close().await?;
    copied?;
    let mut copy = open(part, "mode=rw").await?;
    // No second file beside it: who writes the copy makes it durable when it is whole.
    sqlx::raw_sql("pragma journal_mode = memory; pragma synchronous = off").execute(&mut copy).await?;
    beat::mark_copied(&mut copy, Copied { made_ms }).await?;
    Ok(copy.close().await?)
}

/// What stands in the copy. Changes nothing, not even beside it.
///
/// # Errors
/// When it is no copy of a database of ours, or of a later schema than this program knows; the message says which.
pub async fn contents(copy: &Path) -> Result<Contents, StoreError> {
    let strange = |error: sqlx::Error| {
        StoreError::Unfit(format!("{} is not a backup made by this program ({error})", copy.display()))
    };
    let mut connection = open(copy, "mode=ro&immutable=1").await?;
    let schema = number(&mut connection, "select coalesce(max(version), 0) as n from schema_version");
    let schema = schema.await.map_err(strange)?;
    let known = super::migration::known();
    if schema > known {
        let why = format!("{} has schema {schema}, this program knows {known}: use a later one", copy.display());
        return Err(StoreError::Unfit(why));
    }
    let mark = beat::copied(&mut connection).await?;
    let Some(Copied { made_ms }) = mark else {
        let why =
            format!("{} is a database, but not a backup: make one with `zoom-connector backup FILE`", copy.display());
        return Err(StoreError::Unfit(why));
    };
    let journal = number(&mut connection, "select count(*) as n from journal").await?;
    let open = number(&mut connection, "select count(*) as n from delivery where state in ('sending', 'unknown')")
        .await?
        + number(&mut connection, "select count(*) as n from delivery where state = 'ready'").await?;
    let rows = sqlx::query("select tenant, data_key from tenant order by tenant limit $1")
        .bind(TENANTS_MAX)
        .fetch_all(&mut connection)
        .await?;
    let keys = rows
        .iter()
        .map(|row| Ok((tenant_id(&row.try_get::<String, _>("tenant")?)?, row.try_get("data_key")?)))
        .collect::<Result<_, StoreError>>()?;
    connection.close().await?;
    Ok(Contents { made_ms, schema, journal, open, keys })
}

/// Reads the copy from end to end.
///
/// # Errors
/// When anything in it is damaged.
pub async fn check(copy: &Path) -> Result<(), StoreError> {
    let damaged = |why: String| StoreError::Unfit(format!("{} is damaged: {why}", copy.display()));
    let mut connection = open(copy, "mode=ro&immutable=1").await?;
    let found = sqlx::query("pragma integrity_check(1)").fetch_one(&mut connection).await;
    let found: String = match found {
        Ok(row) => row.try_get(0)?,
        Err(error) => return Err(damaged(error.to_string())),
    };
    connection.close().await?;
    if found == "ok" { Ok(()) } else { Err(damaged(found)) }
}

/// Looks whether anybody has the database open, and if not, brings everything into its one file.
///
/// # Errors
/// When it is not known how it is: it may not be replaced then.
pub async fn find(database: &Path) -> Result<Found, StoreError> {
    let error = match brought_together(database).await {
        Ok(true) => return Ok(Found::Alone),
        Ok(false) => return Ok(Found::InUse),
        Err(StoreError::Database(error)) => error,
        Err(other) => return Err(other),
    };
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i64>().ok()).map(|code| code & 0xff);
    match code {
        Some(code) if IN_USE.contains(&code) => Ok(Found::InUse),
        Some(code) if DAMAGED.contains(&code) => Ok(Found::Damaged(error)),
        Some(_) | None => Err(error.into()),
    }
}

/// Whether it could be made a database of one file: while anybody else has it open, it cannot.
async fn brought_together(database: &Path) -> Result<bool, StoreError> {
    let mut connection = open(database, "mode=rw").await?;
    sqlx::raw_sql("pragma busy_timeout = 500").execute(&mut connection).await?;
    let row = sqlx::query("pragma journal_mode = delete").fetch_one(&mut connection).await?;
    let mode: String = row.try_get(0)?;
    connection.close().await?;
    Ok(mode == "delete")
}

async fn open(file: &Path, how: &str) -> Result<AnyConnection, StoreError> {
    sqlx::any::install_default_drivers();
    let path = text(file)?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok(Dialect::Sqlite.options(&format!("sqlite://{path}?{how}"))?.connect().await?)
}

async fn number(connection: &mut AnyConnection, statement: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(statement).fetch_one(connection).await?.try_get("n")
}

fn text(file: &Path) -> Result<String, StoreError> {
    let text = file.to_str().map(str::to_owned);
    text.ok_or_else(|| StoreError::Unfit(format!("{} must be a name in UTF-8", file.display())))
}
