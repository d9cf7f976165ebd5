//! Invitations, taking access away, new pass words, one's own sessions, and what the audit log says of all of it.

use super::site::{Answer, Browser, PASSWORD, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::TenantId;
use connector_server::audit::walk;
use connector_server::store::audit::{self, Filter};
use connector_server::store::operator;

const BELA: &str = "bela@acme.test";
const NEW_PASSWORD: &str = "staple horse correct";

async fn press(
    site: &Site,
    browser: &mut Browser,
    paths: (impl AsRef<str>, impl AsRef<str>),
    fields: &[(&str, &str)],
) -> Answer {
    let token = form_token(&browser.get(site, paths.0.as_ref()).await.body);
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token.as_str())]).collect();
    browser.post(site, paths.1.as_ref(), &fields).await
}

/// The path of a link that a page shows.
fn link_in(page: &str, kind: &str) -> String {
    let (_, rest) = page.split_once(&format!("/{kind}/")).unwrap();
    format!("/{kind}/{}", rest.split('"').next().unwrap())
}

async fn invited(site: &Site, browser: &mut Browser, email: &str) -> String {
    let paths = ("/t/acme/access", "/t/acme/access/invite");
    let made = press(site, browser, paths, &[("email", email)]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    link_in(&made.body, "invited")
}

async fn come_in(site: &Site, browser: &mut Browser, link: &str, password: &str) -> Answer {
    let fields = [("name", "Bela Nagy"), ("password", password), ("password_again", password)];
    press(site, browser, (link, link), &fields).await
}

async fn sign_in(site: &Site, browser: &mut Browser, email: &str, password: &str) -> StatusCode {
    browser.post(site, "/sign-in", &[("email", email), ("password", password)]).await.status
}

async fn id_of(site: &Site, email: &str) -> String {
    let email = email.to_owned();
    let read = site.shared.store.read(move |unit| Box::pin(async move { operator::by_email(unit, &email).await }));
    read.await.unwrap().unwrap().id
}

/// The words of the deeds in a chain, oldest first.
async fn deeds(site: &Site, tenant: Option<&str>) -> Vec<String> {
    let tenant = tenant.map(|tenant| TenantId::parse(tenant).unwrap());
    let filter = Filter { limit: 100, ..Filter::default() };
    let read =
        site.shared.store.read(move |unit| Box::pin(async move { audit::page(unit, tenant.as_ref(), &filter).await }));
    let mut words: Vec<String> = read.await.unwrap().into_iter().map(|row| row.action).collect();
    words.reverse();
    words
}

#[tokio::test]
async fn an_invitation_makes_a_tenant_admin_once() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    for tenant in ["acme", "other"] {
        site.tenant(tenant).await;
    }
    let wrong = press(&site, &mut meera, ("/t/acme/access", "/t/acme/access/invite"), &[("email", "bela")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("whole e-mail address"), "{}", wrong.body);
    let former = invited(&site, &mut meera, BELA).await;
    let link = invited(&site, &mut meera, "Bela@ACME.test").await;
    let mut bela = Browser::default();
    assert_eq!(bela.get(&site, &former).await.status, StatusCode::NOT_FOUND, "a newer one was made");
    for _ in 0..2 {
        let page = bela.get(&site, &link).await;
        assert!(page.body.contains("acme &#38; Co") && page.body.contains(BELA), "opening changes nothing");
    }
    let short = come_in(&site, &mut bela, &link, "short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = bela.post(&site, &link, &[("form_token", "x"), ("name", "B"), ("password", PASSWORD)]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let came = come_in(&site, &mut bela, &link, PASSWORD).await;
    assert_eq!((came.status, came.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(bela.get(&site, "/").await.location, "/t/acme");
    assert_eq!(bela.get(&site, "/t/other").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bela.get(&site, "/access").await.status, StatusCode::NOT_FOUND);
    assert_eq!(Browser::default().get(&site, &link).await.status, StatusCode::NOT_FOUND, "it worked once");
    let page = meera.get(&site, "/t/acme/access").await.body;
    assert!(page.contains("Bela Nagy") && page.contains(BELA), "{page}");
    let again = press(&site, &mut meera, ("/t/acme/access", "/t/acme/access/invite"), &[("email", BELA)]).await;
    assert!(again.body.contains("has that access already"), "{}", again.body);
    // An admin invites others to the own tenant.
    let other = invited(&site, &mut bela, "carl@acme.test").await;
    let mut carl = Browser::default();
    assert_eq!(come_in(&site, &mut carl, &other, PASSWORD).await.location, "/");
    assert_eq!(carl.get(&site, "/t/acme").await.status, StatusCode::OK);
    let expected = ["access.invited", "access.invited", "access.accepted", "access.invited", "access.accepted"];
    assert_eq!(deeds(&site, Some("acme")).await, expected);
    walk(&site.shared.store, "acme", None).await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_has_an_account_accepts_with_its_password() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    for tenant in ["acme", "other"] {
        site.tenant(tenant).await;
    }
    let link = invited(&site, &mut meera, BELA).await;
    let mut bela = Browser::default();
    come_in(&site, &mut bela, &link, PASSWORD).await;
    let paths = ("/t/other/access", "/t/other/access/invite");
    let made = press(&site, &mut meera, paths, &[("email", BELA)]).await;
    let second = link_in(&made.body, "invited");
    let mut thief = Browser::default();
    let page = thief.get(&site, &second).await.body;
    assert!(page.contains("give its password") && !page.contains("password_again"), "{page}");
    for _ in 0..10 {
        let refused = come_in(&site, &mut thief, &second, "a guess of mine").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let shut = come_in(&site, &mut thief, &second, PASSWORD).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS, "nobody guesses without end");
    site.shared.clock.advance(15 * 60_000);
    assert_eq!(come_in(&site, &mut bela, &second, PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bela.get(&site, "/t/other").await.status, StatusCode::OK);
    assert_eq!(bela.get(&site, "/t/acme").await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_removed_reaches_nothing_from_that_moment() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    site.tenant("acme").await;
    let link = invited(&site, &mut meera, BELA).await;
    let mut bela = Browser::default();
    come_in(&site, &mut bela, &link, PASSWORD).await;
    let id = id_of(&site, BELA).await;
    let act = async |browser: &mut Browser, act: &str| {
        press(&site, browser, ("/t/acme/access", &format!("/t/acme/access/{id}/{act}")), &[]).await
    };
    assert_eq!(act(&mut meera, "sign-out").await.location, "/t/acme/access?done=access-ended");
    assert_eq!(bela.get(&site, "/t/acme").await.status, StatusCode::SEE_OTHER, "signed out");
    assert_eq!(sign_in(&site, &mut bela, BELA, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(bela.get(&site, "/t/acme").await.status, StatusCode::OK);
    assert_eq!(act(&mut meera, "remove").await.location, "/t/acme/access?done=access-removed");
    assert_eq!(bela.get(&site, "/t/acme").await.status, StatusCode::NOT_FOUND);
    assert_eq!(act(&mut meera, "remove").await.status, StatusCode::NOT_FOUND, "not an admin any more");
    // The account is still there, until an operator removes it.
    let all = press(&site, &mut meera, ("/access", &format!("/access/{id}/remove")), &[]).await;
    assert_eq!(all.location, "/access?done=access-removed");
    assert_eq!(bela.get(&site, "/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&site, &mut bela, BELA, PASSWORD).await, StatusCode::UNAUTHORIZED);
    // Invited again, they come back with a new pass word and nothing of what they had.
    let link = invited(&site, &mut meera, BELA).await;
    assert_eq!(come_in(&site, &mut bela, &link, NEW_PASSWORD).await.location, "/");
    assert_eq!(id_of(&site, BELA).await, id);
    assert_eq!(bela.get(&site, "/t/acme").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_operator_cannot_be_removed() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    let own = id_of(&site, "meera@acme.test").await;
    let remove = format!("/access/{own}/remove");
    let refused = press(&site, &mut meera, ("/access", &remove), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("last operator cannot be removed"), "{}", refused.body);
    let made = press(&site, &mut meera, ("/access", "/access/invite"), &[("email", BELA)]).await;
    let link = link_in(&made.body, "invited");
    let mut bela = Browser::default();
    assert_eq!(come_in(&site, &mut bela, &link, PASSWORD).await.location, "/");
    assert_eq!(bela.get(&site, "/tenants/new").await.status, StatusCode::OK, "an operator");
    assert_eq!(press(&site, &mut meera, ("/access", &remove), &[]).await.location, "/access?done=access-removed");
    assert_eq!(meera.get(&site, "/access").await.status, StatusCode::SEE_OTHER, "removed themselves");
    let own = id_of(&site, BELA).await;
    let last = press(&site, &mut bela, ("/access", &format!("/access/{own}/remove")), &[]).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    let unknown = press(&site, &mut bela, ("/access", "/access/nobody/remove"), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_signs_out_everywhere() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    let own = id_of(&site, "meera@acme.test").await;
    let mut stolen = meera.clone();
    let made = press(&site, &mut meera, ("/access", &format!("/access/{own}/new-password")), &[]).await;
    let link = link_in(&made.body, "new-password");
    let mut browser = Browser::default();
    let set =
        press(&site, &mut browser, (&link, &link), &[("password", NEW_PASSWORD), ("password_again", PASSWORD)]).await;
    assert!(set.body.contains("The two passwords differ"), "{}", set.body);
    let fields = [("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    assert_eq!(press(&site, &mut browser, (&link, &link), &fields).await.location, "/");
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    assert_eq!(stolen.get(&site, "/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get(&site, &link).await.status, StatusCode::NOT_FOUND, "it worked once");
    let mut other = Browser::default();
    assert_eq!(sign_in(&site, &mut other, "meera@acme.test", PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&site, &mut other, "meera@acme.test", NEW_PASSWORD).await, StatusCode::SEE_OTHER);
    let made = press(&site, &mut other, ("/access", &format!("/access/{own}/new-password")), &[]).await;
    site.shared.clock.advance(24 * 3_600_000);
    let late = link_in(&made.body, "new-password");
    assert_eq!(Browser::default().get(&site, &late).await.status, StatusCode::NOT_FOUND, "a day is over");
}

#[tokio::test]
async fn everybody_changes_their_own_password_and_ends_their_own_sessions() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    let mut other = Browser::default();
    assert_eq!(sign_in(&site, &mut other, "meera@acme.test", PASSWORD).await, StatusCode::SEE_OTHER);
    let page = meera.get(&site, "/account").await.body;
    assert!(page.contains("This browser") && page.contains("Another browser"), "{page}");
    let (_, rest) = page.split_once("/account/sessions/").unwrap();
    let session = rest.split('/').next().unwrap().to_owned();
    let end = format!("/account/sessions/{session}/end");
    assert_eq!(press(&site, &mut meera, ("/account", &end), &[]).await.location, "/account?done=access-ended");
    assert_eq!(other.get(&site, "/account").await.status, StatusCode::SEE_OTHER);
    sign_in(&site, &mut other, "meera@acme.test", PASSWORD).await;
    let change = |old: &'static str| [("old", old), ("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    let paths = ("/account", "/account/password");
    let wrong = press(&site, &mut meera, paths, &change("not the pass word")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("That is not your password"), "{}", wrong.body);
    assert_eq!(press(&site, &mut meera, paths, &change(PASSWORD)).await.location, "/account?done=password");
    assert_eq!(meera.get(&site, "/account").await.status, StatusCode::OK, "this browser stays");
    assert_eq!(other.get(&site, "/account").await.status, StatusCode::SEE_OTHER, "every other is signed out");
    assert!(deeds(&site, None).await.contains(&"access.password_set".to_owned()));
}

#[tokio::test]
async fn the_audit_log_is_shown_filtered_and_as_a_table_without_formulas() {
    let site = Site::open().await;
    let mut meera = site.signed_in().await;
    let acme = site.tenant("acme").await;
    site.shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                for number in 0..60 {
                    let detail = format!("=deed {number} <b>");
                    audit::write(unit, "asha@acme.test", Some(&acme), ("test.deed", &detail), 1_000).await?;
                }
                audit::write(unit, "bela@acme.test", Some(&acme), ("test.other", "else"), 2_000).await
            })
        })
        .await
        .unwrap();
    let page = meera.get(&site, "/t/acme/audit").await.body;
    assert!(page.contains("=deed 59 &#60;b&#62;") && !page.contains("=deed 9 "), "{page}");
    let (_, older) = page.split_once("before=").unwrap();
    let older = format!("/t/acme/audit?before={}", older.split('"').next().unwrap());
    let page = meera.get(&site, &older).await.body;
    assert!(page.contains("=deed 9 ") && !page.contains("=deed 59 "), "{page}");
    let found = meera.get(&site, "/t/acme/audit?who=BELA&what=else").await.body;
    assert!(found.contains("test.other") && !found.contains("test.deed"), "{found}");
    assert!(meera.get(&site, "/t/acme/audit?what=nothing").await.body.contains("Nothing matches"));
    let table = meera.get(&site, "/t/acme/audit.csv?who=asha").await.body;
    assert!(table.contains("test.deed,'=deed 59 <b>\r\n") && !table.contains("test.other"), "{table}");
    let own = meera.get(&site, "/audit").await.body;
    assert!(own.contains("user.added") && own.contains("installation:"), "{own}");
}
