//! The driver's calls about webhooks, and what really happened.

use super::Zoom;
use super::state::{Attendance, Event, Registrant, Run, State};
use super::words::{History, MeetingTold, Mischief, Outgoing, Registered, RunTold, StayTold};
use std::sync::Arc;

impl Zoom {
    /// Queues `endpoint.url_validation` for an app's address.
    pub fn url_validation(&self, client_id: &str) {
        let now_ms = self.clock.now_ms();
        self.change(|state| state.validate_url(client_id, now_ms));
    }

    /// Whether the last validation was answered rightly; none before there was an answer.
    #[must_use]
    pub fn url_validated(&self, client_id: &str) -> Option<bool> {
        self.state().apps.get(client_id)?.validated
    }

    /// Queues any bytes for an app's address, properly signed.
    pub fn emit_raw(&self, client_id: &str, body: &[u8]) {
        let now_ms = self.clock.now_ms();
        self.change(|state| {
            let subscription = state.apps.get(client_id).and_then(|app| app.subscription.clone());
            if let Some(to) = subscription {
                state.outbox.queue(&to, ("raw", &Arc::from(body)), now_ms);
            }
        });
    }

    /// Sets the trouble that webhooks get into from now on.
    pub fn set_mischief(&self, mischief: Mischief) {
        self.state().outbox.mischief = mischief;
    }

    /// Webhooks that are due, signed at this moment; `most` at once. Each is to be reported.
    #[must_use]
    pub fn take_due(&self, most: usize) -> Vec<Outgoing> {
        let now_ms = self.clock.now_ms();
        self.state().outbox.take_due(most, now_ms)
    }

    /// What the receiver of a webhook said; none when it did not answer. All but 2xx is repeated.
    pub fn report(&self, id: u64, status: Option<u16>) {
        self.report_answer(id, status, &[]);
    }

    /// As [`Self::report`], with the body that a validation of the address needs.
    pub fn report_answer(&self, id: u64, status: Option<u16>, body: &[u8]) {
        self.change(|state| {
            if let Some((to, right)) = state.outbox.report(id, (status, body))
                && let Some(app) = state.apps.get_mut(&to.client_id)
            {
                app.validated = Some(right);
            }
        });
    }

    /// When the next webhook is due, epoch milliseconds.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        self.state().outbox.next_due_ms()
    }

    /// Webhooks that were neither delivered nor given up.
    #[must_use]
    pub fn undelivered(&self) -> usize {
        self.state().outbox.undelivered()
    }

    /// Webhooks that were given up after the fourth try.
    #[must_use]
    pub fn given_up(&self) -> usize {
        self.state().outbox.given_up
    }

    /// How long the waits between tries are, of a thousand: 1000 is real, 1 makes a minute 60 ms.
    pub fn set_retry_scale(&self, per_1000: i64) {
        self.state().outbox.retry_per_1000 = per_1000;
    }

    /// What really happened, to be compared with what arrived elsewhere.
    #[must_use]
    pub fn history(&self) -> History {
        let state = self.state();
        let mut history = History::default();
        for event in state.events.values() {
            history.meetings.push(meeting_told(&state, event));
            history.registrations.extend(event.registrants.iter().map(|registrant| registered(event, registrant)));
            for run in event.runs.iter().filter_map(|uuid| state.runs.get(uuid)) {
                history.runs.push(run_told(event, run));
                history.stays.extend(run.attendances.iter().map(|attendance| stay_told(event, run, attendance)));
            }
        }
        history
    }
}

fn meeting_told(state: &State, event: &Event) -> MeetingTold {
    MeetingTold {
        number: event.number,
        kind: event.kind,
        account: event.account.clone(),
        topic: event.plan.topic.clone(),
        agenda: event.plan.agenda.clone(),
        host: event.host.clone(),
        host_email: state.users.get(&event.host).map(|host| host.is.email.clone()).unwrap_or_default(),
        start_ms: event.plan.start_ms,
        duration_min: event.plan.duration_min,
        occurrences: event.plan.occurrences.clone(),
        invitees: event.plan.invitees.clone(),
        alternative_hosts: event.plan.alternative_hosts.clone(),
        waiting_room: event.plan.waiting_room,
        password: event.plan.password.clone(),
        approval: event.plan.approval,
        created_by_api: event.created_by_api,
        deleted: event.deleted,
    }
}

fn registered(event: &Event, registrant: &Registrant) -> Registered {
    Registered {
        number: event.number,
        kind: event.kind,
        account: event.account.clone(),
        registrant_id: registrant.id.clone(),
        email: registrant.person.email.clone(),
        person: registrant.person.clone(),
        status: registrant.status,
        at_ms: registrant.at_ms,
        by_api: registrant.by_api,
    }
}

fn run_told(event: &Event, run: &Run) -> RunTold {
    RunTold {
        number: event.number,
        kind: event.kind,
        account: event.account.clone(),
        uuid: run.uuid.clone(),
        started_ms: run.started_ms,
        ended_ms: run.ended_ms,
        practice: run.practice,
    }
}

fn stay_told(event: &Event, run: &Run, attendance: &Attendance) -> StayTold {
    let shown = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    StayTold {
        number: event.number,
        kind: event.kind,
        account: event.account.clone(),
        uuid: run.uuid.clone(),
        name: attendance.name.clone(),
        email: shown(&attendance.email),
        registrant_id: attendance.registrant_id.as_deref().filter(|_| !attendance.host).and_then(shown),
        host: attendance.host,
        panelist: event.panelists.iter().any(|panelist| panelist.email.eq_ignore_ascii_case(&attendance.email)),
        join_ms: attendance.join_ms,
        leave_ms: attendance.leave_ms,
    }
}
