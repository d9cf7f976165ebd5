//! Activities and their types.

use super::*;

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
