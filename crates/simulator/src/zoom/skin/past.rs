//! Calls about runs that are over.

use super::super::limits::Class;
use super::super::state::{Attendance, Event, Registrant, Run, Said, State, utc};
use super::super::wire::rest::{
    AbsenteeShown, HistoryShown, InstanceShown, Named, ParticipantShown, PastShown, SaidDetail, SaidList, SaidShown,
};
use super::super::words::{Kind, Status};
use super::problem::Problem;
use super::reply::Reply;
use super::rest::{Answer, Ask, Call, decode};

/// The calls.
pub(super) const CALLS: &[Call] = &[
    Call {
        method: "GET",
        path: "past_{kind}s/{}/participants",
        name: "past.participants",
        scope: "{kind}:read:list_past_participants",
        class: Class::Medium,
        run: participants,
    },
    Call {
        method: "GET",
        path: "past_{kind}s/{}/instances",
        name: "past.instances",
        scope: "{kind}:read:list_past_instances",
        class: Class::Medium,
        run: instances,
    },
    Call {
        method: "GET",
        path: "past_{kind}s/{}/absentees",
        name: "past.absentees",
        scope: "{kind}:read:list_absentees",
        class: Class::Heavy,
        run: absentees,
    },
    Call {
        method: "GET",
        path: "past_{kind}s/{}/qa",
        name: "past.qa",
        scope: "{kind}:read:past_qa",
        class: Class::Medium,
        run: questions,
    },
    Call {
        method: "GET",
        path: "past_{kind}s/{}/polls",
        name: "past.polls",
        scope: "{kind}:read:list_past_polls",
        class: Class::Medium,
        run: polls,
    },
    Call {
        method: "GET",
        path: "past_meetings/{}",
        name: "past.get",
        scope: "meeting:read:past_meeting",
        class: Class::Light,
        run: get,
    },
    Call {
        method: "GET",
        path: "report/{kind}s/{}/participants",
        name: "report.participants",
        scope: "report:read:list_{kind}_participants",
        class: Class::Heavy,
        run: report,
    },
    Call {
        method: "GET",
        path: "report/history_meetings",
        name: "report.history",
        scope: "report:read:list_history_meetings",
        class: Class::Heavy,
        run: history,
    },
    Call {
        method: "GET",
        path: "report/{kind}s/{}",
        name: "report.get",
        scope: "report:read:{kind}",
        class: Class::Heavy,
        run: get,
    },
];

/// The run that a number (its latest) or a uuid names. A uuid that begins with `/` or holds `//` is known only when it
/// was encoded twice: encoded once, it falls apart in Zoom's routing.
fn find<'a>(state: &'a State, ask: &Ask) -> Result<(&'a Event, &'a Run), Problem> {
    let id = ask.part(0);
    let missing = || Problem::not_ended(ask.kind);
    let uuid = match id.parse::<u64>() {
        Ok(number) => {
            let event = state.events.get(&number).ok_or_else(missing)?;
            let ended = |uuid: &&String| state.runs.get(*uuid).is_some_and(|run| run.ended_ms.is_some());
            event.runs.iter().rev().find(ended).ok_or_else(missing)?.clone()
        }
        Err(_) if id.starts_with('/') || id.contains("//") => return Err(missing()),
        Err(_) => decode(id),
    };
    let (event, run) = state.run(&uuid).ok_or_else(missing)?;
    let ready = run.ended_ms.is_some_and(|ended_ms| ended_ms + state.settings.report_delay_ms <= ask.now_ms);
    if !ready || event.account != ask.access.account || event.kind != ask.kind {
        return Err(missing());
    }
    Ok((event, run))
}

fn shown<'a>(run: &Run, who: &'a Attendance) -> ParticipantShown<'a> {
    let leave_ms = who.leave_ms.or(run.ended_ms).unwrap_or(who.join_ms);
    ParticipantShown {
        id: &who.zoom_user,
        user_id: &who.user_id,
        name: &who.name,
        user_email: &who.email,
        join_time: utc(who.join_ms),
        leave_time: utc(leave_ms),
        duration: (leave_ms - who.join_ms) / 1000,
        registrant_id: Some(who.registrant_id.as_deref().unwrap_or_default()),
        failover: false,
        status: "in_meeting",
        internal_user: None,
        customer_key: None,
        participant_user_id: None,
    }
}

fn page(state: &mut State, ask: &Ask, show: impl for<'a> Fn(&Run, &'a Attendance) -> ParticipantShown<'a>) -> Answer {
    let (uuid, total) = find(state, ask).map(|(_, run)| (run.uuid.clone(), run.attendances.len()))?;
    let cut = ask.cut(state, total)?;
    let (_, run) = state.run(&uuid).ok_or_else(|| Problem::not_ended(ask.kind))?;
    let attendances = run.attendances.get(cut.shown.clone()).unwrap_or_default().iter();
    let participants = attendances.map(|attendance| show(run, attendance)).collect();
    Ok(cut.page("participants", participants))
}

fn participants(state: &mut State, ask: &Ask) -> Answer {
    let (_, run) = find(state, ask)?;
    if run.attendances.len() < 2 {
        // Zoom keeps no list of one.
        let nobody: Vec<ParticipantShown<'_>> = Vec::new();
        return Ok(ask.cut(state, 0)?.page("participants", nobody));
    }
    page(state, ask, |run, who| ParticipantShown { internal_user: Some(!who.zoom_user.is_empty()), ..shown(run, who) })
}

/// Approved registrants without a stay in the run; of a series those of the occurrence that is asked for.
fn absentees(state: &mut State, ask: &Ask) -> Answer {
    let (event, run) = find(state, ask)?;
    let occurrence = ask.query.get("occurrence_id").and_then(|id| id.parse::<i64>().ok());
    let ended_ms = run.ended_ms.unwrap_or(i64::MAX);
    let was_expected = |registrant: &&Registrant| {
        let for_this = match (registrant.person.occurrence, occurrence) {
            (Some(wanted), Some(asked)) => wanted == asked,
            (Some(_), None) | (None, _) => true,
        };
        registrant.status == Status::Approved && for_this && registrant.at_ms <= ended_ms
    };
    let came = |registrant: &Registrant| {
        run.attendances.iter().any(|one| one.registrant_id.as_deref() == Some(registrant.id.as_str()))
    };
    let absent: Vec<Registrant> =
        event.registrants.iter().filter(was_expected).filter(|registrant| !came(registrant)).cloned().collect();
    let cut = ask.cut(state, absent.len())?;
    let shown = absent.get(cut.shown.clone()).unwrap_or_default().iter().map(|registrant| AbsenteeShown {
        id: &registrant.id,
        first_name: &registrant.person.first_name,
        last_name: &registrant.person.last_name,
        email: &registrant.person.email,
        status: "approved",
        create_time: utc(registrant.at_ms),
    });
    let shown: Vec<AbsenteeShown<'_>> = shown.collect();
    Ok(cut.page("registrants", shown))
}

fn questions(state: &mut State, ask: &Ask) -> Answer {
    let (event, run) = find(state, ask)?;
    Ok(said(event, run, &run.questions))
}

fn polls(state: &mut State, ask: &Ask) -> Answer {
    let (event, run) = find(state, ask)?;
    Ok(said(event, run, &run.polls))
}

/// What was said in a run, person by person; who is not named is shown as Zoom does.
fn said(event: &Event, run: &Run, said: &[Said]) -> Reply {
    let mut people: Vec<SaidShown<'_>> = Vec::new();
    for one in said {
        let detail = SaidDetail { question: &one.question, answer: &one.answer };
        match people.iter_mut().find(|person| !one.email.is_empty() && person.email == one.email) {
            Some(person) => person.question_details.push(detail),
            None => people.push(SaidShown {
                name: if one.email.is_empty() { "Anonymous Attendee" } else { &one.name },
                email: &one.email,
                question_details: vec![detail],
            }),
        }
    }
    Reply::json(
        200,
        &SaidList { id: event.number, uuid: &run.uuid, start_time: utc(run.started_ms), questions: people },
    )
}

fn report(state: &mut State, ask: &Ask) -> Answer {
    let wants_registrant = ask.query.get("include_fields").is_some_and(|fields| fields.contains("registrant_id"));
    page(state, ask, move |run, who| {
        let row = shown(run, who);
        ParticipantShown {
            registrant_id: row.registrant_id.filter(|_| wants_registrant),
            customer_key: Some(""),
            participant_user_id: Some(&who.zoom_user),
            ..row
        }
    })
}

/// Longest span of days that the history is asked for, in milliseconds: a month.
const HISTORY_SPAN_MS: i64 = 31 * 24 * 60 * 60 * 1000;

/// Runs of the account that ended on those days, of all hosts; a run is listed when its report is there.
fn history(state: &mut State, ask: &Ask) -> Answer {
    let refused = |message: &str| Problem::new(400, 300, message);
    let day = |name: &str| {
        let midnight: jiff::Timestamp = format!("{}T00:00:00Z", ask.query.get(name)?).parse().ok()?;
        Some(midnight.as_millisecond())
    };
    let (Some(from_ms), Some(to_ms)) = (day("from"), day("to")) else { return Err(refused("from and to are days.")) };
    if to_ms < from_ms || to_ms - from_ms > HISTORY_SPAN_MS {
        return Err(refused("The date range must be within one month."));
    }
    let by_end = ask.query.get("date_type").is_some_and(|word| word == "end_time");
    let wanted = match ask.query.get("meeting_type").map(String::as_str) {
        Some("meeting") => Some(Kind::Meeting),
        Some("webinar") => Some(Kind::Webinar),
        _ => None,
    };
    let delay_ms = state.settings.report_delay_ms;
    let is_listed = |event: &Event, run: &Run| {
        let Some(ended_ms) = run.ended_ms.filter(|ended_ms| ended_ms + delay_ms <= ask.now_ms) else { return false };
        let at_ms = if by_end { ended_ms } else { run.started_ms };
        let of_account = event.account == ask.access.account && wanted.is_none_or(|kind| kind == event.kind);
        of_account && (from_ms..to_ms + 24 * 60 * 60 * 1000).contains(&at_ms)
    };
    let runs = &state.runs;
    let mut found: Vec<(i64, u64, String)> = state
        .events
        .values()
        .flat_map(|event| event.runs.iter().filter_map(move |uuid| Some((event, runs.get(uuid)?))))
        .filter(|(event, run)| is_listed(event, run))
        .map(|(event, run)| (run.started_ms, event.number, run.uuid.clone()))
        .collect();
    found.sort();
    let cut = ask.cut(state, found.len())?;
    let shown = found.get(cut.shown.clone()).unwrap_or_default().iter();
    let rows: Vec<HistoryShown<'_>> = shown
        .filter_map(|(_, number, uuid)| {
            let (event, run) = (state.events.get(number)?, state.runs.get(uuid)?);
            let host = state.users.get(&event.host);
            let ended_ms = run.ended_ms.unwrap_or(run.started_ms);
            Some(HistoryShown {
                meeting_uuid: &run.uuid,
                meeting_id: event.number,
                r#type: match event.kind {
                    Kind::Meeting => "Meeting",
                    Kind::Webinar => "Webinar",
                },
                topic: &event.plan.topic,
                host_display_name: host.map(super::super::state::User::name).unwrap_or_default(),
                host_email: host.map_or("", |host| &host.is.email),
                start_time: utc(run.started_ms),
                end_time: utc(ended_ms),
                duration: (ended_ms - run.started_ms) / 60_000,
                participants: run.attendances.len(),
                source: "Zoom",
            })
        })
        .collect();
    Ok(cut.page("history_meetings", rows))
}

fn instances(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    let ended = event.runs.iter().filter_map(|uuid| state.runs.get(uuid)).filter(|run| run.ended_ms.is_some());
    let shown = ended.map(|run| InstanceShown { uuid: &run.uuid, start_time: utc(run.started_ms) });
    let name = match ask.kind {
        Kind::Meeting => "meetings",
        Kind::Webinar => "webinars",
    };
    Ok(Reply::json(200, &Named::from([(name, shown.collect::<Vec<_>>())])))
}

fn get(state: &mut State, ask: &Ask) -> Answer {
    let (event, run) = find(state, ask)?;
    let ended_ms = run.ended_ms.unwrap_or(run.started_ms);
    let minutes = |who: &Attendance| (who.leave_ms.unwrap_or(ended_ms) - who.join_ms) / 60_000;
    let host = state.users.get(&event.host);
    let body = PastShown {
        uuid: &run.uuid,
        id: event.number,
        host_id: &event.host,
        topic: &event.plan.topic,
        r#type: event.type_number(),
        user_name: host.map(super::super::state::User::name).unwrap_or_default(),
        user_email: host.map_or("", |host| &host.is.email),
        start_time: utc(run.started_ms),
        end_time: utc(ended_ms),
        duration: (ended_ms - run.started_ms) / 60_000,
        total_minutes: run.attendances.iter().map(minutes).sum(),
        participants_count: run.attendances.len(),
        dept: "",
        source: "Zoom",
    };
    Ok(Reply::json(200, &body))
}
