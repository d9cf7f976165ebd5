//! How leads read that are to be added to a webinar, and the lists they stand on (leadsquared.md § 3.3, 3.18).

use super::reply::{Refusal, read};
use crate::addition::{GatheredLead, LIST_PAGE_ROWS};
use crate::exchange::Reply;
use crate::ids::LeadId;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest value of a lead that is taken along, in characters.
const VALUE_CHARS_MAX: usize = 1_000;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// The leads.
    pub leads: Vec<GatheredLead>,
    /// Whether another page may follow: this one was full.
    pub more: bool,
    /// Leads on the whole list, if the answer says so.
    pub total: Option<u64>,
}

/// Reads leads in either form: flat objects, or lists of properties. Only `columns` are kept.
///
/// # Errors
/// [`Refusal`]; a lost answer counts as not sent, since a read may simply be repeated.
pub fn read_leads(reply: &Reply, columns: &[String]) -> Result<Gathered, Refusal> {
    let json = read(reply)?;
    let rows = json.as_array().or_else(|| json.get("Leads").and_then(Value::as_array));
    let unusable = || Refusal::NotSent { why: "an answer that is not a list of leads".to_owned() };
    let rows = rows.ok_or_else(unusable)?;
    let leads = rows.iter().filter_map(|row| lead(row, columns)).collect();
    let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) >= LIST_PAGE_ROWS;
    let total = json.get("RecordCount").and_then(plain).and_then(|count| count.parse().ok());
    Ok(Gathered { leads, more: full, total })
}

fn lead(row: &Value, columns: &[String]) -> Option<GatheredLead> {
    let values = match row.get("LeadPropertyList").and_then(Value::as_array) {
        Some(list) => {
            list.iter().filter_map(|one| Some((plain(one.get("Attribute")?)?, plain(one.get("Value")?)?))).collect()
        }
        None => flat(row)?,
    };
    let id = values.get("ProspectID").or_else(|| values.get("ProspectId"))?.clone();
    let wanted = |(name, _): &(String, String)| columns.iter().any(|column| column == name);
    Some(GatheredLead { id: LeadId(id), fields: values.into_iter().filter(wanted).collect() })
}

fn flat(row: &Value) -> Option<BTreeMap<String, String>> {
    Some(row.as_object()?.iter().filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect())
}

/// A value as text; none where there is nothing.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.replace('\0', "\u{fffd}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(crate::redact::clip(text.trim(), VALUE_CHARS_MAX)).filter(|text| !text.is_empty())
}

/// A list of leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadList {
    /// `ListId`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Leads on it, if LeadSquared says so.
    pub members: Option<u64>,
}

/// Reads the tenant's lists.
///
/// # Errors
/// [`Refusal`].
pub fn read_lists(reply: &Reply) -> Result<Vec<LeadList>, Refusal> {
    let json = read(reply)?;
    let rows = json.as_array().or_else(|| ["Lists", "List"].iter().find_map(|key| json.get(key)?.as_array()));
    let rows = rows.ok_or_else(|| Refusal::NotSent { why: "an answer that is not a list of lists".to_owned() })?;
    let one = |row: &Value| {
        let text = |key: &str| row.get(key).and_then(plain);
        Some(LeadList {
            id: text("ListId").or_else(|| text("ID"))?,
            name: text("ListName").or_else(|| text("Name"))?,
            members: text("MemberCount").and_then(|count| count.parse().ok()),
        })
    };
    Ok(rows.iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    #[track_caller]
    fn check(body: &str) {
        let columns = ["EmailAddress", "Score"].map(str::to_owned);
        let read = read_leads(&Reply::Answer(Answer::of(200, body)), &columns).unwrap();
        let fields = [("EmailAddress", "a@b.test"), ("Score", "7")];
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(read.leads, [GatheredLead { id: LeadId("l1".to_owned()), fields }]);
        assert!(!read.more);
    }

    #[test]
    fn leads_are_read_in_either_form() {
        check(r#"[{"ProspectID":"l1","EmailAddress":"a@b.test","Score":7,"Phone":"","City":"Pune"},{"no":"id"}]"#);
        check(
            r#"{"RecordCount":1,"Leads":[{"LeadPropertyList":[{"Attribute":"ProspectID","Value":"l1"},
            {"Attribute":"EmailAddress","Value":"a@b.test"},{"Attribute":"Score","Value":"7"},{"Attribute":"Phone","Value":null}]}]}"#,
        );
        assert!(read_leads(&Reply::Answer(Answer::of(200, "{}")), &[]).is_err());
    }

    #[test]
    fn lists_are_read_with_their_names() {
        let body = r#"[{"ListId":"L1","ListName":"Alumni","MemberCount":"12"},{"ListId":"L2"}]"#;
        let lists = read_lists(&Reply::Answer(Answer::of(200, body))).unwrap();
        assert_eq!(lists, [LeadList { id: "L1".to_owned(), name: "Alumni".to_owned(), members: Some(12) }]);
    }
}
