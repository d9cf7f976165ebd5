//! Pages for people who want to see what the pretend Zoom knows. They only show; what they show is bounded.

use super::super::Zoom;
use super::super::outbox::{Fate, LogLine};
use super::super::state::{Event, Registrant, Run, State, User};
use super::super::words::{AppKind, Kind, Status};
use super::reply::Reply;
use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;

/// Rows of any list.
const ROWS_MAX: usize = 200;
/// Webhooks on the first page.
const WEBHOOKS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "zoom/home.html")]
struct HomePage {
    accounts: Vec<AccountRow>,
    apps: Vec<AppRow>,
    webhooks: Vec<WebhookRow>,
    undelivered: usize,
    given_up: usize,
}

struct AccountRow {
    id: String,
    name: String,
    users: usize,
}

struct AppRow {
    name: String,
    client_id: String,
    hears: &'static str,
    url: String,
    accounts: usize,
    validated: &'static str,
}

struct WebhookRow {
    event: String,
    client_id: String,
    queued: String,
    tries: usize,
    fate: String,
    bad: bool,
}

#[derive(Template)]
#[template(path = "zoom/account.html")]
struct AccountPage {
    id: String,
    name: String,
    users: Vec<UserRow>,
    events: Vec<EventRow>,
    more: usize,
}

struct UserRow {
    name: String,
    email: String,
    role: &'static str,
    licence: String,
}

struct EventRow {
    number: u64,
    kind: &'static str,
    topic: String,
    start: String,
    registrants: usize,
    runs: usize,
    deleted: bool,
}

#[derive(Template)]
#[template(path = "zoom/event.html")]
struct EventPage {
    account: String,
    account_name: String,
    event: EventRow,
    agenda: String,
    host: String,
    join_url: String,
    registrants: Vec<RegistrantRow>,
    more: usize,
    runs: Vec<RunRow>,
}

struct RegistrantRow {
    name: String,
    email: String,
    status: &'static str,
    at: String,
    id: String,
}

struct RunRow {
    uuid: String,
    started: String,
    ended: String,
    stays: Vec<StayRow>,
    more: usize,
}

struct StayRow {
    name: String,
    email: String,
    joined: String,
    left: String,
}

/// A time as people read it; the pages say that it is UTC.
fn shown_time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%-d %b %Y, %H:%M:%S").to_string()
}

fn page(page: &impl Template) -> Response {
    Reply::html(200, page.render().unwrap_or_default()).into_response()
}

fn missing() -> Response {
    Reply::html(404, "<p>There is no such page in the pretend Zoom. <a href=\"/\">To the first page</a></p>".to_owned())
        .into_response()
}

fn webhook(line: LogLine) -> WebhookRow {
    let said = |status: Option<u16>| status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let (fate, bad) = match line.fate {
        Fate::Waiting => ("waits".to_owned(), false),
        Fate::Delivered(status) => (format!("delivered, {status}"), false),
        Fate::Failed(status) => (format!("will be repeated after {}", said(status)), true),
        Fate::GivenUp(status) => (format!("given up after {}", said(status)), true),
        Fate::Dropped => ("never sent, as set".to_owned(), true),
    };
    let (event, client_id) = (line.event, line.client_id);
    WebhookRow { event, client_id, queued: shown_time(line.queued_ms), tries: line.tries, fate, bad }
}

/// `GET /`
pub(super) async fn home(Shared(zoom): Shared<Zoom>) -> Response {
    let state = zoom.state();
    let accounts = state.accounts.values().take(ROWS_MAX).map(|account| AccountRow {
        id: account.id.clone(),
        name: account.name.clone(),
        users: account.users.len(),
    });
    let apps = state.apps.values().take(ROWS_MAX).map(|app| AppRow {
        name: app.is.name.clone(),
        client_id: app.is.client_id.clone(),
        hears: match app.is.kind {
            AppKind::Meetings => "meetings",
            AppKind::Webinars => "webinars",
        },
        url: app.subscription.as_ref().map(|to| to.url.clone()).unwrap_or_default(),
        accounts: app.installs.values().filter(|users| !users.is_empty()).count(),
        validated: match app.validated {
            None => "not asked",
            Some(true) => "proved",
            Some(false) => "failed",
        },
    });
    page(&HomePage {
        accounts: accounts.collect(),
        apps: apps.collect(),
        webhooks: state.outbox.log(WEBHOOKS_MAX).into_iter().map(webhook).collect(),
        undelivered: state.outbox.undelivered(),
        given_up: state.outbox.given_up,
    })
}

fn event_row(event: &Event) -> EventRow {
    EventRow {
        number: event.number,
        kind: match event.kind {
            Kind::Meeting => "Meeting",
            Kind::Webinar => "Webinar",
        },
        topic: event.plan.topic.clone(),
        start: shown_time(event.plan.start_ms),
        registrants: event.registrants.len(),
        runs: event.runs.len(),
        deleted: event.deleted,
    }
}

fn user_row(user: &User) -> UserRow {
    let seats = user.is.webinar_capacity.map(|seats| format!(", webinars up to {seats}")).unwrap_or_default();
    let licence = if user.is.licensed { "licensed" } else { "basic" };
    let (name, email) = (user.name(), user.is.email.clone());
    UserRow { name, email, role: user.is.role.as_str(), licence: format!("{licence}{seats}") }
}

/// `GET /accounts/{account}`
pub(super) async fn account(Shared(zoom): Shared<Zoom>, Path(id): Path<String>) -> Response {
    let state = zoom.state();
    let Some(account) = state.accounts.get(&id) else { return missing() };
    let users = account.users.iter().filter_map(|id| state.users.get(id));
    let mut events: Vec<&Event> = state.events.values().filter(|event| event.account == id).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.created_ms));
    page(&AccountPage {
        id: account.id.clone(),
        name: account.name.clone(),
        users: users.take(ROWS_MAX).map(user_row).collect(),
        more: events.len().saturating_sub(ROWS_MAX),
        events: events.into_iter().take(ROWS_MAX).map(event_row).collect(),
    })
}

fn registrant_row(registrant: &Registrant) -> RegistrantRow {
    let person = &registrant.person;
    RegistrantRow {
        name: format!("{} {}", person.first_name, person.last_name).trim().to_owned(),
        email: person.email.clone(),
        status: match registrant.status {
            Status::Pending => "pending",
            Status::Approved => "approved",
            Status::Denied => "denied",
            Status::Cancelled => "cancelled",
        },
        at: shown_time(registrant.at_ms),
        id: registrant.id.clone(),
    }
}

fn run_row(run: &Run) -> RunRow {
    let stays = run.attendances.iter().take(ROWS_MAX).map(|who| StayRow {
        name: who.name.clone(),
        email: who.email.clone(),
        joined: shown_time(who.join_ms),
        left: who.leave_ms.map(shown_time).unwrap_or_default(),
    });
    RunRow {
        uuid: run.uuid.clone(),
        started: shown_time(run.started_ms),
        ended: run.ended_ms.map(shown_time).unwrap_or_default(),
        stays: stays.collect(),
        more: run.attendances.len().saturating_sub(ROWS_MAX),
    }
}

fn event_page(state: &State, id: &str, number: u64) -> Option<EventPage> {
    let event = state.events.get(&number).filter(|event| event.account == id)?;
    let runs = event.runs.iter().rev().filter_map(|uuid| state.runs.get(uuid));
    Some(EventPage {
        account: id.to_owned(),
        account_name: state.accounts.get(id)?.name.clone(),
        event: event_row(event),
        agenda: event.plan.agenda.clone(),
        host: state.users.get(&event.host).map(|host| host.is.email.clone()).unwrap_or_default(),
        join_url: event.join_url(),
        registrants: event.registrants.iter().take(ROWS_MAX).map(registrant_row).collect(),
        more: event.registrants.len().saturating_sub(ROWS_MAX),
        runs: runs.take(10).map(run_row).collect(),
    })
}

/// `GET /accounts/{account}/events/{number}`
pub(super) async fn event(Shared(zoom): Shared<Zoom>, Path((id, number)): Path<(String, u64)>) -> Response {
    let state = zoom.state();
    event_page(&state, &id, number).map_or_else(missing, |shown| page(&shown))
}
