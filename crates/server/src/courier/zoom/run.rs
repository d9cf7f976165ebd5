//! Reading what Zoom knows of a run: one page in a round. Each page is a notification of its own, recorded together with
//! how far the reading is; a read changes nothing in Zoom, so that it may be made again.

use super::super::settle::{Results, unchanged};
use super::super::{Courier, Round, Visit};
use super::Turn;
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::journal::NewNotification;
use connector_core::ids::TenantId;
use connector_core::translate::{self, OwnOutcome};
use connector_core::zoom::after::{List, Missing, ReadRun, Refused, RunRead, Told};
use connector_core::zoom::command::Command;
use connector_core::zoom::pace::{Class, Pace};
use connector_core::zoom::reply::after::read_page;
use connector_core::zoom::request;

impl Courier {
    /// Reads the next page of the list under way.
    pub(super) async fn run_turn(
        &self,
        visit: &mut Visit,
        results: &mut Results,
        turn: &Turn<'_>,
        read: &ReadRun,
    ) -> Round {
        let tenant = visit.claimed.tenant.clone();
        let now_ms = self.shared.clock.now_ms();
        let (Some(list), Some(request)) = (read.list(), request::read_run(read)) else {
            results.journal.extend(self.run_is_over(&tenant, turn.row, read));
            results.settled.push(over(turn.row, read));
            return Round::Again;
        };
        if visit.state.zoom_pace.free(Class::Heavy, now_ms) == 0 {
            return Round::NotBefore(Pace::next_ms(now_ms));
        }
        visit.state.zoom_pace.note(Class::Heavy, 1, now_ms);
        let reply = self.shared.zoom.api_call(turn.access.api_url.as_deref(), &turn.access.token, &request).await;
        let fault = match read_page(&reply, list) {
            Ok(page) => {
                results.journal.push(self.run_read(&tenant, turn.row, read, page.told));
                let next = read.turned(page.next);
                self.go_on(results, (&tenant, turn.row), &next, now_ms);
                return Round::Again;
            }
            Err(fault) => fault,
        };
        self.heed(visit, turn, &fault).await;
        match read.refused(&fault, now_ms) {
            Refused::LeftOut(next) => self.go_on(results, (&tenant, turn.row), &next, now_ms),
            Refused::Again(next, at_ms) => {
                let (code, detail) = (Some(fault.code().to_owned()), Some(fault.to_string()));
                results.settled.push(Settled { code, detail, ..under_way(turn.row, &next, at_ms) });
            }
            Refused::AsEver => {
                let settled = self.not_applied(visit, turn.row, &fault);
                results.settled.push(settled);
            }
        }
        Round::Again
    }

    /// Notes how far the reading is; after the last list it is over.
    fn go_on(&self, results: &mut Results, (tenant, row): (&TenantId, &DeliveryRow), next: &ReadRun, now_ms: i64) {
        if next.list().is_some() {
            results.settled.push(under_way(row, next, now_ms));
        } else {
            results.journal.extend(self.run_is_over(tenant, row, next));
            results.settled.push(over(row, next));
        }
    }

    /// A run of which everything was read that is read after its end; panelists alone close nothing.
    fn run_is_over(&self, tenant: &TenantId, row: &DeliveryRow, read: &ReadRun) -> Option<NewNotification> {
        let told = Told::Over { missing: read.missing.clone() };
        read.closes.then(|| self.run_read(tenant, row, read, told))
    }

    fn run_read(&self, tenant: &TenantId, row: &DeliveryRow, read: &ReadRun, what: Told) -> NewNotification {
        let event = match &what {
            Told::Panelists { .. } => List::Panelists.title(),
            Told::Participants { .. } => List::Participants.title(),
            Told::Absentees { .. } => List::Absentees.title(),
            Told::Questions { .. } => List::Questions.title(),
            Told::Polls { .. } => List::Polls.title(),
            Told::Over { .. } => "everything read",
        };
        let (account, uuid) = (read.account.clone(), read.uuid.clone());
        let outcome = OwnOutcome::RunRead(RunRead { kind: read.kind, account, number: read.number, uuid, what });
        super::page_of(self.outcome(tenant, row, event, &outcome))
    }
}

/// The delivery while there is more to read.
fn under_way(row: &DeliveryRow, next: &ReadRun, next_at_ms: i64) -> Settled {
    let command = translate::Command::Zoom { command: Command::ReadRun(next.clone()) };
    Settled { command: serde_json::to_string(&command).ok(), next_at_ms, tries: 0, ..unchanged(row, "ready") }
}

/// The delivery when everything was read; what could not be is named.
fn over(row: &DeliveryRow, read: &ReadRun) -> Settled {
    let named =
        |missing: &Missing| format!("{}: {}", missing.list.title(), connector_core::code::sentence(&missing.code));
    let missing: Vec<String> = read.missing.iter().map(named).collect();
    let detail = (!missing.is_empty()).then(|| format!("Not read – {}", missing.join(" ")));
    Settled { detail, proof: Some("answer"), tries: 0, ..unchanged(row, "delivered") }
}
