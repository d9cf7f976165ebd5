//! Walks along the chains of the audit log and says whether each is whole. It only reads; what breaks a chain is decided in
//! `connector_core::chain`.

use crate::store::{Store, StoreError, audit, audit_head};
use connector_core::chain::{Broken, Head, Walk};

/// Lines that are read at once.
const LINES_AT_ONCE: i64 = 500;
/// Chains that are read at once.
const CHAINS_AT_ONCE: i64 = 500;

/// Walks along one chain: a tenant's, or the installation's (empty). Answers where it ends, or how it is broken. A head that was noted
/// earlier has to stand in it.
///
/// # Errors
/// [`StoreError`].
pub async fn walk(store: &Store, chain: &str, noted: Option<Head>) -> Result<Result<Head, Broken>, StoreError> {
    let mut walk = Walk::new(noted);
    loop {
        let (chain, after) = (chain.to_owned(), walk.at().number);
        // The head is read before the lines: a line that is written meanwhile is read, or waits for the next round.
        let read = store.read(move |unit| {
            Box::pin(async move {
                let head = audit_head::get(unit, &chain).await?;
                let links = audit::links(unit, &chain, after, LINES_AT_ONCE).await?;
                let loose = if links.is_empty() { audit::loose(unit, &chain).await? } else { None };
                Ok((head, links, loose))
            })
        });
        let (head, links, loose) = read.await?;
        if let Some(id) = loose {
            return Ok(Err(Broken::Loose(id)));
        }
        if links.is_empty() {
            return Ok(walk.end(&head));
        }
        for (line, hash) in &links {
            if let Err(broken) = walk.step(line, hash) {
                return Ok(Err(broken));
            }
        }
    }
}

/// All chains in order: the installation's is the empty one.
///
/// # Errors
/// [`StoreError`].
pub async fn chains(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned();
        let read = store.read(move |unit| {
            Box::pin(async move { audit_head::chains(unit, after.as_deref(), CHAINS_AT_ONCE).await })
        });
        let some = read.await?;
        if some.is_empty() {
            return Ok(all);
        }
        all.extend(some);
    }
}
