//! The calls about leads (leadsquared.md § 3.2 to § 3.8).

use super::CaptureId;
use super::account::Account;
use super::attributes::{Attribute, OptionSets, UNIQUE, Wanted, describe};
use super::call::Call;
use super::leads::{LeadRow, Written};
use super::refusal::Refusal;
use serde_json::{Value, json};

/// Rows of `Lead/Bulk/Create`.
const CREATE_ROWS_MAX: usize = 50;
/// Rows of `Lead/Bulk/CreateOrUpdate`; one source says 50, a working client keeps to 25.
const UPSERT_ROWS_MAX: usize = 25;

/// What a capture does to a lead that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    DoNotUpdate,
    UpdateOnlyEmptyFields,
    DoNotUpdateUniqueFields,
    Overwrite,
}

impl Behaviour {
    fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        match call.parameter("leadupdatebehavior") {
            None => Ok(Self::Overwrite),
            Some("DoNotUpdate") => Ok(Self::DoNotUpdate),
            Some("UpdateOnlyEmptyFields") => Ok(Self::UpdateOnlyEmptyFields),
            Some("DoNotUpdateUniqueFields") => Ok(Self::DoNotUpdateUniqueFields),
            Some(other) => Err(Refusal::bad_input(format!("LeadUpdateBehavior '{other}' is not known"))),
        }
    }

    fn keeps(self, name: &str, row: &LeadRow) -> bool {
        let filled = row.values.contains_key(name);
        // A lead's source is where it came from first: a later capture does not change it.
        let source = name == "Source" && filled;
        match self {
            Self::DoNotUpdate => true,
            Self::UpdateOnlyEmptyFields => filled,
            Self::DoNotUpdateUniqueFields => source || UNIQUE.contains(&name),
            Self::Overwrite => source,
        }
    }
}

impl Account {
    pub(super) fn lead_fields(&self, call: &Call<'_>) -> Value {
        let options = match call.parameter("excludeoptionsets") {
            Some("1") => OptionSets::Excluded,
            Some(_) | None => OptionSets::Included,
        };
        let one = call.parameter("schemaname");
        let wanted = self.leads.fields().filter(|(name, _)| one.is_none_or(|one| one == *name));
        wanted.map(|field| describe(field, self.leads.added(field.0), options, call.now_ms)).collect()
    }

    /// An array of none or one: also a misnamed parameter finds nothing.
    pub(super) fn found(&self, row: Option<&LeadRow>) -> Value {
        row.map(|row| self.leads.render(row, self.key_user())).into_iter().collect()
    }

    pub(super) fn create_lead(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let wanted = Wanted::read(&call.read::<Vec<Attribute>>()?)?;
        let id = self.dice.guid();
        let id = self.leads.insert(id, &wanted, call.now_ms)?;
        Ok(json!({ "Status": "Success", "Message": { "Id": id } }))
    }

    pub(super) fn update_lead(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let id = call.needed("leadId")?;
        let wanted = Wanted::read(&call.read::<Vec<Attribute>>()?)?;
        self.leads.update(id, &wanted.values, call.now_ms)?;
        Ok(json!({ "Status": "Success", "Message": { "AffectedRows": 1 } }))
    }

    pub(super) fn upsert_lead(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let wanted = Wanted::read(&call.read::<Vec<Attribute>>()?)?;
        let (id, _) = self.upsert(&wanted, call.now_ms)?;
        Ok(json!({ "Status": "Success", "Message": { "Id": id, "AffectedRows": 1 } }))
    }

    /// Writes the lead that the search finds, or a new one.
    pub(super) fn upsert(&mut self, wanted: &Wanted, now_ms: i64) -> Result<(String, Written), Refusal> {
        match self.search(wanted)? {
            Some(id) => {
                let written = self.leads.update(&id, &wanted.values, now_ms)?;
                Ok((id, written))
            }
            None => {
                let id = self.dice.guid();
                Ok((self.leads.insert(id, wanted, now_ms)?, Written::Created))
            }
        }
    }

    /// By the field that was named, else by e-mail and then by phone.
    fn search(&self, wanted: &Wanted) -> Result<Option<String>, Refusal> {
        if let Some(field) = &wanted.search_by {
            let by_id = field.eq_ignore_ascii_case("ProspectId");
            let value = if by_id { wanted.id.as_deref() } else { wanted.value(field) };
            let value = value.ok_or_else(|| Refusal::mandatory(field))?;
            return Ok(self.leads.by_unique(field, value)?.map(|row| row.id.clone()));
        }
        let by_email = wanted.value("EmailAddress").and_then(|email| self.leads.by_email(email));
        let by_phone = || wanted.value("Phone").and_then(|phone| self.leads.by_phone(phone));
        Ok(by_email.or_else(by_phone).map(|row| row.id.clone()))
    }

    pub(super) fn capture_lead(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let behaviour = Behaviour::read(call)?;
        let mut wanted = Wanted::read(&call.read::<Vec<Attribute>>()?)?;
        let found = self.capture_match(&wanted)?;
        let created = found.is_none();
        let lead = match found {
            Some(row) => {
                let (id, row) = (row.id.clone(), row.clone());
                wanted.values.retain(|name, _| !behaviour.keeps(name, &row));
                self.leads.update(&id, &wanted.values, call.now_ms)?;
                id
            }
            None => {
                // A visitor without a name becomes a lead under the id it had; an id that is a lead's stays that lead's.
                let visitor = wanted.id.clone().filter(|id| self.leads.by_id(id).is_none());
                let id = visitor.unwrap_or_else(|| self.dice.guid());
                self.leads.insert(id, &wanted, call.now_ms)?
            }
        };
        let other = self.dice.guid();
        let (id, related) = match self.switches.capture_id {
            CaptureId::Id => (lead, other),
            CaptureId::RelatedId => (other, lead),
        };
        Ok(json!({ "Status": "Success", "Message": { "Id": id, "RelatedId": related, "IsCreated": created } }))
    }

    /// By `ProspectId`, e-mail, phone; an id whose lead has another e-mail does not count.
    fn capture_match(&self, wanted: &Wanted) -> Result<Option<&LeadRow>, Refusal> {
        let named = wanted.id.as_deref().and_then(|id| self.leads.by_id(id));
        let same = named.filter(|row| {
            let (has, sent) = (row.values.get("EmailAddress"), wanted.value("EmailAddress"));
            !matches!((has, sent), (Some(has), Some(sent)) if !has.eq_ignore_ascii_case(sent))
        });
        if same.is_some() {
            return Ok(same);
        }
        Ok(self.search(wanted)?.and_then(|id| self.leads.by_id(&id)))
    }

    pub(super) fn create_leads(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let rows: Vec<Vec<Attribute>> = call.read_rows(CREATE_ROWS_MAX)?;
        let one = |(row_number, row): (usize, Vec<Attribute>)| {
            let id = self.dice.guid();
            match Wanted::read(&row).and_then(|wanted| self.leads.insert(id, &wanted, call.now_ms)) {
                Ok(id) => json!({ "RowNumber": row_number, "LeadId": id, "LeadCreated": true }),
                Err(refusal) => json!({
                    "RowNumber": row_number, "LeadId": null, "LeadCreated": false,
                    "ExceptionType": refusal.exception, "ErrorMessage": refusal.text,
                }),
            }
        };
        Ok((1..).zip(rows).map(one).collect())
    }

    pub(super) fn upsert_leads(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let rows: Vec<Vec<Attribute>> = call.read_rows(UPSERT_ROWS_MAX)?;
        let one = |(row_number, row): (usize, Vec<Attribute>)| match Wanted::read(&row)
            .and_then(|wanted| self.upsert(&wanted, call.now_ms))
        {
            Ok((id, written)) => json!({
                "RowNumber": row_number,
                "LeadId": id,
                "LeadCreated": written == Written::Created,
                "LeadUpdated": written == Written::Updated,
                "AffectedRows": u8::from(written != Written::Untouched),
            }),
            Err(refusal) => json!({
                "RowNumber": row_number, "LeadId": null, "LeadCreated": false, "LeadUpdated": false,
                "AffectedRows": 0, "ExceptionType": refusal.exception, "ErrorMessage": refusal.text,
            }),
        };
        Ok((1..).zip(rows).map(one).collect())
    }
}
