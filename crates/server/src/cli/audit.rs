//! `audit`: whether the audit log is whole, and its lines.

use super::known;
use super::output::Output;
use crate::api::view::time;
use crate::app::Shared;
use crate::audit;
use crate::store::audit as store_audit;
use crate::store::audit::Filter;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::chain::Head;
use connector_core::ids::TenantId;
use serde::Serialize;

/// Lines that are listed unless more are asked for, and at the most.
const LINES: i64 = 50;
const LINES_MAX: i64 = 10_000;
/// What the installation's own chain is called where a tenant's has its id.
const INSTALLATION: &str = "installation";

/// The audit log: who did what and when.
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Say whether every chain is whole, or at which line it is broken first
    Verify(Verify),
    /// List lines, newest first
    List(List),
}

/// What is verified.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A head that was noted earlier, as `verify` printed it: CHAIN:NUMBER:HASH. It has to stand in its chain still; may be given often
    #[arg(long, value_parser = parse_noted)]
    noted: Vec<(String, Head)>,
}

/// Which lines.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Of this tenant; without it, of the installation
    #[arg(long)]
    tenant: Option<TenantId>,
    /// Only of whoever's name or address holds this
    #[arg(long, default_value = "")]
    who: String,
    /// Only deeds whose word or sentence holds this
    #[arg(long, default_value = "")]
    what: String,
    /// At most so many
    #[arg(long, default_value_t = LINES)]
    limit: i64,
}

fn parse_noted(text: &str) -> Result<(String, Head), String> {
    let wrong = || "a head is noted as CHAIN:NUMBER:HASH, as `audit verify` prints it".to_owned();
    let mut parts = text.split(':');
    let (Some(chain), Some(number), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    let chain = if chain == INSTALLATION { "" } else { chain };
    Ok((chain.to_owned(), Head { number, hash: hash.to_owned() }))
}

/// A chain as it was found.
#[derive(Debug, Serialize)]
struct ChainView {
    /// The tenant, or `installation`.
    chain: String,
    whole: bool,
    /// The head, to be noted elsewhere; none of a chain that is broken.
    head: Option<String>,
    broken: Option<String>,
}

/// A line as shown.
#[derive(Debug, Serialize)]
struct LineView {
    number: i64,
    at: String,
    actor: String,
    action: String,
    detail: String,
}

/// Runs the command.
pub(super) async fn run(command: Audit, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        Audit::Verify(wanted) => verify(wanted, shared, out).await,
        Audit::List(wanted) => list(wanted, shared, out).await,
    }
}

async fn verify(wanted: Verify, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    let mut chains = audit::chains(&shared.store).await?;
    // A chain that was removed with its head is noticed by the head that was noted.
    chains.extend(wanted.noted.iter().map(|(chain, _)| chain.clone()));
    chains.sort_unstable();
    chains.dedup();
    let mut views = Vec::new();
    for chain in chains {
        let mut noted: Vec<Option<Head>> =
            wanted.noted.iter().filter(|(of, _)| *of == chain).map(|(_, head)| Some(head.clone())).collect();
        if noted.is_empty() {
            noted.push(None);
        }
        let name = if chain.is_empty() { INSTALLATION.to_owned() } else { chain.clone() };
        for noted in noted {
            views.push(match audit::walk(&shared.store, &chain, noted).await? {
                Ok(head) => {
                    let head = format!("{name}:{}:{}", head.number, head.hash);
                    ChainView { chain: name.clone(), whole: true, head: Some(head), broken: None }
                }
                Err(broken) => {
                    ChainView { chain: name.clone(), whole: false, head: None, broken: Some(broken.to_string()) }
                }
            });
        }
    }
    let broken = views.iter().filter(|view| !view.whole).count();
    let lines = |views: &Vec<ChainView>| {
        let line = |view: &ChainView| match (&view.head, &view.broken) {
            (Some(head), _) => format!("whole   {head}"),
            (None, broken) => format!("BROKEN  {}: {}", view.chain, broken.as_deref().unwrap_or_default()),
        };
        views.iter().map(line).collect()
    };
    out.show(&views, lines)?;
    anyhow::ensure!(broken == 0, "the audit log is not what was written");
    Ok(())
}

async fn list(wanted: List, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    if let Some(tenant) = &wanted.tenant {
        known(shared, tenant).await?;
    }
    let filter = Filter { who: wanted.who, what: wanted.what, before: None, limit: wanted.limit.clamp(1, LINES_MAX) };
    let read = shared
        .store
        .read(move |unit| Box::pin(async move { store_audit::page(unit, wanted.tenant.as_ref(), &filter).await }));
    let rows = read.await.context("the audit log cannot be read")?;
    let views: Vec<LineView> = rows
        .into_iter()
        .map(|row| LineView {
            number: row.number,
            at: time(row.at_ms),
            actor: row.actor,
            action: row.action,
            detail: row.detail,
        })
        .collect();
    out.list(&views, &["NUMBER", "AT", "WHO", "WHAT", "DETAIL"], |view| {
        vec![view.number.to_string(), view.at.clone(), view.actor.clone(), view.action.clone(), view.detail.clone()]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_head_is_read_as_it_was_printed() {
        let head = |number| Head { number, hash: "ab".to_owned() };
        assert_eq!(parse_noted("acme:12:ab"), Ok(("acme".to_owned(), head(12))));
        assert_eq!(parse_noted("installation:1:ab"), Ok((String::new(), head(1))));
        for wrong in ["", "acme", "acme:12", "acme:x:ab", "acme:0:ab", "acme:1:ab:cd"] {
            assert!(parse_noted(wrong).is_err(), "{wrong:?}");
        }
    }
}
