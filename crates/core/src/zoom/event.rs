//! The meaning of a webhook: what happened, said in our own types. [`read`] turns the verified bytes of one
//! notification into one [`Event`]. Empty text, null and absent mean the same and become `None` (zoom.md § 4.4).

use crate::fact::agreed::End;
use crate::fact::agreed::dates::DateTold;
use crate::ids::{Email, Kind, MeetingNumber, ZoomAccountId, ZoomUserId};
use serde::{Deserialize, Serialize};

/// One event, whichever app told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Zoom's own name (`webinar.participant_joined`).
    pub name: String,
    /// Whose event it is. `None` only for events that name no account (`app.authorization_request_created`).
    pub account: Option<ZoomAccountId>,
    /// When Zoom made the event, epoch milliseconds.
    pub event_ts_ms: i64,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// `meeting.started`, `webinar.started`.
    Started(Run),
    /// `meeting.ended`, `webinar.ended` (not of a practice session).
    Ended(Run),
    /// A webinar's rehearsal ended (`webinar.ended` with `practice_session`): not the webinar.
    PracticeEnded(Run),
    /// A participant came.
    Joined(Run, Stay),
    /// A participant went.
    Left(Run, Stay),
    /// Somebody registered, or the registration changed.
    Registration(Registration),
    /// A meeting or webinar was created, changed, deleted or recovered.
    Definition(Definition),
    /// A recording is ready to be watched.
    Recording(Recording),
    /// The app was removed from the Zoom account or user.
    Deauthorized(Deauthorized),
    /// A Zoom user is no more active in this account (deactivated, deleted, disassociated).
    UserGone(ZoomUserId),
    /// Zoom asks whether the address is ours (`endpoint.url_validation`).
    UrlValidation {
        /// The token to answer for.
        plain_token: String,
    },
    /// Known and of no use to us, with the reason in words (`breakout rooms are not the meeting itself`).
    Ignored(&'static str),
    /// Not in our list: kept, so that a later version can read it.
    UnknownName,
}

/// One run (instance) of a meeting or webinar, as far as the event told.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Meeting or webinar, by the event's prefix (never by `type`).
    pub kind: Kind,
    /// `object.id`: number or text on the wire.
    pub number: MeetingNumber,
    /// `object.uuid`: one run.
    pub uuid: String,
    /// The host's Zoom user id.
    pub host_id: Option<ZoomUserId>,
    /// The host's e-mail (live bodies only).
    pub host_email: Option<Email>,
    /// The title.
    pub topic: Option<String>,
    /// Actual start in started and ended, scheduled start elsewhere; epoch milliseconds.
    pub start_ms: Option<i64>,
    /// The end, in ended.
    pub end_ms: Option<i64>,
    /// Scheduled length in minutes.
    pub duration_min: Option<i64>,
    /// IANA zone.
    pub timezone: Option<String>,
}

/// One stay of one device in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// `participant.user_id`: a handle for one stay, text.
    pub user_id: Option<String>,
    /// `participant.participant_uuid`: per stay.
    pub participant_uuid: Option<String>,
    /// `participant.id` (or `participant_user_id`): the Zoom user, when signed in.
    pub zoom_user: Option<ZoomUserId>,
    /// The dependable link to a registration.
    pub registrant_id: Option<String>,
    /// Whatever was typed.
    pub name: Option<String>,
    /// Only where Zoom shows it and where it is a whole address.
    pub email: Option<Email>,
    /// `participant.customer_key`.
    pub customer_key: Option<String>,
    /// Epoch milliseconds; in joined.
    pub join_ms: Option<i64>,
    /// Epoch milliseconds; in left.
    pub leave_ms: Option<i64>,
    /// Prose of Zoom; shown, never parsed.
    pub leave_reason: Option<String>,
}

/// The state of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationStatus {
    /// Waits for the host's approval.
    Pending,
    /// May join.
    Approved,
    /// Refused by the host.
    Denied,
    /// Taken back.
    Cancelled,
}

/// A registration and what its form said.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// The run it was told with: kind, number, topic, start.
    pub run: Run,
    /// The occurrence it is for, when Zoom names exactly one.
    pub occurrence: Option<String>,
    /// `registrant.id`.
    pub registrant_id: Option<String>,
    /// The address; a registration without one is unreadable.
    pub email: Email,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// Standard answers by Zoom's field name (`first_name`, `last_name`, `org`, `job_title`, `phone`, …), none empty.
    pub answers: std::collections::BTreeMap<String, String>,
    /// Custom questions in Zoom's order, title and value, none with an empty value.
    pub custom_questions: Vec<(String, String)>,
    /// The registrant's own link; absent while pending.
    pub join_url: Option<String>,
    /// `tracking_source.source_name`.
    pub tracking_source: Option<String>,
}

/// How a definition changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Created.
    Created,
    /// Some fields changed; only those are set.
    Updated,
    /// Deleted, wholly or (with `occurrences`) in part.
    Deleted,
    /// Brought back from the bin.
    Recovered,
}

/// A meeting or webinar as planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// How it changed.
    pub change: Change,
    /// Kind, number and the fields that were told. `uuid` may be empty here.
    pub run: Run,
    /// The link for everybody.
    pub join_url: Option<String>,
    /// The description.
    pub agenda: Option<String>,
    /// With `Deleted`: only these occurrences went; empty means all.
    pub occurrences: Vec<String>,
    /// Single dates of a series that were moved or cancelled.
    pub dates: Vec<DateTold>,
    /// With `Deleted`: why it will not come back, where it will not.
    pub end: Option<End>,
    /// With the others: the occurrences of the series, Zoom's id and the start in epoch milliseconds.
    pub series: Vec<(String, i64)>,
    /// Who was invited in Zoom, at most [`INVITED_MAX`]; empty where it was not told.
    pub invited: Vec<Email>,
}

/// Invited people of one meeting that are kept.
pub const INVITED_MAX: usize = 100;

/// A recording that is ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The run that was recorded; its kind by `type` (5, 6, 9 are webinars).
    pub run: Run,
    /// The link to share.
    pub share_url: Option<String>,
    /// File ids, sorted.
    pub file_ids: Vec<String>,
}

/// The app was removed (zoom.md § 2.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Deauthorized {
    /// Whose grant is gone.
    pub user: ZoomUserId,
    /// The app's client id as told.
    pub client_id: Option<String>,
    /// As Zoom wrote it.
    pub deauthorization_time: Option<String>,
    /// Whether what is kept of the account may be kept.
    pub retention: Retention,
}

/// What a notice of removal says of the data that is kept (zoom.md § 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// It may be kept: Zoom says so in so many words.
    Granted,
    /// It is to be deleted in time; so it is when nothing is said.
    NotGranted,
}

impl Retention {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NotGranted => "not_granted",
        }
    }
}

/// The deepest nesting a body may have.
pub const BODY_DEPTH_MAX: usize = 32;

/// Why genuine bytes could not be read; the notification is quarantined with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, not UTF-8, or nested deeper than [`BODY_DEPTH_MAX`].
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A field that the event needs is missing or of another kind.
    #[error("{event}: {field} is missing or unusable")]
    Field {
        /// The event's name, `?` if even that is missing.
        event: String,
        /// The path of the field (`payload.object.uuid`).
        field: &'static str,
    },
}

/// Reads the verified bytes of one notification.
///
/// # Errors
/// [`Unreadable`] when they are no JSON, or a field the event needs is missing; they are quarantined then.
pub fn read(body: &[u8]) -> Result<Event, Unreadable> {
    super::wire::read_event(body)
}

/// Account, event name and `event_ts` (epoch milliseconds, 0 if unreadable) of a body, by the cheapest reading that can
/// tell: all that intake needs. `None` when it names no account, or names one twice.
#[must_use]
pub fn account_of(body: &[u8]) -> Option<(String, String, i64)> {
    super::wire::read_account(body)
}

/// What a notice whose signature did not hold says was removed. Nobody may believe it: it is only a reason to ask Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnprovenRemoval {
    /// Zoom account id.
    pub account: String,
    /// Zoom user id.
    pub user: String,
    /// The app's client id.
    pub client_id: Option<String>,
}

/// The longest notice of removal, in bytes: theirs are a few hundred.
const REMOVAL_BYTES_MAX: usize = 4 * 1024;

/// Reads a body that nobody vouches for as a notice of removal, if it looks like one.
#[must_use]
pub fn unproven_removal(body: &[u8]) -> Option<UnprovenRemoval> {
    if body.len() > REMOVAL_BYTES_MAX {
        return None;
    }
    let event = read(body).ok()?;
    let What::Deauthorized(gone) = event.what else { return None };
    Some(UnprovenRemoval { account: event.account?.0, user: gone.user.0, client_id: gone.client_id })
}

/// What a body says that may decide between tenants who share a Zoom account. Nothing where it cannot be read.
#[must_use]
pub fn about_of(body: &[u8]) -> crate::route::About {
    super::wire::read_about(body)
}
