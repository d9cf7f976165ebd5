//! The page that follows a meeting until Zoom and LeadSquared have it, and its calendar file.

use super::super::part::{Pill, Tone, WebLink};
use super::super::schedule::{Scheduled, StepLine};
use super::changed::{self, Changed, Settled};
use super::scheduler::Scheduler;
use super::{Failure, Page, address, events, facts, show, sight, tenant_of, words};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::delivery_list::ListedDelivery;
use crate::store::scheduled::{self, Followed};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use connector_core::calendar_file;
use connector_core::delivery::State as Stands;
use connector_core::fact::Person;
use connector_core::fact::agreed::Standing;
use connector_core::fact::scheduling::ScheduleMeeting;
use connector_core::ids::Email;
use connector_core::schedule_request::WishId;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What to do when the one system has it and the other refuses it.
const HALF: &str = "The meeting stands in Zoom, but LeadSquared refuses part of it. Mend what the step names and replay it; or, if the \
     meeting is not wanted like this, delete it in Zoom.";

pub(super) async fn follow(
    State(shared): State<Shared>,
    who: Scheduler,
    Path((tenant, wish)): Path<(String, String)>,
    Query(changed): Query<Changed>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let followed = known(&shared, &who, &tenant, &wish).await?;
    Ok(show(&view(&shared, &who, (&tenant, &wish), &followed, &changed).await?))
}

/// The page of a meeting.
pub(super) async fn view(
    shared: &Shared,
    who: &Scheduler,
    (tenant, wish): (&TenantRow, &str),
    followed: &Followed,
    changed: &Changed,
) -> Result<Scheduled, Failure> {
    let sight = who.sight(&tenant.tenant);
    let shown = sight::deliveries(sight, followed.deliveries.clone());
    let (mut steps, over) = steps(&shown, tenant.tenant.as_str());
    let now = changed::now(shared, (tenant, wish), followed, changed).await?;
    steps.extend(now.as_ref().and_then(|now| now.line.clone()));
    let done = over && now.as_ref().is_none_or(|now| now.settled == Settled::Yes);
    let mut wanted = followed.wanted.clone();
    if let Some(now) = &now {
        wanted.topic.clone_from(&now.plan.topic);
        (wanted.start_ms, wanted.duration_min) = (now.plan.start_ms, now.plan.minutes);
    }
    let path = format!("/t/{}/schedule", tenant.tenant);
    let parked = |row: &ListedDelivery| Stands::parse(&row.state) == Some(Stands::Parked);
    let failed = followed.created.is_none() && followed.deliveries.iter().any(parked);
    let half = followed.created.is_some() && followed.deliveries.iter().any(parked);
    let join_url = followed.created.as_ref().and_then(|created| created.join_url.clone());
    let number = followed.created.as_ref().map(|created| created.number.to_string()).unwrap_or_default();
    let cancelled = now.as_ref().is_some_and(|now| now.plan.standing == Standing::Cancelled);
    let event = match (&followed.created, who) {
        (Some(made), Scheduler::Admin(_)) => events::link_of_made(shared, &tenant.tenant, made).await,
        (Some(_), Scheduler::Sales(_)) | (None, _) => None,
    };
    Ok(Scheduled {
        event,
        frame: who.frame(shared, &sight.text(&wanted.topic), tenant).await?,
        lead: sight.person(&wanted.leads().map(facts::person).collect::<Vec<_>>().join(", ")),
        follow: wanted.leads().filter(|_| !sight.is_masked()).map(|lead| follow_link(tenant, lead)).collect(),
        when: when(&wanted, &tenant.time_zone),
        calendar: (followed.created.is_some() && !cancelled).then(|| format!("{path}/{wish}/meeting.ics")),
        again: failed.then(|| format!("{path}?from={wish}")),
        half: half.then(|| format!("{HALF} It has the number {number}.")),
        done,
        steps,
        join_url: join_url.as_deref().and_then(WebLink::parse).filter(|_| !cancelled),
        topic: sight.text(&wanted.topic),
        // The forms carry what a masked page must not show.
        offers: now.and_then(|now| now.offers).filter(|_| done && !sight.is_masked()),
    })
}

pub(super) async fn known(
    shared: &Shared,
    who: &Scheduler,
    tenant: &TenantRow,
    wish: &str,
) -> Result<Followed, Failure> {
    let missing = || Problem::not_found("meeting");
    let wish = WishId::parse(wish).map_err(|_| missing())?;
    let id = tenant.tenant.clone();
    let found = shared.store.read(move |unit| Box::pin(async move { scheduled::followed(unit, &id, &wish).await }));
    let found = found.await?.filter(|found| who.may_see(found.wanted.owner_email.as_ref().map(Email::as_str)));
    Ok(found.ok_or_else(missing)?)
}

/// The meeting as a calendar file, once Zoom made it.
pub(super) async fn calendar(
    State(shared): State<Shared>,
    who: Scheduler,
    Path((tenant, wish)): Path<(String, String)>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let sight = who.sight(&tenant.tenant);
    let followed = known(&shared, &who, &tenant, &wish).await?;
    let created = followed.created.clone().ok_or_else(|| Problem::not_found("meeting"))?;
    let now = changed::now(&shared, (&tenant, &wish), &followed, &Changed::default()).await?;
    let known = (&followed.wanted, now.as_ref().map(|now| &now.plan));
    let file = calendar_file::of_meeting(known, &created, (shared.clock.now_ms(), sight));
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"meeting.ics\""),
    ];
    Ok((headers, file).into_response())
}

/// A moment in its zone's time and in UTC: `25 October 2026, 09:30 CET (08:30 UTC)`.
pub(super) fn both_times(at_ms: i64, zone: &str) -> String {
    let local = local_time(at_ms, zone, "%a, %-d %B %Y, %H:%M %Z");
    format!("{local} ({})", local_time(at_ms, "UTC", "%H:%M UTC on %-d %B"))
}

pub(super) fn local_time(at_ms: i64, zone: &str, form: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(zone).strftime(form).to_string()
}

/// The lead in words, and where everything about it stands.
fn follow_link(tenant: &TenantRow, lead: &Person) -> (String, String) {
    let q = match lead {
        Person::Email(email) => email.as_str(),
        Person::Lead(lead) => &lead.0,
    };
    (facts::person(lead), address(&format!("/t/{}/follow", tenant.tenant), &[("q", q)]))
}

/// When it is held: in the meeting's zone, in the tenant's where that is another, and in UTC.
pub(super) fn when(wanted: &ScheduleMeeting, tenant_zone: &str) -> String {
    let start = local_time(wanted.start_ms, &wanted.timezone, "%-d %B %Y, %H:%M %Z");
    let series = wanted.options.repeat.map(|repeat| format!(", {}", repeat.words())).unwrap_or_default();
    let here = if tenant_zone == wanted.timezone || tenant_zone == "UTC" {
        String::new()
    } else {
        format!("{}, ", local_time(wanted.start_ms, tenant_zone, "%H:%M %Z"))
    };
    let utc = local_time(wanted.start_ms, "UTC", "%H:%M UTC");
    format!("{start}, {} minutes{series} ({here}{utc})", wanted.duration_min)
}

/// The steps of every wish in their order: kind of delivery, and what it does in words.
const STEPS: [(&str, &str); 4] = [
    ("create_meeting", "The meeting is made in Zoom"),
    ("lead", "The lead is found or made"),
    ("activity", "The lead gets the activity"),
    ("task", "The sales user gets the appointment"),
];

/// The steps with their states, and whether nothing more will happen by itself.
fn steps(deliveries: &[ListedDelivery], tenant: &str) -> (Vec<StepLine>, bool) {
    let of = |kind: &str| deliveries.iter().filter(|row| row.kind == kind).collect::<Vec<_>>();
    let mut lines = Vec::new();
    for (kind, what) in STEPS {
        let rows = of(kind);
        for row in &rows {
            // Of several leads, each step says whose it is.
            let what = if rows.len() > 1 { format!("{what}: {}", row.who) } else { what.to_owned() };
            lines.push(step(&what, row, tenant));
        }
        // A lead that LeadSquared itself named needs no step.
        if rows.is_empty() && kind != "lead" {
            let state = Pill::new(Tone::Wait, "Waiting");
            lines.push(StepLine { what: what.to_owned(), state, detail: String::new(), link: None });
        }
    }
    let stands = of("create_meeting").first().and_then(|row| Stands::parse(&row.state));
    let done = match stands {
        Some(Stands::Delivered) => {
            let planned = ["activity", "task"].iter().all(|kind| !of(kind).is_empty());
            planned && deliveries.iter().all(|row| Stands::parse(&row.state).is_some_and(Stands::is_final))
        }
        Some(stands) => stands.is_final(),
        None => false,
    };
    (lines, done)
}

fn step(what: &str, row: &ListedDelivery, tenant: &str) -> StepLine {
    let done = row.state == "delivered";
    StepLine {
        what: what.to_owned(),
        state: if done { Pill::new(Tone::Good, "Done") } else { words::state(&row.state) },
        detail: match (&row.result, done && row.kind == "create_meeting") {
            (Some(number), true) => format!("Zoom meeting {number}"),
            (Some(_) | None, _) if done => String::new(),
            (Some(_) | None, _) => reason(row),
        },
        link: Some(format!("/t/{tenant}/deliveries/{}", row.id)),
    }
}

/// Why a step is where it is; Zoom's own words with it, where somebody has to mend something.
fn reason(row: &ListedDelivery) -> String {
    let sentence = words::reason(row.code.as_deref(), None);
    match (&row.detail, Stands::parse(&row.state)) {
        (Some(detail), Some(Stands::Parked)) if !sentence.is_empty() => format!("{sentence} ({detail})"),
        (None, Some(Stands::Parked)) | (Some(_) | None, _) => match (row.kind.as_str(), sentence.is_empty()) {
            ("create_meeting", true) if row.state != "delivered" => "Pending in Zoom.".to_owned(),
            (_, _) => sentence,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::ids::TenantId;

    fn row(kind: &str, state: &str) -> ListedDelivery {
        ListedDelivery {
            tenant: TenantId::parse("acme").unwrap(),
            key: kind.to_owned(),
            id: format!("id-{kind}"),
            fact: "f".to_owned(),
            destination: String::new(),
            kind: kind.to_owned(),
            who: String::new(),
            what: String::new(),
            command: String::new(),
            settings_version: 1,
            state: state.to_owned(),
            code: None,
            detail: None,
            cause: String::new(),
            next_at_ms: 0,
            tries: 0,
            result: None,
            proof: None,
            planned_ms: 0,
            updated_ms: 0,
        }
    }

    #[track_caller]
    fn check(rows: &[(&str, &str)], shown: usize, done: bool) {
        let rows: Vec<ListedDelivery> = rows.iter().map(|(kind, state)| row(kind, state)).collect();
        let (lines, over) = steps(&rows, "acme");
        assert_eq!((lines.len(), over), (shown, done));
    }

    #[test]
    fn a_wish_is_followed_until_nothing_more_happens_by_itself() {
        check(&[], 3, false);
        check(&[("create_meeting", "sending")], 3, false);
        check(&[("create_meeting", "parked")], 3, true);
        check(&[("create_meeting", "delivered")], 3, false);
        check(&[("create_meeting", "delivered"), ("activity", "delivered")], 3, false);
        let all = |state| {
            [("create_meeting", "delivered"), ("lead", "delivered"), ("activity", "delivered"), ("task", state)]
        };
        check(&all("ready"), 4, false);
        check(&all("delivered"), 4, true);
        check(&all("parked"), 4, true);
    }
}
