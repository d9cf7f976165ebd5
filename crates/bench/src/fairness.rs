//! Light tenants beside one with a great backlog: how long the light ones' events take to the CRM, with and without it.

use crate::arrivals::{arrived, latencies_ms, wait_for};
use crate::database::Source;
use crate::figures::{Figures, percentile, progress, rounded};
use crate::intake::serve;
use crate::load::{Pace, send};
use crate::webhook::{Told, Webhooks};
use crate::world::{UNLIMITED, World, unlimited_plan};
use connector_core::ids::ZoomApp;
use connector_core::translate::Source as Door;
use connector_server::app::{self, Shared};
use connector_server::clock::Clock;
use connector_server::store::journal::{self, NewNotification};
use connector_simulator::clock::Clock as PretendClock;
use std::time::Duration;

/// Light tenants; the heavy one has the number 0.
const LIGHT: usize = 50;
/// Events that wait for the heavy tenant when the run begins.
const BACKLOG: u64 = 100_000;
/// Rows of the backlog that are put in at once.
const STEP: u64 = 500;
/// Events a second of all light tenants together.
const LIGHT_PER_S: u64 = 50;
/// Everything of the light tenants has to have arrived after that.
const ARRIVED_WITHIN: Duration = Duration::from_secs(300);

/// Runs both.
pub async fn run(seconds: u64) -> anyhow::Result<Figures> {
    let alone = light(0, Duration::from_secs(seconds)).await?;
    progress(&format!("alone: {}", serde_json::to_string(&alone)?));
    let beside = light(BACKLOG, Duration::from_secs(seconds)).await?;
    Ok(Figures::from_iter([("alone".to_owned(), alone.into()), ("beside".to_owned(), beside.into())]))
}

/// The light tenants' figures beside a heavy one with that backlog.
async fn light(backlog: u64, lasting: Duration) -> anyhow::Result<Figures> {
    let world = World::open(PretendClock::Machine, UNLIMITED).await?;
    let url = Source::Sqlite.fresh(world.folder()).await?;
    let (shared, writer) = app::open(world.config(&url)?, Clock::machine()).await?;
    world.add_tenants(&shared, LIGHT + 1, &unlimited_plan()).await?;
    let (all, heavy) = (1..=LIGHT, world.zoom_account(0));
    wait_in_journal(&world, &shared, &heavy, backlog).await?;
    shared.store.close().await;
    drop((shared, writer));
    let (server, webhooks) = serve(&world, &url, LIGHT + 1).await?;
    let accounts = all.map(|number| world.zoom_account(number)).collect();
    let webhooks = Webhooks { accounts, ..webhooks };
    let sent = send(server.address, &webhooks, Pace::PerSecond(LIGHT_PER_S), lasting).await?;
    let there = wait_for(&world, 1..LIGHT + 1, sent.acks.len(), ARRIVED_WITHIN).await?;
    let latencies = latencies_ms(&sent.acks, &webhooks, &there);
    Ok(Figures::from_iter([
        ("events".to_owned(), sent.acks.len().into()),
        ("p50_ms".to_owned(), rounded(percentile(&latencies, 50), 0)),
        ("p99_ms".to_owned(), rounded(percentile(&latencies, 99), 0)),
        ("heavy_arrived".to_owned(), arrived(&world, 0..1)?.len().into()),
    ]))
}

/// Puts a backlog into the journal, past the door.
async fn wait_in_journal(world: &World, shared: &Shared, account: &str, rows: u64) -> anyhow::Result<()> {
    let secret = connector_core::zoom::signature::SecretToken::new(world.secret_token());
    let secret = secret.ok_or_else(|| anyhow::anyhow!("an empty secret"))?;
    let webhooks = Webhooks { accounts: vec![account.to_owned()], secret, run: "heavy".to_owned(), told: Told::Joined };
    let (tenant, now_ms) = (world.tenant(0)?, shared.clock.now_ms());
    for first in (0..rows).step_by(usize::try_from(STEP)?) {
        let step = (first..rows.min(first + STEP)).map(|number| NewNotification {
            tenant: tenant.clone(),
            key: format!("heavy-{number}"),
            id: connector_server::dice::id(now_ms),
            source: Door::Zoom(ZoomApp::Webinars).as_str(),
            event: "webinar.participant_joined".to_owned(),
            event_ts_ms: now_ms,
            received_ms: now_ms,
            late: false,
            body: webhooks.body(number, now_ms).into_bytes(),
        });
        let step: Vec<NewNotification> = step.collect();
        shared.store.write(move |unit| Box::pin(async move { journal::append(unit, &step).await })).await?;
    }
    Ok(())
}
