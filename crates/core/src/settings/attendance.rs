//! What may be chosen about attendance, checked field by field.

use serde::{Deserialize, Serialize};

/// How attendance is told in LeadSquared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AttendanceTold {
    /// Joined and left, for each stay, as it happens.
    #[default]
    AsItHappens,
    /// One activity for each person and run, corrected in place.
    OneActivity,
    /// Both.
    Both,
}

/// From when on somebody who came counts as attended; below it the person left early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Minutes in all.
    Minutes(i64),
    /// Per cent of the run's real length.
    Percent(i64),
}

/// What is made of attendance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttendanceRule {
    /// How it is told.
    pub told: AttendanceTold,
    /// From when on it is one.
    pub threshold: Threshold,
    /// Whether Zoom is asked after the end who was there, who was not, what was asked and answered. Without it, what a webhook
    /// did not tell stays unknown, and there are no no-shows.
    pub read_after_end: bool,
    /// Minutes after the end of a webinar until Zoom is asked; Zoom's reports come late.
    pub grace_min: i64,
    /// Whether who registered and did not come gets an activity.
    pub no_shows: bool,
    /// Whether the link of the recording is written into the attendance activity.
    pub recording_links: bool,
}

/// The longest wait after the end of a webinar, in minutes: a day.
pub const GRACE_MIN_MAX: i64 = 24 * 60;

impl Default for AttendanceRule {
    fn default() -> Self {
        Self {
            told: AttendanceTold::default(),
            threshold: Threshold::Minutes(5),
            read_after_end: true,
            grace_min: 30,
            no_shows: true,
            recording_links: false,
        }
    }
}

/// The highest threshold in minutes: a day.
pub const THRESHOLD_MIN_MAX: i64 = 24 * 60;

/// In what a threshold is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minutes in all.
    Minutes,
    /// Per cent of the run's real length.
    Percent,
}

impl Threshold {
    /// Its number and in what it is counted.
    #[must_use]
    pub fn parts(self) -> (i64, Unit) {
        match self {
            Self::Minutes(minutes) => (minutes, Unit::Minutes),
            Self::Percent(percent) => (percent, Unit::Percent),
        }
    }
}

/// Attendance as a person filled it in: numbers are texts yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// How it is told.
    pub told: AttendanceTold,
    /// The threshold.
    pub threshold: String,
    /// What the threshold counts.
    pub unit: Unit,
    /// Minutes after the end until Zoom is asked.
    pub grace_min: String,
}

/// What to mend: a sentence for each of the two numbers, empty where it is fine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wrong {
    /// About the threshold.
    pub threshold: String,
    /// About the wait.
    pub grace_min: String,
}

/// Takes what was filled in over `rule`, of which the rest stays.
///
/// # Errors
/// [`Wrong`], field by field.
pub fn take(filled: &Filled, rule: &AttendanceRule) -> Result<AttendanceRule, Wrong> {
    let number = |text: &str, (least, most): (i64, i64)| {
        let number: Option<i64> = text.trim().parse().ok();
        number.filter(|number| (least..=most).contains(number))
    };
    let threshold = match filled.unit {
        Unit::Minutes => number(&filled.threshold, (1, THRESHOLD_MIN_MAX)).map(Threshold::Minutes).ok_or_else(|| {
            format!("Minutes are a whole number from 1 to {THRESHOLD_MIN_MAX}; “{}” is none.", filled.threshold)
        }),
        Unit::Percent => number(&filled.threshold, (1, 100)).map(Threshold::Percent).ok_or_else(|| {
            format!("A share is a whole number from 1 to 100 per cent; “{}” is none.", filled.threshold)
        }),
    };
    let grace_min = number(&filled.grace_min, (0, GRACE_MIN_MAX)).ok_or_else(|| {
        format!("The wait is a whole number of minutes from 0 to {GRACE_MIN_MAX}; “{}” is none.", filled.grace_min)
    });
    match (threshold, grace_min) {
        (Ok(threshold), Ok(grace_min)) => {
            Ok(AttendanceRule { told: filled.told, threshold, grace_min, ..rule.clone() })
        }
        (threshold, grace_min) => Err(Wrong {
            threshold: threshold.err().unwrap_or_default(),
            grace_min: grace_min.err().unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check((threshold, unit): (&str, Unit), grace_min: &str, expected: Result<(Threshold, i64), (bool, bool)>) {
        let filled = Filled {
            told: AttendanceTold::Both,
            threshold: threshold.to_owned(),
            unit,
            grace_min: grace_min.to_owned(),
        };
        let came = take(&filled, &AttendanceRule::default());
        let came = came.map(|rule| (rule.threshold, rule.grace_min));
        let wrong = |wrong: Wrong| (!wrong.threshold.is_empty(), !wrong.grace_min.is_empty());
        assert_eq!(came.map_err(wrong), expected);
    }

    #[test]
    fn numbers_out_of_their_bounds_are_refused_each_at_its_field() {
        check(("5", Unit::Minutes), "30", Ok((Threshold::Minutes(5), 30)));
        check((" 75 ", Unit::Percent), "0", Ok((Threshold::Percent(75), 0)));
        check(("0", Unit::Minutes), "30", Err((true, false)));
        check(("101", Unit::Percent), "30", Err((true, false)));
        check(("101", Unit::Minutes), "1440", Ok((Threshold::Minutes(101), 1440)));
        check(("5", Unit::Minutes), "1441", Err((false, true)));
        check(("five", Unit::Minutes), "-1", Err((true, true)));
    }
}
