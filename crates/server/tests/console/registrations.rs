//! The page of registrations and the versions of the settings, through the console's routes.

use crate::site::{Answer, Browser, Site, form_token};
use axum::http::StatusCode;
use connector_core::settings::mapping::FieldPolicy;
use connector_core::settings::{Settings, Versioned};
use connector_server::store::settings;

pub const PAGE: &str = "/t/acme/registrations";

/// The fields of the form as a browser would send them back: every input, choice and text of the page.
fn filled(page: &str) -> Vec<(String, String)> {
    let (_, form) = page.split_once(&format!("action=\"{PAGE}\"")).unwrap();
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.replace("&#38;", "&"))
    };
    let mut fields = Vec::new();
    for part in form.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let name = attribute(tag, "name").unwrap_or_default();
        if tag.starts_with("input") {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        } else if tag.starts_with("textarea") {
            fields.push((name, text.to_owned()));
        } else if tag.starts_with("select") {
            fields.push((name, String::new()));
        } else if let (true, Some((_, value))) =
            (tag.starts_with("option") && tag.contains(" selected"), fields.last_mut())
        {
            *value = attribute(tag, "value").unwrap_or_default();
        }
    }
    fields
}

pub async fn send(browser: &mut Browser, site: &Site, page: &str, to: &str, changes: &[(&str, &str)]) -> Answer {
    let mut fields = filled(page);
    for (name, value) in changes {
        let field = fields.iter_mut().find(|(known, _)| known == name).unwrap();
        (*value).clone_into(&mut field.1);
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(site, to, &fields).await
}

async fn in_force(site: &Site) -> Versioned {
    let tenant = connector_core::ids::TenantId::parse("acme").unwrap();
    let read = site.shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &tenant).await }));
    read.await.unwrap()
}

#[tokio::test]
async fn what_the_form_says_is_saved_once_and_a_stale_form_is_refused() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, PAGE).await.body;
    for holds in ["could not be read from LeadSquared", "No registration has been recorded yet", "value=\"JobTitle\""] {
        assert!(page.contains(holds), "{holds}: {page}");
    }
    let unchanged = send(&mut browser, &site, &page, PAGE, &[]).await;
    assert_eq!(unchanged.location, format!("{PAGE}?done=settings"), "{}", unchanged.body);
    assert_eq!(in_force(&site).await.settings, Settings::default(), "a form that nobody changed changes nothing");

    let page = browser.get(&site, PAGE).await.body;
    let changes = [("s0.policy", "if_blank"), ("lead_source", "Web & more"), ("staff", "Acme.test\r\na@b.test")];
    let saved = send(&mut browser, &site, &page, PAGE, &changes).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let stored = in_force(&site).await;
    assert_eq!((stored.version, stored.settings.lead_source.as_str()), (2, "Web & more"));
    assert_eq!(stored.settings.registration_fields["first_name"].policy, Some(FieldPolicy::IfBlank));
    assert_eq!(stored.settings.staff, ["acme.test", "a@b.test"]);

    let stale = send(&mut browser, &site, &page, PAGE, &[("lead_source", "Other")]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.body.contains("changed the settings meanwhile") && stale.body.contains("value=\"Other\""));
    let page = browser.get(&site, PAGE).await.body;
    let wrong = send(&mut browser, &site, &page, PAGE, &[("hosts", "nobody")]).await;
    assert!(wrong.body.contains("has no “=” between two names"), "{}", wrong.body);
    // A new mapping needs the account's fields, which cannot be had here.
    let new = send(&mut browser, &site, &page, PAGE, &[("q0.title", "Budget?"), ("q0.lead", "mx_Budget")]).await;
    assert_eq!(new.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", new.body);
    assert_eq!(in_force(&site).await.version, 2);
    let tokenless = browser.post(&site, PAGE, &[("version", "2")]).await;
    assert_eq!(tokenless.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn versions_are_listed_compared_and_brought_back() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    assert!(browser.get(&site, "/t/acme/versions").await.body.contains("the defaults are in force"));
    for source in ["Web", "Fair"] {
        let page = browser.get(&site, PAGE).await.body;
        send(&mut browser, &site, &page, PAGE, &[("lead_source", source)]).await;
    }
    let list = browser.get(&site, "/t/acme/versions").await.body;
    assert!(list.contains("href=\"/t/acme/versions/1\"") && list.contains("meera@acme.test"), "{list}");
    let one = browser.get(&site, "/t/acme/versions/1").await.body;
    for holds in
        ["lead source: “Zoom Webinar” became “Web”", "lead source: “Fair” became “Web”", "It becomes version 3"]
    {
        assert!(one.contains(holds), "{holds}: {one}");
    }
    let form = [("form_token", form_token(&one)), ("version", "2".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let back = browser.post(&site, "/t/acme/versions/1", &form).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    assert_eq!((in_force(&site).await.version, in_force(&site).await.settings.lead_source.as_str()), (3, "Web"));
    let again = browser.post(&site, "/t/acme/versions/2", &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "version 2 is no longer in force");
    for nowhere in ["/t/acme/versions/9", "/t/acme/versions/0", "/t/acme/versions/x"] {
        assert_eq!(browser.get(&site, nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}
