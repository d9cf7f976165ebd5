//! Who sees people: a masked viewer's pages hold no address, name or number of anybody, until the viewer says why they are needed.

use super::registrations::{PAGE as REGISTRATIONS, send};
use super::sales::schedule;
use super::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::fact::Alias;
use connector_core::fact::scheduling::CreatedMeeting;
use connector_core::ids::{TenantId, ZoomApp};
use connector_core::translate::{OwnOutcome, Source};
use connector_server::app::Step;
use connector_server::config::OperatorsSee;
use connector_server::intake::writer::{Append, Belongs};
use connector_server::store::audit;
use connector_server::store::delivery_list::{self, Filter};
use connector_server::translator::Translator;

/// What is known of the people below.
const PERSONAL: [&str; 9] = [
    "lena@example.test",
    "Lena",
    "Fox",
    "98765",
    "Indore",
    "priya@example.test",
    "Priyanka",
    "Otto Stranger",
    "tk=hush",
];

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
    let asked = schedule(site, browser, ("acme", "w1"), &[("agenda", "Of priya@example.test, Priyanka")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    translate(site).await;
    site.shared.journal.append(made(site).await).await.unwrap();
    translate(site).await;
}

async fn translate(site: &Site) {
    let mut translator = Translator::new(site.shared.clone());
    while translator.step().await.unwrap() == Step::Worked {}
}

/// Zoom made the meeting that was asked for.
async fn made(site: &Site) -> Append {
    let read = site.shared.store.read(|unit| {
        Box::pin(async move {
            let filter = Filter { limit: 50, ..Filter::default() };
            delivery_list::page(unit, &TenantId::parse("acme").unwrap(), &filter).await
        })
    });
    let rows = read.await.unwrap();
    let wish = rows.into_iter().find(|row| row.kind == "create_meeting").unwrap();
    let number = serde_json::from_str("86000000009").unwrap();
    let created = CreatedMeeting { account: "A1".to_owned(), number, join_url: None };
    let outcome = OwnOutcome::MeetingCreated { fact: Alias(wish.fact), created };
    Append {
        source: Source::Outcome.as_str(),
        event: "meeting created".to_owned(),
        body: serde_json::to_vec(&outcome).unwrap(),
        ..notification(&format!("outcome-{}", wish.key), "", &serde_json::Value::Null)
    }
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
        "/people.csv",
        "/registrations",
        "/schedule/w1",
        "/schedule/w1/meeting.ics",
        "/schedule",
        "/own-meetings",
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
        // Whatever has an id is followed by it.
        let followed = links.iter().filter(|_| least == 2).filter_map(|link| link.rsplit('/').next());
        paths.extend(followed.map(|id| format!("/t/acme/follow?q={id}")));
        paths.extend(links);
    }
    let mut pages = Vec::new();
    for path in paths {
        let page = browser.get(site, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        pages.push((path, page));
    }
    for beside in ["preview", "rehearsal"] {
        let path = format!("{REGISTRATIONS}/{beside}");
        let form = browser.get(site, REGISTRATIONS).await.body;
        let page = send(browser, site, &form, &path, &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert!(page.body.contains("Nothing was written"), "{path}: {}", page.body);
        pages.push((path, page));
    }
    pages
}

async fn show(site: &Site, browser: &mut Browser, reason: &str) -> Answer {
    let token = form_token(&browser.get(site, "/t/acme").await.body);
    browser.post(site, "/t/acme/show-people", &[("form_token", &token), ("reason", reason)]).await
}

/// A tenant with people in it, and an operator for whom they are masked.
async fn filled() -> (Site, TenantId, Browser) {
    let site = Site::open_where(OperatorsSee::Masked).await;
    let acme = site.tenant("acme").await;
    for app in ZoomApp::ALL {
        site.connected(&acme, app).await;
    }
    let mut meera = site.signed_in().await;
    fill(&site, &mut meera).await;
    (site, acme, meera)
}

#[tokio::test]
async fn a_masked_viewer_reads_no_address_name_or_number_on_any_page() {
    let (site, acme, mut meera) = filled().await;
    for (path, page) in pages(&site, &mut meera).await {
        for word in PERSONAL {
            assert!(!page.body.contains(word), "{path} says {word}: {}", page.body);
        }
    }
    let refused = meera.get(&site, "/t/acme/schedule?from=w1").await;
    assert!(refused.status != StatusCode::OK && !refused.body.contains("priya"), "{}", refused.body);
    // What is found would tell as much as what is shown.
    for person in ["lena", "nobody"] {
        let list = meera.get(&site, &format!("/t/acme/deliveries?who={person}")).await.body;
        assert!(list.contains("l•••@e•••.test") && !list.contains(&format!("value=\"{person}\"")), "{list}");
        let replay = meera.get(&site, &format!("/t/acme/deliveries/replay?who={person}")).await;
        assert!(replay.status == StatusCode::FORBIDDEN && replay.body.contains("access.masked"), "{}", replay.body);
    }
    // A tenant admin sees everybody, and somebody on each of the pages that were of no use masked.
    let mut asha = site.admin_of("asha", &[&acme]).await;
    let clear = pages(&site, &mut asha).await;
    let seen: String = clear.iter().map(|(_, page)| page.body.as_str()).collect();
    for word in PERSONAL.iter().filter(|word| **word != "tk=hush") {
        assert!(seen.contains(word), "a tenant admin reads {word}");
    }
    for (of, word) in [
        ("/follow", "lena@example.test"),
        ("/people.csv", "Otto Stranger"),
        ("/preview", "lena@example.test"),
        ("/rehearsal", "Nothing was written"),
        ("/meeting.ics", "Priyanka"),
    ] {
        let holds = |(path, page): &(String, Answer)| path.contains(of) && page.body.contains(word);
        assert!(clear.iter().any(holds), "a tenant admin reads {word} on {of}");
    }
}

/// That somebody is found tells as much as what is shown.
#[tokio::test]
async fn a_masked_viewer_finds_nobody_by_an_address_or_a_name() {
    let (site, acme, mut meera) = filled().await;
    let mut asha = site.admin_of("asha", &[&acme]).await;
    let nothing = "Nobody and nothing is known by that";
    for guess in ["lena%40example.test", "Lena%20Fox", "Otto%20Stranger", "priya%40example.test"] {
        let path = format!("/t/acme/follow?q={guess}");
        assert!(meera.get(&site, &path).await.body.contains(nothing), "{guess}");
        assert!(!asha.get(&site, &path).await.body.contains(nothing), "{guess}");
    }
    // An id of a record is no guess at a person.
    let by_id = meera.get(&site, "/t/acme/follow?q=r1").await.body;
    assert!(by_id.contains("l•••@e•••.test") && !by_id.contains("lena"), "{by_id}");
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
