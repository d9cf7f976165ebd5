//! Who reaches what: every route of the console with every role, of the own tenant and of another's. The routes are read from the
//! router's source, so that one without a row here fails.

use super::sales::{schedule, signed_in};
use super::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::connections::sign_in::hash;
use connector_server::store::reviewer::{self, ReviewSession};
use std::collections::BTreeSet;

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Whoever holds the link or proves something else; no session decides.
    Anyone,
    /// Account managers, of the tenants they are invited for.
    Reviewers,
    /// Everybody who is signed in to the console.
    Console,
    /// Operators alone.
    Operators,
    /// Operators, and the admins of the tenant in the address.
    Admins,
    /// The same, and the sales users of the tenant in the address.
    Schedulers,
}

use For::{Admins, Anyone, Console, Operators, Reviewers, Schedulers};

/// A route as a browser asks it: `{t}` is the tenant, `{w}` the wish of a sales user. A form carries its token and the fields that it
/// cannot be read without.
struct Row(For, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    Row(Anyone, "GET", "/assets/console.css", ""),
    Row(Anyone, "GET", "/first-run/x", ""),
    Row(Anyone, "POST", "/first-run/x", ""),
    Row(Anyone, "GET", "/sign-in", ""),
    Row(Anyone, "POST", "/sign-in", ""),
    Row(Anyone, "GET", "/invited/x", ""),
    Row(Anyone, "POST", "/invited/x", ""),
    Row(Anyone, "GET", "/new-password/x", ""),
    Row(Anyone, "POST", "/new-password/x", ""),
    Row(Anyone, "GET", "/review/x", ""),
    Row(Anyone, "POST", "/review/x", ""),
    Row(Anyone, "GET", "/connect/x", ""),
    Row(Anyone, "POST", "/connect/x", ""),
    Row(Anyone, "GET", "/oauth/zoom/meetings/callback", ""),
    Row(Anyone, "GET", "/oauth/zoom/meetings/confirm", ""),
    Row(Anyone, "POST", "/oauth/zoom/meetings/confirm", ""),
    Row(Anyone, "GET", "/t/{t}/sales", ""),
    Row(Anyone, "POST", "/t/{t}/sales", ""),
    Row(Anyone, "GET", "/sales/x", ""),
    Row(Anyone, "POST", "/sales/x", ""),
    Row(Reviewers, "GET", "/reviews", ""),
    Row(Reviewers, "POST", "/reviews/sign-out", ""),
    Row(Reviewers, "GET", "/reviews/{t}", ""),
    Row(Reviewers, "POST", "/reviews/{t}/release", ""),
    Row(Console, "GET", "/", ""),
    Row(Console, "GET", "/tenants", ""),
    Row(Console, "POST", "/sign-out", ""),
    Row(Console, "GET", "/account", ""),
    Row(Console, "POST", "/account/password", "old=a&password=b&password_again=b"),
    Row(Console, "POST", "/account/sessions/x/end", ""),
    Row(Operators, "GET", "/access", ""),
    Row(Operators, "POST", "/access/invite", "email=a@b.test"),
    Row(Operators, "POST", "/access/x/remove", ""),
    Row(Operators, "GET", "/keys", ""),
    Row(Operators, "POST", "/keys", "name=k&read=on"),
    Row(Operators, "GET", "/keys/x/end", ""),
    Row(Operators, "POST", "/keys/x/end", ""),
    Row(Operators, "GET", "/audit", ""),
    Row(Operators, "GET", "/audit.csv", ""),
    Row(Operators, "GET", "/tenants/new", ""),
    Row(Operators, "POST", "/tenants/new", "name=A&access_key=a&secret_key=s"),
    Row(Operators, "GET", "/migrations", ""),
    Row(Operators, "GET", "/migrations.csv", ""),
    Row(Admins, "GET", "/t/{t}", ""),
    Row(Admins, "GET", "/t/{t}/configure", ""),
    Row(Admins, "GET", "/t/{t}/configure/authentication", ""),
    Row(Admins, "POST", "/t/{t}/configure/webinar-settings/attendance", "version=0"),
    Row(Admins, "POST", "/t/{t}/configure/authentication/meetings", "version=0"),
    Row(Admins, "POST", "/t/{t}/configure/authentication/sign-in", ""),
    Row(Admins, "POST", "/t/{t}/configure/authentication/link", ""),
    Row(
        Admins,
        "POST",
        "/t/{t}/configure/authentication/own-app",
        "account_id=a&client_id=c&client_secret=s&secret_token=t",
    ),
    Row(Admins, "POST", "/t/{t}/configure/authentication/own-app/secret-token", "secret_token=t"),
    Row(Admins, "POST", "/t/{t}/configure/authentication/stand-by", ""),
    Row(Admins, "POST", "/t/{t}/configure/authentication/stand-by/end", ""),
    Row(Admins, "POST", "/t/{t}/configure/authentication/disconnect", ""),
    Row(Admins, "GET", "/t/{t}/alerts", ""),
    Row(Admins, "POST", "/t/{t}/alerts/removal", "waiting=keep"),
    Row(Admins, "POST", "/t/{t}/alerts/addresses", "address=a@b.test"),
    Row(Admins, "POST", "/t/{t}/alerts/addresses/x/remove", ""),
    Row(Admins, "POST", "/t/{t}/alerts/addresses/x/secret", ""),
    Row(Admins, "POST", "/t/{t}/alerts/test", ""),
    Row(Admins, "GET", "/t/{t}/sharing", ""),
    Row(Admins, "POST", "/t/{t}/sharing/accept", "code=x"),
    Row(Admins, "POST", "/t/{t}/sharing/meetings/offer", ""),
    Row(Admins, "POST", "/t/{t}/sharing/meetings/leave", ""),
    Row(Admins, "POST", "/t/{t}/sharing/meetings/x/end", ""),
    Row(Admins, "GET", "/t/{t}/leadsquared", ""),
    Row(Admins, "POST", "/t/{t}/leadsquared/keys", "access_key=a&secret_key=s"),
    Row(Admins, "POST", "/t/{t}/leadsquared/types", ""),
    Row(Admins, "POST", "/t/{t}/leadsquared/actions", ""),
    Row(Admins, "GET", "/t/{t}/registrations", ""),
    Row(Admins, "POST", "/t/{t}/registrations", ""),
    Row(Admins, "POST", "/t/{t}/registrations/preview", ""),
    Row(Admins, "POST", "/t/{t}/registrations/rehearsal", ""),
    Row(Admins, "POST", "/t/{t}/registrations/fields", ""),
    Row(Admins, "POST", "/t/{t}/registrations/fetch", "wish=w"),
    Row(Admins, "GET", "/t/{t}/migration", ""),
    Row(Admins, "POST", "/t/{t}/migration/old-app", "account=A1"),
    Row(Admins, "POST", "/t/{t}/migration/invite", "name=A&email=a@b.test"),
    Row(Admins, "POST", "/t/{t}/migration/begin", ""),
    Row(Admins, "GET", "/t/{t}/access", ""),
    Row(Admins, "POST", "/t/{t}/access/invite", "email=a@b.test"),
    Row(Admins, "POST", "/t/{t}/access/x/remove", ""),
    Row(Admins, "POST", "/t/{t}/access/x/sign-out", ""),
    Row(Admins, "GET", "/t/{t}/keys", ""),
    Row(Admins, "POST", "/t/{t}/keys", "name=k&read=on"),
    Row(Admins, "GET", "/t/{t}/keys/x/end", ""),
    Row(Admins, "POST", "/t/{t}/keys/x/end", ""),
    Row(Admins, "POST", "/t/{t}/show-people", "reason=because"),
    Row(Admins, "GET", "/t/{t}/audit", ""),
    Row(Admins, "GET", "/t/{t}/audit.csv", ""),
    Row(Admins, "GET", "/t/{t}/versions", ""),
    Row(Admins, "GET", "/t/{t}/versions.csv", ""),
    Row(Admins, "GET", "/t/{t}/versions/1", ""),
    Row(Admins, "POST", "/t/{t}/versions/1", "version=1"),
    Row(Admins, "GET", "/t/{t}/rules", ""),
    Row(Admins, "POST", "/t/{t}/rules/change", "version=0&part=tasks&place=0&change=remove"),
    Row(Admins, "POST", "/t/{t}/rules/days", ""),
    Row(Admins, "GET", "/t/{t}/rules/tasks/0", ""),
    Row(Admins, "POST", "/t/{t}/rules/tasks/0", ""),
    Row(Admins, "GET", "/t/{t}/events", ""),
    Row(Admins, "GET", "/t/{t}/events/x", ""),
    Row(Admins, "GET", "/t/{t}/journal", ""),
    Row(Admins, "GET", "/t/{t}/journal.csv", ""),
    Row(Admins, "GET", "/t/{t}/journal/x", ""),
    Row(Admins, "POST", "/t/{t}/journal/x/replay", ""),
    Row(Admins, "GET", "/t/{t}/deliveries", ""),
    Row(Admins, "GET", "/t/{t}/deliveries.csv", ""),
    Row(Admins, "GET", "/t/{t}/issues", ""),
    Row(Admins, "GET", "/t/{t}/issues.csv", ""),
    Row(Admins, "GET", "/t/{t}/issues/read", ""),
    Row(Admins, "POST", "/t/{t}/issues/read", "code=quarantine.field"),
    Row(Admins, "POST", "/t/{t}/issues/mute", "code=lsq.rejected"),
    Row(Admins, "POST", "/t/{t}/issues/unmute", "code=lsq.rejected"),
    Row(Admins, "GET", "/t/{t}/deliveries/replay", ""),
    Row(Admins, "POST", "/t/{t}/deliveries/replay", ""),
    Row(Admins, "GET", "/t/{t}/deliveries/x", ""),
    Row(Admins, "POST", "/t/{t}/deliveries/x/replay", ""),
    Row(Admins, "GET", "/t/{t}/follow", ""),
    Row(Admins, "GET", "/t/{t}/people", ""),
    Row(Admins, "GET", "/t/{t}/people.csv", ""),
    Row(Admins, "POST", "/t/{t}/people/x", "choice=nobody"),
    Row(Admins, "GET", "/t/{t}/sales-users", ""),
    Row(Admins, "POST", "/t/{t}/sales-users/host", "version=0&host=signed_in"),
    Row(Admins, "POST", "/t/{t}/sales-users/link", "email=a@b.test"),
    Row(Admins, "POST", "/t/{t}/sales-users/end", "email=a@b.test"),
    Row(Admins, "GET", "/t/{t}/add-leads", ""),
    Row(Admins, "POST", "/t/{t}/add-leads", ""),
    Row(Admins, "GET", "/t/{t}/add-leads/w", ""),
    Row(Admins, "GET", "/t/{t}/add-leads/w/leads.csv", ""),
    Row(Schedulers, "GET", "/t/{t}/schedule", ""),
    Row(Schedulers, "POST", "/t/{t}/schedule", "wish=w&lead=a&topic=a&start=a&zone=a&minutes=1"),
    Row(Schedulers, "GET", "/t/{t}/schedule/{w}", ""),
    Row(Schedulers, "GET", "/t/{t}/schedule/{w}/meeting.ics", ""),
    Row(Schedulers, "GET", "/t/{t}/schedule/{w}/cancel", ""),
    Row(Schedulers, "POST", "/t/{t}/schedule/{w}/change/move", "change=c"),
    Row(Schedulers, "POST", "/t/{t}/schedule/{w}/change/rename", "change=c"),
    Row(Schedulers, "POST", "/t/{t}/schedule/{w}/change/cancel", "change=c"),
    Row(Schedulers, "POST", "/t/{t}/schedule/{w}/change/bring-back", "change=c"),
    Row(Schedulers, "GET", "/t/{t}/own-meetings", ""),
    Row(Schedulers, "POST", "/t/{t}/sales/sign-out", ""),
];

impl Row {
    fn is_of_a_tenant(&self) -> bool {
        self.2.starts_with("/t/{t}")
    }

    /// Asks it; a form carries that token.
    async fn ask(&self, site: &Site, browser: &mut Browser, (tenant, token): (&str, &str)) -> Answer {
        let path = self.2.replace("{t}", tenant).replace("{w}", "w-ravi");
        match self.1 {
            "POST" => {
                let fields = self.3.split('&').filter_map(|pair| pair.split_once('='));
                let fields: Vec<(&str, &str)> = fields.chain([("form_token", token)]).collect();
                browser.post(site, &path, &fields).await
            }
            _ => browser.get(site, &path).await,
        }
    }
}

/// The heading of a page.
fn said(answer: &Answer) -> &str {
    answer.body.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or("")
}

/// Whether whoever asks is sent to where a session begins.
fn is_turned_away(answer: &Answer) -> bool {
    answer.location.starts_with("/sign-in?")
}

/// The page without the number of its problem, which is another each time, and without the tenant's id.
fn likeness(answer: &Answer, tenant: &str) -> (StatusCode, String) {
    let body = answer.body.replace(tenant, "");
    let kept = body.lines().filter(|line| !line.contains("<code"));
    (answer.status, kept.collect::<Vec<_>>().join("\n"))
}

/// Makes sure that a tenant that is not reached is 404 and looks as one that is not there.
async fn check_foreign(site: &Site, row: &Row, browser: &mut Browser, token: &str) {
    let foreign = row.ask(site, browser, ("other", token)).await;
    let missing = row.ask(site, browser, ("missing", token)).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{} {} of another tenant: {}", row.1, row.2, said(&foreign));
    assert_eq!(likeness(&foreign, "other"), likeness(&missing, "missing"), "{} {}", row.1, row.2);
}

/// Makes sure that the route is reached: a form is refused only because its token is not the session's.
async fn check_reached(site: &Site, row: &Row, browser: &mut Browser, tenant: &str) {
    let answer = row.ask(site, browser, (tenant, "forged")).await;
    assert!(!is_turned_away(&answer), "{} {}: {}", row.1, row.2, answer.location);
    assert!(!answer.body.contains("There is no such tenant."), "{} {}", row.1, row.2);
    if row.1 == "POST" {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}: {}", row.1, row.2, said(&answer));
        assert!(answer.body.contains("request.form"), "{} {}: {}", row.1, row.2, said(&answer));
    }
}

/// A site with two tenants.
async fn two_tenants() -> (Site, TenantId, TenantId) {
    let site = Site::open().await;
    let (acme, other) = (site.tenant("acme").await, site.tenant("other").await);
    for tenant in [&acme, &other] {
        site.connected(tenant, ZoomApp::Meetings).await;
    }
    (site, acme, other)
}

#[tokio::test]
async fn an_operator_reaches_every_tenant() {
    let (site, ..) = two_tenants().await;
    let mut operator = site.signed_in().await;
    for row in ROWS {
        match row.0 {
            Anyone => continue,
            Reviewers => {
                let answer = row.ask(&site, &mut operator, ("acme", "x")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} is an account manager's", row.2);
            }
            Schedulers if row.2.ends_with("/sales/sign-out") => continue,
            Console | Operators | Admins | Schedulers => {
                for tenant in ["acme", "other"] {
                    check_reached(&site, row, &mut operator, tenant).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_tenant_admin_reaches_every_page_of_the_own_tenants_and_nothing_else() {
    let (site, acme, _) = two_tenants().await;
    site.signed_in().await;
    let mut admin = site.admin_of("asha", &[&acme]).await;
    for row in ROWS {
        match row.0 {
            Anyone => continue,
            Reviewers => {
                let answer = row.ask(&site, &mut admin, ("acme", "x")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} is an account manager's", row.2);
            }
            Console => check_reached(&site, row, &mut admin, "acme").await,
            Operators => {
                let answer = row.ask(&site, &mut admin, ("acme", "form-of-asha")).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {}", row.1, row.2);
            }
            Schedulers if row.2.ends_with("/sales/sign-out") => continue,
            Admins | Schedulers => {
                check_reached(&site, row, &mut admin, "acme").await;
                check_foreign(&site, row, &mut admin, "form-of-asha").await;
            }
        }
    }
}

#[tokio::test]
async fn a_tenant_admin_is_told_of_no_other_tenant() {
    let (site, acme, other) = two_tenants().await;
    site.signed_in().await;
    let mut admin = site.admin_of("asha", &[&acme]).await;
    assert_eq!(admin.get(&site, "/").await.location, "/t/acme");
    for page in ["/tenants", "/tenants?search=o", "/tenants?after=acme", "/t/acme", "/t/acme/sharing"] {
        let body = admin.get(&site, page).await.body;
        assert!(!body.contains("other &#38; Co") && !body.contains("/t/other"), "{page}: {body}");
        assert!(!body.contains("/tenants/new") && !body.contains("/migrations"), "{page}: {body}");
    }
    assert!(admin.get(&site, "/tenants").await.body.contains("1 tenant<"));
    let nobodys = site.shared.nobody.as_str();
    let (nobodys, missing) = (format!("/t/{nobodys}/journal"), "/t/missing/journal");
    assert_eq!(admin.get(&site, &nobodys).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get(&site, missing).await.status, StatusCode::NOT_FOUND);

    let mut both = site.admin_of("bela", &[&acme, &other]).await;
    assert_eq!(both.get(&site, "/").await.location, "/tenants");
    let list = both.get(&site, "/tenants").await.body;
    assert!(list.contains("/t/other") && list.contains("2 tenants<"), "{list}");
    let mut none = site.admin_of("nina", &[]).await;
    assert!(none.get(&site, "/tenants").await.body.contains("admin of no tenant any more"));
    assert_eq!(none.get(&site, "/t/acme").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sales_user_reaches_the_schedule_pages_of_the_own_tenant_and_nothing_else() {
    let (site, acme, _) = two_tenants().await;
    let mut ravi = signed_in(&site, &acme, "ravi@acme.test").await;
    let asked = schedule(&site, &mut ravi, ("acme", "w-ravi"), &[]).await;
    assert_eq!(asked.location, "/t/acme/schedule/w-ravi");
    let token = form_token(&ravi.get(&site, "/t/acme/schedule").await.body);
    for row in ROWS {
        match row.0 {
            Anyone => continue,
            Reviewers => {
                let answer = row.ask(&site, &mut ravi, ("acme", &token)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} is an account manager's", row.2);
            }
            Console | Operators | Admins => {
                for tenant in ["acme", "other"] {
                    let answer = row.ask(&site, &mut ravi, (tenant, &token)).await;
                    assert!(is_turned_away(&answer), "{} {} of {tenant}: {}", row.1, row.2, answer.status);
                }
            }
            Schedulers => {
                check_reached(&site, row, &mut ravi, "acme").await;
                check_foreign(&site, row, &mut ravi, &token).await;
            }
        }
    }
}

/// A browser in which an account manager of the tenant is signed in.
async fn manager_of(site: &Site, tenant: &TenantId) -> Browser {
    let tenant = tenant.clone();
    let session = ReviewSession { email: "ann@manager.test".to_owned(), form_token: "form-of-ann".to_owned() };
    let write = site.shared.store.write(move |unit| {
        Box::pin(async move {
            reviewer::invite(unit, &tenant, ("ann@manager.test", "Ann"), NOW_MS).await?;
            let until = (NOW_MS, NOW_MS + 3_600_000);
            reviewer::begin_session(unit, (&hash("session-of-ann"), &session), until).await
        })
    });
    write.await.unwrap();
    Browser::with_cookie("zc-review", "session-of-ann")
}

#[tokio::test]
async fn an_account_manager_reaches_the_reviews_they_are_invited_for_and_nothing_else() {
    let (site, acme, _) = two_tenants().await;
    let mut ann = manager_of(&site, &acme).await;
    for row in ROWS {
        match row.0 {
            Anyone => continue,
            Reviewers => {
                check_reached(&site, row, &mut ann, "acme").await;
                if row.2.contains("{t}") {
                    check_foreign(&site, row, &mut ann, "form-of-ann").await;
                }
            }
            Console | Operators | Admins | Schedulers => {
                for tenant in ["acme", "other"] {
                    let answer = row.ask(&site, &mut ann, (tenant, "form-of-ann")).await;
                    assert!(is_turned_away(&answer), "{} {} of {tenant}: {}", row.1, row.2, answer.status);
                }
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_of_no_tenant() {
    let (site, ..) = two_tenants().await;
    for row in ROWS {
        for tenant in ["acme", "missing"] {
            let answer = row.ask(&site, &mut Browser::default(), (tenant, "x")).await;
            assert!(!answer.body.contains("acme &#38; Co"), "{} {}", row.1, row.2);
            match row.0 {
                Anyone => assert!(!is_turned_away(&answer), "{} {}: {}", row.1, row.2, answer.location),
                Reviewers => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}", row.1, row.2),
                Console | Operators | Admins | Schedulers => {
                    assert!(is_turned_away(&answer), "{} {}: {}", row.1, row.2, answer.status);
                }
            }
        }
    }
}

/// The routes of the router, each method for itself, as its source names them.
pub fn served() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/console/http/mod.rs");
    let source = source.split("async fn asset").next().unwrap();
    let mut served = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let (path, rest) = route.split_once('"').unwrap().1.split_once('"').unwrap();
        let methods = rest.split(".fallback").next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if methods.contains(&format!("{method}(")) {
                served.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    served
}

/// Whether a path of a row stands for a route as the source names it: `{x}` stands for any one segment.
pub fn stands_for(path: &str, route: &str) -> bool {
    let (path, route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len() && path.iter().zip(&route).all(|(one, other)| one == other || other.starts_with('{'))
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let served = served();
    assert!(served.len() > 90, "{served:?}");
    for (method, route) in &served {
        let known = ROWS.iter().any(|row| row.1 == method && stands_for(row.2, route));
        assert!(known, "{method} {route} is tried by no role: add a row");
    }
    for row in ROWS {
        let is_served = served.iter().any(|(method, route)| row.1 == method && stands_for(row.2, route));
        assert!(is_served, "{} {} is no route", row.1, row.2);
        let of_a_tenant = matches!(row.0, Admins | Schedulers);
        assert!(!of_a_tenant || row.is_of_a_tenant(), "{} {} names no tenant", row.1, row.2);
    }
}
