//! People of the console, their sessions and keys, and links that work once.

use super::databases::each_database;
use super::rows::id;
use connector_core::role::Role;
use connector_server::store::api_key::{self, KeyRow};
use connector_server::store::operator::{self, OperatorRow};
use connector_server::store::{Store, StoreError, link};
use futures_util::future::join_all;

fn person(name: &str, email: &str) -> OperatorRow {
    OperatorRow {
        id: name.to_owned(),
        email: email.to_owned(),
        name: "Asha".to_owned(),
        password: "$argon2id$x".to_owned(),
        role: Role::Operator,
    }
}

async fn insert(store: &Store, row: OperatorRow) -> Result<(), StoreError> {
    store.write(move |unit| Box::pin(async move { operator::insert(unit, &row, 1).await })).await
}

#[tokio::test]
async fn a_person_is_found_by_address_and_the_address_is_taken_once() {
    each_database(async |store, _| {
        insert(&store, person("p1", "b@example.test")).await.unwrap();
        assert!(insert(&store, person("p2", "b@example.test")).await.unwrap_err().is_duplicate());
        insert(&store, person("p3", "a@example.test")).await.unwrap();
        let found = store.read(|unit| Box::pin(operator::by_email(unit, "b@example.test"))).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.password.as_str()), ("p1", "$argon2id$x"));
        let all = store.read(|unit| Box::pin(operator::all(unit))).await.unwrap();
        assert_eq!(all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["p3", "p1"]);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_by_time_or_by_hand() {
    each_database(async |store, _| {
        insert(&store, person("p1", "b@example.test")).await.unwrap();
        for (hash, expires_ms) in [("s1", 100), ("s2", 200)] {
            store
                .write(move |unit| Box::pin(operator::begin_session(unit, (hash, "form"), "p1", 1, expires_ms)))
                .await
                .unwrap();
        }
        let session =
            |hash: &'static str, now_ms| store.read(move |unit| Box::pin(operator::session(unit, hash, now_ms)));
        let found = session("s1", 99).await.unwrap().unwrap();
        assert_eq!((found.operator.id.as_str(), found.form_token.as_str()), ("p1", "form"));
        assert!(session("s1", 100).await.unwrap().is_none());
        assert!(session("nobody", 1).await.unwrap().is_none());
        assert_eq!(store.write(|unit| Box::pin(operator::prune_sessions(unit, 100))).await.unwrap(), 1);
        assert!(session("s1", 1).await.unwrap().is_none());
        store.write(|unit| Box::pin(operator::end_session(unit, "s2"))).await.unwrap();
        assert!(session("s2", 1).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_a_tenant_or_to_the_operator() {
    each_database(async |store, _| {
        store
            .write(|unit| {
                Box::pin(async move {
                    api_key::add(unit, &KeyRow::new("h1", "sync", Some(&id("a")), 1)).await?;
                    api_key::add(unit, &KeyRow::new("h2", "all", None, 1)).await
                })
            })
            .await
            .unwrap();
        let find = async |hash: &'static str, now_ms: i64| {
            let read = store.read(move |unit| Box::pin(api_key::find(unit, hash, now_ms)));
            read.await.unwrap().map(|row| (row.name, row.tenant))
        };
        assert_eq!(find("h1", 2).await, Some(("sync".to_owned(), Some(id("a")))));
        assert_eq!(find("h2", 2).await, Some(("all".to_owned(), None)));
        assert_eq!(find("h3", 2).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_once_for_its_purpose_and_until_it_ends() {
    each_database(async |store, _| {
        store
            .write(|unit| {
                Box::pin(async move {
                    link::insert(unit, ("h1", "zoom"), (Some(&id("a")), Some("webinars")), 1, 100).await?;
                    link::insert(unit, ("h2", "first_run"), (None, None), 1, 100).await
                })
            })
            .await
            .unwrap();
        let find = |hash: &'static str, purpose: &'static str, now_ms| {
            store.read(move |unit| Box::pin(link::find(unit, hash, purpose, now_ms)))
        };
        let found = find("h1", "zoom", 99).await.unwrap().unwrap();
        assert_eq!((found.tenant, found.detail.as_deref()), (Some(id("a")), Some("webinars")));
        assert!(find("h1", "first_run", 99).await.unwrap().is_none());
        assert!(find("h1", "zoom", 100).await.unwrap().is_none());
        let use_up = |hash: &'static str, now_ms| store.write(move |unit| Box::pin(link::use_up(unit, hash, now_ms)));
        let used = join_all((0..8).map(|_| use_up("h1", 50))).await;
        assert_eq!(used.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
        assert!(find("h1", "zoom", 51).await.unwrap().is_none());
        assert!(!use_up("h2", 100).await.unwrap(), "it has ended");
        assert!(find("h2", "first_run", 99).await.unwrap().is_some());
    })
    .await;
}
