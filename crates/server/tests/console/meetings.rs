//! What is made of meetings, on the tab where their sign-in is, through the console's routes.

use crate::site::{Site, form_token};
use axum::http::StatusCode;
use connector_core::settings::appointments::Becomes;
use connector_core::settings::meetings::{Concerned, Show};
use connector_server::store::settings;

const TAB: &str = "/t/acme/configure/authentication";
const FORM: &str = "/t/acme/configure/authentication/meetings";

async fn in_force(site: &Site) -> connector_core::settings::Versioned {
    let tenant = connector_core::ids::TenantId::parse("acme").unwrap();
    let read = site.shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &tenant).await }));
    read.await.unwrap()
}

#[tokio::test]
async fn what_is_made_of_meetings_is_shown_chosen_and_saved() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, TAB).await.body;
    let token = form_token(&page);
    assert!(page.contains("value=\"attended\" selected") && page.contains("value=\"scheduled_or_guests\" selected"));
    assert!(page.contains("Told 30 minutes after the end"));
    let other_tab = browser.get(&site, "/t/acme/configure/webinar-settings").await.body;
    assert!(!other_tab.contains("id=\"meetings\""), "webinars have a tab of their own");
    let before = in_force(&site).await.version.to_string();
    let send = |show: &'static str| {
        vec![
            ("form_token", token.clone()),
            ("version", before.clone()),
            ("concerned", "scheduled".to_owned()),
            ("show", show.to_owned()),
            ("no_shows", "no".to_owned()),
            ("appointments", "yes".to_owned()),
            ("poll_minutes", if show == "often" { "1441" } else { "5" }.to_owned()),
        ]
    };
    for (show, expected) in [
        ("everything", StatusCode::BAD_REQUEST),
        ("often", StatusCode::BAD_REQUEST),
        ("joined_left", StatusCode::SEE_OTHER),
        // A form that was read before somebody else saved is refused.
        ("joined_left", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let fields = send(show);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(browser.post(&site, FORM, &fields).await.status, expected, "{show}");
    }
    let tasks = in_force(&site).await.settings.tasks;
    assert_eq!((tasks.become_meetings, tasks.poll_minutes), (Becomes::Meeting, 5));
    let saved = in_force(&site).await.settings.meetings;
    assert_eq!((saved.concerned, saved.show, saved.no_shows), (Concerned::Scheduled, Show::JoinedLeft, false));
    let page = browser.get(&site, TAB).await.body;
    assert!(page.contains("value=\"joined_left\" selected") && page.contains("value=\"scheduled\" selected"));
}
