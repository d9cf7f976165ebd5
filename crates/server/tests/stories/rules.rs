//! Rules: tasks by rule, people left out by a filter, computed fields, and tasks that only the lead can decide.

use super::house::{HOUR_MS, House, MINUTE_MS};
use super::on_both;
use super::webinar::{person, webinar};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use connector_core::rules::custom::{ComputedField, Filter, Record};
use connector_core::rules::due::{Due, Of, Side, TimeOfDay};
use connector_core::rules::task::{Happened, Owner, TaskRule};
use connector_core::settings::Settings;
use connector_server::connections::sign_in::hash;
use connector_server::store::api_key::{self, KeyRow};
use connector_server::store::delivery_list;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{Task, UserStatus};
use connector_simulator::zoom::{Approval, Who};

fn rule(name: &str, when: Happened, condition: &str) -> TaskRule {
    TaskRule { name: name.to_owned(), when, condition: condition.into(), ..TaskRule::default() }
}

/// Somebody registers, comes at once and stays so many minutes. Answers the webinar's number.
fn attend(house: &House, name: &str, minutes: i64) -> u64 {
    let zoom = house.preset.zoom.clone();
    let number = webinar(house, Approval::Automatic);
    let now = house.now_ms();
    let id = zoom.register(number, person(name), now).unwrap();
    let uuid = zoom.start(number, now).unwrap();
    let stay = zoom.join(&uuid, Who::Registrant(id), now).unwrap();
    zoom.leave(&uuid, &stay, now + minutes * MINUTE_MS);
    number
}

fn tasks(house: &House) -> Vec<Task> {
    let mut tasks = house.preset.leadsquared.snapshot("sunrise").unwrap().tasks;
    tasks.sort_by(|one, other| one.name.cmp(&other.name));
    tasks
}

/// What stands in the queue: state, code, what, detail; tasks and what did not go out.
async fn queue(house: &House) -> Vec<String> {
    let tenant = house.tenant(0);
    let filter = delivery_list::Filter { limit: 100, ..delivery_list::Filter::default() };
    let read =
        house.shared.store.read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }));
    let rows = read.await.unwrap().into_iter().filter(|row| row.kind == "task" || row.state != "delivered");
    let mut lines: Vec<String> = rows
        .map(|row| {
            let detail = row.detail.map(|detail| format!(" · {detail}")).unwrap_or_default();
            format!("{} {} · {}{detail}", row.state, row.code.unwrap_or_default(), row.what)
        })
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_rule_makes_one_task_for_a_person_however_the_attendance_is_corrected() {
    on_both(async |mut house| {
        house.preset.leadsquared.add_user("sunrise", "rep@sunrise.example", ("Ravi", "Rep"), UserStatus::Active);
        house
            .change_settings(0, |settings| {
                settings.rules = vec![TaskRule {
                    subject: "Call {name} about {topic} ({minutes} min)".to_owned(),
                    due: Due::WorkingDay { days: 1, at: TimeOfDay::parse("10:00").unwrap() },
                    owner: Owner::Fixed { email: connector_core::ids::Email::parse("rep@sunrise.example").unwrap() },
                    ..rule("Call", Happened::Attended, "attended_minutes >= 20 && registration.org != ''")
                }];
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let (number, now) = (webinar(&house, Approval::Automatic), house.now_ms());
        let asha = zoom.register(number, person("asha"), now).unwrap();
        let short = zoom.register(number, person("short"), now).unwrap();
        let uuid = zoom.start(number, now).unwrap();
        let stay = |who: &str, from: i64, to: i64| {
            let stay = zoom.join(&uuid, Who::Registrant(who.to_owned()), now + from * MINUTE_MS).unwrap();
            zoom.leave(&uuid, &stay, now + to * MINUTE_MS);
        };
        stay(&asha, 0, 25);
        stay(&short, 0, 19);
        house.settle().await;
        let [task] = tasks(&house).try_into().unwrap();
        assert!(task.name.starts_with("Call asha Rao about Quarterly results"), "{}", task.name);
        assert!(task.name.ends_with("(25 min)"));
        // Tuesday 24 November in Kolkata; 10:00 there on Wednesday is 04:30 UTC.
        assert_eq!((task.due.as_str(), task.owner.as_str()), ("2026-11-25 04:30:00", "rep@sunrise.example"));
        // The same person comes back and attends more: the task stands.
        stay(&asha, 30, 55);
        house.settle_within(2 * HOUR_MS).await;
        assert_eq!(tasks(&house).len(), 1, "{}", house.picture(0).await);
        // What the rule says may change too; only another name or id makes another task.
        house.change_settings(0, |settings| settings.rules[0].subject = "Ring {name}".to_owned()).await;
        stay(&asha, 56, 58);
        house.settle_within(2 * HOUR_MS).await;
        assert_eq!(tasks(&house).len(), 1);
        house.change_settings(0, |settings| settings.rules[0].name = "Ring".to_owned()).await;
        stay(&asha, 59, 60);
        house.settle_within(2 * HOUR_MS).await;
        assert_eq!(tasks(&house).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn who_registers_late_gets_a_task_at_once_and_who_is_early_gets_none() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.rules = vec![TaskRule {
                    due: Due::Webinar { side: Side::Before, of: Of::Start, minutes: 30 },
                    ..rule("Late", Happened::Registered, "registered_minutes_before_start < 60")
                }];
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        let now = house.now_ms();
        zoom.register(number, person("early"), now - 2 * HOUR_MS).unwrap();
        zoom.register(number, person("late"), now - 40 * MINUTE_MS).unwrap();
        zoom.register(number, person("later"), now - 10 * MINUTE_MS).unwrap();
        house.settle().await;
        let due: Vec<String> = tasks(&house).into_iter().map(|task| task.due).collect();
        // Half an hour before the start; and, where that is over, at once.
        assert_eq!(due, ["2026-11-24 09:30:00", "2026-11-24 09:50:00"]);
    })
    .await;
}

#[tokio::test]
async fn a_filter_leaves_people_out_and_its_name_is_shown() {
    on_both(async |mut house| {
        house
            .change_settings(0, |settings| {
                settings.filters = vec![Filter {
                    name: "Students".to_owned(),
                    condition: "question['Budget?'] == '10k' && email.startsWith('student')".into(),
                    ..Filter::default()
                }];
            })
            .await;
        attend(&house, "student1", 40);
        attend(&house, "asha", 40);
        house.settle().await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len(), crm.tasks.len()), (1, 3, 1));
        insta::assert_snapshot!("left_out", queue(&house).await.join("\n"));
        assert_eq!(house.deliveries(0).await.get("parked"), None);
        // Without the filter the same person is written again.
        house.change_settings(0, |settings| settings.filters[0].on = false).await;
        attend(&house, "student1", 40);
        house.settle().await;
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().leads.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn computed_fields_are_written_and_one_that_fails_parks_what_it_stands_in() {
    on_both(async |mut house| {
        house.preset.leadsquared.add_lead_field("sunrise", "mx_Segment");
        house
            .change_settings(0, |settings| {
                let field = |of, field: &str, value: &str| ComputedField {
                    of,
                    field: field.to_owned(),
                    value: value.into(),
                    ..ComputedField::default()
                };
                settings.computed_fields = vec![
                    field(Record::Lead, "mx_Segment", "question['Budget?'].endsWith('k') ? 'big' : 'small'"),
                    field(Record::Lead, "Company", "registration.org + ' (' + domain + ')'"),
                ];
            })
            .await;
        let zoom = house.preset.zoom.clone();
        let number = webinar(&house, Approval::Automatic);
        zoom.register(number, person("asha"), house.now_ms()).unwrap();
        house.settle().await;
        let crm = house.preset.leadsquared.snapshot("sunrise").unwrap();
        assert_eq!(crm.leads[0].fields["mx_Segment"], "big");
        assert_eq!(crm.leads[0].fields["Company"], "Kite Systems (customers.example)");
        house
            .change_settings(0, |settings| {
                settings.computed_fields[0].value = "string(100 / int(question['Budget?']))".into();
            })
            .await;
        zoom.register(number, person("bela"), house.now_ms()).unwrap();
        house.settle().await;
        assert_eq!(house.causes(0).await, [("rule.failed".to_owned(), 2)]);
        insta::assert_snapshot!("not_computed", queue(&house).await.join("\n"));
        assert_eq!(house.preset.leadsquared.snapshot("sunrise").unwrap().leads.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_condition_on_the_lead_is_decided_when_the_task_is_about_to_be_sent() {
    on_both(async |mut house| {
        let crm = house.preset.leadsquared.clone();
        for field in ["mx_Score", "mx_Tier"] {
            crm.add_lead_field("sunrise", field);
        }
        for (name, tier, score) in [("gold", "Gold", "70"), ("blue", "Blue", "70"), ("odd", "Gold", "many")] {
            let email = format!("{name}@customers.example");
            crm.add_lead("sunrise", &[("EmailAddress", &email), ("mx_Tier", tier), ("mx_Score", score)]);
        }
        house
            .change_settings(0, |settings| {
                settings.rules = vec![
                    rule(
                        "Gold",
                        Happened::Attended,
                        "attended_minutes >= 10 && lead['mx_Tier'] == 'Gold' && int(lead.mx_Score) > 50",
                    ),
                    rule("Typo", Happened::Attended, "attended_minutes >= 45 && lead.mx_Teir == 'Gold'"),
                ];
            })
            .await;
        for (name, minutes) in [("gold", 20), ("blue", 50), ("odd", 20), ("unread", 5)] {
            attend(&house, name, minutes);
        }
        // The first read of a lead gets no answer: it is read again.
        crm.faults().plan("Leads.GetById", (0, 1), Fault::Reset);
        house.settle_within(HOUR_MS).await;
        assert_eq!(tasks(&house).len(), 1, "{}", house.picture(0).await);
        insta::assert_snapshot!("asked_the_lead", queue(&house).await.join("\n"));
        let made = crm.counters("sunrise").by_operation;
        // Three leads, one of them for two rules, and the read that got no answer; nobody reads the lead of who came too short.
        assert_eq!((made.get("Task.Create"), made.get("Leads.GetById")), (Some(&1), Some(&5)));
        // The rule is mended, and what was parked is replayed: it is decided by the rule as it stands now.
        house
            .change_settings(0, |settings| {
                settings.rules[0].condition = "lead['mx_Tier'] == 'Gold' && lead.mx_Score != ''".into();
                settings.rules[1].on = false;
            })
            .await;
        let (tenant, now_ms) = (house.tenant(0), house.now_ms());
        let replayed = house.shared.store.write(move |unit| {
            let filter = delivery_list::Filter { code: Some("rule.failed".to_owned()), ..Default::default() };
            Box::pin(async move { delivery_list::replay(unit, &tenant, &filter, now_ms).await })
        });
        assert!(replayed.await.unwrap() > 0);
        house.settle_within(HOUR_MS).await;
        assert_eq!(tasks(&house).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_leads_owner_gets_the_task_where_a_rule_says_so() {
    on_both(async |mut house| {
        let crm = house.preset.leadsquared.clone();
        crm.add_user("sunrise", "rep@sunrise.example", ("Ravi", "Rep"), UserStatus::Active);
        crm.add_lead_field("sunrise", "OwnerIdEmailAddress");
        let fields = [("EmailAddress", "owned@customers.example"), ("OwnerIdEmailAddress", "rep@sunrise.example")];
        crm.add_lead("sunrise", &fields);
        house
            .change_settings(0, |settings| {
                settings.rules = vec![TaskRule { owner: Owner::LeadOwner, ..rule("Owner", Happened::Attended, "") }];
            })
            .await;
        attend(&house, "owned", 20);
        house.settle().await;
        let owners: Vec<String> = tasks(&house).into_iter().map(|task| task.owner).collect();
        assert_eq!(owners, ["rep@sunrise.example"]);
    })
    .await;
}

#[tokio::test]
async fn wrong_rules_are_refused_with_the_place_and_a_sentence() {
    on_both(async |house| {
        let secret = "zck_story";
        let key_hash = hash(secret);
        let add = house.shared.store.write(move |unit| {
            Box::pin(async move { api_key::add(unit, &KeyRow::new(&key_hash, "story", None, 1)).await })
        });
        add.await.unwrap();
        let mut settings = serde_json::to_value(Settings::default()).unwrap();
        settings["rules"] =
            serde_json::json!([{ "name": "A" }, { "name": "B", "condition": "attended_minutes >\n attendet" }]);
        let body = serde_json::json!({ "version": 2, "settings": settings }).to_string();
        let request = Request::put("/api/v1/tenants/sunrise/settings")
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/json");
        let (status, answer) = house.ask(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let problem: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(problem["code"], "settings.rule");
        assert_eq!(problem["path"], "rules[1].condition");
        assert_eq!(problem["pointer"], "/settings/rules/1/condition");
        assert_eq!((problem["line"].as_i64(), problem["column"].as_i64()), (Some(2), Some(2)));
        assert!(problem["detail"].as_str().unwrap().contains("“attendet” is not known"), "{answer}");
        let check = async |settings: serde_json::Value| {
            let request = Request::post("/api/v1/tenants/sunrise/settings/check")
                .header("authorization", format!("Bearer {secret}"))
                .header("content-type", "application/json");
            let body = serde_json::json!({ "settings": settings }).to_string();
            house.ask(request.body(Body::from(body)).unwrap()).await
        };
        assert_eq!(check(settings).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let right = serde_json::json!({ "rules": [{ "name": "A", "condition": "attended_minutes > 5" }] });
        assert_eq!(check(right).await, (StatusCode::OK, r#"{"right":true}"#.to_owned()));
        let old = serde_json::json!({ "follow_up": { "attended_minutes": 10 } });
        assert_eq!(check(old).await.0, StatusCode::OK);
    })
    .await;
}
