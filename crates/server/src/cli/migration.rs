//! `migration`: moving tenants off the old JWT app, step by step, and who is how far.

use super::output::Output;
use super::{ACTOR, OfTenant, known, read_line};
use crate::api::migration::{Invitation, MigrationView, act_of};
use crate::app::Shared;
use crate::connections::old_app::{self, OldApp};
use crate::migration::{self, review};
use crate::store::tenant;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::TenantId;
use connector_core::migration::Uses;

/// Moving off the old JWT app.
#[derive(Debug, Subcommand)]
pub(super) enum Migration {
    /// List all tenants with their step
    List,
    /// Show where a tenant stands
    Show(OfTenant),
    /// Do a step: begin, installed, mark_custom, release, start_test, accept_test, deactivated, finish, back
    Do(Do),
    /// Invite an account manager to review a tenant's custom logic; prints a link that works once
    Invite(Invite),
    /// Listen to the old app; asks for its credentials on standard input
    OldApp(OfTenant),
    /// Do not listen to the old app any more; its credentials are destroyed
    OldAppOff(OfTenant),
}

/// A step to do.
#[derive(Debug, Args)]
pub(super) struct Do {
    /// The tenant's id
    tenant: TenantId,
    /// Which step
    act: String,
    /// With `begin`: `meetings`, `webinars` or `both`
    #[arg(long, default_value = "both")]
    uses: String,
    /// With `installed`: the day as yyyy-mm-dd; without it, not known
    #[arg(long, default_value = "")]
    on: String,
    /// With `release`: the account manager's name
    #[arg(long, default_value = "")]
    reviewer: String,
    /// With `release`: why it may move
    #[arg(long, default_value = "")]
    reason: String,
}

/// An account manager to invite.
#[derive(Debug, Args)]
pub(super) struct Invite {
    /// The tenant's id
    tenant: TenantId,
    /// E-mail address
    email: String,
    /// Name
    #[arg(long)]
    name: String,
}

/// Runs the command.
pub(super) async fn run(command: Migration, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    match command {
        Migration::List => list(shared, out).await,
        Migration::Show(of) => {
            known(shared, &of.tenant).await?;
            show(&migration::look(shared, &of.tenant).await?.into(), out)
        }
        Migration::Do(wanted) => {
            known(shared, &wanted.tenant).await?;
            let uses = match wanted.uses.as_str() {
                "meetings" => Uses::Meetings,
                "webinars" => Uses::Webinars,
                "both" => Uses::Both,
                _ => anyhow::bail!("--uses is `meetings`, `webinars` or `both`"),
            };
            let act = act_of(&wanted.act, (uses, wanted.on), (wanted.reviewer, wanted.reason));
            let act = act.context("there is no such step; `migration do --help` names them")?;
            show(&migration::act(shared, &wanted.tenant, &act, ACTOR).await?.into(), out)
        }
        Migration::Invite(one) => {
            known(shared, &one.tenant).await?;
            let url = review::invite(shared, &one.tenant, (&one.email, &one.name), ACTOR).await?;
            out.show(&Invitation { url: url.clone() }, |_| vec![url.clone()])
        }
        Migration::OldApp(of) => {
            known(shared, &of.tenant).await?;
            let wanted = OldApp {
                account: read_line("Zoom account id: ")?,
                verification_token: read_line("Verification token (empty for none): ")?,
                secret_token: read_line("Secret token (empty for none): ")?,
                api_key: read_line("API key (empty for none): ")?,
                api_secret: read_line("API secret (empty for none): ")?,
            };
            old_app::save(shared, &of.tenant, &wanted, ACTOR).await?;
            out.done("The old app is listened to.")
        }
        Migration::OldAppOff(of) => {
            known(shared, &of.tenant).await?;
            let gone = old_app::forget(shared, &of.tenant, ACTOR).await?;
            anyhow::ensure!(gone, "the tenant has no old app");
            out.done("The old app is not listened to any more; its credentials are destroyed.")
        }
    }
}

fn show(view: &MigrationView, out: &Output) -> anyhow::Result<()> {
    out.show(view, |view| {
        let mut lines = vec![
            format!("step       {}", view.step.title()),
            format!(
                "old app    told {}, {} since it was deactivated",
                view.old_app.told.0, view.old_app.told_since_deactivated
            ),
            format!("signed in  {}", view.connected.join(", ")),
            format!(
                "told       both {}, old alone {}, new alone {}",
                view.parity.both, view.parity.only_old, view.parity.only_new
            ),
            format!("records    {} written, {} doubled", view.written, view.doubled),
        ];
        lines.extend(view.migration.test.iter().map(|test| format!("test       put {} into the titles", test.code)));
        for (app, ticks) in &view.ticks {
            for (tick, done) in ticks {
                lines.push(format!("{} {app}: {}", if *done { "[x]" } else { "[ ]" }, tick.sentence()));
            }
        }
        lines.extend(view.changes.iter().map(|change| format!("changed    {change}")));
        lines
    })
}

async fn list(shared: &Shared, out: &Output) -> anyhow::Result<()> {
    let tenants = shared.store.read(|unit| Box::pin(tenant::all(unit))).await?;
    let mut rows = Vec::new();
    for row in tenants.into_iter().filter(|row| row.tenant != shared.nobody) {
        let view = migration::look(shared, &row.tenant).await?;
        let told = view.old_app.told.0.to_string();
        rows.push([row.tenant.to_string(), row.name, view.step.title().to_owned(), told]);
    }
    out.list(&rows, &["TENANT", "NAME", "STEP", "OLD APP TOLD"], |row| row.to_vec())
}
