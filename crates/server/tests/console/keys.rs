//! Keys of the API on their pages: made and shown once, listed, ended; and nobody hands on more than they may do.

use super::site::{Answer, Browser, NOW_MS, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::TenantId;
use connector_server::api_keys;
use connector_server::config::OperatorsSee;
use connector_server::store::api_key::KeyRow;
use connector_server::store::audit;

async fn make(site: &Site, browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.get(site, path).await.body);
    browser.post(site, path, &[&[("form_token", token.as_str())], fields].concat()).await
}

async fn keys(site: &Site, tenant: Option<&TenantId>) -> Vec<KeyRow> {
    api_keys::list(&site.shared, tenant.cloned()).await.unwrap()
}

/// The deeds that stand in a log about keys.
async fn deeds(site: &Site, tenant: &TenantId) -> Vec<(String, String)> {
    let tenant = tenant.clone();
    let read = site.shared.store.read(move |unit| Box::pin(async move { audit::latest(unit, &tenant, 20).await }));
    let rows = read.await.unwrap().into_iter().filter(|row| row.action.starts_with("key."));
    rows.map(|row| (row.actor, row.detail)).collect()
}

/// The key that a page shows.
fn shown(page: &str) -> Option<&str> {
    page.split_once("value=\"zck_")?.1.split('"').next()
}

#[tokio::test]
async fn a_tenant_admin_makes_a_key_that_is_shown_once_and_ends_it_after_a_question() {
    let site = Site::open().await;
    let (acme, other) = (site.tenant("acme").await, site.tenant("other").await);
    let mut asha = site.admin_of("asha", &[&acme]).await;
    let fields = [("name", " reports "), ("read", "on"), ("write", "on"), ("last_day", "2026-08-31")];
    let made = make(&site, &mut asha, "/t/acme/keys", &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let key = shown(&made.body).unwrap().to_owned();
    let stored = keys(&site, Some(&acme)).await;
    assert_eq!(stored.len(), 1);
    let row = &stored[0];
    assert_eq!((row.name.as_str(), row.scopes.stored().as_str()), ("reports", "read write"));
    assert_eq!(row.made_by, "asha@admins.test");
    // Midnight after the last day, where the tenant is.
    assert_eq!(row.expires_ms, Some(1_788_201_000_000));
    assert!(keys(&site, Some(&other)).await.is_empty() && keys(&site, None).await.is_empty());
    let list = asha.get(&site, "/t/acme/keys").await.body;
    for said in ["reports", "read, write", "asha@admins.test", "never"] {
        assert!(list.contains(said), "{said}: {list}");
    }
    assert!(!list.contains(&key) && shown(&list).is_none(), "it is shown once");

    let end = format!("/t/acme/keys/{}/end", row.id());
    let asked = asha.get(&site, &end).await;
    assert!(asked.status == StatusCode::OK && asked.body.contains("End the key"), "{}", asked.body);
    assert_eq!(keys(&site, Some(&acme)).await.len(), 1, "a question ends nothing");
    let token = form_token(&asked.body);
    let ended = asha.post(&site, &end, &[("form_token", &token)]).await;
    assert_eq!(ended.location, "/t/acme/keys?done=key-ended");
    assert!(keys(&site, Some(&acme)).await.is_empty());
    assert_eq!(asha.post(&site, &end, &[("form_token", &token)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(asha.get(&site, &end).await.status, StatusCode::NOT_FOUND);
    let by = "asha@admins.test".to_owned();
    let expected =
        [(by.clone(), "API key reports ended".to_owned()), (by, "API key reports made: read write".to_owned())];
    assert_eq!(deeds(&site, &acme).await, expected);
}

#[tokio::test]
async fn a_key_that_cannot_be_made_is_refused_beside_its_field() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    let mut asha = site.admin_of("asha", &[&acme]).await;
    for (fields, why) in [
        (vec![("name", " "), ("read", "on")], "Give it a name"),
        (vec![("name", "a")], "Choose what it may do"),
        (vec![("name", "a"), ("read", "on"), ("last_day", "soon")], "This is no date"),
        (vec![("name", "a"), ("read", "on"), ("last_day", "2026-08-13")], "This day is over"),
    ] {
        let refused = make(&site, &mut asha, "/t/acme/keys", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(refused.body.contains(why) && shown(&refused.body).is_none(), "{why}: {}", refused.body);
    }
    assert!(keys(&site, Some(&acme)).await.is_empty() && deeds(&site, &acme).await.is_empty());
    for n in 0..50 {
        let name = format!("k{n}");
        assert_eq!(make(&site, &mut asha, "/t/acme/keys", &[("name", &name), ("read", "on")]).await.status, 200);
    }
    let full = make(&site, &mut asha, "/t/acme/keys", &[("name", "one more"), ("read", "on")]).await;
    assert!(full.status == 422 && full.body.contains("50 keys already"), "{}", full.body);
}

#[tokio::test]
async fn an_operator_makes_keys_for_every_tenant_and_a_tenants_page_ends_none_of_them() {
    let site = Site::open().await;
    let acme = site.tenant("acme").await;
    let mut meera = site.signed_in().await;
    let made = make(&site, &mut meera, "/keys", &[("name", "everywhere"), ("admin", "on")]).await;
    assert!(shown(&made.body).is_some(), "{}", made.body);
    let row = keys(&site, None).await.pop().unwrap();
    assert!(row.tenant.is_none() && row.created_ms == NOW_MS);
    let of_tenant = format!("/t/acme/keys/{}/end", row.id());
    assert_eq!(meera.get(&site, &of_tenant).await.status, StatusCode::NOT_FOUND);
    let token = form_token(&meera.get(&site, "/keys").await.body);
    assert_eq!(meera.post(&site, &of_tenant, &[("form_token", &token)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(keys(&site, None).await.len(), 1);
    let ended = meera.post(&site, &format!("/keys/{}/end", row.id()), &[("form_token", &token)]).await;
    assert_eq!(ended.location, "/keys?done=key-ended");
    assert!(keys(&site, None).await.is_empty() && keys(&site, Some(&acme)).await.is_empty());
}

#[tokio::test]
async fn an_operator_who_sees_people_masked_makes_no_key_that_sees_them() {
    let site = Site::open_where(OperatorsSee::Masked).await;
    let acme = site.tenant("acme").await;
    let mut meera = site.signed_in().await;
    let wanted = [("name", "curious"), ("read_personal", "on")];
    let token = form_token(&meera.get(&site, "/t/acme").await.body);
    // Being shown people for half an hour is no reason for a key that is shown them for good.
    let reason = [("form_token", token.as_str()), ("reason", "a complaint")];
    assert_eq!(meera.post(&site, "/t/acme/show-people", &reason).await.status, StatusCode::SEE_OTHER);
    for path in ["/t/acme/keys", "/keys"] {
        let refused = make(&site, &mut meera, path, &wanted).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(refused.body.contains("You cannot hand on"), "{path}: {}", refused.body);
        let made = make(&site, &mut meera, path, &[("name", "blunt"), ("read", "on"), ("admin", "on")]).await;
        assert!(shown(&made.body).is_some(), "{path}: {}", made.body);
    }
    let mut asha = site.admin_of("asha", &[&acme]).await;
    assert!(shown(&make(&site, &mut asha, "/t/acme/keys", &wanted).await.body).is_some(), "an admin sees people");
}
