//! Grants: one refresher for each version, one pair after it.

use super::databases::each_database;
use super::rows::{connection, grant, id};
use connector_server::store::grant::{self, GrantRow, INTENT_LIFE_MS};
use connector_server::store::{Store, connection as connections};
use futures_util::future::join_all;

async fn seed(store: &Store) {
    store
        .write(|unit| {
            Box::pin(async move {
                connections::insert(unit, &connection("a", "c", "user")).await?;
                grant::insert(unit, &grant("a", "c")).await
            })
        })
        .await
        .unwrap();
}

async fn get(store: &Store) -> Option<GrantRow> {
    store.read(|unit| Box::pin(async move { grant::get(unit, &id("a"), "c").await })).await.unwrap()
}

async fn intend(store: &Store, row: &GrantRow, owner: &str, now_ms: i64) -> bool {
    let (row, owner) = (row.clone(), owner.to_owned());
    store.write(move |unit| Box::pin(async move { grant::intend(unit, &row, &owner, now_ms).await })).await.unwrap()
}

async fn replace(store: &Store, row: GrantRow, old_version: i64) -> bool {
    store.write(move |unit| Box::pin(async move { grant::replace(unit, &row, old_version).await })).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_who_want_to_refresh_at_once_exactly_one_does() {
    each_database(async |store, _| {
        seed(&store).await;
        let row = get(&store).await.unwrap();
        let names: Vec<String> = (0..10).map(|number| format!("worker-{number}")).collect();
        let won = join_all(names.iter().map(|name| intend(&store, &row, name, 1_000))).await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
        let winner = names.iter().zip(&won).find_map(|(name, won)| won.then_some(name.clone())).unwrap();
        assert_eq!(get(&store).await.unwrap().intent, Some((winner, 1_000)));
    })
    .await;
}

#[tokio::test]
async fn an_intent_of_somebody_who_died_ends_by_itself_and_only_its_owner_takes_it_back() {
    each_database(async |store, _| {
        seed(&store).await;
        let row = get(&store).await.unwrap();
        assert!(intend(&store, &row, "one", 1_000).await);
        assert!(!intend(&store, &row, "two", 1_000 + INTENT_LIFE_MS).await);
        let release = |owner: &'static str| {
            let row = row.clone();
            store.write(move |unit| Box::pin(async move { grant::release(unit, &row, owner).await }))
        };
        release("two").await.unwrap();
        assert!(get(&store).await.unwrap().intent.is_some());
        assert!(intend(&store, &row, "two", 1_001 + INTENT_LIFE_MS).await);
        release("two").await.unwrap();
        assert_eq!(get(&store).await.unwrap().intent, None);
    })
    .await;
}

#[tokio::test]
async fn a_pair_replaces_only_the_version_it_was_made_from() {
    each_database(async |store, _| {
        seed(&store).await;
        let row = get(&store).await.unwrap();
        assert!(intend(&store, &row, "one", 1_000).await);
        let next = GrantRow { version: 2, access: vec![7, 0, 7], refresh: None, expires_ms: 9_000, ..row.clone() };
        assert!(replace(&store, next.clone(), 1).await);
        assert!(!replace(&store, GrantRow { access: vec![6], ..next }, 1).await, "somebody was faster");
        let stored = get(&store).await.unwrap();
        assert_eq!((stored.version, stored.access, stored.refresh), (2, vec![7, 0, 7], None));
        assert_eq!((stored.intent, stored.expires_ms), (None, 9_000), "the intent is over");
        assert!(!intend(&store, &row, "late", 2_000).await, "nobody refreshes a version that is gone");
    })
    .await;
}

#[tokio::test]
async fn due_are_grants_that_end_soon_or_are_old_of_connections_that_work() {
    each_database(async |store, _| {
        store
            .write(|unit| {
                Box::pin(async move {
                    let states = [("soon", 500, 400), ("old", 90_000, 5), ("fresh", 90_000, 400), ("broken", 500, 400)];
                    for (number, (name, expires_ms, refreshed_ms)) in states.into_iter().enumerate() {
                        let owner = format!("t{number}");
                        connections::insert(unit, &connection(&owner, name, name)).await?;
                        grant::insert(unit, &GrantRow { expires_ms, refreshed_ms, ..grant(&owner, name) }).await?;
                    }
                    connections::set_broken(unit, (&id("t3"), "broken"), "grant.dead", 1).await
                })
            })
            .await
            .unwrap();
        let due = store.read(|unit| Box::pin(grant::due(unit, 1_000, 100))).await.unwrap();
        assert_eq!(due.iter().map(|row| row.connection.as_str()).collect::<Vec<_>>(), ["soon", "old"]);
    })
    .await;
}
