//! Backup and restore of the embedded database, with the real binary: while it works, after it was killed, with what is wrong
//! about a file or the key, with a full disk, and killed in the middle of it.

use super::binary::{Ended, Place};
use super::crash::read_back;
use super::databases::raw;
use super::webinar::{MINUTE_MS, Webinar};
use super::world::{Api, World, add_first_tenant, sign_first_tenant_in};
use connector_server::clock::{Clock, sleep_ms};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// The pretend world's time runs so many times as fast as life's.
const SPEED: u32 = 30;
/// LeadSquared takes so long for an answer, in milliseconds of life: some deliveries are always open.
const ANSWER_MS: i64 = 20;
/// And so long that no call comes to its end.
const NO_ANSWER_MS: i64 = 4_000;
/// What was forgotten has to be there so long after the restore, in milliseconds of life.
const REFILLED_MS: i64 = 240_000;
/// How long is looked afterwards for what comes twice, in milliseconds of life: the history is read once more meanwhile.
const QUIET_MS: i64 = 45 * MINUTE_MS / SPEED as i64;
/// How often it is looked, in milliseconds.
const LOOK_MS: i64 = 200;

/// Straight to the terminal: what a passing test prints is not shown.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A place with one account, stopped.
async fn place_with_account() -> (World, Place) {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    (world, place)
}

/// Every file of the data folder with what it holds; the lock holds nothing.
fn data(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(place.path("data")).unwrap().map(Result::unwrap);
    let named = files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()));
    named.filter(|(name, _)| name != "serve.lock").collect()
}

/// A restore that has to be refused with these words, and changes nothing.
#[track_caller]
fn check_refused(place: &Place, file: &str, words: &str) {
    let before = data(place);
    let said = place.refused(&["restore", file], "");
    assert!(said.contains(words), "{words:?} is not in {said:?}");
    assert!(data(place) == before, "something was changed: {:?} became {:?}", before.keys(), data(place).keys());
}

async fn change(file: &Path, statement: &'static str) {
    let mut connection = raw(&format!("sqlite://{}?mode=rw", file.display())).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

/// The webinar of the restore: what is told before the backup, after it, and when the process was killed.
async fn told(world: &World, place: &Place, webinar: &mut Webinar<'_>) -> Value {
    webinar.register(60);
    world.until("some of it in LeadSquared", |world| world.crm().activities.len() > 10).await;
    let backup = place.json(&["backup", "copy.db"]);
    webinar.register(60);
    webinar.everybody_joins();
    world.until("more in LeadSquared than the backup knows", |world| world.crm().activities.len() > 200).await;
    world.slow_down(NO_ANSWER_MS);
    webinar.leave(120);
    while world.now_ms() < webinar.ends_ms() {
        sleep_ms(LOOK_MS).await;
    }
    webinar.end();
    world.until("everything told", |world| world.preset.zoom.undelivered() == 0).await;
    backup
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_service_is_restored_and_nothing_is_lost_or_doubled() {
    let world = World::open_fast(SPEED).await;
    let place = world.place();
    add_first_tenant(&world, &place);
    let read_after_end = json!({ "attendance": { "read_after_end": true } }).to_string();
    place.json_with(&["connector", "set", "sunrise", "-"], &read_after_end);
    sign_first_tenant_in(&world, &place).await;
    let key = place.json(&["user", "add-key", "script"])["key"].as_str().unwrap().to_owned();
    let serving = place.serve();
    world.slow_down(ANSWER_MS);
    let mut webinar = Webinar::plan(&world, 40);
    let backup = told(&world, &place, &mut webinar).await;
    serving.process.kill();
    world.slow_down(ANSWER_MS);
    let (posted, lost) = (world.crm().activities.len(), world.compare().lost);
    assert!(lost > 50, "{lost} missing: this would show nothing");

    let restored = place.json(&["restore", "copy.db"]);
    assert_eq!((&restored["journal"], &restored["made_ms"]), (&backup["journal"], &backup["made_ms"]));
    assert!(restored["journal"].as_u64().unwrap() < 200, "most came after the backup: {restored}");
    let kept = restored["kept"].as_str().unwrap();
    assert!(Path::new(kept).exists());
    let delivered = place.json(&["delivery", "count", "sunrise"]);
    let serving = place.serve();
    let clock = Clock::machine();
    loop {
        let seen = world.compare();
        if seen.lost == 0 {
            break;
        }
        let late = format!("{:#?}\n{}", seen.differences, serving.process.stderr());
        assert!(clock.monotonic_ms() < REFILLED_MS, "lost {}, doubled {}: {late}", seen.lost, seen.duplicates);
        sleep_ms(LOOK_MS).await;
    }
    say(&format!(
        "{posted} activities in LeadSquared and {lost} records missing when it was killed; the backup knew of {delivered}; whole {} ms after the start",
        clock.monotonic_ms()
    ));
    sleep_ms(QUIET_MS).await;
    let seen = world.compare();
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}\n{}", seen.differences, serving.process.stderr());
    assert_eq!((seen.leads, seen.activities), (120, 360));
    assert!(read_back(&Api::new(&serving.url(), &key)).await > 0, "nothing was looked for: this showed nothing");
    assert!(serving.process.stderr().contains("is a backup that was made"), "{}", serving.process.stderr());
    serving.stop();
    let began = |place: &Place| {
        let log = place.json(&["audit", "list"]).to_string();
        log.matches("service.verify_first").count()
    };
    assert_eq!(began(&place), 1, "once, by itself");
    place.serve().stop();
    assert_eq!(began(&place), 1, "and not again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_says_what_it_holds_and_that_the_key_is_not_in_it() {
    let (_world, place) = place_with_account().await;
    let said = place.run(&["backup", "copy.db"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("copy.db: ") && said.stdout.contains(" bytes, as of "), "{}", said.stdout);
    assert!(said.stdout.contains("1 accounts"), "{}", said.stdout);
    assert!(said.stdout.contains("The master key is NOT in it") && said.stdout.contains("data/master.key"));
    let meta = std::fs::metadata(place.path("copy.db")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    assert!(!place.path("copy.db.part").exists());
    let key = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    let copy = std::fs::read(place.path("copy.db")).unwrap();
    let raw_key = data_encoding::HEXLOWER.decode(key.trim().as_bytes()).unwrap();
    assert!(!copy.windows(32).any(|bytes| bytes == raw_key), "the master key stands in the backup");

    assert!(place.refused(&["backup", "copy.db"], "").contains("--overwrite"));
    assert_eq!(std::fs::read(place.path("copy.db")).unwrap(), copy, "and it is as it was");
    assert_eq!(place.json(&["backup", "copy.db", "--overwrite"])["accounts"], 1);
    assert!(place.refused(&["backup", "data/connector.db", "--overwrite"], "").contains("the database itself"));
    assert!(place.refused(&["backup", "nowhere/copy.db"], "").contains("there is no folder"));
    assert!(Place::empty().refused(&["backup", "copy.db"], "").contains("there is no database"));
}

#[test]
fn with_postgresql_its_own_tools_are_named() {
    let place = Place::empty().with("ZOOM_CONNECTOR__STORE__URL", "postgres://nobody@127.0.0.1:1/none");
    assert!(place.refused(&["backup", "copy.db"], "").contains("pg_dump"));
    let said = place.refused(&["restore", "copy.db"], "");
    assert!(said.contains("pg_restore") && said.contains("verify-first"), "{said}");
    assert!(!place.path("copy.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_good_backup_is_refused_and_nothing_is_touched() {
    let (_world, place) = place_with_account().await;
    place.json(&["backup", "copy.db"]);
    let whole = std::fs::read(place.path("copy.db")).unwrap();

    check_refused(&place, "none.db", "there is no file");
    check_refused(&place, "data/connector.db", "the database itself");
    std::fs::write(place.path("text.db"), "Not a database. ".repeat(500)).unwrap();
    check_refused(&place, "text.db", "not a backup made by this program");
    std::fs::copy(place.path("data/connector.db"), place.path("raw.db")).unwrap();
    check_refused(&place, "raw.db", "is a database, but not a backup");
    let mut other = raw(&format!("sqlite://{}?mode=rwc", place.path("other.db").display())).await;
    sqlx::query("create table cake (flour text)").execute(&mut other).await.unwrap();
    check_refused(&place, "other.db", "not a backup made by this program");

    std::fs::write(place.path("cut.db"), &whole[..whole.len() / 2]).unwrap();
    check_refused(&place, "cut.db", "");
    // A page in the middle of everything, as a bad block would leave it.
    let mut torn = whole.clone();
    let page = 4096 * (whole.len() / 4096 / 2);
    torn[page..page + 4096].fill(0xff);
    std::fs::write(place.path("torn.db"), &torn).unwrap();
    check_refused(&place, "torn.db", "is damaged");

    std::fs::copy(place.path("copy.db"), place.path("later.db")).unwrap();
    change(&place.path("later.db"), "insert into schema_version (version) values (999)").await;
    check_refused(&place, "later.db", "schema 999");

    let serving = place.serve();
    let said = place.refused(&["restore", "copy.db"], "");
    assert!(said.contains("another process serves"), "{said}");
    serving.stop();
    // A service of another folder over the same database, or whoever else has it open.
    let someone = raw(&format!("sqlite://{}?mode=rw", place.path("data/connector.db").display())).await;
    let mut someone = someone;
    sqlx::query("select count(*) from journal").fetch_one(&mut someone).await.unwrap();
    let said = place.refused(&["restore", "copy.db"], "");
    assert!(said.contains("another process has"), "{said}");
    sqlx::Connection::close(someone).await.unwrap();
    assert_eq!(place.json(&["restore", "copy.db"])["accounts"], 1, "the good one is taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_key_a_backup_is_refused_and_a_service_does_not_start() {
    let (_world, place) = place_with_account().await;
    place.json(&["backup", "copy.db"]);
    let key = place.path("data/master.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    check_refused(&place, "copy.db", "does not open 1 of 1 accounts");
    let said = place.refused(&["serve"], "");
    assert!(said.contains("the master key that opens them is not here"), "{said}");
    assert!(!key.exists(), "no other key was made in its place");
    std::fs::write(&key, "00".repeat(32)).unwrap();
    check_refused(&place, "copy.db", "does not open 1 of 1 accounts");
    std::fs::write(&key, right).unwrap();
    assert_eq!(place.json(&["restore", "copy.db"])["accounts"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_destroyed_gives_way_to_its_backup_and_is_kept() {
    let (_world, place) = place_with_account().await;
    place.json(&["backup", "copy.db"]);
    let database = place.path("data/connector.db");
    for ruin in ["torn", "nonsense", "gone"] {
        match ruin {
            "torn" => {
                let mut bytes = std::fs::read(&database).unwrap();
                bytes[4096..8192].fill(0xff);
                std::fs::write(&database, bytes).unwrap();
            }
            "nonsense" => std::fs::write(&database, "nonsense").unwrap(),
            _ => std::fs::remove_file(&database).unwrap(),
        }
        // What a killed service leaves, and what must never be read into another database.
        std::fs::write(place.path("data/connector.db-wal"), "rest").unwrap();
        let before = std::fs::read(&database).ok();
        let restored = place.json(&["restore", "copy.db"]);
        let kept = restored["kept"].as_str().map(|kept| std::fs::read(kept).unwrap());
        assert!(kept.is_some() == before.is_some(), "{ruin}: {restored}");
        assert_eq!(place.json(&["tenant", "list"]).as_array().unwrap().len(), 1, "{ruin}");
        place.serve().stop();
    }
    // What cannot even be opened is not known to be broken: here a folder in its place.
    std::fs::remove_file(&database).unwrap();
    std::fs::create_dir(&database).unwrap();
    let said = place.refused(&["restore", "copy.db"], "");
    assert!(said.contains("cannot be opened, nothing was changed"), "{said}");
    assert!(database.is_dir());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_leaves_no_half_backup_and_does_not_touch_the_service() {
    let (_world, place) = place_with_account().await;
    let serving = place.serve();
    let ended = limited(&place, 100, &["backup", "copy.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("no backup was made"), "{}", ended.stderr);
    assert!(!place.path("copy.db").exists() && !place.path("copy.db.part").exists());
    std::fs::write(place.path("old.db"), "what was there").unwrap();
    assert_eq!(limited(&place, 100, &["backup", "old.db", "--overwrite"]).code, Some(1));
    assert_eq!(std::fs::read(place.path("old.db")).unwrap(), b"what was there");
    assert_eq!(place.json(&["backup", "copy.db"])["accounts"], 1);
    serving.stop();
    let before = data(&place);
    assert_eq!(limited(&place, 100, &["restore", "copy.db"]).code, Some(1));
    assert!(data(&place) == before, "nothing was changed");
}

/// Runs a command that may write no file longer than so many blocks: to it the disk is full then.
fn limited(place: &Place, blocks: u32, arguments: &[&str]) -> Ended {
    let command = place.command(arguments);
    let mut shell = Command::new("/bin/sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    shell.env_clear().current_dir(command.get_current_dir().unwrap());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_a_backup_is_whole_or_not_there_and_so_is_a_database() {
    let (_world, place) = place_with_account().await;
    place.json(&["backup", "first.db"]);
    place.json(&["user", "add-key", "later"]);
    let (mut whole, mut not_yet) = (0, 0);
    for step in 0..32 {
        let _ = std::fs::remove_file(place.path("copy.db"));
        let process = place.start(&["backup", "copy.db"]);
        sleep_ms(step * 3).await;
        process.kill();
        if place.path("copy.db").exists() {
            whole += 1;
            assert_eq!(place.json(&["restore", "copy.db"])["accounts"], 1, "step {step}");
        } else {
            not_yet += 1;
        }
    }
    assert_eq!(place.json(&["backup", "copy.db", "--overwrite"])["accounts"], 1, "whatever was left is no obstacle");
    say(&format!("backup: {not_yet} killed before, {whole} after it had its name"));
    let keys = |place: &Place| place.json(&["user", "keys"]).as_array().unwrap().len();
    let (mut old, mut new) = (0, 0);
    for step in 0..32 {
        place.json(&["restore", "copy.db"]);
        let process = place.start(&["restore", "first.db"]);
        sleep_ms(step * 3).await;
        process.kill();
        match keys(&place) {
            1 => old += 1,
            0 => new += 1,
            other => panic!("{other} keys at step {step}"),
        }
        assert_eq!(place.json(&["tenant", "list"]).as_array().unwrap().len(), 1, "step {step}");
    }
    say(&format!("restore: {old} killed before, {new} after the backup took the place"));
    place.json(&["restore", "first.db"]);
    assert_eq!(keys(&place), 0);
    assert!(!data(&place).keys().any(|name| name.contains("restoring")), "{:?}", data(&place).keys());
}
