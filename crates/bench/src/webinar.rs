//! A webinar against a rate limit: everybody registers, joins and leaves; how many calls it takes, and how near the time is
//! to the least that the limit allows. What stands in the pretend LeadSquared is compared with what happened.

use crate::arguments;
use crate::figures::{Figures, rounded};
use crate::stepped::Stepped;
use anyhow::Context as _;
use connector_core::settings::Plan;
use connector_simulator::truth::{Expectations, compare};
use connector_simulator::zoom::{Approval, Mischief, NewEvent, NewRegistrant, Who};
use std::collections::BTreeMap;

/// One minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// Of a hundred webhooks so many come twice.
const DOUBLED_PER_100: u64 = 3;
/// Rows in one call, of leads and of activities (leadsquared.md § 2.5).
const ROWS_PER_CALL: usize = 25;

/// Runs it.
pub async fn run(wanted: &arguments::Webinar) -> anyhow::Result<Figures> {
    let limit = wanted.limit();
    let bulk = limit.bulk_calls.unwrap_or(limit.calls);
    let plan = Plan { calls: Some(limit.calls), bulk_calls: Some(bulk), window_s: limit.window_s, ..Plan::default() };
    let mut house = Stepped::open((Some(limit), wanted.throttle), &plan, 1).await?;
    happen(&house, wanted.people)?;
    let org = house.world.tenant(0)?;
    let crm = house.world.preset.leadsquared.clone();
    // What set-up called does not count.
    let before = crm.counters(org.as_str());
    house.advance(i64::from(limit.window_s) * 1000);
    let begin_ms = house.now_ms();
    house.deliver().await?;
    house.settle().await?;
    let after = crm.counters(org.as_str());
    let snapshot = crm.snapshot(org.as_str()).context("the account is gone")?;
    let records = snapshot.activities.iter().map(|one| one.created_ms);
    let last_ms = records.chain(snapshot.leads.iter().map(|one| one.created_ms)).max().unwrap_or(begin_ms);
    let expect = Expectations {
        zoom_account: house.world.zoom_account(0),
        follow_up_minutes: 30,
        follow_up_hours: 24,
        attendance: connector_simulator::truth::AttendanceTold::AsItHappens,
        no_shows_until_ms: None,
        scheduled: Vec::new(),
    };
    let seen = compare(&house.world.preset.zoom.history(), &snapshot, &expect);
    for difference in &seen.differences {
        crate::figures::progress(difference);
    }
    let bound_s = bound_s((seen.leads, seen.activities), bulk, limit.window_s);
    let total_s = (last_ms - begin_ms) as f64 / 1000.0;
    Ok(Figures::from_iter([
        ("people".to_owned(), wanted.people.into()),
        ("calls".to_owned(), (after.calls - before.calls).into()),
        ("throttled".to_owned(), (after.throttled - before.throttled).into()),
        ("doubled".to_owned(), seen.duplicates.into()),
        ("lost".to_owned(), seen.lost.into()),
        ("bound_s".to_owned(), rounded(bound_s, 1)),
        ("total_s".to_owned(), rounded(total_s, 1)),
    ]))
}

/// The least time that the limit allows: the first window's calls go at once.
fn bound_s((leads, activities): (usize, usize), calls_per_window: u32, window_s: u32) -> f64 {
    let calls = leads.div_ceil(ROWS_PER_CALL) + activities.div_ceil(ROWS_PER_CALL);
    let waiting = (calls as f64 - f64::from(calls_per_window)).max(0.0);
    waiting / f64::from(calls_per_window) * f64::from(window_s)
}

/// Everything that happens in Zoom; its webhooks wait to be delivered.
pub fn happen(house: &Stepped, people: u32) -> anyhow::Result<()> {
    let zoom = &house.world.preset.zoom;
    let [account, _] = &house.world.preset.zoom_accounts;
    let [_, webinars] = &house.world.preset.apps;
    zoom.install(&webinars.client_id, &account.admin);
    zoom.set_mischief(Mischief { doubled_per_100: DOUBLED_PER_100, ..Mischief::default() });
    let began_ms = house.now_ms();
    house.advance(3 * 60 * MINUTE_MS);
    let new = NewEvent {
        topic: "Quarterly results".to_owned(),
        start_ms: began_ms + 60 * MINUTE_MS,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let number = zoom.create_webinar(&account.admin, new, began_ms);
    let mut ids = Vec::new();
    for person in 0..i64::from(people) {
        let registrant = NewRegistrant {
            email: format!("person-{person:06}@customers.example"),
            first_name: format!("Person {person}"),
            last_name: "Rao".to_owned(),
            answers: BTreeMap::from([("org".to_owned(), "Kite Systems".to_owned())]),
            custom_questions: Vec::new(),
            tracking_source: None,
            occurrence: None,
        };
        let at_ms = began_ms + person * 50 * MINUTE_MS / i64::from(people);
        ids.push(zoom.register(number, registrant, at_ms).map_err(|refused| anyhow::anyhow!("{refused:?}"))?);
    }
    let start_ms = began_ms + 60 * MINUTE_MS;
    let uuid = zoom.start(number, start_ms).context("the webinar did not start")?;
    let mut stays = Vec::new();
    for (person, id) in (0..i64::from(people)).zip(&ids) {
        let join_ms = start_ms + person * 20 * MINUTE_MS / i64::from(people);
        let stay = zoom.join(&uuid, Who::Registrant(id.clone()), join_ms).context("somebody could not join")?;
        stays.push((stay, join_ms));
    }
    // Nobody stays for half an hour, so that no task follows and the arithmetic is that of leads and activities.
    for (person, (stay, join_ms)) in (0_i64..).zip(&stays) {
        zoom.leave(&uuid, stay, join_ms + (5 + person % 24) * MINUTE_MS);
    }
    zoom.end(&uuid, start_ms + 60 * MINUTE_MS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(records: (usize, usize), calls: u32, expected: f64) {
        assert!((bound_s(records, calls, 5) - expected).abs() < 1e-9, "{}", bound_s(records, calls, 5));
    }

    #[test]
    fn the_bound_is_arithmetic() {
        check((10_000, 30_000), 25, 315.0);
        check((10_000, 30_000), 5, 1595.0);
        check((1, 3), 25, 0.0);
    }
}
