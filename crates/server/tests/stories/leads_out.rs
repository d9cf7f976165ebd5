//! Leads out: leads of LeadSquared are added to webinars, each with its own result, once, whatever happens on the way.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use connector_core::addition::AnswerFrom;
use connector_core::addition::request::AddRequest;
use connector_core::schedule_request::WishId;
use connector_server::intake::commands;
use connector_server::store::delivery_list::{self, Filter, ListedDelivery};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, CallsPerSecond, NewEvent, NewRegistrant, Status};
use std::collections::BTreeMap;

const ORG: &str = "sunrise";

fn webinar(house: &House, approval: Approval, questions: &[&str]) -> u64 {
    let new = NewEvent {
        topic: "Quarterly results".to_owned(),
        start_ms: house.now_ms() + HOUR_MS,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval,
        questions: questions.iter().map(|title| (*title).to_owned()).collect(),
        agenda: String::new(),
    };
    house.preset.zoom.create_webinar(&house.preset.zoom_accounts[0].admin, new, house.now_ms())
}

fn email(n: usize) -> String {
    format!("lead{n}@customers.example")
}

/// Leads numbered from nought, with an answer to every question; their ids.
fn leads(house: &House, count: usize) -> Vec<String> {
    let crm = &house.preset.leadsquared;
    for field in ["mx_Budget", "mx_Batch"] {
        crm.add_lead_field(ORG, field);
    }
    let one = |n: usize| {
        let (email, name) = (email(n), format!("Lead {n}"));
        let fields = [
            ("EmailAddress", email.as_str()),
            ("FirstName", name.as_str()),
            ("LastName", "Rao"),
            ("mx_Budget", "10k"),
            ("mx_Batch", "2026"),
        ];
        crm.add_lead(ORG, &fields)
    };
    (0..count).map(one).collect()
}

fn request(number: u64, leads: &str) -> AddRequest {
    AddRequest { webinar: number.to_string(), leads: leads.to_owned(), ..AddRequest::default() }
}

async fn add(house: &House, wish: &str, request: &AddRequest) {
    let wish = WishId::parse(wish).unwrap();
    commands::add_to_webinar(&house.shared, &house.tenant(0), request, &wish, "story").await.unwrap();
}

/// Gives the join link a lead field of its own.
async fn with_link(house: &House) {
    house.preset.leadsquared.add_lead_field(ORG, "mx_Zoom_Join_Link");
    house.change_settings(0, |settings| settings.join_link_field = Some("mx_Zoom_Join_Link".to_owned())).await;
}

/// What became of each lead that was to be added: by address, state and code.
async fn results(house: &House) -> BTreeMap<String, (String, Option<String>)> {
    let rows = rows(house).await;
    let wanted = rows.into_iter().filter(|row| row.kind == "add_registrant" || row.state == "suppressed");
    wanted.map(|row| (row.who, (row.state, row.code))).collect()
}

async fn rows(house: &House) -> Vec<ListedDelivery> {
    let (tenant, filter) = (house.tenant(0), Filter { limit: 10_000, ..Filter::default() });
    let read = house
        .shared
        .store
        .read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }));
    read.await.unwrap()
}

/// How many are registered in Zoom, and how many in all ever were.
fn registered(house: &House, number: u64) -> usize {
    let history = house.preset.zoom.history();
    let of = history.registrations.iter().filter(|one| one.number == number && one.status == Status::Approved);
    of.count()
}

fn links(house: &House) -> usize {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    let has = |fields: &BTreeMap<String, String>| fields.get("mx_Zoom_Join_Link").is_some_and(|link| link.contains("/w/"));
    crm.leads.iter().filter(|lead| has(&lead.fields)).count()
}

#[tokio::test]
async fn leads_are_added_in_batches_and_each_gets_its_link_and_one_activity() {
    on_both(async |mut house| {
        with_link(&house).await;
        let number = webinar(&house, Approval::Automatic, &[]);
        leads(&house, 70);
        let named: Vec<String> = (0..70).map(email).collect();
        let wanted = request(number, &named.join("\n"));
        add(&house, "w1", &wanted).await;
        add(&house, "w1", &wanted).await;
        house.settle_within(5 * MINUTE_MS).await;
        assert_eq!(registered(&house, number), 70, "{}", house.picture(0).await);
        assert_eq!(links(&house), 70);
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities), (70, 70));
        assert!(results(&house).await.values().all(|(state, _)| state == "delivered"));
    })
    .await;
}
