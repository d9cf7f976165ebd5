//! People whom Zoom does not name: who waits for a decision, and deciding. A decision travels through the journal like everything
//! else.

use super::{Answer, JsonBody, Key, Path, wrong_fields};
use crate::app::Shared;
use crate::intake::commands::{self, NotScheduled};
use crate::problem::Problem;
use crate::store::stranger::{self, Which};
use crate::store::{StoreError, Unit, fact};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector_core::fact::State as Fact;
use connector_core::fact::stranger::{Is, StrangerState};
use connector_core::fact::suggestion::{Decided, Hints, Suggestion, suggest};
use connector_core::fact::{Alias, PresenceState};
use connector_core::ids::{Email, TenantId};
use connector_core::translate::stranger::Decide;
use serde::{Deserialize, Serialize};

/// People in one list.
pub const PEOPLE_MAX: i64 = 100;

/// One stay of somebody; times in epoch milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct StayView {
    /// Joined.
    pub joined_ms: Option<i64>,
    /// Left.
    pub left_ms: Option<i64>,
}

/// Somebody whom Zoom does not name.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    /// Names the person in addresses.
    pub id: String,
    /// As shown in Zoom; a number for a caller.
    pub name: Option<String>,
    /// Signed in to Zoom, so that a decision holds wherever the same user comes.
    pub signed_in: bool,
    /// The webinar's number, or the meeting's.
    pub webinar: u64,
    /// Its topic.
    pub topic: Option<String>,
    /// Its start, epoch milliseconds.
    pub start_ms: Option<i64>,
    /// The stays.
    pub stays: Vec<StayView>,
    /// Who it may be, the surest first.
    pub suggestions: Vec<Suggestion>,
    /// Who it is, where somebody decided: an address, or `nobody`.
    pub decided: Option<String>,
    /// Zoom named the person after all.
    pub named: bool,
}

/// Which people are listed: those who wait, or those who are known.
///
/// # Errors
/// [`StoreError`].
pub async fn load(unit: &mut Unit, tenant: &TenantId, which: Which) -> Result<Vec<PersonView>, StoreError> {
    let stranger::Listed { rows, registered } = stranger::listed(unit, tenant, which, PEOPLE_MAX).await?;
    let known = stranger::list(unit, tenant, Which::Known, PEOPLE_MAX).await?;
    let decided: Vec<Decided> = known.iter().filter_map(|(_, state)| Decided::of(state)).collect();
    let view = |(id, state, stays): (Alias, StrangerState, Vec<PresenceState>)| {
        let hints = Hints { registered: registered.get(&state.series), decided: &decided };
        PersonView {
            id: id.0,
            suggestions: if state.waits() { suggest(&state, hints) } else { Vec::new() },
            name: state.name,
            signed_in: state.zoom_user.is_some(),
            webinar: state.gathering.number.0,
            topic: state.gathering.topic,
            start_ms: state.gathering.start_ms,
            stays: stays.iter().map(|stay| StayView { joined_ms: stay.join_ms, left_ms: stay.leave_ms }).collect(),
            decided: state.decided.map(|is| match is {
                Is::Person(email) => email.as_str().to_owned(),
                Is::Nobody => "nobody".to_owned(),
            }),
            named: state.named,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Who waits and who is known.
#[derive(Debug, Serialize)]
pub struct People {
    /// Nobody decided yet.
    pub waiting: Vec<PersonView>,
    /// Decided, or named by Zoom after all.
    pub known: Vec<PersonView>,
}

pub(super) async fn list(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<People> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let mut people = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let waiting = load(unit, &tenant, Which::Waiting).await?;
                Ok(People { waiting, known: load(unit, &tenant, Which::Known).await? })
            })
        })
        .await?;
    if key.sight().is_masked() {
        // Nobody decides by an address that is masked.
        people.waiting.iter_mut().chain(&mut people.known).for_each(|person| person.suggestions.clear());
    }
    Ok(Json(people))
}

/// A decision as it is sent: an address, or that it is nobody, or that the decision before is taken back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decision {
    /// Who it is.
    pub email: Option<String>,
    /// Nobody to write about.
    pub nobody: bool,
    /// Take the decision back.
    pub undo: bool,
}

impl Decision {
    /// What it says, or the sentence that says what is wrong with it.
    ///
    /// # Errors
    /// The sentence.
    pub fn read(&self) -> Result<Option<Is>, &'static str> {
        match (self.email.as_deref(), self.nobody, self.undo) {
            (Some(text), false, false) => {
                let email = Email::parse(text).ok_or("This is not an e-mail address.")?;
                Ok(Some(Is::Person(email)))
            }
            (None, true, false) => Ok(Some(Is::Nobody)),
            (None, false, true) => Ok(None),
            _ => Err("Say one of three: an e-mail address, that it is nobody, or to undo."),
        }
    }
}

/// Takes a decision in, if there is such a stranger. Answers whether there is.
///
/// # Errors
/// [`NotScheduled`].
pub async fn take(shared: &Shared, tenant: &TenantId, decide: Decide, actor: &str) -> Result<bool, NotScheduled> {
    let (owned, id) = (tenant.clone(), decide.stranger.0.clone());
    let found = shared.store.read(move |unit| Box::pin(async move { fact::get(unit, &owned, &id).await })).await?;
    if !matches!(found, Some(Fact::Stranger(_))) {
        return Ok(false);
    }
    commands::decide(shared, tenant, decide, actor).await?;
    Ok(true)
}

pub(super) async fn decide(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, id)): Path<(String, String)>,
    JsonBody(decision): JsonBody<Decision>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let is = decision.read().map_err(wrong_fields)?;
    let taken = take(&shared, &tenant, Decide { stranger: Alias(id), is }, &key.actor()).await?;
    if taken { Ok(StatusCode::ACCEPTED.into_response()) } else { Err(Problem::not_found("person")) }
}
