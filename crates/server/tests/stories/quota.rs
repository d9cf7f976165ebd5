//! A day's calls are used up: everything waits for midnight, nothing is lost, and people see until when.

use super::crm::{check_equal, hold};
use super::house::{HOUR_MS, MINUTE_MS};
use super::on_both;
use connector_core::delivery::limiter::next_day_ms;
use connector_server::api::lane;

#[tokio::test]
async fn a_days_quota_is_kept_and_what_waits_goes_on_after_midnight() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.plan.calls = Some(25);
                settings.plan.bulk_calls = Some(25);
                settings.plan.calls_per_day = Some(60);
            })
            .await;
        hold(&house, 80);
        let before = house.preset.leadsquared.counters("sunrise").calls;
        let made = |house: &super::house::House| house.preset.leadsquared.counters("sunrise").calls - before;
        for _ in 0..60 {
            house.settle().await;
            house.advance(MINUTE_MS);
        }
        assert_eq!(made(&house), 57, "95 in a hundred of 60");
        let midnight = next_day_ms(house.now_ms());
        let seen = lane::lane(&house.shared, house.tenant(0)).await.unwrap();
        let held = seen.held.unwrap();
        assert_eq!((held.code.as_str(), held.until.as_str()), ("lsq.quota", "2026-11-25T00:00:00.000Z"));
        assert!(held.sentence.contains("nothing is lost"), "{}", held.sentence);
        assert!(seen.complete_at.unwrap().starts_with("2026-11-25T00:"), "the rest fits in the next day");
        house.advance(midnight - house.now_ms() - 1);
        house.settle().await;
        // Whatever is due within a moment is waited for: midnight is.
        house.settle_within(HOUR_MS).await;
        check_equal(&house, 80);
        assert!(made(&house) <= 2 * 57);
        let seen = lane::lane(&house.shared, house.tenant(0)).await.unwrap();
        assert_eq!((seen.held.is_none(), seen.complete_at), (true, None));
    })
    .await;
}
