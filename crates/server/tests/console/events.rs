//! Meetings and webinars through the console's routes: lists, a month, one with its people; hostile topics and names; another tenant's.

use super::site::{NOW_MS, Site};
use axum::http::StatusCode;
use connector_core::calendar::notes;
use connector_core::fact::attendance::{About, RunSeen, Show};
use connector_core::fact::{AttendanceState, Book, Gathering, RunState, State};
use connector_core::ids::{Email, Kind, MeetingNumber, TenantId};
use connector_core::translate::meeting;
use connector_server::keeper::Keeper;
use connector_server::store::{calendar, fact};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;
const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

/// A run of a webinar with one person, as the translator would store it; answers its id.
async fn run(site: &Site, tenant: &TenantId, (topic, name): (&str, &str), started_ms: i64) -> String {
    let keys = site.shared.keys.of(&site.shared.store, tenant).await.unwrap().tenant_keys();
    let uuid = format!("uuid-{started_ms}");
    let gathering = Gathering {
        kind: Kind::Webinar,
        account: "A1".to_owned(),
        number: MeetingNumber(86_000_000_001),
        topic: Some(topic.to_owned()),
        start_ms: Some(started_ms),
        minutes: Some(60),
        host: Email::parse("host@acme.test"),
    };
    let id = meeting::run_of(&keys, "A1", Kind::Webinar, &uuid);
    let ended_ms = Some(started_ms + 60 * MINUTE_MS).filter(|ended_ms| *ended_ms < NOW_MS);
    let state = RunState {
        gathering: gathering.clone(),
        uuid: uuid.clone(),
        started_ms: Some(started_ms),
        ended_ms,
        people: BTreeSet::new(),
        show: Show::default(),
    };
    let stay = (Some(started_ms + MINUTE_MS), ended_ms);
    let attendance = AttendanceState {
        gathering,
        uuid,
        email: Email::parse("asha@customers.example").unwrap(),
        stays: BTreeMap::from([(keys.alias("stay", &["1"]), stay)]),
        run: RunSeen { id: Some(id.clone()), started_ms: Some(started_ms), ended_ms, ..RunSeen::default() },
        about: About { name: Some(name.to_owned()), ..About::default() },
    };
    let mut book = Book::default();
    let person = keys.alias("attendance", &[&started_ms.to_string()]);
    book.looked_up(&[id.clone(), person.clone()]);
    book.put(std::slice::from_ref(&id), State::Run(state));
    book.put(&[person], State::Attendance(attendance));
    let (tenant, noted) = (tenant.clone(), notes(&keys, book.changes().0));
    site.shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                fact::store(unit, &tenant, &book, NOW_MS).await?;
                calendar::note(unit, &tenant, &noted, NOW_MS).await
            })
        })
        .await
        .unwrap();
    id.0
}

#[tokio::test]
async fn an_event_is_listed_and_its_page_shows_who_was_there() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let empty = browser.get(&site, "/t/acme/events").await;
    assert!(empty.body.contains("Nothing is planned"), "{}", empty.body);
    let past = run(&site, &tenant, ("Results", "Asha Rao"), NOW_MS - 5 * 60 * MINUTE_MS).await;
    let live = run(&site, &tenant, ("Stand-up", "Asha Rao"), NOW_MS - 10 * MINUTE_MS).await;
    let coming = browser.get(&site, "/t/acme/events").await.body;
    assert!(coming.contains("Under way now") && coming.contains(&format!("/t/acme/events/{live}")));
    let listed = browser.get(&site, "/t/acme/events?view=past&kind=webinar&search=resul").await.body;
    assert!(listed.contains(&format!("/t/acme/events/{past}")) && !listed.contains(&format!("/t/acme/events/{live}")));
    let unmatched = browser.get(&site, "/t/acme/events?view=past&kind=meeting").await.body;
    assert!(unmatched.contains("Nothing matches"));
    let month = browser.get(&site, "/t/acme/events?view=month&month=2026-08").await.body;
    assert!(month.contains("August 2026") && month.contains(&format!("/t/acme/events/{past}")), "{month}");
    let uncounted = browser.get(&site, &format!("/t/acme/events/{past}")).await.body;
    assert!(uncounted.contains("Asha Rao") && !uncounted.contains("How many were there"), "nobody counted yet");
    site.shared.clock.advance(2 * calendar::PAUSE_MS);
    Keeper::new(site.shared.clone()).step().await.unwrap();
    let page = browser.get(&site, &format!("/t/acme/events/{past}")).await.body;
    for holds in [
        "1 in all",
        "Asha Rao",
        "59 min",
        "11:24–12:23",
        "1 were there at one time",
        "deliveries?who=asha%40customers.example",
    ] {
        assert!(page.contains(holds), "no {holds}: {page}");
    }
    assert!(!page.contains("data-live=\""), "what is over does not refresh itself");
    let page = browser.get(&site, &format!("/t/acme/events/{live}")).await.body;
    assert!(page.contains("data-live=\"10\"") && page.contains("Is there"));
    let searched = browser.get(&site, &format!("/t/acme/events/{past}?search=nobody")).await.body;
    assert!(searched.contains("Nobody has that in the name"));
}

#[tokio::test]
async fn a_hostile_topic_or_name_stays_text() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let id = run(&site, &tenant, (HOSTILE, HOSTILE), NOW_MS - 5 * 60 * MINUTE_MS).await;
    for path in
        ["/t/acme/events?view=past".to_owned(), format!("/t/acme/events/{id}"), "/t/acme/events?view=month".to_owned()]
    {
        let answer = browser.get(&site, &path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains('\u{202e}'), "{path}");
        assert!(answer.body.contains("&#60;script&#62;alert(1)"), "{path}: {}", answer.body);
    }
    let odd = "/t/acme/events?view=%3Cb%3E&kind='&search=%25%27&after=x.y&month=9999-99&day=no";
    assert_eq!(browser.get(&site, odd).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_event_is_found_by_its_series_and_under_no_other_tenant() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    site.tenant("other").await;
    let mut browser = site.signed_in().await;
    let id = run(&site, &acme, ("Results", "Asha"), NOW_MS - 5 * 60 * MINUTE_MS).await;
    let keys = site.shared.keys.of(&site.shared.store, &acme).await.unwrap().tenant_keys();
    let series = meeting::definition(&keys, "A1", 86_000_000_001).0;
    let found = browser.get(&site, &format!("/t/acme/events/{series}")).await;
    assert_eq!((found.status, found.location), (StatusCode::SEE_OTHER, format!("/t/acme/events/{id}")));
    for path in [format!("/t/other/events/{id}"), format!("/t/other/events/{series}"), "/t/acme/events/x".to_owned()] {
        assert_eq!(browser.get(&site, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
