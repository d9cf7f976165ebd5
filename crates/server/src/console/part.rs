//! The small parts that many pages show: a moment, a status pill. Each renders itself, escaped by its own template.
//!
//! A part never decides anything: which pill stands for a state is said by the page that shows it.

use super::filters;
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How a status looks; always together with an icon and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Busy,
    /// Waits, or wants attention soon.
    Wait,
    /// Wrong; somebody has to do something.
    Bad,
    /// Nothing to see.
    Quiet,
}

impl Tone {
    /// The style's class and the icon's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A status: icon and word.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/pill.html")]
pub struct Pill {
    /// How it looks.
    pub tone: Tone,
    /// The word.
    pub word: String,
}

impl Pill {
    /// A status.
    #[must_use]
    pub fn new(tone: Tone, word: &str) -> Self {
        Self { tone, word: word.to_owned() }
    }
}

impl askama::filters::HtmlSafe for Pill {}

/// A point in time: how long ago (or how soon), and exactly when on hovering.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "part/moment.html")]
pub struct Moment {
    /// For machines: RFC 3339, UTC.
    pub iso: String,
    /// In words with date, seconds and zone.
    pub exact: String,
    /// In words, seen from now.
    pub relative: String,
}

impl askama::filters::HtmlSafe for Moment {}

impl Moment {
    /// The moment `at_ms`, seen from `now_ms` (both epoch milliseconds), in a zone by its IANA name. An unknown zone is
    /// shown as UTC.
    #[must_use]
    pub fn new(at_ms: i64, now_ms: i64, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let Ok(at) = Timestamp::from_millisecond(at_ms) else {
            return Self { iso: String::new(), exact: String::new(), relative: "unknown".to_owned() };
        };
        let local = at.to_zoned_datetime(zone);
        Self {
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            exact: local.strftime("%-d %B %Y, %H:%M:%S %Z").to_string(),
            relative: relative(at_ms, now_ms).unwrap_or_else(|| local.strftime("%-d %b %Y").to_string()),
        }
    }

    /// The same in words with date and seconds instead of distance.
    #[must_use]
    pub fn spelled_out(self) -> Self {
        Self { relative: self.exact.clone(), ..self }
    }
}

/// An address outside this console that a page may link to: https only, so that no foreign text becomes a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLink(String);

impl WebLink {
    /// The longest address that is linked to, in bytes.
    pub const BYTES_MAX: usize = 450;

    /// Takes a text as an address, if it may be linked to.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|b| b.is_ascii_graphic());
        (plain && text.starts_with("https://") && text.len() <= Self::BYTES_MAX).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for WebLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Milliseconds of a minute, an hour, a day.
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Further away than this a date says more than a distance, in milliseconds.
const DISTANCE_MAX_MS: i64 = 30 * DAY_MS;

/// The distance in words; none when a date says more. `console.js` does the same in the browser.
fn relative(at_ms: i64, now_ms: i64) -> Option<String> {
    let gap = at_ms.saturating_sub(now_ms).saturating_abs();
    let amount = match gap {
        _ if gap < 5_000 => return Some("now".to_owned()),
        _ if gap < MINUTE_MS => format!("{} s", gap / 1_000),
        _ if gap < HOUR_MS => format!("{} min", gap / MINUTE_MS),
        _ if gap < DAY_MS => format!("{} h", gap / HOUR_MS),
        _ if gap < DISTANCE_MAX_MS => format!("{} d", gap / DAY_MS),
        _ => return None,
    };
    Some(if at_ms > now_ms { format!("in {amount}") } else { format!("{amount} ago") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_relative(gap_ms: i64, expected: Option<&str>) {
        let now_ms = 1_786_000_000_000;
        assert_eq!(relative(now_ms + gap_ms, now_ms).as_deref(), expected);
    }

    #[test]
    fn a_distance_is_told_in_the_largest_unit_that_fits() {
        check_relative(0, Some("now"));
        check_relative(-59_000, Some("59 s ago"));
        check_relative(90_000, Some("in 1 min"));
        check_relative(-3 * HOUR_MS, Some("3 h ago"));
        check_relative(29 * DAY_MS, Some("in 29 d"));
        check_relative(-31 * DAY_MS, None);
    }

    #[test]
    fn only_https_is_linked_to() {
        assert!(WebLink::parse("https://in21.example.test/LeadManagement/LeadDetails?LeadID=1").is_some());
        for text in ["javascript:alert(1)", "http://example.test", " https://example.test", "https://example.test/\n"] {
            assert_eq!(WebLink::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_moment_names_its_zone() {
        let moment = Moment::new(1_786_000_000_000, 1_786_000_060_000, "Asia/Kolkata");
        assert_eq!(moment.iso, "2026-08-06T07:06:40Z");
        assert_eq!(moment.exact, "6 August 2026, 12:36:40 IST");
        assert_eq!(moment.relative, "1 min ago");
        assert_eq!(Moment::new(0, 0, "No/Where").exact, "1 January 1970, 00:00:00 UTC");
        assert_eq!(Moment::new(i64::MAX, 0, "UTC").relative, "unknown");
    }
}
