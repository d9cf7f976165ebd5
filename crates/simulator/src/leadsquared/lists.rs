//! An account's lists of leads, and the calls about them (leadsquared.md § 3.18); and making a lead field (§ 3.2).

use super::account::Account;
use super::call::{Call, number};
use super::refusal::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

/// Rows of a page at the most.
const PAGE_ROWS_MAX: usize = 1_000;
const PAGE_ROWS_DEFAULT: usize = 100;

/// A list of leads.
#[derive(Debug)]
struct LeadList {
    id: String,
    name: String,
    /// In the order in which they were put on it.
    leads: Vec<String>,
}

/// An account's lists.
#[derive(Debug, Default)]
pub(super) struct ListStore {
    lists: Vec<LeadList>,
}

impl ListStore {
    pub fn render(&self) -> Value {
        let row = |list: &LeadList| {
            json!({
                "ListId": list.id, "ListName": list.name, "ListDescription": "", "ListType": "0",
                "MemberCount": list.leads.len().to_string(),
            })
        };
        self.lists.iter().map(row).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Search {
    search_parameters: SearchParameters,
    #[serde(default)]
    columns: Columns,
    #[serde(default)]
    paging: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SearchParameters {
    list_id: String,
}

#[derive(Debug, Default, Deserialize)]
struct Columns {
    #[serde(rename = "Include_CSV", default)]
    include: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewField {
    display_name: String,
}

impl Account {
    pub fn add_list(&mut self, name: &str, leads: &[String]) -> String {
        let id = self.dice.guid();
        self.lists.lists.push(LeadList { id: id.clone(), name: name.to_owned(), leads: leads.to_vec() });
        id
    }

    /// A page of a list's members, each as a list of properties; `ProspectID` always among them.
    pub(super) fn leads_of_list(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let search: Search = call.read()?;
        let wanted = &search.search_parameters.list_id;
        let list = self.lists.lists.iter().find(|list| list.id.eq_ignore_ascii_case(wanted));
        let list = list.ok_or_else(|| Refusal::bad_input(format!("There is no list {wanted}")))?;
        let paging =
            |name: &str| search.paging.get(name).and_then(number).and_then(|count| usize::try_from(count).ok());
        let size = paging("PageSize").unwrap_or(PAGE_ROWS_DEFAULT).clamp(1, PAGE_ROWS_MAX);
        let page = paging("PageIndex").unwrap_or(1).max(1);
        let columns: Vec<&str> =
            search.columns.include.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let members: Vec<_> = list.leads.iter().filter_map(|id| self.leads.by_id(id)).collect();
        let shown = members.iter().skip((page - 1) * size).take(size).map(|row| {
            let flat = self.leads.render(row, self.key_user());
            let keys = flat.as_object().into_iter().flatten();
            let kept = keys.filter(|(name, _)| {
                name.as_str() == "ProspectID" || columns.is_empty() || columns.contains(&name.as_str())
            });
            let properties: Vec<Value> =
                kept.map(|(name, value)| json!({ "Attribute": name, "Value": value })).collect();
            json!({ "LeadPropertyList": properties })
        });
        Ok(json!({ "RecordCount": members.len(), "Leads": shown.collect::<Vec<_>>() }))
    }

    /// The schema name is `mx_` and the name with underscores.
    pub(super) fn create_lead_field(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let new: NewField = call.read()?;
        let schema_name = format!("mx_{}", new.display_name.trim().replace(' ', "_"));
        if self.leads.fields().any(|(known, _)| known.eq_ignore_ascii_case(&schema_name)) {
            return Err(Refusal::bad_input(format!("There is a field {schema_name} already")));
        }
        self.leads.add_field(&schema_name);
        Ok(json!({ "Status": "Success", "Message": { "Id": self.dice.guid() } }))
    }
}
