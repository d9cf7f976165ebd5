//! The translator's rules: one notification is merged into the facts it tells of, and facts become deliveries.
//!
//! Everything here is a pure function of the notification, the facts in the [`Book`] and a version of the settings.
//! The caller loads what [`needs`] and [`follow_ups`] name, calls [`translate`], and stores the book's changes and the
//! planned deliveries in one transaction. `webinar` and `meeting` hold the rules per kind, `people` who is who,
//! `tasks` the follow-ups, `fields` the texts.

pub mod addition;
mod fields;
mod meeting;
mod people;
mod tasks;
mod webinar;

use crate::addition::{AddToWebinar, WebinarView};
use crate::fact::{Alias, Book, CreatedMeeting, Fact, Gathering, ScheduleMeeting, State, TenantKeys};
use crate::ids::{Email, Kind, LeadId, ZoomApp, ZoomUserId};
use crate::settings::Versioned;
use crate::zoom::event::{Event, Registration, Run, Unreadable, What};
use crate::{leadsquared, zoom};
use addition::{GatheredLeads, OwnRegistration};
use serde::{Deserialize, Serialize};
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
            },
        }
    }
}

/// How a planned delivery begins its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// May go out.
    Ready,
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
        Notification::Outcome(OwnOutcome::MeetingCreated { fact, created }) => {
            return vec![fact.clone(), meeting::definition(keys, &created.account, created.number.0)];
        }
        Notification::Outcome(OwnOutcome::WebinarSeen { fact, .. } | OwnOutcome::LeadsGathered { fact, .. }) => {
            return vec![fact.clone()];
        }
        Notification::Outcome(OwnOutcome::Registered(own)) => {
            return webinar::registration_needs(keys, &own.account, &own.as_told());
        }
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else { return Vec::new() };
    match &event.what {
        What::Started(run) | What::Ended(run) => {
            vec![meeting::run_alias(keys, account, run), meeting::definition(keys, account, run.number.0)]
        }
        What::Joined(run, stay) | What::Left(run, stay) => {
            let mut needs = webinar::presence_aliases(keys, account, run, stay);
            needs.extend(people::registration_look_ups(keys, account, run, stay));
            needs.extend(people::awaiting(keys, account, run, stay.registrant_id.as_deref()));
            needs.push(meeting::run_alias(keys, account, run));
            needs.push(meeting::definition(keys, account, run.number.0));
            needs.extend(stay.email.iter().map(|email| people::attendance(keys, account, &run.uuid, email)));
            needs
        }
        What::Registration(registration) => webinar::registration_needs(keys, account, registration),
        What::Definition(definition) => vec![meeting::definition(keys, account, definition.run.number.0)],
        What::Recording(recording) => vec![webinar::recording(keys, account, recording)],
        What::Deauthorized(gone) => vec![people::deauthorization(keys, *app, account, gone)],
        What::UserGone(_) | What::UrlValidation { .. } | What::Ignored(_) | What::UnknownName => Vec::new(),
    }
}

/// What must be loaded besides, once the facts of [`needs`] are there: facts by their id, and further aliases.
#[must_use]
pub fn follow_ups(keys: &TenantKeys, notification: &Notification, book: &Book) -> (Vec<Alias>, Vec<Alias>) {
    if let Some((account, registration)) = registration_in(notification) {
        return (webinar::waiting_for(keys, account, &registration, book), Vec::new());
    }
    let event = match notification {
        Notification::Zoom(_, event) => event,
        Notification::Outcome(OwnOutcome::MeetingCreated { created, .. }) => {
            return (Vec::new(), meeting::earlier_runs(keys, book, created));
        }
        Notification::Outcome(OwnOutcome::LeadsGathered { fact, gathered }) => {
            return (Vec::new(), addition::of_gathered(keys, book, fact, gathered));
        }
        Notification::Wish(..) | Notification::Outcome(OwnOutcome::WebinarSeen { .. } | OwnOutcome::Registered(_)) => {
            return (Vec::new(), Vec::new());
        }
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else {
        return (Vec::new(), Vec::new());
    };
    match &event.what {
        What::Joined(run, stay) | What::Left(run, stay) => {
            let known = match book.find(&webinar::presence_aliases(keys, account, run, stay)).map(|fact| &fact.state) {
                Some(State::Presence(known)) => known.email.clone(),
                _ => None,
            };
            let told = people::email_of(keys, account, run, stay, book);
            let emails = known.into_iter().chain(told);
            (Vec::new(), emails.map(|email| people::attendance(keys, account, &run.uuid, &email)).collect())
        }
        What::Started(_)
        | What::Ended(_)
        | What::Registration(_)
        | What::Definition(_)
        | What::Recording(_)
        | What::Deauthorized(_)
        | What::UserGone(_)
        | What::UrlValidation { .. }
        | What::Ignored(_)
        | What::UnknownName => (Vec::new(), Vec::new()),
    }
}

/// The aliases that stays freed by a registration touch: their attendances and runs; the second round of
/// [`follow_ups`], when the stays themselves are loaded.
#[must_use]
pub fn freed(keys: &TenantKeys, notification: &Notification, presences: &[Alias], book: &Book) -> Vec<Alias> {
    let Some((account, registration)) = registration_in(notification) else { return Vec::new() };
    let mut aliases = Vec::new();
    for id in presences {
        if let Some(State::Presence(presence)) = book.find(std::slice::from_ref(id)).map(|fact| &fact.state) {
            aliases.push(people::attendance(keys, account, &presence.uuid, &registration.email));
            aliases.push(keys.alias("run", &[account, presence.gathering.kind.as_str(), &presence.uuid]));
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
        if let Some(id) = &told.registrant_id {
            emails.entry((account, told.run.number.0, id.clone())).or_default().push(told.email.clone());
        }
    }
    let mut aliases = Vec::new();
    for (account, what) in notifications.iter().filter_map(told_by_zoom) {
        if let What::Joined(run, stay) | What::Left(run, stay) = what {
            let id = stay.registrant_id.clone().unwrap_or_default();
            for email in emails.get(&(account, run.number.0, id)).into_iter().flatten() {
                aliases.push(people::attendance(keys, account, &run.uuid, email));
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
            OwnOutcome::MeetingCreated { .. } | OwnOutcome::WebinarSeen { .. } | OwnOutcome::LeadsGathered { .. },
        ) => None,
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
    };
    let Some(account) = event.account.as_ref().map(|account| account.0.as_str()) else {
        return Translated::ignored("ignored.not_needed");
    };
    if event_kind(&event.what).is_some_and(|kind| kind != app.kind()) {
        return Translated::ignored("ignored.other_app");
    }
    match &event.what {
        What::Started(run) => meeting::run_started(context, book, account, run),
        What::Ended(run) => meeting::run_ended(context, book, account, run),
        What::Joined(run, stay) | What::Left(run, stay) => webinar::presence(context, book, account, run, stay),
        What::Registration(registration) => {
            webinar::registration(context, book, account, registration, event.event_ts_ms)
        }
        What::Definition(definition) => meeting::defined(context, book, account, definition, event.event_ts_ms),
        What::Recording(recording) => webinar::recorded(context, book, account, recording),
        What::Deauthorized(gone) => people::deauthorized(context, book, (app, account), gone, event.event_ts_ms),
        What::UserGone(_) | What::UrlValidation { .. } | What::Ignored(_) => Translated::ignored("ignored.not_needed"),
        What::UnknownName => Translated::ignored("ignored.unknown_event"),
    }
}

/// The kind an event is of; `None` for those that belong to no kind. Recordings come to either app and are taken by
/// the one whose kind they are of.
fn event_kind(what: &What) -> Option<Kind> {
    match what {
        What::Started(run) | What::Ended(run) | What::Joined(run, _) | What::Left(run, _) => Some(run.kind),
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
    }
}

#[cfg(test)]
mod tests;
