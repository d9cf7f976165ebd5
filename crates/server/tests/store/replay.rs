//! Replay and the lists it works on: parked deliveries only, with the marker they had.

use super::databases::each_database;
use super::deliveries::begin;
use super::rows::{activity, append, by_key, claim, find, id, notification, plan, queue, settle, settled};
use connector_core::translate::{Planned, Start};
use connector_server::store::delivery::Settled;
use connector_server::store::delivery_list::{self, Filter};
use connector_server::store::journal::{self, Done};
use connector_server::store::{Store, StoreError};

async fn replay(store: &Store, filter: Filter, now_ms: i64) -> u64 {
    store
        .write(move |unit| Box::pin(async move { delivery_list::replay(unit, &id("a"), &filter, now_ms).await }))
        .await
        .unwrap()
}

async fn count_parked(store: &Store, filter: Filter) -> i64 {
    store
        .read(move |unit| Box::pin(async move { delivery_list::count_parked(unit, &id("a"), &filter).await }))
        .await
        .unwrap()
}

async fn replay_one(store: &Store, row: &str, now_ms: i64) -> Result<bool, StoreError> {
    let row = row.to_owned();
    store
        .write(move |unit| Box::pin(async move { delivery_list::replay_one(unit, &id("a"), &row, now_ms).await }))
        .await
}

fn parked(key: &str, code: &str) -> Settled {
    Settled { code: Some(code.to_owned()), detail: Some("no".to_owned()), tries: 3, ..settled(key, "parked") }
}

#[tokio::test]
async fn only_parked_deliveries_are_replayed_and_keep_their_command() {
    each_database(async |store, _| {
        let keys = ["never-sent", "sent", "lead", "delivered", "unknown"];
        let planned = keys.map(|key| match key {
            "lead" => find(key, "p"),
            _ => activity(key, Some("p"), Start::Ready),
        });
        plan(&store, "a", planned.to_vec(), 10).await;
        begin(&store, "a", ("t1", 500), &["sent", "lead", "delivered", "unknown"]).await;
        let mut outcome = vec![settled("delivered", "delivered"), settled("unknown", "unknown")];
        outcome.extend(["never-sent", "sent", "lead"].map(|key| parked(key, "lsq.rejected")));
        settle(&store, "a", outcome, 600).await;
        let before = by_key(&store, "a", "sent").await.command;
        assert!(before.contains("zmarker-of-sent"));
        assert_eq!(count_parked(&store, Filter::default()).await, 3);
        assert_eq!(replay(&store, Filter::default(), 700).await, 3);
        let states: Vec<String> = queue(&store, "a").await.into_iter().rev().map(|row| row.state).collect();
        assert_eq!(states, ["ready", "unknown", "ready", "delivered", "unknown"], "what was sent is looked for first");
        let sent = by_key(&store, "a", "sent").await;
        assert_eq!((sent.command, sent.tries, sent.next_at_ms), (before, 0, 700));
        assert_eq!((sent.code.as_deref(), sent.detail), (Some("delivery.replayed"), None));
        assert_eq!(replay(&store, Filter::default(), 800).await, 0);
        assert_eq!(claim(&store, "leadsquared", 700).await.unwrap().tenant, id("a"));
    })
    .await;
}

#[tokio::test]
async fn one_delivery_is_replayed_once() {
    each_database(async |store, _| {
        plan(&store, "a", vec![activity("k", None, Start::Ready), activity("other", None, Start::Ready)], 10).await;
        settle(&store, "a", vec![parked("k", "lsq.rejected"), parked("other", "lsq.rejected")], 20).await;
        let row = by_key(&store, "a", "k").await;
        assert!(replay_one(&store, &row.id, 30).await.unwrap());
        assert!(!replay_one(&store, &row.id, 40).await.unwrap());
        assert!(!replay_one(&store, "nobody", 40).await.unwrap());
        assert_eq!(by_key(&store, "a", "k").await.state, "ready");
        assert_eq!(by_key(&store, "a", "other").await.state, "parked");
    })
    .await;
}

#[tokio::test]
async fn a_filter_names_exactly_what_it_says() {
    each_database(async |store, _| {
        let who = |key: &str, who: &str| Planned { who: who.to_owned(), ..activity(key, None, Start::Ready) };
        let planned = vec![
            who("k1", "Asha@Example.test"),
            who("k2", "100%_sure!@example.test"),
            who("k3", "unknown (Émile)"),
            who("k4", "ravi@example.test"),
        ];
        plan(&store, "a", planned, 10).await;
        let codes = [("k1", "lsq.rejected"), ("k2", "lsq.malformed"), ("k3", "lsq.rejected"), ("k4", "lsq.rejected")];
        settle(&store, "a", codes.map(|(key, code)| parked(key, code)).to_vec(), 20).await;
        let about = |who: &str| Filter { who: Some(who.to_owned()), limit: 10, ..Filter::default() };
        for (text, expected) in [
            ("asha@", 1),
            ("ASHA", 1),
            ("%", 1),
            ("_", 1),
            ("!", 1),
            ("100%_sure!", 1),
            ("Émile", 1),
            ("  ", 4),
            ("x' or 1", 0),
        ] {
            assert_eq!(count_parked(&store, about(text)).await, expected, "{text:?}");
        }
        assert_eq!(count_parked(&store, Filter { code: Some("lsq.malformed".to_owned()), ..about("") }).await, 1);
        assert_eq!(count_parked(&store, Filter { state: Some("ready".to_owned()), ..Filter::default() }).await, 0);
        assert_eq!(
            replay(&store, Filter { code: Some("lsq.rejected".to_owned()), ..about("example.test") }, 30).await,
            2
        );
        let states: Vec<String> = queue(&store, "a").await.into_iter().rev().map(|row| row.state).collect();
        assert_eq!(states, ["ready", "parked", "parked", "ready"]);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_paged_newest_first_and_counted_by_state() {
    each_database(async |store, _| {
        plan(&store, "a", (0..7).map(|n| activity(&format!("k{n}"), None, Start::Ready)).collect(), 10).await;
        settle(&store, "a", vec![settled("k2", "delivered")], 20).await;
        let page = |filter: Filter| {
            store.read(move |unit| Box::pin(async move { delivery_list::page(unit, &id("a"), &filter).await }))
        };
        let first = page(Filter { limit: 5, ..Filter::default() }).await.unwrap();
        let before = first.last().map(|row| row.id.clone());
        let second = page(Filter { before, limit: 5, ..Filter::default() }).await.unwrap();
        let keys: Vec<&str> = first.iter().chain(&second).map(|row| row.key.as_str()).collect();
        assert_eq!(keys, ["k6", "k5", "k4", "k3", "k2", "k1", "k0"]);
        let counts = store.read(|unit| Box::pin(async move { delivery_list::counts(unit, &id("a"), "").await })).await;
        let mut counts = counts.unwrap();
        counts.sort_unstable();
        assert_eq!(counts, [("delivered".to_owned(), 1), ("ready".to_owned(), 6)]);
        let found = store
            .read(|unit| Box::pin(async move { delivery_list::of_fact(unit, &id("a"), "fact-of-k3").await }))
            .await;
        assert_eq!(found.unwrap().len(), 1);
        let (of_id, expected) = (first[0].id.clone(), first[0].key.clone());
        let one =
            store.read(move |unit| Box::pin(async move { delivery_list::get(unit, &id("a"), &of_id).await })).await;
        assert_eq!(one.unwrap().unwrap().key, expected);
    })
    .await;
}

#[tokio::test]
async fn what_was_parked_for_want_of_an_activity_type_is_planned_anew_by_a_replay() {
    each_database(async |store, _| {
        append(&store, vec![notification("a", "n1", 5), notification("a", "n2", 6)]).await;
        let done = |key: &str, fact: &str| Done {
            key: key.to_owned(),
            state: "merged",
            code: None,
            detail: None,
            fact: Some(fact.to_owned()),
        };
        let done = vec![done("n1", "fact-of-k"), done("n2", "fact-of-other")];
        store
            .write(move |unit| Box::pin(async move { journal::finish(unit, &id("a"), &done, 7).await }))
            .await
            .unwrap();
        let planned = ["k", "other"].map(|key| activity(key, Some("p"), Start::Parked("setup.activity_type")));
        plan(&store, "a", planned.to_vec(), 10).await;
        settle(&store, "a", vec![parked("other", "lsq.rejected")], 20).await;

        assert!(replay_one(&store, &by_key(&store, "a", "k").await.id, 30).await.unwrap());
        assert_eq!(by_key(&store, "a", "k").await.state, "waiting", "its command has no code: it must not go out");
        let pending =
            store.read(|unit| Box::pin(async move { journal::pending(unit, &id("a"), 9).await })).await.unwrap();
        assert_eq!(pending.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["n1"]);
        assert_eq!(claim(&store, "translator", 30).await.unwrap().tenant, id("a"));

        plan(&store, "a", vec![activity("k", Some("p"), Start::Parked("setup.activity_type"))], 40).await;
        assert_eq!(by_key(&store, "a", "k").await.state, "parked", "still not set up");
        assert_eq!(
            replay(&store, Filter { code: Some("setup.activity_type".to_owned()), ..Filter::default() }, 50).await,
            1
        );
        plan(&store, "a", vec![activity("k", Some("p"), Start::Ready)], 60).await;
        assert_eq!(by_key(&store, "a", "k").await.state, "ready");
    })
    .await;
}
