//! A sales user's request for a Zoom meeting as it was typed, and the check that turns it into a wish or says field by
//! field what to mend. Console and API ask the same questions here.
//!
//! A local time that the zone's clocks skip or show twice is never guessed: the sentence names the choice, and the choices come
//! with it.

pub mod local_time;

pub mod change;

use crate::fact::Person;
use crate::fact::scheduling::ScheduleMeeting;
use crate::ids::{Email, LeadId};
use crate::recurrence::{self, Ends, Repeat, Rhythm};
use crate::zoom::options::{MeetingOptions, SignUp, WaitingRoom};
use jiff::civil::DateTime;
use local_time::{Choice, NoTime};
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
/// The most leads of one meeting.
pub const LEADS_MAX: usize = 20;
/// The most people who are only invited.
pub const GUESTS_MAX: usize = 50;
/// The most alternative hosts.
pub const ALTERNATIVE_HOSTS_MAX: usize = 10;
/// The longest passcode, in characters (Zoom's).
pub const PASSCODE_CHARS_MAX: usize = 10;
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
    /// The lead: e-mail address, or id in LeadSquared (a GUID). Several are separated by blanks or commas.
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
    /// Which of two moments is meant where the clocks show `start` twice: the offset from UTC, `+HH:MM`. Else empty.
    #[serde(default)]
    pub offset: String,
    /// Addresses that are only invited, separated by blanks or commas.
    #[serde(default)]
    pub guests: String,
    /// E-mail addresses of Zoom users who may host as well, separated by blanks or commas.
    #[serde(default)]
    pub alternative_hosts: String,
    /// Waiting room.
    #[serde(default)]
    pub waiting_room: WaitingRoom,
    /// Whether people register.
    #[serde(default)]
    pub sign_up: SignUp,
    /// Empty lets Zoom make one by the account's policy.
    #[serde(default)]
    pub passcode: String,
    /// Whether it is a series.
    #[serde(default)]
    pub repeat: RepeatWanted,
    /// Every so many days, weeks or months; 1 without.
    #[serde(default)]
    pub every: Option<i64>,
    /// How many meetings the series has.
    #[serde(default)]
    pub times: Option<i64>,
    /// The last local day of the series, `YYYY-MM-DD`, instead of `times`.
    #[serde(default)]
    pub until: String,
}

/// Whether a meeting is to be repeated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatWanted {
    /// Held once.
    #[default]
    #[serde(alias = "")]
    Once,
    /// By days.
    Daily,
    /// By weeks.
    Weekly,
    /// By months.
    Monthly,
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
    /// `guests`
    Guests,
    /// `alternative_hosts`
    AlternativeHosts,
    /// `passcode`
    Passcode,
    /// `repeat`, `every`, `times` and `until`
    Repeat,
}

/// What to mend in a field, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Where.
    pub field: Field,
    /// What.
    pub sentence: String,
    /// What to choose from instead; only for a start that the clocks skip or show twice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

impl ScheduleRequest {
    /// The request that a wish was made of, to be changed and sent again.
    #[must_use]
    pub fn again(wanted: &ScheduleMeeting) -> Self {
        let joined = |emails: &[Email]| emails.iter().map(Email::as_str).collect::<Vec<_>>().join(", ");
        let leads: Vec<&str> = wanted
            .leads()
            .map(|person| match person {
                Person::Email(email) => email.as_str(),
                Person::Lead(lead) => lead.0.as_str(),
            })
            .collect();
        let (repeat, every, times) = match wanted.options.repeat {
            None => (RepeatWanted::Once, None, None),
            Some(repeat) => {
                let rhythm = match repeat.rhythm {
                    Rhythm::Daily => RepeatWanted::Daily,
                    Rhythm::Weekly => RepeatWanted::Weekly,
                    Rhythm::Monthly => RepeatWanted::Monthly,
                };
                (rhythm, Some(repeat.every), Some(repeat.times))
            }
        };
        let (start, offset) = local_time::shown_in(wanted.start_ms, &wanted.timezone);
        Self {
            lead: leads.join(", "),
            topic: wanted.topic.clone(),
            start,
            offset,
            zone: wanted.timezone.clone(),
            minutes: Some(wanted.duration_min),
            host: if wanted.host == "me" { String::new() } else { wanted.host.clone() },
            agenda: wanted.agenda.clone(),
            owner_email: wanted.owner_email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            guests: joined(&wanted.guests),
            alternative_hosts: joined(&wanted.options.alternative_hosts),
            waiting_room: wanted.options.waiting_room,
            sign_up: wanted.options.sign_up,
            passcode: wanted.options.passcode.clone().unwrap_or_default(),
            repeat,
            every,
            times,
            until: String::new(),
        }
    }
}

/// What is wrong so far.
#[derive(Default)]
struct Notes(Vec<Wrong>);

impl Notes {
    fn push(&mut self, field: Field, sentence: String) {
        self.0.push(Wrong { field, sentence, choices: Vec::new() });
    }

    /// The value; none when it has to be mended, which is noted.
    fn take<T>(&mut self, field: Field, read: Result<T, String>) -> Option<T> {
        read.map_err(|sentence| self.push(field, sentence)).ok()
    }
}

/// Checks a request made at `now_ms` (epoch milliseconds) and makes the wish of it.
///
/// # Errors
/// Everything that has to be mended, in the order of the fields; never empty.
pub fn check(request: &ScheduleRequest, wish: &WishId, now_ms: i64) -> Result<ScheduleMeeting, Vec<Wrong>> {
    let mut notes = Notes::default();
    let leads = notes.take(Field::Lead, leads(&request.lead));
    let topic = notes.take(Field::Topic, text(&request.topic, TOPIC_CHARS_MAX));
    if topic.as_ref().is_some_and(String::is_empty) {
        notes.push(Field::Topic, "Say what the meeting is about.".to_owned());
    }
    let when = when(request, &mut notes, now_ms);
    let minutes = request.minutes.filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    if minutes.is_none() {
        notes.push(Field::Minutes, "A meeting has 1 to 1,440 minutes.".to_owned());
    }
    let host = notes.take(Field::Host, address(&request.host));
    let agenda = notes.take(Field::Agenda, text(&request.agenda, AGENDA_CHARS_MAX));
    let owner = notes.take(Field::OwnerEmail, address(&request.owner_email));
    let guests = notes.take(Field::Guests, addresses(&request.guests, GUESTS_MAX));
    let options = options(request, when.as_ref(), &mut notes);
    let whole = (leads, topic, when, minutes, host, agenda, owner, guests, options);
    let (
        Some((person, others)),
        Some(topic),
        Some(when),
        Some(minutes),
        Some(host),
        Some(agenda),
        Some(owner),
        Some(guests),
        Some(options),
    ) = whole
    else {
        return Err(sorted(notes));
    };
    if !notes.0.is_empty() {
        return Err(sorted(notes));
    }
    Ok(ScheduleMeeting {
        operation: wish.as_str().to_owned(),
        person,
        others,
        guests,
        host: host.map_or_else(|| "me".to_owned(), |email| email.as_str().to_owned()),
        topic,
        start_ms: when.start_ms,
        duration_min: minutes,
        timezone: when.zone,
        agenda,
        owner_email: owner,
        options,
        appointment: None,
    })
}

fn sorted(mut notes: Notes) -> Vec<Wrong> {
    notes.0.sort_by_key(|wrong| wrong.field);
    notes.0
}

/// A start that exists.
struct When {
    local: DateTime,
    start_ms: i64,
    /// IANA.
    zone: String,
}

fn when(request: &ScheduleRequest, notes: &mut Notes, now_ms: i64) -> Option<When> {
    let zone = notes.take(Field::Zone, local_time::zone(&request.zone));
    let local = notes.take(Field::Start, local_time::local(&request.start));
    let ((name, zone), local) = (zone?, local?);
    match local_time::start_ms(local, (&name, &zone), &request.offset, now_ms) {
        Ok(start_ms) => Some(When { local, start_ms, zone: name }),
        Err(NoTime { sentence, choices }) => {
            notes.0.push(Wrong { field: Field::Start, sentence, choices });
            None
        }
    }
}

fn options(request: &ScheduleRequest, when: Option<&When>, notes: &mut Notes) -> Option<MeetingOptions> {
    let hosts = addresses(&request.alternative_hosts, ALTERNATIVE_HOSTS_MAX);
    let hosts = notes.take(Field::AlternativeHosts, hosts);
    let passcode = notes.take(Field::Passcode, passcode(&request.passcode));
    let repeat = when.and_then(|when| notes.take(Field::Repeat, repeat(request, when.local)));
    Some(MeetingOptions {
        alternative_hosts: hosts?,
        waiting_room: request.waiting_room,
        sign_up: request.sign_up,
        passcode: passcode?,
        repeat: repeat?,
    })
}

fn repeat(request: &ScheduleRequest, first: DateTime) -> Result<Option<Repeat>, String> {
    let rhythm = match request.repeat {
        RepeatWanted::Once => return Ok(None),
        RepeatWanted::Daily => Rhythm::Daily,
        RepeatWanted::Weekly => Rhythm::Weekly,
        RepeatWanted::Monthly => Rhythm::Monthly,
    };
    let until = request.until.trim();
    let ends = match (request.times, until.is_empty()) {
        (Some(times), true) => Ends::After(times),
        (None, false) => Ends::On(until.parse().map_err(|_| "Write the last day like 2026-08-15.".to_owned())?),
        (None, true) => return Err("Say how many meetings it has, or its last day.".to_owned()),
        (Some(_), false) => return Err("Say how many meetings it has or its last day, not both.".to_owned()),
    };
    recurrence::check(rhythm, request.every.unwrap_or(1), ends, first).map(Some)
}

fn passcode(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    let fits = text.chars().count() <= PASSCODE_CHARS_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@-_*".contains(&byte));
    if !fits {
        return Err("A passcode has up to 10 letters, digits and the signs @ - _ *.".to_owned());
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// The parts of a list as people type it.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',' || letter == ';').filter(|part| !part.is_empty())
}

fn addresses(text: &str, most: usize) -> Result<Vec<Email>, String> {
    let mut read: Vec<Email> = Vec::new();
    for part in parts(text) {
        let email = Email::parse(part).ok_or_else(|| format!("“{part}” is not a whole e-mail address."))?;
        if !read.contains(&email) {
            read.push(email);
        }
    }
    if read.len() > most {
        return Err(format!("These are {}; {most} are allowed.", read.len()));
    }
    Ok(read)
}

/// The first lead, and the others.
fn leads(text: &str) -> Result<(Person, Vec<Person>), String> {
    let mut read: Vec<Person> = Vec::new();
    for part in parts(text) {
        let one = person(part)?;
        if !read.contains(&one) {
            read.push(one);
        }
    }
    if read.len() > LEADS_MAX {
        return Err(format!("These are {} leads; {LEADS_MAX} are allowed in one meeting.", read.len()));
    }
    let mut read = read.into_iter();
    let first = read.next().ok_or_else(|| NO_LEAD.to_owned())?;
    Ok((first, read.collect()))
}

const NO_LEAD: &str = "This is neither an e-mail address nor a lead's id.";
const NO_ADDRESS: &str = "This is not a whole e-mail address.";

fn address(text: &str) -> Result<Option<Email>, String> {
    if text.trim().is_empty() { Ok(None) } else { Email::parse(text).map(Some).ok_or_else(|| NO_ADDRESS.to_owned()) }
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
    Err(NO_LEAD.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

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
        check_refused(|r| r.guests = "a@b.test, nobody".to_owned(), Field::Guests, "“nobody”");
        check_refused(|r| r.alternative_hosts = "me".to_owned(), Field::AlternativeHosts, "“me”");
        check_refused(|r| r.passcode = "open sesame".to_owned(), Field::Passcode, "up to 10");
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
            "00:30 on 25 October UTC is the first, 01:30 on 25 October UTC",
        );
    }

    #[test]
    fn one_of_two_moments_is_chosen_by_its_offset() {
        let mut request = plain();
        at("2026-10-25T01:30", "Europe/Dublin")(&mut request);
        let choices = check(&request, &wish(), NOW_MS).unwrap_err().remove(0).choices;
        let shown: Vec<&str> = choices.iter().map(|choice| choice.offset.as_str()).collect();
        assert_eq!(shown, ["+01:00", "+00:00"]);
        for (choice, utc) in choices.iter().zip(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]) {
            (request.start, request.offset) = (choice.start.clone(), choice.offset.clone());
            let wanted = check(&request, &wish(), NOW_MS).unwrap();
            assert_eq!(wanted.start_ms, utc.parse::<Timestamp>().unwrap().as_millisecond());
        }
        request.offset = "+05:30".to_owned();
        assert!(check(&request, &wish(), NOW_MS).is_err());
    }

    #[test]
    fn several_leads_are_one_meeting_and_lists_are_read_as_people_type_them() {
        let mut request = plain();
        request.lead = "a@x.test, b@x.test;A@x.test\n6F1D0C5E-2F0B-4E0E-8A3D-0123456789AB".to_owned();
        request.guests = "g@x.test g@x.test".to_owned();
        request.alternative_hosts = "h@x.test,i@x.test".to_owned();
        let wanted = check(&request, &wish(), NOW_MS).unwrap();
        assert_eq!((wanted.leads().count(), wanted.guests.len(), wanted.options.alternative_hosts.len()), (3, 1, 2));
    }

    #[test]
    fn a_wish_becomes_the_same_request_again() {
        let mut request = plain();
        at("2026-10-25T01:30", "Europe/Dublin")(&mut request);
        (request.offset, request.repeat, request.times) = ("+00:00".to_owned(), RepeatWanted::Weekly, Some(3));
        (request.guests, request.host) = ("g@x.test, h@x.test".to_owned(), "host@x.test".to_owned());
        let wanted = check(&request, &wish(), NOW_MS).unwrap();
        assert_eq!(check(&ScheduleRequest::again(&wanted), &wish(), NOW_MS).unwrap(), wanted);
    }

    #[test]
    fn a_series_needs_an_end_and_only_one() {
        check_refused(|r| r.repeat = RepeatWanted::Weekly, Field::Repeat, "how many");
        let both = |r: &mut ScheduleRequest| {
            (r.repeat, r.times, r.until) = (RepeatWanted::Weekly, Some(3), "2026-09-30".to_owned());
        };
        check_refused(both, Field::Repeat, "not both");
        let mut request = plain();
        (request.repeat, request.until) = (RepeatWanted::Weekly, "2026-08-29".to_owned());
        assert_eq!(check(&request, &wish(), NOW_MS).unwrap().options.repeat.unwrap().times, 3);
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
