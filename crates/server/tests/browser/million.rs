//! Lists with very many rows behind them: a webinar's rows are copied until there are so many, then each list is opened in the
//! browser, its first and its last page, with a filter and without. How long that took is said, and nothing is asserted of it:
//! figures belong to docs/performance.md. That the pages come, and not larger than a page, is asserted.
//!
//! `CONNECTOR_TEST_LONG=1` copies to a million rows of each table; without it there are fewer.

use super::binary::Place;
use super::chromium::Chromium;
use super::databases::{fresh_postgres, raw};
use super::walk::Walk;
use super::world::{World, add_first_tenant, sign_first_tenant_in};
use connector_server::store::lane::NEVER_MS;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Who};
use sqlx::{AnyConnection, Connection as _, Row as _};
use std::collections::BTreeMap;
use std::io::Write as _;

const OPERATOR: (&str, &str) = ("asha@example.com", "a long enough pass word");
const MINUTE_MS: i64 = 60_000;
/// People of the webinar that is copied.
const PEOPLE: usize = 50;
/// Rows of each table, ordinarily and with `CONNECTOR_TEST_LONG`.
const ROWS: (i64, i64) = (20_000, 1_000_000);
/// Rows that one statement copies.
const STEP: i64 = 100_000;
/// How long it may take until nothing is to be done any more, in seconds.
const SETTLING_S: u32 = 180;
/// The largest page of a list, in bytes of HTML.
const PAGE_BYTES_MAX: u64 = 400 * 1024;

/// What is copied, and the columns that make a row another one. People of the one run and registrations of the one webinar stay that.
const TABLES: [(&str, &[&str]); 4] = [
    ("journal", &["key", "id", "fact"]),
    ("delivery", &["key", "id", "fact", "person", "marker", "result"]),
    ("fact", &["id"]),
    ("calendar_entry", &["id", "series"]),
];
/// What every third copy of a delivery says instead: LeadSquared refused it, and a person has to look at it.
const REFUSED: [(&str, &str); 3] = [("state", "parked"), ("code", "lsq.rejected"), ("cause", "A copy")];
/// The goal for the first paint of a list (design § 12), in milliseconds: said, not asserted.
const PAINT_MS_GOAL: f64 = 300.0;

/// A webinar with people who register, come and go, some of whom nobody knows.
async fn hold_webinar(world: &World) {
    let (zoom, host) = (&world.preset.zoom, &world.first().1.admin);
    let now_ms = connector_server::clock::Clock::machine().now_ms();
    let new = NewEvent {
        topic: "Admissions open day".to_owned(),
        start_ms: now_ms - 40 * MINUTE_MS,
        duration_min: 45,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let number = zoom.create_webinar(host, new, now_ms - 50 * MINUTE_MS);
    let registered: Vec<String> = (0..PEOPLE)
        .map(|person| {
            let who = NewRegistrant {
                email: format!("person.{person}@customers.example"),
                first_name: "Asha".to_owned(),
                last_name: format!("Rao {person}"),
                answers: BTreeMap::new(),
                custom_questions: Vec::new(),
                tracking_source: None,
                occurrence: None,
            };
            zoom.register(number, who, now_ms - 45 * MINUTE_MS).unwrap()
        })
        .collect();
    let uuid = zoom.start(number, now_ms - 40 * MINUTE_MS).unwrap();
    // Half of them with a name that somebody may have registered under, half with a device's.
    let guests = (0..PEOPLE).map(|person| {
        let name = if person % 2 == 0 { format!("Ravi Iyer {person}") } else { format!("iPhone ({person})") };
        Who::Guest { name }
    });
    for who in registered.into_iter().map(Who::Registrant).chain(guests) {
        let stay = zoom.join(&uuid, who, now_ms - 39 * MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now_ms - 5 * MINUTE_MS);
    }
    world.until("everybody's activities", |world| world.crm().activities.len() >= 3 * PEOPLE).await;
}

/// The columns of a table.
async fn columns(database: &mut AnyConnection, is_sqlite: bool, table: &str) -> Vec<String> {
    let text = if is_sqlite {
        format!("select name from pragma_table_info('{table}')")
    } else {
        format!("select cast(column_name as text) as name from information_schema.columns where table_name = '{table}'")
    };
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(database).await.unwrap();
    rows.iter().map(|row| row.get("name")).collect()
}

/// Copies rows until the table has so many; the copies' ids and keys end in a number of their own.
async fn fill(database: &mut AnyConnection, is_sqlite: bool, (table, own): (&str, &[&str]), rows: i64) -> i64 {
    let count = |table: &str| sqlx::AssertSqlSafe(format!("select count(*) as n from {table}"));
    let first: i64 = sqlx::query(count(table)).fetch_one(&mut *database).await.unwrap().get("n");
    let columns = columns(database, is_sqlite, table).await;
    assert!(first > 0 && !columns.is_empty(), "{table} has rows to copy");
    let taken = columns.iter().map(|column| {
        let refused = REFUSED.iter().find(|(name, _)| table == "delivery" && column == name);
        // The first part of an id is its time, so that copies stand beside what they were copied from.
        if let Some((_, text)) = refused {
            format!("case when n.i % 3 = 1 then '{text}' else t.{column} end")
        } else if own.contains(&column.as_str()) {
            format!(
                "substr(t.{column}, 1, 10) || substr(t.{column}, 15, 60) || substr(cast(100000000 + n.i as text), 2, 8)"
            )
        } else {
            format!("t.{column}")
        }
    });
    let (all, taken) = (columns.join(", "), taken.collect::<Vec<_>>().join(", "));
    let mut begin = 0;
    while first * (begin + 1) < rows {
        let end = (begin + STEP / first).min(rows / first);
        let text = format!(
            "insert into {table} ({all}) with recursive n(i) as (select {begin} union all select i + 1 from n where i + 1 < {end}) \
             select {taken} from (select * from {table} order by {} limit {first}) t, n",
            own[0]
        );
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *database).await.unwrap();
        begin = end;
        if end >= rows / first {
            break;
        }
    }
    sqlx::query(count(table)).fetch_one(database).await.unwrap().get("n")
}

/// Opens the lists of a place whose tables were filled; says how long the browser took for the first paint.
async fn open_lists(name: &str, place: &Place) {
    let Some(browser) = Chromium::start() else { return };
    let serving = place.serve();
    browser.open(&format!("{}/sign-in", serving.url()));
    browser.fill("#email", OPERATOR.0);
    browser.fill("#password", OPERATOR.1);
    browser.click("main button[type=submit]");
    let from = [
        "",
        "/journal",
        "/deliveries",
        "/deliveries?state=delivered",
        "/deliveries?code=lsq.unknown",
        "/deliveries?state=suppressed",
        "/journal?event=webinar.started",
        "/journal?outcome=ignored",
        "/deliveries?who=iphone",
        "/issues",
        "/events",
        "/events?view=past",
        "/people",
        "/audit",
        "/configure",
    ];
    let from: Vec<String> = from.iter().map(|path| format!("/t/sunrise{path}")).collect();
    let base = serving.url();
    let walk = Walk { browser: &browser, base: &base, each_max: 3 };
    let (mut slowest, mut pages, mut within) = ((0.0, String::new()), 0, 0);
    walk.go(&from, |address| {
        // Twice: what is measured is the page, and not that it is the first of its kind after the start.
        browser.open(&format!("{base}{address}"));
        let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
             const page = performance.getEntriesByType('navigation')[0]; \
             return [paint ? paint.startTime : page.responseEnd, page.responseEnd, page.decodedBodySize]";
        let taken = browser.ask(script);
        let (paint_ms, bytes) = (taken[0].as_f64().unwrap(), taken[2].as_u64().unwrap());
        assert!(bytes <= PAGE_BYTES_MAX, "{address}: {bytes} bytes");
        let answered_ms = taken[1].as_f64().unwrap();
        // Straight to the terminal: what a passing test prints is not shown.
        let _ = writeln!(
            std::io::stderr(),
            "{name}: first paint {paint_ms:>6.0} ms, answered {answered_ms:>6.0} ms, {bytes:>7} bytes: {address}"
        );
        if paint_ms > slowest.0 {
            slowest = (paint_ms, address.to_owned());
        }
        pages += 1;
        within += i32::from(paint_ms <= PAINT_MS_GOAL);
    });
    let _ = writeln!(
        std::io::stderr(),
        "{name}: {pages} pages, {within} of them painted within {PAINT_MS_GOAL} ms; the slowest took {:.0} ms: {}",
        slowest.0,
        slowest.1
    );
    serving.stop();
}

/// Waits until nothing is to be translated and nothing to be counted any more.
async fn settled(database: &mut AnyConnection) {
    let open = format!(
        "select (select count(*) from journal where state = 'pending') \
         + (select count(*) from calendar_entry where due_ms < {NEVER_MS}) as n"
    );
    for _ in 0..SETTLING_S * 10 {
        let row = sqlx::query(sqlx::AssertSqlSafe(open.as_str())).fetch_one(&mut *database).await.unwrap();
        if row.get::<i64, _>("n") == 0 {
            return;
        }
        connector_server::clock::sleep_ms(100).await;
    }
    panic!("something is still to be translated or counted after {SETTLING_S} s");
}

async fn try_on(name: &str, store: Option<String>) {
    let world = World::open().await;
    let place = world.place();
    let (place, url) = match store {
        Some(url) => (place.with("ZOOM_CONNECTOR__STORE__URL", &url), url),
        None => {
            let url = format!("sqlite://{}", place.path("data").join("connector.db").display());
            (place, url)
        }
    };
    add_first_tenant(&world, &place);
    place.json_with(&["user", "add", OPERATOR.0, "--name", "Asha"], &format!("{}\n", OPERATOR.1));
    sign_first_tenant_in(&world, &place).await;
    let serving = place.serve();
    hold_webinar(&world).await;
    let mut database = raw(&url).await;
    // What is still to be translated or counted would be as often as it is copied.
    settled(&mut database).await;
    serving.stop();
    let rows = if std::env::var_os("CONNECTOR_TEST_LONG").is_some() { ROWS.1 } else { ROWS.0 };
    let mut filled = Vec::new();
    for table in TABLES {
        filled.push(format!("{} {}", table.0, fill(&mut database, url.starts_with("sqlite"), table, rows).await));
    }
    if !url.starts_with("sqlite") {
        // As PostgreSQL does by itself about a minute after so many rows.
        sqlx::query("analyze").execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    let _ = writeln!(std::io::stderr(), "{name}: {}", filled.join(", "));
    open_lists(name, &place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_open_with_very_many_rows_behind_them() {
    try_on("sqlite", None).await;
    if let Some(url) = fresh_postgres().await {
        try_on("postgres", Some(url)).await;
    }
}
