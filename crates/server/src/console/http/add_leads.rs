//! Adding leads to a webinar: which webinar, who, and what answers its questions. What there is to choose from is asked of Zoom
//! and LeadSquared while the page is opened; the wish itself goes into the journal as everything else.

use super::super::add_leads::{AddLeads, ChosenWebinar, EarlierWish, NamedChoice, QuestionRow, WebinarChoice};
use super::super::frame::Place;
use super::super::part::Moment;
use super::super::schedule::Field;
use super::session::Admin;
use super::{Failure, Fields, Page, frame, see, show, tenant_of};
use crate::app::Shared;
use crate::choices;
use crate::intake::commands::{self, NotAdded};
use crate::problem::Problem;
use crate::store::tenant::TenantRow;
use crate::store::{addition, settings};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::addition::registrant::{source_of, unanswered};
use connector_core::addition::request::{self, AddRequest, Field as Named, Wrong};
use connector_core::addition::{AddToWebinar, AnswerFrom, Chosen, Needed, WebinarView};
use connector_core::ids::MeetingNumber;
use connector_core::schedule_request::WishId;
use connector_core::settings::Settings;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Wishes of before that are shown.
const EARLIER_SHOWN: i64 = 10;

/// What the address carries: LeadSquared's actions name leads or a list in it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    webinar: String,
    #[serde(default)]
    choice: String,
    #[serde(default)]
    leads: String,
    #[serde(default)]
    list: String,
}

pub(super) async fn form(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let webinar = if asked.webinar.trim().is_empty() { asked.choice } else { asked.webinar };
    let request = AddRequest { webinar, leads: asked.leads, list: asked.list, ..AddRequest::default() };
    Ok(show(&view(&shared, &who, &tenant, (&request, &[]), crate::dice::token()).await?))
}

/// The page for what was asked so far, with what to mend.
async fn view(
    shared: &Shared,
    who: &Admin,
    tenant: &TenantRow,
    (request, wrong): (&AddRequest, &[Wrong]),
    wish: String,
) -> Result<AddLeads, Failure> {
    let refusal_of = |named: Named| {
        let found = wrong.iter().find(|wrong| wrong.field == named);
        found.map(|wrong| wrong.sentence.clone()).unwrap_or_default()
    };
    let mut page = AddLeads {
        frame: frame(shared, who, ("Add leads", Place::AddLeads), Some(tenant)).await?,
        blocked: commands::adding_blocked(shared, &tenant.tenant).await?.map(str::to_owned),
        refusal: (!wrong.is_empty()).then(|| "Please correct what is marked below; nothing was sent.".to_owned()),
        troubles: Vec::new(),
        webinars: Vec::new(),
        webinar: Field { value: request.webinar.clone(), refusal: refusal_of(Named::Webinar) },
        chosen: None,
        leads: Field { value: request.leads.clone(), refusal: refusal_of(Named::Leads) },
        lists: Vec::new(),
        list: request.list.clone(),
        fields: Vec::new(),
        earlier: Vec::new(),
        wish,
    };
    if page.blocked.is_some() {
        return Ok(page);
    }
    let number = Some(&request.webinar).filter(|text| !text.trim().is_empty()).map(|text| request::webinar(text));
    match number {
        Some(Ok(number)) => fill_chosen(shared, tenant, (&mut page, request), number).await?,
        Some(Err(sentence)) => {
            page.webinar.refusal = sentence;
            fill_choice(shared, tenant, &mut page).await?;
        }
        None => fill_choice(shared, tenant, &mut page).await?,
    }
    Ok(page)
}

/// The first step: which webinar.
async fn fill_choice(shared: &Shared, tenant: &TenantRow, page: &mut AddLeads) -> Result<(), Failure> {
    match choices::webinars(shared, &tenant.tenant).await {
        Ok(webinars) => {
            let choice = webinars.into_iter().map(|webinar| WebinarChoice {
                words: words(shared, tenant, (&webinar.topic, webinar.start_ms)),
                number: webinar.number.to_string(),
            });
            page.webinars = choice.collect();
        }
        Err(trouble) => page.troubles.push(format!("The webinars cannot be listed: {trouble} Type the number.")),
    }
    let id = tenant.tenant.clone();
    let earlier = shared
        .store
        .read(move |unit| Box::pin(async move { addition::latest(unit, &id, EARLIER_SHOWN).await }))
        .await?;
    let now_ms = shared.clock.now_ms();
    let one = |(wish, at_ms): (String, i64)| EarlierWish {
        when: Moment::new(at_ms, now_ms, &tenant.time_zone).exact,
        link: format!("/t/{}/add-leads/{wish}", tenant.tenant),
    };
    page.earlier = earlier.into_iter().map(one).collect();
    Ok(())
}

/// The second step: who, and what answers the questions.
async fn fill_chosen(
    shared: &Shared,
    tenant: &TenantRow,
    (page, request): (&mut AddLeads, &AddRequest),
    number: MeetingNumber,
) -> Result<(), Failure> {
    let view = match choices::webinar(shared, &tenant.tenant, number).await {
        Ok(view) => view,
        Err(trouble) => {
            page.webinar.refusal = trouble;
            return fill_choice(shared, tenant, page).await;
        }
    };
    let settings = settings_of(shared, tenant).await?;
    page.chosen = Some(ChosenWebinar {
        number: number.to_string(),
        words: words(shared, tenant, (&view.topic, view.start_ms)),
        questions: questions(&view, &wanted(request, number), &settings),
    });
    match choices::lists(shared, &tenant.tenant).await {
        Ok(lists) => {
            let choice = lists.into_iter().map(|list| NamedChoice {
                words: list.members.map_or_else(|| list.name.clone(), |members| format!("{} ({members})", list.name)),
                id: list.id,
            });
            page.lists = choice.collect();
        }
        Err(trouble) => page.troubles.push(trouble),
    }
    match choices::lead_fields(shared, &tenant.tenant).await {
        Ok(fields) => page.fields = fields.into_iter().map(|(id, words)| NamedChoice { id, words }).collect(),
        Err(trouble) => page.troubles.push(trouble),
    }
    Ok(())
}

async fn settings_of(shared: &Shared, tenant: &TenantRow) -> Result<Settings, Failure> {
    let id = tenant.tenant.clone();
    let read = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await }));
    Ok(read.await?.settings)
}

/// What was asked so far, as far as the questions need it.
fn wanted(request: &AddRequest, webinar: MeetingNumber) -> AddToWebinar {
    AddToWebinar {
        operation: String::new(),
        webinar,
        occurrence: None,
        leads: Chosen::Named(Vec::new()),
        answers: request.answers.clone(),
    }
}

fn questions(view: &WebinarView, wanted: &AddToWebinar, settings: &Settings) -> Vec<QuestionRow> {
    let open = unanswered(view, wanted, settings);
    let row = |(place, question): (usize, &connector_core::addition::Question)| {
        let (field, constant) = match source_of(question, wanted, settings) {
            Some(AnswerFrom::LeadField(field)) => (field, String::new()),
            Some(AnswerFrom::Constant(text)) => (String::new(), text),
            None => (String::new(), String::new()),
        };
        QuestionRow {
            place,
            name: question.name.clone(),
            required: question.needed == Needed::Required,
            open: open.contains(&question.name),
            field,
            constant,
        }
    };
    view.questions.iter().enumerate().map(row).collect()
}

/// Title and time of a webinar.
fn words(shared: &Shared, tenant: &TenantRow, (topic, start_ms): (&str, Option<i64>)) -> String {
    let Some(start_ms) = start_ms else { return topic.to_owned() };
    let at = Moment::new(start_ms, shared.clock.now_ms(), &tenant.time_zone);
    format!("{topic} · {}", at.exact)
}

/// The request that a form makes; the questions stand in fields named by their place.
fn read(pairs: &[(String, String)]) -> AddRequest {
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let mut answers = BTreeMap::new();
    for (name, question) in pairs {
        let Some(place) = name.strip_prefix("ask-") else { continue };
        let (field, same) = (value(&format!("field-{place}")).trim(), value(&format!("same-{place}")).trim());
        let from = match (same.is_empty(), field.is_empty()) {
            (false, _) => AnswerFrom::Constant(same.to_owned()),
            (true, false) => AnswerFrom::LeadField(field.to_owned()),
            (true, true) => continue,
        };
        answers.insert(question.clone(), from);
    }
    AddRequest {
        webinar: value("webinar").to_owned(),
        occurrence: value("occurrence").to_owned(),
        leads: value("leads").to_owned(),
        list: value("list").to_owned(),
        list_name: value("list_name").to_owned(),
        answers,
    }
}

pub(super) async fn send(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Page {
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    who.check(value("form_token"))?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let wish = WishId::parse(value("wish")).map_err(|error| Problem::bad_request(error.to_string()))?;
    let request = read(&pairs);
    let mut page = view(&shared, &who, &tenant, (&request, &[]), wish.as_str().to_owned()).await?;
    let open = page.chosen.as_ref().is_some_and(|chosen| chosen.questions.iter().any(|question| question.open));
    if open {
        page.refusal = Some("A required question is answered by nothing; nothing was sent.".to_owned());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
    }
    let named = page.lists.iter().find(|list| list.id == request.list).map(|list| list.words.clone());
    let request = AddRequest { list_name: named.unwrap_or_default(), ..request };
    let (status, wrong, refusal) =
        match commands::add_to_webinar(&shared, &tenant.tenant, &request, &wish, who.actor()).await {
            Ok(()) => return Ok(see(&format!("/t/{}/add-leads/{}", tenant.tenant, wish.as_str()))),
            Err(NotAdded::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, wrong, None),
            Err(NotAdded::NotConnected(_)) => (StatusCode::CONFLICT, Vec::new(), None),
            Err(error @ (NotAdded::NotKept(_) | NotAdded::Store(_))) => {
                tracing::error!(tenant = %tenant.tenant, %error, "a wish to add leads was not kept");
                (StatusCode::SERVICE_UNAVAILABLE, Vec::new(), Some(error.to_string()))
            }
        };
    let mut page = view(&shared, &who, &tenant, (&request, &wrong), wish.as_str().to_owned()).await?;
    page.refusal = page.refusal.or(refusal);
    Ok((status, show(&page)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_answers_a_question_by_a_field_or_by_the_same_for_everybody() {
        let pairs = [
            ("webinar", "86000000002"),
            ("ask-0", "Budget?"),
            ("field-0", "mx_Budget"),
            ("same-0", ""),
            ("ask-1", "Batch?"),
            ("field-1", "mx_Batch"),
            ("same-1", "2026"),
            ("ask-2", "Colour?"),
            ("field-2", " "),
            ("same-2", ""),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = read(&pairs);
        assert_eq!(request.answers.get("Budget?"), Some(&AnswerFrom::LeadField("mx_Budget".to_owned())));
        assert_eq!(request.answers.get("Batch?"), Some(&AnswerFrom::Constant("2026".to_owned())));
        assert_eq!(request.answers.len(), 2);
    }
}
