//! The words in which a test or a demo drives the pretend Zoom and reads what really happened in it.

use std::collections::BTreeMap;

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A meeting.
    Meeting,
    /// A webinar.
    Webinar,
}

impl Kind {
    /// As in paths, scopes and event names: `meeting` or `webinar`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Webinar => "webinar",
        }
    }
}

/// Which events an app subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKind {
    /// Meetings.
    Meetings,
    /// Webinars.
    Webinars,
}

impl AppKind {
    /// The kind of event this app hears of.
    #[must_use]
    pub fn hears(self) -> Kind {
        match self {
            Self::Meetings => Kind::Meeting,
            Self::Webinars => Kind::Webinar,
        }
    }
}

/// A user's role in the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns the account.
    Owner,
    /// Administers it.
    Admin,
    /// Neither: may not install an app for the account.
    Member,
}

impl Role {
    /// As `users/me` names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Member => "Member",
        }
    }
}

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Unique in the whole pretend Zoom.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Role in the account.
    pub role: Role,
    /// Licensed (type 2) or basic (type 1).
    pub licensed: bool,
    /// Seats of the webinar licence; none without one.
    pub webinar_capacity: Option<i64>,
}

/// An app of the marketplace: admin-managed, with one webhook address.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// What it hears of.
    pub kind: AppKind,
    /// Shown on the consent page.
    pub name: String,
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Signs its webhooks.
    pub secret_token: String,
    /// The exact addresses a sign-in may return to.
    pub redirect_uris: Vec<String>,
    /// What its tokens may do.
    pub scopes: Vec<String>,
}

/// Who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Whoever registers is approved (0).
    Automatic,
    /// The host approves (1).
    Manual,
    /// There is no registration (2).
    None,
}

impl Approval {
    /// Zoom's `approval_type`.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Automatic => 0,
            Self::Manual => 1,
            Self::None => 2,
        }
    }
}

/// A meeting or webinar to be planned.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Topic.
    pub topic: String,
    /// Planned start, epoch milliseconds.
    pub start_ms: i64,
    /// Planned length, minutes.
    pub duration_min: i64,
    /// IANA name.
    pub timezone: String,
    /// Registration.
    pub approval: Approval,
    /// Titles of the form's own questions.
    pub questions: Vec<String>,
    /// Description.
    pub agenda: String,
}

/// Somebody who registers.
#[derive(Debug, Clone, Default)]
pub struct NewRegistrant {
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Zoom's own fields (`phone`, `org`, `city`, …) and their values.
    pub answers: BTreeMap<String, String>,
    /// Titles of the form's own questions and the answers.
    pub custom_questions: Vec<(String, String)>,
    /// Name of the tracking source (webinars).
    pub tracking_source: Option<String>,
    /// The occurrence of a series it is for, its start in epoch milliseconds; none for all of them.
    pub occurrence: Option<i64>,
}

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits for the host.
    Pending,
    /// May come.
    Approved,
    /// Refused by the host.
    Denied,
    /// Taken back; Zoom lists it under `denied`.
    Cancelled,
}

impl Status {
    /// As Zoom's lists name it.
    #[must_use]
    pub fn listed(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied | Self::Cancelled => "denied",
        }
    }
}

/// Who joins a run.
#[derive(Debug, Clone)]
pub enum Who {
    /// The host.
    Host,
    /// A registrant, by registrant id.
    Registrant(String),
    /// Somebody without any identity.
    Guest {
        /// As typed.
        name: String,
    },
    /// A signed-in user, by user id.
    User(String),
    /// Somebody whose e-mail Zoom shows although not registered.
    Known {
        /// Name.
        name: String,
        /// E-mail address.
        email: String,
    },
    /// A webinar's panelist; looks like anybody whose e-mail is shown.
    Panelist {
        /// Name.
        name: String,
        /// E-mail address.
        email: String,
    },
}

/// One device's stay in a run, as handed out by a join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Zoom's handle in this run, digits.
    pub user_id: String,
    /// Zoom's id of the stay.
    pub participant_uuid: String,
    pub(super) index: usize,
}

/// Why the pretend Zoom refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such meeting or webinar.
    #[error("no such meeting or webinar")]
    NoSuchEvent,
    /// It has no registration.
    #[error("registration has not been enabled")]
    RegistrationOff,
    /// No such registrant.
    #[error("no such registrant")]
    NoSuchRegistrant,
    /// All seats are taken.
    #[error("capacity reached")]
    Full,
    /// The host cannot register.
    #[error("the host cannot register")]
    Host,
    /// Was denied or cancelled; only an approval brings this registrant back.
    #[error("denied or cancelled before")]
    DeniedBefore,
    /// A registration cannot go back to pending.
    #[error("cannot go back to pending")]
    NotAChange,
}

/// Chances of trouble on the way of webhooks, each in so many of a hundred cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mischief {
    /// Delivered twice: same bytes, same request id.
    pub doubled_per_100: u64,
    /// What is due within the same ten seconds comes in any order.
    pub shuffled: bool,
    /// The first try gets lost on the way and is repeated.
    pub late_per_100: u64,
    /// The first try arrives but its answer gets lost, so it is repeated.
    pub unheard_per_100: u64,
    /// Never sent at all.
    pub dropped_per_100: u64,
    /// Every event is sent by a second subscription as well: same bytes, another request id.
    pub double_subscription: bool,
    /// Characters beyond the basic plane are written as `\u` escapes beside raw UTF-8.
    pub escaped_emoji: bool,
}

/// How the pretend Zoom refuses a webinar call for a host without a webinar licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LicenceRefusal {
    /// HTTP 400.
    #[default]
    Status400,
    /// HTTP 200 with the same body.
    Status200,
}

/// A webhook to be sent now.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// To be named in the report.
    pub id: u64,
    /// Where it goes.
    pub url: String,
    /// Whose it is.
    pub client_id: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

/// What really happened.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Meetings and webinars, by number.
    pub meetings: Vec<MeetingTold>,
    /// Registrations, by event and in order.
    pub registrations: Vec<Registered>,
    /// Runs, by event and in order.
    pub runs: Vec<RunTold>,
    /// Stays, by run and in order.
    pub stays: Vec<StayTold>,
}

/// A meeting or webinar that was planned.
#[derive(Debug, Clone)]
pub struct MeetingTold {
    /// Number.
    pub number: u64,
    /// Kind.
    pub kind: Kind,
    /// Account id.
    pub account: String,
    /// Topic.
    pub topic: String,
    /// Description.
    pub agenda: String,
    /// Host's user id.
    pub host: String,
    /// Host's e-mail.
    pub host_email: String,
    /// Planned start, epoch milliseconds.
    pub start_ms: i64,
    /// Planned length, minutes.
    pub duration_min: i64,
    /// Starts of a series, epoch milliseconds; none for a single meeting.
    pub occurrences: Vec<i64>,
    /// Who is noted as invited.
    pub invitees: Vec<String>,
    /// Addresses of users, separated by `;`.
    pub alternative_hosts: String,
    /// Whether people wait until the host lets them in.
    pub waiting_room: bool,
    /// Passcode.
    pub password: String,
    /// Whether people register.
    pub approval: Approval,
    /// Created through REST, not by the driver.
    pub created_by_api: bool,
    /// Deleted since.
    pub deleted: bool,
}

/// A registration.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Number of the event.
    pub number: u64,
    /// Kind of the event.
    pub kind: Kind,
    /// Account id.
    pub account: String,
    /// Registrant id.
    pub registrant_id: String,
    /// What was entered.
    pub person: NewRegistrant,
    /// Same as in `person`.
    pub email: String,
    /// Where it stands now.
    pub status: Status,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// Through REST, not by the driver.
    pub by_api: bool,
}

/// A run of an event.
#[derive(Debug, Clone)]
pub struct RunTold {
    /// Number of the event.
    pub number: u64,
    /// Kind of the event.
    pub kind: Kind,
    /// Account id.
    pub account: String,
    /// This run's uuid.
    pub uuid: String,
    /// Epoch milliseconds.
    pub started_ms: i64,
    /// Epoch milliseconds; none while it runs.
    pub ended_ms: Option<i64>,
    /// A webinar's rehearsal, not the show.
    pub practice: bool,
}

/// A stay in a run.
#[derive(Debug, Clone)]
pub struct StayTold {
    /// Number of the event.
    pub number: u64,
    /// Kind of the event.
    pub kind: Kind,
    /// Account id.
    pub account: String,
    /// The run's uuid.
    pub uuid: String,
    /// Shown name.
    pub name: String,
    /// E-mail where Zoom shows one.
    pub email: Option<String>,
    /// Registrant id where there is one.
    pub registrant_id: Option<String>,
    /// Is the host's.
    pub host: bool,
    /// Is a panelist's.
    pub panelist: bool,
    /// Epoch milliseconds.
    pub join_ms: i64,
    /// Epoch milliseconds; none while it lasts.
    pub leave_ms: Option<i64>,
}
