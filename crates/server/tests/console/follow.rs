//! Following one person: found by whatever somebody has in hand, from Zoom's notification to what comes next, on one page.

use super::registration;
use super::site::{Browser, Site};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::store::delivery_list::{self, Filter, ListedDelivery};
use connector_server::store::journal;
use connector_server::translator::Translator;

async fn three_registrants() -> (Site, Browser) {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.tenant("other").await;
    site.connected(&tenant, ZoomApp::Webinars).await;
    let browser = site.signed_in().await;
    for number in 0..3 {
        site.shared.journal.append(registration(number)).await.unwrap();
    }
    // Once more, as Zoom does.
    site.shared.journal.append(registration(1)).await.unwrap();
    Translator::new(site.shared.clone()).step().await.unwrap();
    (site, browser)
}

async fn deliveries(site: &Site, who: &str) -> Vec<ListedDelivery> {
    let filter = Filter { who: Some(who.to_owned()), limit: 20, ..Filter::default() };
    let tenant = TenantId::parse("acme").unwrap();
    site.shared
        .store
        .read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }))
        .await
        .unwrap()
}

async fn notification(site: &Site) -> String {
    let tenant = TenantId::parse("acme").unwrap();
    let filter = journal::Filter { limit: 1, ..journal::Filter::default() };
    let rows = site
        .shared
        .store
        .read(move |unit| Box::pin(async move { journal::page(unit, &tenant, &filter).await }))
        .await
        .unwrap();
    rows.first().unwrap().id.clone()
}

#[tokio::test]
async fn somebody_is_followed_from_whatever_is_in_hand() {
    let (site, mut browser) = three_registrants().await;
    let all = deliveries(&site, "lena1").await;
    let activity = all.iter().find(|row| row.kind == "activity").unwrap();
    let (_, rest) = activity.command.split_once("\"marker\":\"").unwrap();
    let marker = rest.split('"').next().unwrap().to_owned();
    for hand in ["lena1@example.test", " LENA1@Example.Test ", "r1", activity.id.as_str(), marker.as_str()] {
        let page = browser.get(&site, &format!("/t/acme/follow?q={}", hand.replace(' ', "%20"))).await.body;
        assert!(page.contains("<h1><bdi>lena1@example.test</bdi></h1>"), "{hand}: {page}");
    }
    let page = browser.get(&site, "/t/acme/follow?q=lena1%40example.test").await.body;
    for words in [
        "lena1@example.test registered for the webinar “Open &#60;i&#62;day",
        "Webinar registration created",
        "came 2 times and counts once",
        "signature over the raw bytes was checked",
        "Planned because the settings post this activity when this happens.",
        "Settings, version",
        "The activity type is not set up in LeadSquared yet",
        "Next: nothing by itself. Run set-up on Configure",
        "Next: it is sent as soon as its turn comes",
        marker.as_str(),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("lena2@") && !page.contains("tk=hush"), "{page}");
    let told = browser.get(&site, &format!("/t/acme/follow?q={}", notification(&site).await)).await.body;
    assert!(told.contains("registered for the webinar") && told.contains("What followed"), "{told}");
}

#[tokio::test]
async fn a_name_that_several_have_is_a_choice_and_another_tenant_knows_nobody() {
    let (site, mut browser) = three_registrants().await;
    let page = browser.get(&site, "/t/acme/follow?q=lena%20%20FOX").await.body;
    assert!(page.contains("Several that it may be"), "{page}");
    let links: Vec<&str> = page.split("href=\"/t/acme/follow?person=").skip(1).collect();
    assert_eq!(links.len(), 3);
    let person = links[0].split('"').next().unwrap();
    let chosen = browser.get(&site, &format!("/t/acme/follow?person={person}")).await.body;
    assert!(chosen.contains("What told of it") && !chosen.contains("Several that it may be"), "{chosen}");
    let foreign = browser.get(&site, &format!("/t/other/follow?person={person}")).await;
    assert_eq!(foreign.status, StatusCode::OK);
    assert!(foreign.body.contains("Nobody and nothing is known by that"), "{}", foreign.body);
    for q in ["lena1%40example.test", "lena%20fox", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%27%20or%201%3D1", "%25"] {
        let nothing = browser.get(&site, &format!("/t/other/follow?q={q}")).await.body;
        assert!(nothing.contains("Nobody and nothing is known by that"), "{q}: {nothing}");
        assert!(!nothing.contains("<script>alert"), "{nothing}");
    }
    let empty = browser.get(&site, "/t/acme/follow").await.body;
    assert!(!empty.contains("Nobody and nothing") && empty.contains("a whole name"), "{empty}");
}

#[tokio::test]
async fn every_list_leads_to_the_person() {
    let (site, mut browser) = three_registrants().await;
    let id = deliveries(&site, "lena1").await[0].id.clone();
    let link = format!("/t/acme/follow?q={id}");
    for path in ["/t/acme/deliveries".to_owned(), format!("/t/acme/deliveries/{id}")] {
        let page = browser.get(&site, &path).await.body;
        assert!(page.contains(&format!("href=\"{link}\"")), "{path}: {page}");
    }
    let told = notification(&site).await;
    let page = browser.get(&site, &format!("/t/acme/journal/{told}")).await.body;
    assert!(page.contains(&format!("href=\"/t/acme/follow?q={told}\"")), "{page}");
}
