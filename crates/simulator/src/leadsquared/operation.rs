//! The calls that are answered: where each is found, and the name by which faults and counters know it.

/// What a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    WhoAmI,
    LeadFields,
    CreateLeadField,
    Lists,
    LeadsOfList,
    LeadById,
    LeadByEmail,
    LeadByPhone,
    CreateLead,
    UpdateLead,
    UpsertLead,
    CaptureLead,
    CreateLeads,
    UpsertLeads,
    ActivityTypes,
    CreateActivityType,
    ActivitySetting,
    UpdateActivityType,
    PostActivity,
    PostActivitiesByLead,
    PostActivitiesByField,
    UpdateActivity,
    ActivitiesOfLead,
    ActivitiesOfType,
    CreateTask,
    UpdateTask,
    CompleteTask,
    TaskById,
    TasksOfUser,
    TasksOfLead,
    TaskTypes,
    Users,
    UserByEmail,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
}

/// Which limit a call counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Single,
    Bulk,
}

/// Where an operation is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub operation: Operation,
    pub verb: Verb,
    /// After `/v2/`; case does not matter.
    pub path: &'static str,
    /// For faults and counters.
    pub name: &'static str,
    pub weight: Weight,
}

const fn get(operation: Operation, path: &'static str, name: &'static str) -> Route {
    Route { operation, verb: Verb::Get, path, name, weight: Weight::Single }
}

const fn post(operation: Operation, path: &'static str, name: &'static str) -> Route {
    Route { operation, verb: Verb::Post, path, name, weight: Weight::Single }
}

const fn bulk(operation: Operation, path: &'static str, name: &'static str) -> Route {
    Route { operation, verb: Verb::Post, path, name, weight: Weight::Bulk }
}

const ROUTES: &[Route] = &[
    get(Operation::WhoAmI, "Authentication.svc/UserByAccessKey.Get", "UserByAccessKey.Get"),
    get(Operation::LeadFields, "LeadManagement.svc/LeadsMetaData.Get", "LeadsMetaData.Get"),
    post(Operation::CreateLeadField, "LeadManagement.svc/CreateLeadField", "CreateLeadField"),
    get(Operation::Lists, "LeadManagement.svc/Lists.Get", "Lists.Get"),
    post(
        Operation::LeadsOfList,
        "LeadManagement.svc/Leads/Retrieve/BySearchParameter",
        "Leads/Retrieve/BySearchParameter",
    ),
    get(Operation::LeadById, "LeadManagement.svc/Leads.GetById", "Leads.GetById"),
    get(Operation::LeadByEmail, "LeadManagement.svc/Leads.GetByEmailaddress", "Leads.GetByEmailaddress"),
    get(Operation::LeadByPhone, "LeadManagement.svc/RetrieveLeadByPhoneNumber", "RetrieveLeadByPhoneNumber"),
    post(Operation::CreateLead, "LeadManagement.svc/Lead.Create", "Lead.Create"),
    post(Operation::UpdateLead, "LeadManagement.svc/Lead.Update", "Lead.Update"),
    post(Operation::UpsertLead, "LeadManagement.svc/Lead.CreateOrUpdate", "Lead.CreateOrUpdate"),
    post(Operation::CaptureLead, "LeadManagement.svc/Lead.Capture", "Lead.Capture"),
    bulk(Operation::CreateLeads, "LeadManagement.svc/Lead/Bulk/Create", "Lead/Bulk/Create"),
    bulk(Operation::UpsertLeads, "LeadManagement.svc/Lead/Bulk/CreateOrUpdate", "Lead/Bulk/CreateOrUpdate"),
    get(Operation::ActivityTypes, "ProspectActivity.svc/ActivityTypes.Get", "ActivityTypes.Get"),
    post(Operation::CreateActivityType, "ProspectActivity.svc/CreateType", "CreateType"),
    get(
        Operation::ActivitySetting,
        "ProspectActivity.svc/CustomActivity/GetActivitySetting",
        "CustomActivity/GetActivitySetting",
    ),
    post(Operation::UpdateActivityType, "ProspectActivity.svc/CustomActivityType/Update", "CustomActivityType/Update"),
    post(Operation::PostActivity, "ProspectActivity.svc/Create", "ProspectActivity.Create"),
    bulk(
        Operation::PostActivitiesByLead,
        "ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadId",
        "Bulk/CustomActivity/Add/ByLeadId",
    ),
    bulk(
        Operation::PostActivitiesByField,
        "ProspectActivity.svc/Bulk/CustomActivity/Add/ByLeadField",
        "Bulk/CustomActivity/Add/ByLeadField",
    ),
    post(Operation::UpdateActivity, "ProspectActivity.svc/CustomActivity/Update", "CustomActivity/Update"),
    post(Operation::ActivitiesOfLead, "ProspectActivity.svc/Retrieve", "ProspectActivity.Retrieve"),
    post(
        Operation::ActivitiesOfType,
        "ProspectActivity.svc/CustomActivity/RetrieveByActivityEvent",
        "CustomActivity/RetrieveByActivityEvent",
    ),
    post(Operation::CreateTask, "Task.svc/Create", "Task.Create"),
    post(Operation::UpdateTask, "Task.svc/Update", "Task.Update"),
    get(Operation::CompleteTask, "Task.svc/MarkComplete", "MarkComplete"),
    post(Operation::TasksOfUser, "Task.svc/Retrieve", "Task.Retrieve"),
    get(Operation::TaskById, "Task.svc/Retrieve.GetById", "Retrieve.GetById"),
    get(Operation::TasksOfLead, "LeadManagement.svc/RetrieveTaskByLeadId", "RetrieveTaskByLeadId"),
    get(Operation::TaskTypes, "Task.svc/RetrieveTaskType", "RetrieveTaskType"),
    get(Operation::Users, "UserManagement.svc/Users.Get", "Users.Get"),
    get(Operation::UserByEmail, "UserManagement.svc/User/Retrieve/ByEmailAddress", "User/Retrieve/ByEmailAddress"),
];

/// The route of a call, by verb and by path after `/v2/`.
pub(super) fn find(verb: Verb, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.verb == verb && route.path.eq_ignore_ascii_case(path))
}
