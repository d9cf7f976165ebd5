//! Looking for changed appointments where LeadSquared does not tell of them. LeadSquared has no list of changed tasks: they are
//! asked for user by user, page by page. How far a look is stands in the lane's state, so that it goes on after a death. Nothing
//! of a task is believed here but its id and that it changed; it is read like one of which LeadSquared told.

use super::appointment::TaskRead;
use super::command::Command;
use super::reply::{Refusal, read, text};
use super::wire::date;
use crate::exchange::{Body, Effect, Method, Reply, Request};
use crate::settings::appointments::{AppointmentRules, Becomes, POLL_MINUTES_MAX};
use crate::translate::meeting::agree::{Heard, TaskTold};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Tasks in a page.
pub const LOOK_ROWS: usize = 200;
/// Pages of one user in one look.
pub const LOOK_PAGES_MAX: usize = 20;
/// Users whose tasks are looked through in one look.
pub const LOOK_USERS_MAX: usize = 200;
/// A look begins so long before the one before it began, in milliseconds: clocks differ.
const OVERLAP_MS: i64 = 2 * MINUTE_MS;
/// How far ahead appointments are looked for, in milliseconds. It is not said whether the dates that a look is bounded by are those of
/// the change or those of the appointment; from the last look until then holds what is wanted by either reading.
const AHEAD_MS: i64 = 365 * 24 * HOUR_MS;
/// While LeadSquared tells of changes itself, looks are only for what it left out, and come at most so often, in milliseconds.
const HEARD_EVERY_MS: i64 = HOUR_MS;
/// For so long after the last notice LeadSquared is taken to tell of changes itself, in milliseconds.
const HEARD_FOR_MS: i64 = 24 * HOUR_MS;
/// After a refusal the look goes on after so long, in milliseconds.
const AGAIN_MS: i64 = MINUTE_MS;
/// Appointments that are over so long are not waited for any more, in milliseconds.
const OVER_MS: i64 = 24 * HOUR_MS;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How far looking for changed appointments is. All times are epoch milliseconds; 0 means never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskLook {
    /// Changes since then were not looked for.
    pub since_ms: i64,
    /// The next look begins, or the one under way goes on.
    pub next_at_ms: i64,
    /// When the look under way began; 0 when none is.
    pub began_ms: i64,
    /// Ids of the users whose tasks are still to be looked through in it, the next one last.
    pub users: Vec<String>,
    /// Pages of the next one that were looked through.
    pub pages: usize,
    /// When LeadSquared last told of a task by itself.
    pub heard_ms: i64,
    /// When the last appointment ends that was made for a meeting.
    pub until_ms: i64,
}

/// What a look has to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// Nothing before that time, epoch milliseconds; `None` as things are set up: never.
    Wait(Option<i64>),
    /// Ask who the account's users are.
    Users,
    /// Ask for that page.
    Page(TasksPage),
}

/// A page of a user's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TasksPage {
    /// The user's id.
    pub user: String,
    /// Changed since then, epoch milliseconds.
    pub since_ms: i64,
    /// Until then, epoch milliseconds.
    pub until_ms: i64,
    /// The first row, from 0.
    pub row: usize,
}

/// A task that a page holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedTask {
    /// `UserTaskId`.
    pub task: String,
    /// `ModifiedOn`, epoch milliseconds.
    pub changed_ms: i64,
    /// Name of its type.
    pub task_type: String,
}

impl TaskLook {
    /// What is to be done at `now_ms`. The first look sees what changes from now on: appointments that were made before
    /// anybody wanted meetings of them stay what they are.
    pub fn todo(&mut self, rules: &AppointmentRules, now_ms: i64) -> Todo {
        let wanted = match rules.become_meetings {
            Becomes::Meeting => true,
            Becomes::Nothing => self.until_ms + OVER_MS > now_ms,
        };
        if rules.poll_minutes == 0 || !wanted {
            (self.since_ms, self.began_ms, self.pages) = (0, 0, 0);
            self.users.clear();
            return Todo::Wait(None);
        }
        if self.since_ms == 0 {
            self.since_ms = now_ms;
            self.next_at_ms = now_ms + self.every_ms(rules, now_ms);
        }
        if self.next_at_ms > now_ms {
            return Todo::Wait(Some(self.next_at_ms));
        }
        if self.began_ms == 0 {
            self.began_ms = now_ms;
            return Todo::Users;
        }
        match self.users.last() {
            Some(user) => Todo::Page(TasksPage {
                user: user.clone(),
                since_ms: self.since_ms - OVERLAP_MS,
                until_ms: now_ms + AHEAD_MS,
                row: self.pages * LOOK_ROWS,
            }),
            None => {
                self.since_ms = self.began_ms;
                self.began_ms = 0;
                self.next_at_ms = now_ms + self.every_ms(rules, now_ms);
                Todo::Wait(Some(self.next_at_ms))
            }
        }
    }

    fn every_ms(&self, rules: &AppointmentRules, now_ms: i64) -> i64 {
        let every_ms = i64::from(rules.poll_minutes.min(POLL_MINUTES_MAX)) * MINUTE_MS;
        let heard = self.heard_ms > 0 && now_ms - self.heard_ms < HEARD_FOR_MS;
        if heard { every_ms.max(HEARD_EVERY_MS) } else { every_ms }
    }

    /// The account's users are known: their tasks are looked through, one user after the other. Answers how many are left out.
    pub fn begin(&mut self, mut users: Vec<String>) -> usize {
        let left_out = users.len().saturating_sub(LOOK_USERS_MAX);
        users.truncate(LOOK_USERS_MAX);
        (self.users, self.pages) = (users, 0);
        left_out
    }

    /// A page of so many rows was read.
    pub fn turned(&mut self, rows: usize) {
        self.pages += 1;
        if rows < LOOK_ROWS || self.pages >= LOOK_PAGES_MAX {
            self.next_user();
        }
    }

    /// The tasks of the next user cannot be had, or all of them were.
    fn next_user(&mut self) {
        self.users.pop();
        self.pages = 0;
    }

    /// What was asked for could not be had at `now_ms`. What is refused of one user does not keep others waiting.
    pub fn refused(&mut self, refusal: &Refusal, now_ms: i64) {
        // Before there are users, the whole look begins anew.
        if self.users.is_empty() {
            self.began_ms = 0;
        }
        match refusal {
            Refusal::NotSent { .. } | Refusal::Unauthorized { .. } | Refusal::RateLimited { .. } => {}
            Refusal::DuplicateLead { .. }
            | Refusal::LeadMissing { .. }
            | Refusal::Rejected { .. }
            | Refusal::Malformed { .. } => self.next_user(),
        }
        self.next_at_ms = now_ms + AGAIN_MS;
    }

    /// Notes a command that goes to LeadSquared at `now_ms`: appointments of ours are worth a look until they are over, and a task
    /// that LeadSquared told of is read.
    pub fn note(&mut self, command: &Command, now_ms: i64) {
        match command {
            Command::CreateTask(task) if task.location.is_some() => self.until_ms = self.until_ms.max(task.end_ms),
            Command::ChangeTask(change) => {
                self.until_ms = self.until_ms.max(change.span_ms.map_or(0, |(_, end_ms)| end_ms));
            }
            Command::ReadTask(TaskRead { task: _, heard: Heard::Notice }) => self.heard_ms = now_ms,
            Command::ReadTask(TaskRead { task: _, heard: Heard::Look | Heard::Nowhere })
            | Command::CreateTask(_)
            | Command::UpsertLead(_)
            | Command::FindLead(_)
            | Command::PostActivity(_)
            | Command::CorrectActivity(_)
            | Command::Gather(_) => {}
        }
    }
}

impl ChangedTask {
    /// The same change found twice is one notice.
    #[must_use]
    pub fn told(&self) -> TaskTold {
        TaskTold { task: self.task.clone(), notice: format!("look-{}", self.changed_ms), heard: Heard::Look }
    }
}

/// The call for a page (leadsquared.md § 3.16).
#[must_use]
pub fn tasks_of_user(page: &TasksPage) -> Request {
    let body = json!({
        "Parameter": {
            "LookupName": "OwnerId",
            "LookupValue": page.user,
            "FromDate": date(page.since_ms),
            "ToDate": date(page.until_ms),
            "StatusCode": "0",
        },
        "Sorting": { "ColumnName": "ModifiedOn", "Direction": "1" },
        "Paging": { "Offset": page.row.to_string(), "RowCount": LOOK_ROWS.to_string() },
    });
    Request {
        operation: "Task.Retrieve",
        method: Method::Post,
        path: "/v2/Task.svc/Retrieve".to_owned(),
        query: Vec::new(),
        body: Body::Json(body.to_string()),
        effect: Effect::Read,
        bulk: false,
    }
}

/// Where a page may stand in the answer: no sample of one is published.
const LISTS: [&str; 4] = ["List", "TaskList", "Tasks", "Data"];

/// Reads a page: the tasks that changed since, and how many rows it has.
///
/// # Errors
/// [`Refusal`].
pub fn read_page(reply: &Reply, since_ms: i64) -> Result<(Vec<ChangedTask>, usize), Refusal> {
    let json = read(reply)?;
    let rows = json.as_array().or_else(|| LISTS.iter().find_map(|name| json.get(name)?.as_array()));
    let Some(rows) = rows else {
        return Err(Refusal::NotSent { why: "an answer that is not a list of tasks".to_owned() });
    };
    let changed = rows.iter().filter_map(changed).filter(|task| task.changed_ms >= since_ms);
    Ok((changed.collect(), rows.len()))
}

fn changed(row: &Value) -> Option<ChangedTask> {
    let type_name = || row.get("TaskType").and_then(|kind| text(kind, "Name"));
    Some(ChangedTask {
        task: text(row, "UserTaskId")?,
        changed_ms: text(row, "ModifiedOn").as_deref().and_then(super::appointment::instant)?,
        task_type: type_name().or_else(|| text(row, "TaskTypeName")).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    const NOW_MS: i64 = 1_795_514_400_000;

    fn rules() -> AppointmentRules {
        AppointmentRules { become_meetings: Becomes::Meeting, ..AppointmentRules::default() }
    }

    fn quarter_later() -> i64 {
        NOW_MS + 15 * MINUTE_MS
    }

    #[test]
    fn a_look_goes_through_all_users_and_the_next_one_begins_where_it_began() {
        let mut look = TaskLook::default();
        assert_eq!(look.todo(&rules(), NOW_MS), Todo::Wait(Some(quarter_later())));
        assert_eq!(look.todo(&rules(), quarter_later()), Todo::Users);
        assert_eq!(look.begin(vec!["u1".to_owned(), "u2".to_owned()]), 0);
        let page = |user: &str, row| {
            let (since_ms, until_ms) = (NOW_MS - OVERLAP_MS, quarter_later() + AHEAD_MS);
            Todo::Page(TasksPage { user: user.to_owned(), since_ms, until_ms, row })
        };
        assert_eq!(look.todo(&rules(), quarter_later()), page("u2", 0));
        look.turned(LOOK_ROWS);
        assert_eq!(look.todo(&rules(), quarter_later()), page("u2", LOOK_ROWS));
        look.turned(3);
        assert_eq!(look.todo(&rules(), quarter_later()), page("u1", 0));
        look.turned(0);
        let next_ms = quarter_later() + 15 * MINUTE_MS;
        assert_eq!(look.todo(&rules(), quarter_later()), Todo::Wait(Some(next_ms)));
        assert_eq!(look.since_ms, quarter_later());
    }

    #[test]
    fn there_is_nothing_to_look_for_where_nothing_is_wanted_or_everything_is_over() {
        let off = AppointmentRules::default();
        let mut look = TaskLook::default();
        assert_eq!(look.todo(&off, NOW_MS), Todo::Wait(None));
        look.until_ms = NOW_MS;
        assert_eq!(look.todo(&off, NOW_MS), Todo::Wait(Some(quarter_later())));
        assert_eq!(look.todo(&off, NOW_MS + OVER_MS), Todo::Wait(None));
        let never = AppointmentRules { poll_minutes: 0, ..rules() };
        assert_eq!(look.todo(&never, NOW_MS), Todo::Wait(None));
        // Switched on again, it does not look back.
        assert_eq!(look.todo(&rules(), NOW_MS + HOUR_MS), Todo::Wait(Some(NOW_MS + HOUR_MS + 15 * MINUTE_MS)));
        assert_eq!(look.since_ms, NOW_MS + HOUR_MS);
    }

    #[test]
    fn while_leadsquared_tells_of_changes_itself_looks_are_rare() {
        let mut look = TaskLook { heard_ms: NOW_MS, ..TaskLook::default() };
        assert_eq!(look.todo(&rules(), NOW_MS), Todo::Wait(Some(NOW_MS + HEARD_EVERY_MS)));
        let mut look = TaskLook { heard_ms: NOW_MS - HEARD_FOR_MS, ..TaskLook::default() };
        assert_eq!(look.todo(&rules(), NOW_MS), Todo::Wait(Some(quarter_later())));
    }

    #[test]
    fn what_is_refused_of_one_user_does_not_keep_others_waiting_and_a_silence_loses_nothing() {
        let mut look = TaskLook { since_ms: 1, began_ms: 2, ..TaskLook::default() };
        look.begin(vec!["u1".to_owned(), "u2".to_owned()]);
        look.refused(&Refusal::NotSent { why: String::new() }, NOW_MS);
        assert_eq!((look.users.len(), look.began_ms, look.next_at_ms), (2, 2, NOW_MS + AGAIN_MS));
        look.refused(&Refusal::Malformed { status: 400, detail: String::new() }, NOW_MS);
        assert_eq!(look.users, ["u1"]);
    }

    #[track_caller]
    fn check_page(body: &str, expected: Option<(&[&str], usize)>) {
        let read = read_page(&Reply::Answer(Answer::of(200, body)), 1_000).ok();
        let found = read.as_ref().map(|(tasks, rows)| (tasks.iter().map(|task| task.task.as_str()).collect(), *rows));
        assert_eq!(found, expected.map(|(tasks, rows)| (tasks.to_vec(), rows)));
    }

    #[test]
    fn a_page_is_read_in_either_form_and_holds_what_changed_since() {
        let rows = r#"[{"UserTaskId":"a","ModifiedOn":"1970-01-01 00:00:01.000","TaskType":{"Name":"Meeting"}},
            {"UserTaskId":"b","ModifiedOn":"1970-01-01 00:00:00"},{"x":1}]"#;
        check_page(rows, Some((&["a"], 3)));
        check_page(&format!(r#"{{"RecordCount":3,"List":{rows}}}"#), Some((&["a"], 3)));
        check_page(r#"{"RecordCount":3}"#, None);
    }
}
