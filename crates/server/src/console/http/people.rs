//! People whom Zoom does not name: the page, and deciding. A decision goes to the journal.

use super::super::frame::Place;
use super::super::part::Moment;
use super::super::people::{MayBe, People, Stranger};
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, address, frame, see, show, tenant_of, with_notice};
use crate::app::Shared;
use crate::intake::commands;
use crate::problem::Problem;
use crate::store::fact;
use crate::store::stranger::{self, Listed, Which};
use crate::store::tenant::TenantRow;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::fact::stranger::{Is, StrangerState, safe_name};
use connector_core::fact::{Alias, PresenceState, State as Fact};
use connector_core::ids::{Email, Kind};
use connector_core::translate::stranger::Decide;
use serde::Deserialize;

/// People of each kind on the page.
const PEOPLE_MAX: i64 = 50;
const MINUTE_MS: i64 = 60_000;

async fn view(shared: &Shared, who: &Admin, tenant: &TenantRow) -> Result<People, Failure> {
    let id = tenant.tenant.clone();
    let (waiting, known) = shared
        .store
        .read(move |unit| {
            Box::pin(async move {
                let waiting = stranger::listed(unit, &id, Which::Waiting, PEOPLE_MAX).await?;
                Ok((waiting, stranger::listed(unit, &id, Which::Known, PEOPLE_MAX).await?))
            })
        })
        .await?;
    let now_ms = shared.clock.now_ms();
    let lines = |listed: Listed| {
        let of = |(id, state, stays): &(Alias, StrangerState, Vec<PresenceState>)| {
            let registered = listed.registered.get(&state.series).map(Vec::as_slice).unwrap_or_default();
            let may_be = state.suggestions(registered).into_iter();
            Stranger {
                may_be: may_be.map(|one| MayBe { email: one.email.as_str().to_owned(), why: one.why }).collect(),
                ..line((id, state, stays), now_ms, &tenant.time_zone)
            }
        };
        listed.rows.iter().map(of).collect()
    };
    Ok(People {
        frame: frame(shared, who, ("People", Place::People), Some(tenant)).await?,
        refusal: None,
        waiting: lines(waiting),
        known: lines(known),
    })
}

fn line((id, state, stays): (&Alias, &StrangerState, &[PresenceState]), now_ms: i64, zone: &str) -> Stranger {
    let holds = match (&state.zoom_user, state.name.as_deref().and_then(safe_name)) {
        (Some(_), _) => "Signed in to Zoom: what you decide holds wherever this Zoom user comes without an address.",
        (None, Some(_)) => match state.gathering.kind {
            Kind::Webinar => "What you decide holds for this name in all runs of this webinar.",
            Kind::Meeting => "What you decide holds for this name whenever this meeting is held.",
        },
        (None, None) => "What you decide holds for this once: the name does not say enough.",
    };
    let is = match (&state.decided, state.named) {
        (_, true) => Some("Zoom named the person after all".to_owned()),
        (Some(Is::Person(email)), false) => Some(format!("is {}", email.as_str())),
        (Some(Is::Nobody), false) => Some("is nobody to write about".to_owned()),
        (None, false) => None,
    };
    Stranger {
        id: id.0.clone(),
        name: state.name.clone().unwrap_or_else(|| "Without a name".to_owned()),
        topic: state
            .gathering
            .topic
            .clone()
            .unwrap_or_else(|| format!("{} {}", state.gathering.kind.title(), state.gathering.number)),
        came: stays.iter().find_map(|stay| stay.join_ms).map(|at_ms| Moment::new(at_ms, now_ms, zone)),
        stays: stays.iter().map(stay_in_words).collect(),
        holds: holds.to_owned(),
        may_be: Vec::new(),
        is,
        can_undo: state.decided.is_some() && !state.named,
    }
}

fn stay_in_words(stay: &PresenceState) -> String {
    match stay.join_ms.zip(stay.leave_ms) {
        Some((joined_ms, left_ms)) => format!("Stayed for {} minutes.", ((left_ms - joined_ms) / MINUTE_MS).max(0)),
        None => "Nobody told how long.".to_owned(),
    }
}

pub(super) async fn page(
    State(shared): State<Shared>,
    who: Admin,
    Path(tenant): Path<String>,
    Query(query): Query<DoneQuery>,
) -> Page {
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let mut page = view(&shared, &who, &tenant).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// The form of a decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionForm {
    #[serde(default)]
    form_token: String,
    choice: Choice,
    #[serde(default)]
    email: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Email,
    Nobody,
    Undo,
}

pub(super) async fn decide(
    State(shared): State<Shared>,
    who: Admin,
    Path((tenant, id)): Path<(String, String)>,
    Fields(form): Fields<DecisionForm>,
) -> Page {
    who.check(&form.form_token)?;
    let tenant = tenant_of(&shared, &who, &tenant).await?;
    let (owned, wanted) = (tenant.tenant.clone(), id.clone());
    let found = shared.store.read(move |unit| Box::pin(async move { fact::get(unit, &owned, &wanted).await })).await?;
    if !matches!(found, Some(Fact::Stranger(_))) {
        return Err(Problem::not_found("person").into());
    }
    let is = match form.choice {
        Choice::Nobody => Some(Is::Nobody),
        Choice::Undo => None,
        Choice::Email => match Email::parse(&form.email) {
            Some(email) => Some(Is::Person(email)),
            None => {
                let mut page = view(&shared, &who, &tenant).await?;
                page.refusal = Some("This is not an e-mail address.".to_owned());
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
            }
        },
    };
    let decide = Decide { stranger: Alias(id), is };
    commands::decide(&shared, &tenant.tenant, decide, who.actor())
        .await
        .map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", error.to_string()))?;
    Ok(see(&address(&format!("/t/{}/people", tenant.tenant), &[("done", "decided")])))
}
