//! Deleting what Zoom had said of an account whose app was removed, once it may not be kept any longer: the bodies of webhooks and of
//! what was read from Zoom go, the lines in the journal stay, and the removal's evidence says how many went and when.

use crate::app::Shared;
use crate::store::{StoreError, journal_erase, removal};
use connector_core::translate::{Source, origin};

/// Units in one round: so many times [`journal_erase::PIECE_MAX`] bodies at the most.
const PIECES_MAX: usize = 10;

/// One round: erases a piece of what is due.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(shared: &Shared) -> Result<(), StoreError> {
    for _ in 0..PIECES_MAX {
        let now_ms = shared.clock.now_ms();
        let due = shared.store.read(move |unit| Box::pin(removal::to_erase(unit, now_ms))).await?;
        let Some(due) = due else { return Ok(()) };
        let done = shared.store.write(move |unit| {
            Box::pin(async move {
                let bodies =
                    journal_erase::bodies_after(unit, &due.tenant, (Source::Zoom(due.app), &due.erased_to)).await?;
                let mut more = 0;
                for (id, source, body) in &bodies {
                    // The tenant may have held another account with the same app; that one was not removed.
                    let told = Source::parse(source).and_then(|source| origin::of(source, body));
                    let is_of = told.is_some_and(|(app, account)| app == due.app && account == due.account);
                    if is_of {
                        journal_erase::erase(unit, &due.tenant, id).await?;
                        more += 1;
                    }
                }
                let last = bodies.last().map_or(due.erased_to.clone(), |(id, ..)| id.clone());
                let ended_ms = bodies.is_empty().then_some(now_ms);
                removal::note_erased(unit, &due, (more, &last, ended_ms)).await
            })
        });
        done.await?;
    }
    Ok(())
}
