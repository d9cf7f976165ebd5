//! Tasks, task types, users.

use super::*;

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
