//! `rotate-key`: another master key in the place of the one there is, while the service runs. Where the key is a file, it makes the new one;
//! where it is configured, whoever configures it does. The one before is kept until `--finish`: it opens what was sealed under it, and
//! backups from before.

use super::ACTOR;
use super::output::Output;
use crate::app::Shared;
use crate::connections::master::{KEY_FILE, MasterKeys, PREVIOUS_FILE, Source};
use crate::connections::rotation::{self, Rotated};
use crate::failpoint::{self, Point};
use crate::store::audit;
use crate::store::dialect::Dialect;
use anyhow::Context as _;
use clap::Args;
use std::fs::File;

/// `rotate-key`.
#[derive(Debug, Args)]
pub(super) struct RotateKey {
    /// Make sure that nothing is sealed under the key before any more, and remove it where it is a file
    #[arg(long)]
    finish: bool,
}

/// Makes a new key where that is ours to do, and seals everything under it.
pub(super) async fn run(command: &RotateKey, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    let source = shared.config.master_keys();
    let _lock = lock(&source)?;
    let masters = source.read()?.context("there is no master key")?;
    let masters = if command.finish { masters } else { begin(shared, &source, masters)? };
    if command.finish && masters.previous.is_none() {
        return out.done("There is no key before this one; nothing is to be finished.");
    }
    let rotated = rotation::seal_anew(&shared.store, &masters).await?;
    failpoint::reached(Point::RotationSealed);
    note(shared, &rotated).await?;
    anyhow::ensure!(
        rotated.shut == 0,
        "{} accounts are sealed under a key that is neither the master key nor the one before. Set that one as keys.previous, and run this again",
        rotated.shut
    );
    if command.finish && is_file(&source) {
        source.forget_previous()?;
    }
    tell(command, &source, &rotated, out)
}

/// One at a time: two new keys at once would each shut the other out.
fn lock(source: &Source) -> anyhow::Result<File> {
    let path = source.folder.join("rotate.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    anyhow::ensure!(file.try_lock().is_ok(), "another `rotate-key` is at work");
    Ok(file)
}

/// Whether both keys are files of ours.
fn is_file(source: &Source) -> bool {
    source.is_file() && source.previous.is_empty()
}

/// The keys to go on with: a new one is made unless one was made before and the rest was not finished.
fn begin(shared: &Shared, source: &Source, masters: MasterKeys) -> anyhow::Result<MasterKeys> {
    if !is_file(source) {
        anyhow::ensure!(
            masters.previous.is_some(),
            "the master key is configured: set keys.previous to the key there is and keys.master to a new one (`openssl rand -hex 32`), for every process, and run this again (docs/operations.md)"
        );
        return Ok(masters);
    }
    anyhow::ensure!(
        shared.store.dialect() == Dialect::Sqlite,
        "with PostgreSQL other processes may have a {KEY_FILE} of their own, which would not be changed: set keys.previous to what stands in it and keys.master to a new key (`openssl rand -hex 32`), for every process, and run this again (docs/operations.md)"
    );
    let was_begun = masters.previous.as_ref().is_some_and(|previous| previous.bytes() != masters.current.bytes());
    if was_begun {
        return Ok(masters);
    }
    source.keep(&masters.current)?;
    failpoint::reached(Point::RotationKept);
    let current = source.renew()?;
    failpoint::reached(Point::RotationBegun);
    Ok(MasterKeys { current, previous: Some(masters.current) })
}

async fn note(shared: &Shared, rotated: &Rotated) -> anyhow::Result<()> {
    let (now_ms, detail) =
        (shared.clock.now_ms(), format!("{} secrets sealed under the new master key", rotated.sealed));
    let noted = shared.store.write(move |unit| {
        Box::pin(async move { audit::write(unit, ACTOR, None, ("service.rotate_key", &detail), now_ms).await })
    });
    Ok(noted.await?)
}

fn tell(command: &RotateKey, source: &Source, rotated: &Rotated, out: &Output) -> anyhow::Result<()> {
    if out.json {
        return out.value(&serde_json::json!({
            "sealed": rotated.sealed,
            "sealed_before": rotated.current,
            "finished": command.finish,
        }));
    }
    let Rotated { sealed, current, shut: _ } = rotated;
    out.line(&format!(
        "{sealed} secrets are sealed under the new master key, {current} were already; no account under the one before."
    ))?;
    let previous = source.folder.join(PREVIOUS_FILE);
    match (command.finish, is_file(source)) {
        (true, true) => out.line(&format!("{} is removed.", previous.display())),
        (true, false) => out.line("Take keys.previous out of the configuration of every process."),
        (false, true) => {
            out.line(&format!(
                "Copy {} to where its copy is. A service that runs uses it already.",
                source.folder.join(KEY_FILE).display()
            ))?;
            out.line(&format!(
                "The key before is in {}. Backups made until now open with it only: keep it with them. Then `zoom-connector rotate-key --finish` removes it here.",
                previous.display()
            ))
        }
        (false, false) => {
            out.line("Backups made until now open with the key before only: keep it with them.")?;
            out.line("When every process was started with both keys, run `zoom-connector rotate-key --finish`.")
        }
    }
}
