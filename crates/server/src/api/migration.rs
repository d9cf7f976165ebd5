//! A tenant's way off the old JWT app for scripts: where it stands, doing the next step, and the old app's credentials.

use super::{Answer, JsonBody, Key, Path};
use crate::app::Shared;
use crate::connections::old_app::{self, NotSaved, OldApp};
use crate::migration::review::{self, NotInvited};
use crate::migration::{self, NotDone, OldAppSeen, View};
use crate::problem::Problem;
use crate::store::trial::TestLead;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use connector_core::ids::ZoomApp;
use connector_core::migration::{Act, Migration, Parity, Step, Tick, Trial, Uses};
use serde::{Deserialize, Serialize};

/// A migration in JSON.
#[derive(Debug, Serialize)]
pub struct MigrationView {
    /// Where it stands.
    pub step: Step,
    /// What was done, the certificate included.
    #[serde(flatten)]
    pub migration: Migration,
    /// The old app.
    pub old_app: OldAppSeen,
    /// The apps that are signed in.
    pub connected: Vec<&'static str>,
    /// The steps of the test by app, and whether each is done.
    pub ticks: Vec<(&'static str, Vec<(Tick, bool)>)>,
    /// What became of the test meeting and the test webinar, by app.
    pub trials: Vec<(&'static str, Trial)>,
    /// The lead that carries the records of the test in LeadSquared.
    pub test_lead: Option<TestLead>,
    /// What was told while both were on.
    pub parity: Parity,
    /// Records written since it began.
    pub written: i64,
    /// Records found twice since it began.
    pub doubled: i64,
    /// Settings that differ from those at the beginning, as sentences.
    pub changes: Vec<String>,
}

impl From<View> for MigrationView {
    fn from(view: View) -> Self {
        let situation = view.situation;
        Self {
            step: view.step,
            migration: view.migration,
            old_app: view.old_app,
            connected: situation.connected.into_iter().map(ZoomApp::as_str).collect(),
            ticks: situation.ticks.into_iter().map(|(app, ticks)| (app.as_str(), ticks)).collect(),
            trials: situation.trials.into_iter().map(|(app, trial)| (app.as_str(), trial)).collect(),
            test_lead: view.test_lead,
            parity: situation.parity,
            written: situation.written,
            doubled: situation.doubled,
            changes: situation.changes,
        }
    }
}

impl From<NotDone> for Problem {
    fn from(error: NotDone) -> Self {
        let (status, code) = match &error {
            NotDone::NotNow(_) => (StatusCode::CONFLICT, "migration.not_now"),
            NotDone::Meanwhile => (StatusCode::CONFLICT, "migration.meanwhile"),
            NotDone::Store(_) | NotDone::Key(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<NotSaved> for Problem {
    fn from(error: NotSaved) -> Self {
        let (status, code) = match &error {
            NotSaved::Wrong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "old_app.wrong"),
            NotSaved::Store(_) | NotSaved::Key(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

pub(super) async fn show(State(shared): State<Shared>, key: Key, Path(tenant): Path<String>) -> Answer<MigrationView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    Ok(Json(migration::look(&shared, &tenant).await?.into()))
}

/// What is to be done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    act: String,
    #[serde(default)]
    uses: Uses,
    #[serde(default)]
    on: String,
    #[serde(default)]
    reviewer: String,
    #[serde(default)]
    reason: String,
}

/// The act of that name: `begin`, `installed`, `mark_custom`, `release`, `start_test`, `accept_test`, `deactivated`, `finish`, `back`.
#[must_use]
pub fn act_of(name: &str, (uses, on): (Uses, String), review: (String, String)) -> Option<Act> {
    Some(match name {
        "begin" => Act::Begin { uses },
        "installed" => Act::Installed { on },
        "mark_custom" => Act::MarkCustom,
        "release" => Act::Release { reviewer: review.0, reason: review.1 },
        "start_test" => Act::StartTest { code: migration::test_code() },
        "accept_test" => Act::AcceptTest,
        "deactivated" => Act::Deactivated,
        "finish" => Act::Finish,
        "back" => Act::Back,
        _ => return None,
    })
}

pub(super) async fn act(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Answer<MigrationView> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let unknown =
        "`act` is one of begin, installed, mark_custom, release, start_test, accept_test, deactivated, finish, back.";
    let act = act_of(&wanted.act, (wanted.uses, wanted.on), (wanted.reviewer, wanted.reason));
    let act = act.ok_or_else(|| Problem::bad_request(unknown))?;
    Ok(Json(migration::act(&shared, &tenant, &act, &key.actor()).await?.into()))
}

/// An account manager to be invited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    email: String,
    name: String,
}

/// The address of an invitation; it works once.
#[derive(Debug, Serialize)]
pub struct Invitation {
    /// To be opened by the account manager.
    pub url: String,
}

impl From<NotInvited> for Problem {
    fn from(error: NotInvited) -> Self {
        let (status, code) = match &error {
            NotInvited::Wrong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "request.fields"),
            NotInvited::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable"),
        };
        Self::new(status, code, error.to_string())
    }
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<Invited>,
) -> Answer<Invitation> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let url = review::invite(&shared, &tenant, (&wanted.email, &wanted.name), &key.actor()).await?;
    Ok(Json(Invitation { url }))
}

pub(super) async fn save_old_app(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<OldApp>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    old_app::save(&shared, &tenant, &wanted, &key.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn forget_old_app(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let gone = old_app::forget(&shared, &tenant, &key.actor()).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("old app")) }
}
