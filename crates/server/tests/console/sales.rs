//! Sales users: how they come in, that the address alone lets nobody in, and that a session reaches the schedule pages of its own
//! tenant and nothing else.

use super::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{Email, TenantId, ZoomApp};
use connector_server::connections::sign_in::hash;
use connector_server::store::{link, sales};

const RAVI: &str = "ravi@acme.test";

/// A link that works once for that person, as an admin or a mail hands it over.
async fn link_for(site: &Site, tenant: &TenantId, (token, email): (&str, &str)) -> String {
    let detail = serde_json::json!({ "email": email, "next": format!("/t/{tenant}/schedule") }).to_string();
    let (link_hash, tenant) = (hash(token), tenant.clone());
    site.shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let whose = (Some(&tenant), Some(detail.as_str()));
                link::insert(unit, (&link_hash, "sales"), whose, NOW_MS, NOW_MS + 60_000).await
            })
        })
        .await
        .unwrap();
    format!("/sales/{token}")
}

async fn taken(site: &Site, browser: &mut Browser, address: &str) -> Answer {
    let token = form_token(&browser.get(site, address).await.body);
    browser.post(site, address, &[("form_token", &token)]).await
}

/// A browser in which a sales user of the tenant is signed in.
pub async fn signed_in(site: &Site, tenant: &TenantId, email: &str) -> Browser {
    let mut browser = Browser::default();
    let address = link_for(site, tenant, (&format!("token-of-{email}"), email)).await;
    let came = taken(site, &mut browser, &address).await;
    assert_eq!((came.status, came.location), (StatusCode::SEE_OTHER, format!("/t/{tenant}/schedule")));
    browser
}

/// Asks for a meeting; its path.
pub async fn schedule(
    site: &Site,
    browser: &mut Browser,
    (tenant, wish): (&str, &str),
    more: &[(&str, &str)],
) -> Answer {
    let page = browser.get(site, &format!("/t/{tenant}/schedule")).await.body;
    let token = form_token(&page);
    let mut fields = vec![
        ("form_token", token.as_str()),
        ("wish", wish),
        ("lead", "priya@example.test"),
        ("topic", "Campus tour"),
        ("start", "2026-10-25T09:30"),
        ("zone", "Europe/Berlin"),
        ("minutes", "30"),
    ];
    fields.extend(more);
    browser.post(site, &format!("/t/{tenant}/schedule"), &fields).await
}

#[tokio::test]
async fn a_link_works_once_and_opening_it_changes_nothing() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let address = link_for(&site, &tenant, ("t1", RAVI)).await;
    for _ in 0..3 {
        let mut scanner = Browser::default();
        assert!(scanner.get(&site, &address).await.body.contains(RAVI), "a mail scanner opens it");
        assert_eq!(scanner.get(&site, "/t/acme/schedule").await.status, StatusCode::SEE_OTHER);
    }
    let mut forged = Browser::default();
    forged.get(&site, &address).await;
    let refused = forged.post(&site, &address, &[("form_token", "forged")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "another site cannot press the button");
    let mut browser = Browser::default();
    assert_eq!(taken(&site, &mut browser, &address).await.location, "/t/acme/schedule");
    let mut second = Browser::default();
    let again = second.get(&site, &address).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(again.body.contains("does not work any more"), "{}", again.body);
    let late = link_for(&site, &tenant, ("t2", RAVI)).await;
    site.shared.clock.advance(60_001);
    assert_eq!(second.get(&site, &late).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sales_user_sees_and_changes_only_the_own_meetings() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    site.connected(&acme, ZoomApp::Meetings).await;
    let (mut ravi, mut sita) = (signed_in(&site, &acme, RAVI).await, signed_in(&site, &acme, "sita@acme.test").await);
    // Whom the form names as host and owner makes no difference.
    let forged = [("host", "boss@acme.test"), ("owner_email", "sita@acme.test")];
    schedule(&site, &mut ravi, ("acme", "w-ravi"), &forged).await;
    let own = ravi.get(&site, "/t/acme/schedule/w-ravi").await;
    assert!(own.body.contains("Campus tour") && !own.body.contains("/deliveries/"), "{}", own.body);
    for path in ["/t/acme/schedule/w-ravi", "/t/acme/schedule?from=w-ravi", "/t/acme/schedule/w-ravi/cancel"] {
        assert_eq!(sita.get(&site, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let token = form_token(&sita.get(&site, "/t/acme/schedule").await.body);
    let cancel = [("form_token", token.as_str()), ("change", "c1")];
    let refused = sita.post(&site, "/t/acme/schedule/w-ravi/change/cancel", &cancel).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let again = ravi.get(&site, "/t/acme/schedule?from=w-ravi").await.body;
    assert!(!again.contains("boss@acme.test"), "the host is the tenant's to choose: {again}");
}

#[tokio::test]
async fn a_sales_user_lists_what_they_scheduled_and_nothing_of_anybody_else() {
    const LIST: &str = "/t/acme/own-meetings";
    let site = Site::open().await;
    let (acme, other) = (site.tenant("acme").await, site.tenant("other").await);
    site.connected(&acme, ZoomApp::Meetings).await;
    let (mut ravi, mut sita) = (signed_in(&site, &acme, RAVI).await, signed_in(&site, &acme, "sita@acme.test").await);
    let empty = ravi.get(&site, LIST).await.body;
    assert!(empty.contains("No meetings yet") && empty.contains("href=\"/t/acme/schedule\""), "{empty}");
    for (browser, wish, topic) in [(&mut ravi, "w-ravi", "Of Ravi"), (&mut sita, "w-sita", "Of Sita")] {
        let page = browser.get(&site, "/t/acme/schedule").await.body;
        let token = form_token(&page);
        let fields = [
            ("form_token", token.as_str()),
            ("wish", wish),
            ("lead", "priya@example.test"),
            ("topic", topic),
            ("start", "2026-10-25T09:30"),
            ("zone", "Europe/Berlin"),
            ("minutes", "30"),
            ("owner_email", RAVI),
        ];
        let sent = browser.post(&site, "/t/acme/schedule", &fields).await;
        assert_eq!(sent.location, format!("/t/acme/schedule/{wish}"), "{}", sent.body);
    }
    let own = ravi.get(&site, LIST).await.body;
    assert!(own.contains("Of Ravi") && own.contains("/t/acme/schedule/w-ravi") && own.contains("Waiting"), "{own}");
    assert!(!own.contains("Of Sita") && !own.contains("w-sita"), "{own}");
    let hers = sita.get(&site, LIST).await.body;
    assert!(hers.contains("Of Sita") && !hers.contains("Of Ravi"), "{hers}");
    // The address names nobody else, and a place in the list is no key to another's.
    let asked = ravi.get(&site, &format!("{LIST}?by=sita@acme.test&after=0.x")).await.body;
    assert!(!asked.contains("Of Sita"), "{asked}");
    assert_eq!(ravi.get(&site, "/t/other/own-meetings").await.status, StatusCode::NOT_FOUND);
    // The same address at another tenant is another person.
    let mut ravi_there = Browser::default();
    let link = link_for(&site, &other, ("token-there", RAVI)).await;
    taken(&site, &mut ravi_there, &link).await;
    let there = ravi_there.get(&site, "/t/other/own-meetings").await.body;
    assert!(there.contains("No meetings yet") && !there.contains("Of Ravi"), "{there}");
    for from in ["/t/acme/schedule", "/t/acme/schedule/w-ravi"] {
        assert!(ravi.get(&site, from).await.body.contains(&format!("href=\"{LIST}\"")), "{from} leads to the list");
    }
    let mut ended = ravi.clone();
    let token = form_token(&ravi.get(&site, "/t/acme/schedule").await.body);
    ravi.post(&site, "/t/acme/sales/sign-out", &[("form_token", &token)]).await;
    let shut = ended.get(&site, LIST).await;
    assert_eq!(shut.status, StatusCode::SEE_OTHER);
    assert!(!shut.body.contains("Of Ravi"), "{}", shut.body);
}

#[tokio::test]
async fn the_address_of_the_action_lets_nobody_in() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut admin = site.signed_in().await;
    let page = admin.get(&site, "/t/acme/sales-users").await.body;
    let (_, action) = page.split_once("/t/acme/sales?k=").unwrap();
    let k = action.split("&").next().unwrap().to_owned();
    let mut stranger = Browser::default();
    for wrong in ["", "x", &k[1..]] {
        for tenant in ["acme", "unknown"] {
            let shut = stranger.get(&site, &format!("/t/{tenant}/sales?k={wrong}&by={RAVI}")).await;
            assert_eq!(shut.status, StatusCode::NOT_FOUND);
            assert!(shut.body.contains("Open this from LeadSquared"), "{}", shut.body);
        }
    }
    let entered = format!("/t/acme/sales?k={k}&by={RAVI}&lead=priya%40example.test&name=%3Cscript%3E");
    let open = stranger.get(&site, &entered).await;
    assert!(open.body.contains("Send me a link") && !open.body.contains("<script>"), "{}", open.body);
    assert_eq!(stranger.get(&site, "/t/acme/schedule").await.status, StatusCode::SEE_OTHER, "not signed in");
    // LeadSquared does not answer here: nobody is believed to be its user.
    let token = form_token(&open.body);
    let fields = [("form_token", token.as_str()), ("k", &k), ("email", RAVI)];
    let asked = stranger.post(&site, "/t/acme/sales", &fields).await;
    assert_eq!(asked.status, StatusCode::SERVICE_UNAVAILABLE);
    let typed = [("form_token", token.as_str()), ("k", &k), ("email", "ravi")];
    assert_eq!(stranger.post(&site, "/t/acme/sales", &typed).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let foreign = stranger.post_from(&site, "/t/acme/sales", &fields, "https://evil.test").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = stranger.post(&site, "/t/acme/sales", &fields).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "nobody asks without end");
    // Who is of the console goes on to the form.
    let on = admin.get(&site, &entered).await;
    assert!(on.location.starts_with("/t/acme/schedule?lead=priya%40example.test"), "{}", on.location);
}

#[tokio::test]
async fn an_admin_ends_sessions_and_chooses_who_hosts() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    site.connected(&acme, ZoomApp::Meetings).await;
    let mut ravi = signed_in(&site, &acme, RAVI).await;
    let mut admin = site.signed_in().await;
    let page = admin.get(&site, "/t/acme/sales-users").await.body;
    assert!(page.contains(RAVI), "{page}");
    let token = form_token(&page);
    let host = |version: &'static str, host: &'static str, named: &'static str| {
        [
            ("form_token", token.clone()),
            ("version", version.to_owned()),
            ("host", host.to_owned()),
            ("named", named.to_owned()),
        ]
    };
    let save = async |admin: &mut Browser, fields: [(&str, String); 4]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        admin.post(&site, "/t/acme/sales-users/host", &fields).await
    };
    let wrong = save(&mut admin, host("0", "named", "desk")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("whole e-mail address"), "{}", wrong.body);
    let saved = save(&mut admin, host("0", "named", "desk@acme.test")).await;
    assert_eq!(saved.location, "/t/acme/sales-users?done=settings", "{}", saved.body);
    let stale = save(&mut admin, host("0", "signed_in", "")).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody saved meanwhile");
    let form = ravi.get(&site, "/t/acme/schedule").await.body;
    assert!(form.contains("desk@acme.test"), "{form}");
    let end = [("form_token", token.as_str()), ("email", RAVI)];
    assert_eq!(
        admin.post(&site, "/t/acme/sales-users/end", &end).await.location,
        "/t/acme/sales-users?done=sales-ended"
    );
    assert_eq!(ravi.get(&site, "/t/acme/schedule").await.status, StatusCode::SEE_OTHER, "signed out");
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_and_by_signing_out() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    let mut ravi = signed_in(&site, &acme, RAVI).await;
    let mut sita = signed_in(&site, &acme, "sita@acme.test").await;
    let stolen = sita.clone();
    let token = form_token(&sita.get(&site, "/t/acme/schedule").await.body);
    sita.post(&site, "/t/acme/sales/sign-out", &[("form_token", &token)]).await;
    assert_eq!(stolen.clone().get(&site, "/t/acme/schedule").await.status, StatusCode::SEE_OTHER);
    site.shared.clock.advance(30 * 24 * 3_600_000 - 1);
    assert_eq!(ravi.get(&site, "/t/acme/schedule").await.status, StatusCode::OK, "LeadSquared's last word holds");
    site.shared.clock.advance(1);
    assert_eq!(ravi.get(&site, "/t/acme/schedule").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_asked_is_counted_for_an_hour() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    let email = Email::parse(RAVI).unwrap();
    let ask = async |at_ms: i64| {
        let (acme, email) = (acme.clone(), email.clone());
        let write =
            site.shared.store.write(move |unit| Box::pin(async move { sales::ask(unit, &acme, &email, at_ms).await }));
        write.await.unwrap()
    };
    assert_eq!((ask(NOW_MS).await, ask(NOW_MS + 1).await, ask(NOW_MS + 2).await), (1, 2, 3));
    assert_eq!(ask(NOW_MS + sales::ASKS_WINDOW_MS).await, 1);
}
