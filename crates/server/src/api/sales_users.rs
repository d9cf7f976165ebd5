//! Sales users without an account, for scripts: a link that signs one of them in once, and signing somebody out everywhere.

use super::view::time;
use super::{JsonBody, Key, Path, created, wrong_fields};
use crate::app::Shared;
use crate::problem::Problem;
use crate::sales_users::{self, Made, NotMade};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use connector_core::ids::Email;
use serde::{Deserialize, Serialize};

impl From<NotMade> for Problem {
    fn from(error: NotMade) -> Self {
        let sentence = error.to_string();
        match error {
            NotMade::Address | NotMade::Nobody => wrong_fields(sentence),
            NotMade::NotAnswered(_) => Self::new(StatusCode::BAD_GATEWAY, "remote.not_answered", sentence),
            NotMade::Store(error) => error.into(),
        }
    }
}

/// For whom a link is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForWhom {
    email: String,
}

/// A link that was made.
#[derive(Debug, Serialize)]
pub struct MadeView {
    email: String,
    /// The whole address, to be handed over.
    pub url: String,
    /// Until when it works.
    pub expires: String,
}

impl From<Made> for MadeView {
    fn from(made: Made) -> Self {
        Self { email: made.email.as_str().to_owned(), url: made.url, expires: time(made.expires_ms) }
    }
}

pub(super) async fn make_link(
    State(shared): State<Shared>,
    key: Key,
    Path(tenant): Path<String>,
    JsonBody(wanted): JsonBody<ForWhom>,
) -> Result<Response, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let made = sales_users::make_link(&shared, &tenant, &wanted.email, &key.actor()).await?;
    Ok(created(MadeView::from(made)))
}

pub(super) async fn end(
    State(shared): State<Shared>,
    key: Key,
    Path((tenant, email)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = key.tenant(&shared, &tenant).await?.tenant;
    let email = Email::parse(&email).ok_or_else(|| Problem::not_found("person"))?;
    sales_users::end(&shared, &tenant, email, &key.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
