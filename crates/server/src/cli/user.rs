//! `user`: people of the console and keys of the API.

use super::output::Output;
use super::{ACTOR, known, read_line};
use crate::access::{self, Made};
use crate::api::api_keys::KeyView;
use crate::api::sales_users::MadeView;
use crate::api_keys::{self, Wanted};
use crate::app::Shared;
use crate::running;
use crate::sales_users;
use crate::store::tenant::{self, TenantRow};
use crate::store::{audit, operator};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::{Email, TenantId};
use connector_core::scope::Scopes;
use serde::Serialize;

/// People of the console and keys of the API.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// List the people of the console
    List,
    /// Add a person; the pass word is read from standard input
    Add(Add),
    /// Make a link by which somebody becomes an operator, or with --tenant an admin of that tenant
    Invite(OfPerson),
    /// Make a link by which a person sets a new pass word
    Reset(Named),
    /// Shut a person out; with --tenant only take that tenant away
    Remove(OfPerson),
    /// End every session of a person
    EndSessions(Named),
    /// Make a new link for the first account
    FirstRunLink,
    /// Make a key for the JSON API; it is shown once
    AddKey(AddKey),
    /// List the keys of the JSON API: a tenant's, or those that reach all
    Keys(Keys),
    /// End a key of the JSON API at once
    EndKey(EndKey),
    /// Make a link by which a sales user of LeadSquared schedules without an account; it works once, for a day
    SalesLink(SalesUser),
    /// Sign a sales user out everywhere; links that wait for them end, too
    EndSales(SalesUser),
}

/// A person.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// E-mail address
    email: String,
    /// Name
    #[arg(long)]
    name: String,
}

/// A person by address.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// E-mail address
    email: String,
}

/// A person by address, as an operator or as an admin of one tenant.
#[derive(Debug, Args)]
pub(super) struct OfPerson {
    /// E-mail address
    email: String,
    /// The tenant's id
    #[arg(long)]
    tenant: Option<TenantId>,
}

/// A key of the API.
#[derive(Debug, Args)]
pub(super) struct AddKey {
    /// A name, for the audit log
    name: String,
    /// Reaches only this tenant; without it, all
    #[arg(long)]
    tenant: Option<TenantId>,
    /// What it may do: read, read_personal, write, admin; give it more than once. Everything when left out
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// When it ends by itself (RFC 3339)
    #[arg(long)]
    expires: Option<jiff::Timestamp>,
}

/// Which keys of the API.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Those that are bound to this tenant; without it, those that reach all
    #[arg(long)]
    tenant: Option<TenantId>,
}

/// A key of the API that is to end.
#[derive(Debug, Args)]
pub(super) struct EndKey {
    /// Its id, as listed
    id: String,
    /// The tenant that it is bound to; without it, a key that reaches all
    #[arg(long)]
    tenant: Option<TenantId>,
}

/// A sales user of a tenant.
#[derive(Debug, Args)]
pub(super) struct SalesUser {
    /// The tenant's id
    tenant: TenantId,
    /// The e-mail address of an active user in LeadSquared
    email: String,
}

/// A person as shown.
#[derive(Debug, Serialize)]
struct PersonView {
    email: String,
    name: String,
    role: String,
}

/// Runs the command.
pub(super) async fn run(command: User, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        User::List => {
            let rows = shared.store.read(|unit| Box::pin(operator::all(unit))).await?;
            let views: Vec<PersonView> = rows
                .into_iter()
                .map(|row| PersonView { email: row.email, name: row.name, role: row.role.as_str().to_owned() })
                .collect();
            out.list(&views, &["E-MAIL", "NAME", "ROLE"], |view| {
                vec![view.email.clone(), view.name.clone(), view.role.clone()]
            })
        }
        User::Add(add) => {
            let email = Email::parse(&add.email).context("that is not a whole e-mail address")?;
            let password = read_line("Pass word: ")?;
            add_person(shared, email.as_str(), &add.name, password).await?;
            out.done(&format!("{} can sign in.", email.as_str()))
        }
        User::Invite(wanted) => {
            let tenant = match &wanted.tenant {
                Some(tenant) => Some(row_of(shared, tenant).await?),
                None => None,
            };
            handed(&access::invite(shared, tenant.as_ref(), &wanted.email, ACTOR).await?, out)
        }
        User::Reset(wanted) => {
            let id = id_of(shared, &wanted.email).await?;
            handed(&access::reset_link(shared, &id, ACTOR).await?, out)
        }
        User::Remove(wanted) => {
            let id = id_of(shared, &wanted.email).await?;
            match &wanted.tenant {
                Some(tenant) => access::remove_admin(shared, tenant, &id, ACTOR).await?,
                None => access::remove(shared, &id, ACTOR).await?,
            }
            out.done(&format!("{} is removed.", wanted.email))
        }
        User::EndSessions(wanted) => {
            let id = id_of(shared, &wanted.email).await?;
            let ended = access::end_sessions(shared, None, &id, ACTOR).await?;
            out.done(&format!("{ended} sessions ended."))
        }
        User::FirstRunLink => {
            let link = running::first_run_link(shared).await?;
            let link = link.context("there is an account already; `user add` adds another")?;
            out.show(&serde_json::json!({ "url": link }), |_| vec![link.clone()])
        }
        User::AddKey(add) => add_key(add, shared, out).await,
        User::Keys(which) => list_keys(which, shared, out).await,
        User::EndKey(which) => {
            let ended = api_keys::end(shared, which.tenant, &which.id, ACTOR).await?;
            anyhow::ensure!(ended, "there is no such key; `user keys` lists them");
            out.done("It works no more.")
        }
        User::SalesLink(whom) => {
            known(shared, &whom.tenant).await?;
            let made = MadeView::from(sales_users::make_link(shared, &whom.tenant, &whom.email, ACTOR).await?);
            out.show(&made, |made| vec![format!("{} (once, until {})", made.url, made.expires)])
        }
        User::EndSales(whom) => {
            known(shared, &whom.tenant).await?;
            let email = Email::parse(&whom.email).context("that is not a whole e-mail address")?;
            let ended = sales_users::end(shared, &whom.tenant, email, ACTOR).await?;
            out.done(&format!("{ended} sessions ended."))
        }
    }
}

async fn add_key(add: AddKey, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    if let Some(tenant) = &add.tenant {
        known(shared, tenant).await?;
    }
    let scopes = match add.scopes.as_slice() {
        [] => Scopes::all(),
        names => Scopes::parse(names.iter().map(String::as_str))?,
    };
    let expires_ms = add.expires.map(jiff::Timestamp::as_millisecond);
    let wanted = Wanted { name: add.name, tenant: add.tenant, scopes, expires_ms };
    let key = api_keys::make(shared, wanted, ACTOR).await?.key;
    out.show(&serde_json::json!({ "key": key }), |_| vec![key.clone()])
}

async fn list_keys(which: Keys, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    let rows = api_keys::list(shared, which.tenant).await?;
    let views: Vec<KeyView> = rows.iter().map(KeyView::from).collect();
    out.list(&views, &["ID", "NAME", "SCOPES", "MADE BY", "LAST USED", "ENDS"], |view| {
        let scopes = view.scopes.stored();
        let or_never = |at: &Option<String>| at.clone().unwrap_or_else(|| "never".to_owned());
        let (used, ends) = (or_never(&view.used), or_never(&view.expires));
        vec![view.id.clone(), view.name.clone(), scopes, view.made_by.clone(), used, ends]
    })
}

async fn row_of(shared: &Shared, tenant: &TenantId) -> anyhow::Result<TenantRow> {
    let id = tenant.clone();
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &id).await })).await?;
    row.context("there is no such tenant; `tenant list` names them")
}

async fn id_of(shared: &Shared, email: &str) -> anyhow::Result<String> {
    let email = email.trim().to_lowercase();
    let row = shared.store.read(move |unit| Box::pin(async move { operator::by_email(unit, &email).await })).await?;
    Ok(row.context("there is no such person; `user list` names them")?.id)
}

/// Shows a link that was made, or says that it went by mail.
fn handed(made: &Made, out: &Output) -> anyhow::Result<()> {
    let sentence = made.url.clone().unwrap_or_else(|| format!("The link is on its way to {}.", made.email));
    out.show(&serde_json::json!({ "email": made.email, "url": made.url }), |_| vec![sentence])
}

/// Adds a person of the console.
///
/// # Errors
/// When the pass word is too short or long, or the address is taken.
pub(super) async fn add_person(shared: &Shared, email: &str, name: &str, password: String) -> anyhow::Result<()> {
    if let Some(refusal) = crate::console::http::account::refuse_password(&password, &password) {
        anyhow::bail!(refusal);
    }
    let row = crate::console::http::account::new_operator(shared, email, name, password)
        .await
        .context("no pass word was hashed")?;
    let now_ms = shared.clock.now_ms();
    let detail = format!("{email} added");
    let added = shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                operator::insert(unit, &row, now_ms).await?;
                audit::write(unit, ACTOR, None, ("user.added", &detail), now_ms).await
            })
        })
        .await;
    match added {
        Err(error) if error.is_duplicate() => anyhow::bail!("{email} has an account already"),
        other => Ok(other?),
    }
}
