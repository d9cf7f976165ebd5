//! Lanes: one holder at a time, whoever was late is refused, nobody is forgotten.

use super::databases::each_database;
use super::rows::{LEASE_MS, claim, hold, id, release, wake};
use connector_server::store::lane::{self, NEVER_MS};
use connector_server::store::{Store, StoreError};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

async fn next_due(store: &Store) -> i64 {
    store.read(|unit| Box::pin(lane::next_due(unit, "leadsquared"))).await.unwrap()
}

async fn state(store: &Store, owner: &str) -> (i64, String) {
    let owner = id(owner);
    let found = store.read(move |unit| Box::pin(async move { lane::get(unit, &owner, "leadsquared").await })).await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn a_lane_is_claimed_when_it_is_due_and_by_one_at_a_time() {
    each_database(async |store, _| {
        assert!(claim(&store, "leadsquared", 1_000).await.is_none(), "there is no lane yet");
        wake(&store, "a", "leadsquared", 500).await;
        assert!(claim(&store, "leadsquared", 499).await.is_none(), "not due");
        assert!(claim(&store, "zoom", 500).await.is_none(), "another destination");
        let first = claim(&store, "leadsquared", 500).await.unwrap();
        assert_eq!((first.tenant.as_str(), first.fence, first.state.as_str()), ("a", 1, "{}"));
        assert!(claim(&store, "leadsquared", 500 + LEASE_MS - 1).await.is_none(), "held");
        let second = claim(&store, "leadsquared", 500 + LEASE_MS).await.unwrap();
        assert_eq!(second.fence, 2, "the lease is over");
    })
    .await;
}

#[tokio::test]
async fn a_holder_that_comes_too_late_is_refused_and_changes_nothing() {
    each_database(async |store, _| {
        wake(&store, "a", "leadsquared", 0).await;
        let stale = claim(&store, "leadsquared", 0).await.unwrap();
        hold(&store, &stale, "leadsquared", LEASE_MS).await.unwrap();
        let fresh = claim(&store, "leadsquared", LEASE_MS).await.unwrap();
        assert_eq!(fresh.state, "{\"held\":1}", "the lane's state travels with it");
        let refused = hold(&store, &stale, "leadsquared", 9 * LEASE_MS).await;
        assert!(matches!(refused, Err(StoreError::Fenced)), "{refused:?}");
        release(&store, &stale, "leadsquared", (NEVER_MS, LEASE_MS)).await;
        assert_eq!(state(&store, "a").await, (0, "{\"held\":1}".to_owned()));
        assert!(claim(&store, "leadsquared", LEASE_MS + 1).await.is_none(), "the new holder keeps it");
        hold(&store, &fresh, "leadsquared", 5 * LEASE_MS).await.unwrap();
        assert!(claim(&store, "leadsquared", 3 * LEASE_MS).await.is_none(), "a hold renews the lease");
    })
    .await;
}

#[tokio::test]
async fn what_was_recorded_before_a_refusal_is_undone() {
    each_database(async |store, _| {
        wake(&store, "a", "leadsquared", 0).await;
        let stale = claim(&store, "leadsquared", 0).await.unwrap();
        claim(&store, "leadsquared", LEASE_MS).await.unwrap();
        let result = store
            .write(move |unit| {
                Box::pin(async move {
                    lane::wake(unit, &id("z"), "leadsquared", 0).await?;
                    lane::hold(unit, &stale, "leadsquared", "{}", 9_000).await
                })
            })
            .await;
        assert!(matches!(result, Err(StoreError::Fenced)));
        let made = store.read(|unit| Box::pin(async move { lane::get(unit, &id("z"), "leadsquared").await })).await;
        assert!(made.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_wake_during_a_visit_is_not_lost() {
    each_database(async |store, _| {
        wake(&store, "a", "leadsquared", 10).await;
        let visit = claim(&store, "leadsquared", 10).await.unwrap();
        wake(&store, "a", "leadsquared", 11).await;
        release(&store, &visit, "leadsquared", (NEVER_MS, 20)).await;
        assert_eq!(state(&store, "a").await.0, 20, "due at once");
        let visit = claim(&store, "leadsquared", 20).await.unwrap();
        release(&store, &visit, "leadsquared", (NEVER_MS, 30)).await;
        assert_eq!(state(&store, "a").await.0, NEVER_MS, "nobody woke it");
        assert!(claim(&store, "leadsquared", NEVER_MS - 2 * LEASE_MS).await.is_none());
        wake(&store, "a", "leadsquared", 40).await;
        let visit = claim(&store, "leadsquared", 40).await.unwrap();
        release(&store, &visit, "leadsquared", (500, 50)).await;
        wake(&store, "a", "leadsquared", 700).await;
        assert_eq!(state(&store, "a").await.0, 500, "a later wake does not put it off");
    })
    .await;
}

#[tokio::test]
async fn the_lane_that_is_due_longest_goes_first() {
    each_database(async |store, _| {
        for (owner, at_ms) in [("busy", 30), ("old", 10), ("middle", 20), ("later", 900)] {
            wake(&store, owner, "leadsquared", at_ms).await;
        }
        let mut order = Vec::new();
        for _ in 0..3 {
            let visit = claim(&store, "leadsquared", 100).await.unwrap();
            release(&store, &visit, "leadsquared", (100, 100)).await;
            order.push(visit.tenant.to_string());
        }
        assert_eq!(order, ["old", "middle", "busy"], "who was served waits behind the others");
    })
    .await;
}

#[tokio::test]
async fn the_next_due_moment_is_that_of_the_first_lane_that_can_be_had() {
    each_database(async |store, _| {
        assert_eq!(next_due(&store).await, NEVER_MS);
        wake(&store, "a", "leadsquared", 300).await;
        wake(&store, "b", "leadsquared", 200).await;
        wake(&store, "c", "zoom", 1).await;
        assert_eq!(next_due(&store).await, 200);
        let visit = claim(&store, "leadsquared", 250).await.unwrap();
        assert_eq!(next_due(&store).await, 300);
        let other = claim(&store, "leadsquared", 300).await.unwrap();
        assert_eq!(next_due(&store).await, 250 + LEASE_MS, "a held lane is due when its lease ends");
        release(&store, &visit, "leadsquared", (NEVER_MS, 300)).await;
        release(&store, &other, "leadsquared", (NEVER_MS, 300)).await;
        assert_eq!(next_due(&store).await, NEVER_MS);
    })
    .await;
}

/// Claims and gives back until nothing is due; says how often it held each lane.
async fn work(store: Store, held: Arc<Mutex<HashSet<String>>>, visits: Arc<Mutex<BTreeMap<String, u32>>>) {
    while let Some(visit) = claim(&store, "leadsquared", 100).await {
        let owner = visit.tenant.to_string();
        assert!(held.lock().unwrap().insert(owner.clone()), "{owner} is held twice");
        tokio::task::yield_now().await;
        hold(&store, &visit, "leadsquared", 100 + LEASE_MS).await.unwrap();
        held.lock().unwrap().remove(&owner);
        *visits.lock().unwrap().entry(owner).or_default() += 1;
        release(&store, &visit, "leadsquared", (NEVER_MS, 100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_at_once_never_hold_the_same_lane() {
    each_database(async |store, url| {
        // A second store over the same database stands for another process.
        let other = Store::open(&url).await.unwrap();
        for number in 0..24 {
            wake(&store, &format!("t{number}"), "leadsquared", number).await;
        }
        let (held, visits) = (Arc::default(), Arc::<Mutex<BTreeMap<String, u32>>>::default());
        let mut workers = JoinSet::new();
        for store in [&store, &other, &store, &other] {
            workers.spawn(work(store.clone(), Arc::clone(&held), Arc::clone(&visits)));
        }
        while let Some(worker) = workers.join_next().await {
            worker.unwrap();
        }
        // On PostgreSQL a worker may find every due lane being claimed and leave; the last one out leaves nothing due.
        assert!(claim(&store, "leadsquared", 100).await.is_none());
        let visits = visits.lock().unwrap().clone();
        assert_eq!(visits.len(), 24);
        assert!(visits.values().all(|count| *count == 1), "{visits:?}");
        other.close().await;
    })
    .await;
}
