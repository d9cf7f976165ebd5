//! Requests with keys of their own, and keys of the API: each request is begun once, whoever comes at once.

use super::databases::{each_address, each_database};
use super::rows::id;
use connector_core::scope::Scopes;
use connector_server::store::Store;
use connector_server::store::api_key::{self, KeyRow};
use connector_server::store::idempotency::{self, AnswerRow, RequestRow};
use futures_util::future::join_all;

fn request(name: &str, begun_ms: i64) -> RequestRow {
    let (api_key, request) = ("h1".to_owned(), "what was asked".to_owned());
    RequestRow { api_key, name: name.to_owned(), request, tenant: Some(id("a")), begun_ms, answer: None }
}

async fn begin(store: &Store, row: RequestRow) -> Option<RequestRow> {
    store.write(move |unit| Box::pin(async move { idempotency::begin(unit, &row).await })).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_begin_one_request_at_once_one_does_it() {
    each_address(async |url| {
        let stores = join_all((0..2).map(|_| Store::open(&url))).await;
        let stores: Vec<Store> = stores.into_iter().map(Result::unwrap).collect();
        let all = (0..20_usize).map(|place| begin(&stores[place % 2], request("one", 1)));
        let begun = join_all(all).await.into_iter().filter(Option::is_none).count();
        assert_eq!(begun, 1);
        for store in stores {
            store.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_kept_for_whoever_began_and_removed_in_pieces() {
    each_database(async |store, _| {
        let first = request("one", 1);
        assert!(begin(&store, first.clone()).await.is_none());
        let answer = AnswerRow { status: 201, kind: "application/json".to_owned(), body: Some(vec![1, 2]) };
        let (row, kept) = (first.clone(), answer.clone());
        let noted = store.write(move |unit| {
            Box::pin(async move {
                // Somebody who began at another time has no say.
                let other = AnswerRow { status: 500, kind: String::new(), body: None };
                idempotency::answered(unit, &RequestRow { begun_ms: 9, ..row.clone() }, &other, 2).await?;
                idempotency::answered(unit, &row, &kept, 2).await?;
                idempotency::forget(unit, &row).await
            })
        });
        noted.await.unwrap();
        let there = begin(&store, request("one", 5)).await.unwrap();
        assert_eq!((there.answer, there.begun_ms, there.tenant), (Some(answer), 1, Some(id("a"))));
        for (name, begun_ms) in [("two", 2), ("three", 3), ("four", 9)] {
            assert!(begin(&store, request(name, begun_ms)).await.is_none());
        }
        let count = async || store.read(|unit| Box::pin(idempotency::kept(unit, "h1", 100))).await.unwrap();
        assert_eq!(count().await, 4);
        assert_eq!(store.write(|unit| Box::pin(idempotency::prune(unit, 5, 2))).await.unwrap(), 2);
        assert_eq!(store.write(|unit| Box::pin(idempotency::prune(unit, 5, 2))).await.unwrap(), 1);
        assert_eq!(count().await, 1);
        let row = request("four", 9);
        store.write(move |unit| Box::pin(async move { idempotency::forget(unit, &row).await })).await.unwrap();
        assert_eq!(count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_at_once_or_at_its_time_and_only_where_it_belongs() {
    each_database(async |store, _| {
        let own = id("a");
        let key = |hash: &str| KeyRow::new(&hash.repeat(32), hash, Some(&own), 1);
        let narrow = Scopes::parse(["read"]).unwrap();
        let rows = [
            KeyRow { scopes: narrow.clone(), made_by: "somebody".to_owned(), ..key("aa") },
            KeyRow { expires_ms: Some(50), ..key("bb") },
        ];
        for row in rows.clone() {
            store.write(move |unit| Box::pin(async move { api_key::add(unit, &row).await })).await.unwrap();
        }
        let find = async |hash: &'static str, now_ms: i64| {
            store
                .read(move |unit| Box::pin(async move { api_key::find(unit, &hash.repeat(32), now_ms).await }))
                .await
                .unwrap()
        };
        let found = find("aa", 10).await.unwrap();
        assert_eq!((found.scopes, found.made_by.as_str(), found.used_ms), (narrow, "somebody", None));
        assert!(find("bb", 49).await.is_some() && find("bb", 50).await.is_none());
        let used = async |now_ms: i64, since_ms: i64| {
            let noted = store.write(move |unit| {
                Box::pin(async move { api_key::used(unit, &"aa".repeat(32), now_ms, since_ms).await })
            });
            noted.await.unwrap();
            find("aa", 10).await.unwrap().used_ms
        };
        assert_eq!(used(100, 0).await, Some(100));
        assert_eq!(used(130, 70).await, Some(100), "noted once a minute");
        assert_eq!(used(190, 130).await, Some(190));
        let end = async |tenant: Option<&'static str>| {
            let name = rows[0].id().to_owned();
            let ended = store.write(move |unit| {
                Box::pin(async move { api_key::end(unit, tenant.map(id).as_ref(), &name, 9).await })
            });
            ended.await.unwrap().is_some()
        };
        assert!(!end(Some("b")).await && !end(None).await);
        assert!(end(Some("a")).await && !end(Some("a")).await);
        assert!(find("aa", 10).await.is_none());
    })
    .await;
}
