//! Pictures of numbers, as shapes within a box of fixed size that the page stretches: bars of the hours of a day. The words around a
//! picture are text of the page, so that they stay readable at any width; each picture has a table that says the same.
//!
//! Pure geometry: which numbers are shown is decided where they are read.

use super::filters;
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The height of every picture's box.
pub const HEIGHT: f64 = 100.0;
/// The least height of something that is there.
const LEAST: f64 = 1.5;
/// The room of one hour: two bars and a gap.
const HOUR_WIDTH: f64 = 10.0;
const BAR_WIDTH: f64 = 3.8;
/// Every so many hours one is named.
const NAMED_EVERY: usize = 4;

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The style's class.
    pub class: &'static str,
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// What an hour came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourLine {
    /// When it began, in the tenant's time zone.
    pub began: String,
    /// Notifications that came in.
    pub received: i64,
    /// Deliveries that were written.
    pub written: i64,
    /// Deliveries planned in it that still wait.
    pub waiting: i64,
    /// Deliveries planned in it that wait for a person, and notifications that could not be read.
    pub failed: i64,
}

/// The hours of a day as a picture.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "part/hours.html")]
pub struct Hours {
    /// The same in numbers, the oldest first.
    pub lines: Vec<HourLine>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The width of the box.
    pub width: f64,
    /// What the full height stands for.
    pub most: i64,
    /// Names of hours, each for `NAMED_EVERY` of them.
    pub named: Vec<String>,
    /// What it shows, as a sentence.
    pub sentence: String,
}

impl askama::filters::HtmlSafe for Hours {}

impl Hours {
    /// Draws the hours, the oldest first.
    #[must_use]
    pub fn new(lines: Vec<HourLine>) -> Self {
        let out = |line: &HourLine| line.written + line.waiting + line.failed;
        let most = lines.iter().map(|line| line.received.max(out(line))).max().unwrap_or(0);
        let mut bars = Vec::new();
        let mut left = 0.0;
        for line in &lines {
            stack(&mut bars, (left + 0.8, most), &[("busy", line.received)]);
            let parts = [("good", line.written), ("wait", line.waiting), ("bad", line.failed)];
            stack(&mut bars, (left + 1.2 + BAR_WIDTH, most), &parts);
            left += HOUR_WIDTH;
        }
        let sum = |of: fn(&HourLine) -> i64| filters::thousands(lines.iter().map(of).sum());
        let sentence = format!(
            "The last {} hours: {} came in, {} written, {} waiting, {} failed.",
            lines.len(),
            sum(|line| line.received),
            sum(|line| line.written),
            sum(|line| line.waiting),
            sum(|line| line.failed),
        );
        let named = lines.iter().step_by(NAMED_EVERY).map(|line| line.began.clone()).collect();
        Self { bars, width: left, most, named, sentence, lines }
    }
}

/// Bars of one column, from the bottom up.
fn stack(bars: &mut Vec<Bar>, (x, most): (f64, i64), parts: &[(&'static str, i64)]) {
    let mut y = HEIGHT;
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let height = (share(*count, most) * HEIGHT).max(LEAST);
        y = (y - height).max(0.0);
        bars.push(Bar { class, x, y, width: BAR_WIDTH, height });
    }
}

/// How much of the whole a part is, between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "a picture shows no more than a thousandth")]
#[must_use]
pub fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// The time of day at a moment (epoch milliseconds) in a zone by its IANA name; UTC where the zone is unknown.
#[must_use]
pub fn time_of_day(at_ms: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at_ms);
    at.map(|at| zone.to_datetime(at).strftime("%H:%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(received: i64, written: i64, waiting: i64, failed: i64) -> HourLine {
        HourLine { began: "09:00".to_owned(), received, written, waiting, failed }
    }

    #[test]
    fn bars_stand_on_each_other_and_nothing_leaves_the_box() {
        let hours = Hours::new(vec![line(10, 5, 3, 2), line(0, 0, 0, 0), line(1_000, 1, 0, 0)]);
        assert_eq!((hours.most, hours.width), (1_000, 30.0));
        assert_eq!(
            hours.bars.iter().map(|bar| bar.class).collect::<Vec<_>>(),
            ["busy", "good", "wait", "bad", "busy", "good"]
        );
        for bar in &hours.bars {
            assert!(bar.y >= 0.0 && bar.height >= LEAST && bar.y + bar.height <= HEIGHT + 0.01, "{bar:?}");
        }
        assert_eq!(hours.sentence, "The last 3 hours: 1,010 came in, 6 written, 3 waiting, 2 failed.");
    }

    #[test]
    fn a_day_without_anything_has_no_bars() {
        let hours = Hours::new(vec![line(0, 0, 0, 0); 24]);
        assert_eq!((hours.bars.len(), hours.named.len()), (0, 6));
    }

    #[test]
    fn hours_are_named_in_the_zone() {
        assert_eq!(time_of_day(1_786_000_000_000, "Asia/Kolkata"), "12:36");
        assert_eq!(time_of_day(0, "No/Where"), "00:00");
    }
}
