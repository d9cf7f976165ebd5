//! How a sales user comes in without an account here: LeadSquared's action opens [`enter`], which goes on to the form when the
//! browser is signed in, and else offers a link to the address of an active LeadSquared user. Whatever stands in the
//! action's address proves nothing; only a link that works once does.

use super::super::frame::Frame;
use super::super::sales::{Ask, Asking, Carried, Link};
use super::super::schedule::Field;
use super::guesses::Asks;
use super::scheduler::{Scheduler, sales_user};
use super::session::{self, BROWSER, SESSION, browser_token, check_token, cookie, set_cookie};
use super::{Failure, Fields, Page, TokenForm, address, see, show, tenant_of, tenant_unasked};
use crate::actions::entry_key;
use crate::app::Shared;
use crate::choices::{self, CrmUser};
use crate::connections::sign_in::hash;
use crate::http::Caller;
use crate::mail;
use crate::problem::Problem;
use crate::sales_users::{LINK_PURPOSE, LinkFor};
use crate::store::mail::{self as store_mail, NewMail, Purpose};
use crate::store::sales::{self, SalesSession};
use crate::store::tenant::TenantRow;
use crate::store::{StoreError, audit, link as store_link, settings};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::ids::{EMAIL_CHARS_MAX, Email, TenantId};
use connector_core::redact::clip;
use serde::Deserialize;
use std::sync::Arc;

/// How long a link that was mailed works, in minutes.
const LINK_MINUTES: i64 = 30;
/// How long a session lasts, in days.
const SESSION_DAYS: i64 = 30;
/// The same in seconds.
const SESSION_S: i64 = SESSION_DAYS * 24 * 60 * 60;
/// Links that are mailed to one address within an hour.
const MAILS_PER_HOUR_MAX: i64 = 5;
/// How long the form of asking may stay open, in seconds.
const BROWSER_S: i64 = 60 * 60;
/// The longest thing that an action may carry, in characters.
const CARRIED_CHARS_MAX: usize = 200;

/// What LeadSquared's action puts into the address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Entered {
    #[serde(default)]
    k: String,
    #[serde(default)]
    lead: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    by: String,
}

/// Whether the key is the tenant's; takes equally long wherever it differs, since only keyed hashes are compared.
async fn holds(shared: &Shared, tenant: &TenantId, given: &str) -> Result<bool, StoreError> {
    let id = tenant.clone();
    let current = shared.store.read(move |unit| Box::pin(async move { settings::current(unit, &id).await })).await?;
    let Ok(key) = shared.keys.of(&shared.store, tenant).await else { return Ok(false) };
    let keys = key.tenant_keys();
    let hash = |text: &str| keys.alias("sales_entry_compared", &[text]);
    Ok(hash(given) == hash(&entry_key(&keys, current.settings.actions_version)))
}

/// A value that LeadSquared filled in; a merge field that it left as it stands is none.
fn filled_in(text: &str) -> String {
    let text = text.trim();
    if text.contains(['{', '}']) { String::new() } else { clip(text, CARRIED_CHARS_MAX) }
}

/// Where the form of a meeting is, with what the action carried.
fn form_of(tenant: &TenantId, carried: &Carried, by: &str) -> String {
    let query = [("lead", carried.lead.as_str()), ("name", carried.name.as_str()), ("by", by)];
    address(&format!("/t/{tenant}/schedule"), &query)
}

pub(super) async fn enter(
    State(shared): State<Shared>,
    Path(tenant): Path<String>,
    Query(entered): Query<Entered>,
    headers: HeaderMap,
) -> Page {
    let carried = Carried {
        k: clip(&entered.k, CARRIED_CHARS_MAX),
        lead: filled_in(&entered.lead),
        name: filled_in(&entered.name),
    };
    let by = filled_in(&entered.by);
    if let Some(admin) = session::find(&shared, &headers).await?
        && let Ok(tenant) = tenant_of(&shared, &admin, &tenant).await
    {
        return Ok(see(&form_of(&tenant.tenant, &carried, &by)));
    }
    if let Some(known) = sales_user(&shared, &headers).await?
        && known.tenant.as_str() == tenant
    {
        return Ok(see(&form_of(&known.tenant, &carried, "")));
    }
    let Some(tenant) = entry(&shared, &tenant, &carried.k).await? else { return Ok(closed()) };
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    let email = Field { value: by, refusal: String::new() };
    let page = ask_page(&tenant, (Asking::Open, &browser), carried, email);
    Ok(([set_cookie(&shared, BROWSER, &browser, BROWSER_S)], show(&page)).into_response())
}

/// The tenant of an address that was opened from its LeadSquared; of others not even whether they are there is said.
async fn entry(shared: &Shared, tenant: &str, k: &str) -> Result<Option<TenantRow>, Failure> {
    let Ok(tenant) = TenantId::parse(tenant) else { return Ok(None) };
    let Ok(row) = tenant_unasked(shared, tenant).await else { return Ok(None) };
    Ok(holds(shared, &row.tenant, k).await?.then_some(row))
}

fn ask_page(tenant: &TenantRow, (asking, browser): (Asking, &str), carried: Carried, email: Field) -> Ask {
    let frame = Frame::outside("Schedule a Zoom meeting", &browser_token(browser));
    Ask { frame, tenant: tenant.tenant.to_string(), asking, carried, email, minutes: LINK_MINUTES }
}

fn closed() -> Response {
    let page = Ask {
        frame: Frame::outside("Schedule a Zoom meeting", ""),
        tenant: String::new(),
        asking: Asking::Closed,
        carried: Carried::default(),
        email: Field::default(),
        minutes: LINK_MINUTES,
    };
    (StatusCode::NOT_FOUND, show(&page)).into_response()
}

/// The form by which somebody asks for a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskForm {
    #[serde(default)]
    form_token: String,
    k: String,
    #[serde(default)]
    lead: String,
    #[serde(default)]
    name: String,
    email: String,
}

pub(super) async fn ask(
    State(shared): State<Shared>,
    Path(tenant): Path<String>,
    Extension(asks): Extension<Arc<Asks>>,
    from: Option<Extension<Caller>>,
    (headers, Fields(form)): (HeaderMap, Fields<AskForm>),
) -> Page {
    let browser = cookie(&shared, &headers, BROWSER).ok_or_else(no_cookie)?;
    check_token(&form.form_token, &browser_token(&browser))?;
    let Some(tenant) = entry(&shared, &tenant, &form.k).await? else { return Ok(closed()) };
    let typed: String = form.email.trim().chars().take(EMAIL_CHARS_MAX).collect();
    let carried = Carried { k: form.k, lead: filled_in(&form.lead), name: filled_in(&form.name) };
    let open = |refusal: &str| Field { value: typed.clone(), refusal: refusal.to_owned() };
    let Some(email) = Email::parse(&typed) else {
        let page = ask_page(&tenant, (Asking::Open, &browser), carried, open("That is not a whole e-mail address."));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response());
    };
    let (caller, now_ms) = (from.map(|Extension(Caller(at))| at.ip()), shared.clock.now_ms());
    if let Err(until_ms) = asks.0.try_now(caller, &format!("sales {} {}", tenant.tenant, email.as_str()), now_ms) {
        let minutes = (until_ms - now_ms).max(0) / 60_000 + 1;
        let refusal = format!("That was asked too often. Try again in {minutes} minutes.");
        let page = ask_page(&tenant, (Asking::Open, &browser), carried, open(&refusal));
        let wait = [(header::RETRY_AFTER, (minutes * 60).to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, wait, show(&page)).into_response());
    }
    match choices::crm_user(&shared, &tenant.tenant, &email).await {
        Ok(CrmUser::Active) => mail_link(&shared, &tenant, email, &carried).await?,
        // The answer is the same, so that nobody learns who is a user.
        Ok(CrmUser::Nobody) => {}
        Err(why) => {
            tracing::warn!(tenant = %tenant.tenant, why, "whether somebody is a LeadSquared user could not be asked");
            let refusal =
                "LeadSquared does not answer just now, so your address cannot be checked. Try again in a moment.";
            let page = ask_page(&tenant, (Asking::Open, &browser), carried, open(refusal));
            return Ok((StatusCode::SERVICE_UNAVAILABLE, show(&page)).into_response());
        }
    }
    Ok(show(&ask_page(&tenant, (Asking::Asked, &browser), carried, open(""))))
}

fn no_cookie() -> Problem {
    let sentence = "This page needs cookies, or was open for too long. Open the action in LeadSquared once more.";
    Problem::new(StatusCode::FORBIDDEN, "request.form", sentence)
}

/// Leaves a mail with a link for a user, unless that address got many of late.
async fn mail_link(shared: &Shared, tenant: &TenantRow, email: Email, carried: &Carried) -> Result<(), Failure> {
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let next = form_of(&tenant.tenant, carried, "");
    let detail = LinkFor { email: email.clone(), next }.stored()?;
    let (link_hash, id) = (hash(&token), tenant.tenant.clone());
    let subject = "Your link to schedule Zoom meetings";
    let url = format!("{}/sales/{token}", shared.config.public_url());
    let body = format!(
        "Open this link to schedule Zoom meetings from LeadSquared ({}):\n\n{{link}}\n\nIt works once, for {LINK_MINUTES} \
         minutes. If you did not ask for it, delete this mail; nothing happens.\n",
        tenant.name
    );
    let mail = NewMail {
        tenant: id.clone(),
        id: crate::dice::id(now_ms),
        to: email.clone(),
        subject: subject.to_owned(),
        body,
        link: None,
        purpose: Purpose::Link,
    };
    // Without a mail server whoever hands links out sees who asked.
    let mail = mail::is_set_up(shared).then(|| mail::with_link(shared, mail, &url));
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                if sales::ask(unit, &id, &email, now_ms).await? > MAILS_PER_HOUR_MAX {
                    return Ok(());
                }
                let expires_ms = now_ms + LINK_MINUTES * 60_000;
                let whose = (Some(&id), Some(detail.as_str()));
                store_link::insert(unit, (&link_hash, LINK_PURPOSE), whose, now_ms, expires_ms).await?;
                if let Some(mail) = mail {
                    store_mail::put(unit, &mail, now_ms).await?;
                }
                audit::write(unit, email.as_str(), Some(&id), ("sales.link_asked", "a link was asked for"), now_ms)
                    .await
            })
        })
        .await?;
    Ok(())
}

/// What a link stands for; none when it does not work.
async fn linked(shared: &Shared, token: &str) -> Result<Option<(TenantRow, LinkFor)>, Failure> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let found = shared
        .store
        .read(move |unit| Box::pin(async move { store_link::find(unit, &link_hash, LINK_PURPOSE, now_ms).await }))
        .await?;
    let Some((Some(tenant), Some(detail))) = found.map(|row| (row.tenant, row.detail)) else { return Ok(None) };
    let Ok(link) = serde_json::from_str(&detail) else { return Ok(None) };
    Ok(Some((tenant_unasked(shared, tenant).await?, link)))
}

fn ended() -> Response {
    let page = Link {
        frame: Frame::outside("Schedule a Zoom meeting", ""),
        who: None,
        action: String::new(),
        days: SESSION_DAYS,
    };
    (StatusCode::NOT_FOUND, show(&page)).into_response()
}

/// Shows what a link does. Opening it changes nothing: programs that look at mail open links as well.
pub(super) async fn link(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Page {
    let Some((tenant, link)) = linked(&shared, &token).await? else { return Ok(ended()) };
    let browser = cookie(&shared, &headers, BROWSER).unwrap_or_else(crate::dice::token);
    let page = Link {
        frame: Frame::outside("Schedule a Zoom meeting", &browser_token(&browser)),
        who: Some((link.email.as_str().to_owned(), tenant.name)),
        action: format!("/sales/{token}"),
        days: SESSION_DAYS,
    };
    Ok(([set_cookie(&shared, BROWSER, &browser, BROWSER_S)], show(&page)).into_response())
}

/// Signs the browser in, once.
pub(super) async fn take(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Fields(form): Fields<TokenForm>,
) -> Page {
    let browser = cookie(&shared, &headers, BROWSER).ok_or_else(no_cookie)?;
    check_token(&form.form_token, &browser_token(&browser))?;
    let Some((tenant, link)) = linked(&shared, &token).await? else { return Ok(ended()) };
    let (id, link_hash, now_ms) = (crate::dice::token(), hash(&token), shared.clock.now_ms());
    let session = SalesSession {
        tenant: tenant.tenant.clone(),
        id_hash: hash(&id),
        email: link.email,
        form_token: crate::dice::token(),
        // LeadSquared is asked with the first page: much may have happened since the link was made.
        checked_ms: 0,
        expires_ms: now_ms + SESSION_S * 1_000,
    };
    let begun = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                if !store_link::use_up(unit, &link_hash, now_ms).await? {
                    return Ok(false);
                }
                sales::begin(unit, &session, now_ms).await?;
                sales::answered(unit, &session.tenant, &session.email).await?;
                let (who, whose) = (session.email.as_str(), Some(&session.tenant));
                audit::write(unit, who, whose, ("sales.signed_in", "signed in by a link"), now_ms).await?;
                Ok(true)
            })
        })
        .await?;
    if !begun {
        return Ok(ended());
    }
    Ok(([set_cookie(&shared, SESSION, &id, SESSION_S)], see(&link.next)).into_response())
}

/// Ends the browser's session.
pub(super) async fn sign_out(State(shared): State<Shared>, who: Scheduler, Fields(form): Fields<TokenForm>) -> Page {
    who.check(&form.form_token)?;
    if let Scheduler::Sales(session) = who {
        let (ending, now_ms) = (session.clone(), shared.clock.now_ms());
        shared
            .store
            .write(move |unit| {
                Box::pin(async move {
                    sales::end(unit, &ending.tenant, &ending.id_hash).await?;
                    let (who, whose) = (ending.email.as_str(), Some(&ending.tenant));
                    audit::write(unit, who, whose, ("sales.signed_out", "signed out"), now_ms).await
                })
            })
            .await?;
    }
    Ok(([set_cookie(&shared, SESSION, "", 0)], see("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(filled_in(text), expected);
    }

    #[test]
    fn a_merge_field_that_leadsquared_left_as_it_stands_is_no_value() {
        check("@{Lead:FirstName,}", "");
        check("{{lead.name}}", "");
        check(" Asha Rao ", "Asha Rao");
        check("asha@customers.example", "asha@customers.example");
        check("", "");
        assert_eq!(filled_in(&"x".repeat(1_000)).chars().count(), CARRIED_CHARS_MAX);
    }
}
