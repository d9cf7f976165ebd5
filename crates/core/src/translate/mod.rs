//! The translator's rules: one notification is merged into the facts it tells of, and facts become deliveries.
//!
//! Everything here is a pure function of the notification, the facts in the [`Book`] and a version of the settings.
//! The caller loads what [`look_up`] names, calls [`translate`], and stores the book's changes and the
//! planned deliveries in one transaction. `registration`, `listed`, `missed`, `webinar`, `schedule` and `meeting` hold the rules per kind, `stay`, `attendance` and
//! `after` who was there, `people` who is who, `answers` what a form's answers become, `occasion` what the tenant's rules may ask,
//! `tasks` and `custom` what they bring, `fields` the texts, `origin` which Zoom account a line of the journal tells of.

pub mod addition;
mod after;
mod answers;
pub mod appointed;
pub mod attendance;
mod custom;
mod fields;
pub mod handles;
mod kind;
mod listed;
pub mod look_up;
pub mod meeting;
mod missed;
pub mod occasion;
pub mod origin;
pub mod people;
mod registration;
pub mod schedule;
mod stay;
pub mod stranger;
mod tasks;
pub mod trial;
mod webinar;

use crate::addition::{AddToWebinar, WebinarView};
use crate::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use crate::fact::trial::{RemoveWebinar, TryWebinar};
use crate::fact::{Alias, Book, Fact, Gathering, State, TenantKeys};
use crate::ids::{Kind, LeadId, MeetingNumber, ZoomApp, ZoomUserId};
use crate::settings::Versioned;
use crate::zoom::after::RunRead;
use crate::zoom::event::{Event, Retention, Run, Unreadable, What};
use crate::zoom::history::{HistoryRead, MeetingFound};
use crate::zoom::listed::{FetchRegistrants, RegistrantsRead};
use crate::{leadsquared, zoom};
use addition::{GatheredLeads, OwnRegistration};
use after::Moment;
use serde::{Deserialize, Serialize};
use stay::Telling;

/// Where a notification came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A webhook of one of the two Zoom apps.
    Zoom(ZoomApp),
    /// A webhook of the account's old JWT app.
    Legacy,
    /// A wish of a sales user, from the console or the API.
    Wish,
    /// What a remote system answered to one of our own commands.
    Outcome,
}

impl Source {
    /// As stored: `zoom:meetings`, `zoom:webinars`, `zoom:legacy`, `wish`, `outcome`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zoom(ZoomApp::Meetings) => "zoom:meetings",
            Self::Zoom(ZoomApp::Webinars) => "zoom:webinars",
            Self::Legacy => "zoom:legacy",
            Self::Wish => "wish",
            Self::Outcome => "outcome",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Zoom(ZoomApp::Meetings), Self::Zoom(ZoomApp::Webinars), Self::Legacy, Self::Wish, Self::Outcome]
            .into_iter()
            .find(|source| source.as_str() == text)
    }
}

/// A wish of a sales user, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// Schedule a meeting.
    ScheduleMeeting(Box<ScheduleMeeting>),
    /// Say who somebody is whom Zoom does not name.
    Decide(stranger::Decide),
    /// Add leads to a webinar.
    AddToWebinar(AddToWebinar),
    /// Fetch from Zoom what no webhook told.
    FetchRegistrants(FetchRegistrants),
    /// Move, rename or cancel a meeting that was scheduled from here.
    ChangeMeeting(meeting::agree::ChangePlan),
    /// LeadSquared says that a task changed.
    TaskTold(meeting::agree::TaskTold),
    /// Make the test webinar of a migration.
    TryWebinar(TryWebinar),
    /// Delete the test webinar of a migration.
    RemoveWebinar(RemoveWebinar),
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
    /// Zoom made the test webinar of a migration.
    WebinarCreated {
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
    /// Zoom said which webinars are planned.
    WebinarsListed {
        /// The fact of the wish.
        fact: Alias,
        /// Their numbers, each once.
        webinars: Vec<MeetingNumber>,
    },
    /// A page of a webinar's registrants was read.
    RegistrantsRead(RegistrantsRead),
    /// A page of what was held while nobody listened was read.
    HistoryRead(HistoryRead),
    /// A meeting that was made from LeadSquared was read once more.
    MeetingFound(MeetingFound),
    /// A change of a meeting or of its appointment arrived.
    ChangeArrived(meeting::agree::Arrived),
    /// LeadSquared made an appointment.
    AppointmentMade(meeting::agree::AppointmentMade),
    /// An appointment was read.
    AppointmentSeen(meeting::agree::AppointmentSeen),
    /// A meeting that was cancelled was looked at.
    MeetingLookedAt(meeting::agree::LookedAt),
    /// The meeting of an appointment is not there.
    MeetingNotMade(appointed::NotMade),
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
        Source::Zoom(app) => Ok(Notification::Zoom(app, Box::new(happened(zoom::event::read(body)?, received_ms)))),
        Source::Legacy => {
            let (app, event) = crate::legacy::believed(happened(zoom::event::read(body)?, received_ms));
            Ok(Notification::Zoom(app, Box::new(event)))
        }
        Source::Wish => {
            serde_json::from_slice(body).map(|wish| Notification::Wish(wish, received_ms)).map_err(not_json)
        }
        Source::Outcome => serde_json::from_slice(body).map(Notification::Outcome).map_err(not_json),
    }
}

/// How far the clock of whoever tells may be ahead of ours, in milliseconds.
const AHEAD_MS_MAX: i64 = 5 * 60 * 1000;

/// An event that says it happens later than it was told would overrule everything until then.
fn happened(mut event: Event, received_ms: i64) -> Event {
    event.event_ts_ms = event.event_ts_ms.min(received_ms.saturating_add(AHEAD_MS_MAX));
    event
}

/// What a translation works with besides the book.
pub struct Context<'a> {
    /// The tenant's keys.
    pub keys: &'a TenantKeys,
    /// The settings and their version.
    pub settings: &'a Versioned,
    /// Domains of those who signed in with Zoom for meetings, in small letters: colleagues, and no guests.
    pub own_domains: &'a [String],
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

/// How a planned delivery begins its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// May go out.
    Ready,
    /// May go out at that time, epoch milliseconds. A read that is planned anew for an earlier time is due then.
    NotBefore(i64),
    /// May go out; where Zoom refused it and it waits for a person, the person mended it: what is wanted now takes its place.
    Mended,
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
        /// Whether what is kept of the account may be kept.
        retention: Retention,
    },
    /// Something is with a user of the Zoom account: the sign-in, if it is that user's, is looked at soon.
    LookAtSignIn {
        /// The app.
        app: ZoomApp,
        /// The Zoom user.
        user: ZoomUserId,
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

impl Planned {
    /// A change in Zoom, or a reading of it, that is due at once and about nobody's lead: key and fact, who and what in words.
    fn in_zoom((key, fact): (String, &Alias), command: zoom::command::Command, (who, what): (String, String)) -> Self {
        let command = Command::Zoom { command };
        Self {
            key,
            fact: fact.clone(),
            command,
            person: None,
            lead: None,
            who,
            what,
            detail: None,
            start: Start::Ready,
        }
    }
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

/// Merges a notification into the book and says what follows. Calling it twice changes nothing the second time.
#[must_use]
pub fn translate(context: &Context<'_>, book: &mut Book, notification: &Notification) -> Translated {
    match notification {
        Notification::Zoom(app, event) => told(context, book, *app, event),
        Notification::Wish(wish, received_ms) => wished(context, book, wish, *received_ms),
        Notification::Outcome(outcome) => came_of(context, book, outcome),
    }
}

/// A person wishes something.
fn wished(context: &Context<'_>, book: &mut Book, wish: &Wish, received_ms: i64) -> Translated {
    match wish {
        Wish::ScheduleMeeting(wanted) => schedule::schedule(context, book, wanted, received_ms),
        Wish::Decide(decide) => stranger::decide(context, book, decide),
        Wish::AddToWebinar(wanted) => addition::add(context, book, wanted, received_ms),
        Wish::FetchRegistrants(wish) => listed::fetch(context, book, wish, received_ms),
        Wish::ChangeMeeting(wanted) => meeting::agree::asked(context, book, wanted, received_ms),
        Wish::TaskTold(told) => meeting::agree::noticed(context, book, told),
        Wish::TryWebinar(wanted) => trial::wanted(context, book, wanted, received_ms),
        Wish::RemoveWebinar(told) => trial::over(context, book, told),
    }
}

/// A call of ours came to something.
fn came_of(context: &Context<'_>, book: &mut Book, outcome: &OwnOutcome) -> Translated {
    match outcome {
        OwnOutcome::MeetingCreated { fact, created } => schedule::created(context, book, fact, created),
        OwnOutcome::WebinarSeen { fact, webinar } => addition::seen(context, book, fact, webinar),
        OwnOutcome::LeadsGathered { fact, gathered } => {
            match book.find(std::slice::from_ref(fact)).map(|fact| &fact.state) {
                Some(State::Definition(_)) => meeting::concern::addresses(context, book, fact, gathered),
                _ => addition::gathered(context, book, fact, gathered),
            }
        }
        OwnOutcome::Registered(own) => addition::registered(context, book, own),
        OwnOutcome::RunRead(read) => after::read(context, book, read),
        OwnOutcome::WebinarsListed { fact, webinars } => listed::coming(context, fact, webinars),
        OwnOutcome::RegistrantsRead(read) => listed::listed(context, book, read),
        OwnOutcome::HistoryRead(read) => missed::read(context, book, read),
        OwnOutcome::MeetingFound(told) => missed::found(context, book, told),
        OwnOutcome::WebinarCreated { fact, created } => trial::created(context, book, fact, created),
        OwnOutcome::ChangeArrived(told) => meeting::agree::arrived(context, book, told),
        OwnOutcome::AppointmentMade(told) => meeting::agree::made(context, book, told),
        OwnOutcome::AppointmentSeen(told) => meeting::agree::seen(context, book, told),
        OwnOutcome::MeetingLookedAt(told) => meeting::agree::looked_at(context, book, told),
        OwnOutcome::MeetingNotMade(told) => appointed::not_made(context, book, told),
    }
}

/// Zoom told something.
fn told(context: &Context<'_>, book: &mut Book, app: ZoomApp, event: &Event) -> Translated {
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
            let at = registration::TellingAt::Event(event.event_ts_ms);
            registration::registration(context, book, account, registration, at)
        }
        What::Definition(definition) => meeting::defined(context, book, account, definition, event.event_ts_ms),
        What::Recording(recording) => webinar::recorded(context, book, account, recording),
        What::Deauthorized(gone) => people::deauthorized(context, book, (app, account), gone, event.event_ts_ms),
        What::UserGone(user) => Translated {
            consequence: Some(Consequence::LookAtSignIn { app, user: user.clone() }),
            ..Translated::ignored("ignored.not_needed")
        },
        What::UrlValidation { .. } | What::Ignored(_) => Translated::ignored("ignored.not_needed"),
        What::UnknownName => Translated::ignored("ignored.unknown_event"),
    }
}

/// A run began or ended.
fn run_told(context: &Context<'_>, book: &mut Book, account: &str, (event, run): (&Event, &Run)) -> Translated {
    let ended = matches!(event.what, What::Ended(_));
    match (run.kind, &event.what) {
        (Kind::Meeting, What::PracticeEnded(_)) => Translated::ignored("ignored.not_needed"),
        (Kind::Meeting, _) if ended => {
            meeting::run::told(context, book, account, run, Moment::Ended(event.event_ts_ms))
        }
        (Kind::Meeting, _) => meeting::run::told(context, book, account, run, Moment::Started),
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
