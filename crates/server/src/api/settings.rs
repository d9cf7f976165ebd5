//! Versions of a tenant's settings, trying settings that are not in force yet, and the lead fields that answers may go to.

use super::tenants::{SettingsView, refused};
use super::{Answer, Asked, JsonBody, Key, Limit, Listed, Page, Path, rows_wanted};
use crate::app::Shared;
use crate::problem::Problem;
use crate::rehearsal::{self, RECORDED_MAX};
use crate::setup::learn::{self, Reading};
use crate::setup::versions;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use connector_core::rehearsal::{Difference, Made, Picture, Tally};
use connector_core::settings::Settings;
use connector_core::settings::difference::Change;
use connector_core::settings::mapping::LeadField;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which page of the versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    before: Option<i64>,
    limit: Option<Limit>,
}

/// One version, in short.
#[derive(Debug, Serialize)]
pub(super) struct VersionView {
    version: i64,
    author: String,
    created_ms: i64,
}

pub(super) async fn list(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Listed<VersionView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rows_wanted = rows_wanted(wanted.limit);
    let rows = versions::list(&shared, &tenant, wanted.before, rows_wanted + 1).await?;
    let view = |row: &crate::store::settings::VersionRow| VersionView {
        version: row.version,
        author: row.author.clone(),
        created_ms: row.created_ms,
    };
    Ok(Page::of(&rows, rows_wanted, |row| row.version.to_string(), view))
}

pub(super) async fn show(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, version)): Path<(String, i64)>,
) -> Answer<SettingsView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    Ok(Json(SettingsView { version, settings: versions::at(&shared, &tenant, version).await?.as_chosen() }))
}

/// With which version another one is compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct With {
    with: i64,
}

/// How two versions differ.
#[derive(Debug, Serialize)]
pub(super) struct DifferenceView {
    changes: Vec<Change>,
    words: Vec<String>,
}

pub(super) async fn difference(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, version)): Path<(String, i64)>,
    Asked(With { with }): Asked<With>,
) -> Answer<DifferenceView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let changes = versions::between(&shared, &tenant, version, with).await?;
    let words = changes.iter().map(Change::words).collect();
    Ok(Json(DifferenceView { changes, words }))
}

/// The version that was in force when somebody decided to go back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadAt {
    version: i64,
}

pub(super) async fn restore(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, version)): Path<(String, i64)>,
    JsonBody(read_at): JsonBody<ReadAt>,
) -> Answer<SettingsView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let next = versions::go_back(&shared, &tenant, (version, read_at.version), &key.actor()).await?;
    shared.wakes.courier.wake();
    Ok(Json(next.into()))
}

/// Settings to try.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tried {
    settings: serde_json::Value,
    #[serde(default)]
    registrant: Option<String>,
}

impl Tried {
    fn read(&self) -> Result<Settings, Problem> {
        Settings::written(&self.settings).map_err(refused)
    }
}

fn nothing_recorded() -> Problem {
    Problem::new(StatusCode::CONFLICT, "settings.nothing_recorded", "No webinar has been recorded yet to try them on.")
}

/// What the last webinar would become.
#[derive(Debug, Serialize)]
pub(super) struct RehearsalView {
    webinar: u64,
    topic: Option<String>,
    notifications: usize,
    /// Only the newest notifications were run.
    cut: bool,
    notifications_max: usize,
    tallies: BTreeMap<Made, Tally>,
    differences: Vec<DifferenceShown>,
}

/// One thing that differs, and in which fields: covered values do not tell.
#[derive(Debug, Serialize)]
struct DifferenceShown {
    #[serde(flatten)]
    of: Difference,
    differs: Vec<String>,
}

impl From<Difference> for DifferenceShown {
    fn from(of: Difference) -> Self {
        let differs = of.fields().into_iter().map(|(name, ..)| name).collect();
        Self { of, differs }
    }
}

pub(super) async fn rehearse(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(tried): JsonBody<Tried>,
) -> Answer<RehearsalView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let rehearsed = rehearsal::rehearse(&shared, &tenant, tried.read()?).await?.ok_or_else(nothing_recorded)?;
    let rehearsal::Rehearsed { recorded, comparison } = rehearsed;
    Ok(Json(RehearsalView {
        webinar: recorded.number.0,
        topic: recorded.topic,
        notifications: recorded.notifications.len(),
        cut: recorded.cut,
        notifications_max: RECORDED_MAX,
        tallies: comparison.tallies,
        differences: comparison.differences.into_iter().map(DifferenceShown::from).collect(),
    }))
}

/// What one registrant would become.
#[derive(Debug, Serialize)]
pub(super) struct PreviewView {
    registrant: String,
    topic: Option<String>,
    pictures: Vec<Picture>,
    registrants: Vec<String>,
}

pub(super) async fn preview(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(tried): JsonBody<Tried>,
) -> Answer<PreviewView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let chosen = tried.registrant.as_deref();
    if chosen.is_some() {
        key.sees_people()?;
    }
    let shown = rehearsal::preview(&shared, &tenant, tried.read()?, chosen).await?.ok_or_else(nothing_recorded)?;
    let rehearsal::Preview { registrant, pictures, registrants, topic } = shown;
    let registrants = rehearsal::offered(registrants, key.sight());
    Ok(Json(PreviewView { registrant, topic, pictures, registrants }))
}

pub(super) async fn lead_fields(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Listed<LeadField> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let fields = learn::lead_fields(&shared, &tenant, Reading::Anew).await?;
    Ok(Page::whole(fields.iter().cloned()))
}
