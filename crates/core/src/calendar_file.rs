//! A calendar file of a scheduled meeting (RFC 5545). All times are UTC, so that no calendar has to know a zone; a series is a rule
//! where the rule says the same in UTC, and else one entry for each meeting.

use crate::fact::agreed::Plan;
use crate::fact::scheduling::{CreatedMeeting, ScheduleMeeting};
use crate::recurrence::Repeat;
use crate::redact::mask::Sight;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The longest line, in bytes without its end; longer ones are folded.
const LINE_BYTES_MAX: usize = 75;
const MINUTE_MS: i64 = 60_000;

/// What stands in the file.
#[derive(Debug, Clone)]
pub struct Calendar<'a> {
    /// Names the meeting for as long as it exists: a later file under the same name replaces the earlier.
    pub uid: &'a str,
    /// When the file was asked for, epoch milliseconds.
    pub stamp_ms: i64,
    /// Title.
    pub topic: &'a str,
    /// Free text.
    pub agenda: &'a str,
    /// First start, epoch milliseconds.
    pub start_ms: i64,
    /// Minutes.
    pub minutes: i64,
    /// IANA zone in which a series keeps its time.
    pub zone: &'a str,
    /// The series, where it is one.
    pub repeat: Option<&'a Repeat>,
    /// The link to join, once there is one.
    pub join_url: Option<&'a str>,
}

/// The file, its lines ended by CR LF.
#[must_use]
pub fn write(calendar: &Calendar<'_>) -> String {
    let starts =
        calendar.repeat.map_or_else(Vec::new, |repeat| repeat.starts_from_ms(calendar.start_ms, calendar.zone));
    let rule = calendar.repeat.filter(|repeat| repeat.starts_from_ms(calendar.start_ms, "UTC") == starts);
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Zoom connector for LeadSquared//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
    ];
    if starts.is_empty() || rule.is_some() {
        entry(&mut lines, calendar, (calendar.uid, calendar.start_ms), rule);
    } else {
        for (place, start_ms) in starts.iter().enumerate() {
            entry(&mut lines, calendar, (&format!("{}-{}", calendar.uid, place + 1), *start_ms), None);
        }
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| fold(line)).collect()
}

/// The file of a meeting that was made, as somebody of that sight sees it, asked for at `stamp_ms` (epoch milliseconds). What was planned
/// since stands in it in the place of what was wanted first. Masked it comes without its description: whoever schedules writes there what
/// they like of whom they meet.
#[must_use]
pub fn of_meeting(
    (wanted, plan): (&ScheduleMeeting, Option<&Plan>),
    created: &CreatedMeeting,
    (stamp_ms, sight): (i64, Sight),
) -> String {
    let topic = sight.text(plan.map_or(&wanted.topic, |plan| &plan.topic));
    write(&Calendar {
        uid: &format!("{}-{}@zoom-connector", created.number, created.account),
        stamp_ms,
        topic: &topic,
        agenda: if sight.is_masked() { "" } else { &wanted.agenda },
        start_ms: plan.map_or(wanted.start_ms, |plan| plan.start_ms),
        minutes: plan.map_or(wanted.duration_min, |plan| plan.minutes),
        zone: &wanted.timezone,
        repeat: wanted.options.repeat.as_ref(),
        join_url: created.join_url.as_deref(),
    })
}

fn entry(lines: &mut Vec<String>, calendar: &Calendar<'_>, (uid, start_ms): (&str, i64), rule: Option<&Repeat>) {
    let link = calendar.join_url.unwrap_or_default();
    let text =
        format!("{}\n{}", if link.is_empty() { String::new() } else { format!("Join: {link}") }, calendar.agenda);
    lines.push("BEGIN:VEVENT".to_owned());
    lines.push(format!("UID:{}", escape(uid)));
    lines.push(format!("DTSTAMP:{}", utc(calendar.stamp_ms)));
    lines.push(format!("DTSTART:{}", utc(start_ms)));
    lines.push(format!("DTEND:{}", utc(start_ms.saturating_add(calendar.minutes.saturating_mul(MINUTE_MS)))));
    lines.extend(rule.map(|rule| format!("RRULE:{}", rule.rule())));
    lines.push(format!("SUMMARY:{}", escape(calendar.topic)));
    let text = text.trim();
    if !text.is_empty() {
        lines.push(format!("DESCRIPTION:{}", escape(text)));
    }
    if !link.is_empty() {
        lines.push(format!("LOCATION:{}", escape(link)));
    }
    lines.push("END:VEVENT".to_owned());
}

fn utc(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as RFC 5545 § 3.3.11 wants it; what ends a line may not stand in it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            ';' => escaped.push_str("\\;"),
            ',' => escaped.push_str("\\,"),
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() && letter != '\t' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A line with its end, folded between letters where it is too long.
fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 2);
    let mut bytes = 0;
    for letter in line.chars() {
        if bytes + letter.len_utf8() > LINE_BYTES_MAX {
            folded.push_str("\r\n ");
            bytes = 1;
        }
        folded.push(letter);
        bytes += letter.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recurrence::Rhythm;

    fn calendar<'a>() -> Calendar<'a> {
        Calendar {
            uid: "w-1@connector.example",
            stamp_ms: 1_786_704_800_000,
            topic: "Tour; part 1, \\ and more",
            agenda: "One\r\nEND:VEVENT\ntwo",
            start_ms: "2026-10-18T09:00:00Z".parse::<Timestamp>().unwrap().as_millisecond(),
            minutes: 30,
            zone: "Europe/Dublin",
            repeat: None,
            join_url: Some("https://zoom.example/j/1?pwd=x"),
        }
    }

    #[test]
    fn a_meeting_is_one_entry_in_utc_and_no_text_breaks_out_of_its_line() {
        let file = write(&calendar());
        assert!(file.contains("DTSTART:20261018T090000Z\r\nDTEND:20261018T093000Z\r\n"), "{file}");
        assert!(file.contains("SUMMARY:Tour\\; part 1\\, \\\\ and more\r\n"), "{file}");
        assert_eq!(file.matches("\r\nEND:VEVENT").count(), 1, "{file}");
        assert!(file.replace("\r\n", "").chars().all(|letter| letter != '\n' && letter != '\r'), "{file}");
        assert!(
            file.replace("\r\n ", "")
                .contains("DESCRIPTION:Join: https://zoom.example/j/1?pwd=x\\nOne\\nEND:VEVENT\\ntwo\r\n"),
            "{file}"
        );
    }

    #[test]
    fn long_lines_are_folded_between_letters() {
        let topic = "ü".repeat(200);
        let file = write(&Calendar { topic: &topic, ..calendar() });
        assert!(file.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX), "{file}");
        assert!(file.replace("\r\n ", "").contains(&topic));
    }

    #[test]
    fn a_series_is_a_rule_unless_the_clocks_change_within_it() {
        let steady = Repeat { rhythm: Rhythm::Weekly, every: 1, times: 4 };
        let kolkata = write(&Calendar { zone: "Asia/Kolkata", repeat: Some(&steady), ..calendar() });
        assert!(kolkata.contains("RRULE:FREQ=WEEKLY;INTERVAL=1;COUNT=4\r\n"), "{kolkata}");
        let dublin = write(&Calendar { repeat: Some(&steady), ..calendar() });
        assert!(!dublin.contains("RRULE") && dublin.matches("BEGIN:VEVENT").count() == 4, "{dublin}");
        assert!(dublin.contains("DTSTART:20261018T090000Z") && dublin.contains("DTSTART:20261025T100000Z"), "{dublin}");
        assert!(dublin.contains("UID:w-1@connector.example-2\r\n"));
    }
}
