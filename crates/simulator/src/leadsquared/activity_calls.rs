//! The calls about activity types and activities (leadsquared.md § 3.9 to § 3.13).

use super::account::Account;
use super::activities::{ActivityRow, FIELD_CHARS_MAX};
use super::attributes::Wanted;
use super::call::{Call, number, text};
use super::refusal::Refusal;
use super::{ActivityField, ActivityType, Need, OffsetMeans, TypeCode, when};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows of a bulk post.
const POST_ROWS_MAX: usize = 25;
/// Rows of a page when the call does not say.
const PAGE_ROWS: usize = 25;
/// Rows of a page at most.
const PAGE_ROWS_MAX: usize = 1000;
/// Custom fields of a type.
const TYPE_FIELDS_MAX: usize = 50;
/// Types every account has; they are listed but cannot be posted.
const BUILT_IN: &[(&str, i64)] = &[("Inbound Phone Call Activity", 21), ("Outbound Phone Call Activity", 22)];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewType {
    #[serde(default, rename = "ID")]
    id: Option<String>,
    #[serde(default)]
    activity_event_name: String,
    #[serde(default)]
    score: Value,
    #[serde(default)]
    fields: Vec<NewField>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewField {
    schema_name: String,
    display_name: String,
    data_type: String,
    #[serde(default)]
    is_mandatory: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Post {
    related_prospect_id: Option<String>,
    search_by_value: Option<String>,
    email_address: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    prospect_activity_id: Option<String>,
    activity_event: Value,
    activity_note: Option<String>,
    activity_date_time: Option<String>,
    fields: Option<Vec<PostField>>,
    include_lead_score: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PostField {
    schema_name: String,
    #[serde(default)]
    value: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sought {
    parameter: Option<Parameter>,
    paging: Option<Paging>,
    sorting: Option<Sorting>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parameter {
    activity_event: Value,
    from_date: Option<String>,
    to_date: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Paging {
    offset: Value,
    row_count: Value,
    page_index: Value,
    page_size: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sorting {
    direction: Value,
}

/// An activity that its type allows.
struct Checked {
    code: i64,
    note: String,
    at: String,
    at_ms: i64,
    values: BTreeMap<String, String>,
}

impl Post {
    /// Values by schema name; empty ones are not kept.
    fn values(&self) -> Result<BTreeMap<String, String>, Refusal> {
        let mut values = BTreeMap::new();
        for field in self.fields.iter().flatten() {
            if let Some(value) = text(&field.value)? {
                values.insert(field.schema_name.clone(), value);
            }
        }
        Ok(values)
    }

    fn code(&self) -> Result<i64, Refusal> {
        number(&self.activity_event).ok_or_else(|| Refusal::mandatory("ActivityEvent"))
    }
}

impl Paging {
    /// Rows to skip and to give: in pages that count from 1, or from an offset.
    fn span(paging: Option<&Self>, means: OffsetMeans) -> (usize, usize) {
        let Some(paging) = paging else { return (0, PAGE_ROWS) };
        let count = |value: &Value| number(value).and_then(|count| usize::try_from(count).ok());
        let rows = count(&paging.row_count).or_else(|| count(&paging.page_size)).unwrap_or(PAGE_ROWS);
        let rows = rows.clamp(1, PAGE_ROWS_MAX);
        let skip = match (count(&paging.page_index), count(&paging.offset), means) {
            (Some(page), _, _) => page.saturating_sub(1).saturating_mul(rows),
            (None, Some(offset), OffsetMeans::Rows) => offset,
            (None, Some(offset), OffsetMeans::Pages) => offset.saturating_mul(rows),
            (None, None, _) => 0,
        };
        (skip, rows)
    }
}

impl Account {
    pub(super) fn activity_types(&self) -> Value {
        let row = |name: &str, code: i64| json!({ "ActivityEventName": name, "ActivityEvent": code });
        let built_in = BUILT_IN.iter().map(|(name, code)| row(name, *code));
        built_in.chain(self.activities.types().map(|kind| row(&kind.name, kind.code))).collect()
    }

    pub(super) fn create_activity_type(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let new: NewType = call.read()?;
        let name = new.activity_event_name.trim().to_owned();
        if name.is_empty() {
            return Err(Refusal::mandatory("ActivityEventName"));
        }
        if BUILT_IN.iter().any(|(built_in, _)| built_in.eq_ignore_ascii_case(&name)) {
            return Err(Refusal::name_taken(&name));
        }
        let fields = new.fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
        if fields.len() > TYPE_FIELDS_MAX {
            return Err(Refusal::bad_input(format!("An activity type has at most {TYPE_FIELDS_MAX} custom fields")));
        }
        let score = number(&new.score).unwrap_or(0);
        let code = self.activities.add_type(ActivityType { code: 0, id: self.dice.guid(), name, score, fields })?;
        let id = match self.switches.type_code {
            TypeCode::Text => json!(code.to_string()),
            TypeCode::Number => json!(code),
        };
        Ok(json!({ "Status": "Success", "Message": { "Id": id } }))
    }

    pub(super) fn activity_setting(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let code: Option<i64> = call.needed("code")?.parse().ok();
        let kind = code.and_then(|code| self.activities.kind(code));
        let kind = kind.ok_or_else(|| Refusal::bad_input("Activity Event does not exist"))?;
        let describe = |field: &ActivityField| {
            json!({
                "SchemaName": field.schema_name, "DisplayName": field.display_name, "DataType": field.data_type,
                "IsMandatory": field.need == Need::Mandatory, "MaxFieldLength": FIELD_CHARS_MAX,
            })
        };
        let fields: Vec<Value> = kind.fields.iter().map(describe).collect();
        Ok(json!({ "ID": kind.id, "Name": kind.name, "DisplayName": kind.name, "Fields": fields }))
    }

    /// The type's name and fields become those that are sent.
    pub(super) fn update_activity_type(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let new: NewType = call.read()?;
        let id = new.id.as_deref().ok_or_else(|| Refusal::mandatory("ID"))?.to_owned();
        let fields = new.fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
        if fields.len() > TYPE_FIELDS_MAX {
            return Err(Refusal::bad_input(format!("An activity type has at most {TYPE_FIELDS_MAX} custom fields")));
        }
        let kind =
            self.activities.type_by_id_mut(&id).ok_or_else(|| Refusal::bad_input("Activity Event does not exist"))?;
        kind.fields = fields;
        Ok(json!({ "Status": "Success" }))
    }

    pub(super) fn post_activity(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let post: Post = call.read()?;
        // The activity is checked before a lead is made for it.
        let checked = self.check_post(&post, call.now_ms)?;
        let lead = match (&post.related_prospect_id, &post.email_address) {
            (Some(id), _) => self.leads.by_id(id).ok_or_else(Refusal::no_lead)?.id.clone(),
            (None, Some(_)) => {
                let named = [("EmailAddress", &post.email_address), ("FirstName", &post.first_name)];
                let fields = named.into_iter().chain([("LastName", &post.last_name), ("Phone", &post.phone)]);
                let fields: Vec<(&str, &str)> =
                    fields.filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
                self.upsert(&Wanted::of(&fields), call.now_ms)?.0
            }
            (None, None) => return Err(Refusal::mandatory("RelatedProspectId")),
        };
        let (id, score) = self.put_activity(checked, lead, call.now_ms);
        let mut message = BTreeMap::from([("Id", json!(id))]);
        if post.include_lead_score {
            message.insert("LeadScore", json!(score));
        }
        Ok(json!({ "Status": "Success", "Message": message }))
    }

    /// Everything about an activity but its lead.
    fn check_post(&self, post: &Post, now_ms: i64) -> Result<Checked, Refusal> {
        let (code, values) = (post.code()?, post.values()?);
        self.activities.check_fields(code, &values)?;
        self.activities.check_mandatory(code, &values)?;
        let at = post.activity_date_time.clone().unwrap_or_else(|| when::seconds(now_ms));
        let at_ms = when::read(&at).ok_or_else(|| Refusal::bad_input("ActivityDateTime is not YYYY-MM-DD HH:MM:SS"))?;
        let note = post.activity_note.clone().unwrap_or_default();
        Ok(Checked { code, note, at, at_ms, values })
    }

    /// Keeps an activity on a lead that is there; gives its id and the lead's new score.
    fn put_activity(&mut self, checked: Checked, lead: String, now_ms: i64) -> (String, i64) {
        let Checked { code, note, at, at_ms, values } = checked;
        let id = self.dice.guid();
        let points = self.activities.kind(code).map_or(0, |kind| kind.score);
        let score = self.leads.mark_active(&lead, points, now_ms);
        self.activities.insert(ActivityRow {
            id: id.clone(),
            lead,
            code,
            note,
            at,
            at_ms,
            fields: values,
            created_ms: now_ms,
            modified_ms: now_ms,
        });
        (id, score)
    }

    pub(super) fn post_activities_by_lead(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        self.post_rows(call, |account, post| {
            let id = post.related_prospect_id.as_deref().ok_or_else(|| Refusal::mandatory("RelatedProspectId"))?;
            Ok(account.leads.by_id(id).ok_or_else(Refusal::no_lead)?.id.clone())
        })
    }

    pub(super) fn post_activities_by_field(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let field = call.needed("searchBy")?;
        self.leads.by_unique(field, "")?;
        self.post_rows(call, |account, post| {
            let value = post.search_by_value.as_deref().ok_or_else(|| Refusal::mandatory("SearchByValue"))?;
            Ok(account.leads.by_unique(field, value)?.ok_or_else(Refusal::no_lead)?.id.clone())
        })
    }

    fn post_rows(
        &mut self,
        call: &Call<'_>,
        lead_of: impl Fn(&Self, &Post) -> Result<String, Refusal>,
    ) -> Result<Value, Refusal> {
        let posts: Vec<Post> = call.read_rows(POST_ROWS_MAX)?;
        let one = |(row_number, post): (usize, Post)| {
            let put = lead_of(self, &post).and_then(|lead| Ok((self.check_post(&post, call.now_ms)?, lead)));
            let put = put.map(|(checked, lead)| self.put_activity(checked, lead, call.now_ms));
            match put {
                Ok((id, _)) => json!({ "RowNumber": row_number, "ProspectActivityId": id, "ActivityCreated": true }),
                Err(refusal) => json!({
                    "RowNumber": row_number, "ProspectActivityId": null, "ActivityCreated": false,
                    "ExceptionType": refusal.exception, "ExceptionMessage": refusal.text,
                }),
            }
        };
        let rows: Vec<Value> = (1..).zip(posts).map(one).collect();
        Ok(json!({ "Response": rows }))
    }

    /// Changes note and fields, never the time.
    pub(super) fn update_activity(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let post: Post = call.read()?;
        let id = post.prospect_activity_id.as_deref().ok_or_else(|| Refusal::mandatory("ProspectActivityId"))?;
        let (code, values) = (post.code()?, post.values()?);
        self.activities.check_fields(code, &values)?;
        let row = self.activities.by_id_mut(id).filter(|row| row.code == code);
        let row = row.ok_or_else(|| Refusal::bad_input("Activity does not exist"))?;
        if let Some(note) = post.activity_note {
            row.note = note;
        }
        row.fields.extend(values);
        row.modified_ms = call.now_ms;
        Ok(json!({ "Status": "Success", "Message": { "Id": row.id } }))
    }

    pub(super) fn activities_of_lead(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let lead = call.needed("leadId")?;
        let sought: Sought = call.read()?;
        let code = sought.parameter.as_ref().and_then(|parameter| number(&parameter.activity_event));
        let (skip, rows) = Paging::span(sought.paging.as_ref(), self.switches.offset);
        let fits = |row: &&ActivityRow| code.is_none_or(|code| code == row.code);
        let all: Vec<&ActivityRow> = self.activities.of_lead(lead).into_iter().filter(fits).collect();
        let page: Vec<Value> = all.iter().skip(skip).take(rows).map(|row| self.lead_activity(row)).collect();
        Ok(json!({ "RecordCount": all.len(), "ProspectActivities": page }))
    }

    fn lead_activity(&self, row: &ActivityRow) -> Value {
        let kind = self.activities.kind(row.code);
        let pair = |(key, value): (&String, &String)| json!({ "Key": key, "Value": value });
        let note = json!({ "Key": "NotableEventDescription", "Value": row.note });
        let data: Vec<Value> = std::iter::once(note).chain(row.fields.iter().map(pair)).collect();
        json!({
            "Id": row.id,
            "EventCode": row.code,
            "EventName": kind.map(|kind| kind.name.as_str()),
            "ActivityScore": kind.map_or(0, |kind| kind.score),
            "CreatedOn": when::seconds(row.at_ms),
            "ModifiedOn": when::seconds(row.modified_ms),
            "ActivityType": 2,
            "Type": "Inbound",
            "IsEmailType": false,
            "SessionId": "",
            "TrackLocation": 0,
            "Latitude": "",
            "Longitude": "",
            "RelatedProspectId": row.lead,
            "Data": data,
        })
    }

    /// By the time of the last change, newest first unless the call says otherwise; every value is text.
    pub(super) fn activities_of_type(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let sought: Sought = call.read()?;
        let parameter = sought.parameter.ok_or_else(|| Refusal::mandatory("Parameter"))?;
        let code = number(&parameter.activity_event).ok_or_else(|| Refusal::mandatory("ActivityEvent"))?;
        let bound = |name: &str, text: &Option<String>| {
            let text = text.as_deref().ok_or_else(|| Refusal::mandatory(name))?;
            when::read(text).ok_or_else(|| Refusal::bad_input(format!("{name} is not YYYY-MM-DD HH:MM:SS")))
        };
        let window = bound("FromDate", &parameter.from_date)?..=bound("ToDate", &parameter.to_date)?;
        // Times are written and compared in whole seconds.
        let second = |row: &ActivityRow| row.modified_ms - row.modified_ms.rem_euclid(1000);
        let fits = |row: &&ActivityRow| row.code == code && window.contains(&second(row));
        let mut all: Vec<&ActivityRow> = self.activities.iter().filter(fits).collect();
        all.sort_by_key(|row| row.modified_ms);
        if sought.sorting.and_then(|sorting| number(&sorting.direction)) != Some(0) {
            all.reverse();
        }
        let (skip, rows) = Paging::span(sought.paging.as_ref(), OffsetMeans::Rows);
        let page: Vec<Value> = all.iter().skip(skip).take(rows).map(|row| self.type_activity(row)).collect();
        Ok(json!({ "RecordCount": all.len(), "List": page }))
    }

    fn type_activity(&self, row: &ActivityRow) -> Value {
        let (user, email) = self.key_user();
        let mut keys: serde_json::Map<String, Value> =
            row.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let own = [
            ("ProspectActivityId", row.id.clone()),
            ("RelatedProspectId", row.lead.clone()),
            ("ActivityType", "2".to_owned()),
            ("ActivityEvent", row.code.to_string()),
            ("ActivityEvent_Note", row.note.clone()),
            ("CreatedOn", when::seconds(row.at_ms)),
            ("ModifiedOn", when::seconds(row.modified_ms)),
            ("CreatedBy", user.to_owned()),
            ("CreatedByEmailAddress", email.to_owned()),
        ];
        keys.extend(own.map(|(name, value)| (name.to_owned(), json!(value))));
        keys.entry("Status").or_insert_with(|| json!("Active"));
        Value::Object(keys)
    }
}

fn field(new: NewField) -> Result<ActivityField, Refusal> {
    let place = new.schema_name.strip_prefix("mx_Custom_").and_then(|place| place.parse().ok());
    if !place.is_some_and(|place: usize| (1..=TYPE_FIELDS_MAX).contains(&place)) {
        let text = format!("SchemaName is mx_Custom_1 to mx_Custom_{TYPE_FIELDS_MAX}, not '{}'", new.schema_name);
        return Err(Refusal::bad_input(text));
    }
    let need = if new.is_mandatory { Need::Mandatory } else { Need::Optional };
    Ok(ActivityField { schema_name: new.schema_name, display_name: new.display_name, data_type: new.data_type, need })
}
