//! `delivery`: what is on its way to LeadSquared and Zoom.

use super::output::Output;
use super::{ACTOR, OfTenant, known};
use crate::api::view::DeliveryView;
use crate::api::{lane, look};
use crate::app::Shared;
use crate::store::delivery_list;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use connector_core::ids::TenantId;

/// What is on its way.
#[derive(Debug, Subcommand)]
pub(super) enum Delivery {
    /// List deliveries, newest first
    List(List),
    /// Show one with its command and attempts
    Show(One),
    /// Let one parked delivery go again
    Replay(One),
    /// Let all parked deliveries that match go again; counts them first
    ReplayAll(ReplayAll),
    /// Count deliveries by their state
    Count(OfTenant),
}

/// What to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The tenant's id
    tenant: TenantId,
    /// Only this state: waiting, ready, sending, unknown, delivered, suppressed, parked
    #[arg(long)]
    state: Option<String>,
    /// Only with this last cause
    #[arg(long)]
    code: Option<String>,
    /// Only about people whose address or name holds this
    #[arg(long)]
    who: Option<String>,
    /// Only what was planned before this id
    #[arg(long)]
    before: Option<String>,
    /// Rows at the most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=5000))]
    limit: i64,
}

/// One delivery.
#[derive(Debug, Args)]
pub(super) struct One {
    /// The tenant's id
    tenant: TenantId,
    /// The delivery's id
    id: String,
}

/// Which parked deliveries.
#[derive(Debug, Args)]
pub(super) struct ReplayAll {
    /// The tenant's id
    tenant: TenantId,
    /// Only with this last cause
    #[arg(long)]
    code: Option<String>,
    /// Only about people whose address or name holds this
    #[arg(long)]
    who: Option<String>,
    /// Do it; without this they are only counted
    #[arg(long)]
    yes: bool,
}

impl Delivery {
    fn tenant(&self) -> &TenantId {
        match self {
            Self::List(list) => &list.tenant,
            Self::Show(one) | Self::Replay(one) => &one.tenant,
            Self::ReplayAll(wanted) => &wanted.tenant,
            Self::Count(of) => &of.tenant,
        }
    }
}

/// Runs the command.
pub(super) async fn run(command: Delivery, shared: &Shared, out: &Output) -> anyhow::Result<()> {
    known(shared, command.tenant()).await?;
    match command {
        Delivery::List(list) => {
            let filter = delivery_list::Filter {
                state: list.state,
                code: list.code,
                order: crate::store::Order::NewestFirst,
                cause: None,
                who: list.who,
                before: list.before,
                until: None,
                limit: list.limit,
            };
            let tenant = list.tenant;
            let rows = shared
                .store
                .read(move |unit| Box::pin(async move { delivery_list::page(unit, &tenant, &filter).await }))
                .await?;
            let views: Vec<DeliveryView> = rows.iter().map(DeliveryView::from).collect();
            out.list(&views, &["ID", "WHAT", "WHO", "STATE", "CAUSE"], |view| {
                let cause = view.code.clone().unwrap_or_default();
                vec![view.id.clone(), view.what.clone(), view.who.clone(), view.state.clone(), cause]
            })
        }
        Delivery::Show(one) => {
            let detail = look::delivery(shared, one.tenant, one.id).await?.context("there is no such delivery")?;
            out.show(&detail, |detail| vec![serde_json::to_string_pretty(detail).unwrap_or_default()])
        }
        Delivery::Replay(one) => {
            let replayed = look::replay_delivery(shared, one.tenant, one.id).await?;
            anyhow::ensure!(replayed, "there is no such parked delivery");
            out.done("It is on its way again.")
        }
        Delivery::ReplayAll(wanted) => replay_all(shared, out, wanted).await,
        Delivery::Count(of) => {
            let (tenant, since) = (of.tenant.clone(), crate::dice::id_floor(0));
            let counts = shared
                .store
                .read(move |unit| Box::pin(async move { delivery_list::counts(unit, &tenant, &since).await }))
                .await?;
            out.list(&counts, &["STATE", "COUNT"], |(state, count)| vec![state.clone(), count.to_string()])?;
            let lane = lane::lane(shared, of.tenant).await?;
            // As JSON the outlook stands with the tenant; a list of counts stays a list.
            out.note(&super::tenant::outlook(&lane))
        }
    }
}

async fn replay_all(shared: &Shared, out: &Output, wanted: ReplayAll) -> anyhow::Result<()> {
    let filter = delivery_list::Filter { code: wanted.code, who: wanted.who, ..delivery_list::Filter::default() };
    let count = look::replay_parked(shared, wanted.tenant, filter, wanted.yes.then(|| ACTOR.to_owned())).await?;
    let sentence = if wanted.yes {
        format!("{count} deliveries are on their way again.")
    } else {
        format!("{count} parked deliveries match. Give --yes to let them go again.")
    };
    out.show(&serde_json::json!({ "count": count, "replayed": wanted.yes }), |_| vec![sentence])
}
