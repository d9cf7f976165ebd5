//! What a registration's answers become: the writes of its lead, the fields of its activity, and what is said where an
//! answer did not fit.
//!
//! LeadSquared writes either every field of a call or none but the empty ones (leadsquared.md § 3.6, § 3.7). Fields of
//! different policies therefore go in writes of their own, each of which LeadSquared carries out at once; nothing is
//! read here and written later over what somebody changed meanwhile. What is overwritten goes in bulk.

use crate::fact::RegistrationState;
use crate::leadsquared::command::{FoundBy, LeadWrite, Turn};
use crate::redact::clip;
use crate::settings::mapping::{FieldPolicy, Fitted, LeadField, Target, fit, title};
use crate::settings::registration::Matching;
use crate::settings::{ACTIVITY_FIELDS, ACTIVITY_TEXT_CHARS_MAX, CaptureBehaviour, Settings};
use std::collections::BTreeMap;

/// What the answers of a registration become.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The writes of the lead, in their order; never none.
    pub writes: Vec<LeadWrite>,
    /// Fields of the registration's activity.
    pub activity: BTreeMap<String, String>,
    /// What did not fit, a sentence each.
    pub remarks: Vec<String>,
}

/// The lead's fields with what each may do, and what did not fit.
#[derive(Default)]
struct Collected {
    lead: BTreeMap<String, (String, Option<FieldPolicy>)>,
    activity: BTreeMap<String, String>,
    remarks: Vec<String>,
}

/// A remark shows so much of an answer, in characters.
const REMARK_CHARS_MAX: usize = 300;

impl Collected {
    /// Puts one answer where it goes. Of two answers for one field the first stays.
    fn put(&mut self, settings: &Settings, target: &Target, (title, answer): (&str, &str)) {
        if let Some(schema) = target.lead.as_ref().filter(|schema| *schema != "EmailAddress")
            && !self.lead.contains_key(schema)
        {
            let field = settings.learned.lead_fields.get(schema);
            let value = match fit(field, answer) {
                Fitted::Whole(value) => Some(value),
                Fitted::Cut(value, chars_max) => {
                    let shown = clip(answer, REMARK_CHARS_MAX);
                    self.remarks
                        .push(format!("Cut to {chars_max} characters on the lead ({}): {shown}", name(field, schema)));
                    Some(value)
                }
                Fitted::LeftOut(reason) => {
                    let shown = clip(answer, REMARK_CHARS_MAX);
                    self.remarks
                        .push(format!("Not on the lead ({}): {title} “{shown}” {reason}.", name(field, schema)));
                    None
                }
            };
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.lead.insert(schema.clone(), (value, target.policy));
            }
        }
        // The connector's own fields stay its own: an answer in them would hide an activity from being found again.
        if let Some(schema) =
            target.activity.as_ref().filter(|schema| !ACTIVITY_FIELDS.iter().any(|(own, _)| own == schema))
        {
            let answer = answer.trim();
            if answer.chars().count() > ACTIVITY_TEXT_CHARS_MAX {
                let shown = clip(answer, REMARK_CHARS_MAX);
                self.remarks.push(format!("Cut to {ACTIVITY_TEXT_CHARS_MAX} characters in {title}: {shown}"));
            }
            self.activity.entry(schema.clone()).or_insert_with(|| clip(answer, ACTIVITY_TEXT_CHARS_MAX));
        }
    }
}

fn name<'a>(field: Option<&'a LeadField>, schema: &'a str) -> &'a str {
    field.map(|field| field.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(schema)
}

/// What a registration's answers become under these settings.
pub fn answered(settings: &Settings, registration: &RegistrationState, computed: BTreeMap<String, String>) -> Answered {
    let mut collected = Collected::default();
    for (zoom, target) in &settings.registration_fields {
        if let Some(answer) = registration.answers.get(zoom) {
            collected.put(settings, target, (title(zoom), answer));
        }
    }
    for (title, answer) in &registration.custom_questions {
        if let Some(target) = settings.custom_questions.get(title) {
            collected.put(settings, target, (title, answer));
        }
    }
    let rules = &settings.registration;
    let tracking = registration.tracking_source.as_deref();
    if let Some(tracking) = tracking {
        collected.put(settings, &rules.source.field, ("Tracking source", tracking));
    }
    let source = rules.source.source_of(tracking, &settings.lead_source);
    if !source.is_empty() {
        let source = (clip(&source, ACTIVITY_TEXT_CHARS_MAX), rules.source.policy);
        collected.lead.entry("Source".to_owned()).or_insert(source);
    }
    let host = &registration.host;
    let signed_in = host.id.as_ref().and_then(|id| settings.learned.zoom_users.get(id));
    if let Some(owner) = rules.owner.owner(host.id.as_deref(), host.email.as_ref().or(signed_in)) {
        match settings.learned.users.get(&owner) {
            Some(id) => {
                collected.lead.insert("OwnerId".to_owned(), (id.clone(), Some(FieldPolicy::Never)));
            }
            None => collected.remarks.push(format!("No owner: LeadSquared has no active user {}.", owner.as_str())),
        }
    }
    // What is computed stands in place of what is mapped, and may do there what that may.
    for (field, value) in computed {
        let policy = collected.lead.get(&field).and_then(|(_, policy)| *policy);
        collected.lead.insert(field, (value, policy));
    }
    let writes = writes(settings, registration, &collected.lead);
    Answered { writes, activity: collected.activity, remarks: collected.remarks }
}

/// The writes of a lead: one where all its fields have the same policy, else one for each.
fn writes(
    settings: &Settings,
    registration: &RegistrationState,
    fields: &BTreeMap<String, (String, Option<FieldPolicy>)>,
) -> Vec<LeadWrite> {
    let mut groups: Vec<(CaptureBehaviour, BTreeMap<String, String>)> = Vec::new();
    for behaviour in ORDER {
        let of_group =
            fields.iter().filter(|(_, (_, policy))| policy.map_or(settings.capture, behaviour_of) == behaviour);
        let group: BTreeMap<String, String> =
            of_group.map(|(schema, (value, _))| (schema.clone(), value.clone())).collect();
        if !group.is_empty() {
            groups.push((behaviour, group));
        }
    }
    if groups.is_empty() {
        groups.push((settings.capture, BTreeMap::new()));
    }
    let alone = groups.len() == 1;
    let phone = fields.get("Phone").map(|(phone, _)| phone);
    let write = |(behaviour, group): (CaptureBehaviour, BTreeMap<String, String>)| {
        let mut write = LeadWrite::by_email(registration.email.clone(), group, behaviour);
        if behaviour == CaptureBehaviour::DoNotUpdate && !alone {
            // A lead that is made is made of everything at once.
            write.fields = fields.iter().map(|(schema, (value, _))| (schema.clone(), value.clone())).collect();
            write.turn = Turn::First;
        }
        match (settings.registration.matching, phone) {
            (Matching::Email, _) | (Matching::EmailThenPhone, None) => write,
            (Matching::EmailThenPhone, Some(phone)) => matched_by_phone(settings, write, phone),
        }
    };
    groups.into_iter().map(write).collect()
}

/// In which order writes of different policies go: what is only for a new lead comes first.
const ORDER: [CaptureBehaviour; 4] = [
    CaptureBehaviour::DoNotUpdate,
    CaptureBehaviour::Overwrite,
    CaptureBehaviour::DoNotUpdateUniqueFields,
    CaptureBehaviour::UpdateOnlyEmptyFields,
];

/// What may be done to a lead field that is there: as its own rule says, or as for all.
pub fn behaviour_for(settings: &Settings, field: &str) -> CaptureBehaviour {
    let rules = &settings.registration;
    let mut targets =
        settings.registration_fields.values().chain(settings.custom_questions.values()).chain([&rules.source.field]);
    let own = targets.find_map(|target| target.policy.filter(|_| target.lead.as_deref() == Some(field)));
    own.map_or(settings.capture, behaviour_of)
}

fn behaviour_of(policy: FieldPolicy) -> CaptureBehaviour {
    match policy {
        FieldPolicy::Overwrite => CaptureBehaviour::Overwrite,
        FieldPolicy::IfBlank => CaptureBehaviour::UpdateOnlyEmptyFields,
        FieldPolicy::Never => CaptureBehaviour::DoNotUpdate,
    }
}

/// A write that may find its lead by the phone number. What is overwritten still goes in bulk by the address where
/// LeadSquared itself refuses a phone number that another lead has; that refusal leads to the other lead.
fn matched_by_phone(settings: &Settings, mut write: LeadWrite, phone: &str) -> LeadWrite {
    let unique = settings.learned.lead_fields.get("Phone").is_none_or(|field| field.unique);
    if write.behaviour == CaptureBehaviour::Overwrite && unique && write.fields.contains_key("Phone") {
        return LeadWrite { found_by: FoundBy::EmailUnlessPhoneTaken, ..write };
    }
    write.fields.entry("Phone".to_owned()).or_insert_with(|| phone.to_owned());
    write.by_phone_too()
}
