//! An account's leads: kept, found, and guarded against a second one with the same unique value.

use super::attributes::{CHARS_MAX, SYSTEM, UNIQUE, Wanted, digits, folded};
use super::refusal::Refusal;
use super::when;
use super::{Lead, NewLeadField};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// A lead as it is kept.
#[derive(Debug, Clone)]
pub(super) struct LeadRow {
    pub id: String,
    /// `ProspectAutoId`; also the order of making.
    pub number: u64,
    pub values: BTreeMap<String, String>,
    pub score: i64,
    pub created_ms: i64,
    pub modified_ms: i64,
    /// When the last activity was posted on it, or when it was created.
    pub active_ms: i64,
}

/// An account's leads.
#[derive(Debug, Default)]
pub(super) struct LeadStore {
    rows: BTreeMap<u64, LeadRow>,
    by_id: HashMap<String, u64>,
    by_email: HashMap<String, u64>,
    by_phone: HashMap<String, u64>,
    added_fields: Vec<NewLeadField>,
    last_number: u64,
}

/// The first `ProspectAutoId` after this.
const NUMBERS_FROM: u64 = 1000;
/// The country code that a phone may be searched without.
pub(super) const COUNTRY_CODE: &str = "91";

/// What changed hands when a lead was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Created,
    Updated,
    Untouched,
}

impl LeadStore {
    pub fn add_field(&mut self, field: NewLeadField) {
        if !self.knows(&field.schema_name) {
            self.added_fields.push(field);
        }
    }

    /// A field that was added; none for the system's own.
    pub fn added(&self, schema_name: &str) -> Option<&NewLeadField> {
        self.added_fields.iter().find(|field| field.schema_name == schema_name)
    }

    /// Schema names and data types of all attributes.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let added = self.added_fields.iter().map(|field| (field.schema_name.as_str(), field.data_type.as_str()));
        SYSTEM.iter().copied().chain(added)
    }

    fn knows(&self, name: &str) -> bool {
        self.fields().any(|(known, _)| known == name)
    }

    /// In the order of making.
    pub fn iter(&self) -> impl Iterator<Item = &LeadRow> {
        self.rows.values()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn by_id(&self, id: &str) -> Option<&LeadRow> {
        self.rows.get(self.by_id.get(&id.to_lowercase())?)
    }

    pub fn by_email(&self, email: &str) -> Option<&LeadRow> {
        self.rows.get(self.by_email.get(&folded(email))?)
    }

    pub fn by_phone(&self, phone: &str) -> Option<&LeadRow> {
        self.rows.get(self.by_phone.get(&digits(phone))?)
    }

    /// Looks in `Phone` and `Mobile`, with and without the country code; of several, the one last active.
    pub fn by_any_phone(&self, phone: &str) -> Option<&LeadRow> {
        let bare = |number: &str| {
            let number = digits(number);
            let national = number.strip_prefix(COUNTRY_CODE).filter(|rest| rest.len() >= 10);
            national.map(str::to_owned).unwrap_or(number)
        };
        let sought = bare(phone);
        let has = |row: &&LeadRow| {
            let mut numbers = ["Phone", "Mobile"].iter().filter_map(|name| row.values.get(*name));
            !sought.is_empty() && numbers.any(|number| bare(number) == sought)
        };
        self.rows.values().filter(has).max_by_key(|row| (row.active_ms, row.number))
    }

    /// The lead with that value of a field which belongs to one lead only.
    pub fn by_unique(&self, field: &str, value: &str) -> Result<Option<&LeadRow>, Refusal> {
        match field {
            "EmailAddress" => Ok(self.by_email(value)),
            "Phone" => Ok(self.by_phone(value)),
            "ProspectID" | "ProspectId" => Ok(self.by_id(value)),
            _ => Err(Refusal::bad_input(format!("'{field}' is not a unique field"))),
        }
    }

    /// Adds a lead under `id`.
    pub fn insert(&mut self, id: String, wanted: &Wanted, now_ms: i64) -> Result<String, Refusal> {
        wanted.check_named()?;
        self.check(&wanted.values, None)?;
        self.last_number = self.last_number.max(NUMBERS_FROM) + 1;
        let number = self.last_number;
        let row = LeadRow {
            id: id.clone(),
            number,
            values: BTreeMap::new(),
            score: 0,
            created_ms: now_ms,
            modified_ms: now_ms,
            active_ms: now_ms,
        };
        self.by_id.insert(id.clone(), number);
        self.rows.insert(number, row);
        self.write(number, &wanted.values, now_ms);
        Ok(id)
    }

    /// Writes values on a lead that is there.
    pub fn update(
        &mut self,
        id: &str,
        values: &BTreeMap<String, Option<String>>,
        now_ms: i64,
    ) -> Result<Written, Refusal> {
        let number = self.by_id(id).ok_or_else(Refusal::no_lead)?.number;
        self.check(values, Some(number))?;
        if values.is_empty() {
            return Ok(Written::Untouched);
        }
        self.write(number, values, now_ms);
        Ok(Written::Updated)
    }

    fn check(&self, values: &BTreeMap<String, Option<String>>, except: Option<u64>) -> Result<(), Refusal> {
        if let Some(name) = values.keys().find(|name| !self.knows(name)) {
            return Err(Refusal::unknown_attribute(name));
        }
        for (name, value) in values.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
            self.check_value(name, value)?;
        }
        for field in UNIQUE {
            let Some(Some(value)) = values.get(*field) else { continue };
            let taken = self.by_unique(field, value)?.map(|row| row.number);
            if taken.is_some() && taken != except {
                return Err(Refusal::duplicate(field));
            }
        }
        Ok(())
    }

    /// Refuses what a field cannot hold: a text that is too long, a number that is none, an option it does not have.
    fn check_value(&self, name: &str, value: &str) -> Result<(), Refusal> {
        let added = self.added(name);
        let chars_max = added.map_or(CHARS_MAX, |field| field.chars_max);
        if value.chars().count() > chars_max {
            return Err(Refusal::bad_input(format!("Value of '{name}' exceeds the maximum length of {chars_max}")));
        }
        let Some(field) = added else { return Ok(()) };
        if field.data_type == "Number" && value.parse::<f64>().is_err() {
            return Err(Refusal::bad_input(format!("'{name}' takes a value of type Number")));
        }
        if !field.options.is_empty() && !field.options.iter().any(|option| option == value) {
            return Err(Refusal::bad_input(format!("'{value}' is not an option of '{name}'")));
        }
        Ok(())
    }

    fn write(&mut self, number: u64, values: &BTreeMap<String, Option<String>>, now_ms: i64) {
        let Some(row) = self.rows.get_mut(&number) else { return };
        row.modified_ms = now_ms;
        for (name, value) in values {
            let before = match value {
                Some(value) => row.values.insert(name.clone(), value.clone()),
                None => row.values.remove(name),
            };
            let key = |value: &String| if name == "Phone" { digits(value) } else { folded(value) };
            let index = match name.as_str() {
                "EmailAddress" => &mut self.by_email,
                "Phone" => &mut self.by_phone,
                _ => continue,
            };
            if let Some(before) = before {
                index.remove(&key(&before));
            }
            if let Some(key) = value.as_ref().map(key).filter(|key| !key.is_empty()) {
                index.insert(key, number);
            }
        }
    }

    /// An activity was posted on the lead. Gives its score.
    pub fn mark_active(&mut self, id: &str, score: i64, now_ms: i64) -> i64 {
        let number = self.by_id.get(id).copied().unwrap_or_default();
        let Some(row) = self.rows.get_mut(&number) else { return 0 };
        row.score += score;
        row.active_ms = now_ms;
        row.score
    }

    pub fn delete(&mut self, id: &str) {
        let Some(row) = self.by_id.remove(id).and_then(|number| self.rows.remove(&number)) else { return };
        self.by_email.retain(|_, number| *number != row.number);
        self.by_phone.retain(|_, number| *number != row.number);
    }

    /// The lead as it is sent out: every attribute, text or null. `owner` is id and address of the keys' user.
    pub fn render(&self, row: &LeadRow, owner: (&str, &str)) -> Value {
        let mut keys = Map::new();
        keys.insert("ProspectID".to_owned(), json!(row.id));
        keys.insert("ProspectAutoId".to_owned(), json!(row.number.to_string()));
        for (name, _) in self.fields() {
            let value = row.values.get(name).map_or_else(|| default_of(name, row, owner), |value| json!(value));
            keys.insert(name.to_owned(), value);
        }
        keys.entry("OwnerIdEmailAddress").or_insert_with(|| json!(owner.1));
        keys.insert("CreatedBy".to_owned(), json!(owner.0));
        keys.insert("CreatedOn".to_owned(), json!(when::fraction(row.created_ms)));
        keys.insert("ModifiedBy".to_owned(), json!(owner.0));
        keys.insert("ModifiedOn".to_owned(), json!(when::fraction(row.modified_ms)));
        keys.insert("LeadLastModifiedOn".to_owned(), json!(when::fraction(row.modified_ms.max(row.active_ms))));
        Value::Object(keys)
    }
}

fn default_of(name: &str, row: &LeadRow, owner: (&str, &str)) -> Value {
    match name {
        "Score" | "EngagementScore" => json!(row.score.to_string()),
        "ProspectStage" => json!("Prospect"),
        "OwnerId" => json!(owner.0),
        "OwnerIdEmailAddress" => json!(owner.1),
        "DoNotEmail" | "DoNotCall" | "DoNotSMS" | "DoNotTrack" => json!("0"),
        _ => Value::Null,
    }
}

impl LeadRow {
    /// For comparing.
    pub fn snapshot(&self) -> Lead {
        let Self { id, values, created_ms, number: _, score: _, modified_ms: _, active_ms: _ } = self;
        Lead { id: id.clone(), fields: values.clone(), created_ms: *created_ms }
    }

    /// What people call it: name, else address or phone.
    pub fn title(&self) -> String {
        let value = |name: &str| self.values.get(name).map(String::as_str).unwrap_or_default();
        let name = format!("{} {}", value("FirstName"), value("LastName")).trim().to_owned();
        [name.as_str(), value("EmailAddress"), value("Phone")]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or("(no name)")
            .to_owned()
    }
}
