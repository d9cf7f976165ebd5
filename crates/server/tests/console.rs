//! The console from the outside: the whole app over a temporary database, asked through its router without a network.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has to fail")]

#[path = "console/access.rs"]
mod access;
#[path = "console/attendance.rs"]
mod attendance;
#[path = "console/by_api.rs"]
mod by_api;
#[path = "console/connecting.rs"]
mod connecting;
#[path = "console/deeds.rs"]
mod deeds;
#[path = "console/events.rs"]
mod events;
#[path = "console/follow.rs"]
mod follow;
#[path = "console/invites.rs"]
mod invites;
#[path = "console/issues.rs"]
mod issues;
#[path = "console/keys.rs"]
mod keys;
#[path = "console/links.rs"]
mod links;
#[path = "console/masking.rs"]
mod masking;
#[path = "console/meetings.rs"]
mod meetings;
#[path = "console/migration.rs"]
mod migration;
#[path = "console/people.rs"]
mod people;
#[path = "console/registrations.rs"]
mod registrations;
#[path = "console/rules.rs"]
mod rules;
#[path = "console/sales.rs"]
mod sales;
#[path = "console/site.rs"]
mod site;

use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::app::Step;
use connector_server::intake::writer::{Append, Belongs};
use connector_server::store::{delivery_list, journal, journal_list};
use connector_server::translator::Translator;
use site::{Browser, PASSWORD, Site, form_token};

#[tokio::test]
async fn the_first_link_makes_an_account_that_can_sign_out_and_in_again() {
    let site = Site::open().await;
    let mut browser = Browser::default();
    let before = browser.get(&site, "/sign-in").await;
    assert!(before.body.contains("There is no account yet"), "{}", before.body);

    let token = site.first_run_link().await;
    let address = format!("/first-run/{token}");
    assert!(browser.get(&site, &address).await.body.contains("Make the account"));
    let short = [("name", "Meera"), ("email", "meera@acme.test"), ("password", "short"), ("password_again", "short")];
    let refused = browser.post(&site, &address, &short).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let whole = [
        ("name", "Meera"),
        ("email", "Meera@Acme.test"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
        ("form_token", ""),
    ];
    let made = browser.post(&site, &address, &whole).await;
    assert_eq!((made.status, made.location.as_str()), (StatusCode::SEE_OTHER, "/tenants/new"));
    let tenants = browser.get(&site, "/tenants").await;
    assert!(tenants.body.contains("No tenant yet") && tenants.body.contains("meera@acme.test"));

    // The link works once, whoever opens it.
    let mut other = Browser::default();
    assert!(other.get(&site, &address).await.body.contains("does not work any more"));
    let again = other.post(&site, &address, &whole).await;
    assert!(!again.body.contains("Make the account") && again.location.is_empty());

    let out = browser.post(&site, "/sign-out", &[("form_token", &form_token(&tenants.body))]).await;
    assert_eq!((out.status, out.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(browser.get(&site, "/tenants").await.location, "/sign-in?next=%2Ftenants");

    let wrong = [("email", "meera@acme.test"), ("password", "not the pass word")];
    let refused = browser.post(&site, "/sign-in", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let right = [("email", " MEERA@acme.test "), ("password", PASSWORD), ("next", "/tenants")];
    let signed_in = browser.post(&site, "/sign-in", &right).await;
    assert_eq!((signed_in.status, signed_in.location.as_str()), (StatusCode::SEE_OTHER, "/tenants"));
    assert_eq!(browser.get(&site, "/tenants").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_first_link_that_was_left_over_makes_no_second_account() {
    let site = Site::open().await;
    site.signed_in().await;
    // A second link, as every start without an account prints one.
    let left_over = site.another_first_run_link().await;
    let fields = [("name", "Eve"), ("email", "eve@evil.test"), ("password", PASSWORD), ("password_again", PASSWORD)];
    let mut other = Browser::default();
    let address = format!("/first-run/{left_over}");
    let tried = other.post(&site, &address, &fields).await;
    assert_ne!(tried.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get(&site, "/tenants").await.status, StatusCode::SEE_OTHER, "she is not signed in");
}

#[tokio::test]
async fn a_session_that_was_ended_does_not_come_back_with_its_cookie() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    let stolen = browser.clone();
    let token = form_token(&browser.get(&site, "/tenants").await.body);
    browser.post(&site, "/sign-out", &[("form_token", &token)]).await;
    assert_eq!(stolen.clone().get(&site, "/tenants").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_guesses_too_often_has_to_wait() {
    let site = Site::open().await;
    site.signed_in().await;
    let mut browser = Browser::default();
    let wrong = [("email", "meera@acme.test"), ("password", "guess")];
    for _ in 0..10 {
        assert_eq!(browser.post(&site, "/sign-in", &wrong).await.status, StatusCode::UNAUTHORIZED);
    }
    let right = [("email", "meera@acme.test"), ("password", PASSWORD)];
    let shut = browser.post(&site, "/sign-in", &right).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(shut.body.contains("Try again in"), "{}", shut.body);
    site.shared.clock.advance(15 * 60_000);
    assert_eq!(browser.post(&site, "/sign-in", &right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_of_another_site_or_without_its_token_changes_nothing() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.connected(&tenant, ZoomApp::Meetings).await;
    let mut browser = site.signed_in().await;
    let token = form_token(&browser.get(&site, "/t/acme").await.body);
    let paths = [
        "/t/acme/configure/authentication/sign-in",
        "/t/acme/configure/authentication/link",
        "/t/acme/configure/authentication/disconnect",
        "/t/acme/leadsquared/types",
        "/t/acme/journal/x/replay",
        "/t/acme/deliveries/x/replay",
        "/t/acme/deliveries/replay",
        "/sign-out",
    ];
    for path in paths {
        let foreign = browser.post_from(&site, path, &[("form_token", &token)], "https://evil.test").await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path} from another site");
        for forged in [vec![], vec![("form_token", "")], vec![("form_token", "forged")]] {
            assert_eq!(browser.post(&site, path, &forged).await.status, StatusCode::FORBIDDEN, "{path} {forged:?}");
        }
        let more = [("form_token", token.as_str()), ("role", "operator")];
        assert_eq!(browser.post(&site, path, &more).await.status, StatusCode::BAD_REQUEST, "{path} with more");
    }
    assert!(browser.get(&site, "/t/acme/configure/authentication").await.body.contains("Connected"));
}

#[tokio::test]
async fn nothing_of_a_tenant_is_shown_without_a_session() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = Browser::default();
    let pages = [
        "",
        "/configure",
        "/configure/authentication",
        "/leadsquared",
        "/rules",
        "/rules/tasks/0",
        "/journal",
        "/journal/x",
        "/deliveries",
        "/schedule",
        "/own-meetings",
    ];
    for page in pages {
        let answer = browser.get(&site, &format!("/t/acme{page}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}");
        assert!(answer.location.starts_with("/sign-in?next=%2Ft%2Facme"), "{page}: {}", answer.location);
    }
    let posted = browser.post(&site, "/t/acme/configure/authentication/link", &[("form_token", "x")]).await;
    assert_eq!(posted.location, "/sign-in?next=%2F");
}

#[tokio::test]
async fn an_address_that_names_nothing_is_not_found() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let hostile = [
        "/t/unknown",
        "/t/%27%20or%201=1--",
        "/t/..%2f..%2fetc",
        "/t/ACME",
        "/t/%3Cscript%3E",
        "/t/acme/configure/nonsense",
        "/t/acme/journal/%27",
        "/t/acme/deliveries/%00",
        "/t/acme/schedule/..%2f",
        "/oauth/zoom/nonsense/callback",
        "/connect/unknown",
        "/assets/unknown.css",
        "/nowhere",
    ];
    for path in hostile {
        let answer = browser.get(&site, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn every_page_of_a_new_tenant_is_shown() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let shown = [
        ("/", "/t/acme"),
        ("/t/acme", "Zoom is not connected yet"),
        ("/t/acme/configure/authentication", "Nobody has signed in"),
        ("/t/acme/configure/webinar-settings", "Nobody has signed in"),
        ("/t/acme/leadsquared", "Zoom Webinar Joined"),
        ("/t/acme/journal", "Nothing has come in yet"),
        ("/t/acme/journal?outcome=merged&search=a%25b&event=x", "Nothing matches"),
        ("/t/acme/deliveries", "Nothing to deliver yet"),
        ("/t/acme/deliveries?state=open&code=lsq.rejected&who=%27", "Nothing matches"),
        ("/t/acme/deliveries/replay", "Nothing to replay"),
        ("/t/acme/rules", "Follow up who attended"),
        ("/t/acme/rules/tasks/0", "attended_minutes &#62;= 30"),
        ("/t/acme/rules/filters/new", "Who is left out"),
        ("/t/acme/rules/fields/new", "schema name"),
        ("/t/acme/rules/fields/0", "There is no such rule"),
        ("/t/acme/schedule", "Meetings are not connected"),
        ("/tenants?search=ACM", "1 tenant"),
        ("/tenants?search=zz", "Nothing matches"),
        ("/tenants/new", "Try the keys"),
    ];
    for (path, holds) in shown {
        let answer = browser.get(&site, path).await;
        assert!(answer.body.contains(holds) || answer.location == holds, "{path}: {} {}", answer.status, answer.body);
    }
    site.connected(&tenant, ZoomApp::Webinars).await;
    let overview = browser.get(&site, "/t/acme").await.body;
    assert!(overview.contains("All is well") && overview.contains("Meetings are not captured"), "{overview}");
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    let mut answers = Vec::new();
    for path in
        ["/", "/sign-in", "/tenants", "/nowhere", "/assets/console.css", "/connect/x", "/oauth/zoom/meetings/callback"]
    {
        answers.push((path, browser.get(&site, path).await));
    }
    answers.push(("foreign", browser.post_from(&site, "/sign-out", &[], "https://evil.test").await));
    answers.push(("too large", browser.post(&site, "/sign-in", &[("email", &"x".repeat(100_000))]).await));
    answers.push(("no method", browser.post(&site, "/tenants", &[]).await));
    for (what, answer) in answers {
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(header("x-frame-options"), "DENY", "{what}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{what}");
        let cached = if what.starts_with("/assets") { "public" } else { "no-store" };
        assert!(header("cache-control").contains(cached), "{what}: {}", header("cache-control"));
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn a_form_sent_twice_is_one_wish_and_its_page_follows_it() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.connected(&tenant, ZoomApp::Meetings).await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, "/t/acme/schedule").await.body;
    let token = form_token(&page);
    let fields = |lead: &'static str, start: &'static str| {
        let token = token.clone();
        move || {
            vec![
                ("form_token", token.clone()),
                ("wish", "wish-1".to_owned()),
                ("lead", lead.to_owned()),
                ("topic", "Campus tour".to_owned()),
                ("start", start.to_owned()),
                ("zone", "Europe/Berlin".to_owned()),
                ("minutes", "30".to_owned()),
            ]
        }
    };
    let send = async |browser: &mut Browser, fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&site, "/t/acme/schedule", &fields).await
    };
    let wrong = send(&mut browser, fields("priya", "2026-10-25T02:30")()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("neither an e-mail") && wrong.body.contains("show 02:30 twice"), "{}", wrong.body);

    for _ in 0..2 {
        let sent = send(&mut browser, fields("priya@example.test", "2026-10-25T09:30")()).await;
        assert_eq!((sent.status, sent.location.as_str()), (StatusCode::SEE_OTHER, "/t/acme/schedule/wish-1"));
    }
    let waiting = browser.get(&site, "/t/acme/schedule/wish-1").await.body;
    assert!(
        waiting.contains("Campus tour")
            && waiting.contains("The meeting is made in Zoom")
            && waiting.contains("Waiting"),
        "{waiting}"
    );

    let mut translator = Translator::new(site.shared.clone());
    while translator.step().await.unwrap() == Step::Worked {}
    let (row, deliveries) = wish_of(&site, tenant.clone()).await;
    assert_eq!((row.copies, row.state.as_str(), deliveries.len()), (2, "merged", 1));
    let followed = browser.get(&site, "/t/acme/schedule/wish-1").await.body;
    assert!(followed.contains("25 October 2026, 09:30 CET, 30 minutes"), "{followed}");
    assert!(followed.contains(&format!("/t/acme/deliveries/{}", deliveries[0].id)), "{followed}");

    let one = browser.get(&site, &format!("/t/acme/deliveries/{}", deliveries[0].id)).await.body;
    assert!(one.contains("Create a meeting") && one.contains("priya@example.test"), "{one}");
    let told = browser.get(&site, &format!("/t/acme/journal/{}", row.id)).await.body;
    assert!(told.contains("A meeting was asked for") && told.contains("schedule_meeting"), "{told}");
    let found = browser.get(&site, "/t/acme/journal?search=PRIYA").await.body;
    assert!(found.contains(&row.id), "{found}");
    let replay = browser.post(&site, &format!("/t/acme/journal/{}/replay", row.id), &[("form_token", &token)]).await;
    assert!(replay.location.ends_with("done=replayed"), "{}", replay.location);
    while translator.step().await.unwrap() == Step::Worked {}
    assert_eq!(wish_of(&site, tenant).await.1.len(), 1, "reading it once more doubles nothing");
}

async fn wish_of(site: &Site, tenant: TenantId) -> (journal::NotificationRow, Vec<delivery_list::ListedDelivery>) {
    site.shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let row = journal_list::by_key(unit, &tenant, "wish:wish-1").await?.unwrap();
                let deliveries = delivery_list::of_fact(unit, &tenant, row.fact.as_deref().unwrap_or("")).await?;
                Ok((row, deliveries))
            })
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn what_names_no_account_is_shown_to_the_operator() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    assert!(!browser.get(&site, "/tenants").await.body.contains("no Zoom account"));
    let append = Append {
        belongs: Belongs::To(site.shared.nobody.clone()),
        key: "k".to_owned(),
        source: "zoom:meetings",
        event: "?".to_owned(),
        event_ts_ms: site::NOW_MS,
        received_ms: site::NOW_MS,
        late: false,
        body: br#"{"event":"meeting.started","payload":{"object":{"password":"hush"}}}"#.to_vec(),
    };
    site.shared.journal.append(append).await.unwrap();
    Translator::new(site.shared.clone()).step().await.unwrap();
    assert!(browser.get(&site, "/tenants").await.body.contains("1 notification names no Zoom account"));
    let journal = browser.get(&site, "/t/unassigned/journal").await.body;
    let (_, rest) = journal.split_once("href=\"/t/unassigned/journal/").unwrap();
    let one = browser.get(&site, &format!("/t/unassigned/journal/{}", rest.split('"').next().unwrap())).await.body;
    assert!(one.contains("Unreadable") && !one.contains("hush"), "{one}");
    assert_eq!(browser.get(&site, "/t/unassigned").await.status, StatusCode::NOT_FOUND);
}

/// A registration as Zoom sends it.
fn registration(number: u8) -> Append {
    let body = serde_json::json!({
        "event": "webinar.registration_created", "event_ts": site::NOW_MS,
        "payload": {"account_id": "A1", "object": {
            "uuid": "u==", "id": 86_000_000_003_u64, "host_id": "h", "topic": "Open <i>day</i>", "type": 5,
            "start_time": "2026-08-20T10:00:00Z", "duration": 60, "timezone": "Asia/Kolkata",
            "registrant": {"id": format!("r{number}"), "first_name": "Lena", "last_name": "Fox",
                "email": format!("lena{number}@example.test"), "status": "approved", "join_url": "https://zoom.us/w/1?tk=hush"},
        }},
    });
    Append {
        belongs: Belongs::To(TenantId::parse("acme").unwrap()),
        key: format!("k{number}"),
        source: "zoom:webinars",
        event: "webinar.registration_created".to_owned(),
        event_ts_ms: site::NOW_MS,
        received_ms: site::NOW_MS,
        late: false,
        body: body.to_string().into_bytes(),
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_counted_before_it_is_replayed() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    site.connected(&tenant, ZoomApp::Webinars).await;
    let mut browser = site.signed_in().await;
    for number in 0..3 {
        site.shared.journal.append(registration(number)).await.unwrap();
    }
    // No activity type is set up, so that the activities are parked.
    Translator::new(site.shared.clone()).step().await.unwrap();
    let overview = browser.get(&site, "/t/acme").await.body;
    assert!(overview.contains("3 deliveries wait for a person"), "{overview}");
    let list = browser.get(&site, "/t/acme/deliveries?state=parked").await.body;
    assert!(list.contains("code=setup.activity_type") && list.contains("Open &#60;i&#62;day"), "{list}");

    let ask = "/t/acme/deliveries/replay?code=setup.activity_type&who=LENA1";
    let page = browser.get(&site, ask).await.body;
    assert!(page.contains("Replay 1 delivery?"), "{page}");
    let fields =
        [("form_token", form_token(&page)), ("code", "setup.activity_type".to_owned()), ("who", "LENA1".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let replayed = browser.post(&site, "/t/acme/deliveries/replay", &fields).await;
    assert_eq!(replayed.location, "/t/acme/deliveries?done=replayed");
    assert!(browser.get(&site, ask).await.body.contains("Nothing to replay"));
    let again = browser.post(&site, "/t/acme/deliveries/replay", &fields).await;
    assert_eq!(again.location, "/t/acme/deliveries?done=nothing");
    assert!(browser.get(&site, "/t/acme").await.body.contains("2 deliveries wait for a person"));
    let told = browser.get(&site, "/t/acme/journal?search=lena2").await.body;
    let (_, rest) = told.split_once("href=\"/t/acme/journal/").unwrap();
    let one = browser.get(&site, &format!("/t/acme/journal/{}", rest.split('"').next().unwrap())).await.body;
    assert!(one.contains("lena2@example.test registered for the webinar") && !one.contains("tk=hush"), "{one}");
}

#[tokio::test]
async fn nothing_of_one_tenant_is_reached_by_the_address_of_another() {
    let site = Site::open().await;
    for id in ["acme", "other"] {
        site.tenant(id).await;
    }
    let mut browser = site.signed_in().await;
    site.shared.journal.append(registration(1)).await.unwrap();
    Translator::new(site.shared.clone()).step().await.unwrap();
    let id_in = |page: &str, path: &str| {
        let (_, rest) = page.split_once(&format!("class=\"strong{path}")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let journal = browser.get(&site, "/t/acme/journal").await.body;
    let notification = id_in(&journal, "\" href=\"/t/acme/journal/");
    let delivery = id_in(&browser.get(&site, "/t/acme/deliveries").await.body, "\" href=\"/t/acme/deliveries/");
    let token = form_token(&journal);
    for path in [format!("journal/{notification}"), format!("deliveries/{delivery}")] {
        assert_eq!(browser.get(&site, &format!("/t/acme/{path}")).await.status, StatusCode::OK, "{path}");
        assert_eq!(browser.get(&site, &format!("/t/other/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
        let replay = browser.post(&site, &format!("/t/other/{path}/replay"), &[("form_token", &token)]).await;
        assert!(replay.location.ends_with("done=nothing"), "{path}: {}", replay.location);
    }
    assert!(browser.get(&site, "/t/other/journal").await.body.contains("Nothing has come in yet"));
}

#[tokio::test]
async fn keys_that_do_not_work_are_refused_and_the_secret_is_not_shown_again() {
    let site = Site::open().await;
    let mut browser = site.signed_in().await;
    let token = form_token(&browser.get(&site, "/tenants/new").await.body);
    let fields = [
        ("form_token", token.as_str()),
        ("name", "Acme India"),
        ("access_key", "u$r-access"),
        ("secret_key", "very-secret"),
        ("host", "http://127.0.0.1:1"),
    ];
    let refused = browser.post(&site, "/tenants/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("LeadSquared could not be asked"), "{}", refused.body);
    assert!(refused.body.contains("u$r-access") && !refused.body.contains("very-secret"), "{}", refused.body);
    assert!(browser.get(&site, "/tenants").await.body.contains("No tenant yet"));
}
