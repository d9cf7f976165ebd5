//! REST: what it changes, lists, refuses and limits.

use super::{DAY_MS, MINUTE_MS, NOWHERE, START_MS, names, person, plan, read, text, world};
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, CallsPerSecond, Refused, Status, Who};
use reqwest::Method;
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn what_rest_changes_is_told_to_the_app() {
    let world = world().await;
    world.zoom.set_webhook_url("web", NOWHERE);
    let token = world.access("web").await;
    let body = json!({
        "topic": "Launch", "type": 5, "start_time": "2026-08-02T15:30:00", "timezone": "Asia/Kolkata", "duration": 45,
        "agenda": "Ref: 42", "settings": {"approval_type": 1, "registrants_restrict_number": 2},
    });
    let (status, made) = world.post(&token, "users/me/webinars", body).await;
    assert_eq!((status, &made["start_time"]), (201, &json!("2026-08-02T10:00:00Z")));
    let number = made["id"].as_u64().unwrap();
    let path = format!("webinars/{number}");
    let changed = world.call(&token, (Method::PATCH, &path), Some(json!({"topic": "Big launch"}))).await;
    assert_eq!(changed.status(), 204);
    let asha = json!({"email": "Asha@a.test", "first_name": "Asha", "org": "Acme", "source_id": "news"});
    let (status, added) = world.post(&token, &format!("{path}/registrants"), asha.clone()).await;
    assert_eq!((status, added.get("join_url")), (201, None), "no address while pending");
    let again = world.post(&token, &format!("{path}/registrants"), asha).await.1;
    assert_eq!(again["registrant_id"], added["registrant_id"]);
    let action = json!({"action": "approve", "registrants": [{"email": "asha@a.test"}]});
    let status_path = format!("{path}/registrants/status");
    assert_eq!(world.call(&token, (Method::PUT, &status_path), Some(action)).await.status(), 204);
    world.zoom.register(number, person("second@a.test"), START_MS).unwrap();
    assert_eq!(world.zoom.register(number, person("third@a.test"), START_MS), Err(Refused::Full));
    assert_eq!(world.call(&token, (Method::DELETE, &path), None).await.status(), 204);
    assert_eq!(world.get(&token, &path).await.1["code"], 3001);
    let told = world.told();
    let expected =
        ["created", "updated", "registration_created", "registration_approved", "registration_created", "deleted"];
    assert_eq!(names(&told), expected.map(|name| format!("webinar.{name}")));
    assert_eq!(told[0]["payload"]["object"]["creation_source"], "open_api");
    assert_eq!(told[1]["payload"]["object"], json!({"id": number, "topic": "Big launch"}));
    assert_eq!(told[1]["payload"]["old_object"], json!({"id": number, "topic": "Launch"}));
    let registrant = &told[2]["payload"]["object"]["registrant"];
    let shown = [&registrant["status"], &registrant["join_url"], &registrant["org"]];
    assert_eq!(shown, ["pending", "", "Acme"]);
    assert_eq!(registrant["tracking_source"]["source_name"], "news");
    assert!(text(&told[3]["payload"]["object"]["registrant"]["join_url"]).contains("tk="));
    let history = world.zoom.history();
    assert!(history.meetings[0].created_by_api && history.meetings[0].deleted && history.registrations[0].by_api);
}

#[tokio::test]
async fn registrants_are_listed_in_pages_bound_to_their_query() {
    let world = world().await;
    let token = world.access("web").await;
    let number = world.zoom.create_webinar("host@acme.test", plan("Full house", Approval::Automatic), START_MS);
    let register = |n: usize| world.zoom.register(number, person(&format!("p{n}@a.test")), START_MS).unwrap();
    let ids: Vec<_> = (0..65).map(register).collect();
    world.zoom.set_status(number, &ids[3], Status::Cancelled, START_MS).unwrap();
    let path = format!("webinars/{number}/registrants");
    let (mut seen, mut sizes, mut next) = (HashSet::new(), Vec::new(), String::new());
    loop {
        let (status, page) = world.get(&token, &format!("{path}?page_size=30&next_page_token={next}")).await;
        assert_eq!((status, &page["total_records"]), (200, &json!(64)));
        let registrants = page["registrants"].as_array().unwrap();
        sizes.push(registrants.len());
        seen.extend(registrants.iter().map(|registrant| text(&registrant["id"])));
        next = text(&page["next_page_token"]);
        if next.is_empty() {
            break;
        }
        let other = world.get(&token, &format!("{path}?page_size=20&next_page_token={next}")).await;
        assert_eq!((other.0, &other.1["code"]), (400, &json!(300)), "another query's token");
    }
    assert_eq!((sizes, seen.len(), seen.contains(&ids[3])), (vec![30, 30, 4], 64, false));
    let denied = world.get(&token, &format!("{path}?status=denied")).await.1;
    assert_eq!((&denied["registrants"][0]["id"], denied["registrants"][0].get("join_url")), (&json!(ids[3]), None));
    let next = text(&world.get(&token, &path).await.1["next_page_token"]);
    world.clock.advance(15 * MINUTE_MS);
    assert_eq!(world.get(&token, &format!("{path}?next_page_token={next}")).await.0, 400, "a token lives 15 minutes");
    assert_eq!(world.zoom.register(number, person("P3@a.test"), START_MS), Err(Refused::DeniedBefore));
    assert_eq!(world.zoom.register(number, person("HOST@acme.test"), START_MS), Err(Refused::Host));
}

#[tokio::test]
async fn registration_has_its_rules() {
    let world = world().await;
    let token = world.access("meet").await;
    let closed = world.zoom.create_meeting("host@acme.test", plan("Closed", Approval::None), START_MS);
    let refused = world.post(&token, &format!("meetings/{closed}/registrants"), json!({})).await;
    let message = format!("Registration has not been enabled for this meeting: {closed}.");
    assert_eq!(refused, (404, json!({"code": 404, "message": message})));
    let open = world.zoom.create_meeting("host@acme.test", plan("Open", Approval::Automatic), START_MS);
    let path = format!("meetings/{open}/registrants");
    let questions = world.get(&token, &format!("{path}/questions")).await.1;
    assert_eq!(questions["custom_questions"][0]["title"], "Budget?");
    let answers = json!([{"title": "Budget", "value": "1"}]);
    let unasked = json!({"email": "a@a.test", "first_name": "A", "custom_questions": answers});
    assert_eq!(world.post(&token, &path, unasked).await.1["errors"][0]["field"], "custom_questions");
    assert_eq!(world.post(&token, &path, json!({"email": "a@a.test"})).await.1["errors"][0]["field"], "first_name");
    let many = |count: usize| {
        let people: Vec<_> = (0..count).map(|n| json!({"email": format!("b{n}@a.test"), "first_name": "B"})).collect();
        json!({ "registrants": people })
    };
    let batch = format!("meetings/{open}/batch_registrants");
    assert_eq!(world.post(&token, &batch, many(31)).await.1["code"], 300);
    let (status, added) = world.post(&token, &batch, many(30)).await;
    assert_eq!((status, added["registrants"].as_array().unwrap().len()), (200, 30));
    assert_eq!(world.zoom.history().registrations.len(), 30);
}

#[tokio::test]
async fn one_occurrence_of_a_series_can_be_deleted() {
    let world = world().await;
    world.zoom.set_webhook_url("meet", NOWHERE);
    let token = world.access("meet").await;
    let series = json!({"topic": "Weekly", "type": 8, "start_time": "2026-08-08T10:00:00Z",
        "recurrence": {"type": 2, "end_times": 3}, "settings": {"approval_type": 0}});
    let (_, series) = world.post(&token, "users/me/meetings", series).await;
    assert_eq!(series["occurrences"][1]["occurrence_id"], "1786788000000");
    let path = format!("meetings/{}", series["id"]);
    let one = json!({"registrants": [{"email": "b@a.test", "first_name": "B"}]});
    assert_eq!(world.post(&token, &format!("{path}/batch_registrants"), one).await.1["code"], 303);
    let one = format!("{path}?occurrence_id=1786788000000");
    assert_eq!(world.call(&token, (Method::DELETE, &one), None).await.status(), 204);
    assert_eq!(world.call(&token, (Method::DELETE, &one), None).await.status(), 404);
    let told = world.told();
    assert_eq!((&told[1]["event"], &told[1]["payload"]["operation"]), (&json!("meeting.deleted"), &json!("single")));
    assert_eq!(told[1]["payload"]["object"]["occurrences"][0]["occurrence_id"], "1786788000000");
    assert_eq!(world.get(&token, &path).await.1["occurrences"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn meetings_are_listed_by_what_they_are_and_cannot_be_deleted_while_they_run() {
    let world = world().await;
    let token = world.access("meet").await;
    let one = world.zoom.create_meeting("host@acme.test", plan("One", Approval::None), START_MS);
    world.zoom.create_webinar("host@acme.test", plan("Not a meeting", Approval::None), START_MS);
    let uuid = world.zoom.start(one, START_MS).unwrap();
    let count = async |wanted: &str| {
        let list = world.get(&token, &format!("users/me/meetings?type={wanted}")).await.1;
        list["meetings"].as_array().unwrap().len()
    };
    assert_eq!([count("scheduled").await, count("live").await, count("previous_meetings").await], [1, 1, 0]);
    let listed = world.get(&token, "users/host@acme.test/meetings").await.1;
    assert_eq!(text(&listed["meetings"][0]["agenda"]).len(), 250, "a list cuts the agenda");
    let path = format!("meetings/{one}");
    assert_eq!(world.get(&token, &path).await.1["status"], "started");
    assert_eq!(read(world.call(&token, (Method::DELETE, &path), None).await).await.1["code"], 3002);
    let end = Some(json!({"action": "end"}));
    assert_eq!(world.call(&token, (Method::PUT, &format!("{path}/status")), end).await.status(), 204);
    assert_eq!(world.zoom.history().runs[0].uuid, uuid);
    assert_eq!([count("live").await, count("previous_meetings").await], [0, 1]);
    assert_eq!(world.get(&token, &format!("past_meetings/{one}")).await.1["uuid"], uuid);
}

#[tokio::test]
async fn panelists_come_and_go() {
    let world = world().await;
    let token = world.access("web").await;
    let number = world.zoom.create_webinar("host@acme.test", plan("Panel", Approval::None), START_MS);
    let path = format!("webinars/{number}/panelists");
    let two = json!({"panelists": [{"name": "P", "email": "p@a.test"}, {"name": "Q", "email": "q@a.test"}]});
    assert_eq!(world.post(&token, &path, two.clone()).await.0, 201);
    world.post(&token, &path, two).await;
    let listed = world.get(&token, &path).await.1;
    assert_eq!((&listed["total_records"], &listed["panelists"][1]["email"]), (&json!(2), &json!("q@a.test")));
    let one = format!("{path}/{}", text(&listed["panelists"][0]["id"]));
    assert_eq!(world.call(&token, (Method::DELETE, &one), None).await.status(), 204);
    assert_eq!(world.get(&token, &path).await.1["panelists"][0]["email"], "q@a.test");
}

/// Percent-encoded once.
fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('/', "%2F").replace('=', "%3D").replace('+', "%2B")
}

#[tokio::test]
async fn a_uuid_with_slashes_must_be_encoded_twice() {
    let world = world().await;
    let token = world.access("web").await;
    let number = world.zoom.create_webinar("host@acme.test", plan("Again and again", Approval::None), START_MS);
    let mut uuids = Vec::new();
    for time in 0..40 {
        let uuid = world.zoom.start(number, START_MS + time).unwrap();
        world.zoom.join(&uuid, Who::Host, START_MS + time).unwrap();
        world.zoom.join(&uuid, Who::Guest { name: "Guest".to_owned() }, START_MS + time).unwrap();
        world.zoom.end(&uuid, START_MS + time + 90_000);
        uuids.push(uuid);
    }
    assert!(uuids.iter().any(|uuid| uuid.starts_with('/')) && uuids.iter().any(|uuid| uuid.contains("//")));
    world.clock.advance(10 * MINUTE_MS);
    for uuid in &uuids {
        let twice = encoded(&encoded(uuid));
        let path = format!("report/webinars/{twice}/participants?include_fields=registrant_id");
        let (status, report) = world.get(&token, &path).await;
        assert_eq!((status, &report["participants"][1]["duration"]), (200, &json!(90)), "{uuid}");
        assert_eq!(report["participants"][1]["registrant_id"], "");
        let once = world.get(&token, &format!("past_webinars/{}/participants", encoded(uuid))).await;
        let torn = uuid.starts_with('/') || uuid.contains("//");
        assert_eq!((once.0, once.1["code"] == 3001), if torn { (404, true) } else { (200, false) }, "{uuid}");
    }
    world.zoom.set_report_delay_ms(30 * MINUTE_MS);
    let path = format!("past_webinars/{number}/participants");
    assert_eq!(world.get(&token, &path).await.1["code"], 3001);
    world.clock.advance(30 * MINUTE_MS);
    assert_eq!(world.get(&token, &path).await.1["participants"].as_array().unwrap().len(), 2);
    let instances = world.get(&token, &format!("past_webinars/{number}/instances")).await.1;
    assert_eq!(instances["webinars"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn the_days_limits_end_at_midnight_utc() {
    let world = world().await;
    let token = world.access("meet").await;
    let mut number = 0;
    for _ in 0..100 {
        let (status, made) = world.post(&token, "users/me/meetings", json!({"settings": {"approval_type": 0}})).await;
        assert_eq!(status, 201);
        number = made["id"].as_u64().unwrap();
    }
    let refused = world.call(&token, (Method::PATCH, &format!("meetings/{number}")), Some(json!({}))).await;
    assert!(!refused.headers().contains_key("retry-after") && !refused.headers().contains_key("x-ratelimit-type"));
    let (status, body) = read(refused).await;
    assert!(status == 429 && text(&body["message"]).contains("daily rate limit (100)"), "{body}");
    let (path, asha) = (format!("meetings/{number}/registrants"), json!({"email": "a@a.test", "first_name": "A"}));
    for _ in 0..3 {
        assert_eq!(world.post(&token, &path, asha.clone()).await.0, 201);
    }
    let (status, body) = world.post(&token, &path, asha.clone()).await;
    assert!(status == 429 && text(&body["message"]).contains("daily rate limit of (3)"), "{body}");
    world.clock.advance(DAY_MS);
    let token = world.access("meet").await;
    assert_eq!(world.post(&token, &path, asha).await.0, 201);
    assert_eq!(world.post(&token, "users/me/meetings", json!({})).await.0, 201);
    world.zoom.set_calls_per_second(Some(CallsPerSecond { light: 1, medium: 1, heavy: 1 }));
    assert_eq!(world.get(&token, "users/me").await.0, 200);
    let refused = world.call(&token, (Method::GET, "users/me"), None).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["x-ratelimit-type"].to_str().unwrap()), (429, "QPS"));
    world.clock.advance(1000);
    assert_eq!(world.get(&token, "users/me").await.0, 200);
    world.zoom.set_calls_per_second(None);
    world.zoom.set_calls_per_day(Some(1));
    assert_eq!(world.get(&token, "users/me").await.0, 200);
    let refused = world.call(&token, (Method::GET, "users/me"), None).await;
    assert_eq!(refused.headers()["x-ratelimit-type"], "Daily-limit");
    assert_eq!(refused.headers()["retry-after"], "2026-08-03T00:00:00Z");
}

#[tokio::test]
async fn planned_faults_hit_the_named_call() {
    let world = world().await;
    let token = world.access("meet").await;
    world.zoom.faults().plan("meetings.create", (0, 1), Fault::ApplyThen500);
    let (status, _) = world.post(&token, "users/me/meetings", json!({"topic": "Made all the same"})).await;
    assert_eq!(status, 500);
    let (_, list) = world.get(&token, "users/me/meetings").await;
    assert_eq!(list["meetings"][0]["topic"], "Made all the same");
    world.zoom.faults().plan("users.me", (0, 1), Fault::Answer(502, "<html>".to_owned()));
    assert_eq!(world.call(&token, (Method::GET, "users/me"), None).await.status(), 502);
    world.zoom.faults().plan("users.me", (0, 1), Fault::Throttle);
    assert_eq!(world.get(&token, "users/me").await.0, 429);
    world.zoom.faults().plan("users.me", (0, 1), Fault::ApplyThenTruncate);
    assert!(world.call(&token, (Method::GET, "users/me"), None).await.bytes().await.is_err());
}

#[tokio::test]
async fn pages_show_the_world_and_escape_it() {
    let world = world().await;
    world.zoom.install("meet", &world.admin);
    world.zoom.set_webhook_url("meet", NOWHERE);
    let hostile = plan("<script>alert(1)</script>", Approval::Manual);
    let number = world.zoom.create_meeting("host@acme.test", hostile, START_MS);
    world.zoom.register(number, person("\"<i>@a.test"), START_MS).unwrap();
    let uuid = world.zoom.start(number, START_MS).unwrap();
    world.zoom.join(&uuid, Who::Guest { name: "<b>Eve</b>".to_owned() }, START_MS).unwrap();
    let (account, event) =
        (format!("/accounts/{}", world.account), format!("/accounts/{}/events/{number}", world.account));
    let shown = [("/", "meeting.participant_joined"), (&account, "member@acme.test"), (&event, "&#60;b&#62;Eve")];
    for (path, shows) in shown {
        let page = world.page(path).await;
        assert!(page.contains(shows) && page.contains("pretend Zoom"), "{path}: {page}");
        assert!(!page.contains("<script>") && !page.contains("<b>Eve") && !page.contains("<i>@"), "{path}: {page}");
    }
    assert!(world.page("/accounts/none").await.contains("no such page"));
}
