//! What Zoom allows a host in a day, counted ahead: who has none left waits for 00:00 UTC without asking, and holds nobody else
//! up. A call that never left is given back.

use super::super::settle::unchanged;
use super::super::{Courier, Visit};
use crate::app::StepError;
use crate::store::delivery::{DeliveryRow, Settled};
use crate::store::host_day::{self, Taken};
use connector_core::delivery::limiter::next_day_ms;
use connector_core::ids::TenantId;
use connector_core::zoom::pace::{HOST_DAY, is_host_day};
use connector_core::zoom::reply::ZoomFault;

impl Courier {
    /// Counts a meeting that is about to be made or changed for the host.
    pub(super) async fn take_host_day(&self, tenant: &TenantId, host: &str) -> Result<Taken, StepError> {
        let (tenant, host) = (tenant.clone(), host.to_owned());
        let day = host_day::day_of(self.shared.clock.now_ms());
        let taken = self
            .shared
            .store
            .write(move |unit| Box::pin(async move { host_day::take(unit, &tenant, &host, day).await }));
        Ok(taken.await?)
    }

    /// The row of a delivery whose host has had the day's calls.
    pub(super) fn host_day_used_up(&self, row: &DeliveryRow) -> Settled {
        let next_at_ms = next_day_ms(self.shared.clock.now_ms());
        Settled { code: Some(HOST_DAY.to_owned()), detail: None, next_at_ms, ..unchanged(row, "ready") }
    }

    /// What follows for a delivery about a host that Zoom certainly did not carry out. A host's used-up day concerns that
    /// host alone; what never left is given back.
    pub(super) async fn not_applied_for_host(
        &self,
        visit: &mut Visit,
        row: &DeliveryRow,
        (host, fault): (&str, &ZoomFault),
    ) -> Result<Settled, StepError> {
        let not_before_ms = visit.state.zoom_not_before_ms;
        let mut settled = self.not_applied(visit, row, fault);
        let (tenant, host) = (visit.claimed.tenant.clone(), host.to_owned());
        let day = host_day::day_of(self.shared.clock.now_ms());
        if is_host_day(fault) {
            visit.state.zoom_not_before_ms = not_before_ms;
            // Whatever else is decided (it may have become too old) keeps its own code.
            if settled.code.as_deref() == Some(fault.code()) {
                settled.code = Some(HOST_DAY.to_owned());
            }
            let noted = self
                .shared
                .store
                .write(move |unit| Box::pin(async move { host_day::used_up(unit, &tenant, &host, day).await }));
            noted.await?;
        } else if matches!(fault, ZoomFault::NotSent { .. }) {
            let given = self
                .shared
                .store
                .write(move |unit| Box::pin(async move { host_day::give_back(unit, &tenant, &host, day).await }));
            given.await?;
        }
        Ok(settled)
    }
}
