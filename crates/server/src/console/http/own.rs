//! One's own account: the pass word, and where one is signed in.

use super::super::access::{Account, SessionLine};
use super::super::frame::Place;
use super::super::part::Moment;
use super::account::{CallerAddress, new_operator, password_fits, refuse_password};
use super::guesses::Guesses;
use super::session::Admin;
use super::{DoneQuery, Failure, Fields, Page, TokenForm, address, frame, see, show, with_notice};
use crate::access;
use crate::app::Shared;
use crate::http::Caller;
use crate::store::{audit, person};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use std::sync::Arc;

async fn view(shared: &Shared, who: &Admin) -> Result<Account, Failure> {
    let (id, now_ms) = (who.person().id.clone(), shared.clock.now_ms());
    let rows =
        shared.store.read(move |unit| Box::pin(async move { person::sessions(unit, &id, now_ms).await })).await?;
    let line = |row: &person::OwnSession| SessionLine {
        id: row.id_hash.clone(),
        since: Moment::new(row.created_ms, now_ms, "UTC"),
        seen: row.seen_ms.map(|at_ms| Moment::new(at_ms, now_ms, "UTC")),
        is_this: row.id_hash == who.session_hash(),
    };
    Ok(Account {
        frame: frame(shared, who, ("Your account", Place::Account), None).await?,
        name: who.name().to_owned(),
        email: who.actor().to_owned(),
        role: who.person().role.words(),
        sessions: rows.iter().map(line).collect(),
        refusal: None,
    })
}

pub(super) async fn page(State(shared): State<Shared>, who: Admin, Query(query): Query<DoneQuery>) -> Page {
    let mut page = view(&shared, &who).await?;
    page.frame = with_notice(page.frame, query.done.as_deref());
    Ok(show(&page))
}

/// The form of a new pass word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordForm {
    #[serde(default)]
    form_token: String,
    old: String,
    password: String,
    password_again: String,
}

async fn refused(shared: &Shared, who: &Admin, status: StatusCode, sentence: &str) -> Page {
    let page = Account { refusal: Some(sentence.to_owned()), ..view(shared, who).await? };
    Ok((status, show(&page)).into_response())
}

pub(super) async fn change_password(
    State(shared): State<Shared>,
    who: Admin,
    Extension(guesses): Extension<Arc<Guesses>>,
    from: CallerAddress,
    Fields(form): Fields<PasswordForm>,
) -> Page {
    who.check(&form.form_token)?;
    if let Some(sentence) = refuse_password(&form.password, &form.password_again) {
        return refused(&shared, &who, StatusCode::UNPROCESSABLE_ENTITY, &sentence).await;
    }
    let (caller, now_ms) = (from.map(|Extension(Caller(at))| at.ip()), shared.clock.now_ms());
    if guesses.try_now(caller, who.actor(), now_ms).is_err() {
        let sentence = "Too many attempts failed. Try again in a quarter of an hour.";
        return refused(&shared, &who, StatusCode::TOO_MANY_REQUESTS, sentence).await;
    }
    if !password_fits(Some(who.person().password.clone()), form.old).await {
        return refused(&shared, &who, StatusCode::UNPROCESSABLE_ENTITY, "That is not your password.").await;
    }
    guesses.succeeded(caller, who.actor());
    let Some(hashed) = new_operator(&shared, who.actor(), who.name(), form.password).await else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let session = who.session_hash().to_owned();
    access::change_password(&shared, who.person().clone(), (hashed.password, session)).await?;
    Ok(see(&address("/account", &[("done", "password")])))
}

pub(super) async fn end_session(
    State(shared): State<Shared>,
    who: Admin,
    Path(session): Path<String>,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    let (id, email, now_ms) = (who.person().id.clone(), who.actor().to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                if person::end_session(unit, &id, &session).await? {
                    let deed = ("access.sessions_ended", "a session of one's own ended");
                    audit::write(unit, &email, None, deed, now_ms).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(see(&address("/account", &[("done", "access-ended")])))
}
