//! `tenant`: LeadSquared accounts.

use super::output::Output;
use super::{ACTOR, OfTenant};
use crate::api::lane::{self, LaneView, TenantDetail};
use crate::api::view::TenantView;
use crate::app::Shared;
use crate::leadsquared::CrmKeys;
use crate::setup::{self, NewTenant};
use crate::store::tenant;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::TenantId;

/// LeadSquared accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Tenant {
    /// List all
    List,
    /// Show one
    Show(OfTenant),
    /// Set one up: its keys are tried, host and time zone discovered, activity types found or created
    Add(Add),
    /// Replace the LeadSquared keys, after trying them
    Keys(ReplaceKeys),
    /// Find or create the activity types once more
    SetUp(OfTenant),
}

/// A pair of LeadSquared keys.
#[derive(Debug, Args)]
pub(super) struct KeyPair {
    /// Access key; without it LSQ_ACCESS_KEY of the environment
    #[arg(long, value_name = "KEY")]
    access_key: Option<String>,
    /// Secret key; `-` reads it from standard input; without it LSQ_SECRET_KEY of the environment
    #[arg(long, value_name = "KEY")]
    secret_key: Option<String>,
}

/// A tenant to set up.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// An id for it: a-z, 0-9 and '-'
    tenant: TenantId,
    /// Shown to people; without it the name of the LeadSquared account
    #[arg(long, default_value = "")]
    name: String,
    /// Host or base address of LeadSquared's API; without it, it is discovered
    #[arg(long, value_name = "HOST")]
    leadsquared_api: Option<String>,
    #[command(flatten)]
    keys: KeyPair,
}

/// New keys of a tenant.
#[derive(Debug, Args)]
pub(super) struct ReplaceKeys {
    /// The tenant's id
    tenant: TenantId,
    #[command(flatten)]
    keys: KeyPair,
}

fn keys(pair: KeyPair) -> anyhow::Result<CrmKeys> {
    let from_environment = |name: &str, option: &str| {
        std::env::var(name).with_context(|| format!("give {option}, or {name} in the environment"))
    };
    let access = pair.access_key.map_or_else(|| from_environment("LSQ_ACCESS_KEY", "--access-key"), Ok)?;
    let secret = match pair.secret_key.as_deref() {
        Some("-") => super::read_line("Secret key: ")?,
        Some(secret) => secret.to_owned(),
        None => from_environment("LSQ_SECRET_KEY", "--secret-key")?,
    };
    Ok(CrmKeys { access: access.trim().to_owned(), secret: secret.trim().to_owned() })
}

/// Runs the command.
pub(super) async fn run(command: Tenant, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        Tenant::List => {
            let rows = shared.store.read(|unit| Box::pin(tenant::all(unit))).await?;
            let views: Vec<TenantView> = rows.iter().map(TenantView::from).collect();
            out.list(&views, &["TENANT", "NAME", "STATE", "LEADSQUARED"], |view| {
                let state = view.paused.as_ref().map_or("active", |paused| paused.code.as_str());
                vec![view.tenant.clone(), view.name.clone(), state.to_owned(), view.leadsquared_api.clone()]
            })
        }
        Tenant::Show(of) => show(shared, out, of.tenant).await,
        Tenant::Add(add) => {
            let keys = keys(add.keys)?;
            let new = NewTenant { tenant: add.tenant, name: add.name, keys, host: add.leadsquared_api };
            let row = setup::create_tenant(shared, new, ACTOR).await?;
            out.show(&TenantView::from(&row), lines)
        }
        Tenant::Keys(replace) => {
            setup::replace_keys(shared, &replace.tenant, keys(replace.keys)?, ACTOR).await?;
            show(shared, out, replace.tenant).await
        }
        Tenant::SetUp(of) => {
            let next = setup::renew_types(shared, &of.tenant, ACTOR).await?;
            out.done(&format!("Activity types are set up; the settings are at version {}.", next.version))
        }
    }
}

async fn show(shared: &Shared, out: &Output, id: TenantId) -> anyhow::Result<()> {
    let wanted = id.clone();
    let row = shared.store.read(move |unit| Box::pin(async move { tenant::get(unit, &wanted).await })).await?;
    let view = TenantView::from(&row.context("there is no such tenant; `tenant list` names them")?);
    let detail = TenantDetail { tenant: view, lane: lane::lane(shared, id).await? };
    out.show(&detail, |detail| {
        let mut lines = lines(&detail.tenant);
        lines.extend(outlook(&detail.lane));
        lines
    })
}

/// What waits for LeadSquared, and until when, in lines.
pub(super) fn outlook(lane: &LaneView) -> Vec<String> {
    let complete = lane.complete_at.as_ref().map_or_else(String::new, |at| format!(", complete at {at}"));
    let mut lines = vec![format!("waiting     {}{complete}", lane.waiting)];
    lines.extend(lane.held.as_ref().map(|held| format!("resting     until {}: {}", held.until, held.sentence)));
    lines
}

fn lines(view: &TenantView) -> Vec<String> {
    let mut lines = vec![
        format!("tenant      {}", view.tenant),
        format!("name        {}", view.name),
        format!("LeadSquared {} at {}", view.leadsquared_account.as_deref().unwrap_or("?"), view.leadsquared_api),
        format!("keys of     {}", view.leadsquared_user.as_deref().unwrap_or("?")),
        format!("time zone   {}", view.time_zone),
    ];
    match &view.paused {
        Some(paused) => {
            lines.push(format!("paused      since {}: {} ({})", paused.since, paused.sentence, paused.detail))
        }
        None => lines.push("state       active".to_owned()),
    }
    lines
}
