//! Settling by reading: a delivery whose answer was lost is looked for by its marker. Only a complete read after the
//! deciding time may say that it is not there (design § 7).

use super::crm::neighbours;
use super::settle::{Results, unchanged};
use super::{Courier, Round, VISIT_MS_MAX, Visit};
use crate::app::StepError;
use crate::failpoint::{self, Point};
use crate::leadsquared::LeadSquared;
use crate::planted::{self, Bug};
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::twin;
use connector_core::delivery::breaker::{self, Gate, Heard};
use connector_core::delivery::limiter;
use connector_core::delivery::verdict::{AfterRead, Neighbours, OPAQUE_ALONE, Reading, Seen, judge_read};
use connector_core::exchange::{Reply, Request};
use connector_core::ids::LeadId;
use connector_core::leadsquared::command::{Activity, Command, FoundBy, LeadWrite, Task};
use connector_core::leadsquared::look::{Look, Progress};
use connector_core::leadsquared::reply::{self, Refusal, Written};
use connector_core::leadsquared::request;
use connector_core::translate;

/// Deliveries read back in one round.
pub(super) const READS_MAX: i64 = 25;

/// What a read of one system says, as codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadCodes {
    unknown: &'static str,
    twice: &'static str,
}

const LEADSQUARED: ReadCodes = ReadCodes { unknown: "lsq.unknown", twice: "lsq.found_twice" };
/// The codes of a read in Zoom.
pub(super) const ZOOM: ReadCodes = ReadCodes { unknown: "zoom.unknown", twice: "zoom.found_twice" };

fn upsert(row: &DeliveryRow) -> Option<LeadWrite> {
    match serde_json::from_str(&row.command).ok()? {
        translate::Command::LeadSquared { command: Command::UpsertLead(write) } => Some(write),
        translate::Command::LeadSquared { .. } | translate::Command::Zoom { .. } => None,
    }
}

/// Notes a lead that was found to say all that was to be written.
fn written(results: &mut Results, row: &DeliveryRow, settled: Settled) -> Settled {
    if settled.state != "delivered" {
        return settled;
    }
    if let (Some(person), Some(lead), Some(write)) = (&row.person, &settled.result, upsert(row)) {
        results.written.push((person.clone(), write.content()));
        results.leads.push((person.clone(), Some(lead.clone())));
    }
    Settled { proof: Some("read"), ..settled }
}

impl Courier {
    /// Reads what is unknown and due, as far as the rate allows and LeadSquared answers.
    pub(super) async fn verify_crm(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        unknown: Vec<DeliveryRow>,
    ) -> Result<Round, StepError> {
        let began_ms = self.shared.clock.now_ms();
        let mut results = Results::default();
        for row in &unknown {
            let now_ms = self.shared.clock.now_ms();
            let rests = !matches!(breaker::gate(&visit.state.breaker, now_ms), Gate::Open { .. });
            if rests || now_ms - began_ms >= VISIT_MS_MAX {
                break;
            }
            let next_ms = limiter::next_at_ms(&visit.state.rate, &visit.plan, false, now_ms);
            if next_ms > now_ms {
                self.record(visit, results).await?;
                return Ok(Round::NotBefore(next_ms));
            }
            failpoint::reached(Point::VerifyBeforeRead);
            let settled = match self.look_for(visit, crm, row).await {
                Some(seen) => self.after_read(row, &seen, neighbours(visit, row), LEADSQUARED),
                None => match self.look_for_written(visit, crm, row).await {
                    Some(seen) => {
                        let settled = self.after_read(row, &seen, neighbours(visit, row), LEADSQUARED);
                        written(&mut results, row, settled)
                    }
                    // Reads, upserts by a unique key, and what was never tied to a lead: sending again is safe.
                    None => {
                        let code = Some("lsq.unknown".to_owned());
                        Settled { code, next_at_ms: now_ms, ..unchanged(row, "ready") }
                    }
                },
            };
            results.journal.extend(self.appointment_told(visit, row, &settled));
            failpoint::reached(Point::VerifyAfterRead);
            results.settled.push(self.unless_it_stands(visit, row, settled).await?);
        }
        failpoint::reached(Point::VerifyBeforeRecord);
        self.record(visit, results).await?;
        Ok(Round::Again)
    }

    /// A lead whose answers were lost over and over is looked up, whether it says all that was to be written; `None` for any
    /// other delivery, and before that: writing once more is cheaper, in bulk.
    async fn look_for_written(&self, visit: &mut Visit, crm: &LeadSquared, row: &DeliveryRow) -> Option<Seen> {
        let write = upsert(row).filter(|_| row.opaque > i64::from(OPAQUE_ALONE))?;
        let mut reply = self.read(visit, crm, &request::find_lead(&write.email)).await;
        let phone = write.fields.get("Phone").filter(|_| write.found_by == FoundBy::EmailThenPhone);
        if let (Some(phone), Ok(None)) = (phone, reply::read_found_lead(&reply)) {
            reply = self.read(visit, crm, &request::find_lead_by_phone(phone)).await;
        }
        Some(match self.taken(visit, reply::read_written_lead(&reply, &write)) {
            Some(Written::Stands(lead)) => Seen::Found(vec![lead.0]),
            Some(Written::NotYet) => Seen::Absent,
            None => Seen::Unclear,
        })
    }

    /// What would be sent again is left out when its twin stands already.
    async fn unless_it_stands(&self, visit: &Visit, row: &DeliveryRow, settled: Settled) -> Result<Settled, StepError> {
        if settled.state != "ready" {
            return Ok(settled);
        }
        let (tenant, key) = (visit.claimed.tenant.clone(), row.key.clone());
        let stands = self
            .shared
            .store
            .read(move |unit| Box::pin(async move { twin::stands_elsewhere(unit, &tenant, &key).await }))
            .await?;
        let code = Some("suppressed.twin".to_owned());
        Ok(if stands { Settled { code, ..unchanged(row, "suppressed") } } else { settled })
    }

    /// Looks for a delivery's marker; `None` where nothing has to be looked for.
    async fn look_for(&self, visit: &mut Visit, crm: &LeadSquared, row: &DeliveryRow) -> Option<Seen> {
        let lead = LeadId(row.lead.clone().flatten()?);
        match serde_json::from_str::<translate::Command>(&row.command).ok()? {
            translate::Command::LeadSquared { command } => match command {
                Command::PostActivity(activity) => Some(self.look_for_activity(visit, crm, &lead, &activity).await),
                Command::CreateTask(task) => Some(self.look_for_task(visit, crm, &lead, &task).await),
                Command::UpsertLead(_)
                | Command::FindLead(_)
                | Command::CorrectActivity(_)
                | Command::Gather(_)
                | Command::ChangeTask(_)
                | Command::ReadTask(_) => None,
            },
            translate::Command::Zoom { .. } => None,
        }
    }

    async fn look_for_activity(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        lead: &LeadId,
        activity: &Activity,
    ) -> Seen {
        let mut look = Look::default();
        loop {
            let request = request::activities_of_lead(lead, activity.code, look.page());
            let reply = self.read(visit, crm, &request).await;
            let Some(read) = self.taken(visit, reply::read_marked_activity(&reply, &activity.marker)) else {
                return Seen::Unclear;
            };
            let ended = match look.take(read) {
                Progress::Next(_) => continue,
                Progress::Complete => Seen::Absent,
                Progress::GivenUp => Seen::Unclear,
            };
            let found = look.found();
            return if found.is_empty() { ended } else { Seen::Found(found) };
        }
    }

    async fn look_for_task(&self, visit: &mut Visit, crm: &LeadSquared, lead: &LeadId, task: &Task) -> Seen {
        let reply = self.read(visit, crm, &request::tasks_of_lead(lead)).await;
        match self.taken(visit, reply::read_marked_task(&reply, &task.marker)) {
            Some(found) if found.is_empty() => Seen::Absent,
            Some(found) => Seen::Found(found),
            None => Seen::Unclear,
        }
    }

    /// Makes one read, noted with the rate.
    pub(super) async fn read(&self, visit: &mut Visit, crm: &LeadSquared, request: &Request) -> Reply {
        let noted_ms = self.shared.clock.now_ms();
        limiter::note_call(&mut visit.state.rate, &visit.plan, false, noted_ms);
        let reply = crm.call(request).await;
        limiter::note_end(&mut visit.state.rate, false, noted_ms, self.shared.clock.now_ms());
        reply
    }

    /// What was read, if it was; rate and breaker learn from the rest.
    pub(super) fn taken<T>(&self, visit: &mut Visit, read: Result<T, Refusal>) -> Option<T> {
        let now_ms = self.shared.clock.now_ms();
        let heard = match &read {
            Err(Refusal::NotSent { .. }) => Heard::Nothing,
            Err(Refusal::RateLimited { limit }) => {
                limiter::note_refused(&mut visit.state.rate, &visit.plan, *limit, now_ms);
                Heard::Answer
            }
            Ok(_) | Err(_) => Heard::Answer,
        };
        breaker::note_read(&mut visit.state.breaker, heard, now_ms, crate::dice::number());
        read.ok()
    }

    /// What a read means for the delivery.
    pub(super) fn after_read(
        &self,
        row: &DeliveryRow,
        seen: &Seen,
        neighbours: Neighbours,
        codes: ReadCodes,
    ) -> Settled {
        let now_ms = self.shared.clock.now_ms();
        let reading = Reading {
            reads: if planted::awake(Bug::DecideEarly) {
                usize::MAX / 2
            } else {
                usize::try_from(row.reads).unwrap_or(0)
            },
            deadline_ms: row.deadline_ms,
            opaque: u32::try_from(row.opaque).unwrap_or(u32::MAX),
            neighbours,
            planned_ms: row.planned_ms,
        };
        match judge_read(seen, reading, now_ms, crate::dice::number()) {
            AfterRead::Delivered { id, twice } => {
                let code = twice.then(|| codes.twice.to_owned());
                if twice {
                    metrics::counter!("found_twice_total").increment(1);
                    tracing::error!(delivery = %row.key, "the same record stands twice");
                }
                Settled { result: id, proof: Some("marker"), code, ..unchanged(row, "delivered") }
            }
            AfterRead::SendAgain { at_ms } => {
                let code = Some(codes.unknown.to_owned());
                Settled { code, next_at_ms: at_ms, tries: row.tries + 1, reads: 0, ..unchanged(row, "ready") }
            }
            AfterRead::Park { code } => Settled { code: Some(code.to_owned()), ..unchanged(row, "parked") },
            AfterRead::ReadAgain { reads, at_ms } => {
                let code = Some(codes.unknown.to_owned());
                let reads = i64::try_from(reads).unwrap_or(0);
                Settled { code, next_at_ms: at_ms, reads, ..unchanged(row, "unknown") }
            }
        }
    }
}
