//! Pages for people: what stands in each account. Lists are cut into pages of [`PAGE_ROWS`] rows.

use super::account::Account;
use super::activities::ActivityRow;
use super::attributes::{digits, display_name};
use super::leads::LeadRow;
use super::tasks::TaskRow;
use super::{LeadSquared, when};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Rows of a page.
const PAGE_ROWS: usize = 50;
/// What a browser may do with a page: no script, nothing from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'";

pub(super) fn router(crm: &LeadSquared) -> Router {
    Router::new()
        .route("/", get(accounts))
        .route("/crm/{org}", get(leads))
        .route("/crm/{org}/tasks", get(tasks))
        .route("/crm/{org}/lead/{id}", get(lead))
        .route("/LeadManagement/LeadDetails", get(lead_details))
        .with_state(crm.clone())
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    q: Option<String>,
    page: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Details {
    #[serde(rename = "LeadID")]
    lead_id: String,
}

/// Where in a list of rows a page is.
struct Pager {
    page: usize,
    pages: usize,
    query: Option<String>,
}

impl Pager {
    fn new(rows: usize, asked: Asked) -> Self {
        let pages = rows.div_ceil(PAGE_ROWS).max(1);
        Self { page: asked.page.unwrap_or(1).clamp(1, pages), pages, query: asked.q }
    }

    fn cut<T>(&self, rows: Vec<T>) -> impl Iterator<Item = T> {
        rows.into_iter().skip((self.page - 1) * PAGE_ROWS).take(PAGE_ROWS)
    }
}

#[derive(Template)]
#[template(path = "leadsquared/missing.html")]
struct Missing {
    title: &'static str,
}

#[derive(Template)]
#[template(path = "leadsquared/accounts.html")]
struct Accounts {
    title: &'static str,
    accounts: Vec<AccountLine>,
}

struct AccountLine {
    org: String,
    name: String,
    initials: String,
    leads: usize,
    activities: usize,
    tasks: usize,
    calls: u64,
    throttled: u64,
}

#[derive(Template)]
#[template(path = "leadsquared/leads.html")]
struct Leads {
    title: String,
    org: String,
    tab: &'static str,
    zone: String,
    total: usize,
    activities: usize,
    tasks: usize,
    leads: Vec<LeadLine>,
    pager: Pager,
}

struct LeadLine {
    id: String,
    title: String,
    initials: String,
    contact: String,
    /// Name of the last activity's type.
    last: String,
    activities: usize,
    when: String,
}

#[derive(Template)]
#[template(path = "leadsquared/lead.html")]
struct LeadPage {
    title: String,
    org: String,
    tab: &'static str,
    zone: String,
    id: String,
    initials: String,
    contact: String,
    score: i64,
    created: String,
    fields: Vec<(String, String)>,
    entries: Vec<Entry>,
    tasks: Vec<TaskLine>,
    tasks_more: usize,
    pager: Pager,
}

struct Entry {
    kind: String,
    at: String,
    note: String,
    fields: Vec<(String, String)>,
    /// Colour of its dot, in degrees: the same for activities of one type.
    hue: i64,
}

#[derive(Template)]
#[template(path = "leadsquared/tasks.html")]
struct Tasks {
    title: String,
    org: String,
    tab: &'static str,
    zone: String,
    total: usize,
    tasks: Vec<TaskLine>,
    pager: Pager,
}

struct TaskLine {
    name: String,
    kind: String,
    time: String,
    owner: String,
    status: &'static str,
    /// Id and title of the lead, where the page is not the lead's own.
    lead: Option<(String, String)>,
    location: String,
    /// The location, if it is one that can be followed.
    link: Option<String>,
    description: String,
}

async fn accounts(State(crm): State<LeadSquared>) -> Response {
    let line = |account: &Account| AccountLine {
        org: account.identity.org.clone(),
        name: account.identity.name.clone(),
        initials: initials(&account.identity.name),
        leads: account.leads.len(),
        activities: account.activities.len(),
        tasks: account.tasks.len(),
        calls: account.gate.counters().calls,
        throttled: account.gate.counters().throttled,
    };
    let accounts = crm.world().accounts().map(line).collect();
    page(StatusCode::OK, &Accounts { title: "Accounts", accounts })
}

async fn leads(State(crm): State<LeadSquared>, Path(org): Path<String>, Query(asked): Query<Asked>) -> Response {
    let mut world = crm.world();
    let Some(account) = world.account(&org) else { return missing() };
    let zone = zone(account);
    let mut rows: Vec<&LeadRow> = account.leads.iter().filter(|row| matches(row, asked.q.as_deref())).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.active_ms, row.number)));
    let pager = Pager::new(rows.len(), asked);
    let view = Leads {
        title: account.identity.name.clone(),
        org,
        tab: "leads",
        zone: account.identity.time_zone.clone(),
        total: account.leads.len(),
        activities: account.activities.len(),
        tasks: account.tasks.len(),
        leads: pager.cut(rows).map(|row| lead_line(account, row, &zone)).collect(),
        pager,
    };
    page(StatusCode::OK, &view)
}

async fn lead(
    State(crm): State<LeadSquared>,
    Path((org, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let now_ms = crm.clock.now_ms();
    let mut world = crm.world();
    let Some(account) = world.account(&org) else { return missing() };
    let Some(row) = account.leads.by_id(&id) else { return missing() };
    let zone = zone(account);
    let activities = account.activities.of_lead(&id);
    let pager = Pager::new(activities.len(), Asked { q: None, ..asked });
    let tasks: Vec<&TaskRow> = account.tasks.of_lead(&id).collect();
    let view = LeadPage {
        title: row.title(),
        org,
        tab: "leads",
        zone: account.identity.time_zone.clone(),
        id: row.id.clone(),
        initials: initials(&row.title()),
        contact: contact(row),
        score: row.score,
        created: when::spoken(row.created_ms, &zone),
        fields: row.values.iter().map(|(name, value)| (display_name(name), value.clone())).collect(),
        entries: pager.cut(activities).map(|row| entry(account, row, &zone)).collect(),
        tasks_more: tasks.len().saturating_sub(PAGE_ROWS),
        tasks: tasks.iter().rev().take(PAGE_ROWS).map(|row| task_line(row, None, (now_ms, &zone))).collect(),
        pager,
    };
    page(StatusCode::OK, &view)
}

async fn tasks(State(crm): State<LeadSquared>, Path(org): Path<String>, Query(asked): Query<Asked>) -> Response {
    let now_ms = crm.clock.now_ms();
    let mut world = crm.world();
    let Some(account) = world.account(&org) else { return missing() };
    let zone = zone(account);
    let rows: Vec<&TaskRow> = account.tasks.iter().rev().collect();
    let pager = Pager::new(rows.len(), Asked { q: None, ..asked });
    let line = |row: &TaskRow| {
        let lead = row.task.lead.as_deref().and_then(|id| account.leads.by_id(id));
        task_line(row, lead.map(|lead| (lead.id.clone(), lead.title())), (now_ms, &zone))
    };
    let view = Tasks {
        title: account.identity.name.clone(),
        org,
        tab: "tasks",
        zone: account.identity.time_zone.clone(),
        total: rows.len(),
        tasks: pager.cut(rows).map(line).collect(),
        pager,
    };
    page(StatusCode::OK, &view)
}

/// The familiar form of a link to a lead, which does not say the account.
async fn lead_details(State(crm): State<LeadSquared>, Query(details): Query<Details>) -> Response {
    let world = crm.world();
    let found = world.accounts().find_map(|account| {
        let row = account.leads.by_id(&details.lead_id)?;
        Some(format!("/crm/{}/lead/{}", account.identity.org, row.id))
    });
    found.map_or_else(missing, |address| Redirect::to(&address).into_response())
}

fn lead_line(account: &Account, row: &LeadRow, zone: &TimeZone) -> LeadLine {
    let last = account.activities.last_of_lead(&row.id).and_then(|last| account.activities.kind(last.code));
    LeadLine {
        id: row.id.clone(),
        title: row.title(),
        initials: initials(&row.title()),
        contact: contact(row),
        last: last.map(|kind| kind.name.clone()).unwrap_or_default(),
        activities: account.activities.count_of_lead(&row.id),
        when: when::spoken(row.active_ms, zone),
    }
}

fn entry(account: &Account, row: &ActivityRow, zone: &TimeZone) -> Entry {
    let kind = account.activities.kind(row.code);
    let named = |schema_name: &String| {
        let fields = kind.map(|kind| kind.fields.as_slice()).unwrap_or_default();
        let field = fields.iter().find(|field| field.schema_name == *schema_name);
        field.map_or_else(|| schema_name.clone(), |field| field.display_name.clone())
    };
    Entry {
        kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
        at: when::spoken(row.at_ms, zone),
        note: row.note.clone(),
        fields: row.fields.iter().map(|(name, value)| (named(name), value.clone())).collect(),
        // Types have neighbouring codes: a step of 137 degrees sets their colours far apart.
        hue: (row.code * 137).rem_euclid(360),
    }
}

fn task_line(row: &TaskRow, lead: Option<(String, String)>, (now_ms, zone): (i64, &TimeZone)) -> TaskLine {
    let task = &row.task;
    let location = task.location.clone().unwrap_or_default();
    TaskLine {
        name: task.name.clone(),
        kind: task.task_type.clone(),
        time: when::spoken_span((row.due_ms, row.end_ms), zone),
        owner: task.owner.clone(),
        status: row.status(now_ms),
        lead,
        link: Some(location.clone()).filter(|link| link.starts_with("https://")),
        location,
        description: task.description.clone(),
    }
}

fn zone(account: &Account) -> TimeZone {
    TimeZone::get(&account.identity.time_zone).unwrap_or(TimeZone::UTC)
}

/// Whether name, address, phone or company contains what was searched for.
fn matches(row: &LeadRow, query: Option<&str>) -> bool {
    let sought = query.map(|query| query.trim().to_lowercase()).unwrap_or_default();
    if sought.is_empty() || row.title().to_lowercase().contains(&sought) {
        return true;
    }
    let number = digits(&sought);
    let has = |name: &str| row.values.get(name).is_some_and(|value| value.to_lowercase().contains(&sought));
    let phone = |name: &str| row.values.get(name).is_some_and(|value| digits(value).contains(&number));
    has("EmailAddress") || has("Company") || (number.len() >= 3 && (phone("Phone") || phone("Mobile")))
}

/// Address and phone, without what the title says already.
fn contact(row: &LeadRow) -> String {
    let title = row.title();
    let values = ["EmailAddress", "Phone", "Company"].iter().filter_map(|name| row.values.get(*name));
    values.filter(|value| **value != title).cloned().collect::<Vec<_>>().join(" · ")
}

fn initials(title: &str) -> String {
    let letters = title.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    letters.take(2).flat_map(char::to_uppercase).collect()
}

fn missing() -> Response {
    page(StatusCode::NOT_FOUND, &Missing { title: "Not found" })
}

fn page(status: StatusCode, view: &impl Template) -> Response {
    match view.render() {
        Ok(html) => (status, [(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
