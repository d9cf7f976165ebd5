//! The journal: once for each key, nothing lost from the count.

use super::databases::each_database;
use super::rows::{append, claim, hold, id, notification};
use connector_server::store::journal::{self, Done, Filter, NotificationRow};
use connector_server::store::{Store, lane};
use std::collections::BTreeMap;

async fn page(store: &Store, owner: &str, filter: Filter) -> Vec<NotificationRow> {
    let owner = id(owner);
    store.read(move |unit| Box::pin(async move { journal::page(unit, &owner, &filter).await })).await.unwrap()
}

async fn all(store: &Store, owner: &str) -> Vec<NotificationRow> {
    page(store, owner, Filter { limit: 1_000, ..Filter::default() }).await
}

async fn counts(store: &Store, owner: &str) -> BTreeMap<String, i64> {
    let owner = id(owner);
    let counts = store.read(move |unit| Box::pin(async move { journal::counts(unit, &owner, "").await })).await;
    counts.unwrap().into_iter().collect()
}

async fn finish(store: &Store, owner: &str, done: Vec<Done>) {
    let owner = id(owner);
    store.write(move |unit| Box::pin(async move { journal::finish(unit, &owner, &done, 77).await })).await.unwrap();
}

fn done(key: &str, state: &'static str, code: Option<&'static str>) -> Done {
    let fact = (state == "merged").then(|| "fact-1".to_owned());
    Done { key: key.to_owned(), state, code, detail: code.map(|code| format!("because of {code}")), fact }
}

#[tokio::test]
async fn the_same_notification_is_one_row_that_counts_its_copies() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "k1", 100), notification("a", "k2", 101)]).await;
        let first = all(&store, "a").await;
        let retry = notification("a", "k1", 200);
        append(&store, vec![retry.clone()]).await;
        append(&store, vec![retry]).await;
        let rows = all(&store, "a").await;
        let seen: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.copies, row.received_ms)).collect();
        assert_eq!(seen, [("k2", 1, 101), ("k1", 3, 100)]);
        assert_eq!(rows[1].id, first[1].id, "the row keeps its place");
        assert_eq!(rows[1].body, notification("a", "k1", 100).body);
        assert_eq!((rows[1].source.as_str(), rows[1].late, rows[1].event_ts_ms), ("zoom:webinars", false, 95));
    })
    .await;
}

#[tokio::test]
async fn a_large_batch_is_appended_whole_whatever_its_size() {
    each_database(async |store, _| {
        for size in [1_i64, 3, 17, 64, 151] {
            let owner = format!("t{size}");
            append(&store, (0..size).map(|n| notification(&owner, &format!("k{n}"), 1_000 + n)).collect()).await;
            let rows = all(&store, &owner).await;
            assert_eq!(i64::try_from(rows.len()).unwrap(), size);
            assert!(rows.iter().all(|row| row.body == notification(&owner, &row.key, 1).body), "a body fits its key");
        }
    })
    .await;
}

#[tokio::test]
async fn what_came_in_is_always_the_sum_of_what_became_of_it() {
    each_database(async |store, _| {
        append(&store, (0..10).map(|n| notification("a", &format!("k{n}"), 100 + n)).collect()).await;
        assert_eq!(counts(&store, "a").await, BTreeMap::from([("pending".to_owned(), 10)]));
        let settled = vec![
            done("k0", "merged", None),
            done("k1", "merged", None),
            done("k2", "ignored", Some("ignored.repeat")),
            done("k3", "quarantined", Some("quarantine.field")),
        ];
        finish(&store, "a", settled).await;
        append(&store, vec![notification("a", "k0", 500), notification("a", "k3", 500)]).await;
        let expected = [("ignored", 1), ("merged", 2), ("pending", 6), ("quarantined", 1)];
        let expected: BTreeMap<String, i64> = expected.map(|(state, n)| (state.to_owned(), n)).into();
        assert_eq!(counts(&store, "a").await, expected);
        assert_eq!(expected.values().sum::<i64>(), 10);
        let rows = all(&store, "a").await;
        let of = |key: &str| rows.iter().find(|row| row.key == key).unwrap();
        assert_eq!((of("k0").fact.as_deref(), of("k0").done_ms), (Some("fact-1"), Some(77)));
        assert_eq!(of("k3").detail.as_deref(), Some("because of quarantine.field"));
        assert_eq!((of("k4").code.as_deref(), of("k4").done_ms), (None, None));
    })
    .await;
}

#[tokio::test]
async fn pending_notifications_come_oldest_first_and_only_while_they_wait() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "late", 300), notification("a", "early", 100)]).await;
        append(&store, vec![notification("a", "middle", 200), notification("b", "other", 50)]).await;
        finish(&store, "a", vec![done("middle", "ignored", Some("ignored.repeat"))]).await;
        let pending =
            |limit| store.read(move |unit| Box::pin(async move { journal::pending(unit, &id("a"), limit).await }));
        let keys: Vec<String> = pending(10).await.unwrap().into_iter().map(|row| row.key).collect();
        assert_eq!(keys, ["early", "late"]);
        assert_eq!(pending(1).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn appending_wakes_the_translator_of_each_tenant_once_it_is_due() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "k1", 300), notification("b", "k1", 200), notification("a", "k2", 100)])
            .await;
        assert!(claim(&store, "translator", 99).await.is_none());
        assert_eq!(claim(&store, "translator", 300).await.unwrap().tenant, id("a"));
        assert_eq!(claim(&store, "translator", 300).await.unwrap().tenant, id("b"));
        assert!(claim(&store, "translator", 300).await.is_none());
        let state = store.read(|unit| Box::pin(async move { lane::get(unit, &id("a"), "courier").await })).await;
        assert!(state.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_replayed_notification_waits_again_and_a_waiting_one_is_not_replayed() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "k1", 100)]).await;
        let row = all(&store, "a").await.remove(0);
        let replay = |id_of_row: String| {
            store.write(move |unit| Box::pin(async move { journal::replay(unit, &id("a"), &id_of_row, 900).await }))
        };
        assert!(!replay(row.id.clone()).await.unwrap());
        finish(&store, "a", vec![done("k1", "quarantined", Some("quarantine.field"))]).await;
        assert!(replay(row.id.clone()).await.unwrap());
        assert!(!replay("nobody".to_owned()).await.unwrap());
        let again = all(&store, "a").await.remove(0);
        assert_eq!((again.state.as_str(), again.code, again.done_ms, again.copies), ("pending", None, None, 1));
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_and_paged_newest_first() {
    each_database(async |store, _| {
        append(&store, (0..6).map(|n| notification("a", &format!("k{n}"), 100 + n)).collect()).await;
        finish(&store, "a", vec![done("k1", "merged", None), done("k4", "merged", None)]).await;
        let merged = Filter { state: Some("merged".to_owned()), limit: 10, ..Filter::default() };
        let keys = |rows: &[NotificationRow]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&page(&store, "a", merged).await), ["k4", "k1"]);
        let first = page(&store, "a", Filter { limit: 4, ..Filter::default() }).await;
        let before = first.last().map(|row| row.id.clone());
        let second = page(&store, "a", Filter { before, limit: 4, ..Filter::default() }).await;
        assert_eq!((keys(&first).len(), keys(&second)), (4, vec!["k1".to_owned(), "k0".to_owned()]));
        let event = Filter { event: Some("webinar.ended".to_owned()), limit: 4, ..Filter::default() };
        assert!(page(&store, "a", event).await.is_empty());
        let of_fact =
            store.read(|unit| Box::pin(async move { journal::of_fact(unit, &id("a"), "fact-1").await })).await;
        assert_eq!(keys(&of_fact.unwrap()), ["k4", "k1"]);
    })
    .await;
}

#[tokio::test]
async fn replicas_that_are_told_the_same_at_once_while_it_is_translated_do_not_stop_each_other() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "k0", 1)]).await;
        let claimed = claim(&store, "translator", 1).await.unwrap();
        let told =
            |round: i64| -> Vec<_> { (0..8).map(|n| notification("a", &format!("k{}", round * 4 + n), 10)).collect() };
        let one = async {
            for round in 0..40 {
                append(&store, told(round)).await;
            }
        };
        let other = async {
            for round in 0..40 {
                append(&store, told(round).into_iter().rev().collect()).await;
            }
        };
        let translator = async {
            for round in 0..40 {
                let keys = told(round).into_iter().rev();
                let merged: Vec<Done> = keys.map(|one| done(&one.key, "merged", None)).collect();
                let held = claimed.clone();
                let unit = store.write(move |unit| {
                    Box::pin(async move {
                        lane::hold(unit, &held, "translator", "{}", 1_000).await?;
                        journal::finish(unit, &held.tenant, &merged, 77).await
                    })
                });
                unit.await.unwrap();
            }
        };
        tokio::join!(one, other, translator);
        hold(&store, &claimed, "translator", 2_000).await.unwrap();
    })
    .await;
}
