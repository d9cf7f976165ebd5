//! What a script hands over by the API alone, or by the command line alone: links for sales users, and the addresses that LeadSquared
//! calls.

use super::api::{add_tenant, with_key};
use super::world::{Api, World, add_first_tenant};
use connector_server::cli::demo::browser::Browser;
use connector_simulator::leadsquared::UserStatus;
use serde_json::{Value, json};

const RAVI: &str = "ravi@sunrise.example";
/// Where a sales user's link is made.
const LINKS: (&str, &str) = ("POST", "/tenants/sunrise/sales-users/links");
const RENEW: (&str, &str) = ("POST", "/tenants/sunrise/leadsquared/secret");
const ADDRESSES: (&str, &str) = ("GET", "/tenants/sunrise/leadsquared/addresses");

/// A key of the tenant that may do only that.
async fn narrow(url: &str, api: &Api, scope: &str) -> Api {
    let wanted = json!({ "name": scope, "scopes": [scope] });
    let made = api.answer(("POST", "/tenants/sunrise/api-keys"), Some(wanted), 201).await;
    Api::new(url, made["key"].as_str().unwrap())
}

/// Who left the latest line with that word, and what it says.
async fn line(api: &Api, word: &str) -> (String, String) {
    let log = api.answer(("GET", &format!("/tenants/sunrise/audit?what={word}&limit=1")), None, 200).await;
    let text = |name: &str| log["items"][0][name].as_str().unwrap().to_owned();
    (text("actor"), text("detail"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_lets_a_sales_user_in_by_a_link_that_works_once() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let crm = &world.preset.leadsquared;
    crm.add_user("sunrise", RAVI, ("Ravi", "Iyer"), UserStatus::Active);
    crm.add_user("sunrise", "gone@sunrise.example", ("Gone", "Away"), UserStatus::Inactive);
    let whom = |email: &str| Some(json!({ "email": email }));
    for nobody in ["gone@sunrise.example", "nobody@sunrise.example", "ravi"] {
        api.refused(LINKS, whom(nobody), (422, "request.fields")).await;
    }
    narrow(&serving.url(), &api, "write").await.refused(LINKS, whom(RAVI), (403, "request.scope")).await;

    let admin = narrow(&serving.url(), &api, "admin").await;
    let made = admin.answer(LINKS, whom(RAVI), 201).await;
    let by = ("API key admin".to_owned(), format!("link to schedule made for {RAVI}"));
    assert_eq!((&made["email"], line(&api, "sales.link_made").await), (&json!(RAVI), by));
    let link = made["url"].as_str().unwrap();
    let path = link.strip_prefix(&serving.url()).unwrap();
    let ravi = Browser::new().unwrap();
    let page = ravi.open(link).await.unwrap().good().unwrap();
    ravi.send(&page, &page.form(path).unwrap(), &[]).await.unwrap().good().unwrap();
    let schedule = format!("{}/t/sunrise/schedule", serving.url());
    assert_eq!(ravi.open(&schedule).await.unwrap().good().unwrap().url, schedule, "signed in");
    assert_eq!(Browser::new().unwrap().open(link).await.unwrap().status, 404, "once");

    let waits = admin.answer(LINKS, whom(RAVI), 201).await;
    let end = format!("/tenants/sunrise/sales-users/{RAVI}");
    admin.answer(("DELETE", &end), None, 204).await;
    assert_eq!(line(&api, "sales.ended").await.1, format!("1 sessions of {RAVI} ended"));
    assert!(ravi.open(&schedule).await.unwrap().url.contains("/sign-in"), "signed out");
    let left = Browser::new().unwrap().open(waits["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(left.status, 404, "a link that waits ends, too");
    admin.refused(("DELETE", "/tenants/sunrise/sales-users/ravi"), None, (404, "request.not_found")).await;
    serving.stop();
}

/// What LeadSquared is answered at an address.
async fn told(addresses: &Value) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = client.post(addresses["tasks"].as_str().unwrap()).body("{}");
    call.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_makes_the_addresses_of_leadsquared_worthless_at_once() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let before = api.answer(ADDRESSES, None, 200).await;
    assert_eq!(told(&before).await, 200);
    let open = async |addresses: &Value| {
        let (entry, _) = addresses["schedule"].as_str().unwrap().split_once('&').unwrap();
        Browser::new().unwrap().open(entry).await.unwrap().status
    };
    assert_eq!(open(&before).await, 200);
    let reader = narrow(&serving.url(), &api, "read_personal").await;
    for call in [ADDRESSES, RENEW] {
        reader.refused(call, None, (403, "request.scope")).await;
    }
    assert_eq!(told(&before).await, 200, "a refusal renews nothing");

    let renewed = narrow(&serving.url(), &api, "admin").await.answer(RENEW, None, 200).await;
    assert_eq!(renewed["version"].as_u64(), before["version"].as_u64().map(|version| version + 1));
    assert_eq!(api.answer(ADDRESSES, None, 200).await, renewed);
    assert_eq!((told(&before).await, told(&renewed).await), (404, 200));
    assert_eq!((open(&before).await, open(&renewed).await), (404, 200));
    assert_eq!(line(&api, "settings.saved").await.0, "API key admin");
    serving.stop();
}

/// Who may change settings may not make the addresses worthless by them: that needs `admin`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_saved_make_no_new_secret() {
    let world = World::open().await;
    let place = world.place();
    let (serving, api) = with_key(&place);
    add_tenant(&world, &api, 0).await;
    let renewed = api.answer(RENEW, None, 200).await;
    let writer = narrow(&serving.url(), &api, "write").await;
    writer.refused(RENEW, None, (403, "request.scope")).await;
    let settings = "/tenants/sunrise/settings";
    let shown = api.answer(("GET", settings), None, 200).await;
    assert_eq!(shown["settings"]["actions_version"], 2);
    let saved = |read_at: &Value, version: Value| {
        let mut wanted = json!({ "version": read_at, "settings": shown["settings"] });
        wanted["settings"]["actions_version"] = version;
        Some(wanted)
    };
    for raised in [3, u32::MAX] {
        let sentence =
            writer.refused(("PUT", settings), saved(&shown["version"], json!(raised)), (422, "settings.wrong")).await;
        assert!(sentence.contains("`actions_version`"), "{sentence}");
    }
    // What was read may be written back; what names an older secret does not bring it back.
    let same = writer.answer(("PUT", settings), saved(&shown["version"], json!(2)), 200).await;
    let older = writer.answer(("PUT", settings), saved(&same["version"], json!(1)), 200).await;
    assert_eq!(older["settings"]["actions_version"], 2);
    assert_eq!(api.answer(ADDRESSES, None, 200).await, renewed);
    assert_eq!(told(&renewed).await, 200);
    serving.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lets_a_sales_user_in_and_makes_a_new_secret() {
    let world = World::open().await;
    let place = world.place();
    add_first_tenant(&world, &place);
    world.preset.leadsquared.add_user("sunrise", RAVI, ("Ravi", "Iyer"), UserStatus::Active);
    let serving = place.serve();
    let refused = place.refused(&["user", "sales-link", "sunrise", "nobody@sunrise.example"], "");
    assert!(refused.contains("no active user"), "{refused}");
    assert!(place.refused(&["user", "sales-link", "nowhere", RAVI], "").contains("no such tenant"));

    let made = place.json(&["user", "sales-link", "sunrise", RAVI]);
    assert_eq!(made["email"], RAVI);
    let link = made["url"].as_str().unwrap();
    let said = place.run(&["user", "sales-link", "sunrise", RAVI]);
    assert!(said.stdout.contains("/sales/") && said.stdout.contains("once, until "), "{said:?}");
    let ravi = Browser::new().unwrap();
    let page = ravi.open(link).await.unwrap().good().unwrap();
    let form = page.form(link.strip_prefix(&serving.url()).unwrap()).unwrap();
    ravi.send(&page, &form, &[]).await.unwrap().good().unwrap();
    let schedule = format!("{}/t/sunrise/schedule", serving.url());
    assert_eq!(ravi.open(&schedule).await.unwrap().good().unwrap().url, schedule, "signed in");
    assert!(place.run(&["user", "end-sales", "sunrise", RAVI]).stdout.starts_with("1 sessions ended."));
    assert!(ravi.open(&schedule).await.unwrap().url.contains("/sign-in"), "signed out");

    let before = place.json(&["connector", "addresses", "sunrise"]);
    assert_eq!((told(&before).await, before["version"].as_u64()), (200, Some(1)));
    let renewed = place.json(&["connector", "renew-secret", "sunrise"]);
    assert_eq!(place.json(&["connector", "addresses", "sunrise"]), renewed);
    assert_eq!((told(&before).await, told(&renewed).await), (404, 200));
    let lines = place.run(&["connector", "addresses", "sunrise"]).stdout;
    assert!(lines.lines().any(|line| line.contains(renewed["tasks"].as_str().unwrap())), "{lines}");
    let raised = place.refused(&["connector", "set", "sunrise", "-"], r#"{"actions_version": 9}"#);
    assert!(raised.contains("connector renew-secret"), "{raised}");
    serving.stop();
}
