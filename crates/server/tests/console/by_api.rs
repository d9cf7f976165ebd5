//! Whatever a form of the console does, a script does by the API: every route that takes a form, with the operations that do the same,
//! or the reason why there is none. The routes are read from the router's source, the operations from the API's description.

use super::access::served;
use super::site::Site;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use connector_server::doors;
use serde_json::Value;
use std::collections::BTreeSet;
use tower::ServiceExt;

/// How a script does what a form does.
#[derive(Debug, Clone, Copy)]
enum Script {
    /// By these operations, below `/api/v1`.
    By(&'static [(&'static str, &'static str)]),
    /// Not by the API, for this reason.
    Not(&'static str),
}

use Script::{By, Not};

/// Forms that save a part of the settings.
const SETTINGS: &[(&str, &str)] = &[("put", "/tenants/{tenant}/settings")];

/// Every route of the console that takes a form.
const ROWS: &[(&str, Script)] = &[
    (
        "/first-run/{token}",
        Not("the first account is made by a person in a browser, or by `user add` on the command line"),
    ),
    ("/sign-in", Not("a password is for people; a script has a key")),
    ("/sign-out", Not("it ends the session of a browser; a key has none")),
    ("/invited/{token}", Not("whoever is invited chooses a password in a browser")),
    ("/new-password/{token}", Not("a person chooses a password in a browser")),
    ("/account/password", Not("a person's own password")),
    ("/account/sessions/{id}/end", Not("a person's own browsers")),
    (
        "/access/invite",
        Not("a key reaches tenants, not the people of the whole console; `user invite` on the command line does"),
    ),
    (
        "/access/{person}/{act}",
        Not("a key reaches tenants, not the people of the whole console; `user remove`, `reset`, `end-sessions` do"),
    ),
    ("/keys", Not("keys that reach every tenant are made by operators, and by `user add-key` on the command line")),
    (
        "/keys/{id}/end",
        Not("keys that reach every tenant are ended by operators, and by `user end-key` on the command line"),
    ),
    ("/review/{token}", Not("an account manager signs in by a link")),
    ("/reviews/sign-out", Not("it ends the session of an account manager's browser")),
    ("/reviews/{tenant}/release", By(&[("post", "/tenants/{tenant}/migration")])),
    ("/tenants/new", By(&[("post", "/tenants")])),
    (
        "/connect/{token}",
        Not("a Zoom admin without an account follows a link to Zoom in a browser; the link is `makeSignInLink`'s"),
    ),
    ("/oauth/zoom/{app}/confirm", By(&[("post", "/tenants/{tenant}/connections/{app}/sign-in/confirm")])),
    ("/sales/{token}", Not("a sales user signs in by a link")),
    (
        "/t/{tenant}/sales",
        Not("a sales user asks for a link to the own address; an admin's script makes one with `makeSalesUserLink`"),
    ),
    ("/t/{tenant}/sales/sign-out", Not("it ends the session of a sales user's browser")),
    ("/t/{tenant}/access/invite", By(&[("post", "/tenants/{tenant}/access")])),
    ("/t/{tenant}/access/{person}/remove", By(&[("delete", "/tenants/{tenant}/access/{person}")])),
    ("/t/{tenant}/access/{person}/sign-out", By(&[("delete", "/tenants/{tenant}/access/{person}/sessions")])),
    ("/t/{tenant}/keys", By(&[("post", "/tenants/{tenant}/api-keys")])),
    ("/t/{tenant}/keys/{id}/end", By(&[("delete", "/tenants/{tenant}/api-keys/{id}")])),
    ("/t/{tenant}/show-people", Not("whether a key sees people is said by its scopes, for good")),
    ("/t/{tenant}/configure/webinar-settings/attendance", By(SETTINGS)),
    ("/t/{tenant}/configure/authentication/meetings", By(SETTINGS)),
    ("/t/{tenant}/configure/{tab}/sign-in", By(&[("post", "/tenants/{tenant}/connections/{app}/sign-in")])),
    ("/t/{tenant}/configure/{tab}/link", By(&[("post", "/tenants/{tenant}/connections/{app}/link")])),
    ("/t/{tenant}/configure/{tab}/stand-by", By(&[("post", "/tenants/{tenant}/connections/{app}/stand-by")])),
    ("/t/{tenant}/configure/{tab}/stand-by/end", By(&[("delete", "/tenants/{tenant}/connections/{app}/stand-by")])),
    ("/t/{tenant}/configure/{tab}/own-app", By(&[("post", "/tenants/{tenant}/connections/{app}/own-app")])),
    (
        "/t/{tenant}/configure/{tab}/own-app/secret-token",
        By(&[("put", "/tenants/{tenant}/connections/{app}/own-app/secret-token")]),
    ),
    ("/t/{tenant}/configure/{tab}/disconnect", By(&[("delete", "/tenants/{tenant}/connections/{app}")])),
    ("/t/{tenant}/alerts/removal", By(&[("put", "/tenants/{tenant}/removals/choice")])),
    ("/t/{tenant}/alerts/addresses", By(&[("post", "/tenants/{tenant}/alerts/addresses")])),
    ("/t/{tenant}/alerts/addresses/{id}/remove", By(&[("delete", "/tenants/{tenant}/alerts/addresses/{id}")])),
    ("/t/{tenant}/alerts/addresses/{id}/secret", By(&[("post", "/tenants/{tenant}/alerts/addresses/{id}/secret")])),
    ("/t/{tenant}/alerts/test", By(&[("post", "/tenants/{tenant}/alerts/test")])),
    ("/t/{tenant}/sharing/accept", By(&[("post", "/tenants/{tenant}/shares/accept")])),
    ("/t/{tenant}/sharing/{app}/offer", By(&[("post", "/tenants/{tenant}/connections/{app}/shares")])),
    ("/t/{tenant}/sharing/{app}/leave", By(&[("delete", "/tenants/{tenant}/connections/{app}/guest")])),
    ("/t/{tenant}/sharing/{app}/{id}/end", By(&[("delete", "/tenants/{tenant}/connections/{app}/shares/{id}")])),
    ("/t/{tenant}/leadsquared/keys", By(&[("put", "/tenants/{tenant}/keys")])),
    ("/t/{tenant}/leadsquared/types", By(&[("post", "/tenants/{tenant}/set-up")])),
    ("/t/{tenant}/leadsquared/actions", By(&[("post", "/tenants/{tenant}/leadsquared/secret")])),
    ("/t/{tenant}/registrations", By(SETTINGS)),
    ("/t/{tenant}/registrations/preview", By(&[("post", "/tenants/{tenant}/settings/preview")])),
    ("/t/{tenant}/registrations/rehearsal", By(&[("post", "/tenants/{tenant}/settings/rehearsal")])),
    ("/t/{tenant}/registrations/fields", By(&[("get", "/tenants/{tenant}/lead-fields")])),
    ("/t/{tenant}/registrations/fetch", By(&[("post", "/tenants/{tenant}/registrants")])),
    ("/t/{tenant}/migration/old-app", By(&[("put", "/tenants/{tenant}/migration/old-app")])),
    ("/t/{tenant}/migration/invite", By(&[("post", "/tenants/{tenant}/migration/invite")])),
    (
        "/t/{tenant}/migration/{act}",
        By(&[("post", "/tenants/{tenant}/migration"), ("delete", "/tenants/{tenant}/migration/old-app")]),
    ),
    ("/t/{tenant}/versions/{version}", By(&[("post", "/tenants/{tenant}/settings/versions/{version}/restore")])),
    ("/t/{tenant}/rules/change", By(SETTINGS)),
    ("/t/{tenant}/rules/days", By(SETTINGS)),
    ("/t/{tenant}/rules/{part}/{place}", By(SETTINGS)),
    ("/t/{tenant}/issues/read", By(&[("post", "/tenants/{tenant}/issues/read")])),
    ("/t/{tenant}/issues/mute", By(&[("post", "/tenants/{tenant}/issues/mute")])),
    ("/t/{tenant}/issues/unmute", By(&[("post", "/tenants/{tenant}/issues/mute")])),
    ("/t/{tenant}/journal/{id}/replay", By(&[("post", "/tenants/{tenant}/journal/{id}/replay")])),
    ("/t/{tenant}/deliveries/replay", By(&[("post", "/tenants/{tenant}/deliveries/replay")])),
    ("/t/{tenant}/deliveries/{id}/replay", By(&[("post", "/tenants/{tenant}/deliveries/{id}/replay")])),
    ("/t/{tenant}/people/{id}", By(&[("post", "/tenants/{tenant}/people/{id}")])),
    ("/t/{tenant}/schedule", By(&[("post", "/tenants/{tenant}/meetings")])),
    (
        "/t/{tenant}/schedule/{wish}/change/{act}",
        By(&[("patch", "/tenants/{tenant}/meetings/{wish}"), ("delete", "/tenants/{tenant}/meetings/{wish}")]),
    ),
    ("/t/{tenant}/sales-users/host", By(SETTINGS)),
    ("/t/{tenant}/sales-users/link", By(&[("post", "/tenants/{tenant}/sales-users/links")])),
    ("/t/{tenant}/sales-users/end", By(&[("delete", "/tenants/{tenant}/sales-users/{email}")])),
    ("/t/{tenant}/add-leads", By(&[("post", "/tenants/{tenant}/webinars/{webinar}/leads")])),
];

/// The API's description, as anybody reads it.
async fn description(site: &Site) -> Value {
    let request = Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap();
    let response = doors::router(&site.shared).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_slice(&to_bytes(response.into_body(), 4_000_000).await.unwrap()).unwrap()
}

#[test]
fn every_form_says_how_a_script_does_the_same() {
    let posts: BTreeSet<String> =
        served().into_iter().filter(|(method, _)| method == "POST").map(|(_, path)| path).collect();
    assert!(posts.len() > 60, "{posts:?}");
    let rows: BTreeSet<String> = ROWS.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a route has one row");
    let without: Vec<&String> = posts.difference(&rows).collect();
    assert!(without.is_empty(), "say how a script does what these forms do: {without:?}");
    let nowhere: Vec<&String> = rows.difference(&posts).collect();
    assert!(nowhere.is_empty(), "these take no form: {nowhere:?}");
}

#[tokio::test]
async fn every_operation_that_stands_for_a_form_is_described() {
    let description = description(&Site::open().await).await;
    for (form, script) in ROWS {
        match script {
            By(operations) => {
                assert!(!operations.is_empty(), "{form}: name the operation, or why there is none");
                for (method, path) in *operations {
                    let operation = &description["paths"][format!("/api/v1{path}")][method];
                    assert!(operation["operationId"].is_string(), "{form}: the API has no {method} {path}");
                }
            }
            Not(why) => assert!(why.split(' ').count() > 2, "{form}: say why"),
        }
    }
}
