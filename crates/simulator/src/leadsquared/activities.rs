//! An account's activity types and activities: kept, found by lead and by type, and checked against their type.

use super::refusal::Refusal;
use super::{Activity, ActivityField, ActivityType, Need};
use std::collections::{BTreeMap, HashMap};

/// An activity as it is kept.
#[derive(Debug, Clone)]
pub(super) struct ActivityRow {
    pub id: String,
    pub lead: String,
    pub code: i64,
    pub note: String,
    /// As posted.
    pub at: String,
    /// Epoch milliseconds, from `at`.
    pub at_ms: i64,
    pub fields: BTreeMap<String, String>,
    pub created_ms: i64,
    pub modified_ms: i64,
}

/// An account's activity types and activities.
#[derive(Debug)]
pub(super) struct ActivityStore {
    types: BTreeMap<i64, ActivityType>,
    next_code: i64,
    /// By number, in the order of posting.
    rows: BTreeMap<u64, ActivityRow>,
    by_id: HashMap<String, u64>,
    by_lead: HashMap<String, Vec<u64>>,
    last_number: u64,
}

/// The longest text in a custom field, in characters; an administrator may raise it in the real system.
pub(super) const FIELD_CHARS_MAX: usize = 200;
/// Fields every activity has beside its custom ones.
const BUILT_IN: &[&str] = &["Status", "Owner", "ActivityEvent_Note"];

impl ActivityStore {
    pub fn new(first_code: i64) -> Self {
        Self {
            types: BTreeMap::new(),
            next_code: first_code,
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            by_lead: HashMap::new(),
            last_number: 0,
        }
    }

    pub fn types(&self) -> impl Iterator<Item = &ActivityType> {
        self.types.values()
    }

    pub fn kind(&self, code: i64) -> Option<&ActivityType> {
        self.types.get(&code)
    }

    pub fn type_by_id_mut(&mut self, id: &str) -> Option<&mut ActivityType> {
        self.types.values_mut().find(|kind| kind.id == id)
    }

    /// Adds a type under the next code, and gives the code.
    pub fn add_type(&mut self, kind: ActivityType) -> Result<i64, Refusal> {
        if self.types().any(|known| known.name.to_lowercase() == kind.name.to_lowercase()) {
            return Err(Refusal::name_taken(&kind.name));
        }
        let code = self.next_code;
        self.next_code += 1;
        self.types.insert(code, ActivityType { code, ..kind });
        Ok(code)
    }

    /// In the order of posting.
    pub fn iter(&self) -> impl Iterator<Item = &ActivityRow> {
        self.rows.values()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A lead's activities, the latest first; of the same second the one posted last.
    pub fn of_lead(&self, lead: &str) -> Vec<&ActivityRow> {
        let numbers = self.by_lead.get(&lead.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let mut rows: Vec<_> = numbers.iter().rev().filter_map(|number| self.rows.get(number)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.at_ms));
        rows
    }

    pub fn count_of_lead(&self, lead: &str) -> usize {
        self.by_lead.get(lead).map_or(0, Vec::len)
    }

    /// The one posted last on a lead.
    pub fn last_of_lead(&self, lead: &str) -> Option<&ActivityRow> {
        self.rows.get(self.by_lead.get(lead)?.last()?)
    }

    pub fn insert(&mut self, row: ActivityRow) {
        self.last_number += 1;
        self.by_id.insert(row.id.clone(), self.last_number);
        self.by_lead.entry(row.lead.clone()).or_default().push(self.last_number);
        self.rows.insert(self.last_number, row);
    }

    pub fn by_id_mut(&mut self, id: &str) -> Option<&mut ActivityRow> {
        self.rows.get_mut(self.by_id.get(&id.to_lowercase())?)
    }

    pub fn delete_of_lead(&mut self, lead: &str) {
        for number in self.by_lead.remove(lead).unwrap_or_default() {
            if let Some(row) = self.rows.remove(&number) {
                self.by_id.remove(&row.id);
            }
        }
    }

    /// Checks values against a type: no field it does not have, no text too long, no number that is none.
    pub fn check_fields(&self, code: i64, fields: &BTreeMap<String, String>) -> Result<(), Refusal> {
        // A built-in type cannot be posted, and what an unknown code is called is not known.
        let kind =
            self.kind(code).ok_or_else(|| Refusal::bad_input(format!("Activity Event {code} does not exist")))?;
        for (name, value) in fields {
            let Some(field) = kind.fields.iter().find(|field| field.schema_name == *name) else {
                if BUILT_IN.contains(&name.as_str()) {
                    continue;
                }
                return Err(Refusal::bad_activity(format!("Field '{name}' is not part of '{}'", kind.name)));
            };
            if field.data_type == "Number" && value.parse::<f64>().is_err() {
                return Err(Refusal::bad_activity(format!("Field '{name}' takes a value of type Number")));
            }
            if value.chars().count() > FIELD_CHARS_MAX {
                let text = format!("Value of '{name}' exceeds the maximum length of {FIELD_CHARS_MAX}");
                return Err(Refusal::bad_activity(text));
            }
        }
        Ok(())
    }

    /// Checks that a new activity has all that its type wants.
    pub fn check_mandatory(&self, code: i64, fields: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let wanted = self.kind(code).map(|kind| kind.fields.as_slice()).unwrap_or_default();
        let missing = |field: &&ActivityField| match field.need {
            Need::Mandatory => !fields.contains_key(&field.schema_name),
            Need::Optional => false,
        };
        match wanted.iter().find(missing) {
            None => Ok(()),
            Some(ActivityField { schema_name, data_type, .. }) => {
                Err(Refusal::bad_activity(format!("'{schema_name}' of type {data_type} is mandatory")))
            }
        }
    }

    /// For comparing.
    pub fn snapshot(&self, row: &ActivityRow) -> Activity {
        let ActivityRow { id, lead, code, note, at, at_ms: _, fields, created_ms, modified_ms: _ } = row;
        Activity {
            id: id.clone(),
            lead: lead.clone(),
            code: *code,
            type_name: self.kind(*code).map(|kind| kind.name.clone()).unwrap_or_default(),
            note: note.clone(),
            at: at.clone(),
            fields: fields.clone(),
            created_ms: *created_ms,
        }
    }
}
