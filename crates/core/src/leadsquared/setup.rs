//! How the answers read that set-up asks for: whose keys these are, activity types, task types.

use super::reply::{Refusal, read};
use crate::exchange::Reply;
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
    fn codes_are_read_as_number_or_text() {
        let body = r#"[{"ActivityEventName":"A","ActivityEvent":201},{"ActivityEventName":"B","ActivityEvent":"202"},{"x":1}]"#;
        let types = read_activity_types(&Reply::Answer(Answer::of(200, body))).unwrap();
        assert_eq!(types, [("A".to_owned(), 201), ("B".to_owned(), 202)]);
    }
}
