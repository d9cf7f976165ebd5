//! Coming in by a link that works once: an invitation, or a link for a new pass word. Opening it changes nothing.

use super::super::access::{Asks, Invited};
use super::super::first_run::PASSWORD_CHARS_MAX;
use super::super::frame::Frame;
use super::account::{CallerAddress, NAME_CHARS_MAX, begin_session, new_operator, password_fits, refuse_password};
use super::guesses::Guesses;
use super::session::{browser_token, check_token};
use super::{Fields, Page, show};
use crate::access::{self, Comer, NotDone};
use crate::app::Shared;
use crate::http::Caller;
use crate::store::operator;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// The form of such a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComeForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

fn ended() -> Response {
    let page = Invited {
        frame: Frame::outside("Link", ""),
        asks: Asks::Ended,
        action: String::new(),
        email: String::new(),
        tenant: String::new(),
        name: String::new(),
        refusal: None,
    };
    (StatusCode::NOT_FOUND, show(&page)).into_response()
}

fn refused(page: Invited, sentence: &str) -> Response {
    let page = Invited { refusal: Some(sentence.to_owned()), ..page };
    (StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response()
}

/// The page of an invitation, while it works.
async fn invitation(shared: &Shared, token: &str) -> Result<Option<Invited>, super::Failure> {
    let Some(found) = access::invited(shared, token).await? else { return Ok(None) };
    Ok(Some(Invited {
        frame: Frame::outside("Invitation", &browser_token(token)),
        asks: if found.is_known { Asks::Password } else { Asks::NewAccount },
        action: format!("/invited/{token}"),
        email: found.email,
        tenant: found.tenant.map(|row| row.name).unwrap_or_default(),
        name: String::new(),
        refusal: None,
    }))
}

pub(super) async fn invited(State(shared): State<Shared>, Path(token): Path<String>) -> Page {
    Ok(invitation(&shared, &token).await?.map_or_else(ended, |page| show(&page)))
}

pub(super) async fn come_in(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    Extension(guesses): Extension<Arc<Guesses>>,
    from: CallerAddress,
    Fields(form): Fields<ComeForm>,
) -> Page {
    check_token(&form.form_token, &browser_token(&token))?;
    let Some(mut page) = invitation(&shared, &token).await? else { return Ok(ended()) };
    page.name = form.name.trim().chars().take(NAME_CHARS_MAX).collect();
    let comer = if page.asks == Asks::Password {
        let (caller, now_ms) = (from.map(|Extension(Caller(at))| at.ip()), shared.clock.now_ms());
        if guesses.try_now(caller, &page.email, now_ms).is_err() {
            let page = refused(page, "Too many attempts failed. Try again in a quarter of an hour.");
            return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
        }
        let email = page.email.clone();
        let known =
            shared.store.read(move |unit| Box::pin(async move { operator::by_email(unit, &email).await })).await?;
        let stored = known.as_ref().map(|row| row.password.clone());
        let password: String = form.password.chars().take(PASSWORD_CHARS_MAX).collect();
        let fits = password_fits(stored, password).await;
        match known {
            Some(row) if fits => {
                guesses.succeeded(caller, &page.email);
                Comer::Known(row.id)
            }
            Some(_) | None => return Ok(refused(page, "That is not the password of this account.")),
        }
    } else {
        if page.name.is_empty() {
            return Ok(refused(page, "Say what you are called."));
        }
        if let Some(sentence) = refuse_password(&form.password, &form.password_again) {
            return Ok(refused(page, &sentence));
        }
        let Some(row) = new_operator(&shared, &page.email, &page.name, form.password).await else {
            return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        Comer::New(row)
    };
    match access::accept(&shared, &token, comer).await {
        Ok(id) => begin_session(&shared, &id, "/").await,
        Err(NotDone::Store(error)) => Err(error.into()),
        Err(NotDone::Ended | NotDone::Address | NotDone::Nobody | NotDone::Already(_) | NotDone::LastOperator) => {
            Ok(ended())
        }
    }
}

/// The page of a link for a new pass word, while it works.
async fn new_password_page(shared: &Shared, token: &str) -> Result<Option<Invited>, super::Failure> {
    let Some(known) = access::reset_of(shared, token).await? else { return Ok(None) };
    Ok(Some(Invited {
        frame: Frame::outside("New password", &browser_token(token)),
        asks: Asks::NewPassword,
        action: format!("/new-password/{token}"),
        email: known.email,
        tenant: String::new(),
        name: String::new(),
        refusal: None,
    }))
}

pub(super) async fn new_password(State(shared): State<Shared>, Path(token): Path<String>) -> Page {
    Ok(new_password_page(&shared, &token).await?.map_or_else(ended, |page| show(&page)))
}

pub(super) async fn set_password(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    Fields(form): Fields<ComeForm>,
) -> Page {
    check_token(&form.form_token, &browser_token(&token))?;
    let Some(page) = new_password_page(&shared, &token).await? else { return Ok(ended()) };
    if let Some(sentence) = refuse_password(&form.password, &form.password_again) {
        return Ok(refused(page, &sentence));
    }
    let Some(row) = new_operator(&shared, &page.email, "", form.password).await else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    match access::reset(&shared, &token, row.password).await {
        Ok(id) => begin_session(&shared, &id, "/").await,
        Err(NotDone::Store(error)) => Err(error.into()),
        Err(NotDone::Ended | NotDone::Address | NotDone::Nobody | NotDone::Already(_) | NotDone::LastOperator) => {
            Ok(ended())
        }
    }
}
