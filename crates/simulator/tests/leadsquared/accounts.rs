//! Keys, forms, limits, faults, pages.

use super::*;

#[tokio::test]
async fn keys_open_their_own_account_only() {
    let world = World::new().await;
    let path = "LeadManagement.svc/Lead.Create";
    let body = attributes(&[("FirstName", "Asha")]);
    for keys in [
        ("", "", ""),
        ("", ACME.1, ""),
        ("", "", ACME.2),
        ("", "nobody", "nothing"),
        ("", ACME.1, OTHER.2),
        ("", OTHER.1, ACME.2),
        ("", ACME.2, ACME.1),
    ] {
        let response = world.try_post(keys, path, &body).await.unwrap();
        let answer = (response.status().as_u16(), response.json().await.unwrap());
        check_refused(answer, 401, "MXUnauthorizedRequestException");
    }
    assert!(world.try_post(OTHER, path, &body).await.unwrap().status().is_success());
    let leads = |org| world.crm.snapshot(org).unwrap().leads.len();
    assert_eq!((leads(ACME.0), leads(OTHER.0)), (0, 1));
    assert_eq!(world.crm.snapshot("unknown"), None);
    let url = world.at("/v2/Authentication.svc/UserByAccessKey.Get?accessKey=u%24racme&secretKey=acme-secret");
    assert_eq!(world.client.get(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn discovery_names_hosts_and_hides_the_address_in_the_pass_phrase() {
    let world = World::new().await;
    let (status, who) = world.get("Authentication.svc/UserByAccessKey.Get").await;
    assert_eq!(status, 200);
    assert_eq!((&who["PassPhrase"], &who["EmailAddress"]), (&json!("crm-bot@acme.example"), &Value::Null));
    assert_eq!((&who["OrgShortCode"], &who["TimeZone"]), (&json!("54321"), &json!("Asia/Kolkata")));
    let hosts = json!({ "api": "api-in21.leadsquared.com", "app": "in21.leadsquared.com" });
    assert_eq!(who["LSQCommonServiceURLs"], hosts);
    world.crm.set_switches(ACME.0, Switches { host: HostCheck::OwnOnly, ..Switches::default() });
    let refused = world.get("UserManagement.svc/Users.Get").await;
    assert!(refused.1["ExceptionMessage"].as_str().unwrap().contains("api-in21.leadsquared.com"));
    check_refused(refused, 401, "MXUnauthorizedRequestException");
    assert_eq!(world.get("Authentication.svc/UserByAccessKey.Get").await.0, 200);
}

#[tokio::test]
async fn the_form_of_a_call_is_checked() {
    let world = World::new().await;
    let url = world.at("/v2/LeadManagement.svc/Lead.Create");
    let keyed = || world.client.post(&url).header("x-LSQ-AccessKey", ACME.1).header("x-LSQ-SecretKey", ACME.2);
    let body = r#"[{"Attribute":"FirstName","Value":"Asha"}]"#;
    assert_eq!(keyed().body(body).send().await.unwrap().status(), 400);
    assert_eq!(keyed().body(body).header("content-type", "text/plain").send().await.unwrap().status(), 400);
    let json = || keyed().header("content-type", "application/json; charset=utf-8");
    assert_eq!(json().body("[{").send().await.unwrap().status(), 400);
    assert_eq!(json().body(body).send().await.unwrap().status(), 200);
    for path in ["/v2/Nothing.svc/Here", "/v2/", "/v2/LeadManagement.svc/Lead.Delete", "/v2/Task.svc/Create"] {
        assert_eq!(world.page(path).await.0, 404, "{path}");
    }
    assert_eq!(world.get("leadmanagement.svc/leads.getbyid?id=x").await, (200, json!([])));
}

#[tokio::test]
async fn calls_over_the_limit_are_refused_until_the_window_has_slid_on() {
    let world = World::new().await;
    for (account, status) in [(ACME, 429), (OTHER, 200)] {
        world.crm.set_limit(account.0, Some(Limit { calls: 2, bulk_calls: Some(1), window_s: 5 }));
        let send = async |call: &str, body: Value| {
            let path = format!("LeadManagement.svc/{call}");
            let response = world.try_post(account, &path, &body).await.unwrap();
            assert_eq!(response.headers().get("retry-after"), None);
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        };
        let single = async || send("Lead.Create", attributes(&[("FirstName", "A")])).await;
        let bulk = async || send("Lead/Bulk/Create", json!([attributes(&[("FirstName", "B")])])).await;
        let refused = |calls: u32| {
            let text = format!("API calls exceeded the limit of {calls} in 5 second(s)");
            let name = "MXAPIRateLimitExceededException";
            (status, json!({ "Status": "Error", "ExceptionType": name, "ExceptionMessage": text }))
        };
        assert_eq!(single().await.1["Status"], "Success");
        world.clock.advance(3000);
        assert_eq!(single().await.1["Status"], "Success");
        assert_eq!(single().await, refused(2));
        assert_eq!(bulk().await.1[0]["LeadCreated"], true);
        assert_eq!(bulk().await, refused(1));
        world.clock.advance(2000);
        assert_eq!(single().await.1["Status"], "Success");
        assert_eq!(single().await, refused(2));
        let counters = world.crm.counters(account.0);
        assert_eq!((counters.calls, counters.throttled), (7, 3));
        assert_eq!((counters.by_operation["Lead.Create"], counters.by_operation["Lead/Bulk/Create"]), (5, 2));
        assert_eq!(world.crm.snapshot(account.0).unwrap().leads.len(), 4);
    }
}

#[tokio::test]
async fn a_planned_fault_is_carried_out_once() {
    let world = World::new().await;
    let (path, name) = ("LeadManagement.svc/Lead.Capture", "Lead.Capture");
    let send = async || world.try_post(ACME, path, &attributes(&[("FirstName", "A")])).await;
    let leads = || world.crm.snapshot(ACME.0).unwrap().leads.len();
    let plan = |fault: Fault| world.crm.faults().plan(name, (0, 1), fault);

    plan(Fault::Reset);
    assert!(send().await.is_err());
    assert_eq!(leads(), 0);
    plan(Fault::ApplyThenReset);
    assert!(send().await.is_err());
    assert_eq!(leads(), 1);
    plan(Fault::ApplyThen500);
    let answer = send().await.unwrap();
    assert_eq!((answer.status().as_u16(), leads()), (500, 2));
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    plan(Fault::ApplyThenTruncate);
    let answer = send().await.unwrap();
    assert_eq!((answer.status().as_u16(), leads()), (200, 3));
    assert!(answer.text().await.is_err());
    plan(Fault::ApplyThenWait(30));
    let before = tokio::time::Instant::now();
    assert!(send().await.unwrap().status().is_success());
    assert!(before.elapsed().as_millis() >= 30);
    assert_eq!(leads(), 4);
    plan(Fault::Answer(503, "<html>busy".to_owned()));
    let answer = send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (503, "<html>busy"));
    plan(Fault::Throttle);
    let answer = send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.text().await.unwrap().contains("exceeded the limit of 25 in 5 second(s)"));
    assert_eq!((leads(), world.crm.counters(ACME.0).throttled), (4, 1));
    assert!(send().await.unwrap().status().is_success());
    assert_eq!(world.crm.counters(ACME.0).by_operation[name], 8);
}

#[tokio::test]
async fn a_deleted_lead_takes_its_activities_and_tasks_along() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    world.post(POST_ONE, activity(&lead, code, "m")).await;
    let about =
        json!({ "Name": "Call", "TaskType": { "Name": "Meeting" }, "RelatedEntity": 1, "RelatedEntityId": lead });
    world.post("Task.svc/Create", about).await;
    let counts = || {
        let snapshot = world.crm.snapshot(ACME.0).unwrap();
        (snapshot.leads.len(), snapshot.activities.len(), snapshot.tasks.len())
    };
    assert_eq!(counts(), (1, 1, 1));
    world.crm.delete_lead(ACME.0, &lead);
    assert_eq!(counts(), (0, 0, 0));
    check_refused(world.post(POST_ONE, activity(&lead, code, "m")).await, 500, NO_LEAD);
}

#[tokio::test]
async fn people_can_watch_an_account() {
    let world = World::new().await;
    let code = world.add_type("Zoom Webinar Joined").await;
    let hostile = "<script>alert(1)</script>";
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", hostile), ("EmailAddress", "asha@example.org")]);
    let mut posted = activity(&lead, code, hostile);
    posted["ActivityNote"] = json!(hostile);
    world.post(POST_ONE, posted).await;
    let mut task = json!({ "Name": hostile, "TaskType": { "Name": "Meeting" }, "Location": "javascript:alert(1)" });
    (task["RelatedEntity"], task["RelatedEntityId"]) = (json!(1), json!(lead));
    world.post("Task.svc/Create", task).await;
    let lead_page = format!("/crm/54321/lead/{lead}");
    for (path, wanted) in [
        ("/", "Account 99887"),
        ("/crm/54321", "asha@example.org"),
        ("/crm/54321/tasks", "Meeting"),
        (lead_page.as_str(), "1 Aug 2026, 15:30"),
    ] {
        let (status, html) = world.page(path).await;
        assert_eq!(status, 200, "{path}");
        assert!(html.contains(wanted) && html.contains("pretend LeadSquared"), "{path}: {html}");
        assert!(!html.contains("<script") && !html.contains("href=\"javascript:"), "{path}");
        assert_eq!(html.contains("http-equiv=\"refresh\""), path == "/crm/54321", "{path}");
    }
    let (_, html) = world.page(&lead_page).await;
    assert!(html.contains("Zoom Webinar Joined") && html.contains("Reference") && html.contains("Asia/Kolkata"));
    assert!(world.page("/crm/54321?q=ASHA%40").await.1.contains(&lead));
    assert!(world.page("/crm/54321?q=nobody").await.1.contains("No lead matches"));
    // The other account's pages do not show this one's lead.
    let foreign = format!("/crm/99887/lead/{lead}");
    for path in ["/crm/unknown", "/crm/99887/lead/x", "/LeadManagement/LeadDetails?LeadID=x", &foreign] {
        assert_eq!(world.page(path).await.0, 404, "{path}");
    }
    let details = world.at(&format!("/LeadManagement/LeadDetails?LeadID={lead}"));
    let response = world.client.get(details).send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"].to_str().unwrap(), lead_page);
}

#[tokio::test]
async fn ten_thousand_leads_with_their_activities_fit() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let add = |n: usize| world.crm.add_lead(ACME.0, &[("EmailAddress", &format!("p{n}@example.org"))]);
    let ids: Vec<String> = (0..10_000).map(add).collect();
    for leads in ids.chunks(25) {
        let rows: Value = leads.iter().map(|lead| activity(lead, code, "m")).collect();
        assert_eq!(world.post(POST_MANY, rows).await.0, 200);
    }
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().activities.len(), 10_000);
    let (_, found) = world.get("LeadManagement.svc/Leads.GetByEmailaddress?emailaddress=p9999@example.org").await;
    assert_eq!(found[0]["ProspectID"], json!(ids[9999]));
    let (_, html) = world.page("/crm/54321?page=200").await;
    assert!(html.contains("Page 200 of 200"));
    assert_eq!(html.matches("class=\"row\"").count(), 50);
}
