//! Due times as tables, and the law of the next working day over every change of the clocks of ten years.

use super::*;

const FIVE_DAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[track_caller]
fn check(due: Due, at: &str, zone_name: &str, expected: &str) {
    let at_ms = ms(at);
    let moments =
        Moments { at_ms, start_ms: Some(ms("2026-08-03T10:00:00Z")), end_ms: Some(ms("2026-08-03T11:00:00Z")) };
    let got = due_ms(due, moments, &zone(Some(zone_name)), &FIVE_DAYS);
    assert_eq!(Timestamp::from_millisecond(got).unwrap().to_string(), expected, "{due:?} after {at} in {zone_name}");
}

fn working(days: i64, at: &str) -> Due {
    Due::WorkingDay { days, at: TimeOfDay::parse(at).unwrap() }
}

#[test]
fn a_due_time_is_reckoned_from_what_happened_or_from_the_webinar() {
    let webinar = |side, of, minutes| Due::Webinar { side, of, minutes };
    check(Due::HoursAfter { hours: 24 }, "2026-08-03T10:40:00Z", "UTC", "2026-08-04T10:40:00Z");
    check(webinar(Side::After, Of::End, 60), "2026-08-03T10:40:00Z", "UTC", "2026-08-03T12:00:00Z");
    check(webinar(Side::Before, Of::Start, 120), "2026-08-02T10:40:00Z", "UTC", "2026-08-03T08:00:00Z");
    // What would be over already is due at once.
    check(webinar(Side::Before, Of::Start, 120), "2026-08-03T09:00:00Z", "UTC", "2026-08-03T09:00:00Z");
    check(webinar(Side::After, Of::Start, 0), "2026-08-03T10:40:00Z", "UTC", "2026-08-03T10:40:00Z");
}

#[test]
fn a_working_day_is_one_of_the_tenants_in_the_tenants_zone() {
    // Friday evening, which is Saturday in Kolkata.
    check(working(1, "10:00"), "2026-08-07T20:00:00Z", "UTC", "2026-08-10T10:00:00Z");
    check(working(1, "10:00"), "2026-08-07T20:00:00Z", "Asia/Kolkata", "2026-08-10T04:30:00Z");
    check(working(1, "10:00"), "2026-08-06T20:00:00Z", "Asia/Kolkata", "2026-08-10T04:30:00Z");
    check(working(3, "09:15"), "2026-08-06T10:00:00Z", "UTC", "2026-08-11T09:15:00Z");
}

#[test]
fn a_local_time_that_is_skipped_comes_after_the_skip_and_one_that_comes_twice_is_the_first() {
    let all = |at: &str, due: &str, zone_name: &str, expected: &str| {
        let moments = Moments { at_ms: ms(at), start_ms: None, end_ms: None };
        let got = due_ms(working(1, due), moments, &zone(Some(zone_name)), &Weekday::ALL);
        assert_eq!(Timestamp::from_millisecond(got).unwrap().to_string(), expected);
    };
    // Berlin, 29 March 2026: 02:30 does not exist, and is 03:30. 25 October 2026: it comes twice.
    all("2026-03-28T12:00:00Z", "02:30", "Europe/Berlin", "2026-03-29T01:30:00Z");
    all("2026-10-24T12:00:00Z", "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z");
}

#[test]
fn a_time_of_the_day_is_hours_and_minutes() {
    for wrong in ["", "10", "1:00", "24:00", "10:60", "10:0", "ten:00", "+1:00"] {
        assert_eq!(TimeOfDay::parse(wrong), None, "{wrong}");
    }
    assert_eq!(TimeOfDay::parse(" 09:05 ").unwrap().to_string(), "09:05");
}

/// Zones with their changes at other times of the day and the year, on both halves of the earth, by half an hour too, and two
/// without any.
const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "Asia/Jerusalem",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "UTC",
];

#[track_caller]
fn check_law(at: Timestamp, time: &str, zone: &TimeZone, working_days: &[Weekday]) {
    let at_ms = at.as_millisecond();
    let got_ms = due_ms(working(1, time), Moments { at_ms, start_ms: None, end_ms: None }, zone, working_days);
    let (before, after) = (
        at.to_zoned_datetime(zone.clone()),
        Timestamp::from_millisecond(got_ms).unwrap().to_zoned_datetime(zone.clone()),
    );
    let said = format!("{before} → {after}");
    assert_eq!(after.strftime("%H:%M:%S").to_string(), format!("{time}:00"), "{said}");
    assert!(working_days.contains(&Weekday::of(after.date())), "{said}");
    assert!(after.timestamp() > at && after.date() > before.date(), "{said}");
    let mut between = before.date().checked_add(1.day()).unwrap();
    while between < after.date() {
        assert!(!working_days.contains(&Weekday::of(between)), "{said}: {between} lies between");
        between = between.checked_add(1.day()).unwrap();
    }
}

/// Law: “next working day 10:00” is 10:00 there, on a working day, later, and no working day lies between; from every hour of the
/// days around every change of the clocks from 2020 to 2029, and from one hour of every other day.
#[test]
fn the_next_working_day_is_right_across_every_change_of_the_clocks_of_ten_years() {
    let sunday_to_thursday =
        [Weekday::Sunday, Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday];
    let (begin, end) = (ms("2020-01-01T00:00:00Z"), ms("2030-01-01T00:00:00Z"));
    let mut changes = 0;
    for name in ZONES {
        let zone = zone(Some(name));
        let mut hours: std::collections::BTreeSet<i64> = (begin..end).step_by(86_400_000).collect();
        for change in zone.following(Timestamp::from_millisecond(begin).unwrap()) {
            let at_ms = change.timestamp().as_millisecond();
            if at_ms >= end {
                break;
            }
            changes += 1;
            // Across the longest weekend before it, and after it.
            hours.extend((-96..=48).map(|hour| at_ms + hour * HOUR_MS));
        }
        for at_ms in hours {
            let at = Timestamp::from_millisecond(at_ms).unwrap();
            check_law(at, "10:00", &zone, &FIVE_DAYS);
            check_law(at, "10:00", &zone, &sunday_to_thursday);
            check_law(at, "17:45", &zone, &[Weekday::Saturday]);
        }
    }
    assert!(changes >= 150, "{changes} changes of the clocks");
}
