//! Callers that leave: by a deadline, by being dropped, by a unit that dies. What was promised is kept, and no
//! transaction stays open behind them.

use super::databases::{each_database, raw};
use super::rows::{append, id, notification};
use connector_server::store::{Store, StoreError, journal};
use futures_util::FutureExt as _;
use sqlx::Row as _;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::oneshot;

/// Keys in the journal with their copies, as another connection sees them.
async fn journal_of(url: &str) -> Vec<(String, i64)> {
    let mut raw = raw(url).await;
    let rows = sqlx::query("select key, copies from journal order by key").fetch_all(&mut raw).await.unwrap();
    rows.iter().map(|row| (row.get("key"), row.get("copies"))).collect()
}

#[tokio::test]
async fn a_caller_that_is_dropped_in_the_middle_does_not_cut_its_unit_short() {
    each_database(async |store, url| {
        let (inside, is_inside) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let caller = store.write(move |unit| {
            Box::pin(async move {
                journal::append(unit, &[notification("a", "k", 1)]).await?;
                inside.send(()).unwrap();
                may_go_on.await.unwrap();
                journal::append(unit, &[notification("a", "l", 2)]).await
            })
        });
        tokio::select! {
            biased;
            _ = caller => panic!("the unit cannot have ended"),
            entered = is_inside => entered.unwrap(),
        }
        assert_eq!(journal_of(&url).await, [], "nothing is seen before the commit");
        go_on.send(()).unwrap();
        // The same row again: this waits for the unit before it, which nobody waits for any more.
        append(&store, vec![notification("a", "k", 3)]).await;
        assert_eq!(journal_of(&url).await, [("k".to_owned(), 2), ("l".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn callers_with_a_deadline_that_is_over_lose_nothing_and_block_nobody() {
    each_database(async |store, url| {
        let mut ended = Vec::new();
        for number in 0..40 {
            let (end, at_its_end) = oneshot::channel();
            ended.push(at_its_end);
            let unit = store.write(move |unit| {
                Box::pin(async move {
                    journal::append(unit, &[notification("a", &format!("k{number:02}"), 1)]).await?;
                    end.send(()).unwrap();
                    Ok(())
                })
            });
            // One poll hands the unit over; the caller's deadline is over before anything else can run.
            let deadline = tokio::time::timeout(Duration::ZERO, unit);
            assert!(deadline.now_or_never().is_none(), "the caller leaves at once");
        }
        for at_its_end in ended {
            at_its_end.await.unwrap();
        }
        // All of them touch the tenant's lane: this comes after their commits.
        append(&store, vec![notification("a", "last", 1)]).await;
        let journal = journal_of(&url).await;
        assert_eq!(journal.len(), 41);
        assert!(journal.iter().all(|(_, copies)| *copies == 1));
    })
    .await;
}

/// Polls a future so often, then drops it. Says whether it had ended.
async fn leave_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(value) = polled {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_a_caller_leaves_an_acknowledged_row_is_there() {
    each_database(async |store, url| {
        let mut acknowledged = BTreeSet::new();
        for polls in 0..120 {
            let key = format!("k{polls:03}");
            let row = notification("a", &key, 1);
            let write = store.write(move |unit| Box::pin(async move { journal::append(unit, &[row]).await }));
            if let Some(result) = leave_after(polls, write).await {
                result.unwrap();
                acknowledged.insert(key);
            }
            let read = store.read(|unit| Box::pin(async move { journal::counts(unit, &id("a"), "").await }));
            leave_after(polls % 7, read).await;
        }
        // More readers left than there are connections: none of them kept one.
        let counts = store.read(|unit| Box::pin(async move { journal::counts(unit, &id("a"), "").await })).await;
        counts.unwrap();
        append(&store, vec![notification("a", "last", 1)]).await;
        let there: BTreeSet<String> = journal_of(&url).await.into_iter().map(|(key, _)| key).collect();
        assert!(there.contains("last"));
        assert!(acknowledged.is_subset(&there), "lost: {:?}", acknowledged.difference(&there));
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_fails_or_dies_leaves_nothing_behind_and_nothing_open() {
    each_database(async |store, url| {
        for round in 0..15 {
            let result: Result<(), StoreError> = store
                .write(move |unit| {
                    Box::pin(async move {
                        journal::append(unit, &[notification("a", "k", 1)]).await?;
                        assert!(round % 2 == 0, "this unit dies on purpose");
                        Err(StoreError::Fenced)
                    })
                })
                .await;
            match result {
                Err(StoreError::Fenced) => assert_eq!(round % 2, 0),
                Err(StoreError::Died) => assert_eq!(round % 2, 1),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(journal_of(&url).await, []);
        // A transaction that stayed open would hold the row, and on SQLite the only writer.
        append(&store, vec![notification("a", "k", 1)]).await;
        assert_eq!(journal_of(&url).await, [("k".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_statement_undoes_the_whole_unit() {
    each_database(async |store, url| {
        let result = store
            .write(|unit| {
                Box::pin(async move {
                    journal::append(unit, &[notification("a", "k", 1)]).await?;
                    connector_server::store::tenant::insert(unit, &super::rows::tenant("t")).await?;
                    connector_server::store::tenant::insert(unit, &super::rows::tenant("t")).await
                })
            })
            .await;
        assert!(result.unwrap_err().is_duplicate());
        assert_eq!(journal_of(&url).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_reads_changes_nothing() {
    each_database(async |store, url| {
        let work = |store: Store| async move {
            store.read(|unit| Box::pin(async move { journal::append(unit, &[notification("a", "k", 1)]).await })).await
        };
        work(store).await.unwrap();
        assert_eq!(journal_of(&url).await, []);
    })
    .await;
}
