//! What happens in the pretend Zoom. Every change is made here, whether a driver or a call over HTTP asked for it, and
//! tells the apps that are to hear of it.

use super::outbox::Subscription;
use super::state::{Account, App, Attendance, Event, Panelist, Plan, Registrant, Run, Standing, State, User};
use super::told::{self, Told};
use super::words::{Approval, Kind, NewApp, NewEvent, NewRegistrant, NewUser, Refused, Role, Status, Stay, Who};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A deleted event can be brought back so long, in milliseconds.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Registrants of one meeting.
const MEETING_REGISTRANTS_MAX: usize = 4_999;
/// Registrants of one webinar.
const WEBINAR_REGISTRANTS_MAX: usize = 20_000;

/// Who hears of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Apps of this kind.
    Kind(Kind),
    /// All apps of the account.
    Everyone,
}

/// Who asked for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    Person,
    Api,
}

impl State {
    /// Queues what is told to the apps of an account; both times are epoch milliseconds of now.
    pub(super) fn tell(&mut self, account: &str, audience: Audience, (event, body): Told, now_ms: i64) {
        let body = if self.outbox.mischief.escaped_emoji { told::with_escaped_emoji(&body) } else { body };
        let body: Arc<[u8]> = body.into_bytes().into();
        for app in self.apps.values() {
            let hears = match audience {
                Audience::Kind(kind) => app.is.kind.hears() == kind,
                Audience::Everyone => true,
            };
            let installed = app.installs.get(account).is_some_and(|users| !users.is_empty());
            if let Some(to) = app.subscription.as_ref().filter(|_| hears && installed) {
                self.outbox.queue(to, (&event, &body), now_ms);
            }
        }
        if let Some(old) = self.old_apps.get(account) {
            self.outbox.queue(&old.subscription, (&event, &body), now_ms);
        }
    }

    pub(super) fn add_account(&mut self, name: &str) -> String {
        let id = self.dice.letters(22);
        self.accounts.insert(id.clone(), Account { id: id.clone(), name: name.to_owned(), users: Vec::new() });
        id
    }

    pub(super) fn add_user(&mut self, account: &str, is: NewUser, now_ms: i64) -> String {
        let id = self.dice.letters(22);
        self.user_by_email.insert(is.email.to_lowercase(), id.clone());
        if let Some(account) = self.accounts.get_mut(account) {
            account.users.push(id.clone());
        }
        let (created_ms, events) = (now_ms, Vec::new());
        let account = account.to_owned();
        let user = User { id: id.clone(), account, is, standing: Standing::Active, created_ms, events };
        self.users.insert(id.clone(), user);
        id
    }

    pub(super) fn add_app(&mut self, is: NewApp) {
        let app = App { is, own_account: None, subscription: None, installs: BTreeMap::new(), validated: None };
        self.apps.insert(app.is.client_id.clone(), app);
    }

    pub(super) fn set_webhook_url(&mut self, client_id: &str, url: &str) {
        if let Some(app) = self.apps.get_mut(client_id) {
            let (client_id, secret_token) = (client_id.to_owned(), app.is.secret_token.clone());
            app.subscription =
                Some(Arc::new(Subscription { client_id, secret_token, url: url.to_owned(), authorization: None }));
        }
    }

    /// A plan for a new event, as a person would enter it.
    pub(super) fn plan(&mut self, new: NewEvent) -> Plan {
        Plan {
            topic: new.topic,
            agenda: new.agenda,
            start_ms: new.start_ms,
            duration_min: new.duration_min,
            timezone: new.timezone,
            approval: new.approval,
            questions: new.questions,
            password: self.dice.letters(6),
            invitees: Vec::new(),
            occurrences: Vec::new(),
            lengths: BTreeMap::new(),
            registrants_max: None,
            required: Vec::new(),
            alternative_hosts: String::new(),
            waiting_room: false,
        }
    }

    /// Plans an event of a host (user id or e-mail); its number, or 0 for an unknown host.
    pub(super) fn create(&mut self, (kind, host): (Kind, &str), plan: Plan, asker: Asker, at: At) -> u64 {
        let Some((host, account)) = self.user(host).map(|host| (host.id.clone(), host.account.clone())) else {
            return 0;
        };
        let mut number = 80_000_000_000 + self.dice.below(9_999_999_999);
        while self.events.contains_key(&number) {
            number += 1;
        }
        let event = Event {
            number,
            kind,
            account: account.clone(),
            host: host.clone(),
            uuid: self.new_uuid(),
            plan,
            created_ms: at.ms,
            created_by_api: asker == Asker::Api,
            deleted: false,
            deleted_ms: 0,
            registrants: Vec::new(),
            registrant_by_email: HashMap::new(),
            registrant_by_id: HashMap::new(),
            panelists: Vec::new(),
            runs: Vec::new(),
        };
        if let Some(host) = self.users.get_mut(&host) {
            host.events.push(number);
            let told = told::created(&event, host, at.ms);
            self.tell(&account, Audience::Kind(kind), told, at.now_ms);
        }
        self.events.insert(number, event);
        number
    }

    /// Gives an event another plan.
    pub(super) fn update(&mut self, number: u64, plan: Plan, at: At) {
        let Some(event) = self.events.get_mut(&number) else { return };
        let old = std::mem::replace(&mut event.plan, plan);
        self.tell_of(number, at, |event, host| told::updated(event, host, &old, at.ms));
    }

    /// Deletes an event, or one occurrence (its start, epoch milliseconds).
    pub(super) fn delete(&mut self, number: u64, occurrence: Option<i64>, at: At) {
        let Some(event) = self.events.get_mut(&number) else { return };
        match occurrence {
            Some(start_ms) => event.plan.occurrences.retain(|other| *other != start_ms),
            None => (event.deleted, event.deleted_ms) = (true, at.ms),
        }
        self.tell_of(number, at, |event, host| told::deleted(event, host, occurrence, at.ms));
    }

    /// Moves one occurrence (its start, epoch milliseconds) and says how long it is; whether there was one. Its id goes with it.
    pub(super) fn move_occurrence(
        &mut self,
        number: u64,
        start_ms: i64,
        to: (Option<i64>, Option<i64>),
        at: At,
    ) -> bool {
        let Some(event) = self.events.get_mut(&number).filter(|event| !event.deleted) else { return false };
        let plan = &mut event.plan;
        let Some(place) = plan.occurrences.iter_mut().find(|other| **other == start_ms) else { return false };
        let now_ms = to.0.unwrap_or(start_ms);
        *place = now_ms;
        plan.occurrences.sort_unstable();
        let length = plan.lengths.remove(&start_ms);
        if let Some(minutes) = to.1.or(length) {
            plan.lengths.insert(now_ms, minutes);
        }
        self.tell_of(number, at, |event, host| told::occurrence_moved(event, host, (start_ms, now_ms), at.ms));
        true
    }

    /// Turns a meeting into a webinar of the same number, which is no meeting any more.
    pub(super) fn convert(&mut self, number: u64, at: At) {
        let Some(event) = self.events.get_mut(&number) else { return };
        event.kind = Kind::Webinar;
        let Some(event) = self.events.get(&number) else { return };
        let Some(host) = self.users.get(&event.host) else { return };
        let (account, told) = (event.account.clone(), told::converted(event, host, at.ms));
        self.tell(&account, Audience::Kind(Kind::Meeting), told, at.now_ms);
    }

    /// Brings a deleted event back; whether there was one.
    pub(super) fn recover(&mut self, number: u64, at: At) -> bool {
        let kept = |event: &&mut Event| event.deleted && at.ms - event.deleted_ms < KEPT_MS;
        let Some(event) = self.events.get_mut(&number).filter(kept) else { return false };
        event.deleted = false;
        self.tell_of(number, at, |event, host| told::recovered(event, host, at.ms));
        true
    }

    fn tell_of(&mut self, number: u64, at: At, told: impl FnOnce(&Event, &User) -> Told) {
        let Some(event) = self.events.get(&number) else { return };
        let Some(host) = self.users.get(&event.host) else { return };
        let (account, kind, told) = (event.account.clone(), event.kind, told(event, host));
        self.tell(&account, Audience::Kind(kind), told, at.now_ms);
    }

    /// Somebody registers; the registrant's id, the known one when the address has registered before.
    pub(super) fn register(
        &mut self,
        number: u64,
        who: NewRegistrant,
        asker: Asker,
        at: At,
    ) -> Result<String, Refused> {
        let id = self.dice.letters(22);
        let ticket = self.dice.letters(43);
        let host = self.event(number).map(|event| event.host.clone()).ok_or(Refused::NoSuchEvent)?;
        let host_email = self.users.get(&host).map(|host| host.is.email.to_lowercase());
        let event = self.events.get_mut(&number).ok_or(Refused::NoSuchEvent)?;
        let status = match event.plan.approval {
            Approval::Automatic => Status::Approved,
            Approval::Manual => Status::Pending,
            Approval::None => return Err(Refused::RegistrationOff),
        };
        let email = who.email.to_lowercase();
        if host_email.as_ref() == Some(&email) {
            return Err(Refused::Host);
        }
        if let Some(known) = event.registrant_by_email.get(&email).and_then(|place| event.registrants.get(*place)) {
            return match known.status {
                Status::Pending | Status::Approved => Ok(known.id.clone()),
                Status::Denied | Status::Cancelled => Err(Refused::DeniedBefore),
            };
        }
        let zooms_own = match event.kind {
            Kind::Meeting => MEETING_REGISTRANTS_MAX,
            Kind::Webinar => WEBINAR_REGISTRANTS_MAX,
        };
        if event.registrants.len() >= event.plan.registrants_max.unwrap_or(zooms_own) {
            return Err(Refused::Full);
        }
        let by_api = asker == Asker::Api;
        let registrant = Registrant { id: id.clone(), person: who, status, at_ms: at.ms, by_api, ticket };
        event.registrant_by_email.insert(email, event.registrants.len());
        event.registrant_by_id.insert(id.clone(), event.registrants.len());
        let told = told::registration_created(event, &registrant);
        event.registrants.push(registrant);
        let (account, kind) = (event.account.clone(), event.kind);
        self.tell(&account, Audience::Kind(kind), told, at.now_ms);
        Ok(id)
    }

    /// Approves, denies or cancels a registration; nothing is told when it stood so before.
    pub(super) fn set_status(&mut self, number: u64, id: &str, status: Status, at: At) -> Result<(), Refused> {
        if status == Status::Pending {
            return Err(Refused::NotAChange);
        }
        let event = self.events.get_mut(&number).filter(|event| !event.deleted).ok_or(Refused::NoSuchEvent)?;
        let place = *event.registrant_by_id.get(id).ok_or(Refused::NoSuchRegistrant)?;
        let registrant = event.registrants.get_mut(place).ok_or(Refused::NoSuchRegistrant)?;
        if registrant.status == status {
            return Ok(());
        }
        registrant.status = status;
        let registrant = registrant.clone();
        self.tell_of(number, at, |event, host| told::registration_changed(event, &registrant, host, at.ms));
        Ok(())
    }

    /// Makes somebody a panelist; who is one already stays.
    pub(super) fn invite(&mut self, number: u64, name: String, email: String) {
        let id = self.dice.letters(22);
        let Some(event) = self.events.get_mut(&number) else { return };
        let known = event.panelists.iter().any(|panelist| panelist.email.eq_ignore_ascii_case(&email));
        if !known {
            event.panelists.push(Panelist { id, name, email });
        }
    }

    /// A run begins; its uuid, or none when there is no such event or it is running.
    pub(super) fn start(&mut self, number: u64, practice: bool, at: At) -> Option<String> {
        let running = self.event(number).map(|event| self.open_run(event).is_some())?;
        if running {
            return None;
        }
        let uuid = self.new_uuid();
        let run = Run {
            uuid: uuid.clone(),
            number,
            started_ms: at.ms,
            ended_ms: None,
            practice,
            attendances: Vec::new(),
            questions: Vec::new(),
            polls: Vec::new(),
        };
        self.events.get_mut(&number)?.runs.push(uuid.clone());
        self.tell_of(number, at, |event, host| told::run(event, &run, host, at.ms));
        self.runs.insert(uuid.clone(), run);
        Some(uuid)
    }

    /// Somebody comes; none when the run is over or the registrant is not approved.
    pub(super) fn join(&mut self, uuid: &str, who: &Who, at: At) -> Option<Stay> {
        let participant_uuid = self.dice.guid().to_uppercase();
        let (event, run) = self.run(uuid)?;
        if run.ended_ms.is_some() {
            return None;
        }
        let mut attendance = self.attendance(event, who)?;
        attendance.user_id = run.next_handle();
        attendance.participant_uuid = participant_uuid;
        attendance.join_ms = at.ms;
        let stay = Stay {
            user_id: attendance.user_id.clone(),
            participant_uuid: attendance.participant_uuid.clone(),
            index: run.attendances.len(),
        };
        let (account, kind) = (event.account.clone(), event.kind);
        let told = told::participant(event, run, &attendance, at.ms);
        self.runs.get_mut(uuid)?.attendances.push(attendance);
        self.tell(&account, Audience::Kind(kind), told, at.now_ms);
        Some(stay)
    }

    /// How a person is shown: without any identity unless Zoom knows it and may show it.
    fn attendance(&self, event: &Event, who: &Who) -> Option<Attendance> {
        let (name, email, zoom_user, registrant_id) = match who {
            Who::Host => {
                let host = self.users.get(&event.host)?;
                // Seen live: a webinar's host carries the own id here, a meeting's host no such key.
                let registrant_id = (event.kind == Kind::Webinar).then(|| host.id.clone());
                (host.name(), host.is.email.clone(), host.id.clone(), registrant_id)
            }
            Who::Registrant(id) => {
                let registrant = event.registrant(id).filter(|registrant| registrant.status == Status::Approved)?;
                let person = &registrant.person;
                let name = format!("{} {}", person.first_name, person.last_name).trim().to_owned();
                (name, person.email.clone(), String::new(), Some(registrant.id.clone()))
            }
            Who::Guest { name } => (name.clone(), String::new(), String::new(), Some(String::new())),
            Who::User(id) => {
                let user = self.user(id)?;
                // An address of another account is not shown.
                let email = if user.account == event.account { user.is.email.clone() } else { String::new() };
                (user.name(), email, user.id.clone(), Some(String::new()))
            }
            Who::Known { name, email } | Who::Panelist { name, email } => {
                (name.clone(), email.clone(), String::new(), Some(String::new()))
            }
        };
        Some(Attendance {
            user_id: String::new(),
            participant_uuid: String::new(),
            name,
            email,
            host: zoom_user == event.host,
            zoom_user,
            registrant_id,
            join_ms: 0,
            leave_ms: None,
        })
    }

    /// Somebody leaves; nothing happens when the stay is over.
    pub(super) fn leave(&mut self, uuid: &str, place: usize, at: At) {
        let Some(run) = self.runs.get_mut(uuid) else { return };
        let Some(attendance) = run.attendances.get_mut(place).filter(|one| one.leave_ms.is_none()) else { return };
        attendance.leave_ms = Some(at.ms.max(attendance.join_ms));
        let Some((event, run)) = self.run(uuid) else { return };
        let Some(attendance) = run.attendances.get(place) else { return };
        let told = told::participant(event, run, attendance, at.ms);
        let (account, kind) = (event.account.clone(), event.kind);
        self.tell(&account, Audience::Kind(kind), told, at.now_ms);
    }

    /// A run ends. Who is still there leaves with it; in every other run one of them is told of only after the end.
    pub(super) fn end(&mut self, uuid: &str, at: At) {
        let Some(run) = self.runs.get_mut(uuid).filter(|run| run.ended_ms.is_none()) else { return };
        run.ended_ms = Some(at.ms);
        let number = run.number;
        let there = run.attendances.iter().enumerate().filter(|(_, one)| one.leave_ms.is_none());
        let mut places: Vec<usize> = there.map(|(place, _)| place).collect();
        let straggler = if self.dice.chance(50) { places.pop() } else { None };
        for place in places {
            self.leave(uuid, place, at);
        }
        let ended = self.run(uuid).zip(self.events.get(&number).and_then(|event| self.users.get(&event.host)));
        if let Some(((event, run), host)) = ended {
            let (account, kind, told) = (event.account.clone(), event.kind, told::run(event, run, host, at.ms));
            self.tell(&account, Audience::Kind(kind), told, at.now_ms);
        }
        if let Some(place) = straggler {
            self.leave(uuid, place, at);
        }
    }

    /// A run's recording is ready.
    pub(super) fn record(&mut self, uuid: &str, at: At) {
        let (file, token) = (self.dice.guid(), self.dice.letters(64));
        let Some((event, run)) = self.run(uuid) else { return };
        let Some(host) = self.users.get(&event.host) else { return };
        let (account, told) = (event.account.clone(), told::recording(event, run, host, (&file, &token), at.ms));
        self.tell(&account, Audience::Everyone, told, at.now_ms);
    }

    /// A user is switched off: tokens die and `user.deactivated` is told.
    pub(super) fn deactivate(&mut self, user: &str, at: At) {
        let clients: Vec<String> = self.apps.keys().cloned().collect();
        clients.iter().for_each(|client_id| self.end_tokens(client_id, user));
        let Some(user) = self.users.get_mut(user) else { return };
        user.standing = Standing::Inactive;
        let (account, told) = (user.account.clone(), told::user(user, "deactivated", user, at.ms));
        self.tell(&account, Audience::Everyone, told, at.now_ms);
    }

    /// A user removes an app. The owner removes it for the whole account.
    pub(super) fn deauthorize(&mut self, client_id: &str, user: &str, at: At) {
        let Some((account, role)) = self.users.get(user).map(|user| (user.account.clone(), user.is.role)) else {
            return;
        };
        let Some(app) = self.apps.get_mut(client_id) else { return };
        let Some(users) = app.installs.get_mut(&account) else { return };
        let removed: Vec<String> = match role {
            Role::Owner => std::mem::take(users).into_iter().collect(),
            Role::Admin | Role::Member => users.take(user).into_iter().collect(),
        };
        let subscription = app.subscription.clone();
        removed.iter().for_each(|user| self.end_tokens(client_id, user));
        let signature = self.dice.hex(64);
        let (event, body) = told::deauthorized((&account, user), client_id, &signature, at.ms);
        if let Some(to) = subscription {
            self.outbox.queue(&to, (&event, &body.into_bytes().into()), at.now_ms);
        }
    }

    /// Asks an app's address for proof that it knows the secret token.
    pub(super) fn validate_url(&mut self, client_id: &str, now_ms: i64) {
        let plain_token = self.dice.letters(22);
        let (_, body) = told::url_validation(&plain_token, now_ms);
        if let Some(to) = self.apps.get(client_id).and_then(|app| app.subscription.clone()) {
            self.outbox.queue_challenge(&to, &plain_token, &body.into_bytes().into(), now_ms);
        }
    }
}

/// When something happens in the story, and when it is told; both epoch milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) ms: i64,
    pub(super) now_ms: i64,
}
