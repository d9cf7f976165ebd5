//! LeadSquared's ways to write a time (leadsquared.md § 2.3). All are UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SECONDS: &str = "%Y-%m-%d %H:%M:%S";
/// `YYYY-MM-DD HH:MM:SS`.
const SECONDS_CHARS: usize = 19;
/// What stands for a time that has not come.
pub(super) const NEVER: &str = "0001-01-01 00:00:00.000";

/// `2025-02-01 10:41:09`: what is sent in, and activities on the way out. `at_ms` is epoch milliseconds.
pub(super) fn seconds(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime(SECONDS).to_string()
}

/// `2025-02-01 10:41:09.000`: leads and tasks on the way out. `at_ms` is epoch milliseconds.
pub(super) fn fraction(at_ms: i64) -> String {
    seconds(at_ms) + ".000"
}

/// `/Date(1502992091000+0000)/`: metadata. `at_ms` is epoch milliseconds.
pub(super) fn wcf(at_ms: i64) -> String {
    format!("/Date({at_ms}+0000)/")
}

/// Reads a time that was sent in, as epoch milliseconds; none for any other form.
pub(super) fn read(text: &str) -> Option<i64> {
    if text.len() != SECONDS_CHARS {
        return None;
    }
    let civil = DateTime::strptime(SECONDS, text).ok()?;
    Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond())
}

/// For people, in the account's zone: `1 Aug 2026, 15:32`. `at_ms` is epoch milliseconds.
pub(super) fn spoken(at_ms: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    zone.to_datetime(at).strftime("%-d %b %Y, %H:%M").to_string()
}

/// For people: begin and end, the day said once if it is one day. Both are epoch milliseconds.
pub(super) fn spoken_span((begin_ms, end_ms): (i64, i64), zone: &TimeZone) -> String {
    let (begin, end) = (spoken(begin_ms, zone), spoken(end_ms, zone));
    match (begin.split_once(", "), end.split_once(", ")) {
        _ if begin == end => begin,
        (Some((day, _)), Some((other, clock))) if day == other => format!("{begin} to {clock}"),
        _ => format!("{begin} to {end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn only_the_documented_form_is_read() {
        check("2026-08-01 10:02:11", Some(1_785_578_531_000));
        check("2026-08-01T10:02:11", None);
        check("2026-08-01 10:02:11Z", None);
        check("2026-08-01", None);
        check("2026-13-01 10:02:11", None);
        check("", None);
    }

    #[test]
    fn a_time_is_written_in_each_form() {
        assert_eq!(seconds(1_785_578_531_456), "2026-08-01 10:02:11");
        assert_eq!(fraction(1_785_578_531_456), "2026-08-01 10:02:11.000");
        assert_eq!(wcf(1_502_992_091_000), "/Date(1502992091000+0000)/");
        assert_eq!(spoken(1_785_578_531_456, &TimeZone::get("Asia/Kolkata").unwrap()), "1 Aug 2026, 15:32");
    }

    #[track_caller]
    fn check_span(minutes: i64, expected: &str) {
        let begin_ms = 1_785_578_531_456;
        assert_eq!(spoken_span((begin_ms, begin_ms + minutes * 60_000), &TimeZone::UTC), expected);
    }

    #[test]
    fn a_span_says_its_day_once() {
        check_span(0, "1 Aug 2026, 10:02");
        check_span(30, "1 Aug 2026, 10:02 to 10:32");
        check_span(24 * 60, "1 Aug 2026, 10:02 to 2 Aug 2026, 10:02");
    }
}
