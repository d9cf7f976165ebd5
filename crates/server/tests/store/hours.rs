//! What came in and was written by the hour, and what stands still: counted without going through what is over.

use super::databases::{each_database, raw};
use super::rows::{activity, append, id, notification, plan, settle, settled};
use connector_core::translate::Start;
use connector_server::dice::id_floor;
use connector_server::store::hourly::{self, HOUR_MS, Standing};
use connector_server::store::journal::{self, Done};
use connector_server::store::{Store, ledger};
use sqlx::Row as _;
use std::collections::BTreeMap;

async fn moved(store: &Store, owner: &str, first: i64) -> BTreeMap<i64, (i64, i64)> {
    let owner = id(owner);
    store.read(move |unit| Box::pin(async move { hourly::moved(unit, &owner, first).await })).await.unwrap()
}

async fn standing(store: &Store, owner: &str, (from_ms, to_ms): (i64, i64)) -> Standing {
    let (owner, from, to) = (id(owner), id_floor(from_ms), id_floor(to_ms));
    let read = store.read(move |unit| Box::pin(async move { hourly::standing(unit, &owner, (&from, &to)).await }));
    read.await.unwrap()
}

async fn holds(store: &Store) -> bool {
    let balances = store.read(|unit| Box::pin(ledger::balances(unit))).await.unwrap();
    !balances.is_empty() && balances.iter().all(ledger::Balance::holds)
}

async fn finish(store: &Store, owner: &str, key: &str, state: &'static str) {
    let done = [Done { key: key.to_owned(), state, code: None, detail: None, fact: None }];
    let owner = id(owner);
    store.write(move |unit| Box::pin(async move { journal::finish(unit, &owner, &done, 77).await })).await.unwrap();
}

#[tokio::test]
async fn what_came_in_stands_in_its_hour_and_the_same_told_again_does_not_count() {
    each_database(async |store, _| {
        let ten = 10 * HOUR_MS;
        append(&store, vec![notification("a", "k1", ten), notification("a", "k2", ten + 5)]).await;
        append(&store, vec![notification("b", "k1", ten)]).await;
        append(&store, vec![notification("a", "k1", ten + HOUR_MS), notification("a", "k3", ten + HOUR_MS)]).await;
        assert_eq!(moved(&store, "a", 10).await, BTreeMap::from([(10, (2, 0)), (11, (1, 0))]));
        assert_eq!(moved(&store, "a", 11).await, BTreeMap::from([(11, (1, 0))]));
        assert_eq!(moved(&store, "b", 0).await, BTreeMap::from([(10, (1, 0))]));
        assert!(holds(&store).await);
    })
    .await;
}

#[tokio::test]
async fn old_hours_are_put_together_and_the_ledger_still_balances() {
    each_database(async |store, url| {
        for hour in [3, 4, 50] {
            append(&store, vec![notification("a", &format!("k{hour}"), hour * HOUR_MS)]).await;
        }
        append(&store, vec![notification("b", "k", 3 * HOUR_MS)]).await;
        finish(&store, "a", "k3", "ignored").await;
        for _ in 0..2 {
            store.write(|unit| Box::pin(ledger::fold(unit, 50))).await.unwrap();
            assert!(holds(&store).await);
            assert_eq!(moved(&store, "a", 0).await, BTreeMap::from([(50, (1, 0))]), "hour 50 is kept as it is");
        }
        let mut raw = raw(&url).await;
        let rows = sqlx::query("select received, settled from ledger where tenant = 'a' order by hour");
        let rows = rows.fetch_all(&mut raw).await.unwrap();
        let rows: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(rows, [(2, 1), (1, 0)]);
    })
    .await;
}

#[tokio::test]
async fn what_was_written_stands_in_the_hour_it_arrived_in_until_it_is_old() {
    each_database(async |store, _| {
        plan(&store, "a", vec![activity("d1", None, Start::Ready), activity("d2", None, Start::Ready)], 0).await;
        settle(&store, "a", vec![settled("d1", "delivered"), settled("d2", "unknown")], 7 * HOUR_MS).await;
        settle(&store, "a", vec![settled("d2", "delivered")], 8 * HOUR_MS + 5).await;
        assert_eq!(moved(&store, "a", 0).await, BTreeMap::from([(7, (0, 1)), (8, (0, 1))]));
        assert_eq!(moved(&store, "b", 0).await, BTreeMap::new());
        store.write(|unit| Box::pin(hourly::prune(unit, 8))).await.unwrap();
        assert_eq!(moved(&store, "a", 0).await, BTreeMap::from([(8, (0, 1))]));
    })
    .await;
}

#[tokio::test]
async fn what_stands_still_is_counted_by_when_it_was_planned() {
    each_database(async |store, _| {
        for (at_ms, owner) in [(HOUR_MS, "a"), (2 * HOUR_MS, "a"), (2 * HOUR_MS, "b")] {
            let key = |name: &str| format!("{name}{at_ms}");
            let planned = vec![
                activity(&key("ready"), Some("asha"), Start::Ready),
                activity(&key("sent"), None, Start::Ready),
                activity(&key("done"), None, Start::Ready),
                activity(&key("nameless"), None, Start::WaitsForIdentity),
                activity(&key("parked"), None, Start::Parked("setup.activity_type")),
            ];
            plan(&store, owner, planned, at_ms).await;
            settle(&store, owner, vec![settled(&key("sent"), "unknown"), settled(&key("done"), "delivered")], at_ms)
                .await;
            append(&store, vec![notification(owner, &key("bad"), at_ms)]).await;
            finish(&store, owner, &key("bad"), "quarantined").await;
        }
        let one = Standing { moving: 2, nameless: 1, parked: 1, unreadable: 1 };
        let both = Standing { moving: 4, nameless: 2, parked: 2, unreadable: 2 };
        assert_eq!(standing(&store, "a", (HOUR_MS, 2 * HOUR_MS)).await, one);
        assert_eq!(standing(&store, "a", (0, 3 * HOUR_MS)).await, both);
        assert_eq!(standing(&store, "b", (0, 3 * HOUR_MS)).await, one);
        assert_eq!(standing(&store, "c", (0, 3 * HOUR_MS)).await, Standing::default());
    })
    .await;
}
