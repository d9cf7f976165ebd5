//! Adding leads to a webinar, following it, and what there is to choose from. The wish goes through the same pipe as everything
//! else; it is followed by its name.

use super::view::DeliveryView;
use super::{Answer, Asked, JsonBody, Key, Limit, Listed, Page, Path, rows_wanted};
use crate::app::Shared;
use crate::choices;
use crate::intake::commands::{self, NotAdded};
use crate::problem::Problem;
use crate::store::addition::{self, Filter, Followed};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::addition::progress::{Stage, Standing};
use connector_core::addition::request::{self, AddRequest};
use connector_core::addition::{AnswerFrom, Question, WebinarView};
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Leads to add.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Names the wish: the same name twice adds once. Made up when absent.
    wish: Option<WishId>,
    /// E-mail addresses and lead ids.
    #[serde(default)]
    leads: Vec<String>,
    /// The id of a list.
    #[serde(default)]
    list: String,
    #[serde(default)]
    list_name: String,
    #[serde(default)]
    occurrence: String,
    /// Answers by question: `{"constant": …}` or `{"lead_field": …}`.
    #[serde(default)]
    answers: BTreeMap<String, AnswerFrom>,
}

/// How far a wish is.
#[derive(Debug, Serialize)]
pub(super) struct AdditionView {
    wish: String,
    /// `looking`, `adding`, `done`, `unanswered` or `failed`.
    stage: Stage,
    webinar: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    /// Leads in all, as far as known.
    total: u64,
    /// Leads by what became of them.
    counts: BTreeMap<&'static str, u64>,
    /// Required questions that nothing answers.
    unanswered: Vec<String>,
}

impl AdditionView {
    fn new(wish: &WishId, followed: &Followed) -> Self {
        let counts = followed.progress.counts.iter().map(|(standing, count)| (standing.as_str(), *count));
        Self {
            wish: wish.as_str().to_owned(),
            stage: followed.progress.stage,
            webinar: followed.state.wanted.webinar.0,
            topic: followed.state.webinar.as_ref().map(|webinar| webinar.topic.clone()),
            total: followed.progress.total,
            counts: counts.collect(),
            unanswered: followed.state.unanswered.clone(),
        }
    }
}

/// What became of one lead.
#[derive(Debug, Serialize)]
pub(super) struct LeadView {
    standing: Standing,
    /// The registrant's own link.
    #[serde(skip_serializing_if = "Option::is_none")]
    join_url: Option<String>,
    #[serde(flatten)]
    delivery: DeliveryView,
}

impl From<NotAdded> for Problem {
    fn from(error: NotAdded) -> Self {
        match &error {
            NotAdded::Wrong(wrong) => {
                let sentences: Vec<String> =
                    wrong.iter().map(|one| format!("{:?}: {}", one.field, one.sentence)).collect();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "request.fields", sentences.join(" "))
            }
            NotAdded::NotConnected(_) => Self::new(StatusCode::CONFLICT, "zoom.not_connected", error.to_string()),
            NotAdded::NotKept(_) | NotAdded::Store(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", error.to_string())
            }
        }
    }
}

pub(super) async fn add(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, webinar)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let wish = key.wish(wanted.wish)?;
    let request = AddRequest {
        webinar,
        occurrence: wanted.occurrence,
        leads: wanted.leads.join(" "),
        list: wanted.list,
        list_name: wanted.list_name,
        answers: wanted.answers,
    };
    commands::add_to_webinar(&shared, &tenant, &request, &wish, &key.actor()).await?;
    let found = look(&shared, &tenant, &wish).await?;
    let followed = found.ok_or_else(|| Problem::not_found("wish"))?;
    Ok((StatusCode::ACCEPTED, Json(AdditionView::new(&wish, &followed))).into_response())
}

async fn look(shared: &Shared, tenant: &TenantId, wish: &WishId) -> Result<Option<Followed>, Problem> {
    let (tenant, wish) = (tenant.clone(), wish.clone());
    let read = shared.store.read(move |unit| Box::pin(async move { addition::followed(unit, &tenant, &wish).await }));
    Ok(read.await?)
}

pub(super) async fn follow(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, wish)): Path<(String, String)>,
) -> Answer<AdditionView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let missing = || Problem::not_found("wish");
    let wish = WishId::parse(&wish).map_err(|_| missing())?;
    let followed = look(&shared, &tenant, &wish).await?.ok_or_else(missing)?;
    Ok(Json(AdditionView::new(&wish, &followed)))
}

/// What to list of a wish's leads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedLeads {
    standing: Option<String>,
    who: Option<String>,
    after: Option<String>,
    limit: Option<Limit>,
}

pub(super) async fn leads(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, wish)): Path<(String, String)>,
    Asked(wanted): Asked<WantedLeads>,
) -> Listed<LeadView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let missing = || Problem::not_found("wish");
    let wish = WishId::parse(&wish).map_err(|_| missing())?;
    let followed = look(&shared, &tenant, &wish).await?.ok_or_else(missing)?;
    let Some(fact) = followed.fact else { return Ok(Page::whole([])) };
    let standing = wanted
        .standing
        .as_deref()
        .map(|text| Standing::parse(text).ok_or_else(|| Problem::bad_request("There is no such standing.")));
    let rows_wanted = rows_wanted(wanted.limit);
    let filter =
        Filter { standing: standing.transpose()?, who: wanted.who, after: wanted.after, limit: rows_wanted + 1 };
    let rows = shared
        .store
        .read(move |unit| Box::pin(async move { addition::page(unit, &tenant, &fact, &filter).await }))
        .await?;
    // Whoever has the link is let in as that person.
    let masked = key.sight().is_masked();
    let item = |(standing, row): &(Standing, _)| LeadView {
        standing: *standing,
        join_url: link_of(*standing, row).filter(|_| !masked),
        delivery: DeliveryView::from(row),
    };
    Ok(Page::of(&rows, rows_wanted, |(_, row)| row.id.clone(), item))
}

fn link_of(standing: Standing, row: &crate::store::delivery_list::ListedDelivery) -> Option<String> {
    row.detail.clone().filter(|_| standing == Standing::Added)
}

/// A webinar to choose.
#[derive(Debug, Serialize)]
pub(super) struct WebinarChoice {
    number: u64,
    topic: String,
    start_ms: Option<i64>,
}

fn not_answered(sentence: String) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, "remote.not_answered", sentence)
}

pub(super) async fn webinars(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Listed<WebinarChoice> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let webinars = choices::webinars(&shared, &tenant).await.map_err(not_answered)?;
    let choice = webinars.into_iter().map(|webinar| WebinarChoice {
        number: webinar.number.0,
        topic: webinar.topic,
        start_ms: webinar.start_ms,
    });
    Ok(Page::whole(choice))
}

/// What a webinar asks.
#[derive(Debug, Serialize)]
pub(super) struct FormView {
    topic: String,
    start_ms: Option<i64>,
    questions: Vec<Question>,
}

pub(super) async fn questions(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, webinar)): Path<(String, String)>,
) -> Answer<FormView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let number = request::webinar(&webinar).map_err(|_| Problem::not_found("webinar"))?;
    let WebinarView { topic, start_ms, questions, account: _, approval: _, company: _ } =
        choices::webinar(&shared, &tenant, number).await.map_err(not_answered)?;
    Ok(Json(FormView { topic, start_ms, questions }))
}

/// A list to choose.
#[derive(Debug, Serialize)]
pub(super) struct ListChoice {
    id: String,
    name: String,
    members: Option<u64>,
}

pub(super) async fn lists(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Listed<ListChoice> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let lists = choices::lists(&shared, &tenant).await.map_err(not_answered)?;
    let choice = lists.into_iter().map(|list| ListChoice { id: list.id, name: list.name, members: list.members });
    Ok(Page::whole(choice))
}
