//! Calls to LeadSquared as values. Paths begin with `/v2`; the client adds the keys as headers. `postUpdatedLead` stays
//! off: our own writes must not fire the tenant's automations back at us (leadsquared.md § 0).

use super::command::{Activity, Gather, LeadWrite, Members, Task};
use super::look::Page;
use super::setup::ActivityType;
use super::wire;
use crate::addition::Who;
use crate::exchange::{Body, Effect, Method, Request};
use crate::ids::{Email, LeadId};
use crate::settings::{ActivityKind, CaptureBehaviour};

fn get(operation: &'static str, path: &str, query: &[(&str, &str)]) -> Request {
    Request {
        operation,
        method: Method::Get,
        path: format!("/v2/{path}"),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Body::Empty,
        effect: Effect::Read,
        bulk: false,
    }
}

fn post(operation: &'static str, path: &str, body: String, effect: Effect) -> Request {
    let path = format!("/v2/{path}");
    Request { operation, method: Method::Post, path, query: Vec::new(), body: Body::Json(body), effect, bulk: false }
}

/// Whose keys these are, and where the account lives (§ 3.1). Answers on any regional host.
#[must_use]
pub fn who_am_i() -> Request {
    get("UserByAccessKey.Get", "Authentication.svc/UserByAccessKey.Get", &[])
}

/// The lead's fields with their options (§ 3.2).
#[must_use]
pub fn lead_fields() -> Request {
    get("LeadsMetaData.Get", "LeadManagement.svc/LeadsMetaData.Get", &[])
}

/// The account's users (§ 3.17), inactive ones among them.
#[must_use]
pub fn users() -> Request {
    get("Users.Get", "UserManagement.svc/Users.Get", &[])
}

/// The active user of an address (§ 3.17); the answer is an empty list where there is none.
#[must_use]
pub fn user_by_email(email: &Email) -> Request {
    get(
        "User/Retrieve/ByEmailAddress",
        "UserManagement.svc/User/Retrieve/ByEmailAddress",
        &[("emailaddress", email.as_str())],
    )
}

/// An activity type with its fields (§ 3.9).
#[must_use]
pub fn activity_type(code: i64) -> Request {
    let path = "ProspectActivity.svc/CustomActivity/GetActivitySetting";
    get("GetActivitySetting", path, &[("code", &code.to_string())])
}

/// Adds fields to an activity type (§ 3.9). What the type has is named again, so that nothing is taken from it.
#[must_use]
pub fn update_activity_type(of: &ActivityType, added: &[(String, String)]) -> Request {
    let path = "ProspectActivity.svc/CustomActivityType/Update";
    post("CustomActivityType/Update", path, wire::activity_type_update(of, added), Effect::Write)
}

/// Many leads by e-mail (§ 3.8).
#[must_use]
pub fn upsert_leads(leads: &[&LeadWrite]) -> Request {
    let request = post(
        "Lead/Bulk/CreateOrUpdate",
        "LeadManagement.svc/Lead/Bulk/CreateOrUpdate",
        wire::leads(leads),
        Effect::Write,
    );
    Request { bulk: true, ..request }
}

/// One lead by e-mail, every field written (§ 3.6).
#[must_use]
pub fn upsert_lead(lead: &LeadWrite) -> Request {
    post("Lead.CreateOrUpdate", "LeadManagement.svc/Lead.CreateOrUpdate", wire::lead(lead), Effect::Write)
}

/// One lead by e-mail, with care for what is there already (§ 3.7).
#[must_use]
pub fn capture_lead(lead: &LeadWrite) -> Request {
    let mut request = post("Lead.Capture", "LeadManagement.svc/Lead.Capture", wire::lead(lead), Effect::Write);
    let behaviour = match lead.behaviour {
        CaptureBehaviour::DoNotUpdate => Some("DoNotUpdate"),
        CaptureBehaviour::UpdateOnlyEmptyFields => Some("UpdateOnlyEmptyFields"),
        CaptureBehaviour::DoNotUpdateUniqueFields => Some("DoNotUpdateUniqueFields"),
        CaptureBehaviour::Overwrite => None,
    };
    request.query.extend(behaviour.map(|behaviour| ("LeadUpdateBehavior".to_owned(), behaviour.to_owned())));
    request
}

/// The lead of an address (§ 3.3).
#[must_use]
pub fn find_lead(email: &Email) -> Request {
    get("Leads.GetByEmailaddress", "LeadManagement.svc/Leads.GetByEmailaddress", &[("emailaddress", email.as_str())])
}

/// The lead of an id (§ 3.3).
#[must_use]
pub fn lead_by_id(lead: &LeadId) -> Request {
    get("Leads.GetById", "LeadManagement.svc/Leads.GetById", &[("id", &lead.0)])
}

/// The lead of a phone number (§ 3.3): LeadSquared takes it without spaces and hyphens.
#[must_use]
pub fn find_lead_by_phone(phone: &str) -> Request {
    let plain: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let path = "LeadManagement.svc/RetrieveLeadByPhoneNumber";
    get("RetrieveLeadByPhoneNumber", path, &[("phone", &plain)])
}

/// Many activities, each on its lead (§ 3.11).
#[must_use]
pub fn post_activities(rows: &[(&LeadId, &Activity)]) -> Request {
    let path = "ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId";
    Request { bulk: true, ..post("Bulk/CustomActivity/Add/ByLeadId", path, wire::activities(rows), Effect::Write) }
}

/// One activity (§ 3.10).
#[must_use]
pub fn post_activity(lead: &LeadId, activity: &Activity) -> Request {
    post("ProspectActivity.Create", "ProspectActivity.svc/Create", wire::activity(lead, activity), Effect::Write)
}

/// Corrects note and fields of an activity (§ 3.12): values are set, so that it may be repeated.
#[must_use]
pub fn correct_activity(id: &str, activity: &Activity) -> Request {
    let path = "ProspectActivity.svc/CustomActivity/Update";
    post("CustomActivity/Update", path, wire::correction(id, activity), Effect::Write)
}

/// A page of a lead's activities of one type (§ 3.13).
#[must_use]
pub fn activities_of_lead(lead: &LeadId, code: i64, page: Page) -> Request {
    let body = wire::activities_page(code, page);
    let mut request = post("ProspectActivity.Retrieve", "ProspectActivity.svc/Retrieve", body, Effect::Read);
    request.query.push(("leadId".to_owned(), lead.0.clone()));
    request
}

/// One task on a lead (§ 3.15); `owner` gets it where the task names nobody, since one has to be named.
#[must_use]
pub fn create_task(lead: &LeadId, task: &Task, owner: Option<&Email>) -> Request {
    post("Task.Create", "Task.svc/Create", wire::task(lead, task, owner), Effect::Write)
}

/// A lead's tasks (§ 3.16).
#[must_use]
pub fn tasks_of_lead(lead: &LeadId) -> Request {
    get("RetrieveTaskByLeadId", "LeadManagement.svc/RetrieveTaskByLeadId", &[("leadId", &lead.0)])
}

/// The tenant's activity types (§ 3.9).
#[must_use]
pub fn activity_types() -> Request {
    get("ActivityTypes.Get", "ProspectActivity.svc/ActivityTypes.Get", &[])
}

/// Makes one of our activity types with its fields (§ 3.9).
#[must_use]
pub fn create_activity_type(kind: ActivityKind) -> Request {
    post("CreateType", "ProspectActivity.svc/CreateType", wire::activity_type(kind), Effect::Write)
}

/// The tenant's task types (§ 3.14).
#[must_use]
pub fn task_types() -> Request {
    get("RetrieveTaskType", "Task.svc/RetrieveTaskType", &[])
}

/// Leads that are to be added to a webinar: one of them (§ 3.3), or a page of a list (§ 3.18).
#[must_use]
pub fn gather(gather: &Gather) -> Request {
    match &gather.members {
        Members::One(Who::Email(email)) => find_lead(email),
        Members::One(Who::Lead(lead)) => {
            get("Leads.GetById", "LeadManagement.svc/Leads.GetById", &[("id", lead.0.as_str())])
        }
        Members::List { list, page } => {
            let path = "LeadManagement.svc/Leads/Retrieve/BySearchParameter";
            let body = wire::members((list, *page), &gather.columns);
            post("Leads/Retrieve/BySearchParameter", path, body, Effect::Read)
        }
    }
}

/// The tenant's lists (§ 3.18).
#[must_use]
pub fn lists() -> Request {
    get("Lists.Get", "LeadManagement.svc/Lists.Get", &[])
}

/// Makes a field of leads for the join link (§ 3.2).
#[must_use]
pub fn create_link_field() -> Request {
    post("CreateLeadField", "LeadManagement.svc/CreateLeadField", wire::link_field(), Effect::Write)
}
