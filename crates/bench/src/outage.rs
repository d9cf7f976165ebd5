//! LeadSquared away while a webinar is held: how often it is asked meanwhile, how soon after its return the first record
//! stands there, and whether everything does in the end, once.

use crate::figures::{Figures, progress, rounded};
use crate::stepped::Stepped;
use crate::webinar::happen;
use anyhow::Context as _;
use connector_core::settings::Plan;
use connector_server::store::delivery_list;
use connector_simulator::fault::{ANY, Fault};
use connector_simulator::leadsquared::{Limit, Throttle};
use connector_simulator::truth::{AttendanceTold, Expectations, compare};

/// One hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// The plan of the account.
const LIMIT: Limit = Limit { calls: 25, bulk_calls: Some(25), window_s: 5 };

/// Runs it: every connection breaks for so many hours.
pub async fn run(people: u32, hours: i64) -> anyhow::Result<Figures> {
    let plan = Plan { calls: Some(LIMIT.calls), bulk_calls: LIMIT.bulk_calls, ..Plan::default() };
    let mut house = Stepped::open((Some(LIMIT), Throttle::Status429), &plan, 1).await?;
    let org = house.world.tenant(0)?;
    let crm = house.world.preset.leadsquared.clone();
    happen(&house, people)?;
    crm.faults().plan(ANY, (0, u32::MAX), Fault::Reset);
    let before = crm.counters(org.as_str());
    house.deliver().await?;
    house.settle_until(house.now_ms() + hours * HOUR_MS).await?;
    let away = crm.counters(org.as_str());
    let waiting = waiting(&house).await?;
    progress(&format!("{waiting} deliveries wait after {hours} hours and {} calls", away.calls - before.calls));
    crm.faults().clear();
    let back_ms = house.now_ms();
    house.settle().await?;
    let after = crm.counters(org.as_str());
    let snapshot = crm.snapshot(org.as_str()).context("the account is gone")?;
    let made =
        || snapshot.leads.iter().map(|one| one.created_ms).chain(snapshot.activities.iter().map(|one| one.created_ms));
    let since = |at_ms: Option<i64>| rounded((at_ms.unwrap_or(i64::MAX) - back_ms) as f64 / 1000.0, 1);
    let expect = Expectations {
        zoom_account: house.world.zoom_account(0),
        follow_up_minutes: 30,
        follow_up_hours: 24,
        attendance: AttendanceTold::AsItHappens,
        no_shows_until_ms: None,
        scheduled: Vec::new(),
    };
    let seen = compare(&house.world.preset.zoom.history(), &snapshot, &expect);
    for difference in &seen.differences {
        progress(difference);
    }
    Ok(Figures::from_iter([
        ("people".to_owned(), people.into()),
        ("hours".to_owned(), hours.into()),
        ("waiting".to_owned(), waiting.into()),
        ("calls_meanwhile".to_owned(), (away.calls - before.calls).into()),
        ("first_success_s".to_owned(), since(made().min())),
        ("complete_s".to_owned(), since(made().max())),
        ("throttled".to_owned(), (after.throttled - before.throttled).into()),
        ("doubled".to_owned(), seen.duplicates.into()),
        ("lost".to_owned(), seen.lost.into()),
    ]))
}

/// Deliveries that are not delivered.
async fn waiting(house: &Stepped) -> anyhow::Result<i64> {
    let (tenant, since) = (house.world.tenant(0)?, connector_server::dice::id_floor(0));
    let counts = house
        .shared
        .store
        .read(move |unit| Box::pin(async move { delivery_list::counts(unit, &tenant, &since).await }))
        .await?;
    Ok(counts.iter().filter(|(state, _)| state != "delivered").map(|(_, count)| count).sum())
}
