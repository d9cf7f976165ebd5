//! What the pretend Zoom knows: accounts, users, apps, events, runs. Plain data and how to find it; changes are in
//! `change`.

use super::grouped::Group;
use super::limits::Limits;
use super::oauth::Tokens;
use super::old_app::OldApp;
use super::outbox::{Outbox, Subscription};
use super::paging::Pages;
use super::words::{Approval, Kind, LicenceRefusal, NewApp, NewRegistrant, NewUser, Status};
use crate::dice::Dice;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// First of the handles that Zoom gives to the stays of a run, and the step between two of them.
const STAY_HANDLE_FIRST: usize = 16_778_240;
const STAY_HANDLE_STEP: usize = 1024;

#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) users: Vec<String>,
}

/// Whether a user may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    Inactive,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) is: NewUser,
    pub(super) standing: Standing,
    pub(super) created_ms: i64,
    pub(super) events: Vec<u64>,
}

impl User {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.is.first_name, self.is.last_name).trim().to_owned()
    }

    /// 2 licensed, 1 basic.
    pub(super) fn type_number(&self) -> i64 {
        if self.is.licensed { 2 } else { 1 }
    }
}

#[derive(Debug)]
pub(super) struct App {
    pub(super) is: NewApp,
    /// The one account that a server-to-server app is internal to; none for an app that people sign in with.
    pub(super) own_account: Option<String>,
    pub(super) subscription: Option<Arc<Subscription>>,
    /// Who consented, by account.
    pub(super) installs: BTreeMap<String, BTreeSet<String>>,
    /// Whether the last validation of the address was answered rightly.
    pub(super) validated: Option<bool>,
}

#[derive(Debug, Clone)]
pub(super) struct Registrant {
    pub(super) id: String,
    pub(super) person: NewRegistrant,
    pub(super) status: Status,
    pub(super) at_ms: i64,
    pub(super) by_api: bool,
    /// Part of the personal join address.
    pub(super) ticket: String,
}

#[derive(Debug, Clone)]
pub(super) struct Panelist {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
}

/// A meeting or a webinar.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) number: u64,
    pub(super) kind: Kind,
    pub(super) account: String,
    pub(super) host: String,
    /// The plan's own uuid; every run has another.
    pub(super) uuid: String,
    pub(super) plan: Plan,
    pub(super) created_ms: i64,
    pub(super) created_by_api: bool,
    pub(super) deleted: bool,
    /// When it was deleted last, epoch milliseconds.
    pub(super) deleted_ms: i64,
    pub(super) registrants: Vec<Registrant>,
    pub(super) registrant_by_email: HashMap<String, usize>,
    pub(super) registrant_by_id: HashMap<String, usize>,
    pub(super) panelists: Vec<Panelist>,
    pub(super) runs: Vec<String>,
}

/// What can be changed about an event.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) topic: String,
    pub(super) agenda: String,
    pub(super) start_ms: i64,
    pub(super) duration_min: i64,
    pub(super) timezone: String,
    pub(super) approval: Approval,
    pub(super) questions: Vec<String>,
    pub(super) password: String,
    pub(super) invitees: Vec<String>,
    /// Starts of a series' occurrences, epoch milliseconds; none when it is not a series.
    pub(super) occurrences: Vec<i64>,
    /// The lengths in minutes of occurrences that differ, by their start.
    pub(super) lengths: BTreeMap<i64, i64>,
    /// Most registrants; none for Zoom's own limit.
    pub(super) registrants_max: Option<usize>,
    /// Those of the questions that have to be answered.
    pub(super) required: Vec<String>,
    /// Addresses of users, separated by `;`.
    pub(super) alternative_hosts: String,
    pub(super) waiting_room: bool,
}

impl Event {
    /// 2 and 8 for meetings, 5 and 9 for webinars.
    pub(super) fn type_number(&self) -> i64 {
        match (self.kind, self.plan.occurrences.is_empty()) {
            (Kind::Meeting, true) => 2,
            (Kind::Meeting, false) => 8,
            (Kind::Webinar, true) => 5,
            (Kind::Webinar, false) => 9,
        }
    }

    pub(super) fn registrant(&self, id: &str) -> Option<&Registrant> {
        self.registrants.get(*self.registrant_by_id.get(id)?)
    }

    /// The address for everybody.
    pub(super) fn join_url(&self) -> String {
        let letter = match self.kind {
            Kind::Meeting => 'j',
            Kind::Webinar => 'w',
        };
        format!("https://us02web.zoom.us/{letter}/{}?pwd={}", self.number, self.plan.password)
    }

    /// A registrant's own address; none until approved.
    pub(super) fn personal_url(&self, registrant: &Registrant) -> Option<String> {
        match registrant.status {
            Status::Approved => {
                let letter = if self.kind == Kind::Meeting { 'j' } else { 'w' };
                Some(format!("https://us02web.zoom.us/{letter}/{}?tk={}", self.number, registrant.ticket))
            }
            Status::Pending | Status::Denied | Status::Cancelled => None,
        }
    }

    /// Where people register; none without registration.
    pub(super) fn registration_url(&self) -> Option<String> {
        match self.plan.approval {
            Approval::Automatic | Approval::Manual => {
                let key = data_encoding::BASE64URL_NOPAD.encode(self.uuid.as_bytes());
                Some(format!("https://us02web.zoom.us/{}/register/{key}", self.kind.as_str()))
            }
            Approval::None => None,
        }
    }
}

/// One device in a run.
#[derive(Debug)]
pub(super) struct Attendance {
    pub(super) user_id: String,
    pub(super) participant_uuid: String,
    pub(super) name: String,
    /// Empty where Zoom hides it.
    pub(super) email: String,
    /// Of a signed-in Zoom user; else empty.
    pub(super) zoom_user: String,
    /// None where Zoom leaves the key out.
    pub(super) registrant_id: Option<String>,
    pub(super) host: bool,
    pub(super) join_ms: i64,
    pub(super) leave_ms: Option<i64>,
}

/// One time an event took place.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) uuid: String,
    pub(super) number: u64,
    pub(super) started_ms: i64,
    pub(super) ended_ms: Option<i64>,
    /// A webinar's rehearsal, not the show.
    pub(super) practice: bool,
    pub(super) attendances: Vec<Attendance>,
    pub(super) questions: Vec<Said>,
    pub(super) polls: Vec<Said>,
}

/// What somebody asked or answered in a run.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) name: String,
    /// Empty for somebody who is not named.
    pub(super) email: String,
    pub(super) question: String,
    pub(super) answer: String,
}

impl Run {
    /// The next stay's handle.
    pub(super) fn next_handle(&self) -> String {
        (STAY_HANDLE_FIRST + STAY_HANDLE_STEP * self.attendances.len()).to_string()
    }
}

/// What a test may set.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) access_life_s: i64,
    pub(super) report_delay_ms: i64,
    pub(super) page_token_life_ms: i64,
    pub(super) licence_refusal: LicenceRefusal,
    pub(super) api_url: String,
    /// Scopes that no token has, whatever its app declares.
    pub(super) withheld: BTreeSet<String>,
}

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    pub(super) dice: Dice,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) users: HashMap<String, User>,
    pub(super) user_by_email: HashMap<String, String>,
    pub(super) apps: BTreeMap<String, App>,
    /// Old JWT apps, by account.
    pub(super) old_apps: BTreeMap<String, OldApp>,
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) groups: Vec<Group>,
    /// Tracking fields and their values, by the number of what has them.
    pub(super) tracking: BTreeMap<u64, Vec<(String, String)>>,
    pub(super) runs: HashMap<String, Run>,
    pub(super) outbox: Outbox,
    pub(super) tokens: Tokens,
    pub(super) limits: Limits,
    pub(super) pages: Pages,
    pub(super) settings: Settings,
}

impl State {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let outbox = Outbox::new(dice.number());
        Self {
            dice,
            accounts: BTreeMap::new(),
            users: HashMap::new(),
            user_by_email: HashMap::new(),
            apps: BTreeMap::new(),
            old_apps: BTreeMap::new(),
            events: BTreeMap::new(),
            groups: Vec::new(),
            tracking: BTreeMap::new(),
            runs: HashMap::new(),
            outbox,
            tokens: Tokens::default(),
            limits: Limits::default(),
            pages: Pages::default(),
            settings: Settings {
                access_life_s: 3599,
                report_delay_ms: 0,
                page_token_life_ms: 15 * 60 * 1000,
                licence_refusal: LicenceRefusal::default(),
                api_url: "https://api.zoom.us".to_owned(),
                withheld: BTreeSet::new(),
            },
        }
    }

    /// A user by id or e-mail, of any account.
    pub(super) fn user(&self, id_or_email: &str) -> Option<&User> {
        let by_email = || self.users.get(self.user_by_email.get(&id_or_email.to_lowercase())?);
        self.users.get(id_or_email).or_else(by_email)
    }

    /// An event that was not deleted.
    pub(super) fn event(&self, number: u64) -> Option<&Event> {
        self.events.get(&number).filter(|event| !event.deleted)
    }

    /// A run of an event and the event.
    pub(super) fn run(&self, uuid: &str) -> Option<(&Event, &Run)> {
        let run = self.runs.get(uuid)?;
        Some((self.events.get(&run.number)?, run))
    }

    /// The run that goes on now.
    pub(super) fn open_run(&self, event: &Event) -> Option<&Run> {
        let last = self.runs.get(event.runs.last()?)?;
        Some(last).filter(|run| run.ended_ms.is_none())
    }

    /// A uuid as Zoom makes them; two of five must be encoded twice in a path.
    pub(super) fn new_uuid(&mut self) -> String {
        let bytes: Vec<u8> =
            [self.dice.number(), self.dice.number()].iter().flat_map(|half| half.to_be_bytes()).collect();
        let mut uuid = data_encoding::BASE64.encode(&bytes);
        match self.dice.below(5) {
            0 => uuid.replace_range(0..1, "/"),
            1 => uuid.replace_range(8..10, "//"),
            _ => {}
        }
        uuid
    }
}

/// `yyyy-MM-ddTHH:mm:ssZ`.
pub(super) fn utc(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
