//! The tenant's rules in the pipe: filters, computed fields, rules that fail, and who is told apart from whom.

use super::bench::{Bench, Device, WEBINAR, registration, set_up, stay, told};
use super::{activity, lines};
use crate::rules::custom::{ComputedField, Filter, Record};
use crate::rules::task::{Happened, Owner, TaskRule};
use crate::settings::Settings;
use crate::translate::{Notification, Planned, Start};

const ASHA: (&str, &str) = ("R1", "asha@example.test");

fn device(handle: &str) -> Device<'_> {
    Device { handle, registrant: "R1", email: "", user: "" }
}

fn shown(handle: &str) -> Device<'_> {
    Device { handle, registrant: "", email: "asha@example.test", user: "" }
}

fn attended(minutes: i64) -> Vec<Notification> {
    vec![registration("created", ASHA, 1), stay("joined", device("1"), 0), stay("left", device("1"), minutes)]
}

fn with(rules: Vec<TaskRule>) -> Settings {
    Settings { rules, ..set_up() }
}

fn rule(name: &str, when: Happened, condition: &str) -> TaskRule {
    let subject = format!("{name} {{name}}: {{minutes}} min");
    TaskRule { name: name.to_owned(), when, condition: condition.into(), subject, ..TaskRule::default() }
}

fn tasks(bench: &Bench) -> Vec<&Planned> {
    bench.queue.values().filter(|planned| planned.command.kind() == "task").collect()
}

/// The tasks that follow, each by its name and how it begins.
#[track_caller]
fn check(settings: Settings, story: &[Notification], expected: &[(&str, Start)]) -> Bench {
    let mut bench = Bench::new(settings);
    for notification in story {
        bench.take(std::slice::from_ref(notification));
    }
    let mut made: Vec<(&str, Start)> = tasks(&bench).iter().map(|task| (task.what.as_str(), task.start)).collect();
    made.sort_by_key(|(what, _)| *what);
    assert_eq!(made, expected);
    bench
}

#[test]
fn each_rule_is_looked_at_after_what_it_is_for() {
    let rules = || {
        vec![
            rule("A", Happened::Registered, "question['Budget?'] == '10k' && tracking_source == 'newsletter'"),
            rule("B", Happened::Approved, ""),
            rule("C", Happened::Attended, "attended_percent >= 50 && registered"),
            rule("D", Happened::Left, "webinar.hour == 10"),
            TaskRule { on: false, ..rule("E", Happened::Registered, "") },
        ]
    };
    let task = |name: &'static str| (name, Start::Ready);
    check(with(rules()), &attended(29), &[task("Task: A Asha Rao: 0 min"), task("Task: D Asha Rao: 29 min")]);
    let mut approved = attended(30);
    approved.push(registration("approved", ASHA, 2));
    check(
        with(rules()),
        &approved,
        &[
            task("Task: A Asha Rao: 0 min"),
            task("Task: B Asha Rao: 0 min"),
            task("Task: C Asha Rao: 30 min"),
            task("Task: D Asha Rao: 30 min"),
        ],
    );
}

#[test]
fn a_rule_that_cannot_be_evaluated_parks_its_task_and_nothing_else() {
    let rules = vec![
        rule("A", Happened::Attended, "100 / (attended_minutes - 40) > 1"),
        rule("B", Happened::Attended, "attended_minutes > 1"),
    ];
    let expected =
        [("Task: A Asha Rao: 40 min", Start::Parked("rule.failed")), ("Task: B Asha Rao: 40 min", Start::Ready)];
    let bench = check(with(rules), &attended(40), &expected);
    let details: Vec<Option<&str>> = tasks(&bench).iter().map(|task| task.detail.as_deref()).collect();
    assert!(details.contains(&Some("The rule “A”: a division by zero.")), "{details:?}");
    assert!(bench.queue.values().filter(|planned| planned.start == Start::Ready).count() >= 4);
}

#[test]
fn the_lead_is_only_asked_where_it_makes_a_difference() {
    let rules = || vec![rule("A", Happened::Attended, "attended_minutes >= 30 && lead.ProspectStage == 'Prospect'")];
    check(with(rules()), &attended(20), &[]);
    let bench = check(with(rules()), &attended(30), &[("Task: A Asha Rao: 30 min", Start::Ready)]);
    let json = serde_json::to_string(&tasks(&bench)[0].command).unwrap();
    assert!(json.contains("undecided") && json.contains(r#""attended_minutes":30"#), "{json}");
    let owned = vec![TaskRule { owner: Owner::LeadOwner, ..rule("A", Happened::Attended, "") }];
    let bench = check(with(owned), &attended(1), &[("Task: A Asha Rao: 1 min", Start::Ready)]);
    let json = serde_json::to_string(&tasks(&bench)[0].command).unwrap();
    assert!(json.contains(r#""to_lead_owner":true"#) && !json.contains("attended_minutes"), "{json}");
}

fn filtered(condition: &str) -> Settings {
    let filter = Filter { name: "Partners".to_owned(), condition: condition.into(), ..Filter::default() };
    Settings { filters: vec![filter], ..set_up() }
}

#[test]
fn a_filter_leaves_out_everything_about_a_person_and_says_its_name() {
    let mut bench = Bench::new(filtered("domain == 'example.test'"));
    bench.take(&attended(40));
    assert!(bench.queue.values().all(|planned| planned.start == Start::Suppressed("suppressed.filter")));
    let said = |planned: &Planned| planned.detail.as_deref() == Some("Left out by the filter “Partners”.");
    assert!(bench.queue.values().all(said));
    assert_eq!(bench.queue.len(), 6);
    // A correction of what was never posted is left out with it.
    bench.take(&[stay("left", device("1"), 45)]);
    assert!(bench.queue.values().all(said));
    let mut others = Bench::new(filtered("domain == 'partner.test' || question['Team?'] == 'us'"));
    others.take(&attended(40));
    assert!(others.queue.values().all(|planned| planned.start == Start::Ready));
}

#[test]
fn who_is_left_out_of_one_webinar_is_a_lead_of_the_next() {
    let mut bench = Bench::new(filtered("webinar.topic == 'Demo webinar'"));
    bench.take(&[stay("joined", shown("1"), 0)]);
    assert_eq!(bench.queue.values().filter(|planned| planned.start == Start::Ready).count(), 0);
    bench.settings.settings = set_up();
    bench.take(&[stay("joined", shown("2"), 3)]);
    let lead = "lead · Lead from attendance · asha@example.test · ready".to_owned();
    assert!(lines(&bench).contains(&lead), "{:#?}", lines(&bench));
}

#[test]
fn a_filter_that_cannot_be_evaluated_parks_what_would_go_out() {
    let mut bench = Bench::new(filtered("int(question['Budget?']) > 5"));
    bench.take(&attended(40));
    assert!(bench.queue.values().all(|planned| planned.start == Start::Parked("rule.failed")));
    let detail = bench.queue.values().next().and_then(|planned| planned.detail.clone()).unwrap();
    assert_eq!(detail, "The filter “Partners”: “int” cannot read the value it was given.");
}

#[test]
fn computed_fields_stand_in_lead_and_activity() {
    let field = |of, field: &str, value: &str| ComputedField {
        of,
        field: field.to_owned(),
        value: value.into(),
        ..ComputedField::default()
    };
    let settings = Settings {
        computed_fields: vec![
            field(Record::Lead, "mx_Segment", "question['Budget?'] == '10k' ? 'big' : 'small'"),
            field(Record::Lead, "mx_Team", "question['Team?']"),
            field(Record::Activity, "mx_Custom_7", "webinar.weekday + ' ' + webinar.start"),
        ],
        time_zone: Some("Asia/Kolkata".to_owned()),
        ..set_up()
    };
    let mut bench = Bench::new(settings);
    bench.take(&[registration("created", ASHA, 1)]);
    assert_eq!(activity(&bench, "Zoom Webinar Registered").fields["mx_Custom_7"], "sunday 2026-08-02T15:30");
    let lead = bench.queue.values().find(|planned| planned.command.kind() == "lead").unwrap();
    let json = serde_json::to_string(&lead.command).unwrap();
    assert!(json.contains(r#""mx_Segment":"big""#) && !json.contains("mx_Team"), "{json}");
}

#[test]
fn the_host_gets_the_task_where_zoom_told_the_address() {
    let rules = || vec![TaskRule { owner: Owner::Host, ..rule("A", Happened::Attended, "") }];
    let host = |bench: &Bench| serde_json::to_string(&tasks(bench)[0].command).unwrap().contains("host@example.test");
    let bench = check(with(rules()), &attended(5), &[("Task: A Asha Rao: 5 min", Start::Ready)]);
    assert!(!host(&bench), "nobody told who the host is: the connector's task owner gets it");
    let mut story = attended(5);
    let object = format!(
        r#"{{{WEBINAR},"host_email":"host@example.test","registrant":{{"id":"R1","email":"asha@example.test"}}}}"#
    );
    story.insert(0, told("webinar.registration_created", 1, &object));
    let person = r#""participant":{"user_id":"1","user_name":"A","registrant_id":"R1","join_time":"2026-08-02T10:00:00Z","participant_uuid":"UUID-1"}"#;
    story.insert(
        1,
        told("webinar.participant_joined", 2, &format!(r#"{{{WEBINAR},"host_email":"host@example.test",{person}}}"#)),
    );
    let bench = check(with(rules()), &story, &[("Task: A Asha Rao: 5 min", Start::Ready)]);
    assert!(host(&bench));
}
