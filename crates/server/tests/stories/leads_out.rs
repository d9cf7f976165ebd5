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

pub const ORG: &str = "sunrise";

pub fn webinar(house: &House, approval: Approval, questions: &[&str]) -> u64 {
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

pub fn email(n: usize) -> String {
    format!("lead{n}@customers.example")
}

/// Leads numbered from nought, with an answer to every question; their ids.
pub fn leads(house: &House, count: usize) -> Vec<String> {
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

pub fn request(number: u64, leads: &str) -> AddRequest {
    AddRequest { webinar: number.to_string(), leads: leads.to_owned(), ..AddRequest::default() }
}

pub async fn add(house: &House, wish: &str, request: &AddRequest) {
    let wish = WishId::parse(wish).unwrap();
    commands::add_to_webinar(&house.shared, &house.tenant(0), request, &wish, "story").await.unwrap();
}

/// Gives the join link a lead field of its own.
pub async fn with_link(house: &House) {
    house.preset.leadsquared.add_lead_field(ORG, "mx_Zoom_Join_Link");
    house.change_settings(0, |settings| settings.join_link_field = Some("mx_Zoom_Join_Link".to_owned())).await;
}

/// What became of each lead that was to be added: by address, state and code.
pub async fn results(house: &House) -> BTreeMap<String, (String, Option<String>)> {
    let rows = rows(house).await;
    let wanted = rows.into_iter().filter(|row| row.kind == "add_registrant" || row.state == "suppressed");
    wanted.map(|row| (row.who, (row.state, row.code))).collect()
}

pub async fn rows(house: &House) -> Vec<ListedDelivery> {
    let (tenant, filter) = (house.tenant(0), Filter { limit: 10_000, ..Filter::default() });
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }));
    read.await.unwrap()
}

/// How many are registered in Zoom, and how many in all ever were.
pub fn registered(house: &House, number: u64) -> usize {
    let history = house.preset.zoom.history();
    let of = history.registrations.iter().filter(|one| one.number == number && one.status == Status::Approved);
    of.count()
}

pub fn links(house: &House) -> usize {
    let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
    let has =
        |fields: &BTreeMap<String, String>| fields.get("mx_Zoom_Join_Link").is_some_and(|link| link.contains("/w/"));
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

/// The number of registrations that the pretend Zoom was asked for, whatever came of them.
fn asked_of_zoom(house: &House, number: u64) -> u32 {
    let history = house.preset.zoom.history();
    u32::try_from(history.registrations.iter().filter(|one| one.number == number).count()).unwrap()
}

#[tokio::test]
async fn a_list_of_a_thousand_is_added_with_two_required_questions_pressed_twice_and_killed_on_the_way() {
    on_both(async |mut house| {
        with_link(&house).await;
        let zoom = house.preset.zoom.clone();
        zoom.set_calls_per_second(Some(CallsPerSecond { light: 30, medium: 20, heavy: 10 }));
        let number = webinar(&house, Approval::Automatic, &["Budget?", "Batch?"]);
        zoom.require_answers(number, &["Budget?", "Batch?"]);
        let mut ids = leads(&house, 1_000);
        let crm = house.preset.leadsquared.clone();
        // Two of the list cannot be added: one has no address, one nothing to answer with.
        ids.push(crm.add_lead(ORG, &[("FirstName", "Nameless"), ("Phone", "+91-9000000001")]));
        ids.push(crm.add_lead(ORG, &[("EmailAddress", "mute@customers.example"), ("mx_Batch", "2026")]));
        let list = crm.add_list(ORG, "Alumni", &ids);
        let answers = [("Budget?", "mx_Budget"), ("Batch?", "mx_Batch")]
            .map(|(title, field)| (title.to_owned(), AnswerFrom::LeadField(field.to_owned())));
        let wanted = AddRequest { list, answers: answers.into(), ..request(number, "") };
        add(&house, "w1", &wanted).await;
        house.work(6).await;
        add(&house, "w1", &wanted).await;
        // Killed between two steps, and again while calls are under way that Zoom carries out.
        house.reopen().await;
        house.work(4).await;
        house.advance(1_000);
        let before = asked_of_zoom(&house, number);
        zoom.faults().plan("webinars.registrants.add", (0, 10), Fault::ApplyThenWait(60_000));
        let more = move |preset: &connector_simulator::preset::Preset| {
            let history = preset.zoom.history();
            history.registrations.iter().filter(|one| one.number == number).count() >= before as usize + 10
        };
        house.kill_in_zoom_call(more).await;
        house.settle_within(20 * MINUTE_MS).await;
        assert_eq!(registered(&house, number), 1_000, "{:?}", house.deliveries(0).await);
        let results = results(&house).await;
        assert_eq!(results.len(), 1_002);
        assert_eq!(results.values().filter(|(state, _)| state == "delivered").count(), 1_000);
        assert_eq!(results["mute@customers.example"].1.as_deref(), Some("suppressed.unanswered"));
        assert_eq!(results.values().filter(|(_, code)| code.as_deref() == Some("suppressed.no_email")).count(), 1);
        assert_eq!(links(&house), 1_000);
        let crm = crm.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (1_002, 1_000));
        let throttled =
            rows(&house).await.iter().filter(|row| row.code.as_deref() == Some("zoom.rate_limited")).count();
        assert_eq!(throttled, 0, "no call is made that Zoom would have to throttle");
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_never_blindly_resent() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 40);
        let faults = [Fault::ApplyThenReset, Fault::ApplyThen500, Fault::ApplyThenTruncate, Fault::Reset];
        for (n, fault) in faults.into_iter().enumerate() {
            let batch = webinar(&house, Approval::Automatic, &[]);
            zoom.faults().plan("webinars.registrants.batch", (0, 1), fault.clone());
            let named: Vec<String> = (n * 5..n * 5 + 5).map(email).collect();
            add(&house, &format!("batch-{n}"), &request(batch, &named.join(" "))).await;
            house.settle_within(HOUR_MS).await;
            assert_eq!(registered(&house, batch), 5, "{fault:?}");

            let single = webinar(&house, Approval::Automatic, &["Budget?"]);
            zoom.require_answers(single, &["Budget?"]);
            zoom.faults().plan("webinars.registrants.add", (0, 1), fault.clone());
            let budget = ("Budget?".to_owned(), AnswerFrom::Constant("10k".to_owned()));
            let named = format!("{} {}", email(20 + n), email(30 + n));
            let wanted = AddRequest { answers: [budget].into(), ..request(single, &named) };
            add(&house, &format!("single-{n}"), &wanted).await;
            house.settle_within(HOUR_MS).await;
            assert_eq!(registered(&house, single), 2, "{fault:?}");
        }
        let results = results(&house).await;
        assert!(results.values().all(|(state, _)| state == "delivered"), "{results:?}");
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (40, 28));
    })
    .await;
}

/// Adds `email(0)` to the webinar and tells what became of it.
async fn result_of_one(house: &mut House, number: u64, wish: &str) -> (String, Option<String>) {
    add(house, wish, &request(number, &email(0))).await;
    house.settle_within(MINUTE_MS).await;
    let rows = rows(house).await;
    let is_result = |row: &&ListedDelivery| {
        row.kind == "add_registrant" || (row.kind == "read_webinar" && row.state != "delivered")
    };
    let row = rows.iter().find(is_result).unwrap();
    (row.state.clone(), row.code.clone())
}

#[tokio::test]
async fn what_zoom_does_not_take_is_said_of_each_lead() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 1);
        let parked = |code: &str| ("parked".to_owned(), Some(code.to_owned()));
        let off = webinar(&house, Approval::None, &[]);
        assert_eq!(result_of_one(&mut house, off, "off").await, parked("zoom.registration_off"));
        assert_eq!(result_of_one(&mut house, 86_000_000_099, "unknown").await, parked("zoom.not_found"));
        let full = webinar(&house, Approval::Automatic, &[]);
        zoom.set_registrants_max(full, Some(0));
        assert_eq!(result_of_one(&mut house, full, "full").await, parked("zoom.full"));
        let admin = house.preset.zoom_accounts[0].admin.clone();
        let unlicensed = webinar(&house, Approval::Automatic, &[]);
        zoom.set_webinar_capacity(&admin, None);
        assert_eq!(result_of_one(&mut house, unlicensed, "plan").await, parked("zoom.plan"));
    })
    .await;
}

#[tokio::test]
async fn a_webinar_that_is_over_takes_nobody() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 1);
        let number = webinar(&house, Approval::Automatic, &[]);
        let uuid = zoom.start(number, house.now_ms()).unwrap();
        zoom.end(&uuid, house.now_ms());
        house.advance(3 * HOUR_MS);
        let over = result_of_one(&mut house, number, "over").await;
        assert_eq!(over, ("parked".to_owned(), Some("zoom.closed".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn a_question_that_nothing_answers_stops_the_wish_before_zoom_is_asked_for_anybody() {
    on_both(async |mut house| {
        leads(&house, 3);
        let number = webinar(&house, Approval::Automatic, &["Budget?"]);
        house.preset.zoom.require_answers(number, &["Budget?"]);
        let named: Vec<String> = (0..3).map(email).collect();
        add(&house, "w1", &request(number, &named.join(" "))).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!((registered(&house, number), results(&house).await.len()), (0, 0));
        // The connector's own mapping of questions answers it, read the other way round.
        house
            .change_settings(0, |settings| {
                let budget = connector_core::settings::mapping::Target::lead("mx_Budget");
                settings.custom_questions.insert("Budget?".to_owned(), budget);
            })
            .await;
        add(&house, "w2", &request(number, &named.join(" "))).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, number), 3);
    })
    .await;
}

#[tokio::test]
async fn who_cancelled_is_approved_again_and_who_is_registered_is_left_alone() {
    on_both(async |mut house| {
        with_link(&house).await;
        let zoom = house.preset.zoom.clone();
        leads(&house, 3);
        let number = webinar(&house, Approval::Automatic, &[]);
        let now = house.now_ms();
        let person = |n: usize| NewRegistrant {
            occurrence: None,
            email: email(n),
            first_name: "Lead".to_owned(),
            last_name: "Rao".to_owned(),
            answers: BTreeMap::new(),
            custom_questions: Vec::new(),
            tracking_source: None,
        };
        zoom.register(number, person(0), now).unwrap();
        let cancelled = zoom.register(number, person(1), now).unwrap();
        house.settle().await;
        zoom.set_status(number, &cancelled, Status::Cancelled, now + 1_000).unwrap();
        house.advance(2_000);
        house.settle().await;
        let named: Vec<String> = (0..3).map(email).collect();
        add(&house, "w1", &request(number, &named.join(" "))).await;
        house.settle_within(5 * MINUTE_MS).await;
        assert_eq!(registered(&house, number), 3, "{:?}", results(&house).await);
        let results = results(&house).await;
        assert_eq!(results[&email(0)], ("suppressed".to_owned(), Some("suppressed.registered".to_owned())));
        assert_eq!((results[&email(1)].0.as_str(), results[&email(2)].0.as_str()), ("delivered", "delivered"));
        assert_eq!(links(&house), 3);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (3, 3), "{}", house.picture(0).await);
    })
    .await;
}

#[tokio::test]
async fn where_the_host_approves_the_lead_waits_and_gets_its_link_later() {
    on_both(async |mut house| {
        with_link(&house).await;
        let zoom = house.preset.zoom.clone();
        leads(&house, 1);
        let number = webinar(&house, Approval::Manual, &[]);
        add(&house, "w1", &request(number, &email(0))).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!(results(&house).await[&email(0)], ("delivered".to_owned(), Some("zoom.pending".to_owned())));
        assert_eq!(links(&house), 0);
        let registrant =
            zoom.history().registrations.iter().find(|one| one.number == number).unwrap().registrant_id.clone();
        house.advance(MINUTE_MS);
        zoom.set_status(number, &registrant, Status::Approved, house.now_ms()).unwrap();
        house.settle_within(MINUTE_MS).await;
        assert_eq!(links(&house), 1);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_registered_three_times_today_goes_on_after_midnight() {
    on_both(async |mut house| {
        leads(&house, 1);
        let numbers: Vec<u64> = (0..4).map(|_| webinar(&house, Approval::Automatic, &[])).collect();
        for (n, number) in numbers.iter().enumerate() {
            add(&house, &format!("w{n}"), &request(*number, &email(0))).await;
            house.settle_within(MINUTE_MS).await;
        }
        let waits = rows(&house).await.into_iter().filter(|row| row.state == "ready").collect::<Vec<_>>();
        assert_eq!(waits.len(), 1);
        assert_eq!(waits[0].code.as_deref(), Some("zoom.too_often_today"));
        assert_eq!(registered(&house, numbers[3]), 0);
        house.advance(14 * HOUR_MS);
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, numbers[3]), 1);
    })
    .await;
}

#[tokio::test]
async fn one_lead_of_a_batch_that_zoom_refuses_does_not_hold_up_the_others() {
    on_both(async |mut house| {
        leads(&house, 40);
        let number = webinar(&house, Approval::Automatic, &[]);
        // The host's own address stands among the leads.
        let host = house.preset.zoom_accounts[0].admin_email.clone();
        house.preset.leadsquared.add_lead(ORG, &[("EmailAddress", &host), ("FirstName", "Host")]);
        let mut named: Vec<String> = (0..40).map(email).collect();
        named.insert(10, host.clone());
        named.push("stranger@nowhere.example".to_owned());
        add(&house, "w1", &request(number, &named.join(" "))).await;
        house.settle_within(5 * MINUTE_MS).await;
        let results = results(&house).await;
        assert_eq!(registered(&house, number), 40, "{results:?}");
        assert_eq!(results[&host.to_lowercase()].1.as_deref(), Some("zoom.host_registers"));
        assert_eq!(results["stranger@nowhere.example"].1.as_deref(), Some("suppressed.not_a_lead"));
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!(crm.activities.len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_found_among_thousands_of_registrants_at_zooms_own_pace() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 3);
        let number = webinar(&house, Approval::Automatic, &["Budget?"]);
        for n in 0..2_500 {
            let person = NewRegistrant {
                occurrence: None,
                email: format!("other{n}@elsewhere.example"),
                first_name: "Other".to_owned(),
                last_name: String::new(),
                answers: BTreeMap::new(),
                custom_questions: Vec::new(),
                tracking_source: None,
            };
            zoom.register(number, person, house.now_ms()).unwrap();
        }
        zoom.take_due(10_000).iter().for_each(|webhook| zoom.report(webhook.id, Some(200)));
        // As slow as the smallest plan of all.
        zoom.set_calls_per_second(Some(CallsPerSecond { light: 4, medium: 2, heavy: 1 }));
        zoom.faults().plan("webinars.registrants.add", (0, 2), Fault::ApplyThenReset);
        let budget = ("Budget?".to_owned(), AnswerFrom::Constant("10k".to_owned()));
        let named: Vec<String> = (0..3).map(email).collect();
        let wanted = AddRequest { answers: [budget].into(), ..request(number, &named.join(" ")) };
        add(&house, "w1", &wanted).await;
        house.settle_within(HOUR_MS).await;
        let results = results(&house).await;
        assert!(results.len() == 3 && results.values().all(|(state, _)| state == "delivered"), "{results:?}");
        assert_eq!(registered(&house, number), 2_503);
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_goes_again_when_a_person_has_mended_the_cause() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 2);
        let number = webinar(&house, Approval::Automatic, &[]);
        zoom.set_registrants_max(number, Some(0));
        add(&house, "w1", &request(number, &email(0))).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!(results(&house).await[&email(0)].1.as_deref(), Some("zoom.full"));
        zoom.set_registrants_max(number, None);
        // The host denied the other one: that it is meant all the same, a person has to say.
        let person = NewRegistrant {
            occurrence: None,
            email: email(1),
            first_name: "Lead".to_owned(),
            last_name: String::new(),
            answers: BTreeMap::new(),
            custom_questions: Vec::new(),
            tracking_source: None,
        };
        let denied = zoom.register(number, person, house.now_ms()).unwrap();
        zoom.set_status(number, &denied, Status::Denied, house.now_ms() + 1_000).unwrap();
        house.advance(2_000);
        house.settle().await;
        add(&house, "w2", &request(number, &email(1))).await;
        house.settle_within(MINUTE_MS).await;
        assert_eq!(results(&house).await[&email(1)].1.as_deref(), Some("zoom.denied_before"));
        let (tenant, now_ms) = (house.tenant(0), house.now_ms());
        let replay = house.shared.store.write(move |unit| {
            Box::pin(async move { delivery_list::replay(unit, &tenant, &Filter::default(), now_ms).await })
        });
        assert_eq!(replay.await.unwrap(), 2);
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, number), 2, "{:?}", results(&house).await);
        assert!(results(&house).await.values().all(|(state, _)| state == "delivered"));
    })
    .await;
}

#[tokio::test]
async fn whom_the_host_denied_unknown_to_us_waits_for_a_person_and_is_not_approved_silently() {
    on_both(async |mut house| {
        let zoom = house.preset.zoom.clone();
        leads(&house, 2);
        let number = webinar(&house, Approval::Automatic, &[]);
        house.settle().await;
        let person = NewRegistrant { email: email(1), ..super::webinar::person("x") };
        let denied = zoom.register(number, person, house.now_ms()).unwrap();
        zoom.set_status(number, &denied, Status::Denied, house.now_ms()).unwrap();
        // Zoom has not told of it yet.
        let held = zoom.take_due(8);
        add(&house, "w1", &request(number, &format!("{} {}", email(0), email(1)))).await;
        house.settle_within(MINUTE_MS).await;
        let parked = ("parked".to_owned(), Some("zoom.denied_before".to_owned()));
        assert_eq!(results(&house).await[&email(1)], parked, "{held:?}");
        assert_eq!(registered(&house, number), 1, "the other one only");
        let (tenant, now_ms) = (house.tenant(0), house.now_ms());
        let replay = house.shared.store.write(move |unit| {
            Box::pin(async move { delivery_list::replay(unit, &tenant, &Filter::default(), now_ms).await })
        });
        assert_eq!(replay.await.unwrap(), 1);
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, number), 2, "a person said that it is meant");
    })
    .await;
}
