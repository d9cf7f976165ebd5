//! LeadSquared is away: for hours, for a week, by refusing connections or by breaking them. Everything waits, it is hardly asked
//! meanwhile, and soon after its return everything goes on, gently.

use super::crm::{check_equal, hold};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_simulator::fault::{ANY, Fault};
use connector_simulator::leadsquared::Limit;

const SECOND_MS: i64 = 1_000;
/// People of the webinar that is held meanwhile: each leads to a lead, three activities and a task.
const PEOPLE: i64 = 400;

fn calls(house: &House) -> u64 {
    house.preset.leadsquared.counters("sunrise").calls
}

/// Lets time pass in such steps.
pub async fn pass(house: &mut House, most_ms: i64, step_ms: i64) {
    for _ in 0..most_ms / step_ms {
        house.advance(step_ms);
        house.settle().await;
    }
}

/// The first success comes within half a minute, the first minute is gentle, and in the end everything is there once.
async fn come_back(house: &mut House) {
    let (plan, before) = (25, calls(house));
    house.preset.leadsquared.set_limit("sunrise", Some(Limit { calls: plan, bulk_calls: None, window_s: 5 }));
    let mut waited_ms = 0;
    while house.preset.leadsquared.snapshot("sunrise").unwrap().leads.is_empty() {
        assert!(waited_ms < 30 * SECOND_MS, "no success within half a minute");
        waited_ms += SECOND_MS;
        house.advance(SECOND_MS);
        house.settle().await;
    }
    let first_minute = calls(house);
    pass(house, MINUTE_MS - 5 * SECOND_MS, SECOND_MS).await;
    let made = calls(house) - first_minute.min(before + 10);
    assert!(made <= u64::from(plan) * 12 / 2 + 10, "{made} calls in the first minute");
    house.settle_within(12 * HOUR_MS).await;
    check_equal(house, usize::try_from(PEOPLE).unwrap());
    assert_eq!(house.preset.leadsquared.counters("sunrise").throttled, 0);
    assert_eq!(house.deliveries(0).await.get("parked"), None);
}

async fn open(house: &House) {
    house
        .change_settings(0, |settings| {
            settings.plan.calls = Some(25);
            settings.plan.bulk_calls = Some(25);
        })
        .await;
}

#[tokio::test]
async fn six_hours_of_broken_connections_cost_few_calls_and_nothing_else() {
    on_both(async |mut house| {
        open(&house).await;
        house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), Fault::Reset);
        hold(&house, PEOPLE);
        house.settle().await;
        let before = calls(&house);
        pass(&mut house, 6 * HOUR_MS, 30 * SECOND_MS).await;
        let made = calls(&house) - before;
        assert!(made <= 6 * 120 + 20, "{made} calls in six hours: one in half a minute is 720");
        house.preset.leadsquared.faults().clear();
        come_back(&mut house).await;
    })
    .await;
}

#[tokio::test]
async fn a_week_without_a_connection_loses_nothing() {
    on_both(async |mut house| {
        open(&house).await;
        house.move_crm(0, Some("http://127.0.0.1:9")).await;
        hold(&house, PEOPLE);
        house.settle().await;
        pass(&mut house, 7 * 24 * HOUR_MS, 30 * MINUTE_MS).await;
        let waiting = house.deliveries(0).await;
        assert_eq!(waiting.get("ready"), Some(&(5 * PEOPLE)), "{waiting:?}");
        house.move_crm(0, None).await;
        come_back(&mut house).await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_broken_proxy_for_a_day_double_nothing() {
    on_both(async |mut house| {
        open(&house).await;
        let page = Fault::Answer(502, "<html>Bad Gateway</html>".to_owned());
        house.preset.leadsquared.faults().plan(ANY, (0, u32::MAX), page);
        hold(&house, PEOPLE);
        pass(&mut house, 24 * HOUR_MS, 10 * MINUTE_MS).await;
        house.preset.leadsquared.faults().clear();
        come_back(&mut house).await;
    })
    .await;
}

#[tokio::test]
async fn who_is_away_every_other_moment_is_not_asked_over_and_over() {
    on_both(async |mut house| {
        hold(&house, 100);
        let faults = house.preset.leadsquared.faults().clone();
        for _ in 0..60 {
            faults.plan(ANY, (0, u32::MAX), Fault::Reset);
            pass(&mut house, 20 * SECOND_MS, 5 * SECOND_MS).await;
            faults.clear();
            pass(&mut house, 10 * SECOND_MS, 5 * SECOND_MS).await;
        }
        house.settle_within(12 * HOUR_MS).await;
        check_equal(&house, 100);
        let operations = house.preset.leadsquared.counters("sunrise").by_operation;
        let tasks = operations.get("Task.Create").copied().unwrap_or(0);
        assert!(tasks <= 300, "{tasks} tries for 100 tasks");
    })
    .await;
}
