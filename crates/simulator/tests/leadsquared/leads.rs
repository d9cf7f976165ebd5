//! Leads: found by unique values, written singly and in bulk.

use super::*;

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
