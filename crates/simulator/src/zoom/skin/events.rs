//! Calls that plan, show, change and delete meetings and webinars.

use super::super::change::{Asker, At};
use super::super::limits::Class;
use super::super::state::{Event, Plan, State, utc};
use super::super::wire::rest::{
    ActionBody, EventBody, EventItem, EventShown, InviteeBody, OccurrenceShown, PanelistShown, PanelistsAdded,
    PanelistsBody, RecurrenceBody, SettingsShown, TrackingField,
};
use super::super::words::{Approval, Kind, NewEvent};
use super::problem::Problem;
use super::reply::Reply;
use super::rest::{Answer, Ask, Call};

/// Longest topic and agenda, characters; a list shows less of the agenda.
const TOPIC_LETTERS_MAX: usize = 200;
const AGENDA_LETTERS_MAX: usize = 2000;
const AGENDA_LETTERS_LISTED: usize = 250;
/// Most occurrences of a series, and panelists of one call.
const OCCURRENCES_MAX: i64 = 50;
const PANELISTS_MAX: usize = 30;

const fn call(
    (method, path): (&'static str, &'static str),
    name: &'static str,
    scope: &'static str,
    class: Class,
    run: fn(&mut State, &Ask) -> Answer,
) -> Call {
    Call { method, path, name, scope, class, run }
}

/// The calls.
pub(super) const CALLS: &[Call] = &[
    call(("GET", "users/{}/{kind}s"), "{kind}s.list", "{kind}:read:list_{kind}s", Class::Medium, list),
    call(("POST", "users/{}/{kind}s"), "{kind}s.create", "{kind}:write:{kind}", Class::Medium, create),
    call(("GET", "{kind}s/{}"), "{kind}s.get", "{kind}:read:{kind}", Class::Light, get),
    call(("PATCH", "{kind}s/{}"), "{kind}s.update", "{kind}:update:{kind}", Class::Light, update),
    call(("DELETE", "{kind}s/{}"), "{kind}s.delete", "{kind}:delete:{kind}", Class::Light, delete),
    call(("PUT", "{kind}s/{}/status"), "{kind}s.status", "{kind}:update:status", Class::Light, status),
    call(
        ("GET", "webinars/{}/panelists"),
        "webinars.panelists.list",
        "webinar:read:list_panelists",
        Class::Medium,
        panelists,
    ),
    call(("POST", "webinars/{}/panelists"), "webinars.panelists.add", "webinar:write:panelist", Class::Medium, invite),
    call(
        ("DELETE", "webinars/{}/panelists"),
        "webinars.panelists.remove",
        "webinar:delete:panelist",
        Class::Light,
        uninvite,
    ),
    call(
        ("DELETE", "webinars/{}/panelists/{}"),
        "webinars.panelists.remove",
        "webinar:delete:panelist",
        Class::Light,
        uninvite,
    ),
];

fn at(ask: &Ask) -> At {
    At { ms: ask.now_ms, now_ms: ask.now_ms }
}

fn list(state: &mut State, ask: &Ask) -> Answer {
    let user = ask.user(state)?;
    let wanted = ask.query.get("type").map_or("scheduled", String::as_str);
    let is_wanted = |event: &&Event| match wanted {
        "live" => state.open_run(event).is_some(),
        "upcoming" | "upcoming_meetings" => event.plan.start_ms >= ask.now_ms,
        "previous_meetings" => state.open_run(event).is_none() && !event.runs.is_empty(),
        _ => true,
    };
    let events = user.events.iter().filter_map(|number| state.event(*number)).filter(|event| event.kind == ask.kind);
    let numbers: Vec<u64> = events.filter(is_wanted).map(|event| event.number).collect();
    let cut = ask.cut(state, numbers.len())?;
    let events = numbers.get(cut.shown.clone()).unwrap_or_default().iter().filter_map(|number| state.event(*number));
    let items = events.map(item).collect();
    Ok(cut.page(if ask.kind == Kind::Meeting { "meetings" } else { "webinars" }, items))
}

fn item(event: &Event) -> EventItem<'_> {
    EventItem {
        uuid: &event.uuid,
        id: event.number,
        host_id: &event.host,
        topic: &event.plan.topic,
        r#type: event.type_number(),
        start_time: utc(event.plan.start_ms),
        duration: event.plan.duration_min,
        timezone: &event.plan.timezone,
        created_at: utc(event.created_ms),
        join_url: event.join_url(),
        agenda: event.plan.agenda.chars().take(AGENDA_LETTERS_LISTED).collect(),
    }
}

fn shown(state: &State, event: &Event, status: u16) -> Reply {
    let plan = &event.plan;
    let occurrence = |start_ms: &i64| OccurrenceShown {
        occurrence_id: start_ms.to_string(),
        start_time: utc(*start_ms),
        duration: plan.lengths.get(start_ms).copied().unwrap_or(plan.duration_min),
        status: "available",
    };
    let body = EventShown {
        uuid: &event.uuid,
        id: event.number,
        host_id: &event.host,
        host_email: state.users.get(&event.host).map_or("", |host| &host.is.email),
        topic: &plan.topic,
        r#type: event.type_number(),
        status: if state.open_run(event).is_some() { "started" } else { "waiting" },
        start_time: utc(plan.start_ms),
        duration: plan.duration_min,
        timezone: &plan.timezone,
        agenda: &plan.agenda,
        created_at: utc(event.created_ms),
        start_url: format!("https://us02web.zoom.us/s/{}?zak=pretend", event.number),
        join_url: event.join_url(),
        registration_url: event.registration_url(),
        password: &plan.password,
        occurrences: plan.occurrences.iter().map(occurrence).collect(),
        settings: SettingsShown {
            approval_type: plan.approval.number(),
            registration_type: 1,
            registrants_confirmation_email: true,
            registrants_restrict_number: plan.registrants_max,
            alternative_hosts: &plan.alternative_hosts,
            waiting_room: plan.waiting_room,
            meeting_invitees: plan.invitees.iter().map(|email| InviteeBody { email: email.clone() }).collect(),
        },
        tracking_fields: state.tracking.get(&event.number).into_iter().flatten().map(tracking_field).collect(),
        creation_source: if event.created_by_api { "open_api" } else { "web_portal" },
    };
    Reply::json(status, &body)
}

fn tracking_field((field, value): &(String, String)) -> TrackingField<'_> {
    TrackingField { field, value }
}

fn create(state: &mut State, ask: &Ask) -> Answer {
    let host = ask.user(state)?.id.clone();
    ask.licensed(state, &host)?;
    let body: EventBody = ask.read()?;
    let single = if ask.kind == Kind::Meeting { 2 } else { 5 };
    let series = if ask.kind == Kind::Meeting { 8 } else { 9 };
    let wanted = body.r#type.unwrap_or(single);
    if (wanted != single && wanted != series) || ((wanted == series) != body.recurrence.is_some()) {
        return Err(Problem::field("type"));
    }
    let blank = NewEvent {
        topic: if ask.kind == Kind::Meeting { "Zoom Meeting" } else { "Zoom Webinar" }.to_owned(),
        start_ms: ask.now_ms - ask.now_ms.rem_euclid(1000),
        duration_min: 60,
        timezone: "Asia/Kolkata".to_owned(),
        approval: Approval::None,
        questions: Vec::new(),
        agenda: String::new(),
    };
    let plan = state.plan(blank);
    let plan = with(plan, &body)?;
    check_hosts(state, ask, (&host, &plan))?;
    if !state.limits.host_writes(&host, ask.now_ms) {
        return Err(Problem::host_writes(ask.kind));
    }
    let number = state.create((ask.kind, &host), plan, Asker::Api, at(ask));
    let event = state.event(number).ok_or_else(|| Problem::user(&host))?;
    Ok(shown(state, event, 201))
}

/// Alternative hosts are users of the account; registration for a meeting needs a licensed host.
fn check_hosts(state: &State, ask: &Ask, (host, plan): (&str, &Plan)) -> Result<(), Problem> {
    for email in plan.alternative_hosts.split(';').filter(|email| !email.is_empty()) {
        let known = state.user(email).is_some_and(|user| user.account == ask.access.account);
        if !known {
            let message = format!("You can't add {email} as an alternative host because they are not in your account.");
            return Err(Problem::new(400, 1114, message));
        }
    }
    let licensed = state.users.get(host).is_some_and(|host| host.is.licensed);
    if ask.kind == Kind::Meeting && plan.approval != Approval::None && !licensed {
        return Err(Problem::new(400, 200, format!("Registration needs a licensed user: {host}.")));
    }
    Ok(())
}

/// A plan with what a body says about it.
fn with(mut plan: Plan, body: &EventBody) -> Result<Plan, Problem> {
    let fits = |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.chars().count() <= most);
    if !fits(&body.topic, TOPIC_LETTERS_MAX) {
        return Err(Problem::field("topic"));
    }
    if !fits(&body.agenda, AGENDA_LETTERS_MAX) {
        return Err(Problem::field("agenda"));
    }
    let set = |place: &mut String, text: &Option<String>| {
        if let Some(text) = text {
            text.clone_into(place);
        }
    };
    set(&mut plan.topic, &body.topic);
    set(&mut plan.agenda, &body.agenda);
    set(&mut plan.password, &body.password);
    set(&mut plan.timezone, &body.timezone);
    let zone = jiff::tz::TimeZone::get(&plan.timezone).map_err(|_| Problem::field("timezone"))?;
    if let Some(text) = &body.start_time {
        plan.start_ms = start_ms(text, &zone).ok_or_else(|| Problem::field("start_time"))?;
    }
    plan.duration_min = body.duration.unwrap_or(plan.duration_min);
    plan.approval = match body.settings.approval_type {
        None => plan.approval,
        Some(0) => Approval::Automatic,
        Some(1) => Approval::Manual,
        Some(2) => Approval::None,
        Some(_) => return Err(Problem::field("settings.approval_type")),
    };
    if let Some(invitees) = &body.settings.meeting_invitees {
        plan.invitees = invitees.iter().map(|invitee| invitee.email.clone()).collect();
    }
    if body.settings.registration_type.is_some_and(|kind| !(1..=3).contains(&kind)) {
        return Err(Problem::field("settings.registration_type"));
    }
    if body.password.as_ref().is_some_and(|password| !passcode(password)) {
        return Err(Problem::field("password"));
    }
    set(&mut plan.alternative_hosts, &body.settings.alternative_hosts);
    plan.waiting_room = body.settings.waiting_room.unwrap_or(plan.waiting_room);
    if let Some(most) = body.settings.registrants_restrict_number {
        plan.registrants_max = Some(most).filter(|most| *most > 0);
    }
    if let Some(recurrence) = &body.recurrence {
        plan.occurrences = occurrences(&plan, recurrence)?;
    }
    Ok(plan)
}

/// With `Z` the time is UTC, without it the zone's.
fn start_ms(text: &str, zone: &jiff::tz::TimeZone) -> Option<i64> {
    let start = if text.ends_with('Z') {
        text.parse::<jiff::Timestamp>().ok()?
    } else {
        zone.to_timestamp(text.parse::<jiff::civil::DateTime>().ok()?).ok()?
    };
    Some(start.as_millisecond())
}

fn passcode(text: &str) -> bool {
    text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@-_*".contains(&byte))
}

/// Series by number of occurrences, at the same local time each; a week has one day of the series.
fn occurrences(plan: &Plan, recurrence: &RecurrenceBody) -> Result<Vec<i64>, Problem> {
    let refuse = |field: &'static str| Problem::field(field);
    let zone = jiff::tz::TimeZone::get(&plan.timezone).map_err(|_| refuse("timezone"))?;
    let start = jiff::Timestamp::from_millisecond(plan.start_ms).map_err(|_| refuse("start_time"))?;
    let first = zone.to_datetime(start);
    let every = recurrence.repeat_interval.unwrap_or(1);
    let most = match recurrence.r#type {
        1 => 90,
        2 => 12,
        3 => 3,
        _ => return Err(refuse("recurrence.type")),
    };
    if !(1..=most).contains(&every) {
        return Err(refuse("recurrence.repeat_interval"));
    }
    let weekday = first.weekday().to_sunday_one_offset().to_string();
    if recurrence.weekly_days.as_ref().is_some_and(|days| recurrence.r#type != 2 || *days != weekday) {
        return Err(refuse("recurrence.weekly_days"));
    }
    if recurrence.monthly_day.is_some_and(|day| recurrence.r#type != 3 || day != first.day()) {
        return Err(refuse("recurrence.monthly_day"));
    }
    let times = recurrence.end_times.unwrap_or(1);
    if !(1..=OCCURRENCES_MAX).contains(&times) {
        return Err(refuse("recurrence.end_times"));
    }
    let at = |time: i64| {
        let span = match recurrence.r#type {
            1 => jiff::Span::new().days(time * every),
            2 => jiff::Span::new().weeks(time * every),
            _ => jiff::Span::new().months(time * every),
        };
        let local = first.checked_add(span).ok()?;
        Some(zone.to_timestamp(local).ok()?.as_millisecond())
    };
    (0..times).map(|time| at(time).ok_or_else(|| refuse("recurrence.end_times"))).collect()
}

fn get(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    ask.licensed(state, &event.host)?;
    Ok(shown(state, event, 200))
}

fn update(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    let (number, host, plan) = (event.number, event.host.clone(), event.plan.clone());
    ask.licensed(state, &host)?;
    let one = ask.query.get("occurrence_id").cloned();
    let before = plan.start_ms;
    let body: EventBody = ask.read()?;
    let (says_start, minutes) = (body.start_time.is_some(), body.duration);
    let plan = with(plan, &body)?;
    if !state.limits.host_writes(&host, ask.now_ms) {
        return Err(Problem::host_writes(ask.kind));
    }
    if let Some(id) = one {
        let start_ms = (says_start || plan.start_ms != before).then_some(plan.start_ms);
        let known = id.parse().is_ok_and(|id| state.move_occurrence(number, id, (start_ms, minutes), at(ask)));
        return if known { Ok(Reply::done()) } else { Err(Problem::missing(ask.kind, ask.part(0))) };
    }
    state.update(number, plan, at(ask));
    Ok(Reply::done())
}

fn delete(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    if state.open_run(event).is_some() {
        let message = format!("Sorry, you cannot delete this {} since it is in progress.", ask.kind.as_str());
        return Err(Problem::new(400, 3002, message));
    }
    let number = event.number;
    let occurrence = match ask.query.get("occurrence_id") {
        None => None,
        Some(id) => {
            let known = event.plan.occurrences.iter().find(|start_ms| start_ms.to_string() == *id).copied();
            Some(known.ok_or_else(|| Problem::missing(ask.kind, ask.part(0)))?)
        }
    };
    state.delete(number, occurrence, at(ask));
    Ok(Reply::done())
}

fn status(state: &mut State, ask: &Ask) -> Answer {
    if ask.read::<ActionBody>()?.action == "recover" {
        let number = ask.part(0).parse().unwrap_or(0);
        return if state.recover(number, at(ask)) {
            Ok(Reply::done())
        } else {
            Err(Problem::missing(ask.kind, ask.part(0)))
        };
    }
    let event = ask.event(state)?;
    if ask.read::<ActionBody>()?.action != "end" {
        return Err(Problem::field("action"));
    }
    let run =
        state.open_run(event).map(|run| run.uuid.clone()).ok_or_else(|| Problem::missing(ask.kind, ask.part(0)))?;
    state.end(&run, at(ask));
    Ok(Reply::done())
}

fn panelists(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    ask.licensed(state, &event.host)?;
    let shown = event.panelists.iter().map(|panelist| PanelistShown {
        id: &panelist.id,
        name: &panelist.name,
        email: &panelist.email,
        join_url: format!("{}&panelist={}", event.join_url(), panelist.id),
    });
    let shown: Vec<_> = shown.collect();
    let page = super::super::wire::rest::Unpaged { total_records: shown.len(), things: [("panelists", shown)].into() };
    Ok(Reply::json(200, &page))
}

fn invite(state: &mut State, ask: &Ask) -> Answer {
    let (number, host) = ask.event(state).map(|event| (event.number, event.host.clone()))?;
    ask.licensed(state, &host)?;
    let body: PanelistsBody = ask.read()?;
    if body.panelists.len() > PANELISTS_MAX {
        return Err(Problem::field("panelists"));
    }
    for panelist in body.panelists {
        state.invite(number, panelist.name, panelist.email);
    }
    Ok(Reply::json(201, &PanelistsAdded { id: ask.part(0), updated_at: utc(ask.now_ms) }))
}

fn uninvite(state: &mut State, ask: &Ask) -> Answer {
    let number = ask.event(state)?.number;
    let one = ask.parts.get(1);
    if let Some(event) = state.events.get_mut(&number) {
        event.panelists.retain(|panelist| one.is_some_and(|id| *id != panelist.id));
    }
    Ok(Reply::done())
}
