//! A database of its own for each test: SQLite in a temporary folder always, PostgreSQL where
//! `CONNECTOR_TEST_POSTGRES` holds the address of a maintenance database (`postgres://…/postgres`). Without it the
//! PostgreSQL half is left out and says so; with `CI` or `CONNECTOR_TEST_POSTGRES_REQUIRED` it fails instead.
#![allow(dead_code, reason = "each test crate uses its part")]

use connector_server::store::Store;
use futures_util::FutureExt as _;
use sqlx::{AnyConnection, Connection as _};
use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::sync::Once;

const MAINTENANCE: &str = "CONNECTOR_TEST_POSTGRES";
const REQUIRED: [&str; 2] = ["CI", "CONNECTOR_TEST_POSTGRES_REQUIRED"];

/// Runs the test on a fresh, migrated store of each database there is. The test is given the store and its address.
pub async fn each_database(test: impl AsyncFn(Store, String)) {
    each_address(async |url| {
        let store = Store::open(&url).await.unwrap();
        test(store.clone(), url).await;
        store.close().await;
    })
    .await;
}

/// Runs the test with the address of a fresh, empty database of each kind there is.
pub async fn each_address(test: impl AsyncFn(String)) {
    let folder = tempfile::tempdir().unwrap();
    test(format!("sqlite://{}/connector.db", folder.path().display())).await;
    match std::env::var(MAINTENANCE) {
        Ok(maintenance) => on_postgres(&maintenance, test).await,
        Err(_) => left_out(),
    }
}

/// The address of a fresh, empty PostgreSQL database that is left behind; `None` where there is no PostgreSQL. For stories,
/// whose server goes with the test run.
pub async fn fresh_postgres() -> Option<String> {
    let Ok(maintenance) = std::env::var(MAINTENANCE) else {
        left_out();
        return None;
    };
    let name = format!("connector_test_{}", connector_server::dice::id(0));
    let mut connection = raw(&maintenance).await;
    statement(&mut connection, format!("create database {name}")).await;
    connection.close().await.unwrap();
    Some(renamed(&maintenance, &name))
}

/// A connection past the store, to look at what it must not show.
pub async fn raw(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

async fn on_postgres(maintenance: &str, test: impl AsyncFn(String)) {
    let name = format!("connector_test_{}", connector_server::dice::id(0));
    let mut connection = raw(maintenance).await;
    statement(&mut connection, format!("create database {name}")).await;
    // The database goes even if the test fails; the failure goes on after that.
    let result = AssertUnwindSafe(test(renamed(maintenance, &name))).catch_unwind().await;
    statement(&mut connection, format!("drop database {name} with (force)")).await;
    connection.close().await.unwrap();
    if let Err(failure) = result {
        std::panic::resume_unwind(failure);
    }
}

async fn statement(connection: &mut AnyConnection, text: String) {
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(connection).await.unwrap();
}

/// The same address with another database.
fn renamed(maintenance: &str, name: &str) -> String {
    let (address, options) = maintenance.split_once('?').map_or((maintenance, None), |(a, o)| (a, Some(o)));
    let (server, _) = address.rsplit_once('/').unwrap();
    options.map_or_else(|| format!("{server}/{name}"), |options| format!("{server}/{name}?{options}"))
}

fn left_out() {
    static SAID: Once = Once::new();
    let required = REQUIRED.iter().find(|name| std::env::var_os(name).is_some());
    assert!(required.is_none(), "{MAINTENANCE} is not set, but {required:?} asks for PostgreSQL");
    SAID.call_once(|| {
        // Straight to the terminal: what a passing test prints is not shown.
        let _ = writeln!(std::io::stderr(), "PostgreSQL is skipped: {MAINTENANCE} is not set");
    });
}
