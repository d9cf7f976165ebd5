//! `backup`: a copy of the embedded database while the service runs. It never changes the database, nor its schema: a backup is
//! what one makes before an upgrade.

use super::copy_file::{CopyFile, absolute};
use super::output::{Output, when};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::master::KEY_FILE;
use crate::failpoint::{self, Point};
use crate::store::backup::{self, Contents};
use crate::store::dialect::Dialect;
use anyhow::Context as _;
use clap::Args;
use std::path::{Path, PathBuf};

/// `backup`.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write it; beside it, `FILE.part` is used meanwhile
    file: PathBuf,
    /// Replace the file if it is there already
    #[arg(long)]
    overwrite: bool,
}

const BY_POSTGRESQL: &str = "this service's database is PostgreSQL, which has tools of its own for this: \
     `pg_dump --format=custom --file=FILE` with the address in store.url. The master key is not in it either (docs/operations.md)";

/// Makes the copy, reads it from end to end, and only then gives it its name.
pub(super) async fn run(command: &Backup, config: &Config, out: &Output) -> anyhow::Result<()> {
    let url = config.store_url();
    let database = Dialect::of(&url)?.file(&url).context(BY_POSTGRESQL)?;
    anyhow::ensure!(database.exists(), "there is no database at {}", database.display());
    let (database, file) = (absolute(&database)?, absolute(&command.file)?);
    anyhow::ensure!(file != database, "{} is the database itself; name another file", file.display());
    let is_there = file.exists();
    anyhow::ensure!(!is_there || command.overwrite, "{} is there already; --overwrite replaces it", file.display());
    let now_ms = Clock::machine_at_speed(config.development.clock_speed).now_ms();
    let copy = CopyFile::begin(&file, ".part")?;
    let contents =
        take(&database, copy.path(), now_ms).await.context("no backup was made, and nothing is left of it")?;
    let bytes = copy.finish(&file)?;
    failpoint::reached(Point::BackupFinished);
    tell(config, (&file, bytes), &contents, out)
}

async fn take(database: &Path, part: &Path, now_ms: i64) -> anyhow::Result<Contents> {
    backup::copy(database, part, now_ms).await?;
    failpoint::reached(Point::BackupCopied);
    backup::check(part).await?;
    Ok(backup::contents(part).await?)
}

fn tell(config: &Config, (file, bytes): (&Path, u64), contents: &Contents, out: &Output) -> anyhow::Result<()> {
    let key = place_of_master_key(config);
    if out.json {
        return out.value(&serde_json::json!({
            "file": file,
            "bytes": bytes,
            "made_ms": contents.made_ms,
            "schema": contents.schema,
            "journal": contents.journal,
            "accounts": contents.keys.len(),
            "holds_master_key": false,
            "master_key": key,
        }));
    }
    out.line(&format!("{}: {bytes} bytes, as of {}.", file.display(), when(contents.made_ms)))?;
    out.line(&format!("{} notifications in the journal, {} accounts.", contents.journal, contents.keys.len()))?;
    out.line(&format!(
        "The master key is NOT in it: it is {key}. Keep a copy of it apart from this file; without it no account's keys and sign-ins can be read."
    ))
}

/// Where the master key is, in words.
pub(super) fn place_of_master_key(config: &Config) -> String {
    if config.keys.master.is_empty() {
        config.store.data_folder.join(KEY_FILE).display().to_string()
    } else {
        "keys.master in the configuration".to_owned()
    }
}
