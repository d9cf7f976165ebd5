//! When a task is due: reckoned from what happened, in the tenant's time zone.
//!
//! A local time that the clock skips (it is put forward over it) becomes the same distance after the skip; one that comes twice is
//! the first of the two. No task is due before what it follows from.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The longest time that a task may be put off, in hours: a year.
pub const HOURS_MAX: i64 = 366 * 24;
/// The same in minutes.
pub const MINUTES_MAX: i64 = HOURS_MAX * 60;
/// The most working days that a task may be put off.
pub const WORKING_DAYS_MAX: i64 = 260;

/// When a task is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Due {
    /// So many hours after it happened.
    HoursAfter {
        /// Hours.
        hours: i64,
    },
    /// So many minutes before or after the webinar's start or end; after what happened where those are not known.
    Webinar {
        /// On which side of it.
        side: Side,
        /// Of which of the two.
        of: Of,
        /// Minutes.
        minutes: i64,
    },
    /// On a working day after the day on which it happened, at a time of the day there.
    WorkingDay {
        /// 1 is the next working day.
        days: i64,
        /// Local time.
        at: TimeOfDay,
    },
}

/// Before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Before it.
    Before,
    /// After it.
    After,
}

/// The webinar's start or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Its start.
    Start,
    /// Its end.
    End,
}

/// A local time, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    hour: i8,
    minute: i8,
}

impl TimeOfDay {
    /// Reads `HH:MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let (hour, minute) = (Some(hour).filter(|part| digits(part))?, Some(minute).filter(|part| digits(part))?);
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no time of the day; write it as 10:00"))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All of them, from Monday on.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// As stored and as `webinar.weekday` says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// The day of the week of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        use jiff::civil::Weekday as Civil;
        match date.weekday() {
            Civil::Monday => Self::Monday,
            Civil::Tuesday => Self::Tuesday,
            Civil::Wednesday => Self::Wednesday,
            Civil::Thursday => Self::Thursday,
            Civil::Friday => Self::Friday,
            Civil::Saturday => Self::Saturday,
            Civil::Sunday => Self::Sunday,
        }
    }
}

/// The moments a due time is reckoned from, epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// When it happened.
    pub at_ms: i64,
    /// The webinar's start, if known.
    pub start_ms: Option<i64>,
    /// Its end, if known.
    pub end_ms: Option<i64>,
}

/// The zone of that IANA name; UTC where there is none.
#[must_use]
pub fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// When a task is due, epoch milliseconds.
#[must_use]
pub fn due_ms(due: Due, moments: Moments, zone: &TimeZone, working_days: &[Weekday]) -> i64 {
    let at_ms = moments.at_ms;
    let wanted_ms = match due {
        Due::HoursAfter { hours } => at_ms.saturating_add(hours.clamp(0, HOURS_MAX) * HOUR_MS),
        Due::Webinar { side, of, minutes } => {
            let from_ms = match of {
                Of::Start => moments.start_ms,
                Of::End => moments.end_ms,
            };
            let distance_ms = minutes.clamp(0, MINUTES_MAX) * MINUTE_MS;
            match (from_ms, side) {
                (None, _) => at_ms.saturating_add(distance_ms),
                (Some(from_ms), Side::Before) => from_ms.saturating_sub(distance_ms),
                (Some(from_ms), Side::After) => from_ms.saturating_add(distance_ms),
            }
        }
        Due::WorkingDay { days, at } => working_day_ms((days, at), at_ms, zone, working_days).unwrap_or(at_ms),
    };
    wanted_ms.max(at_ms)
}

fn working_day_ms((days, at): (i64, TimeOfDay), at_ms: i64, zone: &TimeZone, working: &[Weekday]) -> Option<i64> {
    let mut date = Timestamp::from_millisecond(at_ms).ok()?.to_zoned_datetime(zone.clone()).date();
    let mut left = days.clamp(1, WORKING_DAYS_MAX);
    while left > 0 {
        date = date.checked_add(1.day()).ok()?;
        // Without any working day every day is one.
        if working.is_empty() || working.contains(&Weekday::of(date)) {
            left -= 1;
        }
    }
    let time = Time::new(at.hour, at.minute, 0, 0).ok()?;
    let local = zone.to_ambiguous_zoned_datetime(date.to_datetime(time)).compatible().ok()?;
    Some(local.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests;
