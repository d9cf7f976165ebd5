//! From an event to the CRM: how long it takes at a steady rate, and how many events a second pass from end to end. The
//! events are registrations, whose leads and activities travel in bulk calls; the ceiling of people who join without having
//! registered is told apart, because each of them takes a call of its own. The pretend LeadSquared has no limit here.

use crate::arrivals::{latencies_ms, wait_for};
use crate::child::Server;
use crate::database::Source;
use crate::figures::{Figures, percentile, progress, rounded};
use crate::intake::start;
use crate::load::{Pace, send};
use crate::webhook::{Told, Webhooks};
use crate::world::{UNLIMITED, World, unlimited_plan};
use connector_simulator::clock::Clock;
use std::time::Duration;

/// How long the burst is sent whose passage is measured.
const BURST: Duration = Duration::from_millis(1_000);
/// Everything has to have arrived after that.
const ARRIVED_WITHIN: Duration = Duration::from_secs(180);

/// Runs it.
pub async fn run(rate: u64, seconds: u64) -> anyhow::Result<Figures> {
    let mut figures = Figures::from_iter([("rate".to_owned(), rate.into()), ("seconds".to_owned(), seconds.into())]);
    figures.extend(on(&Source::Sqlite, rate, Duration::from_secs(seconds)).await?);
    match Source::postgres() {
        Ok(source) => {
            let measured = on(&source, rate, Duration::from_secs(seconds)).await?;
            figures.insert("postgres".to_owned(), measured.into());
        }
        Err(error) => progress(&format!("PostgreSQL is left out: {error:#}")),
    }
    Ok(figures)
}

async fn on(source: &Source, rate: u64, lasting: Duration) -> anyhow::Result<Figures> {
    let world = World::open(Clock::Machine, UNLIMITED).await?;
    let url = source.fresh(world.folder()).await?;
    let (server, webhooks) = start(&world, &url, &unlimited_plan(), 1).await?;
    let run = |run: &str| Webhooks { run: run.to_owned(), told: Told::Registered, ..webhooks.clone() };
    let warmed = send(server.address, &run("warm"), Pace::PerSecond(rate), Duration::from_secs(1)).await?;
    let steady_webhooks = run("steady");
    let steady = send(server.address, &steady_webhooks, Pace::PerSecond(rate), lasting).await?;
    let sent = warmed.acks.len() + steady.acks.len();
    let arrived = wait_for(&world, 0..1, sent, ARRIVED_WITHIN).await?;
    let latencies = latencies_ms(&steady.acks, &steady_webhooks, &arrived);
    let registered = passage(&world, &server, &run("burst"), (BURST, sent)).await?;
    let sent = sent + registered.events;
    let joining = Webhooks { told: Told::Joined, ..run("joins") };
    let joined = passage(&world, &server, &joining, (BURST / 4, sent)).await?;
    drop(server);
    source.remove(&url).await?;
    Ok(Figures::from_iter([
        ("events".to_owned(), steady.acks.len().into()),
        ("p50_ms".to_owned(), rounded(percentile(&latencies, 50), 0)),
        ("p99_ms".to_owned(), rounded(percentile(&latencies, 99), 0)),
        ("ceiling".to_owned(), rounded(registered.per_s, 0)),
        ("cpu_s_per_1000".to_owned(), rounded(registered.cpu_s_per_1000, 3)),
        ("ceiling_joined".to_owned(), rounded(joined.per_s, 0)),
    ]))
}

/// What the passage of a burst came to.
struct Passage {
    events: usize,
    /// Events a second, from the first that was sent to the last that stood in the CRM.
    per_s: f64,
    /// The server's processor time in seconds, for 1,000 events.
    cpu_s_per_1000: f64,
}

/// Sends a burst for so long and waits until all of it stands in the CRM, where `before` stood already.
async fn passage(
    world: &World,
    server: &Server,
    webhooks: &Webhooks,
    (lasting, before): (Duration, usize),
) -> anyhow::Result<Passage> {
    let used_us = server.cpu_us()?;
    let burst = send(server.address, webhooks, Pace::Closed, lasting).await?;
    let arrived = wait_for(world, 0..1, before + burst.acks.len(), ARRIVED_WITHIN).await?;
    let used_us = server.cpu_us()? - used_us;
    let first_ms = burst.acks.iter().map(|ack| ack.sent_ms).min().unwrap_or(0);
    let last_ms = burst.acks.iter().filter_map(|ack| arrived.get(&webhooks.email(ack.number))).max();
    let passage_s = (last_ms.copied().unwrap_or(first_ms) - first_ms) as f64 / 1000.0;
    let events = burst.acks.len();
    Ok(Passage {
        events,
        per_s: events as f64 / passage_s.max(f64::MIN_POSITIVE),
        cpu_s_per_1000: used_us / 1_000.0 / (events as f64).max(1.0),
    })
}
