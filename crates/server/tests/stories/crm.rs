//! What LeadSquared may do to us: lost answers, error pages, throttling, refused keys, deleted leads, foreign phone numbers.
//! Whatever it is, nothing is lost and nothing is doubled.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use connector_core::ids::Email;
use connector_core::rules::task::Owner;
use connector_simulator::fault::{ANY, Fault};
use connector_simulator::leadsquared::{Limit, OffsetMeans, Switches, TaskOwner, UserStatus};
use connector_simulator::zoom::{Approval, NewRegistrant, Who};
use std::collections::{BTreeMap, BTreeSet};

/// A webinar in which everybody stays for 35 minutes.
pub fn hold(house: &House, people: i64) {
    let zoom = &house.preset.zoom;
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let ids: Vec<String> =
        (0..people).map(|n| zoom.register(number, person(&format!("p{n}")), now + n).unwrap()).collect();
    let uuid = zoom.start(number, now).unwrap();
    for (n, id) in (0_i64..).zip(&ids) {
        let stay = zoom.join(&uuid, Who::Registrant(id.clone()), now + n * 1_000).unwrap();
        zoom.leave(&uuid, &stay, now + n * 1_000 + 35 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 40 * MINUTE_MS);
}

#[track_caller]
pub fn check_equal(house: &House, people: usize) {
    let seen = house.compare(0, Vec::new());
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
    assert_eq!((seen.leads, seen.activities, seen.tasks), (people, 3 * people, people));
}

/// Every fault on every write, one after the other.
const WRITES: [&str; 6] = [
    "Lead/Bulk/CreateOrUpdate",
    "Lead.CreateOrUpdate",
    "Lead.Capture",
    "Bulk/CustomActivity/Add/ByLeadId",
    "ProspectActivity.Create",
    "Task.Create",
];

async fn survive(house: &mut House, fault: &Fault, people: i64) {
    for write in WRITES {
        house.preset.leadsquared.faults().plan(write, (0, 3), fault.clone());
    }
    hold(house, people);
    house.settle_within(12 * HOUR_MS).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_after_it_was_applied_is_never_sent_again() {
    on_both(async |mut house| {
        survive(&mut house, &Fault::ApplyThenReset, 30).await;
        check_equal(&house, 30);
    })
    .await;
}

/// No write is ever answered, for good.
async fn never_answered(fault: Fault, people: usize) {
    on_both(async |mut house| {
        for write in WRITES {
            house.preset.leadsquared.faults().plan(write, (0, u32::MAX), fault.clone());
        }
        // What is read after the end is asked of Zoom, and not answered here.
        house.change_settings(0, |settings| settings.attendance.read_after_end = false).await;
        hold(&house, i64::try_from(people).unwrap());
        house.settle_within(12 * HOUR_MS).await;
        check_equal(&house, people);
        let all = i64::try_from(5 * people).unwrap();
        assert_eq!(house.deliveries(0).await, BTreeMap::from([("delivered".to_owned(), all)]));
    })
    .await;
}

#[tokio::test]
async fn a_thousand_deliveries_arrive_once_although_no_write_is_ever_answered() {
    never_answered(Fault::ApplyThenReset, 200).await;
}

#[tokio::test]
async fn deliveries_arrive_once_although_every_write_is_answered_with_a_page_of_html() {
    never_answered(Fault::ApplyThen500, 40).await;
}

#[tokio::test]
async fn deliveries_arrive_once_although_every_answer_breaks_off() {
    never_answered(Fault::ApplyThenTruncate, 40).await;
}

#[tokio::test]
async fn a_connection_that_breaks_before_anything_was_applied_loses_nothing() {
    on_both(async |mut house| {
        survive(&mut house, &Fault::Reset, 30).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_html_with_status_500_says_nothing_about_what_was_applied() {
    on_both(async |mut house| {
        survive(&mut house, &Fault::ApplyThen500, 30).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_read_back() {
    on_both(async |mut house| {
        survive(&mut house, &Fault::ApplyThenTruncate, 30).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn a_gateway_that_answers_502_applied_nothing_and_nothing_is_lost() {
    on_both(async |mut house| {
        survive(&mut house, &Fault::Answer(502, "<html>Bad Gateway</html>".to_owned()), 30).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn a_throttle_is_waited_out() {
    on_both(async |mut house| {
        house.preset.leadsquared.faults().plan(ANY, (5, 7), Fault::Throttle);
        hold(&house, 30);
        house.settle_within(HOUR_MS).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn a_limit_lower_than_the_plan_is_learned_and_kept() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.plan.calls = Some(25)).await;
        let limit = Limit { calls: 10, bulk_calls: None, window_s: 5 };
        house.preset.leadsquared.set_limit("sunrise", Some(limit));
        hold(&house, 60);
        house.settle_within(HOUR_MS).await;
        check_equal(&house, 60);
        let counters = house.preset.leadsquared.counters("sunrise");
        assert!(counters.throttled < 30, "after the first refusal the limit is known: {}", counters.throttled);
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_kept_is_never_throttled() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.plan.calls = Some(10)).await;
        let limit = Limit { calls: 10, bulk_calls: None, window_s: 5 };
        house.preset.leadsquared.set_limit("sunrise", Some(limit));
        hold(&house, 60);
        house.settle_within(HOUR_MS).await;
        check_equal(&house, 60);
        assert_eq!(house.preset.leadsquared.counters("sunrise").throttled, 0);
    })
    .await;
}

#[tokio::test]
async fn refused_keys_pause_the_tenant_and_new_ones_let_it_go_on() {
    on_both(async |mut house| {
        house.preset.leadsquared.faults().plan(ANY, (0, 12), Fault::Answer(401, r#"{"Status":"Error","ExceptionType":"MXUnAuthorizedAccessException","ExceptionMessage":"Invalid keys"}"#.to_owned()));
        hold(&house, 5);
        house.settle().await;
        let tenant = house.tenant(0);
        let row = house.shared.store.read(move |unit| {
            Box::pin(async move { connector_server::store::tenant::get(unit, &tenant).await })
        });
        let paused = row.await.unwrap().unwrap().paused.unwrap();
        assert_eq!(paused.0, "lsq.unauthorized");
        house.settle_within(3 * HOUR_MS).await;
        check_equal(&house, 5);
    })
    .await;
}

#[tokio::test]
async fn a_phone_number_of_another_lead_does_not_cost_the_registration() {
    on_both(async |mut house| {
        house
            .preset
            .leadsquared
            .add_lead("sunrise", &[("EmailAddress", "old@customers.example"), ("Phone", "+91-9000000001")]);
        let number = webinar(&house, Approval::Automatic);
        let mut asha = person("asha");
        asha.answers.insert("phone".to_owned(), "+91 90000 00001".to_owned());
        house.preset.zoom.register(number, asha, house.now_ms()).unwrap();
        house.settle_within(HOUR_MS).await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (2, 1), "{}", house.picture(0).await);
        assert_eq!(house.deliveries(0).await.get("parked"), None);
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_was_deleted_in_leadsquared_is_made_again() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        let id = zoom.register(number, person("asha"), now).unwrap();
        house.settle().await;
        let lead = house.preset.leadsquared.snapshot("sunrise").unwrap().leads[0].id.clone();
        house.preset.leadsquared.delete_lead("sunrise", &lead);
        let uuid = zoom.start(number, now).unwrap();
        let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
        zoom.leave(&uuid, &stay, now + 5 * MINUTE_MS);
        house.settle_within(HOUR_MS).await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!(crm.leads.len(), 1, "{}", house.picture(0).await);
        let joined = crm.activities.iter().filter(|one| one.lead == crm.leads[0].id).count();
        assert_eq!(joined, 2, "{}", house.picture(0).await);
    })
    .await;
}

#[tokio::test]
async fn a_lead_is_written_once_while_nothing_about_it_changes() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        let numbers = [0, 1, 2].map(|_| webinar(&house, Approval::Automatic));
        for (n, number) in (0_i64..).zip(numbers) {
            zoom.register(number, person("asha"), house.now_ms() + n).unwrap();
            house.settle().await;
        }
        let written = |house: &House| {
            let calls = house.preset.leadsquared.counters("sunrise").by_operation;
            ["Lead.CreateOrUpdate", "Lead/Bulk/CreateOrUpdate"].iter().filter_map(|name| calls.get(*name)).sum::<u64>()
        };
        assert_eq!(written(&house), 1, "three registrations, one and the same lead");
        let moved = NewRegistrant {
            answers: BTreeMap::from([("org".to_owned(), "Other Systems".to_owned())]),
            ..person("asha")
        };
        zoom.register(webinar(&house, Approval::Automatic), moved, house.now_ms() + 9).unwrap();
        house.settle().await;
        assert_eq!(written(&house), 2);
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (1, 4));
        assert_eq!(crm.leads[0].fields.get("Company").map(String::as_str), Some("Other Systems"));
        // What was written before is written again, since something else was written between.
        zoom.register(webinar(&house, Approval::Automatic), person("asha"), house.now_ms() + 10).unwrap();
        house.settle().await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!(crm.leads[0].fields.get("Company").map(String::as_str), Some("Kite Systems"));
    })
    .await;
}

/// One person who comes and goes so often that no page holds all of it.
async fn come_often(house: &mut House, times: i64) {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let id = zoom.register(number, person("often"), now).unwrap();
    let uuid = zoom.start(number, now).unwrap();
    for n in 0..times {
        let stay = zoom.join(&uuid, Who::Registrant(id.clone()), now + n * MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + n * MINUTE_MS + 10_000);
    }
    house.settle_within(12 * HOUR_MS).await;
    let seen = house.compare(0, Vec::new());
    assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
    assert_eq!(seen.activities, 1 + 2 * usize::try_from(times).unwrap());
    assert_eq!(house.deliveries(0).await.get("parked"), None);
}

#[tokio::test]
async fn a_lost_answer_is_settled_among_very_many_activities_whatever_an_offset_means() {
    on_both(async |mut house| {
        for offset in [OffsetMeans::Rows, OffsetMeans::Pages] {
            house.preset.leadsquared.set_switches("sunrise", Switches { offset, ..Switches::default() });
            let faults = house.preset.leadsquared.faults();
            faults.plan("ProspectActivity.Create", (120, 2), Fault::ApplyThenReset);
            faults.plan("ProspectActivity.Create", (60, 2), Fault::Reset);
        }
        come_often(&mut house, 130).await;
    })
    .await;
}

#[tokio::test]
async fn a_task_always_names_an_owner() {
    on_both(async |mut house| {
        let switches = Switches { owner: TaskOwner::KnownUser, ..Switches::default() };
        house.preset.leadsquared.set_switches("sunrise", switches);
        hold(&house, 3);
        house.settle().await;
        check_equal(&house, 3);
        let owners = |house: &House| {
            let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
            crm.tasks.into_iter().map(|task| task.owner).collect::<BTreeSet<_>>()
        };
        assert_eq!(owners(&house), BTreeSet::from(["integration@sunrise.example".to_owned()]));
        // Settings of a time before there was this one.
        house.change_settings(0, |settings| settings.task_owner = None).await;
        hold(&house, 2);
        house.settle().await;
        assert_eq!(owners(&house).len(), 1);
        assert_eq!(house.deliveries(0).await.get("parked"), None);
        house.preset.leadsquared.add_user("sunrise", "rep@sunrise.example", ("Ravi", "Rep"), UserStatus::Active);
        house
            .change_settings(0, |settings| {
                settings.rules[0].owner = Owner::Fixed { email: Email::parse("rep@sunrise.example").unwrap() };
            })
            .await;
        house.advance(HOUR_MS);
        hold(&house, 1);
        house.settle().await;
        assert_eq!(owners(&house).len(), 2, "a rule's own owner wins");
    })
    .await;
}
