//! Facts: the one thing that happened, however many notifications told of it. A fact owns aliases, keyed hashes of what
//! names it in Zoom's world; two notifications that share an alias tell of the same fact (design § 6).
//!
//! Source, app, URL, token and arrival time are never part of an alias. Merging never blanks a value.

pub mod agreed;
pub mod attendance;
mod book;
pub mod scheduling;
pub mod stranger;
pub mod suggestion;
pub mod trial;

pub use book::Book;

use crate::addition::{AddingState, AdditionState};
use crate::ids::{Email, Kind, LeadId, MeetingNumber};
use crate::zoom::event::RegistrationStatus;
use crate::zoom::listed::FetchingState;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};

/// The keys of one tenant from which aliases and markers are made.
#[derive(Clone)]
pub struct TenantKeys {
    /// For aliases, delivery keys and person keys.
    pub alias: [u8; 32],
    /// For markers.
    pub marker: [u8; 32],
}

/// A keyed hash that names a fact: 32 characters of lower-case base32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alias(pub String);

/// The version of the way aliases are made; a new way adds aliases and never replaces old ones.
const ALIAS_VERSION: u8 = 1;
const ALIAS_BYTES: usize = 20;

impl TenantKeys {
    /// The alias of `fields` under `kind`. Fields are length-prefixed, so that (`a`, `bc`) and (`ab`, `c`) differ.
    #[must_use]
    pub fn alias(&self, kind: &str, fields: &[&str]) -> Alias {
        Alias(keyed(&self.alias, kind, fields))
    }

    /// The marker of a delivery: `z` and 26 letters, the same again from a restored database.
    #[must_use]
    pub fn marker(&self, delivery_key: &str) -> String {
        let mut marker = keyed(&self.marker, "marker", &[delivery_key]);
        marker.truncate(26);
        format!("z{marker}")
    }
}

fn keyed(key: &[u8; 32], kind: &str, fields: &[&str]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(&[ALIAS_VERSION]);
    for field in std::iter::once(&kind).chain(fields) {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field.as_bytes());
    }
    let hash = mac.finalize().into_bytes();
    BASE32_NOPAD.encode(hash.get(..ALIAS_BYTES).unwrap_or_default()).to_lowercase()
}

/// One fact: named by its first alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The alias it was first found by.
    pub id: Alias,
    /// What is known.
    pub state: State,
}

/// What is known of a fact, by its kind. Stored as tagged JSON; new fields get defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum State {
    /// A run of a meeting or webinar.
    Run(RunState),
    /// A meeting or webinar as planned.
    Definition(DefinitionState),
    /// A registration.
    Registration(RegistrationState),
    /// One stay of one device.
    Presence(PresenceState),
    /// One person in one run: the union of stays.
    Attendance(AttendanceState),
    /// A meeting wanted by a sales user, and what became of it.
    Scheduling(scheduling::SchedulingState),
    /// A recording.
    Recording(RecordingState),
    /// Facts that wait for a registration to say who somebody is.
    Awaiting(AwaitingState),
    /// Somebody whom Zoom does not name.
    Stranger(stranger::StrangerState),
    /// Who somebody is, as it was decided before.
    Remembered(stranger::RememberedState),
    /// The app was removed from Zoom.
    Deauthorization {
        /// When, as Zoom wrote it.
        time: Option<String>,
    },
    /// Leads wanted in a webinar by a sales user.
    Adding(AddingState),
    /// A lead that was to be added to a webinar.
    Addition(AdditionState),
    /// Registrations that were to be fetched from Zoom.
    Fetching(FetchingState),
    /// The test webinar of a migration.
    Trial(trial::TrialState),
}

impl State {
    /// The kind as stored beside the state.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Definition(_) => "definition",
            Self::Registration(_) => "registration",
            Self::Presence(_) => "presence",
            Self::Attendance(_) => "attendance",
            Self::Scheduling(_) => "scheduling",
            Self::Recording(_) => "recording",
            Self::Awaiting(_) => "awaiting",
            Self::Stranger(stranger) if stranger.waits() => "stranger",
            Self::Stranger(_) => "stranger_known",
            Self::Remembered(_) => "remembered",
            Self::Deauthorization { .. } => "deauthorization",
            Self::Adding(_) => "adding",
            Self::Addition(_) => "addition",
            Self::Fetching(_) => "fetching",
            Self::Trial(_) => "trial",
        }
    }

    /// The fact that this is a part of, where all its parts are needed at once: the run of an attendance, the webinar of a
    /// registration. Stored beside the state.
    #[must_use]
    pub fn part_of(&self) -> Option<&Alias> {
        match self {
            Self::Attendance(attendance) => attendance.run.id.as_ref(),
            Self::Registration(registration) => registration.series.as_ref(),
            Self::Run(_)
            | Self::Definition(_)
            | Self::Presence(_)
            | Self::Scheduling(_)
            | Self::Recording(_)
            | Self::Awaiting(_)
            | Self::Stranger(_)
            | Self::Remembered(_)
            | Self::Adding(_)
            | Self::Addition(_)
            | Self::Fetching(_)
            | Self::Trial(_)
            | Self::Deauthorization { .. } => None,
        }
    }

    /// Where it stands among the parts of its whole, as they are listed, epoch milliseconds: who was in a run by when they came, and the
    /// others last; registrations by when they were made.
    #[must_use]
    pub fn listed_ms(&self) -> i64 {
        match self {
            Self::Attendance(attendance) => attendance.came_ms().unwrap_or(i64::MAX),
            Self::Registration(registration) => registration.registered_ms,
            Self::Run(_)
            | Self::Definition(_)
            | Self::Presence(_)
            | Self::Scheduling(_)
            | Self::Recording(_)
            | Self::Awaiting(_)
            | Self::Stranger(_)
            | Self::Remembered(_)
            | Self::Adding(_)
            | Self::Addition(_)
            | Self::Fetching(_)
            | Self::Trial(_)
            | Self::Deauthorization { .. } => 0,
        }
    }
}

/// What names a run and its topic; carried by facts that need it in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// Meeting or webinar.
    pub kind: Kind,
    /// Zoom account id.
    pub account: String,
    /// The number.
    pub number: MeetingNumber,
    /// The title, if told.
    pub topic: Option<String>,
    /// Start, epoch milliseconds, if told.
    pub start_ms: Option<i64>,
    /// Scheduled minutes, if told.
    #[serde(default)]
    pub minutes: Option<i64>,
    /// The host's address, if told.
    #[serde(default)]
    pub host: Option<Email>,
}

impl Gathering {
    /// Takes what is not known from another telling of the same.
    pub fn fill(&mut self, other: &Self) {
        self.topic = self.topic.take().or_else(|| other.topic.clone());
        self.start_ms = self.start_ms.or(other.start_ms);
        self.minutes = self.minutes.or(other.minutes);
        self.host = self.host.take().or_else(|| other.host.clone());
    }
}

/// A run of a meeting or webinar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// What it is a run of.
    pub gathering: Gathering,
    /// `object.uuid`.
    pub uuid: String,
    /// Actual start.
    pub started_ms: Option<i64>,
    /// Actual end.
    pub ended_ms: Option<i64>,
    /// Meetings only: the people who came and have an address, at most [`RUN_PEOPLE_MAX`].
    #[serde(default)]
    pub people: BTreeSet<Email>,
    /// What came of it.
    #[serde(default)]
    pub show: attendance::Show,
}

/// People of one meeting run who get its start and end on their leads.
pub const RUN_PEOPLE_MAX: usize = 1_000;

/// A meeting or webinar as planned. Each change carries the time it was made; the last writer wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefinitionState {
    /// What it is.
    pub gathering: Gathering,
    /// The `event_ts` of the last change that was merged.
    pub changed_ms: i64,
    /// Scheduled minutes.
    pub duration_min: Option<i64>,
    /// IANA zone.
    pub timezone: Option<String>,
    /// The link for everybody.
    pub join_url: Option<String>,
    /// Deleted in Zoom.
    pub deleted: bool,
    /// The people it was scheduled for from LeadSquared.
    #[serde(default)]
    pub concerned: Vec<Person>,
    /// The uuids of its latest runs, at most [`RUNS_KNOWN_MAX`]: whoever turns out to be concerned later is told of them.
    #[serde(default)]
    pub runs: Vec<String>,
    /// A series' occurrences: Zoom's id, and its start in epoch milliseconds.
    #[serde(default)]
    pub occurrences: BTreeMap<String, i64>,
    /// A webinar's panelists and hosts, as its runs told.
    #[serde(default)]
    pub staff: BTreeSet<Email>,
    /// Meetings only: who was invited in Zoom.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub invited: BTreeSet<Email>,
    /// The addresses of leads that it was scheduled for by their id, by that id, as far as LeadSquared told them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub emails: BTreeMap<String, Email>,
    /// What Zoom and LeadSquared are to say of it, where it has an appointment.
    #[serde(default)]
    pub agreed: Option<Box<agreed::Agreed>>,
    /// What Zoom told of single dates and of its end, before it was known to be one of ours.
    #[serde(default, skip_serializing_if = "agreed::dates::Early::is_empty")]
    pub early: agreed::dates::Early,
}

/// Runs that a definition remembers.
pub const RUNS_KNOWN_MAX: usize = 20;

/// Somebody in LeadSquared: by address, or by the lead itself when the CRM named it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// By e-mail.
    Email(Email),
    /// By lead id.
    Lead(LeadId),
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistrationState {
    /// For what.
    pub gathering: Gathering,
    /// Who.
    pub email: Email,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// The `event_ts` of the change that set the status.
    pub status_ms: i64,
    /// When it was first told.
    pub registered_ms: i64,
    /// Nothing was ever told but that it was refused or taken back.
    #[serde(default)]
    pub only_gone: bool,
    /// The webinar it is part of: the alias of its definition.
    #[serde(default)]
    pub series: Option<Alias>,
    /// The one occurrence it is for; none when it is for all of them.
    #[serde(default)]
    pub occurrence: Option<String>,
    /// Standard answers by Zoom's field name.
    pub answers: BTreeMap<String, String>,
    /// Custom questions, title and value.
    pub custom_questions: Vec<(String, String)>,
    /// The registrant's own link.
    pub join_url: Option<String>,
    /// Where the registrant came from.
    pub tracking_source: Option<String>,
    /// When it was first approved, as far as it was told; epoch milliseconds.
    #[serde(default)]
    pub approved_ms: Option<i64>,
    /// The host of what was registered for.
    #[serde(default)]
    pub host: Host,
}

/// A host, as far as Zoom names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Host {
    /// Zoom's user id.
    pub id: Option<String>,
    /// The address; few bodies have it.
    pub email: Option<Email>,
}

/// One stay of one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresenceState {
    /// Of what.
    pub gathering: Gathering,
    /// The run.
    pub uuid: String,
    /// Link to the registration.
    pub registrant_id: Option<String>,
    /// Address, from Zoom or from the registration.
    pub email: Option<Email>,
    /// As typed.
    pub name: Option<String>,
    /// Joined.
    pub join_ms: Option<i64>,
    /// Left.
    pub leave_ms: Option<i64>,
    /// Whether this is the host.
    pub host: bool,
    /// Whether Zoom's report told its times, which beats what webhooks said.
    #[serde(default)]
    pub reported: bool,
    /// The Zoom user, when signed in.
    #[serde(default)]
    pub zoom_user: Option<String>,
    /// What people decided about who it is.
    #[serde(default)]
    pub review: stranger::Review,
}

/// One person in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttendanceState {
    /// Of what.
    pub gathering: Gathering,
    /// The run.
    pub uuid: String,
    /// Who.
    pub email: Email,
    /// Stays by their fact: from, to; each may be unknown.
    pub stays: BTreeMap<Alias, (Option<i64>, Option<i64>)>,
    /// The run as far as it is known.
    #[serde(default)]
    pub run: attendance::RunSeen,
    /// What else is known of the person in this run.
    #[serde(default)]
    pub about: attendance::About,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordingState {
    /// Of what.
    pub gathering: Gathering,
    /// The run.
    pub uuid: String,
    /// The link to share.
    pub share_url: Option<String>,
}

/// Facts that wait for a registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct AwaitingState {
    /// The stays that carry its registrant id.
    pub presences: BTreeSet<Alias>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> TenantKeys {
        TenantKeys { alias: [1; 32], marker: [2; 32] }
    }

    #[test]
    fn fields_cannot_flow_into_each_other() {
        let keys = keys();
        assert_ne!(keys.alias("k", &["a", "bc"]), keys.alias("k", &["ab", "c"]));
        assert_ne!(keys.alias("k", &["a"]), keys.alias("k", &["a", ""]));
        assert_ne!(keys.alias("ka", &[""]), keys.alias("k", &["a"]));
        assert_eq!(keys.alias("k", &["a"]).0.len(), 32);
        assert_eq!(keys.marker("d").len(), 27);
    }

    #[test]
    fn two_facts_that_prove_to_be_one_become_one() {
        let mut book = Book::default();
        let [one, two, three] = ["1", "2", "3"].map(|name| keys().alias("a", &[name]));
        book.looked_up(&[one.clone(), two.clone(), three.clone()]);
        let state = |time: &str| State::Deauthorization { time: Some(time.to_owned()) };
        book.put(std::slice::from_ref(&one), state("first"));
        book.put(&[two.clone(), three.clone()], state("second"));
        assert_eq!(book.find_all(&[one.clone(), two.clone(), three.clone()]).len(), 2);
        let (id, changed) = book.put(&[one.clone(), two.clone()], state("both")).unwrap();
        assert_eq!((&id, changed), (&one, true));
        assert_eq!(book.absorbed(), [(one.clone(), two.clone())]);
        for alias in [&one, &two, &three] {
            assert_eq!(book.find(std::slice::from_ref(alias)).unwrap().id, one);
        }
        assert_eq!(book.changes().0.len(), 1);
        assert!(book.changes().1.iter().all(|(_, fact)| *fact == one));
    }

    #[test]
    fn a_fact_is_found_by_any_of_its_aliases_and_changes_only_when_it_changes() {
        let mut book = Book::default();
        let (one, two) = (keys().alias("a", &["1"]), keys().alias("a", &["2"]));
        let state = State::Deauthorization { time: None };
        book.looked_up(&[one.clone(), two.clone()]);
        let (id, changed) = book.put(std::slice::from_ref(&one), state.clone()).unwrap();
        assert!(changed);
        let (again, changed) = book.put(&[two.clone(), one], state).unwrap();
        assert_eq!((&again, changed), (&id, false));
        assert_eq!(book.find(&[two]).unwrap().id, id);
        assert_eq!(book.changes().0.len(), 1);
        assert_eq!(book.changes().1.len(), 2);
    }
}
