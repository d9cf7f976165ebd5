//! The pages of rules: writing one, being told what is wrong with it and where, moving and switching, days and zone.

use crate::site::{Answer, Browser, Site, form_token};
use axum::http::StatusCode;
use connector_core::ids::TenantId;
use connector_core::rules::due::{Due, TimeOfDay, Weekday};
use connector_core::rules::task::{Happened, Owner};
use connector_core::settings::Versioned;
use connector_server::store::settings;

async fn stored(site: &Site, tenant: &TenantId) -> Versioned {
    let tenant = tenant.clone();
    site.shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &tenant).await })).await.unwrap()
}

/// Sends a form of the page at `path`, with its token and the version that it shows.
async fn send(site: &Site, browser: &mut Browser, (path, to): (&str, &str), fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(site, path).await.body;
    let token = form_token(&page);
    let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut all = vec![("form_token", token.as_str()), ("version", version)];
    all.extend(fields);
    browser.post(site, to, &all).await
}

const CALL: [(&str, &str); 10] = [
    ("name", "Call no-shows"),
    ("when", "no_show"),
    ("subject", "Call {name}"),
    ("task_type", "Phone Call"),
    ("due", "1"),
    ("due_kind", "working_day"),
    ("due_time", "10:00"),
    ("owner", "fixed"),
    ("owner_email", "rep@acme.test"),
    ("reminder_min", "15"),
];

#[tokio::test]
async fn a_rule_is_written_moved_switched_and_removed() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let new = "/t/acme/rules/tasks/new";
    let mut fields = CALL.to_vec();
    fields.push(("condition", "registered && domain != 'acme.test'"));
    let saved = send(&site, &mut browser, (new, new), &fields).await;
    assert_eq!((saved.status, saved.location.as_str()), (StatusCode::SEE_OTHER, "/t/acme/rules?done=rule-saved"));
    let rule = stored(&site, &tenant).await.settings.rules[1].clone();
    assert_eq!((rule.name.as_str(), rule.when, rule.reminder_min), ("Call no-shows", Happened::NoShow, Some(15)));
    assert_eq!(rule.due, Due::WorkingDay { days: 1, at: TimeOfDay::parse("10:00").unwrap() });
    assert!(matches!(&rule.owner, Owner::Fixed { email } if email.as_str() == "rep@acme.test"));
    assert!(!rule.id.is_empty(), "a rule keeps its tasks when it gets another name");
    let page = browser.get(&site, "/t/acme/rules").await.body;
    assert!(page.contains("1 working days later, at 10:00") && page.contains("somebody did not come"), "{page}");

    let change = async |browser: &mut Browser, place: &str, change: &str| {
        let fields = [("part", "tasks"), ("place", place), ("change", change)];
        send(&site, browser, ("/t/acme/rules", "/t/acme/rules/change"), &fields).await.status
    };
    for (place, what) in [("1", "up"), ("0", "off"), ("1", "remove")] {
        assert_eq!(change(&mut browser, place, what).await, StatusCode::SEE_OTHER, "{what}");
    }
    let [left] = stored(&site, &tenant).await.settings.rules.try_into().unwrap();
    assert_eq!((left.key(), left.on), (rule.id.as_str(), false));
    assert_eq!(change(&mut browser, "0", "down").await, StatusCode::BAD_REQUEST);
    // A rule that is opened and saved stays what it was.
    let again = send(&site, &mut browser, ("/t/acme/rules/tasks/0", "/t/acme/rules/tasks/0"), &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(stored(&site, &tenant).await.settings.rules, [left]);
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_said_and_marked_where_it_stands() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let new = "/t/acme/rules/tasks/new";
    let mut fields = CALL.to_vec();
    fields.push(("condition", "registered &&\r\n  attendet > 5"));
    let refused = send(&site, &mut browser, (new, new), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for holds in
        ["“attendet” is not known", "line 2, column 3", "<mark>attendet ", "Call no-shows", "id=\"condition-refusal\""]
    {
        assert!(refused.body.contains(holds), "{holds}: {}", refused.body);
    }
    let fields: Vec<(&str, &str)> = CALL
        .into_iter()
        .map(|(name, value)| match name {
            "due" => (name, "soon"),
            "owner_email" => (name, "nobody"),
            _ => (name, value),
        })
        .collect();
    let refused = send(&site, &mut browser, (new, new), &fields).await;
    assert!(refused.body.contains("This is not a number.") && refused.body.contains("not an e-mail address"));
    let filter = "/t/acme/rules/filters/new";
    let refused = send(&site, &mut browser, (filter, filter), &[("name", "A"), ("condition", "lead.x == ''")]).await;
    assert!(refused.body.contains("“lead” can only be asked in a task"), "{}", refused.body);
    let computed = "/t/acme/rules/fields/new";
    let taken = [("of", "lead"), ("field", "EmailAddress"), ("value", "email")];
    let refused = send(&site, &mut browser, (computed, computed), &taken).await;
    assert!(
        refused.body.contains("The connector fills this field itself")
            || refused.body.contains("the connector fills this field itself")
    );
    assert_eq!(stored(&site, &tenant).await.version, 0, "nothing was saved");
    // Somebody else was faster.
    let right = [("name", "A"), ("condition", "domain == 'a.test'")];
    let page = browser.get(&site, filter).await.body;
    let token = form_token(&page);
    let late = [("form_token", token.as_str()), ("version", "7"), right[0], right[1]];
    let refused = browser.post(&site, filter, &late).await;
    assert!(refused.body.contains("Somebody else changed the settings meanwhile"), "{}", refused.body);
}

#[tokio::test]
async fn days_and_zone_are_chosen() {
    let site = Site::open().await;
    let tenant = site.tenant("acme").await;
    let mut browser = site.signed_in().await;
    let to = ("/t/acme/rules", "/t/acme/rules/days");
    let saved = send(&site, &mut browser, to, &[("zone", "Asia/Dubai"), ("sunday", "on"), ("monday", "on")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let now = stored(&site, &tenant).await.settings;
    assert_eq!(now.time_zone.as_deref(), Some("Asia/Dubai"));
    assert_eq!(now.working_days, [Weekday::Monday, Weekday::Sunday]);
    let refused = send(&site, &mut browser, to, &[("zone", "Mars/Olympus"), ("sunday", "on")]).await;
    assert!(refused.body.contains("is no time zone"), "{}", refused.body);
    let refused = send(&site, &mut browser, to, &[("zone", "UTC")]).await;
    assert!(refused.body.contains("at least one day is a working day"), "{}", refused.body);
}
