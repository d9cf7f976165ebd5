//! Durable acknowledgements: the real server in a process of its own, with all its loops at work, beside the bare group
//! commit. Rounds take turns, each on a fresh database, and the median counts; then an open loop for the delay.

use crate::bare;
use crate::child::Server;
use crate::database::{self, Source};
use crate::figures::{Figures, median, percentile, progress, rounded};
use crate::load::{self, Loaded, Pace};
use crate::webhook::{Told, Webhooks};
use crate::world::World;
use anyhow::{Context as _, ensure};
use connector_core::settings::Plan;
use connector_core::zoom::signature::SecretToken;
use connector_server::app;
use connector_server::clock::Clock;
use connector_simulator::clock::Clock as PretendClock;
use connector_simulator::leadsquared::{Limit, Throttle};
use std::time::Duration;

/// Rounds of each kind.
const ROUNDS: usize = 5;
/// Before each round, unmeasured.
const WARM_UP: Duration = Duration::from_millis(700);
/// Webhooks a second in the open loop.
const OPEN_PER_S: u64 = 2_000;

/// One round's figures.
struct Round {
    loaded: Loaded,
    cpu_us_per_ack: f64,
    rss_mb: f64,
}

/// Runs it on both databases.
pub async fn run(seconds: u64) -> anyhow::Result<Figures> {
    let lasting = Duration::from_secs(seconds);
    let mut figures = Figures::new();
    for source in [Ok(Source::Sqlite), Source::postgres()] {
        match source {
            Ok(source) => {
                if !source.flushes().await? {
                    progress(
                        "this PostgreSQL does not flush (fsync = off): its figures are not those of durable answers",
                    );
                }
                figures.insert(source.name().to_owned(), on(&source, lasting).await?.into());
            }
            Err(error) => {
                progress(&format!("PostgreSQL is left out: {error:#}"));
                figures.insert("postgres".to_owned(), serde_json::Value::Null);
            }
        }
    }
    Ok(figures)
}

async fn on(source: &Source, lasting: Duration) -> anyhow::Result<Figures> {
    let (mut bares, mut servers) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let bare = bare_round(source, lasting).await?;
        let server = server_round(source, Pace::Closed, lasting).await?;
        progress(&format!(
            "{} round {round}: bare {:.0}/s at {:.1} us, server {:.0}/s at {:.1} us",
            source.name(),
            bare.loaded.per_second(),
            bare.cpu_us_per_ack,
            server.loaded.per_second(),
            server.cpu_us_per_ack
        ));
        bares.push(bare);
        servers.push(server);
    }
    let open = server_round(source, Pace::PerSecond(OPEN_PER_S), lasting).await?;
    let of = |rounds: &[Round], figure: fn(&Round) -> f64| median(&rounds.iter().map(figure).collect::<Vec<_>>());
    let acks_per_s = of(&servers, |round| round.loaded.per_second());
    let share = acks_per_s / of(&bares, |round| round.loaded.per_second());
    Ok(Figures::from_iter([
        ("acks_per_s".to_owned(), rounded(acks_per_s, 0)),
        ("share_of_bare".to_owned(), rounded(share, 3)),
        ("cpu_us_per_ack".to_owned(), rounded(of(&servers, |round| round.cpu_us_per_ack), 1)),
        ("p50_ms".to_owned(), rounded(percentile(&open.loaded.took_ms(), 50), 1)),
        ("p99_ms".to_owned(), rounded(percentile(&open.loaded.took_ms(), 99), 1)),
        ("rss_mb".to_owned(), rounded(of(&servers, |round| round.rss_mb), 1)),
    ]))
}

/// The rate of LeadSquared's default plan: what the couriers do meanwhile is what they would do in life.
fn default_limit(plan: &Plan) -> Option<Limit> {
    Some(Limit { calls: plan.calls?, bulk_calls: plan.bulk_calls, window_s: plan.window_s })
}

async fn server_round(source: &Source, pace: Pace, lasting: Duration) -> anyhow::Result<Round> {
    let plan = Plan::default();
    let world = World::open(PretendClock::Machine, (default_limit(&plan), Throttle::Status429)).await?;
    let url = source.fresh(world.folder()).await?;
    let (server, webhooks) = start(&world, &url, &plan, 1).await?;
    let round = measured(&server, &webhooks, pace, lasting).await?;
    drop(server);
    let kept = database::count(&url, "journal").await?;
    ensure!(kept >= round.1, "{} webhooks were acknowledged, {kept} are in the journal", round.1);
    source.remove(&url).await?;
    Ok(round.0)
}

async fn bare_round(source: &Source, lasting: Duration) -> anyhow::Result<Round> {
    let folder = tempfile::tempdir()?;
    let url = source.fresh(folder.path()).await?;
    let secret = "bare-secret-token".to_owned();
    let variables = [(bare::SECRET.to_owned(), secret.clone())];
    let server = Server::start(&["bare", "--store", &url], &variables, folder.path()).await?;
    let secret = SecretToken::new(&secret).context("an empty secret")?;
    let webhooks =
        Webhooks { accounts: vec!["BenchAccount".to_owned()], secret, run: String::new(), told: Told::Joined };
    let round = measured(&server, &webhooks, Pace::Closed, lasting).await?;
    drop(server);
    let kept = database::count(&url, bare::TABLE).await?;
    ensure!(kept >= round.1, "{} webhooks were acknowledged, {kept} are in the table", round.1);
    source.remove(&url).await?;
    Ok(round.0)
}

/// Sets tenants up in a fresh database, then starts a server over it. Answers also webhooks for all these tenants.
///
/// # Errors
/// When something cannot be set up.
pub async fn start(world: &World, url: &str, plan: &Plan, tenants: usize) -> anyhow::Result<(Server, Webhooks)> {
    let (shared, writer) = app::open(world.config(url)?, Clock::machine()).await?;
    world.add_tenants(&shared, tenants, plan).await?;
    shared.store.close().await;
    drop((shared, writer));
    serve(world, url, tenants).await
}

/// Starts a server over a database with so many tenants.
///
/// # Errors
/// When it does not come up.
pub async fn serve(world: &World, url: &str, tenants: usize) -> anyhow::Result<(Server, Webhooks)> {
    let server = Server::start(&["serve"], &world.environment(url), world.folder()).await?;
    let secret = SecretToken::new(world.secret_token()).context("an empty secret")?;
    let accounts = (0..tenants).map(|number| world.zoom_account(number)).collect();
    Ok((server, Webhooks { accounts, secret, run: "run".to_owned(), told: Told::Joined }))
}

/// One measured round after a warm-up; also how many webhooks were acknowledged in both.
async fn measured(server: &Server, webhooks: &Webhooks, pace: Pace, lasting: Duration) -> anyhow::Result<(Round, u64)> {
    let run = |run: &str| Webhooks { run: run.to_owned(), ..webhooks.clone() };
    let warmed = load::send(server.address, &run("warm"), pace, WARM_UP).await?;
    let before_us = server.cpu_us()?;
    let loaded = load::send(server.address, &run("full"), pace, lasting).await?;
    let used_us = server.cpu_us()? - before_us;
    ensure!(loaded.refused == 0, "{} webhooks were refused", loaded.refused);
    let acks = (warmed.acks.len() + loaded.acks.len()) as u64;
    let cpu_us_per_ack = used_us / (loaded.acks.len() as f64).max(1.0);
    Ok((Round { cpu_us_per_ack, rss_mb: server.rss_mb()?, loaded }, acks))
}
