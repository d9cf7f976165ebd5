//! An account's task types and tasks: kept, and found by lead.

use super::{Task, when};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// What a task type is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// 0: has a start and an end.
    Appointment,
    /// 1: is to be done by a time.
    ToDo,
}

/// A task type. There is no call to make one (leadsquared.md § 3.14).
#[derive(Debug)]
pub(super) struct TaskType {
    pub name: &'static str,
    pub category: Category,
    /// How long such a task lasts if it does not say, in minutes.
    pub minutes: i64,
}

/// The types every new account has.
pub(super) const TYPES: &[TaskType] = &[
    TaskType { name: "Meeting", category: Category::Appointment, minutes: 60 },
    TaskType { name: "Follow Up", category: Category::ToDo, minutes: 30 },
    TaskType { name: "Phone Call", category: Category::ToDo, minutes: 30 },
];

impl Category {
    pub fn number(self) -> i64 {
        match self {
            Self::Appointment => 0,
            Self::ToDo => 1,
        }
    }
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Open,
    /// When it was completed, epoch milliseconds.
    Completed(i64),
    Cancelled,
}

/// A task as it is kept.
#[derive(Debug, Clone)]
pub(super) struct TaskRow {
    pub task: Task,
    /// Epoch milliseconds, from `due` and `end`.
    pub due_ms: i64,
    pub end_ms: i64,
    /// As sent; minutes before.
    pub reminder: String,
    pub notify_by: String,
    pub custom_fields: Value,
    pub progress: Progress,
    pub modified_ms: i64,
}

impl TaskRow {
    /// The word for how far the task is at `now_ms`.
    pub fn status(&self, now_ms: i64) -> &'static str {
        match self.progress {
            Progress::Completed(_) => "Completed",
            Progress::Cancelled => "Cancelled",
            Progress::Open if self.end_ms < now_ms => "Overdue",
            Progress::Open => "Pending",
        }
    }

    /// `StatusCode` of a whole record.
    pub fn status_code(&self) -> &'static str {
        match self.progress {
            Progress::Open => "0",
            Progress::Completed(_) => "1",
            Progress::Cancelled => "Cancelled",
        }
    }

    /// The row of a lead's tasks. `user` is id and address of the keys' user.
    pub fn brief(&self, owner_id: &str, user: (&str, &str), now_ms: i64) -> Value {
        let task = &self.task;
        json!({
            "TaskID": task.id,
            "Name": task.name,
            "Description": task.description,
            "DueDate": when::fraction(self.due_ms),
            "CreatedOn": when::fraction(task.created_ms),
            "OwnerID": owner_id,
            "OwnerName": task.owner,
            "CreatedBy": user.0,
            "CreatedByName": user.1,
            "Status": self.status(now_ms),
            "Reminder": self.reminder,
        })
    }

    /// The whole record.
    pub fn render(&self, owner_id: &str, user: (&str, &str)) -> Value {
        let task = &self.task;
        let category = TYPES.iter().find(|kind| kind.name == task.task_type).map(|kind| kind.category.number());
        let (status_code, completed_on) = match self.progress {
            Progress::Open => ("0", when::NEVER.to_owned()),
            Progress::Completed(at_ms) => ("1", when::fraction(at_ms)),
            Progress::Cancelled => ("Cancelled", when::NEVER.to_owned()),
        };
        json!({
            "UserTaskId": task.id,
            "Name": task.name,
            "Category": category,
            "Description": task.description,
            "RelatedEntity": if task.lead.is_some() { "1" } else { "0" },
            "RelatedEntityId": task.lead,
            "DueDate": when::fraction(self.due_ms),
            "EndDate": when::fraction(self.end_ms),
            "Reminder": self.reminder,
            "ReminderBeforeDays": null,
            "NotifyBy": self.notify_by,
            "StatusCode": status_code,
            "OwnerId": owner_id,
            "OwnerName": task.owner,
            "OwnerEmailAddress": task.owner,
            "CreatedBy": user.0,
            "CreatedByName": user.1,
            "CreatedOn": when::fraction(task.created_ms),
            "ModifiedBy": user.0,
            "ModifiedByName": user.1,
            "ModifiedOn": when::fraction(self.modified_ms),
            "CompletedOn": completed_on,
            "TaskType": { "Name": task.task_type },
            "PercentCompleted": if status_code == "1" { "100" } else { "0" },
            "Priority": null,
            "Location": task.location,
            "CustomFields": self.custom_fields,
        })
    }
}

/// An account's tasks.
#[derive(Debug, Default)]
pub(super) struct TaskStore {
    /// By number, in the order of making.
    rows: BTreeMap<u64, TaskRow>,
    by_id: HashMap<String, u64>,
    by_lead: HashMap<String, Vec<u64>>,
    last_number: u64,
}

impl TaskStore {
    /// In the order of making.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &TaskRow> {
        self.rows.values()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// In the order of making.
    pub fn of_lead(&self, lead: &str) -> impl Iterator<Item = &TaskRow> {
        let numbers = self.by_lead.get(&lead.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|number| self.rows.get(number))
    }

    pub fn by_id(&self, id: &str) -> Option<&TaskRow> {
        self.rows.get(self.by_id.get(&id.to_lowercase())?)
    }

    /// Keeps a task under the next number (its `AutoId`), or one that is there in place of what it was. Its lead does not change.
    pub fn put(&mut self, row: TaskRow) -> u64 {
        let id = row.task.id.clone();
        if let Some(number) = self.by_id.get(&id) {
            self.rows.insert(*number, row);
            return *number;
        }
        self.last_number += 1;
        let number = self.last_number;
        self.by_id.insert(id, number);
        if let Some(lead) = &row.task.lead {
            self.by_lead.entry(lead.clone()).or_default().push(number);
        }
        self.rows.insert(number, row);
        number
    }

    pub fn delete(&mut self, id: &str) {
        let Some(number) = self.by_id.remove(&id.to_lowercase()) else { return };
        self.rows.remove(&number);
        self.by_lead.values_mut().for_each(|numbers| numbers.retain(|other| *other != number));
    }

    pub fn delete_of_lead(&mut self, lead: &str) {
        for number in self.by_lead.remove(lead).unwrap_or_default() {
            if let Some(row) = self.rows.remove(&number) {
                self.by_id.remove(&row.task.id);
            }
        }
    }
}
