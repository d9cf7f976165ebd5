//! Who sees people: a masked viewer's pages hold no address, name or number of anybody, until the viewer says why they are needed.

use super::sales::schedule;
use super::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::app::Step;
use connector_server::config::OperatorsSee;
use connector_server::intake::writer::{Append, Belongs};
use connector_server::store::audit;
use connector_server::translator::Translator;

/// What is known of the people below.
const PERSONAL: [&str; 8] =
    ["lena@example.test", "Lena", "Fox", "98765", "Indore", "priya@example.test", "Otto Stranger", "tk=hush"];

fn notification(key: &str, event: &str, object: &serde_json::Value) -> Append {
    let body = serde_json::json!({
        "event": event, "event_ts": NOW_MS, "payload": {"account_id": "A1", "object": object},
    });
    Append {
        belongs: Belongs::To(TenantId::parse("acme").unwrap()),
        key: key.to_owned(),
        source: "zoom:webinars",
        event: event.to_owned(),
        event_ts_ms: NOW_MS,
        received_ms: NOW_MS,
        late: false,
        body: body.to_string().into_bytes(),
    }
}

/// A registration, somebody whom Zoom does not name, and a meeting that was asked for.
async fn fill(site: &Site, browser: &mut Browser) {
    let webinar = serde_json::json!({
        "uuid": "u==", "id": 86_000_000_003_u64, "host_id": "h", "topic": "Open day", "type": 5,
        "start_time": "2026-08-20T10:00:00Z", "duration": 60, "timezone": "Asia/Kolkata",
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut object = webinar.clone();
        object.as_object_mut().unwrap().insert(name.to_owned(), value);
        object
    };
    let registrant = serde_json::json!({
        "id": "r1", "first_name": "Lena", "last_name": "Fox", "email": "lena@example.test", "phone": "+91 98765 43210",
        "city": "Indore", "status": "approved", "join_url": "https://zoom.us/w/1?tk=hush",
    });
    let participant = serde_json::json!({
        "user_id": "16778240", "user_name": "Otto Stranger", "participant_uuid": "p1", "email": "",
        "join_time": "2026-08-20T10:05:00Z",
    });
    for append in [
        notification("k1", "webinar.registration_created", &with("registrant", registrant)),
        notification("k2", "webinar.participant_joined", &with("participant", participant)),
    ] {
        site.shared.journal.append(append).await.unwrap();
    }
    let asked = schedule(site, browser, ("acme", "w1"), &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    let mut translator = Translator::new(site.shared.clone());
    while translator.step().await.unwrap() == Step::Worked {}
}

/// The addresses of one kind that a page links to.
fn linked(page: &str, path: &str) -> Vec<String> {
    let href = format!("href=\"{path}/");
    let found = page.split(&href).skip(1);
    let ids = found.filter_map(|rest| rest.split(['"', '?', '#']).next());
    ids.filter(|id| !id.is_empty() && !id.contains('/') && *id != "replay").map(|id| format!("{path}/{id}")).collect()
}

/// Every page that shows people, as that browser sees it.
async fn pages(site: &Site, browser: &mut Browser) -> Vec<(String, Answer)> {
    let mut paths: Vec<String> = [
        "",
        "/journal",
        "/journal.csv",
        "/deliveries",
        "/deliveries.csv",
        "/issues",
        "/issues.csv",
        "/people",
        "/registrations",
        "/schedule/w1",
        "/schedule",
        "/audit",
        "/access",
        "/events",
        "/events?view=past",
        "/events?view=month&month=2026-08",
    ]
    .map(|page| format!("/t/acme{page}"))
    .to_vec();
    for (list, least) in [("/t/acme/journal", 2), ("/t/acme/deliveries", 2), ("/t/acme/events", 1)] {
        let page = if least == 1 { format!("{list}?view=month&month=2026-08") } else { list.to_owned() };
        let links = linked(&browser.get(site, &page).await.body, list);
        assert!(links.len() >= least, "{list}: {links:?}");
        paths.extend(links);
    }
    let mut pages = Vec::new();
    for path in paths {
        let page = browser.get(site, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        pages.push((path, page));
    }
    pages
}

async fn show(site: &Site, browser: &mut Browser, reason: &str) -> Answer {
    let token = form_token(&browser.get(site, "/t/acme").await.body);
    browser.post(site, "/t/acme/show-people", &[("form_token", &token), ("reason", reason)]).await
}

#[tokio::test]
async fn a_masked_viewer_reads_no_address_name_or_number_on_any_page() {
    let site = Site::open_where(OperatorsSee::Masked).await;
    let acme = site.tenant("acme").await;
    for app in ZoomApp::ALL {
        site.connected(&acme, app).await;
    }
    let mut meera = site.signed_in().await;
    fill(&site, &mut meera).await;
    for (path, page) in pages(&site, &mut meera).await {
        for word in PERSONAL {
            assert!(!page.body.contains(word), "{path} says {word}: {}", page.body);
        }
    }
    for hidden in
        ["/t/acme/schedule?from=w1", "/t/acme/schedule/w1/meeting.ics", "/t/acme/follow?q=priya", "/t/acme/people.csv"]
    {
        let refused = meera.get(&site, hidden).await;
        assert!(!refused.body.contains("priya"), "{hidden}: {}", refused.body);
        assert_ne!(refused.status, StatusCode::OK, "{hidden}");
    }
    // What is found would tell as much as what is shown.
    for person in ["lena", "nobody"] {
        let list = meera.get(&site, &format!("/t/acme/deliveries?who={person}")).await.body;
        assert!(list.contains("l•••@e•••.test") && !list.contains(&format!("value=\"{person}\"")), "{list}");
        let replay = meera.get(&site, &format!("/t/acme/deliveries/replay?who={person}")).await;
        assert!(replay.status == StatusCode::FORBIDDEN && replay.body.contains("access.masked"), "{}", replay.body);
    }
    // A tenant admin sees everybody.
    let mut asha = site.admin_of("asha", &[&acme]).await;
    let seen: String = pages(&site, &mut asha).await.into_iter().map(|(_, page)| page.body).collect();
    for word in PERSONAL.iter().filter(|word| **word != "tk=hush") {
        assert!(seen.contains(word), "a tenant admin reads {word}");
    }
}

#[tokio::test]
async fn an_operator_who_says_why_sees_people_for_half_an_hour() {
    let site = Site::open_where(OperatorsSee::Masked).await;
    let (acme, other) = (site.tenant("acme").await, site.tenant("other").await);
    for app in ZoomApp::ALL {
        site.connected(&acme, app).await;
    }
    let mut meera = site.signed_in().await;
    fill(&site, &mut meera).await;
    let overview = meera.get(&site, "/t/acme").await.body;
    assert!(overview.contains("People are masked for you"), "{overview}");
    assert_eq!(show(&site, &mut meera, "  ").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(show(&site, &mut meera, "A complaint of Lena's").await.location, "/t/acme?done=people-shown");
    assert!(meera.get(&site, "/t/acme/deliveries").await.body.contains("lena@example.test"));
    assert!(meera.get(&site, "/t/other").await.body.contains("People are masked for you"), "of one tenant only");
    site.shared.clock.advance(30 * 60_000 - 1);
    assert!(meera.get(&site, "/t/acme/deliveries").await.body.contains("lena@example.test"));
    site.shared.clock.advance(1);
    assert!(!meera.get(&site, "/t/acme/deliveries").await.body.contains("lena@example.test"), "half an hour is over");
    let read = site.shared.store.read(move |unit| {
        Box::pin(async move { Ok((audit::latest(unit, &acme, 9).await?, audit::latest(unit, &other, 9).await?)) })
    });
    let (own, others) = read.await.unwrap();
    let shown: Vec<_> = own.iter().filter(|row| row.action == "access.people_shown").collect();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].detail.contains("A complaint of Lena's") && shown[0].actor == "meera@acme.test");
    assert!(others.is_empty());
}

#[tokio::test]
async fn an_operator_sees_people_unless_it_is_configured_otherwise() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    for app in ZoomApp::ALL {
        site.connected(&acme, app).await;
    }
    let mut meera = site.signed_in().await;
    fill(&site, &mut meera).await;
    let list = meera.get(&site, "/t/acme/deliveries").await.body;
    assert!(list.contains("lena@example.test") && !list.contains("People are masked"), "{list}");
}
