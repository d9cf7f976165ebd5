//! The pretend LeadSquared: several accounts behind one listener, told apart by their key pairs.
//!
//! The state comes first and is driven by plain calls behind one lock (`account` and the stores below it); `skin` speaks
//! LeadSquared's HTTP over it and carries out planned faults, `pages` shows an account to people. Nothing is idempotent
//! here, because nothing is in the real one: the same activity posted twice is there twice.

mod account;
mod activities;
mod activity_calls;
mod attributes;
mod call;
mod gate;
mod lead_calls;
mod leads;
mod lists;
mod operation;
mod pages;
mod refusal;
mod skin;
mod task_calls;
mod tasks;
mod when;

use crate::clock::Clock;
use crate::dice::Dice;
use crate::fault::Faults;
use account::{Account, World};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The pretend LeadSquared. Cheap to clone; clones are the same one.
#[derive(Debug, Clone)]
pub struct LeadSquared {
    world: Arc<Mutex<World>>,
    clock: Clock,
    faults: Faults,
}

/// An account to be set up.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// `OrgShortCode`; also the account's name in the pages' addresses.
    pub org: String,
    /// Name for people (`OrgDisplayName`).
    pub name: String,
    /// Access key of the one key pair.
    pub access_key: String,
    /// Secret key of the one key pair.
    pub secret_key: String,
    /// E-mail address of the user the keys belong to.
    pub user_email: String,
    /// IANA name of the account's zone.
    pub time_zone: String,
    /// How many calls are let through; none for any number.
    pub limit: Option<Limit>,
    /// How a call over the limit is refused.
    pub throttle: Throttle,
    /// Host that discovery names for the API, without scheme.
    pub api_host: String,
    /// Host that discovery names for the pages, without scheme.
    pub app_host: String,
}

/// A limit over a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls in a window; bulk calls among them unless they have their own number.
    pub calls: u32,
    /// Bulk calls in a window, counted apart.
    pub bulk_calls: Option<u32>,
    /// Length of the window in seconds.
    pub window_s: u32,
}

/// The status of a call that was refused for its limit; the body is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// 429.
    Status429,
    /// 200 with `"Status":"Error"`.
    Status200,
}

/// What is not settled about the real system, and so can be chosen for each account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// Which id of a capture's answer is the lead's.
    pub capture_id: CaptureId,
    /// How the code of a new activity type is written.
    pub type_code: TypeCode,
    /// How `Offset` of a lead's activities is read.
    pub offset: OffsetMeans,
    /// What becomes of a task's owner.
    pub owner: TaskOwner,
    /// What the dates mean by which tasks are asked for.
    pub task_dates: TaskDates,
    /// Whether a call must name the account's own API host.
    pub host: HostCheck,
}

/// Which id of a capture's answer is the lead's; the other one is of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaptureId {
    /// `Id`.
    Id,
    /// `RelatedId`.
    #[default]
    RelatedId,
}

/// How the code of a new activity type is written in `Message.Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypeCode {
    /// `"206"`.
    #[default]
    Text,
    /// `206`.
    Number,
}

/// How `Offset` of a lead's activities is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffsetMeans {
    /// So many rows are skipped.
    #[default]
    Rows,
    /// So many pages are skipped.
    Pages,
}

/// What the dates mean by which tasks are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskDates {
    /// When they were changed.
    #[default]
    OfTheChange,
    /// When they are due.
    OfTheAppointment,
}

/// What becomes of a task's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskOwner {
    /// Anybody may be named; nobody means the user of the keys.
    #[default]
    Anybody,
    /// An active user of the account has to be named.
    KnownUser,
}

/// Whether a call must name the account's own API host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostCheck {
    /// Any host will do.
    #[default]
    Any,
    /// A call for another host gets 401 with the right host in its text.
    OwnOnly,
}

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// `StatusCode` 0.
    Active,
    /// `StatusCode` 1.
    Inactive,
}

/// Everything in an account, for comparing; each list in the order of making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The leads.
    pub leads: Vec<Lead>,
    /// The activities.
    pub activities: Vec<Activity>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The custom activity types.
    pub activity_types: Vec<ActivityType>,
}

/// A lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// `ProspectID`, a GUID.
    pub id: String,
    /// What was written, by attribute; emptied attributes are absent.
    pub fields: BTreeMap<String, String>,
    /// Epoch milliseconds.
    pub created_ms: i64,
}

/// An activity on a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// A GUID.
    pub id: String,
    /// The lead's id.
    pub lead: String,
    /// Code of its type.
    pub code: i64,
    /// Name of its type.
    pub type_name: String,
    /// `ActivityNote`.
    pub note: String,
    /// `ActivityDateTime` as posted (UTC, `YYYY-MM-DD HH:MM:SS`).
    pub at: String,
    /// Values by schema name, as posted.
    pub fields: BTreeMap<String, String>,
    /// When it was posted, epoch milliseconds.
    pub created_ms: i64,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// A GUID.
    pub id: String,
    /// The lead's id, if it is about one.
    pub lead: Option<String>,
    /// The subject.
    pub name: String,
    /// The text.
    pub description: String,
    /// `DueDate` as posted (UTC); the start of an appointment.
    pub due: String,
    /// `EndDate` as posted (UTC).
    pub end: String,
    /// Name of its type.
    pub task_type: String,
    /// E-mail address of its owner.
    pub owner: String,
    /// `Location`.
    pub location: Option<String>,
    /// When it was created, epoch milliseconds.
    pub created_ms: i64,
}

/// A task as a person makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// The lead's id, if it is about one.
    pub lead: Option<String>,
    /// The subject.
    pub name: String,
    /// The text.
    pub description: String,
    /// Start and end, epoch milliseconds.
    pub span_ms: (i64, i64),
    /// Name of its type.
    pub task_type: String,
    /// E-mail address of its owner.
    pub owner: String,
}

/// A custom activity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityType {
    /// Its code (`ActivityEvent`).
    pub code: i64,
    /// Its GUID.
    pub id: String,
    /// Its name (`ActivityEventName`), unique in the account.
    pub name: String,
    /// Points that each activity adds to its lead.
    pub score: i64,
    /// Its custom fields.
    pub fields: Vec<ActivityField>,
}

/// A custom field of an activity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityField {
    /// `mx_Custom_1` to `mx_Custom_50`.
    pub schema_name: String,
    /// Name for people.
    pub display_name: String,
    /// `String`, `Number`, …
    pub data_type: String,
    /// Whether an activity without it is refused.
    pub need: Need,
}

/// A custom lead field to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeadField {
    /// `mx_` and its name.
    pub schema_name: String,
    /// `DataType`: `Text`, `Number`, `Select`, …
    pub data_type: String,
    /// `MaxLength`, in characters; a longer value is refused.
    pub chars_max: usize,
    /// The values that a `Select` takes; any where there are none.
    pub options: Vec<String>,
}

/// Whether a field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It may.
    Optional,
    /// It may not.
    Mandatory,
}

/// What was asked of an account so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls with the account's keys, refused ones among them.
    pub calls: u64,
    /// Calls refused for the limit.
    pub throttled: u64,
    /// Calls by operation, refused ones among them.
    pub by_operation: BTreeMap<String, u64>,
}

impl LeadSquared {
    /// One without accounts. The same seed gives the same ids.
    #[must_use]
    pub fn new(clock: Clock, seed: u64) -> Self {
        let world = Arc::new(Mutex::new(World::new(Dice::new(seed))));
        Self { world, clock, faults: Faults::default() }
    }

    /// What is planned to go wrong, by the operations' names as they stand in `operation`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The API under `/v2`, and pages for people at `/`.
    pub fn router(&self) -> axum::Router {
        pages::router(self).merge(skin::router(self))
    }

    /// Sets an account up; one of the same `org` is replaced.
    pub fn add_account(&self, new: NewAccount) {
        self.world().add(new);
    }

    /// Everything in the account.
    #[must_use]
    pub fn snapshot(&self, org: &str) -> Option<Snapshot> {
        self.world().account(org).map(|account| account.snapshot())
    }

    /// What was asked of the account; zeros for an unknown one.
    #[must_use]
    pub fn counters(&self, org: &str) -> Counters {
        self.world().account(org).map(|account| account.gate.counters().clone()).unwrap_or_default()
    }

    /// Changes the account's limit.
    pub fn set_limit(&self, org: &str, limit: Option<Limit>) {
        self.with(org, |account| account.gate.set_limit(limit));
    }

    /// Changes how the account behaves where the real system is not known.
    pub fn set_switches(&self, org: &str, switches: Switches) {
        self.with(org, |account| account.switches = switches);
    }

    /// Adds a user to the account, beside the one of the keys. `name` is first and last name.
    pub fn add_user(&self, org: &str, email: &str, name: (&str, &str), status: UserStatus) {
        self.with(org, |account| account.add_user(email, name, status));
    }

    /// Switches a user of the account on or off.
    pub fn set_user_status(&self, org: &str, email: &str, status: UserStatus) {
        self.with(org, |account| account.set_user_status(email, status));
    }

    /// Adds a custom lead field, as an administrator would in the settings.
    pub fn add_lead_field(&self, org: &str, schema_name: &str) {
        let field = NewLeadField {
            schema_name: schema_name.to_owned(),
            data_type: "Text".to_owned(),
            chars_max: attributes::CHARS_MAX,
            options: Vec::new(),
        };
        self.add_lead_field_of(org, field);
    }

    /// Adds a custom lead field that holds something else than any text.
    pub fn add_lead_field_of(&self, org: &str, field: NewLeadField) {
        self.with(org, |account| account.leads.add_field(field));
    }

    /// Adds a lead, as somebody in the account would, and gives its id; an empty one if the account is unknown or another
    /// lead has its e-mail address or phone.
    pub fn add_lead(&self, org: &str, fields: &[(&str, &str)]) -> String {
        let now_ms = self.clock.now_ms();
        let mut world = self.world();
        world.account(org).and_then(|account| account.put_lead(fields, now_ms).ok()).unwrap_or_default()
    }

    /// Makes a list of leads, as somebody in the account would, and gives its id.
    pub fn add_list(&self, org: &str, name: &str, leads: &[String]) -> String {
        self.world().account(org).map(|account| account.add_list(name, leads)).unwrap_or_default()
    }

    /// Deletes a lead with its activities and tasks.
    pub fn delete_lead(&self, org: &str, lead: &str) {
        self.with(org, |account| account.delete_lead(lead));
    }

    /// Makes a task, as somebody in the account would, and gives its id; an empty one if the account is unknown.
    pub fn add_task(&self, org: &str, new: NewTask) -> String {
        let now_ms = self.clock.now_ms();
        self.world().account(org).map(|account| account.add_task(new, now_ms)).unwrap_or_default()
    }

    /// Gives a task to another owner, as somebody in the account would.
    pub fn give_task(&self, org: &str, task: &str, owner: &str) {
        let now_ms = self.clock.now_ms();
        self.with(org, |account| account.give_task(task, owner, now_ms));
    }

    /// Relates a task to another lead, as its owner would.
    pub fn relate_task(&self, org: &str, task: &str, lead: &str) {
        let now_ms = self.clock.now_ms();
        self.with(org, |account| account.relate_task(task, lead, now_ms));
    }

    /// Cancels a task by its status, which no call takes back.
    pub fn cancel_task(&self, org: &str, task: &str) {
        let now_ms = self.clock.now_ms();
        self.with(org, |account| account.cancel_task(task, now_ms));
    }

    /// Changes subject, start and end (epoch milliseconds) of a task, as its owner would; what is none stays.
    pub fn edit_task(&self, org: &str, task: &str, (name, span_ms): (Option<&str>, Option<(i64, i64)>)) {
        let now_ms = self.clock.now_ms();
        self.with(org, |account| account.edit_task(task, (name, span_ms), now_ms));
    }

    /// Deletes a task, as its owner would.
    pub fn delete_task(&self, org: &str, task: &str) {
        self.with(org, |account| account.delete_task(task));
    }

    fn with(&self, org: &str, change: impl FnOnce(&mut Account)) {
        if let Some(account) = self.world().account(org) {
            change(account);
        }
    }

    /// A panic of another holder leaves a state that is still good enough to pretend with.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
