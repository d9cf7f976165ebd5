//! The keeper: refreshes grants long before they end and at least daily, removes what is over, reminds of old
//! apps that still tell, and counts the beat.

mod calendar;

use crate::app::{Shared, Step, StepError};
use crate::connections::{erasure, health, whose};
use crate::failpoint::{self, Point};
use crate::migration;
use crate::rewind;
use crate::store::{
    alert, alert_address, alert_post, grant, hourly, idempotency, known, ledger, mail, operator, sales, sign_in,
    stand_by,
};
use connector_core::grant::{AT_LEAST_EVERY_MS, BEFORE_EXPIRY_MS};
use std::sync::atomic::Ordering;

/// How often it is checked that nothing is unaccounted for, in milliseconds.
const BALANCE_EVERY_MS: i64 = 60_000;
/// How often the keeper looks, in milliseconds.
pub const ROUND_MS: i64 = 10_000;
/// After so long no further grant is refreshed in a round, in milliseconds; the next round begins at once then.
const REFRESHING_MS_MAX: i64 = 3_000;
/// Answers to requests with keys of their own are kept so long, in milliseconds.
pub const REQUESTS_KEPT_MS: i64 = 24 * 60 * 60_000;
/// Answers that are removed in one round at the most.
const REQUESTS_PRUNED_MAX: i64 = 5_000;
/// Rows of what Zoom said of hosts and meetings that are removed in one round at the most.
const KNOWN_PRUNED_MAX: i64 = 1_000;
/// Sign-ins that ended are kept so long, so that the page can say what became of them, in milliseconds.
const SIGN_INS_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long it is remembered that a sales user asked for a link, in milliseconds.
const SALES_ASKS_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Alerts that are over, and what was told of them, are kept so long, in milliseconds.
const TOLD_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What came in and was written is kept by the hour for so many hours; pages show a day of it.
const HOURS_KEPT: i64 = 48;

/// The keeper's state between steps.
pub struct Keeper {
    shared: Shared,
    balanced_ms: i64,
}

impl Keeper {
    /// A keeper over the shared store.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self { shared, balanced_ms: 0 }
    }

    /// One round.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let (expires_before, refreshed_before) = (now_ms + BEFORE_EXPIRY_MS, now_ms - AT_LEAST_EVERY_MS);
        let due = self.shared.store.read(move |unit| {
            Box::pin(async move {
                let mut due = grant::due(unit, expires_before, refreshed_before).await?;
                due.extend(stand_by::grants_due(unit, refreshed_before).await?);
                Ok(due)
            })
        });
        let due = due.await?;
        let mut more = false;
        for one in due {
            // A call may take a while; who stops the service does not wait for many.
            more = self.shared.clock.now_ms() - now_ms >= REFRESHING_MS_MAX;
            if more {
                break;
            }
            if let Err(error) = self.shared.tokens().refresh(&one).await {
                tracing::debug!(tenant = %one.tenant, %error, "a grant was not refreshed");
            }
        }
        failpoint::reached(Point::KeeperRefreshed);
        health::look(&self.shared).await?;
        erasure::erase(&self.shared).await?;
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    operator::prune_sessions(unit, now_ms).await?;
                    sales::prune(unit, now_ms, now_ms - SALES_ASKS_KEPT_MS).await?;
                    failpoint::reached(Point::KeeperPruned);
                    alert_post::prune(unit, now_ms - TOLD_KEPT_MS).await?;
                    mail::prune(unit, now_ms - TOLD_KEPT_MS).await?;
                    alert::prune(unit, now_ms - TOLD_KEPT_MS).await?;
                    alert_address::forget_old_secrets(unit, now_ms).await?;
                    idempotency::prune(unit, now_ms - REQUESTS_KEPT_MS, REQUESTS_PRUNED_MAX).await?;
                    known::prune(unit, now_ms - known::KEPT_MS, KNOWN_PRUNED_MAX).await?;
                    sign_in::prune(unit, now_ms - SIGN_INS_KEPT_MS).await
                })
            })
            .await?;
        more |= whose::round(&self.shared).await?;
        more |= calendar::round(&self.shared).await?;
        rewind::beat(&self.shared).await?;
        if now_ms >= self.balanced_ms + BALANCE_EVERY_MS {
            self.balanced_ms = now_ms;
            self.balance().await?;
            let oldest = hourly::hour_of(now_ms) - HOURS_KEPT;
            self.shared
                .store
                .write(move |unit| {
                    Box::pin(async move {
                        ledger::fold(unit, oldest).await?;
                        hourly::prune(unit, oldest).await
                    })
                })
                .await?;
            migration::remind(&self.shared).await?;
        }
        Ok(Step::IdleUntil(if more { now_ms } else { now_ms + ROUND_MS }))
    }

    /// Checks that nothing taken in is unaccounted for; while something is, the service is not ready.
    async fn balance(&self) -> Result<(), StepError> {
        let balances = self.shared.store.read(|unit| Box::pin(ledger::balances(unit))).await?;
        let mut all = true;
        for balance in balances.iter().filter(|balance| !balance.holds()) {
            all = false;
            metrics::counter!("ledger_mismatches_total").increment(1);
            tracing::error!(
                tenant = %balance.tenant,
                received = balance.received,
                settled = balance.settled,
                pending = balance.pending,
                "notifications are unaccounted for"
            );
        }
        self.shared.balanced.store(all, Ordering::Relaxed);
        Ok(())
    }
}
