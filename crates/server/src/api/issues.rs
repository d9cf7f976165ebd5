//! What keeps failing: failures that are alike together, with cause and repair, and muting a group of them.

use super::view::time;
use super::{Answer, Asked, JsonBody, Key, Path};
use crate::app::Shared;
use crate::problem::Problem;
use crate::store::audit;
use crate::store::issue::{self, COUNTED_MAX, Issue};
use crate::store::muted::{self, MutedRow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use connector_core::code::{advice, sentence};
use serde::{Deserialize, Serialize};

/// Groups of one answer at the most.
const GROUPS_MAX: usize = 100;

/// Failures that are alike.
#[derive(Debug, Serialize)]
pub(super) struct IssueView {
    /// Stable code.
    code: String,
    /// What they have in common: words of the remote system, or an event.
    cause: String,
    /// What it means.
    sentence: String,
    /// Why it comes to that.
    why: &'static str,
    /// What to do about it.
    repair: &'static str,
    /// How many, as far as they are counted.
    count: i64,
    /// There are more.
    more: bool,
    /// How many people.
    people: i64,
    /// Some of them.
    few: Vec<String>,
    /// Since when.
    since: String,
    /// When last.
    last: String,
    /// Who muted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    muted_by: Option<String>,
}

impl From<Issue> for IssueView {
    fn from(issue: Issue) -> Self {
        let group = issue.group;
        let advice = advice::of(&group.key.code);
        Self {
            sentence: sentence(&group.key.code).to_owned(),
            why: advice.map_or("", |advice| advice.cause),
            repair: advice.map_or("", |advice| advice.repair),
            count: group.count.min(COUNTED_MAX),
            more: group.count > COUNTED_MAX,
            people: group.people,
            few: group.few,
            since: time(group.since_ms),
            last: time(group.last_ms),
            muted_by: issue.muted.map(|row| row.actor),
            code: group.key.code,
            cause: group.key.cause,
        }
    }
}

/// Behind which group to go on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    code: Option<String>,
    cause: Option<String>,
}

/// A page of groups; `next` names the one behind which the next page begins.
#[derive(Debug, Serialize)]
pub(super) struct IssuesView {
    items: Vec<IssueView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Group>,
}

/// What names a group.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    code: String,
    cause: String,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Answer<IssuesView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let after = wanted.code.map(|code| issue::Key { code, cause: wanted.cause.unwrap_or_default() });
    let reading = shared
        .store
        .read(move |unit| Box::pin(async move { issue::page(unit, &tenant, after.as_ref(), GROUPS_MAX).await }));
    let page = reading.await?;
    Ok(Json(IssuesView {
        items: page.issues.into_iter().map(IssueView::from).collect(),
        next: page.next.map(|key| Group { code: key.code, cause: key.cause }),
    }))
}

/// Which group to mute, or to show again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mute {
    code: String,
    #[serde(default)]
    cause: String,
    muted: bool,
}

pub(super) async fn mute(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Mute>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let (actor, now_ms) = (key.actor(), shared.clock.now_ms());
    let group = issue::Key { code: wanted.code, cause: wanted.cause };
    let writing = shared.store.write(move |unit| {
        Box::pin(async move {
            if !wanted.muted {
                let was_muted = muted::unmute(unit, &tenant, &group).await?;
                if was_muted {
                    audit::write(unit, &actor, Some(&tenant), ("issue.unmuted", &group.code), now_ms).await?;
                }
                return Ok(was_muted);
            }
            let Some(found) = issue::of(unit, &tenant, &group).await? else { return Ok(false) };
            let row = MutedRow { key: group, count: found.count, actor: actor.clone(), muted_ms: now_ms };
            muted::mute(unit, &tenant, &row).await?;
            audit::write(unit, &actor, Some(&tenant), ("issue.muted", &row.key.code), now_ms).await?;
            Ok(true)
        })
    });
    if writing.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("issue")) }
}

/// Which group of notifications to read once more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadAgain {
    code: String,
    #[serde(default)]
    cause: String,
}

/// How many notifications are read once more.
#[derive(Debug, Serialize)]
pub(super) struct ReadAgainView {
    count: u64,
}

pub(super) async fn read_again(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<ReadAgain>,
) -> Answer<ReadAgainView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let (actor, now_ms) = (key.actor(), shared.clock.now_ms());
    let group = issue::Key { code: wanted.code, cause: wanted.cause };
    let writing = shared.store.write(move |unit| {
        Box::pin(async move {
            let count = issue::read_again(unit, &tenant, &group, now_ms).await?;
            if count > 0 {
                let detail = format!("{count} notifications");
                audit::write(unit, &actor, Some(&tenant), ("journal.replayed", &detail), now_ms).await?;
            }
            Ok(count)
        })
    });
    let count = writing.await?;
    shared.wakes.translator.wake();
    Ok(Json(ReadAgainView { count }))
}
