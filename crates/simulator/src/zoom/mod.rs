//! The pretend Zoom: a state that plain calls drive (this file), and over it Zoom's sign-in, REST and pages (`skin`)
//! and webhooks on their way (`outbox`, sent by `postman`). The state is behind one mutex, and no call waits while it
//! is held.

mod after;
mod grouped;
mod change;
mod limits;
mod oauth;
mod old_app;
mod outbox;
mod own_app;
mod paging;
pub mod postman;
mod skin;
mod state;
mod tell;
mod told;
mod wire;
pub mod words;

use crate::clock::Clock;
use crate::fault::Faults;
use change::{Asker, At};
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub use limits::CallsPerSecond;
pub use old_app::NewOldApp;
pub use postman::Postman;
pub use words::{
    AppKind, Approval, History, Kind, LicenceRefusal, MeetingTold, Mischief, NewApp, NewEvent, NewRegistrant, NewUser,
    Outgoing, Refused, Registered, Role, RunTold, Status, Stay, StayTold, Who,
};

/// A pretend Zoom. Clones share it.
#[derive(Debug, Clone)]
pub struct Zoom {
    state: Arc<Mutex<State>>,
    clock: Clock,
    faults: Faults,
    queued: Arc<Notify>,
}

impl Zoom {
    /// An empty Zoom; the same seed makes the same ids and the same mischief.
    #[must_use]
    pub fn new(clock: Clock, seed: u64) -> Self {
        let state = Arc::new(Mutex::new(State::new(seed)));
        Self { state, clock, faults: Faults::default(), queued: Arc::new(Notify::new()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the state must not hide its own reason behind this one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change and wakes the postman.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.queued.notify_one();
        changed
    }

    fn at(&self, at_ms: i64) -> At {
        At { ms: at_ms, now_ms: self.clock.now_ms() }
    }

    /// What is planned to go wrong with calls. The operations are `oauth.token` and `oauth.revoke`; `users.list`,
    /// `users.me`, `users.get`, `users.settings`, `users.permissions`; `meetings.list`, `meetings.create`, `meetings.get`,
    /// `meetings.update`, `meetings.delete`, `meetings.status`; `meetings.registrants.` with `list`, `add`, `batch`,
    /// `status`, `questions` or `get`; all of these with `webinars`; `webinars.panelists.` with `list`, `add` or `remove`;
    /// `past.participants`, `past.instances`, `past.get`, `past.absentees`, `past.qa`, `past.polls`; `report.participants`,
    /// `report.get`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Sign-in, REST and pages for people.
    pub fn router(&self) -> axum::Router {
        skin::router(self.clone())
    }

    /// Adds an account; its id.
    #[must_use]
    pub fn add_account(&self, name: &str) -> String {
        self.change(|state| state.add_account(name))
    }

    /// Adds a user to an account; the user's id.
    pub fn add_user(&self, account: &str, user: NewUser) -> String {
        let now_ms = self.clock.now_ms();
        self.change(|state| state.add_user(account, user, now_ms))
    }

    /// Gives a user another role, as when an admin is demoted.
    pub fn set_role(&self, user: &str, role: Role) {
        self.change(|state| {
            if let Some(user) = state.users.get_mut(user) {
                user.is.role = role;
            }
        });
    }

    /// Gives or takes a user's webinar licence (seats).
    pub fn set_webinar_capacity(&self, user: &str, seats: Option<i64>) {
        self.change(|state| {
            if let Some(user) = state.users.get_mut(user) {
                user.is.webinar_capacity = seats;
            }
        });
    }

    /// Switches a user off: tokens die, `user.deactivated` is sent.
    pub fn deactivate_user(&self, user: &str, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.deactivate(user, at));
    }

    /// Adds an app; the same client id replaces it.
    pub fn add_app(&self, app: NewApp) {
        self.change(|state| state.add_app(app));
    }

    /// Sets where an app's events go.
    pub fn set_webhook_url(&self, client_id: &str, url: &str) {
        self.change(|state| state.set_webhook_url(client_id, url));
    }

    /// Installs an app as that user would by consenting; events flow from now on.
    pub fn install(&self, client_id: &str, user: &str) {
        self.change(|state| state.install(client_id, user));
    }

    /// Plans a webinar of that host (user id or e-mail); its number, 0 for an unknown host. Sends `webinar.created`.
    pub fn create_webinar(&self, host: &str, new: NewEvent, at_ms: i64) -> u64 {
        self.create((Kind::Webinar, host), new, at_ms)
    }

    /// Plans a meeting of that host (user id or e-mail); its number, 0 for an unknown host. Sends `meeting.created`.
    pub fn create_meeting(&self, host: &str, new: NewEvent, at_ms: i64) -> u64 {
        self.create((Kind::Meeting, host), new, at_ms)
    }

    fn create(&self, what: (Kind, &str), new: NewEvent, at_ms: i64) -> u64 {
        let at = self.at(at_ms);
        self.change(|state| {
            let plan = state.plan(new);
            state.create(what, plan, Asker::Person, at)
        })
    }

    /// Changes topic, start (epoch milliseconds) or length (minutes) of an event; what is none stays. Sends `updated`.
    pub fn update(
        &self,
        number: u64,
        (topic, start_ms, duration_min): (Option<&str>, Option<i64>, Option<i64>),
        at_ms: i64,
    ) {
        let at = self.at(at_ms);
        self.change(|state| {
            let Some(mut plan) = state.event(number).map(|event| event.plan.clone()) else { return };
            plan.topic = topic.map_or(plan.topic, str::to_owned);
            plan.start_ms = start_ms.unwrap_or(plan.start_ms);
            plan.duration_min = duration_min.unwrap_or(plan.duration_min);
            state.update(number, plan, at);
        });
    }

    /// Makes questions of an event's registration form required: titles of custom questions, or `last_name`.
    pub fn require_answers(&self, number: u64, questions: &[&str]) {
        self.change(|state| {
            if let Some(event) = state.events.get_mut(&number) {
                event.plan.required = questions.iter().map(|title| (*title).to_owned()).collect();
            }
        });
    }

    /// Changes how many registrants an event takes.
    pub fn set_registrants_max(&self, number: u64, most: Option<usize>) {
        self.change(|state| {
            if let Some(event) = state.events.get_mut(&number) {
                event.plan.registrants_max = most;
            }
        });
    }

    /// Deletes an event. Sends `deleted`.
    pub fn delete(&self, number: u64, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.delete(number, None, at));
    }

    /// Deletes one occurrence of a series (its start, epoch milliseconds). Sends `deleted`.
    pub fn delete_occurrence(&self, number: u64, start_ms: i64, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.delete(number, Some(start_ms), at));
    }

    /// Moves one occurrence of a series (its start, epoch milliseconds). Sends `updated`.
    pub fn move_occurrence(&self, number: u64, start_ms: i64, to_ms: i64, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| {
            state.move_occurrence(number, start_ms, (Some(to_ms), None), at);
        });
    }

    /// Turns a meeting into a webinar. Sends `converted_to_webinar`.
    pub fn convert(&self, number: u64, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.convert(number, at));
    }

    /// Brings a deleted event back. Sends `recovered`.
    pub fn recover(&self, number: u64, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| {
            state.recover(number, at);
        });
    }

    /// Registers somebody; the registrant id. Sends `registration_created`.
    ///
    /// # Errors
    /// Where Zoom would refuse.
    pub fn register(&self, number: u64, who: NewRegistrant, at_ms: i64) -> Result<String, Refused> {
        let at = self.at(at_ms);
        self.change(|state| state.register(number, who, Asker::Person, at))
    }

    /// Approves, denies or cancels a registration and sends the event of it.
    ///
    /// # Errors
    /// Where there is no such registration, or it would go back to pending.
    pub fn set_status(&self, number: u64, registrant: &str, status: Status, at_ms: i64) -> Result<(), Refused> {
        let at = self.at(at_ms);
        self.change(|state| state.set_status(number, registrant, status, at))
    }

    /// Starts an event; the new run's uuid, none when there is no such event or it is running. Sends `started`.
    pub fn start(&self, number: u64, at_ms: i64) -> Option<String> {
        let at = self.at(at_ms);
        self.change(|state| state.start(number, false, at))
    }

    /// Starts a webinar's rehearsal: a run like any other, but its `ended` says `practice_session`.
    pub fn rehearse(&self, number: u64, at_ms: i64) -> Option<String> {
        let at = self.at(at_ms);
        self.change(|state| state.start(number, true, at))
    }

    /// Somebody joins a run; none when it is over or the registrant is not approved. Sends `participant_joined`.
    #[expect(clippy::needless_pass_by_value, reason = "a driver makes the person for this call")]
    pub fn join(&self, uuid: &str, who: Who, at_ms: i64) -> Option<Stay> {
        let at = self.at(at_ms);
        self.change(|state| state.join(uuid, &who, at))
    }

    /// That stay ends. Sends `participant_left`, once.
    pub fn leave(&self, uuid: &str, stay: &Stay, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.leave(uuid, stay.index, at));
    }

    /// A run ends. Sends `participant_left` for all who are still there, and `ended`, at times before the last of them.
    pub fn end(&self, uuid: &str, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.end(uuid, at));
    }

    /// A run's recording is ready. Sends `recording.completed` to all apps of the account.
    pub fn recording_completed(&self, uuid: &str, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.record(uuid, at));
    }

    /// A user removes an app: tokens die, `app_deauthorized` is sent.
    pub fn deauthorize(&self, client_id: &str, user: &str, at_ms: i64) {
        let at = self.at(at_ms);
        self.change(|state| state.deauthorize(client_id, user, at));
    }

    /// How long access tokens live that are given out from now on, seconds.
    pub fn set_access_life_s(&self, seconds: i64) {
        self.state().settings.access_life_s = seconds;
    }

    /// How long after its end a run's participants can be asked for, milliseconds; before that the answer is 3001.
    pub fn set_report_delay_ms(&self, delay_ms: i64) {
        self.state().settings.report_delay_ms = delay_ms;
    }

    /// How long page tokens live, milliseconds.
    pub fn set_page_token_life_ms(&self, life_ms: i64) {
        self.state().settings.page_token_life_ms = life_ms;
    }

    /// How webinar calls for a host without licence are refused.
    pub fn set_licence_refusal(&self, refusal: LicenceRefusal) {
        self.state().settings.licence_refusal = refusal;
    }

    /// Calls a second for each account; none for no limit.
    pub fn set_calls_per_second(&self, limit: Option<CallsPerSecond>) {
        self.state().limits.per_second = limit;
    }

    /// Calls a day of each class for each account; none for no limit. Beyond it `Retry-After` names the next midnight.
    pub fn set_calls_per_day(&self, limit: Option<u32>) {
        self.state().limits.per_day = limit;
    }

    /// The `api_url` in token answers.
    pub fn set_api_url(&self, url: &str) {
        url.clone_into(&mut self.state().settings.api_url);
    }
}
