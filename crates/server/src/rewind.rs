//! Notices a database that went back in time before anything is sent, and has everything looked for from then on: the
//! rule is `connector_core::rewind`, the memory beside the database is a file in the data folder (design § 4.12).

use crate::app::{Shared, StepError};
use crate::connections::missed;
use crate::store::{self, audit, delivery};
use connector_core::rewind::{Beat, FORGOTTEN_MS, Rewound, VERIFY_FIRST_MS, judge};
use std::path::PathBuf;

/// The file in the data folder that remembers how far the database was.
const FILE_NAME: &str = "high-water.json";

fn path(shared: &Shared) -> PathBuf {
    shared.config.store.data_folder.join(FILE_NAME)
}

/// What is remembered beside the database, if anything readable. Read it before the database: another process on the same folder may count
/// on in between, and what it noted is in the database already.
fn remembered(shared: &Shared) -> Option<Beat> {
    let text = std::fs::read_to_string(path(shared)).ok()?;
    serde_json::from_str(&text).ok()
}

/// What is looked for and read after a database went back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyFirst {
    /// Open deliveries, which are looked for before they are sent.
    pub open: u64,
    /// Sign-ins for which is read again what Zoom told since.
    pub read_again: u64,
}

/// Looks at the database before the loops start. When it went back in time, everything that is open, and everything that is
/// planned for two days, is looked for before it is sent, and what Zoom told since is read again. Answers why.
///
/// # Errors
/// When the store fails.
pub async fn notice(shared: &Shared) -> Result<Option<Rewound>, StepError> {
    let (now_ms, remembered) = (shared.clock.now_ms(), remembered(shared));
    let (found, copied_ms) = shared
        .store
        .write(move |unit| {
            Box::pin(
                async move { Ok((store::beat::last_beat(unit, now_ms).await?, store::beat::copied_ms(unit).await?)) },
            )
        })
        .await?;
    let rewound = judge((&found, copied_ms), remembered.as_ref(), now_ms);
    if let Some(why) = rewound {
        let VerifyFirst { open, read_again } =
            verify_first(shared, &why.to_string(), why.forgot_since_ms(found.at_ms, now_ms)).await?;
        tracing::warn!(%why, open, read_again, "the database may have gone back in time: everything is looked for before it is sent");
        // What was remembered of the time before would be noticed once more at the next beat.
        let _ = tokio::fs::remove_file(path(shared)).await;
    }
    beat(shared).await?;
    Ok(rewound)
}

/// As a person asks for it: the database was restored by other means, and since its last beat it may have been told what it does
/// not know.
///
/// # Errors
/// When the store fails.
pub async fn ask_to_verify_first(shared: &Shared, why: &str) -> Result<VerifyFirst, StepError> {
    let now_ms = shared.clock.now_ms();
    let found =
        shared.store.write(move |unit| Box::pin(async move { store::beat::last_beat(unit, now_ms).await })).await?;
    verify_first(shared, why, Some(found.at_ms)).await
}

/// Has everything looked for before it is sent, from now on for two days, and what Zoom told since `since_ms` read again.
///
/// # Errors
/// When the store fails.
pub async fn verify_first(shared: &Shared, why: &str, since_ms: Option<i64>) -> Result<VerifyFirst, StepError> {
    let (now_ms, why) = (shared.clock.now_ms(), why.to_owned());
    let begun = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                store::beat::verify_first(unit, now_ms + VERIFY_FIRST_MS).await?;
                // First, because it wakes lanes, and everybody locks lanes before rows.
                let read_again = match since_ms {
                    Some(since_ms) => missed::read_again(unit, since_ms, now_ms).await?,
                    None => 0,
                };
                let open = delivery::look_first(unit, now_ms + FORGOTTEN_MS).await?;
                store::beat::forget_copied(unit).await?;
                let detail = format!(
                    "{why}; {open} open deliveries are looked for before they are sent, and what Zoom told is read again for {read_again} sign-ins"
                );
                audit::write(unit, "service", None, ("service.verify_first", &detail), now_ms).await?;
                Ok(VerifyFirst { open, read_again })
            })
        })
        .await?;
    Ok(begun)
}

/// Counts the beat up, in the database and then beside it. A database that went back while it is served (a failover to a
/// copy that lagged behind) is noticed here.
///
/// # Errors
/// When the store fails. That the file cannot be written is logged.
pub async fn beat(shared: &Shared) -> Result<(), StepError> {
    let (now_ms, remembered) = (shared.clock.now_ms(), remembered(shared));
    let found =
        shared.store.write(move |unit| Box::pin(async move { store::beat::last_beat(unit, now_ms).await })).await?;
    // Who beats was not away: only what it counted matters.
    if let Some(why) = judge((&found, None), remembered.as_ref(), found.at_ms) {
        let since_ms = why.forgot_since_ms(found.at_ms, now_ms);
        let VerifyFirst { open, read_again } = verify_first(shared, &why.to_string(), since_ms).await?;
        tracing::error!(%why, open, read_again, "the database went back in time: everything is looked for before it is sent");
    }
    let beat =
        shared.store.write(move |unit| Box::pin(async move { store::beat::count_up(unit, now_ms).await })).await?;
    let (path, text) = (path(shared), serde_json::to_string(&beat).unwrap_or_default());
    let fresh = path.with_extension("json.new");
    let written = tokio::fs::write(&fresh, text).await;
    let kept = match written {
        Ok(()) => tokio::fs::rename(&fresh, &path).await,
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, path = %path.display(), "how far the database is could not be noted beside it");
    }
    Ok(())
}
