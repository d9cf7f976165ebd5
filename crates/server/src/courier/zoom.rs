//! Calls to Zoom: scheduling meetings. Zoom has no idempotency key either; a lost answer is settled by looking for the
//! marker in the host's list of meetings, never by creating again blindly.

use super::settle::{Results, unchanged};
use super::verify::ZOOM;
use super::{Courier, Destination, READY_MAX, Round, Visit};
use crate::app::StepError;
use crate::connections::tokens::{Access, NoAccess};
use crate::failpoint::{self, Point};
use crate::planted::{self, Bug};
use crate::store::attempt::{self, NewAttempt};
use crate::store::delivery::{self, DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use crate::store::lane;
use connector_core::delivery::schedule::{self, CALL_DEADLINE_MS};
use connector_core::delivery::verdict::{Neighbours, Seen};
use connector_core::fact::CreatedMeeting;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::translate::{self, OwnOutcome, Source};
use connector_core::zoom::command::{Command, NewMeeting};
use connector_core::zoom::reply::{self, Created, Found, Wait, ZoomFault, ZoomOutcome};
use connector_core::zoom::request;

/// Milliseconds of a UTC day.
const DAY_MS: i64 = 86_400_000;
/// Pages of a host's meetings looked through for a marker.
const PAGES_MAX: usize = 40;
/// How often a delivery that waits for a sign-in is looked at, in milliseconds.
const NOT_CONNECTED_WAIT_MS: i64 = 60_000;

impl Courier {
    /// One round in a Zoom lane: one delivery.
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
                    let ready = delivery::ready(unit, &tenant, name, now_ms, 1).await?;
                    Ok((unknown, ready, delivery::next_at_ms(unit, &tenant, name).await?))
                })
            })
            .await?;
        let Some(row) = unknown.first().or(ready.first()).cloned() else {
            return Ok(Round::NotBefore(next.unwrap_or(lane::NEVER_MS)));
        };
        let mut results = Results::default();
        let Ok(translate::Command::Zoom { command: Command::CreateMeeting(meeting) }) =
            serde_json::from_str(&row.command)
        else {
            let code = Some("delivery.unreadable".to_owned());
            results.settled.push(Settled { code, ..unchanged(&row, "parked") });
            self.record(visit, results).await?;
            return Ok(Round::Again);
        };
        match self.shared.tokens().access(&visit.claimed.tenant, ZoomApp::Meetings).await {
            Ok(access) if unknown.is_empty() && row.reads == 0 => {
                self.create(visit, &mut results, (&row, &meeting), &access).await?
            }
            Ok(access) => {
                let (seen, created) = self.look_for_meeting(&meeting, &access).await;
                failpoint::reached(Point::ZoomLooked);
                results.settled.push(self.after_read(&row, &seen, Neighbours::Fail, ZOOM));
                results
                    .journal
                    .extend(created.map(|created| self.outcome(&visit.claimed.tenant, &row, &access, &created)));
            }
            Err(no) => results.settled.push(self.without_access(&row, &no, unknown.is_empty())),
        }
        self.record(visit, results).await?;
        Ok(Round::Again)
    }

    fn without_access(&self, row: &DeliveryRow, no: &NoAccess, was_ready: bool) -> Settled {
        let state = if was_ready { "ready" } else { "unknown" };
        let next_at_ms = self.shared.clock.now_ms() + NOT_CONNECTED_WAIT_MS;
        Settled { code: Some(no.code().to_owned()), detail: Some(no.to_string()), next_at_ms, ..unchanged(row, state) }
    }

    async fn create(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        (row, meeting): (&DeliveryRow, &NewMeeting),
        access: &Access,
    ) -> Result<(), StepError> {
        let started_ms = self.shared.clock.now_ms();
        let deadline_ms = started_ms + CALL_DEADLINE_MS;
        let request = request::create_meeting(meeting);
        let attempt = NewAttempt {
            id: crate::dice::id(started_ms),
            operation: request.operation,
            fence: visit.claimed.fence,
            started_ms,
            deadline_ms,
            deliveries: vec![row.key.clone()],
        };
        failpoint::reached(Point::ZoomBeforeIntent);
        let (claimed, intent) = (visit.claimed.clone(), attempt.clone());
        let state = serde_json::to_string(&visit.state).unwrap_or_else(|_| "{}".to_owned());
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    let until_ms = started_ms + super::LEASE_MS;
                    lane::hold(unit, &claimed, Destination::Zoom.as_str(), &state, until_ms).await?;
                    attempt::begin(unit, &claimed.tenant, &[intent]).await
                })
            })
            .await?;
        failpoint::reached(Point::ZoomBeforeCall);
        let outcome =
            reply::read_created(&self.shared.zoom.api_call(access.api_url.as_deref(), &access.token, &request).await);
        failpoint::reached(Point::ZoomCalled);
        let row = DeliveryRow { deadline_ms, ..row.clone() };
        let (word, detail) = match &outcome {
            ZoomOutcome::Applied(created) => {
                let told = self.outcome(&visit.claimed.tenant, &row, access, created);
                results.journal.extend(Some(told).filter(|_| !planted::awake(Bug::OutcomeNotTold)));
                ("applied", None)
            }
            ZoomOutcome::NotApplied(fault) => ("not applied", Some(fault.to_string())),
            ZoomOutcome::Unknown { why } => ("unknown", Some(why.clone())),
        };
        if outcome == ZoomOutcome::NotApplied(ZoomFault::TokenUnusable) {
            self.shared.tokens().refused(&visit.claimed.tenant, ZoomApp::Meetings, &access.token).await;
        }
        results.attempts.push((attempt.id, word, detail));
        results.settled.push(self.settle_zoom(visit, &row, outcome));
        Ok(())
    }

    fn settle_zoom(&self, visit: &mut Visit, row: &DeliveryRow, outcome: ZoomOutcome) -> Settled {
        let now_ms = self.shared.clock.now_ms();
        let base = unchanged(row, "ready");
        match outcome {
            ZoomOutcome::Applied(created) => {
                let result = Some(created.number.to_string());
                Settled { result, proof: Some("answer"), ..unchanged(row, "delivered") }
            }
            ZoomOutcome::Unknown { why } => {
                let next_at_ms = schedule::verify_at_ms(row.deadline_ms, 0).unwrap_or(now_ms);
                let code = Some("zoom.unknown".to_owned());
                Settled { code, detail: Some(why), next_at_ms, reads: 0, ..unchanged(row, "unknown") }
            }
            ZoomOutcome::NotApplied(fault) => {
                let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
                let later_ms = now_ms + schedule::retry_delay_ms(tries, crate::dice::number());
                let base = Settled {
                    code: Some(fault.code().to_owned()),
                    detail: Some(fault.to_string()),
                    tries: row.tries + 1,
                    ..base
                };
                match fault {
                    ZoomFault::RateLimited { wait, .. } => {
                        let until_ms = match wait {
                            Wait::Moment => now_ms + 1_000,
                            Wait::Until(at_ms) => at_ms.max(now_ms + 1_000),
                            Wait::NextDay => (now_ms / DAY_MS + 1) * DAY_MS,
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
    }

    /// Looks through the host's meetings for the marker.
    async fn look_for_meeting(&self, meeting: &NewMeeting, access: &Access) -> (Seen, Option<Created>) {
        let mut next: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let request = request::list_meetings(&meeting.host, next.as_deref());
            let reply = self.shared.zoom.api_call(access.api_url.as_deref(), &access.token, &request).await;
            match reply::find_by_marker(&reply, &meeting.marker) {
                Ok(Found::Here(created)) => return (Seen::Found(vec![created.number.to_string()]), Some(created)),
                Ok(Found::NotHere { next: Some(token) }) => next = Some(token),
                Ok(Found::NotHere { next: None }) => return (Seen::Absent, None),
                Err(_) => return (Seen::Unclear, None),
            }
        }
        (Seen::Unclear, None)
    }

    /// The notification that tells the translator what Zoom made.
    fn outcome(&self, tenant: &TenantId, row: &DeliveryRow, access: &Access, created: &Created) -> NewNotification {
        let now_ms = self.shared.clock.now_ms();
        let outcome = OwnOutcome::MeetingCreated {
            fact: connector_core::fact::Alias(row.fact.clone()),
            created: CreatedMeeting {
                account: access.account.clone(),
                number: created.number,
                join_url: created.join_url.clone(),
            },
        };
        NewNotification {
            tenant: tenant.clone(),
            key: format!("outcome-{}", row.key),
            id: crate::dice::id(now_ms),
            source: Source::Outcome.as_str(),
            event: "meeting created".to_owned(),
            event_ts_ms: now_ms,
            received_ms: now_ms,
            late: false,
            body: serde_json::to_vec(&outcome).unwrap_or_default(),
        }
    }
}
