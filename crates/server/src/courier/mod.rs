//! The courier: claims a lane, takes what is ready in it, commits the intent, lets go of the database, makes the calls,
//! records what came of them under its fence. What follows from an answer is the core's decision.
//!
//! `crm` works in a lane to LeadSquared, `appointments` looks for changed ones when that has time, `ready` reads what is due there, `decide` asks the lead where a rule wants to, `call` makes its calls, `zoom` works in one to Zoom, `verify` settles what nobody
//! knows by reading, `settle` turns verdicts into rows.

mod appointments;
mod call;
mod crm;
mod decide;
mod ready;
mod settle;
mod told;
mod verify;
mod zoom;

use crate::app::{Shared, Step, StepError};
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use crate::store::lane::{self, Claimed, NEVER_MS};
use crate::store::{StoreError, alert, delivery, settings, tenant};
use connector_core::delivery::lane::{LaneState, SilenceNews, silence_news};
use connector_core::delivery::limiter;
use connector_core::delivery::schedule;
use connector_core::settings::Plan;
use std::sync::PoisonError;

/// How long a claimed lane stays ours without a sign of life, in milliseconds: longer than a call and its settlement.
pub const LEASE_MS: i64 = 90_000;
/// Deliveries looked at in one round.
const READY_MAX: i64 = 250;
/// Deliveries looked at when few go in a round, because each of them takes a call of its own: so many times what went.
const READY_PER_SENT: usize = 4;
/// But not fewer than these.
const READY_MIN: i64 = 50;
/// Deliveries looked at when those are about people who are occupied.
const READY_WIDE_MAX: i64 = 2_500;
/// Rounds in one claim, so that other tenants get their turn.
const ROUNDS_MAX: usize = 8;
/// After so long no further round begins in a claim, in milliseconds: a slow account does not hold up the others.
const VISIT_MS_MAX: i64 = 500;

/// Which of the two lanes a courier works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To LeadSquared.
    LeadSquared,
    /// To Zoom.
    Zoom,
}

impl Destination {
    /// The lane's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadSquared => "leadsquared",
            Self::Zoom => "zoom",
        }
    }
}

/// The courier's state between steps.
pub struct Courier {
    shared: Shared,
    destination: Destination,
    /// Looks through lists in Zoom that were not finished within their second.
    looks: zoom::Looks,
}

/// A claimed lane while the courier works in it.
struct Visit {
    claimed: Claimed,
    state: LaneState,
    destination: Destination,
    plan: Plan,
    /// The tenant was paused in this visit: nothing more is sent.
    paused: bool,
    /// Deliveries looked at in the next round.
    look: i64,
    /// More waits in the lane than was looked at.
    backlog: Backlog,
}

/// How much waits in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backlog {
    /// All of it was looked at.
    Little,
    /// More than was looked at.
    Much,
}

/// When a visit is to be continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Something was done; look again at once.
    Again,
    /// Nothing more before that time, epoch milliseconds.
    NotBefore(i64),
}

impl Courier {
    /// A courier for one of the two systems.
    #[must_use]
    pub fn new(shared: Shared, destination: Destination) -> Self {
        Self { shared, destination, looks: zoom::Looks::default() }
    }

    /// Where it makes calls.
    #[must_use]
    pub fn destination(&self) -> Destination {
        self.destination
    }

    /// Visits one lane.
    ///
    /// # Errors
    /// When the store fails. What was sent and not recorded is unknown then, and settled by reading.
    pub async fn step(&mut self) -> Result<Step, StepError> {
        let (now_ms, lane_name) = (self.shared.clock.now_ms(), self.destination.as_str());
        let owner = self.shared.owner.clone();
        let claimed = self
            .shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let Some(claimed) = lane::claim(unit, lane_name, &owner, now_ms, LEASE_MS).await? else {
                        return Ok(Err(lane::next_due(unit, lane_name).await?));
                    };
                    failpoint::reached(Point::CourierRecovering);
                    let first_read = schedule::VERIFY_AFTER_MS.first().copied().unwrap_or(0);
                    let lane_of_dead = if planted::awake(Bug::NotRecovered) { "none" } else { lane_name };
                    let lost = delivery::recover(unit, &claimed.tenant, lane_of_dead, first_read).await?;
                    failpoint::reached(Point::CourierRecovered);
                    if lost > 0 {
                        tracing::warn!(tenant = %claimed.tenant, lost, "answers were lost with their courier; they are read back");
                    }
                    Ok(Ok(claimed))
                })
            })
            .await?;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(due_ms) => return Ok(Step::IdleUntil(due_ms)),
        };
        failpoint::reached(Point::CourierClaimed);
        let kept = if planted::awake(Bug::RateNotKept) { "{}" } else { claimed.state.as_str() };
        let state = serde_json::from_str(kept).unwrap_or_default();
        let plan = Plan::default();
        let mut visit = Visit {
            claimed,
            state,
            destination: self.destination,
            plan,
            paused: false,
            look: READY_MAX,
            backlog: Backlog::Little,
        };
        let next_at_ms = match self.visit(&mut visit).await {
            Ok(next_at_ms) => next_at_ms,
            Err(StepError::Store(StoreError::Fenced)) => {
                tracing::warn!(tenant = %visit.claimed.tenant, "results came too late: the lane has a new holder");
                return Ok(Step::Worked);
            }
            Err(error) => {
                tracing::error!(tenant = %visit.claimed.tenant, %error, "a visit failed");
                self.shared.clock.now_ms() + schedule::RETRY_FIRST_MS
            }
        };
        failpoint::reached(Point::CourierBeforeLeave);
        self.leave(visit, next_at_ms).await?;
        failpoint::reached(Point::CourierLeft);
        Ok(Step::Worked)
    }

    /// Works in the lane for some rounds. Answers when it is due again.
    async fn visit(&self, visit: &mut Visit) -> Result<i64, StepError> {
        if let Some(not_before_ms) = self.pause(visit).await? {
            return Ok(not_before_ms);
        }
        let began_ms = self.shared.clock.now_ms();
        for round in 0..ROUNDS_MAX {
            let came = match visit.destination {
                Destination::LeadSquared => self.crm_round(visit).await?,
                Destination::Zoom => self.zoom_round(visit).await?,
            };
            let now_ms = self.shared.clock.now_ms();
            let pause_ms = self.give_way(visit, (round, came), (began_ms, now_ms));
            match came {
                Round::Again if visit.paused => return Ok(now_ms + schedule::PROBE_MS),
                Round::Again if pause_ms > 0 => return Ok(now_ms + pause_ms),
                Round::Again => {}
                Round::NotBefore(at_ms) => return Ok(at_ms),
            }
            if now_ms - began_ms >= VISIT_MS_MAX {
                break;
            }
        }
        Ok(self.shared.clock.now_ms())
    }

    /// How long a lane with a backlog waits, in milliseconds, because others have little; 0 where nobody has to wait. Lanes
    /// that came to their end are noted as such.
    fn give_way(&self, visit: &Visit, (round, came): (usize, Round), (began_ms, now_ms): (i64, i64)) -> i64 {
        if visit.destination == Destination::Zoom {
            return 0;
        }
        let mut company = self.shared.company.lock().unwrap_or_else(PoisonError::into_inner);
        let tenant = &visit.claimed.tenant;
        match (visit.backlog, came) {
            (Backlog::Much, Round::Again) => company.pause_ms(tenant, now_ms - began_ms, now_ms),
            (Backlog::Little, Round::NotBefore(_)) if round > 0 => {
                company.note(tenant, now_ms);
                0
            }
            (Backlog::Much, Round::NotBefore(_)) | (Backlog::Little, Round::NotBefore(_) | Round::Again) => 0,
        }
    }

    /// A paused tenant is probed by a read; while it stays paused, nothing else is done.
    async fn pause(&self, visit: &mut Visit) -> Result<Option<i64>, StepError> {
        let tenant = visit.claimed.tenant.clone();
        let (row, settings) = self
            .shared
            .store
            .read(move |unit| {
                Box::pin(
                    async move { Ok((tenant::get(unit, &tenant).await?, settings::current(unit, &tenant).await?)) },
                )
            })
            .await?;
        let Some(row) = row else { return Ok(Some(NEVER_MS)) };
        if row.paused.is_none() || visit.destination == Destination::Zoom {
            return Ok(None);
        }
        visit.plan = settings.settings.plan;
        let now_ms = self.shared.clock.now_ms();
        let free_ms = limiter::next_at_ms(&visit.state.rate, &visit.plan, false, now_ms);
        if free_ms > now_ms {
            return Ok(Some(free_ms));
        }
        if self.crm_probe(visit, &row).await? {
            failpoint::reached(Point::CourierProbed);
            let tenant = visit.claimed.tenant.clone();
            self.shared.store.write(move |unit| Box::pin(async move { tenant::resume(unit, &tenant).await })).await?;
            tracing::info!(tenant = %visit.claimed.tenant, "LeadSquared answers again; deliveries go on");
            return Ok(None);
        }
        Ok(Some(self.shared.clock.now_ms() + schedule::PROBE_MS))
    }

    async fn leave(&self, mut visit: Visit, next_at_ms: i64) -> Result<(), StoreError> {
        let now_ms = self.shared.clock.now_ms();
        let news = silence_news(&mut visit.state, now_ms);
        let state = serde_json::to_string(&visit.state).unwrap_or_else(|_| "{}".to_owned());
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let lane_name = visit.destination.as_str();
                    lane::release(unit, &visit.claimed, lane_name, (next_at_ms, &state), now_ms).await?;
                    let tenant = &visit.claimed.tenant;
                    match news {
                        Some(SilenceNews::Lasts) => {
                            let told =
                                ("lsq.silent", "What was to be written waits, and goes out when it answers again.");
                            alert::raise(unit, tenant, alert::CRM_SILENT, told, now_ms).await.map(|_| ())
                        }
                        Some(SilenceNews::Over) => alert::resolve(unit, tenant, alert::CRM_SILENT, now_ms).await,
                        None => Ok(()),
                    }
                })
            })
            .await
    }
}
