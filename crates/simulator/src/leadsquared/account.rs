//! One account, and which account a key pair belongs to.

use super::activities::ActivityStore;
use super::attributes::Wanted;
use super::call::Call;
use super::gate::Gate;
use super::leads::{COUNTRY_CODE, LeadStore};
use super::lists::ListStore;
use super::operation::Operation;
use super::refusal::Refusal;
use super::tasks::{TYPES, TaskStore};
use super::{NewAccount, Snapshot, Switches, UserStatus};
use crate::dice::Dice;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Code of the first custom activity type of the first account. Codes differ from account to account in the real system,
/// so each further account begins a step later.
const FIRST_CODE: i64 = 200;
/// How much later.
const CODE_STEP: i64 = 10;

/// All accounts.
#[derive(Debug)]
pub(super) struct World {
    dice: Dice,
    accounts: BTreeMap<String, Account>,
    org_by_access_key: HashMap<String, String>,
    next_code: i64,
}

/// A user of an account.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub status: UserStatus,
}

/// An account: its people, its records, its limit.
#[derive(Debug)]
pub(super) struct Account {
    pub identity: NewAccount,
    pub org_id: String,
    /// The one the keys belong to comes first.
    pub users: Vec<User>,
    pub switches: Switches,
    pub gate: Gate,
    pub leads: LeadStore,
    pub activities: ActivityStore,
    pub tasks: TaskStore,
    pub lists: ListStore,
    pub task_type_ids: Vec<String>,
    pub dice: Dice,
}

impl World {
    pub fn new(dice: Dice) -> Self {
        Self { dice, accounts: BTreeMap::new(), org_by_access_key: HashMap::new(), next_code: FIRST_CODE }
    }

    pub fn add(&mut self, new: NewAccount) {
        self.org_by_access_key.retain(|_, org| *org != new.org);
        self.org_by_access_key.insert(new.access_key.clone(), new.org.clone());
        let account = Account::new(new, Dice::new(self.dice.number()), self.next_code);
        self.next_code += CODE_STEP;
        self.accounts.insert(account.identity.org.clone(), account);
    }

    pub fn account(&mut self, org: &str) -> Option<&mut Account> {
        self.accounts.get_mut(org)
    }

    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The account of a key pair; none if either key is empty or they are not one pair.
    pub fn account_of(&mut self, access_key: &str, secret_key: &str) -> Option<&mut Account> {
        let org = self.org_by_access_key.get(access_key)?;
        let account = self.accounts.get_mut(org)?;
        (!access_key.is_empty() && !secret_key.is_empty() && account.identity.secret_key == secret_key)
            .then_some(account)
    }
}

impl Account {
    fn new(identity: NewAccount, mut dice: Dice, first_code: i64) -> Self {
        let email = identity.user_email.clone();
        let mut account = Self {
            org_id: dice.guid(),
            users: Vec::new(),
            switches: Switches::default(),
            gate: Gate::new(identity.limit, identity.throttle),
            leads: LeadStore::default(),
            activities: ActivityStore::new(first_code),
            tasks: TaskStore::default(),
            lists: ListStore::default(),
            task_type_ids: TYPES.iter().map(|_| dice.guid()).collect(),
            identity,
            dice,
        };
        account.add_user(&email, ("Integration", "Admin"), UserStatus::Active);
        account
    }

    pub fn add_user(&mut self, email: &str, (first_name, last_name): (&str, &str), status: UserStatus) {
        self.users.push(User {
            id: self.dice.guid(),
            email: email.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            status,
        });
    }

    pub fn set_user_status(&mut self, email: &str, status: UserStatus) {
        if let Some(user) = self.users.iter_mut().find(|user| user.email.eq_ignore_ascii_case(email)) {
            user.status = status;
        }
    }

    /// Id and e-mail address of the user the keys belong to.
    pub fn key_user(&self) -> (&str, &str) {
        self.users.first().map(|user| (user.id.as_str(), user.email.as_str())).unwrap_or_default()
    }

    pub fn user(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(email.trim()))
    }

    /// Empty for somebody who is not a user.
    pub fn user_id(&self, email: &str) -> String {
        self.user(email).map(|user| user.id.clone()).unwrap_or_default()
    }

    pub fn put_lead(&mut self, fields: &[(&str, &str)], now_ms: i64) -> Result<String, Refusal> {
        let id = self.dice.guid();
        self.leads.insert(id, &Wanted::of(fields), now_ms)
    }

    pub fn delete_lead(&mut self, lead: &str) {
        let lead = lead.to_lowercase();
        self.leads.delete(&lead);
        self.activities.delete_of_lead(&lead);
        self.tasks.delete_of_lead(&lead);
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            leads: self.leads.iter().map(|row| row.snapshot()).collect(),
            activities: self.activities.iter().map(|row| self.activities.snapshot(row)).collect(),
            tasks: self.tasks.iter().map(|row| row.task.clone()).collect(),
            activity_types: self.activities.types().cloned().collect(),
        }
    }

    /// Carries out a call that was let through.
    pub fn apply(&mut self, operation: Operation, call: &Call<'_>) -> Result<Value, Refusal> {
        match operation {
            Operation::WhoAmI => Ok(self.who_am_i()),
            Operation::LeadFields => Ok(self.lead_fields(call)),
            Operation::CreateLeadField => self.create_lead_field(call),
            Operation::Lists => Ok(self.lists.render()),
            Operation::LeadsOfList => self.leads_of_list(call),
            Operation::LeadById => Ok(self.found(call.parameter("id").and_then(|id| self.leads.by_id(id)))),
            Operation::LeadByEmail => {
                Ok(self.found(call.parameter("emailaddress").and_then(|email| self.leads.by_email(email))))
            }
            Operation::LeadByPhone => {
                Ok(self.found(call.parameter("phone").and_then(|phone| self.leads.by_any_phone(phone))))
            }
            Operation::CreateLead => self.create_lead(call),
            Operation::UpdateLead => self.update_lead(call),
            Operation::UpsertLead => self.upsert_lead(call),
            Operation::CaptureLead => self.capture_lead(call),
            Operation::CreateLeads => self.create_leads(call),
            Operation::UpsertLeads => self.upsert_leads(call),
            Operation::ActivityTypes => Ok(self.activity_types()),
            Operation::CreateActivityType => self.create_activity_type(call),
            Operation::ActivitySetting => self.activity_setting(call),
            Operation::UpdateActivityType => self.update_activity_type(call),
            Operation::PostActivity => self.post_activity(call),
            Operation::PostActivitiesByLead => self.post_activities_by_lead(call),
            Operation::PostActivitiesByField => self.post_activities_by_field(call),
            Operation::UpdateActivity => self.update_activity(call),
            Operation::ActivitiesOfLead => self.activities_of_lead(call),
            Operation::ActivitiesOfType => self.activities_of_type(call),
            Operation::CreateTask => self.create_task(call),
            Operation::UpdateTask => self.update_task(call),
            Operation::CompleteTask => self.complete_task(call),
            Operation::TasksOfUser => self.tasks_of_user(call),
            Operation::TaskById => Ok(self.task_by_id(call)),
            Operation::TasksOfLead => self.tasks_of_lead(call),
            Operation::TaskTypes => Ok(self.task_types(call)),
            Operation::Users => Ok(self.all_users()),
            Operation::UserByEmail => Ok(self.user_by_email(call)),
        }
    }

    /// The user's address stands in `PassPhrase`, as it does in the real answer (leadsquared.md § 3.1).
    fn who_am_i(&self) -> Value {
        let (id, email) = self.key_user();
        let NewAccount { org, name, time_zone, api_host, app_host, .. } = &self.identity;
        json!({
            "Id": id,
            "Name": "Integration Admin",
            "PassPhrase": email,
            "Role": "Administrator",
            "EmailAddress": null,
            "TimeZone": time_zone,
            "OrgId": self.org_id,
            "OrgDisplayName": name,
            "OrgShortCode": org,
            "OrgUniqueName": name,
            "DefaultCountryCode": COUNTRY_CODE,
            "UserType": "Regular",
            "LSQCommonServiceURLs": { "api": api_host, "app": app_host },
        })
    }

    /// Inactive users too.
    fn all_users(&self) -> Value {
        let row = |(place, user): (usize, &User)| {
            let status_code = match user.status {
                UserStatus::Active => 0,
                UserStatus::Inactive => 1,
            };
            json!({
                "ID": user.id, "FirstName": user.first_name, "LastName": user.last_name, "EmailAddress": user.email,
                "Role": role(place), "StatusCode": status_code, "Tag": null, "IsPhoneCallAgent": false,
            })
        };
        self.users.iter().enumerate().map(row).collect()
    }

    /// Nothing for an inactive user, as for an unknown one.
    fn user_by_email(&self, call: &Call<'_>) -> Value {
        let user = call.parameter("emailaddress").and_then(|email| self.user(email));
        let row = |user: &User| {
            json!({
                "UserId": user.id, "FirstName": user.first_name, "LastName": user.last_name,
                "EmailAddress": user.email, "AssociatedPhoneNumbers": "", "TimeZone": self.identity.time_zone,
                "Role": role(usize::from(user.id != self.key_user().0)), "OrgId": self.org_id,
                "CompanyName": self.identity.name, "UserType": "0", "Groups": [],
            })
        };
        user.filter(|user| user.status == UserStatus::Active).map(row).into_iter().collect()
    }
}

fn role(place: usize) -> &'static str {
    if place == 0 { "Administrator" } else { "Sales_User" }
}
