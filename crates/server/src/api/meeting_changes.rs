//! Changing and cancelling a meeting that was scheduled from here. The answer says that the wish is kept; the deliveries tell
//! what became of it.

use super::{JsonBody, Key, Path};
use crate::app::Shared;
use crate::intake::commands;
use crate::problem::Problem;
use crate::store::{journal_list, scheduled};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use connector_core::fact::agreed::{Part, Standing};
use connector_core::ids::TenantId;
use connector_core::schedule_request::WishId;
use connector_core::schedule_request::change::{self, ChangeRequest};
use connector_core::translate::meeting::agree;
use serde::{Deserialize, Serialize};

/// A change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Names the wish: the same name twice is one change. Made up when absent.
    wish: Option<WishId>,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    offset: String,
    minutes: Option<i64>,
}

/// A change that is kept.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    /// Names the change.
    wish: String,
    /// The wish that the meeting was scheduled by.
    of: String,
}

pub(super) async fn change(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, of)): Path<(String, String)>,
    super::Asked(Which { occurrence }): super::Asked<Which>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let Wanted { wish, topic, start, zone, offset, minutes } = wanted;
    let wish = key.wish(wish)?;
    let request = ChangeRequest { topic, start, zone, offset, minutes };
    let part = change::check(&request, shared.clock.now_ms()).map_err(|wrong| {
        let sentences: Vec<String> = wrong.iter().map(|one| format!("{:?}: {}", one.field, one.sentence)).collect();
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "request.fields", sentences.join(" "))
    })?;
    if occurrence.is_some() && part.topic.is_some() {
        let why = "Topic: One date of a series has the title of the series. Rename the series instead.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "request.fields", why.to_owned()));
    }
    ask(&shared, (&tenant, &of), (wish, part), occurrence, &key).await
}

/// Cancelling twice is cancelling once.
pub(super) async fn cancel(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, of)): Path<(String, String)>,
    super::Asked(Which { occurrence }): super::Asked<Which>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let wish = key.wish(None)?;
    let part = Part { standing: Some(Standing::Cancelled), ..Part::default() };
    ask(&shared, (&tenant, &of), (wish, part), occurrence, &key).await
}

/// Which date of a series is meant; the whole of it without one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    occurrence: Option<String>,
}

async fn ask(
    shared: &Shared,
    (tenant, of): (&TenantId, &str),
    (wish, part): (WishId, Part),
    occurrence: Option<String>,
    key: &Key,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let missing = || Problem::not_found("wish");
    let of = WishId::parse(of).map_err(|_| missing())?;
    let keys = shared.keys.of(&shared.store, tenant).await.map_err(|_| missing())?.tenant_keys();
    let fact = keys.alias("scheduling", &[of.as_str()]);
    let (owned, wanted, alias) = (tenant.clone(), occurrence.clone(), agree::of_wish(&keys, &fact));
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let known = scheduled::followed_fact(unit, &owned, &fact).await?;
            let date = match &wanted {
                Some(date) => scheduled::has_date(unit, &owned, &alias, date).await?,
                None => true,
            };
            Ok((known, date))
        })
    });
    let (known, has_date) = read.await?;
    if known.is_none() && !is_kept(shared, tenant, &of).await? {
        return Err(missing());
    }
    if known.is_none_or(|known| known.created.is_none()) {
        let why = "Zoom has not made this meeting yet. It can be changed once it stands; ask again then.";
        return Err(Problem::new(StatusCode::CONFLICT, "meeting.not_made", why.to_owned()));
    }
    if !has_date {
        return Err(Problem::not_found("occurrence"));
    }
    commands::change_meeting(shared, tenant, (&of, part, occurrence), &wish, &key.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked { wish: wish.as_str().to_owned(), of: of.as_str().to_owned() })))
}

/// Whether the wish is in the journal, looked at or not.
async fn is_kept(shared: &Shared, tenant: &TenantId, of: &WishId) -> Result<bool, Problem> {
    let (owned, scheduled) = (tenant.clone(), of.journal_key());
    let found = shared
        .store
        .read(move |unit| Box::pin(async move { journal_list::by_key(unit, &owned, &scheduled).await }))
        .await?;
    Ok(found.is_some_and(|row| row.event == commands::SCHEDULE_MEETING))
}
