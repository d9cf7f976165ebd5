//! Calls about registrants.

use super::super::change::{Asker, At};
use super::super::limits::Class;
use super::super::state::{Event, Registrant, State, utc};
use super::super::told::STANDARD_FIELDS;
use super::super::wire::rest::{
    ActionBody, BatchAdded, BatchBody, CustomAnswer, CustomQuestionShown, Named, QuestionShown, QuestionsShown,
    RegistrantAdded, RegistrantBody, RegistrantShown,
};
use super::super::words::{Approval, Kind, NewRegistrant, Refused, Status};
use super::problem::Problem;
use super::reply::Reply;
use super::rest::{Answer, Ask, Call};

/// Registrants of one call that takes several.
const BATCH_MAX: usize = 30;

/// The calls.
pub(super) const CALLS: &[Call] = &[
    Call {
        method: "GET",
        path: "{kind}s/{}/registrants",
        name: "{kind}s.registrants.list",
        scope: "{kind}:read:list_registrants",
        class: Class::Medium,
        run: list,
    },
    Call {
        method: "POST",
        path: "{kind}s/{}/registrants",
        name: "{kind}s.registrants.add",
        scope: "{kind}:write:registrant",
        class: Class::Light,
        run: add,
    },
    Call {
        method: "POST",
        path: "{kind}s/{}/batch_registrants",
        name: "{kind}s.registrants.batch",
        scope: "{kind}:write:batch_registrants",
        class: Class::Heavy,
        run: batch,
    },
    Call {
        method: "PUT",
        path: "{kind}s/{}/registrants/status",
        name: "{kind}s.registrants.status",
        scope: "{kind}:update:registrant_status",
        class: Class::Medium,
        run: status,
    },
    Call {
        method: "GET",
        path: "{kind}s/{}/registrants/questions",
        name: "{kind}s.registrants.questions",
        scope: "{kind}:read:list_registration_questions",
        class: Class::Light,
        run: questions,
    },
    Call {
        method: "GET",
        path: "{kind}s/{}/registrants/{}",
        name: "{kind}s.registrants.get",
        scope: "{kind}:read:registrant",
        class: Class::Light,
        run: get,
    },
];

fn open(ask: &Ask, state: &State) -> Result<(u64, String), Problem> {
    let event = ask.event(state)?;
    ask.licensed(state, &event.host)?;
    match event.plan.approval {
        Approval::Automatic | Approval::Manual => Ok((event.number, event.host.clone())),
        Approval::None => Err(Problem::refused(Refused::RegistrationOff, ask.kind, ask.part(0))),
    }
}

fn shown<'a>(event: &Event, registrant: &'a Registrant) -> RegistrantShown<'a> {
    let person = &registrant.person;
    let answer = |field: &&'static str| (*field, person.answers.get(*field).map_or("", String::as_str));
    let custom = |(title, value): &(String, String)| CustomAnswer { title: title.clone(), value: value.clone() };
    RegistrantShown {
        id: &registrant.id,
        first_name: &person.first_name,
        last_name: &person.last_name,
        email: &person.email,
        answers: STANDARD_FIELDS.iter().map(answer).collect(),
        custom_questions: person.custom_questions.iter().map(custom).collect(),
        status: registrant.status.listed(),
        create_time: utc(registrant.at_ms),
        join_url: event.personal_url(registrant),
        tracking_source_id: person.tracking_source.as_deref().filter(|_| event.kind == Kind::Webinar),
    }
}

fn list(state: &mut State, ask: &Ask) -> Answer {
    let (number, _) = open(ask, state)?;
    let wanted = ask.query.get("status").map_or("approved", String::as_str);
    let registrants = ask.event(state)?.registrants.iter().enumerate();
    let wanted = registrants.filter(|(_, registrant)| registrant.status.listed() == wanted);
    let places: Vec<usize> = wanted.map(|(place, _)| place).collect();
    let cut = ask.cut(state, places.len())?;
    let event = state.event(number).ok_or_else(|| Problem::missing(ask.kind, ask.part(0)))?;
    let places = places.get(cut.shown.clone()).unwrap_or_default().iter();
    let registrants = places.filter_map(|place| event.registrants.get(*place));
    let registrants = registrants.map(|registrant| shown(event, registrant)).collect();
    Ok(cut.page("registrants", registrants))
}

fn get(state: &mut State, ask: &Ask) -> Answer {
    let event = ask.event(state)?;
    let registrant = event.registrant(ask.part(1));
    let registrant = registrant.ok_or_else(|| Problem::refused(Refused::NoSuchRegistrant, ask.kind, ask.part(1)))?;
    Ok(Reply::json(200, &shown(event, registrant)))
}

/// Registers one person; the registrant id.
fn take_in(state: &mut State, ask: &Ask, body: RegistrantBody, auto_approve: bool) -> Result<String, Problem> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let email = filled(body.email).filter(|email| email.contains('@')).ok_or_else(|| Problem::field("email"))?;
    let first_name = filled(body.first_name).ok_or_else(|| Problem::field("first_name"))?;
    let event = ask.event(state)?;
    let number = event.number;
    if !body.custom_questions.iter().all(|answer| event.plan.questions.contains(&answer.title)) {
        return Err(Problem::field("custom_questions"));
    }
    let answered = |title: &String| {
        let custom =
            body.custom_questions.iter().any(|answer| answer.title == *title && !answer.value.trim().is_empty());
        custom || (title == "last_name" && !body.last_name.trim().is_empty())
    };
    if !event.plan.required.iter().all(answered) {
        return Err(Problem::field("custom_questions"));
    }
    let over = !event.runs.is_empty() && state.open_run(event).is_none();
    if over && ask.now_ms > event.plan.start_ms + event.plan.duration_min * 60_000 {
        return Err(Problem::new(400, 3038, format!("{number} is over, you can not register now.")));
    }
    if !state.limits.adds(&email, ask.now_ms) {
        let call = format!("Add a {} registrant", ask.kind.as_str());
        return Err(Problem::registrant_calls((3, &call), &email));
    }
    let others = body.others.into_iter().filter_map(|(field, value)| Some((field, value.as_str()?.to_owned())));
    let who = NewRegistrant {
        email,
        first_name,
        last_name: body.last_name,
        answers: others.filter(|(field, _)| field == "comments" || STANDARD_FIELDS.contains(&field.as_str())).collect(),
        custom_questions: body.custom_questions.into_iter().map(|answer| (answer.title, answer.value)).collect(),
        tracking_source: body.source_id,
    };
    let at = At { ms: ask.now_ms, now_ms: ask.now_ms };
    let refused = |refused| Problem::refused(refused, ask.kind, ask.part(0));
    let id = state.register(number, who, Asker::Api, at).map_err(refused)?;
    if auto_approve {
        state.set_status(number, &id, Status::Approved, at).map_err(refused)?;
    }
    Ok(id)
}

fn add(state: &mut State, ask: &Ask) -> Answer {
    open(ask, state)?;
    let body: RegistrantBody = ask.read()?;
    let auto_approve = body.auto_approve;
    let registrant_id = take_in(state, ask, body, auto_approve)?;
    let event = ask.event(state)?;
    let added = RegistrantAdded {
        id: event.number,
        registrant_id: &registrant_id,
        topic: &event.plan.topic,
        start_time: utc(event.plan.start_ms),
        join_url: event.registrant(&registrant_id).and_then(|registrant| event.personal_url(registrant)),
    };
    Ok(Reply::json(201, &added))
}

fn batch(state: &mut State, ask: &Ask) -> Answer {
    open(ask, state)?;
    match (ask.kind, ask.event(state)?.type_number()) {
        (Kind::Meeting, 2) | (Kind::Webinar, 5) => {}
        (Kind::Meeting, _) => {
            let message = "This API can only be used for scheduled meeting(meeting type: 2). Batch registration is not \
                           supported for other meeting types.";
            return Err(Problem::new(400, 303, message));
        }
        (Kind::Webinar, _) => {
            let message = "This API can only be used for scheduled webinars (type 5). Batch registration is not \
                           supported for other webinar types.";
            return Err(Problem::new(400, 300, message));
        }
    }
    let body: BatchBody = ask.read()?;
    if body.registrants.len() > BATCH_MAX {
        return Err(Problem::field("registrants"));
    }
    let mut added = Vec::new();
    for person in body.registrants {
        let email = person.email.clone().unwrap_or_default();
        let registrant_id = take_in(state, ask, person, body.auto_approve)?;
        let event = ask.event(state)?;
        let join_url = event.registrant(&registrant_id).and_then(|registrant| event.personal_url(registrant));
        added.push(BatchAdded { email, join_url, registrant_id });
    }
    Ok(Reply::json(200, &Named::from([("registrants", added)])))
}

fn status(state: &mut State, ask: &Ask) -> Answer {
    let (number, _) = open(ask, state)?;
    let body: ActionBody = ask.read()?;
    let status = match body.action.as_str() {
        "approve" => Status::Approved,
        "deny" => Status::Denied,
        "cancel" => Status::Cancelled,
        _ => return Err(Problem::field("action")),
    };
    if body.registrants.len() > BATCH_MAX {
        return Err(Problem::field("registrants"));
    }
    let at = At { ms: ask.now_ms, now_ms: ask.now_ms };
    for named in body.registrants {
        let event = ask.event(state)?;
        let by_email = || {
            let place = event.registrant_by_email.get(&named.email.as_ref()?.to_lowercase())?;
            event.registrants.get(*place).map(|registrant| registrant.id.clone())
        };
        let id = named.id.clone().or_else(by_email).unwrap_or_default();
        if !state.limits.changes(&id, ask.now_ms) {
            let call = format!("{} Update registrant's status", ask.kind.as_str());
            return Err(Problem::registrant_calls((10, &call), &id));
        }
        state.set_status(number, &id, status, at).map_err(|refused| Problem::refused(refused, ask.kind, &id))?;
    }
    Ok(Reply::done())
}

fn questions(state: &mut State, ask: &Ask) -> Answer {
    open(ask, state)?;
    let plan = &ask.event(state)?.plan;
    let required = |title: &str| plan.required.iter().any(|known| known == title);
    let body = QuestionsShown {
        questions: vec![QuestionShown { field_name: "last_name", required: required("last_name") }],
        custom_questions: plan
            .questions
            .iter()
            .map(|title| CustomQuestionShown { title, r#type: "short", required: required(title), answers: [] })
            .collect(),
    };
    Ok(Reply::json(200, &body))
}
