//! Who is let in to the console: invitations and links for a new pass word, each of which works once; taking access away again; ending
//! sessions. Every deed leaves a line in the audit log. Pages, API and command line do the same things here.

use crate::app::Shared;
use crate::connections::sign_in::hash;
use crate::mail;
use crate::problem::Problem;
use crate::store::mail::{self as store_mail, NewMail, Purpose};
use crate::store::operator::{self, OperatorRow};
use crate::store::tenant::{self, TenantRow};
use crate::store::{StoreError, Unit, audit, link, person, tenant_admin};
use axum::http::StatusCode;
use connector_core::ids::{Email, TenantId};
use connector_core::role::Role;

/// What an invitation is for, as stored.
const INVITE: &str = "access";
/// What a link for a new pass word is for, as stored.
const RESET: &str = "password";
/// How long an invitation works, in days.
pub const INVITE_DAYS: i64 = 7;
/// How long a link for a new pass word works, in hours.
pub const RESET_HOURS: i64 = 24;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Why nothing was done, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The address.
    #[error("That is not a whole e-mail address.")]
    Address,
    /// Nobody of that id or address, as far as whoever asks may know.
    #[error("There is no such person.")]
    Nobody,
    /// Nothing would change.
    #[error("{0} has that access already.")]
    Already(String),
    /// Somebody has to be left who reaches everything.
    #[error("The last operator cannot be removed. Invite another one first.")]
    LastOperator,
    /// The link was used, is too old, or a newer one was made.
    #[error("This link does not work any more.")]
    Ended,
    /// The store failed.
    #[error("The database does not answer. Try again in a moment.")]
    Store(#[from] StoreError),
}

impl From<NotDone> for Problem {
    fn from(error: NotDone) -> Self {
        let sentence = error.to_string();
        match error {
            NotDone::Store(error) => error.into(),
            NotDone::Nobody => Self::not_found("person"),
            NotDone::Ended => Self::new(StatusCode::NOT_FOUND, "request.not_found", sentence),
            NotDone::Address => Self::bad_request(sentence),
            NotDone::Already(_) | NotDone::LastOperator => Self::new(StatusCode::CONFLICT, "access.refused", sentence),
        }
    }
}

/// A link that was made for somebody.
#[derive(Debug, Clone)]
pub struct Made {
    /// For whom.
    pub email: String,
    /// The whole address, to be handed over; none when it went by mail.
    pub url: Option<String>,
    /// Until when it works, epoch milliseconds.
    pub expires_ms: i64,
}

/// Invites somebody to administer a tenant, or without one to be an operator. An earlier invitation of the same kind ends. Where a mail
/// server is configured a tenant admin's goes by mail, and the link is not told to whoever invites.
///
/// # Errors
/// [`NotDone`].
pub async fn invite(shared: &Shared, tenant: Option<&TenantRow>, email: &str, actor: &str) -> Result<Made, NotDone> {
    let email = Email::parse(email).ok_or(NotDone::Address)?;
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let expires_ms = now_ms + INVITE_DAYS * 24 * HOUR_MS;
    let url = format!("{}/invited/{token}", shared.config.public_url());
    let letter = tenant
        .filter(|_| mail::is_set_up(shared))
        .map(|tenant| mail::with_link(shared, invitation(tenant, &email, now_ms), &url));
    let by_mail = letter.is_some();
    let (owned, by, link_hash) = (tenant.map(|row| row.tenant.clone()), actor.to_owned(), hash(&token));
    let to = email.clone();
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            if has_already(unit, owned.as_ref(), to.as_str()).await? {
                return Ok(false);
            }
            link::end_former(unit, owned.as_ref(), (INVITE, to.as_str()), now_ms).await?;
            let whose = (owned.as_ref(), Some(to.as_str()));
            link::insert(unit, (&link_hash, INVITE), whose, now_ms, expires_ms).await?;
            if let Some(letter) = &letter {
                store_mail::put(unit, letter, now_ms).await?;
            }
            let role = if owned.is_some() { Role::TenantAdmin } else { Role::Operator };
            let detail = format!("{} invited as {}", to.as_str(), role.words().to_lowercase());
            audit::write(unit, &by, owned.as_ref(), ("access.invited", &detail), now_ms).await?;
            Ok(true)
        })
    });
    if !done.await? {
        return Err(NotDone::Already(email.as_str().to_owned()));
    }
    Ok(Made { email: email.as_str().to_owned(), url: (!by_mail).then_some(url), expires_ms })
}

fn invitation(tenant: &TenantRow, email: &Email, now_ms: i64) -> NewMail {
    let body = format!(
        "You are invited to look after the Zoom connector of {} in LeadSquared. Open this link to begin:\n\n{{link}}\n\nIt works \
         once, for {INVITE_DAYS} days. If you did not expect it, delete this mail; nothing happens.\n",
        tenant.name
    );
    NewMail {
        tenant: tenant.tenant.clone(),
        id: crate::dice::id(now_ms),
        to: email.clone(),
        subject: "Your invitation to the Zoom connector for LeadSquared".to_owned(),
        body,
        link: None,
        purpose: Purpose::Link,
    }
}

/// Whether an invitation would change nothing.
async fn has_already(unit: &mut Unit, tenant: Option<&TenantId>, email: &str) -> Result<bool, StoreError> {
    let Some(known) = operator::by_email(unit, email).await? else { return Ok(false) };
    match (known.role, tenant) {
        (Role::Operator, _) => Ok(true),
        (Role::TenantAdmin, None) => Ok(false),
        (Role::TenantAdmin, Some(tenant)) => Ok(tenant_admin::tenants(unit, &known.id).await?.contains(tenant)),
    }
}

/// An invitation that works.
#[derive(Debug, Clone)]
pub struct Invited {
    /// Of which tenant; none for an operator's.
    pub tenant: Option<TenantRow>,
    /// Who is invited.
    pub email: String,
    /// Whether that address has an account already.
    pub is_known: bool,
}

/// What an invitation is for, while it works.
///
/// # Errors
/// [`StoreError`].
pub async fn invited(shared: &Shared, token: &str) -> Result<Option<Invited>, StoreError> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let Some(row) = link::find(unit, &link_hash, INVITE, now_ms).await? else { return Ok(None) };
            let Some(email) = row.detail else { return Ok(None) };
            let tenant = match &row.tenant {
                Some(tenant) => tenant::get(unit, tenant).await?,
                None => None,
            };
            let is_known = operator::by_email(unit, &email).await?.is_some();
            // A tenant that is gone invites nobody any more.
            let stands = row.tenant.is_some() == tenant.is_some();
            Ok(stands.then_some(Invited { tenant, email, is_known }))
        })
    });
    read.await
}

/// Who comes by an invitation.
#[derive(Debug, Clone)]
pub enum Comer {
    /// Somebody new, or somebody who had left: with name and hashed pass word.
    New(OperatorRow),
    /// Somebody who has an account and gave its pass word; the account's id.
    Known(String),
}

/// Uses an invitation up: makes the account or takes the one there is, and gives the access. Answers the person's id.
///
/// # Errors
/// [`NotDone`].
pub async fn accept(shared: &Shared, token: &str, comer: Comer) -> Result<String, NotDone> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(row) = link::find(unit, &link_hash, INVITE, now_ms).await? else { return Ok(None) };
            let Some(email) = row.detail else { return Ok(None) };
            let role = if row.tenant.is_some() { Role::TenantAdmin } else { Role::Operator };
            let known = operator::by_email(unit, &email).await?;
            // Where an account appeared or went while the form was open, nothing is given by the wrong proof.
            let fits = match (&comer, &known) {
                (Comer::Known(id), Some(known)) => known.id == *id,
                (Comer::New(_), None) => true,
                (Comer::Known(_), None) | (Comer::New(_), Some(_)) => false,
            };
            if !fits || !link::use_up(unit, &link_hash, now_ms).await? {
                return Ok(None);
            }
            let id = match comer {
                Comer::Known(id) => id,
                Comer::New(new) => come_new(unit, OperatorRow { role, email: email.clone(), ..new }, now_ms).await?,
            };
            match &row.tenant {
                Some(tenant) => tenant_admin::insert(unit, (tenant, &id), "invitation", now_ms).await?,
                None => person::set_role(unit, &id, role).await?,
            }
            let detail = format!("came in by an invitation as {}", role.words().to_lowercase());
            audit::write(unit, &email, row.tenant.as_ref(), ("access.accepted", &detail), now_ms).await?;
            Ok(Some(id))
        })
    });
    done.await?.ok_or(NotDone::Ended)
}

async fn come_new(unit: &mut Unit, row: OperatorRow, now_ms: i64) -> Result<String, StoreError> {
    if person::revive(unit, &row).await? {
        let known = operator::by_email(unit, &row.email).await?;
        let id = known.map_or(row.id, |known| known.id);
        tenant_admin::remove_all(unit, &id).await?;
        return Ok(id);
    }
    operator::insert(unit, &row, now_ms).await?;
    Ok(row.id)
}

/// Takes a tenant away from one of its admins. Whoever is left without any tenant reaches nothing, but keeps the account.
///
/// # Errors
/// [`NotDone`].
pub async fn remove_admin(shared: &Shared, tenant: &TenantId, id: &str, actor: &str) -> Result<(), NotDone> {
    let (tenant, id, by, now_ms) = (tenant.clone(), id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(known) = operator::get(unit, &id).await? else { return Ok(false) };
            if !tenant_admin::remove(unit, &tenant, &id).await? {
                return Ok(false);
            }
            let detail = format!("{} is an admin no longer", known.email);
            audit::write(unit, &by, Some(&tenant), ("access.removed", &detail), now_ms).await?;
            Ok(true)
        })
    });
    if done.await? { Ok(()) } else { Err(NotDone::Nobody) }
}

/// Shuts a person out of the whole console: every tenant and session is taken, and no link works any more.
///
/// # Errors
/// [`NotDone`].
pub async fn remove(shared: &Shared, id: &str, actor: &str) -> Result<(), NotDone> {
    let (id, by, now_ms) = (id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let operators = person::hold_operators(unit).await?;
            let Some(known) = operator::get(unit, &id).await? else { return Ok(Err(NotDone::Nobody)) };
            if known.role == Role::Operator && operators <= 1 {
                return Ok(Err(NotDone::LastOperator));
            }
            person::disable(unit, &id, now_ms).await?;
            tenant_admin::remove_all(unit, &id).await?;
            person::end_sessions(unit, &id, "").await?;
            link::end_former(unit, None, (RESET, &id), now_ms).await?;
            let detail = format!("{} removed", known.email);
            audit::write(unit, &by, None, ("access.removed", &detail), now_ms).await?;
            Ok(Ok(()))
        })
    });
    done.await?
}

/// Ends every session of a person; the line goes to the tenant for which it was done.
///
/// # Errors
/// [`NotDone`].
pub async fn end_sessions(shared: &Shared, tenant: Option<&TenantId>, id: &str, actor: &str) -> Result<u64, NotDone> {
    let (tenant, id, by, now_ms) = (tenant.cloned(), id.to_owned(), actor.to_owned(), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(known) = operator::get(unit, &id).await? else { return Ok(None) };
            // Of a tenant only its own admins are there.
            if let Some(tenant) = &tenant
                && !tenant_admin::tenants(unit, &id).await?.contains(tenant)
            {
                return Ok(None);
            }
            let ended = person::end_sessions(unit, &id, "").await?;
            let detail = format!("{ended} sessions of {} ended", known.email);
            audit::write(unit, &by, tenant.as_ref(), ("access.sessions_ended", &detail), now_ms).await?;
            Ok(Some(ended))
        })
    });
    done.await?.ok_or(NotDone::Nobody)
}

/// Makes a link by which a person sets a new pass word. An earlier one ends.
///
/// # Errors
/// [`NotDone`].
pub async fn reset_link(shared: &Shared, id: &str, actor: &str) -> Result<Made, NotDone> {
    let (token, now_ms) = (crate::dice::token(), shared.clock.now_ms());
    let expires_ms = now_ms + RESET_HOURS * HOUR_MS;
    let (id, by, link_hash) = (id.to_owned(), actor.to_owned(), hash(&token));
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let Some(known) = operator::get(unit, &id).await? else { return Ok(None) };
            link::end_former(unit, None, (RESET, &id), now_ms).await?;
            link::insert(unit, (&link_hash, RESET), (None, Some(&id)), now_ms, expires_ms).await?;
            let detail = format!("link for a new password of {} made", known.email);
            audit::write(unit, &by, None, ("access.reset_link", &detail), now_ms).await?;
            Ok(Some(known.email))
        })
    });
    let email = done.await?.ok_or(NotDone::Nobody)?;
    Ok(Made { email, url: Some(format!("{}/new-password/{token}", shared.config.public_url())), expires_ms })
}

/// Whose pass word a link sets, while it works.
///
/// # Errors
/// [`StoreError`].
pub async fn reset_of(shared: &Shared, token: &str) -> Result<Option<OperatorRow>, StoreError> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let read = shared.store.read(move |unit| {
        Box::pin(async move {
            let found = link::find(unit, &link_hash, RESET, now_ms).await?;
            match found.and_then(|row| row.detail) {
                Some(id) => operator::get(unit, &id).await,
                None => Ok(None),
            }
        })
    });
    read.await
}

/// Uses a link up and sets the pass word, which is hashed already; every session ends. Answers the person's id.
///
/// # Errors
/// [`NotDone`].
pub async fn reset(shared: &Shared, token: &str, password: String) -> Result<String, NotDone> {
    let (link_hash, now_ms) = (hash(token), shared.clock.now_ms());
    let done = shared.store.write(move |unit| {
        Box::pin(async move {
            let found = link::find(unit, &link_hash, RESET, now_ms).await?;
            let Some(id) = found.and_then(|row| row.detail) else { return Ok(None) };
            let Some(known) = operator::get(unit, &id).await? else { return Ok(None) };
            if !link::use_up(unit, &link_hash, now_ms).await? {
                return Ok(None);
            }
            set_password(unit, &known, (&password, ""), now_ms).await?;
            Ok(Some(id))
        })
    });
    done.await?.ok_or(NotDone::Ended)
}

/// Sets somebody's own pass word, which is hashed already; all their sessions end but the one of that hash.
///
/// # Errors
/// [`StoreError`].
pub async fn change_password(
    shared: &Shared,
    known: OperatorRow,
    (password, session): (String, String),
) -> Result<(), StoreError> {
    let now_ms = shared.clock.now_ms();
    shared
        .store
        .write(move |unit| Box::pin(async move { set_password(unit, &known, (&password, &session), now_ms).await }))
        .await
}

async fn set_password(
    unit: &mut Unit,
    known: &OperatorRow,
    (password, session): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    person::set_password(unit, &known.id, password).await?;
    person::end_sessions(unit, &known.id, session).await?;
    link::end_former(unit, None, (RESET, &known.id), now_ms).await?;
    audit::write(unit, &known.email, None, ("access.password_set", "a new password was set"), now_ms).await
}
