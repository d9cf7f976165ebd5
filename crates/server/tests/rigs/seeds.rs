//! Many worlds, one for each seed, on all cores. A seed that fails is told with the command that repeats it.

use crate::verdict::{Verdict, judge};
use crate::world::World;
use connector_server::clock::Clock;
use connector_server::failpoint::{Point, strike};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder in memory, where there is one.
const MEMORY: &str = "/dev/shm";

/// What all worlds came to.
#[derive(Debug, Default)]
struct Sum {
    worlds: u64,
    calls: u64,
    crashes: u64,
    lost: usize,
    doubled: usize,
    given_up: usize,
    struck: Vec<u64>,
    failures: Vec<(u64, Vec<String>)>,
}

/// What one seed came to.
struct Lived {
    verdict: Verdict,
    calls: u64,
    clean_crashes: u64,
    crashes: Vec<Point>,
    trace: u64,
}

/// Lives through the seeds; at most so many seconds, if any, and until so many have failed.
pub fn run(from: u64, count: u64, (seconds, failures_max): (u64, u64)) -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, sum) = (AtomicU64::new(from), Mutex::new(Sum { struck: vec![0; Point::ALL.len()], ..Sum::default() }));
    let clock = Clock::machine();
    let limit_ms = i64::try_from(seconds).unwrap_or(0) * 1000;
    std::thread::scope(|scope| {
        for thread in 0..threads.min(usize::try_from(count).unwrap_or(1)) {
            let (next, sum, clock) = (&next, &sum, &clock);
            scope.spawn(move || {
                stay_on(thread);
                let folder = folder(thread);
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    let over = limit_ms > 0 && clock.monotonic_ms() > limit_ms;
                    if over || seed >= from + count || sum.lock().unwrap().failures.len() as u64 >= failures_max {
                        break;
                    }
                    let lived = live(seed, &folder, count == 1);
                    if count == 1 {
                        let trace = lived.as_ref().map(|lived| lived.trace).unwrap_or(0);
                        println!("seed {seed}: history {trace:016x}");
                    }
                    take(&mut sum.lock().unwrap(), seed, lived);
                }
                let _ = std::fs::remove_dir_all(&folder);
            });
        }
    });
    let seconds = clock.monotonic_ms() / 1000;
    tell(&sum.into_inner().unwrap(), seconds)
}

/// Keeps this thread, and the threads of its databases, on one core: they take turns, and to wake each other across cores costs
/// more than what they do. Where it cannot be had, worlds live as well, only slower.
fn stay_on(core: usize) {
    let Ok(own) = std::fs::read_link("/proc/thread-self") else { return };
    let Some(id) = own.file_name().and_then(|name| name.to_str()) else { return };
    let _ = Command::new("taskset").args(["-p", "-c", &core.to_string(), id]).output();
}

fn folder(thread: usize) -> PathBuf {
    let parent = if Path::new(MEMORY).is_dir() { PathBuf::from(MEMORY) } else { std::env::temp_dir() };
    parent.join(format!("connector-seeds-{}-{thread}", std::process::id()))
}

/// One world in a fresh folder, on this thread alone.
fn live(seed: u64, folder: &Path, told: bool) -> Result<Lived, String> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let living = std::panic::catch_unwind(|| {
        runtime.block_on(async {
            let world = World::live(seed, folder).await?;
            let verdict = judge(&world).await;
            if told {
                crate::verdict::picture(&world).await;
            }
            let lived = Lived {
                verdict,
                calls: world.ground.network.calls(),
                clean_crashes: world.clean_crashes,
                crashes: world.crashes.clone(),
                trace: world.ground.network.trace(),
            };
            if let Some(connector) = world.connector {
                connector.die().await;
            }
            Ok(lived)
        })
    });
    strike::revive();
    living.unwrap_or_else(|_| Err("a panic".to_owned()))
}

fn take(sum: &mut Sum, seed: u64, lived: Result<Lived, String>) {
    sum.worlds += 1;
    let lived = match lived {
        Ok(lived) => lived,
        Err(why) => {
            sum.failures.push((seed, vec![why]));
            return;
        }
    };
    sum.calls += lived.calls;
    sum.crashes += lived.clean_crashes + lived.crashes.len() as u64;
    sum.lost += lived.verdict.lost;
    sum.doubled += lived.verdict.doubled;
    sum.given_up += usize::from(lived.verdict.given_up > 0);
    for point in lived.crashes {
        sum.struck[point as usize] += 1;
    }
    if !lived.verdict.wrong.is_empty() || lived.verdict.lost + lived.verdict.doubled > 0 {
        sum.failures.push((seed, lived.verdict.wrong));
    }
}

fn tell(sum: &Sum, seconds: i64) -> ExitCode {
    for (seed, wrong) in &sum.failures {
        println!("seed {seed} failed: cargo xtask seeds --from {seed} --count 1");
        for one in wrong {
            println!("    {one}");
        }
    }
    let never: Vec<&str> = Point::ALL
        .into_iter()
        .zip(&sum.struck)
        .filter(|(_, count)| **count == 0)
        .map(|(point, _)| point.as_str())
        .collect();
    let rate = sum.worlds / seconds.max(1).unsigned_abs();
    println!(
        "{} calls, {} crashes at {} of {} places, {} worlds with webhooks that Zoom gave up; {rate} seeds a second",
        sum.calls,
        sum.crashes,
        Point::ALL.len() - never.len(),
        Point::ALL.len(),
        sum.given_up
    );
    if !never.is_empty() {
        println!("never struck: {}", never.join(" "));
    }
    println!(
        "{} seeds in {seconds} s, {} lost, {} doubled, {} failed",
        sum.worlds,
        sum.lost,
        sum.doubled,
        sum.failures.len()
    );
    if sum.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
