//! The schema: brought up to date once, by whoever comes, and never back.

use super::databases::{each_address, each_database, raw};
use super::rows::{append, notification};
use connector_server::store::dialect::Dialect;
use connector_server::store::{Store, StoreError};
use futures_util::future::join_all;
use sqlx::Row as _;

/// Schema texts that there are by now.
const SCHEMAS: usize = 25;

#[tokio::test]
async fn opening_twice_changes_nothing_and_loses_nothing() {
    each_database(async |store, url| {
        append(&store, vec![notification("a", "k", 1)]).await;
        store.migrate().await.unwrap();
        let again = Store::open(&url).await.unwrap();
        append(&again, vec![notification("a", "k", 1)]).await;
        again.close().await;
        let mut raw = raw(&url).await;
        let row = sqlx::query("select copies from journal").fetch_one(&mut raw).await.unwrap();
        assert_eq!(row.get::<i64, _>("copies"), 2);
        let versions = sqlx::query("select version from schema_version").fetch_all(&mut raw).await.unwrap();
        assert_eq!(versions.len(), SCHEMAS);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_start_at_once_on_an_empty_database_all_come_up() {
    each_address(async |url| {
        let stores = join_all((0..4).map(|_| Store::open(&url))).await;
        for store in stores {
            store.unwrap().close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_later_schema_is_refused_and_left_as_it_is() {
    each_database(async |store, url| {
        let mut raw = raw(&url).await;
        sqlx::query("insert into schema_version (version) values (99)").execute(&mut raw).await.unwrap();
        let refused = Store::open(&url).await.unwrap_err();
        let StoreError::Unfit(why) = &refused else { panic!("{refused:?}") };
        assert!(why.contains("schema 99") && why.contains("use a later one"), "{why}");
        append(&store, vec![notification("a", "k", 1)]).await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_in_words() {
    for url in ["mysql://x", "", "/var/lib/db", "http://postgres"] {
        let refused = Store::open(url).await.unwrap_err();
        assert_eq!(refused.to_string(), "store.url must begin with sqlite:// or postgres://", "{url}");
    }
    assert!(matches!(Dialect::of("postgresql://h/db"), Ok(Dialect::Postgres)));
}
