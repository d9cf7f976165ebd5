//! A local time in its zone as a moment in UTC. Where the zone's clocks skip it or show it twice, nothing is guessed: there are
//! two choices.

use super::{START_AHEAD_MAX_MS, START_PAST_MAX_MS};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::Serialize;

/// One start to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Local date and time, `YYYY-MM-DDTHH:MM`.
    pub start: String,
    /// Offset from UTC, `+HH:MM`.
    pub offset: String,
    /// In words.
    pub words: String,
}

/// Why a local time is no moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoTime {
    /// As a sentence.
    pub sentence: String,
    /// What to choose from, if there is something.
    pub choices: Vec<Choice>,
}

impl From<String> for NoTime {
    fn from(sentence: String) -> Self {
        Self { sentence, choices: Vec::new() }
    }
}

/// A zone by its IANA name, and that name as the IANA writes it.
///
/// # Errors
/// What to mend, as a sentence.
pub fn zone(name: &str) -> Result<(String, TimeZone), String> {
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

/// A local time as a form or a caller writes it.
///
/// # Errors
/// What to mend, as a sentence.
pub fn local(text: &str) -> Result<DateTime, String> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let read = forms.iter().find_map(|form| DateTime::strptime(form, text).ok());
    read.ok_or_else(|| "Write date and time like 2026-08-15T10:30.".to_owned())
}

/// The local time in UTC, epoch milliseconds. `offset` (`+HH:MM` or empty) chooses where the clocks show it twice; elsewhere it
/// has to be the zone's own.
///
/// # Errors
/// [`NoTime`].
pub fn start_ms(local: DateTime, (name, zone): (&str, &TimeZone), offset: &str, now_ms: i64) -> Result<i64, NoTime> {
    let chosen = offset.trim();
    let fits = |offset: Offset| chosen.is_empty() || shown(offset) == chosen;
    let timestamp = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } if fits(offset) => at(local, offset)?,
        AmbiguousOffset::Unambiguous { offset } => {
            let own = shown(offset);
            return Err(format!("In {name} the offset from UTC is {own} then, not {chosen}. Leave it out.").into());
        }
        AmbiguousOffset::Fold { before, after: _ } if shown(before) == chosen => at(local, before)?,
        AmbiguousOffset::Fold { before: _, after } if shown(after) == chosen => at(local, after)?,
        AmbiguousOffset::Gap { before, after } => return Err(skipped(local, (name, zone), (before, after))?),
        AmbiguousOffset::Fold { before, after } => return Err(twice(local, name, (before, after))?),
    };
    let start_ms = timestamp.as_millisecond();
    if start_ms < now_ms - START_PAST_MAX_MS {
        return Err("That is over already.".to_owned().into());
    }
    if start_ms > now_ms.saturating_add(START_AHEAD_MAX_MS) {
        return Err(too_far().into());
    }
    Ok(start_ms)
}

/// A moment (epoch milliseconds) as its zone's clocks show it, `YYYY-MM-DDTHH:MM`, and the offset from UTC, `+HH:MM`.
#[must_use]
pub fn shown_in(at_ms: i64, zone: &str) -> (String, String) {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    (zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string(), shown(zone.to_offset(at)))
}

fn too_far() -> String {
    "That is too far away.".to_owned()
}

fn at(local: DateTime, offset: Offset) -> Result<Timestamp, NoTime> {
    offset.to_timestamp(local).map_err(|_| too_far().into())
}

/// `+05:30`.
fn shown(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn skipped(
    local: DateTime,
    (name, zone): (&str, &TimeZone),
    (before, after): (Offset, Offset),
) -> Result<NoTime, NoTime> {
    let choice = |moment: Timestamp| {
        let local = zone.to_datetime(moment);
        Choice {
            start: local.strftime("%Y-%m-%dT%H:%M").to_string(),
            offset: shown(zone.to_offset(moment)),
            words: format!("{} ({} from UTC)", local.strftime("%H:%M"), shown(zone.to_offset(moment))),
        }
    };
    let clock = |moment: Timestamp| zone.to_datetime(moment).strftime("%H:%M").to_string();
    let (earlier, later) = (at(local, after)?, at(local, before)?);
    let sentence = format!(
        "On {} the clocks in {name} skip {}. Choose {} or {} instead.",
        local.strftime("%-d %B %Y"),
        local.strftime("%H:%M"),
        clock(earlier),
        clock(later)
    );
    Ok(NoTime { sentence, choices: vec![choice(earlier), choice(later)] })
}

fn twice(local: DateTime, name: &str, (before, after): (Offset, Offset)) -> Result<NoTime, NoTime> {
    let utc = |moment: Timestamp| TimeZone::UTC.to_datetime(moment).strftime("%H:%M on %-d %B").to_string();
    let choice = |offset: Offset, which: &str, moment: Timestamp| Choice {
        start: local.strftime("%Y-%m-%dT%H:%M").to_string(),
        offset: shown(offset),
        words: format!("The {which} {}, which is {} UTC", local.strftime("%H:%M"), utc(moment)),
    };
    let (first, second) = (at(local, before)?, at(local, after)?);
    let sentence = format!(
        "On {} the clocks in {name} show {} twice. Choose which of the two: {} UTC is the first, {} UTC the second.",
        local.strftime("%-d %B %Y"),
        local.strftime("%H:%M"),
        utc(first),
        utc(second)
    );
    Ok(NoTime { sentence, choices: vec![choice(before, "first", first), choice(after, "second", second)] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Span, civil::date};

    /// Zones that moved their clocks in different ways, and two that do not.
    const ZONES: [&str; 8] = [
        "Europe/Dublin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "America/Santiago",
        "Pacific/Chatham",
        "Asia/Kolkata",
        "UTC",
    ];

    #[test]
    fn over_ten_years_every_local_time_is_one_moment_or_two_choices_that_hold() {
        for name in ZONES {
            let (_, zone) = super::zone(name).unwrap();
            let mut local = date(2026, 1, 1).at(0, 15, 0, 0);
            let last = date(2036, 1, 1).at(0, 0, 0, 0);
            while local < last {
                let now_ms = zone.to_timestamp(local).unwrap().as_millisecond() - 86_400_000;
                match start_ms(local, (name, &zone), "", now_ms) {
                    Ok(start_ms) => {
                        let moment = Timestamp::from_millisecond(start_ms).unwrap();
                        assert_eq!(zone.to_datetime(moment), local, "{name}");
                    }
                    Err(no) => {
                        assert_eq!(no.choices.len(), 2, "{name} {local}: {}", no.sentence);
                        let chosen = no.choices.iter().map(|choice| {
                            let local = super::local(&choice.start).unwrap();
                            super::start_ms(local, (name, &zone), &choice.offset, now_ms).unwrap()
                        });
                        let chosen: Vec<i64> = chosen.collect();
                        assert!(chosen[0] < chosen[1], "{name} {local}: {chosen:?}");
                    }
                }
                local = local.checked_add(Span::new().minutes(30)).unwrap();
            }
        }
    }
}
