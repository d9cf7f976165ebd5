//! Keys of the API that do not see people: over every route that looks, as its description lists them.

use super::house::{HOUR_MS, House, MINUTE_MS, On};
use super::leads_out::{self, ORG};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use connector_core::schedule_request::{ScheduleRequest, WishId};
use connector_core::scope::Scopes;
use connector_server::api_keys::{self, Wanted};
use connector_server::intake::commands;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, NewEvent, NewRegistrant, Who};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the people below; none of it may be told to a key that does not see people.
const MARKS: [&str; 10] = ["lena@", "Lena", "ravi@", "Fox", "98765", "Indore", "priya@", "Priya", "Otto", "tk="];
/// Words of the description for what is masked.
const MASKED: &str = "Masked for a key";
/// Routes that carry what is masked, and of which this world tells nothing of anybody.
const OF_NOBODY: [&str; 2] = ["/tenants/{tenant}/alerts", "/tenants/{tenant}/journal"];

fn registrant(name: &str) -> NewRegistrant {
    NewRegistrant {
        email: format!("{}@fox.test", name.to_lowercase()),
        first_name: name.to_owned(),
        last_name: "Fox".to_owned(),
        answers: BTreeMap::from(
            [("phone", "+91 98765 43210"), ("city", "Indore")].map(|(name, value)| (name.to_owned(), value.to_owned())),
        ),
        custom_questions: vec![("Budget?".to_owned(), "as Lena has it".to_owned())],
        tracking_source: None,
        occurrence: None,
    }
}

/// A webinar that was, with Lena who registered and came, Ravi whom LeadSquared does not take, and Otto whom Zoom does not name;
/// a webinar that is to come, to which Lena was added; and a meeting with Priya. Answers the number of the one to come.
async fn fill(house: &mut House) -> u64 {
    let (zoom, crm) = (house.preset.zoom.clone(), house.preset.leadsquared.clone());
    let refusal = json!({ "Status": "Error", "ExceptionType": "MXInvalidInputException",
        "ExceptionMessage": "Phone +91 98765 43210 of ravi@fox.test is not valid" });
    for write in ["Lead/Bulk/CreateOrUpdate", "Lead.CreateOrUpdate", "Lead.Capture"] {
        crm.faults().plan_for(write, "ravi@fox.test", Fault::Answer(400, refusal.to_string()));
    }
    let now = house.now_ms();
    let new = |start_ms: i64| NewEvent {
        topic: "Open day with lena@fox.test".to_owned(),
        start_ms,
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::Automatic,
        questions: vec!["Budget?".to_owned()],
        agenda: String::new(),
    };
    let host = house.preset.zoom_accounts[0].admin.clone();
    let number = zoom.create_webinar(&host, new(now), now);
    let lena = zoom.register(number, registrant("Lena"), now).unwrap();
    zoom.register(number, registrant("Ravi"), now).unwrap();
    let uuid = zoom.start(number, now).unwrap();
    for who in [Who::Registrant(lena), Who::Guest { name: "Otto Fox".to_owned() }] {
        let stay = zoom.join(&uuid, who, now + MINUTE_MS).unwrap();
        zoom.leave(&uuid, &stay, now + 30 * MINUTE_MS);
    }
    zoom.end(&uuid, now + 40 * MINUTE_MS);
    house.settle_within(2 * HOUR_MS).await;
    let coming = zoom.create_webinar(&host, new(house.now_ms() + HOUR_MS), house.now_ms());
    leads_out::add(house, "w-add", &leads_out::request(coming, "lena@fox.test")).await;
    crm.add_lead(ORG, &[("EmailAddress", "priya@fox.test"), ("FirstName", "Priya"), ("LastName", "Fox")]);
    let request = ScheduleRequest {
        lead: "priya@fox.test".to_owned(),
        topic: "Meeting with Priya Fox".to_owned(),
        start: "2026-12-01T10:00".to_owned(),
        zone: "Asia/Kolkata".to_owned(),
        minutes: Some(30),
        ..ScheduleRequest::default()
    };
    let wish = WishId::parse("w-meet").unwrap();
    commands::schedule_meeting(&house.shared, &house.tenant(0), &request, &wish, "story").await.unwrap();
    house.settle_within(10 * MINUTE_MS).await;
    coming
}

/// A key that reaches every tenant.
async fn key(house: &House, scopes: &str) -> String {
    let scopes = Scopes::parse(scopes.split_whitespace()).unwrap();
    let wanted = Wanted { name: scopes.stored(), tenant: None, scopes, expires_ms: None };
    api_keys::make(&house.shared, wanted, "story").await.unwrap().key
}

async fn call(house: &House, key: &str, (method, path): (Method, &str), sent: Option<Value>) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    let request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let body = sent.map_or_else(Body::empty, |sent| Body::from(sent.to_string()));
    house.ask(request.body(body).unwrap()).await
}

async fn look(house: &House, key: &str, path: &str) -> (StatusCode, String) {
    call(house, key, (Method::GET, path), None).await
}

/// The ids of a list.
async fn ids(house: &House, key: &str, path: &str) -> Vec<String> {
    let (status, text) = look(house, key, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    let list: Value = serde_json::from_str(&text).unwrap();
    list["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Every address of a route in this world.
async fn addresses(house: &House, key: &str, path: &str, coming: u64) -> Vec<String> {
    let at = path.replace("{tenant}", ORG).replace("{app}", "webinars").replace("{version}", "1");
    let at = at.replace("{webinar}", &coming.to_string());
    let at = at.replace("{wish}", if at.contains("/meetings/") { "w-meet" } else { "w-add" });
    match at.split_once("{id}") {
        None if at.ends_with("/difference") => vec![format!("{at}?with=1")],
        None if at.ends_with("/follow") => followed(house, key, &at).await,
        None if at.ends_with("/events") => vec![at.clone(), format!("{at}?when=past")],
        None => vec![at],
        Some((list, "")) => {
            let mut all = ids(house, key, &format!("{list}?limit=100").replace("/?", "?")).await;
            if list.ends_with("/events/") {
                all.extend(ids(house, key, &format!("{}?when=past", list.trim_end_matches('/'))).await);
            }
            assert!(!all.is_empty(), "{path}");
            all.iter().map(|id| format!("{list}{id}")).collect()
        }
        Some(_) => panic!("{path}: say here what it is asked with"),
    }
}

/// The addresses that follow somebody and something, as an answer to a name gives them.
async fn followed(house: &House, key: &str, at: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (name, kind) in [("Lena%20Fox", "person"), ("Otto%20Fox", "fact")] {
        let (status, text) = look(house, key, &format!("{at}?q={name}")).await;
        assert_eq!(status, StatusCode::OK, "{name}: {text}");
        let found: Value = serde_json::from_str(&text).unwrap();
        all.extend(
            found["found"].as_array().unwrap().iter().map(|one| format!("{at}?{kind}={}", one[kind].as_str().unwrap())),
        );
    }
    all
}

/// Whether what is answered is described, somewhere within, as masked.
fn is_of_people(document: &Value, told: &Value) -> bool {
    match told {
        Value::String(text) => text.contains(MASKED),
        Value::Array(items) => items.iter().any(|one| is_of_people(document, one)),
        Value::Object(fields) => {
            let named = fields.get("$ref").and_then(Value::as_str);
            let named = named.and_then(|name| document.pointer(name.trim_start_matches('#')));
            named.into_iter().chain(fields.values()).any(|one| is_of_people(document, one))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[tokio::test]
async fn a_key_that_only_reads_is_told_of_nobody_by_any_route() {
    let mut house = House::open(On::Sqlite).await.unwrap();
    let coming = fill(&mut house).await;
    let reader = key(&house, "read admin").await;
    let sees = key(&house, "read_personal admin").await;
    let document: Value = serde_json::from_str(&look(&house, &sees, "/openapi.json").await.1).unwrap();
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(operation) = methods.get("get") else { continue };
        let path = path.trim_start_matches("/api/v1");
        let mut marks: BTreeSet<&str> = BTreeSet::new();
        for address in addresses(&house, &sees, path, coming).await {
            let (status, told) = look(&house, &sees, &address).await;
            assert_eq!(status, StatusCode::OK, "{address}: {told}");
            marks.extend(MARKS.iter().filter(|mark| told.contains(**mark)));
            let (status, masked) = look(&house, &reader, &address).await;
            for mark in MARKS {
                assert!(!masked.contains(mark), "{address} tells {mark}: {masked}");
            }
            assert_eq!(status, StatusCode::OK, "{address}: {masked}");
        }
        let of_people = is_of_people(&document, &operation["responses"]["200"]);
        let tells = !marks.is_empty();
        assert!(of_people || !tells, "{path} tells {marks:?}, and is not described as masked");
        if of_people && !OF_NOBODY.contains(&path) {
            assert!(tells, "{path} is described as masked, and told of nobody here");
            found.extend(marks);
        }
    }
    assert_eq!(found, BTreeSet::from(MARKS), "whoever sees people reads all of it");
}

#[tokio::test]
async fn a_key_that_does_not_see_people_finds_nobody_and_is_answered_masked() {
    let mut house = House::open(On::Sqlite).await.unwrap();
    fill(&mut house).await;
    let writer = key(&house, "read write").await;
    let sees = key(&house, "read_personal write").await;
    let post = |path: &'static str, body: Value| (format!("/tenants/{ORG}{path}"), body);
    for (path, body) in [
        post("/deliveries/replay", json!({ "who": "ravi" })),
        post("/settings/preview", json!({ "settings": {}, "registrant": "lena@fox.test" })),
    ] {
        let (status, answer) = call(&house, &writer, (Method::POST, &path), Some(body.clone())).await;
        assert!(status == StatusCode::FORBIDDEN && answer.contains("\"scope\":\"read_personal\""), "{path}: {answer}");
        let (status, answer) = call(&house, &sees, (Method::POST, &path), Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    }
    for path in [
        "/deliveries?who=ravi",
        "/deliveries?who=nobody",
        "/additions/w-add/leads?who=lena",
        "/follow?q=lena@fox.test",
        "/follow?q=%20Lena@fox.test",
    ] {
        let path = format!("/tenants/{ORG}{path}");
        let (status, answer) = look(&house, &writer, &path).await;
        assert!(status == StatusCode::FORBIDDEN && answer.contains("\"scope\":\"read_personal\""), "{path}: {answer}");
        assert_eq!(look(&house, &sees, &path).await.0, StatusCode::OK);
    }
    // An address that nobody has is refused like one that somebody has, and a name finds nobody. An id of a record is no guess at a person.
    let follow = |q: &str| format!("/tenants/{ORG}/follow?q={q}");
    assert_eq!(look(&house, &writer, &follow("nobody@fox.test")).await.0, StatusCode::FORBIDDEN);
    for name in ["Lena%20Fox", "Otto%20Fox"] {
        assert_eq!(look(&house, &sees, &follow(name)).await.0, StatusCode::OK);
        assert_eq!(look(&house, &writer, &follow(name)).await.0, StatusCode::NOT_FOUND);
    }
    let (status, page) = look(&house, &sees, &format!("/tenants/{ORG}/deliveries?who=ravi")).await;
    assert_eq!(status, StatusCode::OK);
    let page: Value = serde_json::from_str(&page).unwrap();
    let (status, found) = look(&house, &writer, &follow(page["items"][0]["id"].as_str().unwrap())).await;
    assert!(status == StatusCode::OK && found.contains("r•••@f•••.test") && !found.contains("ravi"), "{found}");
    // Events are found by what is seen of their topics.
    for (query, expected) in
        [("search=priya", [1, 0]), ("search=meeting%20with", [1, 1]), ("when=past&search=lena@", [1, 0])]
    {
        let path = format!("/tenants/{ORG}/events?{query}");
        for (key, count) in [&sees, &writer].into_iter().zip(expected) {
            let (status, list) = look(&house, key, &path).await;
            let list: Value = serde_json::from_str(&list).unwrap();
            assert_eq!((status, list["items"].as_array().unwrap().len()), (StatusCode::OK, count), "{query}: {list}");
        }
    }
    // The same wish again is answered with what is there: masked, at once and from what was kept.
    let wanted = json!({ "wish": "w-meet", "lead": "priya@fox.test", "topic": "Meeting with Priya Fox",
        "start": "2026-12-01T10:00", "zone": "Asia/Kolkata", "minutes": 30 });
    for _ in 0..2 {
        let request = Request::post(format!("/api/v1/tenants/{ORG}/meetings"))
            .header(header::AUTHORIZATION, format!("Bearer {writer}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "once");
        let (status, answer) = house.ask(request.body(Body::from(wanted.to_string())).unwrap()).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        assert!(answer.contains("p•••@f•••.test") && !answer.contains("riya"), "{answer}");
    }
}

/// The preview and the trial of settings: of the latest registrant alone, with every value covered, and telling which differ.
#[tokio::test]
async fn settings_are_tried_masked_and_what_differs_is_told() {
    let mut house = House::open(On::Sqlite).await.unwrap();
    fill(&mut house).await;
    let writer = key(&house, "read write").await;
    let sees = key(&house, "read_personal write").await;
    let (_, kept) = look(&house, &writer, &format!("/tenants/{ORG}/settings")).await;
    let mut tried: Value = serde_json::from_str(&kept).unwrap();
    tried["settings"]["lead_source"] = json!("Spring webinars");
    let tried = json!({ "settings": tried["settings"] });
    for path in ["preview", "rehearsal"] {
        let path = format!("/tenants/{ORG}/settings/{path}");
        let (status, told) = call(&house, &sees, (Method::POST, &path), Some(tried.clone())).await;
        assert!(status == StatusCode::OK && told.contains("lena@fox.test"), "{path}: {told}");
        let (status, masked) = call(&house, &writer, (Method::POST, &path), Some(tried.clone())).await;
        assert!(status == StatusCode::OK && masked.contains("l•••@f•••.test"), "{path}: {masked}");
        for mark in MARKS.into_iter().chain(["Spring"]) {
            assert!(!masked.contains(mark), "{path} tells {mark}: {masked}");
        }
        let (told, masked): (Value, Value) =
            (serde_json::from_str(&told).unwrap(), serde_json::from_str(&masked).unwrap());
        if path.ends_with("preview") {
            assert_eq!(masked["registrants"].as_array().unwrap().len(), 1, "{masked}");
            continue;
        }
        assert_eq!(masked["tallies"], told["tallies"]);
        let differ: Vec<&Value> = masked["differences"].as_array().unwrap().iter().map(|one| &one["differs"]).collect();
        assert!(!differ.is_empty() && differ.iter().any(|one| one[0] == "Source"), "{masked}");
        assert_eq!(
            differ,
            told["differences"].as_array().unwrap().iter().map(|one| &one["differs"]).collect::<Vec<_>>()
        );
    }
}

/// A calendar file holds the meeting as it was moved to, and of whom it is with as much as the key sees.
#[tokio::test]
async fn a_calendar_file_is_of_the_meeting_as_it_stands_now() {
    let mut house = House::open(On::Sqlite).await.unwrap();
    fill(&mut house).await;
    let writer = key(&house, "read write").await;
    let sees = key(&house, "read_personal write").await;
    let meeting = format!("/tenants/{ORG}/meetings/w-meet");
    let file = format!("{meeting}/meeting.ics");
    assert!(look(&house, &sees, &file).await.1.contains("DTSTART:20261201T043000Z"));
    let change = json!({ "start": "2026-12-02T11:00", "zone": "Asia/Kolkata" });
    let (status, answer) = call(&house, &writer, (Method::PATCH, &meeting), Some(change)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    house.settle_within(10 * MINUTE_MS).await;
    for (key, says) in [(&sees, "SUMMARY:Meeting with Priya Fox"), (&writer, "SUMMARY:Meeting with P••• F•••")]
    {
        let (status, text) = look(&house, key, &file).await;
        assert!(status == StatusCode::OK && text.contains(says), "{text}");
        assert!(text.contains("DTSTART:20261202T053000Z"), "{text}");
    }
}
