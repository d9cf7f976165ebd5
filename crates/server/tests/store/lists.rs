//! Lists with much behind them: states put together from where they stand, counts to a limit, and looking up to a place for what no
//! index finds.

use super::databases::each_database;
use super::deliveries::begin;
use super::rows::{activity, append, id, notification, plan, settle, settled};
use connector_core::delivery::State;
use connector_core::translate::Start;
use connector_server::store::delivery::Settled;
use connector_server::store::delivery_list::{self, Filter};
use connector_server::store::journal::{self, Done};
use connector_server::store::{Order, Store, delivery_count, journal_list};

/// Seven deliveries, one of each state and one more that is ready, each about somebody of its own.
async fn seven(store: &Store) {
    let mut planned: Vec<_> = ["r1", "s", "u", "d", "x", "p", "r2"].map(|key| activity(key, None, Start::Ready)).into();
    planned.push(activity("w", Some("p"), Start::WaitsForIdentity));
    for one in &mut planned {
        one.who = format!("{}@x.test", one.key);
    }
    plan(store, "a", planned, 10).await;
    begin(store, "a", ("t1", 500), &["s", "u"]).await;
    let refused = Settled { code: Some("lsq.rejected".to_owned()), ..settled("p", "parked") };
    let outcomes = vec![settled("u", "unknown"), settled("d", "delivered"), settled("x", "suppressed"), refused];
    settle(store, "a", outcomes, 600).await;
}

async fn keys(store: &Store, states: &'static [State], filter: Filter) -> (String, i64) {
    let read = store.read(move |unit| {
        Box::pin(async move {
            let rows = delivery_count::page_in(unit, &id("a"), states, &filter).await?;
            let count = delivery_count::count_in(unit, &id("a"), states, &filter, 3).await?;
            let keys: Vec<String> = rows.into_iter().map(|row| row.key).collect();
            Ok((keys.join(" "), count))
        })
    });
    read.await.unwrap()
}

fn first(limit: i64) -> Filter {
    Filter { limit, ..Filter::default() }
}

#[tokio::test]
async fn states_that_stand_in_several_places_are_one_list() {
    const OPEN: &[State] = &[State::Waiting, State::Ready, State::Sending, State::Unknown];
    each_database(async |store, _| {
        seven(&store).await;
        assert_eq!(keys(&store, &State::ALL, first(9)).await, ("w r2 p x d u s r1".to_owned(), 4));
        assert_eq!(
            keys(&store, OPEN, first(9)).await,
            ("w r2 u s r1".to_owned(), 4),
            "counted up to one more than three"
        );
        assert_eq!(keys(&store, OPEN, first(2)).await.0, "w r2");
        let oldest = Filter { order: Order::OldestFirst, ..first(3) };
        assert_eq!(keys(&store, OPEN, oldest).await.0, "r1 s u");
        let ids = store.read(|unit| {
            Box::pin(async move { delivery_count::page_in(unit, &id("a"), &State::ALL, &first(9)).await })
        });
        let id_of = |key: &str, rows: &[delivery_list::ListedDelivery]| {
            rows.iter().find(|row| row.key == key).map(|row| row.id.clone())
        };
        let rows = ids.await.unwrap();
        let beyond = Filter { before: id_of("u", &rows), ..first(9) };
        assert_eq!(keys(&store, OPEN, beyond.clone()).await.0, "s r1", "behind what stands in no order, too");
        let near = Filter { until: id_of("s", &rows), ..beyond };
        assert_eq!(keys(&store, OPEN, near).await.0, "s");
        let onward =
            Filter { before: id_of("s", &rows), until: id_of("r2", &rows), order: Order::OldestFirst, ..first(9) };
        assert_eq!(keys(&store, OPEN, onward).await.0, "u r2");
        for (state, expected) in [
            (&[State::Ready], ("r2 r1", 2)),
            (&[State::Sending], ("s", 1)),
            (&[State::Unknown], ("u", 1)),
            (&[State::Delivered], ("d", 1)),
            (&[State::Suppressed], ("x", 1)),
            (&[State::Parked], ("p", 1)),
            (&[State::Waiting], ("w", 1)),
        ] {
            assert_eq!(keys(&store, state, first(9)).await, (expected.0.to_owned(), expected.1), "{state:?}");
        }
        assert_eq!(keys(&store, &[], first(9)).await, (String::new(), 0));
        let refused = Filter { code: Some("lsq.rejected".to_owned()), ..first(9) };
        assert_eq!(keys(&store, &State::ALL, refused).await, ("p".to_owned(), 1));
    })
    .await;
}

#[tokio::test]
async fn what_no_index_finds_is_looked_for_up_to_a_place_and_from_there_on() {
    each_database(async |store, _| {
        seven(&store).await;
        let about = |who: &str| Filter { who: Some(who.to_owned()), ..first(9) };
        let looked_to = async |filter: Filter, most: i64| {
            let read = store.read(move |unit| {
                Box::pin(async move { delivery_count::looked_to(unit, &id("a"), &State::ALL, &filter, most).await })
            });
            read.await.unwrap()
        };
        let until = looked_to(about("R1@"), 3).await;
        assert!(until.is_some());
        let near = Filter { until: until.clone(), ..about("@x.test") };
        assert_eq!(keys(&store, &State::ALL, near).await.0, "w r2 p", "three were looked at");
        let further = Filter { before: until, ..about("R1@") };
        assert_eq!(looked_to(further.clone(), 6).await, None, "five are left");
        assert_eq!(keys(&store, &State::ALL, further).await.0, "r1");
    })
    .await;
}

#[tokio::test]
async fn causes_are_counted_one_by_one_and_the_most_frequent_stand_first() {
    each_database(async |store, _| {
        let keys = ["a", "b", "c", "d"];
        plan(&store, "a", keys.map(|key| activity(key, None, Start::Ready)).to_vec(), 10).await;
        let parked = |key: &str, code: &str| Settled { code: Some(code.to_owned()), ..settled(key, "parked") };
        let outcomes = vec![
            parked("a", "lsq.malformed"),
            parked("b", "lsq.rejected"),
            parked("c", "lsq.rejected"),
            parked("d", "lsq.rejected"),
        ];
        settle(&store, "a", outcomes, 20).await;
        let causes = async |most: i64, limit: usize| {
            let read = store.read(move |unit| {
                Box::pin(async move { delivery_count::parked_causes(unit, &id("a"), most, limit).await })
            });
            read.await.unwrap()
        };
        let (rejected, malformed) = ("lsq.rejected".to_owned(), "lsq.malformed".to_owned());
        assert_eq!(causes(9, 9).await, [(rejected.clone(), 3), (malformed, 1)]);
        assert_eq!(causes(1, 1).await, [(rejected, 2)], "more than one");
    })
    .await;
}

#[tokio::test]
async fn notifications_are_listed_by_outcome_and_looked_for_by_event_and_person() {
    each_database(async |store, _| {
        append(&store, (0..4).map(|n| notification("a", &format!("n{n}"), n)).collect()).await;
        plan(&store, "a", vec![activity("k", None, Start::Ready)], 10).await;
        let done = |key: &str, state: &'static str, fact: Option<&str>| Done {
            key: key.to_owned(),
            state,
            code: None,
            detail: None,
            fact: fact.map(str::to_owned),
        };
        let settled =
            vec![done("n0", "merged", Some("fact-of-k")), done("n1", "ignored", None), done("n2", "quarantined", None)];
        let write =
            store.write(move |unit| Box::pin(async move { journal::finish(unit, &id("a"), &settled, 20).await }));
        write.await.unwrap();
        let listed = async |filter: journal::Filter| {
            let read = store.read(move |unit| {
                Box::pin(async move {
                    let rows = journal::page(unit, &id("a"), &filter).await?;
                    let count = journal_list::count(unit, &id("a"), &filter, 9).await?;
                    Ok((rows.into_iter().map(|row| row.key).collect::<Vec<_>>().join(" "), count))
                })
            });
            read.await.unwrap()
        };
        let of =
            |state: &str| journal::Filter { state: Some(state.to_owned()), limit: 9, ..journal::Filter::default() };
        for (state, expected) in [("merged", "n0"), ("ignored", "n1"), ("quarantined", "n2"), ("pending", "n3")] {
            assert_eq!(listed(of(state)).await, (expected.to_owned(), 1), "{state}");
        }
        assert_eq!(listed(of("' or 1 = 1 --")).await, (String::new(), 0), "there is no such state");
        let all = journal::Filter { limit: 9, ..journal::Filter::default() };
        assert_eq!(listed(all.clone()).await, ("n3 n2 n1 n0".to_owned(), 4));
        let asked = all.clone();
        let read = store.read(move |unit| {
            Box::pin(async move {
                let until = journal_list::looked_to(unit, &id("a"), &asked, 2).await?;
                let near = journal::page(unit, &id("a"), &journal::Filter { until, ..asked.clone() }).await?;
                let end = journal_list::looked_to(unit, &id("a"), &asked, 5).await?;
                let about = journal_list::page_about(unit, &id("a"), "K", &asked).await?;
                Ok((near.len(), end, about.into_iter().map(|row| row.key).collect::<Vec<_>>()))
            })
        });
        let (near, end, about) = read.await.unwrap();
        assert_eq!((near, end, about), (2, None, vec!["n0".to_owned()]));
        let whole = store.read(|unit| {
            Box::pin(async move {
                delivery_list::page(unit, &id("a"), &Filter { state: Some("odd".to_owned()), ..first(9) }).await
            })
        });
        assert!(whole.await.unwrap().is_empty(), "there is no such state");
    })
    .await;
}
