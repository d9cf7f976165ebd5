//! `user`: people of the console and keys of the API.

use super::output::Output;
use super::{ACTOR, known, read_line};
use crate::api;
use crate::app::Shared;
use crate::running;
use crate::store::{audit, operator};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::{Email, TenantId};
use serde::Serialize;

/// People of the console and keys of the API.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// List the people of the console
    List,
    /// Add a person; the pass word is read from standard input
    Add(Add),
    /// Make a new link for the first account
    FirstRunLink,
    /// Make a key for the JSON API; it is shown once
    AddKey(AddKey),
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

/// A key of the API.
#[derive(Debug, Args)]
pub(super) struct AddKey {
    /// A name, for the audit log
    name: String,
    /// Reaches only this tenant; without it, all
    #[arg(long)]
    tenant: Option<TenantId>,
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
        User::FirstRunLink => {
            let link = running::first_run_link(shared).await?;
            let link = link.context("there is an account already; `user add` adds another")?;
            out.show(&serde_json::json!({ "url": link }), |_| vec![link.clone()])
        }
        User::AddKey(add) => {
            if let Some(tenant) = &add.tenant {
                known(shared, tenant).await?;
            }
            let key = add_key(shared, &add.name, add.tenant, ACTOR).await?;
            out.show(&serde_json::json!({ "key": key }), |_| vec![key.clone()])
        }
    }
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

/// Makes a key of the API.
///
/// # Errors
/// When the store fails.
pub(super) async fn add_key(
    shared: &Shared,
    name: &str,
    tenant: Option<TenantId>,
    actor: &'static str,
) -> anyhow::Result<String> {
    let (key, key_hash) = api::new_key();
    let (name, now_ms) = (name.to_owned(), shared.clock.now_ms());
    shared
        .store
        .write(move |unit| {
            Box::pin(async move {
                operator::add_key(unit, (&key_hash, &name), tenant.as_ref(), now_ms).await?;
                let detail = format!("API key {name} made");
                audit::write(unit, actor, tenant.as_ref(), ("key.added", &detail), now_ms).await
            })
        })
        .await?;
    Ok(key)
}
