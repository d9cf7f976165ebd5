//! Every route that changes something, of the console and of the API, with the line it leaves in the audit log. The routes are read from
//! the routers' sources, so that one without a row here fails; what can be done here is done, and its line looked for.

use super::access::{served, stands_for};
use super::site::{Browser, PASSWORD, Site, form_token};
use connector_core::ids::{TenantId, ZoomApp};
use connector_server::store::audit;

/// What a route leaves in the audit log.
#[derive(Debug, Clone, Copy)]
enum Leaves {
    /// A line with this word.
    Line(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Leaves::{Line, Nothing};

/// The console's routes that take a form.
const CONSOLE: &[(&str, Leaves)] = &[
    ("/first-run/x", Line("user.added")),
    ("/sign-in", Line("access.signed_in")),
    ("/sign-out", Line("access.signed_out")),
    ("/invited/x", Line("access.accepted")),
    ("/new-password/x", Line("access.password_set")),
    ("/account/password", Line("access.password_set")),
    ("/account/sessions/x/end", Line("access.sessions_ended")),
    ("/access/invite", Line("access.invited")),
    ("/access/x/remove", Line("access.removed")),
    ("/review/x", Line("review.signed_in")),
    ("/reviews/sign-out", Line("review.signed_out")),
    ("/reviews/x/release", Line("migration.released")),
    ("/tenants/new", Line("tenant.created")),
    ("/connect/x", Nothing("it only leads on to Zoom")),
    ("/oauth/zoom/x/confirm", Line("connection.connected")),
    ("/sales/x", Line("sales.signed_in")),
    ("/t/x/sales", Line("sales.link_asked")),
    ("/t/x/sales/sign-out", Line("sales.signed_out")),
    ("/t/x/access/invite", Line("access.invited")),
    ("/t/x/access/x/remove", Line("access.removed")),
    ("/t/x/access/x/sign-out", Line("access.sessions_ended")),
    ("/keys", Line("key.added")),
    ("/keys/x/end", Line("key.ended")),
    ("/t/x/keys", Line("key.added")),
    ("/t/x/keys/x/end", Line("key.ended")),
    ("/t/x/show-people", Line("access.people_shown")),
    ("/t/x/configure/webinar-settings/attendance", Line("settings.saved")),
    ("/t/x/configure/authentication/meetings", Line("settings.saved")),
    ("/t/x/configure/x/own-app", Nothing("nothing is connected before somebody confirmed")),
    ("/t/x/configure/x/own-app/secret-token", Line("own_app.secret_token")),
    ("/t/x/configure/x/sign-in", Nothing("nothing is connected before Zoom answered and somebody confirmed")),
    ("/t/x/configure/x/link", Line("connection.link_made")),
    ("/t/x/configure/x/stand-by", Nothing("nobody stands by before Zoom answered and somebody confirmed")),
    ("/t/x/configure/x/stand-by/end", Line("connection.stand_by")),
    ("/t/x/configure/x/disconnect", Line("connection.disconnected")),
    ("/t/x/alerts/removal", Line("removal.choice")),
    ("/t/x/alerts/addresses", Line("alerts.address")),
    ("/t/x/alerts/addresses/x/remove", Line("alerts.address")),
    ("/t/x/alerts/addresses/x/secret", Line("alerts.secret")),
    ("/t/x/alerts/test", Line("alerts.tested")),
    ("/t/x/sharing/accept", Line("share.accepted")),
    ("/t/x/sharing/x/offer", Line("share.offered")),
    ("/t/x/sharing/x/leave", Line("share.ended")),
    ("/t/x/sharing/x/x/end", Line("share.ended")),
    ("/t/x/leadsquared/keys", Line("tenant.keys_replaced")),
    ("/t/x/leadsquared/types", Line("settings.saved")),
    ("/t/x/leadsquared/actions", Line("settings.saved")),
    ("/t/x/registrations", Line("settings.saved")),
    ("/t/x/registrations/preview", Nothing("it only shows")),
    ("/t/x/registrations/rehearsal", Nothing("it only shows")),
    ("/t/x/registrations/fields", Nothing("it only reads from LeadSquared")),
    ("/t/x/registrations/fetch", Line("registrations.asked")),
    ("/t/x/migration/old-app", Line("old_app.on")),
    ("/t/x/migration/invite", Line("migration.reviewer_invited")),
    ("/t/x/migration/begin", Line("migration.begun")),
    ("/t/x/versions/x", Line("settings.saved")),
    ("/t/x/rules/change", Line("settings.saved")),
    ("/t/x/rules/days", Line("settings.saved")),
    ("/t/x/rules/x/x", Line("settings.saved")),
    ("/t/x/issues/read", Line("journal.replayed")),
    ("/t/x/issues/mute", Line("issue.muted")),
    ("/t/x/issues/unmute", Line("issue.unmuted")),
    ("/t/x/journal/x/replay", Line("journal.replayed")),
    ("/t/x/deliveries/replay", Line("delivery.replayed")),
    ("/t/x/deliveries/x/replay", Line("delivery.replayed")),
    ("/t/x/people/x", Line("person.decided")),
    ("/t/x/schedule", Line("meeting.asked")),
    ("/t/x/schedule/x/change/x", Line("meeting.change_asked")),
    ("/t/x/sales-users/host", Line("settings.saved")),
    ("/t/x/sales-users/link", Line("sales.link_made")),
    ("/t/x/sales-users/end", Line("sales.ended")),
    ("/t/x/add-leads", Line("webinar.leads_asked")),
];

/// The API's routes that change something.
const API: &[(&str, &str, Leaves)] = &[
    ("post", "/tenants", Line("tenant.created")),
    ("put", "/tenants/x/keys", Line("tenant.keys_replaced")),
    ("post", "/tenants/x/set-up", Line("settings.saved")),
    ("post", "/tenants/x/leadsquared/secret", Line("settings.saved")),
    ("put", "/tenants/x/settings", Line("settings.saved")),
    ("post", "/tenants/x/settings/versions/x/restore", Line("settings.saved")),
    ("post", "/tenants/x/settings/rehearsal", Nothing("it only shows")),
    ("post", "/tenants/x/settings/preview", Nothing("it only shows")),
    ("post", "/tenants/x/settings/check", Nothing("it only looks")),
    ("delete", "/tenants/x/connections/x", Line("connection.disconnected")),
    ("post", "/tenants/x/api-keys", Line("key.added")),
    ("delete", "/tenants/x/api-keys/x", Line("key.ended")),
    ("post", "/tenants/x/connections/x/own-app", Nothing("nothing is connected before somebody confirmed")),
    ("put", "/tenants/x/connections/x/own-app/secret-token", Line("own_app.secret_token")),
    ("post", "/tenants/x/connections/x/sign-in", Nothing("nothing is connected yet")),
    ("post", "/tenants/x/connections/x/sign-in/complete", Nothing("nothing is connected yet")),
    ("post", "/tenants/x/connections/x/sign-in/confirm", Line("connection.connected")),
    ("post", "/tenants/x/connections/x/link", Line("connection.link")),
    ("post", "/tenants/x/connections/x/stand-by", Nothing("nobody stands by yet")),
    ("delete", "/tenants/x/connections/x/stand-by", Line("connection.stand_by")),
    ("post", "/tenants/x/connections/x/shares", Line("share.offered")),
    ("delete", "/tenants/x/connections/x/shares/x", Line("share.ended")),
    ("delete", "/tenants/x/connections/x/guest", Line("share.ended")),
    ("post", "/tenants/x/connections/x/where", Nothing("it only looks")),
    ("post", "/tenants/x/shares/accept", Line("share.accepted")),
    ("post", "/tenants/x/alerts/addresses", Line("alerts.address")),
    ("delete", "/tenants/x/alerts/addresses/x", Line("alerts.address")),
    ("post", "/tenants/x/alerts/addresses/x/secret", Line("alerts.secret")),
    ("post", "/tenants/x/alerts/test", Line("alerts.tested")),
    ("put", "/tenants/x/removals/choice", Line("removal.choice")),
    ("post", "/tenants/x/access", Line("access.invited")),
    ("delete", "/tenants/x/access/x", Line("access.removed")),
    ("delete", "/tenants/x/access/x/sessions", Line("access.sessions_ended")),
    ("post", "/tenants/x/sales-users/links", Line("sales.link_made")),
    ("delete", "/tenants/x/sales-users/x", Line("sales.ended")),
    ("post", "/tenants/x/issues/mute", Line("issue.muted")),
    ("post", "/tenants/x/issues/read", Line("journal.replayed")),
    ("post", "/tenants/x/journal/x/replay", Line("journal.replayed")),
    ("post", "/tenants/x/deliveries/replay", Line("delivery.replayed")),
    ("post", "/tenants/x/deliveries/x/replay", Line("delivery.replayed")),
    ("post", "/tenants/x/people/x", Line("person.decided")),
    ("post", "/tenants/x/meetings", Line("meeting.asked")),
    ("patch", "/tenants/x/meetings/x", Line("meeting.change_asked")),
    ("delete", "/tenants/x/meetings/x", Line("meeting.change_asked")),
    ("post", "/tenants/x/webinars/x/leads", Line("webinar.leads_asked")),
    ("post", "/tenants/x/registrants", Line("registrations.asked")),
    ("post", "/tenants/x/migration", Line("migration.begun")),
    ("post", "/tenants/x/migration/invite", Line("migration.reviewer_invited")),
    ("put", "/tenants/x/migration/old-app", Line("old_app.on")),
    ("delete", "/tenants/x/migration/old-app", Line("old_app.off")),
];

#[test]
fn every_route_of_the_console_that_changes_something_says_what_line_it_leaves() {
    let changing: Vec<String> =
        served().into_iter().filter(|(method, _)| method != "GET").map(|(_, path)| path).collect();
    assert!(changing.len() > 50, "{changing:?}");
    for route in &changing {
        let known = CONSOLE.iter().any(|(path, _)| stands_for(path, route));
        assert!(known, "{route} changes something: say what line it leaves in the audit log");
    }
    for (path, _) in CONSOLE {
        assert!(changing.iter().any(|route| stands_for(path, route)), "{path} changes nothing");
    }
}

#[test]
fn every_route_of_the_api_that_changes_something_says_what_line_it_leaves() {
    let source = include_str!("../../src/api/mod.rs");
    let router = source.split("pub fn router(").nth(1).unwrap().split("async fn no_such_route").next().unwrap();
    let mut changing = Vec::new();
    for route in router.split(".route(").skip(1) {
        let (path, methods) = route.split_once('"').unwrap().1.split_once('"').unwrap();
        for method in ["post", "put", "patch", "delete"] {
            if methods.contains(&format!("{method}(")) {
                changing.push((method, path));
            }
        }
    }
    for (method, route) in &changing {
        let known = API.iter().any(|(of, path, _)| of == method && stands_for(path, route));
        assert!(known, "{method} {route} changes something: say what line it leaves in the audit log");
    }
    for (method, path, _) in API {
        let is_served = changing.iter().any(|(of, route)| of == method && stands_for(path, route));
        assert!(is_served, "{method} {path} changes nothing");
    }
}

/// The words that the console's sources and those behind them write.
fn written(folder: &std::path::Path, word: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return path.file_name().is_none_or(|name| name != "tests") && written(&path, word);
        }
        std::fs::read_to_string(&path).unwrap_or_default().contains(&format!("\"{word}\""))
    })
}

#[test]
fn every_word_of_a_line_is_written_somewhere() {
    let server = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (server, core) = (server.join("src"), server.join("../core/src"));
    let words = CONSOLE.iter().map(|(_, leaves)| leaves).chain(API.iter().map(|(_, _, leaves)| leaves));
    for leaves in words {
        match leaves {
            Line(word) => assert!(written(&server, word) || written(&core, word), "nothing writes {word}"),
            Nothing(why) => assert!(!why.is_empty()),
        }
    }
}

/// The latest word of the tenant's log.
async fn latest(site: &Site, tenant: &TenantId) -> Option<String> {
    let tenant = tenant.clone();
    let read = site.shared.store.read(move |unit| Box::pin(async move { audit::latest(unit, &tenant, 1).await }));
    read.await.unwrap().pop().map(|row| row.action)
}

/// A form's fields.
type Fields = &'static [(&'static str, &'static str)];

/// Deeds that need nobody else, one after the other: the page with the form, its address below the tenant, its fields.
const DONE_HERE: &[(&str, &str, Fields)] = &[
    ("/alerts", "/alerts/addresses", &[("address", "ops@acme.test")]),
    ("/alerts", "/alerts/test", &[]),
    ("/alerts", "/alerts/removal", &[("waiting", "drop")]),
    ("/configure", "/configure/authentication/link", &[]),
    ("/sales-users", "/sales-users/host", &[("version", "0"), ("host", "signed_in")]),
    ("/sales-users", "/sales-users/end", &[("email", "ravi@acme.test")]),
    ("/leadsquared", "/leadsquared/actions", &[]),
    ("/access", "/access/invite", &[("email", "bela@acme.test")]),
    ("/migration", "/migration/begin", &[("uses", "both")]),
    ("/migration", "/migration/old-app", &[("account", "A1"), ("verification_token", "t")]),
    ("/migration", "/migration/invite", &[("name", "Ann"), ("email", "ann@manager.test")]),
    ("/registrations", "/registrations/fetch", &[("wish", "w9")]),
    (
        "/schedule",
        "/schedule",
        &[
            ("wish", "w8"),
            ("lead", "priya@example.test"),
            ("topic", "Tour"),
            ("start", "2026-10-25T09:30"),
            ("zone", "UTC"),
            ("minutes", "30"),
        ],
    ),
    ("/configure/authentication", "/configure/authentication/disconnect", &[]),
];

#[tokio::test]
async fn what_is_done_leaves_its_line() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    for app in ZoomApp::ALL {
        site.connected(&acme, app).await;
    }
    let mut meera = site.signed_in().await;
    for (page, path, fields) in DONE_HERE {
        let shown = follow(&site, &mut meera, &format!("/t/acme{page}")).await;
        let token = form_token(&shown);
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token.as_str())]).collect();
        let done = meera.post(&site, &format!("/t/acme{path}"), &fields).await;
        let (_, leaves) = CONSOLE.iter().find(|(known, _)| stands_for_done(path, known)).unwrap();
        let Line(word) = leaves else { panic!("{path} leaves a line") };
        assert_eq!(latest(&site, &acme).await.as_deref(), Some(*word), "{path}: {} {}", done.status, done.body);
    }
    let signed_in = meera.post(&site, "/sign-in", &[("email", "meera@acme.test"), ("password", PASSWORD)]).await;
    assert_eq!(signed_in.location, "/");
}

/// The page of an address, behind the redirects of those that lead on.
async fn follow(site: &Site, browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(site, path).await;
    if answer.location.is_empty() { answer.body } else { browser.get(site, &answer.location).await.body }
}

/// Whether a path below a tenant is that of a row.
fn stands_for_done(path: &str, row: &str) -> bool {
    let Some(row) = row.strip_prefix("/t/x") else { return false };
    let (path, row): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), row.split('/').collect());
    path.len() == row.len() && path.iter().zip(&row).all(|(one, other)| one == other || *other == "x")
}
