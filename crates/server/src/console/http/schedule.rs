//! Scheduling a Zoom meeting for a lead. LeadSquared's actions open the form with the lead, and the sales user, in the address, so
//! that topic and time are all there is to fill in.

use super::super::schedule::{Choose, Field, More, Schedule};
use super::scheduler::Scheduler;
use super::{Failure, Fields, Page, attendance, scheduled, see, show, tenant_of};
use crate::app::Shared;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::tenant::TenantRow;
use crate::store::{connection, host_day, scheduled as stored};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::fact::scheduling::ScheduleMeeting;
use connector_core::ids::{Email, ZoomApp};
use connector_core::redact::clip;
use connector_core::schedule_request::{Field as Named, RepeatWanted, ScheduleRequest, TOPIC_CHARS_MAX, WishId, Wrong};
use connector_core::zoom::options::{SignUp, WaitingRoom};
use connector_core::zoom::pace::HOST_WRITES_PER_DAY;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// Minutes of a meeting unless somebody says otherwise.
const MINUTES_DEFAULT: i64 = 30;
/// Zones offered at the most.
const ZONES_MAX: usize = 600;
/// Continents and oceans whose zones are offered.
const ZONE_AREAS: [&str; 9] =
    ["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC"];

/// Meetings of a series that are shown before it is sent.
const PREVIEW_MAX: usize = 5;

/// What the address carries.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The lead, as LeadSquared's action puts it in: address or id.
    #[serde(default)]
    lead: String,
    /// What the lead is called, as LeadSquared's action puts it in.
    #[serde(default)]
    name: String,
    /// The sales user's address, as LeadSquared's action puts it in.
    #[serde(default)]
    by: String,
    /// An earlier wish to begin from.
    #[serde(default)]
    from: String,
}

pub(super) async fn form(
    State(shared): State<Shared>,
    who: Scheduler,
    Path(tenant): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let request = match WishId::parse(&asked.from) {
        Ok(wish) => {
            who.sees_people(&tenant.tenant)?;
            earlier(&shared, &who, &tenant, wish).await?
        }
        Err(_) => {
            let own = matches!(who, Scheduler::Sales(_)) || asked.by.trim().is_empty();
            let sales_user = if own { who.actor() } else { asked.by.trim() };
            let host = host_of(&shared, &tenant, sales_user).await?;
            ScheduleRequest {
                topic: topic(&asked),
                lead: asked.lead,
                start: next_hour(shared.clock.now_ms(), &tenant.time_zone),
                zone: tenant.time_zone.clone(),
                minutes: Some(MINUTES_DEFAULT),
                host,
                owner_email: asked.by.trim().to_owned(),
                ..ScheduleRequest::default()
            }
        }
    };
    let request = of_own(&shared, &who, &tenant, request).await?;
    Ok(show(&view(&shared, &who, &tenant, (&request, &[]), crate::dice::token()).await?))
}

/// What the meeting is called unless somebody says otherwise; empty where nobody is named.
fn topic(asked: &Asked) -> String {
    let lead = asked.lead.trim();
    let named = if asked.name.trim().is_empty() && lead.contains('@') { lead } else { asked.name.trim() };
    match (named.is_empty(), lead.is_empty()) {
        (false, _) => clip(&format!("Meeting with {named}"), TOPIC_CHARS_MAX),
        (true, false) => "Zoom meeting".to_owned(),
        (true, true) => String::new(),
    }
}

/// The request as this person may make it: a sales user's meeting is hosted as the tenant chose, and the appointment is their own.
async fn of_own(
    shared: &Shared,
    who: &Scheduler,
    tenant: &TenantRow,
    request: ScheduleRequest,
) -> Result<ScheduleRequest, Failure> {
    match who {
        Scheduler::Admin(_) => Ok(request),
        Scheduler::Sales(session) => {
            let owner_email = session.email.as_str().to_owned();
            Ok(ScheduleRequest { host: host_of(shared, tenant, &owner_email).await?, owner_email, ..request })
        }
    }
}

async fn earlier(
    shared: &Shared,
    who: &Scheduler,
    tenant: &TenantRow,
    wish: WishId,
) -> Result<ScheduleRequest, Failure> {
    let id = tenant.tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { stored::followed(unit, &id, &wish).await })).await?;
    let known = read.filter(|known| who.may_see(known.wanted.owner_email.as_ref().map(Email::as_str)));
    let known = known.ok_or_else(|| Problem::not_found("meeting"))?;
    Ok(ScheduleRequest::again(&known.wanted))
}

/// Who hosts what this sales user schedules, as the tenant chose; empty means who signed in.
async fn host_of(shared: &Shared, tenant: &TenantRow, sales_user: &str) -> Result<String, Failure> {
    let id = tenant.tenant.clone();
    let open = shared
        .store
        .read(move |unit| Box::pin(async move { connection::open(unit, &id, ZoomApp::Meetings).await }))
        .await?;
    let signed_in = open.and_then(|open| open.email).unwrap_or_default();
    let settings = attendance::in_force(shared, &tenant.tenant).await?.settings;
    Ok(settings.scheduling.host_of(sales_user, &signed_in))
}

/// How much of its day a host has used.
async fn host_day(shared: &Shared, tenant: &TenantRow, host: &str) -> Result<String, Failure> {
    let id = tenant.tenant.clone();
    let host = if host.trim().is_empty() { "me".to_owned() } else { host.trim().to_ascii_lowercase() };
    let day = host_day::day_of(shared.clock.now_ms());
    let used =
        shared.store.read(move |unit| Box::pin(async move { host_day::used(unit, &id, &host, day).await })).await?;
    Ok(if used >= HOST_WRITES_PER_DAY {
        "This host has no meeting left today; what you schedule now is made after 00:00 UTC.".to_owned()
    } else {
        format!("{used} of the {HOST_WRITES_PER_DAY} meetings that Zoom allows this host in a day (UTC) are used.")
    })
}

/// The next full hour that is at least an hour away, as the form's field takes it.
fn next_hour(now_ms: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = |at: Timestamp| zone.to_datetime(at).strftime("%Y-%m-%dT%H:00").to_string();
    Timestamp::from_millisecond(now_ms)
        .ok()
        .and_then(|now| now.checked_add(2.hours()).ok())
        .map(local)
        .unwrap_or_default()
}

fn zones() -> Vec<String> {
    let known = jiff::tz::db().available();
    let offered =
        known.map(|name| name.as_str().to_owned()).filter(|name| ZONE_AREAS.iter().any(|area| name.starts_with(area)));
    offered.take(ZONES_MAX).collect()
}

/// The form, as it was filled and with what to mend.
async fn view(
    shared: &Shared,
    who: &Scheduler,
    tenant: &TenantRow,
    (request, wrong): (&ScheduleRequest, &[Wrong]),
    wish: String,
) -> Result<Schedule, Failure> {
    let field = |named: Named, value: &str| Field { value: value.to_owned(), refusal: refusal_of(wrong, named) };
    let minutes = request.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    let choices = wrong.iter().flat_map(|wrong| &wrong.choices).map(|choice| Choose {
        value: format!("{}|{}", choice.start, choice.offset),
        text: choice.words.clone(),
        chosen: false,
    });
    Ok(Schedule {
        frame: who.frame(shared, "Schedule", tenant).await?,
        blocked: commands::blocked(shared, &tenant.tenant).await?.map(str::to_owned),
        refusal: (!wrong.is_empty()).then(|| "Please correct what is marked below; nothing was sent.".to_owned()),
        lead: field(Named::Lead, &request.lead),
        topic: field(Named::Topic, &request.topic),
        start: field(Named::Start, &request.start),
        choices: choices.collect(),
        zone: field(Named::Zone, &request.zone),
        zones: zones(),
        minutes: field(Named::Minutes, &minutes),
        host: field(Named::Host, &request.host),
        host_day: host_day(shared, tenant, &request.host).await?,
        agenda: field(Named::Agenda, &request.agenda),
        more: more(request, wrong),
        preview: Vec::new(),
        wish,
    })
}

fn refusal_of(wrong: &[Wrong], named: Named) -> String {
    let found = wrong.iter().find(|wrong| wrong.field == named);
    found.map(|wrong| wrong.sentence.clone()).unwrap_or_default()
}

fn more(request: &ScheduleRequest, wrong: &[Wrong]) -> More {
    let rare = [
        Named::Host,
        Named::Agenda,
        Named::OwnerEmail,
        Named::Guests,
        Named::AlternativeHosts,
        Named::Passcode,
        Named::Repeat,
    ];
    let filled = [&request.guests, &request.alternative_hosts, &request.passcode, &request.agenda];
    let chosen = request.waiting_room != WaitingRoom::Account
        || request.sign_up != SignUp::Off
        || request.repeat != RepeatWanted::Once;
    let field = |named: Named, value: &str| Field { value: value.to_owned(), refusal: refusal_of(wrong, named) };
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let choose =
        |value: &str, text: &str, chosen: bool| Choose { value: value.to_owned(), text: text.to_owned(), chosen };
    let room = |room: WaitingRoom, value: &str, text: &str| choose(value, text, request.waiting_room == room);
    let sign_up = |sign_up: SignUp, value: &str, text: &str| choose(value, text, request.sign_up == sign_up);
    let repeat = |repeat: RepeatWanted, value: &str, text: &str| choose(value, text, request.repeat == repeat);
    More {
        open: chosen
            || wrong.iter().any(|wrong| rare.contains(&wrong.field))
            || filled.iter().any(|text| !text.is_empty()),
        alternative_hosts: field(Named::AlternativeHosts, &request.alternative_hosts),
        guests: field(Named::Guests, &request.guests),
        owner_email: field(Named::OwnerEmail, &request.owner_email),
        passcode: field(Named::Passcode, &request.passcode),
        waiting_room: vec![
            room(WaitingRoom::Account, "account", "As the Zoom account has it"),
            room(WaitingRoom::On, "on", "People wait until the host lets them in"),
            room(WaitingRoom::Off, "off", "People come straight in"),
        ],
        sign_up: vec![
            sign_up(SignUp::Off, "off", "Nobody registers"),
            sign_up(SignUp::Automatic, "automatic", "People register and are let in"),
            sign_up(SignUp::Manual, "manual", "People register and the host approves each"),
        ],
        repeat: vec![
            repeat(RepeatWanted::Once, "once", "Held once"),
            repeat(RepeatWanted::Daily, "daily", "By days"),
            repeat(RepeatWanted::Weekly, "weekly", "By weeks"),
            repeat(RepeatWanted::Monthly, "monthly", "By months"),
        ],
        repeat_refusal: field(Named::Repeat, ""),
        every: number(request.every),
        times: number(request.times),
        until: request.until.clone(),
    }
}

/// What is done with the form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Press {
    /// The meeting is asked for.
    #[default]
    Schedule,
    /// Only shown when it would be held.
    Preview,
}

/// The form of a meeting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetingForm {
    #[serde(default)]
    form_token: String,
    wish: String,
    #[serde(default)]
    press: Press,
    lead: String,
    topic: String,
    start: String,
    zone: String,
    minutes: String,
    #[serde(default)]
    choice: String,
    #[serde(default)]
    offset: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    agenda: String,
    #[serde(default)]
    owner_email: String,
    #[serde(default)]
    guests: String,
    #[serde(default)]
    alternative_hosts: String,
    #[serde(default)]
    passcode: String,
    #[serde(default)]
    waiting_room: WaitingRoom,
    #[serde(default)]
    sign_up: SignUp,
    #[serde(default)]
    repeat: RepeatWanted,
    #[serde(default)]
    every: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    until: String,
}

/// The request of a form. A choice between two starts stands for both fields.
fn request_of(form: MeetingForm) -> ScheduleRequest {
    let (start, offset) = match form.choice.split_once('|') {
        Some((start, offset)) => (start.to_owned(), offset.to_owned()),
        None => (form.start, form.offset),
    };
    ScheduleRequest {
        lead: form.lead,
        topic: form.topic,
        start,
        offset,
        zone: form.zone,
        minutes: form.minutes.trim().parse().ok(),
        host: form.host,
        agenda: form.agenda,
        owner_email: form.owner_email,
        guests: form.guests,
        alternative_hosts: form.alternative_hosts,
        waiting_room: form.waiting_room,
        sign_up: form.sign_up,
        passcode: form.passcode,
        repeat: form.repeat,
        every: form.every.trim().parse().ok(),
        times: form.times.trim().parse().ok(),
        until: form.until,
    }
}

pub(super) async fn send(
    State(shared): State<Shared>,
    who: Scheduler,
    Path(tenant): Path<String>,
    Fields(form): Fields<MeetingForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let wish = WishId::parse(&form.wish).map_err(|error| Problem::bad_request(error.to_string()))?;
    let press = form.press;
    let request = of_own(&shared, &who, &tenant, request_of(form)).await?;
    if press == Press::Preview {
        let checked = connector_core::schedule_request::check(&request, &wish, shared.clock.now_ms());
        let (wrong, preview) = match checked {
            Ok(wanted) => (Vec::new(), preview(&wanted)),
            Err(wrong) => (wrong, Vec::new()),
        };
        let page = view(&shared, &who, &tenant, (&request, &wrong), wish.as_str().to_owned()).await?;
        return Ok(show(&Schedule { preview, ..page }));
    }
    let (status, wrong, refusal) =
        match commands::schedule_meeting(&shared, &tenant.tenant, &request, &wish, who.actor()).await {
            Ok(()) => return Ok(see(&format!("/t/{}/schedule/{}", tenant.tenant, wish.as_str()))),
            Err(NotScheduled::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, wrong, None),
            Err(NotScheduled::NotConnected(_)) => (StatusCode::CONFLICT, Vec::new(), None),
            Err(error @ (NotScheduled::NotKept(_) | NotScheduled::Store(_))) => {
                tracing::error!(tenant = %tenant.tenant, %error, "a wish for a meeting was not kept");
                (StatusCode::SERVICE_UNAVAILABLE, Vec::new(), Some(error.to_string()))
            }
        };
    let mut page = view(&shared, &who, &tenant, (&request, &wrong), wish.as_str().to_owned()).await?;
    page.refusal = page.refusal.or(refusal);
    Ok((status, show(&page)).into_response())
}

/// When it would be held: the first meetings of a series, in the zone's own time and in UTC.
fn preview(wanted: &ScheduleMeeting) -> Vec<String> {
    let starts = match &wanted.options.repeat {
        Some(repeat) => repeat.starts_from_ms(wanted.start_ms, &wanted.timezone),
        None => vec![wanted.start_ms],
    };
    let rest = starts.len().saturating_sub(PREVIEW_MAX);
    let mut lines: Vec<String> =
        starts.iter().take(PREVIEW_MAX).map(|at_ms| scheduled::both_times(*at_ms, &wanted.timezone)).collect();
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_begins_at_a_full_hour_of_the_tenants_own_zone() {
        assert_eq!(next_hour(1_786_704_800_000, "Asia/Kolkata"), "2026-08-14T18:00");
        assert_eq!(next_hour(1_786_704_800_000, "No/Where"), "2026-08-14T12:00");
    }

    #[test]
    fn the_zones_of_the_world_are_offered() {
        let zones = zones();
        assert!(zones.iter().any(|zone| zone == "Asia/Kolkata") && zones.len() > 300);
    }
}
