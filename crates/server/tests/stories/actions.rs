//! Leads out from everywhere: LeadSquared's own actions, the API, the console; and Zoom's echo of what we register.

use super::house::{House, MINUTE_MS};
use super::leads_out::{ORG, add, email, leads, links, registered, request, results, webinar, with_link};
use super::on_both;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use connector_server::api_keys;
use connector_server::connections::sign_in::hash;
use connector_server::intake::leadsquared::secret;
use connector_server::store::api_key::{self, KeyRow};
use connector_server::store::link;
use connector_simulator::fault::Fault;
use connector_simulator::zoom::{Approval, Mischief};
use serde_json::{Value, json};

async fn address(house: &House, version: u32) -> String {
    let keys = house.shared.keys.of(&house.shared.store, &house.tenant(0)).await.unwrap();
    format!("/leadsquared/{ORG}/{}/webhook", secret(&keys.tenant_keys(), version))
}

async fn post(house: &House, path: &str, body: &str) -> (StatusCode, Value) {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    let (status, body) = house.ask(request.body(Body::from(body.to_owned())).unwrap()).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn leadsquareds_own_actions_add_leads_by_an_address_with_a_secret() {
    on_both(async |mut house| {
        let ids = leads(&house, 4);
        let number = webinar(&house, Approval::Automatic, &[]);
        let path = address(&house, 1).await;
        let of = format!("{path}?webinar={number}");
        // At registration LeadSquared asks whether the address is there, and posts nothing.
        let head = Request::builder().method(Method::HEAD).uri(&path).body(Body::empty()).unwrap();
        assert_eq!(house.ask(head).await.0, StatusCode::OK);
        assert_eq!(post(&house, &of, "").await.1["Status"], "Success");
        // An automation's webhook, told twice; a bulk action; one that names no webinar; one that names nobody.
        let automation =
            json!({ "Before": {}, "After": { "ProspectID": ids[0], "EmailAddress": email(0) } }).to_string();
        for _ in 0..2 {
            assert_eq!(post(&house, &of, &automation).await, (StatusCode::OK, post(&house, &of, &automation).await.1));
        }
        let bulk = json!({ "LeadIds": [ids[1], ids[2]], "webinar": number.to_string() }).to_string();
        assert_eq!(post(&house, &path, &bulk).await.1["Status"], "Success");
        assert_eq!(post(&house, &path, &automation).await.1["Status"], "Error");
        assert_eq!(post(&house, &of, "{}").await.1["Status"], "Error");
        // A list's action.
        let list = house.preset.leadsquared.add_list(ORG, "Alumni", &ids[3..]);
        assert_eq!(post(&house, &of, &json!({ "ListId": list }).to_string()).await.1["Status"], "Success");
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, number), 4);
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        assert_eq!((crm.leads.len(), crm.activities.len()), (4, 4));
        assert_eq!(results(&house).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_or_old_secret_adds_nobody() {
    on_both(async |mut house| {
        let ids = leads(&house, 1);
        let number = webinar(&house, Approval::Automatic, &[]);
        let body = json!({ "ProspectID": ids[0], "webinar": number }).to_string();
        let old = address(&house, 1).await;
        connector_server::actions::renew(&house.shared, &house.tenant(0), "story").await.unwrap();
        let strange = format!("/leadsquared/{ORG}/{}/webhook", "a".repeat(32));
        let other_tenant = address(&house, 2).await.replace(ORG, "northwind");
        for path in [&old, &strange, &other_tenant, "/leadsquared/nobody/x/webhook"] {
            assert_eq!(post(&house, path, &body).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        house.settle().await;
        assert_eq!(registered(&house, number), 0);
        assert_eq!(post(&house, &address(&house, 2).await, &body).await.1["Status"], "Success");
        house.settle_within(MINUTE_MS).await;
        assert_eq!(registered(&house, number), 1);
    })
    .await;
}

/// A registration of ours is told by its answer, by both apps' webhooks, by their retries, and by a list.
#[tokio::test]
async fn zooms_echo_of_our_own_registration_makes_one_lead_and_one_activity() {
    on_both(async |mut house| {
        with_link(&house).await;
        let zoom = house.preset.zoom.clone();
        zoom.set_mischief(Mischief {
            doubled_per_100: 100,
            late_per_100: 30,
            unheard_per_100: 30,
            shuffled: true,
            double_subscription: true,
            ..Mischief::default()
        });
        leads(&house, 10);
        let number = webinar(&house, Approval::Automatic, &[]);
        // The answer is lost: the list of registrants tells of them as well.
        zoom.faults().plan("webinars.registrants.batch", (0, 1), Fault::ApplyThenReset);
        let named: Vec<String> = (0..10).map(email).collect();
        add(&house, "w1", &request(number, &named.join(" "))).await;
        house.settle_within(3 * 60 * MINUTE_MS).await;
        assert_eq!((registered(&house, number), links(&house)), (10, 10));
        let seen = house.compare(0, Vec::new());
        assert_eq!((seen.lost, seen.duplicates), (0, 0), "{:#?}", seen.differences);
        assert_eq!((seen.leads, seen.activities), (10, 10));
        let crm = house.preset.leadsquared.snapshot(ORG).unwrap();
        let renamed = crm.leads.iter().filter(|lead| lead.fields.contains_key("Source")).count();
        assert_eq!(renamed, 0, "what the lead says of itself is not written back to it");
    })
    .await;
}

/// An API key of the operator.
pub async fn key(house: &House) -> String {
    let (key, key_hash) = api_keys::new_key();
    let now_ms = house.now_ms();
    let write = house.shared.store.write(move |unit| {
        Box::pin(async move { api_key::add(unit, &KeyRow::new(&key_hash, "story", None, now_ms)).await })
    });
    write.await.unwrap();
    key
}

pub async fn api(house: &House, key: &str, (method, path): (Method, &str), body: Value) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(format!("/api/v1/tenants/{ORG}{path}"));
    let request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let (status, body) = house.ask(request.body(body).unwrap()).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_api_adds_leads_once_for_each_wish_and_tells_of_each() {
    on_both(async |mut house| {
        let key = key(&house).await;
        let ids = leads(&house, 3);
        let number = webinar(&house, Approval::Automatic, &["Budget?"]);
        house.preset.zoom.require_answers(number, &["Budget?"]);
        let get = async |house: &House, path: &str| api(house, &key, (Method::GET, path), Value::Null).await;
        let webinars = get(&house, "/webinars").await.1;
        assert_eq!(webinars["items"][0]["number"], number);
        let form = get(&house, &format!("/webinars/{number}/questions")).await.1;
        let asked = form["questions"].as_array().unwrap().iter().find(|one| one["name"] == "Budget?").unwrap();
        assert_eq!(asked["needed"], "required");
        let path = format!("/webinars/{number}/leads");
        let body = json!({
            "wish": "w1", "leads": [email(0), ids[1], "nobody@nowhere.example"],
            "answers": { "Budget?": { "lead_field": "mx_Budget" } },
        });
        for _ in 0..2 {
            assert_eq!(api(&house, &key, (Method::POST, &path), body.clone()).await.0, StatusCode::ACCEPTED);
        }
        let begun = get(&house, "/additions/w1").await.1;
        assert_eq!((&begun["stage"], &begun["total"]), (&json!("looking"), &json!(3)));
        house.settle_within(MINUTE_MS).await;
        let done = get(&house, "/additions/w1").await.1;
        assert_eq!((&done["stage"], &done["counts"]["added"]), (&json!("done"), &json!(2)), "{done}");
        assert_eq!(done["counts"]["left_out"], 1);
        let added = get(&house, "/additions/w1/leads?standing=added").await.1;
        let items = added["items"].as_array().unwrap();
        assert!(items.len() == 2 && items.iter().all(|item| item["join_url"].as_str().is_some()), "{added}");
        let first = get(&house, "/additions/w1/leads?limit=1").await.1;
        let next = first["next"].as_str().unwrap();
        let rest = get(&house, &format!("/additions/w1/leads?after={next}")).await.1;
        assert_eq!(rest["items"].as_array().unwrap().len(), 2);
        assert_eq!(get(&house, "/additions/w2").await.0, StatusCode::NOT_FOUND);
        let wrong = api(&house, &key, (Method::POST, &path), json!({ "leads": ["who?"] })).await;
        assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

/// A browser with a session.
struct Browser<'a> {
    house: &'a House,
    cookies: Vec<String>,
}

impl Browser<'_> {
    async fn ask(&mut self, (method, path): (Method, &str), body: String) -> (StatusCode, String, String) {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "connector.test");
        let request = request.header(header::ORIGIN, "http://connector.test");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::COOKIE, self.cookies.join("; "));
        let response = self.house.answer(request.body(Body::from(body)).unwrap()).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.cookies.push(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, location.unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn get(&mut self, path: &str) -> String {
        let (status, _, body) = self.ask((Method::GET, path), String::new()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

async fn signed_in(house: &House) -> Browser<'_> {
    let (link_hash, now_ms) = (hash("first-run-token"), house.now_ms());
    let write = house.shared.store.write(move |unit| {
        Box::pin(async move {
            link::insert(unit, (&link_hash, "first_run"), (None, None), now_ms, now_ms + MINUTE_MS).await
        })
    });
    write.await.unwrap();
    let mut browser = Browser { house, cookies: Vec::new() };
    let form = "name=Meera&email=meera%40acme.test&password=correct+horse+battery&password_again=correct+horse+battery";
    let made = browser.ask((Method::POST, "/first-run/first-run-token"), form.to_owned()).await;
    assert_eq!(made.0, StatusCode::SEE_OTHER, "{}", made.2);
    browser
}

/// The value of a field of a page.
fn value(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_console_shows_webinars_and_questions_adds_and_follows() {
    on_both(async |mut house| {
        let ids = leads(&house, 2);
        let crm = house.preset.leadsquared.clone();
        let odd = crm.add_lead(ORG, &[("FirstName", "=HYPERLINK(1)"), ("EmailAddress", "=cmd@customers.example")]);
        let list = crm.add_list(ORG, "Alumni", &[ids[0].clone(), ids[1].clone(), odd]);
        let number = webinar(&house, Approval::Automatic, &["Budget?"]);
        house.preset.zoom.require_answers(number, &["Budget?"]);
        let page_of = format!("/t/{ORG}/add-leads");
        let mut browser = signed_in(&house).await;
        let choice = browser.get(&format!("{page_of}?list={list}")).await;
        assert!(choice.contains("Quarterly results") && choice.contains(&number.to_string()));
        let form = browser.get(&format!("{page_of}?choice={number}&list={list}")).await;
        assert!(form.contains("Nothing answers this yet.") && form.contains("Alumni (3)"), "{form}");
        let place = form.split("name=\"ask-").find(|part| part.contains("Budget?")).unwrap().split('"').next().unwrap();
        let (token, wish) = (value(&form, "form_token"), value(&form, "wish"));
        let fields = |field: &str| {
            format!("form_token={token}&wish={wish}&webinar={number}&list={list}&leads=&ask-{place}=Budget%3F&field-{place}={field}&same-{place}=")
        };
        let open = browser.ask((Method::POST, &page_of), fields("")).await;
        assert_eq!(open.0, StatusCode::UNPROCESSABLE_ENTITY);
        let mut follow = String::new();
        for _ in 0..2 {
            let (status, location, body) = browser.ask((Method::POST, &page_of), fields("mx_Budget")).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
            follow = location;
        }
        let cookies = browser.cookies.clone();
        house.settle_within(MINUTE_MS).await;
        let mut browser = Browser { house: &house, cookies };
        let page = browser.get(&follow).await;
        assert!(page.contains("3 of 3 settled") && page.contains(">Done<"), "{page}");
        let left_out = browser.get(&format!("{follow}?standing=left_out")).await;
        assert!(left_out.contains("Budget?") && !left_out.contains(&email(0)));
        let table = browser.get(&format!("{follow}/leads.csv")).await;
        assert_eq!(table.lines().count(), 4, "{table}");
        assert!(table.contains("\n'=cmd@customers.example,Left out"), "{table}");
        assert!(browser.get(&page_of).await.contains(&follow), "the wish is found again");
        let account = browser.get(&format!("/t/{ORG}/leadsquared")).await;
        assert!(account.contains(&address(&house, 1).await), "the addresses are shown");
        assert_eq!(registered(&house, number), 2);
    })
    .await;
}
