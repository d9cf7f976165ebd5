//! The translator's rules: one notification is merged into the facts it tells of, and facts become deliveries.
//!
//! Everything here is a pure function of the notification, the facts in the [`Book`] and a version of the settings.
//! The caller loads what [`needs`] and [`follow_ups`] name, calls [`translate`], and stores the book's changes and the
//! planned deliveries in one transaction. `registration`, `webinar` and `meeting` hold the rules per kind, `stay`, `attendance` and
//! `after` who was there, `people` who is who, `answers` what a form's answers become, `occasion` what the tenant's rules may ask,
//! `tasks` and `custom` what they bring, `fields` the texts.

pub mod addition;
mod after;
mod answers;
pub mod attendance;
mod custom;
mod fields;
mod meeting;
pub mod occasion;
mod people;
mod registration;
mod stay;
pub mod stranger;
mod tasks;
mod webinar;

use crate::addition::{AddToWebinar, WebinarView};
use crate::fact::stranger::Is;
use crate::fact::{Alias, Book, CreatedMeeting, Fact, Gathering, ScheduleMeeting, State, TenantKeys};
use crate::ids::{Email, Kind, LeadId, ZoomApp, ZoomUserId};
use crate::settings::Versioned;
use crate::zoom::after::RunRead;
use crate::zoom::event::{Event, Registration, Run, Stay, Unreadable, What};
use crate::{leadsquared, zoom};
use addition::{GatheredLeads, OwnRegistration};
use after::Moment;
use serde::{Deserialize, Serialize};
use stay::Telling;
use std::borrow::Cow;
use std::collections::HashMap;

/// Where a notification came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A webhook of one of the two Zoom apps.
    Zoom(ZoomApp),
    /// A wish of a sales user, from the console or the API.
    Wish,
    /// What a remote system answered to one of our own commands.
    Outcome,
}

impl Source {
    /// As stored: `zoom:meetings`, `zoom:webinars`, `wish`, `outcome`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zoom(ZoomApp::Meetings) => "zoom:meetings",
            Self::Zoom(ZoomApp::Webinars) => "zoom:webinars",
            Self::Wish => "wish",
            Self::Outcome => "outcome",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Zoom(ZoomApp::Meetings), Self::Zoom(ZoomApp::Webinars), Self::Wish, Self::Outcome]
            .into_iter()
            .find(|source| source.as_str() == text)
    }
}

/// A wish of a sales user, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// Schedule a meeting.
    ScheduleMeeting(ScheduleMeeting),
    /// Add leads to a webinar.
    AddToWebinar(AddToWebinar),
    /// Say who somebody is whom Zoom does not name.
    Decide(stranger::Decide),
}

/// What became of one of our own commands, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OwnOutcome {
    /// Zoom made the meeting.
    MeetingCreated {
        /// The fact of the wish.
        fact: Alias,
        /// What was made.
        created: CreatedMeeting,
    },
    /// Zoom said what a webinar is.
    WebinarSeen {
        /// The fact of the wish.
        fact: Alias,
        /// What it is.
        webinar: WebinarView,
    },
    /// LeadSquared named leads that are to be added.
    LeadsGathered {
        /// The fact of the wish.
        fact: Alias,
        /// The leads.
        gathered: GatheredLeads,
    },
    /// Zoom registered somebody for us.
    Registered(OwnRegistration),
    /// Something was read of a webinar's run.
    RunRead(RunRead),
}

/// A notification that could be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Notification {
    /// An event of Zoom, and the app that told of it.
    Zoom(ZoomApp, Box<Event>),
    /// A wish, and when it came in (epoch milliseconds).
    Wish(Wish, i64),
    /// An outcome.
    Outcome(OwnOutcome),
}

/// Reads the bytes of a notification that came in at `received_ms`.
///
/// # Errors
/// [`Unreadable`] when genuine bytes make no sense; they are quarantined.
pub fn read(source: Source, body: &[u8], received_ms: i64) -> Result<Notification, Unreadable> {
    let not_json = |error: serde_json::Error| Unreadable::NotJson(error.to_string());
    match source {
        Source::Zoom(app) => zoom::event::read(body).map(|event| Notification::Zoom(app, Box::new(event))),
        Source::Wish => {
            serde_json::from_slice(body).map(|wish| Notification::Wish(wish, received_ms)).map_err(not_json)
        }
        Source::Outcome => serde_json::from_slice(body).map(Notification::Outcome).map_err(not_json),
    }
}

/// What a translation works with besides the book.
pub struct Context<'a> {
    /// The tenant's keys.
    pub keys: &'a TenantKeys,
    /// The settings and their version.
    pub settings: &'a Versioned,
}

/// A change wanted in one of the two systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Command {
    /// In LeadSquared.
    LeadSquared {
        /// The change.
        command: leadsquared::command::Command,
    },
    /// In Zoom.
    Zoom {
        /// The change.
        command: zoom::command::Command,
    },
}

impl Command {
    /// The lane it travels in: `leadsquared` or `zoom`.
    #[must_use]
    pub fn destination(&self) -> &'static str {
        match self {
            Self::LeadSquared { .. } => "leadsquared",
            Self::Zoom { .. } => "zoom",
        }
    }

    /// Its kind as stored in the queue's column.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LeadSquared { command } => match command {
                leadsquared::command::Command::UpsertLead(_) => "lead",
                leadsquared::command::Command::FindLead(_) => "find",
                leadsquared::command::Command::PostActivity(_) => "activity",
                leadsquared::command::Command::CreateTask(_) => "task",
                leadsquared::command::Command::CorrectActivity(_) => "correction",
                leadsquared::command::Command::Gather(_) => "gather",
            },
            Self::Zoom { command } => match command {
                zoom::command::Command::CreateMeeting(_) => "create_meeting",
                zoom::command::Command::ReadWebinar(_) => "read_webinar",
                zoom::command::Command::AddRegistrant(_) => "add_registrant",
                zoom::command::Command::ReadRun(_) => "read",
            },
        }
    }
}

/// How a planned delivery begins its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// May go out.
    Ready,
    /// May go out at that time, epoch milliseconds. A read that is planned anew for an earlier time is due then.
    NotBefore(i64),
    /// Nobody knows yet who it is about (`waiting.identity`).
    WaitsForIdentity,
    /// Left out on purpose, with the code of the reason.
    Suppressed(&'static str),
    /// Cannot go out as things are set up, with the code; a person may replay it.
    Parked(&'static str),
}

/// A delivery that follows from a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Unique per tenant and the same for the same fact: planning twice is planning once.
    pub key: String,
    /// The fact it follows from.
    pub fact: Alias,
    /// What is wanted.
    pub command: Command,
    /// The person in LeadSquared it is about, as a keyed hash; `None` while unknown or where there is none.
    pub person: Option<Alias>,
    /// The person's lead, where the CRM itself named it.
    pub lead: Option<LeadId>,
    /// The person in words, for the console: an address, a name, a lead id.
    pub who: String,
    /// What it is in words: `Zoom Webinar Joined · Quarterly results`.
    pub what: String,
    /// How it begins.
    pub start: Start,
    /// More about why it begins so, in a sentence: which rule, and what of it.
    pub detail: Option<String>,
}

/// What became of a notification (design § 4.2: each has exactly one of these in the end).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It told of a fact.
    Merged,
    /// It was left out, with the code of the reason.
    Ignored(&'static str),
}

/// A consequence outside facts and deliveries, carried out in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consequence {
    /// The app was removed in Zoom: the connection behind this user ends.
    EndConnection {
        /// The app.
        app: ZoomApp,
        /// The Zoom user whose grant is gone.
        user: ZoomUserId,
        /// When Zoom said so, epoch milliseconds: a connection that began later is another grant.
        at_ms: i64,
    },
}

/// What follows from one notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// What became of it.
    pub outcome: Outcome,
    /// The fact it told of, for the journal.
    pub fact: Option<Alias>,
    /// The deliveries that follow, those planned before included.
    pub planned: Vec<Planned>,
    /// What else follows.
    pub consequence: Option<Consequence>,
}

impl Translated {
    fn ignored(code: &'static str) -> Self {
        Self { outcome: Outcome::Ignored(code), fact: None, planned: Vec::new(), consequence: None }
    }

    fn merged(fact: Option<(Alias, bool)>, planned: Vec<Planned>) -> Self {
        match fact {
            Some((id, true)) => Self { outcome: Outcome::Merged, fact: Some(id), planned, consequence: None },
            Some((id, false)) => {
                Self { outcome: Outcome::Ignored("ignored.repeat"), fact: Some(id), planned, consequence: None }
            }
            None => Self::ignored("ignored.not_needed"),
        }
    }
}

/// The aliases that must be in the book before [`translate`] is called.
#[must_use]
pub fn needs(keys: &TenantKeys, notification: &Notification) -> Vec<Alias> {
    let (app, event) = match notification {
        Notification::Zoom(app, event) => (app, event),
        Notification::Wish(Wish::ScheduleMeeting(wanted), _) => {
            return vec![meeting::scheduling(keys, &wanted.operation)];
        }
        Notification::Wish(Wish::AddToWebinar(wanted), _) => return vec![addition::adding(keys, &wanted.operation)],
        Notification::Wish(Wish::Decide(decide), _) => return vec![decide.stranger.clone()],
        Notification::Outcome(OwnOutcome::MeetingCreated { fact, created }) => {
            return vec![fact.clone(), meeting::definition(keys, &created.account, created.number.0)];
        }
        Notification::Outcome(OwnOutcome::WebinarSeen { fact, .. } | OwnOutcome::LeadsGathered { fact, .. }) => {
            return vec![fact.clone()];
        }
        Notification::Outcome(OwnOutcome::Registered(own)) => {
            return registration::needs(keys, &own.account, &own.as_told());
        }
        Notification::Outcome(OwnOutcome::RunRead(read)) => {
            let mut needs = after::needs(keys, read);
            let run = read.as_run();
            needs.extend(read.stays().iter().flat_map(|stay| needs_of_stay(keys, &read.account, &run, stay)));
            return needs;
        }
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else { return Vec::new() };
    match &event.what {
        What::Started(run) | What::Ended(run) | What::PracticeEnded(run) => {
            vec![meeting::run_alias(keys, account, run), meeting::definition(keys, account, run.number.0)]
        }
        What::Joined(run, stay) | What::Left(run, stay) => needs_of_stay(keys, account, run, stay),
        What::Registration(registration) => registration::needs(keys, account, registration),
        What::Definition(definition) => vec![meeting::definition(keys, account, definition.run.number.0)],
        What::Recording(recording) => vec![
            webinar::recording(keys, account, recording),
            meeting::run_alias(keys, account, &recording.run),
            meeting::definition(keys, account, recording.run.number.0),
        ],
        What::Deauthorized(gone) => vec![people::deauthorization(keys, *app, account, gone)],
        What::UserGone(_) | What::UrlValidation { .. } | What::Ignored(_) | What::UnknownName => Vec::new(),
    }
}

fn needs_of_stay(keys: &TenantKeys, account: &str, run: &Run, told: &Stay) -> Vec<Alias> {
    let mut needs = stay::presence_aliases(keys, account, run, told);
    needs.extend(people::registration_look_ups(keys, account, run, told));
    needs.extend(people::awaiting(keys, account, run, told.registrant_id.as_deref()));
    needs.push(meeting::run_alias(keys, account, run));
    needs.push(meeting::definition(keys, account, run.number.0));
    needs.extend(told.email.iter().map(|email| people::attendance(keys, account, &run.uuid, email)));
    needs.extend(stranger::needs(keys, account, run, told));
    needs
}

/// Facts of which everything that is part of them must be loaded, by their id: after [`needs`], before [`follow_ups`].
#[must_use]
pub fn wholes(keys: &TenantKeys, notification: &Notification) -> Vec<Alias> {
    match notification {
        Notification::Zoom(_, event) => after::wholes(keys, event),
        Notification::Outcome(OwnOutcome::RunRead(read)) => after::wholes_of_read(keys, read),
        Notification::Outcome(_) | Notification::Wish(..) => Vec::new(),
    }
}

/// The registrations behind the attendances that are loaded: what the rules ask of the person stands there. Loaded last.
#[must_use]
pub fn registrations_behind(keys: &TenantKeys, book: &Book) -> Vec<Alias> {
    let attendances = book.all().filter_map(|fact| match &fact.state {
        State::Attendance(attendance) => Some(attendance),
        _ => None,
    });
    attendances.map(|one| people::registration_alias(keys, &one.gathering, &one.email)).collect()
}

/// What must be loaded besides, once the facts of [`needs`] are there: facts by their id, and further aliases.
#[must_use]
pub fn follow_ups(keys: &TenantKeys, notification: &Notification, book: &Book) -> (Vec<Alias>, Vec<Alias>) {
    if let Some((account, registration)) = registration_in(notification) {
        return (registration::waiting_for(keys, account, &registration, book), Vec::new());
    }
    let event = match notification {
        Notification::Zoom(_, event) => event,
        Notification::Outcome(OwnOutcome::MeetingCreated { created, .. }) => {
            return (Vec::new(), meeting::earlier_runs(keys, book, created));
        }
        Notification::Outcome(OwnOutcome::RunRead(read)) => {
            let run = read.as_run();
            let stays = read.stays();
            let mut further: Vec<Alias> =
                stays.iter().flat_map(|stay| attendances_of_stay(keys, book, (&read.account, &run), stay)).collect();
            further.extend(after::attendances_of_registered(keys, read, book));
            return (Vec::new(), further);
        }
        Notification::Outcome(OwnOutcome::LeadsGathered { fact, gathered }) => {
            return (Vec::new(), addition::of_gathered(keys, book, fact, gathered));
        }
        Notification::Wish(Wish::Decide(decide), _) => return (stranger::stays(decide, book), Vec::new()),
        Notification::Wish(Wish::ScheduleMeeting(_), _) => return (Vec::new(), Vec::new()),
        Notification::Wish(Wish::AddToWebinar(_), _)
        | Notification::Outcome(OwnOutcome::WebinarSeen { .. } | OwnOutcome::Registered(_)) => {
            return (Vec::new(), Vec::new());
        }
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else {
        return (Vec::new(), Vec::new());
    };
    match &event.what {
        What::Joined(run, stay) | What::Left(run, stay) => {
            (Vec::new(), attendances_of_stay(keys, book, (account, run), stay))
        }
        What::Started(_)
        | What::Ended(_)
        | What::Registration(_)
        | What::PracticeEnded(_)
        | What::Definition(_)
        | What::Recording(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => (Vec::new(), Vec::new()),
    }
}

/// The attendances that a stay may belong to: of the person known before, and of the one told now.
fn attendances_of_stay(keys: &TenantKeys, book: &Book, (account, run): (&str, &Run), told: &Stay) -> Vec<Alias> {
    let known = match book.find(&stay::presence_aliases(keys, account, run, told)).map(|fact| &fact.state) {
        Some(State::Presence(known)) => known.email.clone(),
        _ => None,
    };
    let remembered = match stranger::remembered(keys, book, (account, run), told) {
        Some(Is::Person(email)) => Some(email),
        Some(Is::Nobody) | None => None,
    };
    let emails = known.into_iter().chain(people::email_of(keys, account, run, told, book)).chain(remembered);
    emails.map(|email| people::attendance(keys, account, &run.uuid, &email)).collect()
}

/// The aliases that stays freed by a registration touch: their attendances and runs; the second round of
/// [`follow_ups`], when the stays themselves are loaded.
#[must_use]
pub fn freed(keys: &TenantKeys, notification: &Notification, presences: &[Alias], book: &Book) -> Vec<Alias> {
    if let Notification::Outcome(OwnOutcome::RunRead(read)) = notification {
        return after::same_beginnings(keys, read, book);
    }
    if let Notification::Wish(Wish::Decide(decide), _) = notification {
        return stranger::touched(keys, decide, book);
    }
    let Some((account, registration)) = registration_in(notification) else { return Vec::new() };
    let mut aliases = Vec::new();
    // Who registered before under another address is known by that one.
    let known = match book.find(&registration::aliases(keys, account, &registration)).map(|fact| &fact.state) {
        Some(State::Registration(known)) => Some(&known.email),
        _ => None,
    };
    for id in presences {
        if let Some(State::Presence(presence)) = book.find(std::slice::from_ref(id)).map(|fact| &fact.state) {
            let emails = known.into_iter().chain(std::iter::once(&registration.email));
            aliases.extend(emails.map(|email| people::attendance(keys, account, &presence.uuid, email)));
            aliases.push(keys.alias("run", &[account, presence.gathering.kind.as_str(), &presence.uuid]));
            aliases.extend(stranger::needs_of_known(keys, id, presence));
        }
    }
    aliases
}

/// The aliases that notifications of one batch touch only because of each other: the attendance of a stay whose
/// registration stands in the same batch.
#[must_use]
pub fn within(keys: &TenantKeys, notifications: &[Notification]) -> Vec<Alias> {
    let mut emails: HashMap<(&str, u64, String), Vec<Email>> = HashMap::new();
    for (account, told) in notifications.iter().filter_map(registration_in) {
        let id = told.registrant_id.clone().unwrap_or_default();
        emails.entry((account, told.run.number.0, id)).or_default().push(told.email.clone());
    }
    let mut aliases = Vec::new();
    let mut add = |account: &str, run: &Run, stay: &Stay| {
        let id = stay.registrant_id.clone().unwrap_or_default();
        for email in emails.get(&(account, run.number.0, id)).into_iter().flatten() {
            aliases.push(people::attendance(keys, account, &run.uuid, email));
        }
    };
    for (account, what) in notifications.iter().filter_map(told_by_zoom) {
        if let What::Joined(run, stay) | What::Left(run, stay) = what {
            add(account, run, stay);
        }
    }
    let reads = || notifications.iter().filter_map(read_of_run);
    for read in reads() {
        read.stays().iter().for_each(|stay| add(&read.account, &read.as_run(), stay));
    }
    // Where registrations stand for a list that cannot be read, those of the same batch do, too.
    for read in reads().filter(|read| after::lacks_absentees(read)) {
        for ((account, number, _), emails) in &emails {
            if (*account, *number) == (read.account.as_str(), read.number.0) {
                aliases.extend(emails.iter().map(|email| people::attendance(keys, account, &read.uuid, email)));
            }
        }
    }
    aliases
}

/// The registration that a notification tells of, whoever made it.
fn registration_in(notification: &Notification) -> Option<(&str, Cow<'_, Registration>)> {
    match notification {
        Notification::Zoom(_, event) => match (&event.account, &event.what) {
            (Some(account), What::Registration(told)) => Some((&account.0, Cow::Borrowed(told))),
            (_, _) => None,
        },
        Notification::Outcome(OwnOutcome::Registered(own)) => Some((&own.account, Cow::Owned(own.as_told()))),
        Notification::Wish(..)
        | Notification::Outcome(
            OwnOutcome::MeetingCreated { .. }
            | OwnOutcome::WebinarSeen { .. }
            | OwnOutcome::LeadsGathered { .. }
            | OwnOutcome::RunRead(_),
        ) => None,
    }
}

fn read_of_run(notification: &Notification) -> Option<&RunRead> {
    match notification {
        Notification::Outcome(OwnOutcome::RunRead(read)) => Some(read),
        Notification::Outcome(_) | Notification::Zoom(..) | Notification::Wish(..) => None,
    }
}

fn told_by_zoom(notification: &Notification) -> Option<(&str, &What)> {
    match notification {
        Notification::Zoom(_, event) => Some((event.account.as_ref()?.0.as_str(), &event.what)),
        Notification::Wish(..) | Notification::Outcome(_) => None,
    }
}

/// Merges a notification into the book and says what follows. Calling it twice changes nothing the second time.
#[must_use]
pub fn translate(context: &Context<'_>, book: &mut Book, notification: &Notification) -> Translated {
    let (app, event) = match notification {
        Notification::Zoom(app, event) => (*app, event),
        Notification::Wish(Wish::ScheduleMeeting(wanted), received_ms) => {
            return meeting::schedule(context, book, wanted, *received_ms);
        }
        Notification::Wish(Wish::Decide(decide), _) => return stranger::decide(context, book, decide),
        Notification::Outcome(OwnOutcome::MeetingCreated { fact, created }) => {
            return meeting::created(context, book, fact, created);
        }
        Notification::Wish(Wish::AddToWebinar(wanted), received_ms) => {
            return addition::add(context, book, wanted, *received_ms);
        }
        Notification::Outcome(OwnOutcome::WebinarSeen { fact, webinar }) => {
            return addition::seen(context, book, fact, webinar);
        }
        Notification::Outcome(OwnOutcome::LeadsGathered { fact, gathered }) => {
            return addition::gathered(context, book, fact, gathered);
        }
        Notification::Outcome(OwnOutcome::Registered(own)) => return addition::registered(context, book, own),
        Notification::Outcome(OwnOutcome::RunRead(read)) => return after::read(context, book, read),
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else {
        return Translated::ignored("ignored.not_needed");
    };
    if event_kind(&event.what).is_some_and(|kind| kind != app.kind()) {
        return Translated::ignored("ignored.other_app");
    }
    match &event.what {
        What::Started(run) | What::Ended(run) | What::PracticeEnded(run) => {
            run_told(context, book, account, (event, run))
        }
        What::Joined(run, stay) | What::Left(run, stay) => {
            stay::presence(context, book, (account, Telling::Webhook), run, stay)
        }
        What::Registration(registration) => {
            registration::registration(context, book, account, registration, event.event_ts_ms)
        }
        What::Definition(definition) => meeting::defined(context, book, account, definition, event.event_ts_ms),
        What::Recording(recording) => webinar::recorded(context, book, account, recording),
        What::Deauthorized(gone) => people::deauthorized(context, book, (app, account), gone, event.event_ts_ms),
        What::UserGone(_) | What::UrlValidation { .. } | What::Ignored(_) => Translated::ignored("ignored.not_needed"),
        What::UnknownName => Translated::ignored("ignored.unknown_event"),
    }
}

/// A run began or ended.
fn run_told(context: &Context<'_>, book: &mut Book, account: &str, (event, run): (&Event, &Run)) -> Translated {
    let ended = matches!(event.what, What::Ended(_));
    match (run.kind, &event.what) {
        (Kind::Meeting, What::PracticeEnded(_)) => Translated::ignored("ignored.not_needed"),
        (Kind::Meeting, _) if ended => meeting::run_ended(context, book, account, run),
        (Kind::Meeting, _) => meeting::run_started(context, book, account, run),
        (Kind::Webinar, What::PracticeEnded(_)) => {
            after::run_told(context, book, account, run, Moment::PracticeEnded(event.event_ts_ms))
        }
        (Kind::Webinar, _) if ended => after::run_told(context, book, account, run, Moment::Ended(event.event_ts_ms)),
        (Kind::Webinar, _) => after::run_told(context, book, account, run, Moment::Started),
    }
}

/// The kind an event is of; `None` for those that belong to no kind. Recordings come to either app and are taken by
/// the one whose kind they are of.
fn event_kind(what: &What) -> Option<Kind> {
    match what {
        What::Started(run)
        | What::Ended(run)
        | What::PracticeEnded(run)
        | What::Joined(run, _)
        | What::Left(run, _) => Some(run.kind),
        What::Registration(registration) => Some(registration.run.kind),
        What::Definition(definition) => Some(definition.run.kind),
        What::Recording(recording) => Some(recording.run.kind),
        What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => None,
    }
}

/// The gathering an event's run belongs to, its topic taken from the definition where the event has none.
fn gathering(account: &str, run: &Run, definition: Option<&Fact>) -> Gathering {
    let planned = match definition.map(|fact| &fact.state) {
        Some(State::Definition(state)) => Some(&state.gathering),
        _ => None,
    };
    Gathering {
        kind: run.kind,
        account: account.to_owned(),
        number: run.number,
        topic: run.topic.clone().or_else(|| planned.and_then(|planned| planned.topic.clone())),
        start_ms: run.start_ms.or_else(|| planned.and_then(|planned| planned.start_ms)),
        minutes: run.duration_min.or_else(|| planned.and_then(|planned| planned.minutes)),
        host: run.host_email.clone().or_else(|| planned.and_then(|planned| planned.host.clone())),
    }
}

#[cfg(test)]
mod tests;
