//! LeadSquared's JSON: how our commands are written in it. How its answers read is in `reply`.

use super::command::{Activity, LeadWrite, Task};
use super::look::Page;
use crate::addition::LIST_PAGE_ROWS;
use crate::ids::{Email, LeadId};
use crate::settings::{ACTIVITY_FIELDS, ActivityKind, FIELD_MINUTES, JOIN_LINK_CHARS_MAX, JOIN_LINK_FIELD_SHOWN};
use jiff::Timestamp;
use serde_json::{Value, json};

/// `YYYY-MM-DD HH:MM:SS`, UTC (leadsquared.md § 2.3).
pub(super) fn date(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn attribute(name: &str, value: &str) -> Value {
    json!({ "Attribute": name, "Value": value })
}

fn lead_value(lead: &LeadWrite) -> Value {
    let mut attributes = vec![attribute("EmailAddress", lead.email.as_str())];
    attributes.extend(lead.fields.iter().map(|(name, value)| attribute(name, value)));
    attributes.push(attribute("SearchBy", "EmailAddress"));
    Value::Array(attributes)
}

pub(super) fn lead(lead: &LeadWrite) -> String {
    lead_value(lead).to_string()
}

pub(super) fn leads(leads: &[&LeadWrite]) -> String {
    Value::Array(leads.iter().map(|lead| lead_value(lead)).collect()).to_string()
}

fn field_values(activity: &Activity) -> Vec<Value> {
    activity.fields.iter().map(|(name, value)| json!({ "SchemaName": name, "Value": value })).collect()
}

pub(super) fn correction(id: &str, activity: &Activity) -> String {
    json!({
        "ProspectActivityId": id,
        "ActivityEvent": activity.code,
        "ActivityNote": activity.note,
        "Fields": field_values(activity),
    })
    .to_string()
}

fn activity_value(lead: &LeadId, activity: &Activity) -> Value {
    json!({
        "RelatedProspectId": lead.0,
        "ActivityEvent": activity.code,
        "ActivityNote": activity.note,
        "ActivityDateTime": date(activity.at_ms),
        "Fields": field_values(activity),
    })
}

pub(super) fn activity(lead: &LeadId, activity: &Activity) -> String {
    activity_value(lead, activity).to_string()
}

pub(super) fn activities(rows: &[(&LeadId, &Activity)]) -> String {
    Value::Array(rows.iter().map(|(lead, activity)| activity_value(lead, activity)).collect()).to_string()
}

/// What `Offset` means is not settled; [`super::look`] deals with it.
pub(super) fn activities_page(code: i64, Page { offset, rows }: Page) -> String {
    json!({
        "Parameter": { "ActivityEvent": code },
        "Paging": { "Offset": offset.to_string(), "RowCount": rows.to_string() },
    })
    .to_string()
}

pub(super) fn task(lead: &LeadId, task: &Task, owner: Option<&Email>) -> String {
    let mut value = json!({
        "Name": task.name,
        "Description": task.description,
        "RelatedEntity": 1,
        "RelatedEntityId": lead.0,
        "DueDate": date(task.due_ms),
        "EndDate": date(task.end_ms),
        "NotifyBy": "1000",
        "TaskType": { "Name": task.task_type },
    });
    if let Value::Object(fields) = &mut value {
        if let Some(owner) = task.owner_email.as_ref().or(owner) {
            fields.insert("OwnerEmailAddress".to_owned(), json!(owner.as_str()));
        }
        if let Some(location) = &task.location {
            fields.insert("Location".to_owned(), json!(location));
        }
        if let Some(minutes) = task.reminder_min {
            fields.insert("Reminder".to_owned(), json!(minutes));
        }
    }
    value.to_string()
}

pub(super) fn activity_type(kind: ActivityKind) -> String {
    let fields: Vec<Value> = (1_u32..)
        .zip(ACTIVITY_FIELDS)
        .map(|(place, (schema, display))| {
            json!({
                "SchemaName": schema,
                "DisplayName": display,
                "Value": null,
                "DataType": if schema == FIELD_MINUTES { "Number" } else { "String" },
                "IsMandatory": false,
                "ShowInForm": true,
                "Sequence": place,
                "OptionSet": null,
            })
        })
        .collect();
    json!({
        "ActivityEventName": kind.type_name(),
        "Score": 0,
        "Description": "Posted by the Zoom connector",
        "Direction": 0,
        "ShowInActivityGrid": 1,
        "CanDeleteActivity": false,
        "Fields": fields,
    })
    .to_string()
}

/// A page of a list's members in an order that does not change while it is read: new members stand at the end.
pub(super) fn members((list, page): (&str, u32), columns: &[String]) -> String {
    json!({
        "SearchParameters": { "ListId": list, "RetrieveBehaviour": "0" },
        "Columns": { "Include_CSV": columns.join(",") },
        "Sorting": { "ColumnName": "ProspectAutoId", "Direction": "0" },
        "Paging": { "PageIndex": page, "PageSize": LIST_PAGE_ROWS },
    })
    .to_string()
}

pub(super) fn link_field() -> String {
    json!({
        "DisplayName": JOIN_LINK_FIELD_SHOWN,
        "DataType": "Text",
        "RenderTypeTextValue": "TextArea",
        "IsMandatory": false,
        "ShowInImport": false,
        "ShowInMailMerge": true,
        "LockAfterCreate": false,
        "UseInLeadClone": false,
        "MaxLength": JOIN_LINK_CHARS_MAX.to_string(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_owner(of_task: Option<&str>, of_connector: Option<&str>, expected: Option<&str>) {
        let email = |text: Option<&str>| text.map(|text| Email::parse(text).unwrap());
        let wanted = Task {
            name: "Follow up".to_owned(),
            description: String::new(),
            due_ms: 0,
            end_ms: 0,
            task_type: "Follow Up".to_owned(),
            owner_email: email(of_task),
            location: None,
            reminder_min: None,
            marker: "z".to_owned(),
        };
        let text = task(&LeadId("l".to_owned()), &wanted, email(of_connector).as_ref());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.get("OwnerEmailAddress").and_then(Value::as_str), expected);
    }

    #[test]
    fn a_task_names_its_owner_or_else_the_connectors() {
        check_owner(Some("rep@a.test"), Some("key@a.test"), Some("rep@a.test"));
        check_owner(None, Some("key@a.test"), Some("key@a.test"));
        check_owner(None, None, None);
    }

    #[test]
    fn dates_are_utc_without_a_zone_mark() {
        assert_eq!(date(1_785_578_531_456), "2026-08-01 10:02:11");
        assert_eq!(date(0), "1970-01-01 00:00:00");
    }
}
