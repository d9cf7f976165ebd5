//! A new master key: whatever is sealed under the one before is sealed anew, whoever works on it meanwhile and wherever it is broken off.

use super::databases::{each_database, raw};
use super::rows::{id, tenant};
use connector_core::ids::Email;
use connector_server::connections::keyring::{self, Keyring, Purpose};
use connector_server::connections::master::{MasterKeys, Source};
use connector_server::connections::rotation::{COLUMNS, Rotated, seal_anew};
use connector_server::connections::seal::{Key, Place};
use connector_server::store::idempotency::{self, AnswerRow, RequestRow};
use connector_server::store::mail::{self, NewMail};
use connector_server::store::tenant::{self as tenants, TenantRow};
use connector_server::store::{Store, dialect::Dialect};
use data_encoding::HEXLOWER;
use sqlx::Row as _;
use std::collections::BTreeSet;

/// More accounts than two pages hold.
const ACCOUNTS: usize = 450;

fn ring(masters: &MasterKeys) -> Keyring {
    let hex = |key: &Key| HEXLOWER.encode(key.bytes());
    let previous = masters.previous.as_ref().map(hex).unwrap_or_default();
    let source = Source { master: hex(&masters.current), previous, folder: "none".into() };
    Keyring::new(source, masters.clone())
}

fn link_place(name: &str) -> Place<'_> {
    Place { tenant: "t000", table: "mail", row: name, column: "link" }
}

fn answer_place(name: &str) -> Place<'_> {
    Place { tenant: "", table: "idempotency", row: name, column: "body" }
}

/// Accounts, a mail with a link, an answer of the service's and one of an account's.
async fn fill(store: &Store, keys: &Keyring) {
    for number in 0..ACCOUNTS {
        let name = format!("t{number:03}");
        let row = TenantRow { data_key: keys.make(&id(&name)).1, ..tenant(&name) };
        store.write(move |unit| Box::pin(async move { tenants::insert(unit, &row).await })).await.unwrap();
    }
    let letter = NewMail {
        tenant: id("t000"),
        id: "m1".to_owned(),
        to: Email::parse("asha@acme.example").unwrap(),
        subject: "s".to_owned(),
        body: "b".to_owned(),
        link: Some(keys.seal_for(Purpose::Mail, b"the link", link_place("m1"))),
        purpose: mail::Purpose::Link,
    };
    let without = NewMail { id: "m2".to_owned(), link: None, ..letter.clone() };
    let of_service = keys.seal_for(Purpose::Idempotency, b"the answer", answer_place("k:one"));
    store
        .write(move |unit| {
            Box::pin(async move {
                mail::put(unit, &letter, 1).await?;
                mail::put(unit, &without, 1).await?;
                for (name, body) in [("one", of_service), ("two", b"sealed under an account's key".to_vec())] {
                    let (tenant, request) = (None, "r".to_owned());
                    let (api_key, name) = ("k".to_owned(), name.to_owned());
                    let row = RequestRow { api_key, name, request, tenant, begun_ms: 1, answer: None };
                    idempotency::begin(unit, &row).await?;
                    let answer = AnswerRow { status: 200, kind: String::new(), body: Some(body) };
                    idempotency::answered(unit, &row, &answer, 2).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// How many of the accounts that key opens.
async fn opened_by(store: &Store, key: &Key) -> usize {
    let (rows, alone) =
        (store.read(|unit| Box::pin(tenants::all(unit))).await.unwrap(), MasterKeys::alone(key.clone()));
    rows.iter().filter(|row| keyring::opens(&alone, &row.tenant, &row.data_key)).count()
}

async fn value(url: &str, statement: &'static str) -> Vec<u8> {
    let mut raw = raw(url).await;
    sqlx::query(statement).fetch_one(&mut raw).await.unwrap().get(0)
}

#[tokio::test]
async fn every_column_that_holds_bytes_says_what_they_are_sealed_under() {
    each_database(async |store, url| {
        let text = match store.dialect() {
            Dialect::Sqlite => {
                "select m.name as one, c.name as two from sqlite_master m, pragma_table_info(m.name) c \
                 where m.type = 'table' and lower(c.type) = 'blob'"
            }
            Dialect::Postgres => {
                "select cast(table_name as text) as one, cast(column_name as text) as two from information_schema.columns \
                 where table_schema = current_schema() and data_type = 'bytea'"
            }
        };
        let rows = sqlx::query(text).fetch_all(&mut raw(&url).await).await.unwrap();
        let there: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get("one"), row.get("two"))).collect();
        let listed = COLUMNS.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned()));
        assert_eq!(there, listed.collect(), "a column with bytes needs a row in connections::rotation::COLUMNS");
    })
    .await;
}

#[tokio::test]
async fn a_new_master_key_takes_the_place_of_the_one_before() {
    each_database(async |store, url| {
        let (old, new) = (Key::random(), Key::random());
        fill(&store, &ring(&MasterKeys::alone(old.clone()))).await;
        let foreign = value(&url, "select body from idempotency where name = 'two'").await;
        let keys = MasterKeys { current: new.clone(), previous: Some(old.clone()) };
        let account = ring(&keys).of(&store, &id("t007")).await.unwrap();
        let first = seal_anew(&store, &keys).await.unwrap();
        assert_eq!(first, Rotated { sealed: 452, current: 0, shut: 0 });
        assert_eq!((opened_by(&store, &new).await, opened_by(&store, &old).await), (ACCOUNTS, 0));
        let again = seal_anew(&store, &keys).await.unwrap();
        assert_eq!(again, Rotated { sealed: 0, current: 452, shut: 0 });

        let alone = ring(&MasterKeys::alone(new));
        assert_eq!(
            alone.of(&store, &id("t007")).await.unwrap().bytes(),
            account.bytes(),
            "it is the account's same key"
        );
        let link = value(&url, "select link from mail where id = 'm1'").await;
        assert_eq!(alone.open_for(Purpose::Mail, &link, link_place("m1")).unwrap(), b"the link");
        let answer = value(&url, "select body from idempotency where name = 'one'").await;
        assert_eq!(alone.open_for(Purpose::Idempotency, &answer, answer_place("k:one")).unwrap(), b"the answer");
        assert_eq!(value(&url, "select body from idempotency where name = 'two'").await, foreign);
    })
    .await;
}

#[tokio::test]
async fn what_is_sealed_under_neither_key_is_counted_and_left_alone() {
    each_database(async |store, url| {
        let (lost, old, new) = (Key::random(), Key::random(), Key::random());
        let row = TenantRow { data_key: ring(&MasterKeys::alone(lost.clone())).make(&id("x")).1, ..tenant("x") };
        store.write(move |unit| Box::pin(async move { tenants::insert(unit, &row).await })).await.unwrap();
        let before = value(&url, "select data_key from tenant").await;
        let keys = MasterKeys { current: new, previous: Some(old) };
        assert_eq!(seal_anew(&store, &keys).await.unwrap(), Rotated { sealed: 0, current: 0, shut: 1 });
        assert_eq!(value(&url, "select data_key from tenant").await, before);
        assert_eq!(opened_by(&store, &lost).await, 1);
    })
    .await;
}
