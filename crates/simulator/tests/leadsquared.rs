//! The pretend LeadSquared over HTTP: shapes, rules, limits, faults and pages (leadsquared.md § 2, § 3, § 8).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use connector_simulator::clock::Clock;
use connector_simulator::fault::Fault;
use connector_simulator::leadsquared::{
    CaptureId, HostCheck, LeadSquared, Limit, NewAccount, OffsetMeans, Switches, TaskOwner, Throttle, TypeCode,
    UserStatus,
};
use connector_simulator::serve::{Served, serve};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// Org, access key and secret key.
type Keys = (&'static str, &'static str, &'static str);

/// 2026-08-01 10:02:11 UTC.
const NOW_MS: i64 = 1_785_578_531_000;
const ACME: Keys = ("54321", "u$racme", "acme-secret");
const OTHER: Keys = ("99887", "u$rother", "other-secret");

const BAD_INPUT: &str = "MXInvalidInputException";
const BAD_FIELDS: &str = "MXInvalidActivityFieldsException";
const DUPLICATE: &str = "MXDuplicateEntryException";
const MISSING: &str = "MXMandatoryAttributeMissingException";
const NO_LEAD: &str = "MXInvalidEntityException";

const POST_ONE: &str = "ProspectActivity.svc/Create";
const POST_MANY: &str = "ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId";

struct World {
    crm: LeadSquared,
    clock: Clock,
    served: Served,
    client: Client,
}

fn account((org, access_key, secret_key): Keys, throttle: Throttle) -> NewAccount {
    NewAccount {
        org: org.to_owned(),
        name: "Acme Academy".to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        user_email: "crm-bot@acme.example".to_owned(),
        time_zone: "Asia/Kolkata".to_owned(),
        limit: None,
        throttle,
        api_host: "api-in21.leadsquared.com".to_owned(),
        app_host: "in21.leadsquared.com".to_owned(),
    }
}

impl World {
    async fn new() -> Self {
        // A second test in this process finds a provider there already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Clock::set_at(NOW_MS);
        let crm = LeadSquared::new(clock.clone(), 7);
        crm.add_account(account(ACME, Throttle::Status429));
        crm.add_account(account(OTHER, Throttle::Status200));
        let served = serve(crm.router(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { crm, clock, served, client }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.served.url())
    }

    async fn try_post(&self, (_, access, secret): Keys, path: &str, body: &Value) -> reqwest::Result<Response> {
        let call = self.client.post(self.at(&format!("/v2/{path}")));
        call.header("x-LSQ-AccessKey", access).header("x-LSQ-SecretKey", secret).json(body).send().await
    }

    /// Posts as Acme; status and JSON.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.try_post(ACME, path, &body).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Gets as Acme; status and JSON.
    async fn get(&self, path: &str) -> (u16, Value) {
        let call = self.client.get(self.at(&format!("/v2/{path}")));
        let response = call.header("x-LSQ-AccessKey", ACME.1).header("x-LSQ-SecretKey", ACME.2).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn page(&self, path: &str) -> (u16, String) {
        let response = self.client.get(self.at(path)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// A type with a text and a number, worth five points; its code.
    async fn add_type(&self, name: &str) -> i64 {
        let fields = json!([
            { "SchemaName": "mx_Custom_1", "DisplayName": "Reference", "Value": null, "DataType": "String" },
            { "SchemaName": "mx_Custom_2", "DisplayName": "Minutes", "Value": null, "DataType": "Number" },
        ]);
        let body = json!({ "ActivityEventName": name, "Score": 5, "Direction": 0, "Fields": fields });
        let (status, answer) = self.post("ProspectActivity.svc/CreateType", body).await;
        assert_eq!(status, 200, "{answer}");
        answer["Message"]["Id"].as_str().unwrap().parse().unwrap()
    }
}

fn attributes(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|(name, value)| json!({ "Attribute": name, "Value": value })).collect()
}

fn activity(lead: &str, code: i64, marker: &str) -> Value {
    json!({
        "RelatedProspectId": lead, "ActivityEvent": code, "ActivityNote": "Joined",
        "ActivityDateTime": "2026-08-01 10:00:00", "Fields": [{ "SchemaName": "mx_Custom_1", "Value": marker }],
    })
}

#[track_caller]
fn check_refused((status, answer): (u16, Value), expected: u16, exception: &str) {
    assert_eq!((status, answer["ExceptionType"].as_str()), (expected, Some(exception)), "{answer}");
    assert_eq!(answer["Status"], "Error");
    assert!(!answer["ExceptionMessage"].as_str().unwrap().is_empty());
}

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
async fn a_lead_is_text_or_null_and_is_found_by_its_unique_values() {
    let world = World::new().await;
    let named = [("EmailAddress", "Asha@Example.org"), ("FirstName", "Asha")];
    let fields = [named[0], named[1], ("Phone", "+91-9000000001"), ("mx_City", "")];
    let (status, answer) = world.post("LeadManagement.svc/Lead.Create", attributes(&fields)).await;
    assert_eq!((status, &answer["Status"]), (200, &json!("Success")));
    let id = answer["Message"]["Id"].as_str().unwrap();
    for query in [
        format!("Leads.GetById?id={id}"),
        "Leads.GetByEmailaddress?emailaddress=asha%40example.ORG".to_owned(),
        "Leads.GetByEmailAddress?emailAddress=asha%40example.org".to_owned(),
        "RetrieveLeadByPhoneNumber?phone=9000000001".to_owned(),
        "RetrieveLeadByPhoneNumber?phone=919000000001".to_owned(),
    ] {
        let (_, found) = world.get(&format!("LeadManagement.svc/{query}")).await;
        assert_eq!(found[0]["ProspectID"], id, "{query}");
        let lead = found[0].as_object().unwrap();
        assert!(lead.values().all(|value| value.is_string() || value.is_null()), "{lead:?}");
        assert_eq!((&lead["Score"], &lead["mx_City"]), (&json!("0"), &Value::Null));
        assert_eq!(lead["CreatedOn"], "2026-08-01 10:02:11.000");
    }
    let misnamed = "Leads.GetByEmailaddress?email=asha%40example.org";
    for query in [misnamed, "Leads.GetById?id=4a1d", "RetrieveLeadByPhoneNumber?phone=1"] {
        assert_eq!(world.get(&format!("LeadManagement.svc/{query}")).await, (200, json!([])), "{query}");
    }
}

#[tokio::test]
async fn a_unique_value_belongs_to_one_lead() {
    let world = World::new().await;
    let add = |fields: &[(&str, &str)]| world.crm.add_lead(ACME.0, fields);
    let asha = add(&[("EmailAddress", "asha@example.org"), ("Phone", "+91-9000000001")]);
    let ravi = add(&[("EmailAddress", "ravi@example.org")]);
    assert_eq!(add(&[("EmailAddress", "RAVI@example.org")]), "");
    let update = |lead: &str| format!("LeadManagement.svc/Lead.Update?leadId={lead}");
    for fields in [[("EmailAddress", "ASHA@example.org")], [("Phone", "919000000001")]] {
        check_refused(world.post("LeadManagement.svc/Lead.Create", attributes(&fields)).await, 500, DUPLICATE);
        check_refused(world.post(&update(&ravi), attributes(&fields)).await, 500, DUPLICATE);
    }
    let both = [("EmailAddress", "ravi@example.org"), ("Phone", "+91 90000 00001"), ("SearchBy", "Phone")];
    check_refused(world.post("LeadManagement.svc/Lead.CreateOrUpdate", attributes(&both)).await, 500, DUPLICATE);
    let (status, answer) = world.post(&update(&asha), attributes(&[("EmailAddress", "new@example.org")])).await;
    assert_eq!((status, answer), (200, json!({ "Status": "Success", "Message": { "AffectedRows": 1 } })));
    assert_ne!(add(&[("EmailAddress", "asha@example.org")]), "");
    world.crm.delete_lead(ACME.0, &ravi);
    assert_ne!(add(&[("EmailAddress", "ravi@example.org")]), "");
    check_refused(world.post(&update(&ravi), attributes(&[("FirstName", "R")])).await, 500, NO_LEAD);
}

#[tokio::test]
async fn what_a_lead_lacks_is_named() {
    let world = World::new().await;
    let lead = |call: &str| format!("LeadManagement.svc/{call}");
    check_refused(world.post(&lead("Lead.Create"), attributes(&[("Company", "Acme")])).await, 500, MISSING);
    check_refused(world.post(&lead("Lead.Update"), attributes(&[("FirstName", "A")])).await, 500, MISSING);
    let unknown = attributes(&[("FirstName", "A"), ("mx_Webinar", "x")]);
    check_refused(world.post(&lead("Lead.Create"), unknown.clone()).await, 500, "MXUnknownAttributeException");
    world.crm.add_lead_field(ACME.0, "mx_Webinar");
    assert_eq!(world.post(&lead("Lead.Create"), unknown).await.0, 200);
    let (_, all) = world.get("LeadManagement.svc/LeadsMetaData.Get?excludeOptionSets=1").await;
    let has = |name: &str| all.as_array().unwrap().iter().any(|row| row["SchemaName"] == name);
    assert!(has("EmailAddress") && has("mx_Webinar") && all[0].get("Options").is_none());
    let (_, one) = world.get("LeadManagement.svc/LeadsMetaData.Get?schemaName=Source").await;
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert!(one[0]["Options"][0]["Value"].is_string());
}

#[tokio::test]
async fn an_upsert_finds_by_mail_then_by_phone_and_does_not_say_whether_it_created() {
    let world = World::new().await;
    let upsert = async |fields: &[(&str, &str)]| {
        let (status, answer) = world.post("LeadManagement.svc/Lead.CreateOrUpdate", attributes(fields)).await;
        assert_eq!((status, &answer["Message"]["AffectedRows"]), (200, &json!(1)), "{answer}");
        assert_eq!(answer["Message"].as_object().unwrap().len(), 2);
        answer["Message"]["Id"].as_str().unwrap().to_owned()
    };
    let first = upsert(&[("EmailAddress", "asha@example.org"), ("Phone", "9000000001")]).await;
    assert_eq!(upsert(&[("EmailAddress", "ASHA@example.org"), ("FirstName", "Asha")]).await, first);
    assert_eq!(upsert(&[("Phone", "90000-00001"), ("LastName", "Rao")]).await, first);
    assert_ne!(upsert(&[("EmailAddress", "b@example.org"), ("SearchBy", "EmailAddress")]).await, first);
    let body = attributes(&[("EmailAddress", "b@example.org"), ("SearchBy", "Company"), ("Company", "x")]);
    check_refused(world.post("LeadManagement.svc/Lead.CreateOrUpdate", body).await, 500, BAD_INPUT);
    let leads = world.crm.snapshot(ACME.0).unwrap().leads;
    assert_eq!(leads.len(), 2);
    assert_eq!((leads[0].fields["FirstName"].as_str(), leads[0].fields["LastName"].as_str()), ("Asha", "Rao"));
}

#[tokio::test]
async fn a_capture_treats_what_is_there_as_its_behaviour_says() {
    for (behaviour, expected) in [
        ("?LeadUpdateBehavior=DoNotUpdate", ["Asha", "", "111", "Referral"]),
        ("?LeadUpdateBehavior=UpdateOnlyEmptyFields", ["Asha", "Pune", "111", "Referral"]),
        ("?LeadUpdateBehavior=DoNotUpdateUniqueFields", ["Usha", "Pune", "111", "Referral"]),
        ("", ["Usha", "Pune", "222", "Referral"]),
    ] {
        let world = World::new().await;
        let email = ("EmailAddress", "a@example.org");
        let before = [email, ("FirstName", "Asha"), ("Phone", "111"), ("Source", "Referral")];
        let id = world.crm.add_lead(ACME.0, &before);
        let after = [email, ("FirstName", "Usha"), ("Phone", "222"), ("mx_City", "Pune"), ("Source", "Zoom")];
        let path = format!("LeadManagement.svc/Lead.Capture{behaviour}");
        let (_, answer) = world.post(&path, attributes(&after)).await;
        assert_eq!((&answer["Message"]["RelatedId"], &answer["Message"]["IsCreated"]), (&json!(id), &json!(false)));
        let leads = world.crm.snapshot(ACME.0).unwrap().leads;
        let value = |name: &str| leads[0].fields.get(name).map_or("", String::as_str);
        assert_eq!(["FirstName", "mx_City", "Phone", "Source"].map(value), expected, "{behaviour}");
    }
}

#[tokio::test]
async fn a_capture_matches_by_id_then_mail_then_phone() {
    let world = World::new().await;
    let capture = async |fields: &[(&str, &str)]| {
        let (_, answer) = world.post("LeadManagement.svc/Lead.Capture", attributes(fields)).await;
        let message = answer["Message"].clone();
        assert_ne!(message["Id"], message["RelatedId"], "{answer}");
        (message["RelatedId"].as_str().unwrap().to_owned(), message["IsCreated"].as_bool().unwrap())
    };
    let (first, created) = capture(&[("EmailAddress", "a@example.org"), ("Phone", "111")]).await;
    assert!(created);
    assert_eq!(capture(&[("Phone", "111")]).await, (first.clone(), false));
    assert_eq!(capture(&[("ProspectId", &first), ("FirstName", "A")]).await, (first.clone(), false));
    let (second, created) = capture(&[("ProspectId", &first), ("EmailAddress", "b@example.org")]).await;
    assert!(created && second != first);
    let visitor = "0b6c1f52-0000-4000-8000-000000000001";
    assert_eq!(capture(&[("ProspectId", visitor), ("FirstName", "V")]).await, (visitor.to_owned(), true));
    assert!(capture(&[("FirstName", "Nobody")]).await.1);
    world.crm.set_switches(ACME.0, Switches { capture_id: CaptureId::Id, ..Switches::default() });
    let (_, answer) = world.post("LeadManagement.svc/Lead.Capture", attributes(&[("Phone", "111")])).await;
    assert_eq!(answer["Message"]["Id"], json!(first));
    let path = "LeadManagement.svc/Lead.Capture?LeadUpdateBehavior=Whatever";
    check_refused(world.post(path, attributes(&[("Phone", "1")])).await, 500, BAD_INPUT);
}

#[tokio::test]
async fn each_row_of_bulk_leads_stands_for_itself() {
    let world = World::new().await;
    world.crm.add_lead(ACME.0, &[("EmailAddress", "a@example.org"), ("Phone", "111")]);
    let row = |email: &str, phone: &str| {
        attributes(&[("EmailAddress", email), ("Phone", phone), ("SearchBy", "EmailAddress")])
    };
    let same = [row("A@example.org", "222"), row("b@example.org", "222"), row("b@example.org", "333"), row("", "1")];
    let (status, answer) = world.post("LeadManagement.svc/Lead/Bulk/CreateOrUpdate", json!(same)).await;
    assert_eq!(status, 200);
    let numbers: Vec<_> = answer.as_array().unwrap().iter().map(|row| row["RowNumber"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!((&answer[0]["LeadCreated"], &answer[0]["LeadUpdated"]), (&json!(false), &json!(true)));
    assert_eq!(answer[1]["ExceptionType"], DUPLICATE);
    assert_eq!((&answer[2]["LeadCreated"], &answer[2]["AffectedRows"]), (&json!(true), &json!(1)));
    assert_eq!(answer[3]["ExceptionType"], MISSING);
    let rows = json!([attributes(&[("FirstName", "C")]), attributes(&[("Phone", "333")])]);
    let (_, answer) = world.post("LeadManagement.svc/Lead/Bulk/Create", rows).await;
    assert_eq!((&answer[0]["LeadCreated"], &answer[1]["LeadCreated"]), (&json!(true), &json!(false)));
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().leads.len(), 3);
}

#[tokio::test]
async fn bulk_calls_have_caps() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    let named = attributes(&[("FirstName", "B")]);
    for (path, cap, row) in [
        ("LeadManagement.svc/Lead/Bulk/Create", 50, named.clone()),
        ("LeadManagement.svc/Lead/Bulk/CreateOrUpdate", 25, named),
        (POST_MANY, 25, activity(&lead, code, "m")),
    ] {
        assert_eq!(world.post(path, Value::Array(vec![row.clone(); cap])).await.0, 200, "{path}");
        check_refused(world.post(path, Value::Array(vec![row; cap + 1])).await, 400, BAD_INPUT);
        check_refused(world.post(path, json!([])).await, 400, BAD_INPUT);
    }
}

#[tokio::test]
async fn activity_types_get_codes_and_keep_their_names() {
    let world = World::new().await;
    let path = "ProspectActivity.svc/CreateType";
    assert_eq!(world.add_type("Zoom Meeting Started").await, 200);
    world.crm.set_switches(ACME.0, Switches { type_code: TypeCode::Number, ..Switches::default() });
    let (_, answer) = world.post(path, json!({ "ActivityEventName": "Zoom Meeting Ended" })).await;
    assert_eq!(answer, json!({ "Status": "Success", "Message": { "Id": 201 } }));
    let clash = json!({ "ActivityEventName": "zoom meeting ended" });
    check_refused(world.post(path, clash).await, 500, "MXDuplicateEntityNameException");
    check_refused(world.post(path, json!({})).await, 500, MISSING);
    let (_, types) = world.get("ProspectActivity.svc/ActivityTypes.Get").await;
    let ended = json!({ "ActivityEventName": "Zoom Meeting Ended", "ActivityEvent": 201 });
    assert!(types.as_array().unwrap().contains(&ended));
    let (_, setting) = world.get("ProspectActivity.svc/CustomActivity/GetActivitySetting?code=200").await;
    assert_eq!(setting["Name"], "Zoom Meeting Started");
    assert_eq!(setting["Fields"][1]["SchemaName"], "mx_Custom_2");
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().activity_types.len(), 2);
}

#[tokio::test]
async fn the_same_activity_posted_twice_is_there_twice() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    for _ in 0..2 {
        let (status, answer) = world.post(POST_ONE, activity(&lead, code, "m")).await;
        assert_eq!((status, answer["Message"]["Id"].is_string()), (200, true));
    }
    let mut scored = activity(&lead, code, "n");
    scored["IncludeLeadScore"] = json!(true);
    assert_eq!(world.post(POST_ONE, scored).await.1["Message"]["LeadScore"], 15);
    let posted = world.crm.snapshot(ACME.0).unwrap().activities;
    assert_eq!(posted.len(), 3);
    assert_eq!((posted[0].type_name.as_str(), posted[0].at.as_str()), ("Joined", "2026-08-01 10:00:00"));
    assert_eq!((posted[0].fields["mx_Custom_1"].as_str(), posted[0].lead.as_str()), ("m", lead.as_str()));
    let by_email = json!({ "EmailAddress": "new@example.org", "FirstName": "N", "ActivityEvent": code.to_string() });
    assert_eq!(world.post(POST_ONE, by_email).await.0, 200);
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().leads.len(), 2);
}

#[tokio::test]
async fn a_bad_activity_is_refused_and_leaves_nothing() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let must =
        json!([{ "SchemaName": "mx_Custom_3", "DisplayName": "Must", "DataType": "String", "IsMandatory": true }]);
    let strict = json!({ "ActivityEventName": "Strict", "Fields": must });
    world.post("ProspectActivity.svc/CreateType", strict).await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    let with = |key: &str, value: Value| {
        let mut body = activity(&lead, code, "m");
        body[key] = value;
        body
    };
    let field = |name: &str, value: &str| with("Fields", json!([{ "SchemaName": name, "Value": value }]));
    for (body, exception) in [
        (activity("0b6c1f52-0000-4000-8000-000000000001", code, "m"), NO_LEAD),
        (activity(&lead, 999, "m"), BAD_INPUT),
        (activity(&lead, 21, "m"), BAD_INPUT),
        (activity(&lead, code, &"x".repeat(201)), BAD_FIELDS),
        (field("mx_Custom_9", "x"), BAD_FIELDS),
        (field("mx_Custom_2", "an hour"), BAD_FIELDS),
        (json!({ "RelatedProspectId": lead, "ActivityEvent": code + 1 }), BAD_FIELDS),
        (with("ActivityDateTime", json!("2026-08-01T10:00:00Z")), BAD_INPUT),
        (with("RelatedProspectId", Value::Null), MISSING),
        (json!({ "EmailAddress": "x@example.org", "ActivityEvent": 999 }), BAD_INPUT),
        (json!({ "EmailAddress": "x@example.org", "ActivityEvent": code, "ActivityDateTime": "now" }), BAD_INPUT),
    ] {
        check_refused(world.post(POST_ONE, body).await, 500, exception);
    }
    let snapshot = world.crm.snapshot(ACME.0).unwrap();
    assert_eq!((snapshot.activities.len(), snapshot.leads.len()), (0, 1));
    assert_eq!(world.post(POST_ONE, activity(&lead, code, &"ü".repeat(200))).await.0, 200);
}

#[tokio::test]
async fn each_row_of_bulk_activities_stands_for_itself() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let lead = world.crm.add_lead(ACME.0, &[("EmailAddress", "a@example.org")]);
    let gone = world.crm.add_lead(ACME.0, &[("FirstName", "G")]);
    world.crm.delete_lead(ACME.0, &gone);
    let rows = [activity(&lead, code, "m"), activity(&gone, code, "m"), activity(&lead, code, &"x".repeat(201))];
    let (status, answer) = world.post(POST_MANY, json!(rows)).await;
    assert_eq!(status, 200);
    let created = |answer: &Value| -> Vec<(i64, bool)> {
        let row = |row: &Value| (row["RowNumber"].as_i64().unwrap(), row["ActivityCreated"].as_bool().unwrap());
        answer["Response"].as_array().unwrap().iter().map(row).collect()
    };
    assert_eq!(created(&answer), [(1, true), (2, false), (3, false)]);
    assert_eq!(answer["Response"][1]["ExceptionType"], NO_LEAD);
    assert_eq!(answer["Response"][2]["ExceptionType"], BAD_FIELDS);
    let by = |value: &str| json!({ "SearchByValue": value, "ActivityEvent": code });
    let path = |field: &str| format!("ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadField?searchBy={field}");
    let rows = json!([by("A@example.org"), by("b@example.org")]);
    assert_eq!(created(&world.post(&path("EmailAddress"), rows).await.1), [(1, true), (2, false)]);
    check_refused(world.post(&path("Company"), json!([by("x")])).await, 500, BAD_INPUT);
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().activities.len(), 2);
}

#[tokio::test]
async fn a_leads_activities_are_read_newest_first_page_by_page() {
    let world = World::new().await;
    let (joined, left) = (world.add_type("Joined").await, world.add_type("Left").await);
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    for minute in [5, 7, 6] {
        let mut body = activity(&lead, joined, &format!("m{minute}"));
        body["ActivityDateTime"] = json!(format!("2026-08-01 10:0{minute}:00"));
        world.post(POST_ONE, body).await;
    }
    world.post(POST_ONE, activity(&lead, left, "other")).await;
    let read = async |body: Value| world.post(&format!("ProspectActivity.svc/Retrieve?leadId={lead}"), body).await.1;
    let minutes = |answer: &Value| -> Vec<String> {
        let minute = |row: &Value| row["CreatedOn"].as_str().unwrap()[14..16].to_owned();
        answer["ProspectActivities"].as_array().unwrap().iter().map(minute).collect()
    };
    let all = read(json!({})).await;
    assert_eq!(all["RecordCount"], 4);
    assert_eq!(minutes(&all), ["07", "06", "05", "00"]);
    assert_eq!(all["ProspectActivities"][0]["EventCode"], joined);
    let data = all["ProspectActivities"][0]["Data"].as_array().unwrap();
    assert!(data.contains(&json!({ "Key": "mx_Custom_1", "Value": "m7" })));
    let page = |offset: Value, rows: Value| json!({ "Parameter": { "ActivityEvent": joined }, "Paging": { "Offset": offset, "RowCount": rows } });
    let second = read(page(json!("1"), json!("1"))).await;
    assert_eq!((&second["RecordCount"], minutes(&second)), (&json!(3), vec!["06".to_owned()]));
    world.crm.set_switches(ACME.0, Switches { offset: OffsetMeans::Pages, ..Switches::default() });
    assert_eq!(minutes(&read(page(json!(1), json!(2))).await), ["05"]);
    assert_eq!(minutes(&read(page(json!("5"), json!("1"))).await), Vec::<String>::new());
    check_refused(world.post("ProspectActivity.svc/Retrieve", json!({})).await, 500, MISSING);
}

#[tokio::test]
async fn activities_of_a_type_are_read_by_a_window() {
    let world = World::new().await;
    let code = world.add_type("Joined").await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    for marker in ["a", "b", "c"] {
        world.post(POST_ONE, activity(&lead, code, marker)).await;
        world.clock.advance(60_000);
    }
    let read = async |(from, to): (&str, &str), direction: &str, page: u32| {
        let at = |clock: &str| format!("2026-08-01 {clock}");
        let body = json!({
            "Parameter": { "FromDate": at(from), "ToDate": at(to), "ActivityEvent": code },
            "Paging": { "PageIndex": page, "PageSize": 2 },
            "Sorting": { "ColumnName": "ModifiedOn", "Direction": direction },
        });
        let (_, answer) = world.post("ProspectActivity.svc/CustomActivity/RetrieveByActivityEvent", body).await;
        let rows = answer["List"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row.as_object().unwrap().values().all(Value::is_string)));
        let markers: String = rows.iter().map(|row| row["mx_Custom_1"].as_str().unwrap()).collect();
        (answer["RecordCount"].as_i64().unwrap(), markers)
    };
    assert_eq!(read(("10:00:00", "10:10:00"), "1", 1).await, (3, "cb".to_owned()));
    assert_eq!(read(("10:00:00", "10:10:00"), "1", 2).await, (3, "a".to_owned()));
    assert_eq!(read(("10:02:11", "10:03:11"), "0", 1).await, (2, "ab".to_owned()));
    let id = world.crm.snapshot(ACME.0).unwrap().activities[0].id.clone();
    let minutes = json!([{ "SchemaName": "mx_Custom_2", "Value": 41 }]);
    let body = json!({ "ProspectActivityId": id, "ActivityEvent": code, "ActivityNote": "Stayed", "Fields": minutes });
    let (_, answer) = world.post("ProspectActivity.svc/CustomActivity/Update", body).await;
    assert_eq!(answer["Message"]["Id"], json!(id));
    let changed = world.crm.snapshot(ACME.0).unwrap().activities.remove(0);
    assert_eq!((changed.note.as_str(), changed.at.as_str()), ("Stayed", "2026-08-01 10:00:00"));
    assert_eq!((changed.fields["mx_Custom_1"].as_str(), changed.fields["mx_Custom_2"].as_str()), ("a", "41"));
    assert_eq!(read(("10:05:00", "10:10:00"), "1", 1).await, (1, "a".to_owned()));
}

#[tokio::test]
async fn a_task_lives_from_pending_to_completed() {
    let world = World::new().await;
    let lead = world.crm.add_lead(ACME.0, &[("FirstName", "A")]);
    let link = "https://zoom.example/j/1";
    let body = json!({
        "Name": "Zoom: intro", "Description": "Join", "RelatedEntity": 1, "RelatedEntityId": lead, "Reminder": 15,
        "DueDate": "2026-08-01 11:00:00", "EndDate": "2026-08-01 11:30:00", "NotifyBy": "1000",
        "OwnerEmailAddress": "rep@acme.example", "TaskType": { "Name": "Meeting" }, "Location": link,
    });
    let (status, answer) = world.post("Task.svc/Create", body).await;
    assert_eq!(status, 200);
    let id = answer["Message"]["Id"].as_str().unwrap();
    let status_of = async || {
        let (_, tasks) = world.get(&format!("LeadManagement.svc/RetrieveTaskByLeadId?leadId={lead}")).await;
        assert_eq!((&tasks["RecordCount"], &tasks["TaskList"][0]["TaskID"]), (&json!(1), &json!(id)));
        tasks["TaskList"][0]["Status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status_of().await, "Pending");
    world.clock.advance(2 * 3_600_000);
    assert_eq!(status_of().await, "Overdue");
    let moved = json!({ "UserTaskId": id, "Name": "Moved", "EndDate": "2026-08-01 12:45:00" });
    let (_, answer) = world.post("Task.svc/Update", moved).await;
    assert_eq!(answer, json!({ "Status": "Success", "Message": { "AffectedRows": 1, "AutoId": 1 } }));
    assert_eq!(status_of().await, "Pending");
    assert_eq!(world.get(&format!("Task.svc/MarkComplete?id={id}")).await.1["Status"], "Success");
    assert_eq!(status_of().await, "Completed");
    let (_, one) = world.get(&format!("Task.svc/Retrieve.GetById?id={id}")).await;
    assert_eq!((&one[0]["StatusCode"], &one[0]["CompletedOn"]), (&json!("1"), &json!("2026-08-01 12:02:11.000")));
    assert_eq!((&one[0]["Name"], &one[0]["DueDate"]), (&json!("Moved"), &json!("2026-08-01 11:00:00.000")));
    let task = world.crm.snapshot(ACME.0).unwrap().tasks.remove(0);
    assert_eq!((task.lead, task.location.as_deref()), (Some(lead), Some(link)));
    assert_eq!((task.owner.as_str(), task.due.as_str()), ("rep@acme.example", "2026-08-01 11:00:00"));
}

#[tokio::test]
async fn a_bad_task_is_refused() {
    let world = World::new().await;
    let good = json!({ "Name": "Call", "TaskType": { "Name": "Phone Call" }, "OwnerEmailAddress": "rep@acme.example" });
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    for (body, exception) in [
        (with("Name", json!(" ")), MISSING),
        (with("TaskType", Value::Null), MISSING),
        (with("TaskType", json!({ "Name": "Zoom Meeting" })), BAD_INPUT),
        (with("RelatedEntity", json!(1)), MISSING),
        (with("DueDate", json!("tomorrow")), BAD_INPUT),
        (with("EndDate", json!("2020-01-01 00:00:00")), BAD_INPUT),
    ] {
        check_refused(world.post("Task.svc/Create", body).await, 500, exception);
    }
    let mut body = with("RelatedEntity", json!(1));
    body["RelatedEntityId"] = json!("gone");
    check_refused(world.post("Task.svc/Create", body).await, 500, NO_LEAD);
    assert_eq!(world.post("Task.svc/Create", good.clone()).await.0, 200);
    world.crm.set_switches(ACME.0, Switches { owner: TaskOwner::KnownUser, ..Switches::default() });
    check_refused(world.post("Task.svc/Create", good.clone()).await, 500, BAD_INPUT);
    check_refused(world.post("Task.svc/Create", with("OwnerEmailAddress", Value::Null)).await, 500, MISSING);
    world.crm.add_user(ACME.0, "rep@acme.example", ("Rita", "Rep"), UserStatus::Active);
    assert_eq!(world.post("Task.svc/Create", good.clone()).await.0, 200);
    assert_eq!(world.crm.snapshot(ACME.0).unwrap().tasks.len(), 2);
}

#[tokio::test]
async fn task_types_and_users_are_listed() {
    let world = World::new().await;
    let names = async |query: &str| -> Vec<String> {
        let (_, types) = world.get(&format!("Task.svc/RetrieveTaskType{query}")).await;
        types.as_array().unwrap().iter().map(|row| row["Name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["Meeting", "Follow Up", "Phone Call"]);
    assert_eq!(names("?ColumnName=Category&ColumnValue=0").await, ["Meeting"]);
    assert_eq!(names("?ColumnName=TaskTypeName&ColumnValue=Follow%20Up").await, ["Follow Up"]);
    world.crm.add_user(ACME.0, "gone@acme.example", ("Gita", "Gone"), UserStatus::Inactive);
    let (_, users) = world.get("UserManagement.svc/Users.Get").await;
    assert_eq!((&users[0]["EmailAddress"], &users[0]["StatusCode"]), (&json!("crm-bot@acme.example"), &json!(0)));
    assert_eq!((&users[1]["FirstName"], &users[1]["StatusCode"]), (&json!("Gita"), &json!(1)));
    let by_email = "UserManagement.svc/User/Retrieve/ByEmailAddress?emailaddress=";
    let (_, found) = world.get(&format!("{by_email}CRM-bot@acme.example")).await;
    assert_eq!(found[0]["UserId"], users[0]["ID"]);
    assert_eq!(world.get(&format!("{by_email}gone@acme.example")).await, (200, json!([])));
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
