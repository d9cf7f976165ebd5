//! `people`: people whom Zoom does not name, and deciding who they are.

use super::output::Output;
use super::{ACTOR, OfTenant, known};
use crate::api::people::{Decision, load, take};
use crate::app::Shared;
use crate::store::stranger::Which;
use anyhow::ensure;
use clap::{Args, Subcommand};
use connector_core::fact::Alias;
use connector_core::ids::TenantId;
use connector_core::translate::stranger::Decide;

/// People whom Zoom does not name.
#[derive(Debug, Subcommand)]
pub(super) enum People {
    /// List who waits for a decision, with who it may be
    List(OfTenant),
    /// List who is known: decided by a person, or named by Zoom after all
    Known(OfTenant),
    /// Say who somebody is
    Decide(DecideOne),
}

/// A decision.
#[derive(Debug, Args)]
pub(super) struct DecideOne {
    /// The tenant's id
    tenant: TenantId,
    /// The person's id
    id: String,
    /// The person with this address
    #[arg(long, conflicts_with_all = ["nobody", "undo"])]
    email: Option<String>,
    /// Nobody to write about
    #[arg(long, conflicts_with = "undo")]
    nobody: bool,
    /// Take the decision back
    #[arg(long)]
    undo: bool,
}

/// Runs the command.
pub(super) async fn run(command: People, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        People::List(of) => list(of.tenant, Which::Waiting, shared, out).await,
        People::Known(of) => list(of.tenant, Which::Known, shared, out).await,
        People::Decide(one) => decide(one, shared, out).await,
    }
}

async fn list(tenant: TenantId, which: Which, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    known(shared, &tenant).await?;
    let people = shared.store.read(move |unit| Box::pin(async move { load(unit, &tenant, which).await })).await?;
    if out.json {
        return out.value(&people);
    }
    for one in people {
        let may_be: Vec<&str> = one.suggestions.iter().map(|suggestion| suggestion.email.as_str()).collect();
        let is = one.decided.unwrap_or_else(|| may_be.join(", "));
        let (name, topic) = (one.name.unwrap_or_default(), one.topic.unwrap_or_default());
        out.line(&format!("{}  {name}  {topic}  {is}", one.id))?;
    }
    Ok(())
}

async fn decide(one: DecideOne, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    known(shared, &one.tenant).await?;
    let decision = Decision { email: one.email, nobody: one.nobody, undo: one.undo };
    let is = decision.read().map_err(anyhow::Error::msg)?;
    let taken = take(shared, &one.tenant, Decide { stranger: Alias(one.id), is }, ACTOR).await?;
    ensure!(taken, "there is no such person; `people list` names them");
    out.done("Noted; what waited goes out.")
}
