//! When the demo is over: nothing is left to send on either side.

use super::stage::Stage;
use crate::clock;
use crate::store::{StoreError, Unit, delivery_list, journal};
use connector_core::ids::TenantId;
use indicatif::ProgressBar;

/// How often it is looked, in milliseconds.
const LOOK_MS: i64 = 250;
/// Nothing moved for so long: it never will, in milliseconds. Longer than the reads after a lost answer.
const STILL_MS: i64 = 240_000;

/// How far the connector is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    pending: i64,
    open: i64,
    settled: i64,
}

/// Zoom's retries may be under way for so long without holding the script up, in milliseconds.
const TOLD_MS: i64 = 120_000;

/// Waits until Zoom has delivered what it had to tell, but for what it tells late.
pub async fn until_told(stage: &Stage, bar: &ProgressBar) {
    let clock = &stage.running.shared.clock;
    let since_ms = clock.monotonic_ms();
    let is_due = || stage.preset.zoom.next_due_ms().is_some_and(|at_ms| at_ms <= clock.now_ms());
    while is_due() && clock.monotonic_ms() - since_ms < TOLD_MS {
        bar.tick();
        clock::sleep_ms(LOOK_MS / 10).await;
    }
}

/// Waits until every webhook was taken and every delivery has ended or waits for somebody. Answers false when nothing
/// moves any more.
///
/// # Errors
/// When the store fails.
pub async fn until_settled(stage: &Stage, bar: &ProgressBar) -> anyhow::Result<bool> {
    let clock = &stage.running.shared.clock;
    let (mut last, mut moved_ms) = (Progress::default(), clock.monotonic_ms());
    bar.set_message("into LeadSquared");
    loop {
        let waiting = stage.preset.zoom.undelivered();
        let mut progress = Progress::default();
        for account in &stage.preset.crm_accounts {
            let tenant = TenantId::parse(&account.org)?;
            let one = stage.running.shared.store.read(move |unit| Box::pin(look(unit, tenant))).await?;
            progress.pending += one.pending;
            progress.open += one.open;
            progress.settled += one.settled;
        }
        bar.set_length(u64::try_from(progress.open + progress.settled).unwrap_or(1).max(1));
        bar.set_position(u64::try_from(progress.settled).unwrap_or(0));
        if waiting == 0 && progress.pending == 0 && progress.open == 0 {
            return Ok(true);
        }
        if progress != last {
            (last, moved_ms) = (progress, clock.monotonic_ms());
        } else if clock.monotonic_ms() - moved_ms > STILL_MS {
            return Ok(false);
        }
        clock::sleep_ms(LOOK_MS).await;
    }
}

async fn look(unit: &mut Unit, tenant: TenantId) -> Result<Progress, StoreError> {
    let ever = crate::dice::id_floor(0);
    let notifications = journal::counts(unit, &tenant, &ever).await?;
    let deliveries = delivery_list::counts(unit, &tenant, &ever).await?;
    let sum = |counts: &[(String, i64)], states: &[&str]| {
        counts.iter().filter(|(state, _)| states.contains(&state.as_str())).map(|(_, count)| count).sum::<i64>()
    };
    Ok(Progress {
        pending: sum(&notifications, &["pending"]),
        open: sum(&deliveries, &["ready", "sending", "unknown"]),
        settled: sum(&deliveries, &["delivered", "suppressed", "parked"]),
    })
}
