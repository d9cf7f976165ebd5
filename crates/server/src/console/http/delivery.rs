//! One delivery with everything that is known of it, and replaying it.

use super::super::delivery::{AttemptLine, Delivery};
use super::super::frame::Place;
use super::super::notification::Pair;
use super::super::part::{Moment, Pill, Tone, WebLink};
use super::session::Admin;
use super::{
    DoneQuery, Fields, Page, TokenForm, address, encode, events, frame, issues, see, show, sight, tenant_of,
    with_notice, words,
};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::attempt::AttemptRow;
use crate::store::delivery_list::ListedDelivery;
use crate::store::journal::NotificationRow;
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, Unit, attempt, audit, delivery_count, delivery_list, fact, journal};
use axum::extract::{Path, Query, State};
use connector_core::code::advice;
use connector_core::delivery::State as Stands;
use connector_core::fact::State as Fact;
use connector_core::fact::agreed::Standing;
use connector_core::ids::TenantId;
use connector_core::leadsquared::appointment::TaskChange;
use connector_core::leadsquared::command::{Command as Crm, Members};
use connector_core::settings::{ACTIVITY_FIELDS, ATTENDANCE_FIELDS, CaptureBehaviour, FIELD_MARKER};
use connector_core::translate::Command;
use connector_core::zoom::after::ReadRun;
use connector_core::zoom::change::ChangeMeeting;
use connector_core::zoom::command::{Command as Zoom, NewMeeting};
use connector_core::zoom::listed::ReadRegistrants;

/// Everything known of a delivery.
struct Known {
    row: ListedDelivery,
    attempts: Vec<AttemptRow>,
    notifications: Vec<NotificationRow>,
    lead: Option<String>,
    fact: Option<Fact>,
}

async fn read(unit: &mut Unit, tenant: &TenantId, id: &str) -> Result<Option<Known>, StoreError> {
    let Some(row) = delivery_list::get(unit, tenant, id).await? else { return Ok(None) };
    Ok(Some(Known {
        attempts: attempt::of_delivery(unit, tenant, &row.key).await?,
        notifications: journal::of_fact(unit, tenant, &row.fact).await?,
        lead: delivery_count::lead_of(unit, tenant, id).await?,
        fact: fact::get(unit, tenant, &row.fact).await?,
        row,
    }))
}

pub(super) async fn one(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let owned = tenant.tenant.clone();
    let known = shared.store.read(move |unit| Box::pin(async move { read(unit, &owned, &id).await })).await?;
    let known = known.ok_or_else(|| Problem::not_found("delivery"))?;
    let sight = who.sight(&tenant.tenant);
    let known = Known {
        row: sight::delivery(sight, known.row),
        notifications: sight::notifications(sight, known.notifications),
        ..known
    };
    let frame = frame(&shared, &who, (&known.row.what, Place::Deliveries), Some(&tenant)).await?;
    let frame = with_notice(frame, query.done.as_deref());
    let (now_ms, zone, row) = (shared.clock.now_ms(), tenant.time_zone.as_str(), &known.row);
    let line = words::delivery_line(row, now_ms, zone);
    let command: Option<Command> = serde_json::from_str(&row.command).ok();
    Ok(show(&Delivery {
        frame,
        id: row.id.clone(),
        what: line.what,
        topic: line.topic,
        event: events::link_of(&shared, &tenant.tenant, known.fact.as_ref()).await,
        who: row.who.clone(),
        destination: destination(&row.destination).to_owned(),
        state: line.state,
        said_by: said_by(row.code.as_deref(), &row.destination).to_owned(),
        repair: repair(row),
        mend: row
            .code
            .as_deref()
            .filter(|_| line.replayable)
            .and_then(advice::place)
            .map(|place| issues::mend(place, &format!("/t/{}", tenant.tenant))),
        alike: alike(&tenant, row),
        answer: if line.cause.is_empty() { String::new() } else { row.detail.clone().unwrap_or_default() },
        cause: line.cause,
        planned: Moment::new(row.planned_ms, now_ms, zone).spelled_out(),
        updated: line.updated,
        next: line.next,
        command: sight::pairs(
            sight,
            command.as_ref().map(|command| command_pairs(command, now_ms, zone)).unwrap_or_default(),
        ),
        marker: command.as_ref().and_then(Command::marker).unwrap_or_default().to_owned(),
        result: row.result.clone().unwrap_or_default(),
        result_link: result_link(&tenant, &known),
        proof: proof(row).to_owned(),
        attempts: known
            .attempts
            .iter()
            .map(|attempt| attempt_line(attempt, now_ms, zone))
            .map(|line| AttemptLine { detail: sight.text(&line.detail), ..line })
            .collect(),
        notifications: known.notifications.iter().map(|row| words::notification_line(row, now_ms, zone)).collect(),
        settings_version: row.settings_version,
        replayable: line.replayable,
    }))
}

/// What to do about a delivery that waits for a person.
fn repair(row: &ListedDelivery) -> String {
    let advice = row.code.as_deref().filter(|_| row.state == "parked").and_then(advice::of);
    advice.map_or_else(String::new, |advice| advice.repair.to_owned())
}

/// The list of those that failed for the same cause.
fn alike(tenant: &TenantRow, row: &ListedDelivery) -> Option<String> {
    let code = row.code.as_deref().filter(|_| row.state == "parked")?;
    let filters = [("state", "parked"), ("code", code), ("cause", &row.cause)];
    Some(address(&format!("/t/{}/deliveries", tenant.tenant), &filters))
}

pub(super) fn destination(stored: &str) -> &str {
    match stored {
        "zoom" => "Zoom",
        _ => "LeadSquared",
    }
}

/// Whose words the detail are: a rule's are our own.
fn said_by<'a>(code: Option<&str>, stored: &'a str) -> &'a str {
    match code {
        Some("rule.failed" | "suppressed.rule" | "suppressed.filter") => "The connector",
        Some(_) | None => destination(stored),
    }
}

/// The command, field by field in words.
pub(super) fn command_pairs(command: &Command, now_ms: i64, zone: &str) -> Vec<Pair> {
    let mut pairs = match command {
        Command::LeadSquared { command } => leadsquared_pairs(command, now_ms, zone),
        Command::Zoom { command } => zoom_pairs(command, now_ms, zone),
    };
    pairs.retain(|pair| !pair.value.is_empty());
    pairs
}

fn leadsquared_pairs(command: &Crm, now_ms: i64, zone: &str) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let moment = |name: &str, at_ms: i64| pair(name, &Moment::new(at_ms, now_ms, zone).exact);
    match command {
        Crm::UpsertLead(write) => {
            let mut pairs = vec![pair("Create or update the lead", write.email.as_str())];
            pairs.extend(write.fields.iter().map(|(name, value)| pair(name, value)));
            pairs.push(pair("If it exists", behaviour(write.behaviour)));
            pairs
        }
        Crm::FindLead(email) => vec![pair("Look the lead up", email.as_str())],
        Crm::CorrectActivity(correction) => {
            let mut pairs = vec![pair("Correct the activity", &correction.activity.note)];
            let fields = correction.activity.fields.iter().filter(|(name, _)| name.as_str() != FIELD_MARKER);
            pairs.extend(fields.map(|(name, value)| pair(field_name(name), value)));
            pairs
        }
        Crm::Gather(gather) => match &gather.members {
            Members::One(who) => vec![pair("Read the lead", &who.words())],
            Members::List { list, page } => vec![pair("Read the list", list), pair("Page", &page.to_string())],
        },
        Crm::ReadTask(read) => vec![pair("Read the task", &read.task)],
        Crm::ChangeTask(change) => task_pairs(change, now_ms, zone),
        Crm::PostActivity(activity) => {
            let mut pairs = vec![
                pair("Post an activity", &activity.note),
                pair(
                    "Activity type",
                    &if activity.code > 0 { activity.code.to_string() } else { "not set up".to_owned() },
                ),
                moment("When", activity.at_ms),
            ];
            // The mark has a place of its own on the page.
            let fields = activity.fields.iter().filter(|(name, _)| name.as_str() != FIELD_MARKER);
            pairs.extend(fields.map(|(name, value)| pair(field_name(name), value)));
            pairs
        }
        Crm::CreateTask(task) => vec![
            pair("Create a task", &task.name),
            pair("Task type", &task.task_type),
            moment("Due", task.due_ms),
            moment("Until", task.end_ms),
            pair("Owner", task.owner_email.as_ref().map_or("LeadSquared's default", |email| email.as_str())),
            pair("Text", &task.description),
            pair("Asks the lead first", task.undecided.as_ref().map_or("", |undecided| &undecided.rule)),
        ],
    }
}

fn zoom_pairs(command: &Zoom, now_ms: i64, zone: &str) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let moment = |name: &str, at_ms: i64| pair(name, &Moment::new(at_ms, now_ms, zone).exact);
    match command {
        Zoom::CreateMeeting(meeting) => created_pairs(meeting, now_ms, zone),
        Zoom::ChangeMeeting(wanted) => changed_pairs(wanted, now_ms, zone),
        Zoom::CreateWebinar(wanted) => vec![pair("Create the webinar", &wanted.topic)],
        Zoom::DeleteWebinar(wanted) => {
            vec![pair("Delete the webinar", &wanted.webinar.to_string())]
        }
        Zoom::LookAtMeeting(wanted) => vec![
            pair("See whether the meeting is gone for good", &wanted.meeting.to_string()),
            moment("Cancelled", wanted.cancelled_ms),
        ],
        Zoom::ReadWebinar(wanted) => {
            vec![pair("Read the webinar", &wanted.webinar.to_string())]
        }
        Zoom::AddRegistrant(who) => {
            let mut pairs = vec![
                pair("Register", who.email.as_str()),
                pair("For the webinar", &format!("{} ({})", who.topic, who.webinar)),
                pair("First name", &who.first_name),
            ];
            pairs.extend(who.answers.iter().map(|(field, answer)| pair(field, answer)));
            pairs.extend(who.custom.iter().map(|(title, answer)| pair(title, answer)));
            pairs
        }
        Zoom::ReadRun(read) => read_pairs(read),
        Zoom::ListWebinars => vec![pair("Read from Zoom", "which webinars are planned")],
        Zoom::ReadRegistrants(at) => listed_pairs(at),
        Zoom::ReadHistory(at) => vec![
            pair("Look what was held meanwhile", &format!("{}s", at.kind.as_str())),
            moment("Ended after", at.from_ms),
            moment("Ended before", at.to_ms),
            pair("Found so far", &at.found.to_string()),
        ],
        Zoom::ReadMeeting(wanted) => vec![pair("Read the meeting again", &wanted.meeting.to_string())],
    }
}

/// Whose registrants are read, and how many were.
fn listed_pairs(at: &ReadRegistrants) -> Vec<Pair> {
    let pair = |name: &str, value: String| Pair { name: name.to_owned(), value };
    vec![pair("Read the registrants of webinar", at.webinar.to_string()), pair("Read so far", at.read.to_string())]
}

/// What is read of a webinar's run.
fn read_pairs(read: &ReadRun) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let missing: Vec<&str> = read.missing.iter().map(|missing| missing.list.title()).collect();
    let lists: Vec<&str> = read.lists.iter().map(|list| list.title()).collect();
    vec![
        pair(&format!("Read from Zoom about {}", read.kind.as_str()), &read.number.to_string()),
        pair("Still to be read", &lists.join(", ")),
        pair("Could not be read", &missing.join(", ")),
    ]
}

/// A custom field of our activities as LeadSquared shows it.
fn field_name(schema_name: &str) -> &str {
    ACTIVITY_FIELDS
        .iter()
        .chain(&ATTENDANCE_FIELDS)
        .find(|(known, _)| *known == schema_name)
        .map_or(schema_name, |(_, shown)| shown)
}

fn behaviour(behaviour: CaptureBehaviour) -> &'static str {
    match behaviour {
        CaptureBehaviour::DoNotUpdate => "leave it as it is",
        CaptureBehaviour::UpdateOnlyEmptyFields => "fill only empty fields",
        CaptureBehaviour::DoNotUpdateUniqueFields => "write all but the unique fields",
        CaptureBehaviour::Overwrite => "overwrite",
    }
}

/// A meeting to be made.
fn created_pairs(meeting: &NewMeeting, now_ms: i64, zone: &str) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let moment = |name: &str, at_ms: i64| pair(name, &Moment::new(at_ms, now_ms, zone).exact);
    vec![
        pair("Create a meeting", &meeting.topic),
        moment("Start", meeting.start_ms),
        pair("Length", &format!("{} min", meeting.duration_min)),
        pair("Time zone", &meeting.timezone),
        pair("Host", if meeting.host == "me" { "who signed in with Zoom" } else { &meeting.host }),
        pair("Invited", &meeting.invitees.join(", ")),
        pair("Agenda", &meeting.agenda),
    ]
}

/// What is changed in an appointment.
fn task_pairs(change: &TaskChange, now_ms: i64, zone: &str) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let moment = |name: &str, at_ms: i64| pair(name, &Moment::new(at_ms, now_ms, zone).exact);
    let mut pairs = vec![pair("Change the appointment", change.name.as_deref().unwrap_or("the subject stays"))];
    if let Some((start_ms, end_ms)) = change.span_ms {
        pairs.extend([moment("Start", start_ms), moment("End", end_ms)]);
    }
    pairs.extend(change.text.as_ref().map(|text| pair("Text", text)));
    pairs.extend(change.location.as_ref().map(|place| pair("Place", place)));
    pairs
}

/// What is changed in a meeting.
fn changed_pairs(wanted: &ChangeMeeting, now_ms: i64, zone: &str) -> Vec<Pair> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let part = &wanted.part;
    let deed = match part.standing {
        Some(Standing::Cancelled) => "Cancel the meeting",
        Some(Standing::Planned) => "Bring the meeting back",
        None => "Change the meeting",
    };
    let mut pairs = vec![pair(deed, &wanted.meeting.to_string())];
    pairs.extend(wanted.occurrence.as_ref().map(|date| pair("Only its date", &date_words(date, now_ms, zone))));
    pairs.extend(part.topic.as_ref().map(|topic| pair("Topic", topic)));
    pairs.extend(part.start_ms.map(|start_ms| pair("Start", &Moment::new(start_ms, now_ms, zone).exact)));
    pairs.extend(part.minutes.map(|minutes| pair("Length", &format!("{minutes} min"))));
    pairs
}

/// A date of a series in words: Zoom names it by its start, in epoch milliseconds.
fn date_words(date: &str, now_ms: i64, zone: &str) -> String {
    date.parse().map_or_else(|_| date.to_owned(), |start_ms| Moment::new(start_ms, now_ms, zone).exact)
}

/// The page of the lead in LeadSquared (leadsquared.md § 3.1).
fn result_link(tenant: &TenantRow, known: &Known) -> Option<WebLink> {
    let is_lead = matches!(known.row.kind.as_str(), "lead" | "find");
    let lead = known.lead.as_deref().or(known.row.result.as_deref().filter(|_| is_lead))?;
    lead_link(tenant, lead).filter(|_| known.row.destination == "leadsquared")
}

/// The page of a lead in LeadSquared.
pub(super) fn lead_link(tenant: &TenantRow, lead: &str) -> Option<WebLink> {
    let app = tenant.crm_app.as_deref()?;
    let base = if app.contains("://") { app.to_owned() } else { format!("https://{app}") };
    WebLink::parse(&address(&format!("{base}/LeadManagement/LeadDetails"), &[("LeadID", lead)]))
}

pub(super) fn proof(row: &ListedDelivery) -> &'static str {
    match (Stands::parse(&row.state), row.proof.as_deref()) {
        (Some(Stands::Delivered), Some("marker")) => {
            "The answer was lost, but it was found there by its mark, so nothing was sent again."
        }
        (Some(Stands::Delivered), Some("read")) => {
            "The answer was lost, but the lead was read back and says all that was to be written."
        }
        (Some(Stands::Delivered), Some("cache")) => "The lead was known already from an earlier answer.",
        (Some(Stands::Delivered), _) => "It was confirmed in the answer.",
        (Some(Stands::Suppressed), _) => "It was left out on purpose; nothing was sent.",
        (Some(Stands::Parked), _) => "Not delivered: nothing more is tried until somebody replays it.",
        (Some(Stands::Unknown), _) => {
            "Nobody knows yet: the answer was lost, and it is looked for before anything is sent again."
        }
        (Some(Stands::Waiting | Stands::Ready | Stands::Sending) | None, _) => "Not delivered yet.",
    }
}

pub(super) fn attempt_line(row: &AttemptRow, now_ms: i64, zone: &str) -> AttemptLine {
    let outcome = match row.outcome.as_deref() {
        Some("applied") => Pill::new(Tone::Good, "Applied"),
        Some("not applied") => Pill::new(Tone::Bad, "Refused"),
        Some("unknown") => Pill::new(Tone::Wait, "Answer lost"),
        Some(other) => Pill::new(Tone::Quiet, other),
        None => Pill::new(Tone::Busy, "No answer yet"),
    };
    let call = words::call(&row.operation);
    AttemptLine {
        operation: if call == row.operation { String::new() } else { row.operation.clone() },
        call: call.to_owned(),
        started: Moment::new(row.started_ms, now_ms, zone),
        took: row.ended_ms.map(|ended_ms| took(ended_ms - row.started_ms)).unwrap_or_default(),
        rows: row.rows,
        outcome,
        detail: row.detail.clone().unwrap_or_default(),
    }
}

fn took(ms: i64) -> String {
    if ms < 10_000 { format!("{ms} ms") } else { format!("{} s", ms / 1_000) }
}

pub(super) async fn replay(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (owned, wanted, actor, now_ms) =
        (tenant.tenant.clone(), id.clone(), who.actor().to_owned(), shared.clock.now_ms());
    let replayed = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let replayed = delivery_list::replay_one(unit, &owned, &wanted, now_ms).await?;
                if replayed {
                    let detail = format!("delivery {wanted}");
                    audit::write(unit, &actor, Some(&owned), ("delivery.replayed", &detail), now_ms).await?;
                }
                Ok(replayed)
            })
        })
        .await?;
    shared.wakes.courier.wake();
    let done = if replayed { "replayed" } else { "nothing" };
    Ok(see(&address(&format!("/t/{}/deliveries/{}", tenant.tenant, encode(&id)), &[("done", done)])))
}
