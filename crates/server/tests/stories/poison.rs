//! Records that LeadSquared can never take, and bulk answers that leave rows out: whoever is at fault waits for a person, and
//! its neighbours in the same call are delivered.

use super::crm::{check_equal, hold};
use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::outage::pass;
use super::webinar::{person, webinar};
use connector_simulator::fault::{ANY, Fault};
use connector_simulator::zoom::Approval;

/// The address of the one among 25 whom LeadSquared does not take.
const POISON: &str = "p7@customers.example";

fn opaque() -> Fault {
    Fault::Answer(500, "<html>Internal Server Error</html>".to_owned())
}

/// All 25 leads but the one are there, with all that belongs to them, each once.
async fn check_neighbours(house: &House, parked: i64, code: &str) {
    let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
    let seen = house.compare(0, Vec::new());
    assert_eq!(seen.duplicates, 0, "{:#?}", seen.differences);
    let others: Vec<_> = seen.differences.iter().filter(|difference| !difference.contains(POISON)).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(crm.leads.len() >= 24);
    assert_eq!(house.deliveries(0).await.get("parked"), Some(&parked), "{:?}", house.deliveries(0).await);
    assert_eq!(house.causes(0).await, [(code.to_owned(), parked)]);
}

#[tokio::test]
async fn a_lead_that_spoils_every_call_it_is_in_waits_alone() {
    on_both(async |mut house| {
        for write in ["Lead/Bulk/CreateOrUpdate", "Lead.CreateOrUpdate"] {
            house.preset.leadsquared.faults().plan_for(write, POISON, opaque());
        }
        hold(&house, 25);
        pass(&mut house, HOUR_MS, MINUTE_MS).await;
        check_neighbours(&house, 1, "lsq.opaque").await;
    })
    .await;
}

/// Something in the notes of everything that is posted about the one.
fn plan_for_activities(house: &House, fault: &Fault) {
    let crm = house.preset.leadsquared.faults();
    for write in ["Bulk/CustomActivity/Add/ByLeadId", "ProspectActivity.Create"] {
        crm.plan_for(write, "Shown in Zoom as p7 Rao", fault.clone());
    }
}

#[tokio::test]
async fn activities_that_spoil_every_call_they_are_in_wait_alone() {
    on_both(async |mut house| {
        house.change_settings(0, |settings| settings.attendance.read_after_end = false).await;
        plan_for_activities(&house, &opaque());
        hold(&house, 25);
        pass(&mut house, 2 * HOUR_MS, MINUTE_MS).await;
        // With nobody else to be delivered it cannot be told from a LeadSquared that fails altogether.
        assert_eq!(house.deliveries(0).await.get("delivered"), Some(&122));
        house.preset.zoom.register(webinar(&house, Approval::Automatic), person("other"), house.now_ms()).unwrap();
        pass(&mut house, 4 * HOUR_MS, MINUTE_MS).await;
        house.preset.zoom.register(webinar(&house, Approval::Automatic), person("third"), house.now_ms()).unwrap();
        pass(&mut house, HOUR_MS, MINUTE_MS).await;
        check_neighbours(&house, 2, "lsq.opaque").await;
    })
    .await;
}

#[tokio::test]
async fn activities_whose_form_is_refused_with_their_whole_call_wait_alone() {
    on_both(async |mut house| {
        plan_for_activities(&house, &Fault::Answer(400, "<html>Bad Request</html>".to_owned()));
        hold(&house, 25);
        house.settle_within(12 * HOUR_MS).await;
        check_neighbours(&house, 2, "lsq.malformed").await;
    })
    .await;
}

#[tokio::test]
async fn activities_refused_by_name_with_their_whole_call_wait_alone() {
    on_both(async |mut house| {
        let no = r#"{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"no"}"#;
        plan_for_activities(&house, &Fault::Answer(500, no.to_owned()));
        hold(&house, 25);
        house.settle_within(12 * HOUR_MS).await;
        check_neighbours(&house, 2, "lsq.rejected").await;
    })
    .await;
}

#[tokio::test]
async fn rows_that_a_bulk_answer_leaves_out_are_read_back_and_not_sent_again() {
    on_both(async |mut house| {
        for row in [1, 3, 25] {
            house.preset.leadsquared.faults().plan(ANY, (0, 2), Fault::ApplyThenLeaveOut(row));
        }
        hold(&house, 30);
        house.settle_within(12 * HOUR_MS).await;
        check_equal(&house, 30);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_that_meets_everything_pauses_the_account_instead_of_parking_it_all() {
    on_both(async |mut house| {
        let no = r#"{"Status":"Error","ExceptionType":"MXInvalidActivityFieldsException","ExceptionMessage":"gone"}"#;
        let faults = house.preset.leadsquared.faults();
        faults.plan("Task.Create", (0, u32::MAX), Fault::Answer(500, no.to_owned()));
        house.change_settings(0, |settings| settings.plan.calls_at_once = 1).await;
        hold(&house, 40);
        house.settle().await;
        assert_eq!(house.deliveries(0).await.get("parked"), Some(&5));
        assert_eq!(house.paused(0).await.as_deref(), Some("lsq.rejected"));
    })
    .await;
}
