//! Settling by reading: a delivery whose answer was lost is looked for by its marker. Only a complete read after the
//! deciding time may say that it is not there (design § 7).

use super::settle::{Results, unchanged};
use super::{Courier, Round, Visit};
use crate::app::StepError;
use crate::failpoint::{self, Point};
use crate::leadsquared::LeadSquared;
use crate::planted::{self, Bug};
use crate::store::delivery::{DeliveryRow, Settled};
use connector_core::delivery::limiter;
use connector_core::delivery::verdict::{AfterRead, Seen, judge_read};
use connector_core::ids::LeadId;
use connector_core::leadsquared::command::{Activity, Command, Task};
use connector_core::leadsquared::{reply, request};
use connector_core::settings::Plan;
use connector_core::translate;

/// Activities asked for in one page of a read.
const PAGE_ROWS: usize = 100;
/// Pages of one read; a lead with more activities of one type stays unclear.
const PAGES_MAX: usize = 50;

/// What a read of one system says, as codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadCodes {
    unknown: &'static str,
    twice: &'static str,
}

const LEADSQUARED: ReadCodes = ReadCodes { unknown: "lsq.unknown", twice: "lsq.found_twice" };
/// The codes of a read in Zoom.
pub(super) const ZOOM: ReadCodes = ReadCodes { unknown: "zoom.unknown", twice: "zoom.found_twice" };

impl Courier {
    /// Reads what is unknown and due, as far as the rate allows.
    pub(super) async fn verify_crm(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        plan: &Plan,
        unknown: Vec<DeliveryRow>,
    ) -> Result<Round, StepError> {
        let mut results = Results::default();
        for row in &unknown {
            let now_ms = self.shared.clock.now_ms();
            let next_ms = limiter::next_at_ms(&visit.state.rate, plan, false, now_ms);
            if next_ms > now_ms {
                self.record(visit, results).await?;
                return Ok(Round::NotBefore(next_ms));
            }
            failpoint::reached(Point::VerifyBeforeRead);
            let settled = match self.look_for(visit, crm, plan, row).await {
                Some(seen) => self.after_read(row, &seen, LEADSQUARED),
                // Reads, upserts by a unique key, and what was never tied to a lead: sending again is safe.
                None => Settled { code: Some("lsq.unknown".to_owned()), next_at_ms: now_ms, ..unchanged(row, "ready") },
            };
            failpoint::reached(Point::VerifyAfterRead);
            results.settled.push(settled);
        }
        failpoint::reached(Point::VerifyBeforeRecord);
        self.record(visit, results).await?;
        Ok(Round::Again)
    }

    /// Looks for a delivery's marker; `None` where nothing has to be looked for.
    async fn look_for(&self, visit: &mut Visit, crm: &LeadSquared, plan: &Plan, row: &DeliveryRow) -> Option<Seen> {
        let lead = LeadId(row.lead.clone().flatten()?);
        match serde_json::from_str::<translate::Command>(&row.command).ok()? {
            translate::Command::LeadSquared { command } => match command {
                Command::PostActivity(activity) => {
                    Some(self.look_for_activity(visit, crm, plan, (&lead, &activity)).await)
                }
                Command::CreateTask(task) => Some(self.look_for_task(visit, crm, plan, (&lead, &task)).await),
                Command::UpsertLead(_) | Command::FindLead(_) => None,
            },
            translate::Command::Zoom { .. } => None,
        }
    }

    async fn look_for_activity(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        plan: &Plan,
        (lead, activity): (&LeadId, &Activity),
    ) -> Seen {
        let (mut found, mut seen) = (Vec::new(), 0);
        for _ in 0..PAGES_MAX {
            limiter::note_call(&mut visit.state.rate, plan, false, self.shared.clock.now_ms());
            let reply = crm.call(&request::activities_of_lead(lead, activity.code, seen, PAGE_ROWS)).await;
            let Ok(read) = reply::read_marked_activity(&reply, &activity.marker) else { return Seen::Unclear };
            found.extend(read.found);
            seen += read.rows;
            let complete =
                read.total.is_some_and(|total| seen >= total) || (read.total.is_none() && read.rows < PAGE_ROWS);
            if complete && found.is_empty() {
                return Seen::Absent;
            }
            if complete || read.rows == 0 {
                break;
            }
        }
        if found.is_empty() { Seen::Unclear } else { Seen::Found(found) }
    }

    async fn look_for_task(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        plan: &Plan,
        (lead, task): (&LeadId, &Task),
    ) -> Seen {
        limiter::note_call(&mut visit.state.rate, plan, false, self.shared.clock.now_ms());
        match reply::read_marked_task(&crm.call(&request::tasks_of_lead(lead)).await, &task.marker) {
            Ok(found) if found.is_empty() => Seen::Absent,
            Ok(found) => Seen::Found(found),
            Err(_) => Seen::Unclear,
        }
    }

    /// What a read means for the delivery.
    pub(super) fn after_read(&self, row: &DeliveryRow, seen: &Seen, codes: ReadCodes) -> Settled {
        let now_ms = self.shared.clock.now_ms();
        let reads =
            if planted::awake(Bug::DecideEarly) { usize::MAX / 2 } else { usize::try_from(row.reads).unwrap_or(0) };
        match judge_read(seen, reads, row.deadline_ms, now_ms, crate::dice::number()) {
            AfterRead::Delivered { id, twice } => {
                let code = twice.then(|| codes.twice.to_owned());
                if twice {
                    metrics::counter!("found_twice_total").increment(1);
                    tracing::error!(delivery = %row.key, "the same record stands twice");
                }
                Settled { result: id, proof: Some("marker"), code, ..unchanged(row, "delivered") }
            }
            AfterRead::SendAgain => {
                let code = Some(codes.unknown.to_owned());
                Settled { code, next_at_ms: now_ms, tries: row.tries + 1, reads: 0, ..unchanged(row, "ready") }
            }
            AfterRead::ReadAgain { reads, at_ms } => {
                let code = Some(codes.unknown.to_owned());
                let reads = i64::try_from(reads).unwrap_or(0);
                Settled { code, next_at_ms: at_ms, reads, ..unchanged(row, "unknown") }
            }
        }
    }
}
