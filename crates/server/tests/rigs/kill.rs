//! The kill rig: the real binary over a database that lives on, killed again and again under load, at a named place or at
//! any moment, and started anew. In the end everything in the pretend LeadSquared is compared with what happened.

use crate::connector;
use crate::front;
use crate::life;
use crate::operations::Stopped;
use connector_core::ids::ZoomApp;
use connector_server::app::{self, Shared};
use connector_server::clock::{self, Clock};
use connector_server::config::Config;
use connector_server::dice::id_floor;
use connector_server::failpoint::Point;
use connector_server::failpoint::strike::VARIABLE;
use connector_server::store::{delivery_list, journal};
use connector_simulator::clock::Clock as PretendClock;
use connector_simulator::dice::Dice;
use connector_simulator::preset::{Preset, Pretend};
use connector_simulator::serve::Served;
use connector_simulator::truth::{Comparison, Expectations, compare};
use sqlx::{AnyConnection, Connection as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everybody's time runs so many times as fast as life's.
pub const SPEED: u32 = 30;
/// A process that does not come to its place is killed after this, milliseconds.
const LIFE_MS_MAX: i64 = 1_300;
/// How often a process is looked at, milliseconds.
const LOOK_MS: i64 = 5;
/// After the load everything has to be done within this, milliseconds.
const REST_MS_MAX: i64 = 240_000;
/// Everybody signed in so long before the load, milliseconds of the fast clock.
const SIGNED_IN_BEFORE_MS: i64 = 3 * 60 * 60 * 1000;
/// Names the maintenance database of a PostgreSQL.
const MAINTENANCE: &str = "CONNECTOR_TEST_POSTGRES";

/// A database to kill processes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Sqlite,
    Postgres,
}

/// What became of the processes over one database.
#[derive(Debug, Default)]
struct Sum {
    cycles: u64,
    at_a_place: u64,
    places: Vec<u64>,
    people: usize,
    lost: usize,
    doubled: usize,
    given_up: usize,
    wrong: Vec<String>,
}

/// Runs the cycles, half of them over each database there is.
pub fn run(cycles: u64, seed: u64) -> ExitCode {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let kinds = if std::env::var_os(MAINTENANCE).is_some() { vec![On::Sqlite, On::Postgres] } else { vec![On::Sqlite] };
    let clock = Clock::machine();
    let share = cycles.div_ceil(kinds.len() as u64);
    let sums: Vec<Sum> = std::thread::scope(|scope| {
        let threads: Vec<_> = kinds.iter().map(|on| scope.spawn(move || over(*on, share, seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let total = |of: fn(&Sum) -> u64| sums.iter().map(of).sum::<u64>();
    for (on, sum) in kinds.iter().zip(&sums) {
        for one in &sum.wrong {
            println!("{on:?}: {one}");
        }
    }
    let mut struck = vec![0; Point::ALL.len()];
    for (place, count) in sums.iter().flat_map(|sum| sum.places.iter().enumerate()) {
        struck[place] += count;
    }
    let places = struck.iter().filter(|count| **count > 0).count();
    println!(
        "{} at one of {places} places, {} at any moment, over {kinds:?}; {} people; {} webhooks that Zoom gave up; {} s",
        total(|sum| sum.at_a_place),
        total(|sum| sum.cycles - sum.at_a_place),
        total(|sum| sum.people as u64),
        total(|sum| sum.given_up as u64),
        clock.monotonic_ms() / 1000,
    );
    let (lost, doubled) = (total(|sum| sum.lost as u64), total(|sum| sum.doubled as u64));
    println!("{} cycles, {lost} lost, {doubled} doubled", total(|sum| sum.cycles));
    let is_good = lost + doubled == 0 && sums.iter().all(|sum| sum.wrong.is_empty());
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn over(on: On, cycles: u64, seed: u64) -> Sum {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut rig = Rig::set(on, seed).await;
        rig.kill(cycles).await;
        rig.rest().await
    })
}

/// The pretend world, and what is needed to start a connector beside it.
struct Rig {
    on: On,
    preset: Preset,
    pretend: Pretend,
    _front: Served,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    dice: Dice,
    sum: Sum,
    seed: u64,
}

impl Rig {
    /// Two tenants, both signed in, over an empty database.
    async fn set(on: On, seed: u64) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let preset = Preset::new(PretendClock::Fast(SPEED), seed, None);
        life::prepare(&preset);
        let pretend = preset.serve(any, any).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind(any).unwrap().local_addr().unwrap().port();
        let mut variables = preset.connector_environment(&pretend.zoom.url());
        let mut set = |name: &str, value: String| variables.push((format!("ZOOM_CONNECTOR__{name}"), value));
        set("SERVER__LISTEN", format!("127.0.0.1:{port}"));
        set("SERVER__METRICS_LISTEN", String::new());
        set("STORE__DATA_FOLDER", folder.path().display().to_string());
        set("DEVELOPMENT__CLOCK_SPEED", SPEED.to_string());
        set("LOG__LEVEL", "off".to_owned());
        if on == On::Postgres {
            set("STORE__URL", fresh_postgres().await);
        }
        let front = front::stand_before(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
        let mut set = |name: &str, value: String| variables.push((format!("ZOOM_CONNECTOR__{name}"), value));
        set("SERVER__PUBLIC_URL", front.url());
        preset.point_at(&front.url());
        let sum = Sum { places: vec![0; Point::ALL.len()], ..Sum::default() };
        let rig =
            Self { on, preset, pretend, _front: front, folder, variables, dice: Dice::new(seed ^ 0xdead), sum, seed };
        // What happens is told as of the last hour: an event belongs to whoever was signed in by then.
        let earlier_ms = PretendClock::Fast(SPEED).now_ms() - SIGNED_IN_BEFORE_MS;
        let shared = rig.open(Clock::set_at(earlier_ms)).await;
        for place in 0..2 {
            let host = rig.pretend.leadsquared.url();
            connector::set_up(shared.clone(), rig.preset.clone(), (place, &host), None).await.unwrap();
            for app in ZoomApp::ALL {
                connector::sign_in(shared.clone(), rig.preset.clone(), (place, app)).await.unwrap();
            }
        }
        shared.store.close().await;
        rig
    }

    fn config(&self) -> Config {
        Config::load_environment(self.variables.iter().cloned()).unwrap()
    }

    /// The connector's database in this process, with no loop.
    async fn open(&self, clock: Clock) -> Shared {
        app::open(self.config(), clock).await.unwrap().0
    }

    fn start(&self, place: Option<(Point, u64)>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-connector"));
        command.arg("serve").current_dir(self.folder.path()).envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((point, count)) = place {
            command.env(VARIABLE, format!("{}:{count}", point.as_str()));
        }
        command.spawn().unwrap()
    }

    async fn kill(&mut self, cycles: u64) {
        let stop = Arc::new(AtomicBool::new(false));
        let mut lives = tokio::task::JoinSet::new();
        lives.spawn(life::live(self.preset.clone(), self.seed, Arc::clone(&stop)));
        for _ in 0..cycles {
            self.cycle().await;
        }
        stop.store(true, Ordering::SeqCst);
        // What life has begun is finished while a connector listens again.
        let mut child = self.start(None);
        while lives.join_next().await.is_some() {}
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Backup, restore and a new key, after everything was counted: a backup that was restored has much read again.
    async fn operate(&mut self) {
        let stopped = Stopped { folder: self.folder.path(), variables: &self.variables };
        let (ended, wrong) = stopped.end_everywhere().await;
        println!("backup, restore and a new key ended at {ended} places");
        self.sum.wrong.extend(wrong);
    }

    async fn cycle(&mut self) {
        for _ in 0..self.dice.below(3) {
            life::plan_fault(&self.preset, &mut self.dice);
        }
        let place = if self.dice.chance(70) { Some(self.place()) } else { None };
        let life_ms = match place {
            Some(_) => LIFE_MS_MAX,
            None => 30 + i64::try_from(self.dice.below(900)).unwrap_or(0),
        };
        let mut child = self.start(place);
        let clock = Clock::machine();
        let ended = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if clock.monotonic_ms() >= life_ms => break None,
                None => clock::sleep_ms(LOOK_MS).await,
            }
        };
        self.sum.cycles += 1;
        match (ended, place) {
            (None, _) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            (Some(status), Some((point, _))) if status.signal() == Some(SIGABRT) => {
                self.sum.at_a_place += 1;
                self.sum.places[point as usize] += 1;
            }
            (Some(status), _) => self.sum.wrong.push(format!("the connector ended by itself: {status}")),
        }
    }

    /// A place, and how often it is reached until then: mostly one of those that the load leads to.
    fn place(&mut self) -> (Point, u64) {
        let area = |point: &Point| point.as_str().split_once('.').map_or("", |(area, _)| area);
        let areas = if self.dice.chance(90) { LOADED } else { ONCE };
        let among: Vec<Point> = Point::ALL.into_iter().filter(|point| areas.contains(&area(point))).collect();
        let place = usize::try_from(self.dice.below(among.len() as u64)).unwrap_or(0);
        let most = if areas == ONCE { 1 } else { [3, 12][usize::try_from(self.dice.below(2)).unwrap_or(0)] };
        (among[place], 1 + self.dice.below(most))
    }

    /// Nothing goes wrong any more: waits until everything is told and done, then counts.
    async fn rest(mut self) -> Sum {
        self.preset.leadsquared.faults().clear();
        let mut child = self.start(None);
        let clock = Clock::machine();
        let mut quiet = 0;
        while clock.monotonic_ms() < REST_MS_MAX && quiet < 10 {
            clock::sleep_ms(500).await;
            let is_equal = (0..2).all(|place| {
                let seen = self.compare(place);
                seen.lost == 0
            });
            quiet = if is_equal && self.preset.zoom.undelivered() == 0 { quiet + 1 } else { 0 };
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let shared = self.open(Clock::machine_at_speed(SPEED)).await;
        self.sum.given_up = self.preset.zoom.given_up();
        for place in 0..2 {
            let seen = self.compare(place);
            self.sum.people += seen.leads;
            self.sum.lost += seen.lost;
            self.sum.doubled += seen.duplicates;
            self.sum.wrong.extend(seen.differences);
            self.count(&shared, place).await;
        }
        shared.store.close().await;
        if self.on == On::Sqlite {
            self.operate().await;
        }
        self.sum
    }

    fn compare(&self, place: usize) -> Comparison {
        let expect = Expectations {
            zoom_account: self.preset.zoom_accounts[place].id.clone(),
            follow_up_minutes: 30,
            follow_up_hours: 24,
            attendance: connector_simulator::truth::AttendanceTold::AsItHappens,
            no_shows_until_ms: None,
            scheduled: Vec::new(),
        };
        let crm = self.preset.leadsquared.snapshot(&self.preset.crm_accounts[place].org).unwrap();
        compare(&self.preset.zoom.history(), &crm, &expect)
    }

    /// Conservation: everything taken in was merged or left out, everything planned was delivered.
    async fn count(&mut self, shared: &Shared, place: usize) {
        let (tenant, since) = (connector::tenant(&self.preset, place), id_floor(0));
        let read = shared.store.read(move |unit| {
            Box::pin(async move {
                let mut counts = journal::counts(unit, &tenant, &since).await?;
                counts.extend(delivery_list::counts(unit, &tenant, &since).await?);
                Ok(counts)
            })
        });
        for (state, count) in read.await.unwrap() {
            if !["merged", "ignored", "delivered", "suppressed"].contains(&state.as_str()) {
                self.sum.wrong.push(format!("{count} of tenant {place} are {state}"));
            }
        }
    }
}

const SIGABRT: i32 = 6;
/// Where the load leads to, again and again.
const LOADED: &[&str] = &[
    "store",
    "intake",
    "writer",
    "journal",
    "lane",
    "translator",
    "plan",
    "courier",
    "crm",
    "attempt",
    "settle",
    "verify",
    "outside",
];
/// Where a process comes by once or seldom.
const ONCE: &[&str] = &["start", "migration", "refresh", "keeper"];

/// The address of a database of its own; it goes with the server.
async fn fresh_postgres() -> String {
    let maintenance = std::env::var(MAINTENANCE).unwrap();
    sqlx::any::install_default_drivers();
    let name = format!("connector_kill_{}", connector_server::dice::id(0));
    let mut connection = AnyConnection::connect(&maintenance).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let (server, _) = maintenance.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
