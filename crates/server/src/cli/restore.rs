//! `restore`: a backup becomes the database. Everything about it is known to be good before anything is touched; what was there is
//! kept; and between any two lines the process may die: there is always one whole database, the old or the new.

use super::backup::place_of_master_key;
use super::copy_file::{CopyFile, absolute, beside, sync_folder_of};
use super::output::{Output, when};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::keyring;
use crate::failpoint::{self, Point};
use crate::store::backup::{self, Contents, Found};
use crate::store::dialect::Dialect;
use anyhow::Context as _;
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};

/// `restore`.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `backup` made
    file: PathBuf,
}

const BY_POSTGRESQL: &str = "this service's database is PostgreSQL, which has tools of its own for this: with no service running \
     `pg_restore --clean --if-exists --dbname=DATABASE FILE`, then `zoom-connector verify-first`, then `zoom-connector serve` (docs/operations.md)";
/// The files that SQLite keeps beside a database that is in use.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts the backup in the database's place.
pub(super) async fn run(command: &Restore, config: &Config, out: &Output) -> anyhow::Result<()> {
    let url = config.store_url();
    let database = Dialect::of(&url)?.file(&url).context(BY_POSTGRESQL)?;
    let file = command.file.canonicalize().with_context(|| format!("there is no file {}", command.file.display()))?;
    let _lock = app::lock(config)?;
    let database = absolute(&database)?;
    anyhow::ensure!(file != database, "{} is the database itself; name a backup", file.display());
    let contents = backup::contents(&file).await?;
    opens(config, &contents)?;
    let mut copy = CopyFile::begin(&database, ".restoring")?;
    std::io::copy(&mut File::open(&file)?, copy.file())
        .context("the backup could not be copied, nothing was changed")?;
    copy.file().sync_all()?;
    backup::check(copy.path()).await.context("nothing was changed")?;
    failpoint::reached(Point::RestoreCopied);
    let now_ms = Clock::machine_at_speed(config.development.clock_speed).now_ms();
    let kept = keep(&database, now_ms).await?;
    failpoint::reached(Point::RestoreKept);
    copy.finish(&database)?;
    failpoint::reached(Point::RestoreFinished);
    tell((&database, kept.as_deref()), &contents, now_ms, out)
}

/// Makes sure that the master key of this machine opens every account's key in the backup.
fn opens(config: &Config, contents: &Contents) -> anyhow::Result<()> {
    let master = config.master_keys().read()?;
    let is_shut = |(tenant, sealed): &&(_, Vec<u8>)| {
        !master.as_ref().is_some_and(|master| keyring::opens(master, tenant, sealed))
    };
    let shut = contents.keys.iter().filter(is_shut).count();
    anyhow::ensure!(
        shut == 0,
        "the master key here ({}{}) does not open {shut} of {} accounts in this backup: put the key back that belonged to it, and restore again. Nothing was changed",
        place_of_master_key(config),
        if master.is_some() { "" } else { ", which is not there" },
        contents.keys.len(),
    );
    Ok(())
}

/// Keeps the database that is there under a name with the time. Until the new one takes its name it stands under both.
async fn keep(database: &Path, now_ms: i64) -> anyhow::Result<Option<PathBuf>> {
    let at = jiff::Timestamp::from_millisecond(now_ms)?.strftime(".before-%Y%m%dT%H%M%S%3fZ").to_string();
    let kept = beside(database, &at);
    if database.exists() {
        let found = backup::find(database).await;
        match found.context("the database that is there cannot be opened, nothing was changed")? {
            Found::Alone => {}
            Found::InUse => {
                anyhow::bail!("another process has {} open; end it first. Nothing was changed", database.display())
            }
            // It may be why somebody restores. What is beside it belongs to it and is kept with it.
            Found::Damaged(error) => {
                tracing::warn!(%error, "the database that is there cannot be read; it is kept as it is")
            }
        }
    }
    let is_there = database.exists();
    // A second name for the same file where the folder can have that, or else a copy.
    if is_there && std::fs::hard_link(database, &kept).is_err() {
        std::fs::copy(database, &kept).with_context(|| format!("{} cannot be kept", database.display()))?;
        File::open(&kept)?.sync_all()?;
    }
    for ending in BESIDE {
        let (from, to) = (beside(database, ending), beside(&kept, ending));
        if from.exists() {
            std::fs::rename(&from, &to).with_context(|| format!("{} cannot be kept", from.display()))?;
        }
    }
    sync_folder_of(database)?;
    Ok(is_there.then_some(kept))
}

fn tell(
    (database, kept): (&Path, Option<&Path>),
    contents: &Contents,
    now_ms: i64,
    out: &Output,
) -> anyhow::Result<()> {
    if out.json {
        return out.value(&serde_json::json!({
            "database": database,
            "kept": kept,
            "made_ms": contents.made_ms,
            "restored_ms": now_ms,
            "journal": contents.journal,
            "accounts": contents.keys.len(),
            "looked_for_first": contents.open,
            "verify_first": true,
        }));
    }
    let made = when(contents.made_ms);
    out.line(&format!("{} is the backup of {made} now.", database.display()))?;
    out.line(&format!("{} notifications in the journal, {} accounts.", contents.journal, contents.keys.len()))?;
    if let Some(kept) = kept {
        out.line(&format!("What was there is kept: {}", kept.display()))?;
    }
    out.line("The next start of the service, by itself:")?;
    out.line(&format!(
        "  looks for {} open deliveries, and for all that are planned for two days, in LeadSquared and Zoom before they are sent;",
        contents.open
    ))?;
    out.line(&format!(
        "  reads from Zoom, for every sign-in, what was held, registered and changed since {made} and two hours before."
    ))?;
    out.line("Sign-ins whose tokens were renewed since the backup have to be made again; the console says which.")
}
