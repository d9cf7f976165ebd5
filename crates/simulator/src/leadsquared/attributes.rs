//! A lead's attributes: which there are, how they are sent in, and how they are described (leadsquared.md § 2.3, § 3.2).

use super::NewLeadField;
use super::call::text;
use super::refusal::Refusal;
use super::when;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Attributes every account has, each with its data type.
pub(super) const SYSTEM: &[(&str, &str)] = &[
    ("FirstName", "Text"),
    ("LastName", "Text"),
    ("EmailAddress", "Email"),
    ("Phone", "Phone"),
    ("Mobile", "Phone"),
    ("Fax", "Phone"),
    ("Company", "Text"),
    ("JobTitle", "Text"),
    ("Website", "Website"),
    ("TimeZone", "Text"),
    ("Region", "Text"),
    ("Source", "Select"),
    ("SourceMedium", "Text"),
    ("SourceCampaign", "Text"),
    ("SourceContent", "Text"),
    ("SourceReferrer", "Text"),
    ("SourceReferrerURL", "Website"),
    ("SourceIPAddress", "Text"),
    ("Origin", "Text"),
    ("Notes", "Text"),
    ("ProspectStage", "Select"),
    ("Grade", "Text"),
    ("Score", "Number"),
    ("EngagementScore", "Number"),
    ("Revenue", "Number"),
    ("OwnerId", "Text"),
    ("DoNotEmail", "Boolean"),
    ("DoNotCall", "Boolean"),
    ("DoNotSMS", "Boolean"),
    ("DoNotTrack", "Boolean"),
    ("NotableEvent", "Text"),
    ("NotableEventdate", "Date"),
    ("LeadConversionDate", "Date"),
    ("LastVisitDate", "Date"),
    ("LeadType", "Text"),
    ("Latitude", "Text"),
    ("Longitude", "Text"),
    ("mx_Street1", "Text"),
    ("mx_Street2", "Text"),
    ("mx_City", "Text"),
    ("mx_State", "Text"),
    ("mx_Country", "Text"),
    ("mx_Zip", "Text"),
];

/// Attributes that LeadSquared writes itself; sent in, they are left alone.
const OWN: &[&str] = &["ProspectAutoId", "CreatedOn", "ModifiedOn", "CreatedBy", "ModifiedBy"];
/// The longest value of an attribute whose length nobody set, in characters.
pub(super) const CHARS_MAX: usize = 200;
/// One of these a new lead must have.
pub(super) const NAMING: &[&str] = &["FirstName", "LastName", "EmailAddress", "Phone"];
/// Attributes that belong to one lead only.
pub(super) const UNIQUE: &[&str] = &["EmailAddress", "Phone"];

/// One attribute as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    attribute: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    fields: Vec<Attribute>,
}

/// What a lead is to look like.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// `ProspectID`, if one was named.
    pub id: Option<String>,
    /// The field to search by, if one was named.
    pub search_by: Option<String>,
    /// Values by attribute; none empties the attribute.
    pub values: BTreeMap<String, Option<String>>,
}

impl Wanted {
    /// From plain pairs, all of them values.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        let one = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), Some((*value).to_owned()).filter(|value| !value.trim().is_empty()))
        };
        Self { values: fields.iter().map(one).collect(), ..Self::default() }
    }

    /// From attributes as they are sent in; of two alike the later one counts.
    pub fn read(attributes: &[Attribute]) -> Result<Self, Refusal> {
        let mut wanted = Self::default();
        for one in attributes {
            let value = text(&one.value)?;
            if one.attribute == "SearchBy" {
                wanted.search_by = value;
            } else if one.attribute.eq_ignore_ascii_case("ProspectId") {
                wanted.id = value.map(|id| id.to_lowercase());
            } else if one.fields.is_empty() {
                wanted.values.insert(one.attribute.clone(), value);
            } else {
                for inner in &one.fields {
                    wanted.values.insert(inner.attribute.clone(), text(&inner.value)?);
                }
            }
        }
        wanted.values.retain(|name, _| !OWN.contains(&name.as_str()));
        Ok(wanted)
    }

    /// The value of an attribute, if it has one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_deref()
    }

    /// Refuses a lead that nothing names.
    pub fn check_named(&self) -> Result<(), Refusal> {
        let named = NAMING.iter().any(|name| self.value(name).is_some());
        if named { Ok(()) } else { Err(Refusal::mandatory("FirstName, LastName, EmailAddress or Phone")) }
    }
}

/// The digits of a phone; numbers are alike when these are.
pub(super) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// What an address is compared by.
pub(super) fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether options are described too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionSets {
    Included,
    Excluded,
}

/// An attribute's row of metadata.
pub(super) fn describe(
    (schema_name, data_type): (&str, &str),
    added: Option<&NewLeadField>,
    options: OptionSets,
    now_ms: i64,
) -> Value {
    let unique = UNIQUE.contains(&schema_name);
    let mut row = json!({
        "Entity": "Prospect",
        "SchemaName": schema_name,
        "DisplayName": display_name(schema_name),
        "Name": display_name(schema_name),
        "DataType": data_type,
        "IsMandatory": false,
        "MaxLength": added.map_or(CHARS_MAX, |field| field.chars_max).to_string(),
        "EntityAttributeType": if schema_name.starts_with("mx_") { "Custom" } else { "System" },
        "RenderTypeTextValue": render_type(data_type),
        "IsVisible": true,
        "IsSearchable": true,
        "ShowInMailMerge": true,
        "ShowInImport": true,
        "IsLeadIdentifier": unique,
        "LockAfterCreate": false,
        "UseInLeadClone": !unique,
        "IsSortable": true,
        "CreatedOn": when::wcf(now_ms),
    });
    let own: &[&str] = match schema_name {
        "Source" => &["Zoom Webinar", "Zoom Meeting", "Organic Search", "Referral Sites"],
        "ProspectStage" => &["Prospect", "Opportunity", "Customer", "Invalid"],
        _ => &[],
    };
    let of_added = added.iter().flat_map(|field| field.options.iter().map(String::as_str));
    let choices = own.iter().copied().chain(of_added);
    if let (OptionSets::Included, Value::Object(keys)) = (options, &mut row) {
        keys.insert("Options".to_owned(), choices.map(|choice| json!({ "Value": choice })).collect());
    }
    row
}

fn render_type(data_type: &str) -> &str {
    match data_type {
        "Email" | "Phone" => data_type,
        "Website" => "URL",
        "Date" => "DateTime",
        "Boolean" => "CheckBox",
        "Select" => "Dropdown",
        _ => "Textbox",
    }
}

/// `mx_Zip_Code` reads `Zip Code`, `JobTitle` reads `Job Title`.
pub(super) fn display_name(schema_name: &str) -> String {
    let bare = schema_name.strip_prefix("mx_").unwrap_or(schema_name);
    let mut name = String::with_capacity(bare.len() + 4);
    let mut before = ' ';
    for letter in bare.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            name.push(' ');
        }
        name.push(if letter == '_' { ' ' } else { letter });
        before = letter;
    }
    name
}
