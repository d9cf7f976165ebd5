//! A lane to Zoom: what is unknown is looked for, what is ready is sent, command by command; each command has its file.
//! Zoom has no idempotency key; a lost answer is settled by reading, never by sending again blindly.
//!
//! `meeting` schedules meetings, `change` changes them, `host` counts a host's day, `trial` makes and deletes the test webinar
//! of a migration, `webinar` reads what a webinar is, `registrants` registers people, `look` finds
//! them among the registrants, `run` reads what Zoom knows of a webinar's run, `listed` who is registered,
//! `missed` what happened while nobody listened.

mod change;
mod host;
mod listed;
mod look;
pub(super) use look::Looks;
mod meeting;
mod missed;
mod registrants;
mod run;
mod trial;
mod webinar;

use super::settle::{Results, unchanged};
use super::{Courier, Destination, READY_MAX, Round, Visit};
use crate::app::StepError;
use crate::connections::tokens::{Access, NoAccess, Reach};
use crate::failpoint::{self, Point};
use crate::store::attempt::{self, NewAttempt};
use crate::store::delivery::{self, DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use crate::store::lane;
use connector_core::delivery::limiter::next_day_ms;
use connector_core::delivery::schedule::{self, CALL_DEADLINE_MS};
use connector_core::exchange::{Reply, Request};
use connector_core::ids::ZoomApp;
use connector_core::translate;
use connector_core::zoom::command::Command;
use connector_core::zoom::reply::{Wait, ZoomFault};
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

/// Deliveries looked at in one round: as many as two batches of registrants.
const ZOOM_READY_MAX: i64 = 60;
/// Bytes of a hash that tells pages of one reading apart.
const PAGE_HASH_BYTES: usize = 10;
/// How often a delivery that waits for a sign-in is looked at, in milliseconds.
const NOT_CONNECTED_WAIT_MS: i64 = 60_000;

/// What a round has to do with its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// Send it.
    Send,
    /// Look whether it stands there already.
    Look,
}

/// The delivery that a round is about.
struct Turn<'a> {
    row: &'a DeliveryRow,
    /// What is due beside it, itself first.
    rows: &'a [DeliveryRow],
    aim: Aim,
    app: ZoomApp,
    access: &'a Access,
}

impl Courier {
    /// One round in a Zoom lane: one call, of one delivery or of several that go together.
    pub(super) async fn zoom_round(&self, visit: &mut Visit) -> Result<Round, StepError> {
        let now_ms = self.shared.clock.now_ms();
        if visit.state.zoom_not_before_ms > now_ms {
            return Ok(Round::NotBefore(visit.state.zoom_not_before_ms));
        }
        let tenant = visit.claimed.tenant.clone();
        let (unknown, ready, next) = self
            .shared
            .store
            .read(move |unit| {
                Box::pin(async move {
                    let name = Destination::Zoom.as_str();
                    let unknown = delivery::unknown(unit, &tenant, name, now_ms, READY_MAX).await?;
                    let ready = delivery::ready(unit, &tenant, name, now_ms, ZOOM_READY_MAX).await?;
                    Ok((unknown, ready, delivery::next_at_ms(unit, &tenant, name).await?))
                })
            })
            .await?;
        let rows = if unknown.is_empty() { &ready } else { &unknown };
        let Some(row) = rows.first() else {
            return Ok(Round::NotBefore(next.unwrap_or(lane::NEVER_MS)));
        };
        let mut results = Results::default();
        let Ok(translate::Command::Zoom { command }) = serde_json::from_str(&row.command) else {
            let code = Some("delivery.unreadable".to_owned());
            results.settled.push(Settled { code, ..unchanged(row, "parked") });
            self.record(visit, results).await?;
            return Ok(Round::Again);
        };
        let (app, reach) = (app_of(&command), reach_of(&command));
        let access = match self.shared.tokens().access_or_old(&visit.claimed.tenant, app, reach).await {
            Ok(access) => access,
            Err(no) => {
                // All that wait for the same sign-in wait together, in one commit.
                let same = |row: &&DeliveryRow| match serde_json::from_str(&row.command) {
                    Ok(translate::Command::Zoom { command }) => app_of(&command) == app,
                    Ok(translate::Command::LeadSquared { .. }) | Err(_) => false,
                };
                for row in rows.iter().filter(same) {
                    let settled = self.without_access(row, &no, unknown.is_empty());
                    results.journal.extend(self.not_made(visit, row, &settled));
                    results.settled.push(settled);
                }
                self.record(visit, results).await?;
                return Ok(Round::Again);
            }
        };
        let aim = if unknown.is_empty() && row.reads == 0 { Aim::Send } else { Aim::Look };
        let turn = Turn { row, rows, aim, app, access: &access };
        let round = match command {
            Command::CreateMeeting(meeting) => self.meeting_turn(visit, &mut results, &turn, &meeting).await?,
            Command::ChangeMeeting(wanted) => self.change_turn(visit, &mut results, &turn, &wanted).await?,
            Command::LookAtMeeting(wanted) => self.fate_turn(visit, &mut results, &turn, &wanted).await,
            Command::ReadWebinar(wanted) => self.webinar_turn(visit, &mut results, &turn, &wanted).await?,
            Command::ReadRun(read) => self.run_turn(visit, &mut results, &turn, &read).await,
            Command::ListWebinars => self.webinars_turn(visit, &mut results, &turn).await,
            Command::ReadRegistrants(at) => self.listed_turn(visit, &mut results, &turn, &at).await,
            Command::ReadHistory(at) => self.history_turn(visit, &mut results, &turn, &at).await?,
            Command::ReadMeeting(wanted) => self.meeting_again_turn(visit, &mut results, &turn, &wanted).await,
            Command::CreateWebinar(wanted) => self.trial_turn(visit, &mut results, &turn, &wanted).await?,
            Command::DeleteWebinar(wanted) => self.trial_over_turn(visit, &mut results, &turn, &wanted).await?,
            Command::AddRegistrant(first) => self.registrants_turn(visit, &mut results, &turn, &first).await?,
        };
        if aim == Aim::Look {
            failpoint::reached(Point::ZoomLooked);
        }
        self.record(visit, results).await?;
        Ok(round)
    }

    fn without_access(&self, row: &DeliveryRow, no: &NoAccess, was_ready: bool) -> Settled {
        let state = if was_ready { "ready" } else { "unknown" };
        let next_at_ms = self.shared.clock.now_ms() + NOT_CONNECTED_WAIT_MS;
        Settled { code: Some(no.code().to_owned()), detail: Some(no.to_string()), next_at_ms, ..unchanged(row, state) }
    }

    /// Commits that calls are about to be made: for each its operation, and the keys of the deliveries in it.
    async fn intend_zoom(
        &self,
        visit: &Visit,
        calls: Vec<(&'static str, Vec<String>)>,
    ) -> Result<Vec<NewAttempt>, StepError> {
        let started_ms = self.shared.clock.now_ms();
        let attempt = |(operation, deliveries)| NewAttempt {
            id: crate::dice::id(started_ms),
            operation,
            fence: visit.claimed.fence,
            started_ms,
            deadline_ms: started_ms + CALL_DEADLINE_MS,
            deliveries,
        };
        let attempts: Vec<NewAttempt> = calls.into_iter().map(attempt).collect();
        failpoint::reached(Point::ZoomBeforeIntent);
        let (claimed, intents) = (visit.claimed.clone(), attempts.clone());
        let state = serde_json::to_string(&visit.state).unwrap_or_else(|_| "{}".to_owned());
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let until_ms = started_ms + super::LEASE_MS;
                    lane::hold(unit, &claimed, Destination::Zoom.as_str(), &state, until_ms).await?;
                    attempt::begin(unit, &claimed.tenant, &intents).await
                })
            })
            .await?;
        failpoint::reached(Point::ZoomBeforeCall);
        Ok(attempts)
    }

    /// Makes a call that changes something, as the connection of the turn.
    async fn write_zoom(&self, turn: &Turn<'_>, request: &Request) -> Reply {
        let reply = self.ask_zoom(turn, request).await;
        failpoint::reached(Point::ZoomCalled);
        reply
    }

    /// A token that Zoom refuses before its time is refreshed.
    async fn heed(&self, visit: &Visit, turn: &Turn<'_>, fault: &ZoomFault) {
        if *fault == ZoomFault::TokenUnusable {
            self.shared.tokens().refused(&visit.claimed.tenant, turn.app, &turn.access.token).await;
        }
    }

    /// Makes a call as the connection of the turn.
    async fn ask_zoom(&self, turn: &Turn<'_>, request: &Request) -> Reply {
        self.shared.zoom.api_call(turn.access.api_url.as_deref(), &turn.access.token, request).await
    }

    /// An answer that was lost: read back from then on.
    fn lost(&self, row: &DeliveryRow, why: String) -> Settled {
        let next_at_ms = schedule::verify_at_ms(row.deadline_ms, 0).unwrap_or_else(|| self.shared.clock.now_ms());
        let code = Some("zoom.unknown".to_owned());
        Settled { code, detail: Some(why), next_at_ms, reads: 0, ..unchanged(row, "unknown") }
    }

    /// What follows for a delivery that Zoom certainly did not carry out.
    fn not_applied(&self, visit: &mut Visit, row: &DeliveryRow, fault: &ZoomFault) -> Settled {
        let now_ms = self.shared.clock.now_ms();
        let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
        let later_ms = now_ms + schedule::retry_delay_ms(tries, crate::dice::number());
        let base = Settled {
            code: Some(fault.code().to_owned()),
            detail: Some(fault.to_string()),
            tries: row.tries + 1,
            ..unchanged(row, "ready")
        };
        match fault {
            ZoomFault::RateLimited { wait, .. } => {
                let until_ms = match wait {
                    Wait::Moment => now_ms + 1_000,
                    Wait::Until(at_ms) => (*at_ms).max(now_ms + 1_000),
                    Wait::NextDay => next_day_ms(now_ms),
                };
                // The limit of one host does not hold up other calls for long.
                visit.state.zoom_not_before_ms = until_ms.min(now_ms + 5_000);
                Settled { next_at_ms: until_ms, tries: row.tries, ..base }
            }
            ZoomFault::NotSent { .. } | ZoomFault::Later { .. } | ZoomFault::TokenUnusable => {
                if now_ms - row.planned_ms >= schedule::KEPT_MS {
                    let code = Some("delivery.too_old".to_owned());
                    return Settled { code, ..Settled { state: "parked", ..base } };
                }
                Settled { next_at_ms: later_ms, ..base }
            }
            ZoomFault::ScopeMissing { .. }
            | ZoomFault::PlanMissing { .. }
            | ZoomFault::NotFound { .. }
            | ZoomFault::Refused { .. } => Settled { state: "parked", ..base },
        }
    }
}

/// One page of several that a delivery reads. A page that was read once more and says something else is another notification.
fn page_of(mut told: NewNotification) -> NewNotification {
    let hash = Sha256::digest(&told.body);
    let hash = BASE32_NOPAD.encode(hash.get(..PAGE_HASH_BYTES).unwrap_or_default()).to_lowercase();
    told.key = format!("{}-{hash}", told.key);
    told
}

/// Whether a guest's command may use the sign-in that is shared with it.
fn reach_of(command: &Command) -> Reach {
    match command {
        Command::ReadRun(_) => Reach::Shared,
        // The webinar was found to be the guest's.
        Command::ReadRegistrants(at) if at.past => Reach::Shared,
        Command::CreateMeeting(_)
        | Command::ChangeMeeting(_)
        | Command::LookAtMeeting(_)
        | Command::ReadWebinar(_)
        | Command::AddRegistrant(_)
        | Command::CreateWebinar(_)
        | Command::DeleteWebinar(_)
        | Command::ListWebinars
        | Command::ReadHistory(_)
        | Command::ReadMeeting(_)
        | Command::ReadRegistrants(_) => Reach::Own,
    }
}

/// Whose sign-in a command needs.
fn app_of(command: &Command) -> ZoomApp {
    match command {
        Command::CreateMeeting(_) | Command::ChangeMeeting(_) | Command::LookAtMeeting(_) | Command::ReadMeeting(_) => {
            ZoomApp::Meetings
        }
        Command::ReadRun(read) => ZoomApp::of(read.kind),
        Command::ReadHistory(read) => ZoomApp::of(read.kind),
        Command::ReadWebinar(_)
        | Command::AddRegistrant(_)
        | Command::CreateWebinar(_)
        | Command::DeleteWebinar(_)
        | Command::ListWebinars
        | Command::ReadRegistrants(_) => ZoomApp::Webinars,
    }
}

/// The deadline of calls that were intended together, epoch milliseconds.
fn deadline_of(attempts: &[NewAttempt]) -> i64 {
    attempts.first().map_or(0, |attempt| attempt.deadline_ms)
}
