//! How the answers read that set-up asks for: whose keys these are, activity types, task types.

use super::reply::{Refusal, read};
use crate::exchange::Reply;
use crate::ids::Email;
use crate::settings::mapping::{FieldKind, LeadField};
use serde_json::Value;

/// Whose keys these are, and where the account lives (leadsquared.md § 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The user the keys belong to.
    pub user_email: Option<String>,
    /// Name of the LeadSquared account.
    pub org_name: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Host of the API, without scheme.
    pub api_host: Option<String>,
    /// Host of the pages, without scheme.
    pub app_host: Option<String>,
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Reads who the keys belong to. The address may stand in `PassPhrase`.
///
/// # Errors
/// [`Refusal`].
pub fn read_who(reply: &Reply) -> Result<Who, Refusal> {
    let json = read(reply)?;
    if text(&json, "Id").is_none() {
        return Err(Refusal::NotSent { why: "an answer that names no user".to_owned() });
    }
    let urls = json.get("LSQCommonServiceURLs").unwrap_or(&Value::Null);
    let address = |key| text(&json, key).filter(|text| text.contains('@'));
    Ok(Who {
        user_email: address("EmailAddress").or_else(|| address("PassPhrase")),
        org_name: text(&json, "OrgDisplayName"),
        time_zone: text(&json, "TimeZone"),
        api_host: text(urls, "api"),
        app_host: text(urls, "app"),
    })
}

/// Reads the tenant's activity types: name and code (leadsquared.md § 3.9).
///
/// # Errors
/// [`Refusal`].
pub fn read_activity_types(reply: &Reply) -> Result<Vec<(String, i64)>, Refusal> {
    let json = read(reply)?;
    let code = |row: &Value| match row.get("ActivityEvent")? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let Value::Array(rows) = json else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of activity types".to_owned() });
    };
    Ok(rows.iter().filter_map(|row| Some((text(row, "ActivityEventName")?, code(row)?))).collect())
}

/// Reads the names of the tenant's task types, each with whether it is an appointment (leadsquared.md § 3.14: the key of
/// the name is not settled, category 0 is an appointment).
///
/// # Errors
/// [`Refusal`].
pub fn read_task_types(reply: &Reply) -> Result<Vec<(String, bool)>, Refusal> {
    let json = read(reply)?;
    let rows = json.as_array().or_else(|| json.get("List").and_then(Value::as_array)).cloned().unwrap_or_default();
    let name = |row: &Value| ["Name", "TaskTypeName", "TaskName"].iter().find_map(|key| text(row, key));
    let appointment = |row: &Value| match row.get("Category") {
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        Some(Value::String(text)) => text == "0",
        _ => false,
    };
    Ok(rows.iter().filter_map(|row| Some((name(row)?, appointment(row)))).collect())
}

/// An activity type as LeadSquared describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityType {
    /// Its GUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its custom fields: schema name, name for people.
    pub fields: Vec<(String, String)>,
    /// The fields as they came, to be sent back unchanged.
    pub(super) raw: Vec<Value>,
}

/// Reads an activity type (leadsquared.md § 3.9).
///
/// # Errors
/// [`Refusal`].
pub fn read_activity_type(reply: &Reply) -> Result<ActivityType, Refusal> {
    let json = read(reply)?;
    let unusable = || Refusal::NotSent { why: "an answer that is no activity type".to_owned() };
    let id = text(&json, "ID").ok_or_else(unusable)?;
    let name = text(&json, "Name").or_else(|| text(&json, "DisplayName")).ok_or_else(unusable)?;
    let raw = json.get("Fields").and_then(Value::as_array).cloned().unwrap_or_default();
    let field = |row: &Value| {
        let schema = text(row, "SchemaName")?;
        let display = text(row, "DisplayName").unwrap_or_else(|| schema.clone());
        Some((schema, display))
    };
    Ok(ActivityType { id, name, fields: raw.iter().filter_map(field).collect(), raw })
}

/// Lead fields that are read at most.
pub const LEAD_FIELDS_MAX: usize = 1_000;
/// Options of one field that are kept at most; a field with more takes any answer.
pub const OPTIONS_MAX: usize = 300;

/// Reads the lead's fields (leadsquared.md § 3.2): what each holds is told by `DataType` and, more finely, by
/// `RenderTypeTextValue`.
///
/// # Errors
/// [`Refusal`].
pub fn read_lead_fields(reply: &Reply) -> Result<Vec<LeadField>, Refusal> {
    let json = read(reply)?;
    let Value::Array(rows) = json else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of lead fields".to_owned() });
    };
    Ok(rows.iter().take(LEAD_FIELDS_MAX).filter_map(lead_field).collect())
}

fn lead_field(row: &Value) -> Option<LeadField> {
    let schema = text(row, "SchemaName")?;
    let options = row.get("Options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let options: Vec<String> = options
        .iter()
        .filter_map(|option| text(option, "Value").or_else(|| Some(option.as_str()?.to_owned())))
        .collect();
    let number = |key| match row.get(key)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let chars_max = number("MaxLength").and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0);
    Some(LeadField {
        name: text(row, "DisplayName").unwrap_or_else(|| schema.clone()),
        kind: kind(row),
        chars_max,
        options: if options.len() > OPTIONS_MAX { Vec::new() } else { options },
        mandatory: flag(row, "IsMandatory"),
        unique: flag(row, "IsLeadIdentifier"),
        schema,
    })
}

fn flag(row: &Value, key: &str) -> bool {
    match row.get(key) {
        Some(Value::Bool(set)) => *set,
        Some(Value::String(text)) => text == "1" || text.eq_ignore_ascii_case("true"),
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

fn kind(row: &Value) -> FieldKind {
    let render = text(row, "RenderTypeTextValue").unwrap_or_default();
    let several = flag(row, "AllowMultiple");
    match (text(row, "DataType").unwrap_or_default().as_str(), render.as_str()) {
        ("Select" | "MultiSelect", _) if several => FieldKind::MultiSelect,
        ("MultiSelect", _) => FieldKind::MultiSelect,
        ("Select", "DropdownWithOthers") => FieldKind::OpenSelect,
        ("Select", _) => FieldKind::Select,
        ("Number", _) => FieldKind::Number,
        ("Email", _) => FieldKind::Email,
        ("Phone", _) => FieldKind::Phone,
        ("Website", _) => FieldKind::Website,
        ("Date", "Date") => FieldKind::Date,
        ("Date" | "DateTime", _) => FieldKind::DateTime,
        ("Time", _) => FieldKind::Time,
        ("Boolean", _) => FieldKind::Boolean,
        _ => FieldKind::Text,
    }
}

/// Reads the account's active users (leadsquared.md § 3.17): address and id.
///
/// # Errors
/// [`Refusal`].
pub fn read_users(reply: &Reply) -> Result<Vec<(Email, String)>, Refusal> {
    let json = read(reply)?;
    let Value::Array(rows) = json else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of users".to_owned() });
    };
    let active = |row: &&Value| match row.get("StatusCode") {
        Some(Value::Number(number)) => number.as_i64() == Some(0),
        Some(Value::String(text)) => text == "0",
        _ => true,
    };
    let user = |row: &Value| {
        let id = text(row, "ID").or_else(|| text(row, "UserId"))?;
        Some((Email::parse(&text(row, "EmailAddress")?)?, id))
    };
    Ok(rows.iter().filter(active).filter_map(user).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    #[test]
    fn the_account_is_described_by_its_own_keys() {
        let body = r#"{"Id":"0b6c","PassPhrase":"crm-bot@example.org","EmailAddress":null,"TimeZone":"Asia/Kolkata","OrgDisplayName":"Example",
            "LSQCommonServiceURLs":{"api":"api-in21.leadsquared.com","app":"in21.leadsquared.com"}}"#;
        let who = read_who(&Reply::Answer(Answer::of(200, body))).unwrap();
        assert_eq!(who.user_email.as_deref(), Some("crm-bot@example.org"));
        assert_eq!(who.api_host.as_deref(), Some("api-in21.leadsquared.com"));
        assert!(read_who(&Reply::Answer(Answer::of(401, ""))).is_err());
        assert!(read_who(&Reply::Answer(Answer::of(200, "{}"))).is_err());
    }

    #[test]
    fn lead_fields_are_read_with_what_they_hold() {
        let body = r#"[{"SchemaName":"mx_Size","DisplayName":"Size","DataType":"Select","RenderTypeTextValue":"Dropdown",
            "Options":[{"Value":"1-20"},{"Value":"21-50"}],"MaxLength":"50","IsMandatory":true},
            {"SchemaName":"Phone","DataType":"Phone","IsLeadIdentifier":true,"MaxLength":"0"},
            {"SchemaName":"mx_Born","DataType":"Date","RenderTypeTextValue":"Date"},
            {"SchemaName":"mx_Tags","DataType":"Select","AllowMultiple":"1"},
            {"SchemaName":"mx_New","DataType":"Hologram"},{"DisplayName":"no schema name"}]"#;
        let fields = read_lead_fields(&Reply::Answer(Answer::of(200, body))).unwrap();
        let size = LeadField {
            schema: "mx_Size".to_owned(),
            name: "Size".to_owned(),
            kind: FieldKind::Select,
            chars_max: Some(50),
            options: vec!["1-20".to_owned(), "21-50".to_owned()],
            mandatory: true,
            unique: false,
        };
        assert_eq!(fields[0], size);
        assert_eq!((fields[1].kind, fields[1].unique, fields[1].chars_max), (FieldKind::Phone, true, None));
        let kinds: Vec<FieldKind> = fields[2..].iter().map(|field| field.kind).collect();
        assert_eq!(kinds, [FieldKind::Date, FieldKind::MultiSelect, FieldKind::Text]);
    }

    #[test]
    fn users_who_left_own_nothing() {
        let body = r#"[{"ID":"u1","EmailAddress":"A@b.test","StatusCode":0},{"ID":"u2","EmailAddress":"c@b.test","StatusCode":1},
            {"UserId":"u3","EmailAddress":"d@b.test","StatusCode":"0"},{"ID":"u4"}]"#;
        let users = read_users(&Reply::Answer(Answer::of(200, body))).unwrap();
        let email = |text: &str| Email::parse(text).unwrap();
        assert_eq!(users, [(email("a@b.test"), "u1".to_owned()), (email("d@b.test"), "u3".to_owned())]);
    }

    #[test]
    fn codes_are_read_as_number_or_text() {
        let body = r#"[{"ActivityEventName":"A","ActivityEvent":201},{"ActivityEventName":"B","ActivityEvent":"202"},{"x":1}]"#;
        let types = read_activity_types(&Reply::Answer(Answer::of(200, body))).unwrap();
        assert_eq!(types, [("A".to_owned(), 201), ("B".to_owned(), 202)]);
    }
}
