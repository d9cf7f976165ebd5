//! A sales user's request for a Zoom meeting as it was typed, and the check that turns it into a wish or says field by
//! field what to mend. Console and API ask the same questions here.
//!
//! A local time that the zone's clocks skip or show twice is never guessed: the sentence names the choice.

pub mod change;

use crate::fact::Person;
use crate::fact::scheduling::ScheduleMeeting;
use crate::ids::{Email, LeadId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// The longest topic, in characters (Zoom's).
pub const TOPIC_CHARS_MAX: usize = 200;
/// The longest agenda, in characters (Zoom's, less our own line).
pub const AGENDA_CHARS_MAX: usize = 1_900;
/// The longest meeting, in minutes.
pub const MINUTES_MAX: i64 = 1_440;
/// How long ago a start may lie, in milliseconds: whoever types is slower than the clock.
pub const START_PAST_MAX_MS: i64 = 15 * 60_000;
/// How far ahead a start may lie, in milliseconds: further away is a slip of the keyboard.
pub const START_AHEAD_MAX_MS: i64 = 5 * 366 * 24 * 60 * 60_000;
/// The longest name of a wish, in characters.
pub const WISH_CHARS_MAX: usize = 64;

/// Names a wish: the same name twice is one wish. 1 to 64 characters of `A-Z a-z 0-9 - _`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WishId(String);

/// A text was not the name of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a wish is named by 1 to {WISH_CHARS_MAX} characters of A-Z, a-z, 0-9, '-' and '_'")]
pub struct NotAWishId;

impl WishId {
    /// Takes a text as the name of a wish.
    ///
    /// # Errors
    /// [`NotAWishId`] when it holds anything else or is too long.
    pub fn parse(text: &str) -> Result<Self, NotAWishId> {
        let fits = (1..=WISH_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAWishId) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the wish in the journal.
    #[must_use]
    pub fn journal_key(&self) -> String {
        format!("wish:{}", self.0)
    }
}

impl TryFrom<String> for WishId {
    type Error = NotAWishId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<WishId> for String {
    fn from(id: WishId) -> Self {
        id.0
    }
}

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// The lead: e-mail address, or id in LeadSquared (a GUID).
    pub lead: String,
    /// The title.
    pub topic: String,
    /// Local date and time, `YYYY-MM-DDTHH:MM`.
    pub start: String,
    /// IANA zone of `start`.
    pub zone: String,
    /// Length in minutes; none when it was no number.
    pub minutes: Option<i64>,
    /// E-mail address of the Zoom user who hosts; empty means who signed in with Zoom.
    #[serde(default)]
    pub host: String,
    /// May be empty.
    #[serde(default)]
    pub agenda: String,
    /// E-mail address of the LeadSquared user who gets the appointment; empty means LeadSquared's default.
    #[serde(default)]
    pub owner_email: String,
}

/// A field of a [`ScheduleRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `lead`
    Lead,
    /// `topic`
    Topic,
    /// `start`
    Start,
    /// `zone`
    Zone,
    /// `minutes`
    Minutes,
    /// `host`
    Host,
    /// `agenda`
    Agenda,
    /// `owner_email`
    OwnerEmail,
}

/// What to mend in a field, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Where.
    pub field: Field,
    /// What.
    pub sentence: String,
}

/// Checks a request made at `now_ms` (epoch milliseconds) and makes the wish of it.
///
/// # Errors
/// Everything that has to be mended, in the order of the fields; never empty.
pub fn check(request: &ScheduleRequest, wish: &WishId, now_ms: i64) -> Result<ScheduleMeeting, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut note = |field: Field, sentence: String| wrong.push(Wrong { field, sentence });
    let person = person(&request.lead).map_err(|sentence| note(Field::Lead, sentence)).ok();
    let topic = text(&request.topic, TOPIC_CHARS_MAX).map_err(|sentence| note(Field::Topic, sentence)).ok();
    if topic.as_ref().is_some_and(String::is_empty) {
        note(Field::Topic, "Say what the meeting is about.".to_owned());
    }
    let zone = zone(&request.zone).map_err(|sentence| note(Field::Zone, sentence)).ok();
    let local = local(&request.start).map_err(|sentence| note(Field::Start, sentence)).ok();
    let start_ms = match (&zone, local) {
        (Some((name, zone)), Some(local)) => {
            start(local, zone, name, now_ms).map_err(|sentence| note(Field::Start, sentence)).ok()
        }
        (None, _) | (_, None) => None,
    };
    let minutes = request.minutes.filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    if minutes.is_none() {
        note(Field::Minutes, "A meeting has 1 to 1,440 minutes.".to_owned());
    }
    let host = address(&request.host).map_err(|()| note(Field::Host, NO_ADDRESS.to_owned())).ok();
    let agenda = text(&request.agenda, AGENDA_CHARS_MAX).map_err(|sentence| note(Field::Agenda, sentence)).ok();
    let owner = address(&request.owner_email).map_err(|()| note(Field::OwnerEmail, NO_ADDRESS.to_owned())).ok();
    let whole = (person, topic, zone, start_ms, minutes, host, agenda, owner);
    let (Some(person), Some(topic), Some(zone), Some(start_ms), Some(minutes), Some(host), Some(agenda), Some(owner)) =
        whole
    else {
        wrong.sort_by_key(|wrong| wrong.field);
        return Err(wrong);
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(ScheduleMeeting {
        operation: wish.as_str().to_owned(),
        person,
        host: host.map_or_else(|| "me".to_owned(), |email| email.as_str().to_owned()),
        topic,
        start_ms,
        duration_min: minutes,
        timezone: zone.0,
        agenda,
        owner_email: owner,
    })
}

const NO_ADDRESS: &str = "This is not a whole e-mail address.";

fn address(text: &str) -> Result<Option<Email>, ()> {
    if text.trim().is_empty() { Ok(None) } else { Email::parse(text).map(Some).ok_or(()) }
}

fn person(text: &str) -> Result<Person, String> {
    let text = text.trim();
    if let Some(email) = Email::parse(text) {
        return Ok(Person::Email(email));
    }
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if hex && groups == [8, 4, 4, 4, 12] {
        return Ok(Person::Lead(LeadId(text.to_ascii_lowercase())));
    }
    Err("This is neither an e-mail address nor a lead's id.".to_owned())
}

fn text(text: &str, chars_max: usize) -> Result<String, String> {
    let text = text.trim().replace("\r\n", "\n");
    let chars = text.chars().count();
    if chars > chars_max {
        return Err(format!("It has {chars} characters, {chars_max} are allowed."));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("It holds characters that cannot be shown.".to_owned());
    }
    Ok(text)
}

fn zone(name: &str) -> Result<(String, TimeZone), String> {
    let name = name.trim();
    let unknown = || "There is no such time zone. Write it like Asia/Kolkata or Europe/Dublin.".to_owned();
    // Abbreviations such as IST mean different zones to different people.
    if !(name.contains('/') || name.eq_ignore_ascii_case("UTC")) {
        return Err(unknown());
    }
    let zone = TimeZone::get(name).map_err(|_| unknown())?;
    let name = zone.iana_name().ok_or_else(unknown)?.to_owned();
    Ok((name, zone))
}

fn local(text: &str) -> Result<DateTime, String> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let read = forms.iter().find_map(|form| DateTime::strptime(form, text).ok());
    read.ok_or_else(|| "Write date and time like 2026-08-15T10:30.".to_owned())
}

/// The local time in UTC, epoch milliseconds.
fn start(local: DateTime, zone: &TimeZone, name: &str, now_ms: i64) -> Result<i64, String> {
    let clock = local.strftime("%H:%M");
    let day = local.strftime("%-d %B %Y");
    let too_far = || "That is too far away.".to_owned();
    let at = |offset: Offset| offset.to_timestamp(local).map_err(|_| too_far());
    let timestamp = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset)?,
        AmbiguousOffset::Gap { before, after } => {
            let shown = |timestamp: Timestamp| zone.to_datetime(timestamp).strftime("%H:%M").to_string();
            let (earlier, later) = (shown(at(after)?), shown(at(before)?));
            return Err(format!("On {day} the clocks in {name} skip {clock}. Choose {earlier} or {later} instead."));
        }
        AmbiguousOffset::Fold { before, after } => {
            let utc =
                |timestamp: Timestamp| TimeZone::UTC.to_datetime(timestamp).strftime("%H:%M on %-d %B").to_string();
            let (first, second) = (utc(at(before)?), utc(at(after)?));
            return Err(format!(
                "On {day} the clocks in {name} show {clock} twice. Choose another time, or write it in the zone UTC: {first} is the first, {second} the second."
            ));
        }
    };
    let start_ms = timestamp.as_millisecond();
    if start_ms < now_ms - START_PAST_MAX_MS {
        return Err("That is over already.".to_owned());
    }
    if start_ms > now_ms.saturating_add(START_AHEAD_MAX_MS) {
        return Err(too_far());
    }
    Ok(start_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 14 August 2026, 10:53:20 UTC.
    const NOW_MS: i64 = 1_786_704_800_000;

    fn plain() -> ScheduleRequest {
        ScheduleRequest {
            lead: "Priya@Example.test".to_owned(),
            topic: " Campus tour ".to_owned(),
            start: "2026-08-15T10:30".to_owned(),
            zone: "asia/kolkata".to_owned(),
            minutes: Some(30),
            ..ScheduleRequest::default()
        }
    }

    fn wish() -> WishId {
        WishId::parse("w-1").unwrap()
    }

    #[test]
    fn a_whole_request_becomes_a_wish_in_utc() {
        let wanted = check(&plain(), &wish(), NOW_MS).unwrap();
        assert_eq!(wanted.person, Person::Email(Email::parse("priya@example.test").unwrap()));
        assert_eq!(wanted.start_ms, "2026-08-15T05:00:00Z".parse::<Timestamp>().unwrap().as_millisecond());
        assert_eq!((wanted.timezone.as_str(), wanted.host.as_str()), ("Asia/Kolkata", "me"));
        assert_eq!((wanted.topic.as_str(), wanted.operation.as_str()), ("Campus tour", "w-1"));
    }

    #[track_caller]
    fn check_refused(change: impl FnOnce(&mut ScheduleRequest), field: Field, says: &str) {
        let mut request = plain();
        change(&mut request);
        let wrong = check(&request, &wish(), NOW_MS).unwrap_err();
        assert_eq!(wrong.iter().map(|wrong| wrong.field).collect::<Vec<_>>(), [field], "{wrong:?}");
        assert!(wrong[0].sentence.contains(says), "{wrong:?}");
    }

    #[test]
    fn each_field_is_refused_with_what_to_mend() {
        check_refused(|r| r.lead = "priya".to_owned(), Field::Lead, "neither");
        check_refused(|r| r.topic = "  ".to_owned(), Field::Topic, "about");
        check_refused(|r| r.topic = "x".repeat(201), Field::Topic, "201");
        check_refused(|r| r.topic = "a\u{0}b".to_owned(), Field::Topic, "cannot be shown");
        check_refused(|r| r.start = "tomorrow".to_owned(), Field::Start, "like 2026");
        check_refused(|r| r.start = "2026-08-14T10:30".to_owned(), Field::Start, "over already");
        check_refused(|r| r.start = "2099-08-14T10:30".to_owned(), Field::Start, "too far");
        check_refused(|r| r.zone = "IST".to_owned(), Field::Zone, "Asia/Kolkata");
        check_refused(|r| r.zone = "Asia/Nowhere".to_owned(), Field::Zone, "no such");
        check_refused(|r| r.minutes = Some(0), Field::Minutes, "1 to");
        check_refused(|r| r.minutes = Some(1_441), Field::Minutes, "1 to");
        check_refused(|r| r.minutes = None, Field::Minutes, "1 to");
        check_refused(|r| r.host = "me".to_owned(), Field::Host, "whole");
        check_refused(|r| r.agenda = "x".repeat(1_901), Field::Agenda, "1901");
        check_refused(|r| r.owner_email = "nobody".to_owned(), Field::OwnerEmail, "whole");
    }

    fn at(start: &str, zone: &str) -> impl FnOnce(&mut ScheduleRequest) {
        let (start, zone) = (start.to_owned(), zone.to_owned());
        move |request| (request.start, request.zone) = (start, zone)
    }

    #[test]
    fn a_time_that_the_clocks_skip_or_show_twice_is_not_guessed() {
        let zone = "Europe/Dublin";
        check_refused(at("2027-03-28T01:30", zone), Field::Start, "skip 01:30. Choose 00:30 or 02:30");
        check_refused(at("2026-10-25T01:30", zone), Field::Start, "show 01:30 twice");
        check_refused(
            at("2026-10-25T01:30", zone),
            Field::Start,
            "00:30 on 25 October is the first, 01:30 on 25 October",
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_in_the_order_of_the_fields() {
        let wrong = check(&ScheduleRequest::default(), &wish(), NOW_MS).unwrap_err();
        let fields: Vec<Field> = wrong.into_iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, [Field::Lead, Field::Topic, Field::Start, Field::Zone, Field::Minutes]);
    }

    #[test]
    fn a_lead_is_named_by_its_id_as_well() {
        let mut request = plain();
        request.lead = "6F1D0C5E-2F0B-4E0E-8A3D-0123456789AB".to_owned();
        let wanted = check(&request, &wish(), NOW_MS).unwrap();
        assert_eq!(wanted.person, Person::Lead(LeadId("6f1d0c5e-2f0b-4e0e-8a3d-0123456789ab".to_owned())));
    }

    #[test]
    fn the_name_of_a_wish_is_short_and_plain() {
        for text in ["", "a b", "../x", "ä", &"x".repeat(65)] {
            assert_eq!(WishId::parse(text), Err(NotAWishId), "{text:?}");
        }
        assert_eq!(WishId::parse("a_B-9").unwrap().journal_key(), "wish:a_B-9");
    }
}
