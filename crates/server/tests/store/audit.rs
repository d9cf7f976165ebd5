//! The audit log: one chain however many write, and whatever is done to it past the program is found.

use super::databases::{each_address, each_database, raw};
use super::rows::id;
use connector_core::chain::{Broken, Head};
use connector_core::ids::TenantId;
use connector_server::audit::{chains, walk};
use connector_server::store::audit::{self, Filter};
use connector_server::store::dialect::Dialect;
use connector_server::store::{Store, audit_head};
use sqlx::{AnyConnection, Connection as _, Row as _};
use std::path::Path;
use tokio::task::JoinSet;

const NOW_MS: i64 = 1_786_704_800_000;

async fn write(store: &Store, tenant: Option<TenantId>, detail: &str) {
    let detail = detail.to_owned();
    let work = store.write(move |unit| {
        Box::pin(async move {
            let deed = ("settings.saved", detail.as_str());
            audit::write(unit, "meera@acme.test", tenant.as_ref(), deed, NOW_MS).await
        })
    });
    work.await.unwrap();
}

async fn whole(store: &Store, chain: &str) -> Head {
    walk(store, chain, None).await.unwrap().unwrap()
}

/// Four lines of `a`, two of the installation and one of `b`.
async fn written(store: &Store) {
    for detail in ["one", "two", "three", "four"] {
        write(store, Some(id("a")), detail).await;
    }
    write(store, None, "five").await;
    write(store, Some(id("b")), "six").await;
    write(store, None, "seven").await;
}

#[tokio::test]
async fn every_tenant_and_the_installation_have_a_chain_of_their_own() {
    each_database(async |store, _| {
        assert_eq!(chains(&store).await.unwrap(), Vec::<String>::new());
        assert_eq!(whole(&store, "a").await, Head::beginning());
        written(&store).await;
        assert_eq!(chains(&store).await.unwrap(), ["", "a", "b"]);
        let numbers = [whole(&store, "").await, whole(&store, "a").await, whole(&store, "b").await];
        assert_eq!(numbers.map(|head| head.number), [2, 4, 1]);
        let noted = whole(&store, "a").await;
        write(&store, Some(id("a")), "eight").await;
        assert_eq!(
            walk(&store, "a", Some(noted)).await.unwrap().unwrap().number,
            5,
            "the noted head stands in it still"
        );
    })
    .await;
}

#[track_caller]
fn check_found(found: &Result<Head, Broken>, expected: &Broken, what: &str) {
    assert_eq!(found.as_ref().err(), Some(expected), "{what}");
}

async fn past_the_program(raw: &mut AnyConnection, statement: &str) {
    let text = statement.to_owned();
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(raw).await.unwrap();
}

/// What somebody with the database in hand may do to the chain of `a`, and how it is found.
fn deeds() -> Vec<(&'static str, Broken)> {
    vec![
        ("update audit set detail = 'else' where tenant = 'a' and number = 2", Broken::Changed(2)),
        ("update audit set actor = 'eve@evil.test' where tenant = 'a' and number = 1", Broken::Changed(1)),
        ("update audit set action = 'nothing' where tenant = 'a' and number = 4", Broken::Changed(4)),
        ("update audit set at_ms = at_ms + 1 where tenant = 'a' and number = 3", Broken::Changed(3)),
        ("update audit set id = 'x' where tenant = 'a' and number = 3", Broken::Changed(3)),
        ("update audit set hash = 'x' where tenant = 'a' and number = 3", Broken::Changed(3)),
        ("update audit set tenant = 'c' where tenant = 'a' and number = 2", Broken::Missing(2)),
        ("update audit set number = 9 where tenant = 'a' and number = 4", Broken::Missing(4)),
        ("update audit set id = 'x', number = null where tenant = 'a' and number = 4", Broken::Loose("x".to_owned())),
        ("delete from audit where tenant = 'a' and number = 1", Broken::Missing(1)),
        ("delete from audit where tenant = 'a' and number = 3", Broken::Missing(3)),
        ("delete from audit where tenant = 'a' and number >= 3", Broken::End { found: 2, said: 4 }),
        ("delete from audit where tenant = 'a'", Broken::End { found: 0, said: 4 }),
        ("delete from audit_head where chain = 'a'", Broken::End { found: 4, said: 0 }),
        ("update audit_head set hash = 'x' where chain = 'a'", Broken::OtherHead(4)),
        (
            "insert into audit (id, at_ms, actor, tenant, action, detail, number, hash) \
             values ('x', 1, 'eve', 'a', 'b', 'c', 5, 'x')",
            Broken::Changed(5),
        ),
        (
            "insert into audit (id, at_ms, actor, tenant, action, detail) values ('x', 1, 'eve', 'a', 'b', 'c')",
            Broken::Loose("x".to_owned()),
        ),
        (
            "insert into audit (id, at_ms, actor, tenant, action, detail, number, hash) \
             values ('x', 1, 'eve', 'a', 'b', 'c', 0, 'x')",
            Broken::Loose("x".to_owned()),
        ),
        (
            "update audit set detail = case number when 2 then 'three' else 'two' end \
             where tenant = 'a' and number in (2, 3)",
            Broken::Changed(2),
        ),
    ]
}

#[tokio::test]
async fn whatever_is_done_to_the_log_past_the_program_is_found_at_its_line() {
    each_database(async |store, url| {
        written(&store).await;
        let kept = whole(&store, "a").await;
        let mut raw = raw(&url).await;
        past_the_program(&mut raw, "create table kept as select * from audit").await;
        past_the_program(&mut raw, "create table kept_head as select * from audit_head").await;
        for (deed, expected) in deeds() {
            past_the_program(&mut raw, deed).await;
            let found = walk(&store, "a", None).await.unwrap();
            check_found(&found, &expected, deed);
            assert_eq!(whole(&store, "b").await.number, 1, "{deed}: another's chain is its own");
            for statement in [
                "delete from audit",
                "delete from audit_head",
                "insert into audit select * from kept",
                "insert into audit_head select * from kept_head",
            ] {
                past_the_program(&mut raw, statement).await;
            }
            assert_eq!(whole(&store, "a").await, kept, "{deed} was taken back");
        }
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_was_cut_or_computed_anew_with_its_head_is_found_by_the_head_that_was_noted() {
    each_database(async |store, url| {
        written(&store).await;
        let noted = whole(&store, "a").await;
        let mut raw = raw(&url).await;
        past_the_program(&mut raw, "delete from audit where tenant = 'a' and number > 2").await;
        let cut = "update audit_head set number = 2, hash = (select hash from audit where tenant = 'a' and number = 2) \
                   where chain = 'a'";
        past_the_program(&mut raw, cut).await;
        assert_eq!(whole(&store, "a").await.number, 2, "the chain alone cannot tell");
        let found = walk(&store, "a", Some(noted.clone())).await.unwrap();
        check_found(&found, &Broken::End { found: 2, said: 4 }, "cut");
        for detail in ["other", "others"] {
            write(&store, Some(id("a")), detail).await;
        }
        let found = walk(&store, "a", Some(noted)).await.unwrap();
        check_found(&found, &Broken::NotAsNoted(4), "written anew");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_write_at_once_make_one_chain() {
    each_address(async |url| {
        // Two stores are two processes to the database.
        let stores = [Store::open(&url).await.unwrap(), Store::open(&url).await.unwrap()];
        let mut writers = JoinSet::new();
        for number in 0..40 {
            let store = stores[number % 2].clone();
            let tenant = (number % 3 > 0).then(|| id("a"));
            writers.spawn(async move { write(&store, tenant, &format!("line {number}")).await });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        let [own, installation] = [whole(&stores[0], "a").await, whole(&stores[1], "").await];
        assert_eq!((own.number, installation.number), (26, 14));
        for store in stores {
            store.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_deed_that_was_undone_leaves_no_line_and_no_gap() {
    each_database(async |store, _| {
        write(&store, Some(id("a")), "one").await;
        let undone: Result<(), _> = store
            .write(|unit| {
                Box::pin(async move {
                    audit::write(unit, "meera", Some(&id("a")), ("b", "two"), NOW_MS).await?;
                    Err(connector_server::store::StoreError::Fenced)
                })
            })
            .await;
        assert!(undone.is_err());
        write(&store, Some(id("a")), "three").await;
        assert_eq!(whole(&store, "a").await.number, 2);
        let head = store.read(|unit| Box::pin(async move { audit_head::get(unit, "a").await })).await.unwrap();
        assert_eq!(head, whole(&store, "a").await);
    })
    .await;
}

/// A database as the version before the chains left it: every schema text up to theirs, applied past the program.
async fn before_the_chains(url: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    // SQLite makes a file only where it is told to.
    let made = if url.starts_with("sqlite:") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let mut raw = raw(&made).await;
    past_the_program(&mut raw, "create table schema_version (version bigint primary key)").await;
    for (number, text) in (1..).zip(texts.take_while(|text| !text.contains("create table audit_head"))) {
        let text = Dialect::of(url).unwrap().schema(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
        for statement in lines.join("\n").split(';').filter(|statement| !statement.trim().is_empty()) {
            past_the_program(&mut raw, statement).await;
        }
        past_the_program(&mut raw, &format!("insert into schema_version values ({number})")).await;
    }
    raw.close().await.unwrap();
}

#[tokio::test]
async fn lines_from_before_there_were_chains_are_chained_once() {
    each_address(async |url| {
        before_the_chains(&url).await;
        let mut raw = raw(&url).await;
        let lines = [
            ("1", "null", "five"),
            ("2", "'a'", "one"),
            ("3", "'a'", "two"),
            ("4", "'b'", "six"),
            ("5", "'a'", "three"),
        ];
        for (id, tenant, detail) in lines {
            let line = format!("insert into audit values ('{id}', 7, 'meera', {tenant}, 'b', '{detail}')");
            past_the_program(&mut raw, &line).await;
        }
        let store = Store::open(&url).await.unwrap();
        assert_eq!([whole(&store, "").await.number, whole(&store, "a").await.number], [1, 3]);
        write(&store, Some(id("a")), "after").await;
        let rows = sqlx::query("select detail from audit where tenant = 'a' order by number").fetch_all(&mut raw).await;
        let details: Vec<String> = rows.unwrap().iter().map(|row| row.get("detail")).collect();
        assert_eq!(details, ["one", "two", "three", "after"]);
        // What was written past the chain stays outside of it, whoever starts.
        let loose = "insert into audit (id, at_ms, actor, tenant, action, detail) values ('x', 1, 'e', 'a', 'b', 'c')";
        past_the_program(&mut raw, loose).await;
        store.close().await;
        let store = Store::open(&url).await.unwrap();
        assert_eq!(walk(&store, "a", None).await.unwrap(), Err(Broken::Loose("x".to_owned())));
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn lines_are_listed_by_who_and_what_and_page_by_page() {
    each_database(async |store, _| {
        written(&store).await;
        let list = async |filter: Filter, tenant: Option<TenantId>| {
            let read =
                store.read(move |unit| Box::pin(async move { audit::page(unit, tenant.as_ref(), &filter).await }));
            let details: Vec<String> = read.await.unwrap().into_iter().map(|row| row.detail).collect();
            details
        };
        let filter = |who: &str, what: &str, before: Option<i64>, limit: i64| Filter {
            who: who.to_owned(),
            what: what.to_owned(),
            before,
            limit,
        };
        assert_eq!(list(filter("", "", None, 2), Some(id("a"))).await, ["four", "three"]);
        assert_eq!(list(filter("", "", Some(3), 9), Some(id("a"))).await, ["two", "one"]);
        assert_eq!(list(filter("MEERA", "t", None, 9), Some(id("a"))).await, ["four", "three", "two", "one"]);
        assert_eq!(list(filter("", "THREE", None, 9), Some(id("a"))).await, ["three"]);
        assert_eq!(list(filter("eve", "", None, 9), Some(id("a"))).await, Vec::<String>::new());
        assert_eq!(list(filter("%", "", None, 9), Some(id("a"))).await, Vec::<String>::new());
        assert_eq!(list(filter("", "", None, 9), None).await, ["seven", "five"]);
        assert_eq!(list(filter("", "", None, 9), Some(id("b"))).await, ["six"]);
    })
    .await;
}
