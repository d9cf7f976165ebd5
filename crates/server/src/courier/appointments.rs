//! Looking for changed appointments in a lane to LeadSquared, when nothing else is to be done there: one page in a round. What was
//! found goes into the journal together with how far the look is, which stands in the lane's state.

use super::settle::Results;
use super::{Courier, Round, Visit};
use crate::app::StepError;
use crate::leadsquared::LeadSquared;
use crate::store::journal::NewNotification;
use connector_core::delivery::limiter;
use connector_core::exchange::Request;
use connector_core::ids::TenantId;
use connector_core::leadsquared::reply::Refusal;
use connector_core::leadsquared::task_look::{self, ChangedTask, LOOK_USERS_MAX, TasksPage, Todo};
use connector_core::leadsquared::{request, setup};
use connector_core::settings::Settings;
use connector_core::settings::appointments::AppointmentRules;
use connector_core::translate::{Source, Wish};

/// The event's name of a changed task that was found, in the journal.
const TASK_FOUND: &str = "leadsquared.task_found";

/// What a look has to know of the settings.
#[derive(Debug, Clone)]
pub(super) struct Looking {
    rules: AppointmentRules,
    /// The types whose tasks are appointments for meetings.
    types: [String; 2],
}

impl Looking {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Self {
        let types = [settings.meeting_task_type().to_owned(), settings.appointment_type.clone()];
        Self { rules: settings.tasks.clone(), types }
    }
}

impl Courier {
    /// One call of a look, if one is due; otherwise when it will be, epoch milliseconds.
    pub(super) async fn look_for_appointments(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        looking: &Looking,
    ) -> Result<Result<Round, Option<i64>>, StepError> {
        let now_ms = self.shared.clock.now_ms();
        let before = visit.state.look.clone();
        let todo = visit.state.look.todo(&looking.rules, now_ms);
        if let Todo::Wait(next_at_ms) = todo {
            return Ok(Err(next_at_ms));
        }
        let free_ms = limiter::next_at_ms(&visit.state.rate, &visit.plan, false, now_ms);
        if free_ms > now_ms {
            // Nobody was asked: a look that would have begun has not.
            visit.state.look = before;
            return Ok(Ok(Round::NotBefore(free_ms)));
        }
        let results = match todo {
            Todo::Page(page) => self.tasks_page(visit, crm, (&page, looking)).await,
            Todo::Users | Todo::Wait(_) => {
                self.users_of_look(visit, crm).await;
                Results::default()
            }
        };
        if let Err(error) = self.record(visit, results).await {
            // How far the look is goes with what it found, or not at all.
            visit.state.look = before;
            return Err(error);
        }
        Ok(Ok(Round::Again))
    }

    async fn users_of_look(&self, visit: &mut Visit, crm: &LeadSquared) {
        let read = self.ask(visit, crm, &request::users(), setup::read_users).await;
        let Some(users) = read else { return };
        let left_out = visit.state.look.begin(users.into_iter().map(|(_, id)| id).collect());
        if left_out > 0 {
            tracing::warn!(tenant = %visit.claimed.tenant, left_out, most = LOOK_USERS_MAX,
                "not all users' appointments are looked through; let LeadSquared tell of them by its webhooks");
        }
    }

    async fn tasks_page(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        (page, looking): (&TasksPage, &Looking),
    ) -> Results {
        let mut results = Results::default();
        let reading = |reply: &_| task_look::read_page(reply, page.since_ms);
        let Some((tasks, rows)) = self.ask(visit, crm, &task_look::tasks_of_user(page), reading).await else {
            return results;
        };
        visit.state.look.turned(rows);
        let ours = tasks.iter().filter(|task| looking.types.contains(&task.task_type));
        results.journal.extend(ours.map(|task| self.found(&visit.claimed.tenant, task)));
        results
    }

    /// Makes a call of the look and reads its answer; a refusal is noted.
    async fn ask<T>(
        &self,
        visit: &mut Visit,
        crm: &LeadSquared,
        request: &Request,
        reading: impl Fn(&connector_core::exchange::Reply) -> Result<T, Refusal>,
    ) -> Option<T> {
        let reply = self.read(visit, crm, request).await;
        let read = reading(&reply);
        if let Err(refusal) = &read {
            tracing::warn!(tenant = %visit.claimed.tenant, %refusal, "changed appointments could not be looked for");
            visit.state.look.refused(refusal, self.shared.clock.now_ms());
        }
        self.taken(visit, read)
    }

    /// A changed task, as if LeadSquared had told of it. Found twice, it is one notification.
    fn found(&self, tenant: &TenantId, task: &ChangedTask) -> NewNotification {
        let now_ms = self.shared.clock.now_ms();
        NewNotification {
            tenant: tenant.clone(),
            key: format!("task-look-{}-{}", task.task, task.changed_ms),
            id: crate::dice::id(now_ms),
            source: Source::Wish.as_str(),
            event: TASK_FOUND.to_owned(),
            event_ts_ms: now_ms,
            received_ms: now_ms,
            late: false,
            body: serde_json::to_vec(&Wish::TaskTold(task.told())).unwrap_or_default(),
        }
    }
}
