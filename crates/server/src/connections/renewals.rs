//! Which grants this process refreshes at the moment: whoever wants one of them as well waits for its end. What several processes do
//! at once is decided by the intent in the database, not here.

use crate::store::grant::GrantRow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A tenant and its connection.
type Name = (String, String);

/// So long a caller waits for another one's refresh: about as long as a token call may take.
const WAIT: Duration = Duration::from_secs(15);

/// The grants. Clones share them; what has ended is not kept.
#[derive(Debug, Clone)]
pub struct Renewals {
    under_way: Arc<Mutex<HashMap<Name, watch::Receiver<()>>>>,
    wait: Duration,
}

impl Default for Renewals {
    fn default() -> Self {
        Self::waiting(WAIT)
    }
}

/// Whose turn it is to refresh a grant.
pub(super) enum Turn {
    /// The caller's; everybody else waits until this is dropped.
    Ours(Begun),
    /// Somebody else's: the sender goes when it is over.
    Theirs(watch::Receiver<()>),
}

/// A refresh that has begun in this process. It has ended when this is dropped.
pub(super) struct Begun {
    renewals: Renewals,
    name: Name,
    _ended: watch::Sender<()>,
}

impl Renewals {
    /// None, and callers wait so long for another one's refresh.
    #[must_use]
    pub fn waiting(wait: Duration) -> Self {
        Self { under_way: Arc::default(), wait }
    }

    /// Waits for the end of somebody else's refresh. Answers whether it came.
    pub(super) async fn ended(&self, mut refresh: watch::Receiver<()>) -> bool {
        // Its end is told by the sender's going.
        tokio::time::timeout(self.wait, refresh.changed()).await.is_ok()
    }

    /// Takes the turn for a grant, if nobody has it.
    pub(super) fn turn(&self, grant: &GrantRow) -> Turn {
        let name = (grant.tenant.to_string(), grant.connection.clone());
        let mut under_way = self.under_way();
        if let Some(ended) = under_way.get(&name) {
            return Turn::Theirs(ended.clone());
        }
        let (sender, ended) = watch::channel(());
        under_way.insert(name.clone(), ended);
        Turn::Ours(Begun { renewals: self.clone(), name, _ended: sender })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Name, watch::Receiver<()>>> {
        // What is held is whole between any two of its changes.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.renewals.under_way().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::ids::TenantId;

    fn grant(tenant: &str, connection: &str) -> GrantRow {
        GrantRow {
            tenant: TenantId::parse(tenant).unwrap(),
            connection: connection.to_owned(),
            version: 1,
            access: Vec::new(),
            refresh: None,
            expires_ms: 0,
            refreshed_ms: 0,
            api_url: None,
            intent: None,
        }
    }

    #[tokio::test]
    async fn one_has_the_turn_and_the_others_hear_when_it_is_over() {
        let renewals = Renewals::default();
        let Turn::Ours(begun) = renewals.turn(&grant("a", "1")) else { panic!("nobody had it") };
        let Turn::Theirs(ended) = renewals.turn(&grant("a", "1")) else { panic!("somebody has it") };
        for other in [grant("a", "2"), grant("b", "1")] {
            assert!(matches!(renewals.turn(&other), Turn::Ours(_)), "{}", other.tenant);
        }
        let impatient = Renewals { wait: Duration::ZERO, ..renewals.clone() };
        assert!(!impatient.ended(ended.clone()).await, "it is still under way");
        drop(begun);
        assert!(renewals.ended(ended).await, "the sender went");
        assert!(matches!(renewals.turn(&grant("a", "1")), Turn::Ours(_)));
        assert!(renewals.under_way().is_empty(), "nothing is kept of what is over");
    }
}
