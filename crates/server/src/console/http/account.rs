//! First run, sign-in and sign-out.

use super::super::first_run::{FirstRun, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use super::super::frame::{Frame, Notice};
use super::super::part::Tone;
use super::super::sign_in::SignIn;
use super::guesses::Guesses;
use super::session::{Admin, SESSION, cookie, set_cookie};
use super::{Fields, Page, TokenForm, see, show};
use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::http::Caller;
use crate::store::operator::{self, OperatorRow};
use crate::store::{StoreError, audit, link};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::ids::{EMAIL_CHARS_MAX, Email};
use connector_core::role::Role;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

/// The longest name of a person, in characters.
pub(super) const NAME_CHARS_MAX: usize = 100;
/// How long a session lasts, in seconds.
const SESSION_S: i64 = 12 * 60 * 60;
/// Pass words hashed at once: each takes 19 MiB and a core for a moment.
static HASHING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// The form of the first run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstRunForm {
    name: String,
    email: String,
    password: String,
    password_again: String,
    #[serde(default, rename = "form_token")]
    _form_token: String,
}

fn first_run_page(token: &str, link_works: bool) -> FirstRun {
    FirstRun {
        frame: Frame::outside("Welcome", ""),
        token: token.to_owned(),
        link_works,
        name: String::new(),
        email: String::new(),
        refusal: None,
    }
}

async fn link_works(shared: &Shared, token: &str) -> Result<bool, StoreError> {
    let (hash, now_ms) = (hash(token), shared.clock.now_ms());
    let found = shared
        .store
        .read(move |unit| Box::pin(async move { link::find(unit, &hash, "first_run", now_ms).await }))
        .await?;
    Ok(found.is_some())
}

pub(super) async fn first_run(State(shared): State<Shared>, Path(token): Path<String>) -> Page {
    let works = link_works(&shared, &token).await?;
    Ok(show(&first_run_page(&token, works)))
}

pub(super) async fn first_run_post(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    Fields(form): Fields<FirstRunForm>,
) -> Page {
    let works = link_works(&shared, &token).await?;
    let mut page = first_run_page(&token, works);
    (page.name, page.email) = (form.name.trim().to_owned(), form.email.trim().to_owned());
    let email = Email::parse(&page.email);
    let refusal = if !works {
        None
    } else if page.name.is_empty() {
        Some("Say what you are called.".to_owned())
    } else if email.is_none() {
        Some("That is not a whole e-mail address.".to_owned())
    } else {
        refuse_password(&form.password, &form.password_again)
    };
    let (Some(email), true, None) = (email, works, &refusal) else {
        page.refusal = refusal;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
    };
    let Some(row) = new_operator(&shared, email.as_str(), &page.name, form.password).await else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let (link_hash, now_ms, id) = (hash(&token), shared.clock.now_ms(), row.id.clone());
    let made = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                // Every start without an account prints a link; those left over make no further account.
                let first = operator::all(unit).await?.is_empty();
                let ours = link::use_up(unit, &link_hash, now_ms).await? && first;
                if ours {
                    operator::insert(unit, &row, now_ms).await?;
                    let deed = ("user.added", "the first account was made");
                    audit::write(unit, &row.email, None, deed, now_ms).await?;
                }
                Ok(ours)
            })
        })
        .await?;
    if !made {
        return Ok(show(&first_run_page(&token, false)));
    }
    begin_session(&shared, &id, "/tenants/new").await
}

pub(crate) fn refuse_password(password: &str, again: &str) -> Option<String> {
    let length = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
        return Some(format!("The password needs {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters."));
    }
    (password != again).then(|| "The two passwords differ.".to_owned())
}

/// A person with a hashed pass word.
pub(crate) async fn new_operator(shared: &Shared, email: &str, name: &str, password: String) -> Option<OperatorRow> {
    let _place = HASHING.acquire().await.ok()?;
    let hashed = tokio::task::spawn_blocking(move || {
        let salt: [u8; 16] = crate::dice::bytes();
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    let password = hashed.await.ok()?.ok()?;
    Some(OperatorRow {
        id: crate::dice::id(shared.clock.now_ms()),
        email: email.to_owned(),
        name: name.to_owned(),
        password,
        role: Role::Operator,
    })
}

pub(super) async fn begin_session(shared: &Shared, operator: &str, next: &str) -> Page {
    let (id, form_token) = (crate::dice::token(), crate::dice::token());
    let (id_hash, owner, now_ms) = (hash(&id), operator.to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                let expires_ms = now_ms + SESSION_S * 1000;
                operator::begin_session(unit, (&id_hash, &form_token), &owner, now_ms, expires_ms).await?;
                let email = operator::get(unit, &owner).await?.map(|row| row.email).unwrap_or_default();
                audit::write(unit, &email, None, ("access.signed_in", "signed in"), now_ms).await
            })
        })
        .await?;
    Ok(([set_cookie(shared, SESSION, &id, SESSION_S)], see(next)).into_response())
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    next: String,
}

/// Only a plain path of this console is gone to (failures D17).
fn safe_path(next: &str) -> &str {
    // What the query escapes, such as an address, goes nowhere by itself; in the path an escape might.
    let path = next.split_once('?').map_or(next, |(path, _)| path);
    let plain = next.starts_with('/')
        && !path.contains('%')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.?=&%".contains(&byte));
    if plain { next } else { "/" }
}

fn sign_in_page(email: String, next: &str, refusal: Option<String>) -> SignIn {
    SignIn { frame: Frame::outside("Sign in", ""), email, next: safe_path(next).to_owned(), refusal }
}

pub(super) async fn sign_in(State(shared): State<Shared>, Query(query): Query<NextQuery>) -> Page {
    let mut page = sign_in_page(String::new(), &query.next, None);
    if shared.store.read(|unit| Box::pin(operator::all(unit))).await?.is_empty() {
        let text = "There is no account yet. The service printed a link for the first one when it started: open that.";
        page.frame.notice = Some(Notice { tone: Tone::Wait, text: text.to_owned() });
    }
    Ok(show(&page))
}

/// The form of the sign-in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default, rename = "form_token")]
    _form_token: String,
}

/// Where a request came from, for counting; none where the server does not say.
pub(super) type CallerAddress = Option<Extension<Caller>>;

pub(super) async fn sign_in_post(
    State(shared): State<Shared>,
    Extension(guesses): Extension<Arc<Guesses>>,
    from: CallerAddress,
    Fields(form): Fields<SignInForm>,
) -> Page {
    let email: String = form.email.trim().to_lowercase().chars().take(EMAIL_CHARS_MAX).collect();
    let caller: Option<IpAddr> = from.map(|Extension(Caller(address))| address.ip());
    let now_ms = shared.clock.now_ms();
    if let Err(until_ms) = guesses.try_now(caller, &email, now_ms) {
        return Ok(too_many(email, &form.next, until_ms - now_ms));
    }
    let wanted = email.clone();
    let found = shared.store.read(move |unit| Box::pin(async move { operator::by_email(unit, &wanted).await })).await?;
    let stored = found.as_ref().map(|row| row.password.clone());
    let fits = password_fits(stored, form.password).await;
    match found {
        Some(row) if fits => {
            guesses.succeeded(caller, &email);
            begin_session(&shared, &row.id, safe_path(&form.next)).await
        }
        Some(_) | None => {
            let refusal = "E-mail address and password do not fit together.".to_owned();
            Ok((StatusCode::UNAUTHORIZED, show(&sign_in_page(email, &form.next, Some(refusal)))).into_response())
        }
    }
}

/// The answer to somebody who guessed too often.
fn too_many(email: String, next: &str, wait_ms: i64) -> Response {
    let seconds = (wait_ms / 1000).max(1);
    let refusal = format!("Too many attempts failed. Try again in {} minutes.", seconds / 60 + 1);
    let page = show(&sign_in_page(email, next, Some(refusal)));
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response()
}

/// Compares a pass word; takes as long for an address that nobody has.
pub(super) async fn password_fits(stored: Option<String>, password: String) -> bool {
    let Ok(_place) = HASHING.acquire().await else { return false };
    let compared = tokio::task::spawn_blocking(move || match stored {
        Some(stored) => PasswordHash::new(&stored)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
        None => {
            let spent = Argon2::default().hash_password_with_salt(password.as_bytes(), &[0; 16]);
            drop(spent);
            false
        }
    });
    compared.await.unwrap_or(false)
}

pub(super) async fn sign_out(
    State(shared): State<Shared>,
    who: Admin,
    headers: HeaderMap,
    Fields(form): Fields<TokenForm>,
) -> Page {
    who.check(&form.form_token)?;
    if let Some(id) = cookie(&shared, &headers, SESSION) {
        let id_hash = hash(&id);
        let (email, now_ms) = (who.actor().to_owned(), shared.clock.now_ms());
        shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    operator::end_session(unit, &id_hash).await?;
                    audit::write(unit, &email, None, ("access.signed_out", "signed out"), now_ms).await
                })
            })
            .await?;
    }
    Ok(([set_cookie(&shared, SESSION, "", 0)], see("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        for path in ["/t/acme", "/t/acme/journal?state=parked", "/t/acme/schedule?lead=a%40b.test"] {
            assert_eq!(safe_path(path), path);
        }
        for path in ["//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nb", "", "/%2f/evil.test"] {
            assert_eq!(safe_path(path), "/");
        }
    }
}
