//! Verdicts as rows: what the core decided about each delivery of a call, recorded in one unit under the lane's fence.

use super::{Courier, LEASE_MS, Visit};
use crate::app::StepError;
use crate::failpoint::{self, Point};
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::{StoreError, Unit, alert, attempt, audit, delivery, lane, lead, tenant};
use connector_core::delivery::lane::{Pause, Refused, lasted};
use connector_core::delivery::limiter;
use connector_core::delivery::verdict::{ALIKE_MAX, Situation, Split, TenantVerdict, Verdict};
use connector_core::ids::TenantId;
use connector_core::leadsquared::command::Command;
use connector_core::translate;

/// What is recorded after a round.
#[derive(Default)]
pub(super) struct Results {
    /// Attempts that ended: id, outcome, detail.
    pub attempts: Vec<attempt::Ended>,
    /// Deliveries.
    pub settled: Vec<Settled>,
    /// Leads that were found or found missing.
    pub leads: Vec<lead::Known>,
    /// What was written to whose lead: person, hash of the content.
    pub written: Vec<(String, String)>,
    /// Persons whose lead has to be looked up anew.
    pub renew: Vec<String>,
    /// The tenant pauses, with code and detail.
    pub pause: Option<(&'static str, String)>,
    /// The pause is the first for what is refused.
    pub pause_begins: bool,
    /// What the tenant was told to be refused is taken again; since when it was refused, 0 where nobody noted it.
    pub taken_again: Option<i64>,
    /// Notifications that follow, for the journal.
    pub journal: Vec<crate::store::journal::NewNotification>,
}

impl Results {
    /// Takes in that the tenant pauses, and for what.
    pub(super) fn pause(&mut self, visit: &mut Visit, cause: (&'static str, String), (what, now_ms): (Refused, i64)) {
        self.pause = Some(cause);
        self.pause_begins |= visit.state.note_refused(what, now_ms) == Pause::Begins;
        visit.paused = true;
    }
}

/// The row of a delivery as it would stay, to be changed by a verdict.
pub(super) fn unchanged(row: &DeliveryRow, state: &'static str) -> Settled {
    Settled {
        key: row.key.clone(),
        state,
        code: None,
        detail: None,
        next_at_ms: row.deadline_ms,
        tries: row.tries,
        reads: row.reads,
        opaque: row.opaque,
        lead_renewed: row.lead_renewed,
        result: None,
        proof: None,
        command: None,
    }
}

/// One verdict as a row. `detail` is what LeadSquared said.
pub(super) fn settled(
    row: &DeliveryRow,
    situation: Situation<'_>,
    verdict: Verdict,
    detail: Option<String>,
    now_ms: i64,
) -> Settled {
    let base = unchanged(row, "ready");
    let code = |code: &str| Some(code.to_owned());
    let opaque = |split: Split| i64::from(split.after(situation.opaque));
    match verdict {
        Verdict::Delivered { id } => Settled { state: "delivered", result: id, proof: Some("answer"), ..base },
        Verdict::Retry { at_ms, code: cause, split } => {
            // Being told to slow down, or that the keys are wrong, is no try of this delivery.
            let counts = !matches!(cause, "lsq.rate_limited" | "lsq.unauthorized");
            let tries = row.tries + i64::from(counts);
            Settled { code: code(cause), detail, next_at_ms: at_ms, tries, opaque: opaque(split), ..base }
        }
        Verdict::RetryWithout { fields } => {
            let command = serde_json::to_string(&without(situation.command, fields)).ok();
            Settled { code: code("lsq.duplicate_lead"), detail, next_at_ms: now_ms, command, ..base }
        }
        Verdict::RetryWithoutField { field } => {
            let command = serde_json::to_string(&without_refused(situation.command, &field)).ok();
            Settled { code: code("lsq.field_refused"), detail, next_at_ms: now_ms, command, ..base }
        }
        Verdict::RetryByPhone => {
            let command = serde_json::to_string(&by_phone(situation.command)).ok();
            Settled { code: code("lsq.phone_taken"), detail, next_at_ms: now_ms, command, ..base }
        }
        Verdict::RenewLead => {
            Settled { code: code("lsq.lead_missing"), detail, next_at_ms: now_ms, lead_renewed: true, ..base }
        }
        Verdict::Verify { at_ms, split } => {
            let opaque = opaque(split);
            let base = Settled { state: "unknown", code: code("lsq.unknown"), detail, ..base };
            Settled { next_at_ms: at_ms, reads: 0, opaque, ..base }
        }
        Verdict::Park { code: cause } => Settled { state: "parked", code: code(cause), detail, ..base },
    }
}

fn without(command: &Command, fields: &[&str]) -> translate::Command {
    let mut command = command.clone();
    if let Command::UpsertLead(write) = &mut command {
        write.fields.retain(|name, _| !fields.contains(&name.as_str()));
    }
    translate::Command::LeadSquared { command }
}

fn without_refused(command: &Command, field: &str) -> translate::Command {
    let mut command = command.clone();
    if let Command::UpsertLead(write) = &mut command {
        *write = write.clone().without_refused(field);
    }
    translate::Command::LeadSquared { command }
}

fn by_phone(command: &Command) -> translate::Command {
    let mut command = command.clone();
    if let Command::UpsertLead(write) = &mut command {
        *write = write.clone().by_phone_too();
    }
    translate::Command::LeadSquared { command }
}

impl Courier {
    /// Takes in what a call of that kind of delivery means for the whole tenant.
    pub(super) fn for_tenant(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        verdict: &TenantVerdict,
        (kind, detail): (&str, &str),
    ) {
        let now_ms = self.shared.clock.now_ms();
        match verdict {
            TenantVerdict::GoOn => visit.state.refused_alike = None,
            TenantVerdict::SlowDown(limit) => {
                metrics::counter!("leadsquared_throttled_total").increment(1);
                limiter::note_refused(&mut visit.state.rate, &visit.plan, *limit, now_ms);
            }
            TenantVerdict::Pause(code) => {
                results.pause(visit, (code, detail.to_owned()), (Refused::Keys, now_ms));
            }
            TenantVerdict::Suspect { code, alike } => {
                let count = match &visit.state.refused_alike {
                    Some((known, count)) if known == alike => count + 1,
                    Some(_) | None => 1,
                };
                visit.state.refused_alike = Some((alike.clone(), count));
                if count >= ALIKE_MAX {
                    visit.state.refused_alike = None;
                    let said = format!("{count} answers in a row with {alike}: {detail}");
                    results.pause(visit, (code, said), (Refused::Kind(kind.to_owned()), now_ms));
                }
            }
        }
    }

    /// Records a round. Begins by making sure that the lane is still ours.
    pub(super) async fn record(&self, visit: &Visit, results: Results) -> Result<(), StepError> {
        let now_ms = self.shared.clock.now_ms();
        for one in &results.settled {
            let code = one.code.clone().unwrap_or_default();
            metrics::counter!("deliveries_total", "state" => one.state, "code" => code).increment(1);
        }
        let claimed = visit.claimed.clone();
        let lane_name = visit.destination.as_str();
        let state = serde_json::to_string(&visit.state).unwrap_or_else(|_| "{}".to_owned());
        let wakes_translator = !results.journal.is_empty();
        self.shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    // Before the lane: the translator, too, locks its own lane first. A holder that is late undoes it.
                    crate::store::journal::append(unit, &results.journal).await?;
                    failpoint::reached(Point::SettleJournal);
                    lane::hold(unit, &claimed, lane_name, &state, now_ms + LEASE_MS).await?;
                    write(unit, &claimed.tenant, results, now_ms).await
                })
            })
            .await?;
        failpoint::reached(Point::Settled);
        if wakes_translator {
            self.shared.wakes.translator.wake();
        }
        Ok(())
    }
}

async fn write(unit: &mut Unit, tenant: &TenantId, results: Results, now_ms: i64) -> Result<(), StoreError> {
    attempt::end(unit, tenant, &results.attempts, now_ms).await?;
    failpoint::reached(Point::SettleAttempts);
    lead::remember(unit, tenant, &latest(results.leads), now_ms).await?;
    lead::wrote(unit, tenant, &latest(results.written)).await?;
    failpoint::reached(Point::SettleLeads);
    delivery::settle(unit, tenant, &results.settled, now_ms).await?;
    failpoint::reached(Point::SettleDeliveries);
    for person in &results.renew {
        delivery::renew_lead(unit, tenant, person, now_ms).await?;
    }
    if let Some((code, detail)) = &results.pause
        && tenant::pause(unit, tenant, (code, detail), now_ms).await?
    {
        // A pause that is renewed because it is refused again is the same pause.
        if results.pause_begins {
            tracing::error!(tenant = %tenant, code, "deliveries to LeadSquared are paused");
            audit::write(unit, "courier", Some(tenant), ("tenant.paused", detail), now_ms).await?;
        }
        alert::raise(unit, tenant, alert::CRM, (code, told(code)), now_ms).await?;
    }
    if let Some(since_ms) = results.taken_again {
        let after = if since_ms > 0 { format!(" after {}", lasted(now_ms - since_ms)) } else { String::new() };
        let detail = format!("LeadSquared takes again what it refused{after}");
        audit::write(unit, "courier", Some(tenant), ("tenant.resumed", &detail), now_ms).await?;
        alert::resolve(unit, tenant, alert::CRM, now_ms).await?;
    }
    Ok(())
}

/// What a tenant is told beside the sentence of the code. LeadSquared's own words may name a person and stay on the page.
fn told(code: &str) -> &'static str {
    match code {
        "lsq.unauthorized" => {
            "Nothing is written until LeadSquared takes the keys again, which is tried every five minutes."
        }
        _ => "Five in a row were refused alike. The others wait, and are tried again every five minutes.",
    }
}

/// Whether what came of a round shows that LeadSquared takes again what the tenant was told it refuses.
pub(super) fn taken_again(visit: &Visit, rows: &[DeliveryRow], results: &Results) -> bool {
    let Some(refused) = &visit.state.refused else { return false };
    let taken = |row: &DeliveryRow| {
        results.settled.iter().any(|one| one.key == row.key && one.state == "delivered" && one.proof == Some("answer"))
    };
    results.pause.is_none() && rows.iter().any(|row| refused.is_over_with(&row.kind) && taken(row))
}

/// One row for each person, the last one said.
fn latest<T>(leads: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut by_person = std::collections::BTreeMap::new();
    for (person, lead) in leads {
        by_person.insert(person, lead);
    }
    by_person.into_iter().collect()
}
