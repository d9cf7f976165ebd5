//! Attendance on the tab of webinars, through the console's routes.

use crate::site::{Site, form_token};
use axum::http::StatusCode;
use connector_core::settings::{AttendanceTold, Threshold};
use connector_server::store::settings;

const TAB: &str = "/t/acme/configure/webinar-settings";
const FORM: &str = "/t/acme/configure/webinar-settings/attendance";

async fn version(site: &Site) -> connector_core::settings::Versioned {
    let tenant = connector_core::ids::TenantId::parse("acme").unwrap();
    let read = site.shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &tenant).await }));
    read.await.unwrap()
}

#[tokio::test]
async fn attendance_is_saved_and_each_wrong_number_is_refused_at_its_field() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, TAB).await.body;
    let token = form_token(&page);
    assert!(page.contains("id=\"attendance\""));
    let before = version(&site).await.version.to_string();
    let send = |threshold: &'static str, grace: &'static str| {
        vec![
            ("form_token", token.clone()),
            ("version", before.clone()),
            ("told", "one_activity".to_owned()),
            ("threshold", threshold.to_owned()),
            ("unit", "percent".to_owned()),
            ("read_after_end", "yes".to_owned()),
            ("grace_min", grace.to_owned()),
            ("no_shows", "no".to_owned()),
            ("recording_links", "yes".to_owned()),
            ("guests", "no".to_owned()),
        ]
    };
    for (threshold, grace, refused, fine) in [
        ("101", "30", "threshold-refusal", "grace_min-refusal"),
        ("50", "-1", "grace_min-refusal", "threshold-refusal"),
    ] {
        let fields = send(threshold, grace);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post(&site, FORM, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(&format!("id=\"{refused}\"")), "{threshold} {grace}");
        assert!(!answer.body.contains(&format!("id=\"{fine}\"")), "{threshold} {grace}");
        assert!(answer.body.contains("value=\"one_activity\" selected"), "what was chosen stays chosen");
    }
    assert_eq!(version(&site).await.version.to_string(), before, "nothing was saved");
    let fields = send("50", "10");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(&site, FORM, &fields).await.status, StatusCode::SEE_OTHER);
    let saved = version(&site).await.settings;
    assert_eq!(
        (saved.attendance.told, saved.attendance.threshold),
        (AttendanceTold::OneActivity, Threshold::Percent(50))
    );
    assert_eq!((saved.attendance.grace_min, saved.attendance.no_shows), (10, false));
    assert_eq!((saved.attendance.recording_links, saved.attendees_become_leads), (true, false));
    // A form that was read before somebody else saved is refused.
    assert_eq!(browser.post(&site, FORM, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn fetching_registrants_says_what_is_wrong_with_the_number_or_the_connection() {
    let site = Site::open().await;
    site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let page = browser.get(&site, "/t/acme/registrations").await.body;
    let token = form_token(&page);
    for (webinar, expected) in
        [("12", "fetch_number"), ("860 0000 0002", "fetch_unconnected"), ("", "fetch_unconnected")]
    {
        let fields = [("form_token", token.as_str()), ("webinar", webinar), ("wish", "w1")];
        let answer = browser.post(&site, "/t/acme/registrations/fetch", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let shown = browser.get(&site, &format!("/t/acme/registrations?done={expected}")).await.body;
        assert!(shown.contains("Nothing was asked for"), "{expected}");
        assert!(answer.location.ends_with(expected), "{webinar}");
    }
}
