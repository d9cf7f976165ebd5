//! A series of meetings: its rhythm and its end, and the starts that follow from them. The clock on the wall stays the same over
//! changes of the zone's clocks; the time in UTC moves with them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The most meetings of a series (Zoom's older figure; its newer one is 60).
pub const OCCURRENCES_MAX: usize = 50;

/// How often it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// By days.
    Daily,
    /// On the weekday of the first start.
    Weekly,
    /// On the day of the month of the first start.
    Monthly,
}

impl Rhythm {
    /// Zoom's number of it.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly => 2,
            Self::Monthly => 3,
        }
    }

    /// The largest interval that Zoom takes: days, weeks or months.
    #[must_use]
    pub fn every_max(self) -> i64 {
        match self {
            Self::Daily => 90,
            Self::Weekly => 12,
            Self::Monthly => 3,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Daily => "day",
            Self::Weekly => "week",
            Self::Monthly => "month",
        }
    }
}

/// A series that was checked: every start of it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How often.
    pub rhythm: Rhythm,
    /// Every so many days, weeks or months.
    pub every: i64,
    /// How many meetings, the first among them.
    pub times: i64,
}

impl Repeat {
    /// The starts, epoch milliseconds, from the first one's local time in its zone. A start that the clocks skip is held as much later.
    #[must_use]
    pub fn starts_ms(&self, first: DateTime, zone: &TimeZone) -> Vec<i64> {
        let times = usize::try_from(self.times).unwrap_or(0).min(OCCURRENCES_MAX);
        let local = local_starts(self.rhythm, self.every, first).take(times);
        let in_zone = |local: DateTime| zone.to_ambiguous_timestamp(local).compatible().ok();
        local.filter_map(in_zone).map(Timestamp::as_millisecond).collect()
    }

    /// The starts of a series whose first begins at `start_ms` (epoch milliseconds) in an IANA zone.
    #[must_use]
    pub fn starts_from_ms(&self, start_ms: i64, zone: &str) -> Vec<i64> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let Ok(start) = Timestamp::from_millisecond(start_ms) else { return Vec::new() };
        let mut starts = self.starts_ms(zone.to_datetime(start), &zone);
        // Of a time that the clocks show twice, the first meeting is the one that was chosen.
        if let Some(first) = starts.first_mut() {
            *first = start_ms;
        }
        starts
    }

    /// The rule of a calendar file (RFC 5545).
    #[must_use]
    pub fn rule(&self) -> String {
        let frequency = match self.rhythm {
            Rhythm::Daily => "DAILY",
            Rhythm::Weekly => "WEEKLY",
            Rhythm::Monthly => "MONTHLY",
        };
        format!("FREQ={frequency};INTERVAL={};COUNT={}", self.every, self.times)
    }

    /// In words: `every 2 weeks, 5 times`.
    #[must_use]
    pub fn words(&self) -> String {
        let unit = self.rhythm.unit();
        let every = if self.every == 1 { format!("every {unit}") } else { format!("every {} {unit}s", self.every) };
        format!("{every}, {} times", self.times)
    }
}

fn local_starts(rhythm: Rhythm, every: i64, first: DateTime) -> impl Iterator<Item = DateTime> {
    (0_i64..).map_while(move |count| {
        let by = count.checked_mul(every)?;
        let span = match rhythm {
            Rhythm::Daily => Span::new().try_days(by),
            Rhythm::Weekly => Span::new().try_weeks(by),
            Rhythm::Monthly => Span::new().try_months(by),
        };
        first.checked_add(span.ok()?).ok()
    })
}

/// When a series ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// After so many meetings.
    After(i64),
    /// With that local day.
    On(Date),
}

/// Makes a series of what was asked.
///
/// # Errors
/// What to mend, as a sentence.
pub fn check(rhythm: Rhythm, every: i64, ends: Ends, first: DateTime) -> Result<Repeat, String> {
    let most = rhythm.every_max();
    if !(1..=most).contains(&every) {
        return Err(format!("Zoom repeats a meeting every 1 to {most} {}s.", rhythm.unit()));
    }
    if rhythm == Rhythm::Monthly && first.day() > 28 {
        return Err("Not every month has this day. Start a monthly series on the 1st to the 28th.".to_owned());
    }
    let most = i64::try_from(OCCURRENCES_MAX).unwrap_or(i64::MAX);
    let times = match ends {
        Ends::After(times) => times,
        Ends::On(day) => {
            let starts = local_starts(rhythm, every, first).take(OCCURRENCES_MAX + 1);
            i64::try_from(starts.take_while(|start| start.date() <= day).count()).unwrap_or(i64::MAX)
        }
    };
    if times > most {
        return Err(format!("Zoom takes at most {OCCURRENCES_MAX} meetings in a series. End it earlier."));
    }
    if times < 2 {
        return Err("A series has two meetings at the least. End it later, or do not repeat it.".to_owned());
    }
    Ok(Repeat { rhythm, every, times })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    fn first() -> DateTime {
        datetime(2026, 10, 18, 10, 0, 0, 0)
    }

    #[test]
    fn the_clock_on_the_wall_stays_over_a_change_of_the_clocks() {
        let zone = TimeZone::get("Europe/Dublin").unwrap();
        let repeat = check(Rhythm::Weekly, 1, Ends::After(3), first()).unwrap();
        let shown: Vec<String> = repeat
            .starts_ms(first(), &zone)
            .into_iter()
            .map(|at| Timestamp::from_millisecond(at).unwrap().to_string())
            .collect();
        assert_eq!(shown, ["2026-10-18T09:00:00Z", "2026-10-25T10:00:00Z", "2026-11-01T10:00:00Z"]);
    }

    #[track_caller]
    fn check_times(rhythm: Rhythm, every: i64, ends: Ends, expected: Result<i64, &str>) {
        match (check(rhythm, every, ends, first()), expected) {
            (Ok(repeat), Ok(times)) => assert_eq!(repeat.times, times),
            (Err(sentence), Err(says)) => assert!(sentence.contains(says), "{sentence}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn a_series_ends_by_count_or_by_day_within_what_zoom_takes() {
        let until = |day: i8| Ends::On(first().date().with().day(day).build().unwrap());
        check_times(Rhythm::Daily, 1, Ends::After(5), Ok(5));
        check_times(Rhythm::Daily, 2, until(22), Ok(3));
        check_times(Rhythm::Weekly, 1, until(31), Ok(2));
        check_times(Rhythm::Monthly, 3, Ends::After(50), Ok(50));
        check_times(Rhythm::Monthly, 4, Ends::After(5), Err("1 to 3 months"));
        check_times(Rhythm::Weekly, 0, Ends::After(5), Err("1 to 12 weeks"));
        check_times(Rhythm::Daily, 1, Ends::After(51), Err("at most 50"));
        check_times(Rhythm::Daily, 1, Ends::After(1), Err("two meetings"));
        check_times(Rhythm::Daily, 1, until(17), Err("two meetings"));
        let last = datetime(2026, 10, 31, 9, 0, 0, 0);
        assert!(check(Rhythm::Monthly, 1, Ends::After(3), last).unwrap_err().contains("28th"));
    }

    #[test]
    fn it_is_said_in_words_and_as_a_rule() {
        let repeat = Repeat { rhythm: Rhythm::Weekly, every: 2, times: 5 };
        assert_eq!(
            (repeat.words().as_str(), repeat.rule().as_str()),
            ("every 2 weeks, 5 times", "FREQ=WEEKLY;INTERVAL=2;COUNT=5")
        );
    }
}
