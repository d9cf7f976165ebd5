//! The calls about tasks (leadsquared.md § 3.14 to § 3.16).

use super::account::Account;
use super::call::{Call, number, text};
use super::refusal::Refusal;
use super::tasks::{Progress, TYPES, TaskRow, TaskType};
use super::{NewTask, Task, TaskDates, TaskOwner, UserStatus, when};
use serde::Deserialize;
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
/// `NotifyBy` without a mail to the owner.
const NOTIFY_NOBODY: &str = "1000";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sent {
    user_task_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    related_entity: Value,
    related_entity_id: Option<String>,
    due_date: Option<String>,
    end_date: Option<String>,
    reminder: Value,
    notify_by: Option<String>,
    owner_id: Option<String>,
    owner_email_address: Option<String>,
    task_type: Option<SentType>,
    location: Option<String>,
    custom_fields: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SentType {
    name: String,
}

/// A question for a user's tasks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ask {
    parameter: AskFor,
    paging: AskPage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AskFor {
    lookup_name: String,
    lookup_value: String,
    from_date: String,
    to_date: String,
    status_code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AskPage {
    offset: String,
    row_count: String,
}

impl Account {
    pub(super) fn task_types(&self, call: &Call<'_>) -> Value {
        let (column, value) = (call.parameter("columnname"), call.parameter("columnvalue"));
        let fits = |(id, kind): &(String, &TaskType)| match (column, value) {
            (Some("Category"), Some(value)) => kind.category.number().to_string() == value,
            (Some("TaskTypeId"), Some(value)) => id.eq_ignore_ascii_case(value),
            (Some("TaskTypeName" | "TaskName"), Some(value)) => kind.name == value,
            _ => true,
        };
        let row = |(id, kind): (String, &TaskType)| {
            json!({
                "Id": id, "Name": kind.name, "Category": kind.category.number(), "Color": "#3653d8",
                "ColumnConfiguration": [], "CreatedBy": self.key_user().0, "CreatedOn": when::wcf(0), "FormLayout": "[]",
            })
        };
        let ids = self.task_type_ids.iter().cloned();
        ids.zip(TYPES).filter(fits).map(row).collect()
    }

    pub(super) fn create_task(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let sent: Sent = call.read()?;
        let name =
            sent.name.clone().filter(|name| !name.trim().is_empty()).ok_or_else(|| Refusal::mandatory("Name"))?;
        let kind = sent.task_type.as_ref().ok_or_else(|| Refusal::mandatory("TaskType"))?;
        let kind = task_type(&kind.name)?;
        let lead = match number(&sent.related_entity) {
            Some(1) => {
                let id = sent.related_entity_id.as_deref().ok_or_else(|| Refusal::mandatory("RelatedEntityId"))?;
                Some(self.leads.by_id(id).ok_or_else(Refusal::no_lead)?.id.clone())
            }
            Some(0) | None => None,
            Some(_) => return Err(Refusal::bad_input("RelatedEntity is 0 or 1")),
        };
        let owner = self.owner(&sent)?;
        let due = sent.due_date.clone().unwrap_or_else(|| when::seconds(call.now_ms));
        let due_ms = instant("DueDate", &due)?;
        let end = sent.end_date.clone().unwrap_or_else(|| when::seconds(due_ms + kind.minutes * MINUTE_MS));
        let id = self.dice.guid();
        let row = TaskRow {
            task: Task {
                id: id.clone(),
                lead,
                name,
                description: sent.description.unwrap_or_default(),
                due,
                end: end.clone(),
                task_type: kind.name.to_owned(),
                owner,
                location: sent.location,
                created_ms: call.now_ms,
            },
            due_ms,
            end_ms: end_after(due_ms, &end)?,
            reminder: text(&sent.reminder)?.unwrap_or_default(),
            notify_by: sent.notify_by.unwrap_or_else(|| NOTIFY_NOBODY.to_owned()),
            custom_fields: sent.custom_fields,
            progress: Progress::Open,
            modified_ms: call.now_ms,
        };
        self.tasks.put(row);
        Ok(json!({ "Status": "Success", "Message": { "Id": id } }))
    }

    fn owner(&self, sent: &Sent) -> Result<String, Refusal> {
        let by_id = |id: &String| self.users.iter().find(|user| user.id.eq_ignore_ascii_case(id));
        let named = match (&sent.owner_id, &sent.owner_email_address) {
            (Some(id), _) => Some(by_id(id).map(|user| user.email.clone()).ok_or_else(no_owner)?),
            (None, Some(email)) => Some(email.clone()),
            (None, None) => None,
        };
        match (self.switches.owner, named) {
            (TaskOwner::Anybody, Some(email)) => Ok(email),
            (TaskOwner::Anybody, None) => Ok(self.key_user().1.to_owned()),
            (TaskOwner::KnownUser, None) => Err(Refusal::mandatory("OwnerId or OwnerEmailAddress")),
            (TaskOwner::KnownUser, Some(email)) => {
                let user = self.user(&email).filter(|user| user.status == UserStatus::Active);
                Ok(user.ok_or_else(no_owner)?.email.clone())
            }
        }
    }

    /// Changes what was sent; never completes a task.
    pub(super) fn update_task(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let sent: Sent = call.read()?;
        let id = sent.user_task_id.as_deref().ok_or_else(|| Refusal::mandatory("UserTaskId"))?;
        let mut row = self.tasks.by_id(id).ok_or_else(no_task)?.clone();
        if sent.owner_id.is_some() || sent.owner_email_address.is_some() {
            row.task.owner = self.owner(&sent)?;
        }
        row.task.name = sent.name.unwrap_or(row.task.name);
        row.task.description = sent.description.unwrap_or(row.task.description);
        row.task.location = sent.location.or(row.task.location);
        if let Some(kind) = &sent.task_type {
            row.task.task_type = task_type(&kind.name)?.name.to_owned();
        }
        if let Some(due) = sent.due_date {
            row.due_ms = instant("DueDate", &due)?;
            row.task.due = due;
        }
        if let Some(end) = sent.end_date {
            row.task.end = end;
        }
        row.end_ms = end_after(row.due_ms, &row.task.end)?;
        row.reminder = text(&sent.reminder)?.unwrap_or(row.reminder);
        row.modified_ms = call.now_ms;
        let number = self.tasks.put(row);
        Ok(json!({ "Status": "Success", "Message": { "AffectedRows": 1, "AutoId": number } }))
    }

    /// What a person changes in a task.
    pub(super) fn edit_task(&mut self, id: &str, (name, span_ms): (Option<&str>, Option<(i64, i64)>), now_ms: i64) {
        let Some(mut row) = self.tasks.by_id(id).cloned() else { return };
        row.task.name = name.map_or(row.task.name, str::to_owned);
        if let Some((due_ms, end_ms)) = span_ms {
            (row.due_ms, row.end_ms) = (due_ms, end_ms);
            (row.task.due, row.task.end) = (when::seconds(due_ms), when::seconds(end_ms));
        }
        row.modified_ms = now_ms;
        self.tasks.put(row);
    }

    /// What a person makes in the pages.
    pub(super) fn add_task(&mut self, new: NewTask, now_ms: i64) -> String {
        let id = self.dice.guid();
        let (due_ms, end_ms) = new.span_ms;
        let task = Task {
            id: id.clone(),
            lead: new.lead,
            name: new.name,
            description: new.description,
            due: when::seconds(due_ms),
            end: when::seconds(end_ms),
            task_type: new.task_type,
            owner: new.owner,
            location: None,
            created_ms: now_ms,
        };
        self.tasks.put(TaskRow {
            task,
            due_ms,
            end_ms,
            reminder: String::new(),
            notify_by: NOTIFY_NOBODY.to_owned(),
            custom_fields: Value::Null,
            progress: Progress::Open,
            modified_ms: now_ms,
        });
        id
    }

    pub(super) fn give_task(&mut self, id: &str, owner: &str, now_ms: i64) {
        let Some(mut row) = self.tasks.by_id(id).cloned() else { return };
        owner.clone_into(&mut row.task.owner);
        row.modified_ms = now_ms;
        self.tasks.put(row);
    }

    pub(super) fn relate_task(&mut self, id: &str, lead: &str, now_ms: i64) {
        let Some(mut row) = self.tasks.by_id(id).cloned() else { return };
        row.task.lead = Some(lead.to_owned());
        row.modified_ms = now_ms;
        self.tasks.put(row);
    }

    pub(super) fn cancel_task(&mut self, id: &str, now_ms: i64) {
        let Some(mut row) = self.tasks.by_id(id).cloned() else { return };
        row.progress = Progress::Cancelled;
        row.modified_ms = now_ms;
        self.tasks.put(row);
    }

    pub(super) fn delete_task(&mut self, id: &str) {
        self.tasks.delete(id);
    }

    /// A GET that changes the state, as the real one is.
    pub(super) fn complete_task(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let mut row = self.tasks.by_id(call.needed("id")?).ok_or_else(no_task)?.clone();
        row.progress = Progress::Completed(call.now_ms);
        row.modified_ms = call.now_ms;
        self.tasks.put(row);
        Ok(json!({ "Status": "Success", "Message": { "AffectedRows": 1 } }))
    }

    pub(super) fn task_by_id(&self, call: &Call<'_>) -> Value {
        let row = call.parameter("id").and_then(|id| self.tasks.by_id(id));
        row.map(|row| row.render(&self.user_id(&row.task.owner), self.key_user())).into_iter().collect()
    }

    /// A user's tasks by a span of dates, page by page. `Offset` counts rows; what the dates mean is not known, so a switch says.
    pub(super) fn tasks_of_user(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let ask: Ask = call.read()?;
        let parameter = &ask.parameter;
        if parameter.lookup_name != "OwnerId" {
            return Err(Refusal::bad_input("LookupName is OwnerId"));
        }
        let owner = self.users.iter().find(|user| user.id.eq_ignore_ascii_case(&parameter.lookup_value));
        let owner = owner.ok_or_else(no_owner)?.email.clone();
        let span = (instant("FromDate", &parameter.from_date)?, instant("ToDate", &parameter.to_date)?);
        let within = |row: &&TaskRow| {
            let at_ms = match self.switches.task_dates {
                TaskDates::OfTheChange => row.modified_ms,
                TaskDates::OfTheAppointment => row.due_ms,
            };
            row.task.owner == owner && (span.0..=span.1).contains(&at_ms) && row.status_code() == parameter.status_code
        };
        let mut rows: Vec<&TaskRow> = self.tasks.iter().filter(within).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.modified_ms));
        let count = |text: &str| text.parse::<usize>().map_err(|_| Refusal::bad_input("Paging"));
        let (skip, most) = (count(&ask.paging.offset)?, count(&ask.paging.row_count)?);
        let shown = rows.iter().skip(skip).take(most);
        Ok(shown.map(|row| row.render(&self.user_id(&row.task.owner), self.key_user())).collect())
    }

    pub(super) fn tasks_of_lead(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let lead = call.needed("leadId")?;
        let row = |row: &TaskRow| row.brief(&self.user_id(&row.task.owner), self.key_user(), call.now_ms);
        let rows: Vec<Value> = self.tasks.of_lead(lead).map(row).collect();
        Ok(json!({ "RecordCount": rows.len(), "TaskList": rows }))
    }
}

fn task_type(name: &str) -> Result<&'static TaskType, Refusal> {
    let found = TYPES.iter().find(|kind| kind.name == name);
    found.ok_or_else(|| Refusal::bad_input(format!("Task Type '{name}' does not exist")))
}

fn instant(name: &str, text: &str) -> Result<i64, Refusal> {
    when::read(text).ok_or_else(|| Refusal::bad_input(format!("{name} is not YYYY-MM-DD HH:MM:SS")))
}

fn end_after(due_ms: i64, end: &str) -> Result<i64, Refusal> {
    let end_ms = instant("EndDate", end)?;
    if end_ms < due_ms { Err(Refusal::bad_input("EndDate is before DueDate")) } else { Ok(end_ms) }
}

fn no_task() -> Refusal {
    Refusal::bad_input("Task does not exist")
}

fn no_owner() -> Refusal {
    Refusal::bad_input("Owner is not an active user")
}
